//! The API described: for programs and for people.

use crate::app::TestApp;
use innkeeper::web::api::openapi_json;
use serde_json::{Value, json};

fn calls(api: &Value) -> Vec<(String, &Value)> {
    let paths = api["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    calls.collect()
}

/// Everything that is named by `$ref` below a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(reference) if name == "$ref" => found.push(reference.clone()),
                    value => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_open_to_everybody_and_says_where_the_api_is() {
    let app = TestApp::start().await;
    let answer = app.get("/api/v1/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.text(), openapi_json());
    let api = answer.json();
    assert_eq!(api["openapi"], "3.1.0");
    assert_eq!(
        (&api["info"]["title"], &api["info"]["license"]["name"]),
        (&json!("Innkeeper"), &json!("Apache-2.0 OR MIT"))
    );
    assert_eq!(api["servers"][0]["url"], "/api/v1");

    let prefixed = TestApp::configured(|config| {
        config.public_url = "https://app.example/auth/".parse().unwrap();
    });
    let answer = prefixed.await.get("/auth/api/v1/openapi.json").await;
    assert_eq!(answer.json()["servers"][0]["url"], "/auth/api/v1");
}

#[test]
fn every_call_has_a_key_a_title_and_every_answer_that_all_calls_have() {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let key = &api["components"]["securitySchemes"]["service_key"];
    assert_eq!((&key["type"], &key["scheme"]), (&json!("http"), &json!("bearer")));
    let calls = calls(&api);
    let names: Vec<_> = calls.iter().map(|(name, _)| name.as_str()).collect();
    for call in [
        "PUT /accounts/{account_id}",
        "GET /accounts/{account_id}",
        "GET /accounts",
        "PUT /users/{user_id}",
        "PATCH /users/{user_id}",
        "DELETE /users/{user_id}",
        "POST /sessions",
        "POST /sessions/check",
        "GET /sessions/{session_id}",
        "GET /users/{user_id}/sessions",
        "GET /accounts/{account_id}/sessions",
        "DELETE /sessions/{session_id}",
        "POST /sessions/{session_id}/step-up",
        "DELETE /users/{user_id}/sessions",
        "DELETE /accounts/{account_id}/sessions",
        "GET /events",
        "POST /webhooks",
        "GET /webhooks",
        "DELETE /webhooks/{webhook_id}",
        "POST /webhooks/{webhook_id}/rotate-secret",
        "GET /webhooks/{webhook_id}/deliveries",
        "POST /webhooks/{webhook_id}/deliveries/{event_id}/retry",
    ] {
        assert!(names.contains(&call), "{call} is missing");
    }
    for (name, operation) in calls {
        assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        let mut expected = vec!["401", "403", "405", "500", "503"];
        if operation["requestBody"].is_object() {
            expected.extend(["400", "408", "413", "415", "422"]);
        }
        for status in expected {
            assert!(responses.contains_key(status), "{name} does not describe {status}");
        }
        for (status, answer) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
        }
    }
}

#[test]
fn everything_that_is_named_is_described() {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut found = Vec::new();
    references(&api, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let path = reference.strip_prefix('#').expect("nothing is described elsewhere");
        assert!(api.pointer(path).is_some(), "{reference}");
    }
}

#[test]
fn a_session_is_described_field_by_field() {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let session = &api["components"]["schemas"]["Session"];
    let fields: Vec<_> = session["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id",
        "user_id",
        "account_id",
        "device",
        "ip",
        "location",
        "methods",
        "created_at",
        "last_active_at",
        "last_seen_at",
        "idle_deadline",
        "absolute_deadline",
        "ended_at",
        "end_reason",
    ];
    let mut sorted = (fields.clone(), expected.to_vec());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    assert_eq!(sorted.0, sorted.1);
    assert_eq!(session["required"].as_array().unwrap().len(), expected.len());
    let items = &api["components"]["schemas"]["Items_Session"]["properties"]["items"]["items"];
    assert_eq!(items["$ref"], "#/components/schemas/Session");
    assert_eq!(api["components"]["schemas"]["AccountInput"]["additionalProperties"], false);
}

#[tokio::test]
async fn the_page_for_people_names_every_call_and_runs_no_script() {
    for (public_url, base) in [("http://127.0.0.1:8080/", ""), ("https://app.example/auth/", "/auth")] {
        let app = TestApp::configured(|config| config.public_url = public_url.parse().unwrap()).await;
        let page = app.get(&format!("{base}/api/docs")).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").contains("script-src 'none'"));
        let html = page.text();
        assert!(!html.contains("<script") && !html.contains(" style="));
        assert!(html.contains(&format!("href=\"{base}/assets/innkeeper.css\"")));
        assert!(html.contains(&format!("href=\"{base}/api/v1/openapi.json\"")));
        let api: Value = serde_json::from_str(&openapi_json()).unwrap();
        for (name, operation) in calls(&api) {
            assert!(html.contains(&format!("<code>{name}</code>")), "{name}");
            let title = operation["summary"].as_str().unwrap().split('`').next().unwrap();
            assert!(html.contains(title), "{name}");
        }
        for object in ["Session", "Problem", "StartInput", "Event"] {
            assert!(html.contains(&format!("id=\"object-{object}\"")), "{object}");
        }
        for id in html.match_indices("href=\"#").map(|(at, _)| html[at + 7..].split('"').next().unwrap()) {
            assert!(html.contains(&format!("id=\"{id}\"")), "nothing has the id {id}");
        }
    }
}
