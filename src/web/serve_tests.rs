//! The accept loop against real sockets: what slow, silent and greedy clients get, and how serving stops.
//!
//! The limits run in real time, because sockets do. Each test waits for something to happen, never for it to be quiet.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Router};
use hyper::body::Frame;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::body::{BODY_BYTES_MAX, BodyError, BodyTime, read_body};
use super::serve::{ConnectionCounts, CountedApart, Listen, PeerAddress, ServeLimits, serve};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(150);
const HELLO: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn patient() -> ServeLimits {
    ServeLimits {
        connections_max: 100,
        first_byte: LONG,
        header: LONG,
        body: BodyTime::Whole(LONG),
        idle: LONG,
        stop: LONG,
    }
}

struct Running {
    address: SocketAddr,
    counts: Arc<ConnectionCounts>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    async fn start(limits: ServeLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self::start_on(listener, address, limits)
    }

    fn start_on(listener: impl Listen + 'static, address: SocketAddr, limits: ServeLimits) -> Self {
        let counts = Arc::new(ConnectionCounts::default());
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.expect("tests keep the sender until they stop") };
        let served = tokio::spawn(serve(listener, router(), limits, counts.clone(), stopped));
        Self { address, counts, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        soon(self.served).await.unwrap();
    }
}

fn router() -> Router {
    let length = |body| async {
        match read_body(body, BODY_BYTES_MAX).await {
            Ok(bytes) => (StatusCode::OK, bytes.len().to_string()),
            Err(BodyError::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, String::new()),
            // Not what the client is told if it was too slow: that is up to the accept loop.
            Err(_) => (StatusCode::BAD_REQUEST, String::new()),
        }
    };
    Router::new()
        .route("/", get(|Extension(PeerAddress(peer)): Extension<PeerAddress>| async move { format!("{peer:?}") }))
        .route("/length", post(length))
        .route("/endless", get(|| async { Body::new(Endless) }))
        .route("/echo", get(echo))
        .route("/apart", get(|| async { (Extension(CountedApart), Body::new(Silent)) }))
}

/// Changes to a protocol that says everything again.
async fn echo(mut request: Request) -> impl IntoResponse {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let (mut reads, mut writes) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
        let _ = tokio::io::copy(&mut reads, &mut writes).await;
    });
    (StatusCode::SWITCHING_PROTOCOLS, [(header::CONNECTION, "upgrade"), (header::UPGRADE, "echo")])
}

/// As much as the client takes.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 8192])))))
    }
}

/// Begins, and then says nothing for as long as the client stays.
struct Silent;

impl HttpBody for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG / 2, future).await.expect("it happens soon")
}

/// What comes until the server closes. A reset is a close too, of a connection whose bytes the server did not want.
async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let _ = soon(stream.read_to_end(&mut bytes)).await;
    String::from_utf8(bytes).unwrap()
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let ends_with = |answer: &[u8]| {
        let text = String::from_utf8_lossy(answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        (body.len() >= length.parse::<usize>().unwrap()).then_some(text)
    };
    loop {
        if let Some(text) = ends_with(&answer) {
            return text;
        }
        assert!(soon(stream.read_buf(&mut answer)).await.unwrap() > 0, "closed after {answer:?}");
    }
}

