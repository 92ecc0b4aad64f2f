//! One answer for whatever is wrong with a sign-in: the same words, the same headers, and the same time.

use super::reef;
use crate::app::{Answer, TestApp};
use crate::browser::PASSWORD;
use innkeeper::domain::account::AccountStatus;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::{AccountId, UserId};
use innkeeper::domain::user::{Role, UserStatus};
use innkeeper::service::{AccountFields, UserFields};
use std::time::Duration;
use tokio::time::Instant;

/// What is wrong, with an address and a password. The addresses are of one length, so that the pages are.
const WRONG: [(&str, &str, &str); 6] = [
    ("the password is wrong", "alex@reef.example", "kayak by the new jetty"),
    ("nobody has the address", "none@reef.example", PASSWORD),
    ("they are suspended", "ines@reef.example", PASSWORD),
    ("they have no password", "noah@reef.example", PASSWORD),
    ("they were removed", "gone@reef.example", PASSWORD),
    ("their account is suspended", "dune@reef.example", PASSWORD),
];

/// Each kind is tried so often, in turns.
const ROUNDS: usize = 25;

/// How much longer one kind may take than another, in the middle of all rounds. The hash is nearly all of the time, so
/// without it the factor is far above ten; what is beside it differs by a transaction at most, which on a busy machine and
/// another process's database is not nothing.
const FACTOR_MAX: f64 = 2.0;

async fn with_everybody() -> TestApp {
    let app = reef().await;
    for user in ["ines", "noah", "gone"] {
        app.with_user("reef", user, Role::Staff).await;
    }
    app.with_account("dunes").await;
    app.with_user("dunes", "dune", Role::Owner).await;
    let (by, id) = (Actor::Operator, |id: &str| UserId::new(id).unwrap());
    let suspended = UserFields { status: Some(UserStatus::Suspended), ..UserFields::default() };
    app.innkeeper.put_user(&id("ines"), suspended, &by).await.unwrap().unwrap();
    app.innkeeper.remove_user(&id("gone"), &by).await.unwrap().unwrap();
    app.innkeeper.remove_user(&id("noah"), &by).await.unwrap().unwrap();
    let without_password = UserFields {
        account: Some(AccountId::new("reef").unwrap()),
        role: Some(Role::Staff),
        email: Some(Some("noah@reef.example".into())),
        ..UserFields::default()
    };
    app.innkeeper.put_user(&id("noah"), without_password, &by).await.unwrap().unwrap();
    let suspended = AccountFields { status: Some(AccountStatus::Suspended), ..AccountFields::default() };
    app.innkeeper.put_account(&AccountId::new("dunes").unwrap(), &suspended, &by).await.unwrap().unwrap();
    app
}

async fn tried(app: &TestApp, (_, email, password): (&str, &str, &str)) -> Answer {
    app.browser().post("/sign-in", &[("email", email), ("password", password)]).await
}

/// An answer without what is drawn for each one and the address that was typed.
fn plain(answer: &Answer, email: &str) -> (u16, Vec<(String, String)>, String) {
    let csp = answer.header("content-security-policy");
    let nonce = csp.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap().replace(&nonce, "");
        let device = value.split_once("innkeeper-device=").map(|(_, rest)| rest.split(';').next().unwrap().to_owned());
        (name.to_string(), device.map_or(value.clone(), |drawn| value.replace(&drawn, "")))
    });
    (answer.status, headers.collect(), answer.text().replace(&nonce, "").replace(email, ""))
}

#[tokio::test]
async fn whatever_is_wrong_status_headers_and_body_are_the_same() {
    let app = with_everybody().await;
    let expected = plain(&tried(&app, WRONG[0]).await, WRONG[0].1);
    assert_eq!(expected.0, 401);
    for wrong in WRONG {
        assert_eq!(plain(&tried(&app, wrong).await, wrong.1), expected, "{}", wrong.0);
    }
}

/// Of the factors between two kinds, one for each round, the middle one: a machine that is busy for a while slows a
/// round as a whole, and one that stumbles once spoils a round of many.
fn factor(slow: &[Duration], fast: &[Duration]) -> f64 {
    let mut factors: Vec<f64> =
        slow.iter().zip(fast).map(|(slow, fast)| slow.as_secs_f64() / fast.as_secs_f64()).collect();
    factors.sort_by(f64::total_cmp);
    factors[factors.len() / 2]
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_takes_the_same_time() {
    let app = with_everybody().await;
    let mut took = [const { Vec::new() }; WRONG.len()];
    for round in 0..=ROUNDS {
        // What failed before is forgotten, so that nobody has to wait.
        app.clock.advance(Duration::from_secs(25 * 60 * 60));
        for turn in 0..WRONG.len() {
            let kind = (round + turn) % WRONG.len();
            let since = Instant::now();
            let answer = tried(&app, WRONG[kind]).await;
            let elapsed = since.elapsed();
            assert_eq!(answer.status, 401, "{}", WRONG[kind].0);
            // The first round finds nothing prepared.
            if round > 0 {
                took[kind].push(elapsed);
            }
        }
    }
    for (slow, (what, ..)) in took.iter().zip(WRONG) {
        for (fast, (other, ..)) in took.iter().zip(WRONG) {
            let factor = factor(slow, fast);
            assert!(factor < FACTOR_MAX, "where {what}, the answer takes {factor:.2} times as long as where {other}");
        }
    }
}
