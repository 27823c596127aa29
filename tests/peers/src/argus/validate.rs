//! Fields of a request's body: what is accepted, and the words of a refusal (reference argus-api 2 and 4).

use super::time::{self, LATEST, TimeError};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// The fields of a body.
pub(super) type Fields = Map<String, Value>;

/// What is wrong with them, by field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Errors(pub(super) Map<String, Value>);

const BAD_DATE: &str = "Datetime has wrong format. Use one of these formats instead: \
    YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z], or 'infinity'.";

/// A moment that a client has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    At(i64),
    Infinity,
    MinusInfinity,
    Null,
}

impl Errors {
    pub(super) fn add(&mut self, field: &str, text: &str) {
        self.0.insert(field.into(), json!([text]));
    }

    pub(super) fn require(&mut self, fields: &Fields, names: &[&str]) {
        for name in names {
            if !fields.contains_key(*name) {
                self.add(name, "This field is required.");
            }
        }
    }

    /// Reads a text: trimmed, numbers become text.
    pub(super) fn text(&mut self, fields: &Fields, name: &str) -> Option<String> {
        let text = match fields.get(name)? {
            Value::String(text) => trim(text).to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Null => {
                self.add(name, "This field may not be null.");
                return None;
            }
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.add(name, "Not a valid string.");
                return None;
            }
        };
        if text.contains('\0') {
            self.add(name, "Null characters are not allowed.");
            return None;
        }
        Some(text)
    }

    /// Reads a text that must be empty or a URL.
    pub(super) fn url(&mut self, fields: &Fields, name: &str) -> Option<String> {
        let text = self.text(fields, name)?;
        if !text.is_empty() && !is_url(&text) {
            self.add(name, "Enter a valid URL.");
            return None;
        }
        Some(text)
    }

    pub(super) fn level(&mut self, fields: &Fields) -> Option<u8> {
        let value = fields.get("level")?;
        let shown = match value {
            Value::Null => {
                self.add("level", "This field may not be null.");
                return None;
            }
            Value::String(text) => text.clone(),
            Value::Bool(true) => String::from("True"),
            Value::Bool(false) => String::from("False"),
            Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        match shown.as_str() {
            "1" => Some(1),
            "2" => Some(2),
            "3" => Some(3),
            "4" => Some(4),
            "5" => Some(5),
            _ => {
                self.add("level", &format!("\"{shown}\" is not a valid choice."));
                None
            }
        }
    }

    pub(super) fn metadata(&mut self, fields: &Fields) -> Option<Map<String, Value>> {
        let metadata = fields.get("metadata")?.as_object().cloned();
        if metadata.is_none() {
            self.add("metadata", "Value must be valid JSON.");
        }
        metadata
    }

    /// Reads a moment; only `end_time` takes the infinities and null.
    pub(super) fn moment(&mut self, fields: &Fields, name: &str, zone: &TimeZone) -> Option<Moment> {
        let with_infinity = name == "end_time";
        let text = match fields.get(name)? {
            Value::Null if with_infinity || name == "expiration" => return Some(Moment::Null),
            Value::Null => {
                self.add(name, "This field may not be null.");
                return None;
            }
            Value::String(text) => text.as_str(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => "",
        };
        if with_infinity {
            match text {
                "infinity" | LATEST => return Some(Moment::Infinity),
                "-infinity" => return Some(Moment::MinusInfinity),
                _ => {}
            }
        }
        match time::parse(text, zone) {
            Ok(micros) => return Some(Moment::At(micros)),
            Err(TimeError::Format) => self.add(name, BAD_DATE),
            Err(TimeError::Range) => self.add(name, "Datetime value out of range."),
        }
        None
    }

    /// Reads a moment that can be no infinity.
    pub(super) fn timestamp(&mut self, fields: &Fields, name: &str, zone: &TimeZone) -> Option<i64> {
        match self.moment(fields, name, zone)? {
            Moment::At(micros) => Some(micros),
            Moment::Infinity | Moment::MinusInfinity | Moment::Null => None,
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// Strips what the server's language takes for blank space.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}

fn is_url(text: &str) -> bool {
    let rest =
        ["http://", "https://", "ftp://", "ftps://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace)
}

/// What the server calls a type of JSON value.
pub(super) const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
