//! A whole scenario: people, misfortune and the machine among its peers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_tests::fuzzing::daemon(bytes));
