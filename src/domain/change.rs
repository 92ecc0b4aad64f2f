//! Every write there is. A change and its event are made from the same value, so neither exists without the other.

use super::account::Account;
use super::admission::Started;
use super::device::{Device, DeviceLabel, DeviceName};
use super::end::{Actor, Ended};
use super::event::EventBody;
use super::factor::FactorChange;
use super::facts::Refusals;
use super::id::{AccountNo, DeviceNo, KeyId, Reference, SecretHash, SessionId, SessionNo, UserNo, WebhookId};
use super::invitation::{Closed, Invitation};
use super::time::Timestamp;
use super::user::User;
use super::webhook::SigningSecret;

/// One write, with its one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An account is created or changed.
    AccountPut(AccountPut),
    /// A user is created or changed.
    UserPut(UserPut),
    /// A user is removed.
    UserRemoved(UserRemoved),
    /// A user's password is set.
    PasswordSet(PasswordSet),
    /// A session starts. Made by [`super::admission::admit`] alone.
    SessionStarted(Box<Started>),
    /// A session ends. Made by [`super::end::end`] alone.
    SessionEnded(Ended),
    /// A session gets another token; the one that it had means nothing any more.
    TokenRotated(TokenRotated),
    /// A user gave a device a name, or took it away.
    DeviceNamed(DeviceNamed),
    /// Somebody proved again, within a session, who they are.
    SteppedUp(SteppedUp),
    /// A sign-in was refused because every place was taken.
    SignInRefused(Refused),
    /// Somebody is invited to an account.
    Invited(Invited),
    /// An invitation is accepted, revoked, or marked as expired: it is worth nothing any more.
    InvitationClosed(InvitationClosed),
    /// Support looks at what happened to somebody.
    SupportViewed(SupportViewed),
    /// A service key is created.
    KeyCreated(KeyCreated),
    /// A service key is revoked.
    KeyRevoked(KeyRevoked),
    /// A webhook is created or changed.
    Webhook(WebhookChange),
    /// Somebody's second factors change.
    Factor(FactorChange),
    /// Somebody asks for a mail that only they can read.
    MailAsked(MailAsked),
    /// Somebody has shown that they read what is mailed to them.
    EmailConfirmed(EmailConfirmed),
    /// A second factor was wrong after a right password.
    SecondFactorFailed(SecondFactorFailed),
}

/// See [`Change::SecondFactorFailed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorFailed {
    /// Whose password it was.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// What was wrong.
    pub wrong: WrongSecond,
    /// From what.
    pub label: DeviceLabel,
    /// From where.
    pub ip: Option<String>,
    /// The code of the country that is in, where it is known.
    pub country_code: Option<String>,
    /// Whether device and country were never seen before for this user.
    pub unfamiliar: bool,
    /// When.
    pub at: Timestamp,
    /// Who did it, as far as anybody knows.
    pub by: Actor,
}

/// What was wrong after a right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongSecond {
    /// A code of an app.
    Code,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

impl WrongSecond {
    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            WrongSecond::Code => "wrong_code",
            WrongSecond::RecoveryCode => "wrong_recovery_code",
            WrongSecond::Passkey => "wrong_passkey",
        }
    }
}

/// See [`Change::MailAsked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAsked {
    /// What it is for.
    pub what: AskedMail,
    /// To whom it goes.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// From where it was asked.
    pub ip: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who did it, as far as anybody knows.
    pub by: Actor,
}

/// What a mail is for that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedMail {
    /// They have forgotten their password.
    PasswordReset,
    /// They want to show that they read what is mailed to them.
    EmailConfirmation,
    /// They want to continue here what they have begun elsewhere, and show by a code that it is them.
    TakeOverCode {
        /// By what the sign-in knows its code; no secret.
        code_id: String,
        /// What they are signing in from.
        label: DeviceLabel,
        /// The code of the country that is in, where it is known.
        country_code: Option<String>,
    },
}

