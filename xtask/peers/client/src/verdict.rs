//! What was aimed at, and what came of it.

use crate::spread::Spread;
use crate::table::Table;

pub struct Verdicts {
    table: Table,
    met: usize,
    all: usize,
}

impl Default for Verdicts {
    fn default() -> Self {
        Self {
            table: Table::new("What was aimed at:", &["what", "aim", "figure", "verdict"]),
            met: 0,
            all: 0,
        }
    }
}

impl Verdicts {
    /// By the median.
    pub fn at_most(&mut self, what: &str, aim: f64, figure: Spread) {
        self.judge(what, &format!("at most {aim:.2}"), &format!("{figure}"), figure.median - aim);
    }

    /// By the median.
    pub fn at_least(&mut self, what: &str, aim: f64, figure: Spread) {
        self.judge(what, &format!("at least {aim:.2}"), &format!("{figure}"), aim - figure.median);
    }

    /// Of what is counted: exactly so many.
    pub fn exactly(&mut self, what: &str, aim: usize, counted: usize) {
        self.judge(what, &aim.to_string(), &counted.to_string(), aim.abs_diff(counted) as f64);
    }

    fn judge(&mut self, what: &str, aim: &str, figure: &str, missed_by: f64) {
        let met = missed_by <= 0.0;
        self.all += 1;
        self.met += usize::from(met);
        // A distance that would be shown as nothing is shown.
        let verdict =
            if met { "met".to_owned() } else { format!("**missed by {:.2}**", missed_by.max(0.01)) };
        self.table.row([what.to_owned(), aim.to_owned(), figure.to_owned(), verdict]);
    }

    pub fn print(&self) {
        self.table.print();
        println!("{} of {} met.\n", self.met, self.all);
    }
}
