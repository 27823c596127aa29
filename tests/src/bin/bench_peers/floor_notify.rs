//! `floor notify argus= token= zino= notify= user= secret=`: posts what each notification tells, and nothing else.
//!
//! A note is read with `gethist` and posted; a new case is read with `getattrs` and `gethist` and posted. Says that it is
//! tied, then works until it is killed.

use crate::connection::Connection;
use crate::floor::{event, incident};
use crate::floor_zino::Zino;
use crate::settings::Settings;
use crate::{Failure, say};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::BufRead;

/// Runs until the channel ends.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    let mut argus = Connection::new(settings)?;
    let mut known = list(&mut argus)?;
    let mut zino = Zino::connect(settings)?;
    let channel = zino.tie(settings)?;
    say(&json!({ "ok": { "known": known.len() } }));
    let mut seconds = 0;
    for line in channel.lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            [case, "history", ..] => {
                let Some(pk) = known.get(*case) else { continue };
                let text = last_entry(&zino.list(&format!("gethist {case}"))?);
                seconds += 1;
                argus.post(&format!("incidents/{pk}/events/"), &event(seconds, &text))?;
            }
            [case, "state", "embryonic", ..] => {
                let attributes = zino.list(&format!("getattrs {case}"))?;
                zino.list(&format!("gethist {case}"))?;
                let router = attributes.iter().find_map(|line| line.strip_prefix("router: "));
                let mut body = incident(case.parse()?);
                body["description"] = json!(format!("{} is not reachable", router.unwrap_or_default()));
                known.insert((*case).to_owned(), argus.post("incidents/", &body)?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The pk of each open incident by its case.
fn list(argus: &mut Connection) -> Result<BTreeMap<String, u64>, Failure> {
    let answer = argus.request("GET", "incidents/mine/?open=true&page_size=10000", "")?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let rows = answer["results"].as_array().ok_or("no results")?;
    let pair = |row: &Value| Some((row["source_incident_id"].as_str()?.to_owned(), row["pk"].as_u64()?));
    Ok(rows.iter().filter_map(pair).collect())
}

/// The lines of the last entry: those that begin with a blank follow the line that begins an entry.
fn last_entry(lines: &[String]) -> String {
    let begin = lines.iter().rposition(|line| !line.starts_with(' ')).unwrap_or_default();
    lines.get(begin..).unwrap_or_default().join("\n")
}
