//! Histories of a user and of an account: newest first, page by page, and nobody else's.

use crate::harness::{Harness, ask};
use innkeeper::domain::admission::Admission;
use innkeeper::domain::admission::Admit;
use innkeeper::domain::change::{Change, PasswordSet, SupportViewed, UserRemoved};
use innkeeper::domain::device::{DeviceKind, DeviceLabel, Place};
use innkeeper::domain::end::{Actor, EndReason, Note, end};
use innkeeper::domain::id::{Reference, UserNo};
use innkeeper::domain::policy::{AtLimit, SessionPolicy};
use innkeeper::domain::user::{Role, User};
use innkeeper::store::{Called, HISTORY_LOOK_MAX, History, HistoryOf, Position};

const NOT_THERE: Called = Called { name: None, email: None };

fn positions(history: &History) -> Vec<i64> {
    history.entries.iter().map(|entry| entry.event.position.0).collect()
}

async fn of(harness: &Harness, of: HistoryOf, kinds: &[&str], before: Option<i64>, limit: u16) -> History {
    harness.store().history(of, kinds, before.map(Position), limit).await.unwrap()
}

fn password_set(user: &User, harness: &Harness) -> Change {
    let password_hash = "$argon2id$x".into();
    Change::PasswordSet(PasswordSet { user: user.clone(), password_hash, at: harness.now(), by: Actor::Operator })
}

pub(crate) async fn a_history_is_newest_first_and_page_by_page_and_nobody_elses(harness: &Harness) {
    let (reef, dune) = (harness.account("reef").await, harness.account("dune").await);
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    let zoe = harness.user(&dune, "zoe").await;
    for user in [&mira, &zoe, &leo, &mira] {
        harness.signed_in(user).await;
    }
    // 1, 2 the accounts; 3, 4, 5 the people; 6, 7, 8 sign-ins; 9 the end of hers, and 10 her next.
    let hers = of(harness, HistoryOf::User(mira.no), &[], None, 9).await;
    assert_eq!((positions(&hers), hers.older), (vec![10, 9, 6, 3], None));
    let all = of(harness, HistoryOf::Account(reef.no), &[], None, 9).await;
    assert_eq!((positions(&all), all.older), (vec![10, 9, 8, 6, 4, 3, 1], None));
    let dunes = of(harness, HistoryOf::Account(dune.no), &[], None, 9).await;
    assert_eq!(positions(&dunes), [7, 5, 2]);

    let newest = of(harness, HistoryOf::Account(reef.no), &[], None, 3).await;
    assert_eq!((positions(&newest), newest.older), (vec![10, 9, 8], Some(Position(8))));
    let then = of(harness, HistoryOf::Account(reef.no), &[], Some(8), 3).await;
    assert_eq!((positions(&then), then.older), (vec![6, 4, 3], Some(Position(3))));
    let last = of(harness, HistoryOf::Account(reef.no), &[], Some(3), 3).await;
    assert_eq!((positions(&last), last.older), (vec![1], None));
    let whole = of(harness, HistoryOf::User(mira.no), &[], None, 4).await;
    assert_eq!((positions(&whole).len(), whole.older), (4, None), "nothing is behind a page that is just full");
    assert_eq!(of(harness, HistoryOf::User(mira.no), &[], Some(1), 9).await, History::default());
    let events = harness.events().await;
    assert!(all.entries.iter().all(|entry| events.contains(&entry.event)), "an entry holds the event as it is");
}

pub(crate) async fn a_history_of_some_kinds_looks_at_so_many_events_and_says_where_it_stopped(harness: &Harness) {
    let mira = harness.person().await;
    let first = harness.signed_in(&mira).await;
    let look = i64::from(HISTORY_LOOK_MAX);
    let changes = (0..look).map(|_| password_set(&mira, harness)).collect();
    harness.commit(changes).await.unwrap();
    harness.end(&first, EndReason::SignedOut).await.unwrap();

    let sessions = &["session.started", "session.ended"];
    for whose in [HistoryOf::User(mira.no), HistoryOf::Account(mira.account_no)] {
        let newest = of(harness, whose, sessions, None, 5).await;
        // The account, the person, the sign-in, and the first of the passwords are not among so many.
        assert_eq!((positions(&newest), newest.older), (vec![look + 4], Some(Position(5))));
        let nothing = of(harness, whose, &["user.removed"], None, 5).await;
        assert_eq!((positions(&nothing), nothing.older), (vec![], Some(Position(5))));
        let then = of(harness, whose, sessions, Some(5), 5).await;
        assert_eq!((positions(&then), then.older), (vec![3], None));
        let page = of(harness, whose, &["user.password_set"], Some(look), 2).await;
        assert_eq!((positions(&page), page.older), (vec![look - 1, look - 2], Some(Position(look - 2))));
        assert_eq!(positions(&of(harness, whose, &[], None, 1).await), [look + 4]);
    }
}

