//! How long checks take at half and at four fifths of what the server can do, open loop; hello beside it at the same rates.

use super::check;
use crate::bench::Bench;
use crate::http::get;
use crate::load::{Load, Outcome};
use crate::row::{Goal, Row};
use crate::stats::rounded;
use crate::world;
use crate::wrk::CONNECTIONS;
use anyhow::ensure;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// At how much of saturation.
const LOADS: [f64; 2] = [0.5, 0.8];

/// Requests of this first part are not counted.
const WARM_UP: Duration = Duration::from_secs(1);

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let hello = bench.hello()?;
    for engine in bench.engines() {
        let asked = check::forward_auth(bench, engine)?;
        if !bench.saturation.contains_key(engine.name()) {
            check::in_turn(bench, std::slice::from_ref(&asked))?;
        }
        let saturation = bench.saturation[engine.name()];
        for load in LOADS {
            let rate = saturation * load;
            let yardstick = at(bench, hello.address, rate)?;
            let outcome = at(bench, asked.address, rate)?;
            let name =
                format!("/forward-auth, open loop at {:.0} % of saturation: p99, {}", load * 100.0, engine.name());
            let detail = json!({
                "rate": rate.round(), "saturation": saturation.round(), "innkeeper": told(&outcome),
                "hello": told(&yardstick),
            });
            rows.push(Row::new(name, outcome.micros(0.99), "µs", Goal::None).with(detail));
        }
    }
    Ok(rows)
}

fn at(bench: &Bench, address: SocketAddr, rate: f64) -> anyhow::Result<Outcome> {
    // An odd factor that shares none with the number of sessions walks through all of them, in leaps.
    let sessions = bench.plan.sessions.unsigned_abs();
    let outcome = Load {
        address,
        connections: CONNECTIONS,
        rate,
        lasting: WARM_UP + Duration::from_secs(bench.plan.open_seconds),
        warm_up: WARM_UP,
        request: &|n| check_of((n * 7_919) % sessions + 1),
    }
    .run()?;
    ensure!(outcome.answers.keys().all(|status| *status == 200), "checks were answered {:?}", outcome.answers);
    Ok(outcome)
}

/// A check of one session that is not counted as activity.
pub(super) fn check_of(session: u64) -> Vec<u8> {
    let cookie = format!("innkeeper={}", world::token(session as i64));
    get("/forward-auth", &[("Innkeeper-Activity", "none"), ("Cookie", &cookie)])
}

/// The quantiles of an outcome, and whether everybody was answered.
pub(super) fn told(outcome: &Outcome) -> Value {
    let at = |quantile| rounded(outcome.micros(quantile), 0);
    json!({
        "p50_us": at(0.5), "p99_us": at(0.99), "p99.9_us": at(0.999), "max_us": at(1.0),
        "answered": outcome.latency.len(), "unanswered": outcome.unanswered,
    })
}
