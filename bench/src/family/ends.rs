//! Ended means ended: from the moment at which the answer to an end has arrived, no check that begins on any node may
//! say live. Other clients keep asking all the while.

use crate::bench::Bench;
use crate::http::{Answer, Client, get, request};
use crate::row::{Goal, Row};
use crate::stats::{micros, quantile, rounded};
use crate::store::Engine;
use crate::world;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Instant;

/// Nodes over a store that takes several.
const NODES: usize = 3;

/// Clients of each node that keep asking.
const ASKING: usize = 2;

/// The session that is asked for: its number in the run, and the request.
type Current = Arc<RwLock<(u64, Vec<u8>)>>;

/// What those who keep asking share.
#[derive(Default)]
struct Watch {
    current: Current,
    /// The last session whose end has been answered.
    ended: AtomicU64,
    begun_after: AtomicU64,
    still_live: AtomicU64,
    unavailable: AtomicU64,
    stop: AtomicBool,
}

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for engine in bench.engines() {
        rows.push(of(bench, engine)?);
    }
    Ok(rows)
}

fn of(bench: &mut Bench, engine: Engine) -> anyhow::Result<Row> {
    let store = bench.store(engine, "admissions", bench.plan.admission_sessions)?;
    let count = if engine == Engine::Sqlite { 1 } else { NODES };
    let name = engine.name().to_lowercase();
    let mut nodes = Vec::new();
    for n in 0..count {
        let node = if n == 0 { format!("admissions-{name}") } else { format!("node-{n}-{name}") };
        nodes.push(bench.node(&store, &node)?);
    }
    let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.address).collect();
    let (key, ends) = (bench.key(&store)?, bench.plan.ends);
    let watch = Watch::default();
    let mut latencies = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..ASKING * count)
            .map(|n| (addresses[n % count], &watch))
            .map(|(address, watch)| scope.spawn(move || keep_asking(address, watch)))
            .collect();
        let ended = end_one_after_the_other(&addresses, &key, (ends, store.sessions), &watch);
        watch.stop.store(true, Ordering::SeqCst);
        for one in asking {
            one.join().ok().context("whoever asks does so to the end")??;
        }
        ended
    })?;
    let (begun, live) = (watch.begun_after.into_inner(), watch.still_live.into_inner());
    ensure!(begun > ends, "too few checks were begun after an end to say anything: {begun}");
    let detail = json!({
        "ends": ends, "nodes": count, "checks_begun_after": begun,
        "unavailable": watch.unavailable.into_inner(),
        "end_p50_us": rounded(quantile(&mut latencies, 0.5), 0), "end_p99_us": rounded(quantile(&mut latencies, 0.99), 0),
    });
    let name = format!("checks begun after an end was answered that said live, {}", engine.name());
    Ok(Row::new(name, live as f64, "checks", Goal::AtMost(0.0)).with(detail))
}

/// Starts and ends sessions, the end now on one node and now on another, and asks every node right after it. Gives how
/// long the ends took.
fn end_one_after_the_other(
    nodes: &[SocketAddr],
    key: &str,
    (ends, users): (u64, i64),
    watch: &Watch,
) -> anyhow::Result<Vec<f64>> {
    let mut clients = nodes.iter().map(|node| Client::connect(*node)).collect::<Result<Vec<_>, _>>()?;
    let bearer = format!("Bearer {key}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let mut latencies = Vec::new();
    for n in 1..=ends {
        let user = world::user_id((n as i64 * 7_919) % users + 1);
        let at = n as usize % clients.len();
        let body = json!({"user_id": user, "at_limit": "replace_oldest"}).to_string();
        let started = clients[at].ask(&request("POST", "/api/v1/sessions", &headers, &body))?;
        let Some(started) = watch.served(started, 201)? else { continue };
        let started: Value = serde_json::from_slice(&started.body)?;
        let token = started["token"].as_str().context("a started session has a token")?;
        let id = started["session"]["id"].as_str().context("a session has an id")?;
        let check = get("/forward-auth", &[("Cookie", &format!("innkeeper={token}"))]);
        let Some(_) = watch.served(clients[at].ask(&check)?, 200)? else { continue };
        *watch.current.write().map_err(|_| anyhow::anyhow!("poisoned"))? = (n, check.clone());
        let asked = Instant::now();
        let ended = clients[at].ask(&request("DELETE", &format!("/api/v1/sessions/{id}"), &headers[..1], ""))?;
        let Some(_) = watch.served(ended, 204)? else { continue };
        latencies.push(micros(asked.elapsed()));
        watch.ended.store(n, Ordering::SeqCst);
        for client in &mut clients {
            watch.judge(client.ask(&check)?.status)?;
        }
    }
    Ok(latencies)
}

fn keep_asking(address: SocketAddr, watch: &Watch) -> anyhow::Result<()> {
    let mut client = Client::connect(address)?;
    while !watch.stop.load(Ordering::SeqCst) {
        let (number, check) = watch.current.read().map_err(|_| anyhow::anyhow!("poisoned"))?.clone();
        if number == 0 {
            std::thread::yield_now();
            continue;
        }
        let ended_before = watch.ended.load(Ordering::SeqCst) >= number;
        let status = client.ask(&check)?.status;
        if ended_before {
            watch.judge(status)?;
        }
    }
    Ok(())
}

impl Watch {
    /// An answer, unless the store could not be asked, which is counted: no verdict about anybody, but nothing that
    /// should happen here either.
    fn served(&self, answer: Answer, wanted: u16) -> anyhow::Result<Option<Answer>> {
        if answer.status == 503 {
            self.unavailable.fetch_add(1, Ordering::SeqCst);
            return Ok(None);
        }
        ensure!(answer.status == wanted, "an answer should be {wanted}: {}", answer.head);
        Ok(Some(answer))
    }

    /// Takes note of a check that began after the end was answered.
    fn judge(&self, status: u16) -> anyhow::Result<()> {
        ensure!([200, 401, 503].contains(&status), "a check was answered {status}");
        self.begun_after.fetch_add(1, Ordering::SeqCst);
        match status {
            200 => self.still_live.fetch_add(1, Ordering::SeqCst),
            503 => self.unavailable.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        Ok(())
    }
}
