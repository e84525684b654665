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

    fn agrees(self, other: Self) -> bool {
        let is_one_way =
            matches!((self, other), (Self::Ahead(_), Self::Ahead(_)) | (Self::Behind(_), Self::Behind(_)));
        is_one_way && self.amount().abs_diff(other.amount()) <= TOLERATED
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

/// What several clocks say together: whose, theirs, and ours at the same moment. Where two agree against us, it is ours.
pub(crate) fn of_several(clocks: &[(&'static str, Duration, Duration)]) -> Option<Finding> {
    let skews = clocks.iter().map(|(whose, theirs, ours)| (*whose, Skew::between(*ours, *theirs)));
    let skews: Vec<_> = skews.collect();
    let evidence = skews.iter().filter_map(|(whose, skew)| Some((*skew)?.words(whose)));
    let evidence: Vec<_> = evidence.collect();
    let off: Vec<_> = skews.iter().filter_map(|(_, skew)| *skew).collect();
    match off[..] {
        [] => None,
        [_] if skews.len() == 1 => Some(Finding::likely(codes::CLOCK_OFF, evidence)),
        _ if off.len() == skews.len() && off.windows(2).all(|pair| pair[0].agrees(pair[1])) => {
            Some(Finding::certain(codes::CLOCK_OFF, evidence))
        }
        // One of the servers agrees with us, so it may be the other's that is off.
        _ => Some(Finding::possible(codes::CLOCK_OFF, evidence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Certainty;

    #[test]
    fn clocks_within_a_minute_count_as_equal() {
        let at = Duration::from_secs;
        assert_eq!(Skew::between(at(1000), at(1060)), None);
        assert_eq!(Skew::between(at(1000), at(940)), None);
        assert_eq!(Skew::between(at(1000), at(1061)), Some(Skew::Behind(at(61))));
        let ahead = Skew::between(at(4600), at(1000)).unwrap();
        assert_eq!(ahead.words("the API's"), "this machine's clock is 3600 s ahead of the API's");
    }

    #[test]
    fn ours_is_off_for_certain_where_two_agree_against_it() {
        let at = Duration::from_secs;
        let certainty = |clocks: &[(&'static str, Duration, Duration)]| {
            of_several(clocks).map(|finding| finding.certainty())
        };
        let (right, wrong) = (("the API", at(1000), at(1010)), ("the token's iat", at(5000), at(1000)));
        assert_eq!(certainty(&[]), None);
        assert_eq!(certainty(&[right, right]), None);
        assert_eq!(certainty(&[wrong]), Some(Certainty::Likely));
        assert_eq!(certainty(&[wrong, wrong]), Some(Certainty::Certain));
        assert_eq!(certainty(&[wrong, right]), Some(Certainty::Possible));
        assert_eq!(certainty(&[wrong, ("the API", at(1000), at(5000))]), Some(Certainty::Possible));
    }
}
