//! Mail on its way through a real mail server, while that and ours come, go and are killed.

#![expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]

use crate::cluster::free_port;
use crate::http::Api;
use crate::server::{Running, SOON, Server, command, done, errors, eventually, run};
use innkeeper::domain::mail::MailKind;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Where `.ci/run setup` puts the mail server of the tests.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers/bin/python");
    if !python.exists() {
        let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
        assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and there is no mail server here");
        eprintln!("SKIPPED: there is no mail server here (.ci/run setup), so no mail is sent");
        return None;
    }
    Some(python)
}

/// A mail server. Dropped, it is gone; its mails stay in its folder.
struct MailServer {
    _process: Running,
    port: u16,
    folder: TempDir,
}

impl MailServer {
    fn start(python: &Path, port: u16, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/process/mail_server.py"));
        command.args(["--port", &port.to_string(), "--folder"]).arg(folder.path()).args(arguments);
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut process = Running(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(process.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { _process: process, port: line.trim().parse().expect("it says its port"), folder }
    }

    fn got(&self) -> Vec<Value> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
        let whole = files.filter(|path| path.extension().is_some_and(|is| is == "json"));
        whole.map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
    }
}

/// A certificate for `localhost`, as what a server shows and what a client trusts: its paths, and that of the key.
struct Certificate {
    folder: TempDir,
}

impl Certificate {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// Somebody with an address in an account.
fn put_user(api: &Api, user: &str) {
    let account = json!({ "name": "Reef Tours", "plan": "team", "time_zone": "Australia/Brisbane" });
    api.call("PUT", "/accounts/reef", Some(&account)).unwrap();
    let email = format!("{user}@reef.example");
    let fields = json!({ "account_id": "reef", "role": "owner", "email": email, "name": "Kai \"Bcc: <x@y>\" Ono" });
    let put = api.call("PUT", &format!("/users/{user}"), Some(&fields)).unwrap();
    assert_eq!(put.status, 201, "{}", put.text);
}

/// Sets somebody's password, of which they are mailed.
fn set_password(api: &Api, user: &str) {
    let fields = json!({ "password": "a lantern in the window" });
    let set = api.call("PATCH", &format!("/users/{user}"), Some(&fields)).unwrap();
    assert_eq!(set.status, 200, "{}", set.text);
}

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let headers = mail["headers"].as_array().unwrap();
    let found: Vec<_> = headers.iter().filter(|header| header[0] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {headers:?}");
    found[0][1].as_str().unwrap()
}

const FROM: (&str, &str) = ("INNKEEPER_MAIL__FROM", "The desk <desk@reef.example>");

#[test]
fn a_mail_arrives_whole_by_tls_and_with_the_right_password() {
    let Some(python) = python() else { return };
    let certificate = Certificate::make();
    let (shown, key) = (certificate.path("certificate.pem"), certificate.path("key.pem"));
    let login = ["--certificate", &shown, "--key", &key, "--user", "desk@reef", "--password", "p:w d"];
    for (scheme, further) in [("smtp", &[][..]), ("smtps", &["--tls-from-the-start"])] {
        let mail = MailServer::start(&python, 0, &[&login[..], further].concat());
        let folder = tempfile::tempdir().unwrap();
        let address = format!("{scheme}://desk%40reef:p%3Aw%20d@localhost:{}", mail.port);
        let settings = [
            FROM,
            ("INNKEEPER_MAIL__SERVER", &address),
            ("INNKEEPER_MAIL__TLS", "required"),
            ("INNKEEPER_SUPPORT__CONTACT", "help@reef.example"),
            ("INNKEEPER_PUBLIC_URL", "https://app.reef.example"),
            ("SSL_CERT_FILE", &shown),
        ];
        let doctor = command(folder.path(), &["doctor", "mail"]).envs(settings).output().unwrap();
        assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
        let test = command(folder.path(), &["mail", "test", "ana@reef.example"]).envs(settings).output().unwrap();
        assert!(test.status.success(), "{}", errors(&test));
        let tried = mail.got().remove(0);
        assert_eq!((header(&tried, "Subject"), header(&tried, "To")), ("Mail arrives", "ana@reef.example"));
        let server = Server::start(folder.path(), &settings);
        let api = server.api(folder.path());
        put_user(&api, "kai");
        set_password(&api, "kai");
        assert!(eventually(SOON, || mail.got().len() == 2), "{}", server.log());
        let got = mail.got().into_iter().find(|mail| mail["to"] == json!(["kai@reef.example"])).unwrap();
        assert_eq!((&got["from"], &got["to"]), (&json!("desk@reef.example"), &json!(["kai@reef.example"])));
        assert_eq!((&got["tls"], &got["user"]), (&json!(true), &json!("desk@reef")));
        assert_eq!(header(&got, "Subject"), "Your password was changed");
        assert_eq!(header(&got, "From"), "The desk <desk@reef.example>");
        assert_eq!(header(&got, "To"), "kai@reef.example");
        assert_eq!(header(&got, "Auto-Submitted"), "auto-generated");
        assert!(header(&got, "Message-ID").ends_with("@app.reef.example>"));
        assert_eq!(got["headers"].as_array().unwrap().len(), 8, "{}", got["headers"]);
        for text in [&got["text"], &got["html"]].map(|text| text.as_str().unwrap()) {
            for said in ["The password of your login was changed.", "AEST (Brisbane)", "help@reef.example"] {
                assert!(text.contains(said), "{said}\n{text}");
            }
            assert!(text.contains("https://app.reef.example/account/sessions"), "{text}");
        }
        assert!(got["text"].as_str().unwrap().contains("Hello \u{2068}Kai \"Bcc: <x@y>\" Ono\u{2069},"));
        server.terminate();
        assert!(server.wait().success());
    }
}

#[test]
fn nothing_is_sent_without_tls_or_to_a_certificate_that_nobody_trusts() {
    let Some(python) = python() else { return };
    let certificate = Certificate::make();
    let (shown, key) = (certificate.path("certificate.pem"), certificate.path("key.pem"));
    for (arguments, why) in [(&[][..], "STARTTLS"), (&["--certificate", &shown, "--key", &key], "certificate")] {
        let mail = MailServer::start(&python, 0, arguments);
        let folder = tempfile::tempdir().unwrap();
        let address = format!("smtp://localhost:{}", mail.port);
        let settings = [FROM, ("INNKEEPER_MAIL__SERVER", &address), ("INNKEEPER_MAIL__TLS", "required")];
        let server = Server::start(folder.path(), &settings);
        let api = server.api(folder.path());
        put_user(&api, "kai");
        set_password(&api, "kai");
        assert!(eventually(SOON, || server.log().contains("mails cannot be sent")), "{}", server.log());
        assert!(server.log().contains(why) && !server.log().contains("kai@"), "{why}: {}", server.log());
        assert_eq!(mail.got(), [Value::Null; 0]);
        let doctor = command(folder.path(), &["doctor", "mail"]).envs(settings).output().unwrap();
        let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert_eq!(doctor.status.code(), Some(1), "{said}");
        assert!(said.contains("No mail can be sent") && said.contains("must be encrypted"), "{said}");
    }
}

#[test]
fn what_was_committed_is_mailed_whatever_is_killed_in_between() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mail = MailServer::start(&python, 0, &[]);
    let address = format!("smtp://127.0.0.1:{}", mail.port);
    let settings = [FROM, ("INNKEEPER_MAIL__SERVER", address.as_str())];
    let mut server = Server::start(at, &settings);
    let mut api = server.api(at);
    for n in 0..4 {
        let user = format!("u{n}");
        put_user(&api, &user);
        set_password(&api, &user);
        // At any moment of making a mail, sending it, and writing that it was sent.
        std::thread::sleep(std::time::Duration::from_millis(400 * n));
        server.kill();
        server = Server::start(at, &settings);
        api.address = server.address;
    }
    // What was being sent at a kill is sent again two minutes later; everything else within seconds.
    let all = || {
        let got = mail.got();
        (0..4).all(|n| got.iter().any(|mail| mail["to"] == json!([format!("u{n}@reef.example")])))
    };
    assert!(eventually(SOON * 6, all), "{:?}\n{}", mail.got(), server.log());
    server.terminate();
    assert!(server.wait().success());
}

#[test]
fn mails_are_looked_at_without_a_server_and_doctor_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let all = done(at, &["mail", "preview"]);
    let of: Vec<_> = all.lines().filter_map(|line| line.strip_prefix("# ")?.split(':').next()).collect();
    assert_eq!(of, MailKind::ALL.map(MailKind::as_str), "{all}");
    let one = done(at, &["mail", "preview", "session_ended", "--language", "de"]);
    assert!(one.starts_with("# session_ended: Ihre Sitzung wurde beendet\n"), "{one}");
    let json: Value = serde_json::from_str(&done(at, &["mail", "preview", "invitation", "--json"])).unwrap();
    assert!(json["items"][0]["html"].as_str().unwrap().contains("<!doctype html>"));
    done(at, &["mail", "preview", "--to", "."]);
    assert!(at.join("new_sign_in.html").exists() && at.join("new_sign_in.txt").exists());
    for wrong in [&["mail", "preview", "advertisement"][..], &["mail", "preview", "--language", "tlh"]] {
        assert_eq!(run(at, wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert!(!at.join("innkeeper.db").exists(), "no store is needed");

    assert!(done(at, &["doctor", "mail"]).contains("mail: not sent, since mail.server is not set"));
    let nobody = format!("smtp://127.0.0.1:{}", free_port());
    let settings = [FROM, ("INNKEEPER_MAIL__SERVER", &nobody)];
    let doctor = command(at, &["doctor", "mail"]).envs(settings).output().unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert_eq!(doctor.status.code(), Some(1), "{said}{}", errors(&doctor));
    assert!(said.contains("Connection refused") && said.contains("the port in mail.server"), "{said}");
    let test = |address: &str| command(at, &["mail", "test", address]).envs(settings).output().unwrap();
    assert!(errors(&test("ana@reef.example")).contains("Connection refused"));
    let nobody = test("ana");
    assert!(nobody.status.code() == Some(1) && errors(&nobody).contains("Look at the address"), "{}", errors(&nobody));
    assert_eq!(run(at, &["mail", "test", "ana@reef.example"]).status.code(), Some(2), "no mail is configured");
}
