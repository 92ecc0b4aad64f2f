### The history of a person or an account: happened-… says what happened, history-… is the page around it.

history-title = Verlauf
history-title-account = Verlauf des Kontos
# $time is how long events are kept, such as "396 days".
history-intro = Was mit Ihrem Zugang geschehen ist, das Neueste zuerst. Aufbewahrt wird es { $time } lang.
history-intro-account = Was im ganzen Konto geschehen ist, das Neueste zuerst. Aufbewahrt wird es { $time } lang.
history-text = Was mit Ihrem Zugang geschehen ist: Anmeldungen, Ablehnungen, beendete Sitzungen und Änderungen.
history-whose = Wessen Verlauf
history-yours = Ihr Verlauf
history-account = Das ganze Konto
history-show = Anzeigen
history-group-all = Alles
history-group-sign-ins = Anmeldungen
history-group-refused = Abgelehnt
history-group-ended = Beendet
history-group-people = Personen und Tarif
history-group-login = Ihr Zugang
history-group-security = Sicherheit
# $person is somebody's name.
history-only = Nur was { $person } betrifft.
history-everybody = Alle anzeigen
history-removed = Entfernt
history-new-device = Neues Gerät
history-reference = Vorgangsnummer
history-export = Als CSV herunterladen
history-export-note = Die Datei enthält davon das Neueste, bis zu 10.000 Einträge, mit Zeiten in UTC.
history-none = Noch ist nichts geschehen.
history-none-filtered = Nichts dergleichen ist geschehen.
history-none-yet = Unter dem, was zuletzt geschehen ist, findet sich nichts dergleichen. Sehen Sie bei Älterem nach.
history-older = Älteres
history-newest = Neuestes
history-pages = Teile des Verlaufs

history-by-you = von Ihnen
history-by-them = von der Person selbst
# Somebody who signs in with your login need not be you.
history-by-login = mit Ihrem Zugang
history-by-their-login = mit dem Zugang der Person
# $person is somebody's name, $role what they may do.
history-by-person = von { $person } ({ $role })
history-by-application = von der Anwendung
history-by-support = vom Support
history-by-operator = vom Betreiber dieses Dienstes
history-by-itself = von selbst

happened-signed-in = Angemeldet
# $count is how many sign-ins with the right password the rule refused.
happened-refused = { $count ->
    [one] Anmeldung abgelehnt: bereits angemeldet
   *[other] Anmeldung { $count }-mal abgelehnt: bereits angemeldet
}
happened-second-failed = Zweiter Schritt nach dem richtigen Passwort fehlgeschlagen
happened-wrong-code = Falscher Code nach dem richtigen Passwort
happened-wrong-recovery-code = Falscher Ersatzcode nach dem richtigen Passwort
happened-wrong-passkey = Passkey nach dem richtigen Passwort nicht angenommen
happened-ended = Sitzung zu Ende
# $reason is one of end-reason-….
happened-ended-why = Sitzung zu Ende: { $reason }
happened-ended-elsewhere = Sitzung zu Ende: von einer anderen Sitzung aus beendet
happened-stepped-up = Identität erneut bestätigt
happened-token-rotated = Sitzung mit neuem Schlüssel fortgesetzt
# $name is what the user calls the device.
happened-device-named = Gerät { $name } genannt
happened-device-unnamed = Name eines Geräts entfernt
happened-password-set = Passwort gesetzt
happened-reset-asked = Link für ein vergessenes Passwort angefordert
happened-confirmation-asked = Link zum Bestätigen der Adresse angefordert
happened-email-confirmed = Adresse bestätigt
happened-take-over-code-asked = Code per E-Mail angefordert, um auf einem anderen Gerät weiterzumachen
happened-factor-added = App für Codes eingerichtet: { $name }
happened-factor-removed = App für Codes entfernt: { $name }
happened-passkey-added = Passkey hinzugefügt: { $name }
happened-passkey-removed = Passkey entfernt: { $name }
happened-codes-made = Neue Ersatzcodes gemacht
happened-code-used = Ersatzcode benutzt
happened-user-created = Zugang angelegt
happened-user-changed = Zugang geändert
happened-user-suspended = Zugang gesperrt
happened-user-reinstated = Zugang wieder freigegeben
happened-user-removed = Zugang entfernt
happened-account-created = Konto angelegt
happened-account-changed = Konto geändert
happened-account-suspended = Konto gesperrt
happened-account-reinstated = Konto wieder freigegeben
happened-plan-changed = Tarif gewechselt
# $email is an address.
happened-invited = { $email } eingeladen
happened-invitation-revoked = Einladung an { $email } zurückgezogen
happened-invitation-accepted = Einladung an { $email } angenommen
happened-invitation-expired = Einladung an { $email } abgelaufen
happened-support-viewed = Vom Support angesehen
happened-support-viewed-people = Personen des Kontos vom Support angesehen
# $name is what people call the key.
happened-key-created = Dienstschlüssel { $name } angelegt
happened-key-revoked = Dienstschlüssel { $name } widerrufen
happened-webhook-created = Webhook angelegt
happened-webhook-rotated = Geheimnis eines Webhooks ersetzt
happened-webhook-disabled = Webhook abgeschaltet, da sein Empfänger nicht mehr da ist
happened-webhook-removed = Webhook entfernt
happened-delivery-retried = Zustellung eines Webhooks erneut versucht
happened-other = Etwas anderes ist geschehen

happened-detail-role = Rolle
happened-detail-name = Name
happened-detail-email = E-Mail-Adresse
happened-detail-plan = Tarif
happened-detail-previous-plan = Tarif davor
happened-detail-status = Status
happened-detail-time-zone = Zeitzone
# What whoever ended a session has written about it follows.
happened-detail-note = Angegebener Grund
happened-detail-none = keine Angabe
happened-detail-second-factor = Zweiter Schritt
happened-detail-required = verlangt
happened-detail-optional = jeder Person überlassen
