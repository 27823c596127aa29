//! The simulated Zino server answers the recorded clients with the recorded bytes (reference zino-protocol).
//!
//! Each test feeds what the client of one transcript has sent, segment by segment, and compares what comes back on each
//! channel. Challenges and nonces are scripted, so that the recorded digests are checked for real. Stamps are compared
//! by their form only. What was done to the recorded server by hand is inferred from the notification that it caused,
//! and done to the simulated one.

use glue_proto::model::CaseId;
use glue_sim::zino::{NewCase, SessionId, ZinoServer};
use serde_json::Value;
use std::collections::BTreeMap;

/// When the recordings begin, Unix seconds.
const BEGIN: i64 = 1_795_357_404;

/// One connection of a replay.
#[derive(Default)]
struct Channel {
    session: SessionId,
    expected: Vec<u8>,
    actual: Vec<u8>,
}

struct Replay {
    server: ZinoServer,
    channels: BTreeMap<String, Channel>,
    sessions: u64,
    now: i64,
}

/// What one line of a transcript says.
struct Record {
    channel: String,
    direction: String,
    bytes: Vec<u8>,
    note: Option<String>,
    at: f64,
}

fn read(transcript: &str) -> Vec<Record> {
    let record = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("a JSON object");
        let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let hex = field("hex");
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
        let bytes = match value["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => (0..hex.len()).step_by(2).map(digits).collect(),
        };
        let note = value["note"].as_str().map(str::to_owned);
        Record {
            channel: field("ch"),
            direction: field("dir"),
            bytes,
            note,
            at: value["t"].as_f64().unwrap_or(0.0),
        }
    };
    transcript.lines().map(record).collect()
}

/// Replaces every stamp of the recording's day.
fn without_stamps(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("17953") {
        let (before, stamp) = rest.split_at(at);
        let digits = stamp.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(before);
        out.push_str(if digits == 10 { "<stamp>" } else { &stamp[..digits] });
        rest = &stamp[digits..];
    }
    out + rest
}

/// What the lab made as case number `id`.
fn lab_case(id: u64) -> NewCase {
    let router = format!("gw{id}.example.org");
    let number = u32::try_from(id).expect("a small number");
    match id {
        2 | 83 => NewCase::bgp(&router, &format!("10.0.{id}.0"), 64_512 + number),
        3 | 84 => NewCase::bfd(&router, number),
        4 | 85 => NewCase::reachability(&router),
        5 | 6 | 86 => NewCase::alarm(&router, "yellow").without_log().with_log("yellow alarm"),
        95 => NewCase::portstate(&router, "ge-0/0/95", 95, "").without_log(),
        _ => NewCase::portstate(
            &router,
            &format!("ge-0/0/{id}"),
            number,
            &format!("{router}, to-customer{id}, Ae{id}"),
        ),
    }
}

impl Replay {
    fn new(cases: u64) -> Self {
        let server = ZinoServer::new("testuser", "testpassword");
        let mut replay = Self { server, channels: BTreeMap::new(), sessions: 0, now: BEGIN };
        for id in 1..=cases {
            replay.make(id);
        }
        replay
    }

    /// Makes a case of the lab unless it is there.
    fn make(&mut self, id: u64) {
        if self.server.case(CaseId(id)).is_none() {
            self.server.skip_to(CaseId(id));
            assert_eq!(self.server.open_case(&lab_case(id), self.now), CaseId(id));
        }
    }

    fn run(&mut self, transcript: &str) {
        let records = read(transcript);
        for (at, record) in records.iter().enumerate() {
            if let Some(note) = &record.note {
                self.compare();
                self.follow_note(note);
                continue;
            }
            #[expect(clippy::cast_possible_truncation, reason = "seconds since the recording began")]
            let seconds = record.at as i64;
            self.now = BEGIN + seconds;
            match record.direction.as_str() {
                "open" => {
                    let greeting = records[at..]
                        .iter()
                        .find(|later| later.channel == record.channel && later.direction == "S");
                    self.connect(&record.channel, &greeting.expect("a greeting").bytes);
                }
                "C" => self.send(&record.channel, &record.bytes),
                "S" => self.expect(&record.channel, &record.bytes),
                "close" => {
                    // A client that closes both channels reads nothing in between.
                    if records[at - 1].direction != "close" {
                        self.compare();
                    }
                    let channel = self.channels.remove(&record.channel).expect("a channel");
                    self.server.disconnect(channel.session);
                }
                "eof" => self.expect_end(&record.channel),
                other => panic!("unknown direction {other}"),
            }
        }
        self.compare();
    }

