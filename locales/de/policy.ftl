### The page that explains the rules for sessions.

policy-title = So funktionieren Sitzungen hier
policy-link = Warum ist das so?
policy-intro = Eine Sitzung heißt: mit einem Browser oder Gerät angemeldet sein. Diese Regeln schützen die Konten aller, die hier arbeiten.
# Before the name of a plan that has rules of its own.
policy-plan = Tarif
policy-limit-label = Zur gleichen Zeit
policy-limit =
    { $count ->
        [one] Eine Sitzung für jede Person.
       *[other] { $count } Sitzungen für jede Person.
    }
# $time is a length of time, such as "20 minutes".
policy-beyond-refused = Eine weitere Anmeldung wird abgelehnt, bis sich die Person anderswo abmeldet oder dort { $time } lang nichts getan hat.
policy-beyond-replaces = Eine weitere Anmeldung beendet die Sitzung, die zuerst begonnen hat. Der Person dort wird das gesagt.
policy-idle-label = Ohne Aktivität
policy-idle = Ohne Aktivität endet eine Sitzung; die Frist ist { $time }.
policy-counts = Eine Seite zu öffnen, ein Formular zu senden und in einer Seite zu tippen oder zu klicken ist Aktivität. Eine Seite, die nur offen ist oder sich von selbst erneuert, ist keine.
policy-counts-never = Einige Teile der Anwendung sind ausgenommen: Was dort geschieht, ist keine Aktivität.
policy-counts-always = In einigen Teilen ist alles Aktivität, auch was sich von selbst erneuert.
policy-lifetime-label = In jedem Fall
policy-lifetime = Jede Sitzung endet eine bestimmte Zeit nach ihrer Anmeldung, auch wenn jemand arbeitet: { $time }.
policy-proof-label = Wichtige Handlungen
policy-proof = Wer andere Sitzungen beenden, Zugänge oder den Tarif ändern will, muss sich kurz davor angemeldet haben (höchstens { $time }); sonst wird das Passwort noch einmal verlangt.
policy-refused-title = Wenn Sie abgelehnt werden
policy-refused-same = Im selben Browser kommen Sie sofort wieder hinein, auch wenn Sie ihn geschlossen hatten.
policy-refused-elsewhere = Melden Sie sich auf dem anderen Gerät ab, oder warten Sie, bis die Sitzung dort zu Ende ist.
policy-refused-team = Arbeiten Sie zur gleichen Zeit wie jemand aus Ihrem Team? Dafür gibt es eigene Zugänge für jede Person: Fragen Sie die Inhaberin oder den Inhaber des Kontos.
# $date is a date and time with its zone.
policy-since = Diese Regeln gelten seit { $date }.
policy-from = Ab { $date }
policy-nobody-thrown-out = In diesem Moment wird niemand abgemeldet. Wer mehr Sitzungen hat, als dann erlaubt sind, behält sie, bis sie von selbst enden, und beginnt keine weitere.
policy-announced = Neue Regeln für Sitzungen gelten ab { $date }.
policy-announced-read = Lesen, was sich ändert
