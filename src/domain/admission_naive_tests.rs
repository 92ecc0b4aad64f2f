//! The rule of admission against a naive reading of it, over whatever can be asked.

use super::tests::{BORN, MINUTES_20, ask, device, ended, facts, hash, policy, refusal};
use super::*;
use crate::domain::factor::FactorKind;
use crate::domain::facts::samples::{at, open_session};
use crate::domain::id::FactorId;
use crate::domain::proof::Second;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What a naive reading of the rules says: why each session ends, or that the sign-in is refused.
fn naive(facts: &Facts, ask: &Admit, policy: &SessionPolicy) -> Result<BTreeMap<i64, EndReason>, Refusal> {
    let user = &facts.users[0];
    if user.user.status == UserStatus::Removed {
        return Err(Refusal::UnknownUser);
    }
    if user.user.status == UserStatus::Suspended || user.account_status == AccountStatus::Suspended {
        return Err(Refusal::Suspended);
    }
    let (sets_up, personal) = naive_proof(user, &ask.proof)?;
    let mut why = BTreeMap::new();
    let mut strangers = Vec::new();
    let mut comes_back = false;
    for session in &user.open {
        let (idle, absolute) = (session.activity.idle_deadline, session.absolute_deadline);
        let device = user.devices.iter().find(|known| known.device.no == session.device);
        let by_device = device.is_some_and(|known| {
            ask.presented_device.is_some()
                && (known.device.token == ask.presented_device
                    || known.device.previous_token == ask.presented_device && !known.newest_session_used)
        });
        if idle <= facts.now || absolute <= facts.now {
            why.insert(session.no.0, if absolute <= idle { EndReason::Lifetime } else { EndReason::Idle });
        } else if by_device || ask.presented_session == Some((UserNo(1), session.no)) {
            why.insert(session.no.0, EndReason::ReplacedSameBrowser);
            comes_back = true;
        } else {
            strangers.push(session.no.0);
        }
    }
    strangers.sort_unstable();
    let room = usize::from(policy.sessions_per_user) - 1;
    let too_many = if comes_back { 0 } else { strangers.len().saturating_sub(room) };
    let at_limit = ask.at_limit.unwrap_or(policy.at_limit);
    // Whoever has yet to set a factor up is told first that somebody is at work, unless nobody ever is.
    if sets_up {
        let told = too_many > 0 && policy.at_limit != AtLimit::ReplaceOldest;
        return Err(if told { Refusal::AlreadyLoggedIn } else { Refusal::FactorNotSetUp });
    }
    let wanted = strangers.iter().position(|no| ask.take_over == Some(name_of(*no)));
    if too_many > 0 && at_limit != AtLimit::ReplaceOldest {
        let (Some(wanted), true, AtLimit::VerifiedTakeover) = (wanted, personal, policy.at_limit) else {
            return Err(Refusal::AlreadyLoggedIn);
        };
        if user.taken_over.iter().filter(|when| facts.now.since(**when) < HOUR).count() >= 3 {
            return Err(Refusal::TooManyTakeOvers);
        }
        why.insert(strangers.remove(wanted), EndReason::TakenOver);
        return Ok(why);
    }
    why.extend(strangers.into_iter().take(too_many).map(|no| (no, EndReason::ReplacedOldest)));
    Ok(why)
}

/// Whether a proof leaves a factor to be set up, and whether it is more than people share.
fn naive_proof(user: &UserFacts, proof: &Proof) -> Result<(bool, bool), Refusal> {
    let has = |id: &FactorId| user.factors.iter().any(|factor| factor == id);
    let mut sets_up = false;
    let (proof, mailed) = match proof {
        Proof::Mailed(_, confirmed_at) if user.user.email_confirmed_at != Some(*confirmed_at) => {
            return Err(Refusal::ProofOutdated);
        }
        Proof::Mailed(proof, _) => (&**proof, true),
        proof => (proof, false),
    };
    match proof {
        Proof::Mailed(..) => unreachable!("one mail is enough"),
        Proof::Vouched => {}
        Proof::Passkey(id) if !has(id) => return Err(Refusal::ProofOutdated),
        Proof::Passkey(_) => {}
        Proof::Password(set_at, _) if user.password_changed_at != Some(*set_at) => return Err(Refusal::ProofOutdated),
        Proof::Password(_, Second::Nothing) if !user.factors.is_empty() => return Err(Refusal::FactorMissing),
        Proof::Password(_, Second::Nothing) => sets_up = user.factor_required,
        Proof::Password(_, Second::RecoveryCode) if user.factors.is_empty() => return Err(Refusal::ProofOutdated),
        Proof::Password(_, Second::RecoveryCode) => {}
        Proof::Password(_, Second::Factor(id, _) | Second::JustSetUp(id, _)) if !has(id) => {
            return Err(Refusal::ProofOutdated);
        }
        Proof::Password(_, Second::Factor(..) | Second::JustSetUp(..)) => {}
    }
    let personal = mailed || matches!(proof, Proof::Passkey(_) | Proof::Password(_, Second::Factor(..)));
    Ok((sets_up, personal))
}

