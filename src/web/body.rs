//! Request bodies: bounded in size and in time.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// Longest body that pages and API accept, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// How much of a body that is too long is still read, in bytes. A client that sends while nobody reads finds its
/// connection reset, and never reads why.
const DRAIN_BYTES_MAX: u64 = 1024 * 1024;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than allowed: answer 413.
    #[error("the body is longer than allowed")]
    TooLarge,
    /// It did not arrive in time: answer 408.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It broke off, or its framing is wrong: answer 400.
    #[error("the body could not be read")]
    Broken(#[source] axum::Error),
}

/// Reads a body of at most `bytes_max` bytes. Of a longer one a bounded rest is read and thrown away.
pub async fn read_body(mut body: Body, bytes_max: usize) -> Result<Bytes, BodyError> {
    let announced = body.size_hint().lower();
    let bytes_max_wide = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if announced > bytes_max_wide {
        // A client that announces more than we would drain gets its answer before it sends, if it waits for one
        // (`Expect: 100-continue`): asking for the first byte would tell it to go on.
        if announced <= bytes_max_wide.saturating_add(DRAIN_BYTES_MAX) {
            drain(body).await;
        }
        return Err(BodyError::TooLarge);
    }
    let Some(first) = next_data(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() <= bytes_max && body.is_end_stream() {
        return Ok(first);
    }
    let mut bytes = Vec::from(first);
    while bytes.len() <= bytes_max {
        match next_data(&mut body).await? {
            Some(data) => bytes.extend_from_slice(&data),
            None => return Ok(bytes.into()),
        }
    }
    drain(body).await;
    Err(BodyError::TooLarge)
}

async fn next_data(body: &mut Body) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        // Trailers are of no use to us.
        if let Ok(data) = frame.map_err(failure)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Errors end it as well as the end does: the answer is decided.
async fn drain(mut body: Body) {
    let mut drained: u64 = 0;
    while let Ok(Some(data)) = next_data(&mut body).await {
        drained = drained.saturating_add(data.len() as u64);
        if drained > DRAIN_BYTES_MAX {
            return;
        }
    }
}

fn failure(error: axum::Error) -> BodyError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(this) = cause {
        if this.is::<TooSlow>() {
            return BodyError::TooSlow;
        }
        cause = this.source();
    }
    BodyError::Broken(error)
}

#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

/// How long a client may take for a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyTime {
    /// From the end of the header to the end of the body: a byte now and then does not prolong it.
    Whole(Duration),
    /// From one part to the next, for whoever takes bodies of any length. Only the time in which somebody waits for the
    /// client counts: how long a handler works on a part does not.
    Pause(Duration),
}

/// A body whose client may take only so long.
pub(super) struct TimedBody<B> {
    incoming: B,
    deadline: Pin<Box<Sleep>>,
    /// How long to wait for the next part, where that is what is bounded.
    pause: Option<Duration>,
    waits: bool,
    was_too_slow: Arc<AtomicBool>,
}

impl<B> TimedBody<B> {
    /// Starts the time. `was_too_slow` becomes true when it is over before the body is there.
    pub(super) fn new(incoming: B, time: BodyTime, was_too_slow: Arc<AtomicBool>) -> Self {
        let (first, pause) = match time {
            BodyTime::Whole(within) => (within, None),
            BodyTime::Pause(pause) => (pause, Some(pause)),
        };
        Self { incoming, deadline: Box::pin(tokio::time::sleep(first)), pause, waits: false, was_too_slow }
    }
}

/// A request whose client may take only so long for its body.
#[cfg(feature = "embedded")]
pub(super) fn timed(request: axum::extract::Request, time: BodyTime) -> axum::extract::Request {
    if request.body().is_end_stream() {
        return request;
    }
    request.map(|body| Body::new(TimedBody::new(body, time, Arc::default())))
}

impl<B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Unpin> HttpBody for TimedBody<B> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.incoming).poll_frame(context) {
            this.waits = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        if let (Some(pause), false) = (this.pause, this.waits) {
            this.deadline.as_mut().reset(Instant::now() + pause);
            this.waits = true;
        }
        if this.was_too_slow.load(Ordering::Relaxed) || this.deadline.as_mut().poll(context).is_ready() {
            this.was_too_slow.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io::{self, ErrorKind};

    use super::*;
    use http_body_util::channel::Channel;

    /// A body of unknown length, in parts, each of which may be the break-off.
    struct Parts(Vec<Result<&'static [u8], ErrorKind>>);

    impl HttpBody for Parts {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
            let part = (!self.0.is_empty()).then(|| self.0.remove(0));
            Poll::Ready(part.map(|part| Ok(Frame::data(Bytes::from_static(part?)))))
        }
    }

    fn in_parts(parts: &[&'static [u8]]) -> Body {
        Body::new(Parts(parts.iter().copied().map(Ok).collect()))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read_whole() {
        let cases: [&[&'static [u8]]; 4] = [&[], &[b""], &[b"12345"], &[b"12", b"", b"345"]];
        for parts in cases {
            assert_eq!(read_body(in_parts(parts), 5).await.unwrap(), parts.concat());
        }
        assert_eq!(read_body(Body::from("12345"), 5).await.unwrap(), "12345");
    }

    #[tokio::test]
    async fn one_byte_more_is_too_large_announced_or_not() {
        for body in [Body::from("123456"), in_parts(&[b"123456"]), in_parts(&[b"12345", b"6"])] {
            assert!(matches!(read_body(body, 5).await, Err(BodyError::TooLarge)));
        }
    }

    #[tokio::test]
    async fn a_body_without_end_is_drained_only_so_far() {
        struct Endless;
        impl HttpBody for Endless {
            type Data = Bytes;
            type Error = Infallible;
            fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 4096])))))
            }
        }
        assert!(matches!(read_body(Body::new(Endless), 5).await, Err(BodyError::TooLarge)));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_broken() {
        let body = Body::new(Parts(vec![Ok(b"1"), Err(ErrorKind::UnexpectedEof)]));
        assert!(matches!(read_body(body, 5).await, Err(BodyError::Broken(_))));
    }

    const PATIENCE: Duration = Duration::from_secs(15);

    /// A body whose parts come after these times, as far as its client is waited for.
    fn timed_parts(time: BodyTime, after: &[u64]) -> Body {
        let (mut sender, body) = Channel::<Bytes>::new(1);
        let after = after.to_vec();
        tokio::spawn(async move {
            for seconds in after {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                if sender.send_data(Bytes::from_static(b"x")).await.is_err() {
                    return;
                }
            }
        });
        Body::new(TimedBody::new(body, time, Arc::default()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_its_whole_time_or_each_of_its_parts_has() {
        let often = [5; 20];
        let whole = read_body(timed_parts(BodyTime::Whole(PATIENCE), &often), 20).await;
        assert!(matches!(whole, Err(BodyError::TooSlow)));
        assert_eq!(read_body(timed_parts(BodyTime::Pause(PATIENCE), &often), 20).await.unwrap().len(), 20);
        let seldom = read_body(timed_parts(BodyTime::Pause(PATIENCE), &[5, 5, 16]), 20).await;
        assert!(matches!(seldom, Err(BodyError::TooSlow)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_reader_takes_for_a_part_is_not_its_clients() {
        let mut body = timed_parts(BodyTime::Pause(PATIENCE), &[1, 1, 70]);
        assert!(next_data(&mut body).await.unwrap().is_some());
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(next_data(&mut body).await.unwrap().is_some());
        assert!(next_data(&mut body).await.unwrap().is_some(), "eleven seconds after it was asked for");
    }
}
