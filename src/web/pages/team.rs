//! `/account/staff/sessions`: the live sessions of everybody in the account, by person, and the questions before one, all
//! of one person's, or everybody's end.

use super::Chrome;
use super::answer::{Answer, barred, html, not_found, see_other};
use super::history::just_ended;
use super::sessions::SessionRow;
use super::staff::{account_of, member_of, person_path};
use crate::domain::device::DeviceKind;
use crate::domain::end::EndReason;
use crate::domain::id::{SessionId, UserId, UserNo};
use crate::domain::permission::may_end_sessions_of;
use crate::domain::user::User;
use crate::service::{ActedOn, HistoryOf, SessionView, SessionsPage as Part, StateFilter, TEAM_SESSIONS_MAX, TeamEnd};
use crate::web::extract::{QueryOf, SignedIn, with_query};
use crate::web::member::{EndTeamSessions, Member, SeeTeam, not_allowed};
use crate::web::problem::Problem;
use crate::web::text;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Most live sessions of one person that are listed.
const LIVE_MAX: u16 = 200;

/// The page of the account's sessions.
#[derive(Clone, Debug, Template)]
#[template(path = "team.html")]
pub struct TeamPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// How many live sessions the account has, in words.
    pub count: String,
    /// What the list may be narrowed down to.
    pub filter: Filter,
    /// Those with live sessions that are left by the filter, those with unfamiliar ones first.
    pub people: Vec<PersonSessions>,
    /// Whether there are sessions of others that the reader may end.
    pub may_end_all: bool,
    /// Whether there are more than are listed.
    pub cut: bool,
    /// In which zone the times are, in words.
    pub times: String,
}

/// The sessions of one person.
#[derive(Clone, Debug)]
pub struct PersonSessions {
    /// Their public id.
    pub id: String,
    /// Name, else address, else id.
    pub name: String,
    /// What their role is called.
    pub role: String,
    /// Whether it is the reader.
    pub you: bool,
    /// How many live sessions of theirs are listed, in words.
    pub count: String,
    /// Where all of them can be ended, for whoever may.
    pub end_all: Option<String>,
    /// The sessions, unfamiliar ones first.
    pub sessions: Vec<SessionRow>,
}

/// The filter as it is set, and its choices: value, name, and whether it is chosen.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// By person.
    pub people: Vec<(String, String, bool)>,
    /// By kind of device.
    pub kinds: Vec<(String, String, bool)>,
    /// By country.
    pub places: Vec<(String, String, bool)>,
    /// Whether only unfamiliar ones are listed.
    pub unfamiliar: bool,
    /// Whether anything is chosen.
    pub set: bool,
}

/// A question before sessions of others end.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_team.html")]
pub struct ConfirmTeamPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The question.
    pub title: String,
    /// The session in question, where it is one.
    pub session: Option<SessionRow>,
    /// Whose they are, where they are one person's.
    pub person: Option<String>,
    /// How many would end, in words.
    pub count: Option<String>,
    /// What the button says.
    pub button: String,
    /// Where the answer is sent.
    pub action: String,
    /// Where Cancel leads.
    pub back: String,
}

/// The query of `/account/staff/sessions`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    person: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    unfamiliar: String,
    done: Option<String>,
}

impl Asked {
    fn unfamiliar(&self) -> bool {
        self.unfamiliar == "1"
    }

    fn keeps(&self, view: &SessionView) -> bool {
        let is = |asked: &str, theirs: &str| asked.is_empty() || asked == theirs;
        is(&self.person, view.user_id.as_str())
            && is(&self.kind, view.device.kind.as_str())
            && is(&self.place, view.place.country_code.as_deref().unwrap_or("?"))
            && (!self.unfamiliar() || view.unfamiliar)
    }
}

