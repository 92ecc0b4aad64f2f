//! `/webhooks`, with a real receiver behind it.

use super::{assert_field, assert_problem, caller, start};
use crate::app::{ApiCaller, TestApp};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use innkeeper::web::api::webhook_body;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// A receiver on this machine. It answers what it is told to, and 204 from then on.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
}

impl Receiver {
    /// Starts one; says where it is.
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://127.0.0.1:{}/hooks", listener.local_addr().unwrap().port());
        let takes = receiver.clone();
        let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let takes = takes.clone();
            async move { takes.take(headers, body) }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn take(&self, headers: HeaderMap, body: Bytes) -> Response {
        self.got.lock().unwrap().push((headers, body));
        let (status, retry_after) = self.answers.lock().unwrap().pop_front().unwrap_or((204, ""));
        let mut answer = StatusCode::from_u16(status).unwrap().into_response();
        if !retry_after.is_empty() {
            answer.headers_mut().insert(header::RETRY_AFTER, retry_after.parse().unwrap());
        }
        answer.headers_mut().insert(header::LOCATION, "/elsewhere".parse().unwrap());
        answer
    }

    fn answer(&self, answers: &[(u16, &'static str)]) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What has come since this was last asked.
    fn got(&self) -> Vec<Got> {
        let got = std::mem::take(&mut *self.got.lock().unwrap());
        got.into_iter().map(|(headers, body)| Got { headers, body }).collect()
    }
}

struct Got {
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether the public library signs the same with each of these secrets, in this order.
    fn is_signed_with(&self, secrets: &[&str]) -> bool {
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        let sign = |secret: &&str| {
            let public = standardwebhooks::Webhook::new(secret).unwrap();
            public.sign(self.header("webhook-id"), seconds, &self.body).unwrap()
        };
        self.header("webhook-signature") == secrets.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

fn types(got: &[Got]) -> Vec<String> {
    got.iter().map(|got| got.json()["type"].as_str().unwrap().to_owned()).collect()
}

/// An installation that may send to this machine.
async fn app() -> TestApp {
    TestApp::configured(|config| config.webhooks.allow = vec!["127.0.0.1/32".parse().unwrap()]).await
}

/// Creates a webhook; says its id and its secret.
async fn created(caller: &ApiCaller<'_>, input: Value) -> (String, String) {
    let created = caller.request("POST", "/webhooks", input).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let text = |name: &str| created.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// Delivers what is due; says how many were sent.
async fn deliver(app: &TestApp) -> usize {
    app.innkeeper.deliver(webhook_body).await.unwrap()
}

async fn listed(caller: &ApiCaller<'_>, webhook: &str, state: &str) -> Vec<Value> {
    let answer = caller.get(&format!("/webhooks/{webhook}/deliveries?state={state}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_event_arrives_signed_and_as_the_list_of_events_shows_it() {
    let app = app().await;
    let caller = super::caller_with_reef(&app).await;
    let (receiver, url) = Receiver::start().await;
    let (id, secret) = created(&caller, json!({"url": url})).await;
    assert!(id.starts_with("wh_") && secret.starts_with("whsec_"), "{id} {secret}");
    start(&caller, "mia").await;
    assert_eq!(deliver(&app).await, 2);
    assert_eq!(deliver(&app).await, 0);

    let got = receiver.got();
    assert_eq!(types(&got), ["webhook.created", "session.started"]);
    let events = caller.get("/events").await.json();
    for (got, event) in got.iter().zip(&events["items"].as_array().unwrap()[4..]) {
        let expected = json!({"type": event["type"], "timestamp": event["at"], "data": event});
        assert_eq!(got.json(), expected);
        assert_eq!(got.header("webhook-id"), format!("evt_{}", event["id"].as_str().unwrap()));
        assert_eq!(got.header("webhook-timestamp"), "1795320000");
        assert_eq!(got.header("content-type"), "application/json");
        assert!(got.is_signed_with(&[&secret]));
        assert!(!got.is_signed_with(&["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]));
    }
    let delivered = listed(&caller, &id, "delivered").await;
    let expected = json!({
        "event_id": events["items"][5]["id"], "type": "session.started", "state": "delivered", "tries": 1,
        "next_try_at": null, "delivered_at": "2026-11-22T04:00:00.000Z", "last_error": null,
    });
    assert_eq!((delivered.len(), &delivered[0]), (2, &expected));
}

#[tokio::test]
async fn a_webhook_is_listed_without_its_secret_and_sent_only_the_types_that_it_names() {
    let app = app().await;
    let caller = super::caller_with_reef(&app).await;
    let (receiver, url) = Receiver::start().await;
    let wanted = json!(["session.ended", "user.changed", "session.ended"]);
    let (id, secret) = created(&caller, json!({"url": url, "types": wanted})).await;
    let (other, _) = created(&caller, json!({"url": "https://hooks.example"})).await;
    let listed = caller.get("/webhooks").await;
    let webhook = |id: &str, url: &str, types: Value| json!({"id": id, "url": url, "types": types, "created_at": "2026-11-22T04:00:00.000Z", "disabled_at": null});
    let first = webhook(&id, &url, json!(["session.ended", "user.changed"]));
    let second = webhook(&other, "https://hooks.example/", json!(null));
    assert_eq!(listed.json(), json!({"items": [first, second], "next": null}));
    assert!(!listed.text().contains("whsec_") && !listed.text().contains(&secret[6..]));
    let part = caller.get("/webhooks?limit=1").await.json();
    assert_eq!((&part["items"][0]["id"], &part["next"]), (&json!(id), &json!(id)));
    let rest = caller.get(&format!("/webhooks?after={id}")).await.json();
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!(other), &json!(null)));

    assert_eq!(caller.delete(&format!("/webhooks/{other}")).await.status, 204);
    assert_problem(&caller.delete(&format!("/webhooks/{other}")).await, 404, "unknown_webhook");
    let (_, session) = start(&caller, "mia").await;
    caller.delete(&format!("/sessions/{session}")).await;
    assert_eq!(deliver(&app).await, 1);
    assert_eq!(types(&receiver.got()), ["session.ended"]);
    let events = caller.get("/events").await.json();
    let of = |kind: &str| events["items"].as_array().unwrap().iter().find(|item| item["type"] == kind).unwrap().clone();
    let data = json!({"webhook_id": id, "host": url[7..].trim_end_matches("/hooks"), "types": ["session.ended", "user.changed"]});
    assert_eq!(of("webhook.created")["data"], data);
    assert_eq!(of("webhook.removed")["data"], json!({"webhook_id": other, "host": "hooks.example"}));
}

#[tokio::test]
async fn what_does_not_arrive_comes_again_with_the_same_id_until_it_is_taken() {
    let app = app().await;
    let caller = caller(&app).await;
    let (receiver, url) = Receiver::start().await;
    receiver.answer(&[(500, ""), (302, "")]);
    let (id, secret) = created(&caller, json!({"url": url, "types": ["webhook.created"]})).await;
    assert_eq!(deliver(&app).await, 1);
    let pending = listed(&caller, &id, "pending").await;
    assert_eq!((&pending[0]["tries"], &pending[0]["last_error"]), (&json!(1), &json!("answered 500")));
    app.clock.advance(Duration::from_millis(4_999));
    assert_eq!(deliver(&app).await, 0);
    app.clock.advance(Duration::from_millis(1_001));
    assert_eq!(deliver(&app).await, 1);
    let pending = listed(&caller, &id, "pending").await;
    assert_eq!(pending[0]["last_error"], "answered 302, and no redirect is followed");
    app.clock.advance(Duration::from_secs(299));
    assert_eq!(deliver(&app).await, 0);
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(deliver(&app).await, 1);
    let got = receiver.got();
    let ids: Vec<_> = got.iter().map(|got| got.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, ["evt_0000000000000002"; 3]);
    assert!(got.iter().all(|one| one.is_signed_with(&[&secret]) && one.body == got[0].body));
    assert_ne!(got[0].header("webhook-timestamp"), got[1].header("webhook-timestamp"), "each try says when it is made");
    assert_eq!(listed(&caller, &id, "pending").await, Vec::<Value>::new());
    assert_eq!(listed(&caller, &id, "all").await[0]["tries"], 3);
}

#[tokio::test]
async fn a_receiver_that_is_busy_is_left_alone_for_as_long_as_it_asks() {
    let app = app().await;
    let caller = caller(&app).await;
    let (receiver, url) = Receiver::start().await;
    receiver.answer(&[(503, "600"), (429, "Sun, 22 Nov 2026 05:10:00 GMT")]);
    created(&caller, json!({"url": url, "types": ["webhook.created"]})).await;
    assert_eq!(deliver(&app).await, 1);
    for (seconds, sent) in [(599, 0), (1, 1), (59 * 60, 0), (60, 1)] {
        app.clock.advance(Duration::from_secs(seconds));
        assert_eq!(deliver(&app).await, sent, "after {seconds} s more");
    }
    assert_eq!(receiver.got().len(), 3);
}

#[tokio::test]
async fn what_never_arrives_has_failed_after_ten_tries_and_can_be_sent_again_by_hand() {
    let app = app().await;
    let caller = caller(&app).await;
    let (receiver, url) = Receiver::start().await;
    receiver.answer(&[(500, ""); 10]);
    let (id, _) = created(&caller, json!({"url": url, "types": ["webhook.created"]})).await;
    let retry = format!("/webhooks/{id}/deliveries/0000000000000002/retry");
    for left in (0..10).rev() {
        let (status, code) = if left == 9 { (404, "unknown_delivery") } else { (409, "not_failed") };
        assert_problem(&caller.request("POST", &retry, json!({})).await, status, code);
        assert_eq!(deliver(&app).await, 1, "{left} tries are left");
        assert_eq!(listed(&caller, &id, "failed").await.len(), usize::from(left == 0));
        app.clock.advance(Duration::from_secs(30 * 60 * 60));
    }
    assert_eq!(deliver(&app).await, 0);
    let failed = caller.get(&format!("/webhooks/{id}/deliveries")).await.json();
    let expected = json!({
        "event_id": "0000000000000002", "type": "webhook.created", "state": "failed", "tries": 10, "next_try_at": null,
        "delivered_at": null, "last_error": "answered 500",
    });
    assert_eq!(failed, json!({"items": [expected], "next": null}));

    let retried = caller.request("POST", &retry, json!({})).await;
    assert_eq!((retried.status, retried.text()), (202, ""));
    assert_eq!(deliver(&app).await, 1);
    assert_problem(&caller.request("POST", &retry, json!({})).await, 409, "not_failed");
    assert_eq!(receiver.got().len(), 11);
    let events = caller.get("/events").await.json();
    let last = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "webhook.delivery_retried");
    assert_eq!(last["data"], json!({"webhook_id": id, "event_id": "0000000000000002"}));
    for (path, code) in [
        (format!("/webhooks/{id}/deliveries/9/retry"), "unknown_delivery"),
        (format!("/webhooks/{id}/deliveries/x/retry"), "unknown_delivery"),
        ("/webhooks/nobody/deliveries/2/retry".to_owned(), "unknown_webhook"),
    ] {
        assert_problem(&caller.request("POST", &path, json!({})).await, 404, code);
    }
}

#[tokio::test]
async fn a_replaced_secret_signs_beside_the_new_one_for_24_hours() {
    let app = app().await;
    let caller = caller(&app).await;
    let (receiver, url) = Receiver::start().await;
    let (id, old) = created(&caller, json!({"url": url, "types": ["webhook.created", "webhook.secret_rotated"]})).await;
    let rotated = caller.request("POST", &format!("/webhooks/{id}/rotate-secret"), json!({})).await;
    assert_eq!((rotated.status, &rotated.json()["id"]), (200, &json!(id)));
    let new = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    deliver(&app).await;
    let got = receiver.got();
    assert!(got.iter().all(|got| got.is_signed_with(&[&new, &old])) && got.len() == 2);
    for (advance, secrets) in [(24 * 60 * 60 - 1, &[&*new, &old][..]), (1, &[&new])] {
        app.clock.advance(Duration::from_secs(advance));
        created(&caller, json!({"url": "https://hooks.example", "types": ["user.removed"]})).await;
        assert_eq!(deliver(&app).await, 1);
        assert!(receiver.got()[0].is_signed_with(secrets), "{advance} s later");
    }
    assert_problem(&caller.request("POST", "/webhooks/nobody/rotate-secret", json!({})).await, 404, "unknown_webhook");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more() {
    let app = app().await;
    let caller = caller(&app).await;
    let (receiver, url) = Receiver::start().await;
    let (other, other_url) = Receiver::start().await;
    receiver.answer(&[(410, "")]);
    let (id, _) = created(&caller, json!({"url": url})).await;
    created(&caller, json!({"url": other_url, "types": ["webhook.disabled"]})).await;
    deliver(&app).await;
    assert_eq!(deliver(&app).await, 1, "the other one is told of it");
    let told = other.got().remove(0).json();
    assert_eq!((&told["type"], &told["data"]["reason"]), (&json!("webhook.disabled"), &json!("gone")));
    assert_eq!(told["data"]["actor"]["kind"], "clock");
    receiver.got();
    let webhook = caller.get("/webhooks").await.json()["items"][0].clone();
    assert_eq!(webhook["disabled_at"], "2026-11-22T04:00:00.000Z");
    created(&caller, json!({"url": "https://hooks.example", "types": ["user.removed"]})).await;
    deliver(&app).await;
    assert_eq!(receiver.got().len(), 0);
    let failed = listed(&caller, &id, "failed").await;
    assert!(failed.iter().any(|delivery| delivery["last_error"] == "answered 410: it is gone"), "{failed:?}");
    let path = format!("/webhooks/{id}/deliveries/{}/retry", failed[0]["event_id"].as_str().unwrap());
    assert_problem(&caller.request("POST", &path, json!({})).await, 409, "webhook_disabled");
}

#[tokio::test]
async fn an_address_that_is_not_of_the_internet_is_refused_unless_it_is_allowed() {
    let strict = TestApp::start().await;
    let caller = caller(&strict).await;
    for url in [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://169.254.169.254/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "http://app.example/",
        "https://kai:pass@app.example/",
        "ftp://app.example/",
        "app.example",
        "",
    ] {
        let answer = caller.request("POST", "/webhooks", json!({"url": url})).await;
        assert_field(&answer, "url");
        assert!(!answer.text().contains("pass@"));
    }
    assert_eq!(caller.get("/webhooks").await.json()["items"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_connected_to_is_told_in_the_list() {
    let app = TestApp::configured(|config| config.webhooks.allow = vec!["10.1.2.0/24".parse().unwrap()]).await;
    let caller = caller(&app).await;
    // By http, names are taken where any network is allowed: where they lead is looked at with each connection.
    let (id, _) = created(&caller, json!({"url": "http://hooks.invalid:9/", "types": ["webhook.created"]})).await;
    assert_eq!(deliver(&app).await, 1);
    let pending = listed(&caller, &id, "pending").await;
    assert!(pending[0]["last_error"].as_str().unwrap().starts_with("no connection: "), "{pending:?}");
}

#[tokio::test]
async fn the_field_that_is_wrong_is_named() {
    let app = app().await;
    let caller = caller(&app).await;
    let url = "https://hooks.example";
    for (field, input) in [
        ("url", json!({})),
        ("url", json!({"url": 7})),
        ("types[1]", json!({"url": url, "types": ["session.ended", "session.eaten"]})),
        ("types[0]", json!({"url": url, "types": [""]})),
        ("types", json!({"url": url, "types": []})),
        ("types", json!({"url": url, "types": null})),
        ("types", json!({"url": url, "types": vec!["session.ended"; 101]})),
        ("secret", json!({"url": url, "secret": "whsec_mine"})),
    ] {
        assert_field(&caller.request("POST", "/webhooks", input).await, field);
    }
    let (id, _) = created(&caller, json!({"url": url})).await;
    for (field, query) in [("state", "state=lost"), ("limit", "limit=0"), ("after", "after=x"), ("sort", "sort=up")] {
        assert_field(&caller.get(&format!("/webhooks/{id}/deliveries?{query}")).await, field);
    }
    assert_problem(&caller.get("/webhooks/nobody/deliveries").await, 404, "unknown_webhook");
}

#[tokio::test]
async fn there_are_at_most_20_webhooks() {
    let app = app().await;
    let caller = caller(&app).await;
    let input = json!({"url": "https://hooks.example", "types": ["user.removed"]});
    let mut last = String::new();
    for _ in 0..20 {
        last = created(&caller, input.clone()).await.0;
    }
    assert_problem(&caller.request("POST", "/webhooks", input.clone()).await, 409, "too_many_webhooks");
    assert_eq!(caller.delete(&format!("/webhooks/{last}")).await.status, 204);
    created(&caller, input).await;
    assert_eq!(caller.get("/webhooks").await.json()["items"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn what_arrived_is_kept_in_the_list_for_30_days() {
    let app = app().await;
    let caller = caller(&app).await;
    let (receiver, url) = Receiver::start().await;
    let (id, _) = created(&caller, json!({"url": url, "types": ["webhook.created"]})).await;
    deliver(&app).await;
    assert_eq!(receiver.got().len(), 1);
    for (seconds, left) in [(30 * 24 * 60 * 60, 1), (1, 0)] {
        app.clock.advance(Duration::from_secs(seconds));
        assert!(!app.innkeeper.forget().await.unwrap());
        assert_eq!(listed(&caller, &id, "all").await.len(), left);
    }
}
