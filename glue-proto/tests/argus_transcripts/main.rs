//! Every recorded exchange with a real Argus (`transcripts/argus-*.json`).

mod python_glue;

use glue_proto::Response;
use glue_proto::model::{EndTime, Event, EventType, Incident, NewEvent, NewIncident, Patch};
use glue_proto::wire::argus::{ArgusError, Call, Filter, Page, Reply, read_reply};
use serde_json::Value;

const ARGUS: [&str; 9] = [
    include_str!("../transcripts/argus-01-create.json"),
    include_str!("../transcripts/argus-02-tags.json"),
    include_str!("../transcripts/argus-03-duplicates.json"),
    include_str!("../transcripts/argus-04-lengths.json"),
    include_str!("../transcripts/argus-05-events.json"),
    include_str!("../transcripts/argus-06-acks-tickets.json"),
    include_str!("../transcripts/argus-07-list-pages.json"),
    include_str!("../transcripts/argus-08-patch.json"),
    include_str!("../transcripts/argus-09-heartbeat-errors.json"),
];

/// One request and its answer.
struct Exchange {
    label: String,
    method: String,
    /// Below `/api/v2/`.
    target: String,
    request: Option<String>,
    status: u16,
    body: Vec<u8>,
}

/// Brings a recorded body back to the bytes that it was: JSON was recorded as JSON, everything else as text.
fn body(recorded: &Value, is_json: bool) -> Vec<u8> {
    match recorded.as_str() {
        Some(text) if !is_json => text.as_bytes().to_vec(),
        _ => serde_json::to_vec(recorded).expect("JSON"),
    }
}

fn status(recorded: &Value) -> u16 {
    u16::try_from(recorded.as_u64().expect("a status")).expect("a status")
}

fn text(recorded: &Value) -> String {
    recorded.as_str().unwrap_or_default().to_owned()
}

fn items(file: &str) -> Vec<Value> {
    serde_json::from_str(file).expect("a recording")
}

fn argus() -> Vec<Exchange> {
    let exchange = |item: &Value| {
        let target = item["request"]["url"].as_str()?.split_once("/api/v2/")?.1.to_owned();
        let answer = &item["response"];
        let is_json = answer["headers"]["Content-Type"] == "application/json";
        Some(Exchange {
            label: text(&item["label"]),
            method: text(&item["request"]["method"]),
            target,
            request: item["request"]["body"].as_str().map(str::to_owned),
            status: status(&answer["status"]),
            body: body(&answer["body"], is_json),
        })
    };
    ARGUS.iter().flat_map(|file| items(file)).filter_map(|item| exchange(&item)).collect()
}

