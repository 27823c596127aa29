//! Anything at all from Zino's notification port.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_tests::fuzzing::zino_notify(bytes));
