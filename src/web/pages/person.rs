//! `/account/staff/people/{id}`: somebody in the account, and what the owner can do about them.

use super::Chrome;
use super::answer::{Answer, barred, html, see_other};
use super::staff::{ROLES, account_of, member_of, person_path, refused, to_staff};
use crate::domain::permission::{Action, may, may_end_sessions_of};
use crate::domain::user::{Role, User, UserStatus};
use crate::service::{Acting, DirectoryRefusal, PersonChange};
use crate::web::extract::{FormOf, QueryOf, SignedIn, with_query};
use crate::web::member::{ManageStaff, Member, SeeTeam};
use crate::web::moment::When;
use crate::web::text;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

/// The page of one person.
#[derive(Clone, Debug, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
    /// Whom it is about.
    pub person: PersonFacts,
    /// What they may become, for whoever may change it: value, name, what it may do, and whether they are it.
    pub roles: Vec<RoleChoice>,
    /// Whether the reader may suspend and remove them.
    pub manage: bool,
    /// Whether the reader may end their sessions.
    pub may_end: bool,
}

/// A role to choose.
#[derive(Clone, Debug)]
pub struct RoleChoice {
    /// Its name in the form.
    pub value: &'static str,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub what: String,
    /// Whether the person is it.
    pub chosen: bool,
}

/// Somebody in the account, in words.
#[derive(Clone, Debug)]
pub struct PersonFacts {
    /// Name, else address, else id.
    pub name: String,
    /// The address, where there is one.
    pub email: Option<String>,
    /// The public id.
    pub id: String,
    /// Where they are looked after.
    pub href: String,
    /// What their role is called.
    pub role: String,
    /// Whether it is the reader.
    pub you: bool,
    /// Whether they may not sign in for now.
    pub suspended: bool,
    /// How many live sessions they have.
    pub live: u64,
    /// The same in words.
    pub live_words: String,
    /// Since when they belong to the account.
    pub since: When,
}

/// `/account/staff/people/{id}/remove`: "Remove this login?"
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_remove.html")]
pub struct ConfirmRemovePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Whom it is about.
    pub person: PersonFacts,
}

async fn facts(signed_in: &SignedIn, user: &User) -> Result<PersonFacts, crate::web::problem::Problem> {
    let reader = signed_in.reader();
    let live = super::team::live_of(signed_in, &user.id).await?.len() as u64;
    Ok(PersonFacts {
        name: user.called().to_owned(),
        email: user.email.clone(),
        id: user.id.to_string(),
        href: signed_in.visit.address(&person_path(&user.id)),
        role: text::role(reader.language, user.role),
        you: user.no == signed_in.view.user_no,
        suspended: user.status == UserStatus::Suspended,
        live,
        live_words: reader.language.count("person-live", live),
        since: reader.when(user.created_at),
    })
}

async fn page(
    signed_in: &SignedIn,
    (user, chosen): (&User, Role),
    (notice, problem): (Option<String>, Option<String>),
) -> Result<PersonPage, crate::web::problem::Problem> {
    let (language, role) = (signed_in.visit.language(), signed_in.session.user.role);
    let manages = may(role, Action::ManageStaff);
    let person = facts(signed_in, user).await?;
    let roles = ROLES.map(|role| RoleChoice {
        value: role.as_str(),
        name: text::role(language, role),
        what: language.say(&format!("may-{}", role.as_str())),
        chosen: role == chosen,
    });
    Ok(PersonPage {
        chrome: signed_in.chrome(),
        notice,
        problem,
        roles: if manages { roles.to_vec() } else { Vec::new() },
        manage: manages && !person.you,
        may_end: !person.you && may_end_sessions_of(role, user.role),
        person,
    })
}

/// The query of the page.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
    /// They come from a step-up, and nothing has been done yet.
    again: Option<String>,
    /// The role that they had chosen before it.
    role: Option<String>,
}

