//! What an answer of Argus means.

use super::Call;
use super::error::{ArgusError, RetryAfter};
use super::reason::{has_field, line, reason};
use super::wire::{self, RawName, RawPage, RawRows};
use crate::face::Response;
use crate::model::{Event, Incident};
use crate::text::argus::stored;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::value::RawValue;

/// The name of the constraint that a second incident with one id offends against. PostgreSQL's words around it depend on
/// its language (reference argus-api 4).
const DUPLICATE: &[u8] = b"incident_unique_source_incident_id_per_source";

/// What the answer to a creation by somebody who is no source system holds (reference argus-api 1).
const NO_SOURCE: &[u8] = b"must have a connected source system";

/// The answer to a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reply {
    /// To [`Call::Count`].
    Count(u64),
    /// To [`Call::List`], [`Call::ListNext`] and [`Call::Lookup`]; to [`Call::Count`] from a server that does not know
    /// how to count, and then with one row of many.
    Page(Page),
    /// To [`Call::Feed`] and [`Call::FeedNext`].
    Feed(Feed),
    /// To [`Call::Events`].
    Events(Events),
    /// To [`Call::Create`]: the incident as it is now.
    Created(Incident),
    /// To [`Call::Post`]: the event as it is stored.
    Posted(Event),
    /// To [`Call::Patch`]: the incident as it is now.
    Patched(Incident),
    /// To [`Call::Heartbeat`].
    Beat,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Page {
    /// The rows, in the server's order: the newest `start_time` first.
    pub rows: Vec<Incident>,
    /// The rows that could not be understood; every other row is there (behaviour B14). A lookup whose only row is here
    /// has found its incident all the same: it is no proof that there is none.
    pub bad_rows: Vec<BadRow>,
    /// The query of the next page, for [`Call::ListNext`]; `None` on the last one.
    pub next: Option<String>,
}

/// One page of the event feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Feed {
    /// The rows, in the server's order: the newest `timestamp` first. One that could not be understood is left out: it is
    /// reported where the events of its incident are read.
    pub rows: Vec<FeedRow>,
    /// The query of the next page, for [`Call::FeedNext`]; `None` on the last one.
    pub next: Option<String>,
}

/// An event, as far as the feed is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeedRow {
    /// Which event.
    pub pk: u64,
    /// The `pk` of the incident that it belongs to.
    pub incident: u64,
    /// The `pk` of the user who made it.
    pub actor: u64,
    /// Its `timestamp`, in unix seconds. It may lie in the past, or in the future.
    pub at: i64,
    /// When the server took it, in unix seconds, by its own clock.
    pub received: i64,
}

/// The events of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Events {
    /// The events, oldest first, those of one second in the order in which the server received them. A type that this
    /// program does not know is no reason to lose an event.
    pub rows: Vec<Event>,
    /// The events that could not be understood. One of them may be the very event that seems to be missing.
    pub bad_rows: Vec<BadRow>,
}

/// A row that could not be understood, as far as it can be named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BadRow {
    /// Its `pk`, if there is one.
    pub pk: Option<u64>,
    /// Its `source_incident_id`, if there is one.
    pub source_incident_id: Option<String>,
    /// What is wrong with it: one printable line of at most 200 bytes.
    pub reason: String,
}

/// Reads the answer to a call.
///
/// Total, whatever the bytes. What comes out is bounded by the size of the body, which
/// [`HttpRequest::max_body`](crate::face::HttpRequest) bounds; a list of more than 100000 rows and an incident of more
/// than 1000 tags are not understood.
///
/// # Errors
///
/// [`ArgusError`] for every status but 2xx, and for a 2xx that does not answer the call.
pub fn read_reply(call: &Call, response: &Response<'_>) -> Result<Reply, ArgusError> {
    match response.status {
        400..=599 => Err(refusal(call, response)),
        _ => read_success(response, |body| read_body(call, body)),
    }
}

