//! The events read from the first on, as somebody does who keeps their own copy of everything: what they add up to, and
//! that it is what the store says.

use crate::harness::START;
use crate::house::House;
use innkeeper::domain::end::EndReason;
use innkeeper::domain::id::{AccountId, SessionId, UserId};
use innkeeper::domain::invitation::INVITATION_VALID;
use innkeeper::domain::time::Timestamp;
use innkeeper::domain::user::{Role, UserStatus};
use innkeeper::service::{Event, Position, SessionView, SessionsPage, StateFilter};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq)]
struct Account {
    name: String,
    plan: String,
    time_zone: String,
    status: String,
}

#[derive(Debug, PartialEq)]
struct User {
    account: String,
    role: String,
    status: String,
    email: Option<String>,
    name: Option<String>,
    created_at: Timestamp,
}

#[derive(Debug, PartialEq)]
struct Session {
    user: String,
    account: String,
    started_at: Timestamp,
    proved_at: Timestamp,
    /// When, why, and the role of the person who did it.
    ended: Option<(Timestamp, EndReason, Option<Role>)>,
}

#[derive(Debug, PartialEq)]
struct Invitation {
    account: String,
    email: String,
    role: String,
    made_by: String,
    made_at: Timestamp,
}

/// What a reader of events knows, from them alone. Whatever an event says has to fit to what was known before it: nothing
/// is created twice, and nothing ends that had not begun.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Known {
    accounts: BTreeMap<String, Account>,
    /// Users who are not removed.
    users: BTreeMap<String, User>,
    sessions: BTreeMap<String, Session>,
    /// Those that may still be accepted.
    invitations: BTreeMap<String, Invitation>,
    /// Keys, and whether each is revoked.
    keys: BTreeMap<String, bool>,
    /// When each user's password was last set anew.
    passwords: BTreeMap<String, Timestamp>,
    /// The last device that each user has named: by which session, and how.
    named: BTreeMap<String, (String, Option<String>)>,
    refused: BTreeMap<String, u64>,
}

/// An event, with its data read.
struct Told<'a> {
    event: &'a Event,
    data: Value,
}

impl Told<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.data.get(name).map(|value| value.as_str().expect("a text").to_owned())
    }

    fn the(&self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| panic!("{:?} lacks {name}", self.event))
    }

    fn user(&self) -> String {
        self.event.user_id.as_ref().unwrap_or_else(|| panic!("{:?} names no user", self.event)).to_string()
    }

    fn account(&self) -> String {
        self.event.account_id.as_ref().unwrap_or_else(|| panic!("{:?} names no account", self.event)).to_string()
    }

    fn session(&self) -> String {
        self.event.session_id.as_ref().unwrap_or_else(|| panic!("{:?} names no session", self.event)).to_string()
    }

    /// Moves a field that the event speaks of; empty text takes it away.
    fn optional(&self, name: &str, field: &mut Option<String>) {
        if let Some(text) = self.text(name) {
            let now = Some(text).filter(|text| !text.is_empty());
            assert_ne!(*field, now, "{:?} says of {name} what was so before", self.event);
            *field = now;
        }
    }

    fn required(&self, name: &str, field: &mut String) {
        if let Some(text) = self.text(name) {
            assert_ne!(*field, text, "{:?} says of {name} what was so before", self.event);
            *field = text;
        }
    }
}

impl Known {
    /// Reads events of the first position on.
    pub(crate) fn from(events: &[Event]) -> Self {
        let mut known = Self::default();
        for (event, position) in events.iter().zip(1..) {
            assert_eq!(event.position, Position(position), "nothing is left out");
            known.add(event);
        }
        known
    }

    fn add(&mut self, event: &Event) {
        let told = Told { event, data: serde_json::from_str(&event.data).unwrap() };
        match event.kind.as_str() {
            "account.created" => {
                let [name, plan, time_zone, status] = ["name", "plan", "time_zone", "status"].map(|of| told.the(of));
                let new = self.accounts.insert(told.account(), Account { name, plan, time_zone, status });
                assert_eq!(new, None, "{event:?}");
            }
            "account.changed" | "account.plan_changed" => {
                let account = self.accounts.get_mut(&told.account()).expect("it was created");
                let before = Some(account.plan.clone());
                assert_eq!(told.text("previous_plan"), before.filter(|_| event.kind == "account.plan_changed"));
                assert_eq!(told.text("plan").is_some(), event.kind == "account.plan_changed");
                told.required("name", &mut account.name);
                told.required("plan", &mut account.plan);
                told.required("time_zone", &mut account.time_zone);
                told.required("status", &mut account.status);
            }
            kind if kind.starts_with("user.") => self.add_user(&told),
            kind if kind.starts_with("invitation.") => self.add_invitation(&told),
            kind if kind.starts_with("key.") => {
                let before = self.keys.insert(told.the("key_id"), kind == "key.revoked");
                assert_eq!(before, (kind == "key.revoked").then_some(false), "{event:?}");
            }
            _ => self.add_session(&told),
        }
    }

