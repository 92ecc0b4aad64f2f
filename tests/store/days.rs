//! Random days of whole accounts through the service, whatever people and applications think of: at the end of one the
//! events, read from the first on, add up to what the store says, and each answer left the events that it speaks of.

use crate::house::{Ground, House, key, reef, user};
use crate::replay::Known;
use crate::server::server;
use innkeeper::domain::account::AccountStatus;
use innkeeper::domain::activity::Counted;
use innkeeper::domain::device::DeviceName;
use innkeeper::domain::end::EndReason;
use innkeeper::domain::id::{AccountId, SecretHash, SessionId, UserId};
use innkeeper::domain::policy::AtLimit;
use innkeeper::domain::user::{Role, UserStatus};
use innkeeper::secret;
use innkeeper::service::{
    AccountFields, ActedOn, Acting, Browser, Client, Event, Innkeeper, Join, NewSession, PasswordChange, PersonChange,
    Position, Scope, SessionRefusal, SessionView, SignIn, StateFilter, TeamEnd, UserFields,
};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

const PASSWORDS: [&str; 2] = ["correct horse battery", "another staple entirely"];

const ADDRESSES: [&str; 5] = ["noa@reef.example", "kai@reef.example", "bo@reef.example", "lu@a.example", "no address"];

#[derive(Clone, Copy, Debug)]
enum End {
    SignOut,
    ByApplication,
    AllOfUser,
    AllOfAccount,
    Own,
    Others,
    InTeam,
    OfPerson,
    OfEverybody,
}

