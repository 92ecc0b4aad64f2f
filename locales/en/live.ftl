### What an open page says by itself: that its session is over, and that a sign-in was refused.

live-refused-look = Look at your security
live-dismiss = Close
# The session ends by itself in two minutes or less; a clock counts them down below.
ending-title = Are you still there?
ending-text = You are signed out when the time below is over, unless you stay.
ending-stay = Stay signed in
# The longest time of a session is over soon, and nothing can move that.
ending-final = Your session has lasted as long as a session may. You are signed out when the time below is over; save what you are working on, and sign in again.
ending-seen = I have seen it
# The browser has been signed in as somebody else in another window, while a page of the person before was open.
live-other = Somebody else is signed in in this browser now.
live-other-open = Load this page as they see it
