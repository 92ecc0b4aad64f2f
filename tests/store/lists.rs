//! Sessions as pages and API list them.

use crate::harness::{Harness, MINUTES_20, ask, limit_of};
use innkeeper::domain::admission::{Admit, Started};
use innkeeper::domain::device::{DeviceKind, DeviceLabel, Place};
use innkeeper::domain::end::EndReason;
use innkeeper::domain::id::SessionNo;
use innkeeper::domain::user::User;
use innkeeper::store::{SessionsOf, SessionsPage, StateFilter};
use std::time::Duration;

async fn listed(harness: &Harness, of: SessionsOf, state: StateFilter) -> Vec<SessionNo> {
    let page = SessionsPage { before: None, limit: 200 };
    harness.store().sessions(of, state, page).await.unwrap().iter().map(|view| view.no).collect()
}

fn of(user: &User) -> SessionsOf {
    SessionsOf::User(user.account_no, user.no)
}

fn no(session: &Started) -> SessionNo {
    session.open_session().no
}

pub(crate) async fn a_list_is_newest_first_and_page_by_page(harness: &Harness) {
    let mira = harness.person().await;
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(no(&harness.signed_in(&mira).await));
    }
    started.reverse();
    let page = async |before, limit| {
        let page = SessionsPage { before, limit };
        let page = harness.store().sessions(of(&mira), StateFilter::All, page).await.unwrap();
        page.iter().map(|view| view.no).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, started[..2]);
    assert_eq!(page(Some(started[1]), 2).await, started[2..4]);
    assert_eq!(page(Some(started[3]), 2).await, started[4..]);
    assert_eq!(page(Some(started[4]), 2).await, []);
}

pub(crate) async fn a_list_tells_live_lapsed_and_ended_apart(harness: &Harness) {
    let mira = harness.person().await;
    let policy = limit_of(9);
    let lapsed = harness.started_under(&ask(&mira), &policy).await;
    harness.clock.advance(Duration::from_millis(1));
    let live = harness.started_under(&ask(&mira), &policy).await;
    let ended = harness.started_under(&ask(&mira), &policy).await;
    harness.end(&ended, EndReason::TerminatedByOwner).await.unwrap();

    harness.clock.set(lapsed.open_session().activity.idle_deadline);
    assert_eq!(listed(harness, of(&mira), StateFilter::Live).await, [no(&live)]);
    assert_eq!(listed(harness, of(&mira), StateFilter::Ended).await, [no(&ended), no(&lapsed)]);
    assert_eq!(listed(harness, of(&mira), StateFilter::All).await, [no(&ended), no(&live), no(&lapsed)]);
    let view = harness.store().session(&lapsed.open_session().id).await.unwrap().unwrap();
    assert_eq!(view.end, Some((harness.now(), EndReason::Idle)), "nobody has marked it, and it is over");
    let view = harness.store().session(&live.open_session().id).await.unwrap().unwrap();
    assert_eq!(view.end, None);
}

pub(crate) async fn ended_sessions_are_listed_from_an_instant_on(harness: &Harness) {
    let mira = harness.person().await;
    let lapsed = harness.signed_in(&mira).await;
    let at = lapsed.open_session().activity.idle_deadline;
    harness.clock.set(at + MINUTES_20);
    let before_and_after = [(at, vec![no(&lapsed)]), (at + Duration::from_millis(1), vec![])];
    let ended = async |since| {
        let ended = harness.store().ended_lately((mira.account_no, mira.no), since, 9).await.unwrap();
        ended.iter().map(|view| view.no).collect::<Vec<_>>()
    };
    for (since, expected) in &before_and_after {
        assert_eq!(ended(*since).await, *expected, "unmarked");
    }
    harness.end(&lapsed, EndReason::SignedOut).await.unwrap();
    for (since, expected) in &before_and_after {
        assert_eq!(ended(*since).await, *expected, "marked");
    }
}

