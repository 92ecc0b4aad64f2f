//! What the command line asks of the running server.

use super::{assert_field, assert_problem, caller_with_reef};
use crate::app::{Answer, TestApp};
use crate::browser::PASSWORD;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use innkeeper::web::api::caller::Operator;
use innkeeper::web::api::{operator_routes, routes};
use serde_json::{Value, json};

/// Sends a request as the control socket would pass it on, or without its mark.
async fn ask(app: &TestApp, (method, path, json): (&str, &str, Value), through_the_socket: bool) -> Answer {
    let operator = Router::new().nest("/api", routes().merge(operator_routes())).with_state(app.app.clone());
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if through_the_socket {
        request = request.extension(Operator);
    }
    Answer::to(operator, request.body(Body::from(json.to_string())).unwrap()).await
}

async fn operator(app: &TestApp, asked: (&str, &str, Value)) -> Answer {
    ask(app, asked, true).await
}

#[tokio::test]
async fn a_key_is_made_listed_and_revoked() {
    let app = TestApp::start().await;
    let asked = json!({"name": "booking", "scopes": ["sessions", "events", "sessions"]});
    let created = operator(&app, ("POST", "/operator/keys", asked)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let created = created.json();
    assert!(created["key"].as_str().unwrap().starts_with("ik_"));
    assert_eq!((&created["name"], &created["scopes"]), (&json!("booking"), &json!(["sessions", "events"])));

    let id = created["id"].as_str().unwrap();
    let listed = operator(&app, ("GET", "/operator/keys", json!(null))).await;
    let key = json!({
        "id": id, "name": "booking", "scopes": ["sessions", "events"], "created_at": "2026-11-22T04:00:00.000Z",
        "revoked_at": null,
    });
    assert_eq!(listed.json(), json!({"items": [key]}));
    assert!(!listed.text().contains("ik_"));

    let path = format!("/operator/keys/{id}");
    assert_eq!(operator(&app, ("DELETE", &path, json!(null))).await.status, 204);
    let listed = operator(&app, ("GET", "/operator/keys", json!(null))).await;
    assert_eq!(listed.json()["items"][0]["revoked_at"], "2026-11-22T04:00:00.000Z");
    for unknown in ["/operator/keys/nobody", "/operator/keys/a%2Fb"] {
        assert_problem(&operator(&app, ("DELETE", unknown, json!(null))).await, 404, "unknown_key");
    }
}

#[tokio::test]
async fn a_key_has_a_name_and_scopes_that_exist() {
    let app = TestApp::start().await;
    for (field, body) in [
        ("name", json!({"scopes": ["events"]})),
        ("name", json!({"name": "", "scopes": ["events"]})),
        ("scopes", json!({"name": "a", "scopes": []})),
        ("scopes", json!({"name": "a", "scopes": ["everything"]})),
        ("key", json!({"name": "a", "scopes": ["events"], "key": "ik_mine"})),
    ] {
        assert_field(&operator(&app, ("POST", "/operator/keys", body)).await, field);
    }
    assert_eq!(app.innkeeper.keys().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_copy_is_written_where_nothing_is_yet() {
    let app = TestApp::embedded().await;
    let path = app.site.folder().join("copy.db");
    let asked = json!({"path": path});
    let answer = operator(&app, ("POST", "/operator/backup", asked.clone())).await;
    assert_eq!((answer.status, answer.json()), (200, asked.clone()));
    assert!(path.metadata().unwrap().len() > 0);
    assert_problem(&operator(&app, ("POST", "/operator/backup", asked)).await, 409, "path_taken");
    assert_field(&operator(&app, ("POST", "/operator/backup", json!({"path": "copy.db"}))).await, "path");
    let nowhere = json!({"path": app.site.folder().join("no-such-folder/copy.db")});
    assert_problem(&operator(&app, ("POST", "/operator/backup", nowhere)).await, 500, "backup_failed");
}

#[tokio::test]
async fn health_says_what_the_store_is() {
    let app = TestApp::embedded().await;
    let health = operator(&app, ("GET", "/operator/health", json!(null))).await;
    assert_eq!(health.status, 200, "{}", health.text());
    let health = health.json();
    assert!(health["engine"].as_str().unwrap().starts_with("SQLite "));
    assert!(health["location"].as_str().unwrap().ends_with("innkeeper.db"));
    assert!(health["facts"][0]["name"].is_string() && health["facts"][0]["value"].is_string());
    assert_eq!(health["problems"], json!([]));
}

#[tokio::test]
async fn the_operator_may_do_everything_and_events_say_who_it_was() {
    let app = TestApp::start().await;
    caller_with_reef(&app).await;
    let started = operator(&app, ("POST", "/sessions", json!({"user_id": "mia"}))).await;
    assert_eq!(started.status, 201, "{}", started.text());
    let check = operator(&app, ("POST", "/sessions/check", json!({"token": started.json()["token"]}))).await;
    assert_eq!(check.json()["live"], true);
    let events = operator(&app, ("GET", "/events", json!(null))).await.json();
    let last = events["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["type"], &last["actor"]["kind"]), (&json!("session.started"), &json!("operator")));
}

#[tokio::test]
async fn support_is_created_listed_and_removed_by_the_operator_alone() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let asked = json!({"role": "support", "email": " Sam@Help.example", "name": "Sam", "password": PASSWORD});
    let created = operator(&app, ("POST", "/operator/users", asked.clone())).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let sam = created.json();
    let id = sam["id"].as_str().unwrap();
    assert!(id.starts_with("u_") && !created.text().contains(PASSWORD));
    assert_eq!(
        (&sam["role"], &sam["account_id"], &sam["email"]),
        (&json!("support"), &json!(null), &json!("sam@help.example"))
    );
    let admin = json!({"id": "ada", "role": "admin", "email": "ada@help.example", "password": PASSWORD});
    assert_eq!(operator(&app, ("POST", "/operator/users", admin)).await.status, 201);

    let listed = operator(&app, ("GET", "/operator/users?limit=1", json!(null))).await.json();
    assert_eq!((&listed["items"][0]["id"], &listed["next"]), (&json!("ada"), &json!("ada")));
    for (status, code, change) in [
        (409, "email_taken", json!({})),
        (409, "id_taken", json!({"id": "ada", "email": "b@help.example"})),
        (409, "id_taken", json!({"id": "mia", "email": "b@help.example"})),
    ] {
        let mut body = asked.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_problem(&operator(&app, ("POST", "/operator/users", body)).await, status, code);
    }
    for (field, value) in [
        ("role", json!("owner")),
        ("role", json!("king")),
        ("email", json!("nobody")),
        ("password", json!("short")),
        ("password", json!("helper help.example")),
        ("name", json!("")),
        ("id", json!("a/b")),
    ] {
        let mut body = asked.clone();
        body["email"] = json!("c@help.example");
        body[field] = value;
        assert_field(&operator(&app, ("POST", "/operator/users", body)).await, field);
    }

    // To applications there is nobody of that id, and the operator removes nobody of an account this way.
    let path = format!("/users/{id}");
    for (method, body) in [("GET", json!(null)), ("PATCH", json!({"name": "x"})), ("DELETE", json!(null))] {
        assert_problem(&caller.request(method, &path, body).await, 404, "unknown_user");
    }
    assert_problem(&caller.request("POST", "/sessions", json!({"user_id": id})).await, 404, "unknown_user");
    assert_problem(&operator(&app, ("DELETE", "/operator/users/mia", json!(null))).await, 404, "unknown_user");
    let mut browser = app.browser();
    let form = [("email", "sam@help.example"), ("password", PASSWORD)];
    assert_eq!(browser.post("/sign-in", &form).await.status, 303);
    assert_eq!(app.browser().post("/sign-in", &form).await.status, 409, "one session each");
    assert_eq!(operator(&app, ("DELETE", &format!("/operator/users/{id}"), json!(null))).await.status, 204);
    assert!(!browser.is_signed_in().await);
    assert_problem(
        &operator(&app, ("DELETE", &format!("/operator/users/{id}"), json!(null))).await,
        404,
        "unknown_user",
    );
    let events = operator(&app, ("GET", "/events?limit=200", json!(null))).await.json();
    let of_sam: Vec<_> = events["items"].as_array().unwrap().iter().filter(|event| event["user_id"] == id).collect();
    let kinds: Vec<_> = of_sam.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["user.created", "session.started", "sign_in.refused", "session.ended", "user.removed"]);
    assert_eq!((&of_sam[0]["actor"]["kind"], &of_sam[0]["account_id"]), (&json!("operator"), &json!(null)));
}

#[tokio::test]
async fn to_everybody_else_the_operators_routes_do_not_exist() {
    let app = TestApp::start().await;
    let caller = super::caller(&app).await;
    for (method, path) in [
        ("POST", "/operator/keys"),
        ("GET", "/operator/keys"),
        ("DELETE", "/operator/keys/a"),
        ("POST", "/operator/users"),
        ("GET", "/operator/users"),
        ("DELETE", "/operator/users/a"),
        ("POST", "/operator/backup"),
        ("GET", "/operator/health"),
        ("GET", "/operator/origins"),
    ] {
        assert_problem(&ask(&app, (method, path, json!({})), false).await, 404, "not_found");
        assert_problem(&caller.request(method, path, json!({})).await, 404, "not_found");
    }
    assert!(!innkeeper::web::api::openapi_json().contains("operator/"));
}
