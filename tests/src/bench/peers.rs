//! What the two servers say of each case, byte for byte as the recorded ones would.

use glue_proto::wire::argus::PAGE_SIZE;
use glue_proto::{HttpRequest, Method};
use glue_sim::world::BEGIN;
use jiff::Timestamp;
use jiff::tz::Offset;
use std::fmt::Write;

/// The priority of a case to which nothing has happened.
const USUAL: i64 = 100;
/// The priority of a case that has become more urgent.
pub const RAISED: i64 = 500;
/// The machine's user in Argus.
const US: u64 = 4;
/// Rows of a page of the event feed, as many as are asked for.
const FEED_PAGE: usize = 25;
/// The pk of the incident of case 1, less one.
const FIRST_PK: u64 = 1000;

/// A Zino with the cases 1, 2, 3, ..., and an Argus with an incident for each that is open, both in agreement.
///
/// The older half of the cases is closed: Zino shows such cases for hours. Each case has two notes in its history, and both
/// are in Argus. The four types that get incidents take turns. The newest case can get further notes.
#[derive(Clone, Debug)]
pub struct Peers {
    priorities: Vec<i64>,
    /// How many of the cases are closed: the first ones.
    closed: u64,
    /// How many further notes the newest case has in Zino.
    written: i64,
    /// How many of them are in Argus.
    told: i64,
}

impl Peers {
    /// Makes servers with so many cases.
    #[must_use]
    pub fn new(cases: usize) -> Self {
        // What is left can be divided by the number of types.
        let closed = cases as u64 / 8 * 4;
        Self { priorities: vec![USUAL; cases], closed, written: 0, told: 0 }
    }

    /// Makes servers with so many cases, all of which are open.
    #[must_use]
    pub fn all_open(cases: usize) -> Self {
        Self { closed: 0, ..Self::new(cases) }
    }

    /// Makes servers with so many cases, the newest of which has so many further notes, all of them in Argus.
    #[must_use]
    pub fn with_notes(cases: usize, notes: i64) -> Self {
        Self { written: notes, told: notes, ..Self::new(cases) }
    }

    /// Writes so many further notes on the newest case in Zino. Argus has none of them.
    pub(super) const fn write_notes(&mut self, notes: i64) {
        self.written += notes;
    }

