//! What is told beside the answer: `--verbose` and `--trace`.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::time::{Duration, Instant};

use anstyle::Style;
use clap::Args;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry, Scope};

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
        let layer = Teller { begun: Instant::now() }.with_filter(Targets::new().with_target(OURS, level));
        // Somebody else's subscriber would tell it in its own way.
        let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
    }
}

/// Whether anything is told, so that nothing else should be drawn there.
pub(crate) fn is_on() -> bool {
    LevelFilter::current() != LevelFilter::OFF
}

/// Writes a line for each event: when, about which request, what.
struct Teller {
    begun: Instant,
}

/// What a span was about.
struct About {
    since: Instant,
    fields: Fields,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Teller {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(About { since: Instant::now(), fields });
        }
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
        let mut line = format!("{ASIDE}{}{ASIDE:#}", Millis(self.begun.elapsed()));
        let mut details = String::new();
        let mut innermost = None;
        // Writing to a string cannot fail, here and below.
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(About { since, fields }) = span.extensions().get() {
                let _ = write!(line, "  {}", Request(fields));
                let _ = write!(details, "{}", Details(fields));
                innermost = Some(*since);
            }
        }
        let message = told.value("message").unwrap_or_default();
        let _ = write!(line, "  {message}{details}{}", Details(&told));
        if let Some(since) = innermost {
            let _ = write!(line, "{ASIDE}{}{ASIDE:#}", Millis(since.elapsed()));
        }
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(anstream::stderr(), "{line}");
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

/// What OpenTelemetry calls the parts of a request, and what stands before each when it is written in one.
const REQUEST: [(&str, &str); 5] = [
    ("http.request.method", ""),
    ("server.address", " "),
    ("server.port", ":"),
    ("url.path", ""),
    ("url.query", "?"),
];

/// The request that the fields are about, put together again.
struct Request<'a>(&'a Fields);

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        REQUEST.iter().try_for_each(|(name, before)| match self.0.value(name) {
            Some(value) => write!(f, "{before}{value}"),
            None => Ok(()),
        })
    }
}

/// The fields that are neither the request's nor the message.
struct Details<'a>(&'a Fields);

impl fmt::Display for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_shown_elsewhere = |name: &str| {
            ["message", "otel.kind"].contains(&name) || REQUEST.iter().any(|(part, _)| *part == name)
        };
        let details = self.0.0.iter().filter(|(name, _)| !is_shown_elsewhere(name));
        details.into_iter().try_for_each(|(name, value)| {
            write!(f, " {}={value}", name.strip_prefix("http.response.").unwrap_or(name))
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
