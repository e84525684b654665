//! The body of a request, which tells how far the request has come.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use persium_core::Phase;

/// How far a request has come, for when its time is up.
///
/// hyper-util has a note of its own for when there is a connection, `capture_connection`. It costs more than all else that
/// a timeout does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(Arc<AtomicU8>);

/// What a request waits for, in their order: a connection that another opens, or each step of opening its own.
const PHASES: [Phase; 7] =
    [Phase::Connect, Phase::Resolve, Phase::Connect, Phase::Proxy, Phase::Tls, Phase::Wait, Phase::Body];

tokio::task_local! {
    /// That of the request which the task is at. The connection that is opened for it is opened within it.
    static PROGRESS: Progress;
}

impl Progress {
    /// What it waits for. A connection, to begin with.
    pub(crate) fn phase(&self) -> Phase {
        PHASES[usize::from(self.0.load(Ordering::Relaxed))]
    }

    /// It is further than it was, or as far.
    pub(crate) fn reach(&self, phase: Phase) {
        let reached = (0..).zip(PHASES).filter_map(|(reached, of)| (of == phase).then_some(reached)).last();
        self.0.fetch_max(reached.unwrap_or_default(), Ordering::Relaxed);
    }

    /// The steps of connecting that `exchange` comes to count as its own.
    pub(crate) async fn note<T>(&self, exchange: impl Future<Output = T>) -> T {
        PROGRESS.scope(self.clone(), exchange).await
    }
}

/// A step of connecting begins. Of no effect where it is done in nobody's name.
pub(crate) fn on_begun(phase: Phase) {
    // An error: it is.
    let _ = PROGRESS.try_with(|progress| progress.reach(phase));
}

/// A whole body. A connection asks it whether there is anything to send when it begins to send the request, and nobody
/// asks before.
#[derive(Debug)]
pub(crate) struct Payload {
    body: Full<Bytes>,
    progress: Progress,
}

impl Payload {
    pub(crate) fn new(body: Bytes, progress: &Progress) -> Self {
        Self { body: Full::new(body), progress: progress.clone() }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.progress.reach(Phase::Wait);
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
