//! A day as a line, for a terminal.

use std::fmt::Write as _;

use time::{Duration, OffsetDateTime, UtcOffset};

/// Braille has two dots across and four down in a cell.
const DOTS_ACROSS: usize = 2;
const DOTS_DOWN: usize = 4;
/// The dots of a cell, column by column from the top, as bits above U+2800.
const BITS: [[u8; DOTS_DOWN]; DOTS_ACROSS] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
/// Room for the numbers at the left.
const MARGIN: usize = 8;

/// Values over a window of time. Where values are missing, so is the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chart<'a> {
    /// The window's start.
    pub(crate) from: OffsetDateTime,
    /// Its end, after the start.
    pub(crate) to: OffsetDateTime,
    /// What was measured, by rising time.
    pub(crate) points: &'a [(OffsetDateTime, f64)],
    /// Two values further apart than this have a gap between them.
    pub(crate) gap: Duration,
}

impl Chart<'_> {
    /// Draws it `columns` cells wide and `rows` high, axes aside.
    pub(crate) fn draw(&self, columns: usize, rows: usize) -> String {
        let (low, high) = self.bounds();
        let mut canvas = Canvas::new(columns, rows);
        let mut last: Option<(OffsetDateTime, usize, usize)> = None;
        for &(time, value) in self.points {
            let Some(x) = self.place(time, canvas.width()) else { continue };
            let share = (high - value) / (high - low);
            let y = scale(share, canvas.height());
            match last {
                Some((before, from_x, from_y)) if time - before <= self.gap => {
                    canvas.line((from_x, from_y), (x, y));
                }
                _ => canvas.dot(x, y),
            }
            last = Some((time, x, y));
        }
        let mut drawing = String::new();
        for (row, cells) in canvas.rows().enumerate() {
            let label = match row {
                0 => number(high),
                row if row + 1 == rows => number(low),
                row if row * 2 + 1 == rows => number(f64::midpoint(high, low)),
                _ => String::new(),
            };
            let tick = if label.is_empty() { '│' } else { '┤' };
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(drawing, "{label:>MARGIN$} {tick}{cells}");
        }
        self.write_axis(&mut drawing, columns);
        drawing
    }

    /// From zero, or from the lowest value where that is below, to a round number above the highest.
    fn bounds(&self) -> (f64, f64) {
        let values = || self.points.iter().map(|&(_, value)| value).filter(|value| value.is_finite());
        let high = round_up(values().fold(0.0, f64::max));
        // Not `-round_up(..)`, which would be a minus zero mostly.
        let low = 0.0 - round_up(0.0 - values().fold(0.0, f64::min));
        if high > low { (low, high) } else { (low, low + 1.0) }
    }

    /// The column of `time` among `width`; none outside the window.
    fn place(&self, time: OffsetDateTime, width: usize) -> Option<usize> {
        let share = (time - self.from) / (self.to - self.from);
        (0.0..=1.0).contains(&share).then(|| scale(share, width))
    }

    /// Ticks at every sixth hour of the day.
    fn write_axis(&self, drawing: &mut String, columns: usize) {
        let mut axis = vec!['─'; columns];
        let mut labels = vec![' '; columns + MARGIN];
        let midnight = self.from.to_offset(UtcOffset::UTC).replace_time(time::Time::MIDNIGHT);
        let ticks = (0..).map(|step| midnight + Duration::hours(6) * step);
        for tick in ticks.skip_while(|&tick| tick < self.from).take_while(|&tick| tick <= self.to) {
            let Some(column) = self.place(tick, columns) else { continue };
            axis[column] = '┬';
            for (cell, c) in labels[column..].iter_mut().zip(format!("{:02}:00", tick.hour()).chars()) {
                *cell = c;
            }
        }
        let _ = writeln!(drawing, "{:>MARGIN$} └{}", "", axis.iter().collect::<String>());
        // A tick's label is centred below it: it begins two columns before.
        let _ = writeln!(drawing, "{:>MARGIN$}{}", "", labels.iter().collect::<String>().trim_end());
    }
}

/// Dots, kept as the cells they are in.
struct Canvas {
    cells: Vec<u8>,
    columns: usize,
}

impl Canvas {
    fn new(columns: usize, rows: usize) -> Self {
        Self { cells: vec![0; columns * rows], columns }
    }

