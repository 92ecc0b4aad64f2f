//! Request bodies: bounded in size and in time.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::Sleep;

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

/// A body that has to arrive whole within a time that starts with the end of the header: a byte now and then does not
/// prolong it.
pub(super) struct TimedBody {
    incoming: Incoming,
    deadline: Pin<Box<Sleep>>,
    was_too_slow: Arc<AtomicBool>,
}

impl TimedBody {
    /// Starts the time. `was_too_slow` becomes true when it is over before the body is there.
    pub(super) fn new(incoming: Incoming, within: Duration, was_too_slow: Arc<AtomicBool>) -> Self {
        Self { incoming, deadline: Box::pin(tokio::time::sleep(within)), was_too_slow }
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        if self.was_too_slow.load(Ordering::Relaxed) || self.deadline.as_mut().poll(context).is_ready() {
            self.was_too_slow.store(true, Ordering::Relaxed);
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
}
