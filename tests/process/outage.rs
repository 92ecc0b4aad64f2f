//! A database that crashes under load: meanwhile the answer is "not now", and never that somebody is signed out.

use crate::cluster::Cluster;
use crate::http::{Api, forward_auth};
use crate::server::{SOON, Server, Stalls, eventually, people};
use rustix::process::Signal;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a client was told in the whole test.
#[derive(Default)]
struct Told {
    /// How often each status came.
    statuses: BTreeMap<u16, usize>,
    /// Longest wait for an answer.
    slowest: Duration,
    /// Sessions whose end was acknowledged, by token.
    ended: Vec<String>,
    /// The session that was acknowledged last and whose end was not asked for.
    live: Option<String>,
}

fn timed<T>(told: &mut Told, ask: impl FnOnce() -> T) -> T {
    let before = innkeeper::clock::monotonic_millis();
    let answer = ask();
    let took = u64::try_from(innkeeper::clock::monotonic_millis() - before).unwrap_or_default();
    told.slowest = told.slowest.max(Duration::from_millis(took));
    answer
}

/// Checks a session that nobody ends, until told to stop. Whatever happens to the database, it is live or not to be said.
fn check(api: &Api, token: &str, stop: &AtomicBool) -> Told {
    let mut told = Told::default();
    while !stop.load(Ordering::Relaxed) {
        let answer = timed(&mut told, || forward_auth(api.address, token)).expect("the server answers");
        assert!(matches!(answer.status, 200 | 503), "a live session was answered {}", answer.status);
        *told.statuses.entry(answer.status).or_default() += 1;
        let body = json!({ "token": token });
        let answer = timed(&mut told, || api.call("POST", "/sessions/check", Some(&body))).expect("the server answers");
        let is_so = answer.status == 503 || (answer.status == 200 && answer.json["live"] == true);
        assert!(is_so, "a live session was answered {}: {}", answer.status, answer.text);
    }
    told
}

/// Starts and ends sessions of one user until told to stop; tries again what could not be done.
fn start_and_end(api: &Api, user: &str, stop: &AtomicBool) -> Told {
    let mut told = Told::default();
    while !stop.load(Ordering::Relaxed) {
        let body = json!({ "user_id": user, "client": {}, "at_limit": "replace_oldest" });
        let answer = timed(&mut told, || api.call("POST", "/sessions", Some(&body))).expect("the server answers");
        *told.statuses.entry(answer.status).or_default() += 1;
        if answer.status != 201 {
            assert_eq!(answer.status, 503, "{}", answer.text);
            continue;
        }
        let token = answer.json["token"].as_str().expect("there is a token").to_owned();
        told.live = Some(token.clone());
        let path = format!("/sessions/{}", answer.json["session"]["id"].as_str().expect("it has an id"));
        let answer = timed(&mut told, || api.call("DELETE", &path, None)).expect("the server answers");
        *told.statuses.entry(answer.status).or_default() += 1;
        // After a 503 it may be ended or not; the next start ends it in any case.
        told.live = None;
        match answer.status {
            204 => told.ended.push(token),
            other => assert_eq!(other, 503, "{}", answer.text),
        }
    }
    told
}

#[test]
fn while_the_database_is_away_the_answer_is_503_and_afterwards_all_is_as_it_was() {
    let Some(cluster) = Cluster::start("") else { return };
    cluster.sql("postgres", "CREATE DATABASE innkeeper");
    let (folder, server) = Server::on(&cluster.url("innkeeper"), &[]);
    let api = server.api(folder.path());
    people(&api, 6);
    let started = api.call("POST", "/sessions", Some(&json!({ "user_id": "u0", "client": {} }))).expect("it answers");
    let token = started.json["token"].as_str().expect("there is a token").to_owned();
    let (stop, stalls) = (AtomicBool::new(false), Stalls::watch());
    let told: Vec<Told> = std::thread::scope(|scope| {
        let (api, token, stop) = (&api, token.as_str(), &stop);
        let checking = (0..2).map(|_| scope.spawn(move || check(api, token, stop)));
        let writing = (1..5).map(|n| scope.spawn(move || start_and_end(api, &format!("u{n}"), stop)));
        let clients: Vec<_> = checking.chain(writing).collect();
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(700));
            cluster.stop("immediate");
            std::thread::sleep(Duration::from_millis(700));
            assert!(!server.is_ready(), "not ready while the database is away");
            cluster.start_again();
            assert!(eventually(SOON, || server.is_ready()), "it works again by itself: {}", server.log());
        }
        std::thread::sleep(Duration::from_millis(700));
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().expect("every answer was a right one")).collect()
    });
    for Told { statuses, slowest, .. } in &told {
        assert!(statuses.get(&503).is_some_and(|count| *count > 0), "the outage was felt: {statuses:?}");
        assert!(*slowest < Duration::from_secs(5) + stalls.longest(), "nobody waits long: {slowest:?}");
    }
    let check = |token: &str| {
        let answer = api.call("POST", "/sessions/check", Some(&json!({ "token": token }))).expect("it answers");
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["live"] == true
    };
    assert!(check(&token), "who was signed in before the crashes is signed in after them");
    let ended: usize = told.iter().map(|told| told.ended.len()).sum();
    assert!(ended > 10, "there was load: {ended}");
    assert!(told.iter().flat_map(|told| &told.ended).all(|token| !check(token)), "an acknowledged end was lost");
}

#[test]
fn a_database_that_stands_still_is_given_up_in_time_and_used_again_when_it_goes_on() {
    let Some(cluster) = Cluster::start("") else { return };
    cluster.sql("postgres", "CREATE DATABASE innkeeper");
    let (folder, server) = Server::on(&cluster.url("innkeeper"), &[]);
    let api = server.api(folder.path());
    people(&api, 2);
    let started = api.call("POST", "/sessions", Some(&json!({ "user_id": "u0", "client": {} }))).expect("it answers");
    let token = started.json["token"].as_str().expect("there is a token").to_owned();
    assert_eq!(forward_auth(api.address, &token).expect("it answers").status, 200);
    for _ in 0..2 {
        let stalls = Stalls::watch();
        cluster.signal_all(Signal::STOP);
        let mut told = Told::default();
        for _ in 0..3 {
            let answer = timed(&mut told, || forward_auth(api.address, &token)).expect("the server answers");
            assert_eq!(answer.status, 503, "{}", answer.text);
        }
        assert!(
            told.slowest < Duration::from_secs(4) + stalls.longest(),
            "a check waits two seconds: {:?}\n{}",
            told.slowest,
            server.log()
        );
        let body = json!({ "user_id": "u1", "client": {}, "at_limit": "replace_oldest" });
        let answer = timed(&mut told, || api.call("POST", "/sessions", Some(&body))).expect("the server answers");
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(
            told.slowest < Duration::from_secs(12) + stalls.longest(),
            "nor a sign-in for long: {:?}",
            told.slowest
        );
        cluster.signal_all(Signal::CONT);
        let is_live = || forward_auth(api.address, &token).expect("the server answers").status == 200;
        assert!(eventually(SOON, is_live), "it works again by itself: {}", server.log());
    }
}
