//! The pages, one test per outcome of each route.

mod access;
mod account;
pub(crate) mod factors;
mod frame;
mod guessing;
mod history;
mod language;
mod live;
mod name;
mod one_answer;
mod passkeys;
mod password;
mod password_advice;
mod plans;
mod proof;
mod requirement;
mod security;
mod session;
mod session_policy;
mod sessions;
mod setup;
mod sign_in;
mod staff;
mod support;
mod take_over;
mod team;
mod told_why;
mod webhooks;
mod wrong_codes;

use crate::app::{Answer, TestApp};
use crate::browser::Browser;
use innkeeper::domain::user::Role;
use std::time::Duration;

/// An installation with an owner "alex" and a staff login "kai" in one account.
pub(crate) async fn reef() -> TestApp {
    with_people(TestApp::start().await).await
}

/// The same, where everybody may have this many sessions.
async fn reef_with_places(sessions_per_user: u16) -> TestApp {
    with_people(TestApp::configured(|config| config.policy.sessions_per_user = sessions_per_user).await).await
}

/// The same people in an installation that is there already.
pub(crate) async fn with_people(app: TestApp) -> TestApp {
    app.with_account("reef").await;
    app.with_user("reef", "alex", Role::Owner).await;
    app.with_user("reef", "kai", Role::Staff).await;
    app
}

/// A browser in which somebody has signed in.
pub(crate) async fn signed_in<'a>(app: &'a TestApp, user: &str) -> Browser<'a> {
    signed_in_at(app, "", user).await
}

/// The same where our pages are below this path.
pub(crate) async fn signed_in_at<'a>(app: &'a TestApp, base: &str, user: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.base = base.to_owned();
    assert_eq!(browser.sign_in(user).await.status, 303);
    browser
}

/// So many minutes.
pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// The status, and where it leads.
pub(crate) fn leads(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("location"))
}

/// The ids of the sessions for which a page has a Terminate button.
fn terminable(page: &Answer) -> Vec<String> {
    let parts = page.text().split("action=\"/account/sessions/").skip(1);
    let ids = parts.filter_map(|part| part.split('"').next()?.strip_suffix("/terminate"));
    ids.map(str::to_owned).collect()
}
