//! The tables: what was measured, and what the modes are.

use super::course::Outcome;
use super::limits::Limits;
use super::mode::Mode;
use std::time::Duration;

/// Returns the heading of the table of what was measured.
#[must_use]
pub fn heading() -> String {
    format!(
        "{:<26} {:>8} {:>8} {:>7} {:>6} {:>6} {:>9} {:>9}",
        "mode", "strikes", "memory", "cpu", "lines", "-v", "healthz", "in step"
    )
}

/// Returns one row of it.
#[must_use]
pub fn row(mode: &Mode, outcome: &Outcome) -> String {
    let measured = &outcome.measured;
    let verdict = if outcome.is_well() { "" } else { "  FAILED" };
    format!(
        "{:<26} {:>8} {:>4} MiB {:>5.2} s {:>6} {:>6} {:>9} {:>9}{verdict}",
        mode.name,
        measured.strikes,
        measured.peak_kib / 1024,
        measured.processor.as_secs_f64(),
        measured.loud_lines,
        measured.lines,
        seconds(measured.wait),
        seconds(measured.recovery),
    )
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "never".into(), |time| format!("{:.2} s", time.as_secs_f64()))
}

/// Returns the table of the modes, in Markdown.
#[must_use]
pub fn page(modes: &[Mode]) -> String {
    let mut page =
        String::from("| mode | what it does | limits that are not the usual ones |\n|---|---|---|\n");
    for mode in modes {
        page.push_str(&format!("| `{}` | {} | {} |\n", mode.name, mode.does, unusual(mode)));
    }
    page
}

fn unusual(mode: &Mode) -> String {
    let (limits, usual) = (&mode.limits, Limits::USUAL);
    let mut texts = Vec::new();
    if limits.memory_mib != usual.memory_mib {
        texts.push(format!("{} MiB", limits.memory_mib));
    }
    if limits.processor != usual.processor {
        texts.push(format!("{} s of processor time", limits.processor.as_secs()));
    }
    if limits.recovery != usual.recovery {
        texts.push(format!("{} s to be in step", limits.recovery.as_secs()));
    }
    if limits.loud_lines != usual.loud_lines || limits.lines != usual.lines {
        texts.push(format!("{} lines, {} with `-v`", limits.loud_lines, limits.lines));
    }
    let mut text = texts.join(", ");
    if !limits.reason.is_empty() {
        text = if text.is_empty() { limits.reason.into() } else { format!("{text}: {}", limits.reason) };
    }
    text
}
