//! Checks at saturation: Innkeeper, what people use instead, and nginx in front, each beside hello, in turn, round after
//! round. What counts is the share of hello's requests a second, and the processor time of a request in multiples of
//! hello's.

use crate::bench::Bench;
use crate::peers;
use crate::process::Server;
use crate::report::Checked;
use crate::row::{Goal, Row};
use crate::stats::{median, rounded};
use crate::store::Engine;
use crate::wrk::{self, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;

/// Processor time of Rauthy 0.36 for a request in multiples of hello's, measured once on the machine for which the goals
/// were set. It is too large to be built for every run.
const RAUTHY: f64 = 4.4;

/// Seconds of counted activity before each measure of it: the first touch of a session in a minute is stored before its
/// answer, and every session has had that by then, as it has where people are at work.
const TOUCHED: u64 = 3;

/// How many sessions are active where every request is counted activity.
pub const ACTIVE: i64 = 10_000;

/// Reads the processor time of somebody, in seconds.
pub type Clock = Rc<dyn Fn() -> f64>;

/// Somebody who is asked.
pub struct Asked {
    /// What it is called in rows.
    pub name: String,
    /// Where it is asked.
    pub address: SocketAddr,
    /// What it is asked.
    pub request: Request,
    /// Whose processor time counts.
    pub server: Rc<Server>,
    /// Whose processor time is told separately: the database's, or of whom a proxy asks.
    pub beside: Option<Clock>,
    /// For how many seconds it is asked right before each measure, without being measured.
    pub warm_up: u64,
}

/// One measure, beside hello.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Requests a second.
    pub rate: f64,
    /// Requests a second in shares of hello's.
    pub share: f64,
    /// Microseconds of processor time for a request.
    pub cpu: f64,
    /// Processor time for a request in multiples of hello's.
    pub cost: f64,
    /// Microseconds of processor time for a request of whoever is told separately.
    pub beside: f64,
}

/// Samples of one who was asked.
pub struct Samples(Vec<Sample>);

impl Samples {
    /// The median of one figure.
    pub fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        median(&self.0.iter().map(of).collect::<Vec<_>>())
    }

    /// The medians.
    fn summary(&self, name: &str) -> Checked {
        Checked {
            name: name.into(),
            rate: self.median(|s| s.rate),
            share: self.median(|s| s.share),
            cpu: self.median(|s| s.cpu),
            cost: self.median(|s| s.cost),
            beside: self.median(|s| s.beside),
        }
    }

    /// What there is to say beside the ratio.
    pub fn detail(&self) -> Value {
        let all = |of: fn(&Sample) -> f64, digits| self.0.iter().map(|s| rounded(of(s), digits)).collect::<Vec<_>>();
        let mut detail = json!({
            "requests_per_second": self.median(|s| s.rate).round(),
            "vs_hello": all(|s| s.share, 3),
            "cpu_us": rounded(self.median(|s| s.cpu), 2),
            "cpu_vs_hello": all(|s| s.cost, 3),
        });
        let beside = self.median(|s| s.beside);
        if beside > 0.0 {
            detail["beside_cpu_us"] = json!(rounded(beside, 2));
        }
        detail
    }
}

/// Asks everybody in turn, each right after hello was asked the same.
pub fn in_turn(bench: &mut Bench, asked: &[Asked]) -> anyhow::Result<BTreeMap<String, Samples>> {
    let hello = bench.hello()?;
    let plan = bench.plan.clone();
    let mut samples: BTreeMap<String, Samples> = BTreeMap::new();
    for one in asked {
        wrk::ask(one.address, &one.request, plan.warm_up, 0)?;
    }
    for round in 1..=plan.rounds {
        for one in asked {
            let (yardstick, hello_cpu, _) =
                timed(&hello, None, || wrk::ask(hello.address, &one.request, plan.hello_seconds, round))?;
            if one.warm_up > 0 {
                wrk::ask(one.address, &one.request, one.warm_up, round)?;
            }
            let (answered, cpu, beside) =
                timed(&one.server, one.beside.as_ref(), || wrk::ask(one.address, &one.request, plan.seconds, round))?;
            let (cpu, hello_cpu) = (cpu / answered.requests, hello_cpu / yardstick.requests);
            samples.entry(one.name.clone()).or_insert_with(|| Samples(Vec::new())).0.push(Sample {
                rate: answered.rate,
                share: answered.rate / yardstick.rate,
                cpu: cpu * 1e6,
                cost: cpu / hello_cpu,
                beside: beside / answered.requests * 1e6,
            });
        }
    }
    for (name, of) in &samples {
        bench.saturation.insert(name.clone(), of.median(|s| s.rate));
    }
    Ok(samples)
}

