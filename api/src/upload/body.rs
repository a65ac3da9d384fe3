//! The body of an upload as a stream under limits: size, pace, and how much may
//! pile up in a reader that does not get on.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::Stream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// The most that a parser may take in without giving anything out, in bytes.
const MOST_UNPARSED: u64 = 256 * 1024;

/// Why a body ended before its end.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum BodyError {
    /// More bytes than allowed.
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// Nothing came for too long.
    #[error("nothing came for {0:?}")]
    Idle(Duration),
    /// It took too long altogether.
    #[error("the body took longer than {0:?}")]
    Deadline(Duration),
    /// A part's header, or what stands before the first part, has no end.
    #[error("a part's header has no end")]
    Unparsed,
    /// The connection broke, or the body's framing is wrong.
    #[error("the body ended early: {0}")]
    Aborted(String),
}

/// Limits on a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// The most bytes.
    pub bytes: u64,
    /// The longest pause.
    pub idle: Duration,
    /// The longest time altogether.
    pub total: Duration,
}

/// Tells the stream that its reader got on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Whatever was taken in so far has been given out.
    pub(crate) fn made(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A body under limits. It yields one piece each time it is polled and then lets its reader
/// work on it, so that a reader that polls until nothing is ready does not gather the whole body.
pub(crate) struct LimitedBody {
    inner: BodyDataStream,
    limits: BodyLimits,
    read: u64,
    idle: Pin<Box<Sleep>>,
    deadline: Pin<Box<Sleep>>,
    just_yielded: bool,
    progress: Progress,
}

impl LimitedBody {
    /// Puts `body` under `limits`.
    #[must_use]
    pub(crate) fn new(body: Body, limits: BodyLimits) -> Self {
        Self {
            inner: body.into_data_stream(),
            read: 0,
            idle: Box::pin(sleep(limits.idle)),
            deadline: Box::pin(sleep(limits.total)),
            just_yielded: false,
            progress: Progress::default(),
            limits,
        }
    }

    /// Where the reader of this body says that it got on.
    #[must_use]
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn account(&mut self, piece: &Bytes) -> Result<(), BodyError> {
        let length = piece.len() as u64;
        self.read += length;
        if self.read > self.limits.bytes {
            return Err(BodyError::TooLarge(self.limits.bytes));
        }
        let unparsed = self.progress.0.fetch_add(length, Ordering::Relaxed);
        if unparsed > MOST_UNPARSED { Err(BodyError::Unparsed) } else { Ok(()) }
    }
}

impl Stream for LimitedBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.just_yielded) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(BodyError::Deadline(self.limits.total))));
        }
        match Pin::new(&mut self.inner).poll_next(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                let again = Instant::now() + self.limits.idle;
                self.idle.as_mut().set(sleep_until(again));
                self.just_yielded = true;
                Poll::Ready(Some(self.account(&piece).map(|()| piece)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::Aborted(error.to_string())))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.idle.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::Idle(self.limits.idle)))),
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt as _, stream};

    const LIMITS: BodyLimits =
        BodyLimits { bytes: 1000, idle: Duration::from_millis(200), total: Duration::from_millis(600) };

    fn pieces(count: usize, size: usize) -> Body {
        Body::from_stream(stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(Bytes::from(vec![0_u8; size])))))
    }

    #[tokio::test]
    async fn what_fits_passes_and_what_does_not_ends_it() {
        let fits: Vec<_> = LimitedBody::new(pieces(10, 100), LIMITS).collect().await;
        assert!(fits.len() == 10 && fits.iter().all(Result::is_ok));
        let over: Vec<_> = LimitedBody::new(pieces(11, 100), LIMITS).take(11).collect().await;
        assert!(matches!(over.last(), Some(Err(BodyError::TooLarge(1000)))));
    }

    #[tokio::test]
    async fn one_piece_at_a_time() {
        let mut body = std::pin::pin!(LimitedBody::new(pieces(3, 1), LIMITS));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(body.as_mut().poll_next(&mut cx).is_ready());
        assert!(body.as_mut().poll_next(&mut cx).is_pending());
        assert!(body.as_mut().poll_next(&mut cx).is_ready());
    }

    #[tokio::test]
    async fn a_pause_and_a_crawl_end_it() {
        let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let last = LimitedBody::new(never, LIMITS).next().await;
        assert!(matches!(last, Some(Err(BodyError::Idle(_)))), "{last:?}");
        let slow = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
        });
        let pieces: Vec<_> = LimitedBody::new(Body::from_stream(slow), LIMITS).take(20).collect().await;
        assert!(pieces.iter().any(|piece| matches!(piece, Err(BodyError::Deadline(_)))), "{pieces:?}");
    }

    #[tokio::test]
    async fn a_reader_that_does_not_get_on_is_stopped() {
        let limits = BodyLimits { bytes: u64::MAX, ..LIMITS };
        let stuck: Vec<_> = LimitedBody::new(pieces(40, 10_000), limits).collect().await;
        assert!(stuck.iter().any(|piece| matches!(piece, Err(BodyError::Unparsed))));
        let body = LimitedBody::new(pieces(40, 10_000), limits);
        let progress = body.progress();
        let fine: Vec<_> = body.inspect(|_| progress.made()).collect().await;
        assert!(fine.iter().all(Result::is_ok));
    }
}
