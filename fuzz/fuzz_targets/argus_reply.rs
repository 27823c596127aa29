//! Any status and any body in answer to any call.
#![no_main]

use glue_proto::argus::{Call, Filter, read_reply};
use glue_proto::daemon::Response;
use glue_proto::model::{EventType, NewEvent, NewIncident, Patch};
use libfuzzer_sys::fuzz_target;

fn call(byte: u8) -> Call {
    let event = NewEvent { at: 1, event_type: EventType::Other, description: "x".into() };
    let incident = NewIncident {
        start_time: 1,
        source_incident_id: "1".into(),
        description: String::new(),
        level: 3,
        tags: Vec::new(),
    };
    match byte % 9 {
        0 => Call::Count(Filter::Open),
        1 => Call::List { filter: Filter::Acked },
        2 => Call::ListNext { query: "cursor=x".into() },
        3 => Call::Lookup { source_incident_id: "1".into() },
        4 => Call::Events { pk: 1 },
        5 => Call::Create(incident),
        6 => Call::Post { pk: 1, event },
        7 => Call::Patch { pk: 1, patch: Patch::default() },
        _ => Call::Heartbeat,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, status, body @ ..] = bytes else { return };
    let statuses = [200, 201, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503];
    let status = statuses[usize::from(*status) % statuses.len()];
    let (header, body) = body.split_at(body.len().min(8));
    let retry_after = core::str::from_utf8(header).ok();
    let _ = read_reply(&call(*kind), &Response { status, retry_after, body });
});
