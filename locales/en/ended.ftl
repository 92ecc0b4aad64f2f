### Why a session ended: told-why-… to the person whose it was, end-reason-… in a list, after the time.

told-why-signed_out = You signed out.
# $idle is the idle timeout, such as "20 minutes".
told-why-idle = You were signed out after { $idle } of inactivity.
# $lifetime is the absolute lifetime, such as "12 hours".
told-why-lifetime = You were signed out because a session lasts { $lifetime } at most, however active it is.
told-why-terminated_by_user = This session was ended from another device, by you or by somebody who signs in with your login.
told-why-terminated_by_owner = The owner or a manager of your account ended this session.
    .owner = The owner of your account ended this session.
    .manager = A manager of your account ended this session.
told-why-terminated_by_support = Support ended this session.
told-why-terminated_by_api = The application that you were signed in to, or whoever runs it, ended this session.
told-why-taken_over = This session was ended on another device, where somebody proved to be you and continued there.
told-why-replaced_same_browser = You signed in again in the same browser, and the new session replaced this one.
told-why-replaced_other_user = Somebody else signed in in the same browser, which ended your session.
told-why-replaced_oldest = You signed in on another device, and your oldest session, this one, made room for it.
told-why-password_changed = Your password was changed on another device, which ended this session.
told-why-password_reset = Your password was reset, which ended all your sessions.
told-why-mfa_changed = Your second step at sign-in was changed, which ended this session.
told-why-user_suspended = Your login was suspended, which ended your session.
told-why-user_removed = Your login was removed from the account, which ended your session.
told-why-account_suspended = Your account was suspended, which ended the sessions of everybody in it.
told-why-policy = The people who run this service changed the session rules, which ended this session.

end-reason-signed_out = signed out
end-reason-idle = inactive for too long
end-reason-lifetime = reached its maximum time
end-reason-terminated_by_user = ended from this page
end-reason-terminated_by_owner = ended by the owner or a manager of the account
    .owner = ended by the owner of the account
    .manager = ended by a manager of the account
end-reason-terminated_by_support = ended by support
end-reason-terminated_by_api = ended by the application
end-reason-taken_over = continued on another device
end-reason-replaced_same_browser = signed in again in the same browser
end-reason-replaced_other_user = somebody else signed in in the same browser
end-reason-replaced_oldest = made room for a newer session
end-reason-password_changed = the password was changed
end-reason-password_reset = the password was reset
end-reason-mfa_changed = the second factor was changed
end-reason-user_suspended = the login was suspended
end-reason-user_removed = the login was removed
end-reason-account_suspended = the account was suspended
end-reason-policy = the session rules were changed
