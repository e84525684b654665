//! Who depends on this crate alone can name every type that its signatures show: nothing here comes from elsewhere.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use persium_hyper::bytes::Bytes;
use persium_hyper::diagnosis::{Check, Checkup, Diagnosis, Examination, Habits};
use persium_hyper::futures_core::Stream;
use persium_hyper::http::{HeaderMap, Request};
use persium_hyper::plan::{Pages, Plan, Progress, Windows};
use persium_hyper::telemetry::ErrorType;
use persium_hyper::time::OffsetDateTime;
use persium_hyper::uuid::Uuid;
use persium_hyper::{
    Alarm, Answered, Authentication, Bearer, Client, ClientBuilder, Clock, Config, ConfigBuilder,
    Credentials, Doctor, Error, Failure, FailureKind, Limits, Now, Operation, Phase, Proxies, Response,
    Secret, Stats, SystemClock, Timestamp, Transport, Walk, WithResponse, api, async_trait, model,
};

/// A network that is down.
struct Down;

#[async_trait]
impl Transport for Down {
    async fn transmit(&self, _: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
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
async fn named(client: &Client) -> Result<(), Error> {
    let now = OffsetDateTime::UNIX_EPOCH;
    let _: model::Me = client.me().await?;
    let _: model::Station = client.station(Uuid::nil()).await?;
    let _: Vec<model::Sensor> = client.sensors(Uuid::nil()).await?;
    let _: Option<model::Reading> = client.latest(Uuid::nil()).await?;
    let walk: Walk<Windows<api::Measurements>> = client.measurements(Uuid::nil(), now, now);
    let _: Vec<model::Measurement> = walk.collect_all().await?;
    let stations: Walk<Pages<api::Stations>> = client.stations();
    let _: Progress = progress(&stations);
    let bearer: Arc<Bearer> = client.bearer().await?;
    let _: Arc<Bearer> = client.bearer_instead_of(&bearer).await?;
    let operation: WithResponse<Raw> = Raw.with_response();
    let _: Answered<Bytes> = client.with_headers(HeaderMap::new()).call(operation).await?;
    client.set_credentials(Credentials::new("id", Secret::new("s3cret"))?);
    let _: Stats = client.stats();
    let _: Habits = client.habits();
    let mut doctor: Doctor = client.doctor(Examination::default());
    let _: Option<Result<Check, Error>> = doctor.next().await;
    let _: Checkup = doctor.finish().await?;
    let _: Result<Proxies, Error> = Proxies::given("http://proxy.test:8080", "");
    Ok(())
}

fn progress<P>(walk: &Walk<P>) -> Progress
where
    P: Plan + Unpin,
    Walk<P>: Stream,
    P::Item: Unpin,
    P::Operation: Send + 'static,
    <P::Operation as Operation>::Output: Send + 'static,
{
    walk.progress()
}

#[tokio::test]
async fn a_client_is_set_up_and_its_errors_are_told_apart_by_names_of_this_crate() {
    let builder: ClientBuilder = Client::builder(config().unwrap());
    let client =
        builder.transport(Arc::new(Down)).clock(Arc::new(Watch(SystemClock::default()))).build().unwrap();
    let error: Error = client.call(Raw).await.unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Connect));
    assert_eq!(ErrorType::from(&error).to_string(), "unavailable");
    let diagnosis: Diagnosis = error.diagnosis();
    assert!(!diagnosis.findings().is_empty());
}
