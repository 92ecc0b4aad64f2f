//! Who may start a session: the one rule of this product. See docs/sessions.md, "Admission".
//! Every path that creates a session ends in [`admit`]; a [`Started`] cannot be made anywhere else.

use super::account::AccountStatus;
use super::change::{Change, DeviceUse, RefusalEvent, Refused, SecondFactorFailed, WrongSecond};
use super::device::{Device, DeviceLabel, Place};
use super::end::{Actor, EndReason, Ended, end, mark_lapsed};
use super::facts::{
    Facts, REFUSAL_WINDOW, REFUSALS_WITH_OWN_EVENT, Refusals, TAKE_OVER_WINDOW, TAKE_OVERS_MAX, UserFacts,
};
use super::id::{DeviceNo, Reference, SecretHash, SessionId, SessionNo, UserNo};
use super::policy::{AtLimit, SessionPolicy};
use super::proof::{Proof, ProofFault};
use super::session::{Activity, OpenSession};
use super::time::Timestamp;
use super::user::{User, UserStatus};

/// What the refusal at the limit says, to the letter.
pub const ALREADY_LOGGED_IN: &str = "You are already logged in. Only one session per user is valid. Please contact support if you think this is an error.";

/// Somebody has proved who they are and asks for a session.
#[derive(Clone, Debug)]
pub struct Admit {
    /// Who.
    pub user: UserNo,
    /// What they proved.
    pub proof: Proof,
    /// How they proved it, such as `pwd`.
    pub methods: Vec<String>,
    /// The browser's session cookie, where it belongs to an open session: whose, and which.
    pub presented_session: Option<(UserNo, SessionNo)>,
    /// The device value that came along.
    pub presented_device: Option<SecretHash>,
    /// The device value from now on; `None` keeps no device.
    pub new_device: Option<SecretHash>,
    /// How the device describes itself.
    pub label: DeviceLabel,
    /// The address they come from.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
    /// Departs from the policy for this once: only [`AtLimit::ReplaceOldest`] makes sense here.
    pub at_limit: Option<AtLimit>,
    /// The session that they want to continue here, if it is in the way.
    pub take_over: Option<SessionId>,
    /// Who asks: the person, or the application.
    pub by: Actor,
    /// Public id of the session, if there is to be one.
    pub session_id: SessionId,
    /// Hash of its token.
    pub token: SecretHash,
    /// Reference of the refusal, if there is to be one.
    pub reference: Reference,
}

/// Why a session was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such user, or no longer.
    UnknownUser,
    /// The user or their account is suspended.
    Suspended,
    /// The password was set anew, or the second factor removed, while it was being verified.
    ProofOutdated,
    /// They have a second factor, and have not proved it.
    FactorMissing,
    /// They have no second factor, and their account requires one.
    FactorNotSetUp,
    /// Every place of the user is taken by a live session. The only refusal that people are told about.
    AlreadyLoggedIn,
    /// They could take a session over, and have done so too often within the hour.
    TooManyTakeOvers,
}

/// The decision about one sign-in: what is to be written, and what to answer.
#[derive(Clone, Debug)]
pub enum Admission {
    /// Write these, of which the last starts the session.
    Admit(Vec<Change>, Box<Started>),
    /// Write these, if any.
    Refuse(Vec<Change>, Refusal),
}

impl Admission {
    /// What is to be written, in this order.
    pub fn changes(&self) -> &[Change] {
        match self {
            Admission::Admit(changes, _) | Admission::Refuse(changes, _) => changes,
        }
    }
}

/// A session that [`admit`] has decided to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    user: User,
    session: OpenSession,
    token: SecretHash,
    device: DeviceUse,
    methods: Vec<String>,
    ip: Option<String>,
    location: Place,
    unfamiliar: bool,
    by: Actor,
}

