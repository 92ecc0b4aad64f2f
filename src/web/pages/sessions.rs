//! `/account/sessions`: somebody's own live sessions, the ones that ended lately, the buttons that end them, and the
//! names that they give their devices.

use super::Chrome;
use super::answer::{Answer, html};
use super::device::DeviceWords;
use crate::client::geo::{AboutPlaces, Credit};
use crate::domain::end::EndReason;
use crate::domain::id::SessionId;
use crate::domain::session::Activity;
use crate::domain::time::Timestamp;
use crate::service::{ServiceError, SessionView, SessionsPage as Part, StateFilter};
use crate::web::extract::{QueryOf, SignedIn};
use crate::web::moment::{Reader, When};
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

/// How long after something was done a page says so: its address may be opened again.
pub(super) const JUST_NOW: Duration = Duration::from_secs(2 * 60);

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
    /// How many live sessions there are, in words.
    pub count: String,
    /// How many of them are elsewhere, in words.
    pub count_others: String,
    /// The live sessions: unfamiliar ones elsewhere first, then the current one, then by last activity.
    pub sessions: Vec<SessionRow>,
    /// Sessions that ended lately, the latest first.
    pub ended: Vec<EndedRow>,
    /// Which of them are listed, in words.
    pub ended_note: String,
    /// In which zone the times are, in words.
    pub times: String,
    /// How the places are known.
    pub places: PlacesNote,
}

impl SessionsPage {
    /// Whether there is a session elsewhere that deserves a look.
    pub fn has_strange(&self) -> bool {
        self.sessions.iter().any(|session| session.unfamiliar && !session.here)
    }

    /// How many live sessions there are beside the current one.
    pub fn others(&self) -> usize {
        self.sessions.iter().filter(|session| !session.here).count()
    }
}

/// Attempts with the right password that the rule refused.
#[derive(Clone, Debug)]
pub struct RefusedAttempts {
    /// How many there were, in words.
    pub sentence: String,
    /// The last of them.
    pub last: When,
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
    /// Whether that counts as now, see [`Reader::is_active_now`].
    pub active_now: bool,
    /// When it ends by itself: if unused, where that comes first, and at the latest.
    pub ends: Vec<Told>,
}

/// An instant in a sentence of its own.
#[derive(Clone, Debug)]
pub struct Told {
    /// The sentence.
    pub sentence: String,
    /// The instant for machines, RFC 3339.
    pub machine: String,
}

/// When a session ends by itself, given its two deadlines.
pub(super) fn ends(reader: &Reader<'_>, idle_deadline: Timestamp, absolute_deadline: Timestamp) -> Vec<Told> {
    let (idle, latest) = (reader.when(idle_deadline), reader.when(absolute_deadline));
    let say = |key, name, value: String| reader.language.tell(key, &[(name, value.into())]);
    if idle_deadline >= absolute_deadline {
        return vec![Told { sentence: say("ends-by-itself", "latest", latest.clock), machine: latest.machine }];
    }
    vec![
        Told { sentence: say("ends-if-unused", "when", idle.relative), machine: idle.machine },
        Told { sentence: say("ends-at-latest", "latest", latest.clock), machine: latest.machine },
    ]
}

/// A session that is over.
#[derive(Clone, Debug)]
pub struct EndedRow {
    /// What it was signed in from.
    pub device: DeviceWords,
    /// When it ended.
    pub at: Told,
    /// Why, see [`text::end_reason`].
    pub reason: String,
}

/// How places are known, and from whom.
#[derive(Clone, Debug)]
pub struct PlacesNote {
    /// The sentence.
    pub sentence: String,
    /// Whose data they are, where the data's licence asks for that.
    pub credits: Vec<Credit>,
}

impl PlacesNote {
    fn new(reader: &Reader<'_>, data: Option<AboutPlaces>) -> Self {
        let Some(data) = data else {
            return Self { sentence: reader.language.say("places-none"), credits: Vec::new() };
        };
        let date = reader.date(data.built_at);
        Self { sentence: reader.language.tell("places-of", &[("date", date.into())]), credits: data.credits }
    }
}

impl SessionRow {
    /// A live session as the person sees it. Their own has the times of this very request.
    pub(super) fn new(viewer: &SignedIn, view: &SessionView) -> Self {
        let here = view.id == viewer.session.id;
        let activity = if here { viewer.session.activity } else { view.activity };
        Self::told(&viewer.reader(), view, (activity, here))
    }

    /// A live session, told to a reader, with its times and whether it is the one that they are in.
    pub(super) fn told(reader: &Reader<'_>, view: &SessionView, (activity, here): (Activity, bool)) -> Self {
        Self {
            id: view.id.to_string(),
            device: DeviceWords::new(reader.language, view),
            here,
            unfamiliar: view.unfamiliar,
            signed_in: reader.when(view.created_at),
            last_active: reader.when(activity.last_active_at),
            active_now: reader.is_active_now(activity.last_active_at),
            ends: ends(reader, activity.idle_deadline, view.absolute_deadline),
        }
    }
}

impl EndedRow {
    fn new(reader: &Reader<'_>, view: &SessionView) -> Option<Self> {
        let (at, reason) = view.end?;
        let reason = text::end_reason(reader.language, reason, view.ended_by_role);
        Some(Self { device: DeviceWords::new(reader.language, view), at: ended_at(reader, at), reason })
    }
}

/// When a session ended, in words.
pub(super) fn ended_at(reader: &Reader<'_>, at: Timestamp) -> Told {
    let when = reader.when(at);
    Told { sentence: reader.language.tell("ended-at", &[("at", when.clock.into())]), machine: when.machine }
}

