//! The examples for reverse proxies, run as they are shipped by the proxies themselves: the application sees exactly who is
//! signed in or nothing, whatever a client sends and however its question is answered.

#![expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]

use crate::cluster::free_port;
use crate::proxy::{Answer, Ask, HOST, Kind, Places, Proxy, Small, taken_for, values};
use crate::server::{Server, done};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// A proxy in front of an application.
struct Lab {
    kind: Kind,
    app: Small,
    places: Places,
    _proxy: Proxy,
}

impl Lab {
    fn start(kind: Kind, front: SocketAddr, authority: SocketAddr) -> Option<Self> {
        let app = Small::app();
        let places = Places { host: HOST, front, authority, app: app.address };
        let proxy = Proxy::start(kind, &kind.binary()?, places, &[]);
        Some(Self { kind, app, places, _proxy: proxy })
    }

    fn ask(&self, ask: &Ask) -> Answer {
        ask.to(self.places.front).unwrap_or_else(|error| panic!("{:?}: {ask:?}: {error}", self.kind))
    }

    /// Asks for something that the application must not be asked for.
    fn refused(&self, ask: &Ask) -> Answer {
        let answer = self.ask(ask);
        assert!(!answer.is_from_app(), "{:?}: {ask:?}: {answer:?}", self.kind);
        assert_eq!(self.app.got(), [""; 0], "{:?}: {ask:?}", self.kind);
        answer
    }
}

pub(crate) fn front() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port()).into()
}

/// Innkeeper behind a proxy, with one user.
pub(crate) struct Authority {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    key: String,
}

const PASSWORD: &str = "a lantern in the window";

impl Authority {
    pub(crate) fn start(public_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!("public_url = {public_url:?}\ntrusted_proxies = [\"127.0.0.1\"]\n");
        std::fs::write(folder.path().join("innkeeper.toml"), settings).unwrap();
        let server = Server::start(folder.path(), &[]);
        let key = done(folder.path(), &["key", "create", "--name", "test", "--scopes", "sessions,directory"]);
        let authority = Self { server, folder, key: key.trim().to_owned() };
        authority.api("PUT", "/accounts/reef", Some(&json!({ "name": "Reef", "plan": "business" })));
        let kai = json!({
            "account_id": "reef", "role": "owner", "name": "Kai Ñg", "email": "kai@reef.example", "password": PASSWORD
        });
        authority.api("PUT", "/users/kai", Some(&kai));
        authority
    }

    pub(crate) fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let ask = Ask::bare(&format!("{method} /auth/api/v1{path}"))
            .with(&format!("Authorization: Bearer {}", self.key))
            .with("Content-Type: application/json")
            .with(&format!("Content-Length: {}", body.len()));
        let answer = ask.send(self.server.address, body.as_bytes(), 1).unwrap();
        assert!((200..300).contains(&answer.status), "{answer:?}");
        serde_json::from_str(&answer.body).unwrap_or_default()
    }
}

/// A proxy in front of Innkeeper and an application.
struct Inn {
    lab: Lab,
    authority: Authority,
}

impl Inn {
    fn start(kind: Kind) -> Option<Self> {
        kind.binary()?;
        let front = front();
        let authority = Authority::start(&format!("http://{HOST}:{}/auth", front.port()));
        let lab = Lab::start(kind, front, authority.server.address)?;
        Some(Self { lab, authority })
    }

    pub(crate) fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.authority.api(method, path, body)
    }

    /// Starts Kai's session, and gives its token and id.
    fn session(&self) -> (String, String) {
        let started = self.api("POST", "/sessions", Some(&json!({ "user_id": "kai" })));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&started["token"]), text(&started["session"]["id"]))
    }

    /// The sign-in page, with the way back to a path that is given as it stands in a query.
    fn sign_in(&self, next: &str) -> String {
        let port = self.lab.places.front.port();
        format!("http://app.example:{port}/auth/sign-in?next=http%3A%2F%2Fapp.example%3A{port}{next}")
    }
}

/// The headers that say who it is, sorted.
const IDENTITY: [&str; 6] =
    ["remote-account", "remote-email", "remote-groups", "remote-name", "remote-session", "remote-user"];