/// Reads an answer whose body `read` understands, to a question that no refusal has a meaning of its own for.
///
/// # Errors
///
/// As [`read_reply`].
pub(super) fn read_success<T>(
    response: &Response<'_>,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, ArgusError> {
    let status = response.status;
    match status {
        200..=299 => {
            // A broken character costs the text that it stands in, not the answer.
            let body = match core::str::from_utf8(response.body) {
                Ok(body) => Cow::Borrowed(body),
                Err(_) => String::from_utf8_lossy(response.body),
            };
            read(&body).map_err(|reason| ArgusError::Unreadable { status, reason })
        }
        300..=399 => Err(ArgusError::Redirected { status }),
        400..=599 => Err(plain_refusal(response)),
        status => Err(ArgusError::Unreadable { status, reason: reason(response.body) }),
    }
}

/// Reads a status of 400 to 599 as an answer to a call.
fn refusal(call: &Call, response: &Response<'_>) -> ArgusError {
    let Response { status, body, .. } = *response;
    match status {
        400 if matches!(call, Call::Create(_)) && contains(body, NO_SOURCE) => {
            ArgusError::NoSource { status }
        }
        403 if matches!(call, Call::Heartbeat) && body.is_empty() => ArgusError::NoSource { status },
        404 if call.names_an_incident() && has_field(body, "detail") => ArgusError::Missing,
        400 if matches!(call, Call::Create(_)) && contains(body, DUPLICATE) => ArgusError::Duplicate,
        400 if matches!(call, Call::Post { .. }) && has_field(body, "type") => {
            ArgusError::UnsupportedType { reason: reason(body) }
        }
        _ => plain_refusal(response),
    }
}

/// Reads a status of 400 to 599 by itself, whatever was asked for.
fn plain_refusal(response: &Response<'_>) -> ArgusError {
    let Response { status, retry_after, body, .. } = *response;
    match status {
        401 => ArgusError::Unauthorized { reason: reason(body) },
        403 => ArgusError::Forbidden { reason: reason(body) },
        408 | 425 | 429 | 503 => ArgusError::Throttled {
            status,
            retry_after: retry_after.and_then(RetryAfter::decode),
            reason: reason(body),
        },
        500.. => ArgusError::Server { status, reason: reason(body) },
        _ => ArgusError::Refused { status, reason: reason(body) },
    }
}

fn contains(body: &[u8], needle: &[u8]) -> bool {
    body.windows(needle.len()).any(|window| window == needle)
}

/// Reads the body of a success.
fn read_body(call: &Call, body: &str) -> Result<Reply, String> {
    match call {
        Call::Count(_) => read_count(body),
        Call::List { .. } | Call::ListNext { .. } => read_page(body).map(Reply::Page),
        Call::Lookup { source_incident_id } => read_lookup(body, source_incident_id).map(Reply::Page),
        Call::Feed | Call::FeedNext { .. } => read_feed(body).map(Reply::Feed),
        Call::Events { .. } => read_events(body).map(Reply::Events),
        Call::Create(_) => wire::incident(body).map(Reply::Created),
        Call::Post { .. } => wire::event(body).map(Reply::Posted),
        Call::Patch { .. } => wire::incident(body).map(Reply::Patched),
        Call::Heartbeat => Ok(Reply::Beat),
    }
}

fn read_count(body: &str) -> Result<Reply, String> {
    let raw = parse(body)?;
    match raw.count {
        Some(count) => Ok(Reply::Count(count)),
        None => page(raw).map(Reply::Page),
    }
}

fn read_page(body: &str) -> Result<Page, String> {
    page(parse(body)?)
}

/// Reads the answer to a lookup. Argus ignores a filter that it does not understand and answers with everything
/// (reference argus-api 3): nothing is concluded from that.
fn read_lookup(body: &str, id: &str) -> Result<Page, String> {
    let page = read_page(body)?;
    let id = stored(id);
    let strange = page.rows.iter().any(|row| stored(&row.source_incident_id) != id);
    if strange || id.is_empty() {
        return Err(String::from("the server did not look for this id alone"));
    }
    Ok(page)
}

