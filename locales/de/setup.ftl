### The first run: the link that the server prints makes the first administrator.

setup-title = Verwaltung einrichten
setup-text = Hier kann sich noch niemand anmelden. Wer dieses Formular abschickt, bekommt den ersten Zugang der Verwaltung: Er gehört zu keinem Konto und hilft allen.
setup = Zugang einrichten
# $until is a time, such as "26 November 2026 at 04:30 UTC".
setup-until = Diese Seite gilt einmal, bis { $until }.
setup-email-refused = Das ist keine E-Mail-Adresse. Bitte sehen Sie sie noch einmal an.
setup-done-sign-in = Ihr Zugang ist eingerichtet. Melden Sie sich mit der Adresse und dem Passwort an, die Sie eben gewählt haben.
setup-gone-title = Dieser Link ist vorbei
setup-gone = Er wurde schon benutzt, ist älter als eine halbe Stunde, oder der Server hat seither einen anderen ausgegeben.
setup-gone-next = Gibt es schon einen Zugang der Verwaltung, melden Sie sich an oder fragen Sie dort. Sonst starten Sie den Server neu: Er gibt einen neuen Link aus, solange es niemanden gibt.
