//! The help teaches.

use persium_testkit::Kit;

use crate::run::persium;

fn help(args: &[&str]) -> String {
    let run = persium(&Kit::start(), args);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
    run.stdout
}

#[test]
fn the_short_help_is_a_screen_with_examples() {
    let help = help(&["-h"]);
    assert!(help.contains("Examples:\n  persium demo"), "{help}");
    assert!(help.lines().count() <= 30, "{help}");
}

#[test]
fn the_long_help_names_the_variables_and_the_exit_codes() {
    let of_me = help(&["me", "--help"]);
    let prose = of_me.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in ["PERSIUM_PROFILE", "PERSIUM_CONFIG"] {
        assert!(prose.contains(&format!("[env: {name}]")), "{name}: {of_me}");
    }
    let help = help(&["--help"]);
    for words in ["CLIENT_SECRET_FILE", "NO_COLOR", "Exit codes:", "  3   configuration", "UTC"] {
        assert!(help.contains(words), "{words}: {help}");
    }
}

#[test]
fn every_command_has_its_completions_and_its_page() {
    for shell in ["bash", "zsh", "fish"] {
        let script = help(&["completions", shell]);
        assert!(script.contains("measurements"), "{shell}: {script}");
    }
    let page = help(&["man"]);
    assert!(page.contains(".TH persium 1") && page.contains("Exit codes"), "{page}");
    assert!(help(&["man", "latest"]).contains(".TH persium-latest 1"));
}

#[test]
fn latest_and_measurements_show_the_way_that_is_not_one_token_a_call() {
    for (command, way) in [("latest", "persium latest UUID UUID UUID "), ("measurements", "--since 7d ")] {
        let help = help(&[command, "--help"]);
        let prose = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(way), "{help}");
        assert!(prose.contains("gets a token for each run, and Persium limits clients that do"), "{help}");
    }
}

#[test]
fn the_guide_has_the_same_exit_codes() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let Ok(guide) = std::fs::read_to_string(guide) else {
        eprintln!("not run: this is the crate alone, without the repository's guides");
        return;
    };
    let help = help(&["--help"]);
    let codes = help.split_once("Exit codes:\n").unwrap().1;
    for line in codes.lines() {
        let (code, words) = line.trim().split_once(' ').unwrap();
        let class = words.trim().split_once(':').map_or("", |(class, _)| class);
        assert!(guide.contains(&format!("| {code} | {class}")), "{line}");
    }
}
