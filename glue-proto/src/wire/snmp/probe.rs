//! One probe of the primary, from its datagram to its outcome.

use super::{SnmpError, encode_get, read_reply};
use crate::face::{Millis, Mono};
use alloc::vec::Vec;
use core::fmt;

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The primary is alive.
    Answered {
        /// zinoUpTime.0, seconds.
        uptime: u32,
    },
    /// The agent answered this very request, but not with an uptime.
    Failed(SnmpError),
}

/// One SNMP GET under way: one datagram to each address of a host, one deadline, no retries (behaviour B60).
///
/// The owner sends [`Probe::datagram`] once to each address and says with [`Probe::sent`] how many there are. It gives
/// [`Probe::receive`] every datagram that comes back, and calls [`Probe::lose`] for each address that cannot answer. It
/// takes the probe as failed when no address is left or when the [`Probe::deadline`] has come. Once there is an outcome
/// the probe is over: what it says afterwards is to be ignored.
///
/// One address is not the host: what one does decides nothing while another may still answer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Probe {
    request_id: i32,
    datagram: Vec<u8>,
    deadline: Mono,
    strays: u32,
    /// Addresses that may still answer.
    addresses: u32,
}

impl Probe {
    /// Begins a probe at `now` that is to be answered within `timeout`.
    ///
    /// Every probe wants a request id of its own: by it the late answer to an earlier probe is told from the answer to
    /// this one (reference snmp, rule 2).
    #[must_use]
    pub fn new(community: &[u8], request_id: i32, now: Mono, timeout: Millis) -> Self {
        Self {
            request_id,
            datagram: encode_get(community, request_id),
            deadline: now + timeout,
            strays: 0,
            addresses: 1,
        }
    }

    /// Returns the request to send. It holds the community: do not log it (behaviour B4).
    #[must_use]
    pub fn datagram(&self) -> &[u8] {
        &self.datagram
    }

    /// Returns the moment from which on no answer has come.
    #[must_use]
    pub const fn deadline(&self) -> Mono {
        self.deadline
    }

    /// Takes in how many addresses are asked. Until then it is one.
    pub const fn sent(&mut self, addresses: u32) {
        self.addresses = if addresses == 0 { 1 } else { addresses };
    }

    /// Takes in that one of the addresses cannot answer, and tells whether none is left that could.
    pub const fn lose(&mut self) -> bool {
        self.addresses = self.addresses.saturating_sub(1);
        self.addresses == 0
    }

    /// Takes a datagram that came back, and returns the outcome if it decides the probe.
    ///
    /// A datagram that is malformed, foreign or late does not end the wait, and neither does an error while another
    /// address may still answer: it is counted, and `None` is returned.
    pub fn receive(&mut self, bytes: &[u8]) -> Option<Outcome> {
        match read_reply(bytes, self.request_id) {
            Ok(uptime) => Some(Outcome::Answered { uptime }),
            Err(error) if error.is_final() && self.addresses <= 1 => Some(Outcome::Failed(error)),
            Err(_) => {
                self.strays = self.strays.saturating_add(1);
                None
            }
        }
    }

    /// Returns how many datagrams came back that were no answer to this probe.
    #[must_use]
    pub const fn strays(&self) -> u32 {
        self.strays
    }
}

/// Shows nothing of the datagram, which holds the community (behaviour B4).
impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe")
            .field("request_id", &self.request_id)
            .field("deadline", &self.deadline)
            .field("strays", &self.strays)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { uptime } => write!(f, "answered, up for {uptime} s"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn b4_debug_shows_nothing_of_the_community() {
        let probe = Probe::new(b"hunter2", 5, Mono(100), Millis(1_000));
        assert_eq!(format!("{probe:?}"), "Probe { request_id: 5, deadline: Mono(1100), strays: 0, .. }");
    }

    #[test]
    fn b60_one_address_decides_nothing_while_another_may_still_answer() {
        let probe = |addresses| {
            let mut probe = Probe::new(b"public", 5, Mono(0), Millis(1_000));
            probe.sent(addresses);
            probe
        };
        for addresses in [0, 1, 2, 5] {
            let mut probe = probe(addresses);
            for left in (0..addresses.max(1)).rev() {
                assert_eq!(probe.lose(), left == 0, "{addresses}");
            }
            assert!(probe.lose(), "there is still none");
        }
    }

    #[test]
    fn an_outcome_reads_as_a_sentence() {
        assert_eq!(Outcome::Answered { uptime: 7 }.to_string(), "answered, up for 7 s");
        let failed = Outcome::Failed(SnmpError::OtherObject);
        assert_eq!(failed.to_string(), "the answer is not about zinoUpTime.0");
    }
}
