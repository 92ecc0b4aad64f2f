//! Closed loop: as many requests as a server takes, by `wrk` on one thread with 64 connections.

use anyhow::{Context, ensure};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::run;

/// What is sent: a request in which one value is drawn anew each time.
#[derive(Clone, Debug)]
pub struct Request {
    /// What comes before the value.
    pub prefix: String,
    /// A file with a value on each line, all of one length.
    pub values: PathBuf,
    /// How many of the values are drawn from: the first so many.
    pub active: i64,
    /// What comes after the value.
    pub suffix: String,
}

impl Request {
    /// A GET whose cookie is drawn; `cookie` is what stands before it, such as `innkeeper=`.
    pub fn get(path: &str, headers: &str, cookie: &str, values: &Path) -> Self {
        let prefix = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Cookie: {cookie}");
        Self { prefix, values: values.into(), active: i64::MAX, suffix: "\r\n\r\n".into() }
    }

    /// A POST of JSON with a service key, in which a value of this length is drawn.
    pub fn post(path: &str, key: &str, (before, length, after): (&str, usize, &str), values: &Path) -> Self {
        let length = before.len() + length + after.len();
        let prefix = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{before}"
        );
        Self { prefix, values: values.into(), active: i64::MAX, suffix: after.into() }
    }

    /// The same, drawn from the first values only.
    pub fn of_first(self, active: i64) -> Self {
        Self { active, ..self }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// Answered requests.
    pub requests: f64,
    /// Answered requests a second.
    pub rate: f64,
}

/// Connections that ask at once.
pub const CONNECTIONS: usize = 64;

/// Asks for so many seconds. Every answer must be a success.
pub fn ask(address: SocketAddr, request: &Request, seconds: u64, seed: u64) -> anyhow::Result<Answered> {
    let script = std::env::temp_dir().join(format!("innkeeper-bench-{}.lua", std::process::id()));
    fs::write(&script, include_str!("../request.lua"))?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "--timeout", "10s"]).arg(format!("-c{CONNECTIONS}")).arg(format!("-d{seconds}s"));
    wrk.arg("-s").arg(&script);
    wrk.arg(format!("http://{address}"));
    wrk.env("BENCH_PREFIX", &request.prefix).env("BENCH_SUFFIX", &request.suffix);
    wrk.env("BENCH_VALUES", &request.values).env("BENCH_ACTIVE", request.active.to_string());
    wrk.env("BENCH_SEED", seed.to_string());
    let said = run(&mut wrk);
    fs::remove_file(&script).ok();
    let said = said?;
    let result = said.lines().find_map(|line| line.strip_prefix("RESULT ")).context("wrk says what came of it")?;
    let numbers: Vec<f64> = result.split(' ').map(|number| number.parse().unwrap_or(f64::NAN)).collect();
    let [requests, micros, failed, ..] = numbers[..] else { anyhow::bail!("wrk said: {result}") };
    ensure!(failed == 0.0 && !said.contains("BROKEN"), "not every request to {address} succeeded:\n{said}");
    ensure!(requests > 0.0, "{address} answered nothing:\n{said}");
    Ok(Answered { requests, rate: requests / (micros / 1e6) })
}
