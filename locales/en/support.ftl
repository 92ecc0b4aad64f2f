### The console of support: the search, one person, and the question before a session is released.

support-text = Find somebody who needs help, see what happened, and release a session.
support-intro = Find somebody who needs help. Whatever you look at or end stands in their history and in that of their account.
support-search = E-mail address, id or reference
support-search-hint = Ids of users, accounts and sessions, and the reference of a refused sign-in, such as R-7K3M-92QD. Each as a whole.
support-find = Find
support-nothing = Nobody and nothing is found by that. Addresses, ids and references are found as a whole only.
support-people = People
support-nobody = Nobody is in this account.
support-by-session = The session is live
# $at is when it ended.
support-by-session-over = The session ended { $at }
# $at is when a sign-in was refused.
support-by-refusal = Refused { $at }
support-again = Find somebody else
support-last-sign-in = Last sign-in
support-live = Live sessions
support-not-live = Nowhere signed in at the moment.
support-past = What happened
support-told = That you look at this is written here, too, and in the history of the account.
support-counted = Last counted activity
support-login = Login of support
# $count is how many minutes after the sign-in somebody was last active.
support-counted-after = { $count ->
    [0] less than a minute after sign-in
    [one] 1 minute after sign-in
   *[other] { $count } minutes after sign-in
}

release-reason = Reason
release-reason-hint = It stands in the history of this person and of their account. They are signed out at once and are told that it was support.
# $most is how many characters a reason may have.
release-no-reason = Write down why, in 1 to { $most } characters.
