### What a page says about a failure: what happened, and what to do next.

error-home = Zu Ihrem Konto

error-unread = Das war nicht zu lesen
    .sentence = Die Anfrage ist unvollständig oder fehlerhaft.
    .next = Gehen Sie zurück, und versuchen Sie es noch einmal.
error-forbidden = Nicht erlaubt
    .sentence = Diese Anfrage kam von einer fremden Seite, oder sie steht Ihnen nicht zu.
    .next = Gehen Sie zu der Seite zurück, auf der Sie begonnen haben, und versuchen Sie es dort noch einmal. Erlaubt Ihre Rolle es nicht, fragen Sie eine Inhaberin oder einen Inhaber Ihres Kontos.
error-absent = Nicht gefunden
    .sentence = Unter dieser Adresse ist nichts, oder es gehört nicht Ihnen.
    .next = Prüfen Sie die Adresse, oder gehen Sie zurück.
error-method = Hier nicht möglich
    .sentence = Diese Adresse nimmt eine solche Anfrage nicht an.
    .next = Gehen Sie zurück, und benutzen Sie die Knöpfe.
error-too-large = Zu viel auf einmal
    .sentence = Was gesendet wurde, ist größer, als dieser Dienst annimmt.
    .next = Senden Sie weniger, und versuchen Sie es noch einmal.
error-too-many = Zu viele Versuche
    .sentence = In kurzer Zeit gab es zu viele Versuche.
    .next = Warten Sie ein wenig, und versuchen Sie es dann noch einmal.
error-outage = Gerade nicht erreichbar
    .sentence = Der Dienst kann im Augenblick nicht antworten, und niemand wurde abgemeldet.
    .next = Warten Sie einige Sekunden, und laden Sie diese Seite dann neu.
error-fault = Da ist etwas schiefgegangen
    .sentence = Das liegt an uns, und es wurde festgehalten.
    .next = Versuchen Sie es noch einmal; geschieht es wieder, sagen Sie dem Support, wann es war.
