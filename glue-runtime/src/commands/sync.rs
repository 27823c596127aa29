//! `zinoargus sync --once`: brings both sides in step, and ends (behaviour B76).

use super::plan::{SCHEMA, difference, held, list_held_back, look, table};
use super::{Failure, drive, status};
use crate::config::Config;
use crate::exit::Status;
use glue_proto::{Counters, Outlook, Purpose};
use serde_json::{Value, json};

/// Brings both sides in step.
pub(super) fn sync(config: Config, seed: u64, json: bool) -> Result<Status, Failure> {
    refuse_beside_daemon(&config)?;
    let looked = drive(look(&config, seed, Purpose::SyncOnce))?;
    let counters = looked.machine.status().counters;
    let text = if json {
        as_data(&counters, &looked.outlook, looked.is_complete())
    } else {
        as_text(&counters, &looked.outlook, looked.is_complete())
    };
    super::answer(&text);
    Ok(looked.status)
}

/// Two that write at once would not know of each other's writes: one that runs does the work anyway.
fn refuse_beside_daemon(config: &Config) -> Result<(), Failure> {
    if config.status.listen.is_none() {
        return Ok(());
    }
    let Ok(address) = status::address(config) else { return Ok(()) };
    match status::get(&address, "/healthz") {
        Ok(_) => {
            let why = format!("a daemon runs, and answers at {address}: it does this work; stop it first");
            Err(Failure::new(Status::Unreachable, &why))
        }
        Err(_) => Ok(()),
    }
}

/// What was done, each with the word for it.
const fn done(counters: &Counters) -> [(&'static str, u64); 7] {
    [
        ("created", counters.created),
        ("history", counters.copied),
        ("updated", counters.updated),
        ("ended", counters.ended),
        ("reopened", counters.reopened),
        ("notes", counters.notes),
        ("states", counters.states),
    ]
}

fn as_text(counters: &Counters, outlook: &Outlook, is_complete: bool) -> String {
    let parts = done(counters).into_iter().filter(|(_, count)| *count > 0);
    let parts = parts.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>();
    let parts = if parts.is_empty() { String::from("nothing") } else { parts.join(", ") };
    let Outlook { differences, held_back, .. } = outlook;
    let is_in_step = differences.is_empty() && held_back.is_empty();
    let verdict = match (is_complete, is_in_step) {
        (true, true) => "in step",
        (true, false) => "NOT in step",
        (false, _) => "given up",
    };
    let mut text = format!("{verdict}; done: {parts}\n");
    if is_complete && !is_in_step {
        text += "left:\n";
        table(differences, &mut text);
        list_held_back(held_back, &mut text);
    }
    text
}

fn as_data(counters: &Counters, outlook: &Outlook, is_complete: bool) -> String {
    let done: Value =
        done(counters).into_iter().map(|(word, count)| (word.to_owned(), json!(count))).collect();
    let json = json!({
        "schema": SCHEMA,
        "complete": is_complete,
        "gave_up": outlook.gave_up.map(|why| why.to_string()),
        "done": done,
        "left": outlook.differences.iter().map(difference).collect::<Vec<_>>(),
        "held_back": outlook.held_back.iter().map(held).collect::<Vec<_>>(),
    });
    format!("{json}\n")
}
