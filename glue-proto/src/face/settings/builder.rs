//! The builder of the settings: values that have not been checked yet.

use super::check::{SettingsError, check};
use super::{
    AckState, ArgusSettings, Band, Failback, FailoverSettings, Ignored, NeverDown, OnStandby, Purpose,
    Settings, Severity, SyncSettings, ZinoSettings,
};
use crate::face::{Millis, Secret};
use alloc::string::String;
use alloc::vec::Vec;

/// Makes [`Settings`]. Every setter takes whatever it is given, [`SettingsBuilder::build`] says what is wrong with it.
///
/// Whole numbers are `i64`, as a configuration file has them, so that each that is out of range can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use = "a builder does nothing until it is built"]
pub struct SettingsBuilder {
    pub(super) argus_timeout: Millis,
    pub(super) write_timeout: Millis,
    pub(super) concurrency: i64,
    pub(super) user: Option<String>,
    pub(super) secret: Option<Secret>,
    pub(super) default_domain: Option<String>,
    pub(super) former_users: Vec<String>,
    pub(super) acknowledge: Option<AckState>,
    pub(super) ticket: bool,
    pub(super) default_level: i64,
    /// Each with its lowest priority and its level.
    pub(super) bands: Vec<(i64, i64)>,
    pub(super) refresh_interval: Millis,
    pub(super) reconcile_interval: Millis,
    pub(super) ignored: Ignored,
    pub(super) never_down: NeverDown,
    pub(super) update: bool,
    pub(super) failover: Option<FailoverBuilder>,
    /// Recordings of earlier versions do not have it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) self_incidents: bool,
    pub(super) accept_state_loss: bool,
    purpose: Purpose,
}

/// The part of a [`SettingsBuilder`] that only a secondary has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use = "a builder does nothing until it is given to SettingsBuilder::failover"]
pub struct FailoverBuilder {
    pub(super) community: Secret,
    pub(super) ping_timeout: Millis,
    pub(super) ping_interval: Millis,
    pub(super) threshold: i64,
    pub(super) on_standby: OnStandby,
    pub(super) failback: Failback,
    /// Recordings of earlier versions do not have it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) asks_health: bool,
}

/// The defaults of behaviour section 2.
impl Default for SettingsBuilder {
    fn default() -> Self {
        Self {
            argus_timeout: Millis::from_secs(2),
            write_timeout: Millis::from_secs(30),
            concurrency: 16,
            user: None,
            secret: None,
            default_domain: None,
            former_users: Vec::new(),
            acknowledge: None,
            ticket: false,
            default_level: 3,
            bands: Vec::new(),
            refresh_interval: Millis::from_secs(10),
            reconcile_interval: Millis::from_secs(60),
            ignored: Ignored::Skip,
            never_down: NeverDown::Skip,
            update: true,
            failover: None,
            self_incidents: false,
            accept_state_loss: false,
            purpose: Purpose::Serve,
        }
    }
}

/// The defaults of behaviour section 2.
impl Default for FailoverBuilder {
    fn default() -> Self {
        Self {
            community: Secret::new("public".into()),
            ping_timeout: Millis::from_secs(5),
            ping_interval: Millis::from_secs(5),
            threshold: 10,
            on_standby: OnStandby::Keep,
            failback: Failback::Auto,
            asks_health: false,
        }
    }
}

impl SettingsBuilder {
    /// Sets `argus.timeout`.
    pub const fn argus_timeout(mut self, timeout: Millis) -> Self {
        self.argus_timeout = timeout;
        self
    }

    /// Sets `argus.write_timeout`.
    pub const fn write_timeout(mut self, timeout: Millis) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets `argus.concurrency`.
    pub const fn concurrency(mut self, requests: i64) -> Self {
        self.concurrency = requests;
        self
    }

