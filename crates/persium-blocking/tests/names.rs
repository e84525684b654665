//! Who depends on this crate alone can name every type that its signatures show: nothing here comes from elsewhere.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use persium_blocking::bytes::Bytes;
use persium_blocking::diagnosis::{Check, Checkup, Diagnosis, Examination, Habits};
use persium_blocking::http::{HeaderMap, Request};
use persium_blocking::plan::{Pages, Plan, Progress, Windows};
use persium_blocking::telemetry::ErrorType;
use persium_blocking::time::OffsetDateTime;
use persium_blocking::uuid::Uuid;
use persium_blocking::{
    Alarm, Answered, Authentication, Bearer, Cancel, Client, ClientBuilder, Clock, Config, ConfigBuilder,
    Credentials, Doctor, Error, Failure, FailureKind, Limits, Now, Operation, Phase, Proxies, Response,
    Secret, Stats, SystemClock, Timestamp, Transport, Walk, WithResponse, api, model,
};

/// A network that is down.
struct Down;

impl Transport for Down {
    fn transmit(&self, _: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
        Err(Failure::new(Phase::Connect, FailureKind::Refused, "the network is down"))
    }
}

/// A clock that runs by itself.
struct Watch(SystemClock);

impl Clock for Watch {
    fn now(&self) -> Now {
        let Now { monotonic, wall } = self.0.now();
        let monotonic: Timestamp = monotonic;
        Now { monotonic, wall }
    }

    fn wake_at(&self, _: Timestamp, _: &Waker) -> Option<Alarm> {
        None
    }
}

/// An endpoint that has no method.
struct Raw;

impl Operation for Raw {
    type Output = Bytes;

    fn request(&self) -> Request<Bytes> {
        Request::new(Bytes::new())
    }

    fn decode(&self, response: &Response) -> Result<Bytes, Error> {
        Ok(response.body().clone())
    }
}

fn config() -> Result<Config, Error> {
    let mut limits = Limits::default();
    limits.call_attempts = 1;
    limits.token_attempts = 1;
    let builder: ConfigBuilder = Config::builder();
    builder
        .token_url("https://id.test/token")
        .api_base_url("https://api.test")
        .client_id("id")
        .client_secret("s3cret")
        .authentication(Authentication::Basic)
        .limits(limits)
        .build()
}

/// Every method, its result by the name of its type.
#[expect(dead_code, reason = "that it compiles is the point")]
fn named(client: &Client) -> Result<(), Error> {
    let now = OffsetDateTime::UNIX_EPOCH;
    let _: model::Me = client.me()?;
    let _: model::Station = client.station(Uuid::nil())?;
    let _: Vec<model::Sensor> = client.sensors(Uuid::nil())?;
    let _: Option<model::Reading> = client.latest(Uuid::nil())?;
    let walk: Walk<Windows<api::Measurements>> = client.measurements(Uuid::nil(), now, now);
    let _: Vec<model::Measurement> = walk.collect_all()?;
    let stations: Walk<Pages<api::Stations>> = client.stations();
    let _: Progress = progress(&stations);
    let bearer: Arc<Bearer> = client.bearer()?;
    let _: Arc<Bearer> = client.bearer_instead_of(&bearer)?;
    let operation: WithResponse<Raw> = Raw.with_response();
    let _: Answered<Bytes> = client.with_headers(HeaderMap::new()).call(operation)?;
    client.set_credentials(Credentials::new("id", Secret::new("s3cret"))?);
    let _: Client = client.canceled_by(&Cancel::new());
    let _: Stats = client.stats();
    let _: Habits = client.habits();
    let mut doctor: Doctor = client.doctor(Examination::default());
    let _: Option<Result<Check, Error>> = doctor.next();
    let _: Checkup = doctor.finish()?;
    let _: Result<Proxies, Error> = Proxies::given("http://proxy.test:8080", "");
    Ok(())
}

fn progress<P>(walk: &Walk<P>) -> Progress
where
    P: Plan + Unpin,
    Walk<P>: Iterator,
    P::Item: Unpin,
    P::Operation: Send + 'static,
    <P::Operation as Operation>::Output: Send + 'static,
{
    walk.progress()
}

#[test]
fn a_client_is_set_up_and_its_errors_are_told_apart_by_names_of_this_crate() {
    let builder: ClientBuilder = Client::builder(config().unwrap());
    let client =
        builder.transport(Arc::new(Down)).clock(Arc::new(Watch(SystemClock::default()))).build().unwrap();
    let error: Error = client.call(Raw).unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Connect));
    assert_eq!(ErrorType::from(&error).to_string(), "unavailable");
    let diagnosis: Diagnosis = error.diagnosis();
    assert!(!diagnosis.findings().is_empty());
}
