//! What each change leaves behind: one event, written in the same transaction.

use super::admission::Started;
use super::change::{
    AccountPut, AskedMail, Change, MailAsked, RefusalEvent, Refused, SecondFactorFailed, UserPut, WebhookChange,
    WebhookOver,
};
use super::end::{Actor, Ended};
use super::factor::{FactorChange, FactorChanged};
use super::id::{AccountNo, SessionId, UserNo};
use super::invitation::{Closed, Invitation};
use super::time::Timestamp;
use super::webhook::host_of;

/// What happened, by its name in the store and on the wire.
pub mod kind {
    /// An account was created.
    pub const ACCOUNT_CREATED: &str = "account.created";
    /// An account was changed, but for its plan.
    pub const ACCOUNT_CHANGED: &str = "account.changed";
    /// An account got another plan.
    pub const PLAN_CHANGED: &str = "account.plan_changed";
    /// A user was created.
    pub const USER_CREATED: &str = "user.created";
    /// A user was changed, suspended or reinstated.
    pub const USER_CHANGED: &str = "user.changed";
    /// A user was removed.
    pub const USER_REMOVED: &str = "user.removed";
    /// A password was set.
    pub const PASSWORD_SET: &str = "user.password_set";
    /// Somebody asked for a mail to set a forgotten password anew.
    pub const RESET_ASKED: &str = "password_reset.asked";
    /// Somebody asked for a mail to show that they read what is mailed to them.
    pub const EMAIL_CONFIRMATION_ASKED: &str = "email_confirmation.asked";
    /// Somebody showed that they read what is mailed to them.
    pub const EMAIL_CONFIRMED: &str = "user.email_confirmed";
    /// Somebody who was refused asked for a code by mail, to continue here what was begun elsewhere.
    pub const TAKE_OVER_CODE_ASKED: &str = "take_over.code_asked";
    /// Somebody has one more second factor.
    pub const FACTOR_ADDED: &str = "factor.added";
    /// Somebody has a second factor no longer.
    pub const FACTOR_REMOVED: &str = "factor.removed";
    /// Somebody got new recovery codes; those before are worth nothing.
    pub const RECOVERY_CODES_MADE: &str = "recovery_codes.made";
    /// A recovery code was used up.
    pub const RECOVERY_CODE_USED: &str = "recovery_codes.used";
    /// A session started.
    pub const SESSION_STARTED: &str = "session.started";
    /// A session ended.
    pub const SESSION_ENDED: &str = "session.ended";
    /// Somebody proved again who they are.
    pub const SESSION_STEPPED_UP: &str = "session.stepped_up";
    /// A session got another token.
    pub const TOKEN_ROTATED: &str = "session.token_rotated";
    /// A device was given a name, or lost it.
    pub const DEVICE_NAMED: &str = "device.named";
    /// A sign-in was refused because every place was taken.
    pub const SIGN_IN_REFUSED: &str = "sign_in.refused";
    /// A second factor was wrong after a right password.
    pub const SECOND_FACTOR_FAILED: &str = "sign_in.second_factor_failed";
    /// Somebody was invited to an account.
    pub const INVITATION_CREATED: &str = "invitation.created";
    /// Somebody joined an account by an invitation.
    pub const INVITATION_ACCEPTED: &str = "invitation.accepted";
    /// An invitation was taken back.
    pub const INVITATION_REVOKED: &str = "invitation.revoked";
    /// Nobody accepted an invitation in time.
    pub const INVITATION_EXPIRED: &str = "invitation.expired";
    /// Support looked at what happened to somebody.
    pub const SUPPORT_VIEWED: &str = "support.viewed";
    /// A service key was created.
    pub const KEY_CREATED: &str = "key.created";
    /// A service key was revoked.
    pub const KEY_REVOKED: &str = "key.revoked";
    /// A webhook was created.
    pub const WEBHOOK_CREATED: &str = "webhook.created";
    /// A webhook got another secret.
    pub const WEBHOOK_SECRET_ROTATED: &str = "webhook.secret_rotated";
    /// A webhook is sent nothing more, since its receiver said that it is gone.
    pub const WEBHOOK_DISABLED: &str = "webhook.disabled";
    /// A webhook was removed.
    pub const WEBHOOK_REMOVED: &str = "webhook.removed";
    /// Somebody had a delivery that had failed tried again.
    pub const DELIVERY_RETRIED: &str = "webhook.delivery_retried";

