//! What each step of the walk means, and what is to be asked after it.

use std::time::Duration;

use time::OffsetDateTime;

use super::ask::Told;
use super::check::{Check, Outcome, Stage};
use super::runner::{Brought, Reached, Runner};
use super::{Doctor, Probe};
use crate::claims::Claims;
use crate::diagnosis::codes;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rules::{clock, habits, url};
use crate::error::{Error, Peer};
use crate::time::Now;
use crate::token::Bearer;

/// What is not asked once the API turned out not to answer us.
pub(super) const CALLS: [Stage; 5] =
    [Stage::Me, Stage::Stations, Stage::Station, Stage::Latest, Stage::Window];

impl Doctor {
    /// Begins with a probe. The check, where it takes no request.
    pub(super) fn start(&mut self, now: Now, probe: &Probe) -> Option<Check> {
        let wall = OffsetDateTime::UNIX_EPOCH + now.wall;
        self.known.readings.now = Some(wall.truncate_to_second());
        match probe {
            Probe::Configuration => Some(self.configuration()),
            Probe::Clock => Some(self.clock()),
            Probe::Claims => Some(self.claims()),
            Probe::Habits => Some(self.habits()),
            Probe::Reach(peer) => {
                let uri = match peer {
                    Peer::TokenEndpoint => url::realm_page(self.config.token_url()),
                    Peer::Api => self.config.api_base_url().clone(),
                };
                self.runner.reach(now, *peer, uri);
                None
            }
            Probe::RealmInSmallLetters(uri) => {
                self.runner.reach(now, Peer::TokenEndpoint, uri.clone());
                None
            }
            Probe::Token => {
                self.runner.token(now);
                None
            }
            Probe::TokenByForm => {
                self.runner = Runner::new(self.by_form(), self.examination.has_worked);
                self.runner.token(now);
                None
            }
            Probe::Window(_) if self.window().is_none() => Some(self.reversed()),
            Probe::Me
            | Probe::Stations
            | Probe::Station(_)
            | Probe::Latest(_)
            | Probe::Window(_)
            | Probe::Around(..) => {
                let ask = self.ask(probe)?;
                self.runner.call(now, ask);
                None
            }
        }
    }

    /// Takes what a probe brought, and how long that took.
    pub(super) fn conclude(
        &mut self,
        now: Now,
        probe: Probe,
        took: Duration,
        result: Result<Brought, Error>,
    ) -> Check {
        // A request without credentials is made once: it can neither stumble nor recover.
        let may_have_stumbled = result.is_ok() && !matches!(probe, Probe::RealmInSmallLetters(_));
        let check = match (probe, result) {
            (Probe::Reach(peer), Ok(Brought::Reached(reached))) => return self.reached(peer, &reached, took),
            (Probe::Reach(peer), Err(error)) => return self.unreached(peer, error, took),
            (Probe::RealmInSmallLetters(_), result) => self.realm_in_small_letters(result),
            (Probe::Token, Ok(Brought::Token(bearer))) => self.granted(now, &bearer),
            (Probe::TokenByForm, Ok(Brought::Token(bearer))) => {
                let evidence = "the same credentials bring a token in the form body".to_owned();
                self.note([Finding::certain(codes::BASIC_ENCODING, [evidence])]);
                self.granted(now, &bearer)
            }
            (Probe::Token, Err(error)) => self.denied(error),
            (Probe::TokenByForm, Err(_)) => Check::new(
                Stage::Token,
                Outcome::Noted,
                "the credentials are refused in the form body as well",
            ),
            (_, Ok(Brought::Told(told))) => self.told(*told),
            (Probe::Me, Err(error)) => self.unanswered(Stage::Me, error),
            (Probe::Stations, Err(error)) => self.unanswered(Stage::Stations, error),
            (Probe::Station(station), Err(error)) if error.is_not_found() => self.not_found(station, error),
            (Probe::Station(_), Err(error)) => self.unanswered(Stage::Station, error),
            // ASSUMED: a station that is known and not found here has no reading.
            (Probe::Latest(_), Err(error)) if error.is_not_found() => self.told(Told::Latest(None)),
            (Probe::Latest(_), Err(error)) => self.unanswered(Stage::Latest, error),
            (Probe::Around(..), Err(error)) => {
                Check::new(Stage::Window, Outcome::Skipped, format!("around the window: {error}"))
            }
            (_, Err(error)) => self.unanswered(Stage::Window, error),
            (_, Ok(Brought::Reached(_) | Brought::Token(_))) => {
                Check::new(Stage::Token, Outcome::Passed, "something else came than was asked for")
            }
        };
        let check = check.taking(took);
        if may_have_stumbled { self.stumbled(now, check) } else { check }
    }

    /// A success that took several attempts is told from one that did not.
    fn stumbled(&mut self, now: Now, check: Check) -> Check {
        let stumbles = self.runner.stumbles().to_vec();
        if let Some(last) = stumbles.last() {
            let detail = format!("{}, after {} failed: {last}", check.detail, stumbles.len());
            self.note([Finding::certain(codes::PASSING_FAILURE, stumbles)]);
            return Check { outcome: Outcome::Noted, detail, ..check };
        }
        if 0 < self.runner.refusals(now) && CALLS.contains(&check.stage) {
            let evidence = "the API refused the token, and took a fresh one".to_owned();
            self.note([Finding::likely(codes::TOKEN_REVOKED, [evidence])]);
        }
        check
    }

