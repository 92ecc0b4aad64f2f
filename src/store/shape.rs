//! What goes into a store and comes out of it: questions, facts for checks, and rows as pages and API show them.

use super::Position;
use crate::domain::account::Account;
use crate::domain::device::{DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::id::{
    AccountId, AccountNo, DeviceNo, KeyId, SecretHash, SessionId, SessionNo, UserId, UserNo, WebhookNo,
};
use crate::domain::invitation::{Invitation, Team};
use crate::domain::mail::MailKind;
use crate::domain::session::Activity;
use crate::domain::staff::People;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::domain::webhook::{Fate, SigningSecret, Webhook};

/// What a check asks, in one look at the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckAsk {
    /// Hash of the presented session token.
    pub token: Option<SecretHash>,
    /// Hash of the presented service key.
    pub key: Option<SecretHash>,
    /// Whether the plan is needed, too: counted activity moves deadlines by its policy.
    pub counted: bool,
    /// Whether it is asked for what the session was started from, too.
    pub origin: bool,
}

/// What a check found, as of one instant not before the call.
#[derive(Clone, Debug)]
pub struct CheckFacts {
    /// The clock, read after everything else.
    pub now: Timestamp,
    /// The session of the token.
    pub session: Option<Checked>,
    /// The service key, unless it is unknown or revoked.
    pub key: Option<ServiceKey>,
}

/// A session that a token led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The store's number.
    pub no: SessionNo,
    /// The public id.
    pub id: SessionId,
    /// Whose it is.
    pub user: CheckedUser,
    /// When it is over whatever the activity.
    pub absolute_deadline: Timestamp,
    /// Its moving times while it has no end.
    pub state: CheckedState,
    /// What it was started from, if that was asked for.
    pub origin: Option<Box<SessionOrigin>>,
}

/// What a session was started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOrigin {
    /// The device.
    pub device_no: DeviceNo,
    /// How that describes itself.
    pub device: DeviceLabel,
    /// What its user calls it.
    pub device_name: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
    /// How the person proved who they are.
    pub methods: Vec<String>,
    /// Whether device and country had never been seen before for this user.
    pub unfamiliar: bool,
    /// When it was started.
    pub created_at: Timestamp,
    /// The last full proof.
    pub proved_at: Timestamp,
}

/// The user of a checked session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedUser {
    /// The store's number.
    pub no: UserNo,
    /// The public id.
    pub id: UserId,
    /// What people read.
    pub name: Option<String>,
    /// Login address.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Their account; `None` for system users.
    pub account_id: Option<AccountId>,
    /// Code of the account's plan, if it was asked for.
    pub plan: Option<String>,
}

/// Whether a checked session has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckedState {
    /// It has none: live or lapsed.
    Open(Activity),
    /// It has.
    Ended(Timestamp, EndReason),
}

/// A service key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// The public id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// What it may do, by name.
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// New times for a session that was live when they were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchOf {
    /// Which session.
    pub session: SessionNo,
    /// Its times from now on.
    pub activity: Activity,
    /// Whether the session was already told that it lives on, since there was no space to write this touch in time.
    pub kept: bool,
}

/// Which user to find.
#[derive(Clone, Copy, Debug)]
pub enum UserBy<'a> {
    /// By public id.
    Id(&'a UserId),
    /// By normalised login address.
    Email(&'a str),
    /// By the store's number, removed ones included.
    No(UserNo),
}

/// A password's hash and when it was set.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword {
    /// PHC string.
    pub hash: String,
    /// When it was set.
    pub changed_at: Timestamp,
}

/// Whose sessions to list.
#[derive(Clone, Copy, Debug)]
pub enum SessionsOf {
    /// One user's.
    User(AccountNo, UserNo),
    /// All of an account's.
    Account(AccountNo),
}

/// Which sessions to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// Those that may be used now.
    Live,
    /// Those that are over, marked or not.
    Ended,
    /// All.
    All,
}

