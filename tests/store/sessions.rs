//! Sessions start, end, and are checked; devices and refusals beside them.

use crate::harness::{Harness, ask, limit_of};
use innkeeper::domain::admission::{Admission, Admit, Started, admit};
use innkeeper::domain::change::{Change, NewToken, SteppedUp};
use innkeeper::domain::device::Place;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::{SecretHash, UserNo};
use innkeeper::domain::policy::{AtLimit, SessionPolicy};
use innkeeper::domain::session::Activity;
use innkeeper::secret::SessionToken;
use innkeeper::store::{AskedUser, CheckAsk, CheckedState, Lane, StoreError, TouchOf};
use std::time::Duration;

fn hash() -> SecretHash {
    SessionToken::generate().hash()
}

pub(crate) async fn a_token_leads_to_its_session_and_no_other_token_does(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    let facts = harness.store().check(&CheckAsk { token: Some(session.token()), ..CheckAsk::default() }).await.unwrap();
    assert_eq!(facts.now, harness.now());
    let checked = facts.session.unwrap();
    let open = session.open_session();
    assert_eq!((checked.no, &checked.id, checked.absolute_deadline), (open.no, &open.id, open.absolute_deadline));
    assert_eq!(checked.state, CheckedState::Open(open.activity));
    assert_eq!((checked.user.no, &checked.user.id, checked.user.role), (mira.no, &mira.id, mira.role));
    assert_eq!((&checked.user.account_id, checked.user.plan.as_deref()), (&mira.account_id, None));
    let counted = CheckAsk { token: Some(session.token()), counted: true, ..CheckAsk::default() };
    let counted = harness.store().check(&counted).await.unwrap().session.unwrap();
    assert_eq!(counted.user.plan.as_deref(), Some("team"));
    let user = innkeeper::store::CheckedUser { plan: None, ..counted.user.clone() };
    assert_eq!(innkeeper::store::Checked { user, ..counted }, checked, "a counted check learns the plan besides");

    let origin = CheckAsk { token: Some(session.token()), origin: true, ..CheckAsk::default() };
    let origin = harness.store().check(&origin).await.unwrap().session.unwrap().origin.unwrap();
    assert_eq!((origin.device_no, &origin.device), (open.device, &session.device().label));
    assert_eq!((origin.ip.as_deref(), &origin.place), (session.ip(), session.location()));
    assert_eq!((origin.methods.as_slice(), origin.unfamiliar), (session.methods(), session.unfamiliar()));
    assert_eq!((origin.created_at, origin.proved_at), (open.created_at, open.proved_at));

    assert!(harness.checked(hash()).await.is_none());
    // The first 64 bits find the row; all of them must be right.
    let mut almost = session.token();
    almost.0[31] ^= 1;
    assert_eq!(almost.key(), session.token().key());
    assert!(harness.checked(almost).await.is_none());
    assert!(harness.store().check(&CheckAsk::default()).await.unwrap().session.is_none());
}

pub(crate) async fn the_index_refuses_a_second_open_session_with_the_rule_bypassed(harness: &Harness) {
    let mira = harness.person().await;
    let mut transaction = harness.store().begin(Lane::Admissions).await.unwrap();
    let stale = transaction.users(vec![(mira.no, AskedUser::default())], 2).await.unwrap();
    let first = admit(&stale, &ask(&mira), &SessionPolicy::default(), stale.born[0]);
    let second = admit(&stale, &ask(&mira), &SessionPolicy::default(), stale.born[1]);
    transaction.commit(first.changes().to_vec()).await.unwrap();

    let refused = harness.commit(second.changes().to_vec()).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(harness.open(mira.no).await.len(), 1);
}

pub(crate) async fn an_end_of_an_ended_session_conflicts(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    let ended = harness.state(&session).await;
    harness.clock.advance(Duration::from_secs(1));
    let again = harness.end(&session, EndReason::TerminatedByApi).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(harness.state(&session).await, ended);
}

