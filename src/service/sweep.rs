//! The sweeper marks what has lapsed, so that events tell of it, and forgets what is older than it is kept for. Nothing
//! else depends on it.

use super::{Innkeeper, ServiceError};
use crate::domain::mail::DONE_KEPT_FOR;
use crate::domain::webhook::DELIVERED_KEPT_FOR;
use std::time::Duration;

/// How often the sweeper looks.
const EVERY: Duration = Duration::from_secs(1);

/// Sessions in one look, so that no batch holds the store for long.
const AT_ONCE: u16 = 500;

/// Looks in one round. Sessions that live on by touches that could not be stored are due at every look; they wait for the
/// next round like everybody else.
const ROUNDS_MAX: usize = 100;

/// Users in one transaction of the sweeper.
const USERS_AT_ONCE: usize = 64;

/// Events in one piece of what is forgotten: few, since whoever signs in waits for the piece.
const FORGOTTEN_AT_ONCE: u16 = 100;

/// Counts of failures, and what has expired, in one piece: rows that nothing else refers to.
const FAILURES_AT_ONCE: u16 = 500;

/// Pieces in one round, so that an old store is caught up with over many of them.
const PIECES_MAX: usize = 20;

/// Rounds of the sweeper between two looks for what is to be forgotten, once there was nothing left.
const LOOKS_APART: u32 = 60;

impl Innkeeper {
    /// Forgets what is older than it is kept for. False: there was nothing left.
    pub async fn forget(&self) -> Result<bool, ServiceError> {
        let store = &self.inner.store;
        let now = store.now().await?;
        let (before, delivered_before) = (self.inner.retention.forget(now), now - DELIVERED_KEPT_FOR);
        let mails_before = now - DONE_KEPT_FOR;
        let (mut events, mut deliveries, mut failures, mut one_time, mut mails) = (true, true, true, true, true);
        for _ in 0..PIECES_MAX {
            events = events && store.forget(before, FORGOTTEN_AT_ONCE).await?;
            deliveries = deliveries && store.clear_deliveries(delivered_before, FORGOTTEN_AT_ONCE).await?;
            failures = failures && store.forget_failures(now, FAILURES_AT_ONCE).await?;
            one_time = one_time && store.forget_one_time(now, FAILURES_AT_ONCE).await?;
            mails = mails && store.forget_mails(mails_before, FORGOTTEN_AT_ONCE).await?;
            if !events && !deliveries && !failures && !one_time && !mails {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Marks what has lapsed, once; says how many sessions were looked at.
    pub async fn sweep(&self) -> Result<usize, ServiceError> {
        let mut looked_at = 0;
        for _ in 0..ROUNDS_MAX {
            let due = self.inner.store.due(AT_ONCE).await?;
            let mut users: Vec<_> = due.iter().map(|(user, _)| *user).collect();
            users.sort_unstable();
            users.dedup();
            for some in users.chunks(USERS_AT_ONCE) {
                self.inner.ends.mark_lapsed(some.to_vec()).await?;
            }
            // Those that activity has kept alive are looked at again at their new deadline.
            self.inner.store.rearm(due.iter().map(|(_, session)| *session).collect()).await?;
            looked_at += due.len();
            if due.len() < usize::from(AT_ONCE) {
                break;
            }
        }
        Ok(looked_at)
    }

    /// Sweeps until the task is dropped, and follows a place database that is replaced.
    pub async fn keep_sweeping(&self) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut rounds = 0;
        loop {
            tick.tick().await;
            if let Err(error) = self.sweep().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the sweeper could not look; it tries again");
            }
            if rounds == 0 {
                if let Err(error) = self.expire_invitations().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "invitations that have expired could not be marked; it is tried again");
                }
                rounds = match self.forget().await {
                    Ok(true) => 0,
                    Ok(false) => LOOKS_APART,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "what is kept no longer could not be deleted; it is tried again");
                        LOOKS_APART
                    }
                };
            }
            rounds -= u32::from(0 < rounds);
            match self.inner.geo.as_ref().map(|geo| geo.reload_if_changed()) {
                Some(Ok(true)) => tracing::info!("a new database of places is in use"),
                Some(Err(error)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(
                        error,
                        "the database of places could not be read again, and the old one stays in use"
                    );
                }
                _ => {}
            }
        }
    }
}
