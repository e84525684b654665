//! What a hostile server can make a client hold, and what a long walk holds.
//!
//! `cargo test -p persium-tests --test memory -- --nocapture` prints the figures of `docs/testing.md`: the most that was
//! allocated at once by the thread that makes the call, beyond what it held before.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod memory {
    pub(crate) mod server;
}

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use persium_core::{Config, Error, Limits, api};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime;
use uuid::Uuid;

use memory::server::{Answer, Server};

const MIB: usize = 1 << 20;
const TOKEN: &str = r#"{"access_token":"memory-token","expires_in":300,"token_type":"Bearer"}"#;

/// What is asked: both clients do the same.
#[derive(Clone, Copy)]
enum Ask {
    Token,
    Me,
    /// The measurements of a day, held all at once.
    Day,
    /// A walk, of which no item is kept.
    Stations,
    /// A walk through so many days, of which no item is kept.
    Days(i64),
}

/// A hostile answer, and how many times the bytes that may be read it may cost.
struct Case {
    name: &'static str,
    ask: Ask,
    max_body: usize,
    answer: Answer,
    times: usize,
}

struct Adapter {
    name: &'static str,
    ask: fn(&Config, Ask) -> Measured,
}

/// What came of it.
struct Measured {
    /// The most that was held at once, in bytes.
    held: usize,
    /// How many items came.
    items: Result<usize, Error>,
}

const ADAPTERS: [Adapter; 2] =
    [Adapter { name: "hyper", ask: by_hyper }, Adapter { name: "ureq", ask: by_ureq }];

fn config(server: &Server, limits: Limits) -> Config {
    Config::builder()
        .token_url(format!("{}/token", server.origin()))
        .api_base_url(server.origin())
        .client_id("client")
        .client_secret("memory-secret")
        .allow_loopback_http()
        .limits(limits)
        .build()
        .unwrap()
}

fn by_hyper(config: &Config, ask: Ask) -> Measured {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = persium_hyper::Client::builder(config.clone()).no_proxy().build().unwrap();
    let mut outcome = Ok(0);
    let used = allocation_counter::measure(|| {
        outcome = runtime.block_on(async {
            let mut items = 0;
            match ask {
                Ask::Token => drop(client.bearer().await?),
                Ask::Me => drop(client.me().await?),
                Ask::Day => items = client.call(day()).await?.items.len(),
                Ask::Stations => {
                    let mut walk = client.stations();
                    while let Some(Ok(_)) = walk.next().await {
                        items += 1;
                    }
                }
                Ask::Days(days) => {
                    let mut walk = client.measurements(Uuid::nil(), START, START + DAY * days as f64);
                    while let Some(item) = walk.next().await {
                        item.map(|_| items += 1)?;
                    }
                }
            }
            Ok(items)
        });
    });
    Measured { held: used.bytes_max as usize, items: outcome }
}

fn by_ureq(config: &Config, ask: Ask) -> Measured {
    let client = persium_blocking::Client::builder(config.clone()).no_proxy().build().unwrap();
    let mut outcome = Ok(0);
    let used = allocation_counter::measure(|| {
        outcome = (|| {
            let mut items = 0;
            match ask {
                Ask::Token => drop(client.bearer()?),
                Ask::Me => drop(client.me()?),
                Ask::Day => items = client.call(day())?.items.len(),
                Ask::Stations => items = client.stations().take_while(Result::is_ok).count(),
                Ask::Days(days) => {
                    for item in client.measurements(Uuid::nil(), START, START + DAY * days as f64) {
                        item.map(|_| items += 1)?;
                    }
                }
            }
            Ok(items)
        })();
    });
    Measured { held: used.bytes_max as usize, items: outcome }
}

const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const DAY: time::Duration = time::Duration::DAY;

fn day() -> api::Measurements {
    api::Measurements::new(Uuid::nil(), START, START + DAY)
}

fn gzip(bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; MIB];
    (0..bytes / MIB).for_each(|_| encoder.write_all(&zeros).unwrap());
    encoder.finish().unwrap()
}

