//! What the real server's language does to text: decoding, stripping, splitting and reading numbers.

/// Decodes one line: UTF-8, else the whole line byte by byte as ISO-8859-1 (reference zino-protocol 1).
pub(super) fn decode_line(line: &[u8]) -> String {
    let utf8 = core::str::from_utf8(line).map(str::to_owned);
    utf8.unwrap_or_else(|_| line.iter().map(|&byte| char::from(byte)).collect())
}

/// Tells whether a character is blank space to the server: the Unicode ones and four separators of ASCII.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// Tells whether a character ends a line when the server writes an entry out (reference zino-protocol 5.4).
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Splits a message into lines. A break at the very end adds no empty line, and no text has no line at all.
pub(super) fn split_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(at) = rest.find(is_line_break) else {
            lines.push(rest);
            break;
        };
        lines.push(&rest[..at]);
        let mut after = rest[at..].chars();
        let first = after.next();
        rest = after.as_str();
        if first == Some('\r') {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
    }
    lines
}

/// The server refuses to read a number with more digits.
const MAX_DIGITS: usize = 4300;

/// Reads a whole number as the server does: blanks around it, a sign and single underscores between digits are fine
/// (reference zino-protocol 3). Returns it in plain form, without leading zeros.
pub(super) fn plain_integer(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let parts: Vec<&str> = digits.split('_').collect();
    if parts.iter().any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let digits = parts.concat();
    if digits.len() > MAX_DIGITS {
        return None;
    }
    match digits.trim_start_matches('0') {
        "" => Some(String::from("0")),
        plain => Some(format!("{sign}{plain}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_at_every_break_and_never_end_in_an_empty_one() {
        let table: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("a", &["a"]),
            ("a\n", &["a"]),
            ("a\n\n", &["a", ""]),
            ("a\r\nb\rc\x0bd\x1ce\u{85}f\u{2028}g", &["a", "b", "c", "d", "e", "f", "g"]),
            ("\n a", &["", " a"]),
        ];
        for (text, lines) in table {
            assert_eq!(split_lines(text), lines, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_read_with_signs_blanks_and_underscores() {
        let table = [
            ("1", Some("1")),
            ("+1", Some("1")),
            ("0_1", Some("1")),
            (" 7 ", Some("7")),
            ("7\r\x1c", None),
            ("-1", Some("-1")),
            ("-0", Some("0")),
            ("000", Some("0")),
            ("1x", None),
            ("", None),
            ("_1", None),
            ("1__0", None),
        ];
        for (text, expected) in table {
            assert_eq!(plain_integer(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(plain_integer(&"1".repeat(MAX_DIGITS)).map(|plain| plain.len()), Some(MAX_DIGITS));
        assert_eq!(plain_integer(&"1".repeat(MAX_DIGITS + 1)), None);
    }

    #[test]
    fn a_line_that_is_not_utf8_is_latin_1_as_a_whole() {
        assert_eq!(decode_line(b"bl\xc3\xa5"), "blå");
        assert_eq!(decode_line(b"\xc3\xa5 \xe5"), "\u{c3}\u{a5} å");
    }
}
