//! Nodes whose clocks are wrong by hours: the database's clock decides, and nobody notices but `doctor`.

use crate::http::Api;
use crate::server::{Server, command, folder_for, people};
use crate::shared;
use serde_json::{Value, json};

/// Debian's package `faketime`; on other systems its place differs, and the test says so.
const FAKER: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

const WHAT_FAKES: [(&str, &str); 2] = [("LD_PRELOAD", FAKER), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];

fn is_available() -> bool {
    let is_there = std::path::Path::new(FAKER).exists();
    if !is_there {
        let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
        assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and there is no {FAKER}");
        eprintln!("SKIPPED: there is no {FAKER} (Debian: faketime), so no wrong clock is tried");
    }
    is_there
}

fn check(api: &Api, token: &str) -> Value {
    let answer = api.call("POST", "/sessions/check", Some(&json!({ "token": token }))).expect("the server answers");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

#[test]
fn a_node_whose_clock_is_wrong_by_hours_starts_checks_and_ends_like_every_other() {
    let Some(database) = shared::server().map(|server| server.database()) else { return };
    if !is_available() {
        return;
    }
    let at = |offset: &'static str| [WHAT_FAKES[0], WHAT_FAKES[1], ("FAKETIME", offset)];
    let (folder, right) = Server::on(&database.url(), &[]);
    let (_late_folder, late) = Server::on(&database.url(), &at("-5h"));
    let (_early_folder, early) = Server::on(&database.url(), &at("+5h"));
    let api = right.api(folder.path());
    people(&api, 3);
    let apis = [&right, &late, &early].map(|server| Api { address: server.address, ..api.clone() });
    for (n, api) in apis.iter().enumerate() {
        let body = json!({ "user_id": format!("u{n}"), "client": {} });
        let started = api.call("POST", "/sessions", Some(&body)).expect("it answers");
        assert_eq!(started.status, 201, "{}", started.text);
        let token = started.json["token"].as_str().expect("there is a token");
        for api in &apis {
            let seen = check(api, token);
            let left = seen["remaining_ms"].as_u64().unwrap_or_default();
            assert!(seen["live"] == true && (19 * 60_000..=20 * 60_000).contains(&left), "{seen}");
        }
        let again = apis[(n + 1) % 3].call("POST", "/sessions", Some(&body)).expect("it answers");
        assert_eq!(again.status, 409, "{}", again.text);
    }
    // What was stored is in the database's time, whoever stored it.
    let spread =
        "SELECT max(at) - min(at) < 60000 AND abs(max(at) - extract(epoch FROM now()) * 1000) < 60000 FROM events";
    assert_eq!(shared::server().expect("it was there").answer(&database, spread), "t");
    let ended = apis[2].call("DELETE", "/accounts/reef/sessions", None).expect("it answers");
    assert_eq!(ended.json["ended"], 3, "{}", ended.text);
}

#[test]
fn doctor_says_by_how_much_this_nodes_clock_is_wrong() {
    let Some(database) = shared::server().map(|server| server.database()) else { return };
    if !is_available() {
        return;
    }
    let folder = folder_for(&database.url());
    let output = command(folder.path(), &["doctor", "db"]).envs(WHAT_FAKES).env("FAKETIME", "-2h").output();
    let output = output.expect("the binary can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("PROBLEM: The clock of this node is 7") && said.contains(" s behind the database's"),
        "{said}"
    );
}
