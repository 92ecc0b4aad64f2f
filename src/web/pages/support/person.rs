//! `/support/people/{id}`: who somebody is, where they are signed in, and what happened to them. That it was looked at is
//! written into their history before anything is shown.

use super::super::answer::{Answer, barred, html, not_found};
use super::super::history::{EntryRow, just_ended, told};
use super::super::sessions::SessionRow;
use super::super::{Chrome, team};
use super::person_path;
use crate::domain::account::{Account, AccountStatus};
use crate::domain::end::EndReason;
use crate::domain::event::kind;
use crate::domain::id::UserId;
use crate::domain::permission::may_release_sessions_of;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::service::{Acting, HistoryEntry, HistoryOf, Position, Seen, SessionView, SessionsPage, StateFilter};
use crate::web::extract::{QueryOf, SignedIn, with_query};
use crate::web::member::{Member, UseSupport};
use crate::web::moment::{Reader, When};
use crate::web::problem::Problem;
use crate::web::text::{self, Language};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

/// Entries on a page.
const ENTRIES: u16 = 50;

/// The page of one person.
#[derive(Clone, Debug, Template)]
#[template(path = "support_person.html")]
pub struct SupportPersonPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// Whom it is about.
    pub person: Person,
    /// Their live sessions, newest first.
    pub sessions: Vec<LiveRow>,
    /// Where all of them can be ended, where there are some and support may.
    pub release_all: Option<String>,
    /// What happened, newest first.
    pub entries: Vec<EntryRow>,
    /// What is said where nothing is shown.
    pub nothing: String,
    /// Where the newest is, on a page that begins with something older.
    pub newest: Option<String>,
    /// Where it goes on with what is older.
    pub older: Option<String>,
    /// In which zone the times are, in words.
    pub times: String,
}

/// Whom the page is about, in words.
#[derive(Clone, Debug)]
pub struct Person {
    /// Name, else address, else id.
    pub name: String,
    /// The address, where there is one.
    pub email: Option<String>,
    /// The public id.
    pub id: String,
    /// What their role is called.
    pub role: String,
    /// Whether they may not sign in for now.
    pub suspended: bool,
    /// Their account; support and administrators have none.
    pub account: Option<PersonsAccount>,
    /// When they last signed in, as far as that is kept.
    pub last_sign_in: Option<When>,
    /// Since when they are there.
    pub since: When,
}

/// The account of a person.
#[derive(Clone, Debug)]
pub struct PersonsAccount {
    /// Its name.
    pub name: String,
    /// The name of its plan.
    pub plan: String,
    /// Whether it may not be used for now.
    pub suspended: bool,
    /// Where its people are listed.
    pub href: String,
}

/// A live session of theirs.
#[derive(Clone, Debug)]
pub struct LiveRow {
    /// The session.
    pub session: SessionRow,
    /// How long after the sign-in it was last active, in words.
    pub counted: String,
    /// Where it can be ended, for whoever may.
    pub release: Option<String>,
}

/// The query of the page.
#[derive(Default, Deserialize)]
pub(in crate::web::pages) struct Asked {
    before: Option<String>,
    done: Option<String>,
}

/// Somebody, looked at by support, and their account. Absent ones and those who were removed are alike.
pub(super) struct Looked {
    pub(super) user: User,
    pub(super) account: Option<Account>,
}

impl Looked {
    /// Finds them, and writes down that they are looked at; the answer instead where that may not be.
    pub(super) async fn at(signed_in: &SignedIn, id: String) -> Result<Result<Self, Answer>, Problem> {
        let id = UserId::new(id).map_err(|_| not_found())?;
        let innkeeper = signed_in.visit.app.innkeeper();
        let user = innkeeper.user(&id).await?.ok_or_else(not_found)?;
        let acting = Acting::within(&signed_in.view);
        if let Err(why) = innkeeper.look_at(&acting, Seen::Person(&user)).await? {
            return Ok(Err(barred(signed_in, why, &person_path(&user.id))));
        }
        let account = innkeeper.account_of(&user).await?;
        Ok(Ok(Self { user, account }))
    }

    /// How their times are told: in their zone, as they see them themselves.
    pub(super) fn reader<'a>(&'a self, signed_in: &'a SignedIn) -> Reader<'a> {
        let zone = self.account.as_ref().map_or("UTC", |account| &account.time_zone);
        Reader { zone, ..signed_in.reader() }
    }

    /// What they are called.
    pub(super) fn name(&self) -> String {
        self.user.called().to_owned()
    }
}

