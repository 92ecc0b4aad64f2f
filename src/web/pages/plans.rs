//! `/account/plans` compares the plans and changes the account's; `/account/billing` says what it has, uses and pays, and
//! what it had before.

use super::Chrome;
use super::answer::{Answer, barred, html, not_found, see_other};
use super::history::{EntryRow, told};
use super::staff::{account_of, logins};
use crate::domain::account::Plan;
use crate::domain::event::kind;
use crate::domain::id::AccountNo;
use crate::domain::user::UserStatus;
use crate::service::{Acting, DirectoryRefusal, HistoryOf, PlanRefusal};
use crate::web::extract::{QueryOf, SignedIn, with_query};
use crate::web::member::{ChangePlan, Member};
use crate::web::moment::When;
use crate::web::problem::Problem;
use crate::web::text::{self, Happened, Language};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

/// Changes of the plan on the billing page.
const CHANGES_MAX: u16 = 20;

/// Looks at the account's history for them.
const LOOKS_MAX: usize = 5;

/// The page that compares the plans.
#[derive(Clone, Debug, Template)]
#[template(path = "plans.html")]
pub struct PlansPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// How many staff logins are in use, in words.
    pub used: String,
    /// The plans, in the order of the configuration.
    pub plans: Vec<PlanCard>,
}

/// A plan, in words.
#[derive(Clone, Debug)]
pub struct PlanCard {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it costs; nothing where that is not configured.
    pub price: Option<String>,
    /// How many people it has room for.
    pub logins: String,
    /// Whether the account has it.
    pub current: bool,
    /// Why it cannot be changed to now.
    pub too_small: Option<String>,
}

/// `/account/plans/{code}`: "Change to this plan?"
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_plan.html")]
pub struct ConfirmPlanPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What was in the way of the last attempt.
    pub problem: Option<String>,
    /// The plan that the account has; `None` where that is configured no longer.
    pub from: Option<PlanCard>,
    /// The plan that it would have.
    pub to: PlanCard,
    /// Who uses a staff login, where there are too many for it.
    pub people: Vec<String>,
}

impl ConfirmPlanPage {
    /// Where the answer is sent.
    pub fn action(&self) -> String {
        format!("{}/account/plans/{}", self.chrome.base, self.to.code)
    }
}

/// The billing page.
#[derive(Clone, Debug, Template)]
#[template(path = "billing.html")]
pub struct BillingPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The account's plan, by name.
    pub plan: String,
    /// What it costs.
    pub price: Option<String>,
    /// How many staff logins are in use, of how many, in words.
    pub used: String,
    /// What another plan would cost: its name and price.
    pub others: Vec<PlanCard>,
    /// Changes of the plan, the latest first.
    pub changes: Vec<PlanChange>,
    /// Where older ones may be found, if there may be any.
    pub older: Option<String>,
}

/// A change of the plan.
#[derive(Clone, Debug)]
pub struct PlanChange {
    /// What happened.
    pub what: Happened,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: When,
}

impl PlanCard {
    /// A plan as somebody sees it whose account uses so many staff logins.
    pub(super) fn new(language: Language, plan: &Plan, (current, used): (bool, u32)) -> Self {
        let room = [("used", used.into()), ("of", plan.staff_logins.into())];
        Self {
            code: plan.code.clone(),
            name: plan.name.clone(),
            price: price(language, plan),
            logins: language.count("plan-logins", plan.staff_logins.into()),
            current,
            too_small: (plan.staff_logins < used).then(|| language.tell("plan-too-small", &room)),
        }
    }
}

/// What a plan costs, such as "49.00 AUD a month".
pub(super) fn price(language: Language, plan: &Plan) -> Option<String> {
    let price = plan.price.as_deref()?;
    let amount = plan.currency.as_deref().map_or_else(|| price.to_owned(), |currency| format!("{price} {currency}"));
    Some(match plan.per.as_deref() {
        None => amount,
        Some("month") => language.tell("price-month", &[("amount", amount.into())]),
        Some("year") => language.tell("price-year", &[("amount", amount.into())]),
        Some(per) => language.tell("price-per", &[("amount", amount.into()), ("per", per.into())]),
    })
}

/// The query of `/account/plans`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

fn used_of((used, of): (u32, u32), language: Language) -> String {
    language.tell("staff-logins", &[("used", used.into()), ("of", of.into())])
}

/// `/account/plans`.
pub(super) async fn show(member: Member<ChangePlan>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let signed_in = member.signed_in;
    let (account, language) = (account_of(&signed_in)?, signed_in.visit.language());
    let (used, of) = logins(&signed_in).await?;
    let policies = signed_in.visit.app.innkeeper().policies();
    let plans = policies.plans().map(|plan| PlanCard::new(language, plan, (plan.code == account.plan, used)));
    let plans: Vec<PlanCard> = plans.collect();
    // Said as far as it is true: whoever made up the address of this page may have made up what it claims.
    let changed = plans.iter().find(|plan| plan.current && Some(&plan.code) == asked.done.as_ref());
    let page = PlansPage {
        chrome: signed_in.chrome(),
        notice: changed.map(|plan| language.tell("plan-now", &[("plan", plan.name.as_str().into())])),
        used: used_of((used, of), language),
        plans,
    };
    Ok(html(StatusCode::OK, &page))
}

