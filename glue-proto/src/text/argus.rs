//! What may go into a text, and what Argus makes of it (behaviour B23, B26; reference argus-api 2 and 4).
//!
//! Argus trims every text, refuses NUL, and answers with a 500 for ever to a tag that is too long. So texts are brought
//! into shape before they are sent, and two texts are compared in that shape. Every function here may be applied to its
//! own result and changes nothing then.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;

/// The longest value of a tag, in bytes: the index of the tag table takes about 2700 (reference argus-api 4).
pub const MAX_TAG_VALUE: usize = 1000;

/// The longest description of an event or an incident, in bytes: far below the 2.5 MiB that a request may have.
pub const MAX_DESCRIPTION: usize = 64 * 1024;

/// Stands where text was cut off.
const ELLIPSIS: &str = "…";

/// Cuts a text to at most `max_bytes` bytes, the ellipsis included, at a character boundary.
///
/// A limit that has no room for the ellipsis gives as many whole characters as fit.
#[must_use]
pub fn cut(text: &str, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        return Cow::Borrowed(text);
    }
    let Some(room) = max_bytes.checked_sub(ELLIPSIS.len()) else {
        return Cow::Borrowed(head(text, max_bytes));
    };
    let mut short = head(text, room).to_owned();
    short.push_str(ELLIPSIS);
    Cow::Owned(short)
}

/// Returns as many whole characters from the front as fit into `max_bytes` bytes.
fn head(text: &str, max_bytes: usize) -> &str {
    let end = (0..=max_bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Drops NUL, which Argus refuses. Every other character is stored.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.as_bytes().contains(&0) { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// Returns a text as Argus stores it: without the blanks and line ends around it.
///
/// What counts as blank is what Python's `str.strip` takes away: white space as Unicode has it, and the four separators
/// U+001C to U+001F.
#[must_use]
pub fn stored(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// Returns the description of an event or an incident as it is sent and as Argus then holds it (behaviour B23): cleaned,
/// trimmed, cut to [`MAX_DESCRIPTION`].
///
/// Two descriptions are the same if this makes them equal, whoever posted them: an older program may have posted more
/// than is sent today.
#[must_use]
pub fn description(text: &str) -> Cow<'_, str> {
    shaped(text, MAX_DESCRIPTION)
}

/// Returns the value of a tag as Argus stores it: cleaned, trimmed, cut to [`MAX_TAG_VALUE`] (behaviour B23).
#[must_use]
pub fn tag_value(text: &str) -> Cow<'_, str> {
    shaped(text, MAX_TAG_VALUE)
}

/// Cleans, trims and cuts a text. Hardly any text needs to be changed for that.
fn shaped(text: &str, max_bytes: usize) -> Cow<'_, str> {
    match clean(text) {
        Cow::Borrowed(text) => cut(stored(text), max_bytes),
        Cow::Owned(text) => Cow::Owned(cut(stored(&text), max_bytes).into_owned()),
    }
}

/// Returns a tag, `key=value`, with the value as [`tag_value`] gives it (behaviour B23).
///
/// The key is taken as it is; Argus wants it to be of `a-z`, `0-9` and `_`.
#[must_use]
pub fn tag(key: &str, value: &str) -> String {
    let value = tag_value(value);
    let mut tag = String::with_capacity(key.len() + 1 + value.len());
    tag.push_str(key);
    tag.push('=');
    tag.push_str(&value);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    #[test]
    fn b23_texts_are_cut_at_a_character_with_an_ellipsis() {
        let table = [
            ("short", 5, "short"),
            ("longer", 5, "lo…"),
            ("blåbær", 8, "blåbær"),
            ("blåbær", 7, "blå…"),
            ("blåbær", 6, "bl…"),
            ("ææ", 3, "…"),
            ("ææ", 2, "æ"),
            ("ææ", 1, ""),
            ("ææ", 0, ""),
            ("", 0, ""),
        ];
        for (text, max, expected) in table {
            assert_eq!(cut(text, max), expected, "{text:?} to {max}");
        }
    }

    #[test]
    fn b26_texts_are_trimmed_as_python_does() {
        for (text, expected) in [
            ("  trimmed\n", "trimmed"),
            ("   ", ""),
            ("line 1\nline 2\n line 3", "line 1\nline 2\n line 3"),
            ("\u{1c}\u{1f}\t\u{b}\u{c}\r\u{85}\u{a0}\u{3000}x\u{2028}\u{1d}", "x"),
            ("\u{200b}x\u{feff}", "\u{200b}x\u{feff}"),
            ("\u{7}x\u{7f}", "\u{7}x\u{7f}"),
        ] {
            assert_eq!(stored(text), expected, "{text:?}");
        }
    }

    #[test]
    fn b23_a_tag_is_cleaned_trimmed_and_cut() {
        assert_eq!(tag("host", " gw\u{0}1 \n"), "host=gw1");
        assert_eq!(tag("a", ""), "a=");
        assert_eq!(tag("a", "b=c"), "a=b=c");
        let long = tag("description", &"æ".repeat(600));
        assert_eq!(long.len(), "description=".len() + 999);
        assert!(long.ends_with("æ…"));
    }

    proptest! {
        #[test]
        fn b23_shaping_twice_is_shaping_once(text in "[ \\n\\x00-\\x20a…æ🎉]{0,40}", max in 0..30_usize) {
            let once = cut(&text, max);
            prop_assert!(once.len() <= max);
            prop_assert_eq!(&cut(&once, max), &once);
            let shaped = description(&text);
            prop_assert_eq!(stored(&shaped), &shaped);
            prop_assert_eq!(&description(&shaped), &shaped);
            let tagged = tag("k", &text);
            prop_assert_eq!(tag("k", tagged.strip_prefix("k=").unwrap_or_default()), tagged);
        }
    }

    #[test]
    fn b23_a_long_description_keeps_its_shape() {
        let long = format!("\n {}", "ab ".repeat(40_000));
        let shaped = description(&long);
        assert!(shaped.len() <= MAX_DESCRIPTION && shaped.ends_with(ELLIPSIS));
        assert_eq!(description(&shaped), shaped);
        assert_eq!(stored(&shaped), shaped);
    }
}
