//! What is wrong with settings: the one place that knows the range of each value.

use super::{FailoverBuilder, SettingsBuilder};
use crate::face::{Millis, Secret};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;
use thiserror::Error;

/// The longest timeout and interval: what is longer is a mistake, and far from where moments end.
const LONGEST: Millis = Millis::from_secs(366 * 24 * 60 * 60);
/// Requests at once. More would only queue up in the server's workers.
const CONCURRENCY: RangeInclusive<i64> = 1..=100;
/// The levels of Argus, 1 (critical) to 5 (information).
const LEVEL: RangeInclusive<i64> = 1..=5;
/// Outcomes of probes in a row.
const THRESHOLD: RangeInclusive<i64> = 1..=u32::MAX as i64;

/// Why there are no settings: everything that is wrong with them, one line for each in `Display`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", Lines(problems))]
pub struct SettingsError {
    problems: Vec<SettingsProblem>,
}

/// One thing that is wrong with settings. It never quotes a text: that may be a secret (behaviour B4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsProblem {
    /// The dotted key of the configuration: `sync.severity.thresholds[0].level`.
    pub key: String,
    /// What is wrong, with the number that stands there.
    pub what: String,
    /// What would be right.
    pub right: &'static str,
}

struct Lines<'a>(&'a [SettingsProblem]);

impl SettingsError {
    /// Returns everything that is wrong, at least one thing.
    #[must_use]
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.key, self.what, self.right)
    }
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// What was found so far.
#[derive(Default)]
struct Problems(Vec<SettingsProblem>);

impl Problems {
    fn push(&mut self, key: &str, what: impl Into<String>, right: &'static str) {
        self.0.push(SettingsProblem { key: key.to_string(), what: what.into(), right });
    }

    fn span(&mut self, key: &str, span: Millis) {
        if span == Millis(0) || span > LONGEST {
            self.push(
                key,
                out_of_range(span),
                "a number of seconds, more than 0 and at most 31622400 (366 days)",
            );
        }
    }

    fn number(&mut self, key: &str, number: i64, range: &RangeInclusive<i64>, right: &'static str) {
        if !range.contains(&number) {
            self.push(key, out_of_range(number), right);
        }
    }

    /// A name of Zino's: it travels on a line, between blanks.
    fn user(&mut self, key: &str, name: &str) {
        const RIGHT: &str = "a single word, as in Zino's secrets file";
        if name.is_empty() {
            self.push(key, "empty", RIGHT);
        } else if name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.push(key, "contains a blank or control character", RIGHT);
        }
    }

    fn bands(&mut self, bands: &[(i64, i64)]) {
        let mut taken = BTreeSet::new();
        for (index, (min_priority, level)) in bands.iter().enumerate() {
            let band = format!("sync.severity.thresholds[{index}]");
            let key = format!("{band}.min_priority");
            self.number(&key, *min_priority, &(0..=i64::MAX), "a whole number, at least 0");
            if !taken.insert(*min_priority) {
                let what = format!("another band begins at {min_priority} already");
                self.push(&key, what, "one band for each min_priority");
            }
            self.level(&format!("{band}.level"), *level);
        }
    }

    fn level(&mut self, key: &str, level: i64) {
        self.number(key, level, &LEVEL, "a whole number from 1 to 5");
    }

    fn failover(&mut self, failover: &FailoverBuilder) {
        self.span("failover.ping_timeout", failover.ping_timeout);
        self.span("failover.ping_interval", failover.ping_interval);
        let right = "a whole number from 1 to 4294967295";
        self.number("failover.threshold", failover.threshold, &THRESHOLD, right);
    }
}

fn out_of_range(value: impl fmt::Display) -> String {
    format!("{value} is out of range")
}

/// Returns user and secret of settings with which all is well.
pub(super) fn check(settings: &SettingsBuilder) -> Result<(String, Secret), SettingsError> {
    let mut problems = Problems::default();
    problems.span("argus.timeout", settings.argus_timeout);
    problems.span("argus.write_timeout", settings.write_timeout);
    problems.number("argus.concurrency", settings.concurrency, &CONCURRENCY, "a whole number from 1 to 100");
    match &settings.user {
        Some(user) => problems.user("zino.user", user),
        None => problems.push("zino.user", "missing", "the name of this daemon, as in Zino's secrets file"),
    }
    let right = "the secret of this daemon, as in Zino's secrets file";
    match &settings.secret {
        Some(secret) if secret.expose().is_empty() => problems.push("zino.secret", "empty", right),
        Some(_) => {}
        None => problems.push("zino.secret", "missing", right),
    }
    for (index, name) in settings.former_users.iter().enumerate() {
        problems.user(&format!("zino.former_users[{index}]"), name);
    }
    problems.span("sync.refresh_interval", settings.refresh_interval);
    problems.span("sync.reconcile_interval", settings.reconcile_interval);
    problems.level("sync.severity.default", settings.default_level);
    problems.bands(&settings.bands);
    if let Some(failover) = &settings.failover {
        problems.failover(failover);
    }
    match (&settings.user, &settings.secret) {
        (Some(user), Some(secret)) if problems.0.is_empty() => Ok((user.clone(), secret.clone())),
        (_, _) => Err(SettingsError { problems: problems.0 }),
    }
}
