//! How far a long walk is, on a terminal.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use persium_core::plan::Progress;

use crate::log;
use crate::output::Format;

/// What is over sooner needs no progress shown.
const PATIENCE: Duration = Duration::from_millis(300);

/// A line on standard error that says how far a walk is. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Bar {
    begun: Instant,
    entries: u64,
    /// `None` where nobody would see it, or where it would be among other lines.
    line: Option<ProgressBar>,
    is_shown: bool,
}

impl Bar {
    /// A bar beside an answer in `format`. Where that goes to the same terminal line by line, it is progress enough.
    pub(crate) fn beside(format: Format) -> Self {
        let is_apart = !io::stdout().is_terminal() || format == Format::Table;
        let is_seen = io::stderr().is_terminal() && is_apart && !log::is_on();
        let line = is_seen.then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
        Self { begun: Instant::now(), entries: 0, line, is_shown: false }
    }

    /// One more entry came, of a walk that is so far.
    pub(crate) fn advance(&mut self, progress: Progress) {
        self.entries += 1;
        let Some(line) = &self.line else { return };
        if !self.is_shown && self.begun.elapsed() >= PATIENCE {
            self.is_shown = true;
            // The template is ours and right; without it the line would be plainer.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                line.set_style(style);
            }
            line.set_draw_target(ProgressDrawTarget::stderr());
            line.enable_steady_tick(Duration::from_millis(100));
        }
        if self.is_shown {
            line.set_message(describe(self.entries, progress));
        }
    }

    /// Does what writes to the terminal, with the bar out of its way.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.line {
            Some(line) => line.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

fn describe(entries: u64, Progress { done, total, .. }: Progress) -> String {
    match total {
        Some(total @ 1..) => format!("{entries} so far, {} %", done.saturating_mul(100) / total),
        _ => format!("{entries} so far"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_known() {
        assert_eq!(describe(120, Progress::new(3, Some(7))), "120 so far, 42 %");
        assert_eq!(describe(120, Progress::new(3, None)), "120 so far");
        assert_eq!(describe(0, Progress::new(0, Some(0))), "0 so far");
    }
}
