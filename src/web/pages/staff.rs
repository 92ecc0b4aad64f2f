//! `/account/staff`: the people of an account and those who are invited, and the form that invites one more.

use super::Chrome;
use super::answer::{Answer, barred, barred_typed, cut, html, see_other};
use super::history::just_done;
use crate::domain::account::Account;
use crate::domain::event::kind;
use crate::domain::id::{InvitationId, UserId};
use crate::domain::invitation::Invitation;
use crate::domain::permission::{Action, may};
use crate::domain::user::{Role, UserStatus};
use crate::service::{Acting, DirectoryRefusal, Invited, ServiceError, TeamMember};
use crate::web::extract::{FormOf, QueryOf, SignedIn, with_query};
use crate::web::member::{ManageStaff, Member, SeeTeam};
use crate::web::moment::{Reader, When};
use crate::web::problem::Problem;
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::cmp::Reverse;
use std::time::Duration;

/// People on one page.
const PEOPLE: u16 = 100;

/// How far back refusals are counted.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Refusals in that time by which a login seems to be shared: once or twice is somebody with two devices.
const OFTEN: u64 = 3;

/// Longest address that is shown again in the form, in characters.
const EMAIL_LENGTH_MAX: usize = 254;

/// What people of an account may be.
pub(super) const ROLES: [Role; 3] = [Role::Staff, Role::Manager, Role::Owner];

/// The page of the account's people.
#[derive(Clone, Debug, Template)]
#[template(path = "staff.html")]
pub struct StaffPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// Logins that two people seem to share.
    pub shared: Vec<SharedLogin>,
    /// How many staff logins are in use, of how many, in words.
    pub logins: String,
    /// The people, by their ids.
    pub people: Vec<PersonRow>,
    /// Where the further people are listed, if there are more.
    pub more: Option<String>,
    /// Those who are invited.
    pub invitations: Vec<InvitationRow>,
    /// Whether everybody needs a second factor.
    pub requires_factor: bool,
    /// The form that invites one more; `None` where the reader may not.
    pub form: Option<InviteForm>,
}

/// A login on which two people keep meeting.
#[derive(Clone, Debug)]
pub struct SharedLogin {
    /// Whose it is.
    pub name: String,
    /// How often it was refused this week, in words.
    pub sentence: String,
    /// Where the second person is invited, for whoever may.
    pub invite: Option<String>,
}

/// Somebody in the account.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Name, else address, else id.
    pub name: String,
    /// The address, where they are called by another name.
    pub email: Option<String>,
    /// What their role is called.
    pub role: String,
    /// Whether it is the reader.
    pub you: bool,
    /// Whether they may not sign in for now.
    pub suspended: bool,
    /// How many live sessions they have; `None` where none.
    pub live: Option<String>,
    /// When they were last active; `None` where they never signed in.
    pub last_active: Option<When>,
    /// Where they are looked after.
    pub href: String,
}

/// Somebody who is invited.
#[derive(Clone, Debug)]
pub struct InvitationRow {
    /// Its public id.
    pub id: String,
    /// Their address.
    pub email: String,
    /// What their role will be called.
    pub role: String,
    /// When it was made.
    pub made: When,
    /// From when on it is worth nothing.
    pub expires: When,
}

/// The form that invites somebody.
#[derive(Clone, Debug)]
pub struct InviteForm {
    /// The address, as it was given last.
    pub email: String,
    /// What they may become: value, name, and whether it is the one chosen.
    pub roles: Vec<(&'static str, String, bool)>,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
    /// Whether the plan has no staff login left.
    pub full: bool,
    /// Whether whoever is invited is sent a mail.
    pub mailed: bool,
}

/// The form by itself, where somebody comes back to it who had to prove who they are.
#[derive(Clone, Debug, Template)]
#[template(path = "invite.html")]
pub struct InvitePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The form.
    pub form: InviteForm,
}

/// An invitation was made: its link, this once.
#[derive(Clone, Debug, Template)]
#[template(path = "invited.html")]
pub struct InvitedPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Who was invited.
    pub email: String,
    /// The link that they open.
    pub link: String,
    /// Until when, in words.
    pub until: String,
    /// Whether they are sent a mail with a link of its own.
    pub mailed: bool,
}

impl PersonRow {
    fn new(signed_in: &SignedIn, member: &TeamMember) -> Self {
        let reader = signed_in.reader();
        let user = &member.user;
        let name = user.called().to_owned();
        Self {
            email: user.email.clone().filter(|email| *email != name),
            name,
            role: text::role(reader.language, user.role),
            you: user.no == signed_in.view.user_no,
            suspended: user.status == UserStatus::Suspended,
            live: (member.live > 0).then(|| reader.language.count("staff-live", member.live.into())),
            last_active: member.last_active_at.map(|at| reader.when(at)),
            href: signed_in.visit.address(&person_path(&user.id)),
        }
    }
}

impl InvitationRow {
    fn new(reader: &Reader<'_>, invitation: &Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.clone(),
            role: text::role(reader.language, invitation.role),
            made: reader.when(invitation.created_at),
            expires: reader.when(invitation.expires_at),
        }
    }
}

