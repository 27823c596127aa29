//! What the rows of Argus's listings and events can hold.

use crate::adversary::TOKEN;
use crate::adversary::argus::{Posed, json};
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;
use serde_json::{Value, json as value};

/// Characters that begin a line of their own, or change what a terminal shows.
const ESCAPES: &str = "\u{1b}[2J\r\n2026-01-01T00:00:00.000000Z ERROR forged\u{85}\u{9b}31m\u{202e}\0";

pub(super) fn modes() -> Vec<Mode> {
    [pages(), broken(), lies()].concat()
}

/// Gives every answer to a listing, a count, a lookup or the feed another `next` and perhaps other rows.
fn page(posed: &Posed<'_>, change: impl FnOnce(&mut Value)) -> Option<Vec<Say>> {
    (posed.method == "GET").then(|| {
        posed.honest_but(|body| {
            if body.get("results").is_some() {
                change(body);
            }
        })
    })
}

/// Changes every row of a page.
fn rows(posed: &Posed<'_>, change: impl Fn(&mut Value)) -> Option<Vec<Say>> {
    page(posed, |body| {
        if let Some(rows) = body["results"].as_array_mut() {
            rows.iter_mut().for_each(change);
        }
    })
}

/// A row of another incident of ours that no case belongs to.
fn foreign(row: &Value, pk: u64) -> Value {
    let mut row = row.clone();
    row["pk"] = value!(pk);
    row["source_incident_id"] = value!(format!("made-up-{pk}"));
    row
}

fn pages() -> Vec<Mode> {
    vec![
        Mode::argus("next-without-end", "each page of a listing names a next one, with 5000 new rows", |posed| {
            let from: u64 = match posed.target.split_once("cursor=") {
                Some((_, number)) => number.parse().unwrap_or_default(),
                None if posed.is_listing() => 0,
                None => return None,
            };
            let row = foreign(&posed.row()?, 0).to_string();
            let pk = |number: u64| row.replace("\"pk\":0,", &format!("\"pk\":{},", 1_000_000 + number));
            let rows: Vec<_> = (from..from + 5000).map(|n| pk(n).replace("-0\"", &format!("-{n}\""))).collect();
            let next = format!("http://argus/?cursor={}", from + 5000);
            Some(json(&format!("{{\"next\":\"{next}\",\"results\":[{}]}}", rows.join(","))))
        })
        .lasting(15)
        .allow(|limits| limits.memory(300, "B51: 2,000 pages or 200,000 rows").processor(20, "200,000 rows")),
        Mode::argus("next-elsewhere", "each next page lies on another server", |posed| {
            let next = format!("http://127.0.0.1:{}/api/v2/incidents/mine/?page_size=5000", posed.elsewhere);
            page(posed, |body| body["next"] = value!(next))
        })
        .isolated(),
        Mode::argus("next-is-none", "the next page is no address, has 1 MB, or breaks the line", |posed| {
            let next = match posed.is_listing() {
                true => format!("?cursor={}", "x".repeat(1_000_000)),
                false => format!("?cursor={ESCAPES} HTTP/1.1"),
            };
            page(posed, |body| body["next"] = value!(next))
        }),
        Mode::argus("next-is-the-same", "each next page is the same one again", |posed| {
            let next = format!("http://argus{}", posed.target);
            page(posed, |body| body["next"] = value!(next))
        })
        .isolated(),
        Mode::argus("rows-repeated", "each row 20,000 times", |posed| {
            page(posed, |body| {
                let first = body["results"].as_array().and_then(|rows| rows.first().cloned());
                if let Some(first) = first {
                    body["results"] = Value::Array(vec![first; 20_000]);
                }
            })
        })
        .allow(|limits| limits.memory(96, "20,000 rows a page").processor(20, "20,000 rows, every half second")),
        Mode::argus("rows-made-up", "the listing has 20,000 incidents of ours that nobody made", |posed| {
            posed.is_listing().then(|| {
                posed.honest_but(|body| {
                    let first = body["results"].as_array().and_then(|rows| rows.first().cloned());
                    if let (Some(first), Some(rows)) = (first, body["results"].as_array_mut()) {
                        rows.extend((0..20_000).map(|n| foreign(&first, 1_000_000 + n)));
                    }
                })
            })
        })
        .isolated()
        .allow(|limits| limits.memory(96, "20,000 rows").processor(5, "20,000 rows, every five seconds")),
        Mode::argus("feed-always-new", "each look at the feed has new events, of other incidents, and a next page", |posed| {
            posed.is_feed().then(|| {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let pk = u64::try_from(now.unwrap_or_default().as_micros()).unwrap_or(0);
                let row = |n: u64| value!({
                    "pk": pk * 100 + n, "incident": 900_000 + n, "actor": {"pk": 77, "username": "x"},
                    "timestamp": "2026-11-25T12:00:00Z", "received": "2099-11-25T12:00:00Z",
                    "type": {"value": "OTH"}, "description": ESCAPES,
                });
                let rows: Vec<_> = (0..100).map(row).collect();
                json(&value!({"next": format!("http://argus/?cursor={pk}"), "previous": null, "results": rows}).to_string())
            })
        })
        .isolated()
        .allow(|limits| limits.processor(3, "B11: at most six pages, two times a second")),
    ]
}

