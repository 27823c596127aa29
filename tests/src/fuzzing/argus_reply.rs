//! Answers of Argus.

use super::argus_texts;
use glue_proto::model::{EndTime, Event, EventType, Incident, NewEvent, NewIncident, Patch, Tag};
use glue_proto::wire::argus::{ArgusError, Call, Filter, MAX_RETRY_AFTER, Reply, read_reply, time};
use glue_proto::{Response, Wall};
use serde_json::{Value, json};

/// Every status that means something of its own, and some that do not.
const STATUSES: [u16; 20] =
    [200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 408, 409, 425, 429, 500, 502, 503, 504, 100, 999];
/// How many of the first bytes of an answer may be a `Retry-After` header.
const MOST_HEADER: usize = 40;
/// The longest explanation, in bytes.
const MOST_REASON: usize = 200;
/// How many calls there are; every byte above means a round trip instead.
const CALLS: u8 = 10;

/// Takes the bytes for an answer to a call, or for texts that are sent to a simulated server and come back.
///
/// The first byte says which call, or that it is texts. Of an answer, the second byte is the status, what stands before
/// the first LF is the `Retry-After` header, and the rest is the body.
///
/// * A success is one that fits the call, and only a 2xx is a success.
/// * An incident or event is what a general reader of JSON finds in the body, and is read as the same when it is written
///   again; a list is in order.
/// * Of every list each row is there, as a row or as a bad row.
/// * An explanation is one short line; a wait has an end; a doubt is only where a write may have been carried out.
///
/// # Panics
///
/// One of these does not hold.
pub fn argus_reply(bytes: &[u8]) {
    let [kind, rest @ ..] = bytes else { return };
    let Some(call) = call(*kind) else { return argus_texts::check(rest) };
    let [status, rest @ ..] = rest else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let end = rest.iter().take(MOST_HEADER).position(|byte| *byte == b'\n');
    let (header, body) = end.map_or((None, rest), |end| (Some(&rest[..end]), &rest[end + 1..]));
    let retry_after = header.and_then(|header| str::from_utf8(header).ok());
    match read_reply(&call, &Response { status, retry_after, date: None, body }) {
        Ok(reply) => {
            assert!((200..300).contains(&status), "{status} is a success: {reply:?}");
            check_reply(&call, &reply, &String::from_utf8_lossy(body));
        }
        Err(error) => check_error(&call, &error, status),
    }
}

fn call(kind: u8) -> Option<Call> {
    let event = NewEvent { at: 1, event_type: EventType::Other, description: "x".into() };
    let incident = NewIncident {
        start_time: 1,
        source_incident_id: "1".into(),
        description: String::new(),
        level: 3,
        tags: Vec::new(),
    };
    Some(match kind {
        0 => Call::Count(Filter::Open),
        1 => Call::List { filter: Filter::Acked },
        2 => Call::ListNext { query: "cursor=x".into() },
        3 => Call::Lookup { source_incident_id: "1".into() },
        4 => Call::Events { pk: 1 },
        5 => Call::Create(incident),
        6 => Call::Post { pk: 1, event },
        7 => Call::Patch { pk: 1, patch: Patch::default() },
        8 => Call::Heartbeat,
        9 => Call::Feed,
        CALLS.. => return None,
    })
}

fn check_error(call: &Call, error: &ArgusError, status: u16) {
    let told = error.to_string();
    assert!(told.starts_with(&status.to_string()), "{status}: {told}");
    assert!(told.len() <= MOST_REASON + 60 && !told.contains(char::is_control), "{told:?}");
    assert!(!error.may_be_under_way() || error.is_ambiguous(), "{error:?}");
    assert_eq!(error.is_ambiguous(), !(300..500).contains(&status), "{status}: {error:?}");
    assert!(*error != ArgusError::Duplicate || matches!(call, Call::Create(_)));
    assert!(!error.is_unsupported_type() || matches!(call, Call::Post { .. }));
    for now in [Wall(i64::MIN), Wall(0), Wall(1_795_348_800), Wall(i64::MAX)] {
        assert!(error.retry_after(now).is_none_or(|wait| wait <= MAX_RETRY_AFTER));
    }
}

