//! What happens at once, on real threads and without a pause: the promises under every race that people can make.

use crate::house::{Ground, House, PASSWORD, form, key, new_session, reef, user};
use innkeeper::domain::account::AccountStatus;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::policy::AtLimit;
use innkeeper::domain::user::{Role, UserStatus};
use innkeeper::secret;
use innkeeper::service::{
    AccountFields, DirectoryRefusal, Innkeeper, NewSession, SessionRefusal, SignInRefusal, UserFields, WebhookRefusal,
};
use innkeeper::store::Position;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

pub(crate) async fn of_64_sign_ins_by_an_application_at_once_as_many_as_the_limit_win(ground: Ground) {
    for limit in [1, 2] {
        let house = House::open(ground, AtLimit::Refuse, limit).await;
        let answers = house
            .at_once(64, |innkeeper, _| async move { innkeeper.start_session(new_session(), key()).await.unwrap() })
            .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), usize::from(limit));
        assert!(lost.iter().all(|answer| matches!(answer, Err(SessionRefusal::AlreadyLoggedIn(_)))));
        let mut live: Vec<_> = house.live().await.into_iter().map(|view| view.id).collect();
        let mut winners: Vec<_> = won.into_iter().map(|answer| answer.unwrap().session.id).collect();
        live.sort();
        winners.sort();
        assert_eq!(live, winners);
        let events = house.innkeeper.events(Position(0), u16::MAX).await.unwrap();
        let refused = events.iter().filter(|event| event.kind == "sign_in.refused").count();
        assert_eq!(refused, 11, "however they came, ten have their own event and the rest share one");
    }
}

pub(crate) async fn of_64_sign_ins_that_replace_the_oldest_all_win_and_the_last_one_stays(ground: Ground) {
    for limit in [1, 2] {
        let house = House::open(ground, AtLimit::ReplaceOldest, limit).await;
        let answers = house
            .at_once(64, |innkeeper, _| async move { innkeeper.start_session(new_session(), key()).await.unwrap() })
            .await;
        let mut live_tokens = 0;
        for answer in &answers {
            live_tokens += usize::from(house.is_live(answer.as_ref().unwrap().token.hash()).await);
        }
        assert_eq!(live_tokens, usize::from(limit));
        assert_eq!(house.live().await.len(), usize::from(limit));
    }
}

pub(crate) async fn of_many_sign_ins_by_password_at_once_exactly_one_session_stays(ground: Ground) {
    for (at_limit, winners) in [(AtLimit::Refuse, 1), (AtLimit::VerifiedTakeover, 1), (AtLimit::ReplaceOldest, 8)] {
        let house = House::open(ground, at_limit, 1).await.with_password().await;
        let answers =
            house.at_once(8, |innkeeper, _| async move { innkeeper.sign_in(form(PASSWORD)).await.unwrap() }).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), winners, "{at_limit:?}");
        assert!(lost.iter().all(|answer| matches!(answer, Err(SignInRefusal::AlreadyLoggedIn { .. }))), "{lost:?}");
        let mut live = 0;
        for answer in &won {
            live += usize::from(house.is_live(answer.as_ref().unwrap().token.hash()).await);
        }
        assert_eq!((live, house.live().await.len()), (1, 1), "{at_limit:?}");
    }
}

pub(crate) async fn sign_ins_and_ends_at_once_never_leave_two_live_sessions(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    house
        .at_once(16, |innkeeper, number| async move {
            for _ in 0..12 {
                if number % 4 == 3 {
                    innkeeper.end_sessions_of_user(&user("mira"), None, Actor::Operator).await.unwrap();
                } else if let Ok(started) = innkeeper.start_session(new_session(), key()).await.unwrap() {
                    let id = started.session.id.clone();
                    let token = started.token.hash();
                    innkeeper.end_session(&id, EndReason::SignedOut, Actor::Operator).await.unwrap();
                    assert!(!House::says_live(&innkeeper, token).await, "an end was answered, and then it was live");
                }
            }
        })
        .await;
    assert_at_most_one_was_ever_open(&house, 1).await;
    assert!(house.live().await.is_empty());
}

