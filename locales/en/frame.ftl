### What surrounds every page, and words that many pages share.

language-name = English
product = Innkeeper
skip = Skip to content
nav-label = Account
nav-app = Application
nav-account = Account
nav-security = Security
nav-sessions = Active sessions
nav-activity = History
nav-password = Password
nav-staff = People
nav-team = Team’s sessions
nav-plans = Plans
nav-billing = Billing
nav-support = Support
menu-label = Your menu
sign-out = Sign out
cancel = Cancel
save = Save
reference = Reference
contact-support = Contact support
support-unknown = Support: the people who run this service
language-label = Language

role-owner = Owner
role-manager = Manager
role-staff = Staff
role-support = Support
role-admin = Administrator
press-again = It is confirmed that it is you. Nothing has been changed yet: press the button once more.