fn parse(body: &str) -> Result<RawPage<'_>, String> {
    serde_json::from_str(body).map_err(|error| line(&error.to_string()))
}

fn read_feed(body: &str) -> Result<Feed, String> {
    let (rows, _, next) = rows_of(parse(body)?, wire::feed_row)?;
    Ok(Feed { rows, next })
}

fn page(raw: RawPage<'_>) -> Result<Page, String> {
    let (rows, bad_rows, next) = rows_of(raw, wire::incident)?;
    Ok(Page { rows, bad_rows, next })
}

/// What a page holds: the rows, those that could not be understood, and the query of the next page.
type Rows<T> = (Vec<T>, Vec<BadRow>, Option<String>);

fn rows_of<T>(raw: RawPage<'_>, read: impl Fn(&str) -> Result<T, String>) -> Result<Rows<T>, String> {
    let results = raw.results.ok_or_else(|| String::from("missing field `results`"))?;
    let (rows, bad_rows) = rows(&results.0, read);
    let next = raw.next.map(|link| wire::query_of(&link.0)).transpose()?;
    Ok((rows, bad_rows, next))
}

fn read_events(body: &str) -> Result<Events, String> {
    let raw: RawRows<'_> = serde_json::from_str(body).map_err(|error| line(&error.to_string()))?;
    let (mut rows, bad_rows) = rows(&raw.0, wire::event);
    // The server gives events of one second in no promised order.
    rows.sort_by_key(|event| (event.at, event.pk));
    Ok(Events { rows, bad_rows })
}

/// Reads each row by itself.
fn rows<T>(raw: &[&RawValue], read: impl Fn(&str) -> Result<T, String>) -> (Vec<T>, Vec<BadRow>) {
    let (mut rows, mut bad_rows) = (Vec::with_capacity(raw.len()), Vec::new());
    for raw in raw {
        match read(raw.get()) {
            Ok(row) => rows.push(row),
            Err(reason) => bad_rows.push(bad_row(raw.get(), reason)),
        }
    }
    (rows, bad_rows)
}

