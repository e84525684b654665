#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| persium_testkit::fuzz::run("fake", bytes));
