//! Counts for whoever runs us, in Prometheus' format, and readiness in detail. Served on a listener of their own.
//!
//! Labels come from closed sets, never from a request: a stranger must not be able to make series.

use super::app::App;
use super::problem::Problem;
use super::serve::ConnectionCounts;
use crate::service::{
    CheckOutcome, MailCounts, ServiceError, SessionRefusal, SignInRefusal, SignedInNow, StartedSession,
};
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The session may be used.
    Live,
    /// The session is over.
    Over,
    /// There is no such session, or no token came.
    Unknown,
    /// The store could not be asked.
    Failed,
}

impl Checked {
    const ALL: [(Checked, &'static str); 4] =
        [(Checked::Live, "live"), (Checked::Over, "over"), (Checked::Unknown, "unknown"), (Checked::Failed, "failed")];

    /// What the authority answered, as it is counted.
    pub fn of(outcome: &Result<CheckOutcome, ServiceError>) -> Self {
        match outcome {
            Ok(CheckOutcome::Live(_)) => Checked::Live,
            Ok(CheckOutcome::Over(..)) => Checked::Over,
            Ok(CheckOutcome::Unknown) => Checked::Unknown,
            Err(_) => Checked::Failed,
        }
    }
}

/// What a sign-in came to, by password or on an application's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// A session has started.
    Started,
    /// The password was right, and a second factor is asked for: how that ends is counted by itself.
    FactorNeeded,
    /// Somebody is signed in already.
    AlreadyLoggedIn,
    /// The credentials are wrong, or the user may not sign in.
    Refused,
    /// There were too many failures in a row.
    Throttled,
    /// Too many passwords are being verified.
    Busy,
    /// The store could not be asked.
    Failed,
}

impl SignedIn {
    const ALL: [(SignedIn, &'static str); 7] = [
        (SignedIn::Started, "started"),
        (SignedIn::FactorNeeded, "factor_needed"),
        (SignedIn::AlreadyLoggedIn, "already_logged_in"),
        (SignedIn::Refused, "refused"),
        (SignedIn::Throttled, "throttled"),
        (SignedIn::Busy, "busy"),
        (SignedIn::Failed, "failed"),
    ];

    /// What the authority answered to somebody who signs in, as it is counted.
    pub fn of_person(outcome: &Result<Result<SignedInNow, SignInRefusal>, ServiceError>) -> Self {
        match outcome {
            Ok(Ok(_)) => SignedIn::Started,
            Ok(Err(SignInRefusal::AlreadyLoggedIn { .. })) => SignedIn::AlreadyLoggedIn,
            Ok(Err(SignInRefusal::FactorNeeded(_) | SignInRefusal::SetUpNeeded(_))) => SignedIn::FactorNeeded,
            Ok(Err(
                SignInRefusal::WrongCredentials
                | SignInRefusal::WrongCode
                | SignInRefusal::WrongPasskey
                | SignInRefusal::Over,
            )) => SignedIn::Refused,
            Ok(Err(SignInRefusal::Throttled(_) | SignInRefusal::CodesSpent)) => SignedIn::Throttled,
            Ok(Err(SignInRefusal::Busy)) => SignedIn::Busy,
            Err(_) => SignedIn::Failed,
        }
    }

    /// What the authority answered to an application, as it is counted.
    pub fn by_application(outcome: &Result<Result<StartedSession, SessionRefusal>, ServiceError>) -> Self {
        match outcome {
            Ok(Ok(_)) => SignedIn::Started,
            Ok(Err(SessionRefusal::AlreadyLoggedIn(_))) => SignedIn::AlreadyLoggedIn,
            Ok(Err(SessionRefusal::UnknownUser | SessionRefusal::Suspended)) => SignedIn::Refused,
            Err(_) => SignedIn::Failed,
        }
    }
}

/// Every count of this process. Counting is one atomic addition.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    connections: Arc<ConnectionCounts>,
    checks: [Counter; Checked::ALL.len()],
    sign_ins: [Counter; SignedIn::ALL.len()],
}

type ByOutcome = Family<[(&'static str, &'static str); 1], Counter>;

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("innkeeper");
        let connections = Arc::new(ConnectionCounts::default());
        let (checks, sign_ins) = (ByOutcome::default(), ByOutcome::default());
        registry.register("checks", "Checks of a session, by outcome", checks.clone());
        registry.register("sign_ins", "Attempts to start a session, by outcome", sign_ins.clone());
        registry.register_collector(Box::new(Connections(connections.clone())));
        let counter = |family: &ByOutcome, outcome| family.get_or_create_owned(&[("outcome", outcome)]);
        Self {
            checks: Checked::ALL.map(|(_, outcome)| counter(&checks, outcome)),
            sign_ins: SignedIn::ALL.map(|(_, outcome)| counter(&sign_ins, outcome)),
            registry,
            connections,
        }
    }
}

impl Metrics {
    /// Counts a check.
    pub fn checked(&self, outcome: Checked) {
        self.checks[outcome as usize].inc();
    }

