//! One connection, and the first look at a segment: which lines are text, which are commands, which fail at once.

use super::command::{self, Command};
use super::text::decode_line;
use glue_proto::model::CaseId;
use std::collections::VecDeque;

/// One connection to either port.
#[derive(Clone, Debug, Hash)]
pub(super) struct Session {
    pub(super) kind: Kind,
    out: VecDeque<Vec<u8>>,
    closed: bool,
}

#[derive(Clone, Debug, Hash)]
pub(super) enum Kind {
    Api(Box<Api>),
    Notify(Notify),
}

/// The state of an API session.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Api {
    pub(super) challenge: String,
    pub(super) user: Option<String>,
    /// The nonce of the channel that was tied last: the only one that is told of the end of this session.
    pub(super) channel: Option<String>,
    /// The case whose history text is being read (input mode).
    pub(super) input_mode: Option<CaseId>,
    text: Vec<String>,
    input: Vec<u8>,
}

/// The state of a notification channel.
#[derive(Clone, Debug, Hash)]
pub(super) struct Notify {
    pub(super) nonce: String,
    /// Tied once, it stays tied, even when the session that tied it is gone.
    pub(super) tied: bool,
}

/// What a segment asks for after the errors that were answered at once.
#[derive(Debug, Default)]
pub(super) struct Segment {
    /// Commands to run, in order.
    pub(super) commands: Vec<Command>,
    /// A history text that was finished.
    pub(super) text: Option<Vec<String>>,
    /// A second dot line came after the one that finished the text: the server breaks the connection.
    pub(super) fatal: bool,
}

impl Session {
    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, out: VecDeque::new(), closed: false }
    }

    /// Writes bytes in one piece. Nothing goes out on a closed connection.
    pub(super) fn write(&mut self, bytes: Vec<u8>) {
        if !self.closed && !bytes.is_empty() {
            self.out.push_back(bytes);
        }
    }

    pub(super) fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.out.pop_front()
    }

    /// Tells whether there is something to send, or to close.
    pub(super) fn has_output(&self) -> bool {
        self.closed || !self.out.is_empty()
    }

    /// Closes the connection after what was written.
    pub(super) const fn close(&mut self) {
        self.closed = true;
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }
}

impl Api {
    /// Begins a session that has not logged in.
    pub(super) fn new(challenge: String) -> Self {
        Self { challenge, ..Self::default() }
    }

    /// Takes a segment apart. Errors that need no case are returned as finished writes: they overtake everything else
    /// in the segment (reference zino-protocol 7).
    pub(super) fn read(&mut self, bytes: &[u8]) -> (Segment, Vec<Vec<u8>>) {
        let (mut segment, mut early) = (Segment::default(), Vec::new());
        self.input.extend_from_slice(bytes);
        let input = std::mem::take(&mut self.input);
        let mut rest = input.as_slice();
        while let Some(at) = rest.iter().position(|&byte| byte == b'\n') {
            let line = decode_line(trim_carriage_returns(&rest[..at]));
            rest = &rest[at + 1..];
            if self.input_mode.is_some() {
                if !self.read_text(line, &mut segment) {
                    return (segment, early);
                }
            } else if !line.is_empty() {
                match command::parse(&line, self.user.is_some()) {
                    Ok(command) => segment.commands.push(command),
                    Err(text) => early.push(format!("500 {text}\r\n").into_bytes()),
                }
            }
        }
        self.input = rest.to_vec();
        (segment, early)
    }

    /// Takes one line in input mode; returns false if the server breaks at it. What comes after the final dot in one
    /// segment stays for the next text.
    fn read_text(&mut self, line: String, segment: &mut Segment) -> bool {
        if line != "." {
            self.text.push(line);
        } else if segment.text.is_some() {
            segment.fatal = true;
            return false;
        } else {
            segment.text = Some(std::mem::take(&mut self.text));
        }
        true
    }
}

fn trim_carriage_returns(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
    &line[..end]
}