    /// Every kind.
    pub const ALL: [&str; 34] = [
        ACCOUNT_CREATED,
        ACCOUNT_CHANGED,
        PLAN_CHANGED,
        USER_CREATED,
        USER_CHANGED,
        USER_REMOVED,
        PASSWORD_SET,
        RESET_ASKED,
        EMAIL_CONFIRMATION_ASKED,
        EMAIL_CONFIRMED,
        TAKE_OVER_CODE_ASKED,
        FACTOR_ADDED,
        FACTOR_REMOVED,
        RECOVERY_CODES_MADE,
        RECOVERY_CODE_USED,
        SESSION_STARTED,
        SESSION_ENDED,
        SESSION_STEPPED_UP,
        TOKEN_ROTATED,
        DEVICE_NAMED,
        SIGN_IN_REFUSED,
        SECOND_FACTOR_FAILED,
        INVITATION_CREATED,
        INVITATION_ACCEPTED,
        INVITATION_REVOKED,
        INVITATION_EXPIRED,
        SUPPORT_VIEWED,
        KEY_CREATED,
        KEY_REVOKED,
        WEBHOOK_CREATED,
        WEBHOOK_SECRET_ROTATED,
        WEBHOOK_DISABLED,
        WEBHOOK_REMOVED,
        DELIVERY_RETRIED,
    ];
}

/// A value in an event's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Several texts.
    Texts(Vec<String>),
}

/// An event as its change gives it; position and JSON are the store's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBody {
    /// What happened; see [`kind`].
    pub kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// Of which account; `None` where the account is being created in the same change, and for keys.
    pub account_no: Option<AccountNo>,
    /// Whom it concerns.
    pub user_no: Option<UserNo>,
    /// Which session.
    pub session_id: Option<SessionId>,
    /// Who did it.
    pub actor: Actor,
    /// Why: an end reason, or the code of a refusal.
    pub reason: Option<&'static str>,
    /// Reference of a refusal.
    pub reference: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// What else there is to say, in this order.
    pub data: Vec<(&'static str, Datum)>,
}

impl EventBody {
    fn new(kind: &'static str, at: Timestamp, actor: &Actor) -> Self {
        let actor = actor.clone();
        let (account_no, user_no, session_id, reason, reference, ip) = (None, None, None, None, None, None);
        Self { kind, at, account_no, user_no, session_id, actor, reason, reference, ip, data: vec![] }
    }

    fn of_user(mut self, account: AccountNo, user: UserNo) -> Self {
        self.account_no = Some(account);
        self.user_no = Some(user);
        self
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.data.push((name, Datum::Text(value.into())));
        self
    }
}

/// The event of a change.
pub(super) fn of(change: &Change) -> Option<EventBody> {
    Some(match change {
        Change::AccountPut(put) => account_put(put),
        Change::UserPut(put) => user_put(put),
        Change::UserRemoved(gone) => EventBody::new(kind::USER_REMOVED, gone.at, &gone.by)
            .of_user(gone.user.account_no, gone.user.no)
            .with("user_id", gone.user.id.as_str()),
        Change::PasswordSet(set) => {
            EventBody::new(kind::PASSWORD_SET, set.at, &set.by).of_user(set.user.account_no, set.user.no)
        }
        Change::SessionStarted(started) => session_started(started),
        Change::SessionEnded(ended) => session_ended(ended),
        Change::SteppedUp(step_up) => {
            let mut event = EventBody::new(kind::SESSION_STEPPED_UP, step_up.at, &step_up.by)
                .of_user(step_up.account_no, step_up.user_no);
            event.session_id = Some(step_up.session_id.clone());
            event.data.push(("methods", Datum::Texts(step_up.methods.clone())));
            event
        }
        Change::TokenRotated(rotated) => {
            let mut event = EventBody::new(kind::TOKEN_ROTATED, rotated.at, &rotated.by)
                .of_user(rotated.account_no, rotated.user_no);
            event.session_id = Some(rotated.session_id.clone());
            event
        }
        Change::DeviceNamed(named) => {
            let mut event = EventBody::new(kind::DEVICE_NAMED, named.at, &named.by)
                .of_user(named.account_no, named.user_no)
                .with("name", named.name.as_ref().map_or("", |name| name.as_str()));
            event.session_id = Some(named.session_id.clone());
            event
        }
        Change::SignInRefused(refused) if refused.event == RefusalEvent::Repeat => return None,
        Change::SignInRefused(refused) => sign_in_refused(refused),
        Change::Invited(invited) => {
            invitation(kind::INVITATION_CREATED, &invited.invitation, (invited.at, &invited.by))
        }
        Change::InvitationClosed(closed) => {
            let kind = match closed.how {
                Closed::Accepted => kind::INVITATION_ACCEPTED,
                Closed::Revoked => kind::INVITATION_REVOKED,
                Closed::Expired => kind::INVITATION_EXPIRED,
            };
            invitation(kind, &closed.invitation, (closed.at, &closed.by))
        }
        Change::SupportViewed(viewed) => {
            let mut event = EventBody::new(kind::SUPPORT_VIEWED, viewed.at, &viewed.by);
            (event.account_no, event.user_no) = (Some(viewed.account_no), viewed.user_no);
            event
        }
        Change::KeyCreated(key) => {
            let mut event = EventBody::new(kind::KEY_CREATED, key.at, &key.by)
                .with("key_id", key.id.as_str())
                .with("name", key.name.as_str());
            event.data.push(("scopes", Datum::Texts(key.scopes.clone())));
            event
        }
        Change::KeyRevoked(key) => EventBody::new(kind::KEY_REVOKED, key.at, &key.by)
            .with("key_id", key.id.as_str())
            .with("name", key.name.as_str()),
        Change::Webhook(change) => webhook(change),
        Change::Factor(change) => factor(change),
        Change::SecondFactorFailed(failed) => second_factor_failed(failed),
        Change::MailAsked(asked) => mail_asked(asked),
        Change::EmailConfirmed(confirmed) => EventBody::new(kind::EMAIL_CONFIRMED, confirmed.at, &confirmed.by)
            .of_user(confirmed.account_no, confirmed.user_no),
    })
}