/// `/account/staff/sessions`.
pub(super) async fn show(member: Member<SeeTeam>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let signed_in = member.signed_in;
    let language = signed_in.visit.language();
    let account = account_of(&signed_in)?;
    let innkeeper = signed_in.visit.app.innkeeper();
    let mut all = innkeeper.team_sessions(account.no).await?;
    let cut = TEAM_SESSIONS_MAX < all.len();
    all.truncate(TEAM_SESSIONS_MAX);
    let users = innkeeper.people_of(account.no).await?;
    let whose = users.iter().find(|user| user.id.as_str() == asked.person);
    // One person's are all there, however many the account has.
    let of_person = match whose {
        Some(user) => live_of(&signed_in, &user.id).await?,
        None => Vec::new(),
    };
    let listed = if whose.is_some() { &of_person } else { &all };
    let mut by_user: HashMap<UserNo, Vec<&SessionView>> = HashMap::new();
    for view in listed.iter().filter(|view| asked.keeps(view)) {
        by_user.entry(view.user_no).or_default().push(view);
    }
    let mut people: Vec<PersonSessions> = Vec::new();
    for user in &users {
        if let Some(mut theirs) = by_user.remove(&user.no) {
            theirs.sort_by_key(|view| (!view.unfamiliar, Reverse(view.activity.last_active_at)));
            people.push(person_sessions(&signed_in, user, &theirs));
        }
    }
    people.sort_by_key(|person| !person.sessions.iter().any(|session| session.unfamiliar && !session.here));
    let mine = signed_in.view.user_no;
    let role = signed_in.session.user.role;
    let others = users.iter().filter(|user| user.no != mine && may_end_sessions_of(role, user.role));
    let reached: HashSet<UserNo> = others.map(|user| user.no).collect();
    let ended = (HistoryOf::Account(account.no), EndReason::TerminatedByOwner);
    let notice = just_ended(&signed_in, ended, asked.done.as_deref()).await?;
    let page = TeamPage {
        chrome: signed_in.chrome(),
        notice,
        count: language.count(if cut { "team-count-beyond" } else { "team-count" }, all.len() as u64),
        filter: filter(language, &asked, (&users, &all)),
        people,
        may_end_all: all.iter().any(|view| reached.contains(&view.user_no)),
        cut,
        times: language.tell("times-in", &[("zone", signed_in.reader().zone.into())]),
    };
    Ok(html(StatusCode::OK, &page))
}

fn person_sessions(signed_in: &SignedIn, user: &User, theirs: &[&SessionView]) -> PersonSessions {
    let language = signed_in.visit.language();
    let you = user.no == signed_in.view.user_no;
    let reached = !you && may_end_sessions_of(signed_in.session.user.role, user.role);
    let end_all = signed_in.visit.address(&format!("{}/end-sessions", person_path(&user.id)));
    PersonSessions {
        id: user.id.to_string(),
        name: user.called().to_owned(),
        role: text::role(language, user.role),
        you,
        count: language.count("sessions-count", theirs.len() as u64),
        end_all: reached.then_some(end_all),
        sessions: theirs.iter().map(|view| SessionRow::new(signed_in, view)).collect(),
    }
}

fn filter(language: text::Language, asked: &Asked, (users, all): (&[User], &[SessionView])) -> Filter {
    let signed_in: HashSet<UserNo> = all.iter().map(|view| view.user_no).collect();
    let is_asked = |user: &&User| asked.person == user.id.as_str();
    let with_sessions = users.iter().filter(|user| signed_in.contains(&user.no) || is_asked(user));
    let people = with_sessions.map(|user| {
        let name = user.called();
        (user.id.to_string(), name.to_owned(), asked.person == user.id.as_str())
    });
    let kinds: BTreeSet<&str> = all.iter().map(|view| view.device.kind.as_str()).collect();
    let kinds = kinds.into_iter().map(|kind| {
        let word = DeviceKind::parse(kind).and_then(|kind| text::device_kind(language, kind));
        (kind.to_owned(), word.unwrap_or_else(|| language.say("device-unknown")), asked.kind == kind)
    });
    let places: BTreeSet<&str> = all.iter().map(|view| view.place.country_code.as_deref().unwrap_or("?")).collect();
    let places = places.into_iter().map(|code| {
        let name = if code == "?" { language.say("place-unknown") } else { text::country(language, code) };
        (code.to_owned(), name, asked.place == code)
    });
    Filter {
        people: people.collect(),
        kinds: kinds.collect(),
        places: places.collect(),
        unfamiliar: asked.unfamiliar(),
        set: asked.unfamiliar() || [&asked.person, &asked.kind, &asked.place].iter().any(|of| !of.is_empty()),
    }
}

/// Live sessions of somebody in the account.
pub(super) async fn live_of(signed_in: &SignedIn, user: &UserId) -> Result<Vec<SessionView>, Problem> {
    let part = Part { before: None, limit: LIVE_MAX };
    let found = signed_in.visit.app.innkeeper().sessions_of_user(user, StateFilter::Live, part).await?;
    Ok(found.unwrap_or_default())
}

/// A live session of somebody else in the account that the reader may end.
async fn session_of(signed_in: &SignedIn, id: String) -> Result<(SessionView, User), Problem> {
    let id = SessionId::new(id).map_err(|_| not_found())?;
    let view = signed_in.visit.app.innkeeper().session(&id).await?.ok_or_else(not_found)?;
    let user = member_of(signed_in, view.user_id.as_str()).await?;
    if user.no != view.user_no {
        return Err(not_found());
    }
    Ok((view, user))
}

