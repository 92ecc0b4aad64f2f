//! The people of an account: invitations under its lock, and who uses what; then everything of it at once.

use crate::harness::{Harness, MINUTES_20, START, ask};
use crate::house::{Ground, House, key, new_session_of, reef, user};
use innkeeper::domain::change::{Change, InvitationClosed, Invited};
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::{InvitationId, SecretHash};
use innkeeper::domain::invitation::{Closed, INVITATION_VALID, Invitation};
use innkeeper::domain::policy::AtLimit;
use innkeeper::domain::user::{Role, UserStatus};
use innkeeper::service::{
    Acting, Browser, Client, DirectoryRefusal, Invited as Made, Join, JoinRefusal, PersonChange, SessionView,
};
use innkeeper::store::{Lane, StoreError};
use std::collections::BTreeMap;
use std::time::Duration;

fn invited(invitation: &Invitation, secret: u8) -> Change {
    let (at, by) = (invitation.created_at, Actor::Operator);
    Change::Invited(Invited { invitation: invitation.clone(), secret: SecretHash([secret; 32]), at, by })
}

fn closed(invitation: &Invitation, how: Closed) -> Change {
    let (at, by) = (invitation.created_at, Actor::Operator);
    Change::InvitationClosed(InvitationClosed { invitation: invitation.clone(), how, at, by })
}

pub(crate) async fn an_invitation_is_found_by_its_code_until_it_is_closed(harness: &Harness) {
    let mira = harness.person().await;
    let one = harness.invitation(&mira, "i_1");
    harness.commit(vec![invited(&one, 1)]).await.unwrap();
    let store = harness.store();
    assert_eq!(store.invitation(&SecretHash([1; 32])).await.unwrap().map(|found| found.invitation), Some(one.clone()));
    assert_eq!(store.invitation(&SecretHash([2; 32])).await.unwrap(), None);
    assert_eq!(store.invitations(mira.account_no).await.unwrap(), std::slice::from_ref(&one));
    harness.commit(vec![closed(&one, Closed::Accepted)]).await.unwrap();
    assert_eq!(store.invitation(&SecretHash([1; 32])).await.unwrap(), None);
    let again = harness.commit(vec![closed(&one, Closed::Revoked)]).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "what is closed is not closed again: {again:?}");
    let kinds: Vec<_> = harness.events().await.into_iter().map(|event| event.kind).rev().take(2).collect();
    assert_eq!(kinds, ["invitation.accepted", "invitation.created"]);
}

pub(crate) async fn an_account_has_one_invitation_for_an_address_with_the_rule_bypassed(harness: &Harness) {
    let mira = harness.person().await;
    let one = harness.invitation(&mira, "i_1");
    let same = Invitation { id: InvitationId::new("i_2").unwrap(), ..one.clone() };
    harness.commit(vec![invited(&one, 1)]).await.unwrap();
    let second = harness.commit(vec![invited(&same, 2)]).await;
    assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
    let other = harness.account("boat").await;
    let tom = harness.user(&other, "tom").await;
    let elsewhere = Invitation { email: one.email.clone(), ..harness.invitation(&tom, "i_3") };
    harness.commit(vec![invited(&elsewhere, 3)]).await.unwrap();
}

pub(crate) async fn invitations_are_read_under_the_accounts_lock_and_counted_until_they_expire(harness: &Harness) {
    let mira = harness.person().await;
    let one = harness.invitation(&mira, "i_1");
    harness.commit(vec![invited(&one, 1)]).await.unwrap();
    harness.clock.advance(MINUTES_20);
    let two = harness.invitation(&mira, "i_2");
    harness.commit(vec![invited(&two, 2)]).await.unwrap();
    let store = harness.store();
    assert!(store.accounts_with_expired(10).await.unwrap().is_empty());
    harness.clock.advance(INVITATION_VALID - MINUTES_20);
    let mut transaction = store.begin(Lane::Pages).await.unwrap();
    let facts = transaction.account(mira.account_id.as_ref().unwrap()).await.unwrap().unwrap();
    assert_eq!(facts.invitations, [one, two], "oldest first");
    assert_eq!((facts.counted(START).invited, facts.counted(harness.now()).invited), (2, 1));
    drop(transaction);
    assert_eq!(store.accounts_with_expired(10).await.unwrap(), [mira.account_id.unwrap()]);
}

pub(crate) async fn a_team_is_listed_with_who_is_live_and_when_each_was_last_active(harness: &Harness) {
    let account = harness.account("reef").await;
    let mut people = Vec::new();
    for id in ["ann", "bob", "cyd"] {
        people.push(harness.user(&account, id).await);
    }
    let other = harness.account("boat").await;
    let tom = harness.user(&other, "tom").await;
    let ann = harness.signed_in(&people[0]).await;
    harness.signed_in(&tom).await;
    harness.clock.advance(Duration::from_secs(60));
    harness.end(&ann, EndReason::SignedOut).await.unwrap();
    harness.started(&ask(&people[1])).await;
    let team = harness.store().team(account.no, None, 10).await.unwrap();
    let seen: Vec<_> = team.iter().map(|one| (one.user.id.as_str(), one.live, one.last_active_at)).collect();
    assert_eq!(seen, [("ann", 0, Some(START)), ("bob", 1, Some(harness.now())), ("cyd", 0, None)]);
    harness.clock.advance(MINUTES_20);
    let team = harness.store().team(account.no, Some(&people[0].id), 1).await.unwrap();
    assert_eq!(team.iter().map(|one| (one.user.id.as_str(), one.live)).collect::<Vec<_>>(), [("bob", 0)]);
}

