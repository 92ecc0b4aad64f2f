//! Starting and stopping, and what is served beside the pages.

use crate::http::{get, read_answer};
use crate::server::{Running, SOON, Server, command, eventually};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use tempfile::tempdir;

#[test]
fn a_request_under_way_is_answered_before_the_server_stops_with_code_0() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let api = server.api(folder.path());
    let body = r#"{"token":"nothing"}"#;
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let (first, rest) = body.split_at(5);
    let head = format!(
        "POST /api/v1/sessions/check HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{first}",
        api.key,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Another connection answers after this one has been read up to its pause.
    assert!(server.is_ready());
    server.terminate();
    assert!(eventually(SOON, || server.log().contains("told to stop")), "{}", server.log());
    assert!(eventually(SOON, || TcpStream::connect(server.address).is_err()), "nobody new is taken");
    stream.write_all(rest.as_bytes()).unwrap();
    let answer = read_answer(&mut stream).unwrap();
    assert_eq!((answer.status, &answer.json["live"]), (200, &false.into()), "{}", answer.text);
    assert_eq!(server.wait().code(), Some(0));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for gone in ["innkeeper.db.sock", "innkeeper.db-wal"] {
        assert!(!left.iter().any(|name| name == gone), "{left:?}");
    }
}

#[test]
fn metrics_and_detailed_readiness_are_served_on_their_own_listener_only() {
    let folder = tempdir().unwrap();
    // Free now; nobody else is told of it.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let metrics = SocketAddr::from(([127, 0, 0, 1], port));
    let settings =
        [("INNKEEPER_METRICS_LISTEN", metrics.to_string()), ("INNKEEPER_PUBLIC_URL", "http://h.example/a".into())];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Server::start(folder.path(), &settings);
    assert_eq!(get(server.address, "/a/forward-auth").unwrap().status, 401);
    assert_eq!(get(server.address, "/healthz").unwrap().status, 200);
    assert!(server.is_ready());
    assert_eq!(get(server.address, "/metrics").unwrap().status, 404);
    assert_eq!(get(server.address, "/readyz?verbose").unwrap().text, "ready\n");
    let counts = get(metrics, "/metrics").unwrap().text;
    for line in ["innkeeper_checks_total{outcome=\"unknown\"} 1", "innkeeper_store_up 1", "innkeeper_store_full 0"] {
        assert!(counts.lines().any(|known| known == line), "{line}\n{counts}");
    }
    assert!(counts.contains("innkeeper_connections_accepted_total"), "{counts}");
    assert_eq!(counts.matches("# EOF").count(), 1);
    assert!(get(metrics, "/readyz?verbose").unwrap().json["engine"].as_str().unwrap().starts_with("SQLite"));
}

#[test]
fn the_demo_says_how_to_sign_in_and_leaves_nothing_behind() {
    let (folder, temp) = (tempdir().unwrap(), tempdir().unwrap());
    let demo = |listen: &str| {
        let mut command = command(folder.path(), &["demo", "--listen", listen]);
        command.env("TMPDIR", temp.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = demo(&taken.local_addr().unwrap().to_string()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--listen"));
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);

    let mut child = Running(demo("127.0.0.1:0").spawn().unwrap());
    let mut said = BufReader::new(child.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address =
        said.find_map(|line| Some(line.strip_prefix("Sign in   http://")?.strip_suffix("/sign-in")?.to_owned()));
    let address: SocketAddr = address.unwrap().parse().unwrap();
    let base = format!("http://{address}");
    let pages: Vec<String> = said
        .by_ref()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| Some(line.split_once(&base)?.1.to_owned()))
        .collect();
    assert_eq!(pages.len(), 2, "{pages:?}");
    for page in &pages {
        let status = get(address, page).unwrap().status;
        assert!(status < 400, "{page}: {status}");
    }
    let key = said.find_map(|line| Some(line.strip_prefix("A service key for the API: ")?.to_owned())).unwrap();
    let api = crate::http::Api { address, key };
    let sessions = api.call("GET", "/accounts/lisboa-tram/sessions", None).unwrap();
    assert!(sessions.json["items"].as_array().unwrap().len() > 4, "{}", sessions.text);
    let of_ines = api.call("GET", "/users/ines/sessions?state=all", None).unwrap().text;
    for seen in
        ["Toronto", "Porto", "192.168.1.20", "tablet", "signed_out", "terminated_by_api", "replaced_same_browser"]
    {
        assert!(of_ines.contains(seen), "{seen}: {of_ines}");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child.0), rustix::process::Signal::INT).unwrap();
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0, "the store is thrown away");
}
