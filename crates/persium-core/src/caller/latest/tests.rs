//! A station that answers 404, and what the list of stations then says.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::wire::Transmit;

const SECOND: Duration = Duration::from_secs(1);
/// The station that is asked about.
const OURS: Uuid = Uuid::from_u128(7);

/// A caller and what it is driven with. Token requests are granted.
struct Run {
    now: Now,
    session: Session,
    latest: LatestReading,
}

/// One that was answered 404.
fn not_found() -> Run {
    let config = Config::builder()
        .token_url("https://id.test/token")
        .api_base_url("https://api.test")
        .client_id("station-reader")
        .client_secret("s3cret")
        .build();
    let config = Arc::new(config.unwrap());
    let now = Now { monotonic: Timestamp::from_elapsed(SECOND * 1000), wall: SECOND * 784_111_777 };
    let session = Session::new(&config, 7);
    let mut run = Run { now, session, latest: LatestReading::new(OURS, config, now) };
    assert!(run.transmit().request.uri().path().ends_with("/measurements/latest"));
    run.latest.handle_outcome(Ok(response(404, r#"{"error":"not found"}"#)));
    run
}

fn response(status: u16, body: &str) -> Response {
    http::Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

fn listed(stations: &[Uuid]) -> String {
    let rows: Vec<_> = stations.iter().map(|uuid| format!(r#"{{"uuid":"{uuid}"}}"#)).collect();
    rows.join(",")
}

impl Run {
    /// Polls, sits out pauses, and expects a request.
    #[track_caller]
    fn transmit(&mut self) -> Transmit {
        loop {
            match self.latest.poll(self.now, &mut self.session) {
                Step::Transmit(transmit) => return *transmit,
                Step::Await { .. } => {
                    let exchange = self.session.poll_exchange(self.now).expect("it waits for a token");
                    let granted = response(200, r#"{"access_token":"token","expires_in":300}"#);
                    self.session.handle_exchange(self.now, exchange.finish(Ok(granted)));
                }
                Step::Sleep { until } => self.now.monotonic = until,
                step => panic!("no request, but {step:?}"),
            }
        }
    }

    /// Expects a request for a page of the list, and answers it.
    #[track_caller]
    fn list(&mut self, page: u32, response: Response) {
        let request = self.transmit().request;
        assert_eq!(request.uri().to_string(), format!("https://api.test/stations?page={page}&per_page=100"));
        self.latest.handle_outcome(Ok(response));
    }

    #[track_caller]
    fn rows(&mut self, page: u32, rows: &str) {
        self.list(page, response(200, &format!(r#"{{"data":[{rows}]}}"#)));
    }

    /// Expects the end.
    #[track_caller]
    fn done(&mut self) -> Result<Option<model::Reading>, Error> {
        match self.latest.poll(self.now, &mut self.session) {
            Step::Done(result) => result,
            step => panic!("not done, but {step:?}"),
        }
    }
}

#[test]
fn a_station_that_is_listed_has_no_reading_and_one_that_is_not_is_not_found() {
    let mut run = not_found();
    run.rows(1, &listed(&[Uuid::nil(), OURS]));
    assert!(run.done().unwrap().is_none());

    let mut run = not_found();
    run.rows(1, &listed(&[Uuid::nil()]));
    run.rows(2, "");
    let error = run.done().unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(error.endpoint().unwrap().ends_with("/measurements/latest"), "{error:?}");
}

#[test]
fn a_list_that_cannot_be_had_is_not_taken_for_one_without_the_station() {
    let mut run = not_found();
    run.rows(1, &listed(&[Uuid::nil()]));
    run.list(2, response(403, ""));
    let error = run.done().unwrap_err();
    assert!(error.is_forbidden() && !error.is_not_found(), "{error}");
    assert!(error.endpoint().unwrap().contains("/stations"), "{error:?}");

    let mut run = not_found();
    (0..4).for_each(|_| run.list(1, response(503, "")));
    let error = run.done().unwrap_err();
    assert_eq!(error.status().unwrap(), 503);

    let mut run = not_found();
    (0..2).for_each(|_| run.list(1, response(401, "")));
    let error = run.done().unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
}

#[test]
fn headers_of_a_caller_are_on_the_requests_for_the_list_too() {
    let mut run = not_found();
    let headers = HeaderMap::from_iter([("traceparent".parse().unwrap(), "a".parse().unwrap())]);
    run.latest =
        LatestReading::new(OURS, Arc::clone(&run.latest.config), run.now).with_headers(Arc::new(headers));
    for answer in
        [response(404, ""), response(200, r#"{"data":[{"uuid":7}]}"#), response(200, r#"{"data":[]}"#)]
    {
        let request = run.transmit().request;
        assert_eq!(request.headers()["traceparent"], "a", "{}", request.uri());
        run.latest.handle_outcome(Ok(answer));
    }
    assert!(run.done().is_err());
}

#[test]
fn a_list_that_does_not_come_in_time_is_a_timeout() {
    let mut run = not_found();
    run.transmit();
    run.now.monotonic = run.latest.deadline();
    let error = run.done().unwrap_err();
    assert!(error.is_timeout() && !error.is_not_found(), "{error}");
}

#[test]
fn a_list_that_goes_on_for_ever_does_not_say_that_the_station_is_unknown() {
    let mut run = not_found();
    let more = format!(r#"{{"data":[{}],"has_more":true}}"#, listed(&[Uuid::nil()]));
    (1..=2).for_each(|page| run.list(page, response(200, &more)));
    let error = run.done().unwrap_err();
    assert!(error.is_decode() && !error.is_not_found(), "{error}");
}

#[test]
fn a_row_that_cannot_be_read_may_be_the_station() {
    let mut run = not_found();
    run.rows(1, &format!(r#"{{"id":"{OURS}"}},{}"#, listed(&[Uuid::nil()])));
    run.rows(2, "");
    let error = run.done().unwrap_err();
    assert!(error.is_decode() && error.to_string().contains(&OURS.to_string()), "{error}");

    let mut run = not_found();
    run.rows(1, &format!(r#"{{"id":7}},{}"#, listed(&[OURS])));
    assert!(run.done().unwrap().is_none(), "another row is");
}