/// What clients send who would like to be somebody else.
const SPOOFED: [&[&str]; 12] = [
    &["Accept-Language: en"],
    &["Remote-User: admin"],
    &["Remote-User: admin", "remote-user: root"],
    &["Remote-User: admin", "Remote-User: kai"],
    &["Remote_User: admin"],
    &["REMOTE_USER: admin", "Remote-User: admin", "Remote_Groups: owner"],
    &["Remote-User:", "Remote-Groups:"],
    &["Connection: close, Remote-User"],
    &["Connection: close, Remote-User, Remote-Groups", "Remote-User: admin", "Remote-Groups: support"],
    &["Connection: close", "Connection: Remote-User, remote-name, REMOTE-EMAIL, remote-account, remote-session"],
    &["Remote-Groups: support", "Remote-Session: s_1", "Remote-Name: A", "Remote-Email: a@b", "Remote-Account: x"],
    &["Remote-Role: admin", "Remote_Access: all", "Remote-User : admin"],
];

fn with(ask: Ask, lines: &[&str]) -> Ask {
    lines.iter().fold(ask, |ask, line| ask.with(line))
}

fn the_application_sees_exactly_who_is_signed_in_or_nothing(kind: Kind) {
    let Some(inn) = Inn::start(kind) else { return };
    let (token, session) = inn.session();
    let kai = ["reef", "kai@reef.example", "owner", "Kai%20%C3%91g", &session, "kai"];
    let kai: Vec<_> = IDENTITY.into_iter().zip(kai).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut answered = 0;
    for lines in SPOOFED {
        let ask = with(Ask::get("/day?of=week"), lines);
        let answer = inn.lab.ask(&ask.clone().signed_in(&token));
        // A name with a blank after it is no header at all: that whole request may be refused.
        if answer.status != 400 {
            assert!(answer.is_from_app(), "{kind:?}: {lines:?}: {answer:?}");
            let mut seen = taken_for(&answer.body, "remote-");
            seen.retain(|(name, _)| IDENTITY.contains(&&**name));
            assert_eq!(seen, kai, "{kind:?}: {lines:?}");
            answered += 1;
        }
        inn.lab.app.got();
        for nobody in [ask.clone(), ask.clone().signed_in("x"), ask.signed_in(&token.replace(&token[..4], "AAAA"))] {
            let answer = inn.lab.refused(&nobody);
            if answer.status != 400 {
                assert_eq!(
                    (answer.status, answer.location()),
                    (302, &*inn.sign_in("%2Fday%3Fof%3Dweek")),
                    "{nobody:?}"
                );
            }
        }
    }
    assert!(answered >= SPOOFED.len() - 1);
    inn.api("DELETE", &format!("/sessions/{session}"), None);
    let over = inn.lab.refused(&Ask::get("/").signed_in(&token));
    assert_eq!((over.status, over.values("innkeeper-reason")), (302, vec!["terminated_by_api"]), "{kind:?}");
}

fn a_browser_ends_at_the_sign_in_page_and_back_at_the_page_that_it_wanted(kind: Kind) {
    let Some(inn) = Inn::start(kind) else { return };
    let origin = format!("http://app.example:{}", inn.lab.places.front.port());
    for (wanted, next) in [
        ("/", "%2F"),
        ("/day?of=week&from=2026-11-02&q=a%26b%2Bc#", "%2Fday%3Fof%3Dweek%26from%3D2026-11-02%26q%3Da%2526b%252Bc"),
        ("/caf%C3%A9/a%20b?x", "%2Fcaf%25C3%25A9%2Fa%2520b%3Fx"),
    ] {
        let sent = wanted.trim_end_matches('#');
        let asked = inn.lab.refused(&Ask::get(sent));
        assert_eq!((asked.status, asked.location()), (302, &*inn.sign_in(next)), "{kind:?}");
        assert_eq!(asked.values("innkeeper-reason"), ["none"], "{kind:?}");
        let page = inn.lab.refused(&Ask::get(asked.location().strip_prefix(&origin).unwrap()));
        let field = page.body.split_once("name=\"next\" value=\"").unwrap().1.split_once('"').unwrap().0;
        let field = field.replace("&amp;", "&").replace("&#38;", "&");
        let back = format!("{origin}{sent}");
        assert_eq!((page.status, &field), (200, &back), "{kind:?}");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", "kai@reef.example"), ("password", PASSWORD), ("next", &field)])
            .finish();
        let post = Ask::bare("POST /auth/sign-in")
            .with(&format!("Origin: {origin}"))
            .with("Content-Type: application/x-www-form-urlencoded")
            .with(&format!("Content-Length: {}", body.len()));
        let signed_in = post.send(inn.lab.places.front, body.as_bytes(), 1).unwrap();
        assert_eq!((signed_in.status, signed_in.location()), (303, &*back), "{kind:?}: {signed_in:?}");
        let cookies = signed_in.values("set-cookie");
        let token = cookies.iter().find_map(|cookie| cookie.strip_prefix("innkeeper=")?.split(';').next()).unwrap();
        let back = inn.lab.ask(&Ask::get(sent).signed_in(token));
        assert!(back.is_from_app() && back.body.starts_with(&format!("GET {sent} HTTP/1.1")), "{kind:?}: {back:?}");
        assert_eq!(inn.api("DELETE", "/users/kai/sessions", None)["ended"], 1);
        inn.lab.app.got();
    }
    // Who is not a browser that shows a page is told, and nobody is sent back to what only a form may do.
    for ask in
        [Ask::bare("GET /data").with("Accept: application/json"), Ask::bare("POST /save").with("Accept: text/html")]
    {
        let answer = inn.lab.refused(&ask);
        assert_eq!((answer.status, answer.location()), (401, ""), "{kind:?}: {ask:?}");
        assert_eq!(answer.values("innkeeper-reason"), ["none"], "{kind:?}");
    }
}

