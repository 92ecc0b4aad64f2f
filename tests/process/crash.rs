//! Killed under load at any moment, the server comes back with everything that it has acknowledged, and revives nothing.

use crate::http::Api;
use crate::server::{Server, people};
use serde_json::json;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::tempdir;

const ROUNDS: usize = 6;
const CLIENTS: usize = 4;
pub(crate) const USERS_OF_EACH: usize = 3;

/// What a client was told of one session.
pub(crate) struct Known {
    pub(crate) token: String,
    pub(crate) id: String,
    pub(crate) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// 201 came for its start, and nobody has asked for its end.
    Live,
    /// Its end was asked for and no answer came.
    Unsure,
    /// 204 came for its end.
    Ended,
}

/// Starts and ends sessions until the server is gone.
pub(crate) fn load(api: &Api, client: usize, stop: &AtomicBool, known: &mut Vec<Known>) {
    let users: Vec<String> = (0..USERS_OF_EACH).map(|n| format!("u{}", client * USERS_OF_EACH + n)).collect();
    for user in users.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let open = known.iter_mut().rev().find(|known| known.id.starts_with(user) && known.state == State::Live);
        if let Some(open) = open {
            open.state = State::Unsure;
            let id = open.id.split_once('/').expect("ids are kept with their user").1;
            match api.call("DELETE", &format!("/sessions/{id}"), None) {
                Ok(answer) if answer.status == 204 => open.state = State::Ended,
                Ok(answer) => panic!("an end was answered {}: {}", answer.status, answer.text),
                Err(_) => return,
            }
        }
        match api.call("POST", "/sessions", Some(&json!({ "user_id": user, "client": {} }))) {
            Ok(answer) if answer.status == 201 => {
                let text = |at: &str| answer.json.pointer(at).and_then(|value| value.as_str()).unwrap_or_default();
                let id = format!("{user}/{}", text("/session/id"));
                known.push(Known { token: text("/token").to_owned(), id, state: State::Live });
            }
            Ok(answer) => panic!("a start was answered {}: {}", answer.status, answer.text),
            Err(_) => return,
        }
    }
}

pub(crate) fn verify(api: &Api, known: &[Known], round: &str) {
    for Known { token, id, state } in known {
        let answer = api.call("POST", "/sessions/check", Some(&json!({ "token": token }))).expect("the server answers");
        assert_eq!(answer.status, 200, "{}", answer.text);
        let (live, reason) = (answer.json["live"] == true, answer.json["reason"].as_str());
        match state {
            State::Live => assert!(live, "{round}: {id} was acknowledged and is gone: {}", answer.text),
            State::Ended => assert!(!live && reason == Some("terminated_by_api"), "{round}: {id}: {}", answer.text),
            State::Unsure => assert_ne!(reason, Some("unknown"), "{round}: {id} was acknowledged and is gone"),
        }
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment_and_nothing_ended_is_revived() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    let mut api = server.api(folder.path());
    people(&api, CLIENTS * USERS_OF_EACH);
    let mut known: Vec<Known> = Vec::new();
    for round in 0..ROUNDS {
        let moment = Duration::from_millis(20 + RandomState::new().build_hasher().finish() % 600);
        let stop = AtomicBool::new(false);
        let told: Vec<Vec<Known>> = std::thread::scope(|scope| {
            let (api, stop) = (&api, &stop);
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    scope.spawn(move || {
                        let mut known = Vec::new();
                        load(api, client, stop, &mut known);
                        known
                    })
                })
                .collect();
            std::thread::sleep(moment);
            server.kill();
            stop.store(true, Ordering::Relaxed);
            clients.into_iter().map(|client| client.join().expect("every answer was a right one")).collect()
        });
        known.extend(told.into_iter().flatten());
        server = Server::start(folder.path(), &[]);
        api.address = server.address;
        verify(&api, &known, &format!("round {round}, killed after {moment:?}"));
        // The next round starts with nobody signed in, also not by a start whose answer was lost.
        let ended = api.call("DELETE", "/accounts/reef/sessions", None).unwrap();
        assert_eq!(ended.status, 200, "{}", ended.text);
        known.iter_mut().for_each(|known| known.state = State::Ended);
    }
    assert!(known.len() > ROUNDS, "there was load: {}", known.len());
}
