//! What a mail tells, in facts, and to which address: read when it is sent, so that it tells what is so by then. The words
//! are put elsewhere.

use super::{Innkeeper, ServiceError};
use crate::client::geo::{Located, locate};
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::event::kind;
use crate::domain::id::InvitationId;
use crate::domain::mail::MailKind;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::secret::{ConfirmationCode, InvitationCode, MailCode, ResetCode};
use crate::store::{ClaimedMail, Event, SessionView, UserBy};
use serde_json::{Map, Value};

/// What a mail tells somebody.
#[derive(Debug)]
pub struct Letter {
    /// What people call them, if they have a name.
    pub name: Option<String>,
    /// The zone in which they read times.
    pub zone: String,
    /// When it happened.
    pub at: Timestamp,
    /// When it is told.
    pub now: Timestamp,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Debug)]
pub enum News {
    /// They are invited to join an account.
    Invited {
        /// What the account is called.
        account: String,
        /// Whoever invites them, if they are still there.
        by: Option<String>,
        /// What they will be.
        role: Role,
        /// What their link carries; made for this mail.
        code: InvitationCode,
        /// From when on it is worth nothing.
        until: Timestamp,
    },
    /// Somebody signed in with their login on a new device and in a new place.
    SignedIn(Origin),
    /// Their session was ended by somebody else.
    Ended {
        /// Why.
        reason: EndReason,
        /// The role of whoever ended it.
        by: Option<Role>,
        /// What it was started from, if that is still kept.
        session: Option<Origin>,
    },
    /// A password was set for their login.
    PasswordSet(SetBy),
    /// Their password was forgotten.
    Reset {
        /// What their link carries; made for this mail.
        code: ResetCode,
        /// From when on it is worth nothing.
        until: Timestamp,
        /// The address from which it was asked for.
        ip: Option<String>,
    },
    /// They want to show that they read what is mailed to them.
    Confirmation {
        /// What their link carries; made for this mail.
        code: ConfirmationCode,
        /// From when on it is worth nothing.
        until: Timestamp,
    },
    /// Somebody who was refused wants to continue elsewhere, and show that it is them.
    TakeOverCode {
        /// What they type; made for this mail.
        code: MailCode,
        /// From when on it is worth nothing.
        until: Timestamp,
        /// From where it was asked for.
        from: Origin,
    },
    /// A second factor came or went, or stood in for.
    Factor(FactorNews, Option<String>),
    /// Somebody was refused who came with their login from a new device and a new place.
    Refused {
        /// From where.
        from: Origin,
        /// What support looks it up by.
        reference: Option<String>,
    },
    /// Somebody knew their password and had no second factor, on a new device and in a new place.
    SecondFactorFailed(Origin),
}

/// What became of a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorNews {
    /// There is one more.
    Added,
    /// There is one less.
    Removed,
    /// A recovery code was used in its place.
    RecoveryCode,
}

/// Who set a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// Whoever was signed in with the login that it belongs to.
    TheirLogin,
    /// An application.
    Application,
    /// Whoever runs the service.
    Operator,
}

/// What somebody came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// How the device describes itself.
    pub device: DeviceLabel,
    /// What its user calls it.
    pub device_name: Option<String>,
    /// Where it was.
    pub place: Place,
    /// Its address.
    pub ip: Option<String>,
}

impl From<SessionView> for Origin {
    fn from(session: SessionView) -> Self {
        let SessionView { device, device_name, place, ip, .. } = session;
        Self { device, device_name, place, ip }
    }
}

impl Innkeeper {
    /// The address to which a mail goes, and what it tells; `None` where there is nobody to tell it to any more.
    pub(super) async fn letter(&self, mail: &ClaimedMail) -> Result<Option<(String, Letter)>, ServiceError> {
        if mail.kind == MailKind::Invitation {
            return self.invitation_letter(mail).await;
        }
        let Some(no) = mail.to else { return Ok(None) };
        let Some(user) = self.inner.store.user(UserBy::No(no)).await? else { return Ok(None) };
        if user.status == UserStatus::Removed || user.email.is_none() {
            return Ok(None);
        }
        let account = self.account_of(&user).await?;
        let news = match mail.kind {
            MailKind::PasswordReset | MailKind::EmailConfirmation | MailKind::TakeOverCode => {
                self.asked_news(mail, &user).await?
            }
            kind => self.news_of(kind, &mail.event).await?,
        };
        let (Some(news), User { name, email: Some(email), .. }) = (news, user) else { return Ok(None) };
        let zone = account.map(|account| account.time_zone).unwrap_or_default();
        Ok(Some((email, Letter { name, zone, at: mail.event.at, now: mail.at, news })))
    }

