### Die Personen eines Kontos: die Liste, eine Person, die Sitzungen des Teams, Einladungen und der Beitritt.

staff-title = Personen
staff-intro = Alle, die in diesem Konto einen eigenen Zugang haben.
staff-to-sessions = Sitzungen des Teams ansehen
staff-people = Zugänge
# $used is how many staff logins are in use, $of how many the plan has.
staff-logins = { $used } von { $of } Teamzugängen in Gebrauch
staff-you = Sie
staff-suspended = Gesperrt
staff-live = { $count ->
    [one] Gerade angemeldet
   *[other] Gerade { $count }-mal angemeldet
}
staff-not-live = Nicht angemeldet
staff-never = Noch nie angemeldet
staff-open = Öffnen
staff-more = Weitere Personen
staff-invited = Eingeladen
staff-invited-at = Eingeladen
staff-expires = Läuft ab
staff-revoke = Zurücknehmen
staff-nobody-invited = Zurzeit ist niemand eingeladen.
staff-removed = Dieser Zugang ist entfernt und öffnet nichts mehr.
staff-revoked = Diese Einladung ist zurückgenommen: Ihr Link öffnet nichts mehr.
staff-refused-full = Alle Teamzugänge Ihres Tarifs sind in Gebrauch. Wählen Sie einen größeren Tarif, oder sperren oder entfernen Sie zuerst jemanden.
staff-refused-taken = Jemand in diesem Konto hat diese Adresse schon: Sie finden die Person unter den Personen des Kontos.
staff-refused-no-address = Das ist keine E-Mail-Adresse. Prüfen Sie sie, und schreiben Sie sie wie name@firma.example.
staff-refused-last-owner = Ein Konto behält mindestens eine Inhaberin oder einen Inhaber. Geben Sie zuerst jemand anderem diese Rolle.
staff-refused-yourself = Sie können sich nicht selbst sperren oder entfernen. Bitten Sie eine andere Person mit Ihrer Rolle darum.

invite-title = Jemanden einladen
invite-how = Sie erhalten einen Link zum Weitergeben. Er gilt einmal, innerhalb von 7 Tagen, und belegt bis dahin einen Teamzugang.
invite-send = Link erstellen
invite-how-mailed = Die Person erhält eine E-Mail mit einem Link. Er gilt einmal, innerhalb von 7 Tagen, und belegt bis dahin einen Teamzugang.
invite-send-mailed = Einladung senden
invite-full = Alle Teamzugänge Ihres Tarifs sind in Gebrauch.
invite-to-plans = Tarife vergleichen
invited-title = Einladung erstellt
invited-text = Geben Sie diesen Link auf einem Weg weiter, den niemand sonst mitliest: Wer ihn zuerst öffnet, tritt mit dieser Adresse bei.
invited-mailed = Eine E-Mail mit einem Link ist an diese Adresse unterwegs. Kommt sie nicht an, geben Sie diesen Link auf einem Weg weiter, den niemand sonst mitliest: Wer einen der beiden Links zuerst öffnet, tritt mit dieser Adresse bei.
invited-link = Link
invited-copy = Link kopieren
invited-copied = Kopiert
# $until is a date and time.
invited-until = Er gilt bis { $until }.
invited-once = Der Link wird nur dieses eine Mal gezeigt. Geht er verloren, laden Sie dieselbe Adresse noch einmal ein: Der alte Link ist dann nichts mehr wert.
invited-back = Zurück zu den Personen

person-about = Zur Person
person-since = Seit
person-live = { $count ->
    [0] Keine
    [one] 1 Sitzung
   *[other] { $count } Sitzungen
}
person-see-sessions = Ansehen
person-role = Rolle
person-role-text = Was diese Person darf.
person-role-save = Rolle ändern
may-owner = Alles: Personen, Tarif und die Sitzungen aller.
may-manager = Sieht die Personen und ihre Sitzungen und beendet sie, aber nicht die einer Inhaberin oder eines Inhabers.
may-staff = Kümmert sich um die eigenen Sitzungen.
person-access = Zugang
person-suspend-text = Eine Sperre beendet die Sitzungen dieser Person sofort, nimmt die Einladungen zurück, die sie erstellt hat, und macht den Teamzugang frei. Sie lässt sich aufheben.
person-suspend = Sperren
person-reinstate-text = Dieser Zugang ist gesperrt. Die Sperre aufzuheben belegt wieder einen Teamzugang.
person-reinstate = Sperre aufheben
person-remove-text = Ist jemand endgültig gegangen, entfernen Sie den Zugang.
person-remove = Entfernen
# $role is what a role is called.
person-role-now = Die Rolle ist jetzt { $role }.
person-suspended-now = Der Zugang ist gesperrt und überall abgemeldet.
person-reinstated-now = Die Anmeldung ist wieder möglich.
remove-title = Diesen Zugang entfernen?
remove-text = Die Person wird sofort überall abgemeldet und erfährt, warum. Einladungen von ihr werden zurückgenommen. Der Zugang lässt sich nicht wiederherstellen; wer zurückkehrt, wird neu eingeladen.

