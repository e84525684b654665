//! What real Keycloaks said to the corpus: `tests/keycloak/recordings`, written by `cargo xtask keycloak --record`.
//!
//! A file for each chapter of the corpus. Releases that say the same share an answer, so the files also tell in what the
//! releases differ.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::corpus::Case;

/// A case and what each release answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Recording {
    /// The case's name.
    pub name: String,
    /// The request that was answered, as the corpus had it then.
    pub request: String,
    /// The answers, each once.
    pub answers: Vec<Said>,
}

/// An answer and whose it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Said {
    /// Oldest first.
    pub releases: Vec<String>,
    /// What they all said.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The folder.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("keycloak").join("recordings")
}

/// The recordings of a chapter; none where there is no file.
///
/// # Panics
///
/// Where the file is not one of recordings.
#[must_use]
pub fn read(chapter: &str) -> Vec<Recording> {
    let Ok(text) = fs::read_to_string(file(chapter)) else { return Vec::new() };
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("the recordings of {chapter}: {error}"))
}

/// What `release` said to `case`, if it was asked just this.
#[must_use]
pub fn find<'a>(recordings: &'a [Recording], case: &Case, release: &str) -> Option<&'a Answer> {
    let request = case.request.to_string();
    let recording = recordings.iter().find(|known| known.name == case.name && known.request == request)?;
    recording.said_by(release)
}

impl Recording {
    /// What that release said.
    #[must_use]
    pub fn said_by(&self, release: &str) -> Option<&Answer> {
        let said = self.answers.iter().find(|said| said.releases.iter().any(|known| known == release))?;
        Some(&said.answer)
    }

    fn set(&mut self, release: &str, answer: Answer) {
        for said in &mut self.answers {
            said.releases.retain(|known| known != release);
        }
        match self.answers.iter_mut().find(|said| said.answer == answer) {
            Some(said) => said.releases.push(release.to_owned()),
            None => self.answers.push(Said { releases: vec![release.to_owned()], answer }),
        }
        self.answers.retain(|said| !said.releases.is_empty());
        // The names of releases are ordered as text.
        self.answers.iter_mut().for_each(|said| said.releases.sort());
        self.answers.sort_by(|one, other| one.releases.cmp(&other.releases));
    }
}

/// Puts what `release` said in place of what it said before, chapter by chapter. A case that the corpus no longer has is dropped,
/// and so is what others said to a request that has changed.
///
/// # Panics
///
/// Where a file cannot be written.
pub fn renew(release: &str, answers: &[(Case, Answer)]) {
    fs::create_dir_all(folder()).expect("the folder can be made");
    for cases in answers.chunk_by(|(one, _), (other, _)| one.chapter == other.chapter) {
        let chapter = &cases[0].0.chapter;
        let known = read(chapter);
        let renewed: Vec<_> = cases
            .iter()
            .map(|(case, answer)| {
                let request = case.request.to_string();
                let known = known.iter().find(|known| known.name == case.name && known.request == request);
                let fresh = || Recording { name: case.name.clone(), request, answers: Vec::new() };
                let mut recording = known.cloned().unwrap_or_else(fresh);
                recording.set(release, answer.clone());
                recording
            })
            .collect();
        fs::write(file(chapter), text(&renewed)).expect("the recordings can be written");
    }
}

/// JSON with a line for each answer, so that a change of one shows as one.
fn text(recordings: &[Recording]) -> String {
    let parts = recordings.iter().map(|recording| {
        let answers: Vec<_> =
            recording.answers.iter().map(|said| format!("      {}", one_line(said))).collect();
        format!(
            "  {{\n    \"name\": {},\n    \"request\": {},\n    \"answers\": [\n{}\n    ]\n  }}",
            one_line(&recording.name),
            one_line(&recording.request),
            answers.join(",\n")
        )
    });
    format!("[\n{}\n]\n", parts.collect::<Vec<_>>().join(",\n"))
}

fn one_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("recordings are JSON")
}

fn file(chapter: &str) -> PathBuf {
    folder().join(chapter).with_extension("json")
}

#[cfg(test)]
mod tests {
    use super::super::corpus;
    use super::super::fake::RELEASES;
    use super::*;

    fn answer(status: &str) -> Answer {
        Answer::parse(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes(), "localhost:1")
    }

    #[test]
    fn every_request_of_the_corpus_has_an_answer_of_every_release() {
        for case in corpus::read() {
            let recordings = read(&case.chapter);
            for (release, _) in RELEASES {
                assert!(
                    find(&recordings, &case, release).is_some(),
                    "{release}: {case}: cargo xtask keycloak --record"
                );
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut recording =
            Recording { name: "x \"y\"".into(), request: "GET /\n\nä".into(), answers: Vec::new() };
        recording.set("24.0.5", answer("200 OK"));
        recording.set("26.7.3", answer("404 Not Found"));
        let known: Vec<Recording> = serde_json::from_str(&text(&[recording.clone(), recording])).unwrap();
        assert_eq!(known.len(), 2);
        assert_eq!(known[1].name, "x \"y\"");
        assert_eq!(known[1].said_by("26.7.3"), Some(&answer("404 Not Found")));
    }

    #[test]
    fn releases_that_say_the_same_share_an_answer() {
        let mut recording = Recording { name: "x".into(), request: "GET /".into(), answers: Vec::new() };
        for (release, status) in [("26.4.0", "200 OK"), ("24.0.5", "200 OK"), ("26.7.3", "404 Not Found")] {
            recording.set(release, answer(status));
        }
        let releases: Vec<_> = recording.answers.iter().map(|said| said.releases.join(" ")).collect();
        assert_eq!(releases, ["24.0.5 26.4.0", "26.7.3"]);
        recording.set("26.7.3", answer("200 OK"));
        assert_eq!(recording.answers.len(), 1);
        assert_eq!(recording.said_by("26.7.3"), Some(&answer("200 OK")));
    }
}
