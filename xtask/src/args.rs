//! The command line: what may be said, and the help that says so.

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::bench::{self, Bench};
use crate::fuzz::{Findings, Fuzz};
use crate::gate::{Gate, Step, Tests};
use crate::keycloak;
use crate::model::{Model, Mutants};
use crate::soak::Soak;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help(String),
    Test,
    /// How many times in a row.
    Integration(u32),
    Tidy,
    Keycloak(keycloak::Plan),
    Judges,
    Languages,
    Release,
    Model(Model),
    Soak(Soak),
    Bench(bench::Run),
    Fuzz(Fuzz),
    Ci(Gate),
}

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask COMMAND [OPTIONS]

While you work
  test       every test that needs nothing but Rust: units, the suite, doc examples
  it         the suite alone: every scenario over real sockets, for every driver; `--times 20` runs it twenty times in a
             row, or until something fails
  tidy       the house rules a compiler cannot see: arrows between the core's layers, file sizes, links, ...

Before you change the token machine
  model      every interleaving of three callers, deeper than `test` goes, and what becomes of the tests when the
             code is broken; `cargo xtask model --help` tells more

Before you change how an adapter waits
  soak       64 callers of each adapter against a server that does everything wrong that it can, for ten minutes;
             `cargo xtask soak --help` tells more

Before you hand in
  ci         the whole gate: formatting, lints, docs, tidy, licences, tests, a search for leaked secrets, Keycloak
  keycloak   every adapter against a real Keycloak, fetched through Maven (176 MB, once) and started on free ports,
             plain and with TLS, and restarted; and the fake held against it, request by request. Needs mvn, unzip and
             a JDK 17 or later, and about two minutes. `cargo xtask keycloak --help` tells of comparisons with four releases
  judges     libraries of Python, Node and Rust against the fake and a real Keycloak, and the adapters against oidc-provider
             and django-oauth-toolkit; needs what `keycloak` does, Node 20, npm, Python 3.10 and pip
  languages  the examples of docs/languages.md as they stand, by Python, Node, Go and Java, those that are here

Now and then
  release    the command as it is handed out: one static file and its papers, packed, tried, and timed; needs the target
             x86_64-unknown-linux-musl and musl-gcc
  bench      how fast it is, beside what else there is; `cargo xtask bench --help` tells more
  fuzz       inputs that nobody thought of, for everything that reads what comes from outside; ten minutes a target

Each command is quiet while all is well: what the tools print goes to files below target/xtask, and the part that
matters is shown when something fails. `cargo xtask ci --help` tells more of the gate.
";

const FUZZ_HELP: &str = "\
Fuzzes everything that reads what comes from outside, one target after the other. The tests run the same targets over
the corpus beside them, and what a fuzzer finds is put there.

Usage: cargo xtask fuzz [OPTIONS] [TARGET...]

Options
  --minutes N     how long each target is fuzzed; 10 unless told otherwise
  --keep          add to the corpus as few inputs as reach all the code that it does not reach yet
";

const CI_HELP: &str = "\
Runs the gate and ends with the line `ci: N passed, N failed`, summed over all tests. A step that fails without a
failing test of its own counts as one failure. The exit code is 0 only where nothing failed and some test passed.

Usage: cargo xtask ci [OPTIONS]

Options
  --skip STEP     leave a step out; may be given more than once. What was left out is said at the end
  --after-test    take the tests' results from the last `cargo xtask test` instead of running them again;
                  refused where a file has changed since

Steps, in order
";

const MODEL_HELP: &str = "\
Explores the token machine: every interleaving of three callers, a faulty token endpoint and two clocks, held against
the invariants 1 to 7 of docs/architecture.md. Ends with the number of states, or with the shortest way to a broken
invariant.

Usage: cargo xtask model [OPTIONS]

Options
  --depth N       how many events deep (8 in every test run; 12 takes minutes and gigabytes)
  --depth all     until there is nothing new, on clocks that do not jump
  --mutants       instead: break a copy of the code, one mutant of crates/persium-core/src/token/mutants.txt and
                  tests/mutants.txt at a time, and expect the invariant or the test that each one names to fail; a
                  mutant that nobody notices makes the exit code 1
  --from N        begin with mutant number N: they are told by number, to go on after an interruption
  --with WORDS    only those whose names, or the names of whose tests, hold these words
";

const SOAK_HELP: &str = "\
Leaves 64 callers of each adapter alone with a fake server that goes wrong by a seed: one answer in twelve, and now and
then as a whole. Every call must end in a way that is documented, nothing may be left behind, the testkit's invariants
must hold throughout, and all must be well once the server is. Ends with how many calls ended in which way.

Usage: cargo xtask soak [OPTIONS]

Options
  --minutes N     how long, by real clocks (10)
  --seed S        which faults (1); how the callers' threads fall between them is nobody's to choose
