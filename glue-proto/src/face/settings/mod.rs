//! What the operator decided: the part of the configuration that the machine needs.
//!
//! [`Settings`] are made by [`Settings::builder`], which checks every value: whoever holds some has values that the
//! machine can work with. URLs, host names, ports and the Argus token stay in the shell: the machine names a peer, never
//! an address.

mod builder;
mod check;
mod choices;

pub use builder::{FailoverBuilder, SettingsBuilder};
pub use check::{SettingsError, SettingsProblem};
pub use choices::{AckState, Failback, Ignored, NeverDown, OnStandby, Purpose};

use super::{Millis, Secret};
use alloc::string::String;
use alloc::vec::Vec;

/// Everything that `Daemon::new` needs to know, checked.
///
/// ```
/// use glue_proto::{Millis, Secret, Settings};
///
/// let settings = Settings::builder()
///     .user("zinoargus")
///     .secret(Secret::new("correct horse".into()))
///     .refresh_interval(Millis::from_secs(30))
///     .build()?;
/// assert_eq!(settings.sync().refresh_interval(), Millis::from_secs(30));
///
/// let refused = settings.to_builder().refresh_interval(Millis(0)).concurrency(1000).build().unwrap_err();
/// assert_eq!(refused.problems().len(), 2);
/// # Ok::<(), glue_proto::SettingsError>(())
/// ```
///
/// With the feature `serde` they can be written down, but for their secrets: each of these is written as `***`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "SettingsBuilder", try_from = "SettingsBuilder")
)]
pub struct Settings {
    argus: ArgusSettings,
    zino: ZinoSettings,
    sync: SyncSettings,
    failover: Option<FailoverSettings>,
    self_incidents: bool,
    accept_state_loss: bool,
    purpose: Purpose,
}

/// `[argus]`: how to talk to Argus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArgusSettings {
    timeout: Millis,
    write_timeout: Millis,
    concurrency: usize,
}

/// `[zino]`: how to talk to Zino.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ZinoSettings {
    user: String,
    secret: Secret,
    default_domain: Option<String>,
    former_users: Vec<String>,
}

/// `[sync]`: what is carried over, and how often both sides are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncSettings {
    acknowledge: Option<AckState>,
    ticket: bool,
    severity: Severity,
    refresh_interval: Millis,
    reconcile_interval: Millis,
    ignored: Ignored,
    never_down: NeverDown,
    update: bool,
}

/// `[sync.severity]`: maps a Zino priority to an Argus level (behaviour B24).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Severity {
    default: u8,
    bands: Vec<Band>,
}

/// One of `sync.severity.thresholds`: a band of priorities, up to where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Band {
    /// The lowest priority of the band, at least 0.
    pub min_priority: i64,
    /// Its level, 1 (critical) to 5 (information).
    pub level: u8,
}

/// `[failover]`: when a secondary takes over (behaviour, section 7).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FailoverSettings {
    community: Secret,
    ping_timeout: Millis,
    ping_interval: Millis,
    threshold: u32,
    on_standby: OnStandby,
    failback: Failback,
    asks_health: bool,
}

