//! A day of a client that polls a station, in virtual time, and all that it told `tracing`.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use http::StatusCode;
use persium_core::{Clock, Error, api};
use persium_testkit::conformance::{Driver, client_in_virtual_time, until, until_done};
use persium_testkit::{Fault, Kit, Route, VirtualClock};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::drivers::{Blocking, Hyper};

/// What one adapter told during the day.
pub struct Day {
    /// As a subscriber of `tracing-subscriber` prints it, `debug` and above.
    pub lines: Vec<String>,
    /// Each span and event of the adapter, those of `trace` among them.
    pub told: Vec<Told>,
    /// All that any crate told, but for one that dumps bytes: what is searched for secrets.
    pub everything: String,
    /// What must stand in none of it.
    pub secrets: Vec<String>,
}

/// A span or an event.
#[derive(Clone, Debug)]
pub struct Told {
    /// The span's name, or the event's message.
    pub name: String,
    /// The name of the span it is in.
    pub parent: Option<String>,
    /// What was recorded, by name, in the end.
    pub fields: BTreeMap<&'static str, String>,
}

/// The day of persium-hyper, and the same day of persium-blocking. They are lived through once a process: what is told to
/// `tracing` is told to all of it.
pub static DAYS: LazyLock<[Day; 2]> =
    LazyLock::new(|| [day::<Hyper>("persium_hyper"), day::<Blocking>("persium_blocking")]);

