//! Decodes the replies to `gethist` and `getlog` (reference zino-protocol 6).

use super::error::{DecodeError, quote};
use crate::model::{CaseType, Entry};
use crate::wire::argus::time;
use alloc::string::String;
use alloc::vec::Vec;

/// What a line of the log says when a port goes down (behaviour B20).
const PORT_DOWN: [&str; 3] = ["linkDown", "lowerLayerDown", "up to down"];
/// What a line of the log says when a router does not answer (reference zino-protocol 6).
const ROUTER_DOWN: &str = "no-response";
/// What stands in a line of the log before the two numbers of alarms: `1 to 2`.
const ALARMS: &str = "alarms went from ";

/// What the log of a case tells of going down: it does not say which type the case has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WentDown {
    /// A port went down.
    pub port: bool,
    /// A router did not answer.
    pub router: bool,
    /// There were alarms.
    pub alarms: bool,
}

/// Decodes the lines of a 301 reply, oldest entry first.
///
/// A line that begins with a blank belongs to the entry above it; exactly one blank is taken off. An empty line does
/// too. Every other line begins an entry with its time in Unix seconds; the text after it may be empty.
///
/// # Errors
///
/// [`DecodeError::NoStamp`] if an entry does not begin with a number, [`DecodeError::StrayLine`] if the first line
/// continues nothing.
pub fn decode_history(lines: &[String]) -> Result<Vec<Entry>, DecodeError> {
    // A history is kept for as long as its case: it takes the room that it needs.
    let begins = |line: &String| !line.is_empty() && !line.starts_with(' ');
    let mut entries: Vec<Entry> = Vec::with_capacity(lines.iter().filter(|line| begins(line)).count());
    let mut rest = lines;
    while let Some((first, after)) = rest.split_first() {
        if !begins(first) {
            return Err(DecodeError::StrayLine { line: quote(first) });
        }
        let (continued, others) = after.split_at(after.iter().position(begins).unwrap_or(after.len()));
        entries
            .push(decode_entry(first, continued).ok_or_else(|| DecodeError::NoStamp { line: quote(first) })?);
        rest = others;
    }
    Ok(entries)
}

fn decode_entry(first: &str, continued: &[String]) -> Option<Entry> {
    let (stamp, header) = first.split_once(' ').unwrap_or((first, ""));
    // Zino's stamps can be any number, and Argus knows no moment beyond some limits.
    let at = time::bounded(stamp.parse().ok()?);
    if continued.is_empty() {
        return Some(Entry::new(at, header));
    }
    let mut text =
        String::with_capacity(header.len() + continued.iter().map(|line| line.len() + 1).sum::<usize>());
    text.push_str(header);
    for line in continued {
        text.push('\n');
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
    }
    Some(Entry::new(at, text))
}

impl WentDown {
    /// Reads the lines of a 300 reply (behaviour B20).
    #[must_use]
    pub fn decode(lines: &[String]) -> Self {
        let any = |tells: fn(&str) -> bool| lines.iter().any(|line| tells(line));
        Self {
            port: any(|line| PORT_DOWN.iter().any(|words| line.contains(words))),
            router: any(|line| line.contains(ROUTER_DOWN)),
            alarms: any(|line| alarms(line).is_some_and(|count| count > 0)),
        }
    }

    /// Tells whether that is what a case of this type is about.
    #[must_use]
    pub const fn concerns(self, case_type: &CaseType) -> bool {
        match case_type {
            CaseType::PortState => self.port,
            CaseType::Reachability => self.router,
            CaseType::Alarm => self.alarms,
            CaseType::Bgp | CaseType::Bfd | CaseType::Other(_) => false,
        }
    }
}

