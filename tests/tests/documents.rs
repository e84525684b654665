//! What the guides say in tables is what the client does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use persium_core::{Authorize, Caller, Config, Error, Limits, Now, Response, Session, Step, Timestamp};

const GUIDE: &str = include_str!("../../docs/guides/limits.md");

/// The rows of the table below a heading, by cell.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = GUIDE.split_once(heading).expect("the heading is there");
    let table = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// `60 s` of the guide, as `Debug` has it.
fn seconds(text: &str) -> Duration {
    let (number, unit) = text.split_once(' ').expect("a number and its unit");
    let number: f64 = number.parse().expect("a number");
    Duration::from_secs_f64(number * if unit == "h" { 3600.0 } else { 1.0 })
}

#[test]
fn the_guide_has_every_limit_with_its_default() {
    let defaults = format!("{:?}", Limits::default());
    let fields = defaults.trim_start_matches("Limits { ").trim_end_matches(" }");
    let rows = rows("# Limits, and what the client does at them");
    assert_eq!(fields.split(", ").count(), rows.len());
    for (field, row) in fields.split(", ").zip(rows) {
        let (name, value) = field.split_once(": ").expect("a field has a value");
        assert_eq!(row[0].trim_matches('`'), name);
        let told = match row[1].split_once(' ') {
            Some((number, "KiB")) => (number.parse::<u64>().expect("a number") * 1024).to_string(),
            Some((number, "MiB")) => (number.parse::<u64>().expect("a number") * 1024 * 1024).to_string(),
            Some(_) => format!("{:?}", seconds(row[1])),
            None => row[1].replace(',', ""),
        };
        assert_eq!(told, value, "{name}");
    }
}

/// Whether a caller gets the first token, at `after` the answer with this `expires_in`; an error if none was taken.
fn is_used(expires_in: &str, after: Duration) -> Result<bool, Error> {
    let config = Config::builder()
        .token_url("https://id.test/token")
        .api_base_url("https://api.test")
        .client_id("id")
        .client_secret("secret")
        .build()?;
    let mut session = Session::new(&Arc::new(config), 7);
    let at = |elapsed| Now { monotonic: Timestamp::from_elapsed(elapsed), wall: elapsed };
    let mut caller = Authorize::new(Timestamp::from_elapsed(Duration::MAX));
    let _ = caller.poll(at(Duration::ZERO), &mut session);
    let exchange = session.poll_exchange(at(Duration::ZERO)).expect("there is no token yet");
    let field = match expires_in {
        "absent" => String::new(),
        value => format!(r#","expires_in":{}"#, value.trim_matches('`')),
    };
    let answer = Response::new(Bytes::from(format!(r#"{{"access_token":"t"{field}}}"#)));
    session.handle_exchange(at(Duration::ZERO), exchange.finish(Ok(answer)));
    match caller.poll(at(after), &mut session) {
        Step::Done(result) => result.map(|_| true),
        Step::Await { .. } => Ok(false),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_guide_says_how_long_a_token_of_each_lifetime_is_used() {
    let rows = rows("## A token's lifetime");
    assert!(rows.len() > 15);
    for row in rows {
        let [expires_in, lifetime, used] = row[..] else { panic!("{row:?}") };
        if lifetime == "refused" {
            let error = is_used(expires_in, Duration::ZERO).expect_err(expires_in);
            assert!(error.to_string().contains("expires_in"), "{error}");
            continue;
        }
        let used = seconds(used);
        assert!(is_used(expires_in, used - Duration::from_nanos(1)).expect(expires_in), "{expires_in}");
        assert!(!is_used(expires_in, used).expect(expires_in), "{expires_in}");
        let lifetime = seconds(lifetime);
        let leeway = Limits::default().leeway.min(lifetime / 4);
        assert_eq!(used, (lifetime - leeway).max(Limits::default().min_use), "{expires_in}");
    }
}
