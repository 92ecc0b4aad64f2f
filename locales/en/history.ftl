### The history of a person or an account: happened-… says what happened, history-… is the page around it.

history-title = History
history-title-account = History of the account
# $time is how long events are kept, such as "396 days".
history-intro = What happened with your login, newest first. It is kept for { $time }.
history-intro-account = What happened in the whole account, newest first. It is kept for { $time }.
history-text = What happened with your login: sign-ins, refusals, ends and changes.
history-whose = Whose history
history-yours = Yours
history-account = The whole account
history-show = Show
history-group-all = Everything
history-group-sign-ins = Sign-ins
history-group-refused = Refused
history-group-ended = Ended
history-group-people = People and plan
history-group-login = Your login
history-group-security = Security
# $person is somebody's name.
history-only = Only what concerns { $person }.
history-everybody = Show everybody
history-removed = Removed
history-new-device = New device
history-reference = Reference
history-export = Download as CSV
history-export-note = The file holds the newest of these, up to 10,000 entries, with times in UTC.
history-none = Nothing has happened yet.
history-none-filtered = Nothing of this kind has happened.
history-none-yet = Nothing of this kind is among what happened last. Look at what is older.
history-older = Older
history-newest = Newest
history-pages = Parts of the history

history-by-you = by you
history-by-them = by themselves
# Somebody who signs in with your login need not be you.
history-by-login = with your login
history-by-their-login = with their login
# $person is somebody's name, $role what they may do.
history-by-person = by { $person } ({ $role })
history-by-application = by the application
history-by-support = by support
history-by-operator = by the people who run this service
history-by-itself = by itself

happened-signed-in = Signed in
# $count is how many sign-ins with the right password the rule refused.
happened-refused = { $count ->
    [one] Sign-in refused: signed in already
   *[other] Sign-in refused { $count } times: signed in already
}
happened-second-failed = Second step failed after the right password
happened-wrong-code = Wrong code after the right password
happened-wrong-recovery-code = Wrong recovery code after the right password
happened-wrong-passkey = Passkey not accepted after the right password
happened-ended = Session over
# $reason is one of end-reason-….
happened-ended-why = Session over: { $reason }
happened-ended-elsewhere = Session over: ended from another session
happened-stepped-up = Identity confirmed again
happened-token-rotated = Session continued with a new token
# $name is what the user calls the device.
happened-device-named = Device named { $name }
happened-device-unnamed = Name of a device taken away
happened-password-set = Password set
happened-reset-asked = Link for a forgotten password asked for
happened-confirmation-asked = Link asked for to confirm the address
happened-email-confirmed = Address confirmed
happened-take-over-code-asked = Code asked for by mail to continue on another device
happened-factor-added = App for codes set up: { $name }
happened-factor-removed = App for codes removed: { $name }
happened-passkey-added = Passkey added: { $name }
happened-passkey-removed = Passkey removed: { $name }
happened-codes-made = New recovery codes made
happened-code-used = Recovery code used
happened-user-created = Login created
happened-user-changed = Login changed
happened-user-suspended = Login suspended
happened-user-reinstated = Login reinstated
happened-user-removed = Login removed
happened-account-created = Account created
happened-account-changed = Account changed
happened-account-suspended = Account suspended
happened-account-reinstated = Account reinstated
happened-plan-changed = Plan changed
# $email is an address.
happened-invited = { $email } invited
happened-invitation-revoked = Invitation of { $email } withdrawn
happened-invitation-accepted = Invitation of { $email } accepted
happened-invitation-expired = Invitation of { $email } expired
happened-support-viewed = Looked at by support
happened-support-viewed-people = People of the account looked at by support
# $name is what people call the key.
happened-key-created = Service key { $name } created
happened-key-revoked = Service key { $name } revoked
happened-webhook-created = Webhook created
happened-webhook-rotated = Secret of a webhook replaced
happened-webhook-disabled = Webhook switched off, since its receiver is gone
happened-webhook-removed = Webhook removed
happened-delivery-retried = Delivery of a webhook tried again
happened-other = Something else happened

happened-detail-role = Role
happened-detail-name = Name
happened-detail-email = E-mail address
happened-detail-plan = Plan
happened-detail-previous-plan = Plan before
happened-detail-status = Status
happened-detail-time-zone = Time zone
# What whoever ended a session has written about it follows.
happened-detail-note = Reason given
happened-detail-none = none
happened-detail-second-factor = Second step
happened-detail-required = required
happened-detail-optional = left to each person