impl InviteForm {
    /// The form with what was typed.
    pub(super) fn new(language: text::Language, (email, role): (&str, Role), (full, mailed): (bool, bool)) -> Self {
        let roles = ROLES.map(|one| (one.as_str(), text::role(language, one), one == role)).to_vec();
        Self { email: email.chars().take(EMAIL_LENGTH_MAX).collect(), roles, problem: None, full, mailed }
    }
}

/// Logins of the account that were refused so often this week that two people seem to share them, the most refused first.
pub(super) async fn shared_logins(signed_in: &SignedIn) -> Result<Vec<SharedLogin>, Problem> {
    let (account, language) = (account_of(signed_in)?, signed_in.visit.language());
    let since = signed_in.session.now - WEEK;
    let mut refused = signed_in.visit.app.innkeeper().refused_in(account.no, (since, OFTEN)).await?;
    refused.sort_by_key(|(_, refusals)| Reverse(refusals.count));
    let invite = may(signed_in.session.user.role, Action::ManageStaff);
    let invite = invite.then(|| signed_in.visit.address("/account/staff/invite"));
    let shared = refused.into_iter().map(|(user, refusals)| SharedLogin {
        name: user.called().to_owned(),
        sentence: language.count("shared-login", refusals.count),
        invite: invite.clone(),
    });
    Ok(shared.collect())
}

/// Where somebody of the account is looked after.
pub(super) fn person_path(id: &UserId) -> String {
    format!("/account/staff/people/{id}")
}

/// The account of somebody who may look after it. People with such a role have one.
pub(super) fn account_of(signed_in: &SignedIn) -> Result<&Account, Problem> {
    signed_in.account.as_ref().ok_or_else(super::answer::not_found)
}

/// How many staff logins are in use, and how many the plan has; none for a plan that is configured no longer.
pub(super) async fn logins(signed_in: &SignedIn) -> Result<(u32, u32), Problem> {
    let account = account_of(signed_in)?;
    let innkeeper = signed_in.visit.app.innkeeper();
    let used = innkeeper.staff_logins_in_use(&account.id).await?.unwrap_or_default();
    Ok((used, innkeeper.policies().plan(&account.plan).map_or(0, |plan| plan.staff_logins)))
}

/// Why people stay as they are, in words; `None` for what is no matter of words.
pub(super) fn refused(language: text::Language, refusal: DirectoryRefusal) -> Option<String> {
    let key = match refusal {
        DirectoryRefusal::NoStaffLoginLeft => "staff-refused-full",
        DirectoryRefusal::EmailTaken => "staff-refused-taken",
        DirectoryRefusal::NotAnEmail => "staff-refused-no-address",
        DirectoryRefusal::LastOwner => "staff-refused-last-owner",
        DirectoryRefusal::Yourself => "staff-refused-yourself",
        _ => return None,
    };
    Some(language.say(key))
}

/// The query of `/account/staff`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
    after: Option<String>,
}

/// `/account/staff`.
pub(super) async fn show(member: Member<SeeTeam>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let signed_in = member.signed_in;
    let language = signed_in.visit.language();
    let notice = match asked.done.as_deref() {
        Some("removed") if just_did(&signed_in, kind::USER_REMOVED).await? => Some(language.say("staff-removed")),
        Some("revoked") if just_did(&signed_in, kind::INVITATION_REVOKED).await? => Some(language.say("staff-revoked")),
        Some("second-factor") if just_did(&signed_in, kind::ACCOUNT_CHANGED).await? => {
            let required = account_of(&signed_in)?.requires_factor;
            Some(language.say(if required { "requirement-done-on" } else { "requirement-done-off" }))
        }
        Some("again") => Some(language.say("press-again")),
        _ => None,
    };
    let after = asked.after.and_then(|id| UserId::new(id).ok());
    let page = page(&signed_in, notice, after.as_ref()).await?;
    Ok(html(StatusCode::OK, &page))
}

/// Whether the latest of these events in the account is of what the reader has just done: whoever made up an address may
/// have made up what it claims.
async fn just_did(signed_in: &SignedIn, kind: &'static str) -> Result<bool, Problem> {
    Ok(!just_done(signed_in, kind).await?.is_empty())
}

async fn page(signed_in: &SignedIn, notice: Option<String>, after: Option<&UserId>) -> Result<StaffPage, Problem> {
    let (innkeeper, language) = (signed_in.visit.app.innkeeper(), signed_in.visit.language());
    let account = account_of(signed_in)?;
    let mut people = innkeeper.team(account.no, after, PEOPLE + 1).await?;
    let more = cut(&mut people, PEOPLE);
    let invitations = innkeeper.invitations(account.no).await?;
    let (used, of) = logins(signed_in).await?;
    let last = people.last().filter(|_| more);
    let more = last.map(|last| with_query(&signed_in.visit.address("/account/staff"), "after", last.user.id.as_str()));
    let manages = may(signed_in.session.user.role, Action::ManageStaff);
    let reader = signed_in.reader();
    Ok(StaffPage {
        chrome: signed_in.chrome(),
        notice,
        shared: shared_logins(signed_in).await?,
        logins: language.tell("staff-logins", &[("used", used.into()), ("of", of.into())]),
        people: people.iter().map(|member| PersonRow::new(signed_in, member)).collect(),
        more,
        invitations: invitations.iter().map(|invitation| InvitationRow::new(&reader, invitation)).collect(),
        requires_factor: account.requires_factor,
        form: manages.then(|| InviteForm::new(language, ("", Role::Staff), (used >= of, innkeeper.sends_mail()))),
    })
}

