//! Commands as scripts and people use them, alone and beside a running server.

use crate::server::{Server, done, errors, people, run, run_with};
use innkeeper::store::sqlite::StoreLock;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::tempdir;

fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(folder, arguments)).expect("--json prints JSON")
}

#[test]
fn key_create_prints_the_key_and_nothing_else_with_a_server_and_without() {
    let folder = tempdir().unwrap();
    let create = ["key", "create", "--name", "shop", "--scopes", "sessions,directory"];
    let alone = run(folder.path(), &create);
    assert!(errors(&alone).contains("there was no store at"), "{}", errors(&alone));
    let server = Server::start(folder.path(), &[]);
    let beside = run(folder.path(), &create);
    assert_eq!(errors(&beside), "");
    for output in [&alone, &beside] {
        assert!(output.status.success(), "{}", errors(output));
        let key = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(key.starts_with("ik_") && key.len() == 47 && key.ends_with('\n'), "{key:?}");
        let api = crate::http::Api { address: server.address, key: key.trim().into() };
        assert_eq!(api.call("GET", "/accounts", None).unwrap().status, 200);
    }
    let keys = json_of(folder.path(), &["key", "list", "--json"]);
    assert_eq!(keys["items"].as_array().unwrap().len(), 2, "{keys}");
    assert!(!keys.to_string().contains("ik_"), "a list shows no secret");
}

#[test]
fn a_revoked_key_opens_nothing_from_the_answer_on() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let created = json_of(folder.path(), &["key", "create", "--name", "a", "--scopes", "directory", "--json"]);
    let api = crate::http::Api { address: server.address, key: created["key"].as_str().unwrap().into() };
    assert_eq!(api.call("GET", "/accounts", None).unwrap().status, 200);
    done(folder.path(), &["key", "revoke", created["id"].as_str().unwrap()]);
    assert_eq!(api.call("GET", "/accounts", None).unwrap().status, 401);
}

#[test]
fn a_second_server_on_the_same_file_is_refused_with_the_number_of_the_first() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    for arguments in [&["serve"][..], &["migrate"]] {
        let output = run(folder.path(), arguments);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("is in use by process") && said.contains(&server.pid().to_string()), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert!(server.is_ready());
}

#[test]
fn the_directory_and_its_sessions_are_kept_from_the_command_line() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    done(at, &["account", "put", "reef", "--name", "Reef Rafting", "--plan", "team", "--time-zone", "Australia/Perth"]);
    let with_password = ["user", "put", "ann", "--account", "reef", "--role", "owner", "--email", "ann@reef.example"];
    let put = run_with(at, &[&with_password[..], &["--password-stdin"]].concat(), "kelp forest 9 o'clock\n");
    assert!(put.status.success(), "{}", errors(&put));
    assert!(!String::from_utf8_lossy(&put.stdout).contains("kelp"));
    done(at, &["user", "put", "bob", "--account", "reef", "--role", "staff"]);
    let table = done(at, &["account", "list"]);
    assert!(table.starts_with("ID    NAME") && table.contains("Australia/Perth"), "{table}");
    let users = json_of(at, &["user", "list", "--account", "reef", "--json"]);
    let ids: Vec<_> = users["items"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["ann", "bob"]);

    let server = Server::start(at, &[]);
    let api = server.api(at);
    let started = api.call("POST", "/sessions", Some(&json!({ "user_id": "bob", "client": {} }))).unwrap();
    assert_eq!(started.status, 201, "{}", started.text);
    let id = started.json["session"]["id"].as_str().unwrap();
    assert_eq!(json_of(at, &["session", "show", id, "--json"])["user_id"], "bob");
    assert!(done(at, &["session", "list", "--account", "reef"]).contains(id));
    assert_eq!(done(at, &["session", "end", "--user", "bob"]), "ended 1 session\n");
    assert_eq!(done(at, &["session", "end", id]), format!("ended {id}\n"));
    assert!(!done(at, &["session", "list", "--user", "bob"]).contains(id));
    assert!(done(at, &["session", "list", "--user", "bob", "--state", "ended"]).contains(id));
    assert!(done(at, &["user", "suspend", "bob"]).contains("suspended"));
    assert!(done(at, &["user", "reinstate", "bob"]).contains("active"));
    assert_eq!(done(at, &["user", "remove", "bob"]), "removed bob\n");
}

