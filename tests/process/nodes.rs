//! Several servers on one database: each knows at once what another has answered, and one that is killed takes nothing with
//! it.

use crate::crash::{self, Known, State, USERS_OF_EACH};
use crate::http::{Api, Stream, forward_auth};
use crate::server::{Server, done, errors, folder_for, people, run};
use crate::shared;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

const NODES: usize = 3;

/// A page is told of an end elsewhere within a second; machines on which all tests run at once may take longer.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// What must be so whatever happened: each row that is false is a broken promise, and says which.
const BROKEN: &str = "
    SELECT 'a user has two open sessions in one place' FROM sessions WHERE ended_at IS NULL
        GROUP BY account_no, user_no, place HAVING count(*) > 1
    UNION ALL SELECT 'an open session has no times, or an ended one has' FROM sessions s
        LEFT JOIN session_activity a USING (session_no) WHERE (s.ended_at IS NULL) <> (a.session_no IS NOT NULL)
    UNION ALL SELECT 'times without a session' FROM session_activity a
        WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.session_no = a.session_no)
    UNION ALL SELECT 'an open session has no token' FROM sessions s WHERE ended_at IS NULL
        AND NOT EXISTS (SELECT FROM session_tokens t WHERE t.session_no = s.session_no)
    UNION ALL SELECT 'the events have gaps' FROM (SELECT count(*) AS n, max(position) AS last FROM events) e
        WHERE n <> last OR last <> (SELECT value FROM counters WHERE name = 'events')
    UNION ALL SELECT 'a session has not one event for its start' FROM sessions s
        WHERE 1 <> (SELECT count(*) FROM events e WHERE e.session_id = s.session_id AND e.kind = 'session.started')
    UNION ALL SELECT 'a session has not one event for its end' FROM sessions s
        WHERE (s.ended_at IS NOT NULL)::int
            <> (SELECT count(*) FROM events e WHERE e.session_id = s.session_id AND e.kind = 'session.ended')";

/// Servers on one database, and the way to each.
struct Nodes {
    database: shared::Database,
    servers: Vec<(TempDir, Server)>,
    apis: Vec<Api>,
}

/// Starts them all at once on a database that is empty but for what a first command needs.
fn nodes() -> Option<Nodes> {
    let database = shared::server()?.database();
    let url = database.url();
    let servers: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..NODES).map(|_| scope.spawn(|| Server::on(&url, &[]))).collect();
        starting.into_iter().map(|starting| starting.join().expect("it starts")).collect()
    });
    let (folder, first) = &servers[0];
    let api = first.api(folder.path());
    let apis = servers.iter().map(|(_, server)| Api { address: server.address, ..api.clone() }).collect();
    Some(Nodes { database, servers, apis })
}

impl Nodes {
    fn broken(&self) -> String {
        shared::server().expect("it was there").answer(&self.database, BROKEN)
    }
}

fn start(api: &Api, user: &str) -> Option<(String, String)> {
    let answer = api.call("POST", "/sessions", Some(&json!({ "user_id": user, "client": {} }))).expect("it answers");
    let text = |at: &str| answer.json.pointer(at).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    match answer.status {
        201 => Some((text("/session/id"), text("/token"))),
        409 => None,
        other => panic!("a start was answered {other}: {}", answer.text),
    }
}

fn is_live(api: &Api, token: &str) -> bool {
    let answer = api.call("POST", "/sessions/check", Some(&json!({ "token": token }))).expect("the server answers");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json["live"] == true
}

#[test]
fn what_one_node_has_answered_holds_at_once_on_every_other() {
    let Some(nodes) = nodes() else { return };
    people(&nodes.apis[0], 1);
    for round in 0..60 {
        let [one, other, third] = [0, 1, 2].map(|n| &nodes.apis[(round + n) % NODES]);
        let (id, token) = start(one, "u0").expect("nobody is signed in");
        assert!(is_live(third, &token), "round {round}: started and not live");
        assert_eq!(forward_auth(other.address, &token).expect("it answers").status, 200);
        assert!(start(other, "u0").is_none(), "round {round}: a second session was started");
        let ended = other.call("DELETE", &format!("/sessions/{id}"), None).expect("it answers");
        assert_eq!(ended.status, 204, "{}", ended.text);
        for api in [third, one, other] {
            assert!(!is_live(api, &token), "round {round}: ended and live");
            assert_eq!(forward_auth(api.address, &token).expect("it answers").status, 401);
        }
    }
    assert_eq!(nodes.broken(), "");
}