impl Started {
    /// Whose session it is.
    pub fn user(&self) -> &User {
        &self.user
    }
    /// The session as the rules see it from now on.
    pub fn open_session(&self) -> OpenSession {
        self.session.clone()
    }
    /// Hash of its token.
    pub fn token(&self) -> SecretHash {
        self.token
    }
    /// The device, new or known, with the value that it answers to from now on.
    pub fn device(&self) -> &DeviceUse {
        &self.device
    }
    /// How the person proved who they are.
    pub fn methods(&self) -> &[String] {
        &self.methods
    }
    /// The address they came from.
    pub fn ip(&self) -> Option<&str> {
        self.ip.as_deref()
    }
    /// Where that is.
    pub fn location(&self) -> &Place {
        &self.location
    }
    /// The country's code, where it is known.
    pub fn country_code(&self) -> Option<&str> {
        self.location.country_code.as_deref()
    }
    /// Whether device and country were never seen before for this user.
    pub fn unfamiliar(&self) -> bool {
        self.unfamiliar
    }
    /// Who asked for it.
    pub fn by(&self) -> &Actor {
        &self.by
    }
}

/// Decides a sign-in of somebody who has proved every factor they need.
///
/// Lapsed sessions never count against the limit, but they are ended here first: until someone does, the database
/// holds their place. The same browser is not somebody else: its session makes room whatever the policy says.
pub fn admit(facts: &Facts, ask: &Admit, policy: &SessionPolicy, born: SessionNo) -> Admission {
    let now = facts.now;
    let Some(user) = facts.user(ask.user) else { return Admission::Refuse(vec![], Refusal::UnknownUser) };
    if let Some(refusal) = may_not_sign_in(user, ask) {
        return Admission::Refuse(vec![], refusal);
    }
    let mut ends: Vec<Ended> = user.open.iter().filter_map(|s| mark_lapsed(s, &user.user, now)).collect();
    let live: Vec<&OpenSession> = user.open.iter().filter(|s| s.lapse(now).is_none()).collect();
    let device = matching_device(user, ask.presented_device);
    let (own, mut others): (Vec<_>, Vec<_>) = live.into_iter().partition(|s| is_same_browser(s, device, ask));
    ends.extend(own.iter().map(|s| end(s, &user.user, EndReason::ReplacedSameBrowser, &ask.by, now)));

    // A browser that takes its own place back adds nothing, even where a lowered limit left more than it allows.
    let mut limit = usize::from(policy.sessions_per_user).max(if own.is_empty() { 0 } else { others.len() + 1 });
    if ask.proof.suffices(user) == Err(ProofFault::NotSetUp) {
        // Somebody at work sets the first factor up there: on the way in, whoever knows the password could.
        let blocked = others.len() >= limit && policy.at_limit != AtLimit::ReplaceOldest;
        return if blocked { refused(user, ask, now) } else { Admission::Refuse(vec![], Refusal::FactorNotSetUp) };
    }
    if ask.at_limit.unwrap_or(policy.at_limit) == AtLimit::ReplaceOldest {
        while others.len() >= limit {
            ends.push(end(others.remove(0), &user.user, EndReason::ReplacedOldest, &ask.by, now));
        }
    }
    if others.len() >= limit
        && let Some(at) = to_take_over(&others, ask, policy)
    {
        if taken_over_lately(user, now) >= TAKE_OVERS_MAX {
            return Admission::Refuse(refused_changes(user, ask, now), Refusal::TooManyTakeOvers);
        }
        ends.push(end(others.remove(at), &user.user, EndReason::TakenOver, &ask.by, now));
        // It adds no session, so it also works where a lowered limit has left more than it allows.
        limit = limit.max(others.len() + 1);
    }
    if others.len() >= limit {
        return refused(user, ask, now);
    }
    ends.extend(other_person_in_this_browser(facts, ask));
    let place = lowest_free_place(&others);
    let started = start(user, ask, policy, Birth { no: born, place, device, now });
    let mut changes: Vec<Change> = ends.into_iter().map(Change::SessionEnded).collect();
    changes.push(Change::SessionStarted(Box::new(started.clone())));
    Admission::Admit(changes, Box::new(started))
}