/// `GET /account/staff/sessions/{id}/terminate`.
pub(super) async fn ask_terminate(member: Member<EndTeamSessions>, Path(id): Path<String>) -> Answer {
    let signed_in = member.signed_in;
    let (view, user) = session_of(&signed_in, id).await?;
    if view.user_no == signed_in.view.user_no {
        return Ok(see_other(&signed_in.visit.address(&format!("/account/sessions/{}/terminate", view.id))));
    }
    if !may_end_sessions_of(signed_in.session.user.role, user.role) {
        return Err(not_allowed());
    }
    if view.end.is_some() {
        return Ok(back(&signed_in, &format!("session-{}", view.id)));
    }
    let language = signed_in.visit.language();
    let page = ConfirmTeamPage {
        chrome: signed_in.chrome(),
        title: language.say("terminate-title"),
        person: Some(user.called().to_owned()),
        count: None,
        button: language.say("terminate"),
        action: signed_in.visit.address(&format!("/account/staff/sessions/{}/terminate", view.id)),
        back: signed_in.visit.address("/account/staff/sessions"),
        session: Some(SessionRow::new(&signed_in, &view)),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /account/staff/sessions/{id}/terminate`.
pub(super) async fn terminate(member: Member<EndTeamSessions>, Path(id): Path<String>) -> Answer {
    let id = SessionId::new(id).map_err(|_| not_found())?;
    let (then, done) = (format!("/account/staff/sessions/{id}/terminate"), format!("session-{id}"));
    end(&member.signed_in, TeamEnd::Session(id), (&then, Some(done))).await
}

/// `GET /account/staff/people/{id}/end-sessions`.
pub(super) async fn ask_end_person(member: Member<EndTeamSessions>, Path(id): Path<String>) -> Answer {
    let signed_in = member.signed_in;
    let user = member_of(&signed_in, &id).await?;
    if user.no == signed_in.view.user_no {
        return Ok(see_other(&signed_in.visit.address("/account/sessions/end-others")));
    }
    if !may_end_sessions_of(signed_in.session.user.role, user.role) {
        return Err(not_allowed());
    }
    let live = live_of(&signed_in, &user.id).await?;
    if live.is_empty() {
        return Ok(back(&signed_in, "people-0"));
    }
    let language = signed_in.visit.language();
    let page = ConfirmTeamPage {
        chrome: signed_in.chrome(),
        title: language.say("team-end-person-title"),
        person: Some(user.called().to_owned()),
        count: Some(language.count("sessions-count", live.len() as u64)),
        button: language.say("team-end-person"),
        action: signed_in.visit.address(&format!("{}/end-sessions", person_path(&user.id))),
        back: signed_in.visit.address("/account/staff/sessions"),
        session: None,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /account/staff/people/{id}/end-sessions`.
pub(super) async fn end_person(member: Member<EndTeamSessions>, Path(id): Path<String>) -> Answer {
    let id = UserId::new(id).map_err(|_| not_found())?;
    let then = format!("{}/end-sessions", person_path(&id));
    end(&member.signed_in, TeamEnd::Person(id), (&then, None)).await
}

/// `GET /account/staff/sessions/end-all`.
pub(super) async fn ask_end_all(member: Member<EndTeamSessions>) -> Answer {
    let signed_in = member.signed_in;
    let account = account_of(&signed_in)?;
    let innkeeper = signed_in.visit.app.innkeeper();
    let users = innkeeper.people_of(account.no).await?;
    let (role, mine) = (signed_in.session.user.role, signed_in.view.user_no);
    let others = users.iter().filter(|user| user.no != mine && may_end_sessions_of(role, user.role));
    let reached: HashSet<UserNo> = others.map(|user| user.no).collect();
    let all = innkeeper.team_sessions(account.no).await?;
    let count = all.iter().filter(|view| reached.contains(&view.user_no)).count();
    if count == 0 {
        return Ok(back(&signed_in, "people-0"));
    }
    let language = signed_in.visit.language();
    let page = ConfirmTeamPage {
        chrome: signed_in.chrome(),
        title: language.say("team-end-all-title"),
        session: None,
        person: None,
        count: (all.len() <= TEAM_SESSIONS_MAX).then(|| language.count("sessions-count", count as u64)),
        button: language.say("team-end-all"),
        action: signed_in.visit.address("/account/staff/sessions/end-all"),
        back: signed_in.visit.address("/account/staff/sessions"),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /account/staff/sessions/end-all`.
pub(super) async fn end_all(member: Member<EndTeamSessions>) -> Answer {
    end(&member.signed_in, TeamEnd::Everybody, ("/account/staff/sessions/end-all", None)).await
}

async fn end(signed_in: &SignedIn, which: TeamEnd, (then, done): (&str, Option<String>)) -> Answer {
    match signed_in.visit.app.innkeeper().end_in_team(&signed_in.view, which).await? {
        ActedOn::Ended(count) => Ok(back(signed_in, &done.unwrap_or_else(|| format!("people-{count}")))),
        ActedOn::NotFound => Err(not_found()),
        ActedOn::Barred(why) => barred(signed_in, why, then),
    }
}

fn back(signed_in: &SignedIn, done: &str) -> axum::http::Response<axum::body::Body> {
    see_other(&with_query(&signed_in.visit.address("/account/staff/sessions"), "done", done))
}
