//! The command line, and the help that teaches it.

use clap::{Parser, Subcommand};

use crate::commands::{
    completions, demo, doctor, fake, get, latest, man, me, measurements, report, sensors, station, stations,
};
use crate::{exit, settings};

const EXAMPLES: &str = "\
Examples:
  persium demo                                see the whole job, against a fake in this process
  persium doctor                              does everything work, and if not, why?
  persium latest UUID UUID                    what is it now, at two stations?
  persium measurements UUID --since 24h       what was it, this last day?
  persium stations --format json | jq -r '.[].name'";

/// Read the Persium air-quality API from a terminal or a script.
///
/// One run gets one token, whatever it asks for, and puts it on every call. What fails for a moment is tried again.
#[derive(Debug, Parser)]
#[command(name = "persium", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Me(me::MeArgs),
    Stations(stations::StationsArgs),
    Station(station::StationArgs),
    Sensors(sensors::SensorsArgs),
    Latest(latest::LatestArgs),
    Measurements(measurements::MeasurementsArgs),
    Get(get::GetArgs),
    Doctor(doctor::DoctorArgs),
    Report(report::ReportArgs),
    Demo(demo::DemoArgs),
    Fake(fake::FakeArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

fn long_help() -> String {
    let mut parts = vec![EXAMPLES];
    parts.extend(settings::HELP);
    parts.push(exit::HELP);
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn no_option_takes_a_secret() {
        let command = Args::command();
        let all = command.get_subcommands().chain([&command]).flat_map(clap::Command::get_arguments);
        for argument in all {
            let name = argument.get_id().as_str();
            assert!(!["secret", "token", "password"].iter().any(|word| name.contains(word)), "{name}");
        }
    }
}