fn any_at_limit() -> impl Strategy<Value = AtLimit> {
    prop::sample::select(vec![AtLimit::Refuse, AtLimit::VerifiedTakeover, AtLimit::ReplaceOldest])
}

fn factor(id: &str) -> FactorId {
    FactorId::new(id).unwrap()
}

fn name_of(session: i64) -> SessionId {
    SessionId::new(format!("s_{session}")).unwrap()
}

/// One value, and now and then one of the others: what stands in the way of everything else must not always do so.
fn mostly<T: Clone + std::fmt::Debug + 'static>(one: T, others: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![8 => Just(one), 2 => prop::sample::select(others)]
}

/// What somebody has proved: by what they have, or by what they had a moment ago.
fn any_proof() -> impl Strategy<Value = Proof> {
    let id = prop::sample::select(vec!["f_1", "f_1", "f_1", "f_2", "f_3"]).prop_map(factor);
    let kind = prop::sample::select(vec![FactorKind::Totp, FactorKind::Passkey]);
    let second = prop_oneof![
        2 => Just(Second::Nothing),
        1 => Just(Second::RecoveryCode),
        2 => (id.clone(), kind.clone()).prop_map(|(id, kind)| Second::Factor(id, kind)),
        1 => (id.clone(), kind).prop_map(|(id, kind)| Second::JustSetUp(id, kind)),
    ];
    let proof = prop_oneof![
        1 => Just(Proof::Vouched),
        1 => id.prop_map(Proof::Passkey),
        4 => second.prop_map(|second| Proof::Password(at(0), second)),
    ];
    let mailed = mostly(None, vec![Some(at(1)), Some(at(1)), Some(at(2))]);
    (proof, mailed).prop_map(|(proof, mailed)| match mailed {
        Some(confirmed_at) => Proof::Mailed(Box::new(proof), confirmed_at),
        None => proof,
    })
}

prop_compose! {
    /// Some open sessions around the instant 100 000, on places of their own.
    fn any_open()(
        times in prop::collection::vec((0i64..90_000, 99_998i64..100_003, 99_998i64..100_003, 1i64..4), 0..5),
        first_place in 1u16..3,
    ) -> Vec<OpenSession> {
        let mut created: Vec<i64> = times.iter().map(|(created, ..)| *created).collect();
        created.sort_unstable();
        (1i64..).zip(times).zip(created).map(|((no, (_, idle, absolute, device)), created)| {
            let mut session = open_session(no, created);
            session.place = first_place + u16::try_from(no).unwrap() - 1;
            session.activity.idle_deadline = at(idle);
            session.absolute_deadline = at(absolute);
            session.device = DeviceNo(device);
            session
        }).collect()
    }
}

prop_compose! {
    fn any_facts()(
        open in any_open(),
        used in prop::collection::vec(any::<bool>(), 3),
        factors in prop::sample::subsequence(vec!["f_1", "f_2"], 0..=2),
        required in any::<bool>(),
        taken_over in prop::collection::vec(prop::sample::select(vec![-3_500_000i64, -3_499_999, 99_999]), 2..4),
        status in mostly(UserStatus::Active, vec![UserStatus::Suspended, UserStatus::Removed]),
        account in mostly(AccountStatus::Active, vec![AccountStatus::Suspended]),
        password in mostly(Some(at(0)), vec![Some(at(1)), None]),
        confirmed in mostly(Some(at(1)), vec![Some(at(2)), None]),
    ) -> Facts {
        let mut facts = facts(100_000, open);
        let devices = (1u8..).zip(used).map(|(no, used)| device(i64::from(no), no, Some(no + 10), used));
        facts.users[0].devices = devices.collect();
        facts.users[0].user.status = status;
        facts.users[0].account_status = account;
        facts.users[0].password_changed_at = password;
        facts.users[0].user.email_confirmed_at = confirmed;
        facts.users[0].factors = factors.into_iter().map(factor).collect();
        facts.users[0].factor_required = required;
        facts.users[0].taken_over = taken_over.into_iter().map(at).collect();
        facts
    }
}

