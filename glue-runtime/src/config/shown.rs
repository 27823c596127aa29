//! The configuration for people, key by key, without its secrets (behaviour B4, B70).

use super::{Config, KNOWN_COMMUNITY};
use crate::url::BaseUrl;
use core::fmt::Display;
use glue_proto::{AckState, Failback, FailoverSettings, Ignored, NeverDown, OnStandby, Settings};
use std::path::Path;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// A key, and its value.
pub(crate) type Row = (&'static str, String);

impl Config {
    /// Returns every key with the value that is in force, also where the file says nothing; each secret as `***`.
    #[must_use]
    pub(crate) fn shown(&self) -> Vec<Row> {
        let mut rows = self.argus();
        rows.extend(self.zino());
        rows.extend(sync(&self.settings));
        rows.extend(self.failover());
        let status = &self.status;
        rows.extend([
            ("status.listen", optional(status.listen.as_ref())),
            ("status.health_listen", optional(status.health_listen.as_ref())),
            ("status.control", optional(status.control.as_deref().map(Path::display))),
            ("status.self_incidents", self.settings.self_incidents().to_string()),
        ]);
        rows
    }

    fn argus(&self) -> Vec<Row> {
        let argus = self.settings.argus();
        let token_file = self.secret_files.token.as_deref();
        vec![
            ("argus.url", self.argus_url.to_string()),
            secret("argus.token", "argus.token_file", token_file),
            ("argus.timeout", argus.timeout().to_string()),
            ("argus.write_timeout", argus.write_timeout().to_string()),
            ("argus.concurrency", argus.concurrency().to_string()),
            ("argus.ca_file", optional(self.ca_file.as_deref().map(Path::display))),
        ]
    }

    fn zino(&self) -> Vec<Row> {
        let zino = self.settings.zino();
        let secret_file = self.secret_files.secret.as_deref();
        vec![
            ("zino.server", self.zino_server.clone()),
            ("zino.port", self.zino_port.to_string()),
            ("zino.notify_port", self.notify_port.to_string()),
            ("zino.user", zino.user().into()),
            secret("zino.secret", "zino.secret_file", secret_file),
            ("zino.default_domain", optional(zino.default_domain())),
            ("zino.former_users", listed(zino.former_users())),
        ]
    }

    fn failover(&self) -> Vec<Row> {
        let (Some(failover), Some((server, port))) = (self.settings.failover(), &self.primary) else {
            return vec![("failover", optional(None::<&str>))];
        };
        vec![
            ("failover.primary_server", server.clone()),
            ("failover.primary_snmp_port", port.to_string()),
            ("failover.snmp_community", community(failover).into()),
            ("failover.ping_timeout", failover.ping_timeout().to_string()),
            ("failover.ping_interval", failover.ping_interval().to_string()),
            ("failover.threshold", failover.threshold().to_string()),
            ("failover.on_standby", on_standby(failover.on_standby()).into()),
            ("failover.failback", failback(failover.failback()).into()),
            ("failover.primary_health_url", optional(self.primary_health.as_ref().map(BaseUrl::as_str))),
        ]
    }
}

fn sync(settings: &Settings) -> Vec<Row> {
    let sync = settings.sync();
    let severity = sync.severity();
    let bands = severity.bands().iter().map(|band| format!("{} from {}", band.level, band.min_priority));
    let acknowledge = match sync.acknowledge() {
        None => "none",
        Some(AckState::Working) => "working",
        Some(AckState::Waiting) => "waiting",
    };
    let ignored = match sync.ignored() {
        Ignored::Skip => "skip",
        Ignored::Sync => "sync",
    };
    let never_down = match sync.never_down() {
        NeverDown::Skip => "skip",
        NeverDown::Sync => "sync",
    };
    vec![
        ("sync.acknowledge.setstate", acknowledge.into()),
        ("sync.ticket.enable", sync.ticket().to_string()),
        ("sync.severity.default", severity.default_level().to_string()),
        ("sync.severity.thresholds", listed(&bands.collect::<Vec<_>>())),
        ("sync.refresh_interval", sync.refresh_interval().to_string()),
        ("sync.reconcile_interval", sync.reconcile_interval().to_string()),
        ("sync.ignored", ignored.into()),
        ("sync.never_down", never_down.into()),
        ("sync.update.enable", sync.update().to_string()),
    ]
}

/// Says that there is a secret, and where, if it stands in a file of its own.
fn secret(key: &'static str, file_key: &'static str, file: Option<&Path>) -> Row {
    match file {
        Some(file) => (file_key, format!("{} ({HIDDEN})", file.display())),
        None => (key, HIDDEN.into()),
    }
}

fn community(failover: &FailoverSettings) -> &str {
    if failover.community().expose() == KNOWN_COMMUNITY { KNOWN_COMMUNITY } else { HIDDEN }
}

const fn on_standby(choice: OnStandby) -> &'static str {
    match choice {
        OnStandby::Keep => "keep",
        OnStandby::Close => "close",
    }
}

const fn failback(choice: Failback) -> &'static str {
    match choice {
        Failback::Auto => "auto",
        Failback::Manual => "manual",
    }
}

fn listed(values: &[String]) -> String {
    optional((!values.is_empty()).then(|| values.join(", ")))
}

fn optional(value: Option<impl Display>) -> String {
    value.map_or_else(|| "none".into(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(extra: &str) -> Vec<Row> {
        let text = format!(
            "[argus]\nurl = \"https://argus.example.org/api/v2\"\ntoken = \"hush-token\"\n\
             [zino]\nserver = \"zino.example.org\"\nuser = \"glue\"\nsecret = \"hush-secret\"\n{extra}"
        );
        super::super::parse(Path::new("x.toml"), &text).unwrap().config.shown()
    }

    fn value<'a>(rows: &'a [Row], key: &str) -> Option<&'a str> {
        rows.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    #[test]
    fn b4_b70_the_configuration_is_shown_with_its_defaults_and_without_its_secrets() {
        let rows = shown("");
        for (key, expected) in [
            ("argus.url", "https://argus.example.org/api/v2/"),
            ("argus.token", "***"),
            ("zino.secret", "***"),
            ("zino.notify_port", "8002"),
            ("sync.refresh_interval", "10 s"),
            ("sync.acknowledge.setstate", "none"),
            ("failover", "none"),
            ("zino.former_users", "none"),
            ("status.listen", "none"),
            ("status.self_incidents", "false"),
        ] {
            assert_eq!(value(&rows, key), Some(expected), "{key}");
        }
    }

    #[test]
    fn b70_b78_the_url_of_the_primarys_daemon_is_shown_as_it_is_asked() {
        let url = "http://zino1.example.org:8445/active";
        let rows = shown(&format!(
            "[failover]\nprimary_server = \"zino1.example.org\"\nprimary_health_url = \"{url}\"\n"
        ));
        assert_eq!(value(&rows, "failover.primary_health_url"), Some(url));
    }

    #[test]
    fn b4_b70_a_community_is_shown_only_if_everybody_knows_it() {
        for (line, expected) in [("", "public"), ("snmp_community = \"hush-community\"\n", "***")] {
            let rows = shown(&format!("[failover]\nprimary_server = \"zino1.example.org\"\n{line}"));
            assert_eq!(value(&rows, "failover.snmp_community"), Some(expected));
            assert_eq!(value(&rows, "failover.primary_health_url"), Some("none"));
            assert!(!rows.iter().any(|(_, value)| value.contains("hush")), "{rows:?}");
        }
    }
}
