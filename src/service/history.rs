//! What happened to somebody, or in an account, newest first.

use super::{Innkeeper, ServiceError};
use crate::store::{History, HistoryOf, Position};

impl Innkeeper {
    /// What happened before a position, newest first: of these kinds of events, or of every kind where none is named.
    /// See [`History::older`] for how it goes on.
    pub async fn history(
        &self,
        of: HistoryOf,
        kinds: &[&str],
        before: Option<Position>,
        limit: u16,
    ) -> Result<History, ServiceError> {
        Ok(self.inner.store.history(of, kinds, before, limit).await?)
    }
}