fn check_reply(call: &Call, reply: &Reply, body: &str) {
    // What is passed over may be something that a general reader refuses, such as a number of 400 digits.
    let value: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let rows = |value: &Value| value.as_array().map_or(0, Vec::len);
    match (call, reply) {
        (Call::Count(_), Reply::Count(count)) => {
            assert!(value.is_null() || value["count"].as_u64() == Some(*count), "{count}: {value}");
        }
        (
            Call::Count(_) | Call::List { .. } | Call::ListNext { .. } | Call::Lookup { .. },
            Reply::Page(page),
        ) => {
            for incident in &page.rows {
                check_incident(incident);
                compare(incident, with_pk(&value["results"], incident.pk));
            }
            assert!(value.is_null() || rows(&value["results"]) == page.rows.len() + page.bad_rows.len());
            assert!(page.bad_rows.iter().all(|row| is_reason(&row.reason)), "{page:?}");
            assert!(
                !matches!(call, Call::Lookup { .. })
                    || page.rows.iter().all(|row| row.source_incident_id == "1")
            );
            // It goes into a request as it is.
            let fits =
                |query: &String| !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_graphic());
            assert!(page.next.as_ref().is_none_or(fits), "{page:?}");
        }
        (Call::Events { .. }, Reply::Events(events)) => {
            for event in &events.rows {
                check_event(event);
                compare_event(event, with_pk(&value, event.pk));
            }
            assert!(value.is_null() || rows(&value) == events.rows.len() + events.bad_rows.len());
            assert!(events.rows.is_sorted_by_key(|event| (event.at, event.pk)), "{events:?}");
            assert!(events.bad_rows.iter().all(|row| is_reason(&row.reason)), "{events:?}");
        }
        (Call::Feed, Reply::Feed(feed)) => {
            assert!(value.is_null() || rows(&value["results"]) >= feed.rows.len());
            for row in &feed.rows {
                let known = with_pk(&value["results"], row.pk);
                assert!(known.is_null() || known["incident"].as_u64() == Some(row.incident), "{row:?}");
            }
        }
        (Call::Create(_), Reply::Created(incident)) | (Call::Patch { .. }, Reply::Patched(incident)) => {
            check_incident(incident);
            compare(incident, &value);
        }
        (Call::Post { .. }, Reply::Posted(event)) => {
            check_event(event);
            compare_event(event, &value);
        }
        (Call::Heartbeat, Reply::Beat) => {}
        (call, reply) => panic!("{reply:?} in answer to {call:?}"),
    }
}

fn is_reason(text: &str) -> bool {
    !text.is_empty() && text.len() <= MOST_REASON && !text.contains(char::is_control)
}

