//! Lists in parts.

use super::input::Parameters;
use super::view::Items;
use crate::web::problem::Problem;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Longest part of a list.
const LIMIT_MAX: u16 = 200;

/// Length of a part where none is asked for.
const LIMIT_DEFAULT: u16 = 50;

/// Which part of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: u16,
    /// Go on after this one: `next` of the part before.
    pub(super) after: Option<String>,
}

impl Parameters for Part {
    fn names() -> Vec<&'static str> {
        vec!["limit", "after"]
    }

    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        let limit = match value_of("limit") {
            None => LIMIT_DEFAULT,
            Some(text) => number(&text)
                .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                .ok_or_else(|| Problem::invalid("limit", "A part of a list has 1 to 200 items."))?,
        };
        Ok(Self { limit, after: value_of("after") })
    }
}

/// Digits only: `+5` is no number here.
fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl Part {
    /// One more than is shown, to know whether there is more.
    pub(super) fn fetch(&self) -> u16 {
        self.limit + 1
    }

    /// The cursor, read as what this list goes by.
    pub(super) fn after<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.after.as_deref() else { return Ok(None) };
        let refused = || Problem::invalid("after", "This is no `next` of this list.");
        read(text).map(Some).ok_or_else(refused)
    }

    /// The part, of rows that were fetched by [`Self::fetch`].
    pub(super) fn of<R, T: Serialize + ToSchema>(
        &self,
        mut rows: Vec<R>,
        (cursor, view): (impl Fn(&R) -> String, impl Fn(R) -> T),
    ) -> Items<T> {
        let limit = usize::from(self.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Items { items: rows.into_iter().map(view).collect(), next }
    }
}
