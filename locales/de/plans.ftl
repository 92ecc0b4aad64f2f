### Tarife und Abrechnung.

plans-title = Tarife
plans-intro = Eine Person, eine Sitzung: Alle, die gleichzeitig arbeiten, haben einen eigenen Zugang.
plans-rule = Warum das so ist:
plan-current = Ihr Tarif
plan-logins = { $count ->
    [0] Für eine Person, ohne Teamzugänge
    [one] Für Inhaberin oder Inhaber und 1 Teamzugang
   *[other] Für Inhaberin oder Inhaber und { $count } Teamzugänge
}
plan-choose = Diesen Tarif wählen
plan-see-who = Ansehen, was im Weg steht
# $used is how many staff logins are in use, $of how many the plan has.
plan-too-small = { $used } Teamzugänge sind in Gebrauch, und dieser Tarif hat { $of }.
plan-change-title = Den Tarif ändern?
plan-from = Von
plan-to = Zu
plan-change = Tarif ändern
plan-change-text = Er gilt sofort. Niemand wird dadurch abgemeldet.
plan-who = Sperren oder entfernen Sie Personen oder nehmen Sie Einladungen zurück, bis es passt. In Gebrauch sind:
# $name is somebody's name, $role what their role is called.
plan-in-use-person = { $name } ({ $role })
plan-in-use-invited = { $email } (eingeladen)
plan-to-staff = Zu den Personen
plan-not-settled = Die Zahlung ließ sich nicht abwickeln, und der Tarif bleibt, wie er ist. Fragen Sie den Support.
# $plan is the name of a plan.
plan-now = Ihr Tarif ist jetzt { $plan }.
price-unknown = Preis auf Anfrage
# $amount is a price with its currency, such as "49.00 AUD".
price-month = { $amount } im Monat
price-year = { $amount } im Jahr
price-per = { $amount } je { $per }

billing-title = Abrechnung
billing-intro = Was dieses Konto hat, nutzt und bezahlt.
billing-change = Tarif ändern
billing-now = Jetzt
billing-price = Preis
billing-logins = Teamzugänge
billing-next = Was ein anderer Tarif kosten würde
billing-changes = Änderungen
billing-no-changes = Der Tarif wurde noch nicht geändert.
billing-older = Ältere Änderungen suchen
billing-payment = Zahlungen werden außerhalb dieser Seiten abgewickelt. Jede Änderung des Tarifs erfahren die, die die Rechnungen schreiben.
