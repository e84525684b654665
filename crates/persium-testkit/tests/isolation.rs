//! Kits by the hundred: none meets another, none leaves anything behind.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::HashSet;
use std::fs;
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use persium_testkit::Kit;

/// A test binary of its own: it counts what the whole process has.
#[test]
#[cfg(target_os = "linux")]
fn five_hundred_kits_on_eight_threads_share_nothing_and_leak_nothing() {
    let count = |what: &str| fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
    let threads_before = count("task");
    // What the first kit makes once a process, if anything, is no leak.
    drop(Kit::builder().tls().start());
    let before = (threads_before, count("fd"));
    let authorities = Mutex::new(HashSet::new());
    thread::scope(|scope| {
        let threads = [(); 8].map(|()| {
            scope.spawn(|| {
                for number in 0..63 {
                    let kit = if number % 9 == 0 { Kit::builder().tls().start() } else { Kit::start() };
                    assert!(
                        authorities.lock().unwrap().insert(kit.authority().to_owned()),
                        "{}",
                        kit.authority()
                    );
                    let open = TcpStream::connect(kit.authority()).unwrap();
                    let authority = kit.authority().to_owned();
                    drop(kit);
                    assert!(TcpStream::connect(authority).is_err());
                    drop(open);
                }
            })
        });
        // The scope itself waits for their work alone: a thread may be there a little longer.
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(authorities.lock().unwrap().len(), 504);
    // The system lists a thread for a moment longer than there is one to join.
    let begun = Instant::now();
    while count("task") != before.0 && begun.elapsed() < Duration::from_secs(60) {
        thread::yield_now();
    }
    assert_eq!((count("task"), count("fd")), before);
}