/// Reads the one order of events: at no place in it are more than `limit` sessions open.
async fn assert_at_most_one_was_ever_open(house: &House, limit: usize) {
    let mut open = Vec::new();
    for event in house.innkeeper.events(Position(0), u16::MAX).await.unwrap() {
        match event.kind.as_str() {
            "session.started" => open.push(event.session_id),
            "session.ended" => open.retain(|id| *id != event.session_id),
            _ => {}
        }
        assert!(open.len() <= limit, "at {:?}", event.position);
    }
}

pub(crate) async fn once_an_end_was_answered_no_check_says_live(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    for round in 0..25 {
        let started = house.start(None).await.unwrap();
        let (token, ended) = (started.token.hash(), Arc::new(AtomicBool::new(false)));
        let checkers: JoinSet<()> = (0..8)
            .map(|number| {
                let (innkeeper, ended) = (house.node(number).clone(), ended.clone());
                async move {
                    loop {
                        let was_ended = ended.load(Ordering::SeqCst);
                        let live = House::says_live(&innkeeper, token).await;
                        assert!(!(was_ended && live), "live after the end was answered");
                        if was_ended {
                            break;
                        }
                        tokio::task::yield_now().await;
                    }
                }
            })
            .collect();
        // Beyond a minute a touch is written before the check is answered, so it races the end at the writer.
        house.clock.advance(Duration::from_secs(61));
        if round % 2 == 0 {
            house.innkeeper.sign_out(token).await.unwrap();
        } else {
            house.innkeeper.end_sessions_of_user(&user("mira"), None, Actor::Operator).await.unwrap();
        }
        ended.store(true, Ordering::SeqCst);
        checkers.join_all().await;
        house.settle().await;
        assert!(!house.is_live(token).await, "a touch on its way revived it");
        assert!(house.live().await.is_empty());
    }
}

pub(crate) async fn at_the_deadline_checks_and_a_sign_in_agree_on_who_is_live(ground: Ground) {
    for late in [Duration::from_millis(1), Duration::ZERO] {
        for _ in 0..10 {
            let house = House::open(ground, AtLimit::Refuse, 1).await;
            let token = house.start(None).await.unwrap().token.hash();
            house.clock.advance(Duration::from_secs(20 * 60) - late);
            let answers = house
                .at_once(8, |innkeeper, number| async move {
                    if number % 2 == 0 {
                        innkeeper.start_session(new_session(), key()).await.unwrap().is_ok()
                    } else {
                        House::says_live(&innkeeper, token).await
                    }
                })
                .await;
            assert_at_most_one_was_ever_open(&house, 1).await;
            let lives = late != Duration::ZERO;
            assert_eq!(house.is_live(token).await, lives);
            assert_eq!(answers.iter().filter(|answer| **answer).count(), if lives { 4 } else { 1 });
        }
    }
}

pub(crate) async fn activity_at_any_node_keeps_a_session_alive_beside_sweeps_and_sign_ins(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let token = house.start(None).await.unwrap().token.hash();
    for round in 0..24 {
        house.clock.advance(Duration::from_millis(20 * 60 * 1000 - 1));
        let node = house.node(round).clone();
        assert!(House::says_live(&node, token).await, "round {round}: ended early");
        // The other nodes know of it only from the store; a millisecond later it would have been over.
        house.clock.advance(Duration::from_millis(1));
        let answers = house
            .at_once(12, |innkeeper, number| async move {
                match number / 3 {
                    0 => innkeeper.start_session(new_session(), key()).await.unwrap().is_err(),
                    1 => innkeeper.sweep().await.is_ok(),
                    _ => House::says_live(&innkeeper, token).await,
                }
            })
            .await;
        assert_eq!(answers, [true; 12], "round {round}");
        house.settle().await;
    }
    assert_at_most_one_was_ever_open(&house, 1).await;
}

