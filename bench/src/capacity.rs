//! What an installation of some size needs, calculated from what was measured. The assumptions stand in
//! docs/performance.md, beside the table.

use crate::report::Checked;
use crate::row::Row;
use crate::store::Engine;
use serde_json::Value;
use std::fmt::Write;

/// Share of all users who are at work at the busiest moment.
const AT_WORK: f64 = 0.1;

/// Checks a second that somebody at work causes.
const CHECKS_EACH: f64 = 0.2;

/// Share of checks that are counted activity, each of another session.
const COUNTED: f64 = 1.0 / 3.0;

/// Share of all users who sign in during the busiest hour.
const IN_BUSIEST_HOUR: f64 = 0.2;

/// Share of a core that is used at the busiest moment.
const USED: f64 = 0.5;

/// Bytes of an event with its indexes, and how many a user leaves in the 13 months for which they are kept: a start and
/// an end on each of 250 working days a year.
const EVENTS: f64 = 160.0 * 2.0 * 250.0 * 13.0 / 12.0;

/// Bytes of page cache for a session that is asked for.
const CACHED: f64 = 300.0;

/// Sizes that are calculated, and over which database.
const SIZES: [(&str, f64, Engine); 4] = [
    ("10 thousand", 1e4, Engine::Sqlite),
    ("1 million", 1e6, Engine::Sqlite),
    ("1 million", 1e6, Engine::Postgres),
    ("50 million", 5e7, Engine::Postgres),
];

/// What one thing costs, in microseconds of processor time of the node and of the database.
struct Costs {
    check: (f64, f64),
    touch: (f64, f64),
    password: f64,
    admission: f64,
    store: f64,
}

impl Costs {
    fn find(engine: Engine, rows: &[Row], checked: &[Checked]) -> Option<Self> {
        let row = |start: &str| {
            rows.iter().find(|row| row.measure.starts_with(start) && row.measure.ends_with(engine.name()))
        };
        let number = |row: &Row, key: &str| row.detail.get(key).and_then(Value::as_f64);
        let check = checked.iter().find(|one| one.name == engine.name())?;
        let (memory, disk) = (row("private memory")?, row("disk per live session")?);
        let (sign_ins, admissions) = (row("p99 of checks while")?, row("durable admissions")?);
        let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
        Some(Self {
            check: (check.cpu, check.beside),
            touch: (number(memory, "cpu_us_per_touch")?, number(memory, "database_cpu_us_per_touch")?),
            password: cores * 1e6 / number(sign_ins, "signed_in_per_second")?,
            admission: number(admissions, "cpu_us")?,
            store: number(disk, "whole store")?,
        })
    }
}

/// Writes what one core does, and what installations of several sizes need; nothing where not all of it was measured.
pub fn tables(text: &mut String, rows: &[Row], checked: &[Checked]) -> std::fmt::Result {
    let found: Vec<(Engine, Costs)> = [Engine::Sqlite, Engine::Postgres]
        .into_iter()
        .filter_map(|engine| Some((engine, Costs::find(engine, rows, checked)?)))
        .collect();
    if found.len() < 2 {
        return Ok(());
    }
    *text += "\n### What one core does in a second (measured)\n\n\
              | | checks, core of a node | checks, core of the database | counted touches, core of a node | \
              core of the database | sign-ins by password, core of a node | admissions by API, core of a node |\n\
              | --- | --- | --- | --- | --- | --- | --- |\n";
    for (engine, costs) in &found {
        let per_core = |micros: f64| if micros > 0.0 { thousands(1e6 / micros) } else { "in the node".into() };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            engine.name(),
            per_core(costs.check.0),
            per_core(costs.check.1),
            per_core(costs.touch.0),
            per_core(costs.touch.1),
            per_core(costs.password),
            per_core(costs.admission)
        )?;
    }
    *text += "\n### What installations need (calculated)\n\n\
              | users | database | checks/s | touches/s | sign-ins/s | cores of nodes | cores of the database | \
              page cache | disk without events | events of 13 months |\n\
              | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for (size, users, engine) in SIZES {
        let Some((_, costs)) = found.iter().find(|(of, _)| *of == engine) else { continue };
        let checks = users * AT_WORK * CHECKS_EACH;
        let (touches, sign_ins) = (checks * COUNTED, users * IN_BUSIEST_HOUR / 3600.0);
        let node = (checks - touches) * costs.check.0
            + touches * costs.touch.0.max(costs.check.0)
            + sign_ins * (costs.password + costs.admission);
        let database = (checks - touches) * costs.check.1 + touches * costs.touch.1;
        let cores = |micros: f64| match micros {
            0.0 => "in the node".into(),
            micros => thousands((micros / 1e6 / USED).ceil()),
        };
        writeln!(
            text,
            "| {size} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            engine.name(),
            thousands(checks),
            thousands(touches),
            thousands(sign_ins),
            cores(node),
            cores(database),
            bytes(users * CACHED),
            bytes(users * costs.store),
            bytes(users * EVENTS)
        )?;
    }
    Ok(())
}

/// A number with two digits that count.
fn thousands(value: f64) -> String {
    let scale = 10f64.powf(value.abs().max(1.0).log10().floor() - 1.0).max(0.1);
    let digits = usize::from(value < 10.0 && value.fract() != 0.0);
    format!("{:.digits$}", (value / scale).round() * scale)
}

fn bytes(value: f64) -> String {
    match value {
        v if v >= 1e12 => format!("{:.1} TB", v / 1e12),
        v if v >= 1e9 => format!("{:.1} GB", v / 1e9),
        v => format!("{:.0} MB", v / 1e6),
    }
}