/// What an action did, as the address of the next page says it. It names facts; the catalogue has the words.
pub(super) enum Done {
    /// This session was ended.
    Terminated(SessionId),
    /// It was over already.
    Over(SessionId),
    /// So many others were ended.
    Others(u16),
    /// The device of this session was given a name, or lost it.
    Named(SessionId),
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Done::Terminated(id) => write!(f, "terminated-{id}"),
            Done::Over(id) => write!(f, "over-{id}"),
            Done::Others(count) => write!(f, "others-{count}"),
            Done::Named(id) => write!(f, "named-{id}"),
        }
    }
}

impl Done {
    fn parse(text: &str) -> Option<Self> {
        let (what, of) = text.split_once('-')?;
        match what {
            "terminated" => SessionId::new(of).ok().map(Done::Terminated),
            "over" => SessionId::new(of).ok().map(Done::Over),
            "named" => SessionId::new(of).ok().map(Done::Named),
            "others" => of.parse().ok().map(Done::Others),
            _ => None,
        }
    }

    /// The sentence, as far as it is true: whoever made up the address of this page may have made up what it claims.
    async fn said(
        &self,
        signed_in: &SignedIn,
        (ended, others): (&[SessionView], usize),
    ) -> Result<Option<String>, ServiceError> {
        let (language, now) = (signed_in.visit.language(), signed_in.session.now);
        let own = async |id: &SessionId| {
            let found = signed_in.visit.app.innkeeper().session(id).await?;
            Ok::<_, ServiceError>(found.filter(|view| view.user_no == signed_in.view.user_no))
        };
        let just_ended = |view: &&SessionView| {
            view.end.is_some_and(|(at, reason)| reason == EndReason::TerminatedByUser && now < at + JUST_NOW)
        };
        Ok(match self {
            Done::Over(id) => own(id).await?.filter(|view| view.end.is_some()).map(|_| language.say("done-over")),
            Done::Others(0) => (others == 0).then(|| language.count("done-others", 0)),
            Done::Others(count) => {
                let most = u64::from(*count).min(ENDED_MAX.into());
                let true_of = ended.iter().filter(just_ended).count() as u64;
                (most <= true_of).then(|| language.count("done-others", (*count).into()))
            }
            Done::Terminated(id) => own(id).await?.as_ref().filter(just_ended).map(|view| {
                language.tell("done-terminated", &[("device", DeviceWords::new(language, view).called().into())])
            }),
            Done::Named(id) => own(id).await?.map(|view| match DeviceWords::new(language, &view) {
                named @ DeviceWords { name: Some(_), .. } => {
                    language.tell("done-named", &[("name", named.called().into())])
                }
                _ => language.say("done-unnamed"),
            }),
        })
    }
}

/// The query of `/account/sessions`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

/// `/account/sessions`.
pub(super) async fn show(signed_in: SignedIn, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let done = asked.done.as_deref().and_then(Done::parse);
    Ok(html(StatusCode::OK, &page(&signed_in, done).await?))
}

async fn page(signed_in: &SignedIn, done: Option<Done>) -> Result<SessionsPage, ServiceError> {
    let reader = signed_in.reader();
    let (now, language) = (reader.now, reader.language);
    let mut live = own(signed_in, StateFilter::Live, LIVE_MAX).await?;
    let here = |view: &SessionView| view.id == signed_in.session.id;
    // What deserves a look comes first: the session that looks at the page is known to whoever reads it.
    let strange = |view: &SessionView| view.unfamiliar && !here(view);
    live.sort_by_key(|view| (!strange(view), !here(view), Reverse(view.activity.last_active_at)));
    let others = live.iter().filter(|view| !here(view)).count();
    let innkeeper = signed_in.visit.app.innkeeper();
    let ended = innkeeper.ended_lately(&signed_in.view, now - ENDED_FOR, ENDED_MAX).await?;
    let refused = innkeeper.refusals(signed_in.view.user_no, signed_in.view.created_at).await?;
    let notice = match done {
        Some(done) => done.said(signed_in, (&ended, others)).await?,
        None => None,
    };
    Ok(SessionsPage {
        chrome: signed_in.chrome(),
        notice,
        refused: refused.last.map(|last| RefusedAttempts {
            sentence: language.count("refused-attempts", refused.count),
            last: reader.when(last),
        }),
        count: language.count("sessions-count", live.len() as u64),
        count_others: language.count("sessions-count", others as u64),
        sessions: live.iter().map(|view| SessionRow::new(signed_in, view)).collect(),
        ended: ended.iter().filter_map(|view| EndedRow::new(&reader, view)).collect(),
        times: language.tell("times-in", &[("zone", reader.zone.into())]),
        ended_note: language.say(if ended.len() < ENDED_MAX.into() { "ended-intro" } else { "ended-intro-most" }),
        places: PlacesNote::new(&reader, innkeeper.places()),
    })
}

/// How many live sessions they have besides this one.
pub(super) async fn others_of(signed_in: &SignedIn) -> Result<u64, ServiceError> {
    let live = own(signed_in, StateFilter::Live, LIVE_MAX).await?;
    Ok(live.iter().filter(|view| view.id != signed_in.session.id).count() as u64)
}

/// Sessions of whoever is signed in, newest first.
pub(super) async fn own(
    signed_in: &SignedIn,
    state: StateFilter,
    limit: u16,
) -> Result<Vec<SessionView>, ServiceError> {
    let innkeeper = signed_in.visit.app.innkeeper();
    let part = Part { before: None, limit };
    Ok(innkeeper.sessions_of_user(&signed_in.session.user.id, state, part).await?.unwrap_or_default())
}