pub(crate) async fn after_a_removal_or_suspension_was_answered_nothing_is_live(ground: Ground) {
    for what in ["removal", "suspension", "suspension of the account"] {
        for _ in 0..6 {
            let house = House::open(ground, AtLimit::ReplaceOldest, 1).await;
            let answers = house
                .at_once(12, |innkeeper, number| async move {
                    if number != 6 {
                        let answer = innkeeper.start_session(new_session(), key()).await.unwrap();
                        return answer.ok().map(|started| started.token.hash());
                    }
                    let by = Actor::Operator;
                    match what {
                        "removal" => innkeeper.remove_user(&user("mira"), &by).await.unwrap().unwrap(),
                        "suspension" => {
                            let status = Some(UserStatus::Suspended);
                            let fields = UserFields { status, ..UserFields::default() };
                            innkeeper.patch_user(&user("mira"), fields, &by).await.unwrap().unwrap();
                        }
                        _ => {
                            let status = Some(AccountStatus::Suspended);
                            let fields = AccountFields { status, ..AccountFields::default() };
                            innkeeper.put_account(&reef(), &fields, &by).await.unwrap().unwrap();
                        }
                    }
                    None
                })
                .await;
            for token in answers.into_iter().flatten() {
                assert!(!house.is_live(token).await, "live after the {what}");
            }
            assert!(house.live().await.is_empty());
            let refused = house.start(None).await.unwrap_err();
            let expected = if what == "removal" { SessionRefusal::UnknownUser } else { SessionRefusal::Suspended };
            assert_eq!(refused, expected);
        }
    }
}

pub(crate) async fn after_a_new_password_was_answered_nothing_lives_by_the_old_one(ground: Ground) {
    for _ in 0..3 {
        let house = House::open(ground, AtLimit::ReplaceOldest, 1).await.with_password().await;
        let answers = house
            .at_once(8, |innkeeper, number| async move {
                if number == 3 {
                    let password = Some("another staple entirely".into());
                    let fields = UserFields { password, ..UserFields::default() };
                    innkeeper.patch_user(&user("mira"), fields, &Actor::Operator).await.unwrap().unwrap();
                    return None;
                }
                innkeeper.sign_in(form(PASSWORD)).await.unwrap().ok().map(|signed_in| signed_in.token.hash())
            })
            .await;
        for token in answers.into_iter().flatten() {
            assert!(!house.is_live(token).await, "live by the old password");
        }
        assert!(house.live().await.is_empty());
        // Those who came too late with the old one have failed; nobody has to wait longer than this for it.
        house.clock.advance(Duration::from_secs(5 * 60));
        let old = house.innkeeper.sign_in(form(PASSWORD)).await.unwrap();
        assert!(matches!(old, Err(SignInRefusal::WrongCredentials)));
        house.clock.advance(Duration::from_secs(5 * 60));
        assert!(house.innkeeper.sign_in(form("another staple entirely")).await.unwrap().is_ok());
    }
}

