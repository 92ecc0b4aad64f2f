//! Webhooks: every event becomes one delivery of each that wants it, and nobody sends what somebody else is sending.

use crate::harness::{Harness, Site};
use crate::server::{ask, server};
use innkeeper::domain::change::{Change, DeliveryRetried, WebhookChange, WebhookCreated, WebhookOver, WebhookRotated};
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::WebhookNo;
use innkeeper::domain::retention::Forget;
use innkeeper::domain::time::Timestamp;
use innkeeper::domain::webhook::{Fate, SigningSecret, Webhook};
use innkeeper::secret;
use innkeeper::store::{
    Claimed, DeliveriesPage, DeliveryState, DeliveryView, Outcome, Position, Store, StoreError, WebhookState,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);

/// A webhook at this place that wants these kinds.
async fn webhook(harness: &Harness, place: u16, types: &[&str]) -> (Webhook, SigningSecret) {
    let (id, secret) = (secret::webhook_id(), secret::signing_secret());
    let created = WebhookCreated {
        id: id.clone(),
        place,
        url: format!("https://hooks.example/{place}"),
        types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        secret: secret.clone(),
        at: harness.now(),
        by: Actor::Operator,
    };
    harness.commit(vec![Change::Webhook(WebhookChange::Created(created))]).await.unwrap();
    let webhooks = harness.store().webhooks().await.unwrap();
    let created = webhooks.into_iter().find(|state| state.webhook.id == id).unwrap().webhook;
    (created, secret)
}

fn over(webhook: &Webhook, at: Timestamp) -> WebhookOver {
    WebhookOver { id: webhook.id.clone(), url: webhook.url.clone(), at, by: Actor::Clock }
}

async fn changed(harness: &Harness, change: WebhookChange) -> Result<(), StoreError> {
    harness.commit(vec![Change::Webhook(change)]).await.map(|_| ())
}

async fn retried(harness: &Harness, webhook: &Webhook, position: Position) -> Result<(), StoreError> {
    let (id, at, by) = (webhook.id.clone(), harness.now(), Actor::Operator);
    changed(harness, WebhookChange::Retried(DeliveryRetried { id, position: position.0, at, by })).await
}

/// Makes deliveries of all events, in pieces; says how many pieces there were.
async fn handed_out(harness: &Harness, limit: u16) -> usize {
    let mut pieces = 0;
    while harness.store().hand_out(limit).await.unwrap() {
        pieces += 1;
    }
    pieces
}

async fn claimed(store: &Arc<dyn Store>, of: &Webhook, limit: u16) -> Vec<Claimed> {
    store.claim(of.no, limit, LEASE).await.unwrap()
}

fn outcome(of: &Claimed, fate: Fate, at: Timestamp) -> Outcome {
    let error = (fate != Fate::Delivered).then(|| "answered 500".to_owned());
    Outcome { claim: of.claim, tries: of.tries + 1, fate, at, error }
}

/// The kinds and positions of what was taken, as the events have them.
fn told(claimed: &[Claimed]) -> Vec<(i64, &str)> {
    claimed.iter().map(|taken| (taken.event.position.0, taken.event.kind.as_str())).collect()
}

async fn listed(harness: &Harness, of: &Webhook, state: Option<DeliveryState>) -> Vec<DeliveryView> {
    harness.store().deliveries(of.no, state, DeliveriesPage { before: None, limit: 100 }).await.unwrap()
}

fn positions(listed: &[DeliveryView]) -> Vec<i64> {
    listed.iter().map(|delivery| delivery.position.0).collect()
}

