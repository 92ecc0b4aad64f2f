//! The accept loop: axum's own sets no timer, so slow clients would hold their connections for ever.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, Response, StatusCode};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::body::{BodyTime, TimedBody};
use super::connection::{HeadLimits, watch};

/// Longest header of a request with its first line, in bytes; a longer one is answered 431.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Most headers of a request; more are answered 431.
const HEADERS_MAX: usize = 64;

/// hyper's buffer per connection and direction, in bytes. Its default of 400 KB times thousands of connections would be
/// the server's memory.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Shortest and longest pause after a failed accept. Out of file descriptors, accept fails at once and again: without a
/// pause the loop would take a whole core from those whose requests end and free some.
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(10);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServeLimits {
    /// Most connections at once; further ones wait in the listener's queue.
    pub connections_max: usize,
    /// From accepting a connection to its first byte.
    pub first_byte: Duration,
    /// From the first byte of a header to its last.
    pub header: Duration,
    /// For a request's body; later is answered 408.
    pub body: BodyTime,
    /// Between an answer and the next request; also how long a client may take nothing of an answer.
    pub idle: Duration,
    /// From the order to stop to the end of the last connection.
    pub stop: Duration,
}

/// What happened to connections, for metrics.
#[derive(Debug, Default)]
pub struct ConnectionCounts {
    /// Open now.
    pub open: AtomicU64,
    /// Accepted since the start.
    pub accepted: AtomicU64,
    /// How often accepting had to wait because as many as allowed were open.
    pub full: AtomicU64,
    /// How often accepting failed, such as for want of file descriptors.
    pub refused: AtomicU64,
}

/// The address of the other end of a request's connection, which may be a proxy; `None` on a unix socket. Routers have it
/// as an extension of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub Option<IpAddr>);

/// Put into the extensions of an answer that may last for hours, by whoever bounds how many of those there are. Its
/// connection gives its place free for others, and is closed at the end of the answer.
#[derive(Clone, Copy, Debug)]
pub struct CountedApart;

/// The place of a connection among those that are open at once, until it is given free.
type Place = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

/// What connections are accepted from.
pub trait Listen: Send {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and the address of its other end.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, PeerAddress)>> + Send;
}

impl Listen for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, PeerAddress)> {
        let (stream, address) = TcpListener::accept(self).await?;
        // Answers are small and written whole: waiting for more to send only delays them. It fails only for a
        // connection that is over already, which is no reason to stop accepting for a while.
        let _ = stream.set_nodelay(true);
        Ok((stream, PeerAddress(Some(address.ip().to_canonical()))))
    }
}

impl Listen for UnixListener {
    type Stream = UnixStream;

    async fn accept(&mut self) -> io::Result<(UnixStream, PeerAddress)> {
        let (stream, _) = UnixListener::accept(self).await?;
        Ok((stream, PeerAddress(None)))
    }
}

/// What answers the requests of a listener.
pub trait Answers: Clone + Send + 'static {
    /// The answer to a request that came over a connection from this address.
    fn answer(&self, peer: PeerAddress, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send;
}

