//! `innkeeper doctor proxy URL`, in front of the examples as they are shipped, and of the same with one line broken.

#![expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]

use crate::proxies::{Authority, front};
use crate::proxy::{Breaks, Kind, Places, Proxy};
use crate::server::{SOON, command, errors, eventually, run};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;

/// What `doctor proxy URL` says of an example, broken so, in whose application's place it is.
fn doctor_of(kind: Kind, breaks: Breaks<'_>) -> Option<(String, Option<i32>)> {
    let app = front();
    doctor_at(app, kind, (breaks, app))
}

/// The same where the proxy passes requests to another place.
fn doctor_at(listen: SocketAddr, kind: Kind, (breaks, app): (Breaks<'_>, SocketAddr)) -> Option<(String, Option<i32>)> {
    let (binary, front, listen) = (kind.binary()?, front(), listen.to_string());
    let url = format!("http://localhost:{}", front.port());
    let authority = Authority::start(&format!("{url}/auth"));
    let places = Places { host: "localhost", front, authority: authority.server.address, app };
    let _proxy = Proxy::start(kind, &binary, places, breaks);
    let page = format!("{url}/day?of=week&from=2026");
    let output = run(authority.folder.path(), &["doctor", "proxy", &page, "--listen", &listen, "--as", "kai"]);
    let ended = authority.api("GET", "/users/kai/sessions?state=live", None);
    assert_eq!(ended["items"], json!([]), "the session of the probes is ended");
    Some((format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output)), output.status.code()))
}

pub(crate) fn doctor_finds_nothing_wrong_with_the_example(kind: Kind) {
    let Some((said, code)) = doctor_of(kind, &[]) else { return };
    assert!(code == Some(0) && said.contains("No problem found."), "{kind:?}: {said}");
    assert!(said.contains("probes answered: 18") && !said.contains("HINT"), "{kind:?}: {said}");
}

