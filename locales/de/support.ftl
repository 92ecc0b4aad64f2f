### The console of support: the search, one person, and the question before a session is released.

support-text = Finden, wer Hilfe braucht, sehen, was geschehen ist, und eine Sitzung beenden.
support-intro = Finden Sie, wer Hilfe braucht. Was Sie ansehen oder beenden, steht im Verlauf der Person und ihres Kontos.
support-search = E-Mail-Adresse, Kennung oder Vorgangsnummer
support-search-hint = Kennungen von Personen, Konten und Sitzungen und die Vorgangsnummer einer abgelehnten Anmeldung, etwa R-7K3M-92QD. Jeweils vollständig.
support-find = Suchen
support-nothing = Dazu findet sich niemand und nichts. Adressen, Kennungen und Vorgangsnummern werden nur vollständig gefunden.
support-people = Personen
support-nobody = In diesem Konto ist niemand.
support-by-session = Die Sitzung ist aktiv
# $at is when it ended.
support-by-session-over = Die Sitzung endete { $at }
# $at is when a sign-in was refused.
support-by-refusal = Abgelehnt { $at }
support-again = Jemand anderen suchen
support-last-sign-in = Letzte Anmeldung
support-live = Aktive Sitzungen
support-not-live = Zurzeit nirgends angemeldet.
support-past = Was geschehen ist
support-told = Dass Sie dies ansehen, steht ebenfalls hier und im Verlauf des Kontos.
support-counted = Letzte gezählte Aktivität
support-login = Zugang des Supports
# $count is how many minutes after the sign-in somebody was last active.
support-counted-after = { $count ->
    [0] weniger als eine Minute nach der Anmeldung
    [one] 1 Minute nach der Anmeldung
   *[other] { $count } Minuten nach der Anmeldung
}

release-reason = Grund
release-reason-hint = Er steht im Verlauf dieser Person und ihres Kontos. Sie wird sofort abgemeldet und erfährt, dass es der Support war.
# $most is how many characters a reason may have.
release-no-reason = Schreiben Sie auf, warum, mit 1 bis { $most } Zeichen.
