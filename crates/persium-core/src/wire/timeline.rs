//! How long each phase of an exchange took.

use std::time::Duration;

use super::{Failure, Phase, Response};

/// When the phases of one exchange ended, those that there were: a connection that was open already was neither looked for nor
/// opened.
///
/// A request that carries one among its [extensions](http::Request::extensions) asks for it. A transport that can tell answers with
/// it, by [`tell`](Self::tell); one that cannot leaves it.
///
/// ```
/// use std::time::Duration;
///
/// use bytes::Bytes;
/// use persium_core::{Phase, Response, Timeline};
///
/// let ms = Duration::from_millis;
/// let mut timeline = Timeline::default();
/// timeline.on_ended(Phase::Connect, ms(12));
/// timeline.on_ended(Phase::Tls, ms(40));
/// let outcome = timeline.tell(Ok(Response::new(Bytes::new())), ms(55));
/// let told = outcome?.extensions().get::<Timeline>().cloned().expect("it was told");
/// assert_eq!(told.took(Phase::Tls), Some(ms(28)));
/// assert_eq!(told.took(Phase::Body), Some(ms(15)));
/// assert_eq!(told.took(Phase::Resolve), None);
/// # Ok::<(), persium_core::Failure>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Timeline(Vec<(Phase, Duration)>);

impl Timeline {
    /// A phase ended well, so long after the exchange began.
    pub fn on_ended(&mut self, phase: Phase, at: Duration) {
        self.0.push((phase, at));
    }

    /// The exchange is over, so long after it began: what came of it, told with how long it took.
    ///
    /// # Errors
    ///
    /// The failure that it is given.
    pub fn tell(mut self, outcome: Result<Response, Failure>, at: Duration) -> Result<Response, Failure> {
        match outcome {
            Ok(mut response) => {
                self.on_ended(Phase::Body, at);
                response.extensions_mut().insert(self);
                Ok(response)
            }
            Err(failure) => {
                self.on_ended(failure.phase, at);
                Err(Failure { timeline: Some(self), ..failure })
            }
        }
    }

    /// How long a phase took, where there was one.
    #[must_use]
    pub fn took(&self, phase: Phase) -> Option<Duration> {
        let place = self.0.iter().rposition(|(known, _)| *known == phase)?;
        let begun = place.checked_sub(1).map_or(Duration::ZERO, |before| self.0[before].1);
        Some(self.0[place].1.saturating_sub(begun))
    }

    /// What an outcome was told with.
    pub(crate) fn of(outcome: Result<&Response, &Failure>) -> Option<Self> {
        match outcome {
            Ok(response) => response.extensions().get().cloned(),
            Err(failure) => failure.timeline.clone(),
        }
    }
}
