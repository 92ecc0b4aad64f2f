//! Behind PgBouncer, which hands each transaction whatever connection is free.

use crate::cluster::{as_postgres, folder, free_port};
use crate::http::Api;
use crate::server::{Running, SOON, Server, eventually, people};
use crate::shared;
use serde_json::json;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PROGRAMS: [&str; 2] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];

/// A pooler on a server that is shared by tests.
struct Pooler {
    _process: Running,
    folder: PathBuf,
    port: u16,
}

impl Pooler {
    /// Starts one with few connections to the server, so that they are handed around; `None` where there is none.
    fn start(to: &str) -> Option<Self> {
        let program = PROGRAMS.iter().find(|program| std::path::Path::new(program).exists());
        if program.is_none() {
            let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
            assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and there is no PgBouncer here");
            eprintln!("SKIPPED: there is no PgBouncer here (Debian: pgbouncer), so nothing is tried behind it");
        }
        let (folder, port) = (folder(), free_port());
        let users = folder.join("users.txt");
        std::fs::write(&users, "\"postgres\" \"\"\n").expect("it can be written");
        let ini = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={to}\n[pgbouncer]\nlisten_addr =\nlisten_port = {port}\nunix_socket_dir = {0}\n\
             auth_type = trust\nauth_file = {1}\npool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n",
            folder.display(),
            users.display()
        );
        std::fs::write(&ini, text).expect("it can be written");
        let mut command = Command::new(program?);
        command.arg(&ini).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
        let log = std::fs::File::create(folder.join("log")).expect("it can be written");
        let process = Running(as_postgres(&mut command).stderr(log).spawn().expect("it starts"));
        let pooler = Self { _process: process, folder, port };
        let socket = pooler.folder.join(format!(".s.PGSQL.{port}"));
        assert!(eventually(SOON, || socket.exists()), "it opens its socket");
        Some(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn behind_a_pooler_that_hands_connections_around_everything_works_without_named_statements() {
    let Some(database) = shared::server().map(|server| server.database()) else { return };
    let Some(pooler) = Pooler::start(&database.folder()) else { return };
    let url = format!("postgres://postgres@/{}?host={}&port={}", database.name(), pooler.folder.display(), pooler.port);
    let unnamed = [("INNKEEPER_STORE__NAMED_STATEMENTS", "false")];
    let servers: Vec<_> = (0..2).map(|_| Server::on(&url, &unnamed)).collect();
    std::fs::write(
        servers[0].0.path().join("innkeeper.toml"),
        format!("[store]\nurl = {url:?}\nnamed_statements = false\n"),
    )
    .expect("it can be written");
    let api = servers[0].1.api(servers[0].0.path());
    people(&api, 8);
    let apis: Vec<Api> = servers.iter().map(|(_, server)| Api { address: server.address, ..api.clone() }).collect();
    let log = || servers.iter().map(|(_, server)| server.log()).collect::<String>();
    std::thread::scope(|scope| {
        for client in 0..8 {
            let (apis, log) = (&apis, &log);
            scope.spawn(move || {
                for round in 0..25 {
                    let [one, other] = [0, 1].map(|n| &apis[(round + n) % 2]);
                    let body = json!({ "user_id": format!("u{client}"), "client": {} });
                    let started = one.call("POST", "/sessions", Some(&body)).expect("it answers");
                    assert_eq!(started.status, 201, "{}\n{}", started.text, log());
                    let check = |expected: bool| {
                        let token = json!({ "token": started.json["token"] });
                        let answer = other.call("POST", "/sessions/check", Some(&token)).expect("it answers");
                        assert_eq!((answer.status, answer.json["live"] == true), (200, expected), "{}", answer.text);
                    };
                    check(true);
                    let path = format!("/sessions/{}", started.json["session"]["id"].as_str().expect("it has an id"));
                    let ended = one.call("DELETE", &path, None).expect("it answers");
                    assert_eq!(ended.status, 204, "{}", ended.text);
                    check(false);
                }
            });
        }
    });
}