fn day<D: Driver>(target: &'static str) -> Day {
    let clock = VirtualClock::new();
    let recorder = Recorder::start(&clock);
    let kit = Kit::builder().clock(&clock).start();
    let secrets = live::<D>(&kit, &clock, &recorder);
    let Record { lines, told, everything, .. } = std::mem::take(&mut *recorder.lock());
    let lines = String::from_utf8(lines).expect("a log is text");
    let is_ours = |line: &&str| line.contains(target);
    Day {
        lines: lines.lines().filter(is_ours).map(str::to_owned).collect(),
        told: told.into_iter().filter(|(of, _)| of.starts_with(target)).map(|(_, told)| told).collect(),
        everything,
        secrets,
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// From noon to noon. What it leaves that must not be printed.
fn live<D: Driver>(kit: &Kit, clock: &VirtualClock, recorder: &Recorder) -> Vec<String> {
    let client = client_in_virtual_time::<D>(kit, clock);
    let station = kit.world().organisations()[0].stations()[0].uuid();
    let mut secrets = vec![kit.client_secret().to_owned()];
    let bearer = || {
        let bearer = client.bearer().expect("there is one");
        bearer.header().to_str().expect("a token is ASCII").trim_start_matches("Bearer ").to_owned()
    };
    let poll = || client.latest(station).map(drop);
    let polls_for = |hours: u32| {
        for _ in 0..hours * 12 {
            poll().expect("a reading");
            clock.advance(MINUTE * 5);
        }
    };
    // A call that waits for time, on a thread that does not move it.
    let polls_through = || {
        let client = client.clone();
        until_done(clock, thread::spawn(move || client.latest(station).map(drop))).expect("a reading");
    };
    let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE);

    client.call(api::Me).expect("an answer");
    polls_for(3);
    // 15:00: the realm's keys are rotated, and every token that is out is refused.
    poll().expect("a reading");
    secrets.push(bearer());
    kit.revoke_all();
    polls_for(3);
    // 18:00: the API is restarted.
    kit.plan(Route::Latest, &busy, 2);
    polls_through();
    polls_for(3);
    // 21:00: a firewall drops a connection.
    kit.plan(Route::Latest, &Fault::reset_at(0), 1);
    polls_through();
    polls_for(6);
    // 03:00: Keycloak is restarted, in the half minute in which a token is renewed.
    poll().expect("a reading");
    clock.advance(MINUTE * 5 - Duration::from_secs(20));
    kit.plan(Route::Token, &busy, 3);
    for failed in 1..=3 {
        poll().expect("the old token serves");
        until(|| recorder.events("no token came") == failed);
        clock.advance(Duration::from_secs(2));
    }
    clock.advance(Duration::from_secs(14));
    polls_for(8);
    secrets.push(bearer());
    clock.advance(MINUTE * 60);
    // 12:00: the secret that a rotation left behind.
    kit.set_secrets(&["another one, which nobody told the client"]);
    let error: Error = poll().expect_err("the token has ended, and the secret is wrong");
    assert!(error.is_credentials(), "{error}");
    // Who waited is told first, and then the log: of this exchange, and of any whose thread has not come to it yet.
    until(|| recorder.events("no token came") == 4);
    until(|| u64::try_from(recorder.events("token came")) == Ok(kit.token_requests()));
    secrets
}

/// The subscriber of the process.
struct Recorder {
    record: Arc<Mutex<Record>>,
}

#[derive(Default)]
struct Record {
    clock: Option<VirtualClock>,
    lines: Vec<u8>,
    told: Vec<(String, Told)>,
    everything: String,
}

static RECORD: LazyLock<Arc<Mutex<Record>>> = LazyLock::new(|| {
    let record = Arc::new(Mutex::new(Record::default()));
    let ours = Targets::new()
        .with_target("persium_hyper", LevelFilter::DEBUG)
        .with_target("persium_blocking", LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_timer(Timer(Arc::clone(&record)))
        .with_writer({
            let record = Arc::clone(&record);
            move || Lines(Arc::clone(&record))
        })
        .with_filter(ours);
    let subscriber = Registry::default().with(lines).with(Collector(Arc::clone(&record)));
    // Those that tell the `log` crate are heard as well.
    subscriber.try_init().expect("nobody else records in this process");
    record
});

impl Recorder {
    /// Begins a day by that clock.
    fn start(clock: &VirtualClock) -> Self {
        let recorder = Self { record: Arc::clone(&RECORD) };
        *recorder.lock() = Record { clock: Some(clock.clone()), ..Record::default() };
        recorder
    }

    /// How many events say that.
    fn events(&self, words: &str) -> usize {
        self.lock().told.iter().filter(|(_, told)| told.name.contains(words)).count()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The day's own time.
struct Timer(Arc<Mutex<Record>>);

impl FormatTime for Timer {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = record.clock.as_ref().map(|clock| clock.now().wall).unwrap_or_default();
        let time = (OffsetDateTime::UNIX_EPOCH + since).truncate_to_second();
        writer.write_str(&time.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

struct Lines(Arc<Mutex<Record>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Below ureq: at `trace` it dumps every byte that comes and goes. Nothing of ours can keep it from that; the guide warns.
const DUMPS: &str = "ureq_proto";

/// Keeps what is told, by whichever crate.
struct Collector(Arc<Mutex<Record>>);

/// Where a span's own entry is.
struct Entry(usize);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        context: Context<'_, S>,
    ) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let parent = span.parent().map(|parent| parent.name().to_owned());
        let entry = self.keep(attributes.metadata(), span.name().to_owned(), parent, fields);
        span.extensions_mut().insert(Entry(entry));
    }

    fn on_record(&self, id: &tracing::span::Id, values: &tracing::span::Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let Some(span) = context.span(id) else { return };
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in &fields.0 {
            let _ = writeln!(record.everything, "{name}={value}");
        }
        if let Some((_, told)) = span.extensions().get().and_then(|Entry(at)| record.told.get_mut(*at)) {
            told.fields.extend(fields.0);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let parent = context.event_span(event).map(|span| span.name().to_owned());
        self.keep(event.metadata(), message, parent, fields);
    }
}

impl Collector {
    fn keep(
        &self,
        metadata: &tracing::Metadata<'_>,
        name: String,
        parent: Option<String>,
        Fields(fields): Fields,
    ) -> usize {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What comes from the `log` crate has its target in a field.
        let target = fields.get("log.target").map_or(metadata.target(), String::as_str);
        if !(target.starts_with(DUMPS) && *metadata.level() == Level::TRACE) {
            let _ = writeln!(record.everything, "{target} {name} {fields:?}");
        }
        record.told.push((metadata.target().to_owned(), Told { name, parent, fields }));
        record.told.len() - 1
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl tracing::field::Visit for Fields {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
