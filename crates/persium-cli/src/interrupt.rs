//! Ctrl-C.

use std::future::pending;
use std::process::ExitCode;

/// Comes back when the user presses Ctrl-C. From the first time this is polled that no longer ends the process.
pub(crate) async fn come() {
    if tokio::signal::ctrl_c().await.is_err() {
        // It cannot be listened for, so it ends the process as ever.
        pending::<()>().await;
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