fn may_not_sign_in(user: &UserFacts, ask: &Admit) -> Option<Refusal> {
    match user.user.status {
        UserStatus::Removed => return Some(Refusal::UnknownUser),
        UserStatus::Suspended => return Some(Refusal::Suspended),
        UserStatus::Active => {}
    }
    if user.account_status == AccountStatus::Suspended {
        return Some(Refusal::Suspended);
    }
    match ask.proof.suffices(user) {
        Err(ProofFault::Outdated) => Some(Refusal::ProofOutdated),
        Err(ProofFault::FactorMissing) => Some(Refusal::FactorMissing),
        // Looked at once it is known whether somebody is at work.
        Ok(()) | Err(ProofFault::NotSetUp) => None,
    }
}

fn refused(user: &UserFacts, ask: &Admit, now: Timestamp) -> Admission {
    Admission::Refuse(refused_changes(user, ask, now), Refusal::AlreadyLoggedIn)
}

/// What has lapsed is over whoever asks; what is live stays exactly as it was.
fn refused_changes(user: &UserFacts, ask: &Admit, now: Timestamp) -> Vec<Change> {
    lapsed(user, now).chain([Change::SignInRefused(refuse(user, ask, now))]).collect()
}

fn lapsed(user: &UserFacts, now: Timestamp) -> impl Iterator<Item = Change> {
    user.open.iter().filter_map(move |session| mark_lapsed(session, &user.user, now)).map(Change::SessionEnded)
}

/// Which of the sessions in the way is taken over. That needs a proof that people who share a login do not share.
fn to_take_over(others: &[&OpenSession], ask: &Admit, policy: &SessionPolicy) -> Option<usize> {
    let wanted = ask.take_over.as_ref()?;
    let allowed = policy.at_limit == AtLimit::VerifiedTakeover && ask.proof.is_personal();
    others.iter().position(|session| session.id == *wanted).filter(|_| allowed)
}

fn taken_over_lately(user: &UserFacts, now: Timestamp) -> usize {
    user.taken_over.iter().filter(|at| now < **at + TAKE_OVER_WINDOW).count()
}

/// The device that answers to the presented value. The value before the last rotation counts as long as the session
/// that rotated it was never used: then the answer with the new value was probably lost.
fn matching_device(user: &UserFacts, presented: Option<SecretHash>) -> Option<&Device> {
    let presented = presented?;
    let matches = user.devices.iter().find(|known| {
        known.device.token == Some(presented)
            || (known.device.previous_token == Some(presented) && !known.newest_session_used)
    });
    matches.map(|known| &known.device)
}

fn is_same_browser(session: &OpenSession, device: Option<&Device>, ask: &Admit) -> bool {
    ask.presented_session.is_some_and(|(_, no)| no == session.no)
        || device.is_some_and(|device| device.no == session.device)
}

fn other_person_in_this_browser(facts: &Facts, ask: &Admit) -> Option<Ended> {
    let (holder, no) = ask.presented_session.filter(|(holder, _)| *holder != ask.user)?;
    let holder = facts.user(holder)?;
    let session = holder.open.iter().find(|session| session.no == no)?;
    Some(end(session, &holder.user, EndReason::ReplacedOtherUser, &ask.by, facts.now))
}

fn lowest_free_place(taken: &[&OpenSession]) -> u16 {
    (1..=u16::MAX).find(|place| taken.iter().all(|session| session.place != *place)).unwrap_or(u16::MAX)
}

struct Birth<'a> {
    no: SessionNo,
    place: u16,
    device: Option<&'a Device>,
    now: Timestamp,
}

