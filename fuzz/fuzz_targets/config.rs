//! Any text as a configuration file.
#![no_main]

#[path = "../../glue-runtime/tests/config_corpus/check.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::config(bytes));
