//! What a run says: rows, as a table or as JSON, one object a line.

use crate::stats::rounded;
use serde_json::{Value, json};
use std::fmt;

/// What a value must be to be good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// There is none: it is told, not judged.
    None,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Goal::AtLeast(goal) => f.pad(&format!("≥ {goal}")),
            Goal::AtMost(goal) => f.pad(&format!("≤ {goal}")),
            Goal::None => f.pad(""),
        }
    }
}

/// One measure.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub measure: String,
    /// What came out.
    pub value: f64,
    /// What should have.
    pub goal: Goal,
    /// Of what it is so many: `ratio`, `µs`, `MiB`.
    pub unit: &'static str,
    /// Whatever else explains the value.
    pub detail: Value,
}

impl Row {
    /// A row without details.
    pub fn new(measure: impl Into<String>, value: f64, unit: &'static str, goal: Goal) -> Self {
        Self { measure: measure.into(), value: rounded(value, 4), goal, unit, detail: json!({}) }
    }

    /// The same row with details.
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Whether the goal is reached; a measure without goal cannot miss it.
    pub fn holds(&self) -> bool {
        match self.goal {
            Goal::AtLeast(goal) => self.value >= goal,
            Goal::AtMost(goal) => self.value <= goal,
            Goal::None => true,
        }
    }

    /// One JSON object.
    pub fn json(&self) -> Value {
        let (goal, bound) = match self.goal {
            Goal::AtLeast(goal) => (Some(goal), Some("at least")),
            Goal::AtMost(goal) => (Some(goal), Some("at most")),
            Goal::None => (None, None),
        };
        json!({
            "measure": self.measure, "value": self.value, "goal": goal, "bound": bound, "unit": self.unit,
            "holds": self.holds(), "detail": self.detail,
        })
    }

    /// One line of the table.
    pub fn line(&self) -> String {
        let verdict = match (self.goal, self.holds()) {
            (Goal::None, _) => "",
            (_, true) => "holds",
            (_, false) => "MISSED",
        };
        format!("{:<78} {:>10} {:<6} {:>8} {verdict}", self.measure, shown(self.value), self.unit, self.goal)
    }
}

/// Three digits that count.
pub(crate) fn shown(value: f64) -> String {
    let digits = if value.abs() >= 100.0 { 0 } else { 2 };
    format!("{value:.digits$}")
}
