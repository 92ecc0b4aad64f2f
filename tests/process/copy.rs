//! Moving an installation from SQLite to PostgreSQL: everything arrives, sessions live on, and an interruption leaves
//! nothing.

use crate::http::Api;
use crate::server::{Server, command, done, errors, folder_for, people, run};
use crate::shared;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::tempdir;

fn arguments(url: &str) -> [String; 6] {
    ["store", "copy", "--from", "sqlite:innkeeper.db", "--to", url].map(str::to_owned)
}

fn copy(folder: &Path, url: &str) -> std::process::Output {
    let arguments = arguments(url);
    run(folder, &arguments.each_ref().map(String::as_str))
}

fn start(api: &Api, user: &str, device: &str) -> (u16, Value) {
    let body = json!({ "user_id": user, "client": { "device_id": device, "ip": "203.0.113.7" } });
    let answer = api.call("POST", "/sessions", Some(&body)).expect("it answers");
    (answer.status, answer.json)
}

fn check(api: &Api, token: &Value) -> Value {
    api.call("POST", "/sessions/check", Some(&json!({ "token": token }))).expect("it answers").json
}

#[test]
fn a_copy_brings_everything_and_sessions_live_on_with_their_tokens() {
    let Some(database) = shared::server().map(|server| server.database()) else { return };
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let api = server.api(folder.path());
    people(&api, 5);
    let put =
        json!({ "account_id": "reef", "role": "staff", "name": "Zoë 🐠 O'Hara", "password": "kelp forest 9 o'clock" });
    assert_eq!(api.call("PUT", "/users/zoe", Some(&put)).unwrap().status, 201);
    assert_eq!(api.call("DELETE", "/users/u4", None).unwrap().status, 204);
    let (_, live) = start(&api, "u0", "tablet");
    let (_, ended) = start(&api, "u1", "desk");
    let path = format!("/sessions/{}", ended["session"]["id"].as_str().unwrap());
    assert_eq!(api.call("DELETE", &path, None).unwrap().status, 204);
    assert_eq!(start(&api, "u0", "other").0, 409);
    done(folder.path(), &["webhook", "create", "--url", "https://hooks.example/a", "--types", "user.removed"]);
    let held = copy(folder.path(), &database.url());
    assert_eq!(held.status.code(), Some(1));
    assert!(errors(&held).contains("is in use by process"), "{}", errors(&held));
    server.terminate();
    server.wait();

    let copied = copy(folder.path(), &database.url());
    assert!(copied.status.success(), "{}", errors(&copied));
    let said = String::from_utf8(copied.stdout).unwrap();
    for (table, rows) in [
        ("accounts", "2"),
        ("users", "6"),
        ("sessions", "2"),
        ("session_activity", "1"),
        ("passwords", "1"),
        ("webhooks", "1"),
    ] {
        let line = said.lines().find(|line| line.split_whitespace().next() == Some(table));
        assert_eq!(line.and_then(|line| line.split_whitespace().nth(1)), Some(rows), "{table}: {said}");
    }
    let again = copy(folder.path(), &database.url());
    assert!(again.status.code() == Some(1) && errors(&again).contains("is in use"), "{}", errors(&again));

    let (_moved, server) = Server::on(&database.url(), &[]);
    let api = Api { address: server.address, ..api };
    let seen = check(&api, &live["token"]);
    assert!(seen["live"] == true && seen["session"]["user_id"] == "u0", "{seen}");
    assert_eq!(check(&api, &ended["token"])["reason"], "terminated_by_api");
    assert_eq!(start(&api, "u0", "other").0, 409, "who is in is in");
    let (status, same) = start(&api, "u0", "tablet");
    assert_eq!(status, 201, "the same device takes its own place: {same}");
    assert_eq!(check(&api, &live["token"])["reason"], "replaced_same_browser");
    let user = api.call("GET", "/users/zoe", None).unwrap().json;
    assert_eq!(user["name"], "Zoë 🐠 O'Hara");
    assert_eq!(api.call("GET", "/users/u4", None).unwrap().status, 404);
    // Numbers go on behind those that were copied.
    let account = json!({ "name": "Second", "plan": "team" });
    assert_eq!(api.call("PUT", "/accounts/second", Some(&account)).unwrap().status, 201);
    let owner = json!({ "account_id": "second", "role": "owner" });
    assert_eq!(api.call("PUT", "/users/olga", Some(&owner)).unwrap().status, 201);
    assert_eq!(start(&api, "olga", "x").0, 201);
}

