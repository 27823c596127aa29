//! What the process does: the daemon, or a one-shot command.

mod check;
mod check_config;
mod control;
mod explain;
mod plan;
mod replay;
mod run;
mod status;
mod sync;

use crate::cli::{Cli, Command};
use crate::clock::Clock;
use crate::config::{Config, Loaded};
use crate::event::{Event, Events};
use crate::exit::Status;
use crate::http::Environment;
use crate::io::Io;
use crate::log::{self, Form, Log};
use crate::reload::Source;
use crate::signals::Signals;
use crate::system;
use core::hash::{BuildHasher as _, Hasher as _};
use core::time::Duration;
use glue_proto::Operator;
use glue_proto::model::CaseId;
use std::hash::RandomState;
use std::io::{Write as _, stderr, stdout};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

/// Events that may wait for the machine. When they are more, the peers have to wait.
const EVENT_QUEUE: usize = 256;

/// Does what the command line asks for.
#[must_use]
pub fn start(cli: &Cli) -> Status {
    let log = match Log::open(Form::of(cli.log_format)) {
        Ok(log) => log,
        Err(error) => {
            // Nobody is left to hear that standard error is closed.
            let _ = writeln!(stderr(), "{error}");
            return Status::System;
        }
    };
    let status = run(cli, &log).unwrap_or_else(|Failure { status, why }| {
        log.say(&why);
        status
    });
    log.flush();
    status
}

/// Prints what a command has found, behind everything that the log says of how: another thread writes that.
fn answer(text: &str) {
    log::flush();
    // Nobody is left to hear that standard output is closed, and the status says it all the same.
    let _ = stdout().write_all(text.as_bytes());
}

fn run(cli: &Cli, log: &Log) -> Result<Status, Failure> {
    // Before anything is opened: a file that cannot be for want of a descriptor is no wrong configuration.
    system::check().map_err(|shortage| Failure::new(Status::System, &shortage))?;
    match cli.command.clone() {
        Some(Command::CheckConfig { json }) => Ok(check_config::check_config(&cli.config_file, json)),
        Some(Command::Status { json, health, watch }) => {
            let watch = watch.map(Duration::from_secs);
            status::status(&load(cli, log)?, status::Wanted { json, health, watch })
        }
        Some(Command::Explain { case, json }) => {
            explain::explain(load(cli, log)?, seed(), CaseId(case), json)
        }
        Some(Command::Sync { once: _, json }) => sync::sync(load(cli, log)?, seed(), json),
        Some(Command::Plan { json }) => drive(plan::plan(load(cli, log)?, seed(), json)),
        Some(Command::Failover { what }) => {
            control::command(&load(cli, log)?, what.as_command(), what.is_sure())
        }
        Some(Command::Reload { or_signal }) => control::reload(&cli.config_file, or_signal),
        Some(Command::AcceptStateLoss) => control::command(&load(cli, log)?, Operator::AcceptStateLoss, true),
        Some(Command::Retry { case }) => {
            control::command(&load(cli, log)?, Operator::Retry(CaseId(case)), true)
        }
        Some(Command::Check { json }) => drive(check::check(load(cli, log)?, seed(), json)),
        Some(Command::Record { what }) => control::record(&load(cli, log)?, what),
        Some(Command::Replay { file, case, json, anonymise, html }) => {
            replay::replay(&file, &replay::Wanted { case, json, anonymise, html })
        }
        None => drive(run::daemon(load(cli, log)?, cli, seed())),
    }
}

/// Reads the configuration, and has the log begin with what is doubtful in it.
fn load(cli: &Cli, log: &Log) -> Result<Config, Failure> {
    let source = Source::of(cli);
    let Loaded { config, warnings } = source.load().map_err(|error| Failure::new(Status::Config, &error))?;
    log.start(cli.level(), &config.secrets());
    for warning in &warnings {
        log::warning(warning);
    }
    Ok(config)
}

/// Runs a command that drives a machine.
fn drive<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    // The thread that looks up names stays for good: when the system gives none later, Tokio would panic.
    let runtime = Builder::new_current_thread().enable_all().thread_keep_alive(Duration::MAX).build();
    let runtime = runtime.map_err(|error| Failure::new(Status::System, &error))?;
    runtime.spawn_blocking(|| ());
    let ended = runtime.block_on(command);
    // A name look-up cannot be given up, and nobody may wait for it here (behaviour B2).
    runtime.shutdown_background();
    ended
}

/// Why nothing is done.
struct Failure {
    status: Status,
    why: String,
}

impl Failure {
    fn new(status: Status, why: &impl ToString) -> Self {
        Self { status, why: why.to_string() }
    }
}

/// What every command drives its machine with.
struct Ready {
    sender: Events,
    events: mpsc::Receiver<Event>,
    signals: Signals,
    effects: Io,
    clock: Clock,
}

/// Makes everything ready, or says why it cannot be.
fn prepare(config: &Config) -> Result<Ready, Failure> {
    let (sender, events) = mpsc::channel(EVENT_QUEUE);
    let signals = Signals::listen().map_err(|error| Failure::new(Status::System, &error))?;
    let effects = Io::new(config, &Environment::of_the_process(), sender.clone());
    let effects = effects.map_err(|error| Failure::new(Status::Config, &error))?;
    Ok(Ready { sender, events, signals, effects, clock: Clock::start() })
}

/// Draws a number that differs from run to run and from host to host: what the standard library draws to keep attackers
/// from guessing hashes will do for jitter.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