    /// Sets `zino.user`.
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Sets `zino.secret`.
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Sets `zino.default_domain`. An empty one is none.
    pub fn default_domain(mut self, domain: impl Into<String>) -> Self {
        self.default_domain = Some(domain.into()).filter(|domain| !domain.is_empty());
        self
    }

    /// Sets `zino.former_users`.
    pub fn former_users<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.former_users = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets `sync.acknowledge.setstate`; `None` is "none".
    pub const fn acknowledge(mut self, state: Option<AckState>) -> Self {
        self.acknowledge = state;
        self
    }

    /// Sets `sync.ticket.enable`.
    pub const fn ticket(mut self, enable: bool) -> Self {
        self.ticket = enable;
        self
    }

    /// Sets `sync.severity.default`.
    pub const fn default_level(mut self, level: i64) -> Self {
        self.default_level = level;
        self
    }

    /// Sets `sync.severity.thresholds`: for each band its `min_priority` and its `level`, in any order.
    pub fn bands(mut self, bands: impl IntoIterator<Item = (i64, i64)>) -> Self {
        self.bands = bands.into_iter().collect();
        self
    }

    /// Sets `sync.refresh_interval`.
    pub const fn refresh_interval(mut self, interval: Millis) -> Self {
        self.refresh_interval = interval;
        self
    }

    /// Sets `sync.reconcile_interval`.
    pub const fn reconcile_interval(mut self, interval: Millis) -> Self {
        self.reconcile_interval = interval;
        self
    }

    /// Sets `sync.ignored`.
    pub const fn ignored(mut self, ignored: Ignored) -> Self {
        self.ignored = ignored;
        self
    }

    /// Sets `sync.never_down`.
    pub const fn never_down(mut self, never_down: NeverDown) -> Self {
        self.never_down = never_down;
        self
    }

    /// Sets `sync.update.enable`.
    pub const fn update(mut self, enable: bool) -> Self {
        self.update = enable;
        self
    }

    /// Sets `[failover]`: without it the daemon is no secondary, and always ACTIVE.
    pub fn failover(mut self, failover: Option<FailoverBuilder>) -> Self {
        self.failover = failover;
        self
    }

    /// Sets `status.self_incidents`.
    pub const fn self_incidents(mut self, enable: bool) -> Self {
        self.self_incidents = enable;
        self
    }

    /// Sets `--accept-state-loss`.
    pub const fn accept_state_loss(mut self, accept: bool) -> Self {
        self.accept_state_loss = accept;
        self
    }

    /// Makes the settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong: user or secret missing, empty or of more than one word; a timeout or interval of zero
    /// or more than 366 days; a number outside its range; two bands with one `min_priority`.
    pub fn build(self) -> Result<Settings, SettingsError> {
        let (user, secret) = check(&self)?;
        Ok(self.into_settings(user, secret))
    }

    /// Makes settings of values that have been checked: none is out of the range of its type.
    pub(super) fn into_settings(self, user: String, secret: Secret) -> Settings {
        let bands = self.bands.into_iter();
        let bands = bands.map(|(min_priority, level)| Band { min_priority, level: fit(level, u8::MAX) });
        Settings {
            argus: ArgusSettings {
                timeout: self.argus_timeout,
                write_timeout: self.write_timeout,
                concurrency: fit(self.concurrency, usize::MAX),
            },
            zino: ZinoSettings {
                user,
                secret,
                default_domain: self.default_domain,
                former_users: self.former_users,
            },
            sync: SyncSettings {
                acknowledge: self.acknowledge,
                ticket: self.ticket,
                severity: Severity { default: fit(self.default_level, u8::MAX), bands: bands.collect() },
                refresh_interval: self.refresh_interval,
                reconcile_interval: self.reconcile_interval,
                ignored: self.ignored,
                never_down: self.never_down,
                update: self.update,
            },
            failover: self.failover.map(FailoverBuilder::into_settings),
            self_incidents: self.self_incidents,
            accept_state_loss: self.accept_state_loss,
            purpose: self.purpose,
        }
    }
}