fn broken() -> Vec<Mode> {
    vec![
        Mode::argus("json-cut", "half of the JSON, with the right length", |posed| {
            (posed.method == "GET").then(|| {
                let body = String::from_utf8_lossy(&posed.honest().body).into_owned();
                json(body.get(..body.len() / 2).unwrap_or("["))
            })
        }),
        Mode::argus("json-deep", "100,000 brackets, one in another", |posed| {
            (posed.method == "GET").then(|| json(&("[".repeat(100_000) + &"]".repeat(100_000))))
        }),
        Mode::argus("json-deep-in-rows", "rows with 100,000 brackets in a field", |posed| {
            (posed.method == "GET").then(|| {
                let deep = "[".repeat(100_000) + &"]".repeat(100_000);
                let body = String::from_utf8_lossy(&posed.honest().body).into_owned();
                json(&body.replace("\"level\":", &format!("\"x\":{deep},\"level\":")))
            })
        }),
        Mode::argus("json-of-another-shape", "numbers, texts and lists in the place of objects", |posed| {
            (posed.method == "GET").then(|| json("[7, \"x\", null, [[]], {\"results\": 7}, 1e999]"))
        }),
        Mode::argus("rows-of-another-shape", "every row is a number, a text or a list", |posed| {
            page(posed, |body| body["results"] = value!([7, "x", null, [[]], {"pk": "x"}, {"pk": -1}]))
        }),
        Mode::argus("numbers-out-of-range", "pks, levels and times that are out of range", |posed| {
            rows(posed, |row| {
                row["level"] = value!(1e300);
                row["start_time"] = value!("99999-99-99T99:99:99Z");
                row["timestamp"] = value!("-0001-00-00");
            })
        }),
        Mode::argus("texts-that-forge-lines", "texts with escapes and line ends, and the token", |posed| {
            let text = format!("{ESCAPES}{TOKEN}");
            rows(posed, |row| {
                row["description"] = value!(text);
                row["start_time"] = value!(text);
                row["ticket_url"] = value!(text);
            })
        }),
        Mode::argus("tags-without-end", "each row has 20,000 tags", |posed| {
            rows(posed, |row| {
                row["tags"] = Value::Array(vec![value!({"added_by": 1, "tag": "x=y"}); 20_000]);
            })
        })
        .allow(|limits| limits.memory(64, "20,000 tags a row").processor(10, "megabytes, twice a second")),
        Mode::argus("victim-events-endless", "the events of one incident never end", |posed| {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n";
            let piece = format!("10000\r\n{}\r\n", " ".repeat(65_536));
            (posed.method == "GET" && posed.is_about_the_victim())
                .then(|| vec![Say::text(head), Say::Endless(piece.into_bytes())])
        })
        .isolated()
        .allow(|limits| {
            limits.memory(96, "32 MiB of events are read (MAX_EVENTS)").processor(8, "32 MiB a try")
        }),
        Mode::argus(
            "victim-events-broken",
            "the events of one incident are broken, and tell the token",
            |posed| {
                let body = format!("[{{\"pk\": 1, \"actor\": \"{TOKEN}\\u001b[31m\"}}, 7]");
                (posed.method == "GET" && posed.is_about_the_victim()).then(|| json(&body))
            },
        )
        .isolated(),
    ]
}

fn lies() -> Vec<Mode> {
    vec![
        Mode::argus("listing-empty", "the listing is empty, and so is each lookup", |posed| {
            posed.target.contains("/mine/").then(|| {
                posed.honest_but(|body| match body.get("count").is_some() {
                    true => body["count"] = value!(0),
                    false => body["results"] = value!([]),
                })
            })
        }),
        Mode::argus("count-absurd", "counts that are negative, huge, or none", |posed| {
            posed.target.contains("count=1").then(|| json("{\"count\": -18446744073709551616}"))
        })
        .isolated(),
        Mode::argus("rows-of-another-time", "every row began at another time", |posed| {
            rows(posed, |row| row["start_time"] = value!("1999-01-01T00:00:00Z"))
        })
        .believed(),
        Mode::argus("rows-of-another-source", "every row belongs to another source", |posed| {
            rows(posed, |row| row["source"] = value!({"pk": 99, "user": 4711, "name": "x"}))
        })
        .believed(),
        Mode::argus("rows-with-our-numbers", "every row has the number of another case", |posed| {
            rows(posed, |row| row["source_incident_id"] = value!("2"))
        }),
        Mode::argus("rows-without-a-number", "every row has an empty number", |posed| {
            rows(posed, |row| row["source_incident_id"] = value!(""))
        }),
    ]
}