fn plan_of(signed_in: &SignedIn, code: &str) -> Result<Plan, Problem> {
    signed_in.visit.app.innkeeper().policies().plan(code).cloned().ok_or_else(not_found)
}

async fn question(signed_in: &SignedIn, to: &Plan, problem: Option<String>) -> Result<ConfirmPlanPage, Problem> {
    let (account, language) = (account_of(signed_in)?, signed_in.visit.language());
    let (used, _) = logins(signed_in).await?;
    let from = signed_in.visit.app.innkeeper().policies().plan(&account.plan);
    let to = PlanCard::new(language, to, (to.code == account.plan, used));
    let people = if to.too_small.is_some() { in_use(signed_in).await? } else { Vec::new() };
    let from = from.map(|from| PlanCard::new(language, from, (true, used)));
    Ok(ConfirmPlanPage { chrome: signed_in.chrome(), problem, from, to, people })
}

/// Who uses a staff login: everybody active but the reader, who is an owner, and whoever is invited.
async fn in_use(signed_in: &SignedIn) -> Result<Vec<String>, Problem> {
    let (account, language) = (account_of(signed_in)?, signed_in.visit.language());
    let innkeeper = signed_in.visit.app.innkeeper();
    let users = innkeeper.people_of(account.no).await?;
    let others = users.iter().filter(|user| user.status == UserStatus::Active && user.no != signed_in.view.user_no);
    let named = others.map(|user| {
        let name = user.called();
        let values = [("name", text::person(name).into()), ("role", text::role(language, user.role).into())];
        language.tell("plan-in-use-person", &values)
    });
    let mut named: Vec<String> = named.collect();
    for invitation in innkeeper.invitations(account.no).await? {
        named.push(language.tell("plan-in-use-invited", &[("email", invitation.email.into())]));
    }
    Ok(named)
}

/// `GET /account/plans/{code}`.
pub(super) async fn ask_change(member: Member<ChangePlan>, Path(code): Path<String>) -> Answer {
    let signed_in = member.signed_in;
    let to = plan_of(&signed_in, &code)?;
    if account_of(&signed_in)?.plan == to.code {
        return Ok(see_other(&signed_in.visit.address("/account/plans")));
    }
    Ok(html(StatusCode::OK, &question(&signed_in, &to, None).await?))
}

/// `POST /account/plans/{code}`.
pub(super) async fn change(member: Member<ChangePlan>, Path(code): Path<String>) -> Answer {
    let signed_in = member.signed_in;
    let (account, language) = (account_of(&signed_in)?, signed_in.visit.language());
    let to = plan_of(&signed_in, &code)?;
    let acting = Acting::within(&signed_in.view);
    let problem = match signed_in.visit.app.innkeeper().change_plan(acting, account, &to).await? {
        Ok(()) => return Ok(see_other(&with_query(&signed_in.visit.address("/account/plans"), "done", &to.code))),
        Err(PlanRefusal::Directory(DirectoryRefusal::Barred(why))) => {
            return barred(&signed_in, why, &format!("/account/plans/{}", to.code));
        }
        Err(PlanRefusal::Directory(DirectoryRefusal::PlanTooSmall(used, of))) => {
            language.tell("plan-too-small", &[("used", used.into()), ("of", of.into())])
        }
        Err(PlanRefusal::NotSettled) => language.say("plan-not-settled"),
        Err(PlanRefusal::Directory(_)) => return Err(not_found()),
    };
    Ok(html(StatusCode::CONFLICT, &question(&signed_in, &to, Some(problem)).await?))
}

/// `/account/billing`.
pub(super) async fn billing(member: Member<ChangePlan>) -> Answer {
    let signed_in = member.signed_in;
    let (account, language) = (account_of(&signed_in)?, signed_in.visit.language());
    let (used, of) = logins(&signed_in).await?;
    let policies = signed_in.visit.app.innkeeper().policies();
    let plan = policies.plan(&account.plan);
    let others = policies.plans().filter(|plan| plan.code != account.plan);
    let (changes, more) = changes(&signed_in, account.no).await?;
    let page = BillingPage {
        chrome: signed_in.chrome(),
        plan: signed_in.visit.app.innkeeper().policies().plan_name(&account.plan).to_owned(),
        price: plan.and_then(|plan| price(language, plan)),
        used: used_of((used, of), language),
        others: others.map(|plan| PlanCard::new(language, plan, (false, used))).collect(),
        changes,
        older: more.then(|| signed_in.visit.address("/account/activity?of=account&show=people")),
    };
    Ok(html(StatusCode::OK, &page))
}

/// The latest changes of the plan, and whether there may be older ones: of a busy account only so much is looked at.
async fn changes(signed_in: &SignedIn, account: AccountNo) -> Result<(Vec<PlanChange>, bool), Problem> {
    let (innkeeper, reader) = (signed_in.visit.app.innkeeper(), signed_in.reader());
    let (mut found, mut before) = (Vec::new(), None);
    for _ in 0..LOOKS_MAX {
        let of = HistoryOf::Account(account);
        let history = innkeeper.history(of, &[kind::PLAN_CHANGED], before, CHANGES_MAX).await?;
        found.extend(history.entries.iter().map(|entry| {
            let EntryRow { what, by, at, .. } = told(signed_in, &reader, entry);
            PlanChange { what, by, at }
        }));
        before = history.older;
        if before.is_none() || usize::from(CHANGES_MAX) <= found.len() {
            break;
        }
    }
    Ok((found, before.is_some()))
}
