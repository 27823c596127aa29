//! Cursors of paged lists: base64 of a little query string.

use super::query::{decode, encode};
use super::time;
use jiff::tz::TimeZone;

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// How many rows after the position to skip.
    pub(super) offset: usize,
    /// Towards newer rows. Only written in `previous` links here, never followed.
    pub(super) reverse: bool,
    /// Only rows that began before this, in microseconds.
    pub(super) position: Option<i64>,
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The server takes no larger offset: it cuts it, which makes a list with more equal rows go round for ever.
const MAX_OFFSET: usize = 1000;

impl Cursor {
    pub(super) fn encode(self) -> String {
        let mut parts = Vec::new();
        if self.offset != 0 {
            parts.push(format!("o={}", self.offset));
        }
        if self.reverse {
            parts.push(String::from("r=1"));
        }
        if let Some(text) = self.position.and_then(|micros| time::format(micros, &TimeZone::UTC)) {
            parts.push(format!("p={}", encode(&text.replace('T', " "))));
        }
        encode_base64(parts.join("&").as_bytes())
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        let plain = String::from_utf8(decode_base64(text)?).ok()?;
        let mut cursor = Self::default();
        for pair in plain.split('&') {
            match pair.split_once('=')? {
                ("o", offset) => cursor.offset = offset.parse::<usize>().ok()?.min(MAX_OFFSET),
                ("r", reverse) => cursor.reverse = reverse == "1",
                ("p", position) => {
                    cursor.position = Some(time::parse(&decode(position), &TimeZone::UTC).ok()?)
                }
                _ => {}
            }
        }
        Some(cursor)
    }
}

fn encode_base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * at) & 0x3f).unwrap_or(0);
            out.push(if at > u32::try_from(chunk.len()).unwrap_or(0) {
                '='
            } else {
                char::from(ALPHABET[index])
            });
        }
    }
    out
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in digits.bytes() {
        let index = ALPHABET.iter().position(|&known| known == byte)?;
        bits = bits << 6 | u32::try_from(index).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_written_as_recorded_and_read_back() {
        let cursor = Cursor { position: Some(1_893_456_004_000_000), ..Cursor::default() };
        assert_eq!(cursor.encode(), "cD0yMDMwLTAxLTAxKzAwJTNBMDAlM0EwNCUyQjAwJTNBMDA=");
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        let second = Cursor { offset: 100, reverse: false, position: None };
        assert_eq!(Cursor::decode(&second.encode()), Some(second));
        assert_eq!(Cursor::decode("broken"), None);
    }
}
