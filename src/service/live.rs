//! Tells whoever has a page open what happens to them. One task of this node reads the events, each once, and says to each
//! page what concerns it; where no page is open it does not run.
//!
//! What is said is only that something happened: a page that is told looks for itself. So whatever happens while a page is
//! slow to listen adds up to one word, and nothing waits for it.

use super::{Innkeeper, LiveSession, ServiceError};
use crate::domain::event::kind;
use crate::domain::id::{AccountId, SessionId, UserId, UserNo};
use crate::domain::permission::{Action, may};
use crate::domain::time::Timestamp;
use crate::store::{Event, EventsOf, Position, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

/// Most pages of one user that are told.
const OF_ONE_USER_MAX: usize = 16;

/// Events in one look.
const AT_ONCE: u16 = 200;

/// Pause between two looks, so that a busy store is not asked after each of its commits.
const LOOKS_APART: Duration = Duration::from_millis(25);

/// Pause before a store that failed is asked again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// How long a store that has just been opened may take to say how far its events go.
const KNOWN_WITHIN: Duration = Duration::from_secs(2);

/// What has happened so far to one session, its user, and their account. Counts only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How often a list of sessions that this user may see has changed.
    pub lists: u64,
    /// How often a sign-in as this user was refused.
    pub refused: u64,
    /// When the last of those was.
    pub refused_at: Option<Timestamp>,
    /// Whether the session has ended.
    pub ended: bool,
    /// Whether its token or its user has changed, so that who may be told what has to be asked anew.
    pub changed: bool,
}

/// Who is told.
#[derive(Clone, Debug)]
struct Who {
    session: SessionId,
    user: UserId,
    /// The account whose sessions they may see beside their own.
    account: Option<AccountId>,
}

impl Who {
    fn of(session: &LiveSession) -> Self {
        let user = &session.user;
        let sees_all = may(user.role, Action::SeeTeam);
        let account = user.account_id.clone().filter(|_| sees_all);
        Self { session: session.id.clone(), user: user.id.clone(), account }
    }

    /// Adds what an event means to them.
    fn add(&self, told: &mut Told, event: &Event) {
        let kind = event.kind.as_str();
        let (own, this) =
            (event.user_id.as_ref() == Some(&self.user), event.session_id.as_ref() == Some(&self.session));
        let seen = own || (event.account_id.is_some() && event.account_id == self.account);
        if seen && [kind::SESSION_STARTED, kind::SESSION_ENDED, kind::DEVICE_NAMED].contains(&kind) {
            told.lists += 1;
        }
        if own && kind == kind::SIGN_IN_REFUSED {
            told.refused += 1;
            told.refused_at = told.refused_at.max(Some(event.at));
        }
        told.ended |= this && kind == kind::SESSION_ENDED;
        // An application's word changes no token. Those pages come back once for nothing.
        let rotated = this && [kind::TOKEN_ROTATED, kind::SESSION_STEPPED_UP].contains(&kind);
        told.changed |= rotated || (own && kind == kind::USER_CHANGED);
    }

