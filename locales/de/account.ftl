### The account page, the security page below it, and the change of the password.

account-title = Ihr Konto
account-intro = Wer Sie hier sind, und worum Sie sich kümmern können.
you = Sie
account-name = Name
account-user-id = Kennung
account-role = Rolle
account-account = Konto
account-plan = Tarif
account-security-text = Ihre Anmeldungen, Ihre aktiven Sitzungen und Ihr Passwort.

security-title = Sicherheit
security-intro = Wer mit Ihrem Zugang hier war, und was andere fernhält.
sign-ins-title = Anmeldungen
sign-in-last = Letzte Anmeldung
sign-in-this = Diese Sitzung
sign-in-before = Davor
sign-in-first = Das ist die erste Anmeldung, die hier bekannt ist.
sign-ins-refused = Seither abgelehnt
# $count is how many sign-ins with the right password the rule refused.
sign-ins-refused-count = { $count ->
    [0] Keine
    [one] 1 Versuch mit Ihrem Passwort
   *[other] { $count } Versuche mit Ihrem Passwort
}
sign-ins-refused-last = zuletzt
sign-ins-refused-advice = Waren Sie das nicht, kennt jemand Ihr Passwort: Ändern Sie es, und beenden Sie jede Sitzung, die Sie nicht kennen.
security-sessions-text = Sehen Sie, wo Sie angemeldet sind, und beenden Sie jede Sitzung, die Sie nicht kennen.
security-sessions-count = { $count ->
    [one] Sie haben 1 aktive Sitzung.
   *[other] Sie haben { $count } aktive Sitzungen.
}
# $count is how many of them are on a device and in a country never seen before.
security-sessions-unfamiliar = { $count ->
    [one] 1 Sitzung davon verdient einen Blick: Sie läuft auf einem neuen Gerät.
   *[other] { $count } Sitzungen davon verdienen einen Blick: Sie laufen auf neuen Geräten.
}
security-sessions-open = Aktive Sitzungen ansehen
email-title = Ihre Adresse
email-confirmed = Bestätigt
email-unconfirmed = Noch nicht bestätigt. Wer liest, was dorthin geschickt wird, kann mit einem Code per E-Mail auf einem anderen Gerät weitermachen.
email-ask = Link zuschicken
email-sent = Ein Link wurde geschickt an
email-sent-next = Er gilt 24 Stunden. Öffnen Sie ihn und drücken Sie dort auf die Schaltfläche.
email-no-mail = Dieser Dienst verschickt keine E-Mail, also kann Sie kein Code erreichen. Mit einer App oder einem Passkey machen Sie trotzdem auf einem anderen Gerät weiter: Richten Sie sie auf der Sicherheitsseite ein.
email-back = Zurück zur Sicherheitsseite
email-confirm-text = Sie lesen, was geschickt wird an
email-confirm = Adresse bestätigen
email-confirmed-now = Bestätigt:
email-confirmed-use = Wenn Sie abgewiesen werden, weil Sie anderswo angemeldet sind, können Sie sich jetzt einen Code zuschicken lassen, mit dem Sie weitermachen.
email-gone = Er wurde benutzt, ist älter als 24 Stunden, oder die Adresse hat sich seither geändert. Ihre Sicherheitsseite sagt, ob die Adresse bestätigt ist.
security-password-set = Zuletzt gesetzt
security-password-text = Ein starkes Passwort, das Sie nirgends sonst benutzen, hält Fremde fern.
security-password-change = Passwort ändern

password-title = Passwort ändern
password-intro = Alle anderen Sitzungen von Ihnen enden sofort. Auf diesem Gerät bleiben Sie angemeldet.
password-current = Aktuelles Passwort
password-new = Neues Passwort
password-new-hint = 8 bis 256 Zeichen. Lang ist stark: Gut sind mehrere Wörter, die nicht zusammengehören.
password-show = Eingabe anzeigen
password-hide = Eingabe verbergen
password-save = Passwort ändern
password-wrong = Das aktuelle Passwort stimmt nicht.
password-unchanged = Das neue Passwort ist das aktuelle. Wählen Sie ein anderes.
password-too-short = Das neue Passwort ist zu kurz: Es braucht mindestens 8 Zeichen.
password-too-long = Das neue Passwort ist zu lang: Mehr als 256 Zeichen gehen nicht.
password-common = Das neue Passwort gehört zu denen, die zuerst probiert werden. Wählen Sie eines, das niemand errät.
password-own-words = Das neue Passwort enthält Ihren Namen, Ihre Adresse oder den Namen Ihres Kontos. Wählen Sie eines, das niemand errät.
password-breached = Das neue Passwort wurde anderswo gestohlen und steht in Listen, die zuerst probiert werden. Wählen Sie eines, das Sie nirgends sonst benutzen.
# $count is how many other sessions ended.
password-changed = { $count ->
    [0] Ihr Passwort wurde geändert. Sie waren nirgends sonst angemeldet.
    [one] Ihr Passwort wurde geändert. 1 andere Sitzung wurde beendet.
   *[other] Ihr Passwort wurde geändert. { $count } andere Sitzungen wurden beendet.
}

