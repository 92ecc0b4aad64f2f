//! Measures Innkeeper beside its yardstick and its peers. Started by `bench/run`, which builds what it needs.
//!
//! Usage: `bench FOLDER INNKEEPER [--quick] [--json] [--only FAMILY,…]`

use anyhow::{Context, bail};
use innkeeper_bench::bench::{Bench, Plan};
use innkeeper_bench::family;
use innkeeper_bench::row::Row;
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("where do files go?")?;
    let innkeeper = args.next().context("where is the product?")?;
    let (mut plan, mut json, mut only) = (Plan::full(), false, None);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--quick" => plan = Plan::quick(),
            "--json" => json = true,
            "--only" => only = Some(args.next().context("--only names families")?),
            _ => bail!("unknown argument {arg}: one of --quick, --json, --only FAMILY,…"),
        }
    }
    let wanted: Option<Vec<&str>> = only.as_deref().map(|only| only.split(',').collect());
    if let Some(unknown) = wanted.iter().flatten().find(|name| !family::ALL.iter().any(|(known, _)| known == *name)) {
        let known: Vec<&str> = family::ALL.iter().map(|(name, _)| *name).collect();
        bail!("unknown family {unknown}: one of {}", known.join(", "));
    }
    let mut bench = Bench::new(plan, folder.into(), innkeeper.into());
    for (name, measure) in family::ALL {
        if wanted.as_ref().is_none_or(|wanted| wanted.contains(name)) {
            let started = Instant::now();
            let rows = measure(&mut bench).with_context(|| format!("family {name}"))?;
            rows.iter().for_each(|row| say(row, json));
            eprintln!("({name}: {} s)", started.elapsed().as_secs());
        }
    }
    Ok(())
}

/// Each family is told as soon as it is known: whoever watches need not wait for the end.
fn say(row: &Row, json: bool) {
    match json {
        true => println!("{}", row.json()),
        false => println!("{}", row.line()),
    }
}
