//! Second factors, recovery codes, and what may succeed once.

use crate::harness::{Harness, ask};
use innkeeper::domain::admission::{Admission, Admit, Refusal};
use innkeeper::domain::change::Change;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::factor::{Factor, FactorChange, FactorChanged, FactorKind, FactorMark, FactorState};
use innkeeper::domain::id::{FactorId, SecretHash};
use innkeeper::domain::one_time::{OneTime, Purpose};
use innkeeper::domain::policy::SessionPolicy;
use innkeeper::domain::proof::{Proof, Second};
use innkeeper::domain::user::User;
use innkeeper::secret;
use innkeeper::store::{AskedUser, StoreError, UserBy};
use std::time::Duration;

const CODE: SecretHash = SecretHash([7; 32]);
const OTHER: SecretHash = SecretHash([8; 32]);
const PENDING: Purpose = Purpose::PendingSignIn;

fn factor(harness: &Harness, name: &str) -> Factor {
    let (id, created_at) = (secret::factor_id(), harness.now());
    Factor { id, kind: FactorKind::Totp, name: name.into(), created_at, last_used_at: None }
}

async fn changed(harness: &Harness, user: &User, what: FactorChanged) -> Result<(), StoreError> {
    let (user_no, account_no, at) = (user.no, user.account_no, harness.now());
    let by = Actor::User(user.no, user.role);
    let change = FactorChange { user_no, account_no, what, at, by };
    harness.commit(vec![Change::Factor(change)]).await.map(|_| ())
}

/// Somebody with a second factor that was set up with the code of step 10.
async fn with_factor(harness: &Harness) -> (User, Factor) {
    let (user, factor) = (harness.person().await, factor(harness, "Phone"));
    changed(harness, &user, FactorChanged::Added(factor.clone(), FactorState(vec![1, 2, 3]), FactorMark::Step(10)))
        .await
        .unwrap();
    (user, factor)
}

async fn listed(harness: &Harness, user: &User) -> Vec<(Factor, FactorState)> {
    harness.store().factors(user.no).await.unwrap()
}

async fn known(harness: &Harness, user: &User) -> Vec<FactorId> {
    harness.facts(user.no, AskedUser::default()).await.user(user.no).unwrap().factors.clone()
}

fn one_time(harness: &Harness, user: &User, secret: SecretHash) -> OneTime {
    let expires_at = harness.now() + Duration::from_secs(300);
    OneTime { secret, purpose: PENDING, user_no: Some(user.no), data: "{\"a\":1}".into(), tries_left: 2, expires_at }
}

pub(crate) async fn a_factor_is_listed_and_known_under_the_lock_until_it_is_removed(harness: &Harness) {
    let (user, first) = with_factor(harness).await;
    harness.clock.advance(Duration::from_secs(1));
    let second = factor(harness, "Tablet");
    changed(harness, &user, FactorChanged::Added(second.clone(), FactorState(vec![4]), FactorMark::Step(10)))
        .await
        .unwrap();
    let expected = [(first.clone(), FactorState(vec![1, 2, 3])), (second.clone(), FactorState(vec![4]))];
    assert_eq!(listed(harness, &user).await, expected);
    let mut ids = known(harness, &user).await;
    ids.sort();
    let mut both = vec![first.id.clone(), second.id.clone()];
    both.sort();
    assert_eq!(ids, both);
    changed(harness, &user, FactorChanged::Removed(first.clone())).await.unwrap();
    assert_eq!(known(harness, &user).await, [second.id]);
    let again = changed(harness, &user, FactorChanged::Removed(first)).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
}

