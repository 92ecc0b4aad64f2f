//! `/users`.

use super::{assert_field, assert_problem, caller_with_reef, check, start};
use crate::app::{Answer, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_user_is_created_and_then_changed_field_by_field() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let created = caller
        .request("PUT", "/users/noa", json!({"account_id": "reef", "role": "manager", "email": " Noa@Reef.Example "}))
        .await;
    let mut expected = json!({
        "id": "noa", "account_id": "reef", "role": "manager", "status": "active", "email": "noa@reef.example",
        "email_confirmed_at": null, "name": null, "created_at": "2026-11-22T04:00:00.000Z",
    });
    assert_eq!((created.status, created.json()), (201, expected.clone()));
    assert_eq!(caller.get("/users/noa").await.json(), expected);

    let changed = caller.request("PUT", "/users/noa", json!({"name": "Noa Kai"})).await;
    expected["name"] = json!("Noa Kai");
    assert_eq!((changed.status, changed.json()), (200, expected.clone()));
    let again = caller.request("PUT", "/users/noa", json!({"account_id": "reef", "role": "manager"})).await;
    assert_eq!((again.status, again.json()), (200, expected));
}

#[tokio::test]
async fn null_takes_an_address_or_a_name_away_and_leaving_it_out_keeps_it() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for method in ["PUT", "PATCH"] {
        let set = json!({"email": "mia@reef.example", "name": "Mia"});
        assert_eq!(caller.request(method, "/users/mia", set).await.status, 200);
        let kept = caller.request(method, "/users/mia", json!({"role": "staff"})).await.json();
        assert_eq!((&kept["email"], &kept["name"]), (&json!("mia@reef.example"), &json!("Mia")));
        let gone = caller.request(method, "/users/mia", json!({"email": null, "name": null})).await.json();
        assert_eq!((&gone["email"], &gone["name"]), (&Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn an_application_vouches_for_an_address_until_it_is_another() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let at = json!("2026-11-22T04:00:00.000Z");
    for (fields, confirmed_at) in [
        (json!({"email": "mia@reef.example"}), Value::Null),
        (json!({"email_confirmed": true}), at.clone()),
        (json!({"email": "Mia@reef.example", "name": "Mia"}), at.clone()),
        (json!({"email_confirmed": false}), Value::Null),
        (json!({"email": "mia@elsewhere.example", "email_confirmed": true}), at),
        (json!({"email": "mia@reef.example"}), Value::Null),
        (json!({"email": null, "email_confirmed": true}), Value::Null),
    ] {
        let user = caller.request("PATCH", "/users/mia", fields.clone()).await.json();
        assert_eq!(user["email_confirmed_at"], confirmed_at, "{fields}");
    }
}

#[tokio::test]
async fn a_new_user_needs_an_account_that_exists_and_a_role() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    assert_field(&caller.request("PUT", "/users/noa", json!({"role": "staff"})).await, "account_id");
    assert_field(&caller.request("PUT", "/users/noa", json!({"account_id": "reef"})).await, "role");
    let nowhere = caller.request("PUT", "/users/noa", json!({"account_id": "nobody", "role": "staff"})).await;
    assert_problem(&nowhere, 404, "unknown_account");
    assert_problem(&caller.get("/users/noa").await, 404, "unknown_user");
}

#[tokio::test]
async fn a_field_that_cannot_be_is_named_and_nothing_changes() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let before = caller.get("/users/mia").await.json();
    for (field, value) in [
        ("role", json!("admin")),
        ("role", json!("support")),
        ("role", json!(null)),
        ("email", json!("nowhere")),
        ("email", json!(7)),
        ("name", json!("")),
        ("name", json!("x".repeat(201))),
        ("password", json!(null)),
        ("password", json!("short")),
        ("password", json!("x".repeat(257))),
        ("password", json!("password1")),
        ("password_hash", json!(null)),
        ("password_hash", json!("5f4dcc3b5aa765d61d8327deb882cf99")),
        ("password_hash", json!("$2b$15$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e")),
        ("colour", json!("blue")),
    ] {
        for method in ["PUT", "PATCH"] {
            let mut body = json!({"email": "new@reef.example"});
            body[field] = value.clone();
            assert_field(&caller.request(method, "/users/mia", body).await, field);
        }
    }
    for (method, field, value) in [
        ("PUT", "status", "suspended"),
        ("PUT", "account_id", "a/b"),
        ("PATCH", "account_id", "reef"),
        ("PATCH", "status", "gone"),
    ] {
        assert_field(&caller.request(method, "/users/mia", json!({field: value})).await, field);
    }
    assert_eq!(caller.get("/users/mia").await.json(), before);
}

