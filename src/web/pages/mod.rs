//! Pages for people: a file for each noun, with the structs of its pages (exactly what their templates may show, already
//! in words), and the handlers that fill them from the service. The catalogue holds the words.
//!
//! Errors are written by `answer::error_pages` alone, and [`chrome`] is what surrounds every page.

pub mod chrome;

pub mod answer;

mod assets;

pub mod account;

pub mod confirm;

pub mod device;

pub mod error;

pub mod history;

pub mod name;

pub mod refusal;

pub mod session_policy;

pub mod sessions;

pub mod sign_in;

pub mod signed_out;

pub mod forgot;

pub mod second_step;

pub mod set_up;

pub mod take_over;

pub mod factors;

pub mod passkeys;

pub mod step_up;

pub mod security;

pub mod staff;

pub mod requirement;

pub mod person;

pub mod team;

pub mod plans;

pub mod support;

pub mod invitation;

pub mod setup;

pub mod webhooks;

mod language;

pub mod live;

pub mod password;

pub mod password_advice;

#[cfg(test)]
mod samples;

#[cfg(test)]
mod rules;

pub use chrome::{Assets, Chrome, LiveChannel, Support, UserMenu, initials};

use super::app::{self, App};
use super::headers::page_headers;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Every page by its path, on one screen.
fn table() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(account::home)),
        ("/sign-in", get(sign_in::show).post(sign_in::sign_in)),
        ("/sign-in/second-step", get(second_step::show).post(second_step::go_on)),
        ("/sign-in/second-step/options", post(second_step::options)),
        ("/sign-in/set-up", get(set_up::show).post(set_up::set_up)),
        ("/sign-in/set-up/options", post(set_up::options)),
        ("/sign-in/passkey", post(passkeys::sign_in)),
        ("/sign-in/passkey/options", post(passkeys::options)),
        ("/sign-in/take-over", get(take_over::show).post(take_over::take_over)),
        ("/forgot", get(forgot::ask).post(forgot::send)),
        ("/reset", get(forgot::show).post(forgot::reset)),
        ("/sign-out", post(signed_out::sign_out)),
        ("/signed-out", get(signed_out::show)),
        ("/account", get(account::show)),
        ("/account/sessions", get(sessions::show)),
        ("/account/live", get(live::listen)),
        ("/account/sessions/end-others", get(confirm::ask_end_others).post(confirm::end_others)),
        ("/account/sessions/{id}/terminate", get(confirm::ask_terminate).post(confirm::terminate)),
        ("/account/sessions/{id}/name", get(name::ask).post(name::name)),
        ("/account/activity", get(history::show)),
        ("/account/activity.csv", get(history::file)),
        ("/account/security", get(security::show)),
        ("/account/security/password", get(password::show).post(password::change)),
        ("/account/security/totp", get(factors::ask_totp).post(factors::add_totp)),
        ("/account/security/passkeys", get(passkeys::ask).post(passkeys::add)),
        ("/account/security/passkeys/options", post(passkeys::options_of_new)),
        ("/account/security/factors/{id}/remove", get(factors::ask_remove).post(factors::remove)),
        ("/account/security/recovery-codes", get(factors::ask_codes).post(factors::make_codes)),
        ("/account/staff", get(staff::show)),
        ("/account/staff/second-factor", get(requirement::ask).post(requirement::set)),
        ("/account/staff/invite", get(staff::ask_invite).post(staff::invite)),
        ("/account/staff/invitations/{id}/revoke", post(staff::revoke)),
        ("/account/staff/people/{id}", get(person::show)),
        ("/account/staff/people/{id}/role", post(person::role)),
        ("/account/staff/people/{id}/suspend", post(person::suspend)),
        ("/account/staff/people/{id}/reinstate", post(person::reinstate)),
        ("/account/staff/people/{id}/remove", get(person::ask_remove).post(person::remove)),
        ("/account/staff/people/{id}/end-sessions", get(team::ask_end_person).post(team::end_person)),
        ("/account/staff/sessions", get(team::show)),
        ("/account/staff/sessions/end-all", get(team::ask_end_all).post(team::end_all)),
        ("/account/staff/sessions/{id}/terminate", get(team::ask_terminate).post(team::terminate)),
        ("/account/plans", get(plans::show)),
        ("/account/plans/{code}", get(plans::ask_change).post(plans::change)),
        ("/account/billing", get(plans::billing)),
        ("/support", get(support::show)),
        ("/support/people/{id}", get(support::person::show)),
        ("/support/people/{id}/release", get(support::release::ask_person).post(support::release::person)),
        ("/support/sessions/{id}/release", get(support::release::ask_session).post(support::release::session)),
        ("/invitation", get(invitation::show).post(invitation::join)),
        ("/setup", get(setup::show).post(setup::set_up)),
        ("/account/step-up", get(step_up::show).post(step_up::step_up)),
        ("/account/step-up/options", post(step_up::options)),
        ("/support/webhooks", get(webhooks::show)),
        ("/support/webhooks/{id}/deliveries/{event}/retry", post(webhooks::retry)),
        ("/session-policy", get(session_policy::show)),
        ("/language", post(language::choose)),
        ("/assets/{file}", get(assets::file)),
    ]
}

/// The path of every page.
pub fn paths() -> Vec<&'static str> {
    table().into_iter().map(|(path, _)| path).collect()
}

/// Every page. What no route takes is answered here, too.
pub fn routes(app: &App) -> Router<App> {
    let pages = table().into_iter().fold(Router::new(), |router, (path, page)| router.route(path, page));
    pages
        .fallback(answer::nothing_here)
        .layer(CatchPanicLayer::custom(app::panicked))
        // Before anything reads a session, so that what another site sends never counts as activity.
        .layer(from_fn_with_state(app.clone(), answer::refuse_cross_site))
        .layer(from_fn_with_state(app.clone(), answer::error_pages))
        .layer(from_fn_with_state(app.site().headers.clone(), page_headers))
}

#[cfg(test)]
mod tests {
    use super::paths;
    use std::collections::BTreeSet;

    /// A path with nothing said of what stands for an id.
    fn plain(path: &str) -> String {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn every_page_is_described_to_integrators() {
        let text = include_str!("../../../docs/http-api.md");
        // `/account` and `POST /sign-out` alike.
        let named = text.split('`').filter_map(|code| code.split(' ').next_back());
        let described: BTreeSet<String> = named.filter(|code| code.starts_with('/')).map(plain).collect();
        let pages = paths().into_iter().filter(|path| !path.starts_with("/assets/")).map(plain);
        assert_eq!(pages.filter(|path| !described.contains(path)).collect::<Vec<_>>(), [""; 0]);
    }
}