/// Compares an incident with what a general reader of JSON has found.
fn compare(incident: &Incident, value: &Value) {
    if value.is_null() {
        return;
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    assert_eq!(value["pk"].as_u64(), Some(incident.pk));
    assert_eq!(value["level"].as_u64(), Some(incident.level.into()));
    assert_eq!(value["open"].as_bool(), Some(incident.open));
    assert_eq!(value["acked"].as_bool(), Some(incident.acked));
    assert_eq!(value["source"]["user"].as_u64(), Some(incident.source_user));
    assert_eq!(text("description"), incident.description);
    assert_eq!(text("ticket_url"), incident.ticket_url);
    assert_eq!(text("source_incident_id"), incident.source_incident_id);
    assert_eq!(time::decode(text("start_time")), Ok(incident.start_time));
    let end_time = match value["end_time"].as_str() {
        None => Ok(EndTime::Stateless),
        Some("infinity") => Ok(EndTime::Infinity),
        Some(other) => time::decode(other).map(EndTime::At),
    };
    assert_eq!(end_time, Ok(incident.end_time));
    let tag = |tag: &Value| Tag {
        text: tag["tag"].as_str().unwrap_or_default().into(),
        ours: tag["added_by"].as_u64() == Some(incident.source_user),
    };
    let mut tags: Vec<Tag> = value["tags"].as_array().into_iter().flatten().map(tag).collect();
    tags.sort_unstable();
    assert_eq!(tags, incident.tags);
}

/// Compares an event with what a general reader of JSON has found.
fn compare_event(event: &Event, value: &Value) {
    if value.is_null() {
        return;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(value["pk"].as_u64(), Some(event.pk));
    assert_eq!(value["actor"]["pk"].as_u64(), Some(event.actor.pk));
    assert_eq!(text(&value["actor"]["username"]), event.actor.name);
    assert_eq!(text(&value["description"]), event.description);
    assert_eq!(time::decode(&text(&value["timestamp"])), Ok(event.at));
    let received = value["received"].as_str().map_or(Ok(event.at), time::decode);
    assert_eq!(received, Ok(event.received));
    let word = text(&value["type"]["value"]);
    let unknown = event.event_type == EventType::Unknown;
    assert!(unknown || word == event.event_type.as_str(), "{word}: {event:?}");
}

/// Returns the one element of a list that has a pk; null, if there is none or one more.
fn with_pk(list: &Value, pk: u64) -> &Value {
    let mut found = list.as_array().into_iter().flatten().filter(|row| row["pk"].as_u64() == Some(pk));
    found.next().filter(|_| found.next().is_none()).unwrap_or(&Value::Null)
}

fn check_incident(incident: &Incident) {
    let tags: Vec<Value> = incident
        .tags
        .iter()
        .map(|tag| json!({ "tag": tag.text, "added_by": tag.ours.then_some(incident.source_user) }))
        .collect();
    let end_time = match incident.end_time {
        EndTime::Infinity => json!("infinity"),
        EndTime::At(at) => json!(time::encode(at)),
        EndTime::Stateless => Value::Null,
    };
    let body = json!({
        "pk": incident.pk,
        "start_time": time::encode(incident.start_time),
        "end_time": end_time,
        "source": { "user": incident.source_user },
        "source_incident_id": incident.source_incident_id,
        "description": incident.description,
        "level": incident.level,
        "open": incident.open,
        "acked": incident.acked,
        "ticket_url": incident.ticket_url,
        "tags": tags,
    });
    let mut expected = incident.clone();
    expected.start_time = encoded(expected.start_time);
    if let EndTime::At(at) = expected.end_time {
        expected.end_time = EndTime::At(encoded(at));
    }
    assert_eq!(
        read_again(&Call::Patch { pk: 1, patch: Patch::default() }, &body),
        Ok(Reply::Patched(expected))
    );
}

fn check_event(event: &Event) {
    let event_type = if event.event_type == EventType::Unknown { "???" } else { event.event_type.as_str() };
    let body = json!({
        "pk": event.pk,
        "actor": { "pk": event.actor.pk, "username": event.actor.name },
        "timestamp": time::encode(event.at),
        "received": time::encode(event.received),
        "type": { "value": event_type },
        "description": event.description,
    });
    let (at, received) = (encoded(event.at), encoded(event.received));
    let expected = Event { at, received, ..event.clone() };
    let asked = NewEvent { at: 0, event_type: EventType::Other, description: String::new() };
    assert_eq!(read_again(&Call::Post { pk: 1, event: asked }, &body), Ok(Reply::Posted(expected)));
}

fn read_again(call: &Call, body: &Value) -> Result<Reply, ArgusError> {
    let body = body.to_string();
    read_reply(call, &Response { status: 200, retry_after: None, date: None, body: body.as_bytes() })
}

/// Returns the stamp that is written for a stamp.
fn encoded(at: i64) -> i64 {
    at.clamp(time::EARLIEST, time::LATEST)
}