fn rows(row: &str, length: usize) -> Answer {
    let mut body = String::from(r#"{"data":["#);
    while body.len() + row.len() + 2 < length {
        body.push_str(row);
        body.push(',');
    }
    body.pop();
    body.push_str("]}");
    Answer::whole("", body.as_bytes())
}

fn cases() -> Vec<Case> {
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunked = format!("{ok}Transfer-Encoding: chunked\r\n\r\n");
    let cells: String = (0..100_000).map(|number| format!(r#","{number:x}":1"#)).collect();
    let wide = format!(r#"{{"time":"1970-01-01T00:00:00Z"{cells}}}"#);
    let case = |name, ask, max_body, answer, times| Case { name, ask, max_body, answer, times };
    vec![
        case("a body, byte by byte", Ask::Me, MIB / 4, Answer::endless(&format!("{ok}\r\n"), b" "), 4),
        case("a body", Ask::Me, 16 * MIB, Answer::endless(&format!("{ok}\r\n"), &[b' '; 65536]), 4),
        case("chunks of a byte", Ask::Me, MIB, Answer::endless(&chunked, &b"1\r\n \r\n".repeat(10_000)), 4),
        case("headers", Ask::Me, MIB, Answer::endless(ok, &b"x-header: and another\r\n".repeat(1000)), 1),
        case("one header", Ask::Me, MIB, Answer::endless("HTTP/1.1 200 OK\r\nx: ", &[b'x'; 65536]), 1),
        case("a token", Ask::Token, MIB, Answer::endless(&format!("{ok}\r\n"), &[b'x'; 65536]), 1),
        case(
            "64 MiB in gzip",
            Ask::Me,
            16 * MIB,
            Answer::whole("Content-Encoding: gzip\r\n", &gzip(64 * MIB)),
            4,
        ),
        case(
            "the shortest rows",
            Ask::Day,
            2 * MIB,
            rows(r#"{"time":"1970-01-01T00:00:00Z","a":1}"#, 2 * MIB),
            8,
        ),
        case("rows that are none", Ask::Day, 2 * MIB, rows("0", 2 * MIB), 4),
        case("100,000 parameters in a row", Ask::Day, 2 * MIB, rows(&wide, 2 * MIB), 32),
    ]
}

#[test]
fn what_a_hostile_server_costs_is_bounded_by_what_may_be_read() {
    let _alone = alone();
    for Case { name, ask, max_body, answer, times } in cases() {
        let server = Server::start(move |path| match (path, ask) {
            ("/token", Ask::Me | Ask::Day) => Answer::whole("", TOKEN.as_bytes()),
            _ => answer.clone(),
        });
        let mut limits = Limits::default();
        limits.max_body = max_body;
        let config = config(&server, limits);
        for adapter in ADAPTERS {
            let Measured { held, items } = (adapter.ask)(&config, ask);
            let ended = match (&items, ask) {
                (Ok(items), Ask::Day) => 0 < *items,
                (Err(error), _) => !error.is_timeout(),
                _ => false,
            };
            assert!(ended, "{name}, {}: {items:?}", adapter.name);
            let came = items.map_or_else(|_| "an error".to_owned(), |items| format!("{items} items"));
            let (held_mib, max_mib) = (held as f64 / MIB as f64, max_body as f64 / MIB as f64);
            println!(
                "{name:<28} {:<6} {max_mib:>5.2} MiB allowed {held_mib:>6.2} MiB held, {came}",
                adapter.name
            );
            assert!(held <= times * max_body, "{name}, {}: {held_mib:.2} MiB of {max_mib:.2}", adapter.name);
        }
    }
}

#[test]
fn a_walk_holds_the_keys_of_what_it_has_seen_and_nothing_more() {
    let _alone = alone();
    let server = Server::start(|path| {
        let number =
            |name: &str| path.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.parse::<u32>().ok());
        match number("page=") {
            None => Answer::whole("", TOKEN.as_bytes()),
            Some(page) => {
                let stations = (0..100).map(|at| {
                    format!(
                        r#"{{"uuid":"{}","name":"{at:0500}"}}"#,
                        Uuid::from_u128(u128::from(page * 100 + at))
                    )
                });
                Answer::whole(
                    "",
                    format!(r#"{{"data":[{}]}}"#, stations.collect::<Vec<_>>().join(",")).as_bytes(),
                )
            }
        }
    });
    for adapter in ADAPTERS {
        let [short, long] = [50, 200].map(|pages| {
            let mut limits = Limits::default();
            limits.max_pages = pages;
            let Measured { held, items } = (adapter.ask)(&config(&server, limits), Ask::Stations);
            assert_eq!(items.unwrap(), pages as usize * 100);
            held
        });
        let of_one = long.saturating_sub(short) / (150 * 100);
        println!("stations, {:<6} {of_one} bytes more for each", adapter.name);
        assert!(of_one < 64, "{}: {of_one} bytes more for each station, of more than 500", adapter.name);
    }
}

#[test]
fn a_walk_through_time_holds_no_more_after_a_year_than_after_a_month() {
    let _alone = alone();
    let server = Server::start(|path| {
        let Some((_, from)) = path.split_once("start_time=") else {
            return Answer::whole("", TOKEN.as_bytes());
        };
        let from = OffsetDateTime::parse(&from.replace("%3A", ":")[..20], &Rfc3339).unwrap();
        let rows = (0..500).map(|at| {
            let time = (from + time::Duration::minutes(at)).format(&Rfc3339).unwrap();
            format!(r#"{{"time":"{time}","pm25":{at}}}"#)
        });
        Answer::whole("", format!(r#"{{"data":[{}]}}"#, rows.collect::<Vec<_>>().join(",")).as_bytes())
    });
    for adapter in ADAPTERS {
        let [month, year] = [30, 365].map(|days| {
            let Measured { held, items } =
                (adapter.ask)(&config(&server, Limits::default()), Ask::Days(days));
            assert_eq!(items.unwrap(), 500 * days as usize);
            held
        });
        println!("measurements, {:<6} {month} bytes for 30 days, {year} for 365", adapter.name);
        // A key of each would be more than a hundred; how an answer's pieces arrive makes a difference of some hundred thousand.
        let of_one = year.saturating_sub(month) / (335 * 500);
        assert!(of_one < 8, "{}: {month} bytes for 30 days, {year} for 365", adapter.name);
    }
}

/// Other tests of this file would not be counted, and would take their time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
