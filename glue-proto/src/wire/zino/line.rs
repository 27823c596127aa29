//! From bytes to lines: framing, and the character set.

use alloc::string::String;
use alloc::vec::Vec;

/// The longest line that is accepted from the server, in bytes without its end: 4 MiB. The server itself has no limit,
/// and a line of 70,000 bytes was seen (reference zino-protocol 1).
pub const MAX_LINE: usize = 4 * 1024 * 1024;

/// What CP1252 makes of the bytes 0x80 to 0x9F. The five that it leaves unassigned become U+FFFD (reference
/// zino-protocol 9).
const CP1252_HIGH: [char; 32] = [
    '\u{20AC}', '\u{FFFD}', '\u{201A}', '\u{0192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{02C6}', '\u{2030}', '\u{0160}', '\u{2039}', '\u{0152}', '\u{FFFD}', '\u{017D}', '\u{FFFD}',
    '\u{FFFD}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{02DC}', '\u{2122}', '\u{0161}', '\u{203A}', '\u{0153}', '\u{FFFD}', '\u{017E}', '\u{0178}',
];

/// A line has no end within the limit. The stream cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a line is longer than {limit} bytes")]
pub struct LineTooLong {
    /// The limit, in bytes.
    pub limit: usize,
}

/// Cuts a stream of bytes into lines.
///
/// A line ends at CR LF and nowhere else: the server writes values raw, so a lone LF belongs to the value that it
/// stands in, and so does a lone CR (reference zino-protocol 5.2). How the bytes were cut into pieces on their way
/// makes no difference to the lines. The work is linear in the number of bytes, whatever the pieces.
#[derive(Clone, Debug, Hash)]
pub struct LineReader {
    limit: usize,
    buffer: Vec<u8>,
    /// Where the line that is being read begins.
    start: usize,
    /// No CR LF begins between `start` and here.
    scanned: usize,
    failed: bool,
}

impl LineReader {
    /// Makes a reader for lines of at most `limit` bytes, their ends not counted.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, buffer: Vec::new(), start: 0, scanned: 0, failed: false }
    }

    /// Takes in bytes. Take out all lines before the next call: then no more than one unfinished line is kept.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.failed {
            return;
        }
        // What is left behind the lines that were taken out came with the last piece: to move it costs no more than that.
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes out the next whole line, without its end, decoded by [`decode_text`]; `None` until more bytes come.
    ///
    /// # Errors
    ///
    /// [`LineTooLong`], from then on for ever: whatever follows is dropped.
    pub fn next_line(&mut self) -> Result<Option<String>, LineTooLong> {
        let too_long = LineTooLong { limit: self.limit };
        if self.failed {
            return Err(too_long);
        }
        let end = self.find_end();
        let (length, complete) = match end {
            Some(end) => (end - self.start, true),
            None => (self.buffer.len() - self.start - usize::from(self.buffer.last() == Some(&b'\r')), false),
        };
        if length > self.limit {
            self.failed = true;
            self.buffer = Vec::new();
            return Err(too_long);
        }
        if !complete {
            return Ok(None);
        }
        let end = self.start + length;
        let line = decode_text(&self.buffer[self.start..end]);
        self.start = end + 2;
        self.scanned = self.start;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            (self.start, self.scanned) = (0, 0);
        }
        Ok(Some(line))
    }

    /// Finds the CR of the next CR LF.
    fn find_end(&mut self) -> Option<usize> {
        let unseen = &self.buffer[self.scanned..];
        if let Some(found) = unseen.windows(2).position(|pair| pair == b"\r\n") {
            return Some(self.scanned + found);
        }
        // A CR at the very end may be half of a line end.
        self.scanned = self.buffer.len() - usize::from(unseen.last() == Some(&b'\r'));
        None
    }
}

