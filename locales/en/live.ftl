### What an open page says by itself: that its session is over, and that a sign-in was refused.

live-refused-look = Look at your security
live-dismiss = Close
# The browser has been signed in as somebody else in another window, while a page of the person before was open.
live-other = Somebody else is signed in in this browser now.
live-other-open = Load this page as they see it