pub(crate) async fn a_webhook_is_listed_until_it_is_removed_and_has_its_place_alone(harness: &Harness) {
    assert_eq!(harness.store().webhooks().await.unwrap(), []);
    let (first, _) = webhook(harness, 1, &[]).await;
    let (second, _) = webhook(harness, 2, &["session.ended", "user.removed"]).await;
    let expected = [first.clone(), second.clone()].map(|webhook| WebhookState { webhook, next_try_at: None });
    assert_eq!(harness.store().webhooks().await.unwrap(), expected);
    assert_eq!(second.types, ["session.ended", "user.removed"]);
    assert_eq!((second.url.as_str(), second.created_at), ("https://hooks.example/2", harness.now()));
    let same_place = WebhookCreated {
        id: secret::webhook_id(),
        place: 1,
        url: String::new(),
        types: vec![],
        secret: secret::signing_secret(),
        at: harness.now(),
        by: Actor::Operator,
    };
    for place in [0, 1, 21] {
        let refused = changed(harness, WebhookChange::Created(WebhookCreated { place, ..same_place.clone() })).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "place {place}: {refused:?}");
    }
    changed(harness, WebhookChange::Removed(over(&first, harness.now()))).await.unwrap();
    let refused = changed(harness, WebhookChange::Removed(over(&first, harness.now()))).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let (third, _) = webhook(harness, 1, &[]).await;
    let left: Vec<_> = harness.store().webhooks().await.unwrap().into_iter().map(|state| state.webhook).collect();
    assert_eq!(left, [second, third]);
    let kinds: Vec<_> = harness.events().await.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["webhook.created", "webhook.created", "webhook.removed", "webhook.created"]);
}

pub(crate) async fn every_event_becomes_one_delivery_of_each_webhook_that_wants_it(harness: &Harness) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    let (ends, _) = webhook(harness, 2, &["session.ended"]).await;
    let session = harness.signed_in(&mira).await;
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    assert_eq!(handed_out(harness, 4).await, 2, "four events since the first webhook, and two webhooks");
    assert_eq!(handed_out(harness, 2).await, 0);

    let store = harness.store();
    let taken = claimed(&store, &all, 9).await;
    let expected = [(3, "webhook.created"), (4, "webhook.created"), (5, "session.started"), (6, "session.ended")];
    assert_eq!(told(&taken), expected, "what was before the webhook is not told");
    assert_eq!(taken[3].event, harness.events().await[5]);
    assert_eq!(taken[0].url, "https://hooks.example/1");
    assert_eq!(told(&claimed(&store, &ends, 9).await), [(6, "session.ended")]);

    let (late, _) = webhook(harness, 3, &["session.started"]).await;
    harness.signed_in(&mira).await;
    assert_eq!(handed_out(harness, 100).await, 1);
    assert_eq!(told(&claimed(&store, &late, 9).await), [(8, "session.started")]);
    assert_eq!(told(&claimed(&store, &all, 9).await), [(7, "webhook.created"), (8, "session.started")]);
    assert_eq!(claimed(&store, &ends, 9).await, []);
}

pub(crate) async fn two_nodes_that_hand_out_at_once_miss_nothing_and_make_nothing_twice(harness: &Harness) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    let (starts, _) = webhook(harness, 2, &["session.started"]).await;
    let nodes = harness.nodes().await;
    let hand_out = |node: Arc<dyn Store>| async move {
        for _ in 0..30 {
            node.hand_out(3).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let handing: Vec<_> = nodes.iter().map(|node| tokio::spawn(hand_out(node.clone()))).collect();
    for _ in 0..20 {
        let session = harness.signed_in(&mira).await;
        harness.end(&session, EndReason::SignedOut).await.unwrap();
    }
    for handing in handing {
        handing.await.unwrap();
    }
    handed_out(harness, 7).await;
    let last = i64::try_from(harness.events().await.len()).unwrap();
    let made = listed(harness, &all, None).await;
    assert_eq!(positions(&made), (3..=last).rev().collect::<Vec<_>>());
    assert_eq!(listed(harness, &starts, None).await.len(), 20);
}

pub(crate) async fn two_nodes_never_send_the_same_delivery_at_once(harness: &Harness) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    for _ in 0..15 {
        harness.signed_in(&mira).await;
    }
    handed_out(harness, 100).await;
    let (now, nodes) = (harness.now(), harness.nodes().await);
    let send = |node: Arc<dyn Store>, of: Webhook| async move {
        let mut sent = Vec::new();
        loop {
            let taken = claimed(&node, &of, 2).await;
            if taken.is_empty() {
                return sent;
            }
            node.settle(taken.iter().map(|taken| outcome(taken, Fate::Delivered, now)).collect()).await.unwrap();
            sent.extend(taken.iter().map(|taken| taken.event.position.0));
        }
    };
    let sending = nodes.iter().map(|node| tokio::spawn(send(node.clone(), all.clone()))).collect::<Vec<_>>();
    let mut sent = Vec::new();
    for sending in sending {
        sent.extend(sending.await.unwrap());
    }
    // The first sign-in is one event, and each further one ends the session before it.
    assert_eq!((sent.len(), sent.iter().collect::<BTreeSet<_>>().len()), (30, 30));
    assert_eq!(listed(harness, &all, Some(DeliveryState::Delivered)).await.len(), 30);
    assert_eq!(listed(harness, &all, Some(DeliveryState::Pending)).await, []);
}

