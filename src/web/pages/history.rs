//! `/account/activity`: what happened to somebody and, for an owner, in the whole account; and the same as a file.

mod file;

mod teller;

mod wanted;

pub(super) use file::file;

use self::teller::{Teller, called};
use self::wanted::{Asked, OfAccount, Wanted, sees_accounts};
use super::Chrome;
use super::answer::{Answer, html};
use super::device::DeviceWords;
use super::sessions::JUST_NOW;
use crate::domain::end::EndReason;
use crate::domain::event::kind;
use crate::service::{Event, HistoryEntry, HistoryOf, ServiceError};
use crate::web::extract::{QueryOf, SignedIn};
use crate::web::moment::{Reader, When, duration};
use crate::web::text::{self, Group, Happened, Language, event_data};
use askama::Template;
use axum::http::StatusCode;

/// Entries on a page.
const ENTRIES: u16 = 50;

/// Path of the page.
const PAGE: &str = "/account/activity";

/// Path of the file.
const FILE: &str = "/account/activity.csv";

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "history.html")]
pub struct HistoryPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What it is called.
    pub title: String,
    /// What is on it, and for how long.
    pub intro: String,
    /// One's own and the account's, for whoever may see both; otherwise nothing.
    pub whose: Vec<Choice>,
    /// Everything, and the groups by which it can be narrowed.
    pub groups: Vec<Choice>,
    /// Of whom alone something is shown, in words, and the way back to everybody.
    pub only: Option<Choice>,
    /// What happened, newest first.
    pub entries: Vec<EntryRow>,
    /// What is said where nothing is shown.
    pub nothing: String,
    /// Where the newest is, on a page that begins with something older.
    pub newest: Option<String>,
    /// Where it goes on with what is older.
    pub older: Option<String>,
    /// Where the file is.
    pub file: String,
    /// In which zone the times are, in words.
    pub times: String,
}

/// A way to another part of the history.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Whether it is what the page shows.
    pub here: bool,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// Its drawing.
    pub icon: &'static str,
    /// What happened.
    pub what: Happened,
    /// Whom it concerns, in the history of an account.
    pub whom: Option<Whom>,
    /// Who did it, in words.
    pub by: String,
    /// Reference of a refusal.
    pub reference: Option<String>,
    /// From what it was done, or to what, and where that was.
    pub device: Option<DeviceWords>,
    /// When.
    pub at: When,
    /// Whether it came from a device and a country never seen before.
    pub unfamiliar: bool,
    /// Whether it deserves a look.
    pub look: bool,
}

/// Somebody in the history of an account.
#[derive(Clone, Debug)]
pub struct Whom {
    /// What they are called.
    pub name: String,
    /// Where only what concerns them is shown; nowhere for somebody who was removed.
    pub href: Option<String>,
}

/// The drawing for a kind of event.
pub(super) fn icon(kind: &str) -> &'static str {
    match Group::of(kind) {
        Some(Group::SignIns) => "key",
        Some(Group::Refused) => "notice",
        Some(Group::Ended) => "door",
        Some(Group::People) => "somebody",
        Some(Group::Security) => "lock",
        None => "unknown",
    }
}

/// Everything, and each group, as far as it is anything of theirs.
pub(super) fn groups(language: Language, base: &str, wanted: &Wanted) -> Vec<Choice> {
    let choice = |group: Option<Group>| {
        let key = match group {
            None => "history-group-all",
            Some(Group::SignIns) => "history-group-sign-ins",
            Some(Group::Refused) => "history-group-refused",
            Some(Group::Ended) => "history-group-ended",
            Some(Group::People) if wanted.account.is_some() => "history-group-people",
            Some(Group::People) => "history-group-login",
            Some(Group::Security) => "history-group-security",
        };
        let href = Wanted { group, before: None, ..wanted.clone() }.address(base, PAGE);
        Choice { label: language.say(key), href, here: group == wanted.group }
    };
    [None].into_iter().chain(Group::ALL.map(Some)).map(choice).collect()
}

/// One's own history and the account's.
fn whose(signed_in: &SignedIn, base: &str, wanted: &Wanted) -> Vec<Choice> {
    let language = signed_in.visit.language();
    let Some(account) = signed_in.account.as_ref().filter(|_| sees_accounts(signed_in)) else { return Vec::new() };
    let of = Some(OfAccount { no: account.no, person: None });
    let choice = |key, account: Option<OfAccount>| Choice {
        label: language.say(key),
        here: account.is_some() == wanted.account.is_some(),
        href: Wanted { account, ..Wanted::default() }.address(base, PAGE),
    };
    vec![choice("history-yours", None), choice("history-account", of)]
}

/// What happened, told to whoever is signed in, in the time of a reader.
pub(super) fn told(signed_in: &SignedIn, reader: &Reader<'_>, entry: &HistoryEntry) -> EntryRow {
    let (teller, event) = (Teller::new(signed_in), &entry.event);
    let unfamiliar = event_data(event).contains_key("unfamiliar");
    EntryRow {
        icon: icon(&event.kind),
        what: teller.what(entry),
        whom: None,
        by: teller.by(entry),
        reference: event.reference.clone(),
        device: teller.device(entry),
        at: reader.when(event.at),
        unfamiliar,
        look: unfamiliar || [kind::SIGN_IN_REFUSED, kind::SECOND_FACTOR_FAILED].contains(&event.kind.as_str()),
    }
}

