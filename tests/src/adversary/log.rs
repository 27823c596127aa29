//! What may stand in the log.

use super::{COMMUNITY, SECRET, TOKEN};

/// The levels that are shown without `-v`.
const LOUD: [&str; 2] = ["WARN", "ERROR"];
/// Those that `-v` adds.
const QUIET: [&str; 1] = ["INFO"];

/// How many lines there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Those that are shown without `-v`.
    pub(super) loud: usize,
    /// All of them.
    pub(super) all: usize,
}

/// Counts the lines.
pub(super) fn count(log: &str) -> Count {
    let loud = log.lines().filter(|line| level(line).is_some_and(|level| LOUD.contains(&level))).count();
    Count { loud, all: log.lines().count() }
}

/// Returns what must not stand there.
pub(super) fn faults(log: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, secret) in [("token", TOKEN), ("secret", SECRET), ("community", COMMUNITY)] {
        if log.contains(secret) {
            faults.push(format!("the log tells the {name}"));
        }
    }
    for line in log.lines() {
        let shown = || line.chars().take(200).collect::<String>().escape_debug().to_string();
        if level(line).is_none() {
            faults.push(format!("a line that is no record: {}", shown()));
        } else if line.chars().any(char::is_control) {
            faults.push(format!("a line with control characters: {}", shown()));
        } else if line.contains("panicked") {
            faults.push(format!("it panicked: {}", shown()));
        }
    }
    faults.truncate(5);
    faults
}

/// Returns the level of a record; `None` if the line is none: a moment in UTC, blanks, a level.
fn level(line: &str) -> Option<&'static str> {
    let (moment, rest) = line.split_once(' ')?;
    let is_moment = moment.ends_with('Z') && moment.get(4..5) == Some("-") && moment.get(10..11) == Some("T");
    let level = rest.split_ascii_whitespace().next()?;
    LOUD.into_iter().chain(QUIET).find(|known| is_moment && *known == level)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-11-25T10:00:00.000001Z  INFO starting in ACTIVE\n\
        2026-11-25T10:00:00.000001Z  WARN Zino: no connection\n2026-11-25T10:00:00.000001Z ERROR oh\n";

    #[test]
    fn records_are_counted_by_level() {
        assert_eq!(count(LOG), Count { loud: 2, all: 3 });
        assert_eq!(faults(LOG), [""; 0]);
    }

    #[test]
    fn what_must_not_stand_there_is_found() {
        for bad in [
            "hush-token-4711",
            "x hush-secret-4711 x",
            "2026-11-25T10:00:00Z  WARN \u{1b}[31m",
            "2026-11-25T10:00:00Z ERROR panicked at src/main.rs",
            "WARN not a record",
            "2026-11-25T10:00:00Z FORGED text",
        ] {
            assert_ne!(faults(&format!("{LOG}{bad}\n")), [""; 0], "{bad}");
        }
    }
}
