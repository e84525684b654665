//! What is different on a terminal: a real one, by a pseudoterminal of the system's.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;

use persium_testkit::Kit;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::run::command;

/// Runs the command with standard output and error on a terminal; gives back what appeared there.
fn on_a_terminal(kit: &Kit, more: &[(&str, &str)], args: &[&str]) -> String {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&main).unwrap();
    unlockpt(&main).unwrap();
    let name = ptsname(&main, Vec::new()).unwrap();
    let terminal: OwnedFd =
        File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap().into();
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = kit.exports().into_iter().chain([("TERM".to_owned(), "xterm".to_owned())]).chain(more);
    let mut child = {
        let mut command = command(environment, args);
        command.stdout(terminal.try_clone().unwrap()).stderr(terminal);
        // The command's own handles of the terminal go with it: reading ends when the child does.
        command.spawn().unwrap()
    };
    let mut shown = Vec::new();
    let mut main = File::from(main);
    let mut buffer = [0; 4096];
    // Linux reports the end of a terminal as an error of input.
    while let Ok(count @ 1..) = main.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
    }
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&shown));
    String::from_utf8(shown).unwrap()
}

#[test]
fn a_terminal_gets_a_table_with_a_heading_in_bold() {
    let shown = on_a_terminal(&Kit::start(), &[], &["stations"]);
    assert!(shown.starts_with("\x1b[1mUUID "), "{shown}");
    assert!(shown.contains("LAST UPDATED (UTC)\x1b[0m\r\n"), "{shown}");
}

#[test]
fn no_color_is_kept_to() {
    let shown = on_a_terminal(&Kit::start(), &[("NO_COLOR", "1")], &["stations"]);
    assert!(shown.starts_with("UUID ") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn json_can_be_had_on_a_terminal() {
    let shown = on_a_terminal(&Kit::start(), &[], &["stations", "--format", "json"]);
    assert!(shown.starts_with("[{") && !shown.contains('\x1b'), "{shown}");
}
