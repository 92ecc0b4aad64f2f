//! `/account`: who somebody is here, and the ways on.

use super::Chrome;
use crate::web::text;
use askama::Template;

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
}
