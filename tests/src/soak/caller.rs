//! One of the callers: what it asks for, and what came of it.

use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http::{Request, StatusCode, Uri};
use persium_core::plan::Plan;
use persium_core::{Error, Limits, Operation, Response, api};
use persium_testkit::Kit;
use persium_testkit::conformance::Deadlines;

use time::OffsetDateTime;

pub(super) struct Caller<'a, D> {
    client: &'a D,
    kit: &'a Kit,
    random: Rng,
    number: u64,
    calls: u64,
}

impl<'a, D: Deadlines> Caller<'a, D> {
    pub(super) fn new(client: &'a D, kit: &'a Kit, seed: u64, number: u64) -> Self {
        Self { client, kit, random: Rng::with_seed(seed ^ (number << 32)), number, calls: 0 }
    }

    /// Makes a call, and says by its predicate how it ended.
    pub(super) fn call(&mut self) -> &'static str {
        self.calls += 1;
        let limits = Limits::default();
        let mark = Mark { caller: self.number, call: self.calls };
        let stations = self.kit.world().organisations()[0].stations();
        let station = stations[self.random.usize(..stations.len())].uuid();
        // Now and then somebody who has no time.
        let hurried = self.client.within(Duration::from_millis(self.random.u64(1..500)));
        let client = if self.random.u8(..10) == 0 { &hurried } else { self.client };
        let result = match self.random.u8(..20) {
            0 => walked(client.walk(Marked(api::stations(&limits), mark), || false)),
            1 => {
                let until = OffsetDateTime::now_utc();
                let hour = api::measurements(station, until - Duration::from_secs(3600), until, &limits);
                walked(client.walk(Marked(hour, mark), || false))
            }
            2..=5 => client.call(Marked(api::Latest::new(station), mark)).map(drop),
            6..=8 => client.call(Marked(api::Station::new(station), mark)).map(drop),
            9 => client.bearer().map(drop),
            _ => client.call(Marked(api::Me, mark)).map(drop),
        };
        outcome(&result)
    }
}

fn walked<T>(items: Vec<Result<T, Error>>) -> Result<(), Error> {
    items.into_iter().try_for_each(|item| item.map(drop))
}

/// What the documentation calls the way a call ended.
fn outcome(result: &Result<(), Error>) -> &'static str {
    type Class = (&'static str, fn(&Error) -> bool);
    const CLASSES: [Class; 9] = [
        ("is_credentials", Error::is_credentials),
        ("is_unauthorized", Error::is_unauthorized),
        ("is_forbidden", Error::is_forbidden),
        ("is_not_found", Error::is_not_found),
        ("is_bad_request", Error::is_bad_request),
        ("is_throttled", Error::is_throttled),
        ("is_timeout", Error::is_timeout),
        ("is_unavailable", Error::is_unavailable),
        ("is_decode", Error::is_decode),
    ];
    let Err(error) = result else { return "answered" };
    let class = CLASSES.iter().find(|(_, is)| is(error)).map(|(name, _)| *name);
    let redirected = error.status().filter(StatusCode::is_redirection).map(|_| "status of a redirect");
    class.or(redirected).unwrap_or_else(|| panic!("no documentation tells of this end: {error:?}"))
}

/// Whose call it is. The server does not care; the testkit tells repetitions of a request from others' by it.
#[derive(Clone, Copy)]
struct Mark {
    caller: u64,
    call: u64,
}

/// An operation, or a plan of operations, whose requests are marked.
struct Marked<T>(T, Mark);

impl<O: Operation> Operation for Marked<O> {
    type Output = O::Output;

    fn request(&self) -> Request<Bytes> {
        let Self(operation, Mark { caller, call }) = self;
        let mut request = operation.request();
        let separator = if request.uri().query().is_some() { '&' } else { '?' };
        let uri = format!("{}{separator}caller={caller}&call={call}", request.uri());
        *request.uri_mut() = Uri::try_from(uri).expect("a query can be longer");
        request
    }

    fn decode(&self, response: &Response) -> Result<Self::Output, Error> {
        self.0.decode(response)
    }
}

impl<P: Plan> Plan for Marked<P> {
    type Operation = Marked<P::Operation>;
    type Item = P::Item;

    fn next_operation(&self) -> Option<Self::Operation> {
        self.0.next_operation().map(|operation| Marked(operation, self.1))
    }

    fn accept(
        &mut self,
        outcome: Result<<P::Operation as Operation>::Output, Error>,
    ) -> Vec<Result<P::Item, Error>> {
        self.0.accept(outcome)
    }

    fn shortfall(&mut self) -> Option<Error> {
        self.0.shortfall()
    }
}
