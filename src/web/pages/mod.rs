//! Pages for people: a file for each noun, with the structs of its pages (exactly what their templates may show, already
//! in words), and the handlers that fill them from the service. The catalogue holds the words.
//!
//! Errors are written by `answer::error_pages` alone, and [`chrome`] is what surrounds every page.

pub mod chrome;

pub mod answer;

pub mod posts;

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

pub mod take_over_code;

pub mod email;

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

mod session;

pub mod password;

pub mod password_advice;

#[cfg(test)]
mod samples;

#[cfg(test)]
mod rules;

pub use chrome::{Assets, Chrome, LiveChannel, Support, UserMenu, initials};

pub use posts::Post;

use super::app::{self, App};
use super::headers::page_headers;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Every page by its path, with what a form that is sent to it needs, on one screen.
fn table() -> Vec<(&'static str, Post, MethodRouter<App>)> {
    use Post::{Fresh, Harmless, Never, Open, Proves};
    vec![
        ("/", Never, get(account::home)),
        ("/sign-in", Open, get(sign_in::show).post(sign_in::sign_in)),
        ("/sign-in/second-step", Open, get(second_step::show).post(second_step::go_on)),
        ("/sign-in/second-step/options", Open, post(second_step::options)),
        ("/sign-in/set-up", Open, get(set_up::show).post(set_up::set_up)),
        ("/sign-in/set-up/options", Open, post(set_up::options)),
        ("/sign-in/passkey", Open, post(passkeys::sign_in)),
        ("/sign-in/passkey/options", Open, post(passkeys::options)),
        ("/sign-in/take-over", Open, get(take_over::show).post(take_over::take_over)),
        ("/sign-in/take-over/mail", Open, post(take_over_code::send)),
        ("/sign-in/take-over/code", Open, get(take_over_code::show).post(take_over_code::go_on)),
        ("/confirm-email", Open, get(email::show).post(email::confirm)),
        ("/forgot", Open, get(forgot::ask).post(forgot::send)),
        ("/reset", Open, get(forgot::show).post(forgot::reset)),
        ("/sign-out", Open, post(signed_out::sign_out)),
        ("/signed-out", Never, get(signed_out::show)),
        ("/session", Open, get(session::show).post(session::stay)),
        ("/innkeeper.js", Never, get(assets::script)),
        ("/account", Never, get(account::show)),
        ("/account/sessions", Never, get(sessions::show)),
        ("/account/live", Never, get(live::listen)),
        ("/account/sessions/end-others", Fresh, get(confirm::ask_end_others).post(confirm::end_others)),
        ("/account/sessions/{id}/terminate", Fresh, get(confirm::ask_terminate).post(confirm::terminate)),
        ("/account/sessions/{id}/name", Harmless, get(name::ask).post(name::name)),
        ("/account/activity", Never, get(history::show)),
        ("/account/activity.csv", Never, get(history::file)),
        ("/account/security", Never, get(security::show)),
        ("/account/security/email", Harmless, post(email::send)),
        ("/account/security/password", Proves, get(password::show).post(password::change)),
        ("/account/security/totp", Fresh, get(factors::ask_totp).post(factors::add_totp)),
        ("/account/security/passkeys", Fresh, get(passkeys::ask).post(passkeys::add)),
        ("/account/security/passkeys/options", Fresh, post(passkeys::options_of_new)),
        ("/account/security/factors/{id}/remove", Fresh, get(factors::ask_remove).post(factors::remove)),
        ("/account/security/recovery-codes", Fresh, get(factors::ask_codes).post(factors::make_codes)),
        ("/account/staff", Never, get(staff::show)),
        ("/account/staff/second-factor", Fresh, get(requirement::ask).post(requirement::set)),
        ("/account/staff/invite", Fresh, get(staff::ask_invite).post(staff::invite)),
        ("/account/staff/invitations/{id}/revoke", Fresh, post(staff::revoke)),
        ("/account/staff/people/{id}", Never, get(person::show)),
        ("/account/staff/people/{id}/role", Fresh, post(person::role)),
        ("/account/staff/people/{id}/suspend", Fresh, post(person::suspend)),
        ("/account/staff/people/{id}/reinstate", Fresh, post(person::reinstate)),
        ("/account/staff/people/{id}/remove", Fresh, get(person::ask_remove).post(person::remove)),
        ("/account/staff/people/{id}/end-sessions", Fresh, get(team::ask_end_person).post(team::end_person)),
        ("/account/staff/sessions", Never, get(team::show)),
        ("/account/staff/sessions/end-all", Fresh, get(team::ask_end_all).post(team::end_all)),
        ("/account/staff/sessions/{id}/terminate", Fresh, get(team::ask_terminate).post(team::terminate)),
        ("/account/plans", Never, get(plans::show)),
        ("/account/plans/{code}", Fresh, get(plans::ask_change).post(plans::change)),
        ("/account/billing", Never, get(plans::billing)),
        ("/support", Never, get(support::show)),
        ("/support/people/{id}", Never, get(support::person::show)),
        ("/support/people/{id}/release", Fresh, get(support::release::ask_person).post(support::release::person)),
        ("/support/sessions/{id}/release", Fresh, get(support::release::ask_session).post(support::release::session)),
        ("/invitation", Open, get(invitation::show).post(invitation::join)),
        ("/setup", Open, get(setup::show).post(setup::set_up)),
        ("/account/step-up", Proves, get(step_up::show).post(step_up::step_up)),
        ("/account/step-up/options", Harmless, post(step_up::options)),
        ("/support/webhooks", Never, get(webhooks::show)),
        ("/support/webhooks/{id}/deliveries/{event}/retry", Fresh, post(webhooks::retry)),
        ("/session-policy", Never, get(session_policy::show)),
        ("/language", Open, post(language::choose)),
        ("/assets/{file}", Never, get(assets::file)),
    ]
}

/// The path of every page.
pub fn paths() -> Vec<&'static str> {
    posts().into_iter().map(|(path, _)| path).collect()
}

/// The path of every page, and what a form that is sent to it needs.
pub fn posts() -> Vec<(&'static str, Post)> {
    table().into_iter().map(|(path, post, _)| (path, post)).collect()
}

/// Every page. What no route takes is answered here, too.
pub fn routes(app: &App) -> Router<App> {
    let pages = table().into_iter().fold(Router::new(), |router, (path, _, page)| router.route(path, page));
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
    use super::{paths, posts};
    use std::collections::{BTreeMap, BTreeSet};

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

    #[test]
    fn what_a_form_needs_is_told_to_integrators() {
        let text = include_str!("../../../docs/http-api.md");
        let rows = text.lines().filter(|line| line.starts_with("| `/"));
        let rows = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
        let told: BTreeMap<String, &str> = rows
            .flat_map(|cells| {
                let word = cells.get(2).copied().unwrap_or_default();
                cells[0]
                    .split('`')
                    .filter(|code| code.starts_with('/'))
                    .map(move |path| (plain(path), word))
                    .collect::<Vec<_>>()
            })
            .filter(|(_, word)| !word.is_empty())
            .collect();
        let needed = posts().into_iter().map(|(path, post)| (plain(path), post.word()));
        assert_eq!(told, needed.filter(|(_, word)| !word.is_empty()).collect());
    }
}
