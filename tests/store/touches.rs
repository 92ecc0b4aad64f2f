//! Touches move what is live, and nothing else; the sweeper's list follows.

use crate::harness::{HOURS_12, Harness, MINUTES_20};
use innkeeper::domain::admission::Started;
use innkeeper::domain::end::EndReason;
use innkeeper::domain::session::Activity;
use innkeeper::domain::time::Timestamp;
use innkeeper::store::{AskedUser, CheckedState, Lane, TouchOf};
use std::time::Duration;

fn active(now: Timestamp) -> Activity {
    Activity { last_active_at: now, last_seen_at: now, idle_deadline: now + MINUTES_20 }
}

fn touch(session: &Started, activity: Activity) -> TouchOf {
    TouchOf { session: session.open_session().no, activity, kept: false }
}

async fn moved(harness: &Harness, touch: TouchOf) -> bool {
    harness.store().touch(vec![touch]).await.unwrap()[0]
}

pub(crate) async fn a_touch_moves_the_times_of_a_live_session(harness: &Harness) {
    let reef = harness.account("reef").await;
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    let (hers, his) = (harness.signed_in(&mira).await, harness.signed_in(&leo).await);
    harness.end(&his, EndReason::SignedOut).await.unwrap();
    harness.clock.advance(Duration::from_secs(60));
    let now = active(harness.now());
    assert_eq!(harness.store().touch(vec![touch(&his, now), touch(&hers, now)]).await.unwrap(), [false, true]);
    assert_eq!(harness.state(&hers).await, CheckedState::Open(now));
    assert!(harness.store().touch(vec![]).await.unwrap().is_empty());
}

pub(crate) async fn a_touch_that_waits_for_nobody_tells_live_from_over(harness: &Harness) {
    let account = harness.account("reef").await;
    let (mira, leo) = (harness.user(&account, "mira").await, harness.user(&account, "leo").await);
    let (hers, his) = (harness.signed_in(&mira).await, harness.signed_in(&leo).await);
    harness.end(&his, EndReason::SignedOut).await.unwrap();
    harness.clock.advance(Duration::from_secs(90));
    let now = active(harness.now());
    let touches = vec![touch(&his, now), touch(&hers, now)];
    assert_eq!(harness.store().touch_free(touches).await.unwrap(), [Some(false), Some(true)]);
    assert_eq!(harness.state(&hers).await, CheckedState::Open(now));
    assert!(harness.store().touch_free(vec![]).await.unwrap().is_empty());
}

pub(crate) async fn a_touch_never_moves_a_time_backwards(harness: &Harness) {
    let session = harness.signed_in(&harness.person().await).await;
    let early = harness.now() + Duration::from_secs(60);
    harness.clock.advance(Duration::from_secs(120));
    let late = active(harness.now());
    assert!(moved(harness, touch(&session, late)).await);
    assert!(moved(harness, touch(&session, active(early))).await);
    assert_eq!(harness.state(&session).await, CheckedState::Open(late));
}

pub(crate) async fn a_touch_of_an_ended_session_neither_revives_nor_inserts_it(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    let ended = harness.state(&session).await;
    for kept in [false, true] {
        assert!(!moved(harness, TouchOf { kept, ..touch(&session, active(harness.now())) }).await);
        assert_eq!(harness.state(&session).await, ended);
        assert!(harness.open(mira.no).await.is_empty());
    }
    let view = harness.store().session(&session.open_session().id).await.unwrap().unwrap();
    assert_eq!(view.end, Some((harness.now(), EndReason::SignedOut)));
    harness.clock.advance(HOURS_12);
    assert_eq!(harness.store().due(9).await.unwrap(), [], "nothing of it is left to sweep");
}