#[tokio::test]
async fn an_id_has_its_form() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for bad in ["a%2Fb", "a%20b", &"x".repeat(65)] {
        let path = format!("/users/{bad}");
        assert_field(&caller.request("PUT", &path, json!({"account_id": "reef", "role": "staff"})).await, "user_id");
        assert_problem(&caller.request("PATCH", &path, json!({})).await, 404, "unknown_user");
        assert_problem(&caller.get(&path).await, 404, "unknown_user");
        assert_problem(&caller.delete(&path).await, 404, "unknown_user");
    }
}

#[tokio::test]
async fn the_account_of_a_user_cannot_change() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    caller.request("PUT", "/accounts/other", json!({"name": "Other", "plan": "team"})).await;
    let answer = caller.request("PUT", "/users/mia", json!({"account_id": "other"})).await;
    assert_problem(&answer, 409, "account_fixed");
}

#[tokio::test]
async fn a_login_address_is_one_persons() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    assert_eq!(caller.request("PUT", "/users/mia", json!({"email": "desk@reef.example"})).await.status, 200);
    for method in ["PUT", "PATCH"] {
        let answer = caller.request(method, "/users/alex", json!({"email": "DESK@reef.example"})).await;
        assert_problem(&answer, 409, "email_taken");
    }
}

#[tokio::test]
async fn the_plan_says_how_many_staff_logins_there_are() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for n in 0..4 {
        let user = caller.request("PUT", &format!("/users/s{n}"), json!({"account_id": "reef", "role": "staff"})).await;
        assert_eq!(user.status, 201);
    }
    let refused = caller.request("PUT", "/users/one-more", json!({"account_id": "reef", "role": "staff"})).await;
    assert_problem(&refused, 409, "no_staff_login_left");
    assert_eq!(caller.request("PATCH", "/users/s0", json!({"status": "suspended"})).await.status, 200);
    let user = caller.request("PUT", "/users/one-more", json!({"account_id": "reef", "role": "staff"})).await;
    assert_eq!(user.status, 201);
    let reinstated = caller.request("PATCH", "/users/s0", json!({"status": "active"})).await;
    assert_problem(&reinstated, 409, "no_staff_login_left");
}

#[tokio::test]
async fn an_account_keeps_an_owner() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    assert_problem(&caller.request("PUT", "/users/alex", json!({"role": "staff"})).await, 409, "last_owner");
    assert_problem(&caller.request("PATCH", "/users/alex", json!({"role": "manager"})).await, 409, "last_owner");
    assert_problem(&caller.delete("/users/alex").await, 409, "last_owner");
}

#[tokio::test]
async fn suspending_a_user_ends_their_sessions() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    let answer = caller.request("PATCH", "/users/mia", json!({"status": "suspended"})).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("suspended")));
    assert_eq!(check(&caller, &token).await["reason"], "user_suspended");
    let refused = caller.request("POST", "/sessions", json!({"user_id": "mia"})).await;
    assert_problem(&refused, 403, "user_suspended");
}

#[tokio::test]
async fn removing_a_user_ends_their_sessions_for_good() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    let removed = caller.delete("/users/mia").await;
    assert_eq!((removed.status, removed.text()), (204, ""));
    assert_problem(&caller.delete("/users/mia").await, 404, "unknown_user");
    assert_problem(&caller.get("/users/mia").await, 404, "unknown_user");
    assert_problem(&caller.request("PATCH", "/users/mia", json!({})).await, 404, "unknown_user");
    let again = caller.request("PUT", "/users/mia", json!({"account_id": "reef", "role": "staff"})).await;
    assert_eq!(again.status, 201);
    assert_eq!(check(&caller, &token).await, json!({"live": false, "reason": "user_removed"}));
}