#[test]
fn support_is_created_with_a_password_from_standard_input_listed_and_removed() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let create = ["user", "create", "--system", "support", "--email", "sam@help.example", "--id", "sam"];
    let none = run_with(at, &create, "");
    assert_eq!(none.status.code(), Some(2), "{}", errors(&none));
    let short = run_with(at, &create, "short\n");
    assert_eq!(short.status.code(), Some(1), "{}", errors(&short));
    let _server = Server::start(at, &[]);
    let created = run_with(at, &create, "kelp forest 9 o'clock\n");
    assert!(created.status.success(), "{}", errors(&created));
    let said = String::from_utf8_lossy(&created.stdout);
    assert!(said.contains("support") && said.contains("sam@help.example") && !said.contains("kelp"), "{said}");
    assert!(done(at, &["user", "list", "--system"]).contains("sam@help.example"));
    for nobody in [&["user", "show", "sam"][..], &["user", "remove", "sam"], &["user", "suspend", "sam"]] {
        assert_eq!(run(at, nobody).status.code(), Some(1), "{nobody:?}");
    }
    assert_eq!(done(at, &["user", "remove", "sam", "--system"]), "removed sam\n");
    assert!(!done(at, &["user", "list", "--system"]).contains("sam@"));
}

#[test]
fn a_refusal_is_a_sentence_on_standard_error_and_exit_code_1() {
    let folder = tempdir().unwrap();
    for arguments in [
        &["account", "show", "nobody"][..],
        &["user", "put", "ann", "--account", "nobody", "--role", "owner"],
        &["account", "put", "reef", "--name", "Reef", "--plan", "gold"],
        &["session", "end", "s_nothing"],
        &["key", "revoke", "k_nothing"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {}", errors(&output));
        assert!(output.stdout.is_empty() && errors(&output).starts_with("innkeeper: "), "{}", errors(&output));
        assert!(!errors(&output).contains("the server answered"), "a problem has its own words: {}", errors(&output));
    }
}

#[test]
fn a_command_gives_up_on_a_holder_that_takes_none_and_names_it() {
    let folder = tempdir().unwrap();
    let _held = StoreLock::take(&folder.path().join("innkeeper.db")).unwrap();
    let output = run(folder.path(), &["key", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains(&format!("held by process {}", std::process::id())), "{}", errors(&output));
}

#[test]
fn a_wrong_command_line_or_configuration_is_exit_code_2() {
    let folder = tempdir().unwrap();
    for arguments in [
        &["user", "put", "a/b", "--account", "reef"][..],
        &["session", "end"],
        &["key", "create", "--name", "x", "--scopes", "everything"],
        &["serve", "--config", "missing.toml"],
        &["nonsense"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", errors(&output));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
    std::fs::write(folder.path().join("innkeeper.toml"), "[policy]\nidle_timeout = 20\n").unwrap();
    let output = run(folder.path(), &["check-config"]);
    assert_eq!(output.status.code(), Some(2));
    let said = errors(&output);
    assert!(said.contains("innkeeper.toml:2:16") && said.contains("policy.idle_timeout"), "{said}");
    let output = run(folder.path(), &["check-config", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let problems: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problems["problems"][0]["key"], "policy.idle_timeout");
    std::fs::write(folder.path().join("innkeeper.toml"), "store = \"postgres://u:hunter2@/d\"\n").unwrap();
    for arguments in [&["serve"][..], &["check-config"], &["migrate"], &["key", "list"]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            errors(&output).contains("names no server") && !errors(&output).contains("hunter2"),
            "{}",
            errors(&output)
        );
    }
}

#[test]
fn the_effective_configuration_can_be_read_again() {
    let folder = tempdir().unwrap();
    let text = done(folder.path(), &["check-config"]);
    std::fs::write(folder.path().join("innkeeper.toml"), &text).unwrap();
    assert_eq!(done(folder.path(), &["check-config"]), text);
    assert_eq!(json_of(folder.path(), &["check-config", "--json"])["listen"], "127.0.0.1:8080");
}

#[test]
fn a_copy_made_beside_a_running_server_is_whole() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    people(&server.api(folder.path()), 3);
    done(folder.path(), &["backup", "copy.db"]);
    let again = run(folder.path(), &["backup", "copy.db"]);
    assert_eq!(again.status.code(), Some(1), "a copy overwrites nothing");
    let other = tempdir().unwrap();
    std::fs::rename(folder.path().join("copy.db"), other.path().join("innkeeper.db")).unwrap();
    let users = json_of(other.path(), &["user", "list", "--account", "reef", "--json"]);
    assert_eq!(users["items"].as_array().unwrap().len(), 3);
}

#[test]
fn doctor_finds_a_new_store_in_order_and_openapi_is_json() {
    let folder = tempdir().unwrap();
    done(folder.path(), &["migrate"]);
    assert!(done(folder.path(), &["doctor", "db"]).contains("No problem found."));
    let health = json_of(folder.path(), &["doctor", "db", "--json"]);
    assert!(health["engine"].as_str().unwrap().starts_with("SQLite 3."), "{health}");
    let document: Value = serde_json::from_str(&done(folder.path(), &["openapi"])).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

/// What `doctor` says of a server whose people come from these addresses, each person from theirs, and its exit code.
fn doctor_of(settings: &[(&str, &str)], addresses: &[&str], arguments: &[&str]) -> (String, Option<i32>) {
    let folder = tempdir().expect("a folder can be made");
    let server = Server::start(folder.path(), settings);
    let api = server.api(folder.path());
    people(&api, addresses.len());
    for (n, address) in addresses.iter().enumerate() {
        let asked = json!({ "user_id": format!("u{n}"), "client": { "ip": address } });
        let started = api.call("POST", "/sessions", Some(&asked)).expect("the server answers");
        assert_eq!(started.status, 201, "{}", started.text);
    }
    let output = run(folder.path(), arguments);
    assert!(output.stderr.is_empty(), "{}", errors(&output));
    (String::from_utf8(output.stdout).expect("answers are UTF-8"), output.status.code())
}

#[test]
fn doctor_says_so_where_everybody_comes_from_the_proxy() {
    let local = ["127.0.0.1", "127.0.0.1", "127.0.0.1"];
    let (said, code) = doctor_of(&[], &local, &["doctor", "proxy"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("PROBLEM: All 3 sessions, of 3 users, come from 127.0.0.1"), "{said}");
    assert!(said.contains("trusted_proxies = [\"127.0.0.1\"]") && said.contains("their addresses: 1"), "{said}");

    let trusting = [("INNKEEPER_TRUSTED_PROXIES", "127.0.0.1")];
    let (said, code) = doctor_of(&trusting, &local, &["doctor", "proxy", "--json"]);
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, report["facts"][0]["value"].as_str()),
        (Some(1), Some("127.0.0.1/32")),
        "the server's own setting"
    );
    assert!(report["problems"][0].as_str().unwrap().contains("names 127.0.0.1 already"), "{report}");
}

#[test]
fn doctor_only_hints_at_a_public_address_that_everybody_shares() {
    let (said, code) = doctor_of(&[], &["203.0.113.7", "203.0.113.7"], &["doctor"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("HINT: All 2 sessions, of 2 users, come from 203.0.113.7") && said.contains("office"),
        "{said}"
    );
    assert!(said.starts_with("SQLite 3.") && said.ends_with("No problem found.\n"), "{said}");
    let (said, code) = doctor_of(&[], &["203.0.113.7", "203.0.113.8"], &["doctor"]);
    assert!(code == Some(0) && !said.contains("HINT"), "{said}");
}

#[test]
fn doctor_tells_the_type_age_and_credit_of_the_database_of_places() {
    let folder = tempdir().unwrap();
    done(folder.path(), &["migrate"]);
    assert!(done(folder.path(), &["doctor"]).contains("places: unknown, since geo.database is not set"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/places-flat.mmdb");
    let configure = |path: &str| {
        std::fs::write(folder.path().join("innkeeper.toml"), format!("geo.database = {path:?}\n")).unwrap();
    };
    configure(file);
    let said = done(folder.path(), &["doctor", "places"]);
    assert!(said.contains("places: IP2LITE-Innkeeper-Test, built on 2026-05-28,"), "{said}");
    assert!(said.contains("credit for places: This site or product includes IP2Location LITE data"), "{said}");
    let reports = json_of(folder.path(), &["doctor", "--json"]);
    assert_eq!(reports["places"]["built_at"], "2026-05-28T20:26:40.000Z", "{reports}");
    assert!(reports["places"]["age_days"].as_u64().is_some() && reports["places"]["hints"].is_array(), "{reports}");
    assert!(reports["db"]["engine"].as_str().is_some() && reports["proxy"]["facts"].is_array(), "{reports}");

    configure("missing.mmdb");
    let output = run(folder.path(), &["doctor", "places"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("PROBLEM: geo.database cannot be used") && said.contains("missing.mmdb"), "{said}");
}

#[test]
fn what_is_created_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let _server = Server::start(folder.path(), &[]);
    for name in ["innkeeper.db", "innkeeper.db-wal", "innkeeper.db.lock", "innkeeper.db.sock"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