    fn width(&self) -> usize {
        self.columns * DOTS_ACROSS
    }

    fn height(&self) -> usize {
        self.cells.len() / self.columns * DOTS_DOWN
    }

    fn dot(&mut self, x: usize, y: usize) {
        self.cells[y / DOTS_DOWN * self.columns + x / DOTS_ACROSS] |= BITS[x % DOTS_ACROSS][y % DOTS_DOWN];
    }

    fn line(&mut self, (x1, y1): (usize, usize), (x2, y2): (usize, usize)) {
        let steps = x1.abs_diff(x2).max(y1.abs_diff(y2)).max(1);
        // Never beyond the longer of the two ways, so every dot of the line is drawn.
        let between = |a: usize, b: usize, step: usize| (a * (steps - step) + b * step + steps / 2) / steps;
        for step in 0..=steps {
            self.dot(between(x1, x2, step), between(y1, y2, step));
        }
    }

    fn rows(&self) -> impl Iterator<Item = String> {
        self.cells.chunks(self.columns).map(|row| {
            row.iter().map(|&bits| char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')).collect()
        })
    }
}

/// A share of one, as one of `count` places.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped"
)]
fn scale(share: f64, count: usize) -> usize {
    let last = count.saturating_sub(1);
    (share.clamp(0.0, 1.0) * last as f64).round() as usize
}

/// The next round number at or above `value`; zero for what is not above zero.
fn round_up(value: f64) -> f64 {
    const STEPS: [f64; 9] = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    if value <= 0.0 {
        return 0.0;
    }
    let decade = 10_f64.powf(value.log10().floor());
    STEPS.into_iter().map(|step| step * decade).find(|&step| step >= value).unwrap_or(value)
}

/// Three decimals at most, and none that are zero.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn chart(points: &[(OffsetDateTime, f64)]) -> Chart<'_> {
        let from = datetime!(2026-11-22 00:00 UTC);
        Chart { from, to: from + Duration::DAY, points, gap: Duration::HOUR }
    }

    fn hourly(values: impl IntoIterator<Item = f64>) -> Vec<(OffsetDateTime, f64)> {
        let start = datetime!(2026-11-22 00:00 UTC);
        (0..).map(|hour| start + Duration::hours(hour)).zip(values).collect()
    }

    #[test]
    fn a_slope_runs_from_corner_to_corner() {
        let points = hourly((0..=24).map(|hour| f64::from(hour) / 2.4));
        let drawing = "
      10 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⣀⡠⠤⠔⠒⠊⠉
       5 ┤⠀⠀⠀⠀⠀⠀⠀⠀⣀⣀⠤⠤⠔⠒⠊⠉⠁⠀⠀⠀⠀⠀⠀⠀
       0 ┤⣀⣀⠤⠤⠒⠒⠉⠉⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
         └┬─────┬─────┬────┬─────┬
        00:00 06:00 12:0018:00 00:00
";
        assert_eq!(format!("\n{}", chart(&points).draw(24, 3)), drawing);
    }

    #[test]
    fn where_values_are_missing_so_is_the_line() {
        let mut points = hourly([5.0; 25]);
        points.drain(9..=15);
        let line = "⠉⠉⠉⠉⠉⠉⠉⠉⠁⠀⠀⠀⠀⠀⠀⠈⠉⠉⠉⠉⠉⠉⠉⠉";
        assert!(chart(&points).draw(24, 1).contains(line));
    }

    #[test]
    fn the_scale_is_round_and_holds_zero() {
        for (values, bounds) in [
            ([1.0, 42.0], (0.0, 50.0)),
            ([0.01, 0.013], (0.0, 0.015)),
            ([-7.0, 3.0], (-8.0, 3.0)),
            ([0.0, 0.0], (0.0, 1.0)),
            ([f64::NAN, f64::INFINITY], (0.0, 1.0)),
        ] {
            assert_eq!(chart(&hourly(values)).bounds(), bounds, "{values:?}");
        }
    }

    #[test]
    fn what_lies_outside_the_window_is_left_out() {
        let before = datetime!(2026-11-20 00:00 UTC);
        let empty = chart(&[]).draw(10, 2);
        assert_eq!(chart(&[(before, 1.0)]).draw(10, 2), empty);
    }
}
