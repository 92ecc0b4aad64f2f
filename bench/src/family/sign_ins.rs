//! How long checks take while people sign in by password, more of them than the processors can hash for: 200 a second,
//! offered open loop for 30 seconds (10 in a quick run), beside the same checks without them.

use super::latency::{check_of, told};
use crate::bench::Bench;
use crate::http::request;
use crate::load::{Load, Outcome};
use crate::row::{Goal, Row};
use crate::stats::rounded;
use crate::store::Engine;
use crate::world;
use anyhow::{Context, ensure};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// Checks a second: a fair load, far from saturation.
const CHECKS: f64 = 2_000.0;

/// Sign-ins a second.
const SIGN_INS: f64 = 200.0;

/// Requests of this first part are not counted.
const WARM_UP: Duration = Duration::from_secs(1);

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for engine in bench.engines() {
        rows.push(of(bench, engine)?);
    }
    Ok(rows)
}

fn of(bench: &mut Bench, engine: Engine) -> anyhow::Result<Row> {
    let (store, server) = bench.main(engine)?;
    let address = server.address;
    let sessions = store.sessions;
    let lasting = Duration::from_secs(bench.plan.sign_in_seconds);
    let idle = checks(address, sessions, lasting)?;
    let people = move |n: u64| {
        let email = world::email(sessions + 1 + n as i64);
        sign_in(&email)
    };
    let (busy, signed_in) = std::thread::scope(|scope| {
        let busy = scope.spawn(|| checks(address, sessions, lasting));
        let signing_in = Load {
            address,
            connections: 512,
            rate: SIGN_INS,
            lasting: WARM_UP + lasting,
            warm_up: WARM_UP,
            request: &people,
        };
        let signed_in = signing_in.run();
        (busy.join(), signed_in)
    });
    let (busy, signed_in) = (busy.ok().context("the checks ran to their end")??, signed_in?);
    ensure!(signed_in.succeeded() > 0, "no sign-in succeeded: {:?}", signed_in.answers);
    let ratio = busy.micros(0.99) / idle.micros(0.99);
    let answers: serde_json::Map<_, _> = signed_in.answers.iter().map(|(k, v)| (k.to_string(), json!(v))).collect();
    Ok(Row::new(
        format!("p99 of checks while 200 sign-ins/s are offered vs idle, {}", engine.name()),
        ratio,
        "ratio",
        Goal::AtMost(3.0),
    )
    .with(json!({
        "checks_per_second": CHECKS, "idle": told(&idle), "busy": told(&busy), "sign_ins": answers,
        "signed_in_per_second": rounded(signed_in.succeeded() as f64 / lasting.as_secs_f64(), 1),
        "sign_in_p50_us": signed_in.micros(0.5).round(),
    })))
}

fn checks(address: SocketAddr, sessions: i64, lasting: Duration) -> anyhow::Result<Outcome> {
    let sessions = sessions.unsigned_abs();
    let outcome = Load {
        address,
        connections: 64,
        rate: CHECKS,
        lasting: WARM_UP + lasting,
        warm_up: WARM_UP,
        request: &|n| check_of((n * 7_919) % sessions + 1),
    }
    .run()?;
    ensure!(outcome.answers.keys().all(|status| *status == 200), "checks were answered {:?}", outcome.answers);
    Ok(outcome)
}

fn sign_in(email: &str) -> Vec<u8> {
    let body = format!("email={}&password={}&next=", email.replace('@', "%40"), world::PASSWORD.replace(' ', "+"));
    request("POST", "/sign-in", &[("Content-Type", "application/x-www-form-urlencoded")], &body)
}
