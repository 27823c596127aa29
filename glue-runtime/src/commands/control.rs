//! What is asked of the running daemon at `status.control` (behaviour B77).

use super::Failure;
use super::status::{request, unasked};
use crate::config::{Config, ListenAddress};
use crate::exit::Status;
use crate::log::one_line;
use crate::status::COMMAND_PATH;
use glue_proto::Operator;
use std::io::{self, IsTerminal as _, Write as _};

/// Has the daemon of a configuration carry out a command, after asking whether that is wanted unless that `is_sure`.
pub(super) fn command(config: &Config, command: Operator, is_sure: bool) -> Result<Status, Failure> {
    let missing =
        || Failure::new(Status::Config, &"status.control: missing; the daemon takes commands there");
    let address = ListenAddress::Unix(config.status.control.clone().ok_or_else(missing)?);
    if !is_sure && !is_wanted(command)? {
        return Ok(Status::Done);
    }
    let body = serde_json::to_string(&command).map_err(|error| unasked(&address, &error))?;
    let asked = request(&address, "POST", COMMAND_PATH, &body);
    let (code, answer) = asked.map_err(|error| unasked(&address, &error))?;
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
