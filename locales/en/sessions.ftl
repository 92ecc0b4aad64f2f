### The page of active sessions, and the questions before something ends.

sessions-title = Active sessions
sessions-intro = Where you are signed in right now. End any session that you do not recognise.
sessions-none = No live session.
sessions-only = You are signed in on this device only.
sessions-count = { $count ->
    [one] 1 session
   *[other] { $count } sessions
}
this-device = This device
new-device = New device
new-device-why = New device: never seen with your login before, and in a country that is new or not known.
# After a place: it is worked out from the network address, and never exact.
approximate = approx.
address = IP address
signed-in = Signed in
last-active = Last active
active-now = Active now
# $when is a distance in time such as "in 18 minutes".
ends-if-unused = Ends { $when } if unused
# $latest is a time such as "today, 19:58 AEST".
ends-at-latest = At the latest { $latest }
ends-by-itself = Ends by itself { $latest }
terminate = Terminate
end-others = End all other sessions
device-name = Name
device-name-give = Give it a name
device-name-change = Rename
device-name-title = Name of the device
device-name-refused = That name is too long: up to 60 characters, please.
device-name-hint = Up to 60 characters, such as “Front desk”. Leave it empty to take the name away.
ended-title = Recently ended
ended-intro = Sessions that ended in the last 30 days.
ended-intro-most = The 20 sessions that ended last.
# $at is a time such as "today, 08:02 AEST". One of end-reason-… follows, after a colon.
ended-at = Ended { $at }
ended-none = No session of yours has ended in the last 30 days.
tips-title = Good habits
tip-review = Look here from time to time, above all after using a shared or public computer and after travelling.
tip-end = End any session at once that you do not recognise.
tip-sign-out = Sign out on devices that are not yours.
tip-password = Use a strong password that you use nowhere else.
tip-password-change = Change yours
tip-by-itself = Sessions end by themselves after inactivity and after a set maximum time.
help-title = Need help?
help-text = If something here looks wrong and you cannot end it, ask.
help-unknown = If something here looks wrong and you cannot end it, ask the people who run this service.
refused-title = Refused sign-in
# $count is how many attempts there were, each with the right password.
refused-attempts = { $count ->
    [one] Somebody tried to sign in as you while you were signed in, with the right password, and was refused.
   *[other] Somebody tried to sign in as you { $count } times while you were signed in, with the right password, and was refused.
}
refused-last = Last attempt:
refused-advice = If that was not you, somebody knows your password:
refused-advice-change = change it
refused-advice-look = and look at the sessions below.
# $zone is a time zone such as "Australia/Brisbane".
times-in = Times are given in this zone: { $zone }.
# $date is the day on which the data about places were made.
places-of = Places are worked out from network addresses with data of { $date }, and are approximate.
places-none = Places are not known here, but for private networks.

# $device is a name such as "Front desk" or "Safari on iPhone".
done-terminated = The session on { $device } has ended. Whoever used it is told why.
done-over = That session was already over.
done-others = { $count ->
    [0] There was no other session to end.
    [one] 1 other session has ended.
   *[other] { $count } other sessions have ended.
}
done-named = The device is now called { $name }.
done-unnamed = The device has no name any more.

terminate-title = End this session?
terminate-text = Whoever uses it is signed out at once and is told why.
end-others-title = End all other sessions?
end-others-text = You stay signed in on this device. Everywhere else you are signed out at once.
