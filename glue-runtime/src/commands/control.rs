//! What is asked of the running daemon at `status.control` (behaviour B77).

use super::Failure;
use super::status::{request, unasked};
use crate::cli::Record;
use crate::config::{Config, ListenAddress};
use crate::exit::Status;
use crate::log::one_line;
use crate::record;
use crate::status::{COMMAND_PATH, RECORD_PATH};
use glue_proto::Operator;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};

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

fn address(config: &Config) -> Result<ListenAddress, Failure> {
    let missing =
        || Failure::new(Status::Config, &"status.control: missing; the daemon takes commands there");
    Ok(ListenAddress::Unix(config.status.control.clone().ok_or_else(missing)?))
}

/// Sends a command, and prints what comes of it.
fn send(address: &ListenAddress, path: &str, command: &impl Serialize) -> Result<Status, Failure> {
    let body = serde_json::to_string(command).map_err(|error| unasked(address, &error))?;
    let asked = request(address, "POST", path, &body);
    let (code, answer) = asked.map_err(|error| unasked(address, &error))?;
    if code != 200 {
        return Err(Failure::new(Status::Unreachable, &one_line(answer.trim_end())));
    }
    // Nobody is left to hear that standard output is closed.
    let _ = io::stdout().write_all(answer.as_bytes());
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
