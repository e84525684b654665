//! What ends the fake: a signal, or the end of the process that started it.

use std::io;
use std::time::Duration;

/// How often it is looked whether the parent is there.
const LOOK: Duration = Duration::from_millis(200);

/// Whoever may end the fake.
pub(super) struct Ending {
    signals: Signals,
    /// The parent's process id.
    parent: Option<u32>,
}

impl Ending {
    pub(super) fn listen(dies_with_parent: bool) -> io::Result<Self> {
        let parent = if dies_with_parent { Some(parent_id()?) } else { None };
        Ok(Self { signals: Signals::listen()?, parent })
    }

    pub(super) async fn come(self) {
        tokio::select! {
            () = self.signals.come() => {}
            () = orphaned(self.parent) => {}
        }
    }
}

/// Returns once the process has another parent than that: its own has ended.
async fn orphaned(parent: Option<u32>) {
    let Some(parent) = parent else { return std::future::pending().await };
    while parent_id().is_ok_and(|now| now == parent) {
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(unix)]
fn parent_id() -> io::Result<u32> {
    Ok(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent_id() -> io::Result<u32> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "--die-with-parent needs a Unix"))
}

/// The signals that end the fake.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn come(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn come(self) {
        // Where Ctrl-C cannot be listened for, it ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
