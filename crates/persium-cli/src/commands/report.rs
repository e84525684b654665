//! `persium report`: what Persium's support needs to know.

use clap::{Args, ValueEnum};
use persium_core::diagnosis::Report;

use super::doctor::{QuestionArgs, examine};
use crate::failure::Failure;
use crate::output;
use crate::settings::ClientArgs;

const EXAMPLES: &str = "\
Examples:
  persium report > mail.txt                   a mail to Persium's support
  persium report --form markdown              for an issue
  persium report --public                     for a question in public: nothing of your organisation's
  persium report --station UUID --from 2026-11-22 --expected 'a day of PM2.5'";

/// Write down what Persium's support needs to know, without the secret
///
/// Walks through everything, as `persium doctor` does, and writes what came of it: the client id, what was asked and
/// answered, the whole body, both times, the request id, the URLs, versions and findings.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    question: QuestionArgs,
    /// The form it is written in
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    form: Form,
    /// Only what may be shown in public: no query, no body, no station
    #[arg(long, conflicts_with = "form")]
    public: bool,
    /// What you expected, in your words
    #[arg(long, value_name = "TEXT")]
    expected: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Form {
    /// A mail
    Text,
    /// For an issue tracker
    Markdown,
    /// For a program
    Json,
}

impl ReportArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let checkup = examine(self.client, self.question, |_| {}).await?;
        let mut report = versioned(checkup.report());
        if let Some(expected) = self.expected {
            report = report.expected(expected);
        }
        let text = match self.form {
            _ if self.public => report.to_public(),
            Form::Text => report.to_text(),
            Form::Markdown => report.to_markdown(),
            Form::Json => format!("{:#}\n", report.to_json()),
        };
        Ok(output::pass_on(text.as_bytes())?)
    }
}

/// The report with what this command is made of.
pub(super) fn versioned(report: Report) -> Report {
    let os = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    report
        .version("persium-hyper", env!("CARGO_PKG_VERSION"))
        .version("persium-cli", env!("CARGO_PKG_VERSION"))
        .version("on", os)
}