/// See [`Change::EmailConfirmed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailConfirmed {
    /// Who.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::AccountPut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPut {
    /// The account from now on; its number is 0 where it is created.
    pub account: Account,
    /// The account before; `None` where it is created.
    pub before: Option<Account>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::UserPut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPut {
    /// The user from now on; their number is 0 where they are created.
    pub user: User,
    /// The user before; `None` where they are created.
    pub before: Option<User>,
    /// Hash of the password that a created user gets.
    pub password_hash: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::UserRemoved`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRemoved {
    /// Who is removed.
    pub user: User,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::PasswordSet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordSet {
    /// Whose.
    pub user: User,
    /// Its hash, a PHC string.
    pub password_hash: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// A device at a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceUse {
    /// The device with the value that it answers to from now on.
    pub device: Device,
    /// Whether this user never used it before.
    pub is_new: bool,
    /// How it describes itself now.
    pub label: DeviceLabel,
}

/// See [`Change::SteppedUp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SteppedUp {
    /// Which session.
    pub session_no: SessionNo,
    /// Its public id.
    pub session_id: SessionId,
    /// Whose.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// How, such as `pwd`.
    pub methods: Vec<String>,
    /// The token that it gets, where its person proved it in their browser; an application keeps the one that it was given.
    pub token: Option<NewToken>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// Another token for a session. The one before opens nothing from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Hash of the token that it had.
    pub from: SecretHash,
    /// Hash of the token that it has from now on.
    pub to: SecretHash,
}

/// See [`Change::TokenRotated`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRotated {
    /// Which session.
    pub session_no: SessionNo,
    /// Its public id.
    pub session_id: SessionId,
    /// Whose.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// Its new token.
    pub token: NewToken,
    /// When.
    pub at: Timestamp,
    /// Whether the person has proved at this instant who they are.
    pub proves: bool,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::DeviceNamed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceNamed {
    /// Which device.
    pub device_no: DeviceNo,
    /// A session of it, the one through which it was named.
    pub session_id: SessionId,
    /// Whose.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// Its name from now on; `None` takes it away.
    pub name: Option<DeviceName>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::SignInRefused`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Who was refused.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// When.
    pub at: Timestamp,
    /// Who asked.
    pub by: Actor,
    /// From what.
    pub label: DeviceLabel,
    /// From where.
    pub ip: Option<String>,
    /// The code of the country that is in, where it is known.
    pub country_code: Option<String>,
    /// Whether device and country were never seen before for this user.
    pub unfamiliar: bool,
    /// What the person is shown and support looks up.
    pub reference: Reference,
    /// Whether it has an event of its own.
    pub event: RefusalEvent,
    /// The count of refusals after this one.
    pub window: Refusals,
}

/// How a refusal stands in the events: a stranger with one valid password must not be able to fill the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalEvent {
    /// In an event of its own.
    Own,
    /// It opens the event that it shares with those that follow.
    Shared,
    /// It adds one to the shared event.
    Repeat,
}

/// See [`Change::Invited`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// Hash of the code in its link.
    pub secret: SecretHash,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::InvitationClosed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationClosed {
    /// The invitation.
    pub invitation: Invitation,
    /// How it came to its end.
    pub how: Closed,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::SupportViewed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportViewed {
    /// At whom; `None`: at the list of the account's people.
    pub user_no: Option<UserNo>,
    /// Of which account.
    pub account_no: AccountNo,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::KeyCreated`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCreated {
    /// The key's public id.
    pub id: KeyId,
    /// Its hash.
    pub hash: SecretHash,
    /// What people call it.
    pub name: String,
    /// What it may do, by name.
    pub scopes: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::KeyRevoked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRevoked {
    /// The key's public id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`Change::Webhook`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookChange {
    /// It is created.
    Created(WebhookCreated),
    /// It gets another secret.
    Rotated(WebhookRotated),
    /// It is sent nothing more, since its receiver is gone.
    Disabled(WebhookOver),
    /// It is removed, with all its deliveries.
    Removed(WebhookOver),
    /// A delivery that has failed is tried again, from the beginning.
    Retried(DeliveryRetried),
}

/// See [`WebhookChange::Created`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookCreated {
    /// The webhook's public id.
    pub id: WebhookId,
    /// The place that it takes.
    pub place: u16,
    /// Where events are sent to.
    pub url: String,
    /// The kinds of events; empty: all.
    pub types: Vec<String>,
    /// What signs them.
    pub secret: SigningSecret,
    /// When. It is told of events from then on.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`WebhookChange::Rotated`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRotated {
    /// The webhook's public id.
    pub id: WebhookId,
    /// What signs from now on.
    pub secret: SigningSecret,
    /// Until when the one before signs, too.
    pub old_until: Timestamp,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`WebhookChange::Disabled`] and [`WebhookChange::Removed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookOver {
    /// The webhook's public id.
    pub id: WebhookId,
    /// Where events were sent to.
    pub url: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// See [`WebhookChange::Retried`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRetried {
    /// The webhook's public id.
    pub id: WebhookId,
    /// Position of the event that is sent again.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

impl Change {
    /// The user whose facts it moves.
    pub fn user_no(&self) -> Option<UserNo> {
        match self {
            Change::UserPut(put) => Some(put.user.no),
            Change::UserRemoved(removed) => Some(removed.user.no),
            Change::PasswordSet(set) => Some(set.user.no),
            Change::SessionStarted(started) => Some(started.user().no),
            Change::SessionEnded(ended) => Some(ended.user_no()),
            Change::SteppedUp(step_up) => Some(step_up.user_no),
            Change::TokenRotated(rotated) => Some(rotated.user_no),
            Change::DeviceNamed(named) => Some(named.user_no),
            Change::SignInRefused(refused) => Some(refused.user_no),
            Change::SupportViewed(viewed) => viewed.user_no,
            Change::Factor(change) => Some(change.user_no),
            Change::MailAsked(asked) => Some(asked.user_no),
            Change::EmailConfirmed(confirmed) => Some(confirmed.user_no),
            Change::SecondFactorFailed(failed) => Some(failed.user_no),
            Change::AccountPut(_)
            | Change::Invited(_)
            | Change::InvitationClosed(_)
            | Change::KeyCreated(_)
            | Change::KeyRevoked(_)
            | Change::Webhook(_) => None,
        }
    }

    /// Its event; `None` for a refusal that is counted in one that exists.
    pub fn event(&self) -> Option<EventBody> {
        super::event::of(self)
    }
}
