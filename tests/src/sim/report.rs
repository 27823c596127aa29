//! A failure, shown.

use super::play::Play;
use super::run::Outcome;
use std::fmt::Write;

/// How many of the last inputs and actions are shown.
const LAST: usize = 120;
/// How much of a line is shown, in characters.
const WIDTH: usize = 300;

pub(super) fn report(play: &Play, bytes: &[u8], outcome: &Outcome) -> String {
    let logged = (play.run)(bytes, true);
    let mut text = String::new();
    let hex: String = bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let _ = writeln!(text, "{}", outcome.failure.as_deref().unwrap_or("no failure"));
    let _ = writeln!(text, "repeat: cargo run -p glue-tests --bin sim --{} --replay {hex}", play.option);
    let _ = writeln!(text, "\n{}\n\nwhat happened (milliseconds):", (play.setup)(bytes));
    for line in &logged.story {
        let _ = writeln!(text, "{line}");
    }
    let telling: Vec<&String> = logged.log.iter().filter(|line| is_telling(line)).collect();
    let skipped = telling.len().saturating_sub(LAST);
    let _ =
        writeln!(text, "\nthe last of {} inputs (>) and actions (<), idle ones left out:", logged.log.len());
    for line in &telling[skipped..] {
        let short: String = line.chars().take(WIDTH).collect();
        let _ = writeln!(text, "{short}");
    }
    text
}

/// Tells whether a line of the log is more than the machine's idling.
fn is_telling(line: &str) -> bool {
    let idle = [
        "> Wake",
        "HttpConnected",
        "count=1",
        "\"count\":",
        "SendDatagram",
        "AskHealth",
        "HealthAnswered",
        "primary: its daemon",
        "primary: no answer",
        "Datagram {",
        "heartbeat",
        "204, )",
    ];
    !idle.iter().any(|word| line.contains(word))
}
