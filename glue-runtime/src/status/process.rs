//! What the system counts of this process (Linux).

use std::fs;

/// Ticks in a second: `USER_HZ`, which is part of the interface of `/proc` and the same on every architecture of Linux
/// that Rust runs on.
const TICKS: f64 = 100.0;
const PAGE_BYTES: u64 = 4096;

/// What the system counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Process {
    /// Processor time, in seconds.
    pub(super) cpu_seconds: f64,
    /// Memory that is in use, in bytes.
    pub(super) resident_bytes: u64,
    /// Open files.
    pub(super) open_files: u64,
}

impl Process {
    /// Asks the system. `None` where there is no `/proc`.
    pub(super) fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let open_files = u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()?;
        Self::parse(&stat, open_files)
    }

    /// Reads a line of `/proc/PID/stat`: the name of the program may hold blanks and parentheses.
    fn parse(stat: &str, open_files: u64) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        // By their numbers in proc_pid_stat(5), of which the first here is 3.
        let field = |number: usize| fields.get(number - 3)?.parse::<u32>().ok();
        let ticks = |number| field(number).map(|ticks| f64::from(ticks) / TICKS);
        Some(Self {
            cpu_seconds: ticks(14)? + ticks(15)?,
            resident_bytes: u64::from(field(24)?) * PAGE_BYTES,
            open_files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b71_the_counts_of_the_system_are_found_whatever_the_program_is_called() {
        let stat =
            "42 (a ) b) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 2000 1000000 3 18446744073709551615";
        let process = Process::parse(stat, 7).unwrap();
        let expected = Process { cpu_seconds: 2.0, resident_bytes: 3 * PAGE_BYTES, open_files: 7 };
        assert_eq!(process, expected);
        assert_eq!(Process::parse("42 (short) S 1", 0), None);
        assert!(Process::read().is_some_and(|process| process.resident_bytes > 0));
    }
}
