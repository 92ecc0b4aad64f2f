//! Devices' names, and tokens that are rotated.

use crate::directory::user_changed;
use crate::harness::{Harness, ask, limit_of};
use innkeeper::domain::admission::Started;
use innkeeper::domain::change::{Change, DeviceNamed, NewToken, TokenRotated};
use innkeeper::domain::device::DeviceName;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::SecretHash;
use innkeeper::domain::user::{Role, User};
use innkeeper::secret::SessionToken;
use innkeeper::store::{
    CheckAsk, CheckedState, CheckedUser, SessionsOf, SessionsPage, StateFilter, StoreError, TouchOf,
};
use std::time::Duration;

fn named(user: &User, session: &Started, name: Option<&str>, harness: &Harness) -> Change {
    Change::DeviceNamed(DeviceNamed {
        device_no: session.open_session().device,
        session_id: session.open_session().id,
        user_no: user.no,
        account_no: user.account_no,
        name: name.and_then(|name| DeviceName::typed(name).unwrap()),
        at: harness.now(),
        by: Actor::User(user.no, user.role),
    })
}

fn rotated(session: &Started, (from, to): (SecretHash, SecretHash), harness: &Harness) -> Change {
    let (open, user) = (session.open_session(), session.user());
    Change::TokenRotated(TokenRotated {
        proves: true,
        session_no: open.no,
        session_id: open.id,
        user_no: user.no,
        account_no: user.account_no,
        token: NewToken { from, to },
        at: harness.now(),
        by: Actor::User(user.no, user.role),
    })
}

fn token() -> SecretHash {
    SessionToken::generate().hash()
}

