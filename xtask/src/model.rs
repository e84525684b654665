//! The token machine's model, deeper than the tests go, and what becomes of the tests when the code is broken.

mod bench;
mod mutant;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::lifeline::Lifeline;
use crate::log::Log;
use crate::tally::Tally;
use crate::tidy::Tree;
use crate::workspace::Workspace;

use bench::{Bench, Verdict};

/// What of it is run.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Model {
    /// How many events deep, or `all`; as deep as in every test run where it is not said.
    pub(crate) depth: Option<String>,
    /// Whether the mutants are tried as well.
    pub(crate) mutants: Mutants,
}

/// Which mutants are tried.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) enum Mutants {
    #[default]
    None,
    /// Those from that number on whose names, or whose tests' names, hold these words.
    Some { from: usize, with: String },
}

/// The test that is the model.
const TEST: &str = "token::model::every_interleaving_of_three_callers_keeps_the_invariants";

impl Model {
    /// Explores, and tries what is to be tried. Each thing that holds counts as passed.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Tally> {
        let mut tally = Tally::NONE;
        match &self.mutants {
            Mutants::None => {
                explore(workspace, self.depth.as_deref())?;
                tally.passed += 1;
            }
            Mutants::Some { from, with } => tally += try_mutants(workspace, *from, with)?,
        }
        Ok(tally)
    }
}

/// Runs the model as it is; each level is told when it is done.
fn explore(workspace: &Workspace, depth: Option<&str>) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--quiet", "--package", "persium-core", "--lib"]);
    if let Some(depth) = depth {
        // A debug build would take ten times as long for the same.
        cargo.arg("--release").env("PERSIUM_MODEL_DEPTH", depth);
    }
    cargo.args(["--", "--nocapture", "--exact", TEST]);
    let log = Log::create(workspace, "model")?;
    println!("model: building and exploring; all that is printed goes to {}", log.path().display());
    let mut run = Lifeline::start(&cargo, &log)?;
    let mut levels = 0;
    let status = loop {
        let ended = run.try_wait()?;
        for level in
            log.text()?.lines().filter_map(|line| line.strip_prefix("token model so far: ")).skip(levels)
        {
            println!("model: {level}");
            levels += 1;
        }
        match ended {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(200)),
        }
    };
    if !status.success() {
        bail!("the model's test failed\n{}", log.tail()?);
    }
    let text = log.text()?;
    let figures = text.lines().rev().find_map(|line| line.strip_prefix("token model: "));
    // What the test's own harness says: building is not counted.
    let took = text.rsplit("finished in ").next();
    let (Some(figures), Some(took)) = (figures, took) else {
        bail!("the model said nothing of what it saw\n{}", log.tail()?);
    };
    println!("model: {figures}; {}", took.trim());
    Ok(())
}

fn try_mutants(workspace: &Workspace, from: usize, with: &str) -> Result<Tally> {
    let tree = Tree::read(workspace.root())?;
    let all = mutant::all(&tree)?;
    let count = all.len();
    let chosen: Vec<_> = all.iter().filter(|mutant| from <= mutant.number && mutant.mentions(with)).collect();
    if chosen.is_empty() {
        bail!("of {count} mutants there is none from number {from} on that has `{with}` in its name");
    }
    println!("mutants: {} of {count}; the tests that are to notice them pass without them?", chosen.len());
    let bench = Bench::set_up(workspace, &tree)?;
    bench.expect_green(&chosen)?;
    let mut tally = Tally::NONE;
    let mut slowest = Duration::ZERO;
    for mutant in chosen {
        let began = Instant::now();
        let verdict = bench.try_out(mutant, &tree)?;
        slowest = slowest.max(began.elapsed());
        let took = began.elapsed().as_secs_f64();
        println!("{:>3}/{count} {verdict:<9}{took:6.1} s  {}", mutant.number, mutant.name);
        match verdict {
            Verdict::Caught => tally.passed += 1,
            other => {
                tally.failed += 1;
                println!("    {}", other.explained(mutant));
            }
        }
    }
    println!(
        "mutants: {} caught, {} not; the slowest took {:.1} s",
        tally.passed,
        tally.failed,
        slowest.as_secs_f64()
    );
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mutant::{Mutant, Notices};

    #[test]
    fn every_mutant_can_still_be_applied_and_the_test_that_is_to_notice_it_is_there() {
        let tree = Tree::read(Workspace::current().root()).unwrap();
        let mutants = mutant::all(&tree).unwrap();
        for mutant in &mutants {
            mutant.apply(&tree).unwrap();
            if let Notices::Test { name, .. } = &mutant.notices {
                let signature = format!("fn {name}");
                assert!(
                    tree.with_extension("rs").any(|(_, text)| text.contains(&signature)),
                    "`{}` is to be noticed by `{name}`, which is not there",
                    mutant.name
                );
            }
        }
    }

    #[test]
    fn each_of_the_peers_bugs_has_a_mutant_and_its_line_and_scenario_stand_in_the_docs() {
        let tree = Tree::read(Workspace::current().root()).unwrap();
        let page = tree.text("docs/testing.md").unwrap();
        let peers: Vec<_> = mutant::all(&tree).unwrap().into_iter().filter(Mutant::is_peers_bug).collect();
        for bug in 1..=14 {
            let prefix = format!("peer {bug}: ");
            assert!(peers.iter().any(|mutant| mutant.name.starts_with(&prefix)), "{prefix}");
        }
        for mutant in peers {
            let Notices::Test { name, .. } = &mutant.notices else { panic!("{}", mutant.name) };
            for told in [name.as_str(), mutant.line()] {
                assert!(
                    page.contains(&format!("`{told}`")),
                    "{}: the docs do not show `{told}`",
                    mutant.name
                );
            }
        }
    }
}
