//! What a program does that it had better not.

use crate::diagnosis::codes;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::habits::Habits;

/// From so many token requests on they count as a habit: a start of a process has a few.
const TOKENS: u64 = 10;
/// From so many clients on: one for each environment, and some to spare.
const CLIENTS: u64 = 5;
/// From so many hasty requests on: a person who tries something out has a few.
const POLLS: u64 = 10;

pub(crate) fn of(habits: &Habits) -> Vec<Finding> {
    let Habits { clients, calls, token_requests, refusals, hasty_polls } = *habits;
    let mut findings = Vec::new();
    // A token that the API refuses is to be replaced: that is no habit.
    let without_cause = token_requests.saturating_sub(refusals);
    if TOKENS <= without_cause && calls <= without_cause.saturating_mul(2) && 0 < calls {
        let counted =
            format!("{token_requests} token requests were counted for {calls} calls in this process");
        findings.push(Finding::certain(codes::TOKEN_PER_CALL, [counted]));
    }
    if CLIENTS <= clients {
        let counted = format!("{clients} clients were built for the same credentials in this process");
        findings.push(Finding::certain(codes::MANY_CLIENTS, [counted]));
    }
    if POLLS <= hasty_polls {
        let counted = format!(
            "{hasty_polls} requests for a station's latest reading came within a minute of the one before"
        );
        findings.push(Finding::certain(codes::POLLING_TOO_FAST, [counted]));
    }
    // Taken back tokens are mended by the client itself, so that no error tells of them.
    if 0 < refusals && refusals < calls {
        let counted =
            format!("the API refused a token {refusals} times, and the client went on with a fresh one");
        findings.push(Finding::likely(codes::TOKEN_REVOKED, [counted]));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Code;

    fn found(clients: u64, calls: u64, token_requests: u64, refusals: u64, hasty_polls: u64) -> Vec<Code> {
        let habits = Habits { clients, calls, token_requests, refusals, hasty_polls };
        of(&habits).iter().map(Finding::code).collect()
    }

    #[test]
    fn what_every_program_does_is_no_habit() {
        assert_eq!(found(1, 0, 0, 0, 0), []);
        assert_eq!(found(1, 1, 1, 0, 0), []);
        assert_eq!(found(4, 5000, 40, 0, 9), []);
        assert_eq!(found(1, 9, 9, 0, 0), [], "a start");
    }

    #[test]
    fn each_habit_is_told_once_it_is_one() {
        assert_eq!(found(1, 20, 10, 0, 0), [codes::TOKEN_PER_CALL]);
        assert_eq!(found(1, 21, 10, 0, 0), []);
        assert_eq!(found(5, 100, 5, 0, 0), [codes::MANY_CLIENTS]);
        assert_eq!(found(1, 100, 1, 0, 10), [codes::POLLING_TOO_FAST]);
        assert_eq!(found(1, 12, 12, 11, 0), [codes::TOKEN_REVOKED], "tokens that are refused are replaced");
    }
}