    fn configuration(&mut self) -> Check {
        let (token_url, api) = (self.config.token_url(), self.config.api_base_url());
        let detail = format!("client {}, tokens from {token_url}, the API at {api}", self.config.client_id());
        let open = self.examination.secret_file.as_ref().filter(|(_, mode)| mode & 0o004 != 0);
        let open = open.map(|(path, mode)| format!("the mode of {path} is {:03o}", mode & 0o777));
        let outcome = if open.is_some() { Outcome::Noted } else { Outcome::Passed };
        self.note(open.map(|evidence| Finding::certain(codes::SECRET_FILE_OPEN, [evidence])));
        Check::new(Stage::Configuration, outcome, detail)
    }

    fn clock(&mut self) -> Check {
        let skews = self
            .known
            .clocks
            .iter()
            .map(|(whose, theirs, ours)| (*whose, clock::Skew::between(*ours, *theirs)));
        let skews: Vec<_> = skews.collect();
        let off: Vec<_> = skews.iter().filter_map(|(whose, skew)| Some((*skew)?.words(whose))).collect();
        match (skews.is_empty(), off.is_empty()) {
            (true, _) => Check::new(Stage::Clock, Outcome::Skipped, "no server says what time it is"),
            (false, true) => Check::new(Stage::Clock, Outcome::Passed, "within a minute of the servers'"),
            (false, false) => Check::new(Stage::Clock, Outcome::Noted, off.join("; ")),
        }
    }

    fn granted(&mut self, now: Now, bearer: &Bearer) -> Check {
        let redactor = self.config.credentials.redactor(Some(bearer.token()));
        let claims = Claims::read(bearer.token(), &redactor);
        let issued = claims.as_ref().and_then(|claims| u64::try_from(claims.issued_at?).ok());
        let issued = issued.map(Duration::from_secs);
        self.known.clocks.extend(issued.map(|issued| ("the token's iat", issued, now.wall)));
        self.known.claims = claims;
        if self.known.unreachable.contains(&Peer::Api) {
            self.first([Probe::Claims]);
            self.skip(CALLS, "the API cannot be reached");
        } else {
            self.first([Probe::Claims, Probe::Me]);
        }
        Check::new(Stage::Token, Outcome::Passed, "a token came")
    }

    fn denied(&mut self, error: Error) -> Check {
        let check = Check::new(Stage::Token, Outcome::Failed, with_cause(&error));
        let found: Vec<_> = self.fail(error).iter().map(Finding::code).collect();
        if found.contains(&codes::BASIC_ENCODING) {
            self.first([Probe::TokenByForm]);
        } else if let Some(page) = url::realm_in_small_letters(self.config.token_url())
            && found.contains(&codes::REALM_CASE)
        {
            self.first([Probe::RealmInSmallLetters(page)]);
        } else {
            self.skip([Stage::Claims].into_iter().chain(CALLS), "there is no token");
        }
        check
    }

    fn realm_in_small_letters(&mut self, result: Result<Brought, Error>) -> Check {
        self.skip([Stage::Claims].into_iter().chain(CALLS), "there is no token");
        match result {
            Ok(Brought::Reached(Reached { status: 200, .. })) => {
                let evidence = "Keycloak knows the realm by its name in small letters".to_owned();
                self.note([Finding::certain(codes::REALM_CASE, [evidence.clone()])]);
                Check::new(Stage::Token, Outcome::Noted, evidence)
            }
            _ => Check::new(Stage::Token, Outcome::Noted, "the realm is not known in small letters either"),
        }
    }

    fn claims(&mut self) -> Check {
        let Some(claims) = self.known.claims.clone() else {
            return Check::new(
                Stage::Claims,
                Outcome::Skipped,
                "the token is no JSON Web Token: it says nothing of itself",
            );
        };
        let ours = self.config.client_id();
        let another = claims.client_id.clone().filter(|client| client != ours);
        let life = claims.expires_at.zip(claims.issued_at).map(|(end, start)| end.saturating_sub(start));
        let detail = [
            claims.issuer.map(|issuer| format!("issued by {issuer}")),
            claims.client_id.map(|client| format!("for {client}")),
            life.map(|life| format!("for {life} s")),
        ];
        let detail = detail.into_iter().flatten().collect::<Vec<_>>().join(", ");
        match another {
            Some(another) => {
                let evidence = format!("the token is for {another}, and CLIENT_ID is {ours}");
                self.note([Finding::likely(codes::TOKEN_FOR_ANOTHER, [evidence])]);
                Check::new(Stage::Claims, Outcome::Noted, detail)
            }
            None => Check::new(Stage::Claims, Outcome::Passed, detail),
        }
    }

    fn habits(&mut self) -> Check {
        let found = self.examination.habits.as_ref().map(habits::of).unwrap_or_default();
        let outcome = if found.is_empty() { Outcome::Passed } else { Outcome::Noted };
        let titles: Vec<_> = found.iter().map(Finding::title).collect();
        let detail =
            if found.is_empty() { "nothing to be said of them".to_owned() } else { titles.join("; ") };
        self.note(found);
        Check::new(Stage::Habits, outcome, detail)
    }

    /// To be done before everything else.
    pub(super) fn first(&mut self, probes: impl IntoIterator<Item = Probe>) {
        let probes: Vec<_> = probes.into_iter().collect();
        probes.into_iter().rev().for_each(|probe| self.plan.push_front(probe));
    }

    pub(super) fn skip(&mut self, stages: impl IntoIterator<Item = Stage>, why: &str) {
        self.ready.extend(stages.into_iter().map(|stage| Check::new(stage, Outcome::Skipped, why)));
    }
}

/// The error and what is at the bottom of it.
pub(super) fn with_cause(error: &Error) -> String {
    let mut source = std::error::Error::source(error);
    let mut text = error.to_string();
    while let Some(cause) = source {
        source = cause.source();
        if source.is_none() {
            text = format!("{text}: {cause}");
        }
    }
    text
}
