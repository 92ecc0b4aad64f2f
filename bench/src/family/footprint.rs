//! What sessions take: private memory of a node while 10,000 of a million are touched each second, and bytes on disk for
//! a live session with all indexes.

use super::check::{ACTIVE, database_cpu};
use crate::bench::Bench;
use crate::http::get;
use crate::load::Load;
use crate::row::{Goal, Row};
use crate::stats::rounded;
use crate::store::Engine;
use crate::world::{self, ENDED, FURTHER_LIVE};
use anyhow::ensure;
use serde_json::json;
use std::time::Duration;

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for engine in bench.engines() {
        rows.push(memory(bench, engine)?);
        rows.push(disk(bench, engine)?);
    }
    Ok(rows)
}

fn memory(bench: &mut Bench, engine: Engine) -> anyhow::Result<Row> {
    let (store, server) = bench.main(engine)?;
    let database = database_cpu(bench, engine)?;
    let beside = || database.as_ref().map_or(0.0, |database| database());
    let (before, cpu, other) = (server.private_memory()?, server.cpu(), beside());
    let outcome = Load {
        address: server.address,
        connections: 64,
        rate: ACTIVE as f64,
        lasting: Duration::from_secs(2 * bench.plan.open_seconds),
        warm_up: Duration::ZERO,
        request: &|n| {
            let cookie = format!("innkeeper={}", world::token(n as i64 % ACTIVE + 1));
            get("/forward-auth", &[("Innkeeper-Activity", "counted"), ("Cookie", &cookie)])
        },
    }
    .run()?;
    ensure!(outcome.answers.keys().all(|status| *status == 200), "touches were answered {:?}", outcome.answers);
    let mib = |bytes: u64| rounded(bytes as f64 / (1024.0 * 1024.0), 1);
    let after = server.private_memory()?;
    let name = format!("private memory, 10k sessions touched each second, {}", engine.name());
    let touches = outcome.latency.len();
    let each = |seconds: f64| rounded(seconds * 1e6 / touches as f64, 1);
    Ok(Row::new(name, mib(after), "MiB", Goal::AtMost(80.0)).with(json!({
        "sessions": store.sessions, "before_mib": mib(before), "touches": touches,
        "cpu_us_per_touch": each((server.cpu() - cpu).as_secs_f64()),
        "database_cpu_us_per_touch": each(beside() - other),
    })))
}

fn disk(bench: &mut Bench, engine: Engine) -> anyhow::Result<Row> {
    let (store, _) = bench.main(engine)?;
    let sizes = store.disk_of_sessions()?;
    let live = store.sessions + FURTHER_LIVE + ENDED;
    let each = |bytes: i64| rounded(bytes as f64 / live as f64, 1);
    let mut detail: serde_json::Map<_, _> =
        sizes.iter().map(|(name, bytes)| (name.clone(), json!(each(*bytes)))).collect();
    detail.insert("whole store".into(), json!(each(store.bytes()?)));
    let all = sizes.iter().map(|(_, bytes)| bytes).sum();
    let name = format!("disk per live session, all indexes, {}", engine.name());
    Ok(Row::new(name, each(all), "B", Goal::AtMost(400.0)).with(detail.into()))
}
