//! How soon the first byte of the sessions page arrives, beside hello: one request after the other on a kept
//! connection, the three in turn.

use crate::bench::Bench;
use crate::http::{Client, get};
use crate::row::{Goal, Row};
use crate::stats::{micros, quantile, rounded};
use crate::store::Engine;
use crate::world::{self, WITH_ONE_SESSION, WITH_SEVERAL};
use anyhow::ensure;
use serde_json::{Value, json};

/// Requests before the first that counts.
const WARM_UP: usize = 50;

/// One of those that are asked in turn.
struct Asked {
    client: Client,
    request: Vec<u8>,
    samples: Vec<f64>,
    bytes: usize,
}

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for engine in bench.engines() {
        rows.extend(of(bench, engine)?);
    }
    Ok(rows)
}

fn of(bench: &mut Bench, engine: Engine) -> anyhow::Result<[Row; 2]> {
    let (count, sessions) = (bench.plan.pages, bench.plan.sessions);
    let hello = bench.hello()?.address;
    let innkeeper = bench.main(engine)?.1.address;
    let page = |session| {
        let cookie = format!("innkeeper={}", world::token(session));
        get("/account/sessions", &[("Cookie", &cookie), ("Accept", "text/html"), ("Accept-Language", "en")])
    };
    let mut asked = [
        Asked::new(Client::connect(hello)?, get("/account/sessions", &[("Accept", "text/html")])),
        Asked::new(Client::connect(innkeeper)?, page(WITH_ONE_SESSION)),
        Asked::new(Client::connect(innkeeper)?, page(WITH_SEVERAL)),
    ];
    for turn in 0..count + WARM_UP {
        for one in &mut asked {
            let answer = one.client.ask(&one.request)?;
            ensure!(answer.status == 200, "the page answers {}: {}", answer.status, answer.head);
            one.bytes = answer.body.len();
            if turn >= WARM_UP {
                one.samples.push(micros(answer.first_byte));
            }
        }
    }
    let [hello, one, several] = asked.each_mut().map(Asked::summary);
    let row = |who: &str, page: &Value| {
        let ratio = page["median_us"].as_f64().unwrap_or_default() / hello["median_us"].as_f64().unwrap_or_default();
        let name = format!("first byte of the sessions page, {who}: median vs hello, {}", engine.name());
        Row::new(name, ratio, "ratio", Goal::None)
            .with(json!({"sessions_in_store": sessions, "requests": count, "page": page, "hello": hello}))
    };
    Ok([row("1 session", &one), row("5 live, 20 ended", &several)])
}

impl Asked {
    fn new(client: Client, request: Vec<u8>) -> Self {
        Self { client, request, samples: Vec::new(), bytes: 0 }
    }

    fn summary(&mut self) -> Value {
        let mut at = |share| rounded(quantile(&mut self.samples, share), 1);
        json!({"median_us": at(0.5), "p99_us": at(0.99), "bytes": self.bytes})
    }
}
