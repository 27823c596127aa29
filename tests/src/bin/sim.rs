//! Runs many scenarios of the swarm simulator, or one.
//!
//! `sim --seeds N --jobs J [--first S]` runs so many seeds; `sim --seed S` runs one and shows it; `sim --replay HEX` runs
//! the scenario of these bytes. A scenario lasts for a day at the least; with `--brief` it is over once everything has
//! happened. `--pair`, before all of these, runs two daemons over two Zinos instead of one. `--save FILE` writes the
//! scenario, made small if it fails, for the corpus. `--count TEXT` counts the seeds in whose story a line has this text.
//! `--terse` says of a failure only which seed it was and what broke, without making it small; `--all` goes on after it.
#![forbid(unsafe_code)]

use glue_tests::sim::{PAIR, Plan, Play, SINGLE};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const USAGE: &str = "usage: sim [--pair] --seeds N [--jobs J] [--first S] [--all | --terse] [--brief] | --seed S [--log] | --replay HEX [--log] [--save FILE] | --seeds N [--count TEXT]...";

struct Options {
    seeds: u64,
    jobs: usize,
    first: u64,
    replay: Option<Vec<u8>>,
    log: bool,
    all: bool,
    brief: bool,
    terse: bool,
    save: Option<String>,
    counted: Vec<String>,
    play: Play,
}

fn main() -> ExitCode {
    let Some(options) = parse() else {
        say(USAGE);
        return ExitCode::from(2);
    };
    if let (Some(path), Some(bytes)) = (&options.save, &options.replay) {
        return match std::fs::write(path, options.play.shrink(bytes)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                say(&format!("{path}: {error}"));
                ExitCode::FAILURE
            }
        };
    }
    match &options.replay {
        Some(bytes) => one(&options.play, bytes, options.log),
        None => many(&options),
    }
}

fn parse() -> Option<Options> {
    let mut options = Options {
        seeds: 100,
        jobs: 1,
        first: 0,
        replay: None,
        log: false,
        all: false,
        brief: false,
        terse: false,
        save: None,
        counted: Vec::new(),
        play: SINGLE,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => options.seeds = words.next()?.parse().ok()?,
            "--jobs" => options.jobs = words.next()?.parse().ok()?,
            "--first" => options.first = words.next()?.parse().ok()?,
            "--seed" => {
                let mut bytes = (options.play.bytes_of)(words.next()?.parse().ok()?);
                if options.brief {
                    Plan::make_brief(&mut bytes);
                }
                options.replay = Some(bytes);
            }
            "--count" => options.counted.push(words.next()?),
            "--replay" => options.replay = Some(unhex(&words.next()?)?),
            "--pair" => options.play = PAIR,
            "--log" => options.log = true,
            "--all" => options.all = true,
            "--brief" => options.brief = true,
            "--terse" => options.terse = true,
            "--save" => options.save = Some(words.next()?),
            _ => return None,
        }
    }
    Some(options)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

fn one(play: &Play, bytes: &[u8], log: bool) -> ExitCode {
    match play.replay(bytes) {
        Ok(outcome) => {
            say(&format!("passed: {} ms in the world, agreed after {} ms", outcome.millis, outcome.settled));
            if log {
                let logged = (play.run)(bytes, true);
                say(&logged.story.join("\n"));
                say(&logged.log.join("\n"));
            }
            ExitCode::SUCCESS
        }
        Err(_) => {
            let small = play.shrink(bytes);
            let outcome = (play.run)(&small, log);
            say(&play.report(&small, &outcome));
            if log {
                say(&outcome.log.join("\n"));
            }
            ExitCode::FAILURE
        }
    }
}

fn many(options: &Options) -> ExitCode {
    let play = &options.play;
    let next = AtomicU64::new(options.first);
    let end = options.first + options.seeds;
    let (failures, millis) = (AtomicU64::new(0), AtomicU64::new(0));
    let longest = AtomicU64::new(0);
    let digest = AtomicU64::new(0);
    let counts: Vec<AtomicU64> = options.counted.iter().map(|_| AtomicU64::new(0)).collect();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end || (!options.all && failures.load(Ordering::Relaxed) > 0) {
                return;
            }
            let mut bytes = (play.bytes_of)(seed);
            if options.brief {
                Plan::make_brief(&mut bytes);
            }
            match play.replay(&bytes) {
                Ok(outcome) => {
                    for (text, count) in options.counted.iter().zip(&counts) {
                        let has_it = outcome.story.iter().any(|line| line.contains(text.as_str()));
                        count.fetch_add(u64::from(has_it), Ordering::Relaxed);
                    }
                    millis.fetch_add(outcome.millis, Ordering::Relaxed);
                    longest.fetch_max(outcome.settled, Ordering::Relaxed);
                    digest.fetch_xor(outcome.digest.wrapping_mul(seed | 1), Ordering::Relaxed);
                }
                Err(outcome) => {
                    failures.fetch_add(1, Ordering::Relaxed);
                    if options.all || options.terse {
                        let failure = outcome.failure.unwrap_or_default().replace('\n', " | ");
                        let short: String = failure.chars().take(220).collect();
                        say(&format!("seed {seed}: {short}"));
                    } else {
                        let small = play.shrink(&bytes);
                        let outcome = (play.run)(&small, false);
                        say(&format!("seed {seed}: {}", play.report(&small, &outcome)));
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(work);
        }
    });
    for (text, count) in options.counted.iter().zip(&counts) {
        say(&format!("{} seeds: {text}", count.load(Ordering::Relaxed)));
    }
    let failed = failures.load(Ordering::Relaxed);
    let hours = millis.load(Ordering::Relaxed) / 3_600_000;
    let years = hours / (365 * 24);
    let longest = longest.load(Ordering::Relaxed) / 1000;
    say(&format!(
        "{} seeds, {failed} failed, {hours} hours ({years} years) of virtual time, agreement after {longest} s at the latest, digest {:016x}",
        options.seeds,
        digest.load(Ordering::Relaxed)
    ));
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
