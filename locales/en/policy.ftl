### The page that explains the rules for sessions.

policy-title = How sessions work here
policy-link = Why is that so?
policy-intro = A session is being signed in with one browser or device. These rules protect the accounts of everybody who works here.
# Before the name of a plan that has rules of its own.
policy-plan = Plan
policy-limit-label = At the same time
policy-limit =
    { $count ->
        [one] One session for each person.
       *[other] { $count } sessions for each person.
    }
# $time is a length of time, such as "20 minutes".
policy-beyond-refused = A further sign-in is refused until the person signs out elsewhere, or has done nothing there for { $time }.
policy-beyond-replaces = A further sign-in ends the session that was started first, and the person there is told.
policy-idle-label = Without activity
policy-idle = A session ends after { $time } without activity.
policy-counts = Opening a page, sending a form, and typing or clicking in a page are activity. A page that is merely open, or refreshes by itself, is not.
policy-counts-never = Some parts of the application are left out: nothing that is done there is activity.
policy-counts-always = In some parts everything is activity, even what refreshes by itself.
policy-lifetime-label = In any case
policy-lifetime = A session ends { $time } after its sign-in, whatever the activity.
policy-proof-label = Sensitive actions
policy-proof = Ending other sessions, and changing people or the plan, takes a sign-in within the last { $time }; otherwise the password is asked for again.
policy-refused-title = When you are refused
policy-refused-same = In the same browser you come straight back in, even after closing it.
policy-refused-elsewhere = On another device, sign out where you are signed in, or wait until the session there has ended.
policy-refused-team = Working at the same time as a colleague? A login for each person is what staff logins are for; ask your account owner.
# $date is a date and time with its zone.
policy-since = These rules hold since { $date }.
policy-from = From { $date } on
policy-nobody-thrown-out = At that moment nobody is signed out. Whoever has more sessions than will be allowed keeps them until they end by themselves, and starts no further one.
policy-announced = New rules for sessions hold from { $date } on.
policy-announced-read = Read what changes