impl FailoverBuilder {
    /// Sets `failover.snmp_community`.
    pub fn community(mut self, community: Secret) -> Self {
        self.community = community;
        self
    }

    /// Sets `failover.ping_timeout`.
    pub const fn ping_timeout(mut self, timeout: Millis) -> Self {
        self.ping_timeout = timeout;
        self
    }

    /// Sets `failover.ping_interval`.
    pub const fn ping_interval(mut self, interval: Millis) -> Self {
        self.ping_interval = interval;
        self
    }

    /// Sets `failover.threshold`.
    pub const fn threshold(mut self, outcomes: i64) -> Self {
        self.threshold = outcomes;
        self
    }

    /// Sets `failover.on_standby`.
    pub const fn on_standby(mut self, on_standby: OnStandby) -> Self {
        self.on_standby = on_standby;
        self
    }

    /// Sets `failover.failback`.
    pub const fn failback(mut self, failback: Failback) -> Self {
        self.failback = failback;
        self
    }

    /// Says whether there is a `failover.primary_health_url`.
    pub const fn asks_health(mut self, asks: bool) -> Self {
        self.asks_health = asks;
        self
    }

    fn into_settings(self) -> FailoverSettings {
        FailoverSettings {
            community: self.community,
            ping_timeout: self.ping_timeout,
            ping_interval: self.ping_interval,
            threshold: fit(self.threshold, u32::MAX),
            on_standby: self.on_standby,
            failback: self.failback,
            asks_health: self.asks_health,
        }
    }
}

/// What was written down is checked like what comes from a file.
#[cfg(feature = "serde")]
impl TryFrom<SettingsBuilder> for Settings {
    type Error = SettingsError;

    fn try_from(builder: SettingsBuilder) -> Result<Self, SettingsError> {
        builder.build()
    }
}

impl From<Settings> for SettingsBuilder {
    fn from(settings: Settings) -> Self {
        let Settings { argus, zino, sync, failover, self_incidents, accept_state_loss, purpose } = settings;
        let bands = sync.severity.bands.iter().map(|band| (band.min_priority, i64::from(band.level)));
        Self {
            argus_timeout: argus.timeout,
            write_timeout: argus.write_timeout,
            concurrency: fit(argus.concurrency, i64::MAX),
            user: Some(zino.user),
            secret: Some(zino.secret),
            default_domain: zino.default_domain,
            former_users: zino.former_users,
            acknowledge: sync.acknowledge,
            ticket: sync.ticket,
            default_level: i64::from(sync.severity.default),
            bands: bands.collect(),
            refresh_interval: sync.refresh_interval,
            reconcile_interval: sync.reconcile_interval,
            ignored: sync.ignored,
            never_down: sync.never_down,
            update: sync.update,
            failover: failover.map(FailoverBuilder::from),
            self_incidents,
            accept_state_loss,
            purpose,
        }
    }
}

impl From<FailoverSettings> for FailoverBuilder {
    fn from(failover: FailoverSettings) -> Self {
        Self {
            community: failover.community,
            ping_timeout: failover.ping_timeout,
            ping_interval: failover.ping_interval,
            threshold: i64::from(failover.threshold),
            on_standby: failover.on_standby,
            failback: failover.failback,
            asks_health: failover.asks_health,
        }
    }
}