/// Decodes what the server sent: UTF-8, and what is not UTF-8 byte by byte as CP1252.
///
/// Zino 2 always sends UTF-8, Zino 1 the bytes that it was given (reference zino-protocol 9). The choice is made for
/// each run of bad bytes, not for the whole line, as the Python client makes it: a line that holds both encodings
/// stays readable, and equal to what an older glue made of it. Total: every byte string has a meaning.
#[must_use]
pub fn decode_text(bytes: &[u8]) -> String {
    if let Ok(text) = core::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(decode_byte));
    }
    text
}

fn decode_byte(byte: u8) -> char {
    let high = usize::from(byte).checked_sub(0x80);
    high.and_then(|index| CP1252_HIGH.get(index)).copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn read(limit: usize, pieces: &[&[u8]]) -> (Vec<String>, Option<LineTooLong>) {
        let mut reader = LineReader::new(limit);
        let mut lines = Vec::new();
        let mut error = None;
        for piece in pieces {
            reader.receive(piece);
            loop {
                match reader.next_line() {
                    Ok(Some(line)) => lines.push(line),
                    Ok(None) => break,
                    Err(too_long) => {
                        error = Some(too_long);
                        break;
                    }
                }
            }
        }
        (lines, error)
    }

    #[test]
    fn a_line_ends_at_cr_lf_only() {
        let (lines, error) = read(100, &[b"one\ntwo\r\nthree\rfour\r\r\n\r\nrest\r"]);
        assert_eq!((lines, error), (vec!["one\ntwo".into(), "three\rfour\r".into(), String::new()], None));
    }

    #[test]
    fn text_is_utf8_else_cp1252_for_each_bad_run() {
        assert_eq!(decode_text("blåbær 漢".as_bytes()), "blåbær 漢");
        assert_eq!(decode_text(b"bl\xe5b\xe6r \x93q\x94 \x80"), "blåbær \u{201c}q\u{201d} €");
        assert_eq!(decode_text(b"\xc3\xa5 \xe5"), "å å");
        assert_eq!(decode_text(b"\x81\x8d\x8f\x90\x9d\xff"), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}ÿ");
        assert_eq!(decode_text(b"cut \xe6\xbc"), "cut æ¼");
    }

    #[test]
    fn a_line_that_is_too_long_ends_the_stream() {
        assert_eq!(
            read(3, &[b"abc\r\n", b"abcd\r\nx\r\n"]),
            (vec!["abc".into()], Some(LineTooLong { limit: 3 }))
        );
        assert_eq!(read(3, &[b"abc", b"\r", b"\n"]), (vec!["abc".into()], None));
        assert_eq!(read(3, &[b"abcd"]).1, Some(LineTooLong { limit: 3 }));
        assert_eq!(read(3, &[b"abc\r", b"x"]).1, Some(LineTooLong { limit: 3 }));
    }

    #[test]
    fn many_small_lines_in_many_small_pieces_take_linear_time() {
        let mut reader = LineReader::new(MAX_LINE);
        let mut count = 0;
        for _ in 0..200_000 {
            reader.receive(b"a\r");
            reader.receive(b"\nb");
            while let Ok(Some(_)) = reader.next_line() {
                count += 1;
            }
        }
        assert_eq!(count, 200_000);
        reader.receive(&[b'x'; 1_000_000]);
        for _ in 0..1_000_000 {
            reader.receive(b"x");
            assert_eq!(reader.next_line(), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn the_pieces_make_no_difference(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(0_usize..200, 0..20),
            limit in 0_usize..60,
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.push(0);
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            let whole = read(limit, &[&bytes]);
            prop_assert_eq!(&read(limit, &pieces), &whole);
            prop_assert_eq!(&read(limit, &single), &whole);
        }
    }

    #[test]
    fn no_more_than_one_unfinished_line_is_kept() {
        let mut reader = LineReader::new(MAX_LINE);
        for _ in 0..1_000 {
            reader.receive(b"the end of one line\r\nthe beginning of another");
            assert!(reader.next_line().unwrap().is_some());
            assert_eq!(reader.next_line(), Ok(None));
            assert!(reader.buffer.len() < 100, "{}", reader.buffer.len());
        }
    }
}