pub(crate) async fn a_history_tells_what_those_are_called_whom_it_names_and_where_a_session_came_from(
    harness: &Harness,
) {
    let reef = harness.account("reef").await;
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    let label = DeviceLabel { kind: DeviceKind::Tablet, browser: "Safari".into(), system: "iPad".into() };
    let place = Place { city: Some("Cairns".into()), country_code: Some("AU".into()), ..Place::default() };
    let started = harness.started(&Admit { label: label.clone(), place: place.clone(), ..ask(&leo) }).await;
    let by = Actor::User(mira.no, mira.role);
    let ended = end(&started.open_session(), &leo, EndReason::TerminatedByOwner, &by, harness.now());
    harness.commit(vec![Change::SessionEnded(ended)]).await.unwrap();

    let history = of(harness, HistoryOf::User(leo.no), &["session.ended"], None, 1).await;
    let called = |id: &str| Called { name: Some(format!("Person {id}")), email: Some(format!("{id}@reef.example")) };
    let entry = &history.entries[0];
    assert_eq!((&entry.user, &entry.actor), (&called("leo"), &called("mira")));
    let from = entry.session.as_ref().unwrap();
    assert_eq!((&from.device, &from.place, from.ip.as_deref()), (&label, &place, Some("192.0.2.7")));
    let began = started.open_session().created_at;
    assert_eq!((from.created_at, from.last_active_at), (began, Some(began)));
    let sign_in = of(harness, HistoryOf::User(leo.no), &["session.started"], None, 1).await;
    assert!(sign_in.entries[0].session.is_some());
    let created = of(harness, HistoryOf::User(leo.no), &["user.created"], None, 1).await;
    assert_eq!((&created.entries[0].actor, &created.entries[0].session), (&NOT_THERE, &None));
    let account = of(harness, HistoryOf::Account(reef.no), &["account.created"], None, 1).await;
    assert_eq!((&account.entries[0].user, &account.entries[0].actor), (&NOT_THERE, &NOT_THERE));

    // Somebody who was removed is known by what they were called; whoever has their id now is somebody else.
    harness.clock.advance(std::time::Duration::from_secs(1));
    let (at, by) = (harness.now(), Actor::Operator);
    harness.commit(vec![Change::UserRemoved(UserRemoved { user: mira.clone(), at, by })]).await.unwrap();
    harness.user(&reef, "mira").await;
    let history = of(harness, HistoryOf::User(leo.no), &["session.ended"], None, 1).await;
    assert_eq!(history.entries[0].actor, NOT_THERE);
    assert_eq!(history.entries[0].event.actor_id.as_deref(), Some("mira"));
    let removed = of(harness, HistoryOf::Account(reef.no), &["user.removed"], None, 1).await;
    assert_eq!((&removed.entries[0].user, removed.entries[0].user_removed), (&called("mira"), true));
    assert!(!history.entries[0].user_removed);
}

pub(crate) async fn a_refusal_is_found_by_its_reference_with_whom_it_concerns(harness: &Harness) {
    let reef = harness.account("reef").await;
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    let policy = SessionPolicy { at_limit: AtLimit::Refuse, ..SessionPolicy::default() };
    let shared = Reference::new("R-7K3M-92QD");
    for (user, reference) in [(&mira, &shared), (&leo, &shared), (&leo, &Reference::new("R-8888-8888"))] {
        if harness.open(user.no).await.is_empty() {
            harness.signed_in(user).await;
        }
        harness.clock.advance(std::time::Duration::from_secs(1));
        let refused = harness.admit(&Admit { reference: reference.clone(), ..ask(user) }, &policy).await;
        assert!(matches!(refused, Admission::Refuse(..)));
    }
    let found = harness.store().refused_as(&shared, 9).await.unwrap();
    assert_eq!(found.iter().map(|(user, _)| *user).collect::<Vec<UserNo>>(), [leo.no, mira.no], "the newest first");
    let events = harness.events().await;
    for (_, event) in &found {
        assert!(event.kind == "sign_in.refused" && events.contains(event));
    }
    assert_eq!(harness.store().refused_as(&shared, 1).await.unwrap().len(), 1);
    assert!(harness.store().refused_as(&Reference::new("R-2222-2222"), 9).await.unwrap().is_empty());
}

pub(crate) async fn what_support_does_stands_in_the_history_with_its_reason(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    let by = Actor::User(mira.no, Role::Support);
    let (user_no, account_no, at) = (mira.no, mira.account_no, harness.now());
    let viewed = SupportViewed { user_no: Some(user_no), account_no, at, by: by.clone() };
    let note = Note::typed("the tablet \"Jetty\" was lost");
    let ended = end(&session.open_session(), &mira, EndReason::TerminatedBySupport, &by, at).with_note(note.as_ref());
    harness.commit(vec![Change::SupportViewed(viewed), Change::SessionEnded(ended)]).await.unwrap();
    for whose in [HistoryOf::User(mira.no), HistoryOf::Account(mira.account_no)] {
        let history = of(harness, whose, &[], None, 2).await;
        let told = |at: usize| {
            let event = &history.entries[at].event;
            (event.kind.as_str(), event.actor_kind.as_str(), event.reason.as_deref())
        };
        assert_eq!(told(0), ("session.ended", "support", Some("terminated_by_support")));
        assert_eq!(history.entries[0].event.data, r#"{"note":"the tablet \"Jetty\" was lost"}"#);
        assert_eq!(told(1), ("support.viewed", "support", None));
    }
}