prop_compose! {
    fn any_ask()(
        device in prop::option::of(prop::sample::select(vec![1u8, 2, 3, 11, 12, 13, 77])),
        session in prop::option::of(1i64..6),
        at_limit in prop::option::of(any_at_limit()),
        proof in any_proof(),
        take_over in prop::option::weighted(0.7, 1i64..4),
    ) -> Admit {
        Admit {
            presented_device: device.map(hash),
            presented_session: session.map(|no| (UserNo(1), SessionNo(no))),
            at_limit,
            proof,
            take_over: take_over.map(name_of),
            ..ask()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8_000))]

    #[test]
    fn admission_agrees_with_a_naive_reading_and_never_leaves_more_than_the_limit_or_than_there_were(
        facts in any_facts(), ask in any_ask(), limit in 1u16..4, at_limit in any_at_limit(),
    ) {
        let policy = SessionPolicy { sessions_per_user: limit, ..policy(at_limit) };
        let mut facts = facts;
        let live_before: Vec<_> = facts.users[0].open.iter().filter(|s| s.lapse(facts.now).is_none()).cloned().collect();
        let admission = admit(&facts, &ask, &policy, BORN);
        match naive(&facts, &ask, &policy) {
            Ok(why) => {
                let ended: BTreeMap<_, _> = ended(&admission).into_iter().map(|(no, reason, _)| (no, reason)).collect();
                prop_assert_eq!(ended, why);
                prop_assert!(refusal(&admission).is_none());
            }
            Err(expected) => prop_assert_eq!(refusal(&admission), Some(expected)),
        }
        for change in admission.changes() {
            facts.apply(change);
        }
        let open = &facts.users[0].open;
        let live: Vec<_> = open.iter().filter(|s| s.lapse(facts.now).is_none()).cloned().collect();
        if refusal(&admission).is_none() {
            prop_assert!(live.len() <= usize::from(limit).max(live_before.len()));
            prop_assert_eq!(live.len(), open.len(), "what has lapsed is ended by an admission");
            let mut places: Vec<_> = open.iter().map(|s| s.place).collect();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), open.len(), "each has a place of its own");
        } else {
            prop_assert_eq!(live, live_before, "a refusal leaves what is live alone");
        }
    }

    #[test]
    fn sign_ins_one_after_the_other_never_leave_more_than_the_limit(
        asks in prop::collection::vec((any_ask(), 0i64..MINUTES_20), 1..12), limit in 1u16..4, at_limit in any_at_limit(),
        factors in prop::sample::subsequence(vec!["f_1", "f_2"], 0..=2),
    ) {
        let policy = SessionPolicy { sessions_per_user: limit, ..policy(at_limit) };
        let mut facts = facts(0, vec![]);
        facts.users[0].factors = factors.into_iter().map(factor).collect();
        for (no, (ask, later)) in (1i64..).zip(asks) {
            facts.now = facts.now + Duration::from_millis(later.unsigned_abs());
            let ask = Admit { session_id: SessionId::new(format!("s_{no}")).unwrap(), ..ask };
            let admission = admit(&facts, &ask, &policy, SessionNo(no));
            for change in admission.changes() {
                facts.apply(change);
            }
            let live = facts.users[0].open.iter().filter(|s| s.lapse(facts.now).is_none()).count();
            let at_least = match refusal(&admission) {
                None | Some(Refusal::AlreadyLoggedIn | Refusal::TooManyTakeOvers) => 1,
                Some(_) => 0,
            };
            prop_assert!((at_least..=usize::from(limit)).contains(&live), "{live} live");
        }
    }
}
