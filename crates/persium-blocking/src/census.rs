//! The clients of this process, by their credentials.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use persium_core::diagnosis::{Census, Habits};

use crate::shared::Shared;

static CENSUS: Mutex<Census<Weak<Shared>>> = Mutex::new(Census::new());

/// A client was built.
pub(crate) fn join(shared: &Arc<Shared>) {
    with(|census| census.join(&shared.config, Arc::downgrade(shared)));
}

/// A client ends, having done that.
pub(crate) fn leave(shared: &Shared, did: Habits) {
    with(|census| census.leave(&shared.config, did, |client| client.strong_count() == 0));
}

/// What the clients of these credentials did, all together.
pub(crate) fn habits(shared: &Shared) -> Habits {
    let (gone, living) = with(|census| census.of(&shared.config));
    // Unlocked: whoever holds a client last drops it, and it leaves.
    let living: Vec<_> = living.iter().filter_map(Weak::upgrade).collect();
    living.iter().map(|shared| shared.did()).fold(gone, Habits::and)
}

fn with<T>(change: impl FnOnce(&mut Census<Weak<Shared>>) -> T) -> T {
    change(&mut CENSUS.lock().unwrap_or_else(PoisonError::into_inner))
}
