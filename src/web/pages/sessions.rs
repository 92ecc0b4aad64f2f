//! `/account/sessions`: somebody's own live sessions, the ones that ended lately, and the buttons that end them.

use super::Chrome;
use super::answer::{Answer, html};
use crate::client::geo::{Located, locate};
use crate::domain::device::{DeviceKind, Place};
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::service::{ServiceError, SessionView, SessionsPage as Part, StateFilter};
use crate::web::extract::{QueryOf, SignedIn};
use crate::web::moment::{When, is_active_now};
use crate::web::text;
use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

/// How long ended sessions stay on the page.
const ENDED_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Most ended sessions on the page.
const ENDED_MAX: u16 = 20;

/// Most live sessions on the page.
const LIVE_MAX: u16 = 200;

/// The active-sessions page.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// Sign-ins that were refused while this session was live.
    pub refused: Option<RefusedAttempts>,
    /// The live sessions: unfamiliar ones elsewhere first, then the current one, then by last activity.
    pub sessions: Vec<SessionRow>,
    /// Sessions that ended lately, the latest first.
    pub ended: Vec<EndedRow>,
    /// The zone of all times here, such as `Australia/Brisbane`.
    pub zone: String,
}

impl SessionsPage {
    /// How many live sessions there are beside the current one.
    pub fn others(&self) -> usize {
        self.sessions.iter().filter(|session| !session.here).count()
    }
}

/// Attempts with the right password that the rule refused.
#[derive(Clone, Debug)]
pub struct RefusedAttempts {
    /// How many there were.
    pub count: u64,
    /// The last of them.
    pub last: When,
}

/// What a session was signed in from, for a person to recognise.
#[derive(Clone, Debug)]
pub struct DeviceWords {
    /// Kind of device: the icon, and its word.
    pub kind: DeviceKind,
    /// Such as "Firefox on Windows", see [`text::device`].
    pub name: String,
    /// Such as "Cairns, Australia", see [`text::place`], or [`text::PLACE_PRIVATE`].
    pub place: String,
    /// Whether the place is a guess, which it is unless it is unknown or a private network.
    pub approximate: bool,
    /// The address, shown on demand.
    pub address: Option<String>,
}

/// A live session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its public id.
    pub id: String,
    /// What it was signed in from.
    pub device: DeviceWords,
    /// Whether this very page was asked for with it.
    pub here: bool,
    /// Whether device and country were never seen before for this user.
    pub unfamiliar: bool,
    /// When it began.
    pub signed_in: When,
    /// When it was last used.
    pub last_active: When,
    /// Whether that counts as now, see [`crate::web::moment::is_active_now`].
    pub active_now: bool,
    /// When it ends by itself.
    pub ends: Ends,
}

/// When a session ends by itself.
#[derive(Clone, Debug)]
pub struct Ends {
    /// Its idle end, such as "in 3 minutes", where that comes before its last end.
    pub if_unused: Option<When>,
    /// Its last end, however active it is.
    pub latest: When,
}

impl Ends {
    /// The two deadlines of a session as they are told at `now` to somebody in `zone`.
    pub fn new(now: Timestamp, idle_deadline: Timestamp, absolute_deadline: Timestamp, zone: &str) -> Self {
        Self {
            if_unused: (idle_deadline < absolute_deadline).then(|| When::new(now, idle_deadline, zone)),
            latest: When::new(now, absolute_deadline, zone),
        }
    }
}

/// A session that is over.
#[derive(Clone, Debug)]
pub struct EndedRow {
    /// What it was signed in from.
    pub device: DeviceWords,
    /// When it ended.
    pub at: When,
    /// Why, see [`text::end_reason`].
    pub reason: String,
}

impl DeviceWords {
    fn new(view: &SessionView) -> Self {
        let is_private = || {
            let ip = view.ip.as_deref().and_then(|ip| ip.parse().ok());
            ip.is_some_and(|ip| matches!(locate(None, ip), Located::Private))
        };
        let known = view.place != Place::default();
        let place = if !known && is_private() { text::PLACE_PRIVATE.to_owned() } else { text::place(&view.place) };
        Self {
            kind: view.device.kind,
            name: text::device(&view.device.browser, &view.device.system),
            place,
            approximate: known,
            address: view.ip.clone(),
        }
    }
}

