//! How many instructions the machine takes for what happens, counted by valgrind.
//!
//! They are the same on every run, so they are committed: `expected.json` beside this file. More than 2 % above it fails,
//! and so does more than 2 % below, which asks to renew the file. `README.md` of the folder above says how.
//!
//! The program runs itself under callgrind, once for each number of cases, with an argument that says which.
#![forbid(unsafe_code)]

mod compare;
mod count;
mod work;

use compare::{Counts, Verdict};
use std::io::Write;
use std::process::ExitCode;

/// What is expected.
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/expected.json");

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let result = match args.next().as_deref() {
        Some("work") => work::run(&args.next().unwrap_or_default()),
        Some("renew") => count::all().and_then(|counts| counts.write(EXPECTED)),
        None => count::all().and_then(|counts| judge(&counts)),
        Some(_) => Err("usage: cargo bench -p glue-tests --bench instructions [-- renew]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&reason);
            ExitCode::FAILURE
        }
    }
}

fn judge(counts: &Counts) -> Result<(), String> {
    let Verdict { lines, wrong } = counts.compare(&Counts::read(EXPECTED)?);
    say(&lines.join("\n"));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Prints a text; a reader who has gone away does not mind.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