    fn add_user(&mut self, told: &Told<'_>) {
        let (id, event) = (told.user(), told.event);
        match event.kind.as_str() {
            "user.created" => {
                let (account, role, status) = (told.account(), told.the("role"), told.the("status"));
                let (email, name) = (told.text("email"), told.text("name"));
                let new = User { account, role, status, email, name, created_at: event.at };
                assert_eq!(self.users.insert(id.clone(), new), None, "{event:?}");
                // Whoever is given an id again is somebody new.
                self.passwords.remove(&id);
                self.named.remove(&id);
                self.refused.remove(&id);
            }
            "user.changed" => {
                let user = self.users.get_mut(&id).expect("they were created");
                assert!(told.data.as_object().is_some_and(|data| !data.is_empty()), "{event:?} changes nothing");
                told.required("role", &mut user.role);
                told.required("status", &mut user.status);
                told.optional("email", &mut user.email);
                told.optional("name", &mut user.name);
            }
            "user.removed" => {
                assert_eq!(told.the("user_id"), id);
                assert!(self.users.remove(&id).is_some(), "{event:?}");
                let open = |session: &&Session| session.user == id && session.ended.is_none();
                assert_eq!(self.sessions.values().find(open), None, "their sessions ended before them");
                let theirs = |open: &&Invitation| open.made_by == id;
                assert_eq!(self.invitations.values().find(theirs), None, "and so did what they had offered");
            }
            "user.password_set" => {
                assert!(self.users.contains_key(&id), "{event:?}");
                self.passwords.insert(id, event.at);
            }
            kind => panic!("{kind} means nothing to this reader"),
        }
    }

    fn add_invitation(&mut self, told: &Told<'_>) {
        let (id, event) = (told.the("invitation_id"), told.event);
        let (account, email, role) = (told.account(), told.the("email"), told.the("role"));
        if event.kind == "invitation.created" {
            let made_by = event.actor_id.clone().expect("a person invites");
            let new = Invitation { account, email, role, made_by, made_at: event.at };
            let same = |open: &&Invitation| open.account == new.account && open.email == new.email;
            assert_eq!(self.invitations.values().find(same), None, "an account invites each address once");
            assert_eq!(self.invitations.insert(id, new), None, "{event:?}");
            return;
        }
        let open = self.invitations.remove(&id).expect("it was made, and is closed once");
        assert_eq!((&open.account, &open.email, &open.role), (&account, &email, &role));
        let end = open.made_at + INVITATION_VALID;
        if event.kind == "invitation.expired" {
            assert_eq!((event.at, event.actor_kind.as_str()), (end, "clock"), "it expires by itself and in its time");
        } else {
            assert!(event.at < end, "{event:?} comes too late");
        }
    }

    fn add_session(&mut self, told: &Told<'_>) {
        let (user, event) = (told.user(), told.event);
        match event.kind.as_str() {
            "session.started" => {
                let owner = self.users.get(&user).expect("they were created");
                assert_eq!((&owner.account, owner.status.as_str()), (&told.account(), "active"), "{event:?}");
                assert_eq!(self.accounts[&owner.account].status, "active", "{event:?}");
                let (account, at) = (told.account(), event.at);
                let new = Session { user, account, started_at: at, proved_at: at, ended: None };
                assert_eq!(self.sessions.insert(told.session(), new), None, "{event:?}");
            }
            "session.ended" => {
                let session = self.sessions.get_mut(&told.session()).expect("it was started");
                let reason = EndReason::parse(event.reason.as_deref().unwrap_or_default()).expect("a reason");
                let role = event.actor_role.as_deref().and_then(Role::parse);
                assert_eq!(session.ended.replace((event.at, reason, role)), None, "{event:?}");
                assert_eq!(session.user, user);
            }
            "session.stepped_up" | "session.token_rotated" => {
                let session = self.sessions.get_mut(&told.session()).expect("it was started");
                assert_eq!(session.ended, None, "{event:?}");
                session.proved_at = event.at;
            }
            "device.named" => {
                let name = Some(told.the("name")).filter(|name| !name.is_empty());
                self.named.insert(user, (told.session(), name));
            }
            "sign_in.refused" => {
                *self.refused.entry(user).or_default() += told.data["times"].as_u64().expect("how often");
            }
            kind => panic!("{kind} means nothing to this reader"),
        }
    }

