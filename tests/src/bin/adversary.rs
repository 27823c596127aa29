//! Attacks the built program in every way that is known, and holds what that costs against its limits.
//!
//! `adversary [--binary PATH] [--jobs N] [--seconds S] [--slowness F] [--end] [--log] [NAME...]` runs the modes whose
//! names begin like this, all of them without a name. With `--end` the program is told to end in the middle of each
//! attack. `--list` prints the table of modes.
#![forbid(unsafe_code)]

use glue_tests::adversary::{self, Mode, Outcome, Terms};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const USAGE: &str = "usage: adversary [--binary PATH] [--jobs N] [--seconds S] [--slowness F] [--end] [--log] [NAME...] | --list";

struct Options {
    terms: Terms,
    jobs: usize,
    log: bool,
    names: Vec<String>,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--list") {
        say(adversary::page(&adversary::all()).trim_end());
        return ExitCode::SUCCESS;
    }
    let Some(options) = parse() else {
        say(USAGE);
        return ExitCode::from(2);
    };
    let is_meant = |mode: &Mode| {
        options.names.is_empty() || options.names.iter().any(|name| mode.name.starts_with(name.as_str()))
    };
    let modes: Vec<_> = adversary::all().into_iter().filter(is_meant).collect();
    if modes.is_empty() {
        say("no mode is called so");
        return ExitCode::from(2);
    }
    run(&options, &modes)
}

fn parse() -> Option<Options> {
    let binary = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/zinoargus"));
    let terms = Terms { binary, length: Duration::from_secs(4), slowness: 1, cut_short: false };
    let mut options = Options { terms, jobs: 16, log: false, names: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--binary" => options.terms.binary = std::path::absolute(words.next()?).ok()?,
            "--jobs" => options.jobs = words.next()?.parse().ok()?,
            "--seconds" => options.terms.length = Duration::from_secs(words.next()?.parse().ok()?),
            "--slowness" => options.terms.slowness = words.next()?.parse().ok()?,
            "--end" => options.terms.cut_short = true,
            "--log" => options.log = true,
            name if !name.starts_with('-') => options.names.push(name.to_owned()),
            _ => return None,
        }
    }
    Some(options)
}

/// Runs the modes, some at a time: most of the time they wait.
fn run(options: &Options, modes: &[Mode]) -> ExitCode {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    say(&adversary::heading());
    let work = || {
        while let Some(mode) = modes.get(next.fetch_add(1, Ordering::SeqCst)) {
            let outcome = adversary::run(mode, &options.terms);
            tell(mode, &outcome, options);
            if !outcome.is_well()
                && let Ok(mut failed) = failed.lock()
            {
                failed.push(mode.name);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    say(&format!("{} modes passed, {} failed", modes.len() - failed.len(), failed.len()));
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    say(&format!("repeat: adversary --log {}", failed.join(" ")));
    ExitCode::FAILURE
}

fn tell(mode: &Mode, outcome: &Outcome, options: &Options) {
    let mut text = adversary::row(mode, outcome);
    for fault in &outcome.faults {
        text.push_str(&format!("\n    {fault}"));
    }
    if options.log {
        text.push_str(&format!("\n{}", outcome.log));
    }
    say(&text);
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}
