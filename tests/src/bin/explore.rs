//! Searches small worlds to the last interleaving.
//!
//! `explore --cases 1|2 --depth D --seconds S --jobs J` looks at everything that may happen in them; `--root NAME`,
//! `--action NAME` and `--fault NAME` (or `none`) at less of it. `--path 3.1.4` goes one path and shows it, with the same
//! `--root`, `--action` and `--fault` as the search that has printed it.
#![forbid(unsafe_code)]

use glue_tests::explore::{Limits, Scope, action_name, replay, report, search};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "usage: explore [--cases 1|2] [--depth D] [--seconds S] [--jobs J] [--worlds W] [--root NAME] \
    [--action NAME] [--fault NAME] [--path 0.1.2 [--log]]";

struct Options {
    scope: Scope,
    limits: Limits,
    path: Option<Vec<u16>>,
    log: bool,
}

fn main() -> ExitCode {
    let Some(options) = parse() else {
        let scope = Scope::everything(1);
        say(USAGE);
        let roots: Vec<String> = scope.roots.iter().map(|root| root.name()).collect();
        let user_actions: Vec<String> =
            scope.user_actions.iter().map(|action| action_name(*action)).collect();
        let faults: Vec<String> = scope.faults.iter().map(|fault| fault.name()).collect();
        say(&format!("roots: {}", roots.join(" ")));
        say(&format!("actions: none {}", user_actions.join(" ")));
        say(&format!("faults: none {}", faults.join(" ")));
        return ExitCode::from(2);
    };
    match &options.path {
        Some(path) => one(&options, path),
        None => all(&options),
    }
}

fn parse() -> Option<Options> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let log = words.iter().any(|word| word == "--log");
    words.retain(|word| word != "--log");
    let value = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).map(String::as_str)
    };
    let names =
        ["--cases", "--depth", "--seconds", "--jobs", "--worlds", "--root", "--action", "--fault", "--path"];
    if !words.len().is_multiple_of(2) || words.iter().step_by(2).any(|word| !names.contains(&word.as_str())) {
        return None;
    }
    let cases = value("--cases").unwrap_or("1").parse().ok().filter(|cases| (1..=2).contains(cases))?;
    let mut scope = Scope::everything(cases);
    let fits = value("--root").is_none_or(|name| scope.keep_root(name))
        && value("--action").is_none_or(|name| scope.keep_user_action(name))
        && value("--fault").is_none_or(|name| scope.keep_fault(name));
    let mut limits = Limits::default();
    if let Some(text) = value("--depth") {
        limits.depth = text.parse().ok()?;
    }
    for (name, number) in [("--jobs", &mut limits.jobs), ("--worlds", &mut limits.worlds)] {
        if let Some(text) = value(name) {
            *number = text.parse().ok()?;
        }
    }
    if let Some(text) = value("--seconds") {
        limits.seconds = Some(text.parse().ok()?);
    }
    let path = match value("--path") {
        Some("") => Some(Vec::new()),
        Some(text) => Some(text.split('.').map(|step| step.parse().ok()).collect::<Option<_>>()?),
        None => None,
    };
    fits.then_some(Options { scope, limits, path, log })
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

fn one(options: &Options, path: &[u16]) -> ExitCode {
    let replay = replay(&options.scope, 0, path);
    say(&replay.steps.join("\n"));
    if options.log {
        say(&replay.log.join("\n"));
    }
    match replay.reason {
        Some(reason) => {
            say(&reason);
            ExitCode::FAILURE
        }
        None => {
            say("passed");
            ExitCode::SUCCESS
        }
    }
}

fn all(options: &Options) -> ExitCode {
    let begun = Instant::now();
    let found = search(&options.scope, &options.limits);
    let seconds = begun.elapsed().as_secs_f64();
    let complete = found.complete.map_or_else(|| String::from("none"), |depth| depth.to_string());
    say(&format!(
        "{} cases: {} states, {} transitions, complete depth {complete}{}, widest level {}, {} at rest, agreement after \
         {} s at the latest ({} states left that were not asked), {seconds:.1} s",
        options.scope.cases,
        found.states,
        found.transitions,
        if found.exhausted { " (exhausted)" } else { "" },
        found.widest,
        found.at_rest,
        found.slowest / 1000,
        found.unchecked,
    ));
    match &found.violation {
        Some(violation) => {
            say(&report(&options.scope, violation));
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}
