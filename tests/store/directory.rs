//! Accounts, users, passwords and service keys.

use crate::harness::{Harness, account, user, user_created};
use innkeeper::domain::account::{Account, AccountStatus};
use innkeeper::domain::change::{
    AccountPut, Change, EmailConfirmed, KeyCreated, KeyRevoked, PasswordSet, UserPut, UserRemoved,
};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::{AccountId, UserId, UserNo};
use innkeeper::domain::staff::People;
use innkeeper::domain::user::{Role, User, UserStatus};
use innkeeper::secret::{ServiceKey, key_id};
use innkeeper::store::{AskedUser, CheckAsk, Lane, StoreError, UserBy};
use std::time::Duration;

pub(crate) fn user_changed(user: User, before: User) -> Change {
    Change::UserPut(UserPut {
        at: before.created_at,
        user,
        before: Some(before),
        password_hash: None,
        by: Actor::Operator,
    })
}

pub(crate) fn removed(harness: &Harness, user: &User) -> Change {
    Change::UserRemoved(UserRemoved { user: user.clone(), at: harness.now(), by: Actor::Operator })
}

pub(crate) async fn an_account_is_found_as_it_was_put(harness: &Harness) {
    let before = harness.account("reef").await;
    assert_eq!(before, Account { no: before.no, ..account("reef", harness.now()) });
    let account = Account { name: "Reef Tours".into(), status: AccountStatus::Suspended, ..before.clone() };
    let put = AccountPut { account: account.clone(), before: Some(before), at: harness.now(), by: Actor::Operator };
    harness.commit(vec![Change::AccountPut(put)]).await.unwrap();
    assert_eq!(harness.store().account(&account.id).await.unwrap(), Some(account));
    assert_eq!(harness.store().account(&AccountId::new("none").unwrap()).await.unwrap(), None);
}

pub(crate) async fn accounts_are_listed_by_id_page_by_page_without_the_system_account(harness: &Harness) {
    for id in ["b", "d", "a", "c"] {
        harness.account(id).await;
    }
    let page = async |after: Option<&str>, limit| {
        let after = after.map(|id| AccountId::new(id).unwrap());
        let page = harness.store().accounts(after.as_ref(), limit).await.unwrap();
        page.into_iter().map(|account| account.id.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 3).await, ["a", "b", "c"]);
    assert_eq!(page(Some("c"), 3).await, ["d"]);
    assert_eq!(page(Some("d"), 3).await, [] as [String; 0]);
}

pub(crate) async fn a_user_is_found_by_id_address_and_number(harness: &Harness) {
    let mira = harness.person().await;
    let account = harness.store().account(&AccountId::new("reef").unwrap()).await.unwrap().unwrap();
    assert_eq!(mira, User { no: mira.no, ..user(&account, "mira", harness.now()) });
    for by in [UserBy::Id(&mira.id), UserBy::Email("mira@reef.example"), UserBy::No(mira.no)] {
        assert_eq!(harness.store().user(by).await.unwrap().as_ref(), Some(&mira), "{by:?}");
        let mut transaction = harness.store().begin(Lane::Pages).await.unwrap();
        assert_eq!(transaction.find_user(by).await.unwrap().as_ref(), Some(&mira), "{by:?}");
    }
    for by in [UserBy::Id(&UserId::new("leo").unwrap()), UserBy::Email("leo@reef.example"), UserBy::No(UserNo(77))] {
        assert_eq!(harness.store().user(by).await.unwrap(), None, "{by:?}");
    }
}

