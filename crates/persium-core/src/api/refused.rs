//! The rows of an answer that cannot be read.

use crate::error::Error;

/// So many are told one by one.
const TOLD: u64 = 1000;

/// Tells of rows that cannot be read: of each of the first thousand, then how many more there were.
///
/// An error takes some hundred times the memory of the shortest row: without an end, an answer of 16 MiB could make
/// gigabytes of them.
#[derive(Debug, Default)]
pub(super) struct Refused {
    rows: u64,
}

impl Refused {
    /// Puts the error among the items, in its row's place, or counts it.
    pub(super) fn tell<T>(&mut self, items: &mut Vec<Result<T, Error>>, error: Error) {
        self.rows += 1;
        if self.rows <= TOLD {
            items.push(Err(error));
        }
    }

    /// Says at the answer's end how many were not told.
    pub(super) fn finish<T>(self, items: &mut Vec<Result<T, Error>>) {
        let untold = self.rows.saturating_sub(TOLD);
        if 0 < untold {
            let problem = format!(
                "expected rows, got {TOLD} that cannot be read, and {untold} more in the same answer"
            );
            items.push(Err(Error::decode(problem)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_are_told_each_and_the_others_by_their_number() {
        let mut items = vec![Ok(1), Ok(2)];
        let mut refused = Refused::default();
        (0..2500).for_each(|row| refused.tell(&mut items, Error::decode(format!("row {row}"))));
        items.push(Ok(3));
        refused.finish(&mut items);
        assert_eq!((items.len(), items.iter().flatten().count()), (2 + 1000 + 1 + 1, 3));
        let last = items.pop().unwrap().unwrap_err().to_string();
        assert!(last.contains("1500 more"), "{last}");
    }

    #[test]
    fn where_all_were_told_nothing_is_added() {
        let mut items: Vec<Result<(), _>> = Vec::new();
        let mut refused = Refused::default();
        (0..1000).for_each(|_| refused.tell(&mut items, Error::decode("no".to_owned())));
        refused.finish(&mut items);
        assert_eq!(items.len(), 1000);
    }
}
