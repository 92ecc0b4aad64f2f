//! Failed proofs in a row: counted, cleared, forgotten.

use crate::harness::{Harness, ask};
use innkeeper::domain::id::{SecretHash, UserNo};
use innkeeper::domain::throttle::Throttle;
use innkeeper::domain::time::Timestamp;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

const LOGIN: SecretHash = SecretHash([1; 32]);
const NETWORK: SecretHash = SecretHash([2; 32]);

/// A failure now, where what is older than a day counts no more; and how many there were before, the last when.
async fn fails(harness: &Harness, subjects: &[SecretHash]) -> Vec<(u32, Timestamp)> {
    let now = harness.now();
    let counted = subjects.iter().map(|subject| (*subject, now - 24 * HOUR)).collect();
    said(&harness.store().failed(counted, now).await.unwrap())
}

/// Failures in a row under each of these, and when the last was.
async fn counted(harness: &Harness, subjects: &[SecretHash]) -> Vec<(u32, Timestamp)> {
    said(&harness.store().throttles(subjects.to_vec()).await.unwrap())
}

fn said(throttles: &[Throttle]) -> Vec<(u32, Timestamp)> {
    throttles.iter().map(|Throttle { failures, last_failed_at }| (*failures, *last_failed_at)).collect()
}

pub(crate) async fn failures_are_counted_under_each_subject_until_a_success(harness: &Harness) {
    let nothing = (0, Timestamp::default());
    assert_eq!(counted(harness, &[LOGIN, NETWORK]).await, [nothing, nothing]);
    let first = harness.now();
    fails(harness, &[LOGIN, NETWORK]).await;
    harness.clock.advance(HOUR);
    let second = harness.now();
    assert_eq!(fails(harness, &[NETWORK]).await, [(1, first)], "how it was before");
    assert_eq!(counted(harness, &[NETWORK, LOGIN]).await, [(2, second), (1, first)], "in the order of the question");
    harness.store().succeeded(vec![LOGIN]).await.unwrap();
    assert_eq!(counted(harness, &[LOGIN, NETWORK]).await, [nothing, (2, second)]);
    harness.reopen().await;
    assert_eq!(counted(harness, &[LOGIN, NETWORK]).await, [nothing, (2, second)]);
}

pub(crate) async fn a_failure_after_a_day_without_one_is_the_first_again(harness: &Harness) {
    fails(harness, &[LOGIN]).await;
    harness.clock.advance(24 * HOUR - Duration::from_millis(1));
    fails(harness, &[LOGIN]).await;
    assert_eq!(counted(harness, &[LOGIN]).await, [(2, harness.now())]);
    harness.clock.advance(24 * HOUR);
    fails(harness, &[LOGIN]).await;
    assert_eq!(counted(harness, &[LOGIN]).await, [(1, harness.now())]);
    // Each subject has a time of its own.
    fails(harness, &[NETWORK]).await;
    harness.clock.advance(HOUR);
    let now = harness.now();
    harness.store().failed(vec![(NETWORK, now - HOUR), (LOGIN, now - 2 * HOUR)], now).await.unwrap();
    assert_eq!(counted(harness, &[LOGIN, NETWORK]).await, [(2, now), (1, now)]);
}

pub(crate) async fn failures_at_the_same_moment_are_all_counted(harness: &Harness) {
    const AT_ONCE: u32 = 20;
    let now = harness.now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..AT_ONCE {
        let store = harness.store();
        let login_at = (number % 2) as usize;
        let subjects = if login_at == 0 { [LOGIN, NETWORK] } else { [NETWORK, LOGIN] };
        let counted = subjects.map(|subject| (subject, now - HOUR)).to_vec();
        tasks.spawn(async move { store.failed(counted, now).await.unwrap()[login_at].failures });
    }
    let mut before = tasks.join_all().await;
    before.sort_unstable();
    assert_eq!(before, (0..AT_ONCE).collect::<Vec<_>>(), "each is told how many were faster");
    assert_eq!(counted(harness, &[LOGIN, NETWORK]).await, [(AT_ONCE, now), (AT_ONCE, now)]);
}

pub(crate) async fn failures_are_forgotten_in_pieces_once_they_count_no_more(harness: &Harness) {
    for number in 10..15 {
        fails(harness, &[SecretHash([number; 32])]).await;
    }
    let first = harness.now();
    let year = vec![(NETWORK, first - 365 * 24 * HOUR)];
    harness.store().failed(year, first).await.unwrap();
    harness.clock.advance(HOUR);
    fails(harness, &[LOGIN, SecretHash([14; 32])]).await;
    let later = harness.now();
    let pieces_at = async |now: Timestamp| {
        let mut pieces = 0;
        while harness.store().forget_failures(now, 2).await.unwrap() {
            pieces += 1;
        }
        pieces
    };
    let day = 24 * HOUR;
    assert_eq!(pieces_at(first + day - Duration::from_millis(1)).await, 0);
    assert_eq!(pieces_at(first + day).await, 2, "four in pieces of two");
    let left = [SecretHash([10; 32]), SecretHash([14; 32]), LOGIN, NETWORK];
    let nothing = (0, Timestamp::default());
    assert_eq!(counted(harness, &left).await, [nothing, (2, later), (1, later), (1, first)]);
    assert_eq!(pieces_at(first + 365 * day - Duration::from_millis(1)).await, 1);
    assert_eq!(counted(harness, &left).await, [nothing, nothing, nothing, (1, first)], "each for as long as it counts");
    assert_eq!(pieces_at(first + 365 * day).await, 1);
    assert_eq!(counted(harness, &left).await, [nothing; 4]);
}

pub(crate) async fn a_device_is_known_to_those_who_signed_in_with_it(harness: &Harness) {
    let account = harness.account("reef").await;
    let (mira, kai) = (harness.user(&account, "mira").await, harness.user(&account, "kai").await);
    let device = harness.signed_in(&mira).await.device().device.token.unwrap();
    let known = harness.store().known_device(mira.no, device).await.unwrap();
    assert!(known.is_some());
    for (user, token) in [(kai.no, device), (mira.no, LOGIN), (UserNo(0), device)] {
        assert_eq!(harness.store().known_device(user, token).await.unwrap(), None, "{user:?}");
    }
    // By another person's sign-in it gets another token, and for the first it is the same device.
    let mut next = ask(&kai);
    next.presented_device = Some(device);
    let rotated = harness.started(&next).await.device().device.token.unwrap();
    assert_ne!(rotated, device);
    assert_eq!(harness.store().known_device(mira.no, rotated).await.unwrap(), known);
}
