//! `GET /events`, as a list and as a stream.

use super::{assert_field, caller, caller_with_reef, start};
use crate::app::{ApiCaller, TestApp};
use axum::body::Body;
use axum::http::header;
use http_body_util::BodyExt;
use innkeeper::domain::end::Actor;
use innkeeper::service::Scope;
use innkeeper::web::serve::{Answers, PeerAddress};
use serde_json::{Value, json};

fn types(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_come_from_the_oldest_with_everything_that_is_known() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (_, id) = start(&caller, "mia").await;
    let refused = caller.request("POST", "/sessions", json!({"user_id": "mia"})).await.json();
    caller.delete(&format!("/sessions/{id}")).await;
    let answer = caller.get("/events").await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!(
        types(&answer),
        [
            "key.created",
            "account.created",
            "user.created",
            "user.created",
            "session.started",
            "sign_in.refused",
            "session.ended"
        ]
    );
    assert_eq!(answer["next"], json!(null));
    let items = answer["items"].as_array().unwrap();
    let fields: Vec<_> = items[0].as_object().unwrap().keys().map(String::as_str).collect();
    for field in
        ["id", "type", "at", "account_id", "user_id", "session_id", "actor", "reason", "reference", "ip", "data"]
    {
        assert!(fields.contains(&field), "{field}");
    }
    assert_eq!(items[0]["actor"]["kind"], "operator");
    let ended = &items[6];
    assert_eq!((&ended["account_id"], &ended["user_id"]), (&json!("reef"), &json!("mia")));
    assert_eq!((&ended["session_id"], &ended["reason"]), (&json!(id), &json!("terminated_by_api")));
    assert_eq!((&ended["actor"]["kind"], &ended["at"]), (&json!("service"), &json!("2026-11-22T04:00:00.000Z")));
    assert_eq!(items[5]["reference"], refused["reference"]);
    let ids: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 16), "{ids:?}");
}

#[tokio::test]
async fn a_reader_that_follows_next_misses_none() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let all = caller.get("/events").await.json();
    let mut read = Vec::new();
    let mut path = "/events?limit=1".to_owned();
    loop {
        let part = caller.get(&path).await.json();
        read.extend(part["items"].as_array().unwrap().clone());
        let Some(next) = part["next"].as_str() else { break };
        path = format!("/events?limit=1&after={next}");
    }
    assert_eq!(json!(read), all["items"]);
    let last = read.last().unwrap()["id"].as_str().unwrap();
    let short = last.trim_start_matches('0');
    for after in [last, short] {
        assert_eq!(caller.get(&format!("/events?after={after}")).await.json(), json!({"items": [], "next": null}));
    }
    start(&caller, "mia").await;
    assert_eq!(types(&caller.get(&format!("/events?after={short}")).await.json()), ["session.started"]);
}

#[tokio::test]
async fn a_parameter_that_cannot_be_is_named() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    for (query, field) in
        [("after=x", "after"), ("after=-1", "after"), ("after=", "after"), ("limit=201", "limit"), ("a=1", "a")]
    {
        assert_field(&caller.get(&format!("/events?{query}")).await, field);
    }
    let mut request = caller.ask("GET", "/events", Body::empty());
    request.headers_mut().insert(header::ACCEPT, "text/event-stream".parse().unwrap());
    request.headers_mut().insert("last-event-id", "x".parse().unwrap());
    assert_field(&app.send(request).await, "Last-Event-ID");
}

/// An open stream.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(caller: &ApiCaller<'_>, (path, last): (&str, Option<&str>)) -> Self {
        let mut request = caller.ask("GET", path, Body::empty());
        request.headers_mut().insert(header::ACCEPT, "text/event-stream".parse().unwrap());
        if let Some(last) = last {
            request.headers_mut().insert("last-event-id", last.parse().unwrap());
        }
        let response = caller.app.front.answer(PeerAddress(None), request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event: its id, its type and its data; `None` when the stream has ended.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if block.starts_with(':') {
                    continue;
                }
                let field = |name: &str| {
                    let mut lines = block.lines().filter_map(|line| line.strip_prefix(name));
                    lines.next().expect("the event has this field").trim_start_matches(": ").to_owned()
                };
                return Some((field("id"), field("event"), serde_json::from_str(&field("data")).unwrap()));
            }
            let data = self.body.frame().await?.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

#[tokio::test]
async fn a_stream_sends_what_is_there_and_then_what_happens() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let listed = caller.get("/events").await.json();
    let mut stream = Stream::open(&caller, ("/events", None)).await;
    for event in listed["items"].as_array().unwrap() {
        let (id, kind, data) = stream.next().await.unwrap();
        assert_eq!((&json!(id), &json!(kind), &data), (&event["id"], &event["type"], event));
    }
    let (_, session) = start(&caller, "mia").await;
    let (_, kind, data) = stream.next().await.unwrap();
    assert_eq!((kind.as_str(), &data["session_id"]), ("session.started", &json!(session)));
}

#[tokio::test]
async fn a_stream_goes_on_where_the_reader_left() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let listed = caller.get("/events").await.json();
    let id = |at: usize| listed["items"][at]["id"].as_str().unwrap().to_owned();
    let after = format!("/events?after={}", id(0));
    assert_eq!(Stream::open(&caller, (&after, None)).await.next().await.unwrap().0, id(1));
    assert_eq!(Stream::open(&caller, (&after, Some(&id(2)))).await.next().await.unwrap().0, id(3));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_key_is_revoked() {
    // Time stands still here, and with it every wait for a database elsewhere.
    let app = TestApp::embedded().await;
    let caller = app.api_caller(&[Scope::Events]).await;
    let mut stream = Stream::open(&caller, ("/events", None)).await;
    assert_eq!(stream.next().await.unwrap().1, "key.created");
    let key = app.innkeeper.keys().await.unwrap().remove(0);
    app.innkeeper.revoke_key(&key.id, Actor::Operator).await.unwrap();
    assert_eq!(stream.next().await, None, "not even that it was revoked");
}

#[tokio::test]
async fn a_stream_ends_when_the_server_is_told_to_stop() {
    let app = TestApp::start().await;
    let caller = app.api_caller(&[Scope::Events]).await;
    let mut stream = Stream::open(&caller, ("/events", None)).await;
    assert_eq!(stream.next().await.unwrap().1, "key.created");
    app.app.stopping().cancel();
    assert_eq!(stream.next().await, None);
}