fn mail_asked(asked: &MailAsked) -> EventBody {
    let event = |kind| EventBody::new(kind, asked.at, &asked.by).of_user(asked.account_no, asked.user_no);
    let mut event = match &asked.what {
        AskedMail::PasswordReset => event(kind::RESET_ASKED),
        AskedMail::EmailConfirmation => event(kind::EMAIL_CONFIRMATION_ASKED),
        AskedMail::TakeOverCode { code_id, label, country_code } => {
            let event = event(kind::TAKE_OVER_CODE_ASKED)
                .with("code_id", &**code_id)
                .with("kind", label.kind.as_str())
                .with("browser", &*label.browser)
                .with("system", &*label.system);
            match country_code {
                Some(code) => event.with("country_code", &**code),
                None => event,
            }
        }
    };
    event.ip.clone_from(&asked.ip);
    event
}

fn webhook(change: &WebhookChange) -> EventBody {
    match change {
        WebhookChange::Created(created) => {
            let mut event = EventBody::new(kind::WEBHOOK_CREATED, created.at, &created.by)
                .with("webhook_id", created.id.as_str())
                .with("host", host_of(&created.url));
            event.data.push(("types", Datum::Texts(created.types.clone())));
            event
        }
        WebhookChange::Rotated(rotated) => EventBody::new(kind::WEBHOOK_SECRET_ROTATED, rotated.at, &rotated.by)
            .with("webhook_id", rotated.id.as_str()),
        WebhookChange::Disabled(over) => {
            let mut event = webhook_over(kind::WEBHOOK_DISABLED, over);
            event.reason = Some("gone");
            event
        }
        WebhookChange::Removed(over) => webhook_over(kind::WEBHOOK_REMOVED, over),
        WebhookChange::Retried(retried) => EventBody::new(kind::DELIVERY_RETRIED, retried.at, &retried.by)
            .with("webhook_id", retried.id.as_str())
            .with("event_id", event_id(retried.position)),
    }
}

fn factor(change: &FactorChange) -> EventBody {
    let event = |kind| EventBody::new(kind, change.at, &change.by).of_user(change.account_no, change.user_no);
    match &change.what {
        FactorChanged::Added(factor, ..) => {
            event(kind::FACTOR_ADDED).with("factor", factor.kind.as_str()).with("name", &*factor.name)
        }
        FactorChanged::Removed(factor) => {
            event(kind::FACTOR_REMOVED).with("factor", factor.kind.as_str()).with("name", &*factor.name)
        }
        FactorChanged::CodesMade(_) => event(kind::RECOVERY_CODES_MADE),
        FactorChanged::CodeUsed(_) => event(kind::RECOVERY_CODE_USED),
    }
}

/// How an event is called wherever it is shown: its position, with zeros in front so that it grows as text, too.
pub fn event_id(position: i64) -> String {
    format!("{position:016}")
}

fn webhook_over(kind: &'static str, over: &WebhookOver) -> EventBody {
    EventBody::new(kind, over.at, &over.by).with("webhook_id", over.id.as_str()).with("host", host_of(&over.url))
}

fn account_put(put: &AccountPut) -> EventBody {
    let (kind, account_no) = match &put.before {
        None => (kind::ACCOUNT_CREATED, None),
        Some(before) if before.plan != put.account.plan => (kind::PLAN_CHANGED, Some(before.no)),
        Some(before) => (kind::ACCOUNT_CHANGED, Some(before.no)),
    };
    let mut event = EventBody::new(kind, put.at, &put.by);
    event.account_no = account_no;
    let before = put.before.as_ref();
    let fields = [
        ("name", &*put.account.name, before.map(|b| &*b.name)),
        ("plan", &*put.account.plan, before.map(|b| &*b.plan)),
        ("time_zone", &*put.account.time_zone, before.map(|b| &*b.time_zone)),
        ("status", put.account.status.as_str(), before.map(|b| b.status.as_str())),
    ];
    let changed = fields.into_iter().filter(|(_, now, before)| Some(*now) != *before);
    let mut event = changed.fold(event, |event, (name, now, _)| event.with(name, now));
    if before.is_some_and(|before| before.requires_factor) != put.account.requires_factor {
        event = event.with("second_factor", if put.account.requires_factor { "required" } else { "optional" });
    }
    match before {
        Some(before) if kind == kind::PLAN_CHANGED => event.with("previous_plan", &*before.plan),
        _ => event,
    }
}

