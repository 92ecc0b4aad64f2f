//! Within an application's own process: its routes behind the layer, and ours beside them.

use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use crate::pages::{leads, minutes, signed_in_at, with_people};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use example::application;
use http_body_util::channel::Channel;
use hyper_util::rt::TokioIo;
use innkeeper::config::{Config, StoreUrl};
use innkeeper::domain::activity::PathPattern;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::user::Role;
use innkeeper::embedded::{self, AccountId, SignInLayer, SignedIn, UserId};
use innkeeper::service::{AccountFields, UserFields};
use innkeeper::web::routes_within;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[expect(dead_code, reason = "its main function is for whoever tries it")]
#[path = "../../examples/embedded.rs"]
mod example;

/// How long a body may take where that is not what is looked at.
const LONG: Duration = Duration::from_secs(30);

const POLL: [(&str, &str); 3] = [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), ("accept", "*/*")];

/// An installation whose pages are below `/auth` of an application.
async fn reef() -> TestApp {
    let configured = TestApp::configured(|config| {
        config.public_url = "http://127.0.0.1:8080/auth/".parse().unwrap();
        config.activity.never = vec![PathPattern::parse("/tours/poll").unwrap()];
    });
    with_people(configured.await).await
}

async fn told(person: SignedIn, headers: HeaderMap) -> String {
    let SignedIn { user_id, name, email, role, account_id, session_id, .. } = person;
    let claimed = headers.keys().filter(|name| name.as_str().starts_with("remote")).count();
    let (email, role) = (email.unwrap_or_default(), role.as_str());
    format!("{user_id} {name:?} {email} {role} {account_id} {} {claimed}", session_id.as_str().starts_with("s_"))
}

/// An application of which everything but `/open` is behind the layer.
fn tours(app: &TestApp) -> Router {
    Router::new()
        .route("/", any(told))
        .nest("/tours", Router::new().route("/{name}", any(told)).layer(SignInLayer::new(app.app.clone())))
        .fallback(told)
        .layer(SignInLayer::new(app.app.clone()))
        .route("/open", get(async || "come in"))
        .route("/forgotten", get(told))
        .merge(routes_within(&app.app, LONG))
}

