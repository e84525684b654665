//! What is told beside the answer: `--verbose` and `--trace`.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anstyle::Style;
use clap::Args;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::text::Plain;

const ASIDE: Style = Style::new().dimmed();
/// The crates whose events are told: what their names begin with.
const OURS: &str = "persium";

/// The options that say how much is told.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct LogArgs {
    /// Tell on standard error what is sent and what comes of it
    #[arg(short, long, help_heading = "Connection")]
    verbose: bool,
    /// Tell each phase of it as well, with its time; never a secret or a token
    #[arg(long, help_heading = "Connection")]
    trace: bool,
}

impl LogArgs {
    /// Begins to tell, for the rest of the process.
    pub(crate) fn start(self) {
        let level = match (self.verbose, self.trace) {
            (_, true) => LevelFilter::TRACE,
            (true, false) => LevelFilter::DEBUG,
            (false, false) => return,
        };
        let teller = Teller { begun: Instant::now(), is_detailed: self.trace, requests: AtomicU64::new(0) };
        let layer = teller.with_filter(Targets::new().with_target(OURS, level));
        // Somebody else's subscriber would tell it in its own way.
        let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
    }
}

/// Whether anything is told, so that nothing else should be drawn there.
pub(crate) fn is_on() -> bool {
    LevelFilter::current() != LevelFilter::OFF
}

/// Writes a line for each event: when, about which request, what, how long after the request began.
///
/// In detail a request has several events, those of others among them: it is written once, with a number to know its
/// events by.
struct Teller {
    begun: Instant,
    is_detailed: bool,
    requests: AtomicU64,
}

/// What a span was about.
struct About {
    number: u64,
    since: Instant,
    fields: Fields,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Teller {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // Calls and exchanges are spans too, and here the command's one call is plain.
        let Some(span) = context.span(id).filter(|span| span.name() == REQUEST) else { return };
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if self.is_detailed {
            self.tell(&format!("  #{number} {}", Request(&fields)));
        }
        span.extensions_mut().insert(About { number, since: Instant::now(), fields });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(about) = span.extensions_mut().get_mut::<About>()
        {
            values.record(&mut about.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut told = Fields::default();
        event.record(&mut told);
        let message = told.value("message").unwrap_or_default().to_owned();
        let span = context.event_span(event);
        let extensions = span.as_ref().map(|span| span.extensions());
        let Some(About { number, since, fields }) =
            extensions.as_ref().and_then(|extensions| extensions.get())
        else {
            return self.tell(&format!("  {message}{}", Details(&told)));
        };
        let about = if self.is_detailed { format!("#{number}") } else { Request(fields).to_string() };
        let after = Millis(since.elapsed());
        let (own, spans) = (Details(&told), Details(fields));
        self.tell(&format!("  {about}  {message}{spans}{own}{ASIDE}{after}{ASIDE:#}"));
    }
}

impl Teller {
    fn tell(&self, text: &str) {
        let at = Millis(self.begun.elapsed());
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(anstream::stderr(), "{ASIDE}{at}{ASIDE:#}{text}");
    }
}

/// A span's or an event's fields, in the order they came.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), Plain(value).to_string()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), Plain(&format!("{value:?}")).to_string()));
    }
}

impl Fields {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// The span of one request.
const REQUEST: &str = "http";

/// The request that the fields are about, put together again.
struct Request<'a>(&'a Fields);

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |name| self.0.value(name).unwrap_or_default();
        write!(f, "{} {}", value("http.request.method"), value("url.full"))
    }
}

/// The fields that are neither the request's nor the message.
struct Details<'a>(&'a Fields);

impl Details<'_> {
    fn is_shown(&self, name: &str, value: &str) -> bool {
        match name {
            "message" | "http.request.method" | "server.address" | "server.port" | "url.full" => false,
            // An answer's is its status.
            "error.type" => self.0.value("http.response.status_code") != Some(value),
            _ => !name.starts_with("otel."),
        }
    }
}

impl fmt::Display for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = self.0.0.iter().filter(|(name, value)| self.is_shown(name, value));
        details.into_iter().try_for_each(|(name, value)| {
            let short = ["http.request.", "http.response.", "network."];
            let name = short.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
            write!(f, " {name}={value}")
        })
    }
}

/// Milliseconds, one below the other.
struct Millis(Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.1} ms", self.0.as_secs_f64() * 1000.0)
    }
}
