### Was eine offene Seite von selbst sagt: dass ihre Sitzung vorbei ist, und dass eine Anmeldung abgelehnt wurde.

live-refused-look = Sicherheit ansehen
live-dismiss = Schließen
# Der Browser wurde in einem anderen Fenster als jemand anders angemeldet, während eine Seite der Person davor offen war.
live-other = In diesem Browser ist jetzt jemand anders angemeldet.
live-other-open = Diese Seite so laden, wie jene Person sie sieht
