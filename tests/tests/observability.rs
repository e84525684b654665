//! What the adapters tell `tracing` in a day: by which names, the same of both, and nothing secret.

use std::collections::{BTreeMap, BTreeSet};

use persium_tests::day::DAYS;

const GUIDE: &str = include_str!("../../docs/guides/observability.md");

/// The fields of each span and event, by its name. The names are OpenTelemetry's, those of tracing-opentelemetry (`otel.`),
/// and our own.
const FIELDS: [(&str, &[&str]); 15] = [
    ("call", &["error.type", "otel.kind", "otel.status_code", "persium.caller"]),
    ("exchange", &["error.type", "otel.kind", "otel.status_code"]),
    (
        "http",
        &[
            "error.type",
            "http.request.method",
            "http.request.resend_count",
            "http.response.status_code",
            "network.protocol.version",
            "otel.kind",
            "otel.name",
            "otel.status_code",
            "server.address",
            "server.port",
            "url.full",
        ],
    ),
    ("a token came", &["lifetime_s"]),
    ("answered", &["bytes"]),
    ("done", &["phase"]),
    ("no token came", &[]),
    ("no token came: the one there is goes on being used", &["error", "error.type"]),
    ("no token came: waits to ask again", &["error.type", "pause_ms"]),
    ("not answered", &[]),
    ("receives", &["headers"]),
    ("sends", &["headers"]),
    ("the API refused the token", &[]),
    ("waits for a token", &[]),
    ("waits to try again", &["error.type", "pause_ms"]),
];

#[test]
fn spans_and_events_go_by_opentelemetrys_names_and_no_others() {
    for day in &*DAYS {
        let mut fields: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for told in &day.told {
            fields.entry(&told.name).or_default().extend(told.fields.keys());
        }
        let expected: BTreeMap<_, BTreeSet<_>> =
            FIELDS.map(|(name, fields)| (name, fields.iter().copied().collect())).into();
        assert_eq!(fields, expected);
    }
}

#[test]
fn a_request_is_told_whole_within_its_call_or_exchange() {
    for day in &*DAYS {
        for told in day.told.iter().filter(|told| told.name == "http") {
            let field = |name| told.fields.get(name).map(String::as_str).unwrap_or_default();
            let parent = if field("http.request.method") == "POST" { "exchange" } else { "call" };
            assert_eq!(told.parent.as_deref(), Some(parent));
            assert_eq!(field("otel.name"), field("http.request.method"));
            let origin = format!("http://{}:{}/", field("server.address"), field("server.port"));
            assert!(field("url.full").starts_with(&origin), "{told:?}");
            let status = field("http.response.status_code");
            match field("error.type") {
                "" => assert!(status == "200" && field("otel.status_code").is_empty(), "{told:?}"),
                "wait.interrupted" => assert!(status.is_empty(), "{told:?}"),
                kind => assert_eq!((kind, field("otel.status_code")), (status, "ERROR")),
            }
        }
        let of = |name: &str, parent: Option<&str>| {
            day.told.iter().filter(|told| told.name == name && told.parent.as_deref() == parent).count()
        };
        let calls = day.told.iter().filter(|told| told.name == "call").count();
        assert!(0 < calls, "a day without a call");
        assert_eq!((of("call", None), of("exchange", Some("call"))), (calls, 0));
        assert_eq!(of("the API refused the token", Some("call")), 1);
        assert_eq!(of("waits to try again", Some("call")), 3);
        assert_eq!(of("no token came: waits to ask again", Some("exchange")), 2);
    }
}

#[test]
fn a_request_that_is_sent_again_says_how_often_it_was() {
    for day in &*DAYS {
        let resent = |method: &str| -> Vec<_> {
            let requests = day
                .told
                .iter()
                .filter(|told| told.fields.get("http.request.method").is_some_and(|it| it == method));
            requests.filter_map(|told| told.fields.get("http.request.resend_count")).cloned().collect()
        };
        assert_eq!(resent("GET"), ["1", "1", "2", "1"], "a refusal, two answers of 503, a broken connection");
        assert_eq!(resent("POST"), ["1", "2"]);
    }
}

#[test]
fn an_error_that_is_returned_is_classed_and_its_words_are_told_to_nobody_else() {
    for day in &*DAYS {
        let last = day.told.iter().rfind(|told| told.name == "call").expect("there were calls");
        assert_eq!(last.fields["error.type"], "credentials");
        let words = day.told.iter().filter(|told| told.fields.contains_key("error"));
        assert_eq!(words.count(), 1, "the one that nobody was given");
        assert!(!day.everything.contains("unauthorized_client"));
    }
}

#[test]
fn no_secret_and_no_token_is_told_by_any_crate() {
    for day in &*DAYS {
        assert!(day.everything.len() > 100_000, "all was heard");
        for secret in &day.secrets {
            assert!(!day.everything.contains(secret.as_str()), "a secret was told");
        }
        // What every token begins with: the base64 of `{"`.
        let told = day.everything.lines().find(|line| line.contains("eyJ"));
        assert_eq!(told.map(|line| line.split("eyJ").next()), None, "a token was told");
    }
}

/// A line less what differs from day to day: ports, sizes, pauses.
fn masked(line: &str) -> String {
    let word = |word: &str| match word.split_once('=') {
        Some(("error.type" | "http.response.status_code", _)) => word.to_owned(),
        _ => word.chars().map(|letter| if letter.is_ascii_digit() { '#' } else { letter }).collect(),
    };
    let line: Vec<_> = line.split(' ').map(word).collect();
    // A number may have fewer digits another day.
    let mut line = line.join(" ");
    while line.contains("##") {
        line = line.replace("##", "#");
    }
    line
}

#[test]
fn both_adapters_tell_the_same() {
    let told = |of: usize| {
        let mut lines: Vec<_> = DAYS[of]
            .lines
            .iter()
            .map(|line| masked(line).replace("persium_blocking", "persium_hyper"))
            .collect();
        // Which of two threads tells first is for them to say.
        lines.sort();
        lines
    };
    let (hyper, blocking) = (told(0), told(1));
    for (hyper, blocking) in hyper.iter().zip(&blocking) {
        assert_eq!(hyper, blocking);
    }
    assert_eq!(hyper.len(), blocking.len());
}

#[test]
fn the_guide_shows_the_day_as_it_was_told() {
    let (_, shown) = GUIDE.split_once("```text\n").expect("the guide shows a log");
    let (shown, _) = shown.split_once("```").expect("the log ends");
    let told: Vec<_> =
        DAYS[0].lines.iter().filter(|line| !line.contains(" DEBUG ")).map(|line| masked(line)).collect();
    assert_eq!(shown.lines().map(masked).collect::<Vec<_>>(), told);
}
