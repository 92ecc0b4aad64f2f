//! A lane: what waits is taken as one batch, and while that is under way the next one gathers.

use super::ServiceError;
use crate::store::StoreError;
use std::future::Future;
use tokio::sync::{mpsc, oneshot};

/// Commands that may wait in one lane before callers are turned away.
const WAITING_MAX: usize = 1_024;

/// Commands in one batch, so that no batch holds the store for long.
const BATCH_MAX: usize = 64;

/// A command and the way back to whoever asked.
pub(super) struct Asked<C, A> {
    pub(super) command: C,
    answer: oneshot::Sender<Result<A, ServiceError>>,
}

impl<C, A> Asked<C, A> {
    /// A command, and where its answer will arrive.
    pub(super) fn new(command: C) -> (Self, oneshot::Receiver<Result<A, ServiceError>>) {
        let (answer, told) = oneshot::channel();
        (Self { command, answer }, told)
    }

    /// Tells whoever asked; they may have gone.
    pub(super) fn answer(self, answer: Result<A, ServiceError>) {
        self.answer.send(answer).ok();
    }
}

/// The way into a lane. Whoever waits may go away: the lane owns the transaction and ends it properly.
pub(super) struct Gatherer<C, A> {
    queue: mpsc::Sender<Asked<C, A>>,
}

impl<C: Send + 'static, A: Send + 'static> Gatherer<C, A> {
    /// Starts a lane that runs batches one after the other until every way into it is gone.
    pub(super) fn start<F>(mut run: impl FnMut(Vec<Asked<C, A>>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let (queue, mut waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(async move {
            loop {
                let mut batch = Vec::new();
                if waiting.recv_many(&mut batch, BATCH_MAX).await == 0 {
                    break;
                }
                run(batch).await;
            }
        });
        Self { queue }
    }

    /// Asks and waits.
    pub(super) async fn ask(&self, command: C) -> Result<A, ServiceError> {
        let (asked, told) = Asked::new(command);
        self.queue.try_send(asked).map_err(|_| ServiceError::Busy)?;
        told.await.map_err(|_| ServiceError::Busy)?
    }
}

/// Tells everybody in a batch what came of it.
pub(super) fn answer<C, A>(batch: Vec<Asked<C, A>>, answers: Result<Vec<A>, StoreError>) {
    match answers {
        Ok(answers) => batch.into_iter().zip(answers).for_each(|(asked, answer)| asked.answer(Ok(answer))),
        Err(error) => {
            let error = ServiceError::from(error);
            batch.into_iter().for_each(|asked| asked.answer(Err(error.clone())));
        }
    }
}
