//! `/account/live`: an open page is told what happens to its session and to the lists, and nothing else.

use super::{minutes, reef, reef_with_places, signed_in};
use crate::app::{Answer, START, TestApp};
use crate::browser::{Browser, PASSWORD};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use http_body_util::BodyExt;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::{SessionId, UserId};
use innkeeper::domain::user::Role;
use innkeeper::service::{Scope, SessionsPage, StateFilter};
use innkeeper::web::serve::{Answers, CountedApart, PeerAddress};
use serde_json::{Value, json};
use std::time::Duration;

/// An event: its name, its id, its data.
#[derive(Debug, Default, PartialEq)]
struct Event {
    name: String,
    id: Option<i64>,
    data: Value,
}

/// An open stream.
struct Stream {
    body: Body,
    text: String,
    /// The id that the browser would send when it comes back.
    last: Option<i64>,
}

/// What is awaited, within half a minute: a fault fails the test, which would wait for it forever otherwise.
async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), awaited).await.expect("what is awaited comes within half a minute")
}

/// What an `EventSource` in this browser asks.
fn request(browser: &Browser<'_>, query: &str) -> Request<Body> {
    let mut request = browser.ask("GET", &format!("/account/live{query}"), String::new());
    for (name, value) in [("accept", "text/event-stream"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")] {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    request
}

impl Stream {
    async fn of(app: &TestApp, request: Request<Body>) -> Self {
        let response = in_time(app.front.answer(PeerAddress(None), request)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { body: response.into_body(), text: String::new(), last: None }
    }

    /// Opens one, and waits until the server says whose it is: from then on nothing is missed.
    async fn open(app: &TestApp, browser: &Browser<'_>, user: &str) -> Self {
        let mut stream = Self::of(app, request(browser, "")).await;
        assert_eq!(stream.next().await.unwrap(), session_of(user));
        stream
    }

    /// The next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        in_time(self.read()).await
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let mut event = Event::default();
                for line in block.lines() {
                    match line.split_once(':').expect("each line is a field or a comment") {
                        ("event", name) => name.trim().clone_into(&mut event.name),
                        ("id", id) => event.id = Some(id.trim().parse().unwrap()),
                        ("data", data) => event.data = serde_json::from_str(data).unwrap_or_default(),
                        ("retry", after) => assert!((1000..5000).contains(&after.trim().parse::<u64>().unwrap())),
                        (name, _) => assert_eq!(name, ""),
                    }
                }
                self.last = event.id.or(self.last);
                if !event.name.is_empty() {
                    return Some(event);
                }
            }
            let data = self.body.frame().await?.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    async fn expect(&mut self, name: &str) -> Value {
        let event = self.next().await.unwrap_or_else(|| panic!("it ends, and {name} was awaited"));
        assert_eq!(event.name, name, "{event:?}");
        event.data
    }

    /// Waits until the browser knows a place from which it may go on.
    async fn place(&mut self) -> i64 {
        let known = async {
            while self.last.is_none() {
                let data = self.body.frame().await.unwrap().unwrap().into_data().unwrap();
                let id = std::str::from_utf8(&data).unwrap().strip_prefix("id: ").map(|id| id.trim().parse().unwrap());
                self.last = id;
            }
        };
        in_time(known).await;
        self.last.unwrap()
    }
}

fn session_of(user: &str) -> Event {
    Event { name: "session".into(), id: None, data: json!({ "user": user }) }
}

async fn sessions(app: &TestApp, user: &str) -> Vec<SessionId> {
    let (id, part) = (UserId::new(user).unwrap(), SessionsPage { before: None, limit: 20 });
    let found = app.innkeeper.sessions_of_user(&id, StateFilter::Live, part).await.unwrap().unwrap();
    found.into_iter().map(|session| session.id).collect()
}

async fn answer(app: &TestApp, request: Request<Body>) -> Answer {
    in_time(Answer::to(app.front.clone(), request)).await
}

#[tokio::test]
async fn an_end_by_an_application_is_told_with_who_and_why_and_when() {
    let app = reef().await;
    let browser = signed_in(&app, "alex").await;
    let mut stream = Stream::open(&app, &browser, "alex").await;
    let caller = app.api_caller(&[Scope::Sessions]).await;
    let id = sessions(&app, "alex").await.remove(0);
    assert_eq!(caller.delete(&format!("/sessions/{id}")).await.status, 204);
    let told = stream.next().await.unwrap();
    assert_eq!(
        (told.name.as_str(), told.data),
        (
            "ended",
            json!({
                "reason": "terminated_by_api",
                "sentence": "The application that you were signed in to, or whoever runs it, ended this session.",
                "at": { "machine": "2026-11-22T04:00:00Z", "text": "22 Nov 2026, 14:00 AEST (Brisbane)" },
            })
        )
    );
    assert_eq!(stream.next().await, None, "nothing comes after the end");
    // The page that the cover leads to still tells why.
    let mut browser = browser;
    assert!(browser.get("/account").await.text().contains("The application that you were signed in to"));
}

#[tokio::test]
async fn an_end_from_another_session_is_told_in_the_language_of_the_page_and_the_other_sees_its_list_change() {
    let app = reef_with_places(2).await;
    let mut one = signed_in(&app, "alex").await;
    one.post("/language", &[("language", "de"), ("back", "/account")]).await;
    let target = sessions(&app, "alex").await.remove(0);
    let mut other = signed_in(&app, "alex").await;
    let mut ended = Stream::open(&app, &one, "alex").await;
    let mut listed = Stream::open(&app, &other, "alex").await;
    assert_eq!(other.post(&format!("/account/sessions/{target}/terminate"), &[]).await.status, 303);
    listed.expect("sessions").await;
    let told = ended.expect("ended").await;
    assert_eq!(told["reason"], "terminated_by_user");
    assert!(told["sentence"].as_str().unwrap().starts_with("Diese Sitzung wurde von einem anderen Gerät"), "{told}");
}

#[tokio::test]
async fn a_session_that_lapses_is_told_by_its_own_deadline_though_nobody_marks_it() {
    let idle = Duration::from_secs(1);
    let app = TestApp::configured(|config| config.policy.idle_timeout = idle).await;
    let app = super::with_people(app).await;
    let browser = signed_in(&app, "kai").await;
    let mut stream = Stream::open(&app, &browser, "kai").await;
    app.clock.advance(idle);
    let told = stream.expect("ended").await;
    assert_eq!((&told["reason"], &told["at"]["machine"]), (&json!("idle"), &json!("2026-11-22T04:00:01Z")));
    assert_eq!(told["sentence"], "You were signed out after 1 second of inactivity.");
}

#[tokio::test]
async fn a_browser_whose_session_is_over_is_told_at_once_and_one_without_a_session_is_refused() {
    let app = reef().await;
    let browser = signed_in(&app, "alex").await;
    app.clock.advance(minutes(20));
    let mut stream = Stream::of(&app, request(&browser, "")).await;
    assert_eq!(stream.expect("ended").await["reason"], "idle");
    assert_eq!(stream.next().await, None);
    let nobody = answer(&app, request(&app.browser(), "")).await;
    assert_eq!((nobody.status, nobody.json()["code"].clone()), (401, json!("signed_out")));
    let mut unknown = browser.clone();
    unknown.cookies.get_mut("innkeeper").unwrap().0 = "ist_00000000000000000000000000000000000000000000".into();
    assert_eq!(answer(&app, request(&unknown, "")).await.status, 401);
    let mut foreign = request(&browser, "");
    foreign.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-site"));
    assert_eq!(answer(&app, foreign).await.status, 403);
}

#[tokio::test]
async fn the_stream_is_never_activity_whatever_it_looks_like() {
    let app = reef().await;
    let browser = signed_in(&app, "alex").await;
    app.clock.advance(minutes(5));
    let mut navigation = request(&browser, "");
    for (name, value) in
        [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("innkeeper-activity", "counted")]
    {
        navigation.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let mut open = Stream::of(&app, navigation).await;
    open.expect("session").await;
    let mut probe = request(&browser, "");
    *probe.method_mut() = Method::HEAD;
    assert_eq!(answer(&app, probe).await.status, 200);
    let view = app.innkeeper.session(&sessions(&app, "alex").await.remove(0)).await.unwrap().unwrap();
    assert_eq!(view.activity.last_active_at, START);
    assert_eq!(view.activity.idle_deadline, START + minutes(20));
}

#[tokio::test]
async fn a_list_changes_for_its_user_and_for_whoever_sees_the_account_and_for_nobody_else() {
    let app = reef_with_places(3).await;
    app.with_user("reef", "mo", Role::Manager).await;
    app.with_user("reef", "sam", Role::Staff).await;
    app.with_account("other").await;
    app.with_user("other", "zoe", Role::Owner).await;
    let (kai, alex, mo) = (signed_in(&app, "kai").await, signed_in(&app, "alex").await, signed_in(&app, "mo").await);
    let (sam, zoe) = (signed_in(&app, "sam").await, signed_in(&app, "zoe").await);
    let mut concerned = Vec::new();
    for (browser, user) in [(&kai, "kai"), (&alex, "alex"), (&mo, "mo")] {
        concerned.push(Stream::open(&app, browser, user).await);
    }
    let mut others = vec![Stream::open(&app, &sam, "sam").await, Stream::open(&app, &zoe, "zoe").await];
    let mut phone = signed_in(&app, "kai").await;
    for stream in &mut concerned {
        stream.expect("sessions").await;
    }
    let id = sessions(&app, "kai").await.remove(0);
    assert_eq!(phone.post(&format!("/account/sessions/{id}/name"), &[("name", "Till")]).await.status, 303);
    for stream in &mut concerned {
        stream.expect("sessions").await;
    }
    // What is said to the others first is what concerns them.
    for user in ["sam", "zoe"] {
        let ends = app.innkeeper.end_sessions_of_user(&UserId::new(user).unwrap(), None, Actor::Operator).await;
        assert_eq!(ends.unwrap(), Some(1));
    }
    for stream in &mut others {
        assert_eq!(stream.expect("ended").await["reason"], "terminated_by_api");
        assert_eq!(stream.next().await, None);
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_told_to_whoever_is_inside_with_how_often_it_happened() {
    let app = reef().await;
    let here = signed_in(&app, "alex").await;
    let mut stranger = app.browser();
    assert_eq!(stranger.sign_in("alex").await.status, 409);
    let mut stream = Stream::open(&app, &here, "alex").await;
    assert_eq!(stranger.sign_in("alex").await.status, 409);
    let told = stream.expect("refused").await;
    assert_eq!((&told["count"], &told["at"]["text"]), (&json!(2), &json!("today, 14:00 AEST")));
    assert!(told["sentence"].as_str().unwrap().contains("2 times"), "{told}");
    app.clock.advance(minutes(1));
    assert_eq!(stranger.sign_in("alex").await.status, 409);
    assert_eq!(stream.expect("refused").await["count"], 3);
    // A wrong password is none of the person's business here, and a sign-in of somebody else is not either.
    stranger.post("/sign-in", &[("email", "alex@reef.example"), ("password", "not this one")]).await;
    let kai = signed_in(&app, "kai").await;
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    drop(kai);
    // An owner sees the list of the account, and so that a session of it started.
    stream.expect("sessions").await;
    assert_eq!(stranger.sign_in("alex").await.status, 409);
    assert_eq!(stream.expect("refused").await["count"], 4);
}

#[tokio::test]
async fn whoever_comes_back_is_told_what_happened_meanwhile_and_nothing_twice() {
    let app = reef_with_places(2).await;
    let here = signed_in(&app, "kai").await;
    let mut stream = Stream::open(&app, &here, "kai").await;
    let place = stream.place().await;
    drop(stream);
    let _phone = signed_in(&app, "kai").await;
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    for (query, header) in [(format!("?after={place}"), None), ("?after=1".into(), Some(place))] {
        let mut request = request(&here, &query);
        if let Some(id) = header {
            request.headers_mut().insert("last-event-id", HeaderValue::from(id));
        }
        let mut stream = Stream::of(&app, request).await;
        stream.expect("session").await;
        stream.expect("sessions").await;
        assert_eq!(stream.expect("refused").await["count"], 1);
        let newer = stream.place().await;
        assert!(newer > place);
    }
    let newest = app.innkeeper.news().borrow().0;
    let mut request = request(&here, "");
    request.headers_mut().insert("last-event-id", HeaderValue::from(newest));
    let mut stream = Stream::of(&app, request).await;
    stream.expect("session").await;
    assert_eq!(stream.place().await, newest);
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    assert_eq!(stream.expect("refused").await["count"], 2);
}

#[tokio::test]
async fn a_page_carries_the_place_from_which_its_stream_goes_on_and_whose_it_is() {
    let app = reef().await;
    let mut browser = signed_in(&app, "alex").await;
    let page = browser.get("/account/sessions").await;
    let after = app.innkeeper.news().borrow().0;
    let attributes = format!(r#" data-after="{after}" data-user="alex""#);
    assert!(page.text().contains(&attributes), "{attributes}");
    assert!(!app.browser().get("/sign-in").await.text().contains("/innkeeper.js"));
}

#[tokio::test]
async fn streams_are_bounded_for_each_user_and_in_all_and_are_counted_only_while_somebody_listens() {
    let app = super::with_people(TestApp::configured(|config| config.limits.live_streams = 17).await).await;
    let (alex, kai) = (signed_in(&app, "alex").await, signed_in(&app, "kai").await);
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(Stream::open(&app, &alex, "alex").await);
    }
    let refused = answer(&app, request(&alex, "")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "30"));
    open.push(Stream::open(&app, &kai, "kai").await);
    assert_eq!(answer(&app, request(&kai, "")).await.status, 503, "17 in all");
    assert_eq!(app.innkeeper.listeners(), 17);
    drop(open);
    in_time(async {
        while app.innkeeper.listeners() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut again = Stream::open(&app, &kai, "kai").await;
    assert_eq!(app.innkeeper.listeners(), 1);
    app.app.stopping().cancel();
    while again.next().await.is_some() {}
}

#[tokio::test]
async fn a_stream_takes_no_place_among_the_connections_and_other_answers_do() {
    let app = reef().await;
    let browser = signed_in(&app, "alex").await;
    let response = app.front.answer(PeerAddress(None), request(&browser, "")).await;
    assert!(response.extensions().get::<CountedApart>().is_some());
    let mut probe = request(&browser, "");
    *probe.method_mut() = Method::HEAD;
    assert!(app.front.answer(PeerAddress(None), probe).await.extensions().get::<CountedApart>().is_none());
}

#[tokio::test]
async fn a_stream_with_an_old_token_ends_when_the_session_gets_another() {
    let app = reef().await;
    let mut browser = signed_in(&app, "alex").await;
    let mut stream = Stream::open(&app, &browser, "alex").await;
    let old = browser.clone();
    let fields = [("current", PASSWORD), ("new", "a barge on the other side")];
    assert_eq!(browser.post("/account/security/password", &fields).await.status, 303);
    while let Some(event) = stream.next().await {
        assert_ne!(event.name, "ended");
    }
    assert_eq!(answer(&app, request(&old, "")).await.status, 401);
    let mut stream = Stream::open(&app, &browser, "alex").await;
    let old = browser.clone();
    assert_eq!(browser.post("/account/step-up", &[("password", "a barge on the other side")]).await.status, 303);
    while let Some(event) = stream.next().await {
        assert_ne!(event.name, "ended");
    }
    assert_eq!(answer(&app, request(&old, "")).await.status, 401);
    Stream::open(&app, &browser, "alex").await;
}
