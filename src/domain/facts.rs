//! What a decision needs to know, read under the lock, and how each change moves it, so that the next command of the
//! same batch sees what the previous one did.

use super::account::AccountStatus;
use super::change::{Change, DeviceUse};
use super::device::Device;
use super::end::EndReason;
use super::factor::FactorChanged;
use super::id::{FactorId, Reference, SessionId, SessionNo, UserNo};
use super::session::{Activity, OpenSession};
use super::time::Timestamp;
use super::user::User;
use std::time::Duration;

/// How many refusals of one user have an event each within one window; the rest share one that counts.
pub const REFUSALS_WITH_OWN_EVENT: u32 = 10;

/// The window in which refusals of one user are counted.
pub const REFUSAL_WINDOW: Duration = Duration::from_secs(60);

/// How often sessions of one user may be taken over within [`TAKE_OVER_WINDOW`].
pub const TAKE_OVERS_MAX: usize = 3;

/// The window in which take-overs of one user are counted.
pub const TAKE_OVER_WINDOW: Duration = Duration::from_secs(60 * 60);

/// Everything one transaction loaded.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The clock, read after every lock was held.
    pub now: Timestamp,
    /// The users that were asked for and exist, by ascending number.
    pub users: Vec<UserFacts>,
    /// Fresh session numbers, one for each session that may be started.
    pub born: Vec<SessionNo>,
}

impl Facts {
    /// The facts of this user; `None` where there is no such user, or no longer.
    pub fn user(&self, no: UserNo) -> Option<&UserFacts> {
        let at = self.users.binary_search_by_key(&no, |facts| facts.user.no).ok()?;
        self.users.get(at)
    }

    /// Moves the facts as the change will move the store.
    pub fn apply(&mut self, change: &Change) {
        let Some(no) = change.user_no() else { return };
        if let Ok(at) = self.users.binary_search_by_key(&no, |facts| facts.user.no) {
            self.users[at].apply(change);
        }
    }
}

/// What is known of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFacts {
    /// The user.
    pub user: User,
    /// Whether the account may be used.
    pub account_status: AccountStatus,
    /// Code of the account's plan.
    pub plan: String,
    /// Whether the account requires a second factor.
    pub factor_required: bool,
    /// When the password was last set; `None` without one.
    pub password_changed_at: Option<Timestamp>,
    /// Their second factors.
    pub factors: Vec<FactorId>,
    /// When sessions of theirs were taken over, the latest first, at most [`TAKE_OVERS_MAX`]; only where it was asked for.
    pub taken_over: Vec<Timestamp>,
    /// Every session without an end, oldest first; some may have lapsed.
    pub open: Vec<OpenSession>,
    /// The devices of this user that answer to one of the presented values.
    pub devices: Vec<KnownDevice>,
    /// Whether this user has ever signed in before.
    pub has_signed_in: bool,
    /// Those of the asked country codes from which this user has signed in before.
    pub countries: Vec<String>,
    /// Refusals of late.
    pub refusals: Refusals,
}

/// A device and whether its newest session was ever used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// The device.
    pub device: Device,
    /// Whether the session that last rotated its value made any request. Until it has, the answer that carried the new
    /// value may have been lost, and the previous value counts.
    pub newest_session_used: bool,
}

/// Refusals of one user within the current window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// When the window began.
    pub since: Timestamp,
    /// How many there were.
    pub count: u32,
    /// The reference that those beyond the limit share, once there are any.
    pub shared: Option<Reference>,
}

