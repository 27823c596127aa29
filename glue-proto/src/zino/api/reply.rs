//! From lines to replies (reference zino-protocol 4).

use crate::zino::line::{LineReader, LineTooLong, MAX_LINE};
use alloc::string::String;
use alloc::vec::Vec;

/// The most bytes that the lines of one reply may have together: 16 MiB. A reply of a megabyte is to be expected.
pub const MAX_REPLY_BYTES: usize = 16 * 1024 * 1024;

/// The most lines that one reply may have, and so the most numbers that `caseids` may list.
pub const MAX_REPLY_LINES: usize = 1_000_000;

/// The line that stands where a list breaks off because the server failed.
const INTERNAL_ERROR: &str = "500 internal error";

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// One that is one line long, or several joined by LF (`200-`).
    Line {
        /// The three digits.
        code: u16,
        /// What stands behind them.
        text: String,
    },
    /// A list.
    List {
        /// 300, 301, 303 or 304.
        code: u16,
        /// The lines between the header and the end.
        lines: Vec<String>,
        /// How it ended.
        end: ListEnd,
    },
}

/// How a list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListEnd {
    /// At its dot.
    Complete,
    /// The server failed: there is no dot, and the next line begins a new reply.
    BrokenOff,
    /// At its dot, but it was longer than what is kept: `lines` is empty.
    TooLong,
}

/// Why there will be no more replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FramingError {
    Line(LineTooLong),
    /// This line stands where a reply must begin.
    NotAReply(String),
}

/// Reads replies from the bytes of the API channel.
#[derive(Clone, Debug)]
pub(super) struct ReplyReader {
    lines: LineReader,
    open: Option<Open>,
}

/// A reply that is being read.
#[derive(Clone, Debug)]
struct Open {
    code: u16,
    is_list: bool,
    lines: Vec<String>,
    bytes: usize,
    too_long: bool,
}

impl ReplyReader {
    pub(super) const fn new() -> Self {
        Self { lines: LineReader::new(MAX_LINE), open: None }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.lines.receive(bytes);
    }

    /// Returns the code of the list that is being read.
    pub(super) fn open_list(&self) -> Option<u16> {
        self.open.as_ref().filter(|open| open.is_list).map(|open| open.code)
    }

    /// Takes out the next line as it is; for the greeting, which is no reply to anything.
    pub(super) fn next_line(&mut self) -> Result<Option<String>, FramingError> {
        self.lines.next_line().map_err(FramingError::Line)
    }

    /// Takes out the next whole reply; `None` until more bytes come.
    pub(super) fn next_reply(&mut self) -> Result<Option<Reply>, FramingError> {
        while let Some(line) = self.next_line()? {
            if let Some(reply) = self.handle_line(line)? {
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    fn handle_line(&mut self, line: String) -> Result<Option<Reply>, FramingError> {
        match self.open.take() {
            None => self.begin(line),
            Some(open) if open.is_list => Ok(self.continue_list(open, line)),
            Some(open) => self.continue_text(open, line),
        }
    }

    fn begin(&mut self, line: String) -> Result<Option<Reply>, FramingError> {
        let Some((code, more, text)) = split_header(&line) else {
            return Err(FramingError::NotAReply(line));
        };
        let is_list = matches!(code, 300 | 301 | 303 | 304);
        if is_list || more {
            let mut open = Open { code, is_list, lines: Vec::new(), bytes: 0, too_long: false };
            if !is_list {
                open.push(text.into());
            }
            self.open = Some(open);
            return Ok(None);
        }
        Ok(Some(Reply::Line { code, text: text.into() }))
    }

    fn continue_list(&mut self, mut open: Open, line: String) -> Option<Reply> {
        let end = match line.as_str() {
            "." if open.too_long => ListEnd::TooLong,
            "." => ListEnd::Complete,
            INTERNAL_ERROR => ListEnd::BrokenOff,
            _ => {
                open.push(line);
                self.open = Some(open);
                return None;
            }
        };
        Some(Reply::List { code: open.code, lines: open.lines, end })
    }

    fn continue_text(&mut self, mut open: Open, line: String) -> Result<Option<Reply>, FramingError> {
        let Some((code, more, text)) = split_header(&line).filter(|(code, ..)| *code == open.code) else {
            return Err(FramingError::NotAReply(line));
        };
        open.push(text.into());
        if more {
            self.open = Some(open);
            return Ok(None);
        }
        Ok(Some(Reply::Line { code, text: open.lines.join("\n") }))
    }
}

impl Open {
    /// Keeps a line, or, from the moment on when the reply is too long, nothing of it at all.
    fn push(&mut self, line: String) {
        self.bytes = self.bytes.saturating_add(line.len());
        if self.too_long || self.bytes > MAX_REPLY_BYTES || self.lines.len() >= MAX_REPLY_LINES {
            self.too_long = true;
            self.lines = Vec::new();
        } else {
            self.lines.push(line);
        }
    }
}

/// Splits the first line of a reply: three digits, then a blank and a text, or `-` if more such lines follow.
fn split_header(line: &str) -> Option<(u16, bool, &str)> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code = digits.parse().ok()?;
    if let Some(text) = rest.strip_prefix('-') {
        return Some((code, true, text.trim_start()));
    }
    if rest.is_empty() {
        return Some((code, false, ""));
    }
    Some((code, false, rest.strip_prefix(' ')?.trim_start()))
}
