//! Our clock beside the servers'.

use std::time::Duration;

use crate::diagnosis::codes;
use crate::diagnosis::finding::Finding;
use crate::error::Answer;

/// Within this the clocks count as equal: an answer may take most of a minute, and `Date` tells whole seconds.
const TOLERATED: Duration = Duration::from_secs(60);

/// How far, and which way, our wall clock is off a server's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Skew {
    /// Ours is ahead.
    Ahead(Duration),
    /// Ours is behind.
    Behind(Duration),
}

impl Skew {
    /// From when a request was sent, by our clock, and when it was answered, by the server's. `None` where the two may
    /// well agree.
    pub(crate) fn between(ours: Duration, server: Duration) -> Option<Self> {
        let skew = match ours.checked_sub(server) {
            Some(ahead) => Self::Ahead(ahead),
            None => Self::Behind(server - ours),
        };
        (skew.amount() > TOLERATED).then_some(skew)
    }

    fn amount(self) -> Duration {
        match self {
            Self::Ahead(by) | Self::Behind(by) => by,
        }
    }

    pub(crate) fn words(self, whose: &str) -> String {
        let way = match self {
            Self::Ahead(_) => "ahead of",
            Self::Behind(_) => "behind",
        };
        format!("this machine's clock is {} s {way} {whose}", self.amount().as_secs())
    }
}

/// What a single answer says of the clocks: one of the two is off, and which cannot be told from it.
pub(super) fn of_one(answer: &Answer) -> Option<Finding> {
    let skew = Skew::between(answer.circumstances.as_ref()?.sent_at, answer.head.time()?)?;
    Some(Finding::likely(codes::CLOCK_OFF, [skew.words("the Date of the answer")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_within_a_minute_count_as_equal() {
        let at = Duration::from_secs;
        assert_eq!(Skew::between(at(1000), at(1060)), None);
        assert_eq!(Skew::between(at(1000), at(940)), None);
        assert_eq!(Skew::between(at(1000), at(1061)), Some(Skew::Behind(at(61))));
        let ahead = Skew::between(at(4600), at(1000)).unwrap();
        assert_eq!(ahead.words("the API's"), "this machine's clock is 3600 s ahead of the API's");
    }
}
