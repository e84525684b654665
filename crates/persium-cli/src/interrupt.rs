//! Ctrl-C.

use std::future::pending;
use std::process::ExitCode;

use crate::failure::Failure;

/// Runs a command that Ctrl-C ends, between two lines of its answer: it is dropped where it waits, and writes whole
/// lines.
pub(crate) async fn ends(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::select! {
        biased;
        outcome = command => outcome,
        () = pressed() => Err(Failure::Interrupted),
    }
}

/// Ends the process the way the interruption would have.
///
/// A shell tells a command that was interrupted from one that failed by how it ended, and stops a loop for the first
/// alone; an exit code would not do.
pub(crate) fn end() -> ExitCode {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGINT);
    // What shells give for a command that was.
    ExitCode::from(130)
}

async fn pressed() {
    if tokio::signal::ctrl_c().await.is_err() {
        // It cannot be listened for, so it ends the process as ever.
        pending::<()>().await;
    }
}
