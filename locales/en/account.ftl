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
security-password-set = Last set
security-password-text = A strong password that you use nowhere else keeps strangers out.
security-password-change = Change the password

password-title = Change your password
password-intro = Every other session of yours ends at once. On this device you stay signed in.
password-current = Current password
password-new = New password
password-new-hint = 8 to 256 characters. Long is strong: several words that do not belong together are good.
password-show = Show the passwords
password-hide = Hide the passwords
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