/// `/account/staff/people/{id}`.
pub(super) async fn show(member: Member<SeeTeam>, Path(id): Path<String>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let signed_in = member.signed_in;
    let user = member_of(&signed_in, &id).await?;
    let language = signed_in.visit.language();
    // Said as far as it is true: whoever made up the address of this page may have made up what it claims.
    let suspended = user.status == UserStatus::Suspended;
    let chosen = asked.role.as_deref().and_then(Role::parse).filter(|role| ROLES.contains(role));
    let notice = match asked.done.as_deref() {
        _ if asked.again.is_some() => Some(language.say("press-again")),
        Some("role") => {
            let role = text::role(language, user.role);
            Some(language.tell("person-role-now", &[("role", role.into())]))
        }
        Some("suspended") if suspended => Some(language.say("person-suspended-now")),
        Some("reinstated") if !suspended => Some(language.say("person-reinstated-now")),
        _ => None,
    };
    Ok(html(StatusCode::OK, &page(&signed_in, (&user, chosen.unwrap_or(user.role)), (notice, None)).await?))
}

/// The fields of the form of roles.
#[derive(Deserialize)]
pub(super) struct RoleFields {
    role: String,
}

/// `POST /account/staff/people/{id}/role`.
pub(super) async fn role(
    member: Member<ManageStaff>,
    Path(id): Path<String>,
    FormOf(fields): FormOf<RoleFields>,
) -> Answer {
    let role = Role::parse(&fields.role).filter(|role| ROLES.contains(role));
    match role {
        Some(role) => change(&member.signed_in, &id, PersonChange::Role(role)).await,
        None => Err(crate::web::problem::Problem::new(StatusCode::BAD_REQUEST, "bad_form", "There is no such role.")),
    }
}

/// `POST /account/staff/people/{id}/suspend`.
pub(super) async fn suspend(member: Member<ManageStaff>, Path(id): Path<String>) -> Answer {
    change(&member.signed_in, &id, PersonChange::Suspend).await
}

/// `POST /account/staff/people/{id}/reinstate`.
pub(super) async fn reinstate(member: Member<ManageStaff>, Path(id): Path<String>) -> Answer {
    change(&member.signed_in, &id, PersonChange::Reinstate).await
}

/// `GET /account/staff/people/{id}/remove`.
pub(super) async fn ask_remove(member: Member<ManageStaff>, Path(id): Path<String>) -> Answer {
    let user = member_of(&member.signed_in, &id).await?;
    let person = facts(&member.signed_in, &user).await?;
    if person.you {
        return Ok(see_other(&member.signed_in.visit.address(&person_path(&user.id))));
    }
    Ok(html(StatusCode::OK, &ConfirmRemovePage { chrome: member.signed_in.chrome(), person }))
}

/// `POST /account/staff/people/{id}/remove`.
pub(super) async fn remove(member: Member<ManageStaff>, Path(id): Path<String>) -> Answer {
    change(&member.signed_in, &id, PersonChange::Remove).await
}

async fn change(signed_in: &SignedIn, id: &str, change: PersonChange) -> Answer {
    account_of(signed_in)?;
    let user = member_of(signed_in, id).await?;
    let (path, acting) = (person_path(&user.id), Acting::within(&signed_in.view));
    let changed = signed_in.visit.app.innkeeper().change_person(acting, &user.id, change).await?;
    let done = match change {
        PersonChange::Role(_) => "role",
        PersonChange::Suspend => "suspended",
        PersonChange::Reinstate => "reinstated",
        PersonChange::Remove => "removed",
    };
    match changed {
        Ok(()) if change == PersonChange::Remove => Ok(to_staff(signed_in, done)),
        // They have given up what opens these pages.
        Ok(()) if matches!(change, PersonChange::Role(role) if user.no == signed_in.view.user_no && !may(role, Action::SeeTeam)) => {
            Ok(see_other(&signed_in.visit.address("/account")))
        }
        Ok(()) => Ok(see_other(&with_query(&signed_in.visit.address(&path), "done", done))),
        Err(DirectoryRefusal::Barred(why)) => {
            let then = match change {
                PersonChange::Remove => format!("{path}/remove"),
                PersonChange::Role(role) => format!("{path}?again=1&role={}", role.as_str()),
                PersonChange::Suspend | PersonChange::Reinstate => format!("{path}?again=1"),
            };
            barred(signed_in, why, &then)
        }
        Err(refusal) => match refused(signed_in.visit.language(), refusal) {
            Some(problem) => {
                let page = page(signed_in, (&user, user.role), (None, Some(problem))).await?;
                Ok(html(StatusCode::CONFLICT, &page))
            }
            None => Err(super::answer::not_found()),
        },
    }
}
