### The page of active sessions, and the questions before something ends.

sessions-title = Aktive Sitzungen
sessions-intro = Wo Sie gerade angemeldet sind. Beenden Sie jede Sitzung, die Sie nicht kennen.
sessions-none = Keine aktive Sitzung.
sessions-only = Sie sind nur auf diesem Gerät angemeldet.
sessions-count = { $count ->
    [one] 1 Sitzung
   *[other] { $count } Sitzungen
}
this-device = Dieses Gerät
new-device = Neues Gerät
new-device-why = Neues Gerät: mit Ihrem Zugang noch nie benutzt, in einem neuen oder unbekannten Land.
# After a place: it is worked out from the network address, and never exact.
approximate = ungefähr
address = IP-Adresse
signed-in = Angemeldet
last-active = Zuletzt aktiv
active-now = Jetzt aktiv
# $when is a distance in time such as "in 18 minutes".
ends-if-unused = Endet ohne Nutzung { $when }
# $latest is a time such as "today, 19:58 AEST".
ends-at-latest = Spätestens { $latest }
ends-by-itself = Endet von selbst { $latest }
terminate = Beenden
end-others = Alle anderen Sitzungen beenden
device-name = Name
device-name-give = Namen geben
device-name-change = Umbenennen
device-name-title = Name des Geräts
device-name-refused = Dieser Name ist zu lang: bis zu 60 Zeichen, bitte.
device-name-hint = Bis zu 60 Zeichen, zum Beispiel „Empfang“. Leer lassen, um den Namen zu entfernen.
ended-title = Kürzlich beendet
ended-intro = Sitzungen, die in den letzten 30 Tagen zu Ende gingen.
ended-intro-most = Die 20 Sitzungen, die zuletzt zu Ende gingen.
# $at is a time such as "today, 08:02 AEST". One of end-reason-… follows, after a colon.
ended-at = Beendet { $at }
ended-none = In den letzten 30 Tagen ist keine Ihrer Sitzungen zu Ende gegangen.
tips-title = Gute Gewohnheiten
tip-review = Sehen Sie von Zeit zu Zeit hier nach, vor allem nach der Nutzung fremder oder öffentlicher Computer und nach Reisen.
tip-end = Beenden Sie sofort jede Sitzung, die Sie nicht kennen.
tip-sign-out = Melden Sie sich auf Geräten ab, die nicht Ihre sind.
tip-password = Verwenden Sie ein starkes Passwort, das Sie nirgends sonst benutzen.
tip-password-change = Ihres ändern
tip-by-itself = Sitzungen enden von selbst, wenn sie nicht benutzt werden und wenn die Höchstdauer erreicht ist.
help-title = Brauchen Sie Hilfe?
help-text = Wenn hier etwas nicht stimmt und Sie es nicht beenden können, fragen Sie nach.
help-unknown = Wenn hier etwas nicht stimmt und Sie es nicht beenden können, fragen Sie beim Betreiber dieses Dienstes nach.
refused-title = Abgelehnte Anmeldung
# $count is how many attempts there were, each with the right password.
refused-attempts = { $count ->
    [one] Jemand hat versucht, sich als Sie anzumelden, während Sie angemeldet waren, mit dem richtigen Passwort, und wurde abgelehnt.
   *[other] Jemand hat { $count }-mal versucht, sich als Sie anzumelden, während Sie angemeldet waren, mit dem richtigen Passwort, und wurde abgelehnt.
}
refused-last = Letzter Versuch:
refused-advice = Waren Sie das nicht, kennt jemand Ihr Passwort:
refused-advice-change = Ändern Sie es
refused-advice-look = und sehen Sie sich die Sitzungen unten an.
# $zone is a time zone such as "Australia/Brisbane".
times-in = Alle Zeiten gelten in dieser Zeitzone: { $zone }.
# $date is the day on which the data about places were made.
places-of = Orte sind aus Netzadressen abgeleitet, mit Daten vom { $date }, und gelten nur ungefähr.
places-none = Orte sind hier nicht bekannt, nur private Netze werden erkannt.

# $device is a name such as "Front desk" or "Safari on iPhone".
done-terminated = Die Sitzung auf { $device } wurde beendet. Wer sie benutzt hat, erfährt den Grund.
done-over = Diese Sitzung war schon zu Ende.
done-others = { $count ->
    [0] Es gab keine andere Sitzung zu beenden.
    [one] 1 andere Sitzung wurde beendet.
   *[other] { $count } andere Sitzungen wurden beendet.
}
done-named = Das Gerät heißt jetzt { $name }.
done-unnamed = Das Gerät hat keinen Namen mehr.

terminate-title = Diese Sitzung beenden?
terminate-text = Wer sie benutzt, wird sofort abgemeldet und erfährt den Grund.
end-others-title = Alle anderen Sitzungen beenden?
end-others-text = Auf diesem Gerät bleiben Sie angemeldet. Überall sonst werden Sie sofort abgemeldet.
