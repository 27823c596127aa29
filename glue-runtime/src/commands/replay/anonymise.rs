//! Writes a recording anew, with other names (behaviour B79). Its form is that of any recording.

use super::Again;
use super::reading::{Line, Lines, Wrong};
use crate::anonymise::Names;
use crate::record::{Header, line};
use glue_proto::{ConnId, OwnedInput};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Seek, Write};

/// The settings that are names.
const NAMED: [&str; 3] = ["user", "default_domain", "former_users"];

/// Why there is no other recording, or only the beginning of one.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Something is wrong with the one that is read. What comes before was written.
    Read(Wrong),
    /// It cannot be written.
    Write(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<Wrong> for Stopped {
    fn from(wrong: Wrong) -> Self {
        Self::Read(wrong)
    }
}

/// Reads a recording twice: a word may come in two pieces, so that all that came over a connection has to be there first.
pub(super) fn anonymise(
    file: &mut (impl BufRead + Seek),
    names: &Names,
    out: &mut impl Write,
) -> Result<(), Stopped> {
    let mut streams = Streams::default();
    let mut lines = Lines::new(&mut *file);
    // What is wrong with a line is said when it is to be written.
    if lines.header().is_ok() {
        while let Ok(Some(line)) = lines.next() {
            streams.collect(&line);
        }
    }
    streams.replace(names);
    file.rewind()?;
    let mut lines = Lines::new(file);
    let header = other_header(lines.header()?, names);
    out.write_all(&line(&json!(header)))?;
    let mut again = header.made.map(|made| Again::new(made).map_err(|what| lines.wrong(what))).transpose()?;
    while let Some(next) = lines.next()? {
        let (written, is_end) = match next {
            Line::Input { at, written, input } => {
                let input = other_input(*input, written, names, &mut streams);
                if let Some(again) = &mut again {
                    let heard = serde_json::from_value(input.clone()).map_err(|error| lines.wrong(error))?;
                    again.hear(at, &heard, lines.number());
                }
                (json!({ "at": at, "input": input }), false)
            }
            Line::Action(action) => {
                let replayed = again.as_mut().and_then(|again| again.wanted.pop_front());
                (json!({ "action": settled(other_action(action, names), replayed) }), false)
            }
            Line::End(why) => (json!({ "end": why }), true),
        };
        out.write_all(&line(&written))?;
        if is_end {
            break;
        }
    }
    Ok(())
}

/// Returns what was done, with other names: as the machine does it again, if it is the same but for words that cannot be
/// known again. What was cut off may be the beginning of a known word, and after a backslash a letter may belong to it.
fn settled(recorded: Value, replayed: Option<Value>) -> Value {
    match replayed {
        Some(replayed) if form(&replayed.to_string()) == form(&recorded.to_string()) => replayed,
        Some(_) | None => recorded,
    }
}

/// Returns a text without the letters of the words before an ellipsis and after a backslash.
fn form(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_alphabetic) {
        let (between, from) = rest.split_at(at);
        let (word, after) = from.split_at(from.find(|c: char| !c.is_alphabetic()).unwrap_or(from.len()));
        form.push_str(between);
        if after.starts_with('…') || between.ends_with('\\') {
            form.extend(word.chars().map(|_| '*'));
        } else {
            form.push_str(word);
        }
        rest = after;
    }
    form + rest
}

/// What came over each connection, and how much of it was written.
#[derive(Default)]
struct Streams(BTreeMap<ConnId, (Vec<u8>, usize)>);

impl Streams {
    fn collect(&mut self, line: &Line) {
        if let Line::Input { input, .. } = line
            && let OwnedInput::Received { conn, bytes } = &**input
        {
            self.0.entry(*conn).or_default().0.extend_from_slice(bytes);
        }
    }

    fn replace(&mut self, names: &Names) {
        for (bytes, _) in self.0.values_mut() {
            *bytes = names.bytes(bytes);
        }
    }

    /// Returns the next so many bytes.
    fn take(&mut self, conn: ConnId, count: usize) -> Vec<u8> {
        let Some((bytes, taken)) = self.0.get_mut(&conn) else { return Vec::new() };
        let piece = bytes.get(*taken..taken.saturating_add(count)).unwrap_or_default().to_vec();
        *taken = taken.saturating_add(count);
        piece
    }
}

fn other_header(mut header: Header, names: &Names) -> Header {
    header.anonymised = true;
    if let Some(made) = &mut header.made {
        other_settings(&mut made.settings, names);
    }
    if let Some(met) = &mut header.met {
        other_settings(&mut met.settings, names);
        met.status = other_texts(met.status.take(), names);
    }
    header
}

fn other_settings(settings: &mut Value, names: &Names) {
    for key in NAMED {
        if let Some(value) = settings.get_mut(key) {
            *value = other_texts(value.take(), names);
        }
    }
}

