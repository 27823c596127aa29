//! The side that starts valgrind and reads what it has counted.

use super::compare::Counts;
use super::work::{CODECS, LENGTHS, NOTES, rounds};
use glue_tests::bench::Codec;
use std::path::Path;
use std::process::{Command, Stdio};

/// How many cases there are.
pub(crate) const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Counts everything.
///
/// # Errors
///
/// If valgrind is missing, or ends otherwise than well.
pub(crate) fn all() -> Result<Counts, String> {
    let mut counts = Counts::here()?;
    let names = Codec::ALL.map(|codec| (format!("codec {}", codec.name()), 1));
    counts.add(&names, &under_valgrind(CODECS)?)?;
    let told = LENGTHS.map(|notes| (format!("notes_told {notes}"), 1));
    let known = LENGTHS.map(|notes| (format!("notes_known {notes}"), 1));
    counts.add(&[told, known].concat(), &under_valgrind(NOTES)?)?;
    for cases in SIZES {
        let names: Vec<_> =
            rounds().map(|(round, times)| (format!("{} {cases}", round.name()), times)).collect();
        counts.add(&names, &under_valgrind(&cases.to_string())?)?;
    }
    Ok(counts)
}

/// Runs this program under valgrind, and returns what was counted for each piece of work.
fn under_valgrind(what: &str) -> Result<Vec<u64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{what}"));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--combine-dumps=yes"])
        .args(["--toggle-collect=*collected*", "--dump-after=*written_down*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&program)
        .args(["work", what])
        // Which of several equal ways is taken depends on the processor otherwise.
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-ERMS,-FSRM")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind: {error}; Debian has a package of that name"))?;
    if !output.status.success() {
        return Err(format!("{what}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let written = std::fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    Ok(summaries(&written))
}

/// Finds the counts of all parts of a file of callgrind's, in the order in which they were written down.
fn summaries(written: &str) -> Vec<u64> {
    let lines = written.lines().filter_map(|line| line.strip_prefix("summary:"));
    lines.filter_map(|line| line.trim().parse().ok()).collect()
}
