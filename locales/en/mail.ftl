### Mails: mail-… and what they are about. Each says what happened, what to do, and why it was sent.

# $name is what people call whoever reads it.
mail-hello = Hello { $name },
mail-hello-nobody = Hello,
mail-device = Device
mail-place = Place
mail-address = IP address
mail-time = Time
mail-was-you = If that was you, there is nothing to do.
mail-was-not-you = If it was not you, somebody knows your password: change it now, which also signs out everything else that uses your login.
mail-password-act = Change the password
mail-sessions-act = See your active sessions
# A mail address or the address of a page follows.
mail-support = If you have a question, ask:
mail-support-unknown = If you have a question, ask the people who run this service.

# $account is what an account is called.
mail-invitation-subject = Invitation to { $account }
# $by is somebody's name, $role what whoever reads it will be.
mail-invitation-lead = { $by } invites you to join { $account }. Your role: { $role }.
mail-invitation-lead-nobody = You are invited to join { $account }. Your role: { $role }.
mail-invitation-act = Accept the invitation
# $until is a date and time.
mail-invitation-until = The link works once, until { $until }. Whoever opens it first joins, so keep it to yourself.
mail-invitation-ignore = If you do not know what this is about, ignore it. Nothing happens until somebody accepts.
mail-invitation-why = You receive this because somebody entered your address in an invitation.

mail-signed-in-subject = Sign-in on a new device
mail-signed-in-lead = Your login was used on a device and in a place where it had not been used before.
mail-signed-in-why = You receive this because a sign-in came from a new device and a new place.

mail-ended-subject = Your session was ended
mail-ended-next = You can sign in again whenever you like. If you do not know why the session was ended, ask whoever ended it.
mail-ended-act = Sign in again
mail-ended-why = You receive this because your session was not ended by the device that used it.

mail-password-subject = Your password was changed
mail-password-lead = The password of your login was changed.
mail-password-by = Changed
mail-password-otherwise = If it was neither you nor anybody whom you asked for it, somebody else uses your login: ask for help at once.
mail-password-why = You receive this whenever your password is changed.

mail-refused-subject = Sign-in refused
mail-refused-lead = Somebody wanted to sign in with your login from a device and a place that are both new, and was refused because you were signed in already.
mail-refused-why = You receive this, once a day at most, because a refused sign-in came from a new device and a new place.

mail-second-subject = Somebody gave your password
mail-second-lead = Somebody gave your login and the right password, from a device and a place that are both new, and then a wrong code, recovery code or passkey. Nobody was signed in.
mail-second-why = You receive this, once a day at most, because a second step failed on a new device and in a new place.

mail-trial-subject = Mail arrives
mail-trial-lead = This mail tells nothing but that mail arrives.
mail-trial-why = You receive this because the people who run this service tried whether mail arrives.

mail-reset-subject = Set a new password
mail-reset-lead = Somebody asked to set a new password for your login.
mail-reset-act = Set a new password
# $until is a date and time.
mail-reset-until = The link works once, until { $until }.
mail-reset-ignore = If it was not you, ignore this mail: your password stays as it is.
mail-reset-why = You receive this because somebody entered your address as that of a forgotten password.

mail-factor-subject = Your second step at sign-in changed
mail-factor-added = A second step at sign-in was added to your login.
mail-factor-removed = A second step at sign-in was removed from your login.
mail-factor-code = One of your recovery codes was used in place of your second step.
mail-factor-name = Name
mail-factor-act = Look at your security page
mail-factor-why = You receive this whenever your second step at sign-in changes.

mail-confirm-subject = Confirm your address
mail-confirm-lead = Somebody who is signed in with your login asked to confirm that you read what is mailed to this address.
mail-confirm-act = Confirm the address
mail-confirm-ignore = If it was not you, ignore this mail. If you do not know who it can have been, somebody else uses your login: change your password.
mail-confirm-why = You receive this because somebody who is signed in with your login asked for it.

mail-code-subject = Your code to continue on another device
mail-code-lead = Somebody signed in with your password and was refused, since you are signed in already. If that was you, type this code there to end the other session and continue.
mail-code = Code
# $until is a date and time.
mail-code-until = The code works once, until { $until }, and only in the browser that asked for it. Nobody of this service ever asks you for it.
mail-code-not-you = If it was not you, tell nobody the code: somebody knows your password. Change it now.
mail-code-why = You receive this because somebody who knows your password asked for a code.
