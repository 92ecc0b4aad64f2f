//! Tells this node how far the events go: at once of its own, by word of the database of other nodes', and by asking each
//! second whatever was lost on the way.

use super::pool::Pool;
use super::session::{Param, Session, Step};
use super::{Options, Shared, reads, time};
use crate::store::{Position, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tokio_postgres::AsyncMessage;

/// How often the database is asked, whatever it has told.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Other nodes are told at most that often. Each word to them takes a lock that the whole database shares.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// Pause before a lost connection is made anew.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

const CHANNEL: &str = "innkeeper_events";

/// The position of the last event, as it grows.
pub(super) struct News {
    told: watch::Sender<Position>,
    /// The last one that this node has committed itself.
    own: watch::Sender<Position>,
}

impl Default for News {
    fn default() -> Self {
        let at_start = || watch::channel(Position::default()).0;
        Self { told: at_start(), own: at_start() }
    }
}

impl News {
    pub(super) fn told(&self) -> watch::Receiver<Position> {
        self.told.subscribe()
    }

    /// Takes note of a position that somebody has reached.
    pub(super) fn raise(&self, to: Position) {
        raise(&self.told, to);
    }

    /// Takes note of a commit of this node's, of which the others are told, too.
    pub(super) fn committed(&self, to: Position) {
        self.raise(to);
        raise(&self.own, to);
    }
}

fn raise(of: &watch::Sender<Position>, to: Position) {
    of.send_if_modified(|known| {
        let grows = *known < to;
        *known = to.max(*known);
        grows
    });
}

/// Runs as long as the store.
pub(super) async fn follow(shared: Arc<Shared>, pool: Arc<Pool>, options: Options) {
    let mut well = true;
    loop {
        let lost = match pool.connect().await {
            Ok(session) => {
                well = true;
                listen(&shared, session, options).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = lost
            && std::mem::take(&mut well)
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database tells no news; it is asked again");
        }
        sleep(AGAIN_AFTER).await;
    }
}

/// Listens until the connection is lost.
async fn listen(shared: &Shared, mut session: Session, options: Options) -> Result<(), StoreError> {
    // Behind a pooler the word would go to whoever has that connection by then.
    if options.named_statements {
        session.run(&[Step::Plain(format!("LISTEN {CHANNEL}"))]).await?;
    }
    let mut own = shared.news.own.subscribe();
    let (mut to_tell, mut tell_at) = (false, Instant::now());
    let mut ask = interval(ASK_EVERY);
    ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = session.message() => match message {
                Some(AsyncMessage::Notification(word)) => {
                    if let Ok(position) = word.payload().parse() {
                        shared.news.raise(Position(position));
                    }
                }
                Some(_) => {}
                None => return Err(StoreError::Unavailable("the connection was lost".into())),
            },
            changed = own.changed(), if !to_tell => to_tell = changed.is_ok(),
            () = sleep_until(tell_at), if to_tell => {
                let Position(last) = *own.borrow_and_update();
                let tell = Step::ask("SELECT pg_notify($1, $2)", vec![Param::Text(CHANNEL.into()), Param::Text(last.to_string())]);
                session.rows(tell).await?;
                (to_tell, tell_at) = (false, Instant::now() + TELL_EVERY);
            }
            _ = ask.tick() => {
                let rows = session.rows(reads::last_event()).await?;
                for row in &rows {
                    shared.news.raise(time::position(row)?);
                }
            }
        }
    }
}
