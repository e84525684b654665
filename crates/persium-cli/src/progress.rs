//! How far a command is, on a terminal.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use persium_core::plan::Progress;

use crate::log;
use crate::output::Format;

/// What is over sooner needs no progress shown.
const PATIENCE: Duration = Duration::from_millis(300);

/// A line on standard error that says how far the whole is. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Bar {
    begun: Instant,
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
        Self { begun: Instant::now(), line, is_shown: false }
    }

    /// So many of those things came, and the whole is so far.
    pub(crate) fn advance(&mut self, count: usize, things: &str, progress: Progress) {
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
            line.set_message(describe(count, things, progress));
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

fn describe(count: usize, things: &str, Progress { done, total, .. }: Progress) -> String {
    match total {
        Some(total @ 1..) => format!("{count} {things} so far, {} %", done.saturating_mul(100) / total),
        _ => format!("{count} {things} so far"),
    }
}

/// How far the whole of `parts` is, of which `done` are over and the next is as far as `part`.
pub(crate) fn of_parts(done: usize, parts: usize, part: Progress) -> Progress {
    match part.total {
        None if parts == 1 => part,
        _ => {
            let (done, parts, size) = (done as u64, parts as u64, part.total.unwrap_or(1).max(1));
            let within = part.done.min(size);
            Progress::new(done.saturating_mul(size) + within, Some(parts.saturating_mul(size)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_known() {
        assert_eq!(describe(120, "entries", Progress::new(3, Some(7))), "120 entries so far, 42 %");
        assert_eq!(describe(120, "entries", Progress::new(3, None)), "120 entries so far");
        assert_eq!(describe(0, "stations", Progress::new(0, Some(0))), "0 stations so far");
    }

    #[test]
    fn parts_are_one_whole() {
        let share = |done, parts, part| {
            let Progress { done, total, .. } = of_parts(done, parts, part);
            (done, total)
        };
        assert_eq!(share(1, 4, Progress::new(1, Some(2))), (3, Some(8)));
        assert_eq!(share(2, 4, Progress::new(0, None)), (2, Some(4)));
        assert_eq!(share(0, 1, Progress::new(30, None)), (30, None), "how long a list is may not be known");
        assert_eq!(share(0, 1, Progress::new(30, Some(40))), (30, Some(40)));
        assert_eq!(share(3, 4, Progress::new(9, Some(2))), (8, Some(8)), "a hint may be wrong");
    }
}