    /// Counts a sign-in.
    pub fn signed_in(&self, outcome: SignedIn) {
        self.sign_ins[outcome as usize].inc();
    }

    /// The counts that the main listener keeps.
    pub fn connections(&self) -> Arc<ConnectionCounts> {
        self.connections.clone()
    }
}

#[derive(Debug)]
struct Connections(Arc<ConnectionCounts>);

impl Collector for Connections {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let ConnectionCounts { open, accepted, full, refused } = &*self.0;
        gauge(&mut encoder, ("connections_open", "Connections that are open now"), load(open))?;
        let counters = [
            ("connections_accepted", "Connections accepted", accepted),
            ("connections_full", "Waits because as many connections as allowed were open", full),
            ("connections_refused", "Failures to accept a connection, such as for want of file descriptors", refused),
        ];
        for (name, help, count) in counters {
            let count = ConstCounter::new(count.load(Ordering::Relaxed));
            count.encode(encoder.encode_descriptor(name, help, None, count.metric_type())?)?;
        }
        Ok(())
    }
}

fn load(count: &AtomicU64) -> i64 {
    i64::try_from(count.load(Ordering::Relaxed)).unwrap_or(i64::MAX)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, (name, help): (&str, &str), value: i64) -> Result<(), std::fmt::Error> {
    let value = ConstGauge::new(value);
    value.encode(encoder.encode_descriptor(name, help, None, value.metric_type())?)
}

/// Mails by what came of a try.
fn register_mails(registry: &mut Registry, counts: &MailCounts) {
    let mails = ByOutcome::default();
    let outcomes = [("sent", &counts.sent), ("put_off", &counts.put_off), ("given_up", &counts.given_up)];
    for (outcome, count) in outcomes {
        mails.get_or_create_owned(&[("outcome", outcome)]).inc_by(count.load(Ordering::Relaxed));
    }
    registry.register("mails", "Tries to send a mail, by outcome", mails);
}

#[derive(Debug)]
struct Gauges(Vec<(&'static str, &'static str, i64)>);

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.iter().try_for_each(|(name, help, value)| gauge(&mut encoder, (name, help), *value))
    }
}

/// Every route of the listener for metrics.
pub fn metrics_router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(super::app::healthz))
        .route("/readyz", get(readyz))
        .with_state(app)
}

async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, StatusCode> {
    let mut text = String::new();
    // A store that does not answer shows in its own gauge; the counts are told all the same.
    let streams = i64::try_from(app.innkeeper().listeners()).unwrap_or(i64::MAX);
    let mut gauges = vec![
        ("store_up", "Whether the store answers", 0),
        ("live_streams_open", "Open pages that are told at once what happens", streams),
    ];
    if let Ok(health) = app.innkeeper().health().await {
        gauges[0].2 = 1;
        gauges.extend(health.gauges);
    }
    let mut store = Registry::with_prefix("innkeeper");
    store.register_collector(Box::new(Gauges(gauges)));
    register_mails(&mut store, app.innkeeper().mail_counts());
    let encoded = prometheus_client::encoding::text::encode_registry(&mut text, &app.metrics().registry)
        .and_then(|()| prometheus_client::encoding::text::encode(&mut text, &store));
    encoded.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// Ready or not as on the main listener; with `?verbose` also how the store is.
async fn readyz(State(app): State<App>, RawQuery(query): RawQuery) -> Result<axum::response::Response, Problem> {
    if query.as_deref() != Some("verbose") {
        return super::app::readyz(State(app)).await.map(IntoResponse::into_response);
    }
    let health = app.innkeeper().health().await?;
    Ok(Json(health_json(&health)).into_response())
}

/// How the store is, for programs.
fn health_json(health: &crate::service::Health) -> serde_json::Value {
    let facts: Vec<_> = health.facts.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({ "engine": health.engine, "location": health.location, "facts": facts, "problems": health.problems })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_counted_under_its_own_name() {
        let metrics = Metrics::default();
        for (n, (outcome, _)) in Checked::ALL.into_iter().enumerate() {
            (0..=n).for_each(|_| metrics.checked(outcome));
        }
        for (n, (outcome, _)) in SignedIn::ALL.into_iter().enumerate() {
            (0..=n).for_each(|_| metrics.signed_in(outcome));
        }
        metrics.connections.accepted.fetch_add(7, Ordering::Relaxed);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &metrics.registry).unwrap();
        for (n, (_, name)) in Checked::ALL.into_iter().enumerate() {
            let line = format!("innkeeper_checks_total{{outcome=\"{name}\"}} {}\n", n + 1);
            assert!(text.contains(&line), "{line}{text}");
        }
        for (n, (_, name)) in SignedIn::ALL.into_iter().enumerate() {
            let line = format!("innkeeper_sign_ins_total{{outcome=\"{name}\"}} {}\n", n + 1);
            assert!(text.contains(&line), "{line}{text}");
        }
        assert!(text.contains("innkeeper_connections_accepted_total 7\n"), "{text}");
    }
}