/// Converts a number that was checked, so that it fits; one that was not is the largest there is.
fn fit<N, T: TryFrom<N>>(number: N, largest: T) -> T {
    T::try_from(number).unwrap_or(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn complete() -> SettingsBuilder {
        Settings::builder().user("glue").secret(Secret::new("hush4711".into()))
    }

    /// Returns the lines of everything that is wrong.
    fn refused(builder: SettingsBuilder) -> Vec<String> {
        let error = builder.build().unwrap_err();
        let lines: Vec<_> = error.to_string().lines().map(String::from).collect();
        assert_eq!(lines.len(), error.problems().len());
        lines
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let failover =
            FailoverSettings::builder().ping_timeout(Millis(0)).ping_interval(Millis(u64::MAX)).threshold(0);
        let builder = Settings::builder()
            .argus_timeout(Millis(0))
            .write_timeout(Millis::from_secs(366 * 24 * 60 * 60 + 1))
            .concurrency(0)
            .former_users(["", "two words", "fine"])
            .default_level(0)
            .bands([(-1, 1), (100, 6), (100, -1)])
            .refresh_interval(Millis(0))
            .reconcile_interval(Millis(u64::MAX))
            .failover(Some(failover));
        let span = "a number of seconds, more than 0 and at most 31622400 (366 days)";
        let expected = [
            &*alloc::format!("argus.timeout: 0 s is out of range; {span}"),
            &alloc::format!("argus.write_timeout: 31622401 s is out of range; {span}"),
            "argus.concurrency: 0 is out of range; a whole number from 1 to 100",
            "zino.user: missing; the name of this daemon, as in Zino's secrets file",
            "zino.secret: missing; the secret of this daemon, as in Zino's secrets file",
            "zino.former_users[0]: empty; a single word, as in Zino's secrets file",
            "zino.former_users[1]: contains a blank or control character; a single word, as in Zino's secrets file",
            &alloc::format!("sync.refresh_interval: 0 s is out of range; {span}"),
            &alloc::format!("sync.reconcile_interval: 18446744073709551.615 s is out of range; {span}"),
            "sync.severity.default: 0 is out of range; a whole number from 1 to 5",
            "sync.severity.thresholds[0].min_priority: -1 is out of range; a whole number, at least 0",
            "sync.severity.thresholds[1].level: 6 is out of range; a whole number from 1 to 5",
            "sync.severity.thresholds[2].min_priority: another band begins at 100 already; \
             one band for each min_priority",
            "sync.severity.thresholds[2].level: -1 is out of range; a whole number from 1 to 5",
            &alloc::format!("failover.ping_timeout: 0 s is out of range; {span}"),
            &alloc::format!("failover.ping_interval: 18446744073709551.615 s is out of range; {span}"),
            "failover.threshold: 0 is out of range; a whole number from 1 to 4294967295",
        ];
        assert_eq!(refused(builder), expected);
    }

    #[test]
    fn the_ends_of_every_range_are_accepted_and_what_lies_beyond_is_not() {
        let longest = Millis::from_secs(366 * 24 * 60 * 60);
        type Set = fn(SettingsBuilder, Millis) -> SettingsBuilder;
        let spans: [Set; 6] = [
            SettingsBuilder::argus_timeout,
            SettingsBuilder::write_timeout,
            SettingsBuilder::refresh_interval,
            SettingsBuilder::reconcile_interval,
            |builder, span| builder.failover(Some(FailoverBuilder::default().ping_timeout(span))),
            |builder, span| builder.failover(Some(FailoverBuilder::default().ping_interval(span))),
        ];
        for set in spans {
            for (span, fine) in
                [(Millis(0), false), (Millis(1), true), (longest, true), (longest + Millis(1), false)]
            {
                assert_eq!(set(complete(), span).build().is_ok(), fine, "{span}");
            }
        }
        type SetNumber = fn(SettingsBuilder, i64) -> SettingsBuilder;
        let numbers: [(SetNumber, i64, i64); 5] = [
            (SettingsBuilder::concurrency, 1, 100),
            (SettingsBuilder::default_level, 1, 5),
            (|builder, level| builder.bands([(0, level)]), 1, 5),
            (|builder, priority| builder.bands([(priority, 1)]), 0, i64::MAX),
            (
                |builder, threshold| builder.failover(Some(FailoverBuilder::default().threshold(threshold))),
                1,
                4_294_967_295,
            ),
        ];
        for (set, least, most) in numbers {
            for fine in [least, most] {
                assert!(set(complete(), fine).build().is_ok(), "{fine}");
            }
            for wrong in [Some(i64::MIN), least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
                assert_eq!(refused(set(complete(), wrong)).len(), 1, "{wrong}");
            }
        }
    }

    #[test]
    fn a_user_is_one_word_and_a_secret_is_not_empty() {
        for name in ["", " ", "a b", "a\tb", "a\r\nb", "a\u{a0}b", "a\0"] {
            assert_eq!(refused(complete().user(name)).len(), 1, "{name:?}");
        }
        for name in ["a", "zino-argus", "blåbær"] {
            assert!(complete().user(name).build().is_ok(), "{name:?}");
        }
        assert_eq!(refused(complete().secret(Secret::new(String::new()))).len(), 1);
    }

    #[test]
    fn an_empty_default_domain_is_none() {
        let settings = complete().default_domain("").build().unwrap();
        assert_eq!(settings.zino().default_domain(), None);
        let settings = complete().default_domain("example.org").build().unwrap();
        assert_eq!(settings.zino().default_domain(), Some("example.org"));
    }

    #[test]
    fn b4_no_problem_and_no_debug_output_shows_a_text() {
        let builder = complete().user("hush4711 hush4711").former_users(["hush4711 x"]).concurrency(0);
        let error = builder.clone().build().unwrap_err();
        for shown in [error.to_string(), alloc::format!("{error:?}")] {
            assert!(!shown.contains("hush4711"), "{shown}");
        }
        let shown = alloc::format!("{:?}", builder.user("glue").former_users([""; 0]));
        assert!(!shown.contains("hush4711"), "{shown}");
    }

    proptest! {
        #[test]
        fn settings_are_the_same_after_they_were_taken_apart(
            spans in prop::array::uniform6(1..=31_622_400_000_u64),
            (concurrency, threshold, default) in (1..=100_i64, 1..=4_294_967_295_i64, 1..=5_i64),
            bands in proptest::collection::btree_map(0..=i64::MAX, 1..=5_i64, 0..5),
            flags: [bool; 9],
        ) {
            let spans = spans.map(Millis);
            let either = |flag: usize| flags[flag];
            let failover = FailoverSettings::builder()
                .community(Secret::new("private".into()))
                .ping_timeout(spans[0])
                .ping_interval(spans[1])
                .threshold(threshold)
                .on_standby(if either(0) { OnStandby::Keep } else { OnStandby::Close })
                .failback(if either(1) { Failback::Auto } else { Failback::Manual });
            let settings = complete()
                .argus_timeout(spans[2])
                .write_timeout(spans[3])
                .concurrency(concurrency)
                .default_domain(if either(2) { "example.org" } else { "" })
                .former_users(["a", "b"].into_iter().skip(usize::from(either(3))))
                .acknowledge(if either(4) { Some(AckState::Waiting) } else { None })
                .ticket(either(5))
                .default_level(default)
                .bands(bands.clone())
                .refresh_interval(spans[4])
                .reconcile_interval(spans[5])
                .ignored(if either(6) { Ignored::Sync } else { Ignored::Skip })
                .never_down(if either(6) { NeverDown::Skip } else { NeverDown::Sync })
                .update(either(7))
                .failover(Some(failover).filter(|_| either(8)))
                .accept_state_loss(either(0))
                .build()
                .unwrap();
            prop_assert_eq!(settings.to_builder().build(), Ok(settings.clone()));
            let with = settings.clone().with_accept_state_loss(true);
            prop_assert_eq!(with, settings.to_builder().accept_state_loss(true).build().unwrap());
            let levels: Vec<_> =
                settings.sync().severity().bands().iter().map(|band| (band.min_priority, band.level.into())).collect();
            prop_assert_eq!(levels, bands.into_iter().collect::<Vec<_>>());
        }
    }
}
