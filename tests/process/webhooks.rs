//! Events on their way to receivers, while servers come, go and are killed.

#![expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]

use crate::http::Api;
use crate::server::{SOON, Server, done, errors, eventually, run};
use crate::shared;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ALLOWED: (&str, &str) = ("INNKEEPER_WEBHOOKS__ALLOW", "127.0.0.1,::1");

/// What a receiver got: how often each id came, and the type that came with it.
type Got = Arc<Mutex<BTreeMap<String, (usize, String)>>>;

/// A receiver that verifies what it gets with the public library, whose secret is told once it is known.
struct Receiver {
    url: String,
    secret: Arc<Mutex<String>>,
    got: Got,
    /// How many of the next answers are 500.
    failing: Arc<Mutex<usize>>,
}

impl Receiver {
    fn start() -> Self {
        Self::started(None)
    }

    /// With a key and a certificate it takes TLS only, under the name `localhost`.
    fn started(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let port = listener.local_addr().expect("it has one").port();
        let url = match tls {
            None => format!("http://127.0.0.1:{port}/hooks"),
            Some(_) => format!("https://localhost:{port}/hooks"),
        };
        let receiver = Self { url, secret: Arc::default(), got: Arc::default(), failing: Arc::default() };
        let (secret, got, failing) = (receiver.secret.clone(), receiver.got.clone(), receiver.failing.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (secret, got, failing, tls) = (secret.clone(), got.clone(), failing.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => take(stream, &secret, &got, &failing),
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("the configuration is one");
                        take(StreamOwned::new(connection, stream), &secret, &got, &failing);
                    }
                });
            }
        });
        receiver
    }

    fn types(&self) -> Vec<String> {
        self.got.lock().unwrap().values().map(|(_, kind)| kind.clone()).collect()
    }
}

/// Takes the requests of one connection.
fn take(mut stream: impl Read + Write, secret: &Mutex<String>, got: &Got, failing: &Mutex<usize>) {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut piece) {
        text.extend(&piece[..read]);
        let Some(head_end) = text.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&text[..head_end]).into_owned();
        let mut headers = axum::http::HeaderMap::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            let name: axum::http::HeaderName = name.parse().expect("a header's name");
            headers.insert(name, value.parse().expect("a header's value"));
        }
        let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
        if text.len() < head_end + 4 + length {
            continue;
        }
        let body = text[head_end + 4..head_end + 4 + length].to_vec();
        text.drain(..head_end + 4 + length);
        let mut fail = failing.lock().unwrap();
        let answer = if *fail > 0 { "500 No" } else { "204 No Content" };
        *fail = fail.saturating_sub(1);
        let public = Webhook::new(&secret.lock().unwrap()).expect("the secret is one");
        public.verify(&body, &headers).expect("the signature is right, and made just now");
        let json: Value = serde_json::from_slice(&body).expect("JSON");
        let id = headers["webhook-id"].to_str().unwrap().to_owned();
        let kind = json["type"].as_str().unwrap().to_owned();
        got.lock().unwrap().entry(id).or_insert((0, kind)).0 += 1;
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Creates a webhook to this receiver from the command line, and tells the receiver its secret.
fn create(folder: &Path, receiver: &Receiver, types: &str) {
    let mut secret = receiver.secret.lock().unwrap();
    let arguments = ["webhook", "create", "--url", &receiver.url, "--types", types];
    let output = crate::server::command(folder, &arguments).env(ALLOWED.0, ALLOWED.1).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("whsec_") && printed.len() == 51 && printed.ends_with('\n'), "{printed:?}");
    *secret = printed.trim().to_owned();
}

fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(folder, arguments)).expect("--json prints JSON")
}

fn put_account(api: &Api, id: &str) {
    let put = api.call("PUT", &format!("/accounts/{id}"), Some(&json!({ "name": id, "plan": "team" }))).unwrap();
    assert_eq!(put.status, 201, "{}", put.text);
}

#[test]
fn events_arrive_signed_and_what_was_on_its_way_at_a_kill_arrives_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let receiver = Receiver::start();
    create(at, &receiver, "account.created");
    let mut server = Server::start(at, &[ALLOWED]);
    let mut api = server.api(at);
    for round in 0..4 {
        for n in 0..5 {
            put_account(&api, &format!("a-{round}-{n}"));
        }
        // At any moment of handing out, sending and settling.
        std::thread::sleep(Duration::from_millis(130 * round));
        server.kill();
        server = Server::start(at, &[ALLOWED]);
        api.address = server.address;
    }
    // What was being sent at the kill is sent again a minute later; everything else at once.
    let all = || receiver.got.lock().unwrap().len() == 20;
    assert!(eventually(SOON * 4, all), "{:?}\n{}", receiver.got.lock().unwrap(), server.log());
    assert!(receiver.types().iter().all(|kind| kind == "account.created"));
    server.terminate();
    assert!(server.wait().success());
}

