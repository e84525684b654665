//! One run of an operation, from the first token to the last retry.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use http::uri::{Authority, Parts, PathAndQuery};
use http::{HeaderMap, HeaderValue, Request, Uri};
use percent_encoding::percent_decode_str;

use super::{Authorize, Caller, Step};
use crate::claims::Claims;
use crate::config::Config;
use crate::error::{Answer, Error, History, Kind, Peer, Waiting};
use crate::operation::Operation;
use crate::retry::{RetryPolicy, Verdict};
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::{Bearer, Refusal};
use crate::wire::{Failure, FailureKind, Phase, Response, Transmit};

/// One run of an operation: a token, an attempt, a fresh token once after a 401, retries by the table.
#[derive(Debug)]
pub struct Call<O: Operation> {
    operation: O,
    /// On each of its requests, where the operation says nothing else.
    headers: Option<Arc<HeaderMap>>,
    config: Arc<Config>,
    authorize: Authorize,
    /// Attempts made, the repetition after a 401 and those that met a stale connection aside.
    attempts: u32,
    /// Attempts that met a pooled connection that was closed already.
    stale: u32,
    reauthorized: bool,
    state: State<O::Output>,
}

#[derive(Debug)]
enum State<T> {
    /// Wants a token, then sends.
    Authorize,
    /// Sent with this token, to be given up then.
    InFlight { bearer: Arc<Bearer>, sent_at: Now, timeout_at: Timestamp },
    /// It did not go well; what that means is for the session to say.
    Observed { bearer: Arc<Bearer>, verdict: Verdict, error: Error },
    /// Waits to try again after this.
    Backoff { until: Timestamp, error: Error },
    /// Has its result, or has given it.
    Done(Option<Result<T, Error>>),
}

impl<O: Operation> Call<O> {
    /// A call that is over by the configured [`call_timeout`](crate::Limits::call_timeout) from now.
    pub fn new(operation: O, config: Arc<Config>, now: Now) -> Self {
        let authorize = Authorize::new(now.monotonic + config.limits.call_timeout);
        Self {
            operation,
            headers: None,
            config,
            authorize,
            attempts: 0,
            stale: 0,
            reauthorized: false,
            state: State::Authorize,
        }
    }