team-title = Sitzungen des Teams
team-intro = Wo alle in diesem Konto gerade angemeldet sind. Wenn jemand geht oder ein Gerät verloren geht, beenden Sie, was dazugehört.
team-count = { $count ->
    [one] 1 aktive Sitzung in diesem Konto
   *[other] { $count } aktive Sitzungen in diesem Konto
}
team-count-beyond = Mehr als { $count } aktive Sitzungen in diesem Konto
team-cut = Das sind die neuesten; wählen Sie eine Person, um alle ihre zu sehen.
team-end-all = Alle anderen beenden
team-end-all-title = Die Sitzungen aller anderen beenden?
team-end-person = Alle dieser Person beenden
team-end-person-title = Alle Sitzungen dieser Person beenden?
team-end-text = Alle Betroffenen werden sofort abgemeldet und erfahren, dass es jemand mit Ihrer Rolle war.
team-own = Zu Ihren eigenen
team-owners-only = Das kann nur eine Inhaberin oder ein Inhaber beenden.
team-nobody = Keine aktive Sitzung passt dazu.
team-done-one = Die Sitzung ist beendet. Wer sie benutzt hat, erfährt, warum.
team-done-many = { $count ->
    [0] Es gab keine Sitzung zu beenden.
    [one] 1 Sitzung ist beendet. Wer sie benutzt hat, erfährt, warum.
   *[other] { $count } Sitzungen sind beendet. Wer sie benutzt hat, erfährt, warum.
}
filter = Liste eingrenzen
filter-person = Person
filter-everybody = Alle
filter-kind = Gerät
filter-place = Land
filter-any = Alle
filter-unfamiliar = Nur neue Geräte
filter-apply = Anzeigen
filter-clear = Alle anzeigen

join-title = Sie sind eingeladen
# The name of an account stands before, and what a role is called after.
join-text = lädt Sie ein, beizutreten. Ihre Rolle:
join-login = Ihr Zugang
join-name = Ihr Name
join = Beitreten und anmelden
# Somebody's name follows.
join-instead = In diesem Browser sind Sie angemeldet als
join-instead-text = Der Beitritt meldet diese Person hier ab. Ist der Link nicht für Sie, geben Sie ihn lieber weiter.
join-name-refused = Dieser Name enthält Zeichen, die ein Name nicht haben kann. Bitte geben Sie ihn neu ein.
join-done-sign-in = Sie sind beigetreten. Melden Sie sich mit Ihrer Adresse und dem eben gewählten Passwort an.
join-email-taken = Diese Adresse ist schon ein Zugang, hier oder in einem anderen Konto. Bitten Sie darum, eine andere Adresse von Ihnen einzuladen.
join-suspended = Das Konto, das Sie eingeladen hat, ist gesperrt. Fragen Sie dort nach.
join-full = Das Konto, das Sie eingeladen hat, hat keinen Teamzugang mehr frei. Fragen Sie dort nach.
join-gone-title = Diese Einladung ist vorbei
join-gone = Dieser Link wurde schon benutzt, zurückgenommen oder ist zu alt.
join-gone-next = Sind Sie schon beigetreten, melden Sie sich an. Sonst bitten Sie um einen neuen Link.

# $count is how often somebody with the right password was refused in the last seven days.
shared-login = Dieser Zugang wurde diese Woche { $count }-mal abgewiesen, weil er schon angemeldet war. Wo zwei sich einen Zugang teilen, hält jeder den anderen draußen.
shared-login-invite = Die zweite Person einladen

### Ob alle einen zweiten Schritt brauchen.

requirement-title = Zweiter Schritt für alle
requirement-on = Alle in diesem Konto brauchen beim Anmelden einen zweiten Schritt.
requirement-off = Jede Person entscheidet selbst, ob sie einen zweiten Schritt benutzt.
requirement-without = { $count ->
    [0] Alle haben einen eingerichtet.
    [one] Eine Person hat noch keinen.
   *[other] { $count } Personen haben noch keinen.
}
requirement-text = Wer noch keinen hat, richtet bei der nächsten Anmeldung eine App ein, bevor es weitergeht. Niemand wird dadurch abgemeldet.
requirement-set = Verlangen
requirement-drop = Jeder Person überlassen
requirement-change = Ändern
requirement-done-on = Alle in diesem Konto brauchen ab ihrer nächsten Anmeldung einen zweiten Schritt.
requirement-done-off = Ab jetzt entscheidet jede Person selbst.
requirement-text-on = Wer einen eingerichtet hat, behält ihn und darf ihn wieder entfernen.