    /// What a mail tells that somebody has asked for. What is secret in it is made here.
    async fn asked_news(&self, mail: &ClaimedMail, user: &User) -> Result<Option<News>, ServiceError> {
        if user.status != UserStatus::Active {
            return Ok(None);
        }
        let event = &mail.event;
        Ok(match mail.kind {
            MailKind::EmailConfirmation => {
                let code = self.confirmation_code(user).await?;
                code.map(|(code, until)| News::Confirmation { code, until })
            }
            MailKind::TakeOverCode => {
                let data = data_of(event);
                let id = data.get("code_id").and_then(Value::as_str).unwrap_or_default();
                let code = self.take_over_code(user, (id, event.at)).await?;
                code.map(|(code, until)| News::TakeOverCode { code, until, from: self.origin_of(event) })
            }
            _ => {
                let (code, until) = self.reset_code(user).await?;
                Some(News::Reset { code, until, ip: event.ip.clone() })
            }
        })
    }

    async fn news_of(&self, of: MailKind, event: &Event) -> Result<Option<News>, ServiceError> {
        let session = match &event.session_id {
            Some(id) => self.inner.store.session(id).await?.map(Origin::from),
            None => None,
        };
        Ok(match of {
            MailKind::Invitation | MailKind::PasswordReset | MailKind::EmailConfirmation | MailKind::TakeOverCode => {
                None
            }
            MailKind::FactorChanged => {
                let name = data_of(event).get("name").and_then(Value::as_str).map(str::to_owned);
                let what = match event.kind.as_str() {
                    kind::FACTOR_ADDED => FactorNews::Added,
                    kind::FACTOR_REMOVED => FactorNews::Removed,
                    _ => FactorNews::RecoveryCode,
                };
                Some(News::Factor(what, name))
            }
            MailKind::NewSignIn => session.map(News::SignedIn),
            MailKind::SessionEnded => event.reason.as_deref().and_then(EndReason::parse).map(|reason| {
                let by = event.actor_role.as_deref().and_then(Role::parse);
                News::Ended { reason, by, session }
            }),
            MailKind::PasswordChanged => Some(News::PasswordSet(match event.actor_kind.as_str() {
                "user" => SetBy::TheirLogin,
                "service" => SetBy::Application,
                _ => SetBy::Operator,
            })),
            MailKind::SignInRefused => {
                let (from, reference) = (self.origin_of(event), event.reference.clone());
                Some(News::Refused { from, reference })
            }
            MailKind::SecondFactorFailed => Some(News::SecondFactorFailed(self.origin_of(event))),
        })
    }

    /// What somebody came from who has no session: it stands in the event, but for the place of its address.
    fn origin_of(&self, event: &Event) -> Origin {
        let data = data_of(event);
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = DeviceKind::parse(&text("kind")).unwrap_or(DeviceKind::Unknown);
        let device = DeviceLabel { kind, browser: text("browser"), system: text("system") };
        let located = event.ip.as_ref().and_then(|ip| Some(locate(self.inner.geo.as_ref(), ip.parse().ok()?)));
        let code = data.get("country_code").and_then(Value::as_str).map(str::to_owned);
        let place = match located {
            Some(Located::At(place)) => place,
            _ => Place { country_code: code, ..Place::default() },
        };
        Origin { device, device_name: None, place, ip: event.ip.clone() }
    }

    /// The letter to somebody who is invited. Its code is made here and stored as a hash, beside that of the link that
    /// whoever invites was shown: it waits nowhere to be read. A mail that is sent once more carries another one, and the
    /// one before opens nothing any more.
    async fn invitation_letter(&self, mail: &ClaimedMail) -> Result<Option<(String, Letter)>, ServiceError> {
        let store = &self.inner.store;
        let data = data_of(&mail.event);
        let id = data.get("invitation_id").and_then(Value::as_str).and_then(|id| InvitationId::new(id).ok());
        let (Some(id), Some(account)) = (id, &mail.event.account_id) else { return Ok(None) };
        let Some(account) = store.account(account).await? else { return Ok(None) };
        let invitations = store.invitations(account.no).await?;
        let invitation = invitations.into_iter().find(|open| open.id == id && open.is_open(mail.at));
        let Some(invitation) = invitation else { return Ok(None) };
        let by = store.user(UserBy::No(invitation.invited_by)).await?;
        let code = InvitationCode::generate();
        if !store.mail_invitation(&id, code.hash()).await? {
            return Ok(None);
        }
        let news = News::Invited {
            account: account.name,
            by: by.filter(|by| by.status != UserStatus::Removed).map(|by| by.called().to_owned()),
            role: invitation.role,
            code,
            until: invitation.expires_at,
        };
        let (zone, at) = (account.time_zone, mail.event.at);
        Ok(Some((invitation.email, Letter { name: None, zone, at, now: mail.at, news })))
    }
}

fn data_of(event: &Event) -> Map<String, Value> {
    serde_json::from_str(&event.data).unwrap_or_default()
}
