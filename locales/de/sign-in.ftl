### Signing in, being refused, having been signed out, proving once more who one is.

sign-in = Anmelden
email = E-Mail-Adresse
password = Passwort
sign-in-busy = Gerade melden sich sehr viele Personen an, und Ihr Versuch musste zu lange warten. Versuchen Sie es in einigen Sekunden noch einmal.
sign-in-throttled = Zu viele Versuche sind fehlgeschlagen, deshalb wurde dieser nicht geprüft. Versuchen Sie es in { $wait } noch einmal.
# The answer to every sign-in whose address and password do not fit, whatever the cause.
wrong-credentials = Die E-Mail-Adresse oder das Passwort stimmt nicht.

refusal-title = Anderswo angemeldet
# The rule. Pages say it in English first, word for word, and then this.
refusal = Sie sind bereits angemeldet. Pro Person ist nur eine Sitzung zulässig. Bitte wenden Sie sich an den Support, wenn Sie das für einen Irrtum halten.
# $idle is a length of time, such as "20 minutes".
refusal-step-wait = Melden Sie sich auf dem anderen Gerät ab, oder warten Sie, bis es { $idle } lang nicht benutzt wurde.
refusal-step-again = Melden Sie sich dann hier noch einmal an.
refusal-try-again = Noch einmal anmelden
refusal-owner = Arbeiten Sie zur gleichen Zeit wie jemand aus Ihrem Team?
refusal-owner-plans = Tarife mit eigenen Zugängen vergleichen
refusal-staff = Arbeiten Sie zur gleichen Zeit wie jemand aus Ihrem Team? Bitten Sie die Inhaberin oder den Inhaber des Kontos um einen eigenen Zugang.

signed-out-title = Sie sind abgemeldet
# Said to a browser without a session; true also for one that never had any.
not-signed-in = Sie sind in diesem Browser nicht angemeldet.
sign-in-again = Wieder anmelden

step-up-title = Bestätigen Sie, dass Sie es sind
step-up = Bestätigen
step-up-as = Angemeldet als
# $within is a length of time, such as "10 minutes".
step-up-why = Für das, was Sie vorhaben, darf die Anmeldung höchstens { $within } zurückliegen. Ihre liegt länger zurück: Bitte geben Sie Ihr Passwort noch einmal ein.
wrong-password = Das Passwort stimmt nicht.

second-step-title = Noch ein Schritt
second-step-passkey-text = Ihr Passwort stimmt. Bestätigen Sie nun mit Ihrem Passkey, dass Sie es sind.
second-step-no-script = Ein Passkey braucht Skripte im Browser und einen Browser, der Passkeys kennt. Sonst benutzen Sie einen Ihrer Ersatzcodes.
second-step-text = Öffnen Sie Ihre Authenticator-App, und geben Sie den Code ein, den sie anzeigt.
code = Code aus Ihrer App
wrong-code = Dieser Code ist falsch oder wurde schon benutzt. Jeder gilt einmal; eine App zeigt jede halbe Minute einen neuen.
codes-spent = So viele Codes waren falsch, dass hier keiner aus einer App mehr angenommen wird. Benutzen Sie einen Ersatzcode oder einen Passkey, oder setzen Sie ein neues Passwort. Wenn Sie nichts davon haben, fragen Sie den Support.
codes-spent-next = Neues Passwort setzen
codes-spent-within = So viele Codes waren falsch, dass hier keiner aus einer App mehr angenommen wird. Benutzen Sie einen Ersatzcode oder einen Passkey, oder ändern Sie Ihr Passwort.
recovery-instead = Stattdessen einen Ersatzcode benutzen
recovery-code = Ersatzcode
recovery-hint = Einer von denen, die Sie beim Einrichten des zweiten Schritts aufbewahrt haben. Jeder gilt einmal.
recovery-use = Ersatzcode benutzen
passkey-use = Passkey benutzen
sign-in-passkey = Mit einem Passkey anmelden
wrong-passkey = Dieser Passkey wurde nicht angenommen: Er ist hier entfernt, oder es ist zu viel Zeit vergangen. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.
sign-in-other = Als jemand anderes anmelden
sign-in-over = Diese Anmeldung ist abgelaufen. Beginnen Sie noch einmal mit Ihrem Passwort.

refusal-you = Sind Sie das selbst?
refusal-continue = Hier weiterarbeiten und die andere Sitzung beenden
refusal-or = Oder lassen Sie es, wie es ist:
refusal-by-mail = Code zuschicken, um hier weiterzumachen
refusal-by-mail-text = Er geht an die Adresse dieses Zugangs. Damit beenden Sie die andere Sitzung und machen hier weiter.
mailed-code-title = Code eingeben
mailed-code-sent = Ein Code wurde geschickt an
# $within is a duration, such as 10 minutes.
mailed-code-text = Er kommt innerhalb von etwa einer Minute und gilt { $within }, nur in diesem Browser.
mailed-code = Code aus der E-Mail
mailed-code-go-on = Weiter
mailed-code-wrong = Das ist nicht der Code aus der letzten E-Mail. Suchen Sie die neueste, auch unter unerwünschter Post.
mailed-code-none = Nichts angekommen? Sehen Sie unter unerwünschter Post nach, oder melden Sie sich noch einmal an, um einen neuen anzufordern.
take-over-title = Hier weiterarbeiten?
take-over-text = Sie sind auch hier angemeldet. Wenn Sie weitermachen, endet diese Sitzung sofort: Was dort nicht gespeichert wurde, geht verloren, und der Grund wird dort angezeigt.
take-over-free = Die andere Sitzung ist inzwischen beendet.
take-over = Beenden und hier weiterarbeiten
take-over-not = So lassen und später anmelden
take-overs-too-many = Sie haben innerhalb einer Stunde dreimal auf einem anderen Gerät weitergearbeitet, deshalb müssen Sie damit warten.

forgot-link = Passwort vergessen?
forgot-title = Passwort vergessen
forgot-text = Geben Sie die E-Mail-Adresse ein, mit der Sie sich anmelden. Sie erhalten einen Link, mit dem Sie ein neues Passwort festlegen.
forgot-send = Link senden
forgot-asked = Wenn diese Adresse hier ein Zugang ist, ist eine Mail mit einem Link unterwegs.
forgot-asked-next = Er gilt einmal und eine halbe Stunde lang. Wenn nichts kommt, sehen Sie bei den unerwünschten Mails nach, warten Sie ein paar Minuten und versuchen Sie es noch einmal.
forgot-no-mail = Dieser Dienst verschickt keine Mails. Bitten Sie den Support, ein neues Passwort für Sie festzulegen.
reset-title = Neues Passwort festlegen
reset-text = Alle Ihre Sitzungen enden dann, und Sie melden sich mit dem neuen Passwort an. Nach einem zweiten Schritt, falls Sie einen haben, werden Sie wie bisher gefragt.
reset-login = Für
reset-save = Passwort festlegen
reset-done = Ihr neues Passwort gilt, und alle Ihre Sitzungen sind beendet. Melden Sie sich damit an.
reset-gone-title = Dieser Link funktioniert nicht
reset-gone = Er wurde benutzt, ist älter als eine halbe Stunde, oder das Passwort wurde seitdem festgelegt.
reset-gone-next = Einen anderen Link anfordern
