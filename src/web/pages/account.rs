//! `/account`: who somebody is here, and the ways on.

use super::Chrome;
use super::answer::{Answer, html, see_other};
use super::staff::{SharedLogin, shared_logins};
use crate::domain::permission::{Action, may};
use crate::web::app::App;
use crate::web::extract::SignedIn;
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

/// `/` leads to the account page, and from there to the sign-in page whoever is not signed in.
pub(crate) async fn home(State(app): State<App>) -> Response<Body> {
    see_other(&format!("{}/account", app.site().base()))
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