pub(crate) async fn a_step_is_used_up_once_and_takes_those_before_it_along(harness: &Harness) {
    let (user, factor) = with_factor(harness).await;
    harness.clock.advance(Duration::from_secs(5));
    let used = async |step| harness.store().use_step(&factor.id, step, harness.now()).await.unwrap();
    assert!(!used(10).await, "the one that set it up");
    assert!(!used(9).await);
    assert!(used(12).await);
    assert!(!used(12).await && !used(11).await);
    assert_eq!(listed(harness, &user).await[0].0.last_used_at, Some(harness.now()));
    let nobody = secret::factor_id();
    assert!(!harness.store().use_step(&nobody, 99, harness.now()).await.unwrap());
    let at_once = (0..20).map(|_| {
        let (store, id, at) = (harness.store(), factor.id.clone(), harness.now());
        async move { store.use_step(&id, 13, at).await.unwrap() }
    });
    let won = at_once.collect::<tokio::task::JoinSet<_>>().join_all().await;
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
}

/// One more passkey of somebody.
async fn add_passkey(harness: &Harness, user: &User, credential: &[u8]) -> Result<Factor, StoreError> {
    let passkey = Factor { kind: FactorKind::Passkey, ..factor(harness, "Key") };
    let mark = FactorMark::Credential(credential.to_vec());
    changed(harness, user, FactorChanged::Added(passkey.clone(), FactorState(vec![1]), mark)).await?;
    Ok(passkey)
}

pub(crate) async fn a_passkey_is_found_by_what_it_is_called_and_is_one_persons(harness: &Harness) {
    let account = harness.account("reef").await;
    let (user, other) = (harness.user(&account, "mira").await, harness.user(&account, "otto").await);
    let passkey = add_passkey(harness, &user, b"one").await.unwrap();
    let found = harness.store().passkey(b"one").await.unwrap();
    assert_eq!(found, Some((user.no, passkey.clone(), FactorState(vec![1]))));
    assert_eq!(harness.store().passkey(b"two").await.unwrap(), None);
    assert_eq!(listed(harness, &user).await, [(passkey.clone(), FactorState(vec![1]))]);
    for taken in [add_passkey(harness, &other, b"one").await, add_passkey(harness, &user, b"one").await] {
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    }
    assert!(!harness.store().use_step(&passkey.id, 99, harness.now()).await.unwrap(), "it has no codes");
    changed(harness, &user, FactorChanged::Removed(passkey)).await.unwrap();
    assert_eq!(harness.store().passkey(b"one").await.unwrap(), None);
    add_passkey(harness, &other, b"one").await.unwrap();
}

pub(crate) async fn a_use_of_a_passkey_is_written_over_what_it_was_verified_with_and_nothing_else(harness: &Harness) {
    let user = harness.person().await;
    let passkey = add_passkey(harness, &user, b"three").await.unwrap();
    harness.clock.advance(Duration::from_secs(5));
    let used = async |was, is| {
        let states = (FactorState(vec![was]), FactorState(vec![is]));
        harness.store().use_passkey(&passkey.id, states, harness.now()).await.unwrap()
    };
    assert!(used(1, 2).await);
    assert!(!used(1, 3).await, "it was used meanwhile");
    let (known, state) = listed(harness, &user).await.remove(0);
    assert_eq!((known.last_used_at, state), (Some(harness.now()), FactorState(vec![2])));
    assert!(used(2, 2).await, "one that counts nothing stays as it is");
    let at_once = (0..20).map(|number| {
        let (store, id, at) = (harness.store(), passkey.id.clone(), harness.now());
        let states = (FactorState(vec![2]), FactorState(vec![10 + number]));
        async move { store.use_passkey(&id, states, at).await.unwrap() }
    });
    let won = at_once.collect::<tokio::task::JoinSet<_>>().join_all().await;
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    changed(harness, &user, FactorChanged::Removed(passkey.clone())).await.unwrap();
    assert!(!used(10, 11).await, "it is gone");
}