    /// With a deadline of its own, on the clock it is polled with.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Timestamp) -> Self {
        self.authorize.set_deadline(deadline);
        self
    }

    /// With these headers on each of its requests to the API. A name that the operation's own request has is the
    /// operation's to say; `Authorization` and `Host` are the client's own. No other request has them, a token's least of all.
    #[must_use]
    pub fn with_headers(mut self, headers: impl Into<Option<Arc<HeaderMap>>>) -> Self {
        self.headers = headers.into();
        self
    }

    /// The operation's request, put on the API's origin, after its base path: it can go nowhere else.
    fn request(&self) -> Result<Request<Bytes>, String> {
        let mut request = self.operation.request();
        *request.uri_mut() = pinned(&self.config.api_base_url, request.uri())?;
        let headers = request.headers_mut();
        if let Some(added) = &self.headers {
            let own = std::mem::replace(headers, HeaderMap::clone(added));
            headers.extend(own);
        }
        // Whom it is for is said by the URI alone.
        headers.remove(HOST);
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        Ok(request)
    }

    fn send(&mut self, now: Now, bearer: Arc<Bearer>) -> Step<O::Output> {
        let mut request = match self.request() {
            Ok(request) => request,
            Err(problem) => {
                return self.end(Err(Error::answered(Kind::Request(problem), self.about(now, None))));
            }
        };
        request.headers_mut().insert(AUTHORIZATION, bearer.header().clone());
        // Those that count as attempts, and those that do not.
        let resend_count = self.attempts + self.stale + u32::from(self.reauthorized);
        self.attempts += 1;
        let limits = &self.config.limits;
        let timeout_at = (now.monotonic + limits.attempt_timeout).min(self.authorize.deadline());
        self.state = State::InFlight { bearer, sent_at: now, timeout_at };
        Step::Transmit(Box::new(Transmit { request, timeout_at, max_body: limits.max_body, resend_count }))
    }

    /// Goes on from the token half's step.
    fn authorized(&mut self, now: Now, step: Step<Arc<Bearer>>) -> Step<O::Output> {
        match step {
            Step::Done(Ok(bearer)) => self.send(now, bearer),
            Step::Done(Err(error)) => self.end(Err(error)),
            Step::Await { seen, until } => Step::Await { seen, until },
            Step::Sleep { until } => Step::Sleep { until },
            Step::Transmit(_) => unreachable!("authorizing transmits nothing"),
        }
    }

    /// What a fault means. `Ok`: goes on with a token.
    fn observed(
        &mut self,
        now: Now,
        session: &mut Session,
        bearer: &Bearer,
        verdict: Verdict,
        error: Error,
    ) -> Result<(), Error> {
        let deadline = self.authorize.deadline();
        match verdict {
            // One fresh token a call: a second refusal says nothing about the token.
            Verdict::Reauthorize if !self.reauthorized => {
                self.reauthorized = true;
                // The repetition counts for itself: the retries after it are those of any other call.
                self.attempts -= 1;
                let earliest = match self.authorize.refuse(now, session, bearer.generation()) {
                    Refusal::Dropped | Refusal::Stale => now.monotonic,
                    Refusal::Deferred(at) => at,
                };
                if earliest < deadline { Ok(()) } else { Err(error) }
            }
            Verdict::Repeat if self.stale < self.config.limits.call_attempts && now.monotonic < deadline => {
                self.stale += 1;
                self.attempts -= 1;
                Ok(())
            }
            Verdict::Retry(_) | Verdict::Repeat => {
                let asked = match verdict {
                    Verdict::Retry(asked) => asked.map(|asked| asked.from(now.wall)),
                    _ => None,
                };
                let pause = self.policy().delay(self.attempts, asked, &mut session.jitter);
                match pause.and_then(|pause| session.grant_retry(now, pause, deadline)) {
                    Ok(until) => {
                        self.state = State::Backoff { until, error };
                        Ok(())
                    }
                    Err(reason) => Err(error.unrepeated(reason)),
                }
            }
            Verdict::Reauthorize | Verdict::Accept | Verdict::GiveUp => Err(error),
        }
    }

    fn policy(&self) -> RetryPolicy {
        let limits = &self.config.limits;
        RetryPolicy {
            max_attempts: limits.call_attempts,
            base: limits.call_backoff,
            cap: limits.retry_after_cap,
        }
    }

    /// What was asked, by what means: for an error.
    fn about(&self, sent_at: Now, bearer: Option<&Bearer>) -> Answer {
        let base = &self.config.api_base_url;
        let request = self.operation.request();
        let uri = pinned(base, request.uri()).unwrap_or_else(|_| base.clone());
        let mut circumstances = self.config.circumstances(&self.config.credentials, sent_at.wall);
        circumstances.claims = bearer.and_then(|bearer| {
            let redactor = self.config.credentials.redactor(Some(bearer.token()));
            Claims::read(bearer.token(), &redactor)
        });
        if self.reauthorized {
            circumstances.history = History::SecondBearer;
        }
        Answer::new(Peer::Api, request.method(), &uri, circumstances)
    }

    /// The deadline has passed; `before` is what had gone wrong until then.
    fn out_of_time(&mut self, now: Now, waiting: Waiting, before: Option<Error>) -> Step<O::Output> {
        let source = before.map(Into::into);
        let error = Error::because(Kind::Deadline(waiting), Some(self.about(now, None)), source);
        self.end(Err(error))
    }

    /// The error for an attempt that brought no answer, though it had `given`.
    fn unanswered(&self, failure: Failure, given: Duration, is_last: bool, about: Answer) -> Error {
        let limits = &self.config.limits;
        let limit = limits.ended(failure.phase, "attempt_timeout", given);
        // The attempt has all the time that the call has left: what ends it, but for the connection's own limit, is that.
        if failure.kind == FailureKind::TimedOut && is_last && limit.name == "attempt_timeout" {
            let kind = Kind::Deadline(Waiting::Answer(failure.phase));
            return Error::because(kind, Some(about), Some(failure.source));
        }
        Error::transport(failure, about, limit)
    }

    fn end(&mut self, result: Result<O::Output, Error>) -> Step<O::Output> {
        self.state = State::Done(None);
        Step::Done(result)
    }
}

impl<O: Operation> Caller for Call<O> {
    type Output = O::Output;

    fn deadline(&self) -> Timestamp {
        self.authorize.deadline()
    }

    fn poll_published(&mut self, now: Now, bearer: Option<&Arc<Bearer>>) -> Option<Step<O::Output>> {
        match &mut self.state {
            State::Authorize => {
                let step = self.authorize.poll_published(now, bearer)?;
                Some(self.authorized(now, step))
            }
            State::Done(result) => result.take().map(Step::Done),
            State::InFlight { .. } | State::Observed { .. } | State::Backoff { .. } => None,
        }
    }

