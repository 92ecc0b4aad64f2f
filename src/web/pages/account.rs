//! `/account`: who somebody is here, and the ways on.

use super::Chrome;
use super::answer::{Answer, html, see_other};
use super::staff::{SharedLogin, shared_logins};
use crate::domain::permission::{Action, may};
use crate::web::app::App;
use crate::web::extract::{SignedIn, Visitor};
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};

/// The account page.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The person's name, where they have one.
    pub name: Option<String>,
    /// Their address, where they have one.
    pub email: Option<String>,
    /// Their public id.
    pub user_id: String,
    /// What their role is called.
    pub role: String,
    /// Name of their account; support and administrators have none.
    pub account: Option<String>,
    /// Name of the account's plan.
    pub plan: Option<String>,
    /// Logins that two people seem to share, for whoever answers for the account.
    pub shared: Vec<SharedLogin>,
}

/// `/` leads to the application whoever works in one, and everybody else to the account page; from there whoever is not
/// signed in comes to the sign-in page.
pub(crate) async fn home(visitor: Visitor) -> Response<Body> {
    let visit = match &visitor {
        Visitor::SignedIn(signed_in) => match signed_in.app_url() {
            Some(app) => return see_other(app),
            None => &signed_in.visit,
        },
        Visitor::Over(over) => &over.visit,
        Visitor::Nobody(visit) => visit,
    };
    see_other(&visit.address("/account"))
}

/// The same below a path and with a slash at its end, which is no route of the pages.
pub(crate) async fn home_with_slash(State(app): State<App>) -> Response<Body> {
    see_other(&app.site().landing())
}

/// `/account`.
pub(super) async fn show(signed_in: SignedIn) -> Answer {
    let user = &signed_in.session.user;
    let manages = may(user.role, Action::ManageStaff);
    let policies = signed_in.visit.app.innkeeper().policies();
    let plan = signed_in.account.as_ref().map(|account| policies.plan_name(&account.plan).to_owned());
    let page = AccountPage {
        chrome: signed_in.chrome(),
        name: user.name.clone(),
        email: user.email.clone(),
        user_id: user.id.to_string(),
        role: text::role(signed_in.visit.language(), user.role),
        account: signed_in.account.as_ref().map(|account| account.name.clone()),
        plan,
        shared: if manages { shared_logins(&signed_in).await? } else { Vec::new() },
    };
    Ok(html(StatusCode::OK, &page))
}
