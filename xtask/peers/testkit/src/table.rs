//! A table as Markdown has it.

use std::time::Duration;

pub struct Table {
    title: &'static str,
    header: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: &'static str, header: &'static [&'static str]) -> Self {
        Self { title, header, rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn print(&self) {
        println!("{}\n", self.title);
        println!("| {} |", self.header.join(" | "));
        println!("|{}", "---|".repeat(self.header.len()));
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        println!();
    }
}

/// Half of the times are shorter.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Three figures, in the unit that leaves one before the point.
pub fn time(duration: Duration) -> String {
    match duration.as_nanos() {
        0..1_000_000 => format!("{:.0} µs", duration.as_secs_f64() * 1e6),
        _ => format!("{:.2} ms", duration.as_secs_f64() * 1e3),
    }
}
