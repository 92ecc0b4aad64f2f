//! What is forgotten, and what stays.

use crate::harness::{Harness, ask};
use innkeeper::domain::admission::Started;
use innkeeper::domain::end::EndReason;
use innkeeper::domain::retention::Forget;
use innkeeper::domain::time::Timestamp;
use innkeeper::store::{CheckedState, SessionsOf, SessionsPage, StateFilter};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Forgets events before an instant, and no address, in pieces; says how many pieces there were.
async fn forget(harness: &Harness, events: Timestamp, limit: u16) -> usize {
    let before = Forget { events, addresses: Timestamp::from_millis(0) };
    let mut pieces = 0;
    while harness.store().forget(before, limit).await.unwrap() {
        pieces += 1;
    }
    pieces
}

pub(crate) async fn events_older_than_an_instant_are_forgotten_in_pieces_and_later_ones_stay(harness: &Harness) {
    let mira = harness.person().await;
    for _ in 0..5 {
        harness.signed_in(&mira).await;
    }
    harness.clock.advance(MINUTE);
    let since = harness.now();
    let last = harness.signed_in(&mira).await;
    let before = harness.events().await;
    let kept: Vec<_> = before.iter().filter(|event| since <= event.at).cloned().collect();
    assert_eq!((before.len(), kept.len()), (13, 2));
    assert_eq!(forget(harness, since, 4).await, 3, "eleven events in pieces of four");
    assert_eq!(harness.events().await, kept);
    assert_eq!(forget(harness, since, 4).await, 0);
    harness.end(&last, EndReason::SignedOut).await.unwrap();
    let next = harness.events().await.pop().unwrap();
    assert_eq!(next.position.0, before.last().unwrap().position.0 + 1, "positions go on");
    harness.reopen().await;
    assert_eq!(harness.events().await.len(), 3);
}

pub(crate) async fn a_session_is_forgotten_with_the_event_of_its_end_and_an_open_one_is_not(harness: &Harness) {
    let mira = harness.person().await;
    let (first, second) = (harness.signed_in(&mira).await, harness.signed_in(&mira).await);
    let open = harness.signed_in(&mira).await;
    // By the newest session of a device the device is known: with the first device the user signs in once more.
    let mut again = ask(&mira);
    again.presented_device = Some(first.device().device.token.unwrap());
    let open_again = harness.started(&again).await;
    assert!(!open_again.device().is_new);
    harness.end(&open_again, EndReason::SignedOut).await.unwrap();
    harness.clock.advance(MINUTE);
    assert!(forget(harness, harness.now(), 100).await > 0);
    assert!(harness.checked(first.token()).await.is_none(), "its device has a newer session");
    assert!(harness.store().session(&first.open_session().id).await.unwrap().is_none());
    for kept in [&second, &open, &open_again] {
        assert!(matches!(harness.state(kept).await, CheckedState::Ended(..)), "each is its device's newest");
    }
    let live = harness.signed_in(&mira).await;
    harness.clock.advance(MINUTE);
    forget(harness, harness.now(), 100).await;
    assert!(matches!(harness.state(&live).await, CheckedState::Open(_)));
    assert_eq!(harness.events().await, []);
    assert_eq!(harness.open(mira.no).await.len(), 1);
}

pub(crate) async fn of_old_addresses_the_network_is_left_in_events_and_in_sessions_that_ended(harness: &Harness) {
    let mira = harness.person().await;
    let ended = harness.signed_in(&mira).await;
    harness.end(&ended, EndReason::SignedOut).await.unwrap();
    let open = harness.signed_in(&mira).await;
    harness.clock.advance(MINUTE);
    let since = harness.now();
    let later = harness.signed_in(&mira).await;
    let before = Forget { events: Timestamp::from_millis(0), addresses: since };
    let mut pieces = 0;
    while harness.store().forget(before, 2).await.unwrap() {
        pieces += 1;
    }
    assert_eq!(pieces, 3, "five events in pieces of two");
    assert!(!harness.store().forget(before, 2).await.unwrap());
    let told: Vec<_> = harness.events().await.into_iter().filter_map(|event| event.ip).collect();
    assert_eq!(told, ["192.0.2.0/24", "192.0.2.0/24", "192.0.2.7"], "three starts have addresses");
    let page = SessionsPage { before: None, limit: 9 };
    let of = SessionsOf::User(mira.account_no, mira.no);
    let listed = harness.store().sessions(of, StateFilter::All, page).await.unwrap();
    let address = |session: &Started| {
        let id = session.open_session().id;
        listed.iter().find(|view| view.id == id).and_then(|view| view.ip.clone())
    };
    assert_eq!(address(&ended).as_deref(), Some("192.0.2.0/24"));
    assert_eq!(address(&open).as_deref(), Some("192.0.2.7"), "it ended later than that");
    assert_eq!(address(&later).as_deref(), Some("192.0.2.7"));
}
