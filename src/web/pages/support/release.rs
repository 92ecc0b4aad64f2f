//! The question before support ends a session of somebody, or all of theirs: only with a reason, which is written into
//! the history of whoever it concerns.

use super::super::Chrome;
use super::super::answer::{Answer, barred_typed, html, not_found, see_other};
use super::super::sessions::SessionRow;
use super::super::team::live_of;
use super::person::Looked;
use super::{person_path, to_person};
use crate::domain::end::{NOTE_LENGTH_MAX, Note};
use crate::domain::id::SessionId;
use crate::domain::permission::may_release_sessions_of;
use crate::service::{ActedOn, SessionView};
use crate::web::extract::{FormOf, QueryOf, SignedIn};
use crate::web::member::{Member, UseSupport, not_allowed};
use crate::web::problem::Problem;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

/// The question, with room for the reason.
#[derive(Clone, Debug, Template)]
#[template(path = "support_release.html")]
pub struct ReleasePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The question.
    pub title: String,
    /// Whose sessions they are.
    pub person: String,
    /// The session in question, where it is one.
    pub session: Option<SessionRow>,
    /// How many would end, in words, where it is all of them.
    pub count: Option<String>,
    /// The reason, as it was typed last.
    pub note: String,
    /// What was wrong with it.
    pub problem: Option<String>,
    /// Where the answer is sent.
    pub action: String,
    /// Where Cancel leads.
    pub back: String,
}

impl ReleasePage {
    /// Most characters of a reason.
    pub fn longest(&self) -> usize {
        NOTE_LENGTH_MAX
    }
}

/// What would be released.
struct Question {
    looked: Looked,
    /// The session; all of the person's without it.
    session: Option<SessionView>,
}

impl Question {
    /// About one session. Whoever may not look is given the answer instead.
    async fn of_session(signed_in: &SignedIn, id: String) -> Result<Result<Self, Answer>, Problem> {
        let id = SessionId::new(id).map_err(|_| not_found())?;
        let view = signed_in.visit.app.innkeeper().session(&id).await?.ok_or_else(not_found)?;
        let asked = Self::of_person(signed_in, view.user_id.to_string()).await?;
        Ok(match asked {
            // Whoever has the id now is somebody else.
            Ok(question) if question.looked.user.no != view.user_no => return Err(not_found()),
            Ok(question) => Ok(Self { session: Some(view), ..question }),
            instead => instead,
        })
    }

    /// About all sessions of somebody.
    async fn of_person(signed_in: &SignedIn, id: String) -> Result<Result<Self, Answer>, Problem> {
        let looked = match Looked::at(signed_in, id).await? {
            Ok(looked) => looked,
            Err(instead) => return Ok(Err(instead)),
        };
        let user = &looked.user;
        if user.no == signed_in.view.user_no {
            return Ok(Err(Ok(see_other(&signed_in.visit.address("/account/sessions")))));
        }
        if !may_release_sessions_of(signed_in.session.user.role, user.role) {
            return Err(not_allowed());
        }
        Ok(Ok(Self { looked, session: None }))
    }

    fn path(&self) -> String {
        match &self.session {
            Some(view) => format!("/support/sessions/{}/release", view.id),
            None => format!("{}/release", person_path(&self.looked.user.id)),
        }
    }

    async fn page(
        &self,
        signed_in: &SignedIn,
        (note, problem): (String, Option<String>),
    ) -> Result<ReleasePage, Problem> {
        let language = signed_in.visit.language();
        let reader = self.looked.reader(signed_in);
        let count = match self.session {
            Some(_) => None,
            None => Some(live_of(signed_in, &self.looked.user.id).await?.len()),
        };
        let title = if count.is_some() { "team-end-person-title" } else { "terminate-title" };
        Ok(ReleasePage {
            chrome: signed_in.chrome(),
            title: language.say(title),
            person: self.looked.name(),
            session: self.session.as_ref().map(|view| SessionRow::told(&reader, view, (view.activity, false))),
            count: count.map(|count| language.count("sessions-count", count as u64)),
            note,
            problem,
            action: signed_in.visit.address(&self.path()),
            back: signed_in.visit.address(&person_path(&self.looked.user.id)),
        })
    }

    async fn ask(self, signed_in: &SignedIn, note: String) -> Answer {
        match &self.session {
            Some(view) if view.end.is_some() => {
                Ok(to_person(signed_in, &self.looked.user.id, &format!("session-{}", view.id)))
            }
            _ => Ok(html(StatusCode::OK, &self.page(signed_in, (note, None)).await?)),
        }
    }

    async fn release(self, signed_in: &SignedIn, typed: String) -> Answer {
        let language = signed_in.visit.language();
        let Some(note) = Note::typed(&typed) else {
            let problem = language.tell("release-no-reason", &[("most", NOTE_LENGTH_MAX.into())]);
            let page = self.page(signed_in, (typed, Some(problem))).await?;
            return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
        };
        let user = &self.looked.user;
        let session = self.session.as_ref().map(|view| view.id.clone());
        let done = session.as_ref().map(|id| format!("session-{id}"));
        let reason = note.as_str().to_owned();
        match signed_in.visit.app.innkeeper().release(&signed_in.view, (user, session), note).await? {
            ActedOn::Ended(count) => {
                Ok(to_person(signed_in, &user.id, &done.unwrap_or_else(|| format!("people-{count}"))))
            }
            ActedOn::NotFound => Err(not_found()),
            ActedOn::Barred(why) => barred_typed(signed_in, why, (&self.path(), &[("note", &reason)])),
        }
    }
}

/// The reason, in the form and in the query of the question.
#[derive(Default, Deserialize)]
pub(in crate::web::pages) struct Reason {
    #[serde(default)]
    note: String,
}

impl Reason {
    /// As much of it as is shown again.
    fn shown(self) -> String {
        self.note.chars().take(2 * NOTE_LENGTH_MAX).collect()
    }
}

/// `GET /support/sessions/{id}/release`.
pub(in crate::web::pages) async fn ask_session(
    member: Member<UseSupport>,
    Path(id): Path<String>,
    QueryOf(reason): QueryOf<Reason>,
) -> Answer {
    match Question::of_session(&member.signed_in, id).await? {
        Ok(question) => question.ask(&member.signed_in, reason.shown()).await,
        Err(instead) => instead,
    }
}

/// `POST /support/sessions/{id}/release`.
pub(in crate::web::pages) async fn session(
    member: Member<UseSupport>,
    Path(id): Path<String>,
    FormOf(reason): FormOf<Reason>,
) -> Answer {
    match Question::of_session(&member.signed_in, id).await? {
        Ok(question) => question.release(&member.signed_in, reason.shown()).await,
        Err(instead) => instead,
    }
}

/// `GET /support/people/{id}/release`.
pub(in crate::web::pages) async fn ask_person(
    member: Member<UseSupport>,
    Path(id): Path<String>,
    QueryOf(reason): QueryOf<Reason>,
) -> Answer {
    match Question::of_person(&member.signed_in, id).await? {
        Ok(question) => question.ask(&member.signed_in, reason.shown()).await,
        Err(instead) => instead,
    }
}

/// `POST /support/people/{id}/release`.
pub(in crate::web::pages) async fn person(
    member: Member<UseSupport>,
    Path(id): Path<String>,
    FormOf(reason): FormOf<Reason>,
) -> Answer {
    match Question::of_person(&member.signed_in, id).await? {
        Ok(question) => question.release(&member.signed_in, reason.shown()).await,
        Err(instead) => instead,
    }
}