/// The fields of the form, and the query of the page that has it by itself.
#[derive(Default, Deserialize)]
pub(super) struct InviteFields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
}

impl InviteFields {
    fn role(&self) -> Role {
        Role::parse(&self.role).filter(|role| ROLES.contains(role)).unwrap_or(Role::Staff)
    }
}

/// `GET /account/staff/invite`.
pub(super) async fn ask_invite(member: Member<ManageStaff>, QueryOf(fields): QueryOf<InviteFields>) -> Answer {
    let (used, of) = logins(&member.signed_in).await?;
    let (visit, full) = (&member.signed_in.visit, used >= of);
    let mailed = visit.app.innkeeper().sends_mail();
    let form = InviteForm::new(visit.language(), (&fields.email, fields.role()), (full, mailed));
    Ok(html(StatusCode::OK, &InvitePage { chrome: member.signed_in.chrome(), form }))
}

/// `POST /account/staff/invite`.
pub(super) async fn invite(member: Member<ManageStaff>, FormOf(fields): FormOf<InviteFields>) -> Answer {
    let signed_in = member.signed_in;
    let language = signed_in.visit.language();
    let account = account_of(&signed_in)?;
    let Some(role) = Role::parse(&fields.role).filter(|role| ROLES.contains(role)) else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_form", "There is no such role."));
    };
    let acting = Acting::within(&signed_in.view);
    match signed_in.visit.app.innkeeper().invite(acting, &account.id, (&fields.email, role)).await? {
        Ok(invited) => Ok(html(StatusCode::CREATED, &invited_page(&signed_in, &invited))),
        Err(DirectoryRefusal::Barred(why)) => {
            let typed = [("email", fields.email.as_str()), ("role", role.as_str())];
            barred_typed(&signed_in, why, ("/account/staff/invite", &typed))
        }
        Err(refusal) => {
            let Some(problem) = refused(language, refusal) else { return Err(super::answer::not_found()) };
            let full = refusal == DirectoryRefusal::NoStaffLoginLeft;
            let status = if full { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
            let mailed = signed_in.visit.app.innkeeper().sends_mail();
            let form = InviteForm::new(language, (&fields.email, role), (full, mailed));
            let form = InviteForm { problem: Some(problem), ..form };
            Ok(html(status, &InvitePage { chrome: signed_in.chrome(), form }))
        }
    }
}

fn invited_page(signed_in: &SignedIn, invited: &Invited) -> InvitedPage {
    let (site, reader) = (signed_in.visit.app.site(), signed_in.reader());
    let until = reader.absolute(invited.invitation.expires_at);
    InvitedPage {
        // Its link is told this once: whoever left it for another language would not come back to it.
        chrome: Chrome { here: None, ..signed_in.chrome() },
        email: invited.invitation.email.clone(),
        link: with_query(&format!("{}{}/invitation", site.origin, site.base()), "code", invited.code.reveal()),
        until: reader.language.tell("invited-until", &[("until", until.into())]),
        mailed: signed_in.visit.app.innkeeper().sends_mail(),
    }
}

/// `POST /account/staff/invitations/{id}/revoke`.
pub(super) async fn revoke(member: Member<ManageStaff>, Path(id): Path<String>) -> Answer {
    let signed_in = member.signed_in;
    let id = InvitationId::new(id).map_err(|_| super::answer::not_found())?;
    let account = account_of(&signed_in)?;
    let acting = Acting::within(&signed_in.view);
    match signed_in.visit.app.innkeeper().revoke_invitation(acting, &account.id, &id).await? {
        Ok(true) => Ok(to_staff(&signed_in, "revoked")),
        Ok(false) => Err(super::answer::not_found()),
        Err(DirectoryRefusal::Barred(why)) => barred(&signed_in, why, "/account/staff?done=again"),
        Err(_) => Err(super::answer::not_found()),
    }
}

pub(super) fn to_staff(signed_in: &SignedIn, done: &str) -> Response<Body> {
    see_other(&with_query(&signed_in.visit.address("/account/staff"), "done", done))
}

/// Somebody in the reader's own account. Somebody else's is as one who never was.
pub(super) async fn member_of(signed_in: &SignedIn, id: &str) -> Result<crate::domain::user::User, Problem> {
    let id = UserId::new(id).map_err(|_| super::answer::not_found())?;
    let found: Result<_, ServiceError> = signed_in.visit.app.innkeeper().user(&id).await;
    let account = account_of(signed_in)?;
    found?.filter(|user| user.account_no == account.no).ok_or_else(super::answer::not_found)
}
