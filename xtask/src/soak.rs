//! The soak: both adapters, left alone with a server that does everything wrong that it can.

use std::thread;

use anyhow::{Result, anyhow};

use crate::log::Log;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// How long, and by which seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Soak {
    pub(crate) minutes: f64,
    pub(crate) seed: u64,
}

impl Default for Soak {
    fn default() -> Self {
        Self { minutes: 10.0, seed: 1 }
    }
}

impl Soak {
    /// Runs every driver, side by side, each against a server of its own, and prints how their calls ended.
    pub(crate) fn run(self, workspace: &Workspace) -> Result<Tally> {
        let Self { minutes, seed } = self;
        println!("soak: {minutes} min by seed {seed}, for each adapter at once");
        let program = ["--quiet", "--package", "persium-tests", "--bin", "soak"];
        Log::create(workspace, "soak")?.expect(workspace.cargo().arg("build").args(program))?;
        let soak = |driver: &str| -> Result<String> {
            let log = Log::create(workspace, &format!("soak-{driver}"))?;
            let mut cargo = workspace.cargo();
            cargo.arg("run").args(program).args(["--", driver, &minutes.to_string(), &seed.to_string()]);
            log.expect(&cargo)?;
            log.text()
        };
        let mut tally = Tally::NONE;
        thread::scope(|scope| {
            let running = ["hyper", "blocking"].map(|driver| scope.spawn(move || soak(driver)));
            for thread in running {
                let ended =
                    thread.join().unwrap_or_else(|_| Err(anyhow!("the thread that watched it panicked")));
                match ended {
                    Ok(summary) => {
                        // Less the command itself.
                        println!("{}", summary.split_once('\n').map_or("", |(_, told)| told).trim_end());
                        tally.passed += 1;
                    }
                    Err(error) => {
                        println!("{error:#}");
                        tally += Tally::ONE_FAILURE;
                    }
                }
            }
        });
        Ok(tally)
    }
}
