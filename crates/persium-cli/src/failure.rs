//! Why the command ended early, and how that reads on standard error.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use persium_core::Error;

use crate::exit::Exit;
use crate::text::Plain;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const LABEL: Style = Style::new().bold();

/// Why the command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client library says so.
    Client(Error),
    /// The answer could not be written.
    Output(io::Error),
    /// The runtime, or the fake, could not be started.
    Start { what: &'static str, source: io::Error },
    /// What was configured cannot be right.
    Configuration { problem: String, remedy: &'static str },
    /// The command line, once understood, cannot be right.
    Usage { problem: String, remedy: &'static str },
    /// The user pressed Ctrl-C.
    Interrupted,
    /// What was asked for did not come, or in part, and that has been reported. The class is the first failure's.
    Reported(Exit),
}

impl Failure {
    /// The class of this outcome.
    ///
    /// Whoever closes the pipe has seen enough (`persium stations | head -n 1`): that is no failure.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Client(error) => error.into(),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) | Self::Start { .. } | Self::Interrupted => Exit::Failed,
            Self::Configuration { .. } => Exit::Configuration,
            Self::Usage { .. } => Exit::Usage,
            Self::Reported(exit) => *exit,
        }
    }

    /// The same where something failed before it: of several failures the first decides.
    pub(crate) fn after(self, first: Option<Exit>) -> Self {
        let Some(exit) = first else { return self };
        if let Some(description) = self.description() {
            report(&description);
        }
        Self::Reported(exit)
    }

    /// The error of the library, where it is one or is as good as one.
    pub(crate) fn error(&self) -> Option<Error> {
        match self {
            Self::Client(error) => Some(error.clone()),
            _ => None,
        }
    }

    /// What is left to say about it on standard error.
    pub(crate) fn description(&self) -> Option<String> {
        match self {
            Self::Client(error) => Some(describe(error)),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            Self::Output(error) => Some(chain("the answer could not be written", Some(error))),
            Self::Start { what, source } => {
                Some(chain(&format!("{what} could not be started"), Some(source)))
            }
            Self::Configuration { problem, remedy } => Some(advice(problem, remedy)),
            // As whatever else the command line is refused for.
            Self::Usage { problem, remedy } => {
                Some(format!("{}\n\nFor more information, try '--help'.", advice(problem, remedy)))
            }
            Self::Interrupted | Self::Reported(_) => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Says it on standard error, in colour where that is a terminal.
pub(crate) fn report(description: &str) {
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(anstream::stderr(), "{description}");
}

/// Says something to whoever sits at a terminal, and nothing to a log.
pub(crate) fn hint(text: &str) {
    if io::stderr().is_terminal() {
        report(text);
    }
}

/// The error, what it rests on, and what to do next.
pub(crate) fn describe(error: &Error) -> String {
    let text = error.to_string();
    let mut report = chain(&text, error.source());
    if let Some(endpoint) = error.endpoint().filter(|endpoint| !text.contains(endpoint)) {
        line(&mut report, "asked for", endpoint);
    }
    if let Some(id) = error.request_id() {
        line(&mut report, "request id", id);
    }
    if let Some(finding) = error.diagnosis().first() {
        let (title, certainty, code) = (finding.title(), finding.certainty(), finding.code());
        line(&mut report, "cause", &format!("{certainty}: {title} ({code})"));
    }
    line(&mut report, "what to do", error.hint());
    report
}

fn advice(problem: &str, remedy: &str) -> String {
    let mut report = chain(problem, None);
    line(&mut report, "what to do", remedy);
    report
}

fn chain(error: &str, mut source: Option<&(dyn StdError + 'static)>) -> String {
    let mut report = format!("{ERROR}error{ERROR:#}: {}", Plain(error));
    let mut told = error.to_owned();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Libraries wrap one another's errors; what has been said already helps nobody.
        if !told.contains(&text) {
            line(&mut report, "caused by", &text);
            told += &text;
        }
        source = cause.source();
    }
    report
}

fn line(report: &mut String, label: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = write!(report, "\n  {LABEL}{label}{LABEL:#}: {}", Plain(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(report: &str) -> String {
        anstream::adapter::strip_str(report).to_string()
    }

    #[test]
    fn an_error_is_reported_with_what_to_do() {
        let report = stripped(&describe(&Error::config("CLIENT_ID", "is not set")));
        let mut lines = report.lines();
        assert_eq!(lines.next(), Some("error: CLIENT_ID is not set"));
        assert_eq!(lines.next(), Some("  cause: certain: a setting cannot be right (setting-refused)"));
        assert!(
            lines.next().is_some_and(|line| line.starts_with("  what to do: change the setting")),
            "{report}"
        );
    }

    #[test]
    fn every_cause_has_a_line() {
        let source = io::Error::new(io::ErrorKind::AddrInUse, "address in use");
        let failure = Failure::Start { what: "the fake", source };
        let report = failure.description().map(|report| stripped(&report));
        assert_eq!(
            report.as_deref(),
            Some("error: the fake could not be started\n  caused by: address in use")
        );
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.exit(), Exit::Done);
        assert_eq!(failure.description(), None);
        assert_eq!(failure.after(Some(Exit::NotFound)).exit(), Exit::NotFound, "nor does it mend one");
        let failure = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(failure.exit(), Exit::Failed);
    }
}