impl Settings {
    /// Begins with the defaults of behaviour section 2. User and secret have none.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::default()
    }

    /// Begins with these settings, to change some.
    pub fn to_builder(&self) -> SettingsBuilder {
        SettingsBuilder::from(self.clone())
    }

    /// Returns settings with the defaults of behaviour section 2, for examples and tests: user `testuser`, secret
    /// `testpassword`, no failover.
    #[must_use]
    pub fn example() -> Self {
        SettingsBuilder::default().into_settings("testuser".into(), Secret::new("testpassword".into()))
    }

    /// Returns the same settings with another answer to [`Settings::accept_state_loss`], which comes from the command
    /// line and not from the file.
    #[must_use]
    pub fn with_accept_state_loss(self, accept: bool) -> Self {
        Self { accept_state_loss: accept, ..self }
    }

    /// Returns the same settings for a machine with another purpose, which comes from the command line, too.
    #[must_use]
    pub fn with_purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// Returns `[argus]`.
    #[must_use]
    pub const fn argus(&self) -> &ArgusSettings {
        &self.argus
    }

    /// Returns `[zino]`.
    #[must_use]
    pub const fn zino(&self) -> &ZinoSettings {
        &self.zino
    }

    /// Returns `[sync]`.
    #[must_use]
    pub const fn sync(&self) -> &SyncSettings {
        &self.sync
    }

    /// Returns `[failover]`; without it the daemon is always ACTIVE (behaviour B60).
    #[must_use]
    pub const fn failover(&self) -> Option<&FailoverSettings> {
        self.failover.as_ref()
    }

    /// Returns `status.self_incidents`: whether incidents tell in Argus what is wrong with the daemon itself (behaviour B80).
    #[must_use]
    pub const fn self_incidents(&self) -> bool {
        self.self_incidents
    }

    /// Tells whether incidents whose cases are all gone are ended after all: `--accept-state-loss` (behaviour B28).
    #[must_use]
    pub const fn accept_state_loss(&self) -> bool {
        self.accept_state_loss
    }

    /// Returns what the machine is made for: to serve, unless the command line says otherwise.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }
}

impl ArgusSettings {
    /// Returns `argus.timeout`: the patience for connecting, and for the answer to a read.
    #[must_use]
    pub const fn timeout(&self) -> Millis {
        self.timeout
    }

    /// Returns `argus.write_timeout`: the patience for the answer to a write (behaviour B51).
    #[must_use]
    pub const fn write_timeout(&self) -> Millis {
        self.write_timeout
    }

    /// Returns `argus.concurrency`: the requests under way at once, at most. How many there are below that is found
    /// out (behaviour B12).
    #[must_use]
    pub const fn concurrency(&self) -> usize {
        self.concurrency
    }
}

impl ZinoSettings {
    /// Returns `zino.user`: also the name whose own history entries are never copied to Argus (behaviour B26).
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns `zino.secret`.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns `zino.default_domain`: appended, with a dot, to a router name that has none (behaviour B23). Never empty.
    #[must_use]
    pub fn default_domain(&self) -> Option<&str> {
        self.default_domain.as_deref()
    }

    /// Returns `zino.former_users`: names that this daemon had in Zino before; what they wrote counts as its own
    /// (behaviour B40).
    #[must_use]
    pub fn former_users(&self) -> &[String] {
        &self.former_users
    }
}

impl SyncSettings {
    /// Returns `sync.acknowledge.setstate`: the Zino state that an acknowledgement sets. `None` carries over no
    /// acknowledgement at all (behaviour B40).
    #[must_use]
    pub const fn acknowledge(&self) -> Option<AckState> {
        self.acknowledge
    }

    /// Returns `sync.ticket.enable`: whether a ticket URL becomes a history entry (behaviour B41).
    #[must_use]
    pub const fn ticket(&self) -> bool {
        self.ticket
    }

    /// Returns `sync.severity` (behaviour B24).
    #[must_use]
    pub const fn severity(&self) -> &Severity {
        &self.severity
    }

    /// Returns `sync.refresh_interval`: from one look at what people did in Argus to the next (behaviour B11).
    #[must_use]
    pub const fn refresh_interval(&self) -> Millis {
        self.refresh_interval
    }

    /// Returns `sync.reconcile_interval`: from one full read of Zino to the next (behaviour B11).
    #[must_use]
    pub const fn reconcile_interval(&self) -> Millis {
        self.reconcile_interval
    }

    /// Returns `sync.ignored`: whether a case in state `ignored` gets an incident (behaviour B20).
    #[must_use]
    pub const fn ignored(&self) -> Ignored {
        self.ignored
    }

    /// Returns `sync.never_down`: whether a case of something that never was down gets an incident (behaviour B20).
    #[must_use]
    pub const fn never_down(&self) -> NeverDown {
        self.never_down
    }

    /// Returns `sync.update.enable`: whether an incident follows the attributes of its case (behaviour B29).
    #[must_use]
    pub const fn update(&self) -> bool {
        self.update
    }
}

