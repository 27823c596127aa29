//! `GET incidents/mine/`, `GET incidents/` and the feed of events, with their pages (reference argus-api 3, "the event
//! feed").

use super::board::{Event, Incident};
use super::cursor::Cursor;
use super::filter::Filter;
use super::http::HttpReply;
use super::query::encode_query;
use super::routes::Admitted;
use super::server::ArgusServer;
use core::cmp::Reverse;
use serde_json::{Value, json};

/// How many rows a page has where nobody asks.
const PAGE_SIZE: usize = 100;

/// How many rows of one `start_time` the database deals out in another order from the second page on.
const SHUFFLED: usize = 5;

/// A row of a list that is sorted by a time, the newest first.
struct Row<T> {
    /// Microseconds.
    at: i64,
    pk: u64,
    what: T,
}

impl<'a> Row<&'a Incident> {
    const fn of_incident(incident: &'a Incident) -> Self {
        Self { at: incident.start_time, pk: incident.pk, what: incident }
    }
}

impl<'a> Row<(u64, &'a Event)> {
    fn of_events(incident: &'a Incident) -> impl Iterator<Item = Self> {
        let row = |event: &'a Event| Self { at: event.timestamp, pk: event.pk, what: (incident.pk, event) };
        incident.events.iter().map(row)
    }
}

/// One page of rows.
struct Page<T> {
    rows: Vec<Row<T>>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
}

impl ArgusServer {
    /// Lists incidents, of one source or of all.
    pub(super) fn list(&mut self, admitted: &Admitted<'_>, source: Option<u64>) -> HttpReply {
        let now = self.moment(admitted.now);
        // With small pages on purpose, each listing loses other rows than the one before.
        let shuffled = self.options.page_limit.map_or(SHUFFLED, |_| self.next_order());
        let parameters = &admitted.parameters;
        let filter = match Filter::read(parameters, &self.zone) {
            Ok(filter) => filter,
            Err(errors) => return HttpReply::of_json(400, &errors),
        };
        let of_source = |incident: &&Incident| source.is_none_or(|source| source == incident.source);
        let rows = self.incidents.values().filter(of_source).filter(|incident| filter.passes(incident, now));
        if self.options.knows_count && parameters.contains_key("count") {
            return HttpReply::of_json(200, &json!({ "count": rows.count(), "params": parameters }));
        }
        let page = match self.cut(admitted, rows.map(Row::of_incident).collect(), shuffled) {
            Ok(page) => page,
            Err(reply) => return reply,
        };
        let results = page.rows.iter().map(|row| self.incident_json(row.what, now)).collect();
        paged(admitted, page.next, page.previous, results)
    }

    /// Lists the events of all incidents, whoever asks.
    pub(super) fn feed(&self, admitted: &Admitted<'_>) -> HttpReply {
        if !self.options.knows_feed {
            return HttpReply::detail(404, "Not found.");
        }
        let rows = self.incidents.values().flat_map(Row::of_events).collect();
        let page = match self.cut(admitted, rows, SHUFFLED) {
            Ok(page) => page,
            Err(reply) => return reply,
        };
        let results = page.rows.iter().map(|row| self.event_json(row.what.0, row.what.1)).collect();
        paged(admitted, page.next, page.previous, results)
    }

    /// Cuts out the page that is asked for.
    fn cut<T>(
        &self,
        admitted: &Admitted<'_>,
        rows: Vec<Row<T>>,
        shuffled: usize,
    ) -> Result<Page<T>, HttpReply> {
        let parameters = &admitted.parameters;
        let cursor = match parameters.get("cursor").map(|text| Cursor::decode(text)) {
            None => Cursor::default(),
            Some(Some(cursor)) if !cursor.reverse => cursor,
            Some(_) => return Err(HttpReply::detail(404, "Invalid cursor")),
        };
        let wanted = parameters.get("page_size").and_then(|text| text.parse().ok()).filter(|&size| size > 0);
        let size = wanted.unwrap_or(PAGE_SIZE).min(self.options.page_limit.unwrap_or(usize::MAX)).max(1);
        Ok(cut_page(rows, cursor, size, shuffled))
    }
}

/// Answers with a page, and with links to those beside it.
fn paged(
    admitted: &Admitted<'_>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
    results: Vec<Value>,
) -> HttpReply {
    let link = |cursor: Option<Cursor>| {
        let mut parameters = admitted.parameters.clone();
        parameters.insert(String::from("cursor"), cursor?.encode());
        let query = encode_query(&parameters);
        Some(format!("http://{}{}?{query}", admitted.request.host, admitted.path))
    };
    HttpReply::of_json(200, &json!({ "next": link(next), "previous": link(previous), "results": results }))
}

/// Cuts out one page.
///
/// Rows are sorted by their time alone. Where nothing else breaks a tie, the database gives equal rows in one order
/// to the first page and in another to the later ones, so that some rows come twice and some never.
fn cut_page<T>(mut rows: Vec<Row<T>>, cursor: Cursor, size: usize, shuffled: usize) -> Page<T> {
    rows.retain(|row| cursor.position.is_none_or(|position| row.at < position));
    rows.sort_by_key(|row| (Reverse(row.at), row.pk));
    if cursor.offset > 0 {
        for tied in rows.chunk_by_mut(|one, other| one.at == other.at) {
            let by = if shuffled == SHUFFLED { SHUFFLED.min(tied.len() - 1) } else { shuffled % tied.len() };
            tied.rotate_left(by);
        }
    }
    let mut rest = rows.split_off(cursor.offset.min(rows.len()));
    let following = rest.get(size).map(|row| row.at);
    rest.truncate(size);
    let is_first = cursor.position.is_none() && cursor.offset == 0;
    let newest = rest.first().map(|row| row.at);
    let previous = (!is_first).then_some(Cursor { offset: 0, reverse: true, position: newest });
    let next = following.map(|following| next_cursor(&rest, following, cursor, size, is_first));
    Page { rows: rest, next, previous }
}

/// Says where the next page begins: after the last row of this one that differs from what follows it, with as many rows
/// to skip as this page has after that one. Where all rows are equal, only the offset grows.
fn next_cursor<T>(page: &[Row<T>], following: i64, cursor: Cursor, size: usize, is_first: bool) -> Cursor {
    let (mut compare, mut offset) = (following, 0);
    for row in page.iter().rev() {
        if row.at != compare {
            return Cursor { offset, reverse: false, position: Some(row.at) };
        }
        compare = row.at;
        offset += 1;
    }
    let offset = if is_first { size } else { cursor.offset + size };
    Cursor { offset, reverse: false, position: cursor.position }
}
