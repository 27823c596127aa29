//! What an attack may cost.

use super::course::{Measured, Terms};
use std::time::Duration;

/// How long the attacks last for which the limits are made.
const LENGTH: Duration = Duration::from_secs(4);

/// The limits of one mode, for an attack of four seconds: in a longer one, processor time and lines may be as many times
/// more. Those of most modes are [`Limits::USUAL`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most memory that the program has at once, in MiB: its `VmHWM`.
    pub memory_mib: u64,
    /// The processor time from the beginning of the attack until all is in step again, of a release build.
    pub processor: Duration,
    /// Lines of the log in that time that are shown without `-v`.
    pub loud_lines: usize,
    /// All lines with `-v`.
    pub lines: usize,
    /// The longest wait for an answer to `/healthz`.
    pub wait: Duration,
    /// The time from the end of the attack until all is in step again.
    pub recovery: Duration,
    /// Why one of them is not the usual one: a rule of the behaviour.
    pub reason: &'static str,
}

impl Limits {
    /// What an attack may cost where no rule allows more.
    pub const USUAL: Self = Self {
        memory_mib: 32,
        processor: Duration::from_secs(1),
        loud_lines: 20,
        lines: 60,
        wait: Duration::from_secs(2),
        recovery: Duration::from_secs(15),
        reason: "",
    };

    /// Allows the pause after two sessions with Zino that ended early.
    pub(super) const fn reconnect(mut self) -> Self {
        self.recovery = Duration::from_secs(30);
        self.reason = "B50: 5 s, then 10 s, then 20 s until the next session";
        self
    }

    /// Allows more memory.
    pub(super) const fn memory(mut self, mib: u64, reason: &'static str) -> Self {
        self.memory_mib = mib;
        self.reason = reason;
        self
    }

    /// Allows more processor time, in seconds.
    pub(super) const fn processor(mut self, seconds: u64, reason: &'static str) -> Self {
        self.processor = Duration::from_secs(seconds);
        self.reason = reason;
        self
    }

    /// Allows more time to be in step again, in seconds.
    pub(super) const fn recovery(mut self, seconds: u64, reason: &'static str) -> Self {
        self.recovery = Duration::from_secs(seconds);
        self.reason = reason;
        self
    }
}

impl Limits {
    /// Says which of them were exceeded.
    pub(super) fn exceeded(&self, measured: &Measured, terms: &Terms) -> Vec<String> {
        let times = terms.length.as_millis().div_ceil(LENGTH.as_millis()).max(1);
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        let lines = usize::try_from(times).unwrap_or(usize::MAX);
        let mut faults = Vec::new();
        let mut check = |what: &str, is: String, most: String, exceeds: bool| {
            if exceeds {
                faults.push(format!("{what}: {is}, {most} at most"));
            }
        };
        let (is, most) = (measured.peak_kib, self.memory_mib * 1024);
        check("memory", format!("{is} KiB"), format!("{most} KiB"), is > most);
        let (is, most) = (measured.processor, self.processor * terms.slowness * times);
        check("processor time", format!("{is:?}"), format!("{most:?}"), is > most);
        let (is, most) = (measured.loud_lines, self.loud_lines * lines);
        check("lines without -v", is.to_string(), most.to_string(), is > most);
        let (is, most) = (measured.lines, self.lines * lines);
        check("lines with -v", is.to_string(), most.to_string(), is > most);
        match measured.wait {
            Some(is) => check(
                "longest wait for /healthz",
                format!("{is:?}"),
                format!("{:?}", self.wait),
                is > self.wait,
            ),
            // The end came before the first answer was due.
            None if terms.cut_short => {}
            None => faults.push("/healthz was never answered".into()),
        }
        faults
    }
}
