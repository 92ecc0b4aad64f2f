### The people of an account: the list, one person, the team's sessions, invitations and joining.

staff-title = People
staff-intro = Everybody with a login of their own in this account.
staff-to-sessions = See the team’s sessions
staff-people = Logins
# $used is how many staff logins are in use, $of how many the plan has.
staff-logins = { $used } of { $of } staff logins in use
staff-you = You
staff-suspended = Suspended
staff-live = { $count ->
    [one] Signed in now
   *[other] Signed in now, { $count } times
}
staff-not-live = Not signed in
staff-never = Never signed in
staff-open = Open
staff-more = More people
staff-invited = Invited
staff-invited-at = Invited
staff-expires = Expires
staff-revoke = Take back
staff-nobody-invited = Nobody is invited at the moment.
staff-removed = That login is removed and opens nothing any more.
staff-revoked = That invitation is taken back: its link opens nothing any more.
staff-refused-full = Every staff login of your plan is in use. Choose a larger plan, or suspend or remove somebody first.
staff-refused-taken = Somebody in this account has this address already: find them among the people of the account.
staff-refused-no-address = That is no e-mail address. Check it, and write it like name@company.example.
staff-refused-last-owner = An account keeps at least one owner. Make somebody else an owner first.
staff-refused-yourself = You cannot suspend or remove yourself. Ask another owner.

invite-title = Invite somebody
invite-how = You get a link to pass on to them. It works once, within 7 days, and uses a staff login until then.
invite-send = Make the link
invite-how-mailed = They are sent a mail with a link. It works once, within 7 days, and uses a staff login until then.
invite-send-mailed = Send the invitation
invite-full = Every staff login of your plan is in use.
invite-to-plans = Compare the plans
invited-title = Invitation made
invited-text = Pass this link on to them, by a way that nobody else reads: whoever opens it first joins with this address.
invited-mailed = A mail with a link is on its way to this address. If it does not arrive, pass this link on to them, by a way that nobody else reads: whoever opens either link first joins with this address.
invited-link = Link
invited-copy = Copy the link
invited-copied = Copied
# $until is a date and time.
invited-until = It works until { $until }.
invited-once = The link is shown this once. If it gets lost, invite the same address again: the old link is then worth nothing.
invited-back = Back to the people

person-about = About
person-since = Since
person-live = { $count ->
    [0] None
    [one] 1 session
   *[other] { $count } sessions
}
person-see-sessions = See them
person-role = Role
person-role-text = What this person may do.
person-role-save = Change the role
may-owner = Everything: people, plan, and everybody’s sessions.
may-manager = Sees the people and their sessions, and ends them, but not those of an owner.
may-staff = Looks after their own sessions.
person-access = Access
person-suspend-text = Suspending ends their sessions at once, takes back invitations that they made, and frees their staff login. They can be reinstated.
person-suspend = Suspend
person-reinstate-text = This login is suspended. Reinstating it uses a staff login again.
person-reinstate = Reinstate
person-remove-text = When somebody has left for good, remove their login.
person-remove = Remove
# $role is what a role is called.
person-role-now = The role is now { $role }.
person-suspended-now = The login is suspended and signed out everywhere.
person-reinstated-now = The login may sign in again.
remove-title = Remove this login?
remove-text = They are signed out everywhere at once, and are told why. Invitations that they made are taken back. The login cannot be brought back; somebody who returns is invited anew.

team-title = The team’s sessions
team-intro = Where everybody in this account is signed in right now. When somebody leaves, or a device is lost, end what is theirs.
team-count = { $count ->
    [one] 1 live session in this account
   *[other] { $count } live sessions in this account
}
team-count-beyond = More than { $count } live sessions in this account
team-cut = These are the newest; choose a person to see all of theirs.
team-end-all = End everybody else’s
team-end-all-title = End everybody else’s sessions?
team-end-person = End all of theirs
team-end-person-title = End all sessions of this person?
team-end-text = They are signed out at once and are told that it was you, by your role.
team-own = Look after yours
team-owners-only = Only an owner can end this.
team-nobody = No live session fits.
team-done-one = The session has ended. Whoever used it is told why.
team-done-many = { $count ->
    [0] There was no session to end.
    [one] 1 session has ended. Whoever used it is told why.
   *[other] { $count } sessions have ended. Whoever used them is told why.
}
filter = Narrow the list down
filter-person = Person
filter-everybody = Everybody
filter-kind = Device
filter-place = Country
filter-any = Any
filter-unfamiliar = New devices only
filter-apply = Show
filter-clear = Show all

join-title = You are invited
# The name of an account stands before, and what a role is called after.
join-text = invites you to join. Your role:
join-login = Your login
join-name = Your name
join = Join and sign in
# Somebody's name follows.
join-instead = In this browser you are signed in as
join-instead-text = Joining signs them out here. If this link is not for you, pass it on instead.
join-name-refused = That name has characters in it that a name cannot have. Please type it anew.
join-done-sign-in = You have joined. Sign in with your address and the password that you have just chosen.
join-email-taken = This address is the login of somebody already, here or in another account. Ask whoever invited you to invite another address of yours.
join-suspended = The account that invited you is suspended. Ask whoever invited you.
join-full = The account that invited you has no staff login left. Ask whoever invited you.
join-gone-title = This invitation is over
join-gone = This link was used already, was taken back, or is too old.
join-gone-next = If you have joined already, sign in. Otherwise ask whoever invited you for a new link.

# $count is how often somebody with the right password was refused in the last seven days.
shared-login = This login was refused { $count } times this week, because it was signed in already. Where two people share one login, each keeps the other out.
shared-login-invite = Invite the second person

### Whether everybody needs a second factor.

requirement-title = Second step for everybody
requirement-on = Everybody in this account needs a second step to sign in.
requirement-off = Each person decides whether they use a second step.
requirement-without = { $count ->
    [0] Everybody has set one up.
    [one] One person has none yet.
   *[other] { $count } people have none yet.
}
requirement-text = Whoever has none sets up an app at their next sign-in, before they get in. Nobody is signed out by this.
requirement-set = Require it
requirement-drop = Leave it to each person
requirement-change = Change
requirement-done-on = Everybody in this account needs a second step from their next sign-in on.
requirement-done-off = Each person decides from now on.
requirement-text-on = Whoever has set one up keeps it, and may take it away again.
