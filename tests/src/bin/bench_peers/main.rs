//! What the end-to-end bench (`tests/bench/`) measures against: stand-ins for the two servers, and a bare client.
//!
//! `bench_peers argus` and `bench_peers zino ADDRESS` serve until standard input ends, and take orders there: see
//! `orders`. `bench_peers floor WHAT KEY=VALUE...` is the bare client, which does the least that can be done: see
//! `floor`. Everything is answered with one JSON object a line, and every time is in seconds since the Unix epoch.
#![forbid(unsafe_code)]

mod argus;
mod connection;
mod floor;
mod floor_notify;
mod floor_zino;
mod orders;
mod settings;
mod zino;

use serde_json::{Value, json};
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const USAGE: &str = "usage: bench_peers argus | zino ADDRESS | floor WHAT KEY=VALUE...";

/// Whatever may go wrong: the bench shows it and ends.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["argus"] => argus::serve(),
        ["zino", address] => zino::serve(address),
        ["floor", what, settings @ ..] => floor::run(what, settings),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&json!({ "error": error.to_string() }));
            ExitCode::FAILURE
        }
    }
}

/// Writes one line.
fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}");
    let _ = out.flush();
}

/// Returns the moment.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).as_ref().map_or(0.0, Duration::as_secs_f64)
}
