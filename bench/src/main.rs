//! Measures Innkeeper beside its yardstick and its peers. Started by `bench/run`, which builds and installs what it needs.
//!
//! Usage: `bench FOLDER INNKEEPER SOURCE [--quick] [--json] [--only FAMILY,…] [--engine sqlite|postgres] [--docs FOLDER]`

use anyhow::{Context, bail};
use innkeeper_bench::bench::{Bench, Plan};
use innkeeper_bench::family;
use innkeeper_bench::report::Report;
use innkeeper_bench::row::{Goal, Row};
use innkeeper_bench::store::Engine;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// What was asked for.
struct Args {
    plan: Plan,
    json: bool,
    only: Option<Vec<String>>,
    docs: Option<PathBuf>,
}

impl Args {
    fn parse(mut args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut parsed = Self { plan: Plan::full(), json: false, only: None, docs: None };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => parsed.plan = Plan { engines: parsed.plan.engines, ..Plan::quick() },
                "--json" => parsed.json = true,
                "--only" => {
                    let names = args.next().context("--only names families")?;
                    parsed.only = Some(names.split(',').map(str::to_owned).collect());
                }
                "--engine" => {
                    parsed.plan.engines = match args.next().as_deref() {
                        Some("sqlite") => vec![Engine::Sqlite],
                        Some("postgres") => vec![Engine::Postgres],
                        _ => bail!("--engine is sqlite or postgres"),
                    };
                }
                "--docs" => parsed.docs = Some(args.next().context("--docs names a folder")?.into()),
                _ => bail!(
                    "unknown argument {arg}: one of --quick, --json, --only FAMILY,…, --engine sqlite|postgres, --docs FOLDER"
                ),
            }
        }
        let known: Vec<&str> = family::ALL.iter().map(|(name, _)| *name).collect();
        if let Some(unknown) = parsed.only.iter().flatten().find(|name| !known.contains(&name.as_str())) {
            bail!("unknown family {unknown}: one of {}", known.join(", "));
        }
        Ok(parsed)
    }
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("where do files go?")?;
    let innkeeper = args.next().context("where is the product?")?;
    let source = args.next().context("where is the benchmark?")?;
    let words: Vec<String> = args.collect();
    let command = format!("bench/run {}", words.join(" "));
    let args = Args::parse(words.into_iter())?;
    let mut bench = Bench::new(args.plan, folder.into(), innkeeper.into(), source.into());
    let (started, machine) = (Instant::now(), machine());
    eprintln!("{machine}");
    let mut rows = Vec::new();
    for (name, measure) in family::ALL {
        if args.only.as_ref().is_none_or(|only| only.iter().any(|wanted| wanted == name)) {
            let began = Instant::now();
            let found = measure(&mut bench).with_context(|| format!("family {name}"))?;
            // Each family is told as soon as it is known: whoever watches need not wait for the end.
            for row in &found {
                println!("{}", if args.json { row.json().to_string() } else { row.line() });
            }
            eprintln!("({name}: {} s)", began.elapsed().as_secs());
            rows.extend(found);
        }
    }
    if let Some(docs) = args.docs {
        let report = Report { rows: &rows, checked: &bench.checked, machine: &machine, command: &command };
        report.write(&docs, &bench.source)?;
    }
    let judged: Vec<&Row> = rows.iter().filter(|row| row.goal != Goal::None).collect();
    let reached = judged.iter().filter(|row| row.holds()).count();
    eprintln!("{reached} of {} goals reached, in {} s", judged.len(), started.elapsed().as_secs());
    Ok(())
}

/// What the figures were measured on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']).trim();
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("Linux").trim_matches('"');
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({model}), {system}, Linux {}", kernel.trim())
}