impl SessionRow {
    /// A live session as the person sees it. Their own has the times of this very request.
    pub(super) fn new(viewer: &SignedIn, view: &SessionView) -> Self {
        let (now, zone) = (viewer.session.now, viewer.zone());
        let here = view.id == viewer.session.id;
        let activity = if here { viewer.session.activity } else { view.activity };
        Self {
            id: view.id.to_string(),
            device: DeviceWords::new(view),
            here,
            unfamiliar: view.unfamiliar,
            signed_in: When::new(now, view.created_at, zone),
            last_active: When::new(now, activity.last_active_at, zone),
            active_now: is_active_now(now, activity.last_active_at),
            ends: Ends::new(now, activity.idle_deadline, view.absolute_deadline, zone),
        }
    }
}

/// What an action did, as the address of the next page says it. It names facts; the catalogue has the words.
pub(super) enum Done {
    /// This session was ended.
    Terminated(SessionId),
    /// It was over already.
    Over,
    /// So many others were ended.
    Others(u64),
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Done::Terminated(id) => write!(f, "terminated-{id}"),
            Done::Over => f.write_str("over"),
            Done::Others(count) => write!(f, "others-{count}"),
        }
    }
}

impl Done {
    fn parse(text: &str) -> Option<Self> {
        if text == "over" {
            return Some(Done::Over);
        }
        if let Some(id) = text.strip_prefix("terminated-") {
            return SessionId::new(id).ok().map(Done::Terminated);
        }
        let count: u16 = text.strip_prefix("others-")?.parse().ok()?;
        Some(Done::Others(count.into()))
    }

    /// The sentence, as far as it is true: whoever made up the address of this page may have made up the session.
    fn said(&self, ended: &[SessionView]) -> Option<String> {
        match self {
            Done::Over => Some(text::ALREADY_OVER.to_owned()),
            Done::Others(count) => Some(text::ended_others(*count)),
            Done::Terminated(id) => {
                let view = ended.iter().find(|view| view.id == *id)?;
                Some(text::terminated(&DeviceWords::new(view).name))
            }
        }
    }
}

/// The query of `/account/sessions`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

/// `/account/sessions`.
pub(super) async fn show(signed_in: SignedIn, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let (now, zone) = (signed_in.session.now, signed_in.zone());
    let mut live = own(&signed_in, StateFilter::Live, LIVE_MAX).await?;
    let here = |view: &SessionView| view.id == signed_in.session.id;
    // What deserves a look comes first: the session that looks at the page is known to whoever reads it.
    let strange = |view: &SessionView| view.unfamiliar && !here(view);
    live.sort_by_key(|view| (!strange(view), !here(view), Reverse(view.activity.last_active_at)));
    let ended_at = |view: &SessionView| view.end.map_or(now, |(at, _)| at);
    let mut ended = own(&signed_in, StateFilter::Ended(now - ENDED_FOR), ENDED_MAX).await?;
    ended.sort_by_key(|view| Reverse(ended_at(view)));
    let since = signed_in.view.created_at;
    let refused = signed_in.visit.app.innkeeper().refusals(signed_in.view.user_no, since).await?;
    let page = SessionsPage {
        chrome: signed_in.chrome(),
        notice: asked.done.as_deref().and_then(Done::parse).and_then(|done| done.said(&ended)),
        refused: refused.last.map(|last| RefusedAttempts { count: refused.count, last: When::new(now, last, zone) }),
        sessions: live.iter().map(|view| SessionRow::new(&signed_in, view)).collect(),
        ended: ended.iter().filter_map(|view| ended_row(view, now, zone)).collect(),
        zone: zone.to_owned(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn ended_row(view: &SessionView, now: Timestamp, zone: &str) -> Option<EndedRow> {
    let (at, reason) = view.end?;
    let (device, reason) = (DeviceWords::new(view), text::end_reason(reason).to_owned());
    Some(EndedRow { device, at: When::new(now, at, zone), reason })
}

/// How many live sessions they have besides this one.
pub(super) async fn others_of(signed_in: &SignedIn) -> Result<usize, ServiceError> {
    let live = own(signed_in, StateFilter::Live, LIVE_MAX).await?;
    Ok(live.iter().filter(|view| view.id != signed_in.session.id).count())
}

async fn own(signed_in: &SignedIn, state: StateFilter, limit: u16) -> Result<Vec<SessionView>, ServiceError> {
    let innkeeper = signed_in.visit.app.innkeeper();
    let part = Part { before: None, limit };
    Ok(innkeeper.sessions_of_user(&signed_in.session.user.id, state, part).await?.unwrap_or_default())
}