    fn connect(&mut self, name: &str, greeting: &[u8]) {
        self.compare();
        let greeting = String::from_utf8_lossy(greeting).into_owned();
        let challenge = greeting.trim_start_matches("200 ").split_ascii_whitespace().next();
        self.server.script_challenge(challenge.expect("a challenge"));
        self.sessions += 1;
        let session = SessionId(self.sessions);
        if name == "api" {
            self.server.connect_api(session);
        } else {
            self.server.connect_notify(session);
        }
        self.channels.insert(name.into(), Channel { session, ..Channel::default() });
    }

    fn send(&mut self, name: &str, bytes: &[u8]) {
        self.compare();
        for line in String::from_utf8_lossy(bytes).lines() {
            let mut words = line.split(' ');
            let about_case =
                matches!(words.next(), Some("addhist" | "getattrs" | "gethist" | "getlog" | "setstate"));
            let id = words
                .next()
                .and_then(|word| word.parse().ok())
                .filter(|id| about_case && (1..100).contains(id));
            if let Some(id) = id.filter(|_| !line.starts_with("getattrs 6") && line != "setstate 6 open") {
                self.make(id);
            }
        }
        self.server.receive(self.channels[name].session, bytes, self.now);
    }

    fn drain(&mut self) {
        for channel in self.channels.values_mut() {
            while let Some(bytes) = self.server.poll_output(channel.session) {
                channel.actual.extend(bytes);
            }
        }
    }

    /// Notes what the recorded server has sent. If the simulated one has nothing to say, somebody has to do something.
    fn expect(&mut self, name: &str, bytes: &[u8]) {
        self.drain();
        let channel = self.channels.get_mut(name).expect("a channel");
        channel.expected.extend_from_slice(bytes);
        if name != "api" && channel.actual.len() < channel.expected.len() {
            self.provoke(&String::from_utf8_lossy(bytes));
        }
    }

    fn expect_end(&mut self, name: &str) {
        self.drain();
        let session = self.channels[name].session;
        if !self.server.is_closed(session) {
            self.server.restart();
        }
        assert!(self.server.is_closed(session), "{name} is to be closed");
    }

    fn compare(&mut self) {
        self.drain();
        for (name, channel) in &mut self.channels {
            let (expected, actual) =
                (std::mem::take(&mut channel.expected), std::mem::take(&mut channel.actual));
            assert_eq!(without_stamps(&actual), without_stamps(&expected), "on {name}");
        }
    }

    /// Does what makes the server send these notifications.
    fn provoke(&mut self, lines: &str) {
        let last = lines.lines().last().unwrap_or_default();
        let words: Vec<&str> = lines.split_ascii_whitespace().collect();
        let id = CaseId(words[0].parse().expect("a case number"));
        let now = self.now;
        let done = match (words[1], words[2..].first().copied()) {
            ("state", Some("embryonic")) => {
                self.make(id.0);
                return;
            }
            ("state", _) => self.server.set_state(id, words[3], "monitor", now),
            ("scavenged", _) => self.server.scavenge(id),
            ("history", _) => self.server.add_system_history(id, "looked at", now),
            _ if last.ends_with("log 1") => self.server.add_log(id, "something more", now),
            _ => {
                let (name, value) = lab_value(id, last.rsplit(' ').next().unwrap_or_default());
                self.server.set_attribute(id, name, Some(value), now)
            }
        };
        assert_eq!(done, Ok(()), "{lines}");
    }

    /// Does what the lab did before it went on, by the notes of transcript 15.
    fn follow_note(&mut self, note: &str) {
        let (now, case) = (self.now, CaseId(94));
        let mut set = |name: &str, value: Option<&str>| self.server.set_attribute(case, name, value, now);
        if note.starts_with("portstate without descr") {
            self.make(94);
            assert_eq!(self.server.set_attribute(case, "descr", Some(""), now), Ok(()));
        } else if note.starts_with("port null") {
            for name in ["port", "descr", "portstate"] {
                assert_eq!(set(name, None), Ok(()));
            }
        } else if note.starts_with("values with colons") {
            assert_eq!(set("descr", Some("  a: b=c, æøå 漢 ")), Ok(()));
        } else if note.starts_with("attribute value with LF") {
            assert_eq!(set("descr", Some("one\ntwo: 2\r\n.\r\nthree")), Ok(()));
        } else if note.starts_with("log with several lines") {
            self.make_odd_texts();
        } else if note.starts_with("EMPTY log entry") {
            assert_eq!(self.server.add_log(CaseId(95), "", now), Ok(()));
        } else if note.starts_with("long lines") {
            self.make(96);
            assert_eq!(
                self.server.set_attribute(CaseId(96), "descr", Some(&"d".repeat(60_000)), now),
                Ok(())
            );
        }
    }

