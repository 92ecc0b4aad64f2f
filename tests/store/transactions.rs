//! What a transaction is: all or nothing, given up when silent, at a clock that never runs backwards.

use crate::harness::{Harness, account, ask};
use innkeeper::domain::change::{AccountPut, Change};
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::AccountId;
use innkeeper::store::{AskedUser, CheckedState, Lane, StoreError, TouchOf};
use std::collections::HashSet;
use std::time::Duration;

fn account_created(harness: &Harness, id: &str) -> Change {
    let account = account(id, harness.now());
    Change::AccountPut(AccountPut { account, before: None, at: harness.now(), by: Actor::Operator })
}

pub(crate) async fn a_commit_is_all_or_nothing(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    let (before, mut news) = (harness.events().await, harness.store().news());
    news.mark_unchanged();
    let bad = Change::SessionEnded(harness.ended(&session, EndReason::Idle));
    let batch = vec![account_created(harness, "first"), bad, account_created(harness, "last")];
    assert!(matches!(harness.commit(batch).await, Err(StoreError::Conflict(_))));
    for id in ["first", "last"] {
        assert_eq!(harness.store().account(&AccountId::new(id).unwrap()).await.unwrap(), None);
    }
    assert_eq!(harness.events().await, before);
    assert!(!news.has_changed().unwrap());

    let next = harness.commit(vec![account_created(harness, "next")]).await.unwrap();
    assert_eq!(next.last.0, before.last().unwrap().position.0 + 1, "a failed commit leaves no gap");
}

pub(crate) async fn a_dropped_transaction_changes_nothing_and_frees_the_writer(harness: &Harness) {
    let mira = harness.person().await;
    let before = harness.events().await;
    for lane in [Lane::Admissions, Lane::Ends, Lane::Pages] {
        let mut dropped = harness.store().begin(lane).await.unwrap();
        dropped.users(vec![(mira.no, AskedUser::default())], 3).await.unwrap();
        drop(dropped);
        drop(harness.store().begin(lane).await.unwrap());
    }
    assert_eq!(harness.events().await, before);
    harness.signed_in(&mira).await;
}

/// Takes two seconds: that long a store waits for a lost task.
pub(crate) async fn a_transaction_that_goes_silent_is_given_up(harness: &Harness) {
    let mira = harness.person().await;
    let mut silent = harness.store().begin(Lane::Admissions).await.unwrap();
    silent.users(vec![(mira.no, AskedUser::default())], 1).await.unwrap();
    let mut other = harness.store().begin(Lane::Ends).await.unwrap();
    let facts = other.users(vec![(mira.no, AskedUser::default())], 0).await.unwrap();
    assert_eq!(facts.users.len(), 1, "whoever waits for what it held gets it");
    let late = silent.commit(vec![account_created(harness, "late")]).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    other.commit(vec![account_created(harness, "other")]).await.unwrap();
    assert_eq!(harness.store().account(&AccountId::new("late").unwrap()).await.unwrap(), None);
}

pub(crate) async fn session_numbers_are_never_given_twice(harness: &Harness) {
    let mira = harness.person().await;
    let mut used = HashSet::new();
    for born in [3, 1, 0, 2] {
        let mut transaction = harness.store().begin(Lane::Admissions).await.unwrap();
        let facts = transaction.users(vec![(mira.no, AskedUser::default())], born).await.unwrap();
        assert_eq!(facts.born.len(), usize::from(born));
        assert!(facts.born.iter().all(|no| used.insert(*no)));
        transaction.commit(vec![]).await.unwrap();
        if born == 2 {
            continue;
        }
        assert!(used.insert(harness.started(&ask(&mira)).await.open_session().no));
        harness.reopen().await;
    }
}

pub(crate) async fn the_clock_never_runs_backwards_over_a_restart(harness: &Harness) {
    let mira = harness.person().await;
    harness.clock.advance(Duration::from_secs(60));
    let session = harness.signed_in(&mira).await;
    let by_commit = harness.now();
    harness.clock.set(by_commit - Duration::from_secs(3600));
    harness.reopen().await;
    assert_eq!(harness.store().now().await.unwrap(), by_commit);

    harness.clock.set(by_commit + Duration::from_secs(5));
    let by_touch = harness.now();
    let open = session.open_session();
    let touch = TouchOf { session: open.no, activity: open.activity, kept: false };
    assert_eq!(harness.store().touch(vec![touch]).await.unwrap(), [true]);
    harness.clock.set(by_commit);
    harness.reopen().await;
    assert_eq!(harness.store().now().await.unwrap(), by_touch);
    assert_eq!(harness.facts(mira.no, AskedUser::default()).await.now, by_touch);
}

pub(crate) async fn what_was_committed_outlives_a_restart(harness: &Harness) {
    let mira = harness.person().await;
    let first = harness.signed_in(&mira).await;
    let second = harness.signed_in(&mira).await;
    let (events, news) = (harness.events().await, *harness.store().news().borrow());
    for _ in 0..3 {
        harness.reopen().await;
        assert_eq!(harness.state(&first).await, CheckedState::Ended(harness.now(), EndReason::ReplacedOldest));
        assert_eq!(harness.state(&second).await, CheckedState::Open(second.open_session().activity));
        assert_eq!(harness.events().await, events);
        assert_eq!(*harness.store().news().borrow(), news);
    }
}

pub(crate) async fn a_healthy_store_says_so(harness: &Harness) {
    let mira = harness.person().await;
    harness.signed_in(&mira).await;
    let health = harness.store().health().await.unwrap();
    // The PostgreSQL of these tests outlives nobody and is told not to wait for its disk, which is a problem elsewhere.
    let wanted =
        |problem: &&String| problem.starts_with("fsync is off") || problem.starts_with("full_page_writes is off");
    let problems: Vec<_> = health.problems.iter().filter(|problem| !wanted(problem)).collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert!(!health.engine.is_empty() && !health.location.is_empty());
    assert!(health.facts.contains(&("open sessions", "1".into())), "{:?}", health.facts);
}