pub(crate) async fn a_question_to_nobody_in_particular_is_kept_and_taken_like_every_other(harness: &Harness) {
    let (store, user) = (harness.store(), harness.person().await);
    let purpose = Purpose::PasskeySignIn;
    let kept = OneTime { user_no: None, purpose, ..one_time(harness, &user, OTHER) };
    store.keep_one_time(kept.clone()).await.unwrap();
    assert_eq!(store.one_time((purpose, OTHER), harness.now()).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.take_one_time((purpose, OTHER), harness.now()).await.unwrap(), Some(kept.clone()));
    for odd in [OneTime { user_no: Some(user.no), ..kept.clone() }, OneTime { purpose: PENDING, ..kept }] {
        let refused = store.keep_one_time(odd).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
}

pub(crate) async fn recovery_codes_are_used_once_replaced_and_gone_with_the_last_factor(harness: &Harness) {
    let (user, factor) = with_factor(harness).await;
    let left = async || harness.store().recovery_codes_left(user.no).await.unwrap();
    assert_eq!(left().await, 0);
    changed(harness, &user, FactorChanged::CodesMade(vec![CODE, OTHER])).await.unwrap();
    assert_eq!(left().await, 2);
    changed(harness, &user, FactorChanged::CodeUsed(CODE)).await.unwrap();
    let again = changed(harness, &user, FactorChanged::CodeUsed(CODE)).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(left().await, 1);
    changed(harness, &user, FactorChanged::CodesMade(vec![CODE])).await.unwrap();
    let replaced = changed(harness, &user, FactorChanged::CodeUsed(OTHER)).await;
    assert!(matches!(replaced, Err(StoreError::Conflict(_))), "{replaced:?}");
    changed(harness, &user, FactorChanged::Removed(factor)).await.unwrap();
    assert_eq!(left().await, 0);
}

pub(crate) async fn what_may_succeed_once_is_taken_once_and_has_so_many_tries_and_so_much_time(harness: &Harness) {
    let user = harness.person().await;
    let (store, of) = (harness.store(), (PENDING, CODE));
    let kept = one_time(harness, &user, CODE);
    store.keep_one_time(kept.clone()).await.unwrap();
    assert_eq!(store.one_time(of, harness.now()).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.one_time((Purpose::TotpSetUp, CODE), harness.now()).await.unwrap(), None, "another purpose");
    assert_eq!(store.spend_try(of, harness.now()).await.unwrap().unwrap().tries_left, 1);
    assert_eq!(store.spend_try(of, harness.now()).await.unwrap().unwrap().tries_left, 0);
    assert_eq!(store.spend_try(of, harness.now()).await.unwrap(), None);
    assert_eq!(store.one_time(of, harness.now()).await.unwrap(), None, "no try is left");
    assert!(
        store.take_one_time(of, harness.now()).await.unwrap().is_some(),
        "the last try may have been the right one"
    );
    assert_eq!(store.take_one_time(of, harness.now()).await.unwrap(), None);

    store.keep_one_time(kept.clone()).await.unwrap();
    store.keep_one_time(OneTime { data: "{}".into(), ..kept }).await.unwrap();
    assert_eq!(store.one_time(of, harness.now()).await.unwrap().unwrap().data, "{}", "in place of what was there");
    let at_once = (0..20).map(|_| {
        let (store, now) = (harness.store(), harness.now());
        async move { store.take_one_time(of, now).await.unwrap().is_some() }
    });
    let won = at_once.collect::<tokio::task::JoinSet<_>>().join_all().await;
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);

    store.keep_one_time(one_time(harness, &user, CODE)).await.unwrap();
    harness.clock.advance(Duration::from_secs(300) - Duration::from_millis(1));
    assert!(store.one_time(of, harness.now()).await.unwrap().is_some());
    harness.clock.advance(Duration::from_millis(1));
    assert_eq!(store.one_time(of, harness.now()).await.unwrap(), None);
    assert_eq!(store.spend_try(of, harness.now()).await.unwrap(), None);
    assert_eq!(store.take_one_time(of, harness.now()).await.unwrap(), None);
}

