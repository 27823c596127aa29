//! `zinoargus explain CASE`: says what is known of a case, and what follows from that (behaviour B76).

use super::plan::look;
use super::{Failure, drive, status};
use crate::config::Config;
use crate::exit::Status;
use crate::explain;
use glue_proto::Purpose;
use glue_proto::model::CaseId;
use serde_json::Value;

/// Explains a case: by the running daemon, if it can be asked, for it knows what was refused; else by both servers.
pub(super) fn explain(config: Config, seed: u64, case: CaseId, json: bool) -> Result<Status, Failure> {
    let (answer, from) = match ask_daemon(&config, case) {
        Some(answer) => (answer, "the running daemon"),
        None => match drive(read(config, seed, case))? {
            Ok(answer) => (answer, "both servers"),
            // The log has said why.
            Err(status) => return Ok(status),
        },
    };
    let text = if json { format!("{answer}\n") } else { explain::text(&answer, from) };
    super::answer(&text);
    Ok(if answer["in_step"] == true { Status::Done } else { Status::Differs })
}

/// Asks the running daemon. One that is of another version, or has not read both sides yet, is as good as none.
fn ask_daemon(config: &Config, case: CaseId) -> Option<Value> {
    config.status.listen.as_ref()?;
    let address = status::address(config).ok()?;
    let (code, body) = status::get(&address, &format!("/explain/{case}")).ok()?;
    let answer: Value = serde_json::from_str(&body).ok().filter(|_| code == 200)?;
    let kind = answer["verdict"]["kind"].as_str()?;
    (!["unread", "unlisted"].contains(&kind)).then_some(answer)
}

/// Reads both sides.
async fn read(config: Config, seed: u64, case: CaseId) -> Result<Result<Value, Status>, Failure> {
    let looked = look(&config, seed, Purpose::Plan).await?;
    let answer = explain::data(&looked.machine, case, looked.at);
    Ok(if looked.is_complete() { Ok(answer) } else { Err(looked.status) })
}
