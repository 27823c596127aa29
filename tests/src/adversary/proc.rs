//! What the system says of a process.

use std::fs;
use std::time::Duration;

/// What `/proc` counts processor time in, on Linux.
const TICKS_PER_SECOND: u64 = 100;

/// Returns the most memory that a process had at once so far, in KiB.
pub(super) fn peak_kib(pid: u32) -> Option<u64> {
    peak_in(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Returns the processor time that all threads of a process have had so far.
pub(super) fn processor_time(pid: u32) -> Option<Duration> {
    processor_time_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn processor_time_in(stat: &str) -> Option<Duration> {
    // The name, in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields = rest.split_ascii_whitespace().skip(11).take(2);
    let ticks = fields.map(str::parse::<u64>).sum::<Result<u64, _>>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_and_the_processor_time_are_read() {
        assert_eq!(peak_in("Name:\tx\nVmHWM:\t    5120 kB\nVmRSS:\t 1 kB\n"), Some(5120));
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 3 0 99 1 1";
        assert_eq!(processor_time_in(stat), Some(Duration::from_millis(1750)));
        assert_eq!(processor_time_in("7 (a"), None);
        assert!(peak_kib(std::process::id()).is_some() && processor_time(std::process::id()).is_some());
    }
}