/// Whatever is picked is counted: people from the first on, sessions and invitations from the newest.
#[derive(Clone, Debug)]
enum Op {
    Account { which: usize, plan: Option<&'static str>, name: Option<&'static str>, suspend: Option<bool> },
    User { which: usize, role: Role, address: Option<Option<usize>>, named: Option<bool>, suspend: Option<bool> },
    Password { which: usize, password: usize },
    Remove { which: usize },
    Start { which: usize, device: Option<u8>, replace: bool },
    SignIn { which: usize, password: usize, same_browser: bool },
    Invite { by: usize, address: usize, role: Role },
    Revoke { by: usize, which: usize },
    Join { which: usize, password: usize },
    Person { by: usize, which: usize, change: PersonChange },
    Plan { by: usize, plan: &'static str },
    End { by: usize, which: usize, how: End },
    Name { by: usize, which: usize, name: &'static str },
    OwnPassword { by: usize, password: usize },
    StepUp { which: usize },
    Check { which: usize },
    Key { revoke: bool },
    Wait { minutes: u64, less: u64 },
    LongDay { which: usize },
    Sweep,
    Expire,
    Settle,
}

fn any_op() -> impl Strategy<Value = Op> {
    let roles = || prop::sample::select(vec![Role::Owner, Role::Manager, Role::Staff]);
    let plans = || prop::sample::select(vec!["solo", "team", "team", "business", "absent"]);
    let perhaps = || prop::option::weighted(0.3, prop::bool::weighted(0.3));
    let people = prop_oneof![1 => Just(0usize), 1 => Just(1usize), 2 => 0usize..7];
    let word = || prop::bool::weighted(0.2).prop_map(usize::from);
    let by = || prop_oneof![3 => Just(0usize), 1 => 0usize..4];
    let changes = vec![
        PersonChange::Role(Role::Owner),
        PersonChange::Role(Role::Manager),
        PersonChange::Role(Role::Staff),
        PersonChange::Suspend,
        PersonChange::Reinstate,
        PersonChange::Remove,
    ];
    let ends = [
        End::SignOut,
        End::ByApplication,
        End::AllOfUser,
        End::AllOfAccount,
        End::Own,
        End::Others,
        End::InTeam,
        End::OfPerson,
        End::OfEverybody,
    ];
    let directory = prop_oneof![
        2 => (0usize..3, prop::option::of(plans()), prop::option::of(prop::sample::select(vec!["Reef", "Boat"])), perhaps())
            .prop_map(|(which, plan, name, suspend)| Op::Account { which, plan, name, suspend }),
        6 => (people.clone(), roles(), prop::option::weighted(0.3, prop::option::of(0..ADDRESSES.len())), prop::option::of(any::<bool>()), perhaps())
            .prop_map(|(which, role, address, named, suspend)| Op::User { which, role, address, named, suspend }),
        1 => (people.clone(), word()).prop_map(|(which, password)| Op::Password { which, password }),
        1 => people.clone().prop_map(|which| Op::Remove { which }),
        1 => any::<bool>().prop_map(|revoke| Op::Key { revoke }),
    ];
    let sessions = prop_oneof![
        8 => (people.clone(), prop::option::of(0u8..3), prop::bool::weighted(0.2))
            .prop_map(|(which, device, replace)| Op::Start { which, device, replace }),
        3 => (prop_oneof![3 => 0usize..2, 1 => 0usize..7], word(), any::<bool>())
            .prop_map(|(which, password, same_browser)| Op::SignIn { which, password, same_browser }),
        6 => (0usize..4, 0usize..4, prop::sample::select(ends.to_vec()))
            .prop_map(|(by, which, how)| Op::End { by, which, how }),
        2 => (0usize..3, 0usize..3, prop::sample::select(vec!["", "Till", "Desk"]))
            .prop_map(|(by, which, name)| Op::Name { by, which, name }),
        1 => (0usize..3, word()).prop_map(|(by, password)| Op::OwnPassword { by, password }),
        1 => (0usize..4).prop_map(|which| Op::StepUp { which }),
        2 => (0usize..4).prop_map(|which| Op::Check { which }),
    ];
    let staff = prop_oneof![
        4 => (by(), 0..ADDRESSES.len(), roles()).prop_map(|(by, address, role)| Op::Invite { by, address, role }),
        1 => (by(), 0usize..3).prop_map(|(by, which)| Op::Revoke { by, which }),
        2 => (0usize..3, word()).prop_map(|(which, password)| Op::Join { which, password }),
        4 => (by(), people, prop::sample::select(changes)).prop_map(|(by, which, change)| Op::Person { by, which, change }),
        1 => (by(), plans()).prop_map(|(by, plan)| Op::Plan { by, plan }),
    ];
    let time = prop_oneof![
        6 => (prop::sample::select(vec![0u64, 1, 5, 10, 20]), 0u64..2).prop_map(|(minutes, less)| Op::Wait { minutes, less }),
        1 => (prop::sample::select(vec![60u64, 7 * 24 * 60, 7 * 24 * 60]), 0u64..2)
            .prop_map(|(minutes, less)| Op::Wait { minutes, less }),
        1 => (0usize..2).prop_map(|which| Op::LongDay { which }),
        1 => Just(Op::Sweep),
        1 => Just(Op::Expire),
        1 => Just(Op::Settle),
    ];
    prop_oneof![3 => directory, 6 => sessions, 4 => staff, 1 => time]
}

/// How many events of a kind, or of a kind and a reason, an answer speaks of.
type Left = Vec<(String, u64)>;

fn left(kind: &str, times: u64) -> Left {
    vec![(kind.to_owned(), times)]
}

struct Day {
    house: House,
    turn: usize,
    people: Vec<UserId>,
    /// What was started, with the person's browser where it was by password.
    sessions: Vec<(SessionId, SecretHash, Option<SecretHash>)>,
    codes: Vec<(innkeeper::domain::id::InvitationId, SecretHash)>,
    seen: Position,
}

impl Day {
    async fn begin(ground: Ground, (at_limit, places): (AtLimit, u16)) -> Self {
        let house = House::open(ground, at_limit, places).await;
        let people = ["mira", "kai", "bo", "leo", "tom"].map(user).to_vec();
        for (id, account) in [("mira", None), ("kai", Some(reef()))] {
            let (email, password) = (Some(Some(format!("{id}@reef.example"))), Some(PASSWORDS[0].into()));
            let fields = UserFields { account, role: Some(Role::Owner), email, password, ..UserFields::default() };
            house.innkeeper.put_user(&user(id), fields, &key()).await.unwrap().unwrap();
        }
        let seen = house.innkeeper.events(Position(0), u16::MAX).await.unwrap().pop().unwrap().position;
        Self { house, turn: 0, people, sessions: vec![], codes: vec![], seen }
    }

    fn node(&self) -> Innkeeper {
        self.house.node(self.turn).clone()
    }

    fn person(&self, which: usize) -> UserId {
        self.people[which % self.people.len()].clone()
    }

    fn account(which: usize) -> AccountId {
        if which == 0 { reef() } else { AccountId::new(format!("boat-{which}")).unwrap() }
    }

    fn newest<T: Clone>(of: &[T], which: usize) -> Option<T> {
        of.iter().rev().nth(which).cloned()
    }

    /// A session in which somebody acts: one of the newest that are live, or, beyond those, one that may be over.
    async fn view(&self, which: usize) -> Option<SessionView> {
        let mut live = Vec::new();
        for (id, ..) in self.sessions.iter().rev().take(8) {
            live.extend(self.node().session(id).await.unwrap().filter(|view| view.end.is_none()));
        }
        if which < live.len() {
            return Some(live.remove(which));
        }
        self.node().session(&Self::newest(&self.sessions, which)?.0).await.unwrap()
    }

    /// Does it, and looks at what it left behind.
    async fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        self.turn += 1;
        let expected = self.act(op).await.unwrap_or_default();
        let events = self.house.innkeeper.events(self.seen, u16::MAX).await.unwrap();
        for (what, times) in expected {
            let is = |event: &&Event| match what.split_once('/') {
                Some((kind, reason)) => event.kind == kind && event.reason.as_deref() == Some(reason),
                None => event.kind == what,
            };
            prop_assert_eq!(events.iter().filter(is).count() as u64, times, "{} by {:?}", what, op);
        }
        for event in &events {
            let new = event.user_id.as_ref().filter(|id| event.kind == "user.created" && !self.people.contains(id));
            self.people.extend(new.cloned());
        }
        self.seen = events.last().map_or(self.seen, |event| event.position);
        Ok(())
    }

    async fn act(&mut self, op: &Op) -> Option<Left> {
        match *op {
            Op::Account { .. } | Op::User { .. } | Op::Password { .. } | Op::Remove { .. } | Op::Key { .. } => {
                self.keep(op).await
            }
            Op::Invite { .. } | Op::Revoke { .. } | Op::Join { .. } | Op::Person { .. } | Op::Plan { .. } => {
                self.manage(op).await
            }
            Op::Start { which, device, replace } => self.start(which, device, replace).await,
            Op::SignIn { which, password, same_browser } => self.sign_in(which, password, same_browser).await,
            Op::End { by, which, how } => self.end(by, which, how).await,
            Op::Name { by, which, name } => {
                let (acting, (target, ..)) = (self.view(by).await?, Self::newest(&self.sessions, which)?);
                let name = DeviceName::typed(name).unwrap();
                self.node().name_device(&acting, &target, name).await.unwrap();
                None
            }
            Op::OwnPassword { by, password } => self.own_password(by, password).await,
            Op::StepUp { which } => {
                let (id, ..) = Self::newest(&self.sessions, which)?;
                let done = self.node().step_up_session(&id, vec!["otp".into()], key()).await.unwrap();
                Some(left("session.stepped_up", u64::from(done == Some(true))))
            }
            Op::Check { which } => {
                let (_, token, _) = Self::newest(&self.sessions, which)?;
                self.node().check(Some(token), Counted::Counted).await.unwrap();
                None
            }
            Op::Wait { minutes, less } => {
                self.wait(Duration::from_millis((minutes * 60_000).saturating_sub(less))).await;
                None
            }
            Op::LongDay { which } => {
                let (_, token, _) = Self::newest(&self.sessions, which)?;
                for _ in 0..37 {
                    self.wait(Duration::from_millis(20 * 60_000 - 1)).await;
                    self.node().check(Some(token), Counted::Counted).await.unwrap();
                }
                None
            }
            Op::Sweep => self.node().sweep().await.map(|_| None).unwrap(),
            Op::Expire => self.node().expire_invitations().await.map(|()| None).unwrap(),
            Op::Settle => self.node().settle().await.map(|()| None).unwrap(),
        }
    }

    /// Time passes; what is gathered is written long before.
    async fn wait(&self, time: Duration) {
        self.house.settle().await;
        self.house.clock.advance(time);
    }

    /// What applications and operators do with accounts, people and keys.
    async fn keep(&mut self, op: &Op) -> Option<Left> {
        let (node, by) = (self.node(), key());
        match *op {
            Op::Account { which, plan, name, suspend } => {
                let status = suspend.map(|yes| if yes { AccountStatus::Suspended } else { AccountStatus::Active });
                let (plan, name) = (plan.map(str::to_owned), name.map(str::to_owned));
                let fields = AccountFields { plan, name, status, ..AccountFields::default() };
                let before = node.account(&Self::account(which)).await.unwrap();
                let (after, created) = node.put_account(&Self::account(which), &fields, &by).await.unwrap().ok()?;
                let same_plan = before.as_ref().is_none_or(|before| before.plan == after.plan);
                let changed = before.as_ref().is_some_and(|before| *before != after);
                Some(vec![
                    ("account.created".into(), u64::from(created)),
                    ("account.changed".into(), u64::from(changed && same_plan)),
                    ("account.plan_changed".into(), u64::from(!same_plan)),
                ])
            }
            Op::User { which, role, address, named, suspend } => {
                let id = self.person(which);
                let status = suspend.map(|yes| if yes { UserStatus::Suspended } else { UserStatus::Active });
                let fields = UserFields {
                    account: Some(Self::account(which / 4)),
                    role: Some(role),
                    email_confirmed: None,
                    email: address.map(|some| some.map(|at| ADDRESSES[at].to_owned())),
                    name: named.map(|yes| yes.then(|| format!("Person {id}"))),
                    status,
                    password: None,
                };
                let before = node.user(&id).await.unwrap();
                let (after, created) = node.put_user(&id, fields, &by).await.unwrap().ok()?;
                let changed = before.is_some_and(|before| before != after);
                Some(vec![("user.created".into(), u64::from(created)), ("user.changed".into(), u64::from(changed))])
            }
            Op::Password { which, password } => {
                let email = Some(Some(format!("{}@reef.example", self.person(which))));
                let password = Some(PASSWORDS[password].into());
                let fields = UserFields { email, password, ..UserFields::default() };
                node.patch_user(&self.person(which), fields, &by).await.unwrap().ok()?;
                Some(left("user.password_set", 1))
            }
            Op::Remove { which } => {
                let done = node.remove_user(&self.person(which), &by).await.unwrap();
                Some(left("user.removed", u64::from(done.is_ok())))
            }
            _ => {
                let known = node.keys().await.unwrap().into_iter().rfind(|key| key.revoked_at.is_none());
                if let (Op::Key { revoke: true }, Some(known)) = (op, known) {
                    node.revoke_key(&known.id, by).await.unwrap();
                    return Some(left("key.revoked", 1));
                }
                node.create_key("till".into(), &[Scope::Sessions], by).await.unwrap();
                Some(left("key.created", 1))
            }
        }
    }

    async fn start(&mut self, which: usize, device: Option<u8>, replace_oldest: bool) -> Option<Left> {
        let device = device.map(|device| secret::hash_of(&format!("till-{device}")));
        let (user, client, methods) = (self.person(which), Client::default(), vec!["pwd".into()]);
        let ask = NewSession { user, client, device, methods, replace_oldest };
        match self.node().start_session(ask, key()).await.unwrap() {
            Ok(started) => {
                self.sessions.push((started.session.id, started.token.hash(), None));
                Some(vec![("session.started".into(), 1), ("sign_in.refused".into(), 0)])
            }
            // Beyond ten within a minute one event counts them.
            Err(SessionRefusal::AlreadyLoggedIn(_)) => Some(left("session.started", 0)),
            Err(_) => Some(vec![("session.started".into(), 0), ("sign_in.refused".into(), 0)]),
        }
    }

    async fn sign_in(&mut self, which: usize, password: usize, same_browser: bool) -> Option<Left> {
        let newest = self.view(0).await.and_then(|view| self.sessions.iter().find(|(id, ..)| *id == view.id));
        let browser = match newest {
            Some((_, token, device)) if same_browser => Browser { session: Some(*token), device: *device },
            _ => Browser::default(),
        };
        let email = format!("{}@reef.example", self.person(which));
        let ask = SignIn { email, password: PASSWORDS[password].into(), browser, client: Client::default() };
        let signed_in = self.node().sign_in(ask).await.unwrap();
        let started = u64::from(signed_in.is_ok());
        let new = signed_in.ok().map(|new| (new.session_id, new.token.hash(), Some(new.device.hash())));
        self.sessions.extend(new);
        Some(left("session.started", started))
    }

    async fn own_password(&mut self, by: usize, password: usize) -> Option<Left> {
        let acting = self.view(by).await?;
        let token = self.sessions.iter().find(|(id, ..)| *id == acting.id)?.1;
        let [current, new] = [password, 1 - password].map(|at| PASSWORDS[at].to_owned());
        let changed = self.node().change_password(&acting, token, PasswordChange { current, new }).await.unwrap();
        let (times, ended) = changed.as_ref().map_or((0, 0), |changed| (1, changed.ended));
        if let Ok(changed) = changed {
            let known = self.sessions.iter_mut().find(|(id, ..)| *id == acting.id)?;
            known.1 = changed.token.hash();
        }
        Some(vec![
            ("user.password_set".into(), times),
            ("session.token_rotated".into(), times),
            ("session.ended/password_changed".into(), ended),
        ])
    }

    /// What those who answer for an account do with its people.
    async fn manage(&mut self, op: &Op) -> Option<Left> {
        let node = self.node();
        match *op {
            Op::Invite { by, address, role } => {
                let view = self.view(by).await?;
                let account = view.account_id.clone()?;
                let made = node.invite(Acting::within(&view), &account, (ADDRESSES[address], role)).await.unwrap();
                let times = u64::from(made.is_ok());
                self.codes.extend(made.ok().map(|made| (made.invitation.id, made.code.hash())));
                Some(left("invitation.created", times))
            }
            Op::Revoke { by, which } => {
                let (view, (id, _)) = (self.view(by).await?, Self::newest(&self.codes, which)?);
                let account = view.account_id.clone()?;
                let gone = node.revoke_invitation(Acting::within(&view), &account, &id).await.unwrap();
                // It may have expired before it was taken back.
                (gone != Ok(true)).then(|| left("invitation.revoked", 0))
            }
            Op::Join { which, password } => {
                let (_, code) = Self::newest(&self.codes, which)?;
                let (browser, client, password) = (Browser::default(), Client::default(), PASSWORDS[password].into());
                let joined = node.join(Join { code, name: None, password, browser, client }).await.unwrap();
                let times = u64::from(joined.is_ok());
                let new = joined.ok().map(|new| (new.session_id, new.token.hash(), Some(new.device.hash())));
                self.sessions.extend(new);
                let kinds = ["invitation.accepted", "user.created", "session.started"];
                Some(kinds.map(|kind| (kind.to_owned(), times)).to_vec())
            }
            Op::Person { by, which, change } => {
                let acting = Acting::within(&self.view(by).await?);
                let done = node.change_person(acting, &self.person(which), change).await.unwrap();
                let removed = u64::from(done.is_ok() && change == PersonChange::Remove);
                Some(left("user.removed", removed))
            }
            Op::Plan { by, plan } => {
                let view = self.view(by).await?;
                let account = node.account(view.account_id.as_ref()?).await.unwrap()?;
                let to = node.policies().plan(plan)?.clone();
                let done = node.change_plan(Acting::within(&view), &account, &to).await.unwrap();
                Some(left("account.plan_changed", u64::from(done.is_ok() && account.plan != plan)))
            }
            _ => None,
        }
    }

    async fn end(&mut self, by: usize, which: usize, how: End) -> Option<Left> {
        let node = self.node();
        let (acting, (target, token, _)) = (self.view(by).await?, Self::newest(&self.sessions, which)?);
        let acted = |reason: &str, on: ActedOn| {
            let times = if let ActedOn::Ended(times) = on { times } else { 0 };
            Some(left(&format!("session.ended/{reason}"), times))
        };
        match how {
            End::SignOut => node.sign_out(token).await.map(|()| None).unwrap(),
            End::ByApplication => {
                node.end_session(&target, EndReason::TerminatedByApi, key()).await.map(|_| None).unwrap()
            }
            End::AllOfUser => {
                let ended = node.end_sessions_of_user(&acting.user_id, Some(target), key()).await.unwrap();
                Some(left("session.ended/terminated_by_api", ended.unwrap_or(0)))
            }
            End::AllOfAccount => {
                let ended = node.end_sessions_of_account(acting.account_id.as_ref()?, key()).await.unwrap();
                Some(left("session.ended/terminated_by_api", ended.unwrap_or(0)))
            }
            End::Own => {
                let reason = if target == acting.id { "signed_out" } else { "terminated_by_user" };
                acted(reason, node.terminate(&acting, &target).await.unwrap())
            }
            End::Others => acted("terminated_by_user", node.end_others(&acting).await.unwrap()),
            End::InTeam | End::OfPerson | End::OfEverybody => {
                let which = match how {
                    End::InTeam => TeamEnd::Session(target),
                    End::OfPerson => TeamEnd::Person(self.person(which)),
                    _ => TeamEnd::Everybody,
                };
                acted("terminated_by_owner", node.end_in_team(&acting, which).await.unwrap())
            }
        }
    }

    /// In the evening everything that is over is marked, and whoever has read the events knows what the store knows.
    async fn compare(&self) -> Vec<Event> {
        let innkeeper = &self.house.innkeeper;
        self.house.settle().await;
        innkeeper.health().await.unwrap();
        innkeeper.sweep().await.unwrap();
        innkeeper.expire_invitations().await.unwrap();
        let events = innkeeper.events(Position(0), u16::MAX).await.unwrap();
        let known = Known::from(&events).without_removed();
        assert_eq!(known, Known::told_by(&self.house, &known).await);
        for account in known.accounts() {
            let no = innkeeper.account(&account).await.unwrap().unwrap().no;
            for member in innkeeper.team(no, None, 200).await.unwrap() {
                assert_eq!(member.live as usize, known.open_of(&member.user.id), "{}", member.user.id);
            }
        }
        for person in &self.people {
            let page = innkeeper::service::SessionsPage { before: None, limit: 200 };
            let live = innkeeper.sessions_of_user(person, StateFilter::Live, page).await.unwrap();
            assert_eq!(live.map_or(0, |live| live.len()), known.open_of(person), "{person}");
        }
        events
    }
}

/// What can happen on such days: kinds of events, and why sessions end.
const HAPPENS: [&str; 31] = [
    "account.created",
    "account.changed",
    "account.plan_changed",
    "user.created",
    "user.changed",
    "user.removed",
    "user.password_set",
    "session.started",
    "session.stepped_up",
    "session.token_rotated",
    "device.named",
    "sign_in.refused",
    "invitation.created",
    "invitation.accepted",
    "invitation.revoked",
    "invitation.expired",
    "key.created",
    "key.revoked",
    "signed_out",
    "idle",
    "lifetime",
    "terminated_by_user",
    "terminated_by_owner",
    "terminated_by_api",
    "replaced_same_browser",
    "replaced_other_user",
    "replaced_oldest",
    "password_changed",
    "user_suspended",
    "user_removed",
    "account_suspended",
];

/// Lives through some days, which are the same in every run, and says what happened on them.
fn days(ground: Ground, cases: u32) -> BTreeSet<String> {
    let at_limit = prop::sample::select(vec![AtLimit::Refuse, AtLimit::VerifiedTakeover, AtLimit::ReplaceOldest]);
    let day = ((at_limit, 1u16..4), prop::collection::vec(any_op(), 160));
    let config = ProptestConfig { cases, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() };
    let happened = RefCell::new(BTreeSet::new());
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[26; 32]);
    let run = TestRunner::new_with_rng(config, seed).run(&day, |(policy, ops)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut day = Day::begin(ground, policy).await;
            for op in &ops {
                day.step(op).await?;
            }
            let events = day.compare().await;
            happened.borrow_mut().extend(events.into_iter().map(|event| match event.reason {
                Some(reason) if event.kind == "session.ended" => reason,
                _ => event.kind,
            }));
            Ok(())
        })
    });
    run.unwrap();
    happened.into_inner()
}

#[test]
fn the_events_of_a_day_read_from_the_first_on_are_what_the_store_says() {
    let happened = days(Ground::Sqlite, 12);
    let missing = HAPPENS.iter().filter(|what| !happened.contains(**what));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new(), "these days were too quiet to prove anything");
}

#[test]
fn the_events_of_a_day_at_three_nodes_read_from_the_first_on_are_what_the_store_says() {
    if server().is_some() {
        days(Ground::Postgres(3), 4);
    }
}
