//! Headers of one's own on a client's requests.

use crate::{Entry, Kit, Route};
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use hyper::body::Bytes;
use persium_core::{Error, Limits, Operation, Response, api};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Headers, client};

const TRACE: HeaderName = HeaderName::from_static("traceparent");
const OTHER: HeaderName = HeaderName::from_static("x-tenant");

fn headers<const N: usize>(headers: [(HeaderName, &'static str); N]) -> HeaderMap {
    headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// What a request said under a name.
fn said<'a>(entry: &'a Entry, name: &HeaderName) -> Vec<&'a str> {
    let named = entry.headers.iter().filter(|(said, _)| said.eq_ignore_ascii_case(name.as_str()));
    named.map(|(_, value)| value.as_str()).collect()
}

/// The requests since `first` that went to the API.
fn to_the_api(kit: &Kit, first: usize) -> Vec<Entry> {
    let entries = kit.journal().entries().iter().skip(first).cloned().collect::<Vec<_>>();
    entries.into_iter().filter(|entry| entry.route != Route::Token).collect()
}

/// Pages, windows, attempts, the list behind a reading that is not there; and the clients that share the token have none.
pub fn headers_of_a_client_are_on_each_of_its_calls_requests_and_on_no_other<D: Headers>() {
    let kit = D::kit().start();
    let plain = client::<D>(&kit);
    let traced = plain.with_headers(headers([(TRACE, "of-this-job")]));
    let station = kit.world().organisations()[0].stations()[0].uuid();

    let mut limits = Limits::default();
    limits.page_size = 5;
    assert!(traced.walk(api::stations(&limits), || false).iter().all(Result::is_ok));
    let until = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a nanosecond");
    let windows = api::measurements(station, until - Duration::DAY * 3, until, &limits);
    assert!(traced.walk(windows, || false).iter().all(Result::is_ok));
    assert!(traced.latest(station).expect("it can be had").is_some());
    traced.latest(Uuid::from_u128(7)).expect_err("it is looked for in the list, and is not there");
    kit.revoke_all();
    traced.call(api::Me).expect("an answer, after a fresh token");

    let requests = to_the_api(&kit, 0);
    for (route, at_least) in
        [(Route::Stations, 6), (Route::Measurements, 3), (Route::Latest, 2), (Route::Me, 2)]
    {
        assert!(
            at_least <= requests.iter().filter(|entry| entry.route == route).count(),
            "{}",
            kit.journal()
        );
    }
    for request in &requests {
        assert_eq!(said(request, &TRACE), ["of-this-job"], "{request}");
    }
    let so_far = kit.journal().entries().len();
    plain.call(api::Me).expect("an answer");
    assert!(to_the_api(&kit, so_far).iter().all(|request| said(request, &TRACE).is_empty()));
    assert_eq!(kit.token_requests(), 2);
    let of_tokens = kit
        .journal()
        .entries()
        .iter()
        .filter(|entry| entry.route == Route::Token)
        .cloned()
        .collect::<Vec<_>>();
    assert!(of_tokens.iter().all(|request| said(request, &TRACE).is_empty()));
}

/// What is the client's stays the client's; what an operation says goes before what a client says of all of them.
pub fn headers_of_a_client_replace_neither_its_token_nor_what_an_operation_says<D: Headers>() {
    let kit = D::kit().start();
    let strange =
        [(AUTHORIZATION, "Bearer theirs"), (HOST, "elsewhere.test"), (TRACE, "first"), (ACCEPT, "text/csv")];
    let client = client::<D>(&kit)
        .with_headers(headers(strange))
        .with_headers(headers([(TRACE, "second"), (OTHER, "a")]));
    client.call(api::Me).expect("the token is the client's own");
    client.call(Own).expect("the token is the client's own");
    let requests = to_the_api(&kit, 0);
    let [of_all, own] = &requests[..] else { panic!("{}", kit.journal()) };
    for request in [of_all, own] {
        assert!(request.token.is_some(), "{request}");
        assert_eq!(said(request, &AUTHORIZATION).len(), 1, "{request}");
        assert!(!said(request, &HOST).contains(&"elsewhere.test"), "{request}");
        assert_eq!(
            (said(request, &OTHER), said(request, &ACCEPT)),
            (vec!["a"], vec!["text/csv"]),
            "{request}"
        );
    }
    assert_eq!((said(of_all, &TRACE), said(own, &TRACE)), (vec!["second"], vec!["its", "own"]));
}

/// An operation with two headers of one name.
struct Own;

impl Operation for Own {
    type Output = ();

    fn request(&self) -> Request<Bytes> {
        let request = Request::get("/me").header(TRACE, "its").header(TRACE, "own");
        request.body(Bytes::new()).expect("a request without a body")
    }

    fn decode(&self, _: &Response) -> Result<(), Error> {
        Ok(())
    }
}
