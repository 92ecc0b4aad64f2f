### Was eine offene Seite von selbst sagt: dass ihre Sitzung vorbei ist, und dass eine Anmeldung abgelehnt wurde.

live-refused-look = Sicherheit ansehen
live-dismiss = Schließen
# Der Browser wurde in einem anderen Fenster als jemand anders angemeldet, während eine Seite der Person davor offen war.
# The session ends by itself in two minutes or less; a clock counts them down below.
ending-title = Sind Sie noch da?
ending-text = Sie werden abgemeldet, wenn die Zeit unten abgelaufen ist, es sei denn, Sie bleiben.
ending-stay = Angemeldet bleiben
# The longest time of a session is over soon, and nothing can move that.
ending-final = Ihre Sitzung hat so lange gedauert, wie eine Sitzung dauern darf. Sie werden abgemeldet, wenn die Zeit unten abgelaufen ist; speichern Sie, woran Sie arbeiten, und melden Sie sich wieder an.
ending-seen = Verstanden
live-other = In diesem Browser ist jetzt jemand anders angemeldet.
live-other-open = Diese Seite so laden, wie jene Person sie sieht
