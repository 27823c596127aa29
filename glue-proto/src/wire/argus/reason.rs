//! One short line out of whatever an error's body holds (reference argus-api 1).

use crate::text::argus::cut;
use alloc::borrow::Cow;
use alloc::string::String;
use serde_json::Value;

/// The longest reason, in bytes.
pub(super) const MAX_REASON: usize = 200;

/// The most of a body that is looked at, in bytes: explanations are short, and a huge body is none.
const MAX_BODY: usize = 64 << 10;

/// Returns what a body has to say, in one line of at most [`MAX_REASON`] bytes.
///
/// Takes an object of texts, of lists or of objects, a list, a text, HTML (its title), plain text, and nothing.
pub(super) fn reason(body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body.get(..MAX_BODY).unwrap_or(body));
    let body = body.trim();
    if body.starts_with('<') {
        return title(body).map_or_else(|| String::from("a page in HTML"), line);
    }
    let mut found = String::new();
    match serde_json::from_str::<Value>(body) {
        Ok(value) => collect(&value, &mut String::new(), &mut found),
        Err(_) => found.push_str(body),
    }
    let found = line(&found);
    if found.is_empty() { String::from("no explanation") } else { found }
}

/// Tells whether a body is a JSON object with a field: the word of Argus itself, not of a proxy in front of it.
pub(super) fn has_field(body: &[u8], field: &str) -> bool {
    let body = if body.len() > MAX_BODY { &[] } else { body };
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.get(field).is_some())
}

/// Makes one printable line of a text: every row of blanks and control characters becomes one blank.
pub(super) fn line(text: &str) -> String {
    // No more than this can be left of it, whatever is dropped.
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if out.len() > MAX_REASON {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&cut(word, MAX_REASON + 1));
    }
    cut(&out, MAX_REASON).into_owned()
}

/// Returns the title of a page.
fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    page.get(start..end).map(str::trim).filter(|title| !title.is_empty())
}

/// Gathers every text in a value, each after the names that lead to it: `tags.0.tag: The tag ...`.
///
/// The depth of the recursion is that of the value, which the reader of JSON limits to 128.
fn collect(value: &Value, path: &mut String, out: &mut String) {
    if out.len() > MAX_REASON {
        return;
    }
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => {
            append(&Cow::Owned(alloc::format!("{value}")), path, out);
        }
        Value::String(text) => append(&Cow::Borrowed(text), path, out),
        Value::Array(items) => {
            for item in items {
                collect(item, path, out);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let length = path.len();
                // Two names that only say that no field is meant.
                if name != "detail" && name != "non_field_errors" {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(&cut(name, MAX_REASON));
                }
                collect(field, path, out);
                path.truncate(length);
            }
        }
    }
}

fn append(text: &str, path: &str, out: &mut String) {
    if !out.is_empty() {
        out.push_str("; ");
    }
    if !path.is_empty() {
        out.push_str(path);
        out.push_str(": ");
    }
    out.push_str(&cut(text, MAX_REASON));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn b14_every_shape_of_an_error_gives_a_line() {
        let table: [(&str, &str); 15] = [
            (r#"{"detail":"Invalid token."}"#, "Invalid token."),
            (
                r#"{"start_time":["This field is required."],"tags":["This field is required."]}"#,
                "start_time: This field is required.; tags: This field is required.",
            ),
            (
                r#"{"type":"A source system cannot post events of type 'CLO'."}"#,
                "type: A source system cannot post events of type 'CLO'.",
            ),
            (r#"{"tags":{"0":["Tags need to"]}}"#, "tags.0: Tags need to"),
            (r#"{"tags":{"0":{"tag":"no delimiter"}}}"#, "tags.0.tag: no delimiter"),
            (r#"{"non_field_errors":["No data provided"]}"#, "No data provided"),
            (r#"["duplicate key value\nDETAIL:  Key"]"#, "duplicate key value DETAIL: Key"),
            (r#""alone""#, "alone"),
            (r#"{"status_code":410,"status":"gone"}"#, "status: gone; status_code: 410"),
            ("<head>\n  <TITLE>500 -\n Internal</TITLE>", "500 - Internal"),
            ("<!DOCTYPE html><p>x</p>", "a page in HTML"),
            (
                "upstream connect error\r\n\u{1b}[31m or disconnect",
                "upstream connect error [31m or disconnect",
            ),
            ("", "no explanation"),
            ("null", "no explanation"),
            ("{}", "no explanation"),
        ];
        for (body, expected) in table {
            assert_eq!(reason(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn b14_a_long_explanation_is_cut() {
        let body = alloc::format!("{{\"{}\":[\"{}\"]}}", "k".repeat(5000), "æ".repeat(30_000));
        assert!(reason(body.as_bytes()).len() <= MAX_REASON);
        let spaced = "a ".repeat(40_000);
        assert_eq!(reason(spaced.as_bytes()).len(), MAX_REASON);
        let nested = alloc::format!("{}1{}", "[".repeat(3000), "]".repeat(3000));
        assert!(reason(nested.as_bytes()).len() <= MAX_REASON);
    }

    proptest! {
        #[test]
        fn b14_a_reason_is_one_printable_line(body: alloc::vec::Vec<u8>) {
            let reason = reason(&body);
            prop_assert!(reason.len() <= MAX_REASON && !reason.is_empty());
            prop_assert!(!reason.chars().any(char::is_control), "{:?}", reason);
        }

        #[test]
        fn b14_any_page_has_a_title_or_none(page in "<[tile/TIE>< æ\\n]{0,60}") {
            let _ = title(&page);
        }
    }
}
