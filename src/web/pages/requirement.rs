//! `/account/staff/second-factor`: whether the people of the account need a second factor.

use super::Chrome;
use super::answer::{Answer, barred, html, not_found, see_other};
use super::staff::account_of;
use super::step_up::is_fresh;
use crate::service::{Acting, Barred, DirectoryRefusal};
use crate::web::extract::{FormOf, with_query};
use crate::web::member::{ManageStaff, Member};
use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

const HERE: &str = "/account/staff/second-factor";

/// The page that asks.
#[derive(Clone, Debug, Template)]
#[template(path = "requirement.html")]
pub struct RequirementPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Whether they need one now.
    pub required: bool,
    /// How many people of the account have none yet, in words.
    pub without: String,
}

/// The fields of `POST /account/staff/second-factor`.
#[derive(Deserialize)]
pub(super) struct RequirementFields {
    second_factor: Wanted,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    Optional,
    Required,
}

/// `GET /account/staff/second-factor`.
pub(super) async fn ask(Member { signed_in, .. }: Member<ManageStaff>) -> Answer {
    if !is_fresh(&signed_in) {
        return barred(&signed_in, Barred::NeedsStepUp, HERE);
    }
    let account = account_of(&signed_in)?;
    let without = signed_in.visit.app.innkeeper().people_without_factor(account.no).await?;
    let page = RequirementPage {
        chrome: signed_in.chrome(),
        required: account.requires_factor,
        without: signed_in.visit.language().count("requirement-without", without.into()),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /account/staff/second-factor`.
pub(super) async fn set(
    Member { signed_in, .. }: Member<ManageStaff>,
    FormOf(RequirementFields { second_factor }): FormOf<RequirementFields>,
) -> Answer {
    let account = account_of(&signed_in)?;
    let required = matches!(second_factor, Wanted::Required);
    let acting = Acting::within(&signed_in.view);
    match signed_in.visit.app.innkeeper().require_factor(acting, &account.id, required).await? {
        Ok(()) => Ok(see_other(&with_query(&signed_in.visit.address("/account/staff"), "done", "second-factor"))),
        Err(DirectoryRefusal::Barred(why)) => barred(&signed_in, why, HERE),
        Err(_) => Err(not_found()),
    }
}
