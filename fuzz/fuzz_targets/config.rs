//! Any text as a configuration file: an error is a list of lines, and shows no secret.
#![no_main]

use glue_runtime::config::parse;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    if let Err(error) = parse(Path::new("zinoargus.toml"), text) {
        assert!(!error.to_string().is_empty());
    }
});
