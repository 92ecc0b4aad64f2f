//! Events: one for each change, in the one order of commits.

use crate::harness::Harness;
use innkeeper::domain::end::EndReason;
use innkeeper::store::{EventsOf, Position};

pub(crate) async fn each_change_leaves_one_event_in_order_and_without_gaps(harness: &Harness) {
    let mira = harness.person().await;
    let first = harness.signed_in(&mira).await;
    let second = harness.signed_in(&mira).await;
    let committed = harness.end(&second, EndReason::TerminatedByApi).await.unwrap();

    let events = harness.events().await;
    let positions: Vec<i64> = events.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, (1..=6).collect::<Vec<_>>());
    assert_eq!(committed.last, Position(6));
    let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.session_id.clone())).collect();
    let (one, two) = (Some(first.open_session().id), Some(second.open_session().id));
    let expected = [
        ("account.created", None),
        ("user.created", None),
        ("session.started", one.clone()),
        ("session.ended", one),
        ("session.started", two.clone()),
        ("session.ended", two),
    ];
    assert_eq!(told, expected);
    assert_eq!(events[3].reason.as_deref(), Some("replaced_oldest"));
    assert_eq!((events[3].actor_kind.as_str(), events[3].actor_id.as_deref()), ("user", Some("mira")));
    assert_eq!((events[5].actor_kind.as_str(), events[5].actor_id.as_deref()), ("operator", None));
    assert!(events.iter().all(|event| event.account_id == mira.account_id && event.at == harness.now()));

    let page = harness.store().events(EventsOf::All, Position(2), 2).await.unwrap();
    assert_eq!(page, events[2..4]);
    assert_eq!(harness.store().events(EventsOf::All, Position(6), 2).await.unwrap(), []);
}

pub(crate) async fn the_events_of_one_user_leave_out_those_of_others(harness: &Harness) {
    let reef = harness.account("reef").await;
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    harness.signed_in(&mira).await;
    harness.signed_in(&leo).await;
    let hers = harness.store().events(EventsOf::User(mira.no), Position(0), 9).await.unwrap();
    assert_eq!(hers.iter().map(|event| event.position).collect::<Vec<_>>(), [Position(2), Position(4)]);
    assert!(hers.iter().all(|event| event.user_id.as_ref() == Some(&mira.id)));
}

pub(crate) async fn news_grows_with_each_event_and_only_then(harness: &Harness) {
    let mut news = harness.store().news();
    let mira = harness.person().await;
    assert_eq!(*news.borrow_and_update(), Position(2));
    let session = harness.signed_in(&mira).await;
    assert!(news.has_changed().unwrap());
    assert_eq!(*news.borrow_and_update(), Position(3));
    harness.store().rearm(vec![session.open_session().no]).await.unwrap();
    assert!(!news.has_changed().unwrap());
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    assert!(harness.end(&session, EndReason::SignedOut).await.is_err());
    assert_eq!(*news.borrow_and_update(), Position(4));
}
