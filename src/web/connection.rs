//! One connection as the server sees it: when it waits for whom, and for how long.
//!
//! hyper has one time limit for "waiting for a request" and "reading its header", which starts when the wait starts.
//! Here they are two: `HeadTimer` stands in for hyper's timer, and learns from `WatchedStream` that a byte came.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a closed connection is still read, so that the client's unread bytes do not reset it before the client has
/// read its answer.
const LINGER: Duration = Duration::from_secs(2);

/// How much is read in that time, in bytes.
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// The limits of waiting for a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadLimits {
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
    pub(super) header: Duration,
}

#[derive(Default)]
struct Progress {
    bytes_read: AtomicU64,
    /// The sleep of the last wait: moving a deadline further away costs a fraction of what a new timer does.
    spare: Mutex<Option<Pin<Box<Sleep>>>>,
}

impl Progress {
    fn spare(&self) -> MutexGuard<'_, Option<Pin<Box<Sleep>>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<Sleep>> {
        match self.spare().take() {
            Some(mut sleep) => {
                sleep.as_mut().reset(deadline);
                sleep
            }
            None => Box::pin(tokio::time::sleep_until(deadline)),
        }
    }
}

/// The stream of a connection, counted for its timer; a client that takes nothing for the idle time is cut off.
pub(super) struct WatchedStream<S, H> {
    stream: S,
    /// Dropped when the stream is.
    _held: H,
    progress: Arc<Progress>,
    write_within: Duration,
    blocked: Option<Pin<Box<Sleep>>>,
    lingering: Option<Lingering>,
}

struct Lingering {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

/// Wraps a stream, with what is to be held as long as it is, and makes the timer that hyper has to be given for it.
pub(super) fn watch<S, H>(stream: S, held: H, limits: HeadLimits) -> (WatchedStream<S, H>, HeadTimer) {
    let progress = Arc::new(Progress::default());
    let timer = HeadTimer { limits, progress: progress.clone(), had_request: AtomicBool::new(false) };
    let write_within = limits.idle;
    (WatchedStream { stream, _held: held, progress, write_within, blocked: None, lingering: None }, timer)
}

impl<S, H> WatchedStream<S, H> {
    /// A write that got on ends the wait; one that did not starts or goes on with it.
    fn watch_write<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.blocked = None;
            return written;
        }
        let within = self.write_within;
        let blocked = self.blocked.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        ready!(blocked.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin, H: Unpin> AsyncRead for WatchedStream<S, H> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buf);
        let count = buf.filled().len() - before;
        if count > 0 {
            self.progress.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, H: Unpin> AsyncWrite for WatchedStream<S, H> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buf);
        self.watch_write(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bufs);
        self.watch_write(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watch_write(context, flushed)
    }

    /// Says that nothing more comes, then reads what the client still sends, within bounds, until it closes too.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        let lingering =
            this.lingering.get_or_insert_with(|| Lingering { until: Box::pin(tokio::time::sleep(LINGER)), bytes: 0 });
        let mut scratch = [0; 4096];
        loop {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut this.stream).poll_read(context, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() && lingering.bytes < LINGER_BYTES_MAX => {
                    lingering.bytes += buf.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(lingering.until.as_mut().poll(context));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

/// hyper's timer for one connection. hyper asks it for a sleep whenever it starts to wait for a request, polls that
/// sleep after every read that came up short, and drops it with the end of the header; it uses the timer for nothing
/// else (hyper 1.12, `proto/h1/conn.rs`). The deadline that hyper computes is ignored.
pub(super) struct HeadTimer {
    limits: HeadLimits,
    progress: Arc<Progress>,
    had_request: AtomicBool,
}

impl hyper::rt::Timer for HeadTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        let wait =
            if self.had_request.swap(true, Ordering::Relaxed) { self.limits.idle } else { self.limits.first_byte };
        Box::pin(HeadSleep {
            started: Instant::now(),
            wait,
            header: self.limits.header,
            bytes_read: self.progress.bytes_read.load(Ordering::Relaxed),
            progress: self.progress.clone(),
            in_header: false,
            sleep: None,
        })
    }

    fn sleep_until(&self, _: std::time::Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep(Duration::ZERO)
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into_std()
    }
}

/// Over when no byte came for `wait`, or when the header is not complete `header` after its first byte.
struct HeadSleep {
    started: Instant,
    wait: Duration,
    header: Duration,
    bytes_read: u64,
    progress: Arc<Progress>,
    in_header: bool,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if !this.in_header && this.progress.bytes_read.load(Ordering::Relaxed) != this.bytes_read {
            this.in_header = true;
            let deadline = Instant::now() + this.header;
            match &mut this.sleep {
                Some(sleep) => sleep.as_mut().reset(deadline),
                None => this.sleep = Some(this.progress.sleep_until(deadline)),
            }
        }
        let deadline = this.started + this.wait;
        this.sleep.get_or_insert_with(|| this.progress.sleep_until(deadline)).as_mut().poll(context)
    }
}

impl Drop for HeadSleep {
    fn drop(&mut self) {
        if let Some(sleep) = self.sleep.take() {
            *self.progress.spare() = Some(sleep);
        }
    }
}

impl hyper::rt::Sleep for HeadSleep {}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;

    const LONG: Duration = Duration::from_secs(30);
    const LIMITS: HeadLimits = HeadLimits { first_byte: LONG, idle: LONG, header: LONG };

    #[tokio::test]
    async fn what_a_client_still_sends_is_read_until_it_closes() {
        // The pipe holds less than is sent, so the client gets on only if somebody reads.
        let (ours, mut theirs) = duplex(16);
        let (mut watched, _timer) = watch(ours, (), LIMITS);
        let client = async move { theirs.write_all(&[b'x'; 1000]).await };
        let both = async { tokio::join!(watched.shutdown(), client) };
        let (closed, sent) = tokio::time::timeout(LONG, both).await.expect("the client gets rid of its bytes");
        assert!(closed.is_ok() && sent.is_ok());
    }

    #[tokio::test]
    async fn a_client_that_never_stops_sending_is_read_only_so_far() {
        let (ours, mut theirs) = duplex(4096);
        let (mut watched, _timer) = watch(ours, (), LIMITS);
        let client = tokio::spawn(async move { while theirs.write_all(&[b'x'; 4096]).await.is_ok() {} });
        tokio::time::timeout(LONG, watched.shutdown()).await.expect("the bytes are bounded").unwrap();
        drop(watched);
        client.await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_neither_sends_nor_closes_is_waited_for_only_so_long() {
        let (ours, _theirs) = duplex(16);
        let (mut watched, _timer) = watch(ours, (), LIMITS);
        tokio::time::timeout(LONG, watched.shutdown()).await.expect("the time is bounded").unwrap();
    }
}