/// `/support/people/{id}`.
pub(in crate::web::pages) async fn show(
    member: Member<UseSupport>,
    Path(id): Path<String>,
    QueryOf(asked): QueryOf<Asked>,
) -> Answer {
    let signed_in = member.signed_in;
    match Looked::at(&signed_in, id).await? {
        Ok(looked) => Ok(html(StatusCode::OK, &page(&signed_in, &looked, &asked).await?)),
        Err(instead) => instead,
    }
}

async fn page(signed_in: &SignedIn, looked: &Looked, asked: &Asked) -> Result<SupportPersonPage, Problem> {
    let innkeeper = signed_in.visit.app.innkeeper();
    let (user, reader) = (&looked.user, looked.reader(signed_in));
    let language = reader.language;
    let live = team::live_of(signed_in, &user.id).await?;
    let newest = SessionsPage { before: None, limit: 1 };
    let last = innkeeper.sessions_of_user(&user.id, StateFilter::All, newest).await?.unwrap_or_default();
    let before = asked.before.as_deref().and_then(|text| text.parse().ok()).map(Position);
    let history = innkeeper.history(HistoryOf::User(user.no), &[], before, ENTRIES).await?;
    let may = user.no != signed_in.view.user_no && may_release_sessions_of(signed_in.session.user.role, user.role);
    let here = signed_in.visit.address(&person_path(&user.id));
    let released = (HistoryOf::User(user.no), EndReason::TerminatedBySupport);
    let notice = just_ended(signed_in, released, asked.done.as_deref()).await?;
    Ok(SupportPersonPage {
        chrome: signed_in.chrome(),
        notice,
        person: person(signed_in, looked, last.first().map(|session| session.created_at)),
        release_all: (may && live.len() > 1).then(|| format!("{here}/release")),
        sessions: live.iter().map(|view| live_row(signed_in, &reader, (view, may))).collect(),
        entries: history.entries.iter().map(|entry| entry_row(signed_in, &reader, entry)).collect(),
        nothing: language.say("history-none"),
        newest: before.map(|_| here.clone()),
        older: history.older.map(|older| with_query(&here, "before", &older.0.to_string())),
        times: language.tell("times-in", &[("zone", reader.zone.into())]),
    })
}

fn person(signed_in: &SignedIn, looked: &Looked, last_sign_in: Option<Timestamp>) -> Person {
    let (user, reader) = (&looked.user, looked.reader(signed_in));
    Person {
        name: looked.name(),
        email: user.email.clone(),
        id: user.id.to_string(),
        role: text::role(reader.language, user.role),
        suspended: user.status == UserStatus::Suspended,
        account: looked.account.as_ref().map(|account| PersonsAccount {
            name: account.name.clone(),
            plan: signed_in.visit.app.innkeeper().policies().plan_name(&account.plan).to_owned(),
            suspended: account.status == AccountStatus::Suspended,
            href: with_query(&signed_in.visit.address("/support"), "q", account.id.as_str()),
        }),
        last_sign_in: last_sign_in.map(|at| reader.when(at)),
        since: reader.when(user.created_at),
    }
}

fn live_row(signed_in: &SignedIn, reader: &Reader<'_>, (view, may): (&SessionView, bool)) -> LiveRow {
    let here = view.id == signed_in.session.id;
    LiveRow {
        session: SessionRow::told(reader, view, (view.activity, here)),
        counted: counted(reader.language, view.created_at, view.activity.last_active_at),
        release: may.then(|| signed_in.visit.address(&format!("/support/sessions/{}/release", view.id))),
    }
}

/// An entry with what only support is told: how long a session was in use, and who of support it was.
fn entry_row(signed_in: &SignedIn, reader: &Reader<'_>, entry: &HistoryEntry) -> EntryRow {
    let (language, event) = (reader.language, &entry.event);
    let mut row = told(signed_in, reader, entry);
    let session = entry.session.as_ref().filter(|_| event.kind == kind::SESSION_ENDED);
    if let Some((began, Some(last))) = session.map(|session| (session.created_at, session.last_active_at)) {
        row.what.details.push((language.say("support-counted"), counted(language, began, last)));
    }
    let theirs = event.actor_id.as_deref() == event.user_id.as_ref().map(UserId::as_str);
    if let ("support", Some(actor), false) = (event.actor_kind.as_str(), &event.actor_id, theirs) {
        row.what.details.push((language.say("support-login"), actor.clone()));
    }
    row
}

/// How long after the sign-in somebody was last active: whole minutes, and nothing of what they did.
pub(in crate::web::pages) fn counted(language: Language, began: Timestamp, last: Timestamp) -> String {
    language.count("support-counted-after", last.since(began).as_secs() / 60)
}