pub(crate) async fn an_ended_session_keeps_its_reason_and_its_last_times(harness: &Harness) {
    let mira = harness.person().await;
    for (number, reason) in EndReason::ALL.iter().enumerate() {
        let session = harness.signed_in(&mira).await;
        harness.clock.advance(Duration::from_secs(1));
        harness.end(&session, *reason).await.unwrap();
        assert_eq!(harness.state(&session).await, CheckedState::Ended(harness.now(), *reason), "{number}");
        let view = harness.store().session(&session.open_session().id).await.unwrap().unwrap();
        assert_eq!(view.end, Some((harness.now(), *reason)));
        assert_eq!(view.activity, session.open_session().activity);
    }
    assert!(harness.open(mira.no).await.is_empty());
}

pub(crate) async fn an_end_that_was_acknowledged_is_seen_by_every_thread(harness: &Harness) {
    let mira = harness.person().await;
    for _ in 0..20 {
        let session = harness.signed_in(&mira).await;
        let ask = CheckAsk { token: Some(session.token()), ..CheckAsk::default() };
        let look = |expected_open: bool| {
            let (store, runtime) = (harness.store(), tokio::runtime::Handle::current());
            move || {
                let answer = runtime.block_on(store.check(&ask)).unwrap();
                assert_eq!(matches!(answer.session.unwrap().state, CheckedState::Open(_)), expected_open);
            }
        };
        let all = |expected_open| {
            let threads: Vec<_> = (0..6).map(|_| std::thread::spawn(look(expected_open))).collect();
            threads.into_iter().for_each(|thread| thread.join().expect("every look was as expected"));
        };
        all(true);
        harness.end(&session, EndReason::SignedOut).await.unwrap();
        all(false);
    }
}

pub(crate) async fn every_commit_is_seen_by_the_next_read(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    for second in 1..=50 {
        harness.clock.advance(Duration::from_secs(1));
        let now = harness.now();
        let activity = Activity { last_active_at: now, last_seen_at: now, idle_deadline: now + Duration::from_secs(9) };
        let touch = TouchOf { session: session.open_session().no, activity, kept: false };
        assert_eq!(harness.store().touch(vec![touch]).await.unwrap(), [true]);
        assert_eq!(harness.state(&session).await, CheckedState::Open(activity), "second {second}");
    }
}

fn stepped_up(session: &Started, token: Option<NewToken>, harness: &Harness) -> Change {
    let (open, user) = (session.open_session(), session.user());
    Change::SteppedUp(SteppedUp {
        session_no: open.no,
        session_id: open.id,
        user_no: user.no,
        account_no: user.account_no,
        methods: vec!["pwd".into()],
        token,
        at: harness.now(),
        by: Actor::User(user.no, user.role),
    })
}

pub(crate) async fn a_step_up_moves_the_proof_of_an_open_session_only(harness: &Harness) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    harness.clock.advance(Duration::from_secs(60));
    harness.commit(vec![stepped_up(&session, None, harness)]).await.unwrap();
    assert_eq!(harness.open(mira.no).await[0].proved_at, harness.now());
    assert!(harness.checked(session.token()).await.is_some(), "an application's word changes no token");
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    let late = harness.commit(vec![stepped_up(&session, None, harness)]).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))));
}

pub(crate) async fn a_step_up_in_a_browser_is_one_event_that_takes_the_old_token_and_gives_a_new_one(
    harness: &Harness,
) {
    let mira = harness.person().await;
    let session = harness.signed_in(&mira).await;
    harness.clock.advance(Duration::from_secs(60));
    let (before, old, new) = (harness.events().await.len(), session.token(), hash());
    harness.commit(vec![stepped_up(&session, Some(NewToken { from: old, to: new }), harness)]).await.unwrap();
    assert!(harness.checked(old).await.is_none());
    assert_eq!(harness.checked(new).await.unwrap().id, session.open_session().id);
    assert_eq!(harness.open(mira.no).await[0].proved_at, harness.now());
    let events = harness.events().await;
    let told: Vec<_> = events[before..].iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(told, ["session.stepped_up"]);

    // Of two who prove at once the second one comes with a token that is gone, and proves nothing.
    let proved_at = harness.now();
    harness.clock.advance(Duration::from_secs(60));
    let slower = stepped_up(&session, Some(NewToken { from: old, to: hash() }), harness);
    assert!(matches!(harness.commit(vec![slower]).await, Err(StoreError::Conflict(_))));
    assert_eq!(harness.open(mira.no).await[0].proved_at, proved_at);
    assert!(harness.checked(new).await.is_some());
    assert_eq!(harness.events().await, events);
    harness.end(&session, EndReason::SignedOut).await.unwrap();
    let late = stepped_up(&session, Some(NewToken { from: new, to: hash() }), harness);
    assert!(matches!(harness.commit(vec![late]).await, Err(StoreError::Conflict(_))));
}