pub(crate) async fn users_put_at_once_never_exceed_the_plan(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let answers = house
        .at_once(24, |innkeeper, number| async move {
            let role = if number % 2 == 0 { Role::Staff } else { Role::Manager };
            let fields = UserFields { account: Some(reef()), role: Some(role), ..UserFields::default() };
            innkeeper.put_user(&user(&format!("u-{number}")), fields, &Actor::Operator).await.unwrap()
        })
        .await;
    let (put, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(put.len(), 5, "the plan has 5 staff logins beside the owner's");
    assert!(refused.iter().all(|answer| *answer == Err(DirectoryRefusal::NoStaffLoginLeft)));
    assert_eq!(house.innkeeper.users_of(&reef(), None, 50).await.unwrap().unwrap().len(), 6);
}

pub(crate) async fn of_many_who_ask_for_one_address_at_once_one_gets_it(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    for id in ["a", "b", "c", "d"] {
        house.put_user(id, Role::Staff).await.unwrap();
    }
    let answers = house
        .at_once(4, |innkeeper, number| async move {
            let fields = UserFields { email: Some(Some("Desk@example.com".into())), ..UserFields::default() };
            let id = ["a", "b", "c", "d"][number];
            innkeeper.patch_user(&user(id), fields, &Actor::Operator).await.unwrap()
        })
        .await;
    let (got, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(got.len(), 1);
    assert!(refused.iter().all(|answer| *answer == Err(DirectoryRefusal::EmailTaken)));
}

pub(crate) async fn of_many_who_create_one_user_at_once_one_does(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let answers = house
        .at_once(12, |innkeeper, _| async move {
            let fields = UserFields { account: Some(reef()), role: Some(Role::Staff), ..UserFields::default() };
            innkeeper.put_user(&user("leo"), fields, &Actor::Operator).await.unwrap().unwrap().1
        })
        .await;
    assert_eq!(answers.into_iter().filter(|created| *created).count(), 1);
}

pub(crate) async fn webhooks_created_at_once_never_exceed_their_number(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let create = |innkeeper: Innkeeper| async move {
        innkeeper.create_webhook("https://hooks.example", &[], Actor::Operator).await.unwrap()
    };
    for _ in 0..17 {
        create(house.innkeeper.clone()).await.unwrap();
    }
    let answers = house.at_once(9, |innkeeper, _| create(innkeeper)).await;
    let (created, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(created.len(), 3);
    assert!(refused.iter().all(|answer| *answer == Err(WebhookRefusal::TooMany)));
    assert_eq!(house.innkeeper.webhooks().await.unwrap().len(), 20);
}

pub(crate) async fn owners_who_leave_at_once_leave_one_behind(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    for id in ["b", "c"] {
        house.put_user(id, Role::Owner).await.unwrap();
    }
    house.put_user("d", Role::Staff).await.unwrap();
    let answers = house
        .at_once(3, |innkeeper, number| async move {
            innkeeper.remove_user(&user(["mira", "b", "c"][number]), &Actor::Operator).await.unwrap()
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
    assert!(answers.contains(&Err(DirectoryRefusal::LastOwner)));
}

pub(crate) async fn one_device_that_signs_in_many_times_at_once_keeps_one_session(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let device = secret::hash_of("till-3");
    let answers = house
        .at_once(32, |innkeeper, _| async move {
            let ask = NewSession { device: Some(device), ..new_session() };
            innkeeper.start_session(ask, key()).await.unwrap().unwrap().token.hash()
        })
        .await;
    let mut live = 0;
    for token in answers {
        live += usize::from(house.is_live(token).await);
    }
    assert_eq!(live, 1);
    assert_at_most_one_was_ever_open(&house, 1).await;
}

pub(crate) async fn the_sweeper_looks_once_at_what_activity_kept_alive_and_marks_the_rest(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let started = house.start(None).await.unwrap();
    house.clock.advance(minutes(10));
    assert!(house.is_live(started.token.hash()).await);
    house.settle().await;
    house.clock.advance(minutes(10));
    assert_eq!(house.innkeeper.sweep().await.unwrap(), 1);
    assert_eq!(house.innkeeper.sweep().await.unwrap(), 0);
    assert!(house.innkeeper.session(&started.session.id).await.unwrap().unwrap().end.is_none());

    house.clock.advance(minutes(10));
    assert_eq!(house.innkeeper.sweep().await.unwrap(), 1);
    let last = house.innkeeper.events(Position(0), u16::MAX).await.unwrap().pop().unwrap();
    assert_eq!(
        (last.kind.as_str(), last.reason.as_deref(), last.at),
        ("session.ended", Some("idle"), house.clock.now())
    );
    assert_eq!(house.innkeeper.sweep().await.unwrap(), 0);
}

pub(crate) async fn whoever_says_that_a_session_has_lapsed_has_marked_it(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    for (hours_of_activity, reason) in [(0, "idle"), (12, "lifetime")] {
        let started = house.start(None).await.unwrap();
        let token = started.token.hash();
        for _ in 0..hours_of_activity * 6 {
            house.clock.advance(Duration::from_millis(10 * 60 * 1000 - 1));
            assert!(house.is_live(token).await);
        }
        let session = house.innkeeper.session(&started.session.id).await.unwrap().unwrap();
        let end_of_life = session.activity.idle_deadline.min(session.absolute_deadline);
        house.clock.set(end_of_life);
        assert!(!house.is_live(token).await);
        let last = house.innkeeper.events(Position(0), u16::MAX).await.unwrap().pop().unwrap();
        assert_eq!((last.kind.as_str(), last.reason.as_deref(), last.at), ("session.ended", Some(reason), end_of_life));
    }
}
