//! One case: attributes, log and history.

use super::fields::{self, HISTORY, LOG};
use super::text::split_lines;
use glue_proto::model::CaseId;
use std::collections::BTreeMap;

/// One entry of a log or a history.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogEntry {
    /// Its stamp, Unix seconds.
    pub at: i64,
    /// The whole message. What a person wrote begins with a line that is the user's name.
    pub message: String,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Value {
    text: String,
    /// Tells two stamps of one second apart, which the real server keeps to the microsecond; 0 for what is no stamp.
    serial: u64,
}

/// A case as the server has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ZinoCase {
    id: CaseId,
    values: BTreeMap<&'static str, Value>,
    log: Vec<LogEntry>,
    history: Vec<LogEntry>,
    serial: u64,
}

/// A list cannot be written to its end: the server fails at an entry without a line (reference zino-protocol 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct BrokenList;

impl ZinoCase {
    /// Makes an embryonic case.
    pub(super) fn new(id: CaseId, router: &str, case_type: &str, now: i64) -> Self {
        let (values, log, history) = (BTreeMap::new(), Vec::new(), Vec::new());
        let mut case = Self { id, values, log, history, serial: 0 };
        for (name, value) in
            [("router", router), ("type", case_type), ("state", "embryonic"), ("priority", "100")]
        {
            case.set(name, Some(value));
        }
        case.set("id", Some(&id.to_string()));
        case.set_stamp("opened", now);
        case
    }

    /// Returns its number.
    #[must_use]
    pub const fn id(&self) -> CaseId {
        self.id
    }

    /// Returns an attribute by its name in `getattrs`, such as `remote-addr`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let field = fields::by_wire_name(name)?;
        self.values.get(field.internal).map(|value| value.text.as_str())
    }

    /// Returns its state, such as `open`.
    #[must_use]
    pub fn state(&self) -> &str {
        self.attribute("state").unwrap_or_default()
    }

    /// Returns when it was opened, Unix seconds.
    #[must_use]
    pub fn opened(&self) -> i64 {
        self.stamp("opened").unwrap_or_default()
    }

    /// Returns its log, oldest first.
    #[must_use]
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    /// Returns its history, oldest first.
    #[must_use]
    pub fn history(&self) -> &[LogEntry] {
        &self.history
    }

    /// Sets an attribute by its name in `getattrs`, or takes it away. An unknown name is left alone.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let Some(field) = fields::by_wire_name(name) else { return };
        match value {
            Some(text) => self.values.insert(field.internal, Value { text: text.into(), serial: 0 }),
            None => self.values.remove(field.internal),
        };
    }

    /// Adds a line of the server's own to the history.
    pub fn add_history(&mut self, message: &str, now: i64) {
        self.history.push(LogEntry { at: now, message: message.into() });
    }

    /// Adds a log entry, which also sets `updated`.
    pub fn add_log(&mut self, message: &str, now: i64) {
        self.log.push(LogEntry { at: now, message: message.into() });
        self.set_stamp("updated", now);
    }

    /// Notes that what the case is about was found down, or up.
    pub(super) fn find(&mut self, is_down: bool, now: i64) {
        let value = |name| self.attribute(name).unwrap_or_default().to_owned();
        let router = value("router");
        match value("type").as_str() {
            "reachability" => {
                let found = if is_down { "no-response" } else { "reachable" };
                self.set("reachability", Some(found));
                self.add_log(&format!("{router} {found}"), now);
            }
            "alarm" => {
                let (colour, before) = (value("alarm-type"), value("alarm-count"));
                let (before, after) = (if before.is_empty() { "0" } else { &before }, u8::from(is_down));
                let line = format!("{router} {colour} alarms went from {before} to {after}");
                self.set("alarm-count", Some(&after.to_string()));
                self.add_log(&line, now);
            }
            _ => self.add_log(if is_down { "gw: linkDown" } else { "gw: linkUp" }, now),
        }
    }

    /// Changes the state as a person or the server does, with its history entry. The same state again is nothing.
    /// Returns false if the case is closed and was to be opened.
    #[must_use]
    pub fn change_state(&mut self, state: &str, user: &str, now: i64) -> bool {
        let old = self.state().to_owned();
        if old == state {
            return true;
        }
        if old == "closed" {
            return false;
        }
        self.set("state", Some(state));
        if (old.as_str(), state) == ("embryonic", "open") {
            self.set_stamp("opened", now);
        }
        self.add_history(&format!("state change {old} -> {state} ({user})"), now);
        true
    }

    /// Sets a stamp. It counts as changed even if the second is the same.
    pub(super) fn set_stamp(&mut self, internal: &'static str, now: i64) {
        self.serial += 1;
        self.values.insert(internal, Value { text: now.to_string(), serial: self.serial });
    }

    pub(super) fn stamp(&self, internal: &str) -> Option<i64> {
        self.values.get(internal)?.text.parse().ok()
    }

    /// Tells whether what the case is about is down, by its type (the server keeps `lasttrans` and `ac-down` by it).
    pub(super) fn is_down(&self) -> bool {
        let value = |name| self.attribute(name).unwrap_or_default();
        match value("type") {
            "portstate" => matches!(value("portstate"), "down" | "flapping"),
            "bgp" => value("bgpOS") != "established",
            "reachability" => value("reachability") == "no-response",
            _ => false,
        }
    }

    /// Returns the internal names of all fields that differ, in the server's order.
    pub(super) fn changed_fields(&self, old: &Self) -> Vec<&'static str> {
        let differs = |name: &str| match name {
            LOG => self.log != old.log,
            HISTORY => self.history != old.history,
            _ => self.values.get(name) != old.values.get(name),
        };
        fields::all().map(|field| field.internal).filter(|name| differs(name)).collect()
    }

    /// Writes the lines of `getattrs`. Values are not escaped (reference zino-protocol 5.2).
    pub(super) fn encode_attributes(&self, out: &mut Vec<u8>) {
        for field in fields::all() {
            let value = self.values.get(field.internal).map(|value| value.text.as_str());
            let always = field.internal == "port" && self.attribute("type") == Some("portstate");
            if let Some(value) = value.or(always.then_some("")) {
                out.extend_from_slice(format!("{}: {value}\r\n", field.wire).as_bytes());
            }
        }
    }
}

/// Writes the lines of a log or a history (reference zino-protocol 6).
pub(super) fn encode_entries(entries: &[LogEntry], out: &mut Vec<u8>) -> Result<(), BrokenList> {
    for entry in entries {
        let lines = split_lines(&entry.message);
        let (first, rest) = lines.split_first().ok_or(BrokenList)?;
        out.extend_from_slice(format!("{} {first}\r\n", entry.at).as_bytes());
        for line in rest {
            out.extend_from_slice(format!(" {line}\r\n").as_bytes());
        }
    }
    Ok(())
}