    /// Returns how many cases there are.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.priorities.len() as u64
    }

    /// Returns how many of them are closed: the first ones.
    #[must_use]
    pub const fn closed(&self) -> u64 {
        self.closed
    }

    /// Changes the priority of a case in Zino from the usual to the raised one, or back.
    pub(super) fn flip(&mut self, case: u64) {
        if let Some(priority) = self.index(case).and_then(|index| self.priorities.get_mut(index)) {
            *priority = if *priority == USUAL { RAISED } else { USUAL };
        }
    }

    fn index(&self, case: u64) -> Option<usize> {
        usize::try_from(case.checked_sub(1)?).ok()
    }

    fn priority(&self, case: u64) -> i64 {
        self.index(case).and_then(|index| self.priorities.get(index)).copied().unwrap_or(USUAL)
    }

    /// Adds Zino's answer to one line of the API channel.
    pub fn zino(&self, line: &str, out: &mut String) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let case = rest.trim().parse().unwrap_or(0);
        match word.trim() {
            "caseids" => self.ids(out),
            "getattrs" => self.attributes(case, out),
            "gethist" => history(case, self.further(case, self.written), out),
            "getlog" => log(case, out),
            "version" => out.push_str("200 zino version is 2.5.2\r\n"),
            _ => out.push_str("200 ok\r\n"),
        }
    }

    /// Returns how many of so many further notes are on a case.
    fn further(&self, case: u64, notes: i64) -> i64 {
        if case == self.cases() { notes } else { 0 }
    }

    fn ids(&self, out: &mut String) {
        out.push_str("304 list of active cases follows, terminated with '.'\r\n");
        for case in 1..=self.cases() {
            put(out, format_args!("{case}\r\n"));
        }
        out.push_str(".\r\n");
    }

    fn attributes(&self, case: u64, out: &mut String) {
        let (opened, router, kind) = (opened(case), router(case), kind(case));
        let priority = self.priority(case);
        let state = if case <= self.closed() { "closed" } else { "working" };
        put(
            out,
            format_args!(
                "303 simple attributes follow, terminated with '.'\r\nid: {case}\r\nrouter: {router}\r\ntype: {kind}\r\n\
                 state: {state}\r\nopened: {opened}\r\nupdated: {}\r\npriority: {priority}\r\nlasttrans: {opened}\r\n",
                opened + 40
            ),
        );
        match kind {
            "portstate" => {
                put(
                    out,
                    format_args!(
                        "port: ge-0/0/1\r\nifindex: 1\r\nportstate: down\r\ndescr: {}\r\n",
                        descr(case)
                    ),
                );
            }
            "bgp" => {
                put(
                    out,
                    format_args!("remote-addr: {}\r\nremote-AS: 64516\r\npeer-uptime: 0\r\n", address(case)),
                );
            }
            "alarm" => out.push_str("alarm-type: red\r\nalarm-count: 1\r\n"),
            _ => out.push_str("reachability: no-response\r\n"),
        }
        out.push_str(".\r\n");
    }

    /// Returns Argus's answer to a request: status and body.
    #[must_use]
    pub fn argus(&mut self, request: &HttpRequest) -> (u16, String) {
        let path = request.target.as_str();
        let incident = path.strip_prefix("incidents/").and_then(|rest| rest.split('/').next()?.parse().ok());
        let mut body = String::new();
        match (request.method, incident) {
            (Method::Get, None) if path.contains("count=1") => self.count(path, &mut body),
            (Method::Get, None) if path.starts_with("incidents/events/") => self.feed(&mut body),
            (Method::Get, None) => self.page(path, &mut body),
            (Method::Get, Some(pk)) => events(pk, self.further(case_of(pk), self.told), &mut body),
            (Method::Patch, Some(pk)) => self.row(case_of(pk), &mut body),
            (Method::Post, Some(pk)) => {
                note_event(pk, self.told, &mut body);
                self.told += 1;
            }
            (Method::Options, _) | (Method::Patch | Method::Post, None) => {}
        }
        (200, body)
    }

    /// Nothing is acknowledged, and nothing has a ticket.
    fn count(&self, path: &str, out: &mut String) {
        let all_open = !path.contains("acked=true") && !path.contains("ticket=true");
        put(out, format_args!("{{\"count\":{}}}", if all_open { self.cases() - self.closed() } else { 0 }));
    }

    /// Adds the newest page of the event feed: the beginnings of incidents, a minute apart. Nobody does anything.
    fn feed(&self, out: &mut String) {
        out.push_str(
            "{\"next\":\"http://argus.example.org/api/v2/incidents/events/?cursor=bz0yNQ&page_size=25\",\"previous\":null,\"results\":[",
        );
        let newest = opened(self.cases());
        for (index, case) in (1..=self.cases()).rev().take(FEED_PAGE).enumerate() {
            let (pk, comma) = (FIRST_PK + case, if index == 0 { "" } else { "," });
            let start = stamp(newest - 60 * i64::try_from(index).unwrap_or(0));
            put(
                out,
                format_args!(
                    "{comma}{{\"pk\":{pk},\"incident\":{pk},\"actor\":{{\"pk\":{US},\"username\":\"zino\"}},\"timestamp\":\"{start}\",\
                     \"received\":\"{start}\",\"type\":{{\"value\":\"STA\",\"display\":\"Incident start\"}},\"description\":\"\"}}"
                ),
            );
        }
        out.push_str("]}");
    }

    /// Adds a page of the listing of open incidents, the newest first.
    fn page(&self, path: &str, out: &mut String) {
        let begin = path.split_once("cursor=").and_then(|(_, rest)| rest.split('&').next()?.parse().ok());
        let begin: u64 = begin.unwrap_or(self.closed() + 1);
        let end = (begin + u64::from(PAGE_SIZE)).min(self.cases() + 1);
        if end <= self.cases() {
            put(
                out,
                format_args!(
                    "{{\"next\":\"http://argus.example.org/api/v2/incidents/mine/?cursor={end}&open=true&page_size={PAGE_SIZE}\",\
                     \"previous\":null,\"results\":["
                ),
            );
        } else {
            out.push_str("{\"next\":null,\"previous\":null,\"results\":[");
        }
        for case in begin..end {
            if case > begin {
                out.push(',');
            }
            self.row(case, out);
        }
        out.push_str("]}");
    }

    /// Adds an incident as it is once the machine has carried over everything.
    fn row(&self, case: u64, out: &mut String) {
        let (pk, start, priority) = (FIRST_PK + case, stamp(opened(case)), self.priority(case));
        let level = if priority >= RAISED { 1 } else { 3 };
        let (router, kind) = (router(case), kind(case));
        let (descr, address) = (descr(case), address(case));
        let description = match kind {
            "portstate" => format!("{router} port ge-0/0/1 changed state to DOWN ({descr})"),
            "bgp" => format!("{router} BGP Neighbor AS64516/{address} is DOWN"),
            "alarm" => format!("{router} Active alarms reported"),
            _ => format!("{router} is not reachable"),
        };
        put(
            out,
            format_args!(
                "{{\"pk\":{pk},\"start_time\":\"{start}\",\"end_time\":\"infinity\",\"source\":{{\"pk\":3,\"name\":\"zino\",\
                 \"type\":{{\"name\":\"zino\"}},\"user\":{US},\"base_url\":\"\"}},\"source_incident_id\":\"{case}\",\
                 \"details_url\":\"\",\"description\":\"{description}\",\"level\":{level},\"ticket_url\":\"\",\
                 \"metadata\":{{}},\"tags\":["
            ),
        );
        let mut tags =
            vec![format!("host={router}"), format!("event_type={kind}"), format!("priority={priority}")];
        match kind {
            "portstate" => tags.extend(["interface=ge-0/0/1".into(), format!("description={descr}")]),
            "bgp" => tags.extend(["remote_as=64516".into(), format!("remote_addr={address}")]),
            _ => {}
        }
        for (index, tag) in tags.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            put(
                out,
                format_args!("{comma}{{\"added_by\":{US},\"added_time\":\"{start}\",\"tag\":\"{tag}\"}}"),
            );
        }
        out.push_str("],\"stateful\":true,\"open\":true,\"acked\":false}");
    }
}