fn start(user: &UserFacts, ask: &Admit, policy: &SessionPolicy, birth: Birth<'_>) -> Started {
    let Birth { no, place, device: known, now } = birth;
    let activity = Activity { last_active_at: now, last_seen_at: now, idle_deadline: now + policy.idle_timeout };
    // A device takes the number of the session that first used it, so that numbers come from one counter.
    let device = Device {
        no: known.map_or(DeviceNo(no.0), |device| device.no),
        token: ask.new_device,
        previous_token: ask.presented_device.filter(|presented| Some(*presented) != ask.new_device),
        name: known.and_then(|device| device.name.clone()),
    };
    let session = OpenSession {
        no,
        id: ask.session_id.clone(),
        place,
        device: device.no,
        created_at: now,
        proved_at: now,
        activity,
        absolute_deadline: now + policy.absolute_lifetime,
    };
    Started {
        user: user.user.clone(),
        session,
        token: ask.token,
        device: DeviceUse { device, is_new: known.is_none(), label: ask.label.clone() },
        methods: ask.methods.clone(),
        ip: ask.ip.clone(),
        location: ask.place.clone(),
        unfamiliar: is_unfamiliar(user, known, &ask.place),
        by: ask.by.clone(),
    }
}

/// Whether this user has signed in before, never from this device, and never from this country.
fn is_unfamiliar(user: &UserFacts, known: Option<&Device>, place: &Place) -> bool {
    known.is_none() && user.has_signed_in && !is_known_country(user, place)
}

/// An unknown country makes nothing familiar.
fn is_known_country(user: &UserFacts, place: &Place) -> bool {
    place.country_code.as_ref().is_some_and(|code| user.countries.contains(code))
}

fn refuse(user: &UserFacts, ask: &Admit, now: Timestamp) -> Refused {
    let current = now < user.refusals.since + REFUSAL_WINDOW && user.refusals.since <= now;
    let before = if current { user.refusals.clone() } else { Refusals { since: now, count: 0, shared: None } };
    let (event, reference) = match &before.shared {
        _ if before.count < REFUSALS_WITH_OWN_EVENT => (RefusalEvent::Own, ask.reference.clone()),
        None => (RefusalEvent::Shared, ask.reference.clone()),
        Some(shared) => (RefusalEvent::Repeat, shared.clone()),
    };
    let shared = if event == RefusalEvent::Own { None } else { Some(reference.clone()) };
    Refused {
        user_no: user.user.no,
        account_no: user.user.account_no,
        at: now,
        by: ask.by.clone(),
        label: ask.label.clone(),
        ip: ask.ip.clone(),
        country_code: ask.place.country_code.clone(),
        unfamiliar: is_unfamiliar(user, matching_device(user, ask.presented_device), &ask.place),
        reference,
        event,
        window: Refusals { since: before.since, count: before.count + 1, shared },
    }
}

/// Somebody gave a right password, and then a second factor that was wrong.
#[derive(Clone, Debug)]
pub struct SecondAsk {
    /// When the password had been set that was right.
    pub password_of: Timestamp,
    /// What was wrong.
    pub wrong: WrongSecond,
    /// The device value that came along.
    pub presented_device: Option<SecretHash>,
    /// How the device describes itself.
    pub label: DeviceLabel,
    /// The address they come from.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
}

/// What is to be written of a wrong second factor; `None` where the password has become another one meanwhile: then nobody
/// knows it any more who should not.
pub fn second_factor_failed(user: &UserFacts, ask: SecondAsk, now: Timestamp) -> Option<SecondFactorFailed> {
    if user.password_changed_at != Some(ask.password_of) {
        return None;
    }
    Some(SecondFactorFailed {
        user_no: user.user.no,
        account_no: user.user.account_no,
        wrong: ask.wrong,
        unfamiliar: is_unfamiliar(user, matching_device(user, ask.presented_device), &ask.place),
        label: ask.label,
        ip: ask.ip,
        country_code: ask.place.country_code,
        at: now,
        by: Actor::User(user.user.no, user.user.role),
    })
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "admission_naive_tests.rs"]
mod naive_tests;
