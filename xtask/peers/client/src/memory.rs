//! What is counted by another program, `client-bench-memory`: counting takes time, and times are taken here.

use std::process::Command;

/// Allocations for each time that a token is taken, by contestant.
#[must_use]
pub fn allocations() -> Vec<usize> {
    counted("token").into_iter().map(|count| count as usize).collect()
}

/// By the shape of the rows: the most bytes that were taken while all answers were read, and those of the result.
#[must_use]
pub fn decoding() -> Vec<[f64; 2]> {
    counted("decode").chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// The most bytes that a short walk took, and a long one.
#[must_use]
pub fn walking() -> [f64; 2] {
    counted("walk").try_into().expect("two walks")
}

fn counted(what: &str) -> Vec<f64> {
    let counter = std::env::current_exe().expect("it runs").with_file_name("client-bench-memory");
    let counter = counter.with_extension(std::env::consts::EXE_EXTENSION);
    let output = Command::new(counter).arg(what).output().expect("it was built with this one");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counts = String::from_utf8(output.stdout).expect("it prints numbers");
    counts.lines().map(|line| line.parse().expect("a number")).collect()
}
