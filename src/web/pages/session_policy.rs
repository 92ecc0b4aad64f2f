//! `/session-policy`: the rules as they are configured, in plain words, for whoever asks why they were signed out or
//! refused. Public, so that one link answers a customer.

use super::Chrome;
use super::answer::{Answer, html};
use crate::domain::activity::PathRules;
use crate::domain::policy::{AtLimit, SessionPolicy};
use crate::domain::time::Timestamp;
use crate::service::Policies;
use crate::web::extract::Visit;
use crate::web::moment::{Reader, duration};
use crate::web::text::Language;
use askama::Template;
use axum::http::StatusCode;
use std::convert::Infallible;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "session_policy.html")]
pub struct SessionPolicyPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What holds for everybody whose plan says nothing else.
    pub rules: Rules,
    /// What is activity, whatever the plan.
    pub counts: String,
    /// Plans with rules of their own, by name.
    pub plans: Vec<(String, Rules)>,
    /// Whether anybody is ever refused for being signed in elsewhere.
    pub refuses: bool,
    /// Since when this holds, in words, where that is known.
    pub since: Option<String>,
    /// What is announced.
    pub next: Option<NextRules>,
}

/// Rules that are announced.
#[derive(Clone, Debug)]
pub struct NextRules {
    /// From when on, in words.
    pub from: String,
    /// What will hold for everybody whose plan says nothing else.
    pub rules: Rules,
    /// Plans with rules of their own, by name.
    pub plans: Vec<(String, Rules)>,
}

/// A policy in words.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many sessions one person may have.
    pub limit: String,
    /// What happens to a sign-in beyond them.
    pub beyond: String,
    /// How long without activity until a session ends.
    pub idle: String,
    /// How long a session lasts at most.
    pub lifetime: String,
    /// How long a proof suffices for what is sensitive.
    pub proof: String,
}

impl Rules {
    /// A policy in the words of this language.
    pub fn new(language: Language, policy: &SessionPolicy) -> Self {
        let time = |key: &str, of| language.tell(key, &[("time", duration(language, of).into())]);
        let beyond = match policy.at_limit {
            AtLimit::Refuse | AtLimit::VerifiedTakeover => time("policy-beyond-refused", policy.idle_timeout),
            AtLimit::ReplaceOldest => language.say("policy-beyond-replaces"),
        };
        Self {
            limit: language.count("policy-limit", policy.sessions_per_user.into()),
            beyond,
            idle: time("policy-idle", policy.idle_timeout),
            lifetime: time("policy-lifetime", policy.absolute_lifetime),
            proof: time("policy-proof", policy.step_up_within),
        }
    }
}

impl SessionPolicyPage {
    /// The page about these policies at an instant, and about what counts as activity.
    pub fn new(chrome: Chrome, policies: &Policies, activity: &PathRules, now: Timestamp) -> Self {
        let language = chrome.language;
        let book = policies.at(now);
        let refused_under = |policy: &SessionPolicy| policy.at_limit != AtLimit::ReplaceOldest;
        let refuses =
            refused_under(book.common()) || policies.departures(book).any(|(_, policy)| refused_under(policy));
        let of_plans = |book| {
            let plans = policies.departures(book);
            plans.map(|(plan, policy)| (plan.name.clone(), Rules::new(language, policy))).collect()
        };
        let reader = Reader { language, zone: "UTC", now };
        let next = policies.announced(now).map(|(from, book)| {
            let from = language.tell("policy-from", &[("date", reader.absolute(from).into())]);
            NextRules { from, rules: Rules::new(language, book.common()), plans: of_plans(book) }
        });
        let since = policies.since(now);
        // Which parts they are is the application's own affair.
        let said = [
            ("policy-counts", true),
            ("policy-counts-never", !activity.never.is_empty()),
            ("policy-counts-always", !activity.always.is_empty()),
        ];
        let counts: Vec<_> = said.into_iter().filter(|(_, holds)| *holds).map(|(key, _)| language.say(key)).collect();
        Self {
            rules: Rules::new(language, book.common()),
            counts: counts.join(" "),
            plans: of_plans(book),
            refuses,
            since: since.map(|since| language.tell("policy-since", &[("date", reader.absolute(since).into())])),
            next,
            chrome,
        }
    }
}

/// `GET /session-policy`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>) -> Answer {
    let innkeeper = visit.app.innkeeper();
    let page = SessionPolicyPage::new(
        visit.chrome(),
        innkeeper.policies(),
        &visit.app.site().activity,
        innkeeper.now().await?,
    );
    Ok(html(StatusCode::OK, &page))
}
