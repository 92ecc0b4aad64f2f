### The first run: the link that the server prints makes the first administrator.

setup-title = Make the first administrator
setup-text = Nobody can sign in here yet. Whoever sends this form becomes the first administrator: they belong to no account, and support everybody.
setup = Make me administrator
# $until is a time, such as "26 November 2026 at 04:30 UTC".
setup-until = This page works once, until { $until }.
setup-email-refused = This is not a mail address. Please look at it again.
setup-done-sign-in = You are the administrator now. Sign in with the address and the password that you have just chosen.
setup-gone-title = This link is over
setup-gone = It was used already, is older than half an hour, or the server has printed another one since.
setup-gone-next = If somebody is administrator already, sign in or ask them. If not, start the server again: it prints a new link while there is nobody.
