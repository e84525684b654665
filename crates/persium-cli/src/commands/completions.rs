//! `persium completions`: what the Tab key knows.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples, once `mkdir -p` has made the folder:
  persium completions bash > ~/.local/share/bash-completion/completions/persium
  persium completions zsh > ~/.zfunc/_persium
  persium completions fish > ~/.config/fish/completions/persium.fish";

/// Write a shell's completions for this command
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut args::Args::command(), "persium", &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}