    fn make_odd_texts(&mut self) {
        self.make(95);
        let (now, case) = (self.now, CaseId(95));
        let user = "user\n1795357403 fake header\n.\n200 ok";
        for text in ["system text with blanks", "single", "two words\nbody line 1\nbody line 2", user] {
            assert_eq!(self.server.add_system_history(case, text, now), Ok(()));
        }
        for text in ["first\nsecond\n\nfourth", " leading blank", "oneword"] {
            assert_eq!(self.server.add_log(case, text, now), Ok(()));
        }
    }
}

/// The attribute and value that the lab set in transcript 11, by the name in the notification.
fn lab_value(id: CaseId, internal: &str) -> (&'static str, &'static str) {
    if internal == "lastevent" {
        return ("lastevent", if id == CaseId(82) { "le" } else { "peer was reset" });
    }
    let table = [
        ("priority", "priority", "500"),
        ("portstate", "portstate", "up"),
        ("flapstate", "flapstate", "stable"),
        ("flaps", "flaps", "3"),
        ("reason", "reason", "because"),
        ("descr", "descr", "new, descr"),
        ("port", "port", "xe-1/0/0"),
        ("polladdr", "polladdr", "192.0.2.1"),
        ("operational_state", "bgpOS", "established"),
        ("admin_status", "bgpAS", "running"),
        ("remote_as", "remote-AS", "65000"),
        ("peer_uptime", "peer-uptime", "77"),
        ("bfdstate", "bfdState", "up"),
        ("bfdix", "bfdIx", "9"),
        ("bfddiscr", "bfdDiscr", "17"),
        ("bfdaddr", "bfdAddr", "192.0.2.9"),
        ("neigh_rdns", "Neigh-rDNS", "n.example.org"),
        ("reachability", "reachability", "reachable"),
        ("alarm_count", "alarm-count", "0"),
    ];
    let found = table.into_iter().find(|(name, _, _)| *name == internal);
    let (_, name, value) = found.unwrap_or_else(|| panic!("no value for {internal}"));
    (name, value)
}

macro_rules! replays {
    ($($test:ident: $file:literal, $cases:literal;)*) => {$(
        #[test]
        fn $test() {
            Replay::new($cases).run(include_str!(concat!("../../../glue-proto/tests/transcripts/zino-", $file, ".jsonl")));
        }
    )*};
}

replays! {
    t01_session_basic: "01-session-basic", 5;
    t02_auth: "02-auth", 5;
    t03_auth_pipelined: "03-auth-pipelined", 5;
    t04_errors_and_grammar: "04-errors-grammar", 5;
    t05_setstate: "05-setstate", 6;
    t06_addhist: "06-addhist", 5;
    t07_errors_overtake: "07-pipelining-errors-reorder", 5;
    t08_pipelined_addhist: "08-pipelining-addhist", 17;
    t09_addhist_in_the_middle: "09-pipelining-addhist-middle", 5;
    t10_commands_behind_quit: "10-quit-pipelined", 5;
    t12_api_dropped: "12-notify-api-drop", 5;
    t13_notify_dropped: "13-notify-drop", 5;
    t14_ntie_twice: "14-ntie-duplicate", 5;
    t15_odd_data: "15-odd-data", 5;
    t17_segmentation: "17-segmentation", 5;
    t19_addhist_interrupted: "19-addhist-interrupted", 5;
}

#[test]
fn t11_every_notification() {
    let mut replay = Replay::new(81);
    replay.run(include_str!("../../../glue-proto/tests/transcripts/zino-11-notify-types.jsonl"));
}

#[test]
fn t16_restart_under_a_tied_channel() {
    let mut replay = Replay::new(96);
    for id in [6, 85] {
        assert_eq!(replay.server.vanish(CaseId(id)), Ok(()));
    }
    replay.run(include_str!("../../../glue-proto/tests/transcripts/zino-16-disconnects.jsonl"));
}