";

const BENCH_HELP: &str = "\
Runs benchmarks, all of them or those that are named, and prints tables. The first run builds what we are compared with.

Usage: cargo xtask bench [NAME]... [OPTIONS]

Options
  --smoke         measure next to nothing: that it runs is what counts
  --record        put the tables into docs/benchmarks.md, in place of the last ones

Benchmarks
";

impl Command {
    /// Reads the arguments of this process.
    pub(crate) fn from_env() -> Result<Self> {
        Self::parse(Parser::from_env())
    }

    fn parse(mut parser: Parser) -> Result<Self> {
        let name = match parser.next()? {
            None => bail!("no command given"),
            Some(Arg::Long("help") | Arg::Short('h')) => return Ok(Self::Help(HELP.to_owned())),
            Some(Arg::Value(name)) => name.string()?,
            Some(other) => return Err(other.unexpected().into()),
        };
        match name.as_str() {
            "help" => Ok(Self::Help(HELP.to_owned())),
            "test" => plain(parser, Self::Test),
            "it" => integration(parser),
            "tidy" => plain(parser, Self::Tidy),
            "judges" => plain(parser, Self::Judges),
            "languages" => plain(parser, Self::Languages),
            "release" => plain(parser, Self::Release),
            "keycloak" => Ok(match keycloak::Plan::parse(&mut parser)? {
                Some(plan) => Self::Keycloak(plan),
                None => Self::Help(keycloak::HELP.to_owned()),
            }),
            "model" => model(parser),
            "soak" => soak(parser),
            "bench" => bench(parser),
            "fuzz" => fuzz(parser),
            "ci" => ci(parser),
            _ => bail!("there is no command `{name}`"),
        }
    }
}

/// A command without options of its own.
fn plain(mut parser: Parser, command: Command) -> Result<Command> {
    match parser.next()? {
        None => Ok(command),
        Some(Arg::Long("help") | Arg::Short('h')) => Ok(Command::Help(HELP.to_owned())),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn integration(mut parser: Parser) -> Result<Command> {
    let mut times = 1;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(HELP.to_owned())),
            Arg::Long("times") => times = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if times == 0 {
        bail!("--times is a number from 1 on");
    }
    Ok(Command::Integration(times))
}

fn model(mut parser: Parser) -> Result<Command> {
    let (mut depth, mut tries, mut from, mut with) = (None, false, None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(MODEL_HELP.to_owned())),
            Arg::Long("depth") => {
                let value = parser.value()?.string()?;
                if value != "all" && value.parse::<usize>().is_err() {
                    bail!("--depth is a number of events, or `all`, not `{value}`");
                }
                depth = Some(value);
            }
            Arg::Long("mutants") => tries = true,
            Arg::Long("from") => from = Some(parser.value()?.parse()?),
            Arg::Long("with") => with = Some(parser.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if tries && depth.is_some() || !tries && (from.is_some() || with.is_some()) {
        bail!("--from and --with go with --mutants, and --depth does not");
    }
    let some = Mutants::Some { from: from.unwrap_or(1), with: with.unwrap_or_default() };
    Ok(Command::Model(Model { depth, mutants: if tries { some } else { Mutants::None } }))
}

fn soak(mut parser: Parser) -> Result<Command> {
    let mut soak = Soak::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(SOAK_HELP.to_owned())),
            Arg::Long("minutes") => soak.minutes = parser.value()?.parse()?,
            Arg::Long("seed") => soak.seed = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if !soak.minutes.is_finite() || soak.minutes <= 0.0 {
        bail!("--minutes is a number above 0");
    }
    Ok(Command::Soak(soak))
}

fn bench(mut parser: Parser) -> Result<Command> {
    let mut run = bench::Run::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(bench_help())),
            Arg::Long("smoke") => run.effort = bench::Effort::Smoke,
            Arg::Long("record") => run.results = bench::Results::Recorded,
            Arg::Value(name) => {
                let name = name.string()?;
                let Some(bench) = Bench::ALL.iter().find(|bench| bench.name == name) else {
                    bail!("there is no benchmark `{name}`");
                };
                run.benches.push(bench);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if (run.effort, run.results) == (bench::Effort::Smoke, bench::Results::Recorded) {
        bail!("what --smoke measures is not worth recording");
    }
    Ok(Command::Bench(run))
}

fn bench_help() -> String {
    let mut text = BENCH_HELP.to_owned();
    for bench in &Bench::ALL {
        text.push_str(&format!("  {:<9} {}\n", bench.name, bench.about));
    }
    text
}

fn fuzz(mut parser: Parser) -> Result<Command> {
    // To libFuzzer no time at all is time without end.
    const LONGEST: u32 = 60 * 24 * 7;
    let mut fuzz = Fuzz { minutes: 10, targets: Vec::new(), findings: Findings::Leave };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(FUZZ_HELP.to_owned())),
            Arg::Long("minutes") => fuzz.minutes = parser.value()?.parse()?,
            Arg::Long("keep") => fuzz.findings = Findings::Keep,
            Arg::Value(target) => fuzz.targets.push(target.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if !(1..=LONGEST).contains(&fuzz.minutes) {
        bail!("--minutes is a number from 1 to {LONGEST}");
    }
    Ok(Command::Fuzz(fuzz))
}

fn ci(mut parser: Parser) -> Result<Command> {
    let mut gate = Gate::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(ci_help())),
            Arg::Long("after-test") => gate.tests = Tests::AsRecorded,
            Arg::Long("skip") => {
                let name = parser.value()?.string()?;
                let Some(step) = Step::ALL.into_iter().find(|step| step.name() == name) else {
                    bail!("the gate has no step `{name}`");
                };
                gate.skip.push(step);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Ci(gate))
}

