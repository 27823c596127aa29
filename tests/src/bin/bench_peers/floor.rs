//! The floor: what a bare client takes that does the least number of requests and decides nothing.
//!
//! * `floor write argus= token= incidents= notes= jobs= first=`: posts incidents and as many notes to each, so many
//!   incidents at a time.
//! * `floor read argus= token= zino= user= secret=`: lists the open incidents in one request, and reads every case of
//!   Zino beside it. Without `argus` it only reads Zino.
//! * `floor notify ...`: see `floor_notify`.

use crate::connection::Connection;
use crate::floor_notify;
use crate::floor_zino::Zino;
use crate::settings::Settings;
use crate::{Failure, say};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Runs it and says what came of it.
pub(crate) fn run(what: &str, words: &[&str]) -> Result<(), Failure> {
    let settings = Settings::read(words)?;
    let begun = Instant::now();
    let requests = match what {
        "write" => write(&settings)?,
        "read" => read(&settings)?,
        "notify" => return floor_notify::run(&settings),
        other => return Err(format!("there is no floor called {other}").into()),
    };
    say(&json!({ "ok": { "seconds": begun.elapsed().as_secs_f64(), "requests": requests } }));
    Ok(())
}

fn write(settings: &Settings) -> Result<u64, Failure> {
    let (first, incidents): (u64, u64) = (settings.number("first")?, settings.number("incidents")?);
    let (notes, jobs): (u64, usize) = (settings.number("notes")?, settings.number("jobs")?);
    let next = AtomicU64::new(first);
    let work = || -> Result<(), Failure> {
        let mut argus = Connection::new(settings)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= first + incidents {
                return Ok(());
            }
            let pk = argus.post("incidents/", &incident(number))?;
            for note in 0..notes {
                let text = format!("harriet\nnote {note} of case {number}: the fibre was cut by a digger");
                argus.post(&format!("incidents/{pk}/events/"), &event(note, &text))?;
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread of the floor died")?)
    })?;
    Ok(incidents * (1 + notes))
}

fn read(settings: &Settings) -> Result<u64, Failure> {
    let mut argus = settings.text("argus").is_ok().then(|| Connection::new(settings)).transpose()?;
    thread::scope(|scope| {
        let zino = scope.spawn(|| Zino::connect(settings)?.read_all());
        if let Some(argus) = &mut argus {
            let list = argus.request("GET", "incidents/mine/?open=true&page_size=10000", "")?;
            let _: Value = serde_json::from_slice(&list)?;
        }
        zino.join().map_err(|_| "a thread of the floor died")?
    })
}

/// An incident as the daemon would post it.
pub(crate) fn incident(number: u64) -> Value {
    let router = format!("gw{number}.example.org");
    json!({
        "start_time": "2026-01-02T03:04:05Z", "end_time": "infinity", "source_incident_id": number.to_string(),
        "level": 3, "description": format!("{router} is not reachable"),
        "tags": [{ "tag": format!("host={router}") }, { "tag": "event_type=reachability" }, { "tag": "priority=100" }],
    })
}

/// An event as the daemon would post it.
pub(crate) fn event(second: u64, text: &str) -> Value {
    let timestamp = format!("2026-01-02T04:05:{:02}Z", second % 60);
    json!({ "timestamp": timestamp, "type": "OTH", "description": text })
}