/// Returns how many alarms there are after a line. How many there were before it says nothing about this case: they may
/// have been those of an earlier one.
fn alarms(line: &str) -> Option<u64> {
    let (_, numbers) = line.split_once(ALARMS)?;
    numbers.split_once(" to ")?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn lines(text: &str) -> Vec<String> {
        text.split('|').map(String::from).collect()
    }

    fn entry(at: i64, header: &str, lines: &[&str]) -> Entry {
        let text: Vec<&str> = core::iter::once(header).chain(lines.iter().copied()).collect();
        Entry::new(at, text.join("\n"))
    }

    #[test]
    fn entries_have_a_stamp_a_header_and_lines() {
        let reply = "1 state change embryonic -> open (monitor)|2 user| 1795357403 fake header| .|  two|| |2 single|3 |4";
        let expected = [
            entry(1, "state change embryonic -> open (monitor)", &[]),
            entry(2, "user", &["1795357403 fake header", ".", " two", "", ""]),
            entry(2, "single", &[]),
            entry(3, "", &[]),
            entry(4, "", &[]),
        ];
        assert_eq!(decode_history(&lines(reply)).unwrap(), expected);
        assert_eq!(decode_history(&[]).unwrap(), []);
    }

    #[test]
    fn b26_a_stamp_is_one_that_argus_gives_back() {
        for (stamp, at) in [
            (i64::MIN, time::EARLIEST),
            (time::EARLIEST - 1, time::EARLIEST),
            (7, 7),
            (time::LATEST, time::LATEST),
            (99_999_999_999_999, time::LATEST),
        ] {
            let entries = decode_history(&[format!("{stamp} alice")]).unwrap();
            assert_eq!(entries, [entry(at, "alice", &[])]);
            assert_eq!(time::decode(&time::encode(at)), Ok(at));
        }
    }

    #[test]
    fn b14_a_line_that_is_neither_is_an_error() {
        let no_stamp = |line: &str| Err(DecodeError::NoStamp { line: line.into() });
        assert_eq!(decode_history(&lines("1 a|soon b")), no_stamp("soon b"));
        assert_eq!(decode_history(&lines("99999999999999999999 b")), no_stamp("99999999999999999999 b"));
        assert_eq!(decode_history(&lines(" lost")), Err(DecodeError::StrayLine { line: " lost".into() }));
    }

    #[test]
    fn b20_a_log_tells_what_went_down() {
        let read = |line: &str| WentDown::decode(&lines(&format!("1 first|2 {line}|3 last")));
        let port = WentDown { port: true, ..WentDown::default() };
        for words in ["linkDown", "lowerLayerDown", "changed state from up to down on DATE"] {
            assert_eq!(read(&format!("gw: port \"x\" {words}")), port);
        }
        assert_eq!(read("gw no-response"), WentDown { router: true, ..WentDown::default() });
        assert_eq!(
            read("gw yellow alarms went from 0 to 2"),
            WentDown { alarms: true, ..WentDown::default() }
        );
        for line in [
            "gw: changed state from down to up",
            "gw: linkUp",
            "gw reachable",
            "gw red alarms went from 2 to 0",
            "gw red alarms went from 0 to many",
            "gw red alarms went from 0",
        ] {
            assert_eq!(read(line), WentDown::default(), "{line}");
        }
    }

    #[test]
    fn b20_what_went_down_proves_nothing_about_a_case_of_another_type() {
        let all = WentDown { port: true, router: true, alarms: true };
        for (word, without) in [
            ("portstate", WentDown { port: false, ..all }),
            ("reachability", WentDown { router: false, ..all }),
            ("alarm", WentDown { alarms: false, ..all }),
        ] {
            let case_type = CaseType::from_word(word);
            assert!(all.concerns(&case_type) && !without.concerns(&case_type), "{word}");
        }
        assert!(!all.concerns(&CaseType::Bgp));
    }

    proptest! {
        #[test]
        fn any_lines_decode_or_fail_in_an_orderly_way(lines in proptest::collection::vec("[0-9 ]{0,3}\\PC{0,9}", 0..12)) {
            let _ = decode_history(&lines);
        }
    }
}