pub(crate) async fn what_may_still_succeed_is_not_replaced_by_who_asks_for_it_again(harness: &Harness) {
    let user = harness.person().await;
    let (store, of) = (harness.store(), (PENDING, CODE));
    let kept = one_time(harness, &user, CODE);
    let other = OneTime { data: "{}".into(), expires_at: kept.expires_at + Duration::from_secs(1), ..kept.clone() };
    let at_once = (0..20).map(|number| {
        let (store, now) = (harness.store(), harness.now());
        let mine = OneTime { data: format!("{{\"a\":{number}}}"), ..kept.clone() };
        async move { store.one_time_or(mine, now).await.unwrap().data }
    });
    let told = at_once.collect::<tokio::task::JoinSet<_>>().join_all().await;
    assert!(told.iter().all(|data| *data == told[0]), "{told:?}");
    let first = store.one_time(of, harness.now()).await.unwrap().unwrap();
    assert_eq!(first, OneTime { data: told[0].clone(), ..kept });
    assert_eq!(store.one_time_or(other.clone(), harness.now()).await.unwrap(), first);
    for left in [1, 0] {
        assert_eq!(store.spend_try(of, harness.now()).await.unwrap().unwrap().tries_left, left);
    }
    assert_eq!(store.one_time_or(other.clone(), harness.now()).await.unwrap(), other, "no try was left");
    harness.clock.advance(Duration::from_secs(301));
    let late = one_time(harness, &user, CODE);
    assert_eq!(store.one_time_or(late.clone(), harness.now()).await.unwrap(), late, "its time was over");
    assert_eq!(store.one_time(of, harness.now()).await.unwrap(), Some(late));
}

pub(crate) async fn people_without_a_factor_are_counted(harness: &Harness) {
    let (user, factor) = with_factor(harness).await;
    let without = || async { harness.store().without_factor(user.account_no).await.unwrap() };
    assert_eq!(without().await, 0);
    changed(harness, &user, FactorChanged::Removed(factor)).await.unwrap();
    assert_eq!(without().await, 1);
    let user = harness.store().user(UserBy::No(user.no)).await.unwrap().unwrap();
    let gone = innkeeper::domain::change::UserRemoved { user: user.clone(), at: harness.now(), by: Actor::Operator };
    harness.commit(vec![Change::UserRemoved(gone)]).await.unwrap();
    assert_eq!(without().await, 0, "whoever is removed needs none");
}

pub(crate) async fn what_has_expired_is_forgotten_in_pieces_and_the_rest_stays(harness: &Harness) {
    let (user, store) = (harness.person().await, harness.store());
    for number in 10..15 {
        store.keep_one_time(one_time(harness, &user, SecretHash([number; 32]))).await.unwrap();
    }
    harness.clock.advance(Duration::from_secs(300));
    store.keep_one_time(one_time(harness, &user, CODE)).await.unwrap();
    let mut pieces = 0;
    while store.forget_one_time(harness.now(), 2).await.unwrap() {
        pieces += 1;
    }
    assert_eq!(pieces, 3, "five in pieces of two");
    assert!(store.one_time((PENDING, CODE), harness.now()).await.unwrap().is_some());
}

