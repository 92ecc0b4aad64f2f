//! A full disk: nobody signs in, everybody can still be signed out, and space brings everything back.

use crate::http::{Answer, Api};
use crate::server::{SOON, Server, eventually, people};
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tempfile::{TempDir, tempdir};

/// A small disk of our own; unmounted when dropped.
struct Disk(TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let folder = tempdir().expect("a folder");
        if as_root(&["mount", "-t", "tmpfs", "-o", "size=40m,mode=0777", "tmpfs"], folder.path()) {
            return Some(Self(folder));
        }
        let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
        assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and no disk can be mounted here");
        eprintln!("SKIPPED: the full disk was NOT tested, since nothing can be mounted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        as_root(&["umount"], self.0.path());
    }
}

/// Runs a command on a folder as root: because we are, or because nobody asks for a password.
fn as_root(command: &[&str], folder: &Path) -> bool {
    let done = |command: &[&str]| {
        Command::new(command[0]).args(&command[1..]).arg(folder).output().is_ok_and(|output| output.status.success())
    };
    done(command) || done(&[&["sudo", "-n"], command].concat())
}

/// Takes every byte that is left.
fn fill(path: &Path) {
    let mut filler = File::options().create(true).append(true).open(path).expect("the filler can be made");
    while filler.write_all(&[0; 4096]).is_ok() {}
    while filler.write_all(&[0]).is_ok() {}
}

fn start(api: &Api, user: &str) -> Answer {
    api.call("POST", "/sessions", Some(&json!({ "user_id": user, "client": {} }))).expect("the server answers")
}

fn end(api: &Api, session: &str) -> Answer {
    api.call("DELETE", &format!("/sessions/{session}"), None).expect("the server answers")
}

fn id(started: &Answer) -> String {
    started.json["session"]["id"].as_str().expect("a started session has an id").to_owned()
}

#[test]
fn with_a_full_disk_sign_ins_answer_503_ends_work_and_space_brings_sign_ins_back() {
    let Some(disk) = Disk::mount() else { return };
    let folder = tempdir().unwrap();
    let store = format!("sqlite:{}", disk.path().join("innkeeper.db").display());
    let settings = [("INNKEEPER_STORE", store.as_str())];
    std::fs::write(folder.path().join("innkeeper.toml"), format!("store = {store:?}\n")).unwrap();
    let server = Server::start(folder.path(), &settings);
    let api = server.api(folder.path());
    people(&api, 12);
    let kept: Vec<_> = (1..12).map(|n| start(&api, &format!("u{n}"))).collect();
    assert!(kept.iter().all(|started| started.status == 201));

    let filler = disk.path().join("filler");
    fill(&filler);
    // What the log holds already is written over first, so the disk is felt a little later.
    let felt = eventually(SOON, || {
        let started = start(&api, "u0");
        match started.status {
            201 => assert_eq!(end(&api, &id(&started)).status, 204),
            status => assert_eq!((status, &started.json["code"]), (503, &"store_unavailable".into())),
        }
        started.status == 503
    });
    assert!(felt, "a full disk is felt: {}", server.log());
    // The reserve was let go; somebody else takes what it leaves, as far as they can.
    for started in &kept {
        let ended = end(&api, &id(started));
        assert_eq!(ended.status, 204, "{} {}", ended.text, server.log());
        let token = started.json["token"].as_str().unwrap();
        let checked = api.call("POST", "/sessions/check", Some(&json!({ "token": token }))).unwrap();
        assert_eq!(checked.json["live"], false, "{}", checked.text);
    }
    assert_eq!(start(&api, "u1").status, 503, "as long as the disk is full");

    std::fs::remove_file(&filler).unwrap();
    let mut last = None;
    let back = eventually(SOON, || {
        let started = start(&api, "u1");
        let status = started.status;
        last = Some(started);
        status == 201
    });
    assert!(back, "{last:?} {}", server.log());
    drop(server);
}
