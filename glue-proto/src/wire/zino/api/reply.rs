//! From lines to replies (reference zino-protocol 4).

use crate::wire::zino::line::{LineReader, LineTooLong, MAX_LINE};
use alloc::string::String;
use alloc::vec::Vec;

/// The most bytes that the lines of one reply may have together, their ends included: 16 MiB. A reply of a megabyte is to be
/// expected.
pub const MAX_REPLY_BYTES: usize = 16 * 1024 * 1024;

/// The most lines that one reply may have, and so the most numbers that `caseids` may list.
pub const MAX_REPLY_LINES: usize = 1_000_000;

/// The most bytes of one reply that are read at all: 32 MiB. One that is longer than what is kept is passed over up to its
/// end, so that it costs its own case only; one without an end would have the session for itself.
pub(super) const MAX_PASSED_BYTES: usize = 2 * MAX_REPLY_BYTES;

/// The length of a line end.
const LINE_END: usize = 2;

/// The line that stands where a list breaks off because the server failed.
const INTERNAL_ERROR: &str = "500 internal error";

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reply {
    /// One that is one line long, or several joined by LF (`200-`).
    Line {
        /// The three digits.
        code: u16,
        /// What stands after them.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ListEnd {
    /// At its dot.
    Complete,
    /// The server failed: there is no dot, and the next line begins a new reply.
    BrokenOff,
    /// At its dot, but it was longer than what is kept: `lines` is empty.
    TooLong,
}

/// Why there will be no more replies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum FramingError {
    Line(LineTooLong),
    /// This line stands where a reply must begin.
    NotAReply(String),
    /// A reply goes on and on.
    Endless,
}

/// Reads replies from the bytes of the API channel.
#[derive(Clone, Debug, Hash)]
pub(super) struct ReplyReader {
    lines: LineReader,
    open: Option<Open>,
    /// A reply that ended another one.
    next: Option<Reply>,
    /// How many failures inside lists are still to be told: in a batch the server tells them after everything else.
    owed: u32,
}

/// A reply that is being read.
#[derive(Clone, Debug, Hash)]
struct Open {
    code: u16,
    is_list: bool,
    lines: Vec<String>,
    /// How much of it has come, kept or not.
    bytes: usize,
    too_long: bool,
}

impl ReplyReader {
    pub(super) const fn new() -> Self {
        Self { lines: LineReader::new(MAX_LINE), open: None, next: None, owed: 0 }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.lines.receive(bytes);
    }

    /// Tells whether a list is being read.
    pub(super) fn is_in_list(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.is_list)
    }

    /// Takes out the next line as it is; for the greeting, which is no reply to anything.
    pub(super) fn next_line(&mut self) -> Result<Option<String>, FramingError> {
        self.lines.next_line().map_err(FramingError::Line)
    }

    /// Takes out the next whole reply; `None` until more bytes come.
    pub(super) fn next_reply(&mut self) -> Result<Option<Reply>, FramingError> {
        if let Some(reply) = self.next.take() {
            return Ok(Some(reply));
        }
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
            Some(open) if open.is_list && open.is_over_at(&line) => {
                self.owed = self.owed.saturating_add(1);
                self.next = self.begin(line)?;
                Ok(Some(Reply::List { code: open.code, lines: open.lines, end: ListEnd::BrokenOff }))
            }
            Some(open) if open.is_list => self.continue_list(open, line),
            Some(open) => self.continue_text(open, line),
        }
    }

    fn begin(&mut self, line: String) -> Result<Option<Reply>, FramingError> {
        if line == INTERNAL_ERROR && self.owed > 0 {
            self.owed -= 1;
            return Ok(None);
        }
        let Some((code, more, text)) = split_header(&line) else {
            return Err(FramingError::NotAReply(line));
        };
        let is_list = matches!(code, 300 | 301 | 303 | 304);
        if is_list || more {
            let mut open = Open { code, is_list, lines: Vec::new(), bytes: 0, too_long: false };
            if !is_list {
                open.push(text.into())?;
            }
            self.open = Some(open);
            return Ok(None);
        }
        Ok(Some(Reply::Line { code, text: text.into() }))
    }

    fn continue_list(&mut self, mut open: Open, line: String) -> Result<Option<Reply>, FramingError> {
        let end = match line.as_str() {
            "." if open.too_long => ListEnd::TooLong,
            "." => ListEnd::Complete,
            INTERNAL_ERROR => ListEnd::BrokenOff,
            _ => {
                let pushed = open.push(line);
                // Whose reply it was is asked for after a failure, too.
                self.open = Some(open);
                return pushed.map(|()| None);
            }
        };
        Ok(Some(Reply::List { code: open.code, lines: open.lines, end }))
    }

    fn continue_text(&mut self, mut open: Open, line: String) -> Result<Option<Reply>, FramingError> {
        let Some((code, more, text)) = split_header(&line).filter(|(code, ..)| *code == open.code) else {
            return Err(FramingError::NotAReply(line));
        };
        open.push(text.into())?;
        if more {
            self.open = Some(open);
            return Ok(None);
        }
        Ok(Some(Reply::Line { code, text: open.lines.join("\n") }))
    }
}