#[test]
fn a_receiver_that_fails_gets_it_again_and_one_that_hangs_holds_up_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (fails, works) = (Receiver::start(), Receiver::start());
    *fails.failing.lock().unwrap() = 1;
    let hangs = Receiver {
        url: format!("http://{}/", silent.local_addr().unwrap()),
        secret: Arc::default(),
        got: Arc::default(),
        failing: Arc::default(),
    };
    create(at, &hangs, "account.created");
    create(at, &fails, "account.created");
    create(at, &works, "account.created,key.created");
    let server = Server::start(at, &[ALLOWED]);
    let api = server.api(at);
    for n in 0..10 {
        put_account(&api, &format!("a-{n}"));
    }
    assert!(eventually(SOON, || works.types().len() == 11), "{:?}\n{}", works.types(), server.log());
    let all = || fails.got.lock().unwrap().values().map(|(times, _)| times).sum::<usize>() == 11;
    assert!(eventually(SOON, all), "{:?}\n{}", fails.got.lock().unwrap(), server.log());
    assert_eq!(fails.got.lock().unwrap().len(), 10);
    server.terminate();
    assert!(server.wait().success(), "a receiver that hangs does not hold up the stop");
    drop(silent);
}

#[test]
fn every_event_arrives_from_several_nodes_and_hardly_ever_twice() {
    let Some(database) = shared::server().map(|server| server.database()) else { return };
    let receiver = Receiver::start();
    let (folder, first) = Server::on(&database.url(), &[ALLOWED]);
    create(folder.path(), &receiver, "account.created");
    let (_other, second) = Server::on(&database.url(), &[ALLOWED]);
    let api = first.api(folder.path());
    for n in 0..30 {
        let api = Api { address: if n % 2 == 0 { first.address } else { second.address }, ..api.clone() };
        put_account(&api, &format!("a-{n}"));
    }
    assert!(eventually(SOON, || receiver.got.lock().unwrap().len() == 30), "{}", first.log());
    let all = |state: &str| {
        let id = json_of(folder.path(), &["webhook", "list", "--json"])["items"][0]["id"].clone();
        let path = format!("/webhooks/{}/deliveries?state={state}&limit=200", id.as_str().unwrap());
        let key = done(folder.path(), &["key", "create", "--name", "hooks", "--scopes", "admin"]);
        let api = Api { address: first.address, key: key.trim().to_owned() };
        api.call("GET", &path, None).unwrap().json["items"].as_array().unwrap().len()
    };
    assert!(eventually(SOON, || all("delivered") == 30), "{}", first.log());
    assert_eq!(all("pending"), 0);
    assert!(receiver.got.lock().unwrap().values().all(|(times, _)| *times == 1), "no node was killed");
}

#[test]
fn by_https_only_a_certificate_that_the_system_trusts_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let trusted = at.join("trusted.pem");
    std::fs::write(&trusted, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let receiver = Receiver::started(Some(Arc::new(config)));
    create(at, &receiver, "webhook.created");

    let server = Server::start(at, &[ALLOWED]);
    let id = json_of(at, &["webhook", "list", "--json"])["items"][0]["id"].as_str().unwrap().to_owned();
    let key = done(at, &["key", "create", "--name", "hooks", "--scopes", "admin"]);
    let api = Api { address: server.address, key: key.trim().to_owned() };
    let error = || {
        let path = format!("/webhooks/{id}/deliveries?state=pending");
        let pending = api.call("GET", &path, None).unwrap().json;
        pending["items"][0]["last_error"].as_str().unwrap_or_default().to_owned()
    };
    assert!(eventually(SOON, || !error().is_empty()), "{}", server.log());
    assert!(error().contains("certificate"), "{}", error());
    assert_eq!(receiver.types(), [""; 0]);
    server.terminate();
    server.wait();

    let trusted = ("SSL_CERT_FILE", trusted.to_str().unwrap());
    let server = Server::start(at, &[ALLOWED, trusted]);
    assert!(eventually(SOON, || receiver.types() == ["webhook.created"]), "{}", server.log());
}

#[test]
fn webhooks_are_kept_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let refused = run(at, &["webhook", "create", "--url", "https://127.0.0.1/"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(errors(&refused).contains("not an address of the internet"), "{}", errors(&refused));
    let secret = done(at, &["webhook", "create", "--url", "https://hooks.example/a"]);
    let list = json_of(at, &["webhook", "list", "--json"]);
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(!list.to_string().contains("whsec_"));
    let table = done(at, &["webhook", "list"]);
    assert!(table.contains("https://hooks.example/a") && table.starts_with("ID "), "{table}");
    let rotated = done(at, &["webhook", "rotate", &id]);
    assert!(rotated.starts_with("whsec_") && rotated != secret);
    assert_eq!(json_of(at, &["webhook", "failed", &id, "--json"]), json!({ "items": [] }));
    let retry = run(at, &["webhook", "retry", &id, "7"]);
    assert!(errors(&retry).contains("no delivery of an event with this id"), "{}", errors(&retry));
    assert_eq!(run(at, &["webhook", "retry", &id, "x"]).status.code(), Some(2));
    assert_eq!(done(at, &["webhook", "remove", &id]), format!("removed {id}\n"));
    assert_eq!(json_of(at, &["webhook", "list", "--json"]), json!({ "items": [] }));
}