/// A session as pages and API show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The store's number, also the cursor of lists.
    pub no: SessionNo,
    /// The public id.
    pub id: SessionId,
    /// Whose, by number.
    pub user_no: UserNo,
    /// Whose.
    pub user_id: UserId,
    /// Of which account; `None` for system users.
    pub account_id: Option<AccountId>,
    /// What it was started from.
    pub device_no: DeviceNo,
    /// How that describes itself.
    pub device: DeviceLabel,
    /// What its user calls it.
    pub device_name: Option<String>,
    /// The address it was started from.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
    /// How the person proved who they are.
    pub methods: Vec<String>,
    /// Whether device and country had never been seen before for this user.
    pub unfamiliar: bool,
    /// When it was started.
    pub created_at: Timestamp,
    /// The last full proof.
    pub proved_at: Timestamp,
    /// Its moving times, or their last values.
    pub activity: Activity,
    /// When it is over whatever the activity.
    pub absolute_deadline: Timestamp,
    /// When and why it ended. Set also for a session that has lapsed and that nobody has marked.
    pub end: Option<(Timestamp, EndReason)>,
    /// Role of the person who ended it.
    pub ended_by_role: Option<Role>,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the order.
    pub position: Position,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Of which account.
    pub account_id: Option<AccountId>,
    /// Whom it concerns.
    pub user_id: Option<UserId>,
    /// Which session.
    pub session_id: Option<SessionId>,
    /// Kind of who did it.
    pub actor_kind: String,
    /// Who did it, by public id.
    pub actor_id: Option<String>,
    /// The role of who did it.
    pub actor_role: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Reference of a refusal.
    pub reference: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// What else there is to say: a JSON object.
    pub data: String,
}

/// Which events to read.
#[derive(Clone, Copy, Debug)]
pub enum EventsOf {
    /// All.
    All,
    /// Those that concern one user.
    User(UserNo),
}

/// Whose history to read.
#[derive(Clone, Copy, Debug)]
pub enum HistoryOf {
    /// What concerns one user.
    User(UserNo),
    /// What concerns an account and everybody in it.
    Account(AccountNo),
}

/// How many events at most are looked at for one part of a history that shows only some kinds.
pub const HISTORY_LOOK_MAX: u16 = 2000;

/// A part of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What happened, newest first.
    pub entries: Vec<HistoryEntry>,
    /// Before which position it goes on; `None` where nothing is older. There may be no entry beside it: as many events
    /// as may be were looked at, and all were of other kinds.
    pub older: Option<Position>,
}

/// An event, with what is known now of those whom it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The event.
    pub event: Event,
    /// Whom it concerns.
    pub user: Called,
    /// Whether they were removed since.
    pub user_removed: bool,
    /// The person who did it, while they are in that account.
    pub actor: Called,
    /// What its session was started from, while that is kept.
    pub session: Option<SeenFrom>,
}

/// What somebody is called, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// What people read.
    pub name: Option<String>,
    /// Login address.
    pub email: Option<String>,
}

/// What a session was started from, as a history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFrom {
    /// How the device describes itself.
    pub device: DeviceLabel,
    /// What its user calls it.
    pub device_name: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
    /// When it was started.
    pub created_at: Timestamp,
    /// The last counted activity; `None` while it has no end.
    pub last_active_at: Option<Timestamp>,
}

/// A webhook, and when the first of its pending deliveries is to be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookState {
    /// The webhook.
    pub webhook: Webhook,
    /// When; `None` where none is pending.
    pub next_try_at: Option<Timestamp>,
}

/// A delivery that one node has taken, to try it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Which, and until when nobody else takes it.
    pub claim: Claim,
    /// How many tries have an outcome.
    pub tries: u32,
    /// When it was taken.
    pub at: Timestamp,
    /// Where to.
    pub url: String,
    /// What signs it, the newest first.
    pub secrets: Vec<SigningSecret>,
    /// What is told.
    pub event: Event,
}

/// What a delivery is known by to whoever has taken it. It is over once its time has come, and somebody else took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of which webhook.
    pub webhook: WebhookNo,
    /// Of which event.
    pub position: Position,
    /// Until when nobody else takes it.
    pub until: Timestamp,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Of what.
    pub claim: Claim,
    /// How many tries have an outcome, this one included.
    pub tries: u32,
    /// What becomes of it.
    pub fate: Fate,
    /// When.
    pub at: Timestamp,
    /// Why it did not arrive.
    pub error: Option<String>,
}