    /// The same from what the house answers to everybody who asks. What a house does not tell in a list is asked for by
    /// what the events name, so that it is compared at least.
    pub(crate) async fn told_by(house: &House, events: &Known) -> Self {
        let (innkeeper, mut known) = (&house.innkeeper, Self::default());
        for account in innkeeper.accounts(None, 200).await.unwrap() {
            let id = account.id.to_string();
            let people = innkeeper.users_of(&account.id, None, 200).await.unwrap().unwrap();
            for user in &people {
                known.add_user_of(house, &id, user, events).await;
            }
            let page = SessionsPage { before: None, limit: 1000 };
            let sessions = innkeeper.sessions_of_account(&account.id, StateFilter::All, page).await.unwrap().unwrap();
            for session in sessions {
                assert_eq!(session.account_id.as_ref(), Some(&account.id));
                known.sessions.insert(session.id.to_string(), of_view(&session));
            }
            for open in innkeeper.invitations(account.no).await.unwrap() {
                assert_eq!(open.expires_at, open.created_at + INVITATION_VALID);
                let maker = people.iter().find(|user| user.no == open.invited_by).expect("whoever made it is there");
                assert_eq!(maker.status, UserStatus::Active, "what somebody offered is worth no more than they are");
                let (email, role, made_by) = (open.email, open.role.as_str().to_owned(), maker.id.to_string());
                let invitation = Invitation { account: id.clone(), email, role, made_by, made_at: open.created_at };
                known.invitations.insert(open.id.to_string(), invitation);
            }
            let status = account.status.as_str().to_owned();
            let (name, plan, time_zone) = (account.name, account.plan, account.time_zone);
            known.accounts.insert(id, Account { name, plan, time_zone, status });
        }
        for key in innkeeper.keys().await.unwrap() {
            known.keys.insert(key.id.to_string(), key.revoked_at.is_some());
        }
        known
    }

    async fn add_user_of(
        &mut self,
        house: &House,
        account: &str,
        user: &innkeeper::domain::user::User,
        events: &Known,
    ) {
        let id = user.id.to_string();
        let refused = house.innkeeper.refusals(user.no, START).await.unwrap().count;
        if 0 < refused {
            self.refused.insert(id.clone(), refused);
        }
        if let Some(set_at) = events.passwords.get(&id) {
            // Of two that are set within a millisecond the later one is known by the next.
            let stored = house.innkeeper.password_changed_at(user.no).await.unwrap().expect("it was set");
            let same = (0..10).contains(&(stored.as_millis() - set_at.as_millis()));
            self.passwords.insert(id.clone(), if same { *set_at } else { stored });
        }
        if let Some((session, _)) = events.named.get(&id) {
            let view = house.innkeeper.session(&SessionId::new(session).unwrap()).await.unwrap().unwrap();
            self.named.insert(id.clone(), (session.clone(), view.device_name));
        }
        let (role, status) = (user.role.as_str().to_owned(), user.status.as_str().to_owned());
        let (email, name, created_at) = (user.email.clone(), user.name.clone(), user.created_at);
        self.users.insert(id, User { account: account.to_owned(), role, status, email, name, created_at });
    }

    /// Forgets what the house tells of nobody any more: what was refused, set and named by people who are removed.
    pub(crate) fn without_removed(mut self) -> Self {
        let there = |id: &String| self.users.contains_key(id);
        self.passwords.retain(|id, _| there(id));
        self.named.retain(|id, _| there(id));
        self.refused.retain(|id, _| there(id));
        self
    }

    /// How many sessions of somebody have no end.
    pub(crate) fn open_of(&self, user: &UserId) -> usize {
        self.sessions.values().filter(|session| session.user == user.as_str() && session.ended.is_none()).count()
    }

    /// Every account.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.keys().map(|id| AccountId::new(id).unwrap())
    }
}

fn of_view(view: &SessionView) -> Session {
    Session {
        user: view.user_id.to_string(),
        account: view.account_id.as_ref().unwrap().to_string(),
        started_at: view.created_at,
        proved_at: view.proved_at,
        ended: view.end.map(|(at, reason)| (at, reason, view.ended_by_role)),
    }
}