pub(crate) async fn a_delivery_whose_node_died_is_taken_over_after_its_lease(harness: &Harness) {
    let (all, _) = webhook(harness, 1, &[]).await;
    handed_out(harness, 100).await;
    let store = harness.store();
    let first = claimed(&store, &all, 9).await;
    assert_eq!((first.len(), first[0].tries, first[0].claim.until), (1, 0, harness.now() + LEASE));
    assert_eq!(claimed(&store, &all, 9).await, []);
    harness.clock.advance(LEASE - Duration::from_millis(1));
    assert_eq!(claimed(&store, &all, 9).await, []);
    harness.clock.advance(Duration::from_millis(1));
    let second = claimed(&store, &all, 9).await;
    assert_eq!((second.len(), second[0].tries), (1, 0), "a try without an outcome does not count");

    store.settle(vec![outcome(&first[0], Fate::Failed, harness.now())]).await.unwrap();
    let listing = listed(harness, &all, None).await;
    assert_eq!((listing[0].state, listing[0].tries), (DeliveryState::Pending, 0), "who comes too late writes nothing");
    store.settle(vec![outcome(&second[0], Fate::Delivered, harness.now())]).await.unwrap();
    let listing = listed(harness, &all, None).await;
    assert_eq!((listing[0].state, listing[0].tries), (DeliveryState::Delivered, 1));
    assert_eq!((listing[0].delivered_at, listing[0].next_try_at), (Some(harness.now()), None));
}

pub(crate) async fn a_delivery_that_did_not_arrive_is_due_again_when_it_was_said(harness: &Harness) {
    let (all, _) = webhook(harness, 1, &[]).await;
    handed_out(harness, 100).await;
    let store = harness.store();
    let next_try = || async { harness.store().webhooks().await.unwrap()[0].next_try_at };
    assert_eq!(next_try().await, Some(harness.now()));
    let taken = claimed(&store, &all, 9).await;
    let again = harness.now() + MINUTE * 5;
    store.settle(vec![outcome(&taken[0], Fate::Again(again), harness.now())]).await.unwrap();
    assert_eq!(next_try().await, Some(again));
    harness.clock.advance(MINUTE * 5 - Duration::from_millis(1));
    assert_eq!(claimed(&store, &all, 9).await, []);
    drop(store);
    harness.reopen().await;
    harness.clock.advance(Duration::from_millis(1));
    let taken = claimed(&harness.store(), &all, 9).await;
    assert_eq!((taken.len(), taken[0].tries), (1, 1));
    let pending = listed(harness, &all, Some(DeliveryState::Pending)).await;
    assert_eq!(pending[0].last_error.as_deref(), Some("answered 500"));
    assert_eq!((pending[0].position, pending[0].kind.as_str()), (Position(1), "webhook.created"));
}

