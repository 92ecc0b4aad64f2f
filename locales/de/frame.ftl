### What surrounds every page, and words that many pages share.

language-name = Deutsch
product = Innkeeper
skip = Zum Inhalt springen
nav-label = Konto
nav-app = Anwendung
nav-account = Konto
nav-security = Sicherheit
nav-sessions = Aktive Sitzungen
nav-activity = Verlauf
nav-password = Passwort
nav-staff = Personen
nav-team = Sitzungen des Teams
nav-plans = Tarife
nav-billing = Abrechnung
nav-support = Support
menu-label = Ihr Menü
sign-out = Abmelden
cancel = Abbrechen
save = Speichern
reference = Vorgangsnummer
contact-support = Support kontaktieren
support-unknown = Support: beim Betreiber dieses Dienstes
language-label = Sprache

role-owner = Inhaber/in
role-manager = Leitung
role-staff = Team
role-support = Support
role-admin = Verwaltung
press-again = Bestätigt, dass Sie es sind. Geändert ist noch nichts: Drücken Sie die Schaltfläche noch einmal.
