//! What a full run leaves in the documentation: the tables of docs/performance.md, between two marks, and the chart.

use crate::row::{Goal, Row, shown};
use crate::{capacity, chart};
use anyhow::Context;
use serde_json::{Number, Value};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

const BEGIN: &str = "<!-- What stands between these marks is written by bench/run --docs. -->";
const END: &str = "<!-- The end of what bench/run writes. -->";

/// One who was asked at saturation: medians over the rounds.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it is called in rows.
    pub name: String,
    /// Requests a second.
    pub rate: f64,
    /// Requests a second in shares of hello's.
    pub share: f64,
    /// Microseconds of processor time for a request.
    pub cpu: f64,
    /// Processor time for a request in multiples of hello's.
    pub cost: f64,
    /// Microseconds of processor time for a request of the database, or of whom a proxy asks.
    pub beside: f64,
}

/// What a run found.
pub struct Report<'r> {
    /// Every row.
    pub rows: &'r [Row],
    /// Everybody who was asked at saturation.
    pub checked: &'r [Checked],
    /// On what machine.
    pub machine: &'r str,
    /// How it was started.
    pub command: &'r str,
}

impl Report<'_> {
    /// Writes the tables and the chart into the folder of the documentation.
    pub fn write(&self, docs: &Path, source: &Path) -> anyhow::Result<()> {
        let page = docs.join("performance.md");
        let text = fs::read_to_string(&page)?;
        let (before, rest) = text.split_once(BEGIN).context("docs/performance.md has the mark of the beginning")?;
        let (_, after) = rest.split_once(END).context("docs/performance.md has the mark of the end")?;
        fs::write(page, format!("{before}{BEGIN}\n\n{}\n{END}{after}", self.tables(source)?))?;
        fs::create_dir_all(docs.join("images"))?;
        Ok(fs::write(docs.join("images/peers.svg"), chart::svg(self.checked, self.machine))?)
    }

    fn tables(&self, source: &Path) -> anyhow::Result<String> {
        let mut text = format!("`{}` on {}, {}.\n\n", self.command, today()?, self.machine);
        writeln!(text, "{}\n", versions(source)?)?;
        text += "### Goals\n\n| measure | seen | goal | |\n| --- | --- | --- | --- |\n";
        for row in self.rows.iter().filter(|row| row.goal != Goal::None) {
            let verdict = if row.holds() { "reached" } else { "**missed**" };
            writeln!(text, "| {} | {}{} | {} | {verdict} |", row.measure, shown(row.value), unit(row), row.goal)?;
        }
        self.checks(&mut text)?;
        self.latencies(&mut text)?;
        text += "\n### What else was seen\n\n| measure | seen | with |\n| --- | --- | --- |\n";
        for row in self.rows.iter().filter(|row| told_nowhere_else(row)) {
            writeln!(text, "| {} | {}{} | {} |", row.measure, shown(row.value), unit(row), plain(&row.detail))?;
        }
        capacity::tables(&mut text, self.rows, self.checked)?;
        Ok(text)
    }

    fn checks(&self, text: &mut String) -> anyhow::Result<()> {
        if self.checked.is_empty() {
            return Ok(());
        }
        *text += "\n### Checks at saturation\n\n\
                  | asked | requests/s | vs hello | CPU µs/request | vs hello | database, or behind nginx, CPU µs |\n\
                  | --- | --- | --- | --- | --- | --- |\n";
        for one in self.checked {
            let Checked { name, rate, share, cpu, cost, beside } = one;
            let beside = if *beside > 0.0 { format!("{beside:.1}") } else { String::new() };
            writeln!(text, "| {name} | {rate:.0} | {share:.3} | {cpu:.1} | {cost:.2} | {beside} |")?;
        }
        Ok(())
    }

    fn latencies(&self, text: &mut String) -> anyhow::Result<()> {
        let open: Vec<&Row> = self.rows.iter().filter(|row| row.measure.contains("open loop")).collect();
        if open.is_empty() {
            return Ok(());
        }
        *text += "\n### Latency, open loop\n\n\
                  | asked | arrivals/s | p50 | p99 | p99.9 | hello at the same rate: p50 | p99 | p99.9 |\n\
                  | --- | --- | --- | --- | --- | --- | --- | --- |\n";
        for row in open {
            let name = row.measure.replace("/forward-auth, open loop at ", "").replace(": p99", "");
            write!(text, "| {name} | {} |", row.detail["rate"].as_number().map(whole).unwrap_or_default())?;
            for who in ["innkeeper", "hello"] {
                for quantile in ["p50_us", "p99_us", "p99.9_us"] {
                    let micros = row.detail[who][quantile].as_f64().unwrap_or(f64::NAN);
                    write!(text, " {:.2} ms |", micros / 1000.0)?;
                }
            }
            text.push('\n');
        }
        Ok(())
    }
}

