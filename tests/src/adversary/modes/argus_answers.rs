//! What Argus can answer that is HTTP and no truth.

use crate::adversary::TOKEN;
use crate::adversary::argus::{Posed, answer, encode};
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;

pub(super) fn modes() -> Vec<Mode> {
    [statuses(), redirects(), writes()].concat()
}

fn status(status: u16, headers: &str, body: &str) -> Vec<Say> {
    vec![Say::Bytes(answer(status, headers, body.as_bytes()))]
}

fn statuses() -> Vec<Mode> {
    vec![
        Mode::argus("overloaded-absurdly", "429 and a Retry-After of 300 years", |_| {
            Some(status(429, "Retry-After: 9999999999\r\n", "{}"))
        })
        .allow(|limits| limits.recovery(75, "B51: Retry-After is honoured up to 60 s")),
        Mode::argus(
            "unavailable-for-no-time",
            "503 and a Retry-After that is none, or lies in the past",
            |posed| {
                let after = if posed.method == "GET" { "-5" } else { "Thu, 01 Jan 1970 00:00:00 GMT" };
                Some(status(503, &format!("Retry-After: {after}\r\nRetry-After: \x01\r\n"), "\u{1b}[31m"))
            },
        ),
        Mode::argus("errors-of-a-proxy", "502 with a page of 1 MB", |_| {
            Some(status(502, "Content-Type: text/html\r\n", &"<p>\u{1b}[5m".repeat(125_000)))
        }),
        Mode::argus("errors-for-everything", "500 for everything", |_| Some(status(500, "", "oh"))),
        Mode::argus("nothing-there", "404 for everything", |_| {
            Some(status(404, "", "{\"detail\": \"No Incident matches the given query.\"}"))
        }),
        Mode::argus(
            "argus-tells-secret",
            "400 for each write, with the token in it, and a line of its own",
            |posed| {
                let body =
                    format!("{{\"detail\": \"Token {TOKEN} \\u001b[31m\\nERROR forged {TOKEN}\\u0085\"}}");
                posed.is_write().then(|| status(400, "", &body))
            },
        ),
        Mode::argus("proxy-wants-login", "407 for everything", |_| {
            Some(status(407, "Proxy-Authenticate: Basic realm=\"\u{1}\"\r\n", ""))
        }),
        Mode::argus("no-content", "204 for everything", |_| Some(status(204, "", ""))),
        Mode::argus("switching", "101 Switching Protocols for everything", |_| {
            Some(vec![
                Say::text("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"),
                Say::Silence,
            ])
        }),
        Mode::argus("feed-refused", "500 for the event feed only", |posed| {
            posed.is_feed().then(|| status(500, "", "oh"))
        })
        .isolated(),
        Mode::argus("victim-refused", "500 for all about one incident, with the token", |posed| {
            posed.is_about_the_victim().then(|| status(500, "", TOKEN))
        })
        .isolated(),
        Mode::argus("victim-mute", "never answers what is about one incident", |posed| {
            posed.is_about_the_victim().then(|| vec![Say::SilenceForEver])
        })
        .isolated()
        .allow(|limits| limits.recovery(45, "B14: reading events has a patience of 30 s")),
    ]
}

fn location(posed: &Posed<'_>, target: &str) -> Vec<Say> {
    let location = target.replace("ELSEWHERE", &format!("http://127.0.0.1:{}", posed.elsewhere));
    status(302, &format!("Location: {location}\r\n"), "")
}

fn redirects() -> Vec<Mode> {
    vec![
        Mode::argus("redirect-in-circles", "redirects each request to itself", |posed| {
            Some(location(posed, posed.target))
        }),
        Mode::argus("redirect-elsewhere", "redirects each request to another server", |posed| {
            Some(location(posed, "ELSEWHERE/api/v2/incidents/mine/"))
        }),
        Mode::argus("redirect-to-nowhere", "redirects to what is no address", |posed| {
            Some(location(posed, "file:///etc/passwd#\u{1b}"))
        }),
        Mode::argus("redirect-for-good", "308 for each write, to another server", |posed| {
            let header = format!("Location: http://127.0.0.1:{}/\r\n", posed.elsewhere);
            posed.is_write().then(|| status(308, &header, ""))
        }),
    ]
}

fn writes() -> Vec<Mode> {
    vec![
        Mode::argus("created-without-pk", "201 without a pk, and nothing was made", |posed| {
            posed.is_creation().then(|| status(201, "", "{\"description\": \"made\"}"))
        }),
        Mode::argus("created-but-not", "201 with a pk that is no incident", |posed| {
            posed.is_creation().then(|| status(201, "", "{\"pk\": 987654321}"))
        }),
        Mode::argus(
            "created-as-another",
            "201 with the pk of another incident, and nothing was made",
            |posed| {
                let body = format!("{{\"pk\": {}}}", posed.victim);
                posed.is_creation().then(|| status(201, "", &body))
            },
        ),
        Mode::argus("created-with-huge-pk", "it is made, and 201 says a pk that is none", |posed| {
            posed.is_creation().then(|| posed.honest_but(|body| body["pk"] = serde_json::json!(1e300)))
        }),
        Mode::argus("written-but-not", "events are answered with 201 and not kept", |posed| {
            let is_event = posed.method == "POST" && posed.target.ends_with("/events/");
            is_event.then(|| status(201, "", "{\"pk\": 4711}"))
        }),
        Mode::argus("duplicate-said", "each creation is refused as a duplicate that is not there", |posed| {
            let body =
                "{\"non_field_errors\": [\"The fields source_incident_id, source must make a unique set.\"]}";
            posed.is_creation().then(|| status(400, "", body))
        }),
        Mode::argus("answers-swapped", "each answer is that of the request before", |posed| {
            let now = encode(&posed.honest());
            let before = posed.memory.replace(now.clone());
            Some(vec![Say::Bytes(if before.is_empty() { now } else { before })])
        })
        .believed(),
        Mode::argus("answers-doubled", "each answer twice", |posed| {
            Some(vec![Say::Bytes(encode(&posed.honest()).repeat(2))])
        }),
        Mode::argus("heartbeat-endless", "answers the heartbeat with a body that never ends", |posed| {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            let piece = format!("10000\r\n{}\r\n", " ".repeat(65_536));
            posed
                .target
                .contains("/heartbeat/")
                .then(|| vec![Say::text(head), Say::Endless(piece.into_bytes())])
        })
        .at_start()
        .isolated(),
    ]
}
