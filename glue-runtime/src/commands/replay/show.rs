//! Shows a recording, for people or as data.

use super::Outcome;
use super::reading::Wrong;
use crate::log::one_line;
use crate::record::Header;
use glue_proto::wire::argus::time;
use glue_proto::{Now, Wall};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;

/// The version of the data.
const SCHEMA: u32 = 1;

/// What shows a recording, line by line.
pub(super) trait View {
    /// Shows what the first line says.
    fn begin(&mut self, header: &Header);
    /// Shows what the machine heard.
    fn input(&mut self, at: Now, input: &Value);
    /// Shows what the machine did.
    fn action(&mut self, action: &Value);
    /// Shows something about the recording.
    fn note(&mut self, text: &str);
}

/// Says what came of a replay.
pub(super) fn verdict(outcome: &Outcome) -> String {
    let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".into(), Value::to_string);
    match outcome {
        Outcome::Same => "the machine does the same again".into(),
        Outcome::NotRun => "the recording begins in the middle: it can be read, not run again".into(),
        Outcome::Differs(difference) => format!(
            "the machine does something else, for the first time at line {}\n  recorded: {}\n  replayed: {}",
            difference.line,
            shown(&difference.recorded),
            shown(&difference.replayed)
        ),
    }
}

/// Returns the request that is made.
pub(super) fn asked_call(action: &Value) -> Option<u64> {
    action.pointer("/http/call")?.as_u64()
}

/// Returns the request whose answer is heard, or that it has none.
pub(super) fn answered_call(input: &Value) -> Option<u64> {
    let call = |pointer: &str| input.pointer(pointer)?.as_u64();
    call("/http_done/call").or_else(|| call("/http_failed/call"))
}

/// Where a recording is shown.
pub(super) struct Show<W> {
    out: W,
    case: Option<u64>,
    as_json: bool,
    /// The requests about the case that have no answer yet.
    calls: BTreeSet<u64>,
    at: Now,
}

impl<W: Write> Show<W> {
    pub(super) const fn new(out: W, case: Option<u64>, as_json: bool) -> Self {
        let at = Now { mono: glue_proto::Mono(0), wall: Wall(0) };
        Self { out, case, as_json, calls: BTreeSet::new(), at }
    }

    /// Says what came of it.
    pub(super) fn end(&mut self, outcome: &Result<Outcome, Wrong>) {
        match outcome {
            Ok(outcome) => {
                let data = match outcome {
                    Outcome::Same => json!({ "same": true }),
                    Outcome::NotRun => json!({ "same": null }),
                    Outcome::Differs(difference) => {
                        json!({ "same": false, "difference": difference.as_data() })
                    }
                };
                self.say(&data, &verdict(outcome));
            }
            Err(wrong) => {
                if self.as_json {
                    self.say(&json!({ "same": null, "error": wrong.to_string() }), "");
                }
            }
        }
    }

    fn entry(&mut self, kind: &str, arrow: &str, what: &Value) {
        let data = json!({ "at": self.at, kind: what });
        self.timed(&data, &format!("{arrow} {what}"));
    }

    fn timed(&mut self, data: &Value, text: &str) {
        let wall = time::encode(self.at.wall.0);
        let (seconds, millis) = (self.at.mono.0 / 1000, self.at.mono.0 % 1000);
        self.say(data, &format!("{wall} {seconds:>8}.{millis:03} {}", one_line(text)));
    }

    fn say(&mut self, data: &Value, text: &str) {
        // Nobody is left to hear that standard output is closed, and the status says it all the same.
        let _ = if self.as_json { writeln!(self.out, "{data}") } else { writeln!(self.out, "{text}") };
    }

    /// Tells whether something is about the case that is asked for: its number stands in it, or it answers such a request.
    fn concerns(&mut self, what: &Value) -> bool {
        let Some(case) = self.case else { return true };
        let answers = answered_call(what).is_some_and(|call| self.calls.remove(&call));
        let is_named = match what.get("notice") {
            Some(notice) => notice.get("case").and_then(Value::as_u64) == Some(case),
            None => names(what, &case.to_string()),
        };
        if let Some(call) = asked_call(what).filter(|_| is_named) {
            self.calls.insert(call);
        }
        is_named || answers
    }
}

impl<W: Write> View for Show<W> {
    fn begin(&mut self, header: &Header) {
        let Header { version, complete, anonymised, .. } = header;
        let at = header.begin().map(|(at, _)| at);
        self.at = at.unwrap_or_default();
        let names = if *anonymised { ", with other names" } else { "" };
        let from =
            if *complete { "" } else { ", from the middle of its run: shown as it was, and not run again" };
        let text = format!("recorded by zinoargus {}{names}{from}", one_line(version));
        let begin = at.map(|at| time::encode(at.wall.0));
        self.say(
            &json!({
                "schema": SCHEMA, "version": version, "begin": begin, "complete": complete,
                "anonymised": anonymised,
            }),
            &text,
        );
    }

    fn input(&mut self, at: Now, input: &Value) {
        self.at = at;
        if self.concerns(input) {
            self.entry("input", "<-", input);
        }
    }

    fn action(&mut self, action: &Value) {
        if !self.concerns(action) {
            return;
        }
        if let Some(notice) = action.get("notice") {
            let text = notice.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
            let data = json!({ "at": self.at, "notice": notice });
            self.timed(&data, &format!("   {text}"));
        } else {
            self.entry("action", "->", action);
        }
    }

    fn note(&mut self, text: &str) {
        self.say(&json!({ "note": text }), text);
    }
}

/// Tells whether a number stands in any of the texts.
fn names(value: &Value, number: &str) -> bool {
    match value {
        Value::String(text) => text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == number),
        Value::Array(values) => values.iter().any(|value| names(value, number)),
        Value::Object(map) => map.values().any(|value| names(value, number)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