#[test]
fn doctor_names_what_is_wrong_with_a_proxy_and_the_line_that_mends_it() {
    const NGINX: &str = "nginx/innkeeper.conf";
    const CADDY: &str = "caddy/Caddyfile";
    const TRAEFIK: &str = "traefik/traefik.yml";
    const RULES: &str = "traefik/dynamic.yml";
    let breaks: [(Kind, Breaks<'_>, &str); 12] = [
        (
            Kind::Nginx,
            &[(NGINX, "auth_request /innkeeper-check;", "")],
            "gets in: the proxy does not ask Innkeeper about \
         this page. nginx: auth_request /innkeeper-check;",
        ),
        (
            Kind::Nginx,
            &[(NGINX, "proxy_set_header Remote-Name $name;", "")],
            "sends as Remote-Name reaches the application. \
         nginx: auth_request_set $name $upstream_http_remote_name; proxy_set_header Remote-Name $name;",
        ),
        (
            Kind::Nginx,
            &[(NGINX, "underscores_in_headers off", "underscores_in_headers on")],
            "nginx: underscores_in_headers off;",
        ),
        (
            Kind::Nginx,
            &[(NGINX, "proxy_set_header X-Forwarded-Uri $request_uri;", "")],
            "passed on to Innkeeper. nginx: \
         proxy_set_header for each X-Forwarded-",
        ),
        (
            Kind::Nginx,
            &[(NGINX, "/auth/forward-auth;", "/auth/elsewhere;")],
            "is answered 500: the proxy does not reach",
        ),
        (
            Kind::Caddy,
            &[(CADDY, "header_up Remote-User {http.request.header.Remote-User}", "")],
            "have Remote-User taken away \
         on the way, by naming it in Connection. Caddy: header_up Remote-User {http.request.header.Remote-User}",
        ),
        (Kind::CaddyOfDebian, &[(CADDY, "request_header -Remote_*", "")], "Caddy: request_header -Remote_*"),
        (Kind::Caddy, &[(CADDY, "?mode=redirect", "?")], "HINT: A browser of whoever is not signed in shows an error"),
        (
            Kind::Traefik,
            &[(TRAEFIK, "underscoreHeadersStrategy: delete", "underscoreHeadersStrategy: keep")],
            "Traefik: \
         underscoreHeadersStrategy: delete",
        ),
        (
            Kind::Nginx,
            &[(NGINX, "Upgrade $upgrade_to_app;", "Upgrade $http_upgrade;")],
            "nginx: map $http_upgrade $upgrade_to_app",
        ),
        (
            Kind::Caddy,
            &[(CADDY, "request_header @other_upgrade -Upgrade", "")],
            "request_header @other_upgrade -Upgrade",
        ),
        (Kind::Traefik, &[(RULES, "          - Remote-Groups\n", "")], "Remote-Groups does not reach the application"),
    ];
    for (kind, breaks, says) in breaks {
        let Some((said, code)) = doctor_of(kind, breaks) else { continue };
        assert!(said.contains(says), "{kind:?}: {breaks:?}: {said}");
        assert_eq!(code, Some(i32::from(!says.starts_with("HINT"))), "{kind:?}: {breaks:?}: {said}");
    }
}

#[test]
fn doctor_asks_a_page_only_where_it_is_given_one() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [
        &["doctor", "db", "http://127.0.0.1/"][..],
        &["doctor", "proxy", "ftp://127.0.0.1/"],
        &["doctor", "proxy", "http://kai@127.0.0.1/"],
        &["doctor", "proxy", "--listen", "127.0.0.1:0"],
        &["doctor", "proxy", "http://127.0.0.1/", "--as", "kai"],
    ] {
        assert_eq!(run(folder.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
    let nobody = format!("http://{}/", front());
    let elsewhere = ["doctor", "proxy", "http://elsewhere.example/", "--listen", "127.0.0.1:0", "--as", "kai"];
    let output = run(folder.path(), &elsewhere);
    assert!(output.status.code() == Some(2) && errors(&output).contains("next_hosts"), "{}", errors(&output));
    let output = run(folder.path(), &["doctor", "proxy", &nobody]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("There is no answer from"), "{said}{}", errors(&output));
}

#[test]
fn doctor_that_is_told_to_stop_ends_the_session_of_its_probes() {
    // Takes connections, and answers nobody.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let authority = Authority::start(&format!("{url}auth"));
    for signal in [Signal::INT, Signal::TERM] {
        let mut doctor =
            command(authority.folder.path(), &["doctor", "proxy", &url, "--listen", "127.0.0.1:0", "--as", "kai"]);
        let doctor = doctor.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Its first probe is sent once the session is there.
        let mut waits = None;
        let came = eventually(SOON, || {
            waits = waits.take().or_else(|| silent.accept().ok());
            waits.is_some()
        });
        assert!(came, "no probe came");
        let pid = Pid::from_child(&doctor);
        let live = || authority.api("GET", "/users/kai/sessions?state=live", None)["items"].as_array().unwrap().len();
        assert_eq!(live(), 1);
        kill_process(pid, signal).unwrap();
        let output = doctor.wait_with_output().unwrap();
        assert!(errors(&output).contains("broken off; the session of the probes is ended"), "{}", errors(&output));
        assert_eq!((output.status.code(), live()), (Some(1), 0));
    }
}

#[test]
fn doctor_says_so_where_nothing_comes_to_the_place_that_it_took() {
    let Some((said, code)) = doctor_at(front(), Kind::Nginx, (&[], front())) else { return };
    let says = "in the name of kai, and the answer was 502: look whether that is where the proxy passes requests";
    assert!(code == Some(1) && said.contains(says) && !said.contains("does not get in"), "{said}");
}

/// A proxy that sends everybody to this sign-in page, changes to HTTP/2 for whoever wishes it, and gives its address.
fn stand_in(sign_in: &'static str) -> String {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", proxy.local_addr().unwrap());
    let sign_in = sign_in.replace("{}", &url);
    // The thread ends with this process.
    std::thread::spawn(move || {
        for mut stream in proxy.incoming().flatten() {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            let answer = if String::from_utf8_lossy(&head).contains("h2c") {
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".to_owned()
            } else {
                format!("HTTP/1.1 302 Found\r\nLocation: {sign_in}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            };
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

/// What doctor says of a page where this is configured, and its exit code.
fn doctor_where(configured: &str, url: &str) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("innkeeper.toml"), configured).unwrap();
    let output = run(folder.path(), &["doctor", "proxy", url]);
    (format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output)), output.status.code())
}

#[test]
fn doctor_hears_a_change_to_http2_without_taking_the_applications_place() {
    let url = stand_in("{}auth/sign-in?next={}");
    let (said, code) = doctor_where(&format!("public_url = \"{url}auth\"\n"), &url);
    assert!(said.contains("PROBLEM: A client may change to HTTP/2 in clear (Upgrade: h2c)"), "{said}");
    assert_eq!((said.matches("PROBLEM").count(), code), (1, Some(1)), "{said}");
}

#[test]
fn doctor_says_so_where_people_come_by_another_address_than_public_url() {
    let url = stand_in("http://127.0.0.1:1/auth/sign-in");
    for (public_url, next_hosts, says) in [
        ("http://127.0.0.1:1/auth", "", format!("public_url = \"{url}auth\"")),
        // What would have passed: they come back, and do not get there.
        ("http://127.0.0.1:1/auth", url.as_str(), format!("public_url = \"{url}auth\"")),
        ("https://127.0.0.1:1/auth", url.as_str(), format!("public_url = \"{url}auth\"")),
        ("https://app.example/auth", url.as_str(), "comes over http and public_url over https".into()),
    ] {
        let host = next_hosts.trim_start_matches("http://").trim_end_matches('/');
        let hosts = if host.is_empty() { String::new() } else { format!("next_hosts = [\"{host}\"]\n") };
        let (said, code) = doctor_where(&format!("public_url = \"{public_url}\"\n{hosts}"), &url);
        assert!(code == Some(1) && said.contains(&says) && !said.contains("next_hosts ="), "{public_url}: {said}");
    }
}
