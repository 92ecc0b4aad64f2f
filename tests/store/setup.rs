//! The link that makes the first administrator: one for all nodes, once, and while there is nobody.

use crate::harness::Harness;
use crate::house::{Ground, House};
use innkeeper::domain::id::SecretHash;
use innkeeper::domain::policy::AtLimit;
use innkeeper::secret::SetupCode;
use innkeeper::service::{Browser, Client, SetUp, SetUpRefusal};
use innkeeper::store::{Lane, Store};
use std::time::Duration;

const FIRST: SecretHash = SecretHash([1; 32]);
const SECOND: SecretHash = SecretHash([2; 32]);

/// Takes a link away, or leaves it where it was; and whether there was one to take.
async fn take(store: &dyn Store, code: SecretHash, and_commit: bool) -> bool {
    let mut transaction = store.begin(Lane::Pages).await.unwrap();
    let taken = transaction.take_setup(code).await.unwrap().is_some();
    if and_commit {
        transaction.commit(vec![]).await.unwrap();
    }
    taken
}

pub(crate) async fn of_the_links_for_the_first_administrator_the_last_one_is_kept_until_it_is_taken(harness: &Harness) {
    let store = harness.store();
    let until = harness.now() + Duration::from_secs(60);
    assert_eq!(store.offered_setup(FIRST).await.unwrap(), None);
    assert!(store.offer_setup(FIRST, until).await.unwrap());
    assert_eq!(store.offered_setup(FIRST).await.unwrap(), Some(until));
    assert_eq!(store.offered_setup(SECOND).await.unwrap(), None);

    let later = until + Duration::from_secs(60);
    assert!(store.offer_setup(SECOND, later).await.unwrap());
    assert_eq!(store.offered_setup(FIRST).await.unwrap(), None);
    assert_eq!(store.offered_setup(SECOND).await.unwrap(), Some(later));

    assert!(!take(store.as_ref(), FIRST, true).await);
    assert!(take(store.as_ref(), SECOND, false).await);
    assert!(take(store.as_ref(), SECOND, true).await, "what was not committed has not been taken");
    assert!(!take(store.as_ref(), SECOND, true).await);
    assert_eq!(store.offered_setup(SECOND).await.unwrap(), None);
}

pub(crate) async fn where_there_is_or_was_a_user_no_link_is_kept_and_none_works(harness: &Harness) {
    let store = harness.store();
    let until = harness.now() + Duration::from_secs(60);
    assert!(store.offer_setup(FIRST, until).await.unwrap());
    let mira = harness.person().await;
    for _ in ["is", "was"] {
        assert_eq!(store.offered_setup(FIRST).await.unwrap(), None);
        assert!(!take(store.as_ref(), FIRST, true).await);
        assert!(!store.offer_setup(SECOND, until).await.unwrap());
        assert_eq!(store.offered_setup(SECOND).await.unwrap(), None);
        if store.user(innkeeper::store::UserBy::Id(&mira.id)).await.unwrap().is_some() {
            harness.commit(vec![crate::directory::removed(harness, &mira)]).await.unwrap();
        }
    }
}

fn ask(code: &SetupCode, number: usize) -> SetUp {
    SetUp {
        code: code.hash(),
        email: format!("ada{number}@help.example"),
        name: None,
        password: "kayak by the old jetty".into(),
        browser: Browser::default(),
        client: Client::default(),
    }
}

pub(crate) async fn of_many_who_use_the_link_at_once_one_becomes_administrator(ground: Ground) {
    for _ in 0..3 {
        let house = House::empty(ground, AtLimit::Refuse, 1).await;
        let code = house.innkeeper.offer_setup().await.unwrap().unwrap();
        let code = std::sync::Arc::new(code);
        let answers = house
            .at_once(8, move |innkeeper, number| {
                let code = code.clone();
                async move { innkeeper.set_up(ask(&code, number)).await.unwrap().map(|_| ()) }
            })
            .await;
        let made = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(made, 1, "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err(SetUpRefusal::Gone))), "{answers:?}");
        assert_eq!(house.innkeeper.system_users(None, 10).await.unwrap().len(), 1);
    }
}

pub(crate) async fn of_nodes_that_start_at_once_one_prints_a_link_that_works(ground: Ground) {
    for _ in 0..3 {
        let house = House::empty(ground, AtLimit::Refuse, 1).await;
        let codes =
            house.at_once(8, |innkeeper, _| async move { innkeeper.offer_setup().await.unwrap().unwrap() }).await;
        let mut working = Vec::new();
        for code in &codes {
            for node in &house.nodes {
                if node.setup_works_until(code.hash()).await.unwrap().is_some() {
                    working.push(code);
                }
            }
        }
        assert_eq!(working.len(), house.nodes.len(), "one link, at every node");
        house.innkeeper.set_up(ask(working[0], 0)).await.unwrap().unwrap();
        assert!(house.innkeeper.offer_setup().await.unwrap().is_none());
    }
}
