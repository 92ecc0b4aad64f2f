//! The link for the first administrator, as the binary prints it.

use crate::http::get;
use crate::server::{Server, run_with};
use tempfile::tempdir;

/// The path of the link that a server prints.
fn link_of(server: &mut Server) -> String {
    let said = server.says();
    assert!(said.starts_with("nobody can sign in here yet; make the first administrator within 30 minutes"), "{said}");
    let link = server.says();
    let path = link.trim().strip_prefix("https://app.example/auth/setup?code=");
    let code = path.unwrap_or_else(|| panic!("{link:?} leads to the public address"));
    assert_eq!(code.len(), 43, "{link}");
    format!("/auth/setup?code={code}")
}

#[test]
fn each_start_prints_a_new_link_until_there_is_somebody_and_no_log_has_it() {
    let folder = tempdir().unwrap();
    let settings = [("INNKEEPER_PUBLIC_URL", "https://app.example/auth")];
    let mut first = Server::start(folder.path(), &settings);
    let link = link_of(&mut first);
    assert_eq!(get(first.address, &link).unwrap().status, 200);
    assert!(!first.log().contains(link.split_once('=').unwrap().1));
    assert_eq!(first.rest(), "");

    let mut second = Server::start(folder.path(), &settings);
    let later = link_of(&mut second);
    assert_eq!(get(second.address, &link).unwrap().status, 410);
    assert_eq!(get(second.address, &later).unwrap().status, 200);
    let create = ["user", "create", "--system", "admin", "--email", "ada@help.example"];
    let created = run_with(folder.path(), &create, "kayak by the old jetty\n");
    assert!(created.status.success(), "{}", crate::server::errors(&created));
    assert_eq!(get(second.address, &later).unwrap().status, 410);
    assert_eq!(second.rest(), "");

    let third = Server::start(folder.path(), &settings);
    assert!(third.is_ready());
    assert_eq!(third.rest(), "", "there is somebody");
}

#[test]
fn the_link_leads_to_the_port_that_the_system_picked() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    server.says();
    let link = server.says();
    let here = format!("http://{}", server.address);
    let path = link.trim().strip_prefix(&here).unwrap_or_else(|| panic!("{link:?} leads to {here}"));
    assert_eq!(get(server.address, path).unwrap().status, 200);
}