pub(crate) async fn users_are_listed_by_id_page_by_page(harness: &Harness) {
    let (reef, dune) = (harness.account("reef").await, harness.account("dune").await);
    for id in ["b", "c", "a"] {
        harness.user(&reef, id).await;
    }
    harness.user(&dune, "d").await;
    let gone = harness.user(&reef, "ab").await;
    harness.commit(vec![removed(harness, &gone)]).await.unwrap();
    let first = harness.store().users(reef.no, None, 2).await.unwrap();
    assert_eq!(first.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let rest = harness.store().users(reef.no, Some(&first[1].id), 2).await.unwrap();
    assert_eq!(rest.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["c"]);
}

pub(crate) async fn a_removed_user_is_found_by_number_alone_and_a_new_person_may_have_the_id(harness: &Harness) {
    let mira = harness.person().await;
    harness.commit(vec![removed(harness, &mira)]).await.unwrap();
    assert_eq!(harness.store().user(UserBy::Id(&mira.id)).await.unwrap(), None);
    assert_eq!(harness.store().user(UserBy::Email("mira@reef.example")).await.unwrap(), None);
    let gone = harness.store().user(UserBy::No(mira.no)).await.unwrap().unwrap();
    assert_eq!(gone.status, UserStatus::Removed);
    assert!(matches!(harness.commit(vec![removed(harness, &mira)]).await, Err(StoreError::Conflict(_))));

    let account = harness.store().account(&AccountId::new("reef").unwrap()).await.unwrap().unwrap();
    let again = harness.user(&account, "mira").await;
    assert!(again.no > mira.no);
}

pub(crate) async fn two_users_never_share_an_id_or_an_address(harness: &Harness) {
    let mira = harness.person().await;
    let account = harness.store().account(&AccountId::new("reef").unwrap()).await.unwrap().unwrap();
    let leo = harness.user(&account, "leo").await;
    let same_id = User { email: None, ..user(&account, "mira", harness.now()) };
    let same_address = User { email: mira.email.clone(), ..user(&account, "zoe", harness.now()) };
    let takes_address = User { email: mira.email.clone(), ..leo.clone() };
    for change in [user_created(same_id), user_created(same_address), user_changed(takes_address, leo)] {
        assert!(matches!(harness.commit(vec![change]).await, Err(StoreError::Conflict(_))));
    }
    assert_eq!(harness.store().users(account.no, None, 9).await.unwrap().len(), 2);
}

pub(crate) async fn a_password_set_twice_in_one_millisecond_is_two_passwords(harness: &Harness) {
    let mira = harness.person().await;
    assert!(harness.store().password(mira.no).await.unwrap().is_none());
    let set = |hash: &str| {
        let (user, password_hash) = (mira.clone(), hash.to_owned());
        Change::PasswordSet(PasswordSet { user, password_hash, at: harness.now(), by: Actor::Operator })
    };
    harness.commit(vec![set("first")]).await.unwrap();
    let first = harness.store().password(mira.no).await.unwrap().unwrap();
    assert_eq!((first.hash.as_str(), first.changed_at), ("first", harness.now()));

    harness.commit(vec![set("second")]).await.unwrap();
    let second = harness.store().password(mira.no).await.unwrap().unwrap();
    assert_eq!(second.hash, "second");
    assert!(second.changed_at > first.changed_at, "a proof of the first password would pass for one of the second");
    let facts = harness.facts(mira.no, AskedUser::default()).await;
    assert_eq!(facts.users[0].password_changed_at, Some(second.changed_at));

    harness.clock.advance(Duration::from_secs(1));
    harness.commit(vec![set("third")]).await.unwrap();
    assert_eq!(harness.store().password(mira.no).await.unwrap().unwrap().changed_at, harness.now());
    harness.commit(vec![removed(harness, &mira)]).await.unwrap();
    assert!(harness.store().password(mira.no).await.unwrap().is_none(), "nothing of a removed user's password is kept");
}

pub(crate) async fn a_key_opens_until_it_is_revoked(harness: &Harness) {
    let (id, key) = (key_id(), ServiceKey::generate());
    let scopes = vec!["sessions".to_owned(), "events".to_owned()];
    let created = |id, hash| {
        let (name, scopes) = ("desk".to_owned(), scopes.clone());
        Change::KeyCreated(KeyCreated { id, hash, name, scopes, at: harness.now(), by: Actor::Operator })
    };
    harness.commit(vec![created(id.clone(), key.hash())]).await.unwrap();
    let twin = harness.commit(vec![created(key_id(), key.hash())]).await;
    assert!(matches!(twin, Err(StoreError::Conflict(_))), "two keys never share a secret");

    let ask = CheckAsk { key: Some(key.hash()), ..CheckAsk::default() };
    let found = harness.store().check(&ask).await.unwrap().key.unwrap();
    assert_eq!((&found.id, found.name.as_str(), &found.scopes), (&id, "desk", &scopes));
    let other = CheckAsk { key: Some(ServiceKey::generate().hash()), ..CheckAsk::default() };
    assert!(harness.store().check(&other).await.unwrap().key.is_none());

    let revoke = || {
        let revoked = KeyRevoked { id: id.clone(), name: "desk".into(), at: harness.now(), by: Actor::Operator };
        vec![Change::KeyRevoked(revoked)]
    };
    harness.commit(revoke()).await.unwrap();
    assert!(harness.store().check(&ask).await.unwrap().key.is_none());
    assert!(matches!(harness.commit(revoke()).await, Err(StoreError::Conflict(_))));
    let keys = harness.store().keys().await.unwrap();
    assert_eq!(keys.iter().map(|key| (&key.id, key.revoked_at)).collect::<Vec<_>>(), [(&id, Some(harness.now()))]);
}

pub(crate) async fn an_address_stays_confirmed_until_whoever_has_it_is_written_anew(harness: &Harness) {
    let reef = harness.account("reef").await;
    let mira = harness.user(&reef, "mira").await;
    let confirm = |no| {
        let (at, by) = (harness.now(), Actor::Operator);
        vec![Change::EmailConfirmed(EmailConfirmed { user_no: no, account_no: reef.no, at, by })]
    };
    harness.commit(confirm(mira.no)).await.unwrap();
    let confirmed = User { email_confirmed_at: Some(harness.now()), ..mira.clone() };
    assert_eq!(harness.store().user(UserBy::Id(&mira.id)).await.unwrap().as_ref(), Some(&confirmed));
    let mut transaction = harness.store().begin(Lane::Pages).await.unwrap();
    let facts = transaction.users(vec![(mira.no, AskedUser::default())], 0).await.unwrap();
    assert_eq!(facts.users[0].user, confirmed, "and under the lock");
    drop(transaction);
    assert!(matches!(harness.commit(confirm(UserNo(99))).await, Err(StoreError::Conflict(_))));
    let moved = User { email: Some("mira@elsewhere.example".into()), ..mira.clone() };
    harness.commit(vec![user_changed(moved.clone(), confirmed)]).await.unwrap();
    assert_eq!(harness.store().user(UserBy::Id(&mira.id)).await.unwrap(), Some(moved));
}

pub(crate) async fn an_account_is_counted_under_its_lock(harness: &Harness) {
    let reef = harness.account("reef").await;
    let mira = harness.user(&reef, "mira").await;
    let leo = harness.user(&reef, "leo").await;
    let zoe = harness.user(&reef, "zoe").await;
    let suspended = User { status: UserStatus::Suspended, role: Role::Staff, ..leo.clone() };
    harness.commit(vec![user_changed(suspended, leo.clone()), removed(harness, &zoe)]).await.unwrap();
    let mut transaction = harness.store().begin(Lane::Pages).await.unwrap();
    let facts = transaction.account(&reef.id).await.unwrap().unwrap();
    assert_eq!(facts.account, reef);
    assert_eq!(facts.people, People { active: 1, present: 2, owners: 1, invited: 0 });
    assert_eq!(harness.store().people(facts.account.no).await.unwrap(), facts.people, "counted alike without the lock");
    assert_eq!(facts.users, [mira.no, leo.no]);
    assert!(transaction.account(&AccountId::new("none").unwrap()).await.unwrap().is_none());
}

pub(crate) async fn facts_come_by_ascending_number_and_without_those_who_do_not_exist(harness: &Harness) {
    let reef = harness.account("reef").await;
    let (mira, leo) = (harness.user(&reef, "mira").await, harness.user(&reef, "leo").await);
    harness.commit(vec![removed(harness, &leo)]).await.unwrap();
    let mut transaction = harness.store().begin(Lane::Pages).await.unwrap();
    let asked = [UserNo(99), leo.no, mira.no].map(|no| (no, AskedUser::default()));
    let facts = transaction.users(asked.to_vec(), 0).await.unwrap();
    assert_eq!(facts.now, harness.now());
    let found: Vec<_> = facts.users.iter().map(|facts| (facts.user.no, facts.user.status)).collect();
    assert_eq!(found, [(mira.no, UserStatus::Active), (leo.no, UserStatus::Removed)]);
    assert_eq!(facts.users[0].plan, "team");
    assert_eq!(facts.users[0].account_status, AccountStatus::Active);
    assert!(!facts.users[0].has_signed_in && facts.users[0].open.is_empty());
}