    fn poll(&mut self, now: Now, session: &mut Session) -> Step<O::Output> {
        let late = self.authorize.deadline() <= now.monotonic;
        loop {
            match std::mem::replace(&mut self.state, State::Authorize) {
                State::Done(result) => {
                    return self.end(result.expect("a call that is over is not polled again"));
                }
                // Before the deadline is looked at: what was observed says more than that time is up.
                State::Observed { bearer, verdict, error } => {
                    if let Err(error) = self.observed(now, session, &bearer, verdict, error) {
                        return self.end(Err(error));
                    }
                }
                State::InFlight { .. } if late => {
                    return self.out_of_time(now, Waiting::Answer(Phase::Wait), None);
                }
                // Polled early: the adapter still owes the outcome.
                State::InFlight { bearer, sent_at, timeout_at } => {
                    self.state = State::InFlight { bearer, sent_at, timeout_at };
                    return Step::Sleep { until: timeout_at };
                }
                State::Backoff { error, .. } if late => {
                    return self.out_of_time(now, Waiting::Retry, Some(error));
                }
                State::Backoff { until, error } if now.monotonic < until => {
                    self.state = State::Backoff { until, error };
                    return Step::Sleep { until };
                }
                State::Backoff { .. } => {}
                State::Authorize if late => {
                    let (waiting, before) = self.authorize.waited_for(now, session);
                    return self.out_of_time(now, waiting, before);
                }
                State::Authorize => {
                    let step = self.authorize.poll(now, session);
                    return self.authorized(now, step);
                }
            }
        }
    }

    fn handle_outcome(&mut self, outcome: Result<Response, Failure>) {
        let State::InFlight { bearer, sent_at, timeout_at } = &self.state else { return };
        let about = || self.about(*sent_at, Some(bearer));
        let verdict = Verdict::of(outcome.as_ref());
        let error = match outcome {
            Ok(response) => {
                let redactor = || self.config.credentials.redactor(Some(bearer.token()));
                if verdict == Verdict::Accept {
                    let result = self.operation.decode(&response);
                    let explained = |error: Error| {
                        let redactor = redactor();
                        error.about(&redactor, || about().with_response(&response, &redactor))
                    };
                    self.state = State::Done(Some(result.map_err(explained)));
                    return;
                }
                let kind = if verdict == Verdict::Reauthorize { Kind::Unauthorized } else { Kind::Status };
                Error::answered(kind, about().with_response(&response, &redactor()))
            }
            Err(failure) => {
                let is_last = *timeout_at == self.authorize.deadline();
                self.unanswered(failure, timeout_at.since(sent_at.monotonic), is_last, about())
            }
        };
        self.state = State::Observed { bearer: Arc::clone(bearer), verdict, error };
    }

    fn is_refused(&self) -> bool {
        let is_refused = matches!(&self.state, State::Observed { verdict: Verdict::Reauthorize, .. });
        is_refused && !self.reauthorized
    }
}

/// `rest`'s path and query after `base`, on its origin and below its path. The error: together they are too long for a URI,
/// or a server that resolves `..`, percent-encoded or not (RFC 3986 section 5.2.4), would be led out of the base.
fn pinned(base: &Uri, rest: &Uri) -> Result<Uri, String> {
    // A word without a slash is a host to a parser of URIs, and a path to whoever wrote it here.
    let word = || rest.authority().map_or("/", Authority::as_str);
    let below = rest.path_and_query().map_or_else(word, PathAndQuery::as_str);
    // Most have nothing that such a segment could be made of.
    if below.bytes().any(|byte| matches!(byte, b'.' | b'%')) && leads_out(below) {
        return Err("its path has a segment `.` or `..`, which could lead out of API_BASE_URL".to_owned());
    }
    let base_path = base.path().trim_end_matches('/');
    let mut whole = Vec::with_capacity(base_path.len() + 1 + below.len());
    whole.extend_from_slice(base_path.as_bytes());
    if !below.starts_with('/') {
        whole.push(b'/');
    }
    whole.extend_from_slice(below.as_bytes());
    let path = PathAndQuery::from_maybe_shared(Bytes::from(whole));
    let mut parts = Parts::default();
    parts.scheme = base.scheme().cloned();
    parts.authority = base.authority().cloned();
    parts.path_and_query = Some(path.map_err(|problem| problem.to_string())?);
    Ok(Uri::from_parts(parts).expect("the base has scheme and host"))
}

/// Whether a segment of its path, decoded, is `.` or `..`.
fn leads_out(below: &str) -> bool {
    let path = below.split('?').next().unwrap_or_default();
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests;
