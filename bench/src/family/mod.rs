//! What is measured: a file for each family of measures, in the order of a run.

mod page;

use crate::bench::Bench;
use crate::row::Row;

/// Measures one family.
pub type Measure = fn(&mut Bench) -> anyhow::Result<Vec<Row>>;

/// Every family by its name.
pub const ALL: &[(&str, Measure)] = &[("page", page::measure)];
