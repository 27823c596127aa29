//! What is asked of the running daemon at `status.control` (behaviour B77).

use super::Failure;
use super::status::{request, unasked};
use crate::cli::Record;
use crate::config::{self, Config, ListenAddress};
use crate::exit::Status;
use crate::log::one_line;
use crate::record;
use crate::status::{COMMAND_PATH, NOT_TAKEN, RECORD_PATH, RELOAD_PATH};
use glue_proto::Operator;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::Command;

/// Sends signals.
const KILL: &str = "/bin/kill";

/// Has the daemon of a configuration carry out a command, after asking whether that is wanted unless that `is_sure`.
pub(super) fn command(config: &Config, command: Operator, is_sure: bool) -> Result<Status, Failure> {
    let address = address(config)?;
    if !is_sure && !is_wanted(command)? {
        return Ok(Status::Done);
    }
    send(&address, COMMAND_PATH, &command)
}

/// Has the daemon of a configuration begin or end a recording. A path is seen from here, and told from the root.
pub(super) fn record(config: &Config, what: Record) -> Result<Status, Failure> {
    let address = address(config)?;
    let command = match what {
        Record::Start { file, limit } => {
            let path = std::path::absolute(&file);
            let path =
                path.map_err(|error| Failure::new(Status::Usage, &format!("{}: {error}", file.display())))?;
            record::Command::Start { file: path, limit }
        }
        Record::Stop => record::Command::Stop,
    };
    send(&address, RECORD_PATH, &command)
}

/// Has the daemon of a configuration file read that again, and waits until it has. What is wrong with the file is for the
/// daemon to say, so that it is in its log, too: of the file only the socket is read here.
///
/// Where nobody listens at the socket, or there is none, the file is judged here, and the process `or_signal` is told by a
/// signal, if one is named.
pub(super) fn reload(file: &Path, or_signal: Option<u32>) -> Result<Status, Failure> {
    let asked = config::control_of(file).map(|socket| {
        let address = ListenAddress::Unix(socket);
        request(&address, "POST", RELOAD_PATH, "").map_err(|error| unasked(&address, &error))
    });
    let unheard = match asked {
        Some(Ok((code, answer))) if code == NOT_TAKEN.as_u16() => {
            let lines = answer.lines().map(one_line).collect::<Vec<_>>().join("\n");
            return Err(Failure::new(Status::Config, &lines));
        }
        Some(Ok((code, answer))) => return told(code, &answer),
        Some(Err(unasked)) => unasked,
        None => missing(),
    };
    config::load(file).map_err(|error| Failure::new(Status::Config, &error))?;
    or_signal.map_or(Err(unheard), hang_up)
}

/// Sends SIGHUP to a process, as a unit would without this command.
fn hang_up(process: u32) -> Result<Status, Failure> {
    let failed = |why: &str| Failure::new(Status::Unreachable, &format!("{KILL} -HUP {process}: {why}"));
    let status = Command::new(KILL).args(["-HUP", &process.to_string()]).status();
    if !status.map_err(|error| failed(&error.to_string()))?.success() {
        return Err(failed("failed"));
    }
    let text =
        "told by a signal: the log says what becomes of it, and with status.control this command would\n";
    super::answer(text);
    Ok(Status::Done)
}

fn missing() -> Failure {
    Failure::new(Status::Config, &"status.control: missing; the daemon takes commands there")
}

fn address(config: &Config) -> Result<ListenAddress, Failure> {
    Ok(ListenAddress::Unix(config.status.control.clone().ok_or_else(missing)?))
}

/// Sends a command, and prints what comes of it.
fn send(address: &ListenAddress, path: &str, command: &impl Serialize) -> Result<Status, Failure> {
    let body = serde_json::to_string(command).map_err(|error| unasked(address, &error))?;
    let asked = request(address, "POST", path, &body);
    let (code, answer) = asked.map_err(|error| unasked(address, &error))?;
    told(code, &answer)
}

/// Prints what has come of a command.
fn told(code: u16, answer: &str) -> Result<Status, Failure> {
    if code != 200 {
        return Err(Failure::new(Status::Unreachable, &one_line(answer.trim_end())));
    }
    super::answer(answer);
    Ok(Status::Done)
}

/// Asks whoever sits at the terminal.
fn is_wanted(command: Operator) -> Result<bool, Failure> {
    let unanswered = |why: &dyn core::fmt::Display| Failure::new(Status::Usage, &format!("{why}; say --yes"));
    if !io::stdin().is_terminal() {
        return Err(unanswered(&"nobody can be asked whether this is wanted"));
    }
    let _ = write!(io::stderr(), "{command} until it is resumed, whatever the primary does? [y/N] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| unanswered(&error))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