async fn owner(house: &House) -> SessionView {
    house.start(None).await.unwrap().session
}

pub(crate) async fn of_50_invitations_at_once_as_many_as_the_plan_has_are_made(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let mira = owner(&house).await;
    let made = house
        .at_once(50, move |innkeeper, number| {
            let acting = Acting::within(&mira);
            async move {
                let email = format!("p{number}@reef.example");
                innkeeper.invite(acting, &reef(), (&email, Role::Staff)).await.unwrap().map(|_| ())
            }
        })
        .await;
    let full = made.iter().filter(|one| **one == Err(DirectoryRefusal::NoStaffLoginLeft)).count();
    assert_eq!((made.iter().filter(|one| one.is_ok()).count(), full), (5, 45));
    assert_eq!(house.innkeeper.staff_logins_in_use(&reef()).await.unwrap(), Some(5));
}

pub(crate) async fn of_many_who_open_one_invitation_at_once_one_joins(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    let mira = owner(&house).await;
    let made = house.innkeeper.invite(Acting::within(&mira), &reef(), ("noa@reef.example", Role::Staff)).await;
    let Made { code, .. } = made.unwrap().unwrap();
    let hash = code.hash();
    let joined = house
        .at_once(8, move |innkeeper, _| async move {
            let (browser, client) = (Browser::default(), Client::default());
            let join = Join { code: hash, name: None, password: "kayak by the old jetty".into(), browser, client };
            innkeeper.join(join).await.unwrap().map(|_| ())
        })
        .await;
    let mut counted = BTreeMap::new();
    for one in joined {
        *counted.entry(format!("{one:?}")).or_insert(0) += 1;
    }
    let gone = format!("{:?}", Err::<(), _>(JoinRefusal::Gone));
    assert_eq!(counted, BTreeMap::from([("Ok(())".to_owned(), 1), (gone, 7)]));
}

pub(crate) async fn removing_somebody_beside_50_sign_ins_of_theirs_leaves_none_live(ground: Ground) {
    let house = House::open(ground, AtLimit::ReplaceOldest, 3).await;
    house.put_user("kai", Role::Staff).await.unwrap();
    let mira = owner(&house).await;
    house
        .at_once(50, move |innkeeper, number| {
            let acting = Acting::within(&mira);
            async move {
                if number == 25 {
                    let removed = innkeeper.change_person(acting, &user("kai"), PersonChange::Remove).await;
                    removed.unwrap().unwrap();
                } else {
                    let ask = new_session_of("kai");
                    innkeeper.start_session(ask, key()).await.unwrap().ok();
                }
            }
        })
        .await;
    assert!(house.innkeeper.user(&user("kai")).await.unwrap().is_none());
    let live = house.innkeeper.team_sessions(mira_account(&house).await).await.unwrap();
    assert_eq!(live.iter().map(|one| one.user_id.as_str()).collect::<Vec<_>>(), ["mira"]);
}

async fn mira_account(house: &House) -> innkeeper::domain::id::AccountNo {
    house.innkeeper.account(&reef()).await.unwrap().unwrap().no
}

pub(crate) async fn owners_who_remove_each_other_at_once_leave_one_behind(ground: Ground) {
    let house = House::open(ground, AtLimit::Refuse, 1).await;
    house.put_user("bo", Role::Owner).await.unwrap();
    let mira = owner(&house).await;
    let ask = new_session_of("bo");
    let bo = house.innkeeper.start_session(ask, key()).await.unwrap().unwrap().session;
    let done = house
        .at_once(2, move |innkeeper, number| {
            let (acting, target) = if number == 0 { (&mira, "bo") } else { (&bo, "mira") };
            let acting = Acting::within(acting);
            async move { innkeeper.change_person(acting, &user(target), PersonChange::Remove).await.unwrap() }
        })
        .await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "whoever is removed removes nobody: {done:?}");
    let left = house.innkeeper.people_of(mira_account(&house).await).await.unwrap();
    assert_eq!(left.iter().filter(|one| one.status == UserStatus::Active).count(), 1);
}

pub(crate) async fn refusals_are_counted_by_person_within_an_account(harness: &Harness) {
    let account = harness.account("reef").await;
    let (ann, bob) = (harness.user(&account, "ann").await, harness.user(&account, "bob").await);
    let other = harness.account("boat").await;
    let tom = harness.user(&other, "tom").await;
    let policy = crate::harness::limit_of(1);
    for user in [&ann, &bob, &tom] {
        harness.admit(&ask(user), &policy).await;
    }
    for user in [&ann, &ann, &tom] {
        harness.admit(&ask(user), &policy).await;
    }
    harness.clock.advance(Duration::from_secs(60));
    harness.admit(&ask(&ann), &policy).await;
    let counted = async |since| {
        let found = harness.store().refused_in(account.no, since).await.unwrap();
        found.into_iter().map(|(no, refusals)| (no, refusals.count, refusals.last)).collect::<Vec<_>>()
    };
    assert_eq!(counted(START).await, [(ann.no, 3, Some(harness.now()))]);
    assert_eq!(counted(harness.now()).await, [(ann.no, 1, Some(harness.now()))]);
    assert_eq!(counted(harness.now() + Duration::from_millis(1)).await, []);
}
