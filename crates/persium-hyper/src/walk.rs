//! Walks over pages and windows, as streams.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::future::BoxFuture;
use persium_core::plan::{self, Plan, Progress, Stride};
use persium_core::{Error, Operation};

use crate::client::Client;

type Output<P> = <<P as Plan>::Operation as Operation>::Output;

/// A walk over the items of a plan: a [`Stream`], read without further crates by [`next`](Self::next).
///
/// It ends after an error of a request, and goes on with what failed after [`resume`](Self::resume). A row that cannot
/// be read is an error among the items, and the walk goes on by itself.
#[must_use = "a walk asks for nothing until it is polled"]
pub struct Walk<P: Plan> {
    client: Client,
    walk: plan::Walk<P>,
    running: Option<BoxFuture<'static, Result<Output<P>, Error>>>,
}

impl<P> Walk<P>
where
    P: Plan + Unpin,
    P::Item: Unpin,
    P::Operation: Send + 'static,
    Output<P>: Send + 'static,
{
    pub(crate) fn new(client: Client, plan: P) -> Self {
        Self { client, walk: plan::Walk::new(plan), running: None }
    }

    /// The next item, or `None` at the end.
    ///
    /// Dropping the future loses nothing: the request under way goes on when the next item is asked for.
    pub async fn next(&mut self) -> Option<Result<P::Item, Error>> {
        poll_fn(|context| self.poll_item(context)).await
    }

    /// All that is left, or the first error.
    ///
    /// # Errors
    ///
    /// That of a request, or of a row that cannot be read. The items before it are lost with it: read item by item to
    /// keep them.
    pub async fn collect_all(mut self) -> Result<Vec<P::Item>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    /// Goes on after an error, with what failed.
    pub fn resume(&mut self) {
        self.walk.resume();
    }

    /// How far it came, and how far it has to go where that is known.
    pub fn progress(&self) -> Progress {
        self.walk.progress()
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<P::Item, Error>>> {
        loop {
            if let Some(running) = &mut self.running {
                let outcome = ready!(running.as_mut().poll(context));
                self.running = None;
                self.walk.handle_outcome(outcome);
            }
            match self.walk.poll() {
                Stride::Item(item) => return Poll::Ready(Some(item)),
                Stride::End => return Poll::Ready(None),
                Stride::Run(operation) => {
                    let client = self.client.clone();
                    self.running = Some(Box::pin(async move { client.call(operation).await }));
                }
            }
        }
    }
}

impl<P> Stream for Walk<P>
where
    P: Plan + Unpin,
    P::Item: Unpin,
    P::Operation: Send + 'static,
    Output<P>: Send + 'static,
{
    type Item = Result<P::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(context)
    }
}

impl<P: Plan> fmt::Debug for Walk<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("running", &self.running.is_some()).finish_non_exhaustive()
    }
}