impl UserFacts {
    /// Moves the facts of this user as the change will move the store.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::SessionStarted(started) => {
                self.open.push(started.open_session());
                self.has_signed_in = true;
                self.countries.extend(started.country_code().map(str::to_owned));
                self.apply_device(started.device());
            }
            Change::SessionEnded(ended) => {
                self.open.retain(|session| session.no != ended.no());
                if ended.reason() == EndReason::TakenOver {
                    self.taken_over.insert(0, ended.at());
                }
            }
            Change::SignInRefused(refused) => self.refusals = refused.window.clone(),
            Change::SteppedUp(step_up) => self.proved(step_up.session_no, step_up.at),
            Change::TokenRotated(rotated) if !rotated.proves => {}
            Change::TokenRotated(rotated) => self.proved(rotated.session_no, rotated.at),
            Change::DeviceNamed(named) => {
                for known in self.devices.iter_mut().filter(|known| known.device.no == named.device_no) {
                    known.device.name = named.name.as_ref().map(|name| name.as_str().to_owned());
                }
            }
            Change::UserPut(put) => self.user = put.user.clone(),
            Change::EmailConfirmed(confirmed) => self.user.email_confirmed_at = Some(confirmed.at),
            Change::PasswordSet(set) => self.password_changed_at = Some(set.at),
            Change::Factor(change) => match &change.what {
                FactorChanged::Added(factor, ..) => self.factors.push(factor.id.clone()),
                FactorChanged::Removed(factor) => self.factors.retain(|id| *id != factor.id),
                FactorChanged::CodesMade(_) | FactorChanged::CodeUsed(_) => {}
            },
            Change::UserRemoved(_)
            | Change::MailAsked(_)
            | Change::SecondFactorFailed(_)
            | Change::AccountPut(_)
            | Change::Invited(_)
            | Change::InvitationClosed(_)
            | Change::SupportViewed(_)
            | Change::KeyCreated(_)
            | Change::KeyRevoked(_)
            | Change::Webhook(_) => {}
        }
    }

    fn proved(&mut self, session: SessionNo, at: Timestamp) {
        for open in self.open.iter_mut().filter(|open| open.no == session) {
            open.proved_at = at;
        }
    }

    fn apply_device(&mut self, used: &DeviceUse) {
        self.devices.retain(|known| known.device.no != used.device.no);
        self.devices.push(KnownDevice { device: used.device.clone(), newest_session_used: false });
    }

    /// The session with this id, if it may be used now.
    pub fn live(&self, id: &SessionId, now: Timestamp) -> Option<&OpenSession> {
        self.open.iter().find(|open| open.id == *id && open.lapse(now).is_none())
    }

    /// Takes touches into account that are known and not stored yet.
    pub fn keep_touch(&mut self, session: SessionNo, activity: &Activity) {
        for open in self.open.iter_mut().filter(|open| open.no == session) {
            open.activity = super::session::later(&open.activity, activity);
        }
    }
}

/// Sample values for the tests of the rules.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use crate::domain::id::{AccountId, AccountNo, DeviceNo, SessionId, UserId};
    use crate::domain::policy::SessionPolicy;
    use crate::domain::user::{Role, UserStatus};

    pub(crate) fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    pub(crate) fn open_session(no: i64, created: i64) -> OpenSession {
        let policy = SessionPolicy::default();
        OpenSession {
            no: SessionNo(no),
            id: SessionId::new(format!("s_{no}")).unwrap(),
            place: u16::try_from(no).unwrap(),
            device: DeviceNo(no),
            created_at: at(created),
            proved_at: at(created),
            activity: Activity {
                last_active_at: at(created),
                last_seen_at: at(created),
                idle_deadline: at(created) + policy.idle_timeout,
            },
            absolute_deadline: at(created) + policy.absolute_lifetime,
        }
    }

    pub(crate) fn user_facts(open: Vec<OpenSession>) -> UserFacts {
        UserFacts {
            user: User {
                no: UserNo(1),
                id: UserId::new("mira").unwrap(),
                account_no: AccountNo(1),
                account_id: Some(AccountId::new("reef").unwrap()),
                role: Role::Owner,
                status: UserStatus::Active,
                email: Some("mira@reef.example".into()),
                email_confirmed_at: None,
                name: Some("Mira".into()),
                created_at: at(0),
            },
            account_status: AccountStatus::Active,
            plan: "solo".into(),
            factor_required: false,
            password_changed_at: Some(at(0)),
            factors: vec![],
            taken_over: vec![],
            open,
            devices: vec![],
            has_signed_in: true,
            countries: vec![],
            refusals: Refusals::default(),
        }
    }
}