/// A request of this browser to the application itself, with these headers in place of its own.
fn ask(browser: &Browser<'_>, method: &str, path: &str, headers: &[(&'static str, &str)]) -> Request<Body> {
    let mut at_root = browser.clone();
    at_root.base = String::new();
    let mut request = at_root.ask(method, path, String::new());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

/// What the application answers.
async fn answer(app: &TestApp, request: Request<Body>) -> Answer {
    Answer::to(tours(app), request).await
}

#[tokio::test]
async fn whoever_is_signed_in_passes_and_the_application_is_told_who_it_is() {
    let app = reef().await;
    let browser = signed_in_at(&app, "/auth", "kai").await;
    for path in ["/", "/tours/dive"] {
        let answer = answer(&app, ask(&browser, "GET", path, &[])).await;
        assert_eq!((answer.status, answer.text()), (200, "kai None kai@reef.example staff reef true 0"), "{path}");
    }
    assert_eq!(answer(&app, ask(&browser, "POST", "/", &POLL)).await.status, 200);
}

#[tokio::test]
async fn nobody_is_led_to_the_sign_in_page_and_back_or_told_so() {
    let app = reef().await;
    let browser = app.browser();
    for (path, next) in
        [("/", "%2F"), ("/tours/dive?day=1&boat=a", "%2Ftours%2Fdive%3Fday%3D1%26boat%3Da"), ("/nowhere", "%2Fnowhere")]
    {
        let answer = answer(&app, ask(&browser, "GET", path, &[])).await;
        let location = format!("http://127.0.0.1:8080/auth/sign-in?next={next}");
        assert_eq!(leads(&answer), (302, location.as_str()));
        assert_eq!((answer.header("innkeeper-reason"), answer.header("cache-control")), ("none", "no-store"));
    }
    let away = answer(&app, ask(&browser, "GET", "//evil.example/", &[])).await;
    assert_eq!(leads(&away), (302, "http://127.0.0.1:8080/auth/sign-in"));
    for (method, headers) in [("GET", &POLL[2..]), ("POST", &[]), ("DELETE", &[])] {
        let answer = answer(&app, ask(&browser, method, "/", headers)).await;
        assert_eq!((answer.status, answer.header("innkeeper-reason")), (401, "none"), "{method}");
        assert_eq!(answer.json()["code"], "not_signed_in");
    }
    assert_eq!(answer(&app, ask(&browser, "GET", "/open", &[])).await.text(), "come in");
    let page = answer(&app, ask(&browser, "GET", "/auth/sign-in?next=/tours/dive", &[])).await;
    assert!(page.status == 200 && page.text().contains("value=\"/tours/dive\""), "{}", page.text());
}

#[tokio::test]
async fn whoever_was_signed_out_is_turned_away_with_the_reason() {
    let app = reef().await;
    let browser = signed_in_at(&app, "/auth", "kai").await;
    app.clock.advance(minutes(20));
    let lapsed = answer(&app, ask(&browser, "GET", "/", &[])).await;
    assert_eq!((lapsed.status, lapsed.header("innkeeper-reason")), (302, "idle"));
    let browser = signed_in_at(&app, "/auth", "alex").await;
    let token = innkeeper::secret::SessionToken::hash_presented(&browser.cookies["innkeeper"].0);
    app.innkeeper.sign_out(token.unwrap()).await.unwrap();
    let ended = answer(&app, ask(&browser, "POST", "/", &[])).await;
    assert_eq!((ended.status, ended.header("innkeeper-reason")), (401, EndReason::SignedOut.as_str()));
}

#[tokio::test]
async fn support_belongs_to_no_account_and_is_not_let_in() {
    let app = reef().await;
    app.with_system_user("sam", Role::Support).await;
    let browser = signed_in_at(&app, "/auth", "sam").await;
    let refused = answer(&app, ask(&browser, "GET", "/", &[])).await;
    assert_eq!((refused.status, &refused.json()["code"]), (403, &"no_account".into()));
}

#[tokio::test]
async fn a_store_that_cannot_answer_is_an_outage_and_turns_nobody_into_a_guest() {
    let app = reef().await;
    let browser = signed_in_at(&app, "/auth", "kai").await;
    app.site.sql("ALTER TABLE session_tokens RENAME TO away");
    let outage = answer(&app, ask(&browser, "GET", "/", &[])).await;
    assert_eq!((outage.status, outage.header("retry-after")), (503, "2"));
    assert!(!outage.headers.contains_key("innkeeper-reason"));
    app.site.sql("ALTER TABLE away RENAME TO session_tokens");
    assert_eq!(answer(&app, ask(&browser, "GET", "/", &[])).await.status, 200);
}

#[tokio::test]
async fn what_a_person_does_keeps_the_session_alive_and_what_pages_do_by_themselves_does_not() {
    for (method, path, headers, lives) in [
        ("GET", "/", &[][..], true),
        ("POST", "/", &POLL[..], true),
        ("GET", "/", &POLL[..], false),
        ("GET", "/tours/dive", &[], true),
        ("POST", "/tours/poll", &POLL[..], false),
        ("GET", "/tours/poll?x", &[], false),
        ("GET", "/", &[("innkeeper-activity", "none")], false),
    ] {
        let app = reef().await;
        let browser = signed_in_at(&app, "/auth", "kai").await;
        app.clock.advance(minutes(15));
        assert_eq!(answer(&app, ask(&browser, method, path, headers)).await.status, 200);
        app.clock.advance(minutes(5));
        let later = answer(&app, ask(&browser, "GET", "/", &POLL)).await;
        assert_eq!(later.status == 200, lives, "{method} {path} {headers:?}");
    }
}

#[tokio::test]
async fn nothing_but_the_check_says_who_it_is() {
    let app = reef().await;
    let claims = [("remote-user", "alex"), ("remote_groups", "owner"), ("remote-session", "s_x")];
    let kai = signed_in_at(&app, "/auth", "kai").await;
    let passed = answer(&app, ask(&kai, "GET", "/", &claims)).await;
    assert_eq!(passed.text(), "kai None kai@reef.example staff reef true 0");
    assert_eq!(answer(&app, ask(&app.browser(), "POST", "/", &claims)).await.status, 401);
    // What an earlier layer let pass for one person is worth nothing for the next request.
    let (tell, mut told) = tokio::sync::mpsc::channel::<SignedIn>(1);
    let keep = Router::new().route(
        "/",
        get(async move |person: SignedIn| {
            tell.send(person).await.unwrap();
        }),
    );
    let passed = Answer::to(keep.layer(SignInLayer::new(app.app.clone())), ask(&kai, "GET", "/", &[])).await;
    assert_eq!(passed.status, 200);
    let mut request = ask(&app.browser(), "POST", "/", &[]);
    request.extensions_mut().insert(told.recv().await.unwrap());
    assert_eq!(answer(&app, request).await.status, 401);
}

#[tokio::test]
async fn a_handler_that_is_not_behind_the_layer_is_given_nobody() {
    let app = reef().await;
    let kai = signed_in_at(&app, "/auth", "kai").await;
    assert_eq!(answer(&app, ask(&kai, "GET", "/forgotten", &[])).await.status, 500);
}

#[tokio::test]
async fn pages_api_and_forward_auth_are_below_the_path_and_take_nothing_else() {
    let app = reef().await;
    let kai = signed_in_at(&app, "/auth", "kai").await;
    for (path, status) in [
        ("/auth/account", 200),
        ("/auth/nowhere", 404),
        ("/auth/api/v1/openapi.json", 200),
        ("/auth/forward-auth", 200),
    ] {
        assert_eq!(answer(&app, ask(&kai, "GET", path, &[])).await.status, status, "{path}");
    }
    for path in ["/healthz", "/account", "/forward-auth"] {
        let theirs = answer(&app, ask(&kai, "GET", path, &[])).await;
        assert!(theirs.text().starts_with("kai "), "{path} is the application's: {}", theirs.text());
    }
    let asked = answer(&app, ask(&kai, "GET", "/auth/forward-auth", &[])).await;
    assert_eq!(asked.header("remote-user"), "kai");
}

#[tokio::test]
async fn a_server_of_the_applications_own_tells_where_people_come_from() {
    let app = reef().await;
    let mut request = Request::post("/auth/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("email=kai%40reef.example&password={}", PASSWORD.replace(' ', "+"))))
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 4711))));
    // As axum's own server calls it, without what ours adds.
    let answer = tower::ServiceExt::oneshot(tours(&app), request).await.unwrap();
    assert_eq!(answer.status(), 303);
    let origins = app.innkeeper.newest_origins(1).await.unwrap();
    assert_eq!(origins[0].1.as_deref(), Some("203.0.113.9"));
}

