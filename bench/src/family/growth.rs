//! Whether a check costs more where there are many sessions: processor time in a store of ten million beside one of a
//! thousand.

use super::check::{Asked, database_cpu, in_turn};
use crate::bench::{Bench, bytes_of};
use crate::row::{Goal, Row};
use crate::store::Engine;
use crate::world;
use crate::wrk::Request;
use serde_json::json;
use std::time::Instant;

/// Sessions in the small store.
const FEW: i64 = 1_000;

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let Some(many) = bench.plan.grown else { return Ok(Vec::new()) };
    let engine = Engine::Sqlite;
    let mut asked = Vec::new();
    let filling = Instant::now();
    for (name, sessions) in [("few", FEW), ("many", many)] {
        let store = bench.store(engine, name, sessions)?;
        let server = bench.node(&store, name)?;
        // The client would need gigabytes to draw from all tokens of the large one: every tenth is as scattered.
        let step = if sessions > 1_000_000 { 10 } else { 1 };
        let drawn = bench.lines(&format!("tokens-{name}"), (1..=sessions).step_by(step).map(world::token))?;
        let request = Request::get("/forward-auth", "Innkeeper-Activity: none\r\n", "innkeeper=", &drawn);
        let beside = database_cpu(bench, engine)?;
        asked.push(Asked { name: name.into(), address: server.address, request, server, beside, warm_up: 0 });
    }
    let filled = filling.elapsed();
    let samples = in_turn(bench, &asked)?;
    let (few, grown) = (&samples["few"], &samples["many"]);
    let ratio = grown.median(|s| s.cost) / few.median(|s| s.cost);
    let file = bytes_of(&bench.folder, "sqlite-many.db")?;
    let detail = json!({
        "few": few.detail(), "many": grown.detail(), "sessions": [FEW, many], "file_bytes": file,
        "seconds_to_fill": filled.as_secs(),
    });
    drop(asked);
    bench.stop("many");
    bench.stop("few");
    let name = format!("CPU per check with {many} sessions vs with {FEW}, {}", engine.name());
    Ok(vec![Row::new(name, ratio, "ratio", Goal::AtMost(1.3)).with(detail)])
}
