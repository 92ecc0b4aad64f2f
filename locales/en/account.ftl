### The account page, the security page below it, and the change of the password.

account-title = Your account
account-intro = Who you are here, and what you can look after.
you = You
account-name = Name
account-user-id = User id
account-role = Role
account-account = Account
account-plan = Plan
account-security-text = Your sign-ins, your active sessions, and your password.

security-title = Security
security-intro = Who has been here with your login, and what keeps others out.
sign-ins-title = Sign-ins
sign-in-last = Last sign-in
sign-in-this = This session
sign-in-before = Before that
sign-in-first = This is the first sign-in that is known here.
sign-ins-refused = Refused since then
# $count is how many sign-ins with the right password the rule refused.
sign-ins-refused-count = { $count ->
    [0] None
    [one] 1 attempt with your password
   *[other] { $count } attempts with your password
}
sign-ins-refused-last = the last
sign-ins-refused-advice = If that was not you, somebody knows your password: change it, and end any session that you do not recognise.
security-sessions-text = See where you are signed in, and end any session that you do not recognise.
security-sessions-count = { $count ->
    [one] You have 1 active session.
   *[other] You have { $count } active sessions.
}
# $count is how many of them are on a device and in a country never seen before.
security-sessions-unfamiliar = { $count ->
    [one] 1 of them deserves a look: it is on a new device.
   *[other] { $count } of them deserve a look: they are on new devices.
}
security-sessions-open = See the active sessions
email-title = Your address
email-confirmed = Confirmed
email-unconfirmed = Not confirmed yet. Whoever reads what is mailed there can continue on another device with a code by mail.
email-ask = Mail me a link
email-sent = A link was mailed to
email-sent-next = It works for 24 hours. Open it and press the button there.
email-no-mail = This service sends no mail, so no code can reach you. With an app or a passkey you can continue on another device all the same: set one up on the security page.
email-back = Back to the security page
email-confirm-text = You read what is mailed to
email-confirm = Confirm the address
email-confirmed-now = Confirmed:
email-confirmed-use = If you are refused because you are signed in elsewhere, you can now have a code mailed to you with which you continue.
email-gone = It was used, is older than 24 hours, or the address has changed since. Your security page says whether the address is confirmed.
security-password-set = Last set
security-password-text = A strong password that you use nowhere else keeps strangers out.
security-password-change = Change the password

password-title = Change your password
password-intro = Every other session of yours ends at once. On this device you stay signed in.
password-current = Current password
password-new = New password
password-new-hint = 8 to 256 characters. Long is strong: several words that do not belong together are good.
password-show = Show what is typed
password-hide = Hide what is typed
password-save = Change the password
password-wrong = The current password is incorrect.
password-unchanged = The new password is the current one. Choose another.
password-too-short = The new password is too short: it needs 8 characters or more.
password-too-long = The new password is too long: 256 characters are the most.
password-common = The new password is one of those that are tried first. Choose one that nobody would guess.
password-own-words = The new password holds your name, your address or the name of your account. Choose one that nobody would guess.
password-breached = The new password was stolen somewhere else and is in lists that are tried first. Choose one that you use nowhere else.
# $count is how many other sessions ended.
password-changed = { $count ->
    [0] Your password has been changed. You were signed in nowhere else.
    [one] Your password has been changed. 1 other session has ended.
   *[other] Your password has been changed. { $count } other sessions have ended.
}

