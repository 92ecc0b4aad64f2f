### Mails: mail-… und wovon sie handeln. Jede sagt, was geschehen ist, was zu tun ist und warum sie gesendet wurde.

# $name ist, wie die lesende Person genannt wird.
mail-hello = Guten Tag { $name },
mail-hello-nobody = Guten Tag,
mail-device = Gerät
mail-place = Ort
mail-address = IP-Adresse
mail-time = Zeit
mail-was-you = Wenn Sie das waren, ist nichts zu tun.
mail-was-not-you = Wenn Sie es nicht waren, kennt jemand Ihr Passwort: Ändern Sie es jetzt. Das meldet auch alles andere ab, was Ihren Zugang benutzt.
mail-password-act = Passwort ändern
mail-sessions-act = Ihre aktiven Sitzungen ansehen
# Eine E-Mail-Adresse oder die Adresse einer Seite folgt.
mail-support = Wenn Sie eine Frage haben, wenden Sie sich an:
mail-support-unknown = Wenn Sie eine Frage haben, wenden Sie sich an den Betreiber dieses Dienstes.

# $account ist der Name eines Kontos.
mail-invitation-subject = Einladung zu { $account }
# $by ist ein Name, $role die künftige Rolle der lesenden Person.
mail-invitation-lead = { $by } lädt Sie ein, { $account } beizutreten. Ihre Rolle: { $role }.
mail-invitation-lead-nobody = Sie sind eingeladen, { $account } beizutreten. Ihre Rolle: { $role }.
mail-invitation-act = Einladung annehmen
# $until ist Datum und Uhrzeit.
mail-invitation-until = Der Link gilt einmal, bis { $until }. Wer ihn zuerst öffnet, tritt bei: Geben Sie ihn nicht weiter.
mail-invitation-ignore = Wenn Sie nicht wissen, worum es geht, lassen Sie diese E-Mail liegen. Es geschieht nichts, solange niemand annimmt.
mail-invitation-why = Sie erhalten diese E-Mail, weil jemand Ihre Adresse in eine Einladung eingetragen hat.

mail-signed-in-subject = Anmeldung auf einem neuen Gerät
mail-signed-in-lead = Ihr Zugang wurde auf einem Gerät und an einem Ort benutzt, wo er zuvor nicht benutzt worden war.
mail-signed-in-why = Sie erhalten diese E-Mail, weil eine Anmeldung von einem neuen Gerät und einem neuen Ort kam.

mail-ended-subject = Ihre Sitzung wurde beendet
mail-ended-next = Sie können sich jederzeit wieder anmelden. Wenn Sie nicht wissen, warum die Sitzung beendet wurde, fragen Sie die Stelle, die sie beendet hat.
mail-ended-act = Wieder anmelden
mail-ended-why = Sie erhalten diese E-Mail, weil Ihre Sitzung nicht von dem Gerät beendet wurde, das sie benutzt hat.

mail-password-subject = Ihr Passwort wurde geändert
mail-password-lead = Das Passwort Ihres Zugangs wurde geändert.
mail-password-by = Geändert
mail-password-otherwise = Wenn das weder Sie waren noch jemand, den Sie darum gebeten haben, benutzt jemand anderes Ihren Zugang: Bitten Sie sofort um Hilfe.
mail-password-why = Sie erhalten diese E-Mail immer, wenn Ihr Passwort geändert wird.

mail-refused-subject = Anmeldung abgelehnt
mail-refused-lead = Jemand wollte sich mit Ihrem Zugang von einem Gerät und einem Ort aus anmelden, die beide neu sind, und wurde abgelehnt, weil Sie schon angemeldet waren.
mail-refused-why = Sie erhalten diese E-Mail, höchstens einmal am Tag, weil eine abgelehnte Anmeldung von einem neuen Gerät und einem neuen Ort kam.

mail-second-subject = Jemand hat Ihr Passwort eingegeben
mail-second-lead = Jemand hat sich mit Ihrem Zugang und dem richtigen Passwort von einem Gerät und einem Ort aus gemeldet, die beide neu sind, und danach einen falschen Code, Ersatzcode oder Passkey benutzt. Angemeldet wurde niemand.
mail-second-why = Sie erhalten diese E-Mail, höchstens einmal am Tag, weil ein zweiter Schritt auf einem neuen Gerät und an einem neuen Ort fehlgeschlagen ist.

mail-trial-subject = E-Mails kommen an
mail-trial-lead = Diese E-Mail sagt nichts weiter, als dass E-Mails ankommen.
mail-trial-why = Sie erhalten diese E-Mail, weil der Betreiber dieses Dienstes ausprobiert hat, ob E-Mails ankommen.

mail-reset-subject = Neues Passwort festlegen
mail-reset-lead = Jemand möchte für Ihren Zugang ein neues Passwort festlegen.
mail-reset-act = Neues Passwort festlegen
# $until is a date and time.
mail-reset-until = Der Link gilt einmal, bis { $until }.
mail-reset-ignore = Wenn Sie das nicht waren, lassen Sie diese Mail liegen: Ihr Passwort bleibt, wie es ist.
mail-reset-why = Sie erhalten dies, weil jemand Ihre Adresse als die eines vergessenen Passworts angegeben hat.

mail-factor-subject = Ihr zweiter Schritt beim Anmelden wurde geändert
mail-factor-added = Für Ihren Zugang wurde ein zweiter Schritt beim Anmelden eingerichtet.
mail-factor-removed = Für Ihren Zugang wurde ein zweiter Schritt beim Anmelden entfernt.
mail-factor-code = Statt Ihres zweiten Schritts wurde einer Ihrer Ersatzcodes benutzt.
mail-factor-name = Name
mail-factor-act = Ihre Sicherheitsseite ansehen
mail-factor-why = Sie erhalten dies immer, wenn sich Ihr zweiter Schritt beim Anmelden ändert.

mail-confirm-subject = Bestätigen Sie Ihre Adresse
mail-confirm-lead = Jemand, der mit Ihrem Zugang angemeldet ist, möchte bestätigen, dass Sie lesen, was an diese Adresse geschickt wird.
mail-confirm-act = Adresse bestätigen
mail-confirm-ignore = Wenn Sie das nicht waren, ignorieren Sie diese E-Mail. Wenn Sie nicht wissen, wer es gewesen sein kann, benutzt jemand anderes Ihren Zugang: Ändern Sie Ihr Passwort.
mail-confirm-why = Sie erhalten diese E-Mail, weil jemand sie verlangt hat, der mit Ihrem Zugang angemeldet ist.

mail-code-subject = Ihr Code, um auf einem anderen Gerät weiterzumachen
mail-code-lead = Jemand hat sich mit Ihrem Passwort angemeldet und wurde abgewiesen, weil Sie schon angemeldet sind. Wenn Sie das waren, geben Sie dort diesen Code ein, um die andere Sitzung zu beenden und weiterzumachen.
mail-code = Code
# $until is a date and time.
mail-code-until = Der Code gilt einmal, bis { $until }, und nur in dem Browser, der ihn angefordert hat. Niemand von diesem Dienst fragt Sie je danach.
mail-code-not-you = Wenn Sie das nicht waren, geben Sie den Code niemandem: Jemand kennt Ihr Passwort. Ändern Sie es jetzt.
mail-code-why = Sie erhalten diese E-Mail, weil jemand, der Ihr Passwort kennt, einen Code angefordert hat.
