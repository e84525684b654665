//! What was found.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::codes::Code;
use crate::line::one_line;

/// The longest piece of evidence, in characters.
pub(super) const MAX_EVIDENCE: usize = 1000;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "between these three there is nothing that a reader could act on"
)]
pub enum Certainty {
    /// The evidence admits it, and others as well.
    Possible,
    /// The evidence points there, and does not prove it.
    Likely,
    /// The evidence admits nothing else.
    Certain,
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        })
    }
}

/// One cause that the evidence points at.
///
/// Serialises as `code`, `certainty`, `title`, `evidence`, `remedy`, `docs`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    code: Code,
    certainty: Certainty,
    evidence: Vec<String>,
}

impl Finding {
    /// Never surer than the catalogue lets a code be. What servers and tokens say may stand in the evidence as it came:
    /// here it becomes a line that a terminal can show.
    pub(super) fn new(code: Code, certainty: Certainty, evidence: impl IntoIterator<Item = String>) -> Self {
        let lines = evidence.into_iter().map(|text| one_line(&text, MAX_EVIDENCE));
        Self {
            code,
            certainty: certainty.min(code.at_most()),
            evidence: lines.filter(|line| !line.is_empty()).collect(),
        }
    }

    pub(super) fn certain(code: Code, evidence: impl IntoIterator<Item = String>) -> Self {
        Self::new(code, Certainty::Certain, evidence)
    }

    pub(super) fn likely(code: Code, evidence: impl IntoIterator<Item = String>) -> Self {
        Self::new(code, Certainty::Likely, evidence)
    }

    pub(super) fn possible(code: Code, evidence: impl IntoIterator<Item = String>) -> Self {
        Self::new(code, Certainty::Possible, evidence)
    }

    /// What it is called, for scripts.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// How sure it is.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.code.title()
    }

    /// What it rests on: observations, one a line. None holds a secret.
    #[must_use]
    pub fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// What to do, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.code.remedy()
    }

    /// Where the documentation says more.
    #[must_use]
    pub fn docs(&self) -> String {
        self.code.docs()
    }
}

/// Several lines: what it is, what it rests on, what to do, where there is more.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.certainty, self.title(), self.code)?;
        self.evidence.iter().try_for_each(|evidence| write!(f, "\n  because {evidence}"))?;
        write!(f, "\n  what to do: {}\n  more: {}", self.remedy(), self.docs())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 6)?;
        fields.serialize_field("code", self.code.as_str())?;
        fields.serialize_field("certainty", &self.certainty)?;
        fields.serialize_field("title", self.title())?;
        fields.serialize_field("evidence", &self.evidence)?;
        fields.serialize_field("remedy", self.remedy())?;
        fields.serialize_field("docs", &self.docs())?;
        fields.end()
    }
}

/// All that was found, surest first; of findings equally sure, the more special one first.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Diagnosis {
    findings: Vec<Finding>,
}

impl Diagnosis {
    /// Findings in the order of the rules. Of one code the surest is kept.
    pub(super) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.certainty));
        let mut seen = Vec::new();
        findings.retain(|finding| {
            let is_new = !seen.contains(&finding.code);
            seen.push(finding.code);
            is_new
        });
        Self { findings }
    }

    /// What was found, surest first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The surest one.
    #[must_use]
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }

    /// Whether nothing is wrong, as far as the evidence goes.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.findings.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::codes;

    #[test]
    fn the_surest_comes_first_and_each_code_once() {
        let diagnosis = Diagnosis::new(vec![
            Finding::likely(codes::SECRET_WRONG, []),
            Finding::likely(codes::CLOCK_OFF, []),
            Finding::certain(codes::CLOCK_OFF, []),
            Finding::possible(codes::BASIC_ENCODING, []),
        ]);
        let found: Vec<_> = diagnosis.findings().iter().map(Finding::code).collect();
        assert_eq!(found, [codes::CLOCK_OFF, codes::SECRET_WRONG, codes::BASIC_ENCODING]);
    }

    #[test]
    fn no_finding_is_surer_than_its_code_may_be() {
        assert_eq!(Finding::certain(codes::SECRET_WRONG, []).certainty(), Certainty::Likely);
    }

    #[test]
    fn a_finding_is_read_by_people_and_by_scripts() {
        let finding = Finding::certain(codes::THROTTLED, ["the API answered 429".to_owned()]);
        let text = finding.to_string();
        assert!(text.starts_with(
            "certain: the API throttles this client (throttled)\n  because the API answered 429\n"
        ));
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!((&json["code"], &json["certainty"]), (&"throttled".into(), &"certain".into()));
    }
}