#[tokio::test]
async fn a_password_given_to_an_existing_user_ends_their_sessions() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    let answer = caller.request("PUT", "/users/mia", json!({"password": "a long wooden jetty"})).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains("jetty"));
    assert_eq!(check(&caller, &token).await["reason"], "password_changed");
}

/// Of [`crate::browser::PASSWORD`], as Django stores it.
const HASH: &str = "pbkdf2_sha256$1000$saltSALTsalt$7qQS9jDl3EJgyuQsrJ9E3lF+6kWBOIi9M/VRvG3FRUU=";

#[tokio::test]
async fn a_password_is_given_as_itself_or_as_its_hash_and_not_as_both() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for method in ["PUT", "PATCH"] {
        let (token, _) = start(&caller, "mia").await;
        let both = json!({"password": "a long wooden jetty", "password_hash": HASH});
        assert_field(&caller.request(method, "/users/mia", both).await, "password_hash");
        assert_eq!(check(&caller, &token).await["live"], true);
        assert_eq!(caller.request(method, "/users/mia", json!({"password_hash": HASH})).await.status, 200);
        assert_eq!(check(&caller, &token).await["reason"], "password_changed");
    }
}

#[tokio::test]
async fn who_comes_with_a_hash_of_another_system_signs_in_with_its_password() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let body = json!({"account_id": "reef", "role": "staff", "email": "noa@reef.example", "password_hash": HASH});
    let created = caller.request("PUT", "/users/noa", body).await;
    assert_eq!(created.status, 201);
    assert!(!created.text().contains("pbkdf2"));
    let mut browser = app.browser();
    let wrong =
        browser.post("/sign-in", &[("email", "noa@reef.example"), ("password", "kayak by the new jetty")]).await;
    assert_eq!(wrong.status, 401);
    // The first of these renews the hash, the second finds it renewed.
    for _ in 0..2 {
        assert_eq!(browser.sign_in("noa").await.status, 303);
        browser.post("/sign-out", &[]).await;
    }
    let events = caller.get("/events?limit=200").await;
    assert!(events.text().contains("session.started"));
    assert!(!events.text().contains("user.password_set"), "{}", events.text());
}

#[tokio::test]
async fn passwords_beyond_what_can_be_hashed_are_told_to_wait() {
    let app = TestApp::configured(|config| {
        config.limits.password_workers = 1;
        config.limits.password_queue = 1;
    })
    .await;
    let caller = caller_with_reef(&app).await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request = caller.ask("PUT", "/users/mia", json!({"password": "a long wooden jetty"}).to_string());
        asked.spawn(Answer::to(app.front.clone(), request));
    }
    let answers = asked.join_all().await;
    let (busy, done): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 429);
    assert!(!busy.is_empty() && done.iter().all(|answer| answer.status == 200));
    assert_problem(busy[0], 429, "busy");
    assert_eq!(busy[0].header("retry-after"), "1");
}

#[tokio::test]
async fn the_factors_of_somebody_who_has_lost_them_are_taken_away_and_their_sessions_end() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    let none = caller.request("DELETE", "/users/mia/factors", Value::Null).await;
    assert_eq!(none.status, 204, "there was none");
    let view = app.innkeeper.session(&innkeeper::domain::id::SessionId::new(id).unwrap()).await.unwrap().unwrap();
    let secret = app.innkeeper.totp_set_up(&view).await.unwrap();
    let code = innkeeper::totp::code_at(&secret.0, app.clock.now());
    app.innkeeper.add_totp(&view, ("Phone", &code)).await.unwrap().unwrap();
    assert_eq!(check(&caller, &token).await["live"], true);
    let gone = caller.request("DELETE", "/users/mia/factors", Value::Null).await;
    assert_eq!(gone.status, 204);
    assert_eq!(check(&caller, &token).await["reason"], "mfa_changed");
    assert_eq!(app.innkeeper.factors(view.user_no).await.unwrap(), []);
    assert_eq!(app.innkeeper.recovery_codes_left(view.user_no).await.unwrap(), 0);
    assert_problem(&caller.request("DELETE", "/users/nobody/factors", Value::Null).await, 404, "unknown_user");
}
