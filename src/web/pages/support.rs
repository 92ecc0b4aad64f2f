//! `/support`: the console of those who help people. A search by whatever somebody reads out on the telephone, a page of
//! one person, and the release of their sessions. Nothing here acts as anybody, and no secret of theirs is shown.

pub mod person;

pub mod release;

use super::Chrome;
use super::answer::{Answer, barred, cut, html};
use crate::domain::account::{Account, AccountStatus};
use crate::domain::id::UserId;
use crate::domain::user::{User, UserStatus};
use crate::service::{Acting, Barred, FoundBy, FoundPerson, Seen, TeamMember};
use crate::web::extract::{QueryOf, SignedIn, with_query};
use crate::web::member::{Member, UseSupport};
use crate::web::problem::Problem;
use crate::web::text;
use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;

/// People of an account on one page.
const PEOPLE: u16 = 50;

/// Longest text that is searched for, in characters: that of an address.
const TYPED_LENGTH_MAX: usize = 254;

/// The page of the search.
#[derive(Clone, Debug, Template)]
#[template(path = "support.html")]
pub struct SupportPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What was searched for.
    pub typed: String,
    /// What was found; `None` where nothing was searched for.
    pub found: Option<FoundWords>,
}

/// What a search has found, in words.
#[derive(Clone, Debug, Default)]
pub struct FoundWords {
    /// People by themselves, their session or a refusal.
    pub people: Vec<FoundRow>,
    /// An account with its people.
    pub account: Option<FoundAccount>,
}

/// Somebody who was found.
#[derive(Clone, Debug)]
pub struct FoundRow {
    /// Name, else address, else id.
    pub name: String,
    /// The address, where they are called by another name.
    pub email: Option<String>,
    /// What their role is called.
    pub role: String,
    /// Name of their account, where it does not stand above.
    pub account: Option<String>,
    /// Whether they or their account may not sign in for now.
    pub suspended: bool,
    /// What else there is to say: by what they were found, or whether they are signed in.
    pub note: Option<String>,
    /// Where what happened to them is; nowhere for somebody who was removed.
    pub href: Option<String>,
}

/// An account that was found.
#[derive(Clone, Debug)]
pub struct FoundAccount {
    /// Its name.
    pub name: String,
    /// Its public id.
    pub id: String,
    /// The name of its plan.
    pub plan: String,
    /// Whether it may not be used for now.
    pub suspended: bool,
    /// Its people, by their ids.
    pub people: Vec<FoundRow>,
    /// Where the further people are listed, if there are more.
    pub more: Option<String>,
}

/// The query of the page.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

/// Where somebody is looked at.
pub(super) fn person_path(id: &UserId) -> String {
    format!("/support/people/{id}")
}

/// `/support`.
pub(super) async fn show(member: Member<UseSupport>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let signed_in = member.signed_in;
    let typed: String = asked.q.trim().chars().take(TYPED_LENGTH_MAX + 1).collect();
    let found = match typed.as_str() {
        "" => None,
        typed => match search(&signed_in, typed, asked.after).await? {
            Ok(found) => Some(found),
            Err(why) => return barred(&signed_in, why, "/support"),
        },
    };
    Ok(html(StatusCode::OK, &SupportPage { chrome: signed_in.chrome(), typed, found }))
}

async fn search(
    signed_in: &SignedIn,
    typed: &str,
    after: Option<String>,
) -> Result<Result<FoundWords, Barred>, Problem> {
    if typed.chars().count() > TYPED_LENGTH_MAX {
        return Ok(Ok(FoundWords::default()));
    }
    let innkeeper = signed_in.visit.app.innkeeper();
    let found = innkeeper.find(typed).await?;
    let people = found.people.iter().map(|person| Seen::Person(&person.user));
    for seen in people.chain(found.account.as_ref().map(Seen::PeopleOf)) {
        if let Err(why) = innkeeper.look_at(&Acting::within(&signed_in.view), seen).await? {
            return Ok(Err(why));
        }
    }
    let account = match &found.account {
        None => None,
        Some(account) => {
            let after = after.and_then(|id| UserId::new(id).ok());
            let mut people = innkeeper.team(account.no, after.as_ref(), PEOPLE + 1).await?;
            let more = cut(&mut people, PEOPLE);
            Some(account_words(signed_in, account, (&people, more, typed)))
        }
    };
    let people = found.people.iter().map(|person| found_row(signed_in, person)).collect();
    Ok(Ok(FoundWords { people, account }))
}

fn account_words(
    signed_in: &SignedIn,
    account: &Account,
    (people, more, typed): (&[TeamMember], bool, &str),
) -> FoundAccount {
    let language = signed_in.visit.language();
    let last = people.last().filter(|_| more);
    let more = last.map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", typed).append_pair("after", last.user.id.as_str());
        signed_in.visit.address(&format!("/support?{}", query.finish()))
    });
    let rows = people.iter().map(|member| {
        let live = (member.live > 0).then(|| language.count("staff-live", member.live.into()));
        FoundRow { note: live, ..row(signed_in, &member.user) }
    });
    FoundAccount {
        name: account.name.clone(),
        id: account.id.to_string(),
        plan: signed_in.visit.app.innkeeper().policies().plan_name(&account.plan).to_owned(),
        suspended: account.status == AccountStatus::Suspended,
        people: rows.collect(),
        more,
    }
}

fn found_row(signed_in: &SignedIn, person: &FoundPerson) -> FoundRow {
    let (language, reader) = (signed_in.visit.language(), signed_in.reader());
    let note = match &person.by {
        FoundBy::Themselves => None,
        FoundBy::Session(session) => Some(match session.end {
            None => language.say("support-by-session"),
            Some((at, _)) => language.tell("support-by-session-over", &[("at", reader.clock(at).into())]),
        }),
        FoundBy::Refusal(event) => Some(language.tell("support-by-refusal", &[("at", reader.clock(event.at).into())])),
    };
    let account = person.account.as_ref();
    let row = row(signed_in, &person.user);
    FoundRow {
        account: account.map(|account| account.name.clone()),
        suspended: row.suspended || account.is_some_and(|account| account.status == AccountStatus::Suspended),
        note,
        ..row
    }
}

fn row(signed_in: &SignedIn, user: &User) -> FoundRow {
    let name = user.called().to_owned();
    let there = user.status != UserStatus::Removed;
    FoundRow {
        email: user.email.clone().filter(|email| *email != name),
        name,
        role: text::role(signed_in.visit.language(), user.role),
        account: None,
        suspended: user.status == UserStatus::Suspended,
        note: None,
        href: there.then(|| signed_in.visit.address(&person_path(&user.id))),
    }
}

/// Where somebody is looked at, with what was done.
fn to_person(signed_in: &SignedIn, user: &UserId, done: &str) -> axum::http::Response<axum::body::Body> {
    super::answer::see_other(&with_query(&signed_in.visit.address(&person_path(user)), "done", done))
}