    fn concerns(&self) -> impl Iterator<Item = Concern> {
        let account = self.account.clone().map(Concern::Account);
        std::iter::once(Concern::User(self.user.clone())).chain(account)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Concern {
    User(UserId),
    Account(AccountId),
}

struct Entry {
    who: Who,
    told: watch::Sender<Told>,
}

#[derive(Default)]
struct Listeners {
    /// Every event up to here has been handed out.
    after: Position,
    following: bool,
    last_no: u64,
    count: usize,
    by_concern: HashMap<Concern, HashMap<u64, Arc<Entry>>>,
}

impl Listeners {
    fn hand_out(&mut self, event: &Event) {
        self.after = self.after.max(event.position);
        let user = event.user_id.clone().map(Concern::User);
        let account = event.account_id.clone().map(Concern::Account);
        let mut those: HashMap<u64, &Arc<Entry>> = HashMap::new();
        for concern in [user, account].into_iter().flatten() {
            those.extend(self.by_concern.get(&concern).into_iter().flatten().map(|(no, entry)| (*no, entry)));
        }
        for entry in those.into_values() {
            entry.told.send_if_modified(|told| {
                let before = *told;
                entry.who.add(told, event);
                *told != before
            });
        }
    }

    fn remove(&mut self, no: u64, who: &Who) {
        for concern in who.concerns() {
            if let Some(some) = self.by_concern.get_mut(&concern) {
                some.remove(&no);
                if some.is_empty() {
                    self.by_concern.remove(&concern);
                }
            }
        }
        self.count -= 1;
    }
}

/// The pages that are told, and the task that tells them.
pub(super) struct Live {
    store: Arc<dyn Store>,
    /// Most pages at once.
    most: usize,
    listeners: Mutex<Listeners>,
    /// Wakes the task when the last page has gone.
    empty: Notify,
}

impl Live {
    pub(super) fn new(store: Arc<dyn Store>, most: usize) -> Arc<Self> {
        Arc::new(Self { store, most, listeners: Mutex::default(), empty: Notify::new() })
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a session's page listen. Whatever was committed before this returns is seen by a look after it, and whatever is
    /// committed later is told.
    async fn listen(self: &Arc<Self>, session: &LiveSession) -> Result<Option<Listener>, ServiceError> {
        let mut news = self.store.news();
        let known = timeout(KNOWN_WITHIN, news.wait_for(|last| *last > Position::default())).await;
        if !known.is_ok_and(|last| last.is_ok()) {
            return Err(ServiceError::Busy);
        }
        let who = Who::of(session);
        let mut listeners = self.listeners();
        let of_user = listeners.by_concern.get(&Concern::User(who.user.clone())).map_or(0, HashMap::len);
        if of_user >= OF_ONE_USER_MAX || listeners.count >= self.most {
            return Ok(None);
        }
        if !listeners.following {
            (listeners.following, listeners.after) = (true, *news.borrow_and_update());
            tokio::spawn(self.clone().follow(news));
        }
        listeners.last_no += 1;
        listeners.count += 1;
        let no = listeners.last_no;
        let (tell, told) = watch::channel(Told::default());
        let entry = Arc::new(Entry { who: who.clone(), told: tell });
        for concern in who.concerns() {
            listeners.by_concern.entry(concern).or_default().insert(no, entry.clone());
        }
        let since = listeners.after;
        drop(listeners);
        Ok(Some(Listener { live: self.clone(), no, who, told, since }))
    }

    /// Hands out events as long as anybody listens.
    async fn follow(self: Arc<Self>, mut news: watch::Receiver<Position>) {
        let mut well = true;
        loop {
            let after = {
                let mut listeners = self.listeners();
                if listeners.count == 0 {
                    listeners.following = false;
                    return;
                }
                listeners.after
            };
            let events = match self.store.events(EventsOf::All, after, AT_ONCE).await {
                Ok(events) => events,
                Err(error) => {
                    if std::mem::take(&mut well) {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "open pages are not told what happens; the store is asked again");
                    }
                    sleep(AGAIN_AFTER).await;
                    continue;
                }
            };
            well = true;
            let all = events.len() < usize::from(AT_ONCE);
            self.hand_out(&events);
            if all {
                sleep(LOOKS_APART).await;
                tokio::select! {
                    // The store outlives this task, which holds it.
                    _ = news.changed() => {}
                    () = self.empty.notified() => {}
                }
            }
        }
    }

    fn hand_out(&self, events: &[Event]) {
        let mut listeners = self.listeners();
        events.iter().for_each(|event| listeners.hand_out(event));
    }

    /// How many pages listen.
    fn count(&self) -> usize {
        self.listeners().count
    }
}

/// A page that is told. Dropped, it is told no more.
pub struct Listener {
    live: Arc<Live>,
    no: u64,
    who: Who,
    told: watch::Receiver<Told>,
    since: Position,
}

impl Listener {
    /// After which event it listens.
    pub fn since(&self) -> Position {
        self.since
    }

    /// What it has been told so far.
    pub fn so_far(&self) -> Told {
        *self.told.borrow()
    }

    /// Waits until there is more.
    pub async fn more(&mut self) -> Told {
        // The other end lives as long as this one does.
        let _ = self.told.changed().await;
        *self.told.borrow_and_update()
    }

    /// An event up to which everything that concerns it was seen in what [`Listener::more`] has returned; `None` where
    /// there is more to be seen.
    pub fn seen_to(&self) -> Option<Position> {
        let listeners = self.live.listeners();
        let all_seen = !self.told.has_changed().unwrap_or(true);
        all_seen.then_some(listeners.after)
    }

    /// What was there to be told between an earlier event and the one after which this listens. Where too much has happened
    /// meanwhile to look through, whoever sees a whole account is told that its list has changed.
    pub async fn missed(&self, user: UserNo, after: Position) -> Result<Told, ServiceError> {
        let mut told = Told::default();
        if after >= self.since {
            return Ok(told);
        }
        let few = self.since.0.saturating_sub(after.0) <= i64::from(AT_ONCE);
        let of = if few { EventsOf::All } else { EventsOf::User(user) };
        let events = self.live.store.events(of, after, AT_ONCE).await?;
        for event in events.iter().filter(|event| event.position <= self.since) {
            self.who.add(&mut told, event);
        }
        told.lists += u64::from(!few && (self.who.account.is_some() || events.len() == usize::from(AT_ONCE)));
        Ok(told)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = self.live.listeners();
        listeners.remove(self.no, &self.who);
        if listeners.count == 0 {
            self.live.empty.notify_one();
        }
    }
}

impl Innkeeper {
    /// Lets an open page be told what happens to its session, its user, and the sessions that they may see. `None` where as
    /// many as there may be are told already.
    pub async fn listen(&self, session: &LiveSession) -> Result<Option<Listener>, ServiceError> {
        self.inner.live.listen(session).await
    }

    /// How many open pages are told.
    pub fn listeners(&self) -> usize {
        self.inner.live.count()
    }
}
