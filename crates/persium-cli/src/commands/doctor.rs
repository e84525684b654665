//! `persium doctor`: what is wrong?

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use clap::Args;
use persium_core::diagnosis::{Check, Checkup, Doctor as Walk, Examination, Finding, Outcome, Verdict};
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::parse_station;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::instant::parse_time;
use crate::output;
use crate::settings::ClientArgs;
use crate::text::Plain;

const EXAMPLES: &str = "\
Examples:
  persium doctor                              is everything all right? (exit code 0)
  persium doctor --station UUID --from 2026-11-22 --to 2026-11-23
                                              why is that window empty?
  persium doctor --json | jq -r '.findings[].code'
  persium doctor --report report.md           and write down what support needs

The exit code is that of the first thing that does not work, as for the other commands; 11 where everything
works and something should be mended. docs/troubleshooting.md has a section for each code.";

const LABEL: Style = Style::new().bold();
const ASIDE: Style = Style::new().dimmed();

/// Find out what is wrong, step by step, from the configuration to an empty window
///
/// Gets one token of its own, asks the API a handful of questions, changes nothing. Made for a person and for a smoke
/// test: each step is shown as it is done, and the findings come at the end, the surest first.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(super) question: QuestionArgs,
    /// Write one JSON document, at the end
    #[arg(long)]
    json: bool,
    /// Write what Persium's support needs to this file: .md is Markdown, .json JSON, anything else a mail
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    client: ClientArgs,
}

/// What is asked beside whether all is well.
#[derive(Args, Clone, Debug)]
pub(crate) struct QuestionArgs {
    /// Look at this station [default: the first that is online]
    #[arg(long, value_name = "UUID", value_parser = parse_station)]
    station: Option<Uuid>,
    /// Look at its measurements from then on: a time with Z or an offset, or a day in UTC
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<OffsetDateTime>,
    /// Until then [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "from")]
    to: Option<OffsetDateTime>,
    /// When Persium issued the credentials: new ones may take an hour to work
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    issued: Option<OffsetDateTime>,
}

impl DoctorArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        // The walk goes on without its reader: there is the verdict still, and the report.
        let mut shown = Ok(());
        let checkup = examine(self.client, self.question, |check| {
            if !self.json && shown.is_ok() {
                shown = show(check);
            }
        });
        let checkup = checkup.await?;
        let shown = shown.and_then(|()| if self.json { write(&checkup) } else { conclude(&checkup) });
        let reported = self.report.map_or(Ok(()), |path| report(&checkup, &path));
        let verdict = match checkup.verdict() {
            Verdict::Healthy => None,
            Verdict::Works => Some(Exit::Findings),
            _ => Some(checkup.error().map_or(Exit::Findings, Exit::from)),
        };
        reported.and(shown).map_err(|error| Failure::from(error).after(verdict))?;
        verdict.map_or(Ok(()), |exit| Err(Failure::Reported(exit)))
    }
}

/// The walk, whole. A configuration that cannot be is its first and last step.
pub(super) async fn examine(
    client: ClientArgs,
    question: QuestionArgs,
    mut show: impl FnMut(&Check),
) -> Result<Checkup, Failure> {
    let client = match client.client() {
        Ok(client) => client,
        Err(failure) => {
            let Some(error) = failure.error() else { return Err(failure) };
            let checkup = Walk::without_configuration(&error);
            checkup.checks().iter().for_each(show);
            return Ok(checkup);
        }
    };
    let mut doctor = client.doctor(question.examination());
    while let Some(check) = doctor.next().await {
        show(&check?);
    }
    Ok(doctor.finish().await?)
}

impl QuestionArgs {
    fn examination(self) -> Examination {
        let Self { station, from, to, issued } = self;
        let mut examination = Examination::default();
        if let Some(station) = station {
            examination = examination.station(station);
        }
        if let Some(from) = from {
            examination = examination.window(from, to.unwrap_or_else(OffsetDateTime::now_utc));
        }
        if let Some(issued) = issued {
            examination = examination.issued_at(issued);
        }
        match UtcOffset::current_local_offset() {
            Ok(offset) => examination.utc_offset(offset),
            // Where it cannot be told, a window's shift is only ever possible.
            Err(_) => examination,
        }
    }
}

fn show(check: &Check) -> io::Result<()> {
    let Check { stage, outcome, detail, took, .. } = check;
    let style = match outcome {
        Outcome::Passed => AnsiColor::Green.on_default(),
        Outcome::Noted => AnsiColor::Yellow.on_default(),
        Outcome::Failed => AnsiColor::Red.on_default().bold(),
        _ => ASIDE,
    };
    let what = match check.subject {
        Some(subject) => format!("{stage}, {subject}"),
        None => stage.to_string(),
    };
    let took = took.map(|took| format!("{:.1} ms", took.as_secs_f64() * 1000.0)).unwrap_or_default();
    writeln!(
        anstream::stdout(),
        "{style}{outcome:<8}{style:#}{what:<27}{ASIDE}{took:>10}{ASIDE:#}  {}",
        Plain(detail)
    )
}

fn write(checkup: &Checkup) -> io::Result<()> {
    let json = serde_json::to_string_pretty(checkup)?;
    output::pass_on(format!("{json}\n").as_bytes())
}

fn report(checkup: &Checkup, path: &Path) -> io::Result<()> {
    let report = super::report::versioned(checkup.report());
    let text = match path.extension().and_then(|extension| extension.to_str()) {
        Some("md") => report.to_markdown(),
        Some("json") => format!("{:#}\n", report.to_json()),
        _ => report.to_text(),
    };
    std::fs::write(path, text)
}

fn conclude(checkup: &Checkup) -> io::Result<()> {
    let mut out = anstream::stdout();
    for finding in checkup.diagnosis().findings() {
        writeln!(out)?;
        describe(finding).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    let words = match checkup.verdict() {
        Verdict::Healthy => "healthy: everything works, and there is nothing to be said",
        Verdict::Works => "works: everything works, and something should be mended",
        _ => "broken: something does not work",
    };
    writeln!(out, "\n{LABEL}{words}{LABEL:#}")
}

fn describe(finding: &Finding) -> Vec<String> {
    let (certainty, code) = (finding.certainty(), finding.code());
    let head = format!("{LABEL}{certainty}: {}{LABEL:#} ({code})", finding.title());
    let because = finding.evidence().iter().map(|evidence| format!("  because {}", Plain(evidence)));
    let ends = [
        format!("  {LABEL}what to do{LABEL:#}: {}", finding.remedy()),
        format!("  {ASIDE}{}{ASIDE:#}", finding.docs()),
    ];
    [head].into_iter().chain(because).chain(ends).collect()
}
