//! Random histories of one user through the whole service, each answer compared with a naive model of the rules.

use crate::harness::{HOURS_12, MINUTES_20};
use crate::house::{Ground, House, user};
use crate::server::server;
use innkeeper::domain::activity::Counted;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::{SecretHash, SessionId};
use innkeeper::domain::policy::AtLimit;
use innkeeper::domain::time::Timestamp;
use innkeeper::secret;
use innkeeper::service::{CheckOutcome, Client, NewSession, Position, SessionRefusal};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Op {
    SignIn { device: Option<u8>, replace: bool },
    Check { which: usize, counted: bool },
    SignOut { which: usize },
    End { which: usize },
    EndAll { except: Option<usize> },
    Wait { millis: u64 },
    WaitForADeadline { which: usize, off_by: i64 },
    Sweep,
    Settle,
}

fn any_op() -> impl Strategy<Value = Op> {
    let (idle, life) = (20 * 60 * 1000, 12 * 60 * 60 * 1000);
    let waits = vec![1, 59_999, 60_000, idle / 2, idle - 1, idle, idle + 1, life - 1, life, life + 1];
    prop_oneof![
        4 => (prop::option::of(0u8..3), prop::bool::weighted(0.2))
            .prop_map(|(device, replace)| Op::SignIn { device, replace }),
        5 => (0usize..4, prop::bool::weighted(0.7)).prop_map(|(which, counted)| Op::Check { which, counted }),
        1 => (0usize..4).prop_map(|which| Op::SignOut { which }),
        1 => (0usize..4).prop_map(|which| Op::End { which }),
        1 => prop::option::of(0usize..4).prop_map(|except| Op::EndAll { except }),
        2 => prop::sample::select(waits).prop_map(|millis| Op::Wait { millis }),
        4 => (0usize..4, -1i64..=1).prop_map(|(which, off_by)| Op::WaitForADeadline { which, off_by }),
        1 => Just(Op::Sweep),
        1 => Just(Op::Settle),
    ]
}

/// A session as the model knows it.
#[derive(Clone, Debug)]
struct Known {
    id: SessionId,
    token: SecretHash,
    device: Option<u8>,
    active: Timestamp,
    end_of_life: Timestamp,
    ended: Option<(Timestamp, EndReason)>,
}

impl Known {
    fn deadline(&self) -> (Timestamp, EndReason) {
        let idle = self.active + MINUTES_20;
        if self.end_of_life <= idle { (self.end_of_life, EndReason::Lifetime) } else { (idle, EndReason::Idle) }
    }

    fn end(&mut self, now: Timestamp, reason: EndReason) {
        self.ended = self.ended.or(Some((now, reason)));
    }
}

/// The ten lines: what has passed its deadline is over; the same device makes room; then the limit decides.
#[derive(Debug)]
struct Model {
    known: Vec<Known>,
    limit: usize,
    at_limit: AtLimit,
}

impl Model {
    fn live(&mut self, now: Timestamp) -> Vec<&mut Known> {
        for session in &mut self.known {
            let (deadline, reason) = session.deadline();
            if deadline <= now {
                session.end(deadline, reason);
            }
        }
        self.known.iter_mut().filter(|session| session.ended.is_none()).collect()
    }

    fn sign_in(&mut self, device: Option<u8>, replace: bool, now: Timestamp) -> bool {
        let (limit, replaces) = (self.limit, replace || self.at_limit == AtLimit::ReplaceOldest);
        let live = self.live(now);
        let (own, others): (Vec<_>, Vec<_>) = live.into_iter().partition(|s| device.is_some() && s.device == device);
        let too_many = (others.len() + 1).saturating_sub(limit);
        if too_many > 0 && !replaces {
            return false;
        }
        own.into_iter().for_each(|session| session.end(now, EndReason::ReplacedSameBrowser));
        others.into_iter().take(too_many).for_each(|session| session.end(now, EndReason::ReplacedOldest));
        true
    }

    /// Counted from the newest, so that histories often return to what is live.
    fn pick(&self, which: usize) -> Option<usize> {
        self.known.len().checked_sub(which + 1)
    }
}

struct Run {
    house: House,
    model: Model,
    /// Each step is taken at the next node.
    turn: usize,
}