fn bad_row(row: &str, reason: String) -> BadRow {
    let name: RawName<'_> =
        serde_json::from_str(row).unwrap_or(RawName { pk: None, source_incident_id: None });
    let source_incident_id = name.source_incident_id.map(|id| id.0.into_owned());
    BadRow { pk: name.pk, source_incident_id, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Millis;
    use crate::model::{EndTime, EventType, NewEvent, NewIncident, Patch, Tag};
    use crate::wire::argus::Filter;
    use alloc::format;
    use alloc::vec;
    use proptest::prelude::*;

    const ROW: &str = concat!(
        r#"{"pk":20,"start_time":"2026-11-22T13:00:00+01:00","end_time":"infinity","#,
        r#""source":{"pk":3,"name":"zino2","type":{"name":"zino"},"user":4,"base_url":""},"#,
        r#""source_incident_id":"4711","details_url":"","description":"bl\u00e5 \"b\"","level":3,"ticket_url":"","#,
        r#""metadata":{},"tags":[{"added_by":4,"added_time":"x","tag":"host=b"},{"added_by":9,"tag":"a=1"}],"#,
        r#""stateful":true,"open":true,"acked":false}"#,
    );
    const EVENT: &str = concat!(
        r#"{"pk":62,"incident":63,"actor":{"pk":4,"username":"zino2"},"timestamp":"2026-11-22T13:30:00+01:00","#,
        r#""received":"2026-11-22T15:31:34.017328+01:00","type":{"value":"END","display":"Incident end"},"#,
        r#""description":"over"}"#,
    );

    fn calls() -> Vec<Call> {
        let event = NewEvent { at: 0, event_type: EventType::Other, description: String::new() };
        let incident = NewIncident {
            start_time: 0,
            source_incident_id: String::from("4711"),
            description: String::new(),
            level: 3,
            tags: vec![],
        };
        vec![
            Call::Count(Filter::Open),
            Call::List { filter: Filter::Open },
            Call::ListNext { query: String::from("cursor=x") },
            Call::Lookup { source_incident_id: String::from("4711") },
            Call::Feed,
            Call::FeedNext { query: String::from("cursor=x") },
            Call::Events { pk: 20 },
            Call::Create(incident),
            Call::Post { pk: 20, event },
            Call::Patch { pk: 20, patch: Patch::default() },
            Call::Heartbeat,
        ]
    }

    fn list() -> Call {
        Call::List { filter: Filter::Open }
    }

    fn read(call: &Call, status: u16, body: &str) -> Result<Reply, ArgusError> {
        read_reply(call, &Response { status, retry_after: None, date: None, body: body.as_bytes() })
    }

    #[test]
    fn b11_a_page_of_the_feed_says_who_did_something_to_which_incident_and_when() {
        let body = format!(
            r#"{{"next":"http://argus/api/v2/incidents/events/?cursor=x","previous":null,"results":[{EVENT},{{"pk":1}}]}}"#
        );
        let row = FeedRow { pk: 62, incident: 63, actor: 4, at: 1_795_350_600, received: 1_795_357_894 };
        let feed = Feed { rows: vec![row], next: Some("cursor=x".into()) };
        assert_eq!(read(&Call::Feed, 200, &body), Ok(Reply::Feed(feed)));
        assert!(read(&Call::Feed, 200, "[]").is_err());
    }

    fn read_rows(rows: &[&str]) -> Page {
        let body = format!(r#"{{"next":null,"previous":null,"results":[{}]}}"#, rows.join(","));
        match read(&list(), 200, &body) {
            Ok(Reply::Page(page)) => page,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_incident_is_read_whole() {
        let expected = Incident {
            pk: 20,
            start_time: 1_795_348_800,
            end_time: EndTime::Infinity,
            source_user: 4,
            source_incident_id: "4711".into(),
            description: "blå \"b\"".into(),
            level: 3,
            open: true,
            acked: false,
            ticket_url: String::new(),
            tags: vec![Tag { text: "a=1".into(), ours: false }, Tag { text: "host=b".into(), ours: true }],
        };
        assert_eq!(read_rows(&[ROW]).rows, [expected]);
    }

    #[test]
    fn b14_fields_that_matter_to_nobody_may_be_missing_or_null() {
        let bare = concat!(
            r#"{"pk":1,"start_time":"1970-01-01T00:00:09Z","end_time":null,"source":{"user":4},"level":5,"open":false,"#,
            r#""acked":false,"tags":[],"ticket_url":null,"new":{"deep":[[[]]]}}"#,
        );
        let page = read_rows(&[bare]);
        assert_eq!(page.bad_rows, []);
        let row = &page.rows[0];
        assert_eq!((row.start_time, row.end_time), (9, EndTime::Stateless));
        assert_eq!((row.description.as_str(), row.ticket_url.as_str()), ("", ""));
    }

    #[test]
    fn b14_a_bad_row_costs_no_other() {
        let no_end = ROW.replacen(r#""end_time":"infinity","#, "", 1);
        let odd_start = ROW.replacen("2026-11-22T13:00:00+01:00", "yesterday\\n", 1);
        let odd_level = ROW.replacen(r#""level":3"#, r#""level":"high""#, 1);
        let twice = ROW.replacen(r#""level":3"#, r#""level":3,"level":3"#, 1);
        let lone = ROW.replacen("bl\\u00e5", "\\ud83d", 1);
        let odd_name = r#"{"pk":"x","source_incident_id":12}"#;
        let rows =
            [ROW, &no_end, "null", &odd_start, "[[1]]", &odd_level, &twice, &lone, odd_name, "{}", ROW];
        let page = read_rows(&rows);
        assert_eq!((page.rows.len(), page.bad_rows.len()), (2, 9));
        let bad = |pk: Option<u64>, id: Option<&str>, reason: &str| BadRow {
            pk,
            source_incident_id: id.map(String::from),
            reason: reason.into(),
        };
        let at = |index: usize| {
            let mut row = page.bad_rows[index].clone();
            // What the library adds about the place is its own business.
            if let Some(end) = row.reason.find(" at line") {
                row.reason.truncate(end);
            }
            row
        };
        assert_eq!(at(0), bad(Some(20), Some("4711"), "missing field `end_time`"));
        assert_eq!(at(2), bad(Some(20), Some("4711"), "start_time: not a timestamp: yesterday"));
        assert_eq!(at(5), bad(Some(20), Some("4711"), "duplicate field `level`"));
        assert_eq!(at(6).pk, Some(20));
        assert_eq!((at(7).pk, at(7).source_incident_id), (None, None));
    }

    #[test]
    fn b14_a_broken_character_costs_its_text_only() {
        let body = format!(r#"{{"results":[{ROW}]}}"#).replacen("4711", "47?11", 1);
        let mut body = body.into_bytes();
        let broken = body.iter().position(|byte| *byte == b'?').expect("the mark");
        body[broken] = 0xe5;
        let response = Response { status: 200, retry_after: None, date: None, body: &body };
        let Ok(Reply::Page(page)) = read_reply(&list(), &response) else { panic!("not a page") };
        assert_eq!(page.rows[0].source_incident_id, "47\u{fffd}11");
    }

    #[test]
    fn b14_an_unknown_or_unreadable_event_loses_no_other() {
        let unknown = EVENT.replacen("END", "XYZ", 1);
        let older = EVENT.replacen("\"pk\":62", "\"pk\":61", 1);
        let body = format!(r#"[{EVENT},{unknown},{{"pk":7}},{older}]"#);
        let Ok(Reply::Events(events)) = read(&Call::Events { pk: 63 }, 200, &body) else {
            panic!("no events")
        };
        let found: Vec<_> = events.rows.iter().map(|event| (event.pk, event.event_type)).collect();
        assert_eq!(found, [(61, EventType::End), (62, EventType::End), (62, EventType::Unknown)]);
        assert_eq!((events.bad_rows.len(), events.bad_rows[0].pk), (1, Some(7)));
    }

    #[test]
    fn b14_more_rows_than_anybody_has_are_not_read() {
        let body = |count: usize| format!(r#"{{"results":[{}0]}}"#, "0,".repeat(count - 1));
        let Ok(Reply::Page(page)) = read(&list(), 200, &body(wire::MAX_ROWS)) else { panic!("not a page") };
        assert_eq!(page.bad_rows.len(), wire::MAX_ROWS);
        let too_many = read(&list(), 200, &body(wire::MAX_ROWS + 1));
        assert!(matches!(too_many, Err(ArgusError::Unreadable { status: 200, .. })));
        let tags =
            ROW.replacen(r#""tags":["#, &format!(r#""tags":[{}"#, r#"{"tag":"a=1"},"#.repeat(1000)), 1);
        assert_eq!(read_rows(&[&tags, ROW]).rows.len(), 1);
    }

    #[test]
    fn b51_of_a_next_link_only_the_query_is_taken() {
        let page = |next: &str| read(&list(), 200, &format!(r#"{{"next":{next},"results":[]}}"#));
        let next = |link: &str| match page(&format!("\"{link}\"")) {
            Ok(Reply::Page(page)) => page.next,
            other => panic!("{other:?}"),
        };
        let query = Some(String::from("cursor=cD0%3D&open=true"));
        assert_eq!(next("http://internal:8000/api/v2/incidents/mine/?cursor=cD0%3D&open=true"), query);
        assert_eq!(next("https://evil.example.org/?cursor=cD0%3D&open=true#x"), query);
        assert_eq!(page("null"), Ok(Reply::Page(Page::default())));
        let long = format!("\"http://h/?{}\"", "x".repeat(5000));
        for bad in [
            r#""http://h/p""#,
            r#""http://h/?""#,
            r#""http://h/?a b""#,
            r#""?a\r\nX: y""#,
            r#""?ø""#,
            "5",
            &long,
        ] {
            assert!(matches!(page(bad), Err(ArgusError::Unreadable { status: 200, .. })), "{bad}");
        }
    }

    #[test]
    fn b13_a_404_is_a_missing_incident_only_in_the_words_of_argus() {
        let known = r#"{"detail":"No Incident matches the given query."}"#;
        for call in calls() {
            let missing = read(&call, 404, known) == Err(ArgusError::Missing);
            assert_eq!(missing, call.names_an_incident(), "{call:?}");
            for body in ["", "<title>Not here</title>", "[]", "\"detail\"", "{}"] {
                assert!(matches!(read(&call, 404, body), Err(ArgusError::Refused { status: 404, .. })));
            }
        }
    }

    #[test]
    fn b13_a_success_that_makes_no_sense_is_in_doubt() {
        for call in calls().iter().filter(|call| **call != Call::Heartbeat) {
            for body in ["", "{}", "null", "<html></html>", "\"x\"", "{\"pk\":1}", "[1"] {
                let Err(error) = read(call, 200, body) else { panic!("{body:?} to {call:?}") };
                assert!(error.is_ambiguous() && !error.may_be_under_way(), "{error:?}");
            }
        }
        assert_eq!(read(&Call::Heartbeat, 204, ""), Ok(Reply::Beat));
    }

    #[test]
    fn b51_a_server_that_is_busy_says_when_to_come_back() {
        for status in [408, 425, 429, 503] {
            let response = Response { status, retry_after: Some("7"), date: None, body: b"" };
            let error = read_reply(&list(), &response).expect_err("an error");
            assert_eq!(error.retry_after(crate::face::Wall(0)), Some(Millis::from_secs(7)), "{status}");
        }
        let error = read(&list(), 502, "").expect_err("an error");
        assert_eq!(error.retry_after(crate::face::Wall(0)), None);
    }

    #[test]
    fn b30_a_refused_type_is_told_from_a_refused_event() {
        let calls = calls();
        let post = calls.iter().find(|call| matches!(call, Call::Post { .. })).expect("a post");
        let refused =
            read(post, 400, r#"{"type":["\"RES\" is not a valid choice."]}"#).expect_err("an error");
        assert!(refused.is_unsupported_type());
        for (call, body) in [(post, r#"{"timestamp":["wrong"]}"#), (&list(), r#"{"type":"x"}"#)] {
            assert!(!read(call, 400, body).expect_err("an error").is_unsupported_type(), "{body}");
        }
    }

    #[test]
    fn b53_a_server_without_heartbeat_is_noticed() {
        for (status, body) in [(404, r#"{"detail":"Not found."}"#), (404, "<p>"), (405, "{}"), (403, "")] {
            let error = read(&Call::Heartbeat, status, body).expect_err("an error");
            assert!(error.is_no_heartbeat(), "{error:?}");
        }
        for status in [401, 429, 500, 503] {
            assert!(!read(&Call::Heartbeat, status, "").expect_err("an error").is_no_heartbeat(), "{status}");
        }
    }

    proptest! {
        #[test]
        fn b14_no_answer_panics(status: u16, body: Vec<u8>, retry_after: Option<String>) {
            for call in calls() {
                let response = Response { status, retry_after: retry_after.as_deref(), date: None, body: &body };
                let _ = read_reply(&call, &response);
            }
        }

        #[test]
        fn b14_no_damaged_answer_panics(
            status in prop::sample::select(vec![200_u16, 201, 400, 404, 500]),
            damage in prop::collection::vec((0..700_usize, any::<u8>()), 0..6),
            end in 0..900_usize,
        ) {
            let page = format!(r#"{{"next":"http://h/?c=1","results":[{ROW}]}}"#);
            for whole in [page.as_str(), ROW, EVENT, &format!("[{EVENT},{EVENT}]")] {
                let mut body = whole.as_bytes().to_vec();
                body.truncate(end);
                for (at, byte) in &damage {
                    if let Some(place) = body.get_mut(*at) {
                        *place = *byte;
                    }
                }
                for call in calls() {
                    let _ = read_reply(&call, &Response { status, retry_after: None, date: None, body: &body });
                }
            }
        }
    }
}