pub(crate) async fn of_one_purpose_somebody_has_at_most_a_hundred_and_the_oldest_goes(harness: &Harness) {
    let (account, store) = (harness.account("reef").await, harness.store());
    let (mira, kai) = (harness.user(&account, "mira").await, harness.user(&account, "kai").await);
    let numbered = |number: u8| SecretHash([number; 32]);
    let open = async |purpose, numbers: std::ops::RangeInclusive<u8>| {
        let mut open = Vec::new();
        for number in numbers {
            if store.one_time((purpose, numbered(number)), harness.now()).await.unwrap().is_some() {
                open.push(number);
            }
        }
        open
    };
    store.keep_one_time(one_time(harness, &kai, numbered(201))).await.unwrap();
    let set_up = OneTime { purpose: Purpose::TotpSetUp, ..one_time(harness, &mira, numbered(202)) };
    store.keep_one_time(set_up).await.unwrap();
    for number in 1..=100 {
        harness.clock.advance(Duration::from_millis(1));
        // Higher numbers are younger, but for two that change places.
        let number = if number == 1 {
            2
        } else if number == 2 {
            1
        } else {
            number
        };
        store.keep_one_time(one_time(harness, &mira, numbered(number))).await.unwrap();
    }
    assert_eq!(open(PENDING, 1..=101).await, (1..=100).collect::<Vec<_>>(), "so many somebody may have");
    harness.clock.advance(Duration::from_millis(1));
    store.keep_one_time(one_time(harness, &mira, numbered(101))).await.unwrap();
    let but_one: Vec<_> = [1].into_iter().chain(3..=101).collect();
    assert_eq!(open(PENDING, 1..=101).await, but_one, "the oldest is gone");
    // What is kept is spared, though its time is the first to be over; and what is kept again is no further one.
    let hasty =
        OneTime { expires_at: harness.now() + Duration::from_millis(1), ..one_time(harness, &mira, numbered(2)) };
    store.keep_one_time(hasty).await.unwrap();
    assert_eq!(open(PENDING, 1..=101).await, (2..=101).collect::<Vec<_>>());
    store.keep_one_time(one_time(harness, &mira, numbered(50))).await.unwrap();
    assert_eq!(open(PENDING, 1..=101).await, (2..=101).collect::<Vec<_>>());
    assert_eq!(open(PENDING, 201..=201).await, [201], "another person's");
    assert_eq!(open(Purpose::TotpSetUp, 202..=202).await, [202], "another purpose");
}

pub(crate) async fn nothing_is_left_of_somebody_who_was_removed(harness: &Harness) {
    let (user, _) = with_factor(harness).await;
    changed(harness, &user, FactorChanged::CodesMade(vec![CODE])).await.unwrap();
    harness.store().keep_one_time(one_time(harness, &user, CODE)).await.unwrap();
    let user = harness.store().user(UserBy::No(user.no)).await.unwrap().unwrap();
    let gone = innkeeper::domain::change::UserRemoved { user: user.clone(), at: harness.now(), by: Actor::Operator };
    harness.commit(vec![Change::UserRemoved(gone)]).await.unwrap();
    assert_eq!(listed(harness, &user).await, []);
    assert_eq!(harness.store().recovery_codes_left(user.no).await.unwrap(), 0);
    assert_eq!(harness.store().one_time((PENDING, CODE), harness.now()).await.unwrap(), None);
}

pub(crate) async fn take_overs_of_the_last_hour_are_known_under_the_lock(harness: &Harness) {
    let (user, factor) = with_factor(harness).await;
    let policy = SessionPolicy::default();
    let proof = || Proof::Password(harness.now(), Second::Factor(factor.id.clone(), FactorKind::Totp));
    let set = innkeeper::domain::change::PasswordSet {
        user: user.clone(),
        password_hash: "x".into(),
        at: harness.now(),
        by: Actor::Operator,
    };
    harness.commit(vec![Change::PasswordSet(set)]).await.unwrap();
    let proof = proof();
    let mut session = harness.started_under(&Admit { proof: proof.clone(), ..ask(&user) }, &policy).await;
    let mut times = Vec::new();
    for _ in 0..4 {
        harness.clock.advance(Duration::from_secs(60));
        let take_over = Some(session.open_session().id);
        let next = Admit { proof: proof.clone(), take_over, ..ask(&user) };
        match harness.admit(&next, &policy).await {
            Admission::Admit(_, started) => {
                times.insert(0, harness.now());
                session = *started;
            }
            Admission::Refuse(_, refusal) => assert_eq!((refusal, times.len()), (Refusal::TooManyTakeOvers, 3)),
        }
    }
    assert_eq!(times.len(), 3);
    let asked = AskedUser { take_overs: true, ..AskedUser::default() };
    let facts = harness.facts(user.no, asked).await;
    assert_eq!(facts.user(user.no).unwrap().taken_over, times);
    assert_eq!(facts.user(user.no).unwrap().open.len(), 1);
    let unasked = harness.facts(user.no, AskedUser::default()).await;
    assert_eq!(unasked.user(user.no).unwrap().taken_over, []);
    harness.end(&session, EndReason::SignedOut).await.unwrap();
}