/// Finds the call that would have made a request like this; `None` for what we never ask.
fn call(exchange: &Exchange) -> Option<Call> {
    let (path, query) = exchange.target.split_once('?').unwrap_or((&exchange.target, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let pk = |part: &str| part.parse().ok();
    Some(match (exchange.method.as_str(), parts.as_slice()) {
        ("GET", ["incidents", "mine"]) if query.contains("count=") => Call::Count(Filter::Open),
        ("GET", ["incidents", "mine"]) => match query.split_once('=') {
            Some(("source_incident_id", id)) if !id.is_empty() && !id.contains(['&', ',']) => {
                Call::Lookup { source_incident_id: id.to_owned() }
            }
            _ => Call::List { filter: Filter::Open },
        },
        ("GET", ["incidents", "events"]) => Call::Feed,
        ("GET", ["incidents", pk_text, "events"]) => Call::Events { pk: pk(pk_text)? },
        ("POST", ["incidents"] | ["incidents", "mine"]) => Call::Create(NewIncident {
            start_time: 0,
            source_incident_id: String::new(),
            description: String::new(),
            level: 3,
            tags: vec![],
        }),
        ("POST", ["incidents", "sources", "heartbeat"]) => Call::Heartbeat,
        ("POST", ["incidents", pk_text, "events"]) => Call::Post {
            pk: pk(pk_text)?,
            event: NewEvent { at: 0, event_type: EventType::Other, description: String::new() },
        },
        // A single incident is what a PATCH is answered with; we never GET one.
        ("PATCH" | "GET", ["incidents", pk_text]) => {
            Call::Patch { pk: pk(pk_text)?, patch: Patch::default() }
        }
        _ => return None,
    })
}

fn read(call: &Call, exchange: &Exchange) -> Result<Reply, ArgusError> {
    read_reply(
        call,
        &Response { status: exchange.status, retry_after: None, date: None, body: &exchange.body },
    )
}

fn instant(recorded: &Value) -> i64 {
    let moment: jiff::Timestamp = recorded.as_str().expect("a timestamp").parse().expect("a timestamp");
    moment.as_second()
}

/// Compares an incident with what was recorded, field by field.
fn same_incident(incident: &Incident, recorded: &Value) {
    let user = recorded["source"]["user"].as_u64();
    assert_eq!(Some(incident.pk), recorded["pk"].as_u64());
    assert_eq!(Some(incident.source_user), user);
    assert_eq!(incident.start_time, instant(&recorded["start_time"]));
    let end_time = match recorded["end_time"].as_str() {
        None => EndTime::Stateless,
        Some("infinity") => EndTime::Infinity,
        Some(_) => EndTime::At(instant(&recorded["end_time"])),
    };
    assert_eq!(incident.end_time, end_time);
    assert_eq!(incident.source_incident_id, text(&recorded["source_incident_id"]));
    assert_eq!(incident.description, text(&recorded["description"]));
    assert_eq!(incident.ticket_url, text(&recorded["ticket_url"]));
    assert_eq!(Some(u64::from(incident.level)), recorded["level"].as_u64());
    assert_eq!(Some(incident.open), recorded["open"].as_bool());
    assert_eq!(Some(incident.acked), recorded["acked"].as_bool());
    let mut tags: Vec<(String, bool)> = recorded["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(|tag| (text(&tag["tag"]), tag["added_by"].as_u64() == user))
        .collect();
    tags.sort();
    let read: Vec<(String, bool)> = incident.tags.iter().map(|tag| (tag.text.clone(), tag.ours)).collect();
    assert_eq!(read, tags);
}

fn same_event(event: &Event, recorded: &Value) {
    assert_eq!(Some(event.pk), recorded["pk"].as_u64());
    assert_eq!(Some(event.actor.pk), recorded["actor"]["pk"].as_u64());
    assert_eq!(event.actor.name, text(&recorded["actor"]["username"]));
    assert_eq!(event.at, instant(&recorded["timestamp"]));
    assert_eq!(event.event_type.as_str(), text(&recorded["type"]["value"]));
    assert_ne!(event.event_type, EventType::Unknown);
    assert_eq!(event.description, text(&recorded["description"]));
}

fn same_page(page: &Page, recorded: &Value) {
    let rows = recorded["results"].as_array().expect("rows");
    assert_eq!((page.rows.len(), page.bad_rows.len()), (rows.len(), 0));
    for (incident, recorded) in page.rows.iter().zip(rows) {
        same_incident(incident, recorded);
    }
    let next = recorded["next"].as_str().map(|link| link.split_once('?').expect("a query").1);
    assert_eq!(page.next.as_deref(), next);
}

fn same_events(events: &[Event], recorded: &Value) {
    let rows = recorded.as_array().expect("rows");
    assert_eq!(events.len(), rows.len());
    for event in events {
        let same = rows.iter().find(|row| row["pk"].as_u64() == Some(event.pk));
        same_event(event, same.expect("the recorded event"));
    }
    assert!(events.is_sorted_by_key(|event| (event.at, event.pk)));
}

/// Compares a reply with what was recorded. What kind of reply it must be follows from the call alone.
fn same_reply(call: &Call, reply: Reply, body: &[u8]) {
    let recorded: Value = serde_json::from_slice(body).unwrap_or_default();
    match (call, reply) {
        (Call::Count(_), Reply::Count(count)) => assert_eq!(Some(count), recorded["count"].as_u64()),
        (Call::List { .. } | Call::Lookup { .. }, Reply::Page(page)) => same_page(&page, &recorded),
        (Call::Events { .. }, Reply::Events(events)) => {
            assert!(events.bad_rows.is_empty());
            same_events(&events.rows, &recorded);
        }
        (Call::Feed, Reply::Feed(feed)) => {
            let known = recorded["results"].as_array().map_or(0, Vec::len);
            assert_eq!(feed.rows.len(), known);
        }
        (Call::Create(_), Reply::Created(incident)) | (Call::Patch { .. }, Reply::Patched(incident)) => {
            same_incident(&incident, &recorded);
        }
        (Call::Post { .. }, Reply::Posted(event)) => same_event(&event, &recorded),
        (Call::Heartbeat, Reply::Beat) => {}
        (call, reply) => panic!("{reply:?} to {call:?}"),
    }
}

/// What kind of error an answer must be, from the table of the reference.
fn same_error(exchange: &Exchange, error: &ArgusError) {
    let json: Option<Value> = serde_json::from_slice(&exchange.body).ok();
    let is_list = json.as_ref().is_some_and(Value::is_array);
    let raw = String::from_utf8_lossy(&exchange.body);
    let fits = match error {
        ArgusError::Unauthorized { .. } => exchange.status == 401,
        ArgusError::Forbidden { .. } => exchange.status == 403,
        ArgusError::NoSource { status } => {
            *status == exchange.status
                && exchange.label.contains("user")
                && (raw.is_empty() && *status == 403
                    || *status == 400 && raw.contains("must have a connected source system"))
        }
        ArgusError::Missing => exchange.status == 404 && json.is_some(),
        ArgusError::Duplicate => exchange.status == 400 && is_list && raw.contains("duplicate key value"),
        ArgusError::UnsupportedType { reason } => exchange.status == 400 && reason.contains("type: "),
        ArgusError::Refused { status, .. } => {
            *status == exchange.status
                && (400..500).contains(status)
                && !raw.contains("duplicate key value")
                && ![401, 403].contains(status)
        }
        ArgusError::Server { status, reason } => {
            *status == exchange.status && *status == 500 && reason == "500 - Internal Server Error"
        }
        ArgusError::Redirected { status } => *status == exchange.status && *status == 301,
        // The browsable page, which our Accept header never asks for.
        ArgusError::Unreadable { status, .. } => *status == 200 && raw.contains("<!DOCTYPE html>"),
        other @ (ArgusError::Throttled { .. } | _) => panic!("{other:?}"),
    };
    assert!(fits, "{error:?} to {}", exchange.label);
    let said = error.to_string();
    assert!(said.len() < 300 && !said.chars().any(char::is_control), "{said:?}");
}

#[test]
fn every_recorded_answer_is_read() {
    let (mut replies, mut errors) = (0, 0);
    for exchange in argus().iter().chain(&python_glue::exchanges()) {
        let Some(call) = call(exchange) else { continue };
        // The recording itself is shortened.
        if exchange.label == "200 tags" {
            continue;
        }
        match read(&call, exchange) {
            Ok(reply) => {
                assert!((200..300).contains(&exchange.status), "{}", exchange.label);
                same_reply(&call, reply, &exchange.body);
                replies += 1;
            }
            Err(error) => {
                same_error(exchange, &error);
                errors += 1;
            }
        }
    }
    assert!(replies > 200 && errors > 100, "{replies} replies, {errors} errors");
}

/// Returns the error that a recorded answer is read as.
fn error(label: &str) -> ArgusError {
    let exchanges = argus();
    let found = exchanges.iter().find(|exchange| exchange.label.starts_with(label));
    let exchange = found.expect("a recorded exchange");
    read(&call(exchange).expect("a call"), exchange).expect_err("an error")
}

#[test]
fn b14_the_errors_that_decide_something_are_told_apart() {
    let refused = |status, reason: &str| ArgusError::Refused { status, reason: reason.to_owned() };
    let unauthorized = |reason: &str| ArgusError::Unauthorized { reason: reason.to_owned() };
    let unsupported = |reason: &str| ArgusError::UnsupportedType { reason: reason.to_owned() };
    let table = [
        ("duplicate of an open incident", ArgusError::Duplicate),
        ("duplicate of a CLOSED incident", ArgusError::Duplicate),
        ("type CLO on an OPEN", unsupported("type: A source system cannot post events of type 'CLO'.")),
        ("type XXX on an OPEN", unsupported("type: \"XXX\" is not a valid choice.")),
        ("unknown token", unauthorized("Invalid token.")),
        ("no Authorization header", unauthorized("Authentication credentials were not provided.")),
        ("heartbeat by a user that is no source", ArgusError::NoSource { status: 403 }),
        ("POST incident by a user without a source", ArgusError::NoSource { status: 400 }),
        ("unknown incident", ArgusError::Missing),
        ("broken cursor", refused(404, "Invalid cursor")),
        ("double slash", refused(404, "404 - Page Not Found")),
        ("event description 3000000", refused(400, "400 - Bad Request")),
        ("level 0", refused(400, "level: \"0\" is not a valid choice.")),
        (
            "source may not remove a tag",
            refused(400, "team=noc: Cannot remove this tag when you're not the one who added it."),
        ),
        ("POST without the trailing slash", ArgusError::Redirected { status: 301 }),
    ];
    for (label, expected) in table {
        assert_eq!(error(label), expected, "{label}");
    }
}

#[test]
fn b51_a_filter_that_was_ignored_finds_nothing() {
    let exchanges = argus();
    let everything = exchanges.iter().find(|exchange| exchange.label == "empty value: filter ignored");
    let everything = everything.expect("a recorded listing");
    for id in ["17953578132", ""] {
        let lookup = Call::Lookup { source_incident_id: id.to_owned() };
        assert!(matches!(read(&lookup, everything), Err(ArgusError::Unreadable { status: 200, .. })));
    }
}

#[test]
fn b11_a_server_that_cannot_count_answers_with_a_page() {
    let exchanges = argus();
    let page = exchanges.iter().find(|exchange| exchange.label == "open=true&acked=true").expect("a page");
    let Ok(Reply::Page(read)) = read(&Call::Count(Filter::Acked), page) else { panic!("not a page") };
    same_page(&read, &serde_json::from_slice(&page.body).expect("JSON"));
}

#[test]
fn b21_an_id_sent_as_a_number_is_stored_as_its_text() {
    let exchanges = argus();
    let sent = exchanges.iter().find(|exchange| exchange.label == "source_incident_id as a JSON number");
    let sent = sent.expect("a recorded creation");
    let request: Value = serde_json::from_str(sent.request.as_deref().expect("a body")).expect("JSON");
    let Ok(Reply::Created(incident)) = read(&call(sent).expect("a call"), sent) else {
        panic!("not created")
    };
    assert!(request["source_incident_id"].is_u64());
    assert_eq!(incident.source_incident_id, request["source_incident_id"].to_string());
}