pub(crate) async fn failed_deliveries_are_listed_page_by_page_and_can_be_retried(harness: &Harness) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    for _ in 0..3 {
        harness.signed_in(&mira).await;
    }
    handed_out(harness, 100).await;
    let store = harness.store();
    let taken = claimed(&store, &all, 9).await;
    let fate = |place: usize| if place.is_multiple_of(2) { Fate::Failed } else { Fate::Delivered };
    let now = harness.now();
    store.settle(taken.iter().enumerate().map(|(n, taken)| outcome(taken, fate(n), now)).collect()).await.unwrap();
    let failed = listed(harness, &all, Some(DeliveryState::Failed)).await;
    assert_eq!(positions(&failed), [7, 5, 3]);
    let page = |before, limit| DeliveriesPage { before, limit };
    let first = store.deliveries(all.no, Some(DeliveryState::Failed), page(None, 2)).await.unwrap();
    assert_eq!(positions(&first), [7, 5]);
    let next = page(Some(first[1].position), 2);
    assert_eq!(positions(&store.deliveries(all.no, Some(DeliveryState::Failed), next).await.unwrap()), [3]);
    assert_eq!(positions(&store.deliveries(all.no, None, next).await.unwrap()), [4, 3]);
    assert_eq!(store.deliveries(WebhookNo(99), None, page(None, 9)).await.unwrap(), []);

    assert_eq!(claimed(&store, &all, 9).await, []);
    retried(harness, &all, Position(5)).await.unwrap();
    for not_failed in [5, 4, 99] {
        let refused = retried(harness, &all, Position(not_failed)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{not_failed}");
    }
    let again = claimed(&store, &all, 9).await;
    assert_eq!((told(&again), again[0].tries), (vec![(5, "session.ended")], 0));
    let last = harness.events().await.pop().unwrap();
    assert_eq!(
        (last.kind.as_str(), last.data.contains(r#""event_id":"0000000000000005""#)),
        ("webhook.delivery_retried", true)
    );
}

pub(crate) async fn a_secret_that_was_replaced_signs_until_its_time_is_over(harness: &Harness) {
    let mira = harness.person().await;
    let (all, old) = webhook(harness, 1, &["session.started"]).await;
    let signing = || async {
        harness.signed_in(&mira).await;
        handed_out(harness, 100).await;
        claimed(&harness.store(), &all, 1).await.remove(0).secrets
    };
    assert_eq!(signing().await, std::slice::from_ref(&old));
    let (new, old_until) = (secret::signing_secret(), harness.now() + MINUTE);
    let (id, at, by) = (all.id.clone(), harness.now(), Actor::Operator);
    let rotated = WebhookRotated { id, secret: new.clone(), old_until, at, by };
    changed(harness, WebhookChange::Rotated(rotated.clone())).await.unwrap();
    assert_eq!(signing().await, [new.clone(), old]);
    harness.clock.advance(MINUTE - Duration::from_millis(1));
    assert_eq!(signing().await.len(), 2);
    harness.clock.advance(Duration::from_millis(1));
    assert_eq!(signing().await, [new]);
    let unknown = WebhookRotated { id: secret::webhook_id(), ..rotated };
    assert!(matches!(changed(harness, WebhookChange::Rotated(unknown)).await, Err(StoreError::Conflict(_))));
}

pub(crate) async fn a_disabled_webhook_is_sent_nothing_and_what_was_pending_has_failed(harness: &Harness) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    handed_out(harness, 100).await;
    changed(harness, WebhookChange::Disabled(over(&all, harness.now()))).await.unwrap();
    assert!(changed(harness, WebhookChange::Disabled(over(&all, harness.now()))).await.is_err());
    harness.signed_in(&mira).await;
    assert_eq!(handed_out(harness, 100).await, 0);
    let store = harness.store();
    assert_eq!(claimed(&store, &all, 9).await, []);
    assert_eq!(store.webhooks().await.unwrap()[0].webhook.disabled_at, Some(harness.now()));
    assert!(store.clear_deliveries(Timestamp::from_millis(0), 9).await.unwrap());
    assert!(!store.clear_deliveries(Timestamp::from_millis(0), 9).await.unwrap());
    let failed = listed(harness, &all, Some(DeliveryState::Failed)).await;
    assert_eq!((positions(&failed), failed[0].last_error.as_deref()), (vec![3], Some("the webhook is disabled")));
    assert!(retried(harness, &all, Position(3)).await.is_err());
}

pub(crate) async fn deliveries_that_arrived_and_those_of_removed_webhooks_are_cleared_away_in_pieces(
    harness: &Harness,
) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    let (gone, _) = webhook(harness, 2, &[]).await;
    for _ in 0..3 {
        harness.signed_in(&mira).await;
    }
    handed_out(harness, 100).await;
    let store = harness.store();
    let taken = claimed(&store, &all, 4).await;
    let now = harness.now();
    store.settle(taken.iter().map(|taken| outcome(taken, Fate::Delivered, now)).collect()).await.unwrap();
    changed(harness, WebhookChange::Removed(over(&gone, now))).await.unwrap();
    let clear = |before| async move {
        let mut pieces = 0;
        while harness.store().clear_deliveries(before, 2).await.unwrap() {
            pieces += 1;
        }
        pieces
    };
    assert_eq!(clear(now).await, 3, "six deliveries of the removed one in pieces of two, and its row with the last");
    assert_eq!(listed(harness, &gone, None).await, []);
    assert_eq!(listed(harness, &all, None).await.len(), 7);
    assert_eq!(clear(now + Duration::from_millis(1)).await, 2);
    assert_eq!(positions(&listed(harness, &all, None).await), [9, 8, 7]);
}