fn ci_help() -> String {
    let mut text = CI_HELP.to_owned();
    for step in Step::ALL {
        text.push_str(&format!("  {:<9} {}\n", step.name(), step.about()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command> {
        Command::parse(Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn every_command_of_the_help_is_understood() {
        let listed =
            HELP.lines().filter_map(|line| line.strip_prefix("  ")).filter_map(|line| line.split(' ').next());
        for name in listed.filter(|name| !name.is_empty()) {
            parse(name).unwrap();
        }
    }

    #[test]
    fn a_step_is_left_out_by_its_name() {
        let Command::Ci(gate) = parse("ci --skip keycloak --after-test").unwrap() else {
            panic!("not the gate")
        };
        assert_eq!(gate.skip, [Step::Keycloak]);
        assert_eq!(gate.tests, Tests::AsRecorded);
    }

    #[test]
    fn the_suite_is_run_once_or_as_often_as_is_said() {
        for (line, expected) in [("it", 1), ("it --times 20", 20)] {
            let Command::Integration(times) = parse(line).unwrap() else { panic!("not the suite") };
            assert_eq!(times, expected);
        }
        assert!(parse("it --times 0").is_err());
    }

    #[test]
    fn the_model_is_told_how_deep_or_which_mutants() {
        let model = |line| match parse(line).unwrap() {
            Command::Model(model) => model,
            other => panic!("{other:?}"),
        };
        let some = |from, with: &str| Mutants::Some { from, with: with.to_owned() };
        assert_eq!(model("model").mutants, Mutants::None);
        assert_eq!(model("model --depth all").depth.as_deref(), Some("all"));
        assert_eq!(model("model --mutants").mutants, some(1, ""));
        assert_eq!(model("model --mutants --from 7 --with gap").mutants, some(7, "gap"));
    }

    #[test]
    fn a_benchmark_is_run_by_its_name() {
        let Command::Bench(run) = parse("bench testkit --record").unwrap() else {
            panic!("not the benchmarks")
        };
        assert_eq!(run.benches, [&Bench::ALL[0]]);
        assert_eq!((run.effort, run.results), (bench::Effort::Full, bench::Results::Recorded));
    }

    #[test]
    fn fuzzing_takes_its_time_and_targets_by_name() {
        let Command::Fuzz(fuzz) = parse("fuzz call --minutes 3 --keep config").unwrap() else {
            panic!("not fuzzing")
        };
        let targets = vec!["call".to_owned(), "config".to_owned()];
        assert_eq!(fuzz, Fuzz { minutes: 3, targets, findings: Findings::Keep });
        for minutes in ["0", "-1", "4294967295", "ten"] {
            assert!(parse(&format!("fuzz --minutes={minutes}")).is_err(), "{minutes}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, said) in [
            ("", "no command given"),
            ("tset", "`tset`"),
            ("test --fast", "--fast"),
            ("bench tetskit", "no benchmark `tetskit`"),
            ("bench --smoke --record", "not worth recording"),
            ("ci --skip tests", "no step `tests`"),
            ("ci --skip", "--skip"),
            ("model --depth deep", "`deep`"),
            ("model --from 7", "--mutants"),
            ("model --mutants --depth 9", "--depth"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn a_soak_is_as_long_as_it_is_told() {
        let Command::Soak(soak) = parse("soak --minutes 0.5 --seed 7").unwrap() else {
            panic!("not the soak")
        };
        assert_eq!(soak, Soak { minutes: 0.5, seed: 7 });
        for minutes in ["0", "-1", "inf", "ten"] {
            assert!(parse(&format!("soak --minutes={minutes}")).is_err(), "{minutes}");
        }
    }

    #[test]
    fn the_gates_help_lists_every_step() {
        let Command::Help(text) = parse("ci --help").unwrap() else { panic!("not the help") };
        assert!(Step::ALL.iter().all(|step| text.contains(step.about())));
    }
}
