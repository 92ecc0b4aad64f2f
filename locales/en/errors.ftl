### What a page says about a failure: what happened, and what to do next.

error-home = To your account

error-unread = That could not be read
    .sentence = The request is incomplete or malformed.
    .next = Go back and try again.
error-forbidden = Not allowed
    .sentence = This request came from another site, or is not yours to make.
    .next = Go back to the page where you started and try again there. If your role does not allow it, ask an owner of your account.
error-absent = Not found
    .sentence = There is nothing at this address, or it is not yours.
    .next = Check the address, or go back.
error-method = Not possible here
    .sentence = This address does not take that kind of request.
    .next = Go back and use the buttons.
error-too-large = Too much at once
    .sentence = What was sent is larger than this service accepts.
    .next = Send less, and try again.
error-too-many = Too many attempts
    .sentence = There were too many attempts in a short time.
    .next = Wait a little, then try again.
error-outage = Not available right now
    .sentence = The service cannot answer at the moment, and nobody has been signed out.
    .next = Wait a few seconds, then load this page again.
error-fault = Something went wrong
    .sentence = This is our fault, and it has been recorded.
    .next = Try again; if it happens again, tell support when it did.