pub(crate) async fn a_devices_name_is_shown_wherever_its_sessions_are_and_stays_over_sign_ins(harness: &Harness) {
    let mira = harness.person().await;
    let first = harness.signed_in(&mira).await;
    harness.commit(vec![named(&mira, &first, Some("Front desk"), harness)]).await.unwrap();
    let known = first.device().device.token;
    let again = harness.started(&innkeeper::domain::admission::Admit { presented_device: known, ..ask(&mira) }).await;
    assert_eq!(again.device().device.name.as_deref(), Some("Front desk"));
    let of = SessionsOf::User(mira.account_no, mira.no);
    let page = SessionsPage { before: None, limit: 9 };
    let listed = harness.store().sessions(of, StateFilter::All, page).await.unwrap();
    assert_eq!(listed.len(), 2);
    for session in listed {
        assert_eq!(session.device_name.as_deref(), Some("Front desk"));
    }
    let origin = CheckAsk { token: Some(again.token()), origin: true, ..CheckAsk::default() };
    let origin = harness.store().check(&origin).await.unwrap().session.unwrap().origin.unwrap();
    assert_eq!(origin.device_name.as_deref(), Some("Front desk"));

    harness.commit(vec![named(&mira, &again, None, harness)]).await.unwrap();
    let view = harness.store().session(&again.open_session().id).await.unwrap().unwrap();
    assert_eq!(view.device_name, None);
    let kinds: Vec<_> = harness.events().await.into_iter().map(|event| (event.kind, event.data)).collect();
    let names: Vec<_> =
        kinds.iter().filter(|(kind, _)| kind == "device.named").map(|(_, data)| data.as_str()).collect();
    assert_eq!(names, [r#"{"name":"Front desk"}"#, r#"{"name":""}"#]);
}

pub(crate) async fn somebody_elses_device_cannot_be_named(harness: &Harness) {
    let account = harness.account("reef").await;
    let (mira, kai) = (harness.user(&account, "mira").await, harness.user(&account, "kai").await);
    let session = harness.signed_in(&mira).await;
    let refused = harness.commit(vec![named(&kai, &session, Some("Mine"), harness)]).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let view = harness.store().session(&session.open_session().id).await.unwrap().unwrap();
    assert_eq!(view.device_name, None);
}

pub(crate) async fn a_rotated_token_is_unknown_at_once_and_the_new_one_leads_to_the_same_session(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    harness.clock.advance(Duration::from_secs(60));
    let (old, new) = (session.token(), token());
    harness.commit(vec![rotated(&session, (old, new), harness)]).await.unwrap();
    assert!(harness.checked(old).await.is_none());
    let checked = harness.checked(new).await.unwrap();
    let open = session.open_session();
    assert_eq!((checked.no, &checked.id, checked.absolute_deadline), (open.no, &open.id, open.absolute_deadline));
    assert_eq!(checked.state, CheckedState::Open(open.activity));
    let view = harness.store().session(&open.id).await.unwrap().unwrap();
    assert_eq!((view.created_at, view.proved_at), (open.created_at, harness.now()));

    // What was gathered for the session before still reaches it, by its number.
    let mut activity = open.activity;
    activity.last_active_at = harness.now();
    activity.last_seen_at = harness.now();
    let touch = TouchOf { session: open.no, activity, kept: false };
    assert_eq!(harness.store().touch(vec![touch]).await.unwrap(), [true]);
    assert_eq!(harness.checked(new).await.unwrap().state, CheckedState::Open(activity));
    harness.reopen().await;
    assert!(harness.checked(old).await.is_none() && harness.checked(new).await.is_some());
}

pub(crate) async fn every_open_session_tells_who_it_is_of_as_that_is_now(harness: &Harness) {
    let (mira, limit) = (harness.person().await, limit_of(3));
    let others = harness.signed_in(&harness.user(&harness.account("dune").await, "leo").await).await;
    let first = harness.started_under(&ask(&mira), &limit).await;
    let rotated_one = harness.started_under(&ask(&mira), &limit).await;
    let new = token();
    harness.commit(vec![rotated(&rotated_one, (rotated_one.token(), new), harness)]).await.unwrap();
    let mut now = mira.clone();
    for (role, email, name) in [(Role::Staff, Some("m@reef.example"), Some("Mira Winter")), (Role::Owner, None, None)] {
        let before = now.clone();
        now = User { role, email: email.map(str::to_owned), name: name.map(str::to_owned), ..before.clone() };
        harness.commit(vec![user_changed(now.clone(), before)]).await.unwrap();
        let later = harness.started_under(&ask(&now), &limit).await;
        for token in [first.token(), new, later.token()] {
            let CheckedUser { no, id, name, email, role, account_id, .. } = harness.checked(token).await.unwrap().user;
            let told = User { no, id, name, email, role, account_id, ..now.clone() };
            assert_eq!(told, now);
        }
        harness.end(&later, EndReason::SignedOut).await.unwrap();
    }
    let leo = harness.checked(others.token()).await.unwrap().user;
    assert_eq!((leo.id.as_str(), leo.email.as_deref()), ("leo", Some("leo@reef.example")));
}

pub(crate) async fn only_the_token_that_a_session_has_can_be_rotated_and_only_while_it_is_open(harness: &Harness) {
    let mira = harness.person().await;
    let limit = limit_of(2);
    let session = harness.started_under(&ask(&mira), &limit).await;
    let other = harness.started_under(&ask(&mira), &limit).await;
    let (before, new) = (harness.events().await, token());
    let mut almost = session.token();
    almost.0[31] ^= 1;
    for from in [token(), almost, other.token()] {
        let refused = harness.commit(vec![rotated(&session, (from, new), harness)]).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))));
    }
    assert_eq!(harness.events().await, before);
    harness.commit(vec![rotated(&session, (session.token(), new), harness)]).await.unwrap();
    let twice = harness.commit(vec![rotated(&session, (session.token(), token()), harness)]).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "of two rotations one wins");
    harness.end(&other, EndReason::SignedOut).await.unwrap();
    let over = harness.commit(vec![rotated(&other, (other.token(), token()), harness)]).await;
    assert!(matches!(over, Err(StoreError::Conflict(_))));
    assert!(harness.checked(other.token()).await.is_some(), "nothing of it was written");
}