impl Run {
    async fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        self.turn += 1;
        let (innkeeper, now) = (self.house.node(self.turn).clone(), self.house.clock.now());
        match *op {
            Op::SignIn { device, replace } => self.sign_in(device, replace).await?,
            Op::Check { which, counted } => self.check(which, counted).await?,
            Op::SignOut { which } => {
                let Some(which) = self.model.pick(which) else { return Ok(()) };
                innkeeper.sign_out(self.model.known[which].token).await.unwrap();
                self.model.live(now);
                self.model.known[which].end(now, EndReason::SignedOut);
            }
            Op::End { which } => {
                let Some(which) = self.model.pick(which) else { return Ok(()) };
                let id = self.model.known[which].id.clone();
                prop_assert!(innkeeper.end_session(&id, EndReason::TerminatedByApi, Actor::Operator).await.unwrap());
                self.model.live(now);
                self.model.known[which].end(now, EndReason::TerminatedByApi);
            }
            Op::EndAll { except } => {
                let except = except.and_then(|which| self.model.pick(which));
                let except = except.map(|which| self.model.known[which].id.clone());
                let told =
                    innkeeper.end_sessions_of_user(&user("mira"), except.clone(), Actor::Operator).await.unwrap();
                let ends: Vec<_> =
                    self.model.live(now).into_iter().filter(|session| Some(&session.id) != except.as_ref()).collect();
                prop_assert_eq!(told, Some(ends.len() as u64));
                ends.into_iter().for_each(|session| session.end(now, EndReason::TerminatedByApi));
            }
            Op::Wait { millis } => self.wait_until(now + Duration::from_millis(millis)).await,
            Op::WaitForADeadline { which, off_by } => {
                let Some(which) = self.model.pick(which) else { return Ok(()) };
                let (deadline, _) = self.model.known[which].deadline();
                self.wait_until(Timestamp::from_millis(deadline.as_millis() + off_by)).await;
            }
            Op::Sweep => {
                innkeeper.sweep().await.unwrap();
            }
            Op::Settle => innkeeper.settle().await.unwrap(),
        }
        self.compare().await
    }

    /// Time passes; what is gathered is written long before, as it is within a second of real time.
    async fn wait_until(&self, then: Timestamp) {
        self.house.settle().await;
        // Whatever was on its way to the store has arrived once this has.
        self.house.innkeeper.health().await.unwrap();
        if then > self.house.clock.now() {
            self.house.clock.set(then);
        }
    }

    async fn sign_in(&mut self, device: Option<u8>, replace_oldest: bool) -> Result<(), TestCaseError> {
        let now = self.house.clock.now();
        let ask = NewSession {
            user: user("mira"),
            client: Client::default(),
            device: device.map(|device| secret::hash_of(&format!("till-{device}"))),
            methods: vec!["pwd".into()],
            replace_oldest,
        };
        let answer = self.house.node(self.turn).start_session(ask, crate::house::key()).await.unwrap();
        prop_assert_eq!(answer.is_ok(), self.model.sign_in(device, replace_oldest, now));
        match answer {
            Ok(started) => {
                let (id, token) = (started.session.id, started.token.hash());
                let end_of_life = now + HOURS_12;
                self.model.known.push(Known { id, token, device, active: now, end_of_life, ended: None });
            }
            Err(refusal) => prop_assert!(matches!(refusal, SessionRefusal::AlreadyLoggedIn(_))),
        }
        Ok(())
    }

    async fn check(&mut self, which: usize, counted: bool) -> Result<(), TestCaseError> {
        let now = self.house.clock.now();
        let Some(which) = self.model.pick(which) else { return Ok(()) };
        let token = self.model.known[which].token;
        let told = if counted { Counted::Counted } else { Counted::NotCounted };
        let answer = self.house.node(self.turn).check(Some(token), told).await.unwrap();
        self.model.live(now);
        let session = &mut self.model.known[which];
        match (answer, session.ended) {
            (CheckOutcome::Live(live), None) => {
                prop_assert_eq!(&live.id, &session.id);
                if counted {
                    session.active = now;
                    prop_assert_eq!(live.remaining(), session.deadline().0.since(now));
                }
            }
            (CheckOutcome::Over(_, at, reason), Some(ended)) => prop_assert_eq!((at, reason), ended),
            (answer, expected) => prop_assert!(false, "{:?} instead of {:?}", answer, expected),
        }
        Ok(())
    }

    async fn compare(&mut self) -> Result<(), TestCaseError> {
        let (now, limit) = (self.house.clock.now(), self.model.limit);
        let expected: BTreeSet<_> = self.model.live(now).into_iter().map(|session| session.id.clone()).collect();
        let live: BTreeSet<_> = self.house.live().await.into_iter().map(|view| view.id).collect();
        prop_assert!(live.len() <= limit, "{} live", live.len());
        prop_assert_eq!(live, expected);
        Ok(())
    }

    /// After a sweep every end is marked, once, with the time and reason that the model knows.
    async fn finish(&mut self) -> Result<(), TestCaseError> {
        self.wait_until(self.house.clock.now()).await;
        self.house.innkeeper.sweep().await.unwrap();
        let now = self.house.clock.now();
        self.model.live(now);
        let events = self.house.innkeeper.events(Position(0), u16::MAX).await.unwrap();
        for session in &self.model.known {
            let ends: Vec<_> = events
                .iter()
                .filter(|event| event.kind == "session.ended" && event.session_id.as_ref() == Some(&session.id))
                .map(|event| (event.at, EndReason::parse(event.reason.as_deref().unwrap_or_default()).unwrap()))
                .collect();
            prop_assert_eq!(ends, session.ended.into_iter().collect::<Vec<_>>());
        }
        let positions: Vec<_> = events.iter().map(|event| event.position.0).collect();
        prop_assert_eq!(positions, (1..=events.len() as i64).collect::<Vec<_>>());
        Ok(())
    }
}

async fn history(ground: Ground, (at_limit, limit): (AtLimit, u16), ops: Vec<Op>) -> Result<(), TestCaseError> {
    let house = House::open(ground, at_limit, limit).await;
    let mut run = Run { house, model: Model { known: vec![], limit: usize::from(limit), at_limit }, turn: 0 };
    for op in &ops {
        run.step(op).await?;
    }
    run.finish().await
}

fn any_history() -> impl Strategy<Value = ((AtLimit, u16), Vec<Op>)> {
    let at_limit = prop::sample::select(vec![AtLimit::Refuse, AtLimit::VerifiedTakeover, AtLimit::ReplaceOldest]);
    ((at_limit, 1u16..3), prop::collection::vec(any_op(), 40))
}

fn histories(ground: Ground, cases: u32) {
    let config =
        ProptestConfig { cases, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&any_history(), |(policy, ops)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(history(ground, policy, ops))
    });
    run.unwrap();
}

#[test]
fn every_history_goes_as_the_model_says() {
    histories(Ground::Sqlite, 64);
}

#[test]
fn every_history_over_three_nodes_goes_as_the_model_says() {
    if server().is_some() {
        histories(Ground::Postgres(3), 24);
    }
}