fn uploads_and_websockets_pass_for_whoever_is_signed_in(kind: Kind) {
    static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    const PIECES: usize = 1600;
    let Some(inn) = Inn::start(kind) else { return };
    let (token, _) = inn.session();
    let upload = Ask::bare("POST /upload").with(&format!("Content-Length: {}", PIECE.len() * PIECES));
    let answer = upload.clone().signed_in(&token).send(inn.lab.places.front, &PIECE, PIECES).unwrap();
    assert!(answer.is_from_app() && answer.body.ends_with("\r\n104857600 bytes"), "{kind:?}: {answer:?}");
    assert_eq!(inn.lab.app.got().len(), 1);
    // Nobody's upload is refused before it is sent.
    let mut stream = upload.open(inn.lab.places.front).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!((&status, inn.lab.app.got().len()), (b"HTTP/1.1 401", 0), "{kind:?}");

    let other = Ask::bare("GET /plain")
        .with("Connection: Upgrade, HTTP2-Settings")
        .with("Upgrade: h2c")
        .with("HTTP2-Settings: AAMAAABkAAQAAP__");
    let plain = other.signed_in(&token).send(inn.lab.places.front, &[], 0).unwrap();
    assert!(plain.is_from_app(), "{kind:?}: {plain:?}");
    let got = inn.lab.app.got();
    for name in ["upgrade", "http2-settings"] {
        assert_eq!(values(&got[0], name), [""; 0], "{kind:?}: {name}");
    }

    let socket = Ask::bare("GET /socket")
        .with("Connection: Upgrade")
        .with("Upgrade: websocket")
        .with("Sec-WebSocket-Version: 13")
        .with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    let mut stream = socket.clone().signed_in(&token).open(inn.lab.places.front).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{kind:?}: {}", String::from_utf8_lossy(&head));
    for said in [&b"there"[..], b"and back"] {
        stream.write_all(said).unwrap();
        let mut heard = vec![0; said.len()];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, said, "{kind:?}");
    }
    assert_eq!(values(&inn.lab.app.got()[0], "remote-user"), ["kai"], "{kind:?}");
    assert_eq!(inn.lab.refused(&socket.with("Remote-User: admin")).status, 401, "{kind:?}");
}

/// A proxy in front of something that stands in for Innkeeper, and says what it is told.
struct Broken {
    lab: Lab,
    authority: Small,
    says: Arc<Mutex<Option<String>>>,
}

impl Broken {
    fn start(kind: Kind) -> Option<Self> {
        let says = Arc::new(Mutex::new(Some(String::new())));
        let authority = Small::authority(says.clone());
        let lab = Lab::start(kind, front(), authority.address)?;
        authority.got();
        Some(Self { lab, authority, says })
    }

    fn says(&self, answer: &str) {
        *self.says.lock().unwrap() = Some(answer.replace('\n', "\r\n"));
    }
}