/// Adds text. Writing to a `String` cannot fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// Adds the events of an incident, the newest first: so many further notes, the two notes and the start.
fn events(pk: u64, further: i64, out: &mut String) {
    let case = case_of(pk);
    let opened = opened(case);
    let [first, second] = NOTES.map(|text| text.replace('\n', "\\n"));
    out.push('[');
    for index in (0..further).rev() {
        note_event(pk, index, out);
        out.push(',');
    }
    event(pk, pk * 3 + 2, opened + 40, ["OTH", "Other", &second], out);
    out.push(',');
    event(pk, pk * 3 + 1, opened + 20, ["OTH", "Other", &first], out);
    out.push(',');
    event(pk, pk * 3, opened, ["STA", "Incident start", &router(case)], out);
    out.push(']');
}

/// Adds the event of a further note.
fn note_event(pk: u64, index: i64, out: &mut String) {
    let (at, [author, text]) = note(case_of(pk), index);
    let number = 1_000_000_000 + index.unsigned_abs();
    event(pk, number, at, ["OTH", "Other", &format!("{author}\\n{text}")], out);
}

/// Adds an event: its type, that for people, and its text.
fn event(pk: u64, number: u64, at: i64, [kind, display, text]: [&str; 3], out: &mut String) {
    let stamp = stamp(at);
    put(
        out,
        format_args!(
            "{{\"pk\":{number},\"incident\":{pk},\"actor\":{{\"pk\":{US},\"username\":\"zino\"}},\
             \"timestamp\":\"{stamp}\",\"received\":\"{stamp}\",\
             \"type\":{{\"value\":\"{kind}\",\"display\":\"{display}\"}},\"description\":\"{text}\"}}"
        ),
    );
}

/// Returns a further note on a case: its time, its author, and its text. Three are written in each second.
fn note(case: u64, index: i64) -> (i64, [String; 2]) {
    let text = format!("The carrier has called again, note {index}: nothing is known of the cause yet");
    (opened(case) + 41 + index / 3, ["lars".into(), text])
}

/// The two notes of each case, as they are in Argus: the author, and below that what was written.
const NOTES: [&str; 2] =
    ["state change open -> working (lars)", "lars\nThe line is being looked at, ticket 4711 at the carrier"];

fn history(case: u64, further: i64, out: &mut String) {
    let opened = opened(case);
    let [first, second] = NOTES.map(|text| text.replace('\n', "\r\n "));
    put(
        out,
        format_args!(
            "301 history follows, terminated with '.'\r\n{opened} state change embryonic -> open (monitor)\r\n\
             {} {first}\r\n{} {second}\r\n",
            opened + 20,
            opened + 40
        ),
    );
    for index in 0..further {
        let (at, [author, text]) = note(case, index);
        put(out, format_args!("{at} {author}\r\n {text}\r\n"));
    }
    out.push_str(".\r\n");
}

fn log(case: u64, out: &mut String) {
    let (opened, router, descr) = (opened(case), router(case), descr(case));
    let text = match kind(case) {
        "portstate" => format!("{router}: port \"ge-0/0/1\" ix 1 ({descr}) linkDown"),
        _ => format!("{router} no-response"),
    };
    put(out, format_args!("300 log follows, terminated with '.'\r\n{opened} {text}\r\n.\r\n"));
}

const fn case_of(pk: u64) -> u64 {
    pk.saturating_sub(FIRST_PK)
}

/// A day ago, each case a second before the one below it in number.
const fn opened(case: u64) -> i64 {
    BEGIN - 86_400 - case.cast_signed()
}

fn router(case: u64) -> String {
    format!("gw{case}.example.org")
}

const fn kind(case: u64) -> &'static str {
    match case % 4 {
        0 => "portstate",
        1 => "reachability",
        2 => "bgp",
        _ => "alarm",
    }
}

fn descr(case: u64) -> String {
    format!("gw{case}.example.org, to-customer{case}, Ae1")
}

fn address(case: u64) -> String {
    format!("10.{}.{}.{}", case >> 16 & 255, case >> 8 & 255, case & 255)
}

fn stamp(unix: i64) -> String {
    let moment = Timestamp::from_second(unix).unwrap_or_default();
    moment.display_with_offset(Offset::constant(1)).to_string()
}
