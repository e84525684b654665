//! Where a request can go: to the configured origin, and nowhere else.

use super::*;

/// Whatever request an implementation may come up with.
#[derive(Debug)]
struct Any(Request<Bytes>);

impl Any {
    fn at(uri: &str) -> Self {
        Self(Request::get(uri).body(Bytes::new()).unwrap())
    }
}

impl Operation for Any {
    type Output = ();

    fn request(&self) -> Request<Bytes> {
        self.0.clone()
    }

    fn decode(&self, _: &Response) -> Result<(), Error> {
        Ok(())
    }
}

fn sent_to(base: &str, operation: Any) -> Uri {
    let mut config = config();
    config.api_base_url = base.parse().unwrap();
    Run::of(operation, config).transmit().request.uri().clone()
}

#[test]
fn a_path_goes_below_the_base() {
    for (base, path, uri) in [
        ("https://api.test/api/m2m/v1", "/me", "https://api.test/api/m2m/v1/me"),
        ("https://api.test/api/m2m/v1/", "/me", "https://api.test/api/m2m/v1/me"),
        ("https://api.test", "/me?a=b", "https://api.test/me?a=b"),
        ("https://api.test:8443/x", "/", "https://api.test:8443/x/"),
        (
            "https://api.test/x",
            "/stations?page=2&per_page=20",
            "https://api.test/x/stations?page=2&per_page=20",
        ),
    ] {
        assert_eq!(sent_to(base, Any::at(path)), uri);
    }
}

#[test]
fn whatever_an_operation_says_the_origin_is_the_configured_one() {
    for (said, path) in [
        ("https://evil.test/me", "/api/m2m/v1/me"),
        ("http://evil.test:80/me?x=1", "/api/m2m/v1/me?x=1"),
        ("https://user:word@evil.test/", "/api/m2m/v1/"),
        ("https://evil.test", "/api/m2m/v1/"),
        ("//evil.test/me", "/api/m2m/v1//evil.test/me"),
        ("/@evil.test/me", "/api/m2m/v1/@evil.test/me"),
        ("/\\evil.test", "/api/m2m/v1/\\evil.test"),
        ("/https://evil.test/", "/api/m2m/v1/https://evil.test/"),
        ("/a..b/...?q=/../", "/api/m2m/v1/a..b/...?q=/../"),
        ("?only=query", "/api/m2m/v1/?only=query"),
        ("evil.test:443", "/api/m2m/v1/evil.test:443"),
        ("me", "/api/m2m/v1/me"),
        ("*", "/api/m2m/v1/*"),
    ] {
        let Ok(request) = Request::get(said).body(Bytes::new()) else { continue };
        let uri = sent_to("https://api.test/api/m2m/v1", Any(request));
        assert_eq!(uri.scheme_str(), Some("https"), "{said}");
        assert_eq!(uri.authority().unwrap(), "api.test", "{said}");
        assert_eq!(uri.path_and_query().unwrap(), path, "{said}");
    }
}

#[test]
fn an_operation_can_neither_name_a_host_nor_bring_a_token() {
    let request = Request::get("/me")
        .header("Host", "evil.test")
        .header(AUTHORIZATION, "Bearer of-its-own")
        .header(AUTHORIZATION, "Bearer of-its-own-too")
        .header(ACCEPT, "text/csv")
        .body(Bytes::new())
        .unwrap();
    let request = Run::of(Any(request), config()).transmit().request;
    assert!(!request.headers().contains_key("Host"), "it is the URI's to say");
    let tokens: Vec<_> = request.headers().get_all(AUTHORIZATION).into_iter().collect();
    assert_eq!(tokens, ["Bearer token-1"]);
    assert_eq!(request.headers()[ACCEPT], "text/csv", "what it accepts is its own to say");
}

#[test]
fn headers_of_a_call_are_on_each_attempt_and_give_way_to_the_operations_and_the_clients() {
    let of_all = |name: &'static str, value: &'static str| (name.parse().unwrap(), value.parse().unwrap());
    let added = HeaderMap::from_iter([
        of_all("traceparent", "a"),
        of_all("x-own", "not this"),
        of_all("accept", "text/csv"),
        of_all("host", "evil.test"),
        of_all("authorization", "Bearer of-its-own"),
    ]);
    let request = Request::get("/me").header("x-own", "1").header("x-own", "2").body(Bytes::new()).unwrap();
    let mut run = Run::of(Any(request), config());
    run.call = run.call.with_headers(Arc::new(added));
    for _ in 0..2 {
        let request = run.transmit().request;
        let all = |name| {
            request.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!((all("traceparent"), all("x-own")), (vec!["a"], vec!["1", "2"]));
        assert_eq!((all("accept"), all("authorization")), (vec!["text/csv"], vec!["Bearer token-1"]));
        assert!(all("host").is_empty(), "{request:?}");
        run.call.handle_outcome(Ok(response(503, "")));
        run.pause();
    }
}

#[test]
fn a_path_that_leads_upwards_is_an_error_and_not_sent() {
    for path in [
        "/../../../admin",
        "/a/..",
        "/%2e%2E/admin",
        "/a/.%2e/b",
        "/..%2fadmin",
        "/..%5Cadmin",
        "/./me",
        "..",
    ] {
        let mut run = Run::of(Any::at(path), config());
        let error = run.error();
        assert!(error.is_bad_request() && error.to_string().contains("API_BASE_URL"), "{path}: {error}");
        assert_eq!(run.sent, 0, "{path}");
    }
}

#[test]
fn a_base_that_leaves_no_room_for_a_path_is_an_error() {
    let mut config = config();
    config.api_base_url = format!("https://api.test/{}", "x".repeat(65_510)).parse().unwrap();
    assert_eq!(Run::of(Any::at("/me"), config.clone()).transmit().request.uri().path().len(), 65_514);
    let mut run = Run::of(Any::at("/stations?page=1&per_page=100"), config);
    let error = run.error();
    assert!(error.is_bad_request() && error.to_string().len() < 1000, "{error}");
    assert_eq!(run.sent, 0);
}

#[test]
fn a_path_that_is_too_long_for_a_url_is_an_error() {
    let path = format!("/{}", "x".repeat(65_530));
    let mut run = Run::of(Any::at(&path), config());
    let error = run.error();
    assert!(error.is_bad_request(), "{error}");
    assert_eq!(error.status(), None);
    assert_eq!(run.sent, 0);
    assert!(error.to_string().len() < 1000, "it does not print the path");
}