#[tokio::test]
async fn a_form_for_our_pages_that_never_comes_is_answered_408_whoever_serves_them() {
    let app = reef().await;
    let pages = routes_within(&app.app, Duration::from_millis(20));
    let (_silent, body) = Channel::<Bytes>::new(1);
    let form = Request::post("/auth/sign-in").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(Answer::to(pages, form.body(Body::new(body)).unwrap()).await.status, 408);
}

fn config(folder: &std::path::Path) -> Config {
    let public_url = "http://127.0.0.1:8080/auth/".parse().unwrap();
    let mut config = Config { public_url, ..Config::default() };
    config.store.url = StoreUrl::Sqlite(folder.join("innkeeper.db"));
    config
}

#[tokio::test]
async fn an_application_opens_serves_and_closes_it_and_leaves_the_store_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let innkeeper = embedded::open(&config).await.unwrap();
    let mode = std::fs::metadata(folder.path().join("innkeeper.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "hashes of passwords are nobody else's");
    let link = innkeeper.setup_link().await.unwrap().unwrap();
    assert!(link.starts_with("http://127.0.0.1:8080/auth/setup?code="), "{link}");
    let (_, key) = innkeeper.authority().create_key("tours".into(), &[], Actor::Operator).await.unwrap();
    assert!(!key.reveal().is_empty());
    assert!(folder.path().join("innkeeper.db.sock").exists(), "commands reach it");
    let taken = embedded::open(&config).await.err().unwrap();
    assert!(taken.to_string().contains("is in use by process"), "{taken}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let application = application(&innkeeper).route("/echo", get(echo));
    let served = tokio::spawn(innkeeper.serve(listener, application, async move { stopped.await.unwrap_or_default() }));
    let answer = over_tcp(address, "/").await;
    assert!(answer.starts_with("HTTP/1.1 302 "), "{answer}");
    assert!(over_tcp(address, "/auth/sign-in").await.starts_with("HTTP/1.1 200 "));
    let (status, said) = echoed(address).await;
    assert_eq!((status.as_str(), said.as_str()), ("HTTP/1.1 101 Switching Protocols", "ahoy"));
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    assert!(!folder.path().join("innkeeper.db.sock").exists());
}

/// Changes to a protocol that says everything again, as a WebSocket does.
async fn echo(mut request: Request<Body>) -> impl IntoResponse {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let (mut reads, mut writes) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
        let _ = tokio::io::copy(&mut reads, &mut writes).await;
    });
    (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")])
}

/// The status of an answer that changes the protocol, and what comes back of a greeting.
async fn echoed(address: SocketAddr) -> (String, String) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut stream = BufReader::new(stream);
    let ask = format!("GET /echo HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| line != "\r\n") {
        lines.push(String::new());
        assert!(stream.read_line(lines.last_mut().unwrap()).await.unwrap() > 0, "{lines:?}");
    }
    stream.write_all(b"ahoy").await.unwrap();
    let mut said = [0; 4];
    stream.read_exact(&mut said).await.unwrap();
    (lines[0].trim_end().to_owned(), String::from_utf8(said.to_vec()).unwrap())
}

