//! Making a failing scenario small.

use super::plan::{HEADER, Plan, RECORD};
use super::run::run;

/// How many runs shrinking may take at the most.
const MOST_RUNS: usize = 600;

/// Takes things out of a failing scenario as long as it fails for the same reason, and returns what is left. What does not
/// fail is returned as it is.
#[must_use]
pub fn shrink(bytes: &[u8]) -> Vec<u8> {
    let Some(reason) = reason(bytes) else { return bytes.to_vec() };
    let mut brief = bytes.to_vec();
    Plan::make_brief(&mut brief);
    let bytes = if self::reason(&brief).as_ref() == Some(&reason) { &brief } else { bytes };
    let (header, body) = bytes.split_at(bytes.len().min(HEADER));
    let mut records: Vec<Vec<u8>> = body.chunks(RECORD).map(<[u8]>::to_vec).collect();
    let join = |records: &[Vec<u8>]| [header, &records.concat()].concat();
    let mut runs = 0;
    let mut size = records.len().div_ceil(2);
    while size > 0 && runs < MOST_RUNS {
        let mut at = 0;
        let mut removed = false;
        while at < records.len() && runs < MOST_RUNS {
            let mut fewer = records.clone();
            fewer.drain(at..(at + size).min(fewer.len()));
            runs += 1;
            if self::reason(&join(&fewer)).as_ref() == Some(&reason) {
                records = fewer;
                removed = true;
            } else {
                at += size;
            }
        }
        if size > 1 || !removed {
            size /= 2;
        }
    }
    join(&records)
}

/// Returns the kind of a failure: its first words, up to where numbers begin.
fn reason(bytes: &[u8]) -> Option<String> {
    let failure = run(&Plan::decode(bytes), false).failure?;
    let line = failure.lines().take(2).map(|line| {
        let words = line.split_whitespace();
        let words: Vec<&str> =
            words.filter(|word| !word.contains(|c: char| c.is_ascii_digit())).take(9).collect();
        words.join(" ")
    });
    Some(line.collect())
}