impl Open {
    /// Tells whether a line is no line of this list but the beginning of the next reply: the server failed inside the list.
    /// What is listed begins with a blank or a stamp of more than three digits, or is a number alone; only attributes can
    /// hold anything.
    fn is_over_at(&self, line: &str) -> bool {
        self.code != 303 && line.len() > 3 && line != INTERNAL_ERROR && split_header(line).is_some()
    }

    /// Keeps a line, or, from the moment on when the reply is too long, nothing of it at all.
    ///
    /// # Errors
    ///
    /// [`FramingError::Endless`], once that has gone on for too long.
    fn push(&mut self, line: String) -> Result<(), FramingError> {
        self.bytes = self.bytes.saturating_add(line.len() + LINE_END);
        if self.bytes > MAX_PASSED_BYTES {
            return Err(FramingError::Endless);
        }
        if self.too_long || self.bytes > MAX_REPLY_BYTES || self.lines.len() >= MAX_REPLY_LINES {
            self.too_long = true;
            self.lines = Vec::new();
        } else {
            self.lines.push(line);
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn read(bytes: &[u8], piece: usize) -> (Vec<Reply>, Option<FramingError>) {
        let mut reader = ReplyReader::new();
        let mut replies = Vec::new();
        for bytes in bytes.chunks(piece) {
            reader.receive(bytes);
            loop {
                match reader.next_reply() {
                    Ok(Some(reply)) => replies.push(reply),
                    Ok(None) => break,
                    Err(error) => return (replies, Some(error)),
                }
            }
        }
        (replies, None)
    }

    fn line(code: u16, text: &str) -> Reply {
        Reply::Line { code, text: text.into() }
    }

    fn list(code: u16, lines: &[&str], end: ListEnd) -> Reply {
        Reply::List { code, lines: lines.iter().map(|line| (*line).into()).collect(), end }
    }

    #[test]
    fn b14_a_list_that_breaks_off_in_a_batch_does_not_swallow_the_next_reply() {
        let bytes = b"301 x\r\n1795357403 a\r\n301 y\r\n1795357404 b\r\n.\r\n300 z\r\n200 ok\r\n\
                      500 internal error\r\n500 internal error\r\n500 internal error\r\n";
        let expected = vec![
            list(301, &["1795357403 a"], ListEnd::BrokenOff),
            list(301, &["1795357404 b"], ListEnd::Complete),
            list(300, &[], ListEnd::BrokenOff),
            line(200, "ok"),
            // Two were owed; the third is an answer.
            line(500, "internal error"),
        ];
        for piece in [1, 7, 1000] {
            assert_eq!(read(bytes, piece), (expected.clone(), None));
        }
    }

    #[test]
    fn replies_are_one_line_several_lines_or_a_list() {
        let bytes =
            b"200 ok\r\n200- commands are:\r\n200- HELP QUIT\r\n200  VERSION\r\n500\r\n304 x\r\n500\r\n.\r\n\
                      301 x\r\n1 a\r\n .\r\n ..\r\n..\r\n.\r\n205 Bye\r\n";
        let expected = vec![
            line(200, "ok"),
            line(200, "commands are:\nHELP QUIT\nVERSION"),
            line(500, ""),
            list(304, &["500"], ListEnd::Complete),
            list(301, &["1 a", " .", " ..", ".."], ListEnd::Complete),
            line(205, "Bye"),
        ];
        assert_eq!(read(bytes, 1), (expected, None));
    }

    #[test]
    fn b14_a_broken_list_ends_where_the_server_failed() {
        let bytes = b"300 log\r\n1 first\r\n500 internal error\r\n200 zino version is 2.5.2\r\n";
        let expected = vec![list(300, &["1 first"], ListEnd::BrokenOff), line(200, "zino version is 2.5.2")];
        assert_eq!(read(bytes, 3), (expected, None));
    }

    #[test]
    fn b14_a_list_that_is_too_long_is_read_to_its_end_and_not_kept() {
        let mut reader = ReplyReader::new();
        reader.receive(b"304 x\r\n");
        for _ in 0..=MAX_REPLY_LINES {
            reader.receive(b"7\r\n");
            assert_eq!(reader.next_reply(), Ok(None));
        }
        reader.receive(b".\r\n303 x\r\n");
        assert_eq!(reader.next_reply(), Ok(Some(list(304, &[], ListEnd::TooLong))));
        for _ in 0..5 {
            reader.receive(&vec![b'x'; MAX_LINE]);
            reader.receive(b"\r\n");
            assert_eq!(reader.next_reply(), Ok(None));
            assert!(reader.open.as_ref().is_some_and(|open| open.lines.len() <= 4));
        }
        reader.receive(b".\r\n200 ok\r\n");
        assert_eq!(reader.next_reply(), Ok(Some(list(303, &[], ListEnd::TooLong))));
        assert_eq!(reader.next_reply(), Ok(Some(line(200, "ok"))));
    }

    #[test]
    fn a_line_that_is_no_header_is_an_error() {
        for odd in ["three", "", ".", "20", "2000 ok", "200ok", "æøå", "-200 ok", " 200 ok", "id: 1"] {
            let bytes = alloc::format!("{odd}\r\n");
            assert_eq!(read(bytes.as_bytes(), 9), (vec![], Some(FramingError::NotAReply(odd.into()))));
        }
        let (_, error) = read(b"200- a\r\n500 b\r\n", 9);
        assert_eq!(error, Some(FramingError::NotAReply("500 b".into())));
    }

    /// Returns what the server said on the API channel of a recorded session.
    fn recorded(transcript: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in transcript.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
            if entry["ch"] == "api" && entry["dir"] == "S" {
                bytes.extend_from_slice(entry["text"].as_str().unwrap().as_bytes());
            }
        }
        bytes
    }

    #[test]
    fn b50_every_recorded_reply_is_read_in_any_pieces() {
        let transcripts = [
            (include_str!("../../../../tests/transcripts/zino-01-session-basic.jsonl"), 21),
            (include_str!("../../../../tests/transcripts/zino-02-auth.jsonl"), 15),
            (include_str!("../../../../tests/transcripts/zino-03-auth-pipelined.jsonl"), 4),
            (include_str!("../../../../tests/transcripts/zino-04-errors-grammar.jsonl"), 33),
            (include_str!("../../../../tests/transcripts/zino-05-setstate.jsonl"), 22),
            (include_str!("../../../../tests/transcripts/zino-06-addhist.jsonl"), 53),
            (include_str!("../../../../tests/transcripts/zino-07-pipelining-errors-reorder.jsonl"), 15),
            (include_str!("../../../../tests/transcripts/zino-08-pipelining-addhist.jsonl"), 16),
            (include_str!("../../../../tests/transcripts/zino-09-pipelining-addhist-middle.jsonl"), 7),
            (include_str!("../../../../tests/transcripts/zino-10-quit-pipelined.jsonl"), 4),
            (include_str!("../../../../tests/transcripts/zino-11-notify-types.jsonl"), 12),
            (include_str!("../../../../tests/transcripts/zino-16-disconnects.jsonl"), 7),
            (include_str!("../../../../tests/transcripts/zino-17-segmentation.jsonl"), 7),
            (include_str!("../../../../tests/transcripts/zino-19-addhist-interrupted.jsonl"), 10),
        ];
        for (index, (transcript, count)) in transcripts.into_iter().enumerate() {
            let bytes = recorded(transcript);
            let whole = read(&bytes, usize::MAX);
            assert_eq!((whole.0.len(), &whole.1), (count, &None), "{index}");
            assert_eq!(read(&bytes, 1), whole);
            assert_eq!(read(&bytes, 7), whole);
        }
    }

    proptest! {
        #[test]
        fn b50_the_pieces_make_no_difference(
            lines in proptest::collection::vec(prop_oneof![
                Just("200 ok"), Just("200- more"), Just("303 x"), Just("304 x"), Just("."), Just("x: y"),
                Just("500 internal error"), Just("1\n2"), Just(" ."), Just(""),
            ], 0..30),
            piece in 1_usize..40,
        ) {
            let bytes: Vec<u8> = lines.iter().flat_map(|line| [line, "\r\n"]).flat_map(str::bytes).collect();
            prop_assert_eq!(read(&bytes, piece), read(&bytes, usize::MAX));
        }
    }

    #[test]
    fn a_reply_may_be_as_long_as_the_limit_and_no_longer() {
        let mut open = Open { code: 303, is_list: true, lines: Vec::new(), bytes: 0, too_long: false };
        for (length, kept, outcome) in [
            (MAX_REPLY_BYTES - LINE_END, 1, Ok(())),
            (0, 0, Ok(())),
            (MAX_PASSED_BYTES - MAX_REPLY_BYTES - 2 * LINE_END, 0, Ok(())),
            (0, 0, Err(FramingError::Endless)),
        ] {
            assert_eq!(open.push("x".repeat(length)), outcome);
            assert_eq!((open.lines.len(), open.too_long), (kept, kept == 0), "nothing of it is kept");
        }
    }
}
