//! What is measured: a file for each family of measures, in the order of a run.

mod admissions;
mod check;
mod ends;
mod footprint;
mod growth;
mod latency;
mod page;
mod sign_ins;

use crate::bench::Bench;
use crate::row::Row;

/// Measures one family.
pub type Measure = fn(&mut Bench) -> anyhow::Result<Vec<Row>>;

/// Every family by its name. The checks come first, since the open loop goes by what they found; what changes much in
/// a store comes after what only reads it.
pub const ALL: &[(&str, Measure)] = &[
    ("check", check::measure),
    ("latency", latency::measure),
    ("page", page::measure),
    ("sign-ins", sign_ins::measure),
    ("footprint", footprint::measure),
    ("admissions", admissions::measure),
    ("ends", ends::measure),
    ("growth", growth::measure),
];