async fn device_of(harness: &Harness, user: UserNo, presented: SecretHash) -> Option<(Option<SecretHash>, bool)> {
    let asked = AskedUser { devices: vec![presented], countries: vec![], take_overs: false };
    let facts = harness.facts(user, asked).await;
    facts.users[0].devices.first().map(|known| (known.device.token, known.newest_session_used))
}

pub(crate) async fn other_users_of_one_browser_follow_its_device_value(harness: &Harness) {
    let reef = harness.account("reef").await;
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    let (from_form, first, second) = (hash(), hash(), hash());
    let sign_in =
        |user, presented, new| Admit { presented_device: Some(presented), new_device: Some(new), ..ask(user) };
    harness.started(&sign_in(&mira, from_form, first)).await;
    harness.started(&sign_in(&leo, first, second)).await;
    assert_eq!(device_of(harness, leo.no, second).await, Some((Some(second), false)));
    assert_eq!(device_of(harness, mira.no, second).await, Some((Some(second), false)), "hers follows the browser");

    let back = harness.started(&sign_in(&mira, second, hash())).await;
    assert!(!back.device().is_new);
}

pub(crate) async fn the_value_before_a_rotation_is_known_with_whether_its_session_was_used(harness: &Harness) {
    let mira = harness.person().await;
    let (before, after) = (hash(), hash());
    let ask = Admit { presented_device: Some(before), new_device: Some(after), ..ask(&mira) };
    let session = harness.started(&ask).await;
    assert_eq!(device_of(harness, mira.no, before).await, Some((Some(after), false)));

    harness.clock.advance(Duration::from_millis(1));
    let open = session.open_session();
    let seen = Activity { last_seen_at: harness.now(), ..open.activity };
    harness.store().touch(vec![TouchOf { session: open.no, activity: seen, kept: false }]).await.unwrap();
    assert_eq!(device_of(harness, mira.no, before).await, Some((Some(after), true)));
    let ended = innkeeper::domain::end::end(
        &harness.open(mira.no).await[0],
        &mira,
        EndReason::SignedOut,
        &Actor::Operator,
        harness.now(),
    );
    harness.commit(vec![Change::SessionEnded(ended)]).await.unwrap();
    assert_eq!(device_of(harness, mira.no, before).await, Some((Some(after), true)), "an end forgets no use");
    assert_eq!(device_of(harness, mira.no, hash()).await, None);
}

pub(crate) async fn countries_and_first_sign_ins_are_remembered(harness: &Harness) {
    let mira = harness.person().await;
    let place = Place { country_code: Some("AU".into()), ..Place::default() };
    harness.started(&Admit { place: place.clone(), ..ask(&mira) }).await;
    harness.started(&Admit { place, ..ask(&mira) }).await;
    let asked = AskedUser { devices: vec![], countries: vec!["NZ".into(), "AU".into()], take_overs: false };
    let facts = harness.facts(mira.no, asked).await.users.remove(0);
    assert!(facts.has_signed_in);
    assert_eq!(facts.countries, ["AU"]);
}

