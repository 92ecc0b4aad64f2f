### Signing in, being refused, having been signed out, proving once more who one is.

sign-in = Sign in
email = E-mail address
password = Password
sign-in-busy = Very many people are signing in at this moment, and your attempt had to wait too long. Try again in a few seconds.
sign-in-throttled = Too many attempts have failed, so this one was not checked. Try again in { $wait }.
# The answer to every sign-in whose address and password do not fit, whatever the cause.
wrong-credentials = The e-mail address or the password is incorrect.

refusal-title = Signed in elsewhere
# The rule, word for word. English is canonical: pages say it in every language as it stands in the rules and in the API, and the sentence of the page's own language below it.
refusal = You are already logged in. Only one session per user is valid. Please contact support if you think this is an error.
# $idle is a length of time, such as "20 minutes".
refusal-step-wait = Sign out on the other device, or wait until it has been inactive for { $idle }.
refusal-step-again = Then sign in again here.
refusal-try-again = Try to sign in again
refusal-owner = Working at the same time as a colleague?
refusal-owner-plans = Compare the plans with staff logins
refusal-staff = Working at the same time as a colleague? Ask your account owner for a login of your own.

signed-out-title = You are signed out
# Said to a browser without a session; true also for one that never had any.
not-signed-in = You are not signed in in this browser.
sign-in-again = Sign in again

step-up-title = Confirm that it is you
step-up = Confirm
step-up-as = Signed in as
# $within is a length of time, such as "10 minutes".
step-up-why = What you are about to do needs a sign-in within the last { $within }. Yours is older, so please give your password again.
wrong-password = The password is incorrect.

second-step-title = One more step
second-step-passkey-text = Your password was right. Now confirm with your passkey that it is you.
second-step-no-script = A passkey needs script in your browser, and a browser that knows passkeys. Without them, use one of your recovery codes.
second-step-text = Open your authenticator app, and enter the code that it shows.
code = Code from your app
wrong-code = This code is wrong, or was used before. Each works once; an app shows a new one every half minute.
codes-spent = So many codes were wrong that none of an app is taken here any more. Use a recovery code or a passkey, or set a new password. If you have none of that, ask support.
codes-spent-next = Set a new password
codes-spent-within = So many codes were wrong that none of an app is taken here any more. Use a recovery code or a passkey, or change your password.
recovery-instead = Use a recovery code instead
recovery-code = Recovery code
recovery-hint = One of those that you kept when you set up your second step. Each works once.
recovery-use = Use the recovery code
passkey-use = Use a passkey
sign-in-passkey = Sign in with a passkey
wrong-passkey = This passkey was not accepted: it was removed here, or too much time has passed. Try again, or choose another way.
sign-in-other = Sign in as somebody else
sign-in-over = This sign-in is over. Begin again with your password.

refusal-you = Is this you?
refusal-continue = Continue here and end the other session
refusal-or = Or leave it as it is:
refusal-by-mail = Mail me a code to continue here
refusal-by-mail-text = It goes to the address of this login. With it you end the other session and continue here.
mailed-code-title = Type the code
mailed-code-sent = A code was mailed to
# $within is a duration, such as 10 minutes.
mailed-code-text = It arrives within a minute or so, and works for { $within }, in this browser only.
mailed-code = Code from the mail
mailed-code-go-on = Go on
mailed-code-wrong = That is not the code of the last mail. Look for the newest one, also among unwanted mail.
mailed-code-none = Nothing arrived? Look among unwanted mail, or sign in again to ask for another one.
take-over-title = Continue here?
take-over-text = You are signed in here as well. If you continue, that session ends at once: whatever was not saved there is lost, and it is told why.
take-over-free = The other session has ended meanwhile.
take-over = End it and continue here
take-over-not = Leave it and sign in later
take-overs-too-many = You have continued on another device three times within an hour, so this has to wait.

forgot-link = Forgotten the password?
forgot-title = Forgotten password
forgot-text = Enter the e-mail address with which you sign in. You get a link by which you set a new password.
forgot-send = Send the link
forgot-asked = If this address is a login here, a mail with a link is on its way.
forgot-asked-next = It works once, for half an hour. If nothing comes, look among unwanted mail, wait a few minutes, and try again.
forgot-no-mail = This service sends no mail. Ask support to set a new password for you.
reset-title = Set a new password
reset-text = Every session of yours ends then, and you sign in with the new password. A second step, if you have one, is asked for as before.
reset-login = For
reset-save = Set the password
reset-done = Your new password is set, and every session of yours has ended. Sign in with it.
reset-gone-title = This link does not work
reset-gone = It was used, is older than half an hour, or the password was set since.
reset-gone-next = Ask for another link
