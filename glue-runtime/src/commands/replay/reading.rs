//! Reads the lines of a recording.

use crate::record::{FORMAT, Header};
use core::fmt;
use glue_proto::{Now, OwnedInput};
use serde::Deserialize;
use serde_json::Value;
use std::io::BufRead;

/// One line after the first.
pub(super) enum Line {
    /// What the machine heard, also as it is written.
    Input { at: Now, written: Value, input: Box<OwnedInput> },
    /// What it did.
    Action(Value),
    /// Nothing follows, and why.
    End(String),
}

/// A line as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    at: Option<Now>,
    input: Option<Value>,
    action: Option<Value>,
    end: Option<String>,
}

/// What is wrong, and in which line.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    line: usize,
    what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The lines of a recording.
pub(super) struct Lines<R> {
    file: R,
    number: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(file: R) -> Self {
        Self { file, number: 0 }
    }

    /// Returns the number of the line that was read last, from 1.
    pub(super) const fn number(&self) -> usize {
        self.number
    }

    /// Says what is wrong with the line that was read last.
    pub(super) fn wrong(&self, what: impl ToString) -> Wrong {
        Wrong { line: self.number, what: what.to_string() }
    }

    /// Reads the first line.
    pub(super) fn header(&mut self) -> Result<Header, Wrong> {
        const NONE: &str = "this is no recording of zinoargus";
        let Some(line) = self.read()? else { return Err(Wrong { line: 1, what: NONE.into() }) };
        let value: Value = serde_json::from_slice(&line).map_err(|_| self.wrong(NONE))?;
        let Some(format) = value.get("zinoargus_recording") else { return Err(self.wrong(NONE)) };
        if *format != FORMAT {
            let what = format!("a recording of format {format}; this program reads format {FORMAT}");
            return Err(self.wrong(what));
        }
        let header: Header = serde_json::from_value(value).map_err(|error| self.wrong(error))?;
        if header.complete != header.made.is_some() {
            return Err(self.wrong("it is not said with what the machine was made"));
        }
        Ok(header)
    }

    /// Reads the next line.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Wrong> {
        let Some(line) = self.read()? else { return Ok(None) };
        if !line.ends_with(b"\n") {
            return Err(self.wrong("it is cut off"));
        }
        let written = serde_json::from_slice(&line).map_err(|error| self.wrong(error))?;
        match written {
            Written { at: Some(at), input: Some(written), action: None, end: None } => {
                let input = Box::deserialize(&written).map_err(|error| self.wrong(error))?;
                Ok(Some(Line::Input { at, written, input }))
            }
            Written { at: None, input: None, action: Some(action), end: None } => {
                Ok(Some(Line::Action(action)))
            }
            Written { at: None, input: None, action: None, end: Some(why) } => Ok(Some(Line::End(why))),
            Written { .. } => {
                Err(self.wrong("it is neither an input with its time nor an action nor the end"))
            }
        }
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, Wrong> {
        let mut line = Vec::new();
        self.number += 1;
        let read = self.file.read_until(b'\n', &mut line);
        read.map_err(|error| self.wrong(error)).map(|count| (count > 0).then_some(line))
    }
}