/// Whether a delivery has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// It has.
    Delivered,
    /// It has not, and is tried no more.
    Failed,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [DeliveryState; 3] = [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Failed];

    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        }
    }

    /// The state with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A mail that one node has taken, to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedMail {
    /// Which, and until when nobody else takes it.
    pub claim: MailClaim,
    /// What it is about.
    pub kind: MailKind,
    /// To whom; `None`: to whoever the event says is invited.
    pub to: Option<UserNo>,
    /// How many tries have an outcome.
    pub tries: u32,
    /// When it was taken.
    pub at: Timestamp,
    /// What is told.
    pub event: Event,
}

/// What a mail is known by to whoever has taken it. It is over once its time has come, and somebody else took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailClaim {
    /// Of which event.
    pub position: Position,
    /// Until when nobody else takes it.
    pub until: Timestamp,
}

/// What came of a try to send a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOutcome {
    /// Of what.
    pub claim: MailClaim,
    /// How many tries have an outcome, this one included.
    pub tries: u32,
    /// What becomes of it.
    pub fate: Fate,
    /// When.
    pub at: Timestamp,
    /// Why it was not sent.
    pub error: Option<String>,
}

/// A delivery as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryView {
    /// Of which event; also the cursor of lists.
    pub position: Position,
    /// What happened.
    pub kind: String,
    /// Whether it has arrived.
    pub state: DeliveryState,
    /// How many tries have an outcome.
    pub tries: u32,
    /// When it is tried next, or given to somebody else where one is under way.
    pub next_try_at: Option<Timestamp>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
    /// Why the last try that has an outcome did not arrive.
    pub last_error: Option<String>,
}

/// A part of a list of deliveries.
#[derive(Clone, Copy, Debug)]
pub struct DeliveriesPage {
    /// Only those of events before this one.
    pub before: Option<Position>,
    /// How many at most.
    pub limit: u16,
}

/// Sign-ins that were refused because somebody was signed in already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusalsSince {
    /// How many.
    pub count: u64,
    /// When the last of them was written down; `None` where there were none.
    pub last: Option<Timestamp>,
}

/// A user that a transaction is about.
#[derive(Clone, Debug, Default)]
pub struct AskedUser {
    /// Device values that came along, if their devices matter.
    pub devices: Vec<SecretHash>,
    /// Countries they come from, if their countries matter.
    pub countries: Vec<String>,
    /// Whether it matters how often their sessions were taken over of late.
    pub take_overs: bool,
}

/// An account under its lock.
#[derive(Clone, Debug)]
pub struct AccountFacts {
    /// The account.
    pub account: Account,
    /// How many people it has; those who are invited are not counted here, see [`Self::counted`].
    pub people: People,
    /// Their numbers, ascending.
    pub users: Vec<UserNo>,
    /// Its invitations, oldest first; some may have expired.
    pub invitations: Vec<Invitation>,
}

impl AccountFacts {
    /// Its people and invitations, as rules look at them.
    pub fn team(&self) -> Team<'_> {
        Team { people: self.people, invitations: &self.invitations }
    }

    /// How many people it has, and how many are invited at this instant.
    pub fn counted(&self, now: Timestamp) -> People {
        self.team().counted(now)
    }
}

/// An invitation to which a code leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundInvitation {
    /// It.
    pub invitation: Invitation,
    /// Whether the code is the one that was mailed: whoever has it reads what is mailed to that address.
    pub by_mail: bool,
}

/// Somebody in an account, and how they use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamMember {
    /// Who.
    pub user: User,
    /// How many live sessions they have.
    pub live: u32,
    /// When they were last active in an open session, or else in the one that ended last; `None` where none is known.
    pub last_active_at: Option<Timestamp>,
}

/// Where in the one order of events a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Position of its last event; of the one before it where it wrote none.
    pub last: Position,
}

/// What `doctor db`, readiness and metrics show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What the store is, such as `SQLite 3.54.1`.
    pub engine: String,
    /// Where it is.
    pub location: String,
    /// Facts by name, in this order.
    pub facts: Vec<(&'static str, String)>,
    /// Numbers that metrics follow: name, what it is, value.
    pub gauges: Vec<(&'static str, &'static str, i64)>,
    /// What an operator should mend, each with how.
    pub problems: Vec<String>,
}

/// A part of a list of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionsPage {
    /// Only sessions before this one.
    pub before: Option<SessionNo>,
    /// How many at most.
    pub limit: u16,
}