fn invitation(kind: &'static str, invitation: &Invitation, (at, by): (Timestamp, &Actor)) -> EventBody {
    let mut event = EventBody::new(kind, at, by)
        .with("invitation_id", invitation.id.as_str())
        .with("email", &*invitation.email)
        .with("role", invitation.role.as_str());
    event.account_no = Some(invitation.account_no);
    event
}

fn user_put(put: &UserPut) -> EventBody {
    let kind = if put.before.is_none() { kind::USER_CREATED } else { kind::USER_CHANGED };
    let mut event = EventBody::new(kind, put.at, &put.by);
    event.account_no = Some(put.user.account_no);
    event.user_no = put.before.as_ref().map(|before| before.no);
    let before = put.before.as_ref();
    let fields = [
        ("role", Some(put.user.role.as_str()), before.map(|b| b.role.as_str())),
        ("status", Some(put.user.status.as_str()), before.map(|b| b.status.as_str())),
        ("email", put.user.email.as_deref(), before.and_then(|b| b.email.as_deref())),
        ("name", put.user.name.as_deref(), before.and_then(|b| b.name.as_deref())),
    ];
    let changed = fields.into_iter().filter(|(_, now, before)| now != before);
    let event = changed.fold(event, |event, (name, now, _)| event.with(name, now.unwrap_or_default()));
    let is_confirmed = put.user.email_confirmed_at.is_some();
    match before.is_some_and(|before| before.email_confirmed_at.is_some()) == is_confirmed {
        true => event,
        false => event.with("email_confirmed", if is_confirmed { "true" } else { "false" }),
    }
}

fn session_started(started: &Started) -> EventBody {
    let session = started.open_session();
    let mut event = EventBody::new(kind::SESSION_STARTED, session.created_at, started.by())
        .of_user(started.user().account_no, started.user().no)
        .with("kind", started.device().label.kind.as_str())
        .with("browser", &*started.device().label.browser)
        .with("system", &*started.device().label.system);
    event.session_id = Some(session.id);
    event.ip = started.ip().map(str::to_owned);
    event.data.push(("methods", Datum::Texts(started.methods().to_vec())));
    if let Some(code) = started.country_code() {
        event = event.with("country_code", code);
    }
    if started.unfamiliar() {
        event.data.push(("unfamiliar", Datum::Number(1)));
    }
    event
}

fn session_ended(ended: &Ended) -> EventBody {
    let mut event =
        EventBody::new(kind::SESSION_ENDED, ended.at(), ended.by()).of_user(ended.account_no(), ended.user_no());
    event.session_id = Some(ended.id().clone());
    event.reason = Some(ended.reason().as_str());
    match ended.note() {
        Some(note) => event.with("note", note.as_str()),
        None => event,
    }
}

fn sign_in_refused(refused: &Refused) -> EventBody {
    let mut event = EventBody::new(kind::SIGN_IN_REFUSED, refused.at, &refused.by)
        .of_user(refused.account_no, refused.user_no)
        .with("kind", refused.label.kind.as_str())
        .with("browser", &*refused.label.browser)
        .with("system", &*refused.label.system);
    event.reason = Some("already_logged_in");
    event.reference = Some(refused.reference.as_str().to_owned());
    event.ip = refused.ip.clone();
    event.data.push(("times", Datum::Number(1)));
    if let Some(code) = &refused.country_code {
        event = event.with("country_code", &**code);
    }
    if refused.unfamiliar {
        event.data.push(("unfamiliar", Datum::Number(1)));
    }
    event
}

fn second_factor_failed(failed: &SecondFactorFailed) -> EventBody {
    let mut event = EventBody::new(kind::SECOND_FACTOR_FAILED, failed.at, &failed.by)
        .of_user(failed.account_no, failed.user_no)
        .with("kind", failed.label.kind.as_str())
        .with("browser", &*failed.label.browser)
        .with("system", &*failed.label.system);
    event.reason = Some(failed.wrong.as_str());
    event.ip.clone_from(&failed.ip);
    if let Some(code) = &failed.country_code {
        event = event.with("country_code", &**code);
    }
    if failed.unfamiliar {
        event.data.push(("unfamiliar", Datum::Number(1)));
    }
    event
}
