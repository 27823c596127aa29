//! `GET incidents/mine/` and `GET incidents/`, with their pages (reference argus-api 3).

use super::board::Incident;
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

/// One page of rows.
struct Page<'a> {
    rows: Vec<&'a Incident>,
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
        let cursor = match parameters.get("cursor").map(|text| Cursor::decode(text)) {
            None => Cursor::default(),
            Some(Some(cursor)) if !cursor.reverse => cursor,
            Some(_) => return HttpReply::detail(404, "Invalid cursor"),
        };
        let wanted = parameters.get("page_size").and_then(|text| text.parse().ok()).filter(|&size| size > 0);
        let size = wanted.unwrap_or(PAGE_SIZE).min(self.options.page_limit.unwrap_or(usize::MAX)).max(1);
        let page = cut_page(rows.collect(), cursor, size, shuffled);
        let results: Vec<Value> =
            page.rows.iter().map(|incident| self.incident_json(incident, now)).collect();
        let link = |cursor: Option<Cursor>| {
            let mut parameters = parameters.clone();
            parameters.insert(String::from("cursor"), cursor?.encode());
            let query = encode_query(&parameters);
            Some(format!("http://{}{}?{query}", admitted.request.host, admitted.path))
        };
        let body = json!({ "next": link(page.next), "previous": link(page.previous), "results": results });
        HttpReply::of_json(200, &body)
    }
}

/// Cuts out one page.
///
/// Rows are sorted by `start_time` alone. Where nothing else breaks a tie, the database gives equal rows in one order
/// to the first page and in another to the later ones, so that some rows come twice and some never.
fn cut_page(mut rows: Vec<&Incident>, cursor: Cursor, size: usize, shuffled: usize) -> Page<'_> {
    rows.retain(|row| cursor.position.is_none_or(|position| row.start_time < position));
    rows.sort_by_key(|row| (Reverse(row.start_time), row.pk));
    if cursor.offset > 0 {
        for tied in rows.chunk_by_mut(|one, other| one.start_time == other.start_time) {
            let by = if shuffled == SHUFFLED { SHUFFLED.min(tied.len() - 1) } else { shuffled % tied.len() };
            tied.rotate_left(by);
        }
    }
    let mut rest = rows.split_off(cursor.offset.min(rows.len()));
    let following = rest.get(size).map(|row| row.start_time);
    rest.truncate(size);
    let is_first = cursor.position.is_none() && cursor.offset == 0;
    let newest = rest.first().map(|row| row.start_time);
    let previous = (!is_first).then_some(Cursor { offset: 0, reverse: true, position: newest });
    let next = following.map(|following| next_cursor(&rest, following, cursor, size, is_first));
    Page { rows: rest, next, previous }
}

/// Says where the next page begins: after the last row of this one that differs from what follows it, with as many rows
/// to skip as this page has after that one. Where all rows are equal, only the offset grows.
fn next_cursor(page: &[&Incident], following: i64, cursor: Cursor, size: usize, is_first: bool) -> Cursor {
    let (mut compare, mut offset) = (following, 0);
    for row in page.iter().rev() {
        if row.start_time != compare {
            return Cursor { offset, reverse: false, position: Some(row.start_time) };
        }
        compare = row.start_time;
        offset += 1;
    }
    let offset = if is_first { size } else { cursor.offset + size };
    Cursor { offset, reverse: false, position: cursor.position }
}