pub(crate) async fn a_touch_from_either_deadline_on_moves_nothing(harness: &Harness) {
    let mira = harness.person().await;
    for (idle, deadline) in [(MINUTES_20, MINUTES_20), (HOURS_12 + MINUTES_20, HOURS_12)] {
        for (late, live) in [(Duration::from_millis(1), true), (Duration::ZERO, false)] {
            let session = harness.signed_in(&mira).await;
            let stretched = Activity { idle_deadline: harness.now() + idle, ..session.open_session().activity };
            assert!(moved(harness, touch(&session, stretched)).await);
            harness.clock.advance(deadline - late);
            let before = harness.state(&session).await;
            let now = active(harness.now());
            assert_eq!(moved(harness, touch(&session, now)).await, live, "{late:?} before {deadline:?}");
            let after = if live { CheckedState::Open(now) } else { before };
            assert_eq!(harness.state(&session).await, after, "{late:?} before {deadline:?}");
        }
    }
}

pub(crate) async fn a_kept_touch_counts_until_somebody_marks_an_end(harness: &Harness) {
    let session = harness.signed_in(&harness.person().await).await;
    let acknowledged = active(harness.now() + Duration::from_secs(60));
    harness.clock.advance(MINUTES_20);
    assert!(moved(harness, TouchOf { kept: true, ..touch(&session, acknowledged) }).await);
    assert_eq!(harness.state(&session).await, CheckedState::Open(acknowledged));
}

pub(crate) async fn a_session_is_due_at_its_earlier_deadline_and_again_after_it_was_rearmed(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    let expected = (mira.no, session.open_session().no);
    let minute = Duration::from_secs(60);
    harness.clock.advance(10 * minute);
    assert!(moved(harness, touch(&session, active(harness.now()))).await);

    harness.clock.advance(10 * minute - Duration::from_millis(1));
    assert_eq!(harness.store().due(9).await.unwrap(), []);
    harness.clock.advance(Duration::from_millis(1));
    assert_eq!(harness.store().due(9).await.unwrap(), [expected], "touches leave the look where it was");
    assert_eq!(harness.store().due(0).await.unwrap(), []);
    harness.store().rearm(vec![expected.1]).await.unwrap();
    assert_eq!(harness.store().due(9).await.unwrap(), []);
    harness.clock.advance(10 * minute - Duration::from_millis(1));
    assert_eq!(harness.store().due(9).await.unwrap(), []);
    harness.clock.advance(Duration::from_millis(1));
    assert_eq!(harness.store().due(9).await.unwrap(), [expected]);

    let beyond = Activity { idle_deadline: harness.now() + HOURS_12, ..active(harness.now()) };
    assert!(moved(harness, TouchOf { kept: true, ..touch(&session, beyond) }).await);
    harness.store().rearm(vec![expected.1]).await.unwrap();
    harness.clock.set(session.open_session().absolute_deadline);
    assert_eq!(harness.store().due(9).await.unwrap(), [expected], "the lifetime is a deadline, too");

    harness
        .commit(vec![innkeeper::domain::change::Change::SessionEnded(
            innkeeper::domain::end::mark_lapsed(&harness.open(mira.no).await[0], &mira, harness.now()).unwrap(),
        )])
        .await
        .unwrap();
    assert_eq!(harness.store().due(9).await.unwrap(), []);
    harness.store().rearm(vec![expected.1]).await.unwrap();
    assert_eq!(harness.store().due(9).await.unwrap(), []);
}

pub(crate) async fn a_rearm_waits_for_whoever_is_just_looking(harness: &Harness) {
    let mira = harness.person().await;
    for _ in 0..5 {
        let session = harness.signed_in(&mira).await.open_session();
        harness.clock.advance(MINUTES_20 / 2);
        let activity = active(harness.now());
        let kept_alive = TouchOf { session: session.no, activity, kept: false };
        assert_eq!(harness.store().touch(vec![kept_alive]).await.unwrap(), [true]);
        harness.clock.advance(MINUTES_20 / 2);
        assert_eq!(harness.store().due(9).await.unwrap(), [(mira.no, session.no)]);

        let mut looking = harness.store().begin(Lane::Ends).await.unwrap();
        looking.users(vec![(mira.no, AskedUser::default())], 0).await.unwrap();
        let store = harness.store();
        let (rearmed, ()) = tokio::join!(store.rearm(vec![session.no]), async { drop(looking) });
        rearmed.unwrap();
        assert_eq!(harness.store().due(9).await.unwrap(), []);
    }
}