impl Severity {
    /// Returns `sync.severity.default`: the level where no band applies, 1 (critical) to 5 (information).
    #[must_use]
    pub const fn default_level(&self) -> u8 {
        self.default
    }

    /// Returns `sync.severity.thresholds`: the bands, in any order, no two with one `min_priority`.
    #[must_use]
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Returns the level of a priority: that of the band with the highest `min_priority` that is not above it, else
    /// the default (behaviour B24).
    #[must_use]
    pub fn level(&self, priority: i64) -> u8 {
        let fitting = self.bands.iter().filter(|band| band.min_priority <= priority);
        fitting.max_by_key(|band| band.min_priority).map_or(self.default, |band| band.level)
    }
}

impl FailoverSettings {
    /// Begins with the defaults of behaviour section 2.
    pub fn builder() -> FailoverBuilder {
        FailoverBuilder::default()
    }

    /// Begins with these settings, to change some.
    pub fn to_builder(&self) -> FailoverBuilder {
        FailoverBuilder::from(self.clone())
    }

    /// Returns `failover.snmp_community`.
    #[must_use]
    pub const fn community(&self) -> &Secret {
        &self.community
    }

    /// Returns `failover.ping_timeout`: the patience for the answer to a probe.
    #[must_use]
    pub const fn ping_timeout(&self) -> Millis {
        self.ping_timeout
    }

    /// Returns `failover.ping_interval`: from one probe to the next.
    #[must_use]
    pub const fn ping_interval(&self) -> Millis {
        self.ping_interval
    }

    /// Returns `failover.threshold`: outcomes in a row that switch the mode, at least 1 (behaviour B61).
    #[must_use]
    pub const fn threshold(&self) -> u32 {
        self.threshold
    }

    /// Returns `failover.on_standby`: what becomes of our open incidents when STANDBY begins (behaviour B64).
    #[must_use]
    pub const fn on_standby(&self) -> OnStandby {
        self.on_standby
    }

    /// Returns `failover.failback`: whether ACTIVE ends by itself (behaviour, section 2).
    #[must_use]
    pub const fn failback(&self) -> Failback {
        self.failback
    }

    /// Tells whether `failover.primary_health_url` is there: the primary's daemon is asked, too (behaviour B78). The URL
    /// itself stays in the shell.
    #[must_use]
    pub const fn asks_health(&self) -> bool {
        self.asks_health
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

    #[test]
    fn section2_what_is_not_set_has_its_default() {
        let settings = Settings::example();
        let argus = settings.argus();
        let timeouts = (argus.timeout(), argus.write_timeout());
        assert_eq!((timeouts, argus.concurrency()), ((Millis(2000), Millis(30_000)), 16));
        let zino = settings.zino();
        assert_eq!((zino.user(), zino.secret().expose()), ("testuser", "testpassword"));
        assert_eq!((zino.default_domain(), zino.former_users()), (None, &[][..]));
        let sync = settings.sync();
        assert_eq!((sync.acknowledge(), sync.ticket(), sync.update()), (None, false, true));
        assert_eq!((sync.severity().default_level(), sync.severity().bands()), (3, &[][..]));
        assert_eq!((sync.refresh_interval(), sync.reconcile_interval()), (Millis(10_000), Millis(60_000)));
        assert_eq!((sync.ignored(), sync.never_down()), (Ignored::Skip, NeverDown::Skip));
        assert!(settings.failover().is_none() && !settings.accept_state_loss() && !settings.self_incidents());
        let secondary = settings.to_builder().failover(Some(FailoverSettings::builder())).build().unwrap();
        let failover = secondary.failover().unwrap();
        assert_eq!(failover.community().expose(), "public");
        assert_eq!((failover.ping_timeout(), failover.ping_interval()), (Millis(5000), Millis(5000)));
        assert_eq!((failover.threshold(), failover.on_standby()), (10, OnStandby::Keep));
        assert_eq!((failover.failback(), failover.asks_health()), (Failback::Auto, false));
    }
}
