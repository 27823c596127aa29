//! The forms of the log (behaviour B73): every record is one line in each of them.

use super::{OURS, one_line};
use crate::cli::LogFormat;
use core::fmt;
use serde_json::Value;
use std::env;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// What a record is about: fields of their own for programs. For people they stand in the message already.
const ABOUT: [&str; 3] = ["case", "incident", "rule"];

/// How each record is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Time, level and message, with colours or not.
    Text {
        /// Whether a terminal shows it.
        has_colours: bool,
    },
    /// An object.
    Json,
    /// The priority in front, as journald reads it; it has the time itself.
    Journald,
}

impl Form {
    /// Returns the form that was asked for, or the one that suits standard error.
    #[must_use]
    pub fn of(wanted: Option<LogFormat>) -> Self {
        let text = Self::Text { has_colours: io::stderr().is_terminal() };
        match wanted {
            Some(LogFormat::Text) => text,
            Some(LogFormat::Json) => Self::Json,
            Some(LogFormat::Journald) => Self::Journald,
            None if env::var("JOURNAL_STREAM").is_ok_and(|stream| is_stderr(&stream)) => Self::Journald,
            None => text,
        }
    }

    /// Writes one line of a text for people, without its end.
    pub(super) fn line(self, text: &str) -> String {
        match self {
            Self::Text { .. } => text.to_owned(),
            Self::Json => object(Level::ERROR, text, &[]),
            Self::Journald => format!("<{}>{text}", priority(Level::ERROR)),
        }
    }
}

/// Tells whether standard error is what `JOURNAL_STREAM` names: the numbers of a device and of an inode.
fn is_stderr(stream: &str) -> bool {
    let metadata = || File::from(io::stderr().as_fd().try_clone_to_owned()?).metadata();
    metadata().is_ok_and(|file| stream == format!("{}:{}", file.dev(), file.ino()))
}

/// The priority of syslog, as `sd-daemon(3)` has it.
const fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

fn now() -> String {
    let mut time = String::new();
    // Writing to a String never fails.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    time
}

fn object(level: Level, message: &str, fields: &[(&str, Value)]) -> String {
    let [time, level, message] = [now(), level.to_string(), message.to_owned()].map(Value::from);
    let mut line = format!("{{\"time\":{time},\"level\":{level},\"message\":{message}");
    for (name, value) in fields {
        line += &format!(",{}:{value}", Value::from(*name));
    }
    line + "}"
}

/// Writes records in a form.
pub(super) struct Lines {
    pub(super) form: Form,
    /// Whether to say which part of the program a record comes from.
    pub(super) shows_target: bool,
}

/// What a record holds.
#[derive(Default)]
struct Record {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Record {
    fn take(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("message", value) => self.message = value.to_string(),
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, value.into());
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut record = Record::default();
        event.record(&mut record);
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        if self.form == Form::Json {
            if target != OURS {
                record.fields.push(("target", target.into()));
            }
            return writeln!(out, "{}", object(level, &record.message, &record.fields));
        }
        let mut text = if self.shows_target { format!("{target}: ") } else { String::new() };
        text += &record.message;
        for (name, value) in record.fields.iter().filter(|(name, _)| !ABOUT.contains(name)) {
            text += &format!(" {name}={value}");
        }
        let text = one_line(&text);
        match self.form {
            Form::Text { has_colours: true } => {
                let colour = match level {
                    Level::ERROR => 31,
                    Level::WARN => 33,
                    Level::INFO => 32,
                    Level::DEBUG => 34,
                    Level::TRACE => 35,
                };
                writeln!(out, "\u{1b}[2m{}\u{1b}[0m \u{1b}[{colour}m{level:>5}\u{1b}[0m {text}", now())
            }
            Form::Text { has_colours: false } => writeln!(out, "{} {level:>5} {text}", now()),
            Form::Json | Form::Journald => writeln!(out, "<{}>{text}", priority(level)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::notice;
    use crate::log::tests::Sink;
    use glue_proto::model::CaseId;
    use glue_proto::{CaseNotice, Notice};
    use tracing_subscriber::layer::SubscriberExt as _;

    /// Logs what is about a case, something without one, and something of a library; returns the lines.
    fn logged(form: Form, shows_target: bool) -> Vec<String> {
        let sink = Sink::default();
        let writer = sink.clone();
        let lines = Lines { form, shows_target };
        let layer = tracing_subscriber::fmt::layer().event_format(lines).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            notice(&Notice::Case {
                case: CaseId(7),
                what: CaseNotice::Created { incident: 9, about: "gw1 is\nill".into() },
            });
            notice(&Notice::ArgusUnreachable { cause: "no\nway".into() });
            tracing::debug!(target: "library", size = 5_u64, name = "a\nb", "sent\nit");
        });
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(String::from).collect()
    }

    #[test]
    fn b73_text_has_time_level_and_message_on_one_line() {
        let lines = logged(Form::Text { has_colours: false }, false);
        let (time, rest) = lines[0].split_once(' ').unwrap();
        assert!(time.ends_with('Z') && time.contains('T') && time.len() == 27, "{time}");
        assert_eq!(rest, " INFO case 7: created incident 9: gw1 is\\nill");
        let cause = "no\\nway";
        let expected = format!(" WARN Argus: cannot be reached ({cause}), trying again until it is back");
        assert_eq!(lines[1].split_once(' ').unwrap().1, expected);
        assert!(lines[2].ends_with("DEBUG sent\\nit size=5 name=\"a\\nb\""), "{lines:?}");
        assert_eq!(lines.len(), 3);
        let lines = logged(Form::Text { has_colours: true }, true);
        assert!(lines[0].ends_with(
            "Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m zinoargus: case 7: created incident 9: gw1 is\\nill"
        ));
    }

    #[test]
    fn b73_an_object_has_the_case_the_incident_and_the_rule_where_they_apply() {
        let lines = logged(Form::Json, false);
        let objects: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines[0].starts_with("{\"time\":\"") && lines.len() == 3, "{lines:?}");
        assert_eq!(objects[0]["level"], "INFO");
        assert_eq!(objects[0]["message"], "case 7: created incident 9: gw1 is\\nill");
        assert_eq!(
            (&objects[0]["case"], &objects[0]["incident"], &objects[0]["rule"]),
            (&7.into(), &9.into(), &"B21".into())
        );
        assert_eq!((objects[1].get("case"), objects[1].get("target")), (None, None));
        assert_eq!(objects[1]["rule"], "B51");
        assert_eq!((&objects[2]["target"], &objects[2]["size"]), (&"library".into(), &5.into()));
        assert_eq!(objects[2]["message"], "sent\nit");
    }

    #[test]
    fn b73_journald_gets_the_priority_and_no_time() {
        let lines = logged(Form::Journald, false);
        assert_eq!(lines[0], "<6>case 7: created incident 9: gw1 is\\nill");
        assert!(lines[1].starts_with("<4>Argus: cannot be reached (no\\nway)"), "{lines:?}");
        assert_eq!(lines[2], "<7>sent\\nit size=5 name=\"a\\nb\"");
        assert_eq!(lines.len(), 3);
        assert_eq!(Form::Journald.line("x.toml:1: no"), "<3>x.toml:1: no");
        assert!(!is_stderr("") && !is_stderr("1:2:3"));
    }
}
