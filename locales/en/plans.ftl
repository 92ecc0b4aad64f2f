### Plans and billing.

plans-title = Plans
plans-intro = One person, one session: each person who works at the same time has a login of their own.
plans-rule = Why that is so:
plan-current = Your plan
plan-logins = { $count ->
    [0] For one owner, without staff logins
    [one] For the owner and 1 staff login
   *[other] For the owner and { $count } staff logins
}
plan-choose = Choose this plan
plan-see-who = See what is in the way
# $used is how many staff logins are in use, $of how many the plan has.
plan-too-small = { $used } staff logins are in use, and this plan has { $of }.
plan-change-title = Change the plan?
plan-from = From
plan-to = To
plan-change = Change the plan
plan-change-text = It holds at once. Nobody is signed out by it.
plan-who = Suspend or remove people, or take invitations back, until they fit. In use are:
# $name is somebody's name, $role what their role is called.
plan-in-use-person = { $name } ({ $role })
plan-in-use-invited = { $email } (invited)
plan-to-staff = To the people
plan-not-settled = The payment could not be settled, and the plan stays as it is. Ask support.
# $plan is the name of a plan.
plan-now = Your plan is now { $plan }.
price-unknown = Price on request
# $amount is a price with its currency, such as "49.00 AUD".
price-month = { $amount } a month
price-year = { $amount } a year
price-per = { $amount } for each { $per }

billing-title = Billing
billing-intro = What this account has, uses and pays.
billing-change = Change the plan
billing-now = Now
billing-price = Price
billing-logins = Staff logins
billing-next = What another plan would cost
billing-changes = Changes
billing-no-changes = The plan has not been changed.
billing-older = Look for older changes
billing-payment = Payments are settled outside of these pages. Every change of the plan is passed on to those who send the invoices.
