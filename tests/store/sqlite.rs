//! Promises of the embedded store about its files.

use crate::harness::{Harness, START, Site, account, open_sqlite};
use innkeeper::clock::ManualClock;
use innkeeper::domain::change::{AccountPut, Change};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::AccountId;
use innkeeper::store::sqlite::{LockError, StoreLock};
use innkeeper::store::{CheckAsk, Lane, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A store, and the folder that its file is in.
async fn in_folder() -> (Harness, PathBuf) {
    let harness = Harness::at(Site::sqlite()).await;
    let Site::Sqlite(folder) = &harness.site else { panic!("this store is in a folder") };
    let folder = folder.path().to_owned();
    (harness, folder)
}

#[tokio::test]
async fn a_second_lock_on_the_same_file_is_refused_and_names_the_holder() {
    let (harness, folder) = in_folder().await;
    let Err(LockError::Held { pid, .. }) = StoreLock::take(&folder.join("innkeeper.db")) else {
        panic!("two hold the store")
    };
    assert_eq!(pid, std::process::id().to_string());
    harness.reopen().await;
}

#[tokio::test]
async fn another_name_of_the_same_file_is_no_way_around_the_lock() {
    let (_harness, folder) = in_folder().await;
    let link = folder.join("other.db");
    std::os::unix::fs::symlink(folder.join("innkeeper.db"), &link).unwrap();
    assert!(matches!(StoreLock::take(&link), Err(LockError::Held { .. })));
}

#[test]
fn the_lock_is_released_on_drop_and_unusable_where_there_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("innkeeper.db");
    drop(StoreLock::take(&path).unwrap());
    drop(StoreLock::take(&path).unwrap());
    let nowhere = StoreLock::take(&folder.path().join("none/innkeeper.db"));
    assert!(matches!(nowhere, Err(LockError::Unusable { .. })));
}

#[tokio::test]
async fn migrations_run_once() {
    let (harness, _folder) = in_folder().await;
    let facts = async || {
        let facts = harness.store().health().await.unwrap().facts;
        facts.into_iter().find(|(name, _)| *name == "schema version").unwrap()
    };
    let first = facts().await;
    let mira = harness.person().await;
    harness.reopen().await;
    assert_eq!(facts().await, first);
    assert!(harness.open(mira.no).await.is_empty());
}

#[tokio::test]
async fn a_backup_holds_what_was_committed_and_nothing_of_what_was_not() {
    let (harness, folder) = in_folder().await;
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    let open = harness.store().begin(Lane::Pages).await.unwrap();
    let copy = folder.join("copy.db");
    harness.store().backup(&copy).await.unwrap();
    drop(open);

    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("partial")), "{names:?}");
    let restored = open_sqlite(&copy, &ManualClock::at(START));
    let ask = CheckAsk { token: Some(session.token()), ..CheckAsk::default() };
    let checked = restored.check(&ask).await.unwrap().session.unwrap();
    assert_eq!(checked, harness.checked(session.token()).await.unwrap());
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let (harness, folder) = in_folder().await;
    let copy = folder.join("copy.db");
    std::fs::write(&copy, "precious").unwrap();
    assert!(matches!(harness.store().backup(&copy).await, Err(StoreError::Conflict(_))));
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), "precious");
    let nowhere = harness.store().backup(&folder.join("none/copy.db")).await;
    assert!(nowhere.is_err());
}

/// Changes of some 300 pages.
fn bulky(batch: usize) -> Vec<Change> {
    let one = |number| {
        let mut account = account(&format!("a-{batch}-{number}"), START);
        account.name = "x".repeat(20_000);
        Change::AccountPut(AccountPut { account, before: None, at: START, by: Actor::Operator })
    };
    (0..50).map(one).collect()
}

#[tokio::test]
async fn the_log_stays_bounded_while_readers_are_busy() {
    let (harness, folder) = in_folder().await;
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (store, stop) = (harness.store(), stop.clone());
            let runtime = tokio::runtime::Handle::current();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    runtime.block_on(store.account(&AccountId::new("a-0-0").unwrap())).unwrap();
                    std::thread::yield_now();
                }
            })
        })
        .collect();
    for batch in 0..100 {
        harness.commit(bulky(batch)).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    let log = std::fs::metadata(folder.join("innkeeper.db-wal")).unwrap().len();
    assert!(log < 40 * 1024 * 1024, "{log} bytes, of the 100 MiB that were written");
}
