//! What is wrong with a line that is no TOML, in words for people who do not know TOML.
//!
//! The parser names the rule of the grammar that was broken; what people meant can be told from the line that it stands in.
//! No text of the line is quoted: it may hold a secret (behaviour B4).

use super::report::Wrong;

/// Where a syntax error is looked up.
const GRAMMAR: &str = "see https://toml.io";
/// What the parser says of a file that is nested too deep. It does not know where that is.
const TOO_DEEP: &str = "recursion limit";

/// Says what is wrong with a line, and what would be right. `parser` is what the parser says of it.
pub(super) fn explain(line: &str, parser: &str) -> Wrong {
    let line = line.trim();
    let (what, right) = if parser.contains(TOO_DEEP) {
        (parser, GRAMMAR)
    } else if parser.contains("duplicate") {
        ("this stands in the file a second time", "each table and each key once")
    } else if parser.contains("escape") {
        ("a backslash in a text", "two of them, or the text in single quotes: '...'")
    } else if line.starts_with([';', '/']) {
        ("not a comment", "a comment begins with #")
    } else if line.starts_with('[') && !line.contains(']') {
        ("the name of a table without its end", "[name]")
    } else if let Some((_, value)) = line.split_once('=') {
        of_value(value.trim()).unwrap_or((parser, GRAMMAR))
    } else if line.contains(':') {
        ("no = between key and value", "key = value")
    } else if !line.is_empty() && line.bytes().all(is_of_key) {
        ("a key without a value", "key = value")
    } else {
        (parser, GRAMMAR)
    };
    Wrong::new(format!("not TOML: {what}"), right)
}

/// Says what is wrong with a value; `None` if that cannot be told.
fn of_value(value: &str) -> Option<(&'static str, &'static str)> {
    const WORDS: [&str; 6] = ["true", "false", "yes", "no", "on", "off"];
    let first = value.chars().next().filter(|first| *first != '#');
    let Some(first) = first else {
        return Some(("no value after the =", "a value; a text stands in quotes"));
    };
    let word = value.split(['#', ' ', '\t']).next().unwrap_or_default();
    let is_whole = |quote: char| value.matches(quote).count().is_multiple_of(2);
    if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        Some(("not a value", "true or false, in small letters and without quotes"))
    } else if matches!(first, '"' | '\'') && !value.contains('\\') && !is_whole(first) {
        Some(("a text without its end", "the same quote at its beginning and at its end"))
    } else if first.is_ascii_digit() && value.contains(|c: char| c.is_ascii_alphabetic() && c != 'e') {
        Some(("more than a number", "a number without a unit, or a text in quotes"))
    } else if first.is_ascii_alphabetic() || matches!(first, '/' | '$') {
        Some(("a text without quotes", "a text in quotes: \"...\""))
    } else {
        None
    }
}

/// Returns the dotted key that a line gives a value to, as far as it can be told from the lines before; the name of the
/// table for a line that begins one.
pub(super) fn key(lines: &[&str]) -> Option<String> {
    let mut upwards = lines.iter().rev().map(|line| line.trim());
    let line = upwards.next()?;
    if line.starts_with('[') {
        return name_of_table(line).map(String::from);
    }
    let key = line.split(['=', ':']).next().unwrap_or_default().trim();
    let table = upwards.find(|line| line.starts_with('[')).map_or(Some(""), name_of_table)?;
    match (table, key) {
        (_, "") => None,
        ("", key) => Some(key.to_owned()),
        (table, key) => Some(format!("{table}.{key}")),
    }
}

fn name_of_table(line: &str) -> Option<&str> {
    let name = line.trim_start_matches('[').split(']').next().unwrap_or_default().trim();
    (!name.is_empty() && name.bytes().all(is_of_key)).then_some(name)
}

/// Tells whether a byte can stand in a dotted key without quotes.
const fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_the_key_of_a_line_is_told_from_the_lines_before() {
        let table = [
            (&["[zino]", "port = "][..], Some("zino.port")),
            (&["[sync]", "", "ticket.enable = True"], Some("sync.ticket.enable")),
            (&["x = 1", "port: 8001"], Some("port")),
            (
                &["[sync.severity]", "[[sync.severity.thresholds]]", "level ="],
                Some("sync.severity.thresholds.level"),
            ),
            (&["[zino", "port = "], Some("zino.port")),
            (&["[zino]", "[sync"], Some("sync")),
            (&["[\"a b\"]", "port = "], None),
            (&["[zino]", "= 5"], None),
            (&[], None),
        ];
        for (lines, expected) in table {
            assert_eq!(key(lines).as_deref(), expected, "{lines:?}");
        }
    }

    #[test]
    fn b4_no_explanation_quotes_its_line() {
        for line in [
            "hush4711",
            "token = hush4711",
            "token = \"hush4711",
            "hush4711: x",
            "[hush4711",
            "\"hush4711",
            "; hush4711",
        ] {
            let wrong = explain(line, "what the parser says").to_string();
            assert!(wrong.starts_with("not TOML: ") && !wrong.contains("hush4711"), "{wrong}");
        }
    }
}