factors-title = Zweiter Schritt beim Anmelden
factors-none = Sie melden sich nur mit Ihrem Passwort an.
factors-text = Mit einem Code aus einer App auf Ihrem Telefon kommt niemand herein, der nur Ihr Passwort kennt, und Sie können auf einem anderen Gerät weiterarbeiten, wenn Sie anderswo angemeldet sind.
factors-first = App einrichten
factor-kind-totp = Codes aus einer App
factor-kind-passkey = Passkey
factor-added-at = Hinzugefügt
factor-used-at = zuletzt benutzt
factor-unused = seitdem nicht benutzt
factor-remove = Entfernen
factor-remove-title = Diesen zweiten Schritt entfernen?
factor-remove-text = Codes aus dieser App gelten dann nicht mehr. Mit dem letzten zweiten Schritt sind auch Ihre Ersatzcodes weg, und das Passwort allein lässt herein. Alle Ihre anderen Sitzungen enden.
factor-removed-done = Die App ist entfernt. Ihre anderen Sitzungen, falls es welche gab, sind beendet.
factor-added-done = Die App ist eingerichtet. Ihre anderen Sitzungen, falls es welche gab, sind beendet.
factor-added = { $count ->
    [0] Die App ist eingerichtet. Sie hatten keine andere Sitzung.
    [one] Die App ist eingerichtet. Ihre andere Sitzung ist beendet.
   *[other] Die App ist eingerichtet. Ihre { $count } anderen Sitzungen sind beendet.
}
factor-name = Name der App oder des Geräts
factor-name-given = Telefon
factor-name-hint = Damit Sie sie in der Liste wiedererkennen.
factor-name-refused = Geben Sie einen Namen mit höchstens 60 Zeichen an.
factor-ends-others = Sobald die App eingerichtet ist, enden alle Ihre anderen Sitzungen.
factors-too-many = Sie haben so viele Apps und Passkeys, wie man haben kann. Entfernen Sie zuerst etwas davon.
passkeys-none = Sie haben keinen Passkey.
passkeys-text = Ihr Gerät oder Ihr Passwortmanager bewahrt den Passkey auf und prüft mit Finger, Gesicht oder PIN, dass Sie es sind. Er meldet Sie ohne Passwort an, und niemand kann ihn Ihnen ablisten.
passkey-title = Passkey hinzufügen
passkey-text = Ihr Gerät oder Ihr Passwortmanager legt ihn an und prüft mit Finger, Gesicht oder PIN, dass Sie es sind. Von da an meldet er Sie ohne Passwort an oder nach dem Passwort.
passkey-name = Name des Passkeys
passkey-name-given = Passkey
passkey-make = Passkey anlegen
passkey-ends-others = Sobald der Passkey da ist, enden alle Ihre anderen Sitzungen.
passkey-no-script = Ein Passkey braucht Skripte im Browser und einen Browser, der Passkeys kennt. Eine App, die Codes anzeigt, kommt ohne aus.
passkey-not-used = Ihr Browser hat keinen Passkey geliefert. Versuchen Sie es noch einmal.
passkey-not-made = Was angekommen ist, ist kein Passkey, der hier gilt. Versuchen Sie es noch einmal.
passkey-over = Es ist zu viel Zeit vergangen, oder die Seite war zweimal offen. Versuchen Sie es noch einmal.
passkey-known = Dieser Passkey ist schon da.
passkey-remove-text = Dieser Passkey gilt hier dann nicht mehr; nehmen Sie ihn auch aus Ihrem Gerät oder Passwortmanager. Mit dem letzten zweiten Schritt sind auch Ihre Ersatzcodes weg, und das Passwort allein lässt herein. Alle Ihre anderen Sitzungen enden.
passkey-removed-done = Der Passkey ist entfernt. Ihre anderen Sitzungen sind beendet.
passkey-added-done = Der Passkey ist da. Ihre anderen Sitzungen sind beendet.
passkey-added = { $count ->
    [0] Der Passkey ist da. Sie hatten keine andere Sitzung.
    [one] Der Passkey ist da. Ihre andere Sitzung ist beendet.
   *[other] Der Passkey ist da. Ihre { $count } anderen Sitzungen sind beendet.
}
totp-title = Eine App einrichten, die Codes anzeigt
totp-text = Jede Authenticator-App auf Ihrem Telefon ist geeignet. Von da an werden Sie beim Anmelden nach ihrem Code gefragt.
totp-step-scan = Scannen Sie dieses Bild mit der App.
totp-step-code = Geben Sie den Code ein, den die App anzeigt.
totp-picture = Bild für die Kamera Ihrer Authenticator-App
totp-no-camera = Keine Kamera zur Hand?
totp-type = Tippen Sie diesen Schlüssel in die App:
totp-here = In einer App auf diesem Gerät öffnen
totp-save = Einschalten
totp-wrong-code = Dieser Code passt nicht. Geben Sie den ein, den die App in diesem Moment anzeigt, und prüfen Sie die Uhr Ihres Telefons.
totp-over = Zu viele Versuche oder zu viel Zeit. Scannen Sie das neue Bild unten.
codes-title = Ersatzcodes
codes-text = Bewahren Sie diese Codes dort auf, wo Sie sie ohne Ihr Telefon finden. Jeder lässt Sie einmal nach dem Passwort herein, anstelle einer App oder eines Passkeys.
codes-once = Sie werden nur dieses eine Mal gezeigt und ersetzen alle bisherigen.
codes-kept = Ich habe sie aufbewahrt
codes-left = { $count ->
    [0] Keiner ist übrig: Machen Sie neue.
    [one] Einer ist übrig: Machen Sie bald neue.
   *[other] { $count } sind übrig.
}
codes-make = Neue machen
codes-make-title = Neue Ersatzcodes machen?
codes-make-text = Die bisherigen gelten dann nicht mehr.
code-hint = Oder einer Ihrer Ersatzcodes.
codes-kept-sign-in = Ich habe sie aufbewahrt: anmelden
set-up-title = Zweiten Schritt einrichten
set-up-text = Ihr Konto verlangt beim Anmelden einen zweiten Schritt. Richten Sie ihn einmal ein; von da an werden Sie nach dem Passwort danach gefragt.
set-up-app-text = Jede Authenticator-App auf Ihrem Telefon ist geeignet.
factor-required = Ihr Konto verlangt einen zweiten Schritt, und dies ist Ihr letzter. Richten Sie zuerst eine weitere App ein.