#[test]
fn a_copy_that_is_killed_leaves_nothing_and_starts_anew() {
    let Some(database) = shared::server().map(|server| server.database()) else { return };
    let folder = tempdir().unwrap();
    done(folder.path(), &["account", "put", "reef", "--name", "Reef", "--plan", "business"]);
    // Enough rows that a copy takes its time: made by the database itself, since through the API that takes longer.
    let connection = rusqlite::Connection::open(folder.path().join("innkeeper.db")).unwrap();
    let many = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000) \
                INSERT INTO events (position, kind, at, account_no, actor_kind, data) \
                SELECT (SELECT value FROM counters WHERE name = 'events') + n, 'account.changed', 1, 1, 'operator', '{}' FROM n; \
                UPDATE counters SET value = value + 60000 WHERE name = 'events'";
    connection.execute_batch(many).unwrap();
    drop(connection);
    let events = || shared::server().unwrap().answer(&database, "SELECT count(*) FROM events");
    let mut killed = 0;
    for millis in [60, 120, 180, 240, 300, 360] {
        let arguments = arguments(&database.url());
        let mut command = command(folder.path(), &arguments.each_ref().map(String::as_str));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Whether the commit was under way, and arrives a moment later, is not to be known; nothing in between is.
        let count = events();
        assert!(count == "0" || count == "60001", "{count}");
        if count != "0" {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "the first was killed before it had done anything that could be kept");
    let copied = copy(folder.path(), &database.url());
    assert!(copied.status.success() || errors(&copied).contains("is in use"), "{}", errors(&copied));
    assert_eq!(events(), "60001");
}

#[test]
fn a_copy_that_would_not_be_one_is_refused_and_nothing_is_kept() {
    let Some(server) = shared::server() else { return };
    let folder = tempdir().unwrap();
    done(folder.path(), &["account", "put", "reef", "--name", "Reef", "--plan", "business"]);
    let refused = |database: &shared::Database, expected: &str| {
        let output = copy(folder.path(), &database.url());
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains(expected), "{}", errors(&output));
        assert_eq!(server.answer(database, "SELECT count(*) FROM accounts"), "1", "the system's own and no other");
        assert_eq!(server.answer(database, "SELECT value FROM counters WHERE name = 'events'"), "0");
    };
    let meddled = server.database();
    server.answer(
        &meddled,
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN NEW.name = NEW.name || '.'; RETURN NEW; END $$; \
         CREATE TRIGGER meddle BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION meddle()",
    );
    refused(&meddled, "what arrived in table accounts is not what was sent");
    let wider = server.database();
    server.answer(&wider, "ALTER TABLE users ADD COLUMN shoe_size INT");
    refused(&wider, "table users has other columns");

    // A file from a machine whose clock was an hour ahead.
    let connection = rusqlite::Connection::open(folder.path().join("innkeeper.db")).unwrap();
    connection.execute("UPDATE counters SET value = value + 3600000 WHERE name = 'clock'", []).unwrap();
    drop(connection);
    refused(&server.database(), "behind the last time in the SQLite file");
}

#[test]
fn a_copy_leads_from_a_file_that_is_there_to_a_server() {
    let folder = folder_for("sqlite:innkeeper.db");
    for (arguments, code, expected) in [
        (["--from", "sqlite:missing.db", "--to", "postgres://postgres@127.0.0.1/d"], 1, "there is no file missing.db"),
        (["--from", "sqlite:a.db", "--to", "sqlite:b.db"], 2, "from sqlite:PATH to postgres://"),
        (["--from", "postgres://u:hunter2@h/d", "--to", "sqlite:b.db"], 2, "from sqlite:PATH to postgres://"),
        (["--from", "sqlite:a.db", "--to", "mysql://u:hunter2@h"], 2, "--to names no store"),
    ] {
        let output = run(folder.path(), &[&["store", "copy"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
        assert!(errors(&output).contains(expected) && !errors(&output).contains("hunter2"), "{}", errors(&output));
    }
    assert!(!folder.path().join("missing.db").exists() && !folder.path().join("missing.db.lock").exists());
}