/// As Innkeeper says who it is.
const KAI: &str = "200 OK\nContent-Length: 0\nRemote-User: kai\nRemote-Name: Kai\nRemote-Email: kai@reef.example\n\
                   Remote-Groups: owner\nRemote-Account: reef\nRemote-Session: s_1\n";

/// What clients send who would like their question to be about something else.
const FORWARDED: [&str; 16] = [
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
    "X-Forwarded-Method: EVIL",
    "X-Forwarded-Proto: evil",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Uri: /evil",
    "X-Original-Method: EVIL",
    "X-Original-URL: http://evil.example/evil",
    "X-Original-Url: /evil",
    "X-Real-IP: 203.0.113.9",
    "Forwarded: for=203.0.113.9;host=evil.example;proto=evil",
    "X_Forwarded_For: 203.0.113.9",
    "X_Forwarded_Method: EVIL",
    "X_Forwarded_Host: evil.example",
    "X_Forwarded_Uri: /evil",
    "X_Forwarded_Proto: evil",
];

fn what_a_client_says_of_its_request_is_believed_by_nobody(kind: Kind) {
    let Some(broken) = Broken::start(kind) else { return };
    let host = format!("app.example:{}", broken.lab.places.front.port());
    broken.says(KAI);
    let stripped = ["Connection: close, X-Forwarded-For, X-Forwarded-Uri, X-Forwarded-Host, X-Forwarded-Method"];
    let asks = FORWARDED.iter().map(std::slice::from_ref).chain([&FORWARDED[..], &stripped[..], &["Accept: */*"]]);
    for lines in asks {
        let answer = broken.lab.ask(&with(Ask::bare("DELETE /a?b=c&d=%26"), lines));
        assert!(answer.is_from_app(), "{kind:?}: {lines:?}: {answer:?}");
        let asked = &broken.authority.got()[0];
        let one = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut told = taken_for(asked, "x-forwarded-");
        told.retain(|(name, _)| !matches!(&**name, "x-forwarded-port" | "x-forwarded-server"));
        let request = [
            one("x-forwarded-for", "127.0.0.1"),
            one("x-forwarded-host", &host),
            one("x-forwarded-method", "DELETE"),
            one("x-forwarded-proto", "http"),
            one("x-forwarded-uri", "/a?b=c&d=%26"),
        ];
        assert_eq!(told, request, "{kind:?}: {lines:?}");
        assert_eq!(taken_for(asked, "x-original-"), [], "{kind:?}: {lines:?}");
        for passed in [asked, &broken.lab.app.got()[0]] {
            let believed = passed.to_lowercase().replace("x-real-ip: 127.0.0.1", "");
            assert!(!believed.contains("evil") && !believed.contains("203.0.113.9"), "{kind:?}: {lines:?}: {passed}");
        }
    }
}

fn no_way_to_write_an_address_leads_past_the_question(kind: Kind) {
    let Some(broken) = Broken::start(kind) else { return };
    broken.says("401 Unauthorized\nContent-Length: 0\n");
    let mut asked = 0;
    for uri in [
        "/",
        "//",
        "/./a",
        "/a/../b",
        "//evil.example/",
        "/a%2f..%2fb",
        "/%2e%2e/a",
        "/a%00b",
        "/a\\b",
        "/é",
        "/a;b=c",
        "/AUTH/x",
        "/auth",
        "/auth/../a",
        "/auth/..%2fa",
        "/auth/%2e%2e/a",
        "/auth//../../a",
        "/auth/..;/a",
        "/auth%2f..%2fa",
        "/innkeeper-check",
        "/a?mode=redirect",
        "/a?x=/auth/",
        "/auth/x/../../a",
        "/auth/.",
        "/auth/..",
        "http://app.example/a",
        "http://evil.example/a",
        "http:/a",
        "*",
        "a",
        "/a?é",
        "/a?b c",
        "/%zz",
        "/auth\\..\\a",
    ] {
        for method in ["GET", "POST", "OPTIONS", "HEAD", "get"] {
            broken.lab.refused(&Ask::bare(&format!("{method} {uri}")).with("Remote-User: admin"));
        }
        asked += broken.authority.got().len();
    }
    assert!(asked > 20, "{kind:?}: the authority was asked {asked} times");
}

