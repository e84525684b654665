//! The bearer beside the mutex, where callers find it without asking the session.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use arc_swap::ArcSwapOption;
use persium_core::Bearer;

/// The session's current bearer, in as many copies as there are processors: a clone counts itself, and threads that
/// count on the same copy wait for each other's processor (at two threads it cost five times as much).
///
/// The first copy is the session's own.
pub(crate) struct Published {
    copies: Box<[ArcSwapOption<Bearer>]>,
}

/// However many processors there are. A copy takes the token's length, and a new token is copied under the mutex.
const MOST: usize = 16;

/// Numbers the threads in the order in which they first ask, so that the threads of a pool have different copies.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

impl Published {
    pub(crate) fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let copies = processors.next_power_of_two().min(MOST);
        Self { copies: (0..copies).map(|_| ArcSwapOption::empty()).collect() }
    }

    /// What `look` makes of this thread's copy. Takes no lock and allocates nothing.
    pub(crate) fn with<T>(&self, look: impl FnOnce(Option<&Arc<Bearer>>) -> T) -> T {
        // While a thread ends it has no number, and may well share a copy.
        let thread = THREAD.try_with(|thread| *thread).unwrap_or(0);
        look(self.copies[thread & (self.copies.len() - 1)].load().as_ref())
    }

    /// Replaces every copy, where `current` is another bearer. To be called with the session locked.
    ///
    /// All are taken back before the first is given out: whoever comes in between asks the session, and so nobody gets
    /// an older token after anybody got a newer one.
    pub(crate) fn update(&self, current: Option<&Arc<Bearer>>) {
        let (first, others) = self.copies.split_first().expect("there is a processor");
        if first.load().as_ref().map(Arc::as_ptr) == current.map(Arc::as_ptr) {
            return;
        }
        for copy in &self.copies {
            copy.store(None);
        }
        first.store(current.cloned());
        for copy in others {
            copy.store(current.map(|current| Arc::new(current.copied())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use bytes::Bytes;
    use persium_core::{Authorize, Caller as _, Config, Now, Session, Timestamp};

    use super::*;

    /// The tokens of one session, the older before the newer.
    fn bearers(count: u32) -> Vec<Arc<Bearer>> {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test")
            .client_id("id")
            .client_secret("secret")
            .build()
            .unwrap();
        let mut session = Session::new(&Arc::new(config), 7);
        let bearer = |number: u32| {
            let elapsed = Duration::from_secs(u64::from(number) * 600);
            let now = Now { monotonic: Timestamp::from_elapsed(elapsed), wall: elapsed };
            let _ = Authorize::new(now.monotonic + Duration::from_secs(60)).poll(now, &mut session);
            let exchange = session.poll_exchange(now).expect("the one before has ended");
            let body = format!(r#"{{"access_token":"t{number}","expires_in":300}}"#);
            session.handle_exchange(now, exchange.finish(Ok(http::Response::new(Bytes::from(body)))));
            Arc::clone(session.bearer().unwrap())
        };
        (1..=count).map(bearer).collect()
    }

    /// Also under Miri, which knows what atomics may do that no processor here does: see `docs/testing.md`.
    #[test]
    fn threads_that_look_while_it_changes_find_a_whole_bearer_and_never_an_older_one() {
        let (published, bearers) = (Published::new(), bearers(4));
        let place = |seen: &Arc<Bearer>| bearers.iter().position(|bearer| bearer.header() == seen.header());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut newest = None;
                    while newest < Some(bearers.len() - 1) {
                        let Some(found) =
                            published.with(|bearer| bearer.map(|bearer| place(bearer).unwrap()))
                        else {
                            thread::yield_now();
                            continue;
                        };
                        assert!(newest <= Some(found), "{found} after {newest:?}");
                        newest = Some(found);
                    }
                });
            }
            for bearer in &bearers {
                published.update(Some(bearer));
                thread::yield_now();
            }
        });
    }
}