#[test]
fn an_open_page_at_one_node_is_told_of_an_end_through_another() {
    let Some(nodes) = nodes() else { return };
    people(&nodes.apis[0], 2);
    let mut slowest = Duration::ZERO;
    for round in 0..6 {
        let [one, other] = [0, 1].map(|n| &nodes.apis[(round + n) % NODES]);
        let (id, token) = start(one, "u0").expect("nobody is signed in");
        let mut page = Stream::live(other.address, &token).expect("it is opened");
        page.until("event: session").expect("it says whose it is");
        assert!(start(one, "u0").is_none(), "round {round}: a second session was started");
        page.until("event: refused").expect("it says that somebody was refused");
        let since = Instant::now();
        let ended = one.call("DELETE", &format!("/sessions/{id}"), None).expect("it answers");
        assert_eq!(ended.status, 204, "{}", ended.text);
        page.until("event: ended").expect("it says that the session has ended");
        let told = page.until("data: ").expect("it says why");
        assert!(told.contains("terminated_by_api"), "{told}");
        slowest = slowest.max(since.elapsed());
        page.until_it_ends().expect("the stream ends with the session");
    }
    println!("an open page elsewhere was told within {slowest:?}");
    assert!(slowest < TOLD_WITHIN, "{slowest:?}");
}

#[test]
fn of_sign_ins_on_all_nodes_at_once_one_is_let_in() {
    let Some(nodes) = nodes() else { return };
    people(&nodes.apis[0], 4);
    for round in 0..10 {
        let user = format!("u{}", round % 4);
        let started: Vec<_> = std::thread::scope(|scope| {
            let ask = |n: usize| {
                let (api, user) = (&nodes.apis[n % NODES], &user);
                scope.spawn(move || start(api, user))
            };
            let asking: Vec<_> = (0..12).map(ask).collect();
            asking.into_iter().filter_map(|asking| asking.join().expect("every answer was a right one")).collect()
        });
        assert_eq!(started.len(), 1, "round {round}");
        let ended = nodes.apis[0].call("DELETE", &format!("/users/{user}/sessions"), None).expect("it answers");
        assert_eq!(ended.json["ended"], 1, "{}", ended.text);
    }
    assert_eq!(nodes.broken(), "");
}

#[test]
fn a_node_killed_in_the_middle_of_admissions_takes_nothing_with_it_and_leaves_nothing_half_done() {
    let Some(mut nodes) = nodes() else { return };
    people(&nodes.apis[0], NODES * 2 * USERS_OF_EACH);
    let mut known: Vec<Known> = Vec::new();
    for round in 0..4 {
        let stop = AtomicBool::new(false);
        let (_, victim) = nodes.servers.pop().expect("there are nodes");
        let told: Vec<Vec<Known>> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..NODES * 2)
                .map(|client| {
                    let (api, stop) = (&nodes.apis[client % NODES], &stop);
                    scope.spawn(move || {
                        let mut known = Vec::new();
                        crash::load(api, client, stop, &mut known);
                        known
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(200 + round * 150));
            victim.kill();
            // The others go on as if nothing had happened.
            std::thread::sleep(Duration::from_millis(200));
            stop.store(true, Ordering::Relaxed);
            clients.into_iter().map(|client| client.join().expect("every answer was a right one")).collect()
        });
        known.extend(told.into_iter().flatten());
        assert_eq!(nodes.broken(), "");
        crash::verify(&nodes.apis[0], &known, &format!("round {round}"));
        let (folder, server) = Server::on(&nodes.database.url(), &[]);
        nodes.apis[NODES - 1].address = server.address;
        nodes.servers.push((folder, server));
        crash::verify(&nodes.apis[NODES - 1], &known, &format!("round {round}, on the new node"));
        let ended = nodes.apis[0].call("DELETE", "/accounts/reef/sessions", None).expect("it answers");
        assert_eq!(ended.status, 200, "{}", ended.text);
        known.iter_mut().for_each(|known| known.state = State::Ended);
    }
    assert!(known.len() > 20, "there was load: {}", known.len());
}

#[test]
fn commands_go_to_the_database_themselves_beside_any_number_of_servers() {
    let Some(nodes) = nodes() else { return };
    people(&nodes.apis[0], 1);
    let (_, token) = start(&nodes.apis[1], "u0").expect("nobody is signed in");
    let elsewhere = folder_for(&nodes.database.url());
    assert_eq!(done(elsewhere.path(), &["session", "end", "--user", "u0"]), "ended 1 session\n");
    assert!(nodes.apis.iter().all(|api| !is_live(api, &token)));
    assert!(done(elsewhere.path(), &["migrate"]).contains("is up to date"));
    let said = String::from_utf8(run(elsewhere.path(), &["doctor", "db"]).stdout).expect("answers are UTF-8");
    assert!(said.starts_with("PostgreSQL ") && said.contains("round trip: "), "{said}");
    let backup = run(elsewhere.path(), &["backup", "copy.db"]);
    assert_eq!(backup.status.code(), Some(2));
    assert!(errors(&backup).contains("pg_dump") && !elsewhere.path().join("copy.db").exists(), "{}", errors(&backup));
    let files: Vec<_> = std::fs::read_dir(elsewhere.path()).expect("it is there").flatten().collect();
    assert_eq!(files.len(), 1, "nothing is left beside the configuration: {files:?}");
    let newer = "INSERT INTO refinery_schema_history SELECT 1000, 'later', applied_on, checksum \
                 FROM refinery_schema_history LIMIT 1";
    shared::server().expect("it was there before").answer(&nodes.database, newer);
    let refused = run(elsewhere.path(), &["session", "end", "--user", "u0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(errors(&refused).contains("newer than this program"), "{}", errors(&refused));
}