fn whatever_the_authority_does_but_saying_who_it_is_lets_nobody_in(kind: Kind) {
    let Some(broken) = Broken::start(kind) else { return };
    let admin = with(Ask::bare("GET /"), &["Remote-User: admin", "Remote-Groups: support"]);
    let is_nginx = kind == Kind::Nginx;
    for (status, passed_on) in [
        ("302 Found\nLocation: /away", 302),
        ("401 Unauthorized", 401),
        ("403 Forbidden", 403),
        ("404 Not Found", 404),
        ("429 Too Many Requests", 429),
        ("500 Internal Server Error", 500),
        ("503 Service Unavailable\nRetry-After: 1", 503),
    ] {
        broken.says(&format!("{status}\nContent-Length: 0\nRemote-User: kai\n"));
        let expected = if is_nginx && !matches!(passed_on, 401 | 403) { 500 } else { passed_on };
        assert_eq!(broken.lab.refused(&admin).status, expected, "{kind:?}: {status}");
    }
    // Innkeeper never answers so; whoever does lets nobody in as somebody else.
    let bare = "200 OK\nContent-Length: 0\n".to_owned();
    let empty = format!("{bare}{}", IDENTITY.map(|name| format!("{name}: \n")).concat());
    // What an old Caddy says in place of a header that did not come.
    let unfilled = IDENTITY.map(|name| (name.to_owned(), format!("{{http.reverse_proxy.header.{name}}}")));
    for (nobody, old_caddy_says) in [(bare, &unfilled[..]), (empty, &[])] {
        broken.says(&nobody);
        for ask in [admin.clone(), admin.clone().with("Connection: close, Remote-User")] {
            let seen = taken_for(&broken.lab.ask(&ask).body, "remote-").into_iter();
            let seen = seen.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.to_lowercase()));
            let seen: Vec<_> = seen.collect();
            assert_eq!(seen, if kind == Kind::CaddyOfDebian { old_caddy_says } else { &[] }, "{kind:?}: {nobody:?}");
            broken.lab.app.got();
        }
    }
    broken.says("nonsense\n");
    assert!(broken.lab.refused(&admin).status >= 500, "{kind:?}");
    *broken.says.lock().unwrap() = None;
    if kind == Kind::Traefik {
        // Its wait is 30 seconds, and nothing sets another: nobody gets in meanwhile.
        let mut waiting = admin.open(broken.lab.places.front).unwrap();
        waiting.set_read_timeout(Some(Duration::from_secs(6))).unwrap();
        let error = waiting.read(&mut [0; 16]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        assert_eq!(broken.lab.app.got(), [""; 0]);
    } else {
        assert_eq!(broken.lab.refused(&admin).status, if is_nginx { 500 } else { 504 }, "{kind:?}");
    }
}

macro_rules! through {
    ($($name:ident = $kind:ident),+) => {$(
        mod $name {
            use crate::proxy::Kind::$kind as KIND;

            #[test]
            fn the_application_sees_exactly_who_is_signed_in_or_nothing() {
                super::the_application_sees_exactly_who_is_signed_in_or_nothing(KIND);
            }

            #[test]
            fn a_browser_ends_at_the_sign_in_page_and_back_at_the_page_that_it_wanted() {
                super::a_browser_ends_at_the_sign_in_page_and_back_at_the_page_that_it_wanted(KIND);
            }

            #[test]
            fn uploads_and_websockets_pass_for_whoever_is_signed_in() {
                super::uploads_and_websockets_pass_for_whoever_is_signed_in(KIND);
            }

            #[test]
            fn what_a_client_says_of_its_request_is_believed_by_nobody() {
                super::what_a_client_says_of_its_request_is_believed_by_nobody(KIND);
            }

            #[test]
            fn no_way_to_write_an_address_leads_past_the_question() {
                super::no_way_to_write_an_address_leads_past_the_question(KIND);
            }

            #[test]
            fn whatever_the_authority_does_but_saying_who_it_is_lets_nobody_in() {
                super::whatever_the_authority_does_but_saying_who_it_is_lets_nobody_in(KIND);
            }

            #[test]
            fn doctor_finds_nothing_wrong_with_the_example() {
                crate::probes::doctor_finds_nothing_wrong_with_the_example(KIND);
            }
        }
    )+};
}

through!(nginx = Nginx, caddy_of_debian = CaddyOfDebian, caddy = Caddy, traefik = Traefik);