factors-title = Second step at sign-in
factors-none = You sign in with your password alone.
factors-text = With a code from an app on your phone, whoever learns your password still cannot get in, and you can continue on another device when you are signed in elsewhere.
factors-first = Set up an app
factor-kind-totp = Codes from an app
factor-kind-passkey = Passkey
factor-added-at = Added
factor-used-at = last used
factor-unused = not used since
factor-remove = Remove
factor-remove-title = Remove this second step?
factor-remove-text = Codes from this app are worth nothing then. With the last second step your recovery codes are gone as well, and your password alone lets people in. Every other session of yours ends.
factor-removed-done = The app is removed. Any other session of yours has ended.
factor-added-done = The app is set up. Any other session of yours has ended.
factor-added = { $count ->
    [0] The app is set up. You had no other session.
    [one] The app is set up. Your other session has ended.
   *[other] The app is set up. Your { $count } other sessions have ended.
}
factor-name = Name of the app or device
factor-name-given = Phone
factor-name-hint = So that you know it again in the list.
factor-name-refused = Give it a name of at most 60 characters.
factor-ends-others = Once the app is set up, every other session of yours ends.
factors-too-many = You have as many apps and passkeys as anybody may have. Remove one first.
passkeys-none = You have no passkey.
passkeys-text = A passkey is kept by your device or your password manager, which makes sure by finger, face or PIN that it is you. It signs you in without your password, and nobody can be tricked into giving it away.
passkey-title = Add a passkey
passkey-text = Your device or your password manager makes it, and makes sure by finger, face or PIN that it is you. From then on it signs you in without your password, or after it.
passkey-name = Name of the passkey
passkey-name-given = Passkey
passkey-make = Create the passkey
passkey-ends-others = Once the passkey is there, every other session of yours ends.
passkey-no-script = A passkey needs script in your browser, and a browser that knows passkeys. An app that shows codes works without.
passkey-not-used = Your browser gave no passkey. Try again.
passkey-not-made = What came is no passkey that can be used here. Try again.
passkey-over = Too much time has passed, or the page was open twice. Try again.
passkey-known = This passkey is there already.
passkey-remove-text = This passkey is worth nothing here then; take it out of your device or password manager as well. With the last second step your recovery codes are gone, and your password alone lets people in. Every other session of yours ends.
passkey-removed-done = The passkey is removed. Your other sessions have ended.
passkey-added-done = The passkey is there. Your other sessions have ended.
passkey-added = { $count ->
    [0] The passkey is there. You had no other session.
    [one] The passkey is there. Your other session has ended.
   *[other] The passkey is there. Your { $count } other sessions have ended.
}
totp-title = Set up an app that shows codes
totp-text = Any authenticator app on your phone will do. From then on you are asked for its code when you sign in.
totp-step-scan = Scan this picture with the app.
totp-step-code = Enter the code that the app shows.
totp-picture = Picture for the camera of your authenticator app
totp-no-camera = No camera at hand?
totp-type = Type this key into the app:
totp-here = Open it in an app on this device
totp-save = Turn it on
totp-wrong-code = This code does not fit. Enter the one that the app shows at this moment, and check that the clock of your phone is right.
totp-over = Too many tries, or too much time. Scan the new picture below.
codes-title = Recovery codes
codes-text = Keep these codes where you find them without your phone. Each of them lets you in once, after your password, in place of an app or a passkey.
codes-once = They are shown this once, and replace any that you had before.
codes-kept = I have kept them
codes-left = { $count ->
    [0] None is left: make new ones.
    [one] One is left: make new ones soon.
   *[other] { $count } are left.
}
codes-make = Make new ones
codes-make-title = Make new recovery codes?
codes-make-text = Those that you have now are worth nothing then.
code-hint = Or one of your recovery codes.
codes-kept-sign-in = I have kept them: sign in
set-up-title = Set up a second step
set-up-text = Your account asks for a second step at sign-in. Set it up once; from now on you are asked for it after your password.
set-up-app-text = Any authenticator app on your phone will do.
factor-required = Your account asks for a second step, and this is your last one. Set up another app first.

# Advice on a password that was just chosen and is easy to guess.
advice-title = Your password could be stronger
advice-joined = You have joined, and are signed in.
advice-set-up = You are the administrator, and are signed in.
# Before a meter and one of the words that follow.
advice-strength = How hard it is to guess:
strength-none = not at all
strength-little = not very
strength-some = somewhat
strength-enough = very
weakness-common = Many people use it, or one that is much like it.
weakness-word = It is a single word.
weakness-name = It is made of names, and those are tried early.
weakness-keys = Its keys lie in a row, and such are tried early.
weakness-repeats = It repeats itself, which adds little.
weakness-sequence = It counts or spells on, as in 6543 or abc, and such are tried early.
weakness-date = It is made of a date or a year, and those are tried early.
advice-help = Two or three more words that do not belong together make it strong. Capitals, digits and signs help little.
advice-allowed = It is taken as it is. You can choose another one now, or at any time under Security.
advice-change = Choose another
advice-keep = Keep it
set-up-done = The app is set up.
set-up-done-passkey = The passkey is there.