impl Answers for Router {
    async fn answer(&self, peer: PeerAddress, mut request: Request<Body>) -> Response<Body> {
        request.extensions_mut().insert(peer);
        self.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}

/// Layer for routes that somebody else's server may serve: takes the address of the connection from where axum puts it.
#[cfg(feature = "embedded")]
pub(super) async fn peer_of_connection(
    mut request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response<Body> {
    use axum::extract::ConnectInfo;
    let connection = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>();
    if let (None, Some(ConnectInfo(peer))) = (request.extensions().get::<PeerAddress>(), connection) {
        let peer = PeerAddress(Some(peer.ip().to_canonical()));
        request.extensions_mut().insert(peer);
    }
    next.run(request).await
}

/// Serves until `stop`, then accepts no more, lets requests under way end within `limits.stop`, and drops the rest.
///
/// A connection that a handler changes to another protocol, such as a WebSocket, is the handler's from then on: it keeps
/// its place among those that are open, nothing but writing is timed, and stopping does not wait for it.
pub async fn serve<L: Listen>(
    mut listener: L,
    answers: impl Answers,
    limits: ServeLimits,
    counts: Arc<ConnectionCounts>,
    stop: impl Future<Output = ()> + Send,
) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let connections = TaskTracker::new();
    let stopping = CancellationToken::new();
    let cut = CancellationToken::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let place = place(&places, &counts).await;
            (place, accept(&mut listener, &counts).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        let place = Arc::new(Mutex::new(Some(place)));
        let open = Open::new(place.clone(), counts.clone());
        let connection = Connection { answers: answers.clone(), peer, limits, place, stopping: stopping.clone() };
        let cut = cut.clone();
        connections.spawn(async move {
            tokio::select! {
                () = connection.run(stream, open) => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    stopping.cancel();
    connections.close();
    if tokio::time::timeout(limits.stop, connections.wait()).await.is_err() {
        cut.cancel();
        connections.wait().await;
    }
}

async fn place(places: &Arc<Semaphore>, counts: &ConnectionCounts) -> OwnedSemaphorePermit {
    if let Ok(place) = places.clone().try_acquire_owned() {
        return place;
    }
    counts.full.fetch_add(1, Ordering::Relaxed);
    places.clone().acquire_owned().await.expect("the semaphore is never closed")
}

async fn accept<L: Listen>(listener: &mut L, counts: &ConnectionCounts) -> (L::Stream, PeerAddress) {
    let mut pause = ACCEPT_PAUSE_MIN;
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The client went away before it was its turn.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                counts.refused.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
            }
        }
    }
}

/// Counts a connection as open, and keeps its place, until dropped with its stream: also when its task panics, and when a
/// handler has taken it over.
struct Open {
    _place: Place,
    counts: Arc<ConnectionCounts>,
}

impl Open {
    fn new(place: Place, counts: Arc<ConnectionCounts>) -> Self {
        counts.accepted.fetch_add(1, Ordering::Relaxed);
        counts.open.fetch_add(1, Ordering::Relaxed);
        Self { _place: place, counts }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counts.open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Connection<A> {
    answers: A,
    peer: PeerAddress,
    limits: ServeLimits,
    place: Place,
    stopping: CancellationToken,
}

impl<A: Answers> Connection<A> {
    async fn run<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, open: Open) {
        let Self { answers, peer, limits, place, stopping } = self;
        let ServeLimits { first_byte, idle, header, .. } = limits;
        let (stream, timer) = watch(stream, open, HeadLimits { first_byte, idle, header });
        let service = service_fn(move |request| answer(answers.clone(), (peer, place.clone()), limits.body, request));
        let connection = http1::Builder::new()
            .timer(timer)
            // Any value switches the timer on; the timer has its own.
            .header_read_timeout(header)
            .max_header_size(HEADER_BYTES_MAX)
            .max_buf_size(BUFFER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // A client that breaks off or dawdles is its own affair.
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

async fn answer(
    answers: impl Answers,
    (peer, place): (PeerAddress, Place),
    body_time: BodyTime,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    // hyper could refuse these itself, but would then take memory for the headers of every request from the heap.
    if request.headers().len() > HEADERS_MAX {
        return Ok(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response());
    }
    let (parts, incoming) = request.into_parts();
    let mut was_too_slow = None;
    let body = if incoming.is_end_stream() {
        Body::empty()
    } else {
        let flag = was_too_slow.insert(Arc::new(AtomicBool::new(false)));
        Body::new(TimedBody::new(incoming, body_time, flag.clone()))
    };
    let mut response = answers.answer(peer, Request::from_parts(parts, body)).await;
    let tells = |response: &Response<Body>| {
        matches!(response.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE)
    };
    // Whatever else a handler made of the missing body, this is what happened.
    if was_too_slow.is_some_and(|flag| flag.load(Ordering::Relaxed)) && !tells(&response) {
        response = StatusCode::REQUEST_TIMEOUT.into_response();
    }
    let apart = response.extensions().get::<CountedApart>().is_some();
    if apart {
        place.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
    // The rest of such a body is not awaited, so the connection is of no further use. One without a place is neither.
    if apart || tells(&response) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