pub(crate) async fn a_delivery_is_forgotten_with_its_event(harness: &Harness) {
    let mira = harness.person().await;
    let (all, _) = webhook(harness, 1, &[]).await;
    harness.signed_in(&mira).await;
    handed_out(harness, 100).await;
    let store = harness.store();
    let taken = claimed(&store, &all, 9).await;
    store.settle(vec![outcome(&taken[0], Fate::Failed, harness.now())]).await.unwrap();
    harness.clock.advance(MINUTE);
    let since = harness.now();
    harness.signed_in(&mira).await;
    harness.signed_in(&mira).await;
    let before = Forget { events: since, addresses: Timestamp::from_millis(0) };
    while store.forget(before, 3).await.unwrap() {}
    assert_eq!(listed(harness, &all, None).await, []);
    store.settle(vec![outcome(&taken[1], Fate::Delivered, harness.now())]).await.unwrap();
    handed_out(harness, 2).await;
    assert_eq!(told(&claimed(&store, &all, 9).await).len(), 4, "what happens afterwards is told");
}

/// How many rows and entries of indexes were read since the counts were last set to nothing, once everybody has gone.
fn read_since(url: &str) -> i64 {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                  AND backend_type = 'client backend'";
    while ask(url, others) != "0" {
        std::thread::yield_now();
    }
    let read = "SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables) + \
                (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)";
    ask(url, read).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_each_piece_reads_what_it_is_about_however_small_all_was_when_it_was_planned() {
    let Some(database) = server().map(|server| server.database()) else { return };
    let url = database.url();
    let harness = Harness::at(Site::Postgres(database)).await;
    let mira = harness.person().await;
    let (all, _) = webhook(&harness, 1, &[]).await;
    webhook(&harness, 2, &["user.removed"]).await;
    let work = async || {
        harness.signed_in(&mira).await;
        handed_out(&harness, 10).await;
        let store = harness.store();
        let taken = claimed(&store, &all, 2).await;
        assert_eq!(taken.len(), 2);
        let now = harness.now();
        store.settle(taken.iter().map(|taken| outcome(taken, Fate::Failed, now)).collect()).await.unwrap();
        for state in [None, Some(DeliveryState::Pending), Some(DeliveryState::Delivered), Some(DeliveryState::Failed)] {
            store.deliveries(all.no, state, DeliveriesPage { before: None, limit: 5 }).await.unwrap();
        }
        assert!(!store.clear_deliveries(Timestamp::from_millis(0), 10).await.unwrap());
    };
    // Planned while there is next to nothing, and kept.
    harness.signed_in(&mira).await;
    harness.signed_in(&mira).await;
    work().await;
    ask(
        &url,
        "INSERT INTO events (position, kind, at, account_no, actor_kind) \
         SELECT n, 'user.removed', 9e15::int8, 0, 'operator' FROM generate_series(100001, 120000) n; \
         UPDATE counters SET value = 120000 WHERE name = 'events'; UPDATE webhooks SET reached = 120000; \
         INSERT INTO webhook_deliveries (webhook_no, position, state, tries, next_try_at, delivered_at) \
         SELECT w.webhook_no, e.position, CASE e.position % 3 WHEN 0 THEN 'pending' WHEN 1 THEN 'failed' \
         ELSE 'delivered' END, 1, CASE e.position % 3 WHEN 0 THEN 9e15::int8 END, \
         CASE e.position % 3 WHEN 2 THEN 9e15::int8 END FROM webhooks w CROSS JOIN events e WHERE e.position > 100000",
    );
    for planned in ["while there was next to nothing", "with everything known of the tables"] {
        ask(&url, "SELECT pg_stat_force_next_flush()");
        ask(&url, "SELECT pg_stat_reset()");
        work().await;
        harness.close();
        let read = read_since(&url);
        assert!((10..1000).contains(&read), "{read} rows were read for a few dozen, planned {planned}");
        ask(&url, "VACUUM ANALYZE");
        harness.reopen().await;
    }
}
