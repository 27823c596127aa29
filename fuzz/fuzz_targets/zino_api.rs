//! Anything at all from Zino's API port, between commands of ours.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_tests::fuzzing::zino_api(bytes));
