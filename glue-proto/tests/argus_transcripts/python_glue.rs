//! The recorded requests of the Python glue (`transcripts/glue-*.json`): ours are the same where they must be.

use crate::{Exchange, body, call, instant, items, status, text};
use glue_proto::model::{EventType, NewEvent, NewIncident};
use glue_proto::wire::argus::Call;
use glue_proto::{HttpRequest, Method};
use serde_json::Value;

const GLUE: [&str; 3] = [
    include_str!("../transcripts/glue-01-full-run.json"),
    include_str!("../transcripts/glue-02-restart.json"),
    include_str!("../transcripts/glue-03-failures.json"),
];

/// Reads every exchange of the recordings.
pub(crate) fn exchanges() -> Vec<Exchange> {
    let exchange = |item: &Value| {
        let mut words = item["request_line"].as_str()?.split(' ');
        Some(Exchange {
            label: text(&item["request_line"]),
            method: words.next()?.to_owned(),
            target: words.next()?.strip_prefix("/api/v2/")?.to_owned(),
            request: item["body_raw"].as_str().map(str::to_owned),
            status: status(&item["status"]),
            body: body(&item["reply"], true),
        })
    };
    GLUE.iter().flat_map(|file| items(file)).filter_map(|item| exchange(&item)).collect()
}

/// Builds the call that a recorded request of the Python glue would be today.
fn rebuilt(exchange: &Exchange) -> Option<Call> {
    let mut call = call(exchange)?;
    let recorded: Value =
        exchange.request.as_deref().map_or(Value::Null, |raw| serde_json::from_str(raw).expect("JSON"));
    match &mut call {
        Call::Create(incident) => {
            *incident = NewIncident {
                start_time: instant(&recorded["start_time"]),
                source_incident_id: recorded["source_incident_id"].to_string(),
                description: text(&recorded["description"]),
                level: u8::try_from(recorded["level"].as_u64().expect("a level")).expect("a level"),
                tags: recorded["tags"]
                    .as_array()
                    .expect("tags")
                    .iter()
                    .map(|tag| text(&tag["tag"]))
                    .collect(),
            };
        }
        Call::Post { event, .. } => {
            *event = NewEvent {
                at: instant(&recorded["timestamp"]),
                event_type: EventType::from_word(&text(&recorded["type"])),
                description: text(&recorded["description"]),
            };
        }
        Call::Count(_)
        | Call::List { .. }
        | Call::ListNext { .. }
        | Call::Lookup { .. }
        | Call::Events { .. }
        | Call::Patch { .. }
        | Call::Feed
        | Call::FeedNext { .. }
        | Call::Heartbeat => {}
    }
    Some(call)
}

/// The request body of the Python glue as ours is meant to differ from it: the open end has its name, and times are in
/// UTC and whole seconds.
fn in_our_form(raw: &str) -> String {
    let raw = raw.replace("\"9999-12-31T23:59:59.999999\"", "\"infinity\"");
    // The recordings are all of one afternoon.
    let raw = raw.replace("\"2026-11-22T15:", "\"2026-11-22T14:").replace("+01:00\"", "+00:00\"");
    let Some((head, tail)) = raw.split_once('.').filter(|(head, _)| head.ends_with("T14:37:57")) else {
        return raw;
    };
    format!("{head}{}", tail.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn requests_are_those_of_the_python_glue() {
    let mut bodies = 0;
    for exchange in exchanges() {
        // Acknowledgements are read from the events.
        let Some(call) = rebuilt(&exchange) else { continue };
        let HttpRequest { method, target, body, .. } = call.request();
        let expected = exchange.request.as_deref().map(in_our_form).unwrap_or_default();
        if exchange.method == "GET" {
            // A whole listing is asked for with a page size; single incidents are not asked for at all.
            let kept =
                exchange.target.contains("source_incident_id") || exchange.target.ends_with("/events/");
            assert!(
                !kept || (method, target) == (Method::Get, exchange.target.clone()),
                "{}",
                exchange.label
            );
            continue;
        }
        assert_eq!((method, &target), (Method::Post, &exchange.target));
        assert_eq!(String::from_utf8(body).expect("UTF-8"), expected);
        bodies += 1;
    }
    assert_eq!(bodies, 21);
}