fn other_input(input: OwnedInput, mut written: Value, names: &Names, streams: &mut Streams) -> Value {
    match input {
        OwnedInput::Received { conn, bytes } => {
            json!(OwnedInput::Received { conn, bytes: streams.take(conn, bytes.len()) })
        }
        OwnedInput::HttpDone { call, mut response } => {
            response.body = names.body(&response.body);
            json!(OwnedInput::HttpDone { call, response })
        }
        // Read and written again, it would be without what stands for the secrets.
        OwnedInput::Reload(_) => {
            if let Some(settings) = written.pointer_mut("/reload/settings") {
                other_settings(settings, names);
            }
            written
        }
        OwnedInput::Wake
        | OwnedInput::Connected { .. }
        | OwnedInput::Disconnected { .. }
        | OwnedInput::HttpConnected { .. }
        | OwnedInput::HttpFailed { .. }
        | OwnedInput::ProbeSent { .. }
        | OwnedInput::Datagram { .. }
        | OwnedInput::DatagramFailed { .. }
        | OwnedInput::HealthAnswered { .. }
        | OwnedInput::Command(_)
        | OwnedInput::Shutdown => written,
    }
}

/// What is done is written by [`crate::record::form`]. What is not named here holds no text.
fn other_action(mut action: Value, names: &Names) -> Value {
    if let Some(bytes) = action.pointer_mut("/send/bytes") {
        *bytes = other_bytes(bytes.take(), |bytes| names.bytes(bytes));
    }
    if let Some(target) = action.pointer_mut("/http/target") {
        *target = other_texts(target.take(), names);
    }
    if let Some(body) = action.pointer_mut("/http/body") {
        *body = other_bytes(body.take(), |body| names.body(body));
    }
    if let Some(text) = action.pointer_mut("/notice/text") {
        *text = other_texts(text.take(), names);
    }
    action
}

/// Reads bytes and writes them as those of an input are.
fn other_bytes(value: Value, other: impl FnOnce(&[u8]) -> Vec<u8>) -> Value {
    let input = json!({ "received": { "conn": 0, "bytes": value } });
    let Ok(OwnedInput::Received { conn, bytes }) = serde_json::from_value(input) else { return Value::Null };
    let mut input = json!(OwnedInput::Received { conn, bytes: other(&bytes) });
    input.pointer_mut("/received/bytes").map(Value::take).unwrap_or_default()
}