# Advice on a password that was just chosen and is easy to guess.
advice-title = Ihr Passwort könnte stärker sein
advice-joined = Sie sind beigetreten und angemeldet.
advice-set-up = Ihr Zugang der Verwaltung ist eingerichtet, und Sie sind angemeldet.
# Before a meter and one of the words that follow.
advice-strength = Wie schwer es zu erraten ist:
strength-none = gar nicht
strength-little = nicht sehr
strength-some = einigermaßen
strength-enough = sehr
weakness-common = Viele benutzen es oder eines, das ihm sehr ähnlich ist.
weakness-word = Es ist ein einzelnes Wort.
weakness-name = Es besteht aus Namen, und die werden früh probiert.
weakness-keys = Seine Tasten liegen nebeneinander, und das wird früh probiert.
weakness-repeats = Es wiederholt sich, und das bringt wenig.
weakness-sequence = Es zählt oder buchstabiert weiter, wie 6543 oder abc, und das wird früh probiert.
weakness-date = Es besteht aus einem Datum oder einem Jahr, und das wird früh probiert.
advice-help = Zwei oder drei weitere Wörter, die nicht zusammengehören, machen es stark. Großbuchstaben, Ziffern und Zeichen helfen wenig.
advice-allowed = Es gilt, wie es ist. Sie können jetzt ein anderes wählen oder jederzeit unter Sicherheit.
advice-change = Ein anderes wählen
advice-keep = Dieses behalten
set-up-done = Die App ist eingerichtet.
set-up-done-passkey = Der Passkey ist da.