async fn over_tcp(address: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_application_of_the_example_greets_whoever_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let innkeeper = embedded::open(&config(folder.path())).await.unwrap();
    let (reef, mia) = (AccountId::new("reef").unwrap(), UserId::new("mia").unwrap());
    let fields = AccountFields { name: Some("Reef".into()), plan: Some("solo".into()), ..AccountFields::default() };
    innkeeper.authority().put_account(&reef, &fields, &Actor::Operator).await.unwrap().unwrap();
    let fields = UserFields {
        account: Some(reef),
        role: Some(Role::Owner),
        email: Some(Some("mia@reef.example".into())),
        name: Some(Some("Mia Tran".into())),
        password: Some(PASSWORD.into()),
        ..UserFields::default()
    };
    innkeeper.authority().put_user(&mia, fields, &Actor::Operator).await.unwrap().unwrap();
    let app = application(&innkeeper);
    let request = Request::post("/auth/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("email=mia%40reef.example&password={}&next=/", PASSWORD.replace(' ', "+"))))
        .unwrap();
    let signed_in = Answer::to(app.clone(), request).await;
    assert_eq!(leads(&signed_in), (303, "/"));
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap();
    let request = Request::get("/").header("cookie", cookie).body(Body::empty()).unwrap();
    assert_eq!(Answer::to(app, request).await.text(), "Good morning, Mia Tran. You are owner of reef.");
    innkeeper.close().await.unwrap();
}

#[tokio::test]
async fn without_a_path_for_its_pages_it_is_not_opened() {
    let refused = embedded::open(&Config::default()).await.err().unwrap();
    assert!(refused.to_string().contains("public_url has no path"), "{refused}");
}
