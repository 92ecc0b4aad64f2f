//! `/account/sessions`: somebody's own live sessions, the ones that ended lately, and the buttons that end them.

use super::Chrome;
use crate::domain::device::DeviceKind;
use crate::domain::time::Timestamp;
use crate::web::moment::When;
use crate::web::text;
use askama::Template;

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
    /// The live sessions: unfamiliar ones first, then the current one, then by last activity.
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
