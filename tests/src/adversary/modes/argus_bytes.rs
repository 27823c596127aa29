//! What Argus can do with a connection, whatever was asked.

use crate::adversary::argus::{answer, encode};
use crate::adversary::limits::Limits;
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

pub(super) fn modes() -> Vec<Mode> {
    [connections(), heads(), bodies()].concat()
}

fn connections() -> Vec<Mode> {
    vec![
        Mode::argus_connects(
            "argus-mute",
            "accepts and never says a word, as long as the client stays",
            || vec![Say::SilenceForEver],
        ),
        Mode::argus_connects("argus-closed", "closes each connection at once", || vec![Say::Close]),
        Mode::argus_connects("argus-reset", "answers each request with a reset", || vec![Say::Reset]),
        Mode::argus_connects("argus-speaks-first", "sends an answer before it was asked", || {
            vec![Say::Bytes(answer(200, "", b"[]")), Say::Silence]
        }),
        Mode::argus_connects("argus-speaks-h2", "speaks HTTP/2, which it was not asked for", || {
            let settings = b"\0\0\0\x04\0\0\0\0\0".to_vec();
            let goaway = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
            vec![Say::Bytes(settings), Say::Bytes(goaway), Say::Silence]
        }),
        Mode::argus_connects("argus-is-zino", "greets as a Zino", || {
            vec![Say::text("200 0123456789abcdef0123456789abcdef01234567 Hello, there\r\n"), Say::Silence]
        }),
        Mode::argus(
            "argus-never-answers",
            "reads requests and does not answer, as long as the client stays",
            |_| Some(vec![Say::SilenceForEver]),
        ),
        Mode::argus(
            "argus-done-and-cut",
            "does what it is asked for, and closes in the place of an answer",
            |posed| {
                let _ = posed.honest();
                Some(vec![Say::Close])
            },
        ),
        Mode::argus(
            "argus-one-answer-each",
            "closes the connection after each answer, without saying so",
            |posed| Some(vec![Say::Bytes(encode(&posed.honest())), Say::Close]),
        )
        .isolated(),
        Mode::argus("argus-dripping", "the answers, one byte a second", |posed| {
            Some(vec![Say::Drip(encode(&posed.honest()), SECOND)])
        }),
    ]
}

fn heads() -> Vec<Mode> {
    vec![
        Mode::argus("status-garbage", "a first line that is none, with escapes in it", |_| {
            Some(vec![Say::text("HTTP/9.9 \u{1b}[31m abc\r\n\r\n")])
        }),
        Mode::argus("status-out-of-range", "a status of 999, with the token as its reason", |_| {
            let line = format!("HTTP/1.1 999 {}\r\nContent-Length: 0\r\n\r\n", crate::adversary::TOKEN);
            Some(vec![Say::text(&line)])
        }),
        Mode::argus("line-without-end", "a first line that never ends", |_| {
            Some(vec![Say::text("HTTP/1.1 200 "), Say::Endless(vec![b'x'; 65_536])])
        }),
        Mode::argus("headers-without-end", "headers that never end", |_| {
            Some(vec![Say::text(HEAD), Say::Endless(b"x-header: again\r\n".repeat(1000))])
        }),
        Mode::argus("header-huge", "a header of 10 MB", |_| {
            let head = format!("{HEAD}x-header: {}\r\n\r\n", "x".repeat(10_000_000));
            Some(vec![Say::text(&head), Say::Silence])
        }),
        Mode::argus("continues-without-end", "100 Continue again and again, and no answer", |_| {
            Some(vec![Say::Endless(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1000))])
        })
        .allow(|limits| {
            limits.processor(8, "an interim answer is no end of the wait, argus.timeout is (B51)")
        }),
        Mode::argus("http-0-9", "a body without a head", |_| {
            Some(vec![Say::text("{\"count\": 3}\n"), Say::Close])
        }),
        Mode::argus("date-absurd", "a clock that is wrong by thousands of years", |posed| {
            let reply = posed.honest();
            Some(vec![Say::Bytes(answer(
                reply.status,
                "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
                &reply.body,
            ))])
        })
        .isolated(),
    ]
}

fn bodies() -> Vec<Mode> {
    vec![
        Mode::argus("body-endless", "a body in pieces that never ends", |_| {
            let piece = format!("10000\r\n{}\r\n", " ".repeat(65_536));
            let head = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
            Some(vec![Say::text(&head), Say::Endless(piece.into_bytes())])
        })
        // A read that failed is told at each try, and one that was too large counts as no outage (behaviour B51).
        .allow(|limits| Limits {
            loud_lines: 60,
            lines: 90,
            ..limits.memory(250, "a page of 64 MiB is read (MAX_PAGE)").processor(8, "64 MiB a page")
        }),
        Mode::argus("pieces-wrong", "a body in pieces whose lengths are none", |_| {
            let head = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n");
            Some(vec![Say::text(&head), Say::Silence])
        }),
        Mode::argus("body-of-100-mb", "a body of 100 MB of JSON", |_| {
            let head = format!("{HEAD}Content-Length: 100000000\r\n\r\n[");
            let mut says = vec![Say::text(&head)];
            says.extend(vec![Say::Bytes(b"{\"pk\":1},".repeat(100_000)); 112]);
            Some(says)
        })
        // A read that failed is told at each try, and one that was too large counts as no outage (behaviour B51).
        .allow(|limits| Limits {
            loud_lines: 60,
            lines: 90,
            ..limits.memory(250, "a page of 64 MiB is read (MAX_PAGE)").processor(8, "64 MiB a page")
        }),
        Mode::argus("length-too-large", "promises more bytes than it sends, then closes", |posed| {
            let reply = posed.honest();
            let head = format!("{HEAD}Content-Length: {}\r\n\r\n", reply.body.len() + 10_000_000_000);
            Some(vec![Say::text(&head), Say::Bytes(reply.body), Say::Close])
        }),
        Mode::argus("length-too-small", "promises fewer bytes than it sends", |posed| {
            let reply = posed.honest();
            let head = format!("{HEAD}Content-Length: {}\r\n\r\n", reply.body.len() / 2);
            Some(vec![Say::text(&head), Say::Bytes(reply.body)])
        }),
        Mode::argus("length-is-none", "a length that is none, and two that differ", |_| {
            Some(vec![
                Say::text(&format!("{HEAD}Content-Length: -1\r\nContent-Length: 7\r\n\r\n{{}}")),
                Say::Silence,
            ])
        }),
        Mode::argus("gzip-said", "says gzip and sends plain text", |posed| {
            let reply = posed.honest();
            Some(vec![Say::Bytes(answer(reply.status, "Content-Encoding: gzip\r\n", &reply.body))])
        })
        .isolated(),
        Mode::argus("body-in-bad-bytes", "NUL, invalid UTF-8 and escapes in the place of JSON", |_| {
            Some(vec![Say::Bytes(answer(200, "", b"\0\xff\xfe\x1b[2J\xc0\x80\r\n\x85"))])
        }),
        Mode::argus("body-empty", "200 with an empty body for everything", |_| {
            Some(vec![Say::Bytes(answer(200, "", b""))])
        }),
    ]
}