pub(crate) async fn refusals_beyond_ten_count_in_one_event(harness: &Harness) {
    let mira = harness.person().await;
    harness.signed_in(&mira).await;
    let before = harness.events().await.len();
    let mut references = Vec::new();
    for _ in 0..13 {
        let Admission::Refuse(changes, _) = harness.admit(&ask(&mira), &limit_of(1)).await else {
            panic!("the place is taken")
        };
        let Some(Change::SignInRefused(refused)) = changes.last() else { panic!("{changes:?}") };
        references.push(refused.reference.as_str().to_owned());
    }
    let events = harness.events().await.split_off(before);
    assert_eq!(events.len(), 11);
    let told: Vec<_> = events.iter().map(|event| event.reference.clone().unwrap()).collect();
    assert_eq!(told, references[..11]);
    assert!(references[10..].iter().all(|reference| *reference == references[10]));
    assert!(events[9].data.contains("\"times\":1") && events[10].data.contains("\"times\":3"), "{}", events[10].data);
    assert_eq!(harness.facts(mira.no, AskedUser::default()).await.users[0].refusals.count, 13);

    let told = |count, last| innkeeper::store::RefusalsSince { count, last };
    let now = harness.now();
    assert_eq!(harness.store().refusals(mira.no, now).await.unwrap(), told(13, Some(now)));
    let later = now + Duration::from_millis(1);
    assert_eq!(harness.store().refusals(mira.no, later).await.unwrap(), told(0, None));
    assert_eq!(harness.store().refusals(UserNo(77), now).await.unwrap(), told(0, None));
}

pub(crate) async fn sessions_that_start_and_end_in_one_batch_are_left_as_one_after_the_other(harness: &Harness) {
    let account = harness.account("reef").await;
    let (mira, leo) = (harness.user(&account, "mira").await, harness.user(&account, "leo").await);
    let policy = SessionPolicy { at_limit: AtLimit::ReplaceOldest, ..SessionPolicy::default() };
    let values = [hash(), hash(), hash(), hash()];
    // One browser in which she signs in three times, he in between; she from yet another one at last.
    let from = |user, was: usize| Admit {
        presented_device: Some(values[was]),
        new_device: Some(values[was + 1]),
        ..ask(user)
    };
    let asks = [from(&mira, 0), from(&mira, 1), from(&leo, 2), ask(&mira)];
    let before = harness.events().await.len();
    let mut transaction = harness.store().begin(Lane::Admissions).await.unwrap();
    let devices = AskedUser { devices: values.to_vec(), countries: vec![], take_overs: false };
    let asked = vec![(mira.no, devices.clone()), (leo.no, devices)];
    let mut facts = transaction.users(asked, 4).await.unwrap();
    let (mut changes, mut started) = (Vec::new(), Vec::new());
    for (ask, born) in asks.iter().zip(facts.born.clone()) {
        let admission = admit(&facts, ask, &policy, born);
        admission.changes().iter().for_each(|change| facts.apply(change));
        changes.extend_from_slice(admission.changes());
        let Admission::Admit(_, one) = admission else { panic!("all are admitted") };
        started.push(one.open_session().id);
    }
    transaction.commit(changes).await.unwrap();

    let reasons = [Some(EndReason::ReplacedSameBrowser), Some(EndReason::ReplacedOldest), None, None];
    for (id, reason) in started.iter().zip(reasons) {
        let view = harness.store().session(id).await.unwrap().unwrap();
        assert_eq!(view.end.map(|(_, reason)| reason), reason);
    }
    let told: Vec<_> = harness.events().await.split_off(before).into_iter().map(|e| (e.kind, e.session_id)).collect();
    let (start, end) = ("session.started".to_owned(), "session.ended".to_owned());
    let of = |kind: &String, which: usize| (kind.clone(), Some(started[which].clone()));
    assert_eq!(told, [of(&start, 0), of(&end, 0), of(&start, 1), of(&start, 2), of(&end, 1), of(&start, 3)]);
    assert_eq!(harness.open(mira.no).await.len(), 1);
    // Hers followed the browser when he signed in with it.
    assert_eq!(device_of(harness, mira.no, values[3]).await, Some((Some(values[3]), false)));
    assert_eq!(device_of(harness, leo.no, values[3]).await, Some((Some(values[3]), false)));
}
