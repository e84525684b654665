//! `persium man`: the manual.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};

use crate::args;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  persium man | man -l -                      read it
  persium man latest | man -l -               that of one subcommand
  persium man > ~/.local/share/man/man1/persium.1";

/// Write the manual page, or that of a subcommand
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// A subcommand, for its own page
    #[arg(value_name = "COMMAND", value_parser = parse_command)]
    command: Option<Box<clap::Command>>,
}

/// What stands at a page's foot.
const SOURCE: &str = concat!("persium ", env!("CARGO_PKG_VERSION"));

impl ManArgs {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let command = self.command.map_or_else(args::Args::command, |command| *command);
        let mut page = Vec::new();
        clap_mangen::Man::new(command).source(SOURCE).render(&mut page)?;
        Ok(io::stdout().write_all(&page)?)
    }
}

fn parse_command(name: &str) -> Result<Box<clap::Command>, String> {
    let mut all = args::Args::command();
    // Fills in the names that subcommands are shown by: `persium-latest`.
    all.build();
    let names: Vec<_> = all.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    all.find_subcommand(name)
        .cloned()
        .map(Box::new)
        .ok_or_else(|| format!("expected one of {}", names.join(", ")))
}
