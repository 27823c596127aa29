//! What the operator decided: the part of the configuration that the machine needs.
//!
//! The shell reads `zinoargus.toml` and checks every range (behaviour, section 2); the machine takes the values as they
//! are. URLs, host names, ports and the Argus token stay in the shell: the machine names a peer, never an address.

use super::{Millis, Secret};
use alloc::string::String;
use alloc::vec::Vec;

/// Everything that `Daemon::new` wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// `[argus]`.
    pub argus: ArgusSettings,
    /// `[zino]`.
    pub zino: ZinoSettings,
    /// `[sync]`.
    pub sync: SyncSettings,
    /// `[failover]`; without it the daemon is always ACTIVE (behaviour B60).
    pub failover: Option<FailoverSettings>,
    /// `--accept-state-loss`: incidents whose cases are all gone are ended after all (behaviour B28).
    pub accept_state_loss: bool,
}

/// How to talk to Argus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArgusSettings {
    /// `argus.timeout`: patience for connecting, and for the answer to a read.
    pub timeout: Millis,
    /// `argus.write_timeout`: patience for the answer to a write (behaviour B51).
    pub write_timeout: Millis,
    /// `argus.concurrency`: requests under way at once, at the most; how many there are below that is found out
    /// (the room `concurrency`). At least 1.
    pub concurrency: usize,
}

/// How to talk to Zino.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ZinoSettings {
    /// `zino.user`: also the name whose own history entries are never copied to Argus (behaviour B26).
    pub user: String,
    /// `zino.secret`.
    pub secret: Secret,
    /// `zino.default_domain`: appended, with a dot, to a router name that has none (behaviour B23).
    pub default_domain: Option<String>,
}

/// What is carried over, and how often both sides are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncSettings {
    /// `sync.acknowledge.setstate`: the Zino state that an acknowledgement sets; `None` carries over no
    /// acknowledgement at all (behaviour B40).
    pub acknowledge: Option<AckState>,
    /// `sync.ticket.enable` (behaviour B41).
    pub ticket: bool,
    /// `sync.severity` (behaviour B24).
    pub severity: Severity,
    /// `sync.refresh_interval` (behaviour B11).
    pub refresh_interval: Millis,
    /// `sync.reconcile_interval` (behaviour B11).
    pub reconcile_interval: Millis,
    /// `sync.ignored`: whether a case in state `ignored` gets an incident (behaviour B20).
    pub ignored: Ignored,
    /// `sync.update.enable` (behaviour B29).
    pub update: bool,
}

/// The state that an acknowledgement gives a Zino case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AckState {
    /// `working`
    Working,
    /// `waiting`
    Waiting,
}

/// What to do with a case in state `ignored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// It gets no new incident.
    Skip,
    /// It is treated like any other.
    Sync,
}

/// Maps a Zino priority to an Argus level (behaviour B24).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Severity {
    /// The level where no band applies, 1 (critical) to 5 (information).
    pub default: u8,
    /// The bands, in any order, no two with one `min_priority`.
    pub bands: Vec<Band>,
}

/// One band of priorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Band {
    /// The lowest priority of the band.
    pub min_priority: i64,
    /// Its level, 1 to 5.
    pub level: u8,
}

/// `[failover]`: when a secondary takes over (behaviour, section 7).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FailoverSettings {
    /// `failover.snmp_community`.
    pub community: Secret,
    /// `failover.ping_timeout`.
    pub ping_timeout: Millis,
    /// `failover.ping_interval`.
    pub ping_interval: Millis,
    /// `failover.threshold`: outcomes in a row that switch the mode. At least 1.
    pub threshold: u32,
    /// `failover.on_standby`: what becomes of our open incidents (behaviour B64).
    pub on_standby: OnStandby,
}

/// What becomes of our open incidents when the primary is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnStandby {
    /// They stay open.
    Keep,
    /// They are ended before STANDBY begins.
    Close,
}

impl Settings {
    /// Returns settings with the defaults of behaviour section 2, for examples and tests: user `testuser`, secret
    /// `testpassword`, no failover.
    #[must_use]
    pub fn example() -> Self {
        Self {
            argus: ArgusSettings {
                timeout: Millis(2000),
                write_timeout: Millis::from_secs(30),
                concurrency: 16,
            },
            zino: ZinoSettings {
                user: "testuser".into(),
                secret: Secret::new("testpassword".into()),
                default_domain: None,
            },
            sync: SyncSettings {
                acknowledge: None,
                ticket: false,
                severity: Severity { default: 3, bands: Vec::new() },
                refresh_interval: Millis::from_secs(10),
                reconcile_interval: Millis::from_secs(60),
                ignored: Ignored::Skip,
                update: true,
            },
            failover: None,
            accept_state_loss: false,
        }
    }
}

impl Severity {
    /// Returns the level of a priority: that of the band with the highest `min_priority` that is not above it, else
    /// the default (behaviour B24).
    #[must_use]
    pub fn level(&self, priority: i64) -> u8 {
        let fitting = self.bands.iter().filter(|band| band.min_priority <= priority);
        fitting.max_by_key(|band| band.min_priority).map_or(self.default, |band| band.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn b24_level_is_that_of_the_highest_band_not_above_the_priority() {
        let bands = [(100, 3), (500, 1), (300, 2)];
        let bands = bands.map(|(min_priority, level)| Band { min_priority, level });
        let severity = Severity { default: 4, bands: bands.to_vec() };
        let table =
            [(i64::MIN, 4), (0, 4), (99, 4), (100, 3), (299, 3), (300, 2), (499, 2), (500, 1), (9000, 1)];
        for (priority, level) in table {
            assert_eq!(severity.level(priority), level, "priority {priority}");
        }
        assert_eq!(Severity { default: 3, bands: vec![] }.level(500), 3);
    }
}
