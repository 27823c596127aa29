//! Texts in JSON, which stays as it is written: blanks, order, numbers, keys and escapes.

use super::Names;
use core::fmt::Write as _;

/// A character, and how it is written.
struct Unit<'a> {
    written: &'a str,
    character: char,
}

impl Names {
    /// Replaces the names in the values of what is JSON.
    pub(super) fn json(&self, json: &str) -> String {
        let mut replaced = String::with_capacity(json.len());
        let mut rest = json;
        while let Some((before, inside)) = rest.split_once('"') {
            let (content, after) = inside.split_at(end_of_string(inside));
            let after = after.strip_prefix('"').unwrap_or_default();
            replaced.push_str(before);
            replaced.push('"');
            if after.trim_start().starts_with(':') {
                replaced.push_str(content);
            } else {
                self.content(content, &mut replaced);
            }
            replaced.push('"');
            rest = after;
        }
        replaced + rest
    }

    /// Replaces the names in what stands between two quotation marks.
    fn content(&self, content: &str, replaced: &mut String) {
        let units = units(content);
        let text: String = units.iter().map(|unit| unit.character).collect();
        for (Unit { written, character }, other) in units.into_iter().zip(self.text(&text).chars()) {
            if other == character {
                replaced.push_str(written);
            } else if written.starts_with('\\') {
                for code in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a String never fails.
                    let _ = write!(replaced, "\\u{code:04x}");
                }
            } else {
                replaced.push(other);
            }
        }
    }
}

/// Returns where a string ends whose first quotation mark was read.
fn end_of_string(inside: &str) -> usize {
    let mut is_escaped = false;
    let ends = |c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    };
    inside.find(ends).unwrap_or(inside.len())
}

/// Reads what is escaped. Half of a pair of surrogates stands for nothing.
fn units(content: &str) -> Vec<Unit<'_>> {
    let mut units = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        let (length, character) = match rest.as_bytes() {
            [b'\\', b'u', ..] => escaped(rest),
            [b'\\', b'n', ..] => (2, '\n'),
            [b'\\', b'r', ..] => (2, '\r'),
            [b'\\', b't', ..] => (2, '\t'),
            [b'\\', b'b' | b'f', ..] => (2, '\u{c}'),
            [b'\\', other, ..] if other.is_ascii() => (2, char::from(*other)),
            _ => (first.len_utf8(), first),
        };
        let Some((written, left)) = rest.split_at_checked(length) else { break };
        units.push(Unit { written, character });
        rest = left;
    }
    units
}

/// Reads `\u` with its digits, and a second one if it takes two; returns also how long that is.
fn escaped(text: &str) -> (usize, char) {
    let code = |from: usize| {
        let digits = text.get(from..).and_then(|text| text.strip_prefix("\\u"))?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = code(0) else { return (2, char::REPLACEMENT_CHARACTER) };
    let read = |codes: &[u16]| char::decode_utf16(codes.iter().copied()).next().and_then(Result::ok);
    if let Some(character) = read(&[first]) {
        return (6, character);
    }
    match code(6).and_then(|second| read(&[first, second])) {
        Some(character) => (12, character),
        None => (6, char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn b79_json_keeps_its_keys_and_its_form_however_texts_are_escaped() {
        let names = Names::new();
        let body = r#"{ "Trondheim" : "Trondheim",  "n":[1.50, true,"bl\u00e5b\u00E6r\nkjøp \"Trondheim\"\\\ud834\udd1e"]}"#;
        let replaced = names.json(body);
        let text = |text: &str| names.text(text);
        let expected = json!({
            "Trondheim": text("Trondheim"),
            "n": [1.5, true, text("blåbær\nkjøp \"Trondheim\"\\\u{1d11e}")],
        });
        assert_eq!(serde_json::from_str::<Value>(&replaced).unwrap(), expected);
        assert_eq!(replaced.len(), body.len());
        assert!(
            replaced.starts_with("{ \"Trondheim\" : \"") && replaced.contains("1.50, true,"),
            "{replaced}"
        );
    }

    #[test]
    fn b79_what_is_no_json_is_a_text() {
        let names = Names::new();
        for body in ["{\"Trondheim\": \"x", "Trondheim", "<b>Trondheim</b>", "\\u00e5 Trondheim"] {
            let replaced = String::from_utf8(names.body(body.as_bytes())).unwrap();
            assert!(!replaced.contains("Trondheim"), "{replaced}");
        }
        assert_eq!(names.body(b"\"\\ud834\""), b"\"\\ud834\"");
    }
}