fn row(signed_in: &SignedIn, wanted: &Wanted, entry: &HistoryEntry) -> EntryRow {
    let event = &entry.event;
    let base = signed_in.visit.app.site().base();
    let whom = event.user_id.as_ref().filter(|_| wanted.account.is_some()).map(|id| Whom {
        name: called(&entry.user, Some(id.as_str())),
        href: (!entry.user_removed).then(|| wanted.newest_of_it().address_of(base, PAGE, Some(id.as_str()))),
    });
    EntryRow { whom, ..told(signed_in, &signed_in.reader(), entry) }
}

/// What whoever is signed in has just done in their account, of one kind, the latest first and so far as a page may say so.
pub(super) async fn just_done(signed_in: &SignedIn, kind: &str) -> Result<Vec<Event>, ServiceError> {
    match &signed_in.account {
        Some(account) => just_done_to(signed_in, HistoryOf::Account(account.no), kind).await,
        None => Ok(Vec::new()),
    }
}

/// The same in their own history.
pub(super) async fn just_done_by_oneself(signed_in: &SignedIn, kind: &str) -> Result<Vec<Event>, ServiceError> {
    just_done_to(signed_in, HistoryOf::User(signed_in.view.user_no), kind).await
}

/// The same in any history.
async fn just_done_to(signed_in: &SignedIn, of: HistoryOf, kind: &str) -> Result<Vec<Event>, ServiceError> {
    let innkeeper = signed_in.visit.app.innkeeper();
    let lately = innkeeper.history(of, &[kind], None, ENTRIES).await?;
    let mut events: Vec<Event> = lately.entries.into_iter().map(|entry| entry.event).collect();
    let (me, now) = (signed_in.session.user.id.as_str(), signed_in.session.now);
    events.retain(|event| event.actor_id.as_deref() == Some(me) && now < event.at + JUST_NOW);
    Ok(events)
}

/// What a page says of sessions that its reader has just ended for this reason, as `done` claims: `session-` and its id,
/// or `people-` and how many ended. Whoever made up an address may have made up what it claims.
pub(super) async fn just_ended(
    signed_in: &SignedIn,
    (of, reason): (HistoryOf, EndReason),
    done: Option<&str>,
) -> Result<Option<String>, ServiceError> {
    let language = signed_in.visit.language();
    let Some((what, which)) = done.and_then(|done| done.split_once('-')) else { return Ok(None) };
    let mut ended = just_done_to(signed_in, of, kind::SESSION_ENDED).await?;
    ended.retain(|event| event.reason.as_deref() == Some(reason.as_str()));
    let is_it = |event: &Event| event.session_id.as_ref().is_some_and(|id| id.as_str() == which);
    Ok(match (what, which.parse::<u16>()) {
        ("session", _) if ended.iter().any(is_it) => Some(language.say("team-done-one")),
        // So many are looked at, and no more.
        ("people", Ok(count)) if usize::from(count.min(ENTRIES)) <= ended.len() => {
            Some(language.count("team-done-many", count.into()))
        }
        _ => None,
    })
}

/// `/account/activity`.
pub(super) async fn show(signed_in: SignedIn, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let wanted = Wanted::new(&signed_in, &asked).await?;
    Ok(html(StatusCode::OK, &page(&signed_in, &wanted).await?))
}

async fn page(signed_in: &SignedIn, wanted: &Wanted) -> Result<HistoryPage, ServiceError> {
    let innkeeper = signed_in.visit.app.innkeeper();
    let (reader, base) = (signed_in.reader(), signed_in.visit.app.site().base());
    let language = reader.language;
    let history = innkeeper.history(wanted.of(signed_in), &wanted.kinds(), wanted.before, ENTRIES).await?;
    let kept = duration(language, innkeeper.retention().events);
    let (title, intro) = match wanted.account {
        Some(_) => ("history-title-account", "history-intro-account"),
        None => ("history-title", "history-intro"),
    };
    let nothing = match (history.older, wanted.group) {
        (Some(_), _) => "history-none-yet",
        (None, Some(_)) => "history-none-filtered",
        (None, None) => "history-none",
    };
    Ok(HistoryPage {
        chrome: signed_in.chrome(),
        title: language.say(title),
        intro: language.tell(intro, &[("time", kept.into())]),
        whose: whose(signed_in, base, wanted),
        groups: groups(language, base, wanted),
        only: wanted.person().map(|person| Choice {
            label: language.tell("history-only", &[("person", text::person(&person.name).into())]),
            href: wanted.of_everybody().address(base, PAGE),
            here: true,
        }),
        entries: history.entries.iter().map(|entry| row(signed_in, wanted, entry)).collect(),
        nothing: language.say(nothing),
        newest: wanted.before.map(|_| wanted.newest_of_it().address(base, PAGE)),
        older: history.older.map(|older| Wanted { before: Some(older), ..wanted.clone() }.address(base, PAGE)),
        file: wanted.newest_of_it().address(base, FILE),
        times: language.tell("times-in", &[("zone", reader.zone.into())]),
    })
}