/// Those with a goal, at saturation and of the open loop have tables of their own.
fn told_nowhere_else(row: &Row) -> bool {
    let in_tables = ["open loop", "vs hello, ", ": req/s vs hello", "req/s vs", "nginx"];
    let page = row.measure.starts_with("first byte");
    page || !in_tables.iter().any(|part| row.measure.contains(part)) && !row.measure.contains("calculated")
}

fn unit(row: &Row) -> String {
    if row.unit == "ratio" { String::new() } else { format!(" {}", row.unit) }
}

/// Details as words: keys and numbers, one after the other.
fn plain(detail: &Value) -> String {
    match detail {
        Value::Object(fields) => {
            let each = fields.iter().map(|(key, value)| match value {
                Value::Object(_) => format!("{key}: ({})", plain(value)),
                _ => format!("{key} {}", plain(value)),
            });
            each.collect::<Vec<_>>().join(", ").replace('_', " ")
        }
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        Value::Number(number) => match number.as_f64() {
            Some(value) if value.fract() != 0.0 => shown(value),
            _ => whole(number),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number without fraction.
fn whole(number: &Number) -> String {
    number.as_f64().map_or(number.to_string(), |value| format!("{value:.0}"))
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned()
}

fn today() -> anyhow::Result<String> {
    let date = said("date", &["-u", "+%Y-%m-%d"]);
    anyhow::ensure!(!date.is_empty(), "no date");
    Ok(date)
}

/// With what it was measured: programs say so themselves, libraries stand in the lock files.
fn versions(source: &Path) -> anyhow::Result<String> {
    let redis = said("redis-server", &["--version"]);
    let redis = redis.split_whitespace().find_map(|word| word.strip_prefix("v=")).unwrap_or("?").to_owned();
    let nginx = said("nginx", &["-v"]).replace("nginx version: nginx/", "");
    let postgres = said("/usr/lib/postgresql/15/bin/postgres", &["--version"]);
    let postgres = postgres.split_whitespace().nth(2).unwrap_or("?").to_owned();
    let wrk = said("wrk", &["-v"]);
    let wrk = wrk.split_whitespace().nth(1).unwrap_or("?").to_owned();
    let mut all = vec![format!("PostgreSQL {postgres}"), format!("Redis {redis}"), format!("nginx {nginx}")];
    all.push(format!("wrk {wrk}"));
    all.push(format!("Node {}", said("node", &["--version"]).trim_start_matches('v')));
    let lock = fs::read_to_string(source.join("peers/Cargo.lock"))?;
    for name in ["axum-login", "tower-sessions", "sqlx", "redis"] {
        let found =
            lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).and_then(|rest| rest.split('"').next());
        all.push(format!("{name} {}", found.unwrap_or("?")));
    }
    for (peer, names) in
        [("express", ["express-session", "connect-redis"]), ("better-auth", ["better-auth", "better-sqlite3"])]
    {
        let lock = fs::read_to_string(source.join("peers").join(peer).join("package-lock.json"))?;
        let lock: Value = serde_json::from_str(&lock)?;
        for name in names {
            let version = lock["packages"][format!("node_modules/{name}")]["version"].as_str().unwrap_or("?");
            all.push(format!("{name} {version}"));
        }
    }
    Ok(format!("Measured with {}.", all.join(", ")))
}
