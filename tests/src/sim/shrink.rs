//! Making a failing scenario small.

use super::plan::Plan;
use super::play::Play;

/// How many runs shrinking may take at the most.
const MOST_RUNS: usize = 600;

pub(super) fn shrink(play: &Play, bytes: &[u8]) -> Vec<u8> {
    let reason = |bytes: &[u8]| reason((play.run)(bytes, false).failure.as_deref()?);
    let Some(first) = reason(bytes) else { return bytes.to_vec() };
    let mut brief = bytes.to_vec();
    Plan::make_brief(&mut brief);
    let bytes = if reason(&brief).as_ref() == Some(&first) { &brief } else { bytes };
    let (header, body) = bytes.split_at(bytes.len().min(play.header));
    let mut records: Vec<Vec<u8>> = body.chunks(play.record).map(<[u8]>::to_vec).collect();
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
            if reason(&join(&fewer)).as_ref() == Some(&first) {
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
fn reason(failure: &str) -> Option<String> {
    let line = failure.lines().take(2).map(|line| {
        let words = line.split_whitespace();
        let words: Vec<&str> =
            words.filter(|word| !word.contains(|c: char| c.is_ascii_digit())).take(9).collect();
        words.join(" ")
    });
    Some(line.collect())
}
