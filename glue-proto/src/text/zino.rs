//! Text for Zino: what may be sent, and what becomes of it there.

use alloc::string::String;

/// The longest text that is sent, in bytes, with its ellipsis: 16 KiB (behaviour B43).
pub const MAX_TEXT: usize = 16 * 1024;

/// What stands at the end of a text that was cut.
const ELLIPSIS: &str = "…";

/// Makes a text harmless to the protocol (behaviour B43).
///
/// * CR LF becomes LF. Every other control character becomes a blank, and so do the two Unicode line separators: Zino
///   would make line breaks of some of them (reference zino-protocol 5.4).
/// * A line of exactly `.`, which would end the text, becomes ` .`; Zino strips the blank, so nothing is lost.
/// * What is longer than [`MAX_TEXT`] is cut at a character boundary, and ends with `…`.
///
/// Lines are separated by LF in the result. It can be given to this function again and comes out as it went in.
#[must_use]
pub fn safe_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(MAX_TEXT + 1));
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            safe.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line == "." {
            safe.push(' ');
        }
        push_safe(&mut safe, line);
        if safe.len() > MAX_TEXT {
            break;
        }
    }
    if safe.len() > MAX_TEXT {
        safe.truncate(floor_boundary(&safe, MAX_TEXT - ELLIPSIS.len()));
        safe.push_str(ELLIPSIS);
    }
    safe
}

/// Appends a line, and stops early when the text is longer than it may be anyway.
fn push_safe(safe: &mut String, line: &str) {
    for character in line.chars() {
        if safe.len() > MAX_TEXT {
            return;
        }
        let breaks = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
        safe.push(if breaks { ' ' } else { character });
    }
}

/// Returns the last character boundary of `text` that is not after `index`.
pub(crate) fn floor_boundary(text: &str, index: usize) -> usize {
    let mut boundary = index.min(text.len());
    while !text.is_char_boundary(boundary) {
        boundary -= 1;
    }
    boundary
}

/// Returns the form in which Zino keeps a text and shows it in the history.
///
/// Zino strips the blanks of every line at both ends, so that ` .` comes back as `.`, and drops empty lines at the end
/// (reference zino-protocol 5.4; Zino 1 keeps those). To find out whether a note stands in the history already, put
/// both through this function, the text that would be sent and [`Entry::body`](crate::model::Entry::body) of what is
/// there, and compare. [`safe_text`] is part of it, and it changes nothing when it is done twice.
#[must_use]
pub fn stored_text(text: &str) -> String {
    let safe = safe_text(text);
    let mut stored = String::with_capacity(safe.len());
    for (index, line) in safe.split('\n').enumerate() {
        if index > 0 {
            stored.push('\n');
        }
        stored.push_str(line.trim());
    }
    stored.truncate(stored.trim_end_matches('\n').len());
    stored
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn b43_control_characters_become_blanks() {
        assert_eq!(safe_text("a\rb\u{b}c\u{c}d\u{1c}e\u{85}f\u{2028}g\u{2029}h"), "a b c d e f g h");
        assert_eq!(safe_text("nul\0esc\u{1b}[31m tab\tdel\u{7f}"), "nul esc [31m tab del ");
        assert_eq!(safe_text("one\r\ntwo\n\nthree\r\r\n"), "one\ntwo\n\nthree \n");
        assert_eq!(safe_text("blåbær 漢字 🎉"), "blåbær 漢字 🎉");
    }

    #[test]
    fn b43_a_line_of_one_dot_gets_a_blank() {
        assert_eq!(safe_text("."), " .");
        assert_eq!(safe_text("a\n.\r\nsetstate 1 closed\n."), "a\n .\nsetstate 1 closed\n .");
        assert_eq!(safe_text("..\n.x\n. "), "..\n.x\n. ");
        assert_eq!(safe_text("\u{1}."), " .");
    }

    #[test]
    fn b43_a_long_text_is_cut_at_a_character_boundary() {
        let fits = "x".repeat(MAX_TEXT);
        assert_eq!(safe_text(&fits), fits);
        let cut = safe_text(&"å".repeat(MAX_TEXT));
        assert_eq!((cut.len(), cut.chars().last()), (MAX_TEXT - 1, Some('…')));
        let dots = safe_text(&".\n".repeat(MAX_TEXT));
        assert!(dots.len() <= MAX_TEXT && dots.split('\n').all(|line| line != "."), "{}", dots.len());
        for before in 0..8 {
            let text = format!("{}\n.\nmore", "x".repeat(MAX_TEXT - before));
            let cut = safe_text(&text);
            assert!(cut.len() <= MAX_TEXT && !cut.ends_with("\n."), "{before}");
        }
    }

    #[test]
    fn stored_text_is_what_the_history_shows() {
        assert_eq!(stored_text("  indented\t\n\n\n\tafter two blanks  "), "indented\n\n\nafter two blanks");
        assert_eq!(stored_text(".hidden\n..\n. \n .\n.\nend\n\n \n"), ".hidden\n..\n.\n.\n.\nend");
        assert_eq!(stored_text(" (admin)"), "(admin)");
        assert_eq!(stored_text("\n \n"), "");
    }

    proptest! {
        #[test]
        fn b43_text_never_contains_a_terminator(text in "[.\r\n a\u{85}\u{2028}å\u{0}-\u{1f}]{0,60}") {
            let safe = safe_text(&text);
            prop_assert!(safe.split('\n').all(|line| line != "."));
            let breaks = |c: char| c != '\n' && (c.is_control() || c == '\u{2028}');
            prop_assert!(!safe.contains(breaks));
            prop_assert_eq!(safe_text(&safe), safe);
        }

        #[test]
        fn b43_any_text_fits(parts in proptest::collection::vec(("[.\n\r å漢a]{1,9}", 1_usize..6000), 0..6)) {
            let text: Vec<_> = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
            let safe = safe_text(&text.concat());
            prop_assert!(safe.len() <= MAX_TEXT);
            prop_assert!(safe.split('\n').all(|line| line != "."));
            let stored = stored_text(&safe);
            prop_assert_eq!(&stored_text(&stored), &stored);
        }

        #[test]
        fn stored_text_is_idempotent_and_deaf_to_what_is_not_stored(text in "[.\r\n \ta\u{a0}å]{0,60}") {
            let stored = stored_text(&text);
            prop_assert_eq!(&stored_text(&stored), &stored);
            prop_assert_eq!(stored_text(&safe_text(&text)), stored);
        }
    }
}
