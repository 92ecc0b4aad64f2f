//! Hashes of passwords that another system made: verified as they are, and made anew.

use crate::harness::Harness;
use crate::house::{Ground, House, PASSWORD, form, user};
use innkeeper::config::Config;
use innkeeper::domain::change::{Change, PasswordSet};
use innkeeper::domain::end::Actor;
use innkeeper::domain::policy::AtLimit;
use innkeeper::domain::user::User;
use innkeeper::service::{Browser, Innkeeper, NewPassword, SignInRefusal, UserFields};
use innkeeper::store::{EventsOf, Position};

/// Of [`PASSWORD`], as Django stores it.
const HASH: &str = "pbkdf2_sha256$1000$saltSALTsalt$exXdqJ+nza/pFOJRLtw3luJh0IdcFbKvUDHEOdxud/Q=";

async fn set(harness: &Harness, user: &User, hash: &str) {
    let (user, password_hash) = (user.clone(), hash.to_owned());
    let set = PasswordSet { user, password_hash, at: harness.now(), by: Actor::Operator };
    harness.commit(vec![Change::PasswordSet(set)]).await.unwrap();
}

pub(crate) async fn a_hash_is_renewed_only_while_it_is_the_one_that_was_verified(harness: &Harness) {
    let mira = harness.person().await;
    let store = harness.store();
    assert!(!store.renew_password(mira.no, ("first", "renewed")).await.unwrap(), "there is none");
    set(harness, &mira, "first").await;
    let before = store.password(mira.no).await.unwrap().unwrap();
    let events = store.events(EventsOf::All, Position(0), 100).await.unwrap().len();
    for (from, to, renewed, is) in [
        ("second", "renewed", false, "first"),
        ("first", "renewed", true, "renewed"),
        ("first", "again", false, "renewed"),
    ] {
        assert_eq!(store.renew_password(mira.no, (from, to)).await.unwrap(), renewed, "{from}");
        let stored = store.password(mira.no).await.unwrap().unwrap();
        assert_eq!((stored.hash.as_str(), stored.changed_at), (is, before.changed_at), "{from}");
    }
    assert_eq!(store.events(EventsOf::All, Position(0), 100).await.unwrap().len(), events);
}

pub(crate) async fn the_first_right_password_renews_the_hash_and_ends_no_session(harness: &Harness) {
    let innkeeper = Innkeeper::start(harness.store(), &Config::default(), None);
    let mut mira = harness.person().await;
    mira.email = Some("mira@example.com".into());
    let fields = UserFields {
        email: Some(mira.email.clone()),
        password: Some(NewPassword::Hashed(HASH.into())),
        ..UserFields::default()
    };
    innkeeper.patch_user(&mira.id, fields, &Actor::Operator).await.unwrap().unwrap();
    let stored = async || harness.store().password(mira.no).await.unwrap().unwrap();
    let brought = stored().await;
    assert_eq!(brought.hash, HASH);

    let wrong = innkeeper.sign_in(form("correct horse batterz")).await.unwrap();
    assert!(matches!(wrong, Err(SignInRefusal::WrongCredentials)));
    assert_eq!(stored().await.hash, HASH, "a wrong password renews nothing");

    let signed_in = innkeeper.sign_in(form(PASSWORD)).await.unwrap().unwrap();
    let renewed = stored().await;
    assert!(renewed.hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", renewed.hash);
    assert_eq!(renewed.changed_at, brought.changed_at);

    // Proving it once more meets the renewed hash, which is as good.
    let browser = Browser { session: Some(signed_in.token.hash()), device: None };
    innkeeper.step_up_by_password(&signed_in.session_id, (PASSWORD.into(), ""), browser).await.unwrap().unwrap();
    assert_eq!(stored().await.hash, renewed.hash);
}

pub(crate) async fn a_hash_that_is_renewed_never_takes_a_new_password_back(ground: Ground) {
    for _ in 0..3 {
        let house = House::open(ground, AtLimit::ReplaceOldest, 1).await.with_password().await;
        let brought = Some(NewPassword::Hashed(HASH.into()));
        let fields = UserFields { password: brought, ..UserFields::default() };
        house.innkeeper.patch_user(&user("mira"), fields, &Actor::Operator).await.unwrap().unwrap();
        house
            .at_once(8, |innkeeper, number| async move {
                if number == 3 {
                    let password = Some("another staple entirely".into());
                    let fields = UserFields { password, ..UserFields::default() };
                    innkeeper.patch_user(&user("mira"), fields, &Actor::Operator).await.unwrap().unwrap();
                } else {
                    innkeeper.sign_in(form(PASSWORD)).await.unwrap().ok();
                }
            })
            .await;
        // Those who came too late with the old one have failed; nobody has to wait longer than this for it.
        house.clock.advance(std::time::Duration::from_secs(5 * 60));
        let old = house.innkeeper.sign_in(form(PASSWORD)).await.unwrap();
        assert!(matches!(old, Err(SignInRefusal::WrongCredentials)));
        house.clock.advance(std::time::Duration::from_secs(5 * 60));
        assert!(house.innkeeper.sign_in(form("another staple entirely")).await.unwrap().is_ok());
    }
}