fn other_texts(value: Value, names: &Names) -> Value {
    match value {
        Value::String(text) => names.text(&text).into(),
        Value::Array(values) => values.into_iter().map(|value| other_texts(value, names)).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, other_texts(value, names))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::show::Show;
    use super::super::{Outcome, follow};
    use super::*;
    use crate::record::form::Masks;
    use crate::record::{FORMAT, Made, Met};
    use glue_proto::Now;
    use glue_sim::world::RecordedRun;
    use glue_tests::sim::{Plan, record};
    use std::collections::BTreeSet;
    use std::io::Cursor;

    /// How many days are recorded.
    const DAYS: u64 = 4;

    /// Writes down what a machine heard and did, as the daemon does.
    fn recording(run: &RecordedRun, is_complete: bool) -> String {
        let mut masks = Masks::default();
        let settings = masks.settings(&run.settings);
        let (at, seed) = (run.begin, run.seed);
        let status = json!({ "troubles": [{ "case": 1, "reason": "Trondheim is full" }] });
        let header = Header {
            zinoargus_recording: FORMAT,
            version: "1".into(),
            complete: is_complete,
            anonymised: false,
            made: is_complete.then(|| Made { at, seed, settings: settings.clone() }),
            met: (!is_complete).then_some(Met { at, settings, status }),
        };
        let mut text = line(&json!(header));
        let mut push = |value: Value| text.extend(line(&value));
        run.first.iter().for_each(|action| push(json!({ "action": masks.action(action) })));
        for (at, input, actions) in &run.heard {
            push(json!({ "at": at, "input": masks.input(input) }));
            actions.iter().for_each(|action| push(json!({ "action": masks.action(action) })));
        }
        push(json!({ "end": "the daemon ended" }));
        String::from_utf8(text).unwrap()
    }

    fn replayed(text: &str) -> Outcome {
        follow(Lines::new(text.as_bytes()), &mut Show::new(io::sink(), None, true)).unwrap()
    }

    fn other(text: &str) -> String {
        let mut out = Vec::new();
        anonymise(&mut Cursor::new(text), &Names::new(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Returns the longer words: of those, two drawn ones are hardly ever the same.
    fn words(text: &str) -> BTreeSet<String> {
        let text = text.replace("\\n", " ").replace("\\r", " ");
        let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 7);
        words.map(str::to_lowercase).collect()
    }

    #[test]
    fn b79_a_recorded_day_with_other_names_replays_to_the_same_actions() {
        let (names, mut gone) = (Names::new(), BTreeSet::new());
        for seed in 0..DAYS {
            let runs = record(&Plan::decode(&Plan::bytes_of(seed)));
            // The last actions are lost to a machine that was killed amid them.
            let run = runs.last().expect("there is one");
            let text = recording(run, true);
            assert_eq!(replayed(&text), Outcome::Same, "seed {seed}");
            let other = other(&text);
            assert_eq!(other.lines().count(), text.lines().count());
            assert_eq!(replayed(&other), Outcome::Same, "seed {seed}");
            let kept = words(&other);
            let names = words(&text).into_iter().filter(|word| names.text(word) != *word);
            gone.extend(names.filter(|word| !kept.contains(word)));
        }
        assert!(gone.len() > 5, "{gone:?}");
    }

    #[test]
    fn b79_no_name_is_left_in_any_line_of_a_recording() {
        let run = record(&Plan::decode(&Plan::bytes_of(1))).pop().expect("there is one");
        for is_complete in [true, false] {
            let text = recording(&run, is_complete);
            let other = other(&text);
            assert!(other.lines().next().unwrap().contains("\"anonymised\":true"));
            let names = Names::new();
            // A key of JSON is no name, and neither is a word of this form, such as in `not_sent`.
            let keys: BTreeSet<_> =
                text.split("\":").filter_map(|part| part.rsplit('"').next()).flat_map(words).collect();
            let left: Vec<_> = words(&text)
                .intersection(&words(&other))
                .filter(|word| names.text(word) != **word && !keys.contains(*word))
                .cloned()
                .collect();
            assert!(left.is_empty(), "{left:?}");
            assert!(!other.contains("Trondheim"));
        }
    }

    #[test]
    fn b79_what_was_cut_off_in_a_known_word_replays_to_the_same() {
        let at = |mono| Now { mono: glue_proto::Mono(mono), wall: glue_proto::Wall(60) };
        let seed = 7;
        let settings = glue_proto::Settings::example();
        for offset in 0..12 {
            let mut run = RecordedRun {
                settings: settings.clone(),
                begin: at(0),
                seed,
                first: Vec::new(),
                heard: Vec::new(),
            };
            let mut daemon = glue_proto::Daemon::new(settings.clone(), at(0), seed);
            let drain =
                |daemon: &mut glue_proto::Daemon| std::iter::from_fn(|| daemon.poll_action()).collect();
            run.first = drain(&mut daemon);
            // No greeting, which is quoted, up to the middle of some word.
            let line = format!("{} {}Trondheim\r\n", "1".repeat(offset), "closed \\tTrondheim ".repeat(40));
            let conn = ConnId(1);
            for (mono, input) in [
                (1, OwnedInput::Connected { conn }),
                (2, OwnedInput::Received { conn, bytes: line.into_bytes() }),
            ] {
                daemon.handle(at(mono), input.as_input());
                run.heard.push((at(mono), input, drain(&mut daemon)));
            }
            let text = recording(&run, true);
            assert!(text.contains('…'), "{text}");
            let other = other(&text);
            assert_eq!(replayed(&other), Outcome::Same, "{offset}: {other}");
            assert!(!other.contains("Trond"), "{other}");
        }
    }

    #[test]
    fn b79_a_recording_that_differs_still_does_with_other_names_and_one_that_is_cut_off_keeps_its_beginning()
    {
        let run = record(&Plan::decode(&Plan::bytes_of(2))).pop().expect("there is one");
        let text = recording(&run, true);
        let differs = text.replacen("\"channel\":\"api\"", "\"channel\":\"x\"", 1);
        assert!(matches!(replayed(&differs), Outcome::Differs(_)));
        assert!(matches!(replayed(&other(&differs)), Outcome::Differs(_)));
        let mut out = Vec::new();
        let cut = &text[..text.len() - 10];
        let stopped = anonymise(&mut Cursor::new(cut), &Names::new(), &mut out).unwrap_err();
        assert!(matches!(stopped, Stopped::Read(_)), "{stopped:?}");
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.lines().count(), text.lines().count() - 1);
        assert_eq!(replayed(&out), Outcome::Same);
    }

    #[test]
    fn b79_a_word_in_two_pieces_becomes_the_one_that_it_is_elsewhere() {
        let head = "{\"zinoargus_recording\":1,\"version\":\"1\",\"complete\":false}\n";
        let at = json!(Now::default());
        let received = |conn: u64, bytes: Value| {
            json!({ "at": at, "input": { "received": { "conn": conn, "bytes": bytes } } }).to_string() + "\n"
        };
        // The first byte of a letter comes in one piece, the second one in the other.
        let text = head.to_owned()
            + &received(1, json!({ "hex": "54726f6e64c3" }))
            + &received(2, json!("wait"))
            + &received(1, json!({ "hex": "a565\r\n".replace("\r\n", "0d0a") }))
            + &json!({ "action": { "notice": { "text": "Trondåe" } } }).to_string()
            + "\n";
        let other = other(&text);
        let lines: Vec<Value> =
            other.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
        let bytes = |line: &Value| -> Vec<u8> {
            let input = serde_json::from_value(line["input"].clone()).unwrap();
            let OwnedInput::Received { bytes, .. } = input else { panic!("{input:?}") };
            bytes
        };
        let whole = String::from_utf8([bytes(&lines[0]), bytes(&lines[2])].concat()).unwrap();
        assert_eq!(whole.trim_end(), lines[3]["action"]["notice"]["text"]);
        assert_eq!(bytes(&lines[1]), b"wait");
        assert!(!whole.contains("Trond"));
    }
}
