//! Durable admissions by API with 64 clients, where one flush serves everybody who waits, beside the same admissions with
//! a transaction and a commit each, in turn. Every one ends a session and starts one.

use crate::bench::{Bench, sibling};
use crate::process::run;
use crate::row::{Goal, Row};
use crate::stats::{median, rounded};
use crate::store::Engine;
use crate::wrk::{self, CONNECTIONS, Request};
use anyhow::Context;
use serde_json::json;
use std::process::Command;

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for engine in bench.engines() {
        rows.push(of(bench, engine)?);
    }
    Ok(rows)
}

fn of(bench: &mut Bench, engine: Engine) -> anyhow::Result<Row> {
    let (sessions, rounds, seconds) = (bench.plan.admission_sessions, bench.plan.rounds, bench.plan.seconds);
    let batched = bench.store(engine, "admissions", sessions)?;
    let each = bench.store(engine, "one-each", sessions)?;
    let node = bench.node(&batched, &format!("admissions-{}", engine.name().to_lowercase()))?;
    let client = r#"","client":{"ip":"203.0.113.7","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"},"methods":["pwd"],"at_limit":"replace_oldest"}"#;
    let around = (r#"{"user_id":""#, crate::world::user_id(1).len(), client);
    let request = Request::post("/api/v1/sessions", &bench.key(&batched)?, around, &bench.users(sessions)?);
    let (mut together, mut alone, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let mut one_each = Command::new(sibling("examples/one-each")?);
        one_each.args([each.url.clone(), sessions.to_string(), CONNECTIONS.to_string(), seconds.to_string()]);
        let said = run(&mut one_each)?;
        let before = node.cpu();
        let answered = wrk::ask(node.address, &request, seconds, round)?;
        // The first round warms up.
        if round > 0 {
            alone.push(said.trim().parse().with_context(|| format!("one-each said {said}"))?);
            together.push(answered.rate);
            cpu.push((node.cpu() - before).as_secs_f64() * 1e6 / answered.requests);
        }
    }
    let ratio = median(&together.iter().zip(&alone).map(|(together, alone)| together / alone).collect::<Vec<f64>>());
    let goal = if engine == Engine::Sqlite { 2.0 } else { 2.5 };
    let name = format!("durable admissions by API, 64 clients, vs a commit each, {}", engine.name());
    Ok(Row::new(name, ratio, "ratio", Goal::AtLeast(goal)).with(json!({
        "admissions_per_second": median(&together).round(), "a_commit_each_per_second": median(&alone).round(),
        "cpu_us": rounded(median(&cpu), 1), "sessions_in_store": sessions,
    })))
}