pub(crate) async fn those_that_ended_last_come_first_whenever_they_were_started(harness: &Harness) {
    let (mira, policy) = (harness.person().await, limit_of(9));
    let mut started = Vec::new();
    for _ in 0..4 {
        started.push(harness.started_under(&ask(&mira), &policy).await);
    }
    let minute = Duration::from_secs(60);
    for place in [2, 0, 1] {
        harness.clock.advance(minute);
        harness.end(&started[place], EndReason::SignedOut).await.unwrap();
    }
    let ended = async |since, limit| {
        let ended = harness.store().ended_lately((mira.account_no, mira.no), since, limit).await.unwrap();
        ended.iter().map(|view| view.no).collect::<Vec<_>>()
    };
    let last = harness.now();
    assert_eq!(ended(last - minute * 5, 9).await, [no(&started[1]), no(&started[0]), no(&started[2])]);
    assert_eq!(ended(last - minute * 5, 2).await, [no(&started[1]), no(&started[0])]);
    assert_eq!(ended(last - minute, 9).await, [no(&started[1]), no(&started[0])]);
    assert_eq!(ended(last + Duration::from_millis(1), 9).await, []);
    harness.clock.set(started[3].open_session().activity.idle_deadline);
    assert_eq!(ended(last, 9).await, [no(&started[3]), no(&started[1])], "nobody has marked it, and it is over");
}

pub(crate) async fn an_account_lists_the_sessions_of_all_its_users(harness: &Harness) {
    let (reef, dune) = (harness.account("reef").await, harness.account("dune").await);
    let (mira, leo, zoe) =
        (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await, harness.user(&dune, "zoe").await);
    let (hers, his, other) =
        (harness.signed_in(&mira).await, harness.signed_in(&leo).await, harness.signed_in(&zoe).await);
    assert_eq!(listed(harness, SessionsOf::Account(reef.no), StateFilter::Live).await, [no(&his), no(&hers)]);
    assert_eq!(listed(harness, SessionsOf::Account(dune.no), StateFilter::Live).await, [no(&other)]);
    assert_eq!(listed(harness, of(&leo), StateFilter::Live).await, [no(&his)]);
}

pub(crate) async fn a_session_is_shown_as_it_was_started(harness: &Harness) {
    let mira = harness.person().await;
    let text = |text: &str| Some(text.to_owned());
    let place = Place {
        city: text("Cairns"),
        region: text("Queensland"),
        country: text("Australia"),
        country_code: text("AU"),
    };
    let label = DeviceLabel { kind: DeviceKind::Tablet, browser: "Safari".into(), system: "Mac or iPad".into() };
    let session = harness.started(&Admit { place: place.clone(), label: label.clone(), ..ask(&mira) }).await;
    let open = session.open_session();
    let view = harness.store().session(&open.id).await.unwrap().unwrap();
    assert_eq!((view.no, &view.id, view.user_no, &view.user_id), (open.no, &open.id, mira.no, &mira.id));
    assert_eq!((&view.account_id, view.device_no), (&mira.account_id, open.device));
    assert_eq!((&view.place, &view.device), (&place, &label));
    assert_eq!((view.ip.as_deref(), view.methods.join(" ")), (Some("192.0.2.7"), "pwd otp".to_owned()));
    assert_eq!((view.created_at, view.proved_at), (harness.now(), harness.now()));
    assert_eq!((view.activity, view.absolute_deadline), (open.activity, open.absolute_deadline));
    assert_eq!((view.unfamiliar, view.end, view.ended_by_role), (false, None, None));
    assert!(harness.store().session(&innkeeper::secret::session_id()).await.unwrap().is_none());
}

pub(crate) async fn the_newest_live_sessions_are_listed_with_user_and_address(harness: &Harness) {
    let account = harness.account("reef").await;
    let (mira, noah) = (harness.user(&account, "mira").await, harness.user(&account, "noah").await);
    let policy = limit_of(9);
    let from = |user: &User, ip: Option<&str>| Admit { ip: ip.map(str::to_owned), ..ask(user) };
    let first = harness.started_under(&from(&mira, Some("192.0.2.1")), &policy).await;
    harness.clock.advance(Duration::from_millis(1));
    harness.started_under(&from(&mira, Some("192.0.2.2")), &policy).await;
    harness.started_under(&from(&noah, None), &policy).await;
    let ended = harness.started_under(&from(&noah, Some("192.0.2.3")), &policy).await;
    harness.end(&ended, EndReason::SignedOut).await.unwrap();

    let listed = async |limit| harness.store().origins(limit).await.unwrap();
    let (of_mira, of_noah) = (|n: u8| (mira.no, Some(format!("192.0.2.{n}"))), (noah.no, None));
    assert_eq!(listed(200).await, [of_noah.clone(), of_mira(2), of_mira(1)]);
    assert_eq!(listed(2).await, [of_noah.clone(), of_mira(2)]);
    harness.clock.set(first.open_session().activity.idle_deadline);
    assert_eq!(listed(200).await, [of_noah, of_mira(2)], "nobody has marked it, and it is over");
}
