//! When the machine wants to be woken.

use super::Mono;

/// What a moment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Timer {
    /// Connect to Zino again (behaviour B50).
    ZinoRetry,
    /// The set-up of a Zino session took too long.
    ZinoSetup,
    /// A reply of Zino's is overdue.
    ZinoReply,
    /// Zino has said nothing for so long that it is asked for its version.
    ZinoQuiet,
    /// A case that could not be read is tried again (behaviour B14).
    ZinoQuarantine,
    /// Everything in Zino is read again (behaviour B11).
    Reconcile,
    /// Zino is read a second time, to confirm that cases are gone (behaviour B28).
    Recheck,
    /// What people did in Argus is looked for (behaviour B11).
    Refresh,
    /// The heartbeat is due (behaviour B53).
    Heartbeat,
    /// Our incidents should have been listed by now (behaviour B51).
    Listing,
    /// Argus may be asked again after a pause.
    ArgusPause,
    /// An answer of Argus's is overdue.
    ArgusReply,
    /// A postponed job is due.
    Job,
    /// The next SNMP probe is due (behaviour B60).
    Probe,
    /// The answer to an SNMP probe is overdue.
    ProbeReply,
    /// A pause that an operator has given failover is over (behaviour B77).
    Override,
    /// Handing over takes too long (behaviour B64).
    Handover,
    /// The process ends whatever is still under way (behaviour B2).
    Shutdown,
    /// It is looked whether something is wrong with the daemon itself (behaviour B80).
    SelfIncidents,
}

/// When the machine wants to be woken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wakeup {
    /// The moment.
    pub at: Mono,
    /// What it is for.
    pub why: Timer,
}
