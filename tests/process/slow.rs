//! Clients that dawdle lose their connections in time, and nobody else notices them.

use crate::http::get;
use crate::server::{SOON, Server, eventually};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tempfile::tempdir;

/// The limits are a second each; a closed connection is read for two more. The rest is for a busy machine.
const CLOSED_WITHIN: Duration = Duration::from_secs(12);

/// Sends its beginning, then a byte now and then, until the server closes; says whether it did in time.
fn dawdle(mut stream: TcpStream, beginning: &str, drip: &str) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(10))).expect("a timeout can be set");
    stream.write_all(beginning.as_bytes()).expect("the server reads");
    let mut drops = drip.bytes().cycle();
    let mut scratch = [0; 4096];
    eventually(CLOSED_WITHIN, || {
        let closed = match stream.read(&mut scratch) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        closed || drops.next().is_some_and(|byte| stream.write_all(&[byte]).is_err())
    })
}

#[test]
fn slow_clients_are_closed_in_time_while_others_are_served() {
    let folder = tempdir().unwrap();
    let second: Vec<(&str, &str)> = ["FIRST_BYTE", "HEADER", "BODY", "IDLE"]
        .map(|limit| match limit {
            "FIRST_BYTE" => ("INNKEEPER_LIMITS__FIRST_BYTE", "1s"),
            "HEADER" => ("INNKEEPER_LIMITS__HEADER", "1s"),
            "BODY" => ("INNKEEPER_LIMITS__BODY", "1s"),
            _ => ("INNKEEPER_LIMITS__IDLE", "1s"),
        })
        .to_vec();
    let server = Server::start(folder.path(), &second);
    let api = server.api(folder.path());
    let body = format!(
        "POST /api/v1/sessions/check HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 60000\r\n\r\n{{\"token\":\"",
        api.key
    );
    let kinds = [
        ("", ""),
        ("GET /readyz HTTP/1.1\r\n", ""),
        ("GET /readyz HTTP/1.1\r\nx-a: ", "a"),
        (body.as_str(), "a"),
        ("GET /readyz HTTP/1.1\r\nhost: h\r\n\r\n", ""),
    ];
    std::thread::scope(|scope| {
        let dawdlers: Vec<_> = kinds
            .iter()
            .flat_map(|kind| std::iter::repeat_n(kind, 8))
            .map(|(beginning, drip)| {
                let stream = TcpStream::connect(server.address).unwrap();
                scope.spawn(move || (dawdle(stream, beginning, drip), beginning))
            })
            .collect();
        while !dawdlers.iter().all(|dawdler| dawdler.is_finished()) {
            assert_eq!(get(server.address, "/readyz").unwrap().status, 200);
        }
        for dawdler in dawdlers {
            let (closed, beginning) = dawdler.join().unwrap();
            assert!(closed, "still open: {beginning:?}");
        }
    });
    assert!(eventually(SOON, || server.is_ready()));
}