/// Seconds of processor time that a server, and whoever stands beside it, use while something is done.
fn timed<T>(
    server: &Server,
    beside: Option<&Clock>,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<(T, f64, f64)> {
    let read = || beside.map_or(0.0, |beside| beside());
    let (cpu, other) = (server.cpu(), read());
    let done = work()?;
    Ok((done, (server.cpu() - cpu).as_secs_f64(), read() - other))
}

/// A check as a proxy asks it, of a random one of all sessions; not counted as activity.
pub fn forward_auth(bench: &mut Bench, engine: Engine) -> anyhow::Result<Asked> {
    let (store, server) = bench.main(engine)?;
    let request =
        Request::get("/forward-auth", "Innkeeper-Activity: none\r\n", "innkeeper=", &bench.tokens(store.sessions)?);
    let beside = database_cpu(bench, engine)?;
    Ok(Asked { name: engine.name().into(), address: server.address, request, server, beside, warm_up: 0 })
}

/// The database's processor time, where it is a process of its own.
pub fn database_cpu(bench: &mut Bench, engine: Engine) -> anyhow::Result<Option<Clock>> {
    if engine == Engine::Sqlite {
        return Ok(None);
    }
    let cluster = bench.cluster()?;
    Ok(Some(Rc::new(move || cluster.server.cpu().as_secs_f64())))
}

pub(super) fn measure(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let mut asked = Vec::new();
    for engine in bench.engines() {
        asked.extend(of_innkeeper(bench, engine)?);
    }
    asked.extend(behind_nginx(bench)?);
    asked.extend(of_peers(bench)?);
    let samples = in_turn(bench, &asked)?;
    let mut rows = Vec::new();
    for engine in bench.engines() {
        rows.extend(rows_of(engine, &samples));
    }
    rows.extend(rows_of_peers(bench, &samples));
    bench.checked = asked.iter().map(|one| samples[&one.name].summary(&one.name)).collect();
    Ok(rows)
}

fn of_innkeeper(bench: &mut Bench, engine: Engine) -> anyhow::Result<Vec<Asked>> {
    let plain = forward_auth(bench, engine)?;
    let (store, server) = bench.main(engine)?;
    let tokens = bench.tokens(store.sessions)?;
    let counted = Request::get("/forward-auth", "Innkeeper-Activity: counted\r\n", "innkeeper=", &tokens);
    let around = (r#"{"token":""#, 43, r#"","activity":"none"}"#);
    let api = Request::post("/api/v1/sessions/check", &bench.key(&store)?, around, &tokens);
    let named = |suffix: &str, request, warm_up| Asked {
        name: format!("{}{suffix}", engine.name()),
        address: server.address,
        request,
        server: server.clone(),
        beside: plain.beside.clone(),
        warm_up,
    };
    let more = [named(", counted", counted.of_first(ACTIVE), TOUCHED), named(", API", api, 0)];
    Ok([plain].into_iter().chain(more).collect())
}

fn behind_nginx(bench: &mut Bench) -> anyhow::Result<[Asked; 2]> {
    let engine = bench.engines()[0];
    let (hello, (store, innkeeper)) = (bench.hello()?, bench.main(engine)?);
    let request = Request::get("/", "", "innkeeper=", &bench.tokens(store.sessions)?);
    let (nginx, before_innkeeper) = peers::nginx(bench, hello.address, innkeeper.address)?;
    let asked = |name: &str, address, behind: Rc<Server>| Asked {
        name: name.into(),
        address,
        request: request.clone(),
        server: nginx.clone(),
        beside: Some(Rc::new(move || behind.cpu().as_secs_f64())),
        warm_up: 0,
    };
    Ok([asked("nginx, hello", nginx.address, hello), asked("nginx, Innkeeper", before_innkeeper, innkeeper)])
}

fn of_peers(bench: &mut Bench) -> anyhow::Result<Vec<Asked>> {
    let tokens = bench.tokens(bench.plan.sessions)?;
    let (behind_axum, redis) = (peers::redis_behind_axum(bench)?, peers::redis(bench)?);
    let mut asked = vec![Asked {
        name: "Redis HMGET behind axum".into(),
        address: behind_axum.address,
        request: Request::get("/forward-auth", "", "innkeeper=", &tokens),
        server: behind_axum,
        beside: Some(Rc::new(move || redis.cpu().as_secs_f64())),
        warm_up: 0,
    }];
    let with_one_cookie = [
        ("axum-login + tower-sessions (SQLite)", "/forward-auth", peers::axum_login(bench)?),
        ("express-session + connect-redis", "/forward-auth", peers::express(bench)?),
        ("better-auth, better-sqlite3", "/api/auth/get-session", peers::better_auth(bench)?),
    ];
    for (name, path, (server, cookies)) in with_one_cookie {
        let request = Request::get(path, "", "", &cookies);
        asked.push(Asked { name: name.into(), address: server.address, request, server, beside: None, warm_up: 0 });
    }
    Ok(asked)
}

fn rows_of(engine: Engine, samples: &BTreeMap<String, Samples>) -> Vec<Row> {
    let of = |suffix: &str| &samples[&format!("{}{suffix}", engine.name())];
    let (plain, counted, api) = (of(""), of(", counted"), of(", API"));
    let (cost, share, touched) = match engine {
        Engine::Sqlite => (Goal::AtMost(1.6), Goal::AtLeast(0.75), Goal::AtLeast(0.65)),
        Engine::Postgres => (Goal::AtMost(2.8), Goal::AtLeast(0.70), Goal::None),
    };
    let row = |what: &str, value, goal, of: &Samples| {
        Row::new(format!("{what}, {}", engine.name()), value, "ratio", goal).with(of.detail())
    };
    vec![
        row("/forward-auth: CPU per request vs hello", plain.median(|s| s.cost), cost, plain),
        row("/forward-auth: req/s vs hello", plain.median(|s| s.share), share, plain),
        row("/forward-auth, each a counted touch: req/s vs hello", counted.median(|s| s.share), touched, counted),
        row("/forward-auth, each a counted touch: CPU vs hello", counted.median(|s| s.cost), Goal::None, counted),
        row("POST /api/v1/sessions/check: req/s vs hello", api.median(|s| s.share), Goal::None, api),
    ]
}

fn rows_of_peers(bench: &Bench, samples: &BTreeMap<String, Samples>) -> Vec<Row> {
    let share = |name: &str| samples[name].median(|s| s.share);
    let detail = |name: &str| json!({"them": samples[name].detail()});
    let mut rows = Vec::new();
    let ours = bench.engines()[0].name();
    let nginx = share("nginx, Innkeeper") / share("nginx, hello");
    let detail_of_nginx =
        json!({"innkeeper": samples["nginx, Innkeeper"].detail(), "hello": samples["nginx, hello"].detail()});
    rows.push(
        Row::new(
            format!("nginx auth_request: req/s to Innkeeper on {ours} vs to hello"),
            nginx,
            "ratio",
            Goal::AtLeast(0.75),
        )
        .with(detail_of_nginx),
    );
    let axum_login = "axum-login + tower-sessions (SQLite)";
    let times = share(ours) / share(axum_login);
    rows.push(
        Row::new(format!("req/s vs {axum_login}: Innkeeper on {ours}"), times, "ratio", Goal::AtLeast(4.0))
            .with(detail(axum_login)),
    );
    let rauthy = samples[ours].median(|s| s.cost) / RAUTHY;
    rows.push(
        Row::new(
            format!("CPU per request vs Rauthy 0.36, calculated: Innkeeper on {ours}"),
            rauthy,
            "ratio",
            Goal::AtMost(0.45),
        )
        .with(json!({"rauthy_cpu_vs_hello_measured_elsewhere": RAUTHY})),
    );
    let redis = "Redis HMGET behind axum";
    for engine in bench.engines() {
        let goal = if engine == Engine::Postgres { Goal::AtLeast(1.3) } else { Goal::None };
        let times = share(engine.name()) / share(redis);
        rows.push(
            Row::new(format!("req/s vs {redis}: Innkeeper on {}", engine.name()), times, "ratio", goal)
                .with(detail(redis)),
        );
    }
    for peer in [redis, axum_login, "express-session + connect-redis", "better-auth, better-sqlite3"] {
        rows.push(
            Row::new(format!("{peer}: req/s vs hello"), share(peer), "ratio", Goal::None).with(samples[peer].detail()),
        );
    }
    rows
}