/// The head of an answer whose body is of no length that it says.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A connection that has changed its protocol.
async fn changed(running: &Running) -> TcpStream {
    let mut stream = running.connect().await;
    stream.write_all(b"GET /echo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await.unwrap();
    let head = head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_with_the_address_of_its_peer() {
    let running = Running::start(patient()).await;
    let mut stream = running.connect().await;
    for _ in 0..2 {
        let answer = ask(&mut stream, HELLO).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("Some(127.0.0.1)"), "{answer}");
    }
    assert_eq!(running.counts.open.load(Ordering::Relaxed), 1);
    assert_eq!(running.counts.accepted.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_silent_connection_is_closed_after_the_first_byte_limit() {
    let running = Running::start(ServeLimits { first_byte: SHORT, ..patient() }).await;
    assert_eq!(until_closed(&mut running.connect().await).await, "");
}

#[tokio::test]
async fn a_header_that_drips_is_cut_off_after_the_header_limit() {
    let running = Running::start(ServeLimits { header: SHORT, ..patient() }).await;
    let (mut reads, mut writes) = running.connect().await.into_split();
    let drip = tokio::spawn(async move {
        let _ = writes.write_all(b"GET / HTTP/1.1\r\nX: ").await;
        while writes.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    });
    assert_eq!(until_closed(&mut reads).await, "");
    soon(drip).await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_may_wait_longer_than_a_header_may_take_and_is_then_closed() {
    let running = Running::start(ServeLimits { header: SHORT, idle: SHORT * 12, ..patient() }).await;
    let mut stream = running.connect().await;
    ask(&mut stream, HELLO).await;
    tokio::time::sleep(SHORT * 3).await;
    ask(&mut stream, HELLO).await;
    assert_eq!(until_closed(&mut stream).await, "");
    let mut stream = running.connect().await;
    ask(&mut stream, HELLO).await;
    stream.write_all(b"GET / HTTP").await.unwrap();
    assert_eq!(until_closed(&mut stream).await, "");
}

#[tokio::test]
async fn a_body_that_drips_is_answered_408_and_the_connection_closed() {
    let running = Running::start(ServeLimits { body: BodyTime::Whole(SHORT), ..patient() }).await;
    let (mut reads, mut writes) = running.connect().await.into_split();
    writes.write_all(b"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n").await.unwrap();
    let drip = tokio::spawn(async move {
        while writes.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    });
    let answer = until_closed(&mut reads).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
    soon(drip).await.unwrap();
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
    let running = Running::start(ServeLimits { idle: SHORT, ..patient() }).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    stream.readable().await.unwrap();
    let closed = async {
        while running.counts.open.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    soon(closed).await;
    drop(stream);
}

#[tokio::test]
async fn an_answer_that_is_counted_apart_gives_its_place_free_and_outlives_every_limit() {
    let short =
        ServeLimits { first_byte: SHORT, header: SHORT, body: BodyTime::Whole(SHORT), idle: SHORT, ..patient() };
    let running = Running::start(ServeLimits { connections_max: 1, ..short }).await;
    let mut apart = running.connect().await;
    apart.write_all(b"GET /apart HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let head = head(&mut apart).await;
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("connection: close"), "{head}");
    for _ in 0..3 {
        // Each of them waits for the one place, and is closed when its own limit is over.
        let mut other = running.connect().await;
        ask(&mut other, HELLO).await;
        assert_eq!(until_closed(&mut other).await, "");
    }
    let only = |open| running.counts.open.load(Ordering::Relaxed) == open;
    let until = async |open| {
        while !only(open) {
            tokio::task::yield_now().await
        }
    };
    soon(until(1)).await;
    drop(apart);
    soon(until(0)).await;
}

#[tokio::test]
async fn a_connection_that_changes_its_protocol_keeps_its_place_and_outlives_every_limit() {
    let short =
        ServeLimits { first_byte: SHORT, header: SHORT, body: BodyTime::Whole(SHORT), idle: SHORT, ..patient() };
    let running = Running::start(ServeLimits { connections_max: 1, ..short }).await;
    let mut changed = changed(&running).await;
    let mut other = running.connect().await;
    other.write_all(HELLO.as_bytes()).await.unwrap();
    for _ in 0..3 {
        tokio::time::sleep(SHORT).await;
        changed.write_all(b"still there").await.unwrap();
        let mut said = *b"...........";
        soon(changed.read_exact(&mut said)).await.unwrap();
        assert_eq!(&said, b"still there");
    }
    assert_eq!(running.counts.open.load(Ordering::Relaxed), 1);
    assert_eq!(running.counts.accepted.load(Ordering::Relaxed), 1);
    drop(changed);
    assert!(ask(&mut other, "").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_connection_that_has_changed_its_protocol() {
    let running = Running::start(patient()).await;
    let mut changed = changed(&running).await;
    running.stop().await;
    changed.write_all(b"still there").await.unwrap();
    let mut said = *b"...........";
    soon(changed.read_exact(&mut said)).await.unwrap();
    assert_eq!(&said, b"still there");
}

#[tokio::test]
async fn headers_beyond_the_limits_are_answered_431() {
    let running = Running::start(patient()).await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(17 * 1024));
    let answer = ask(&mut running.connect().await, &long).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    for (count, status) in [(63, "200"), (64, "431"), (200, "431")] {
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: x\r\n".repeat(count));
        let answer = ask(&mut running.connect().await, &many).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{count}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_answered_413_and_the_client_reads_it() {
    let running = Running::start(patient()).await;
    for (length, status) in [(BODY_BYTES_MAX, "200"), (BODY_BYTES_MAX + 1, "413"), (900_000, "413")] {
        let mut stream = running.connect().await;
        let body = "x".repeat(length);
        let request = format!("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
        let answer = ask(&mut stream, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {answer}");
        assert_eq!(answer.contains("connection: close"), status == "413", "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_too_much_is_told_not_to() {
    let running = Running::start(patient()).await;
    let request = "POST /length HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n";
    let answer = ask(&mut running.connect().await, request).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn beyond_the_most_connections_a_client_waits_for_a_place() {
    let running = Running::start(ServeLimits { connections_max: 1, ..patient() }).await;
    let mut first = running.connect().await;
    ask(&mut first, HELLO).await;
    let mut second = running.connect().await;
    second.write_all(HELLO.as_bytes()).await.unwrap();
    ask(&mut first, HELLO).await;
    assert_eq!(running.counts.accepted.load(Ordering::Relaxed), 1);
    drop(first);
    assert!(ask(&mut second, "").await.starts_with("HTTP/1.1 200 "));
    assert!(running.counts.full.load(Ordering::Relaxed) > 0);
}

#[tokio::test]
async fn an_accept_that_fails_is_counted_and_tried_again() {
    struct Exhausted(VecDeque<i32>, TcpListener);
    impl Listen for Exhausted {
        type Stream = TcpStream;
        async fn accept(&mut self) -> io::Result<(TcpStream, PeerAddress)> {
            match self.0.pop_front() {
                Some(errno) => Err(io::Error::from_raw_os_error(errno)),
                None => Listen::accept(&mut self.1).await,
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let [too_many_files, aborted] = [24, 103];
    let listener = Exhausted([too_many_files, aborted, too_many_files].into(), listener);
    let running = Running::start_on(listener, address, patient());
    ask(&mut running.connect().await, HELLO).await;
    assert_eq!(running.counts.refused.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn stopping_closes_idle_and_silent_connections_at_once() {
    let running = Running::start(patient()).await;
    let (mut idle, silent) = (running.connect().await, running.connect().await);
    ask(&mut idle, HELLO).await;
    let counts = running.counts.clone();
    running.stop().await;
    assert_eq!(until_closed(&mut idle).await, "");
    drop(silent);
    assert_eq!(counts.open.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn stopping_lets_a_request_under_way_end() {
    let running = Running::start(patient()).await;
    let mut stream = running.connect().await;
    // The server says "continue" once the handler asks for the body: only then is the request under way.
    let request = b"POST /length HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut goes_on = *b"HTTP/1.1 100 Continue\r\n\r\n";
    soon(stream.read_exact(&mut goes_on)).await.unwrap();
    assert!(goes_on.starts_with(b"HTTP/1.1 100 "));
    let address = running.address;
    running.stop.send(()).unwrap();
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    soon(refused).await;
    let answer = ask(&mut stream, "12").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop(stream);
    soon(running.served).await.unwrap();
}

#[tokio::test]
async fn an_answer_without_end_does_not_hold_up_the_stop_beyond_its_limit() {
    let running = Running::start(ServeLimits { stop: SHORT, ..patient() }).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    stream.readable().await.unwrap();
    let counts = running.counts.clone();
    running.stop().await;
    assert_eq!(counts.open.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_unix_socket_is_served_too_and_its_peer_has_no_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    let address = "127.0.0.1:0".parse().unwrap();
    let _running = Running::start_on(UnixListener::bind(&path).unwrap(), address, patient());
    let answer = ask(&mut UnixStream::connect(&path).await.unwrap(), HELLO).await;
    assert!(answer.ends_with("None"), "{answer}");
}
