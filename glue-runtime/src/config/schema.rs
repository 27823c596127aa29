//! Every key of `zinoargus.toml`, with its default and its range (behaviour, section 2).

use super::Config;
use super::report::{Problem, Report, Wrong};
use super::section::Section;
use super::value::{
    any_secret, base_url, choice, filled_secret, flag, host, port, seconds, text, token, url, whole, word,
};
use crate::url::BaseUrl;
use glue_proto::{
    AckState, ArgusSettings, Band, FailoverSettings, Ignored, Millis, OnStandby, Secret, Settings, Severity,
    SyncSettings, ZinoSettings,
};
use std::collections::BTreeSet;
use toml::de::DeTable;

/// Requests at once that `argus.concurrency` may ask for. More would only queue up in the server's workers.
const MAX_CONCURRENCY: i64 = 100;

const NEED_ARGUS: &str = "[argus] with at least url and token";
const NEED_ZINO: &str = "[zino] with at least server, user and secret";
const NEED_URL: &str = "url = \"https://argus.example.org/api/v2/\"";
const NEED_TOKEN: &str = "token = \"...\", the token of this source system in Argus";
const NEED_SERVER: &str = "server = \"...\", the host of the Zino server";
const NEED_USER: &str = "user = \"...\", as in Zino's secrets file";
const NEED_SECRET: &str = "secret = \"...\", as in Zino's secrets file";
const NEED_PRIMARY: &str = "primary_server = \"...\", the host of the primary Zino's SNMP agent";
const NEED_PRIORITY: &str = "min_priority = a whole number, at least 0";
const NEED_LEVEL: &str = "level = a whole number from 1 to 5";

/// `[argus]`: where, with what token, and what the machine wants to know.
type Argus = (BaseUrl, Secret, ArgusSettings);
/// `[zino]`: the host, the two ports, and what the machine wants to know.
type Zino = (String, u16, u16, ZinoSettings);
/// `[failover]`: the host and port of the agent, and what the machine wants to know.
type Failover = ((String, u16), FailoverSettings);

/// Reads the whole file; `syntax` holds its syntax errors as offset and text.
pub(super) fn read(
    source: &str,
    table: &DeTable<'_>,
    syntax: &[(usize, String)],
) -> Result<(Config, Vec<String>), Vec<Problem>> {
    let mut report = Report::new(source);
    for (offset, what) in syntax {
        report.syntax(*offset, what);
    }
    let mut root = Section::root(&mut report, table);
    let argus = argus(&mut root.required_section("argus", NEED_ARGUS));
    let zino = zino(&mut root.required_section("zino", NEED_ZINO));
    let sync = sync(&mut root.section("sync"));
    metadata(&mut root.section("metadata"));
    let failover = failover(&mut root.section("failover"));
    root.finish();
    let warnings = report.finish()?;
    // A value that is missing has been reported, so that this is never reached without them.
    let (Some((argus_url, argus_token, argus)), Some((zino_server, zino_port, notify_port, zino))) =
        (argus, zino)
    else {
        return Err(Vec::new());
    };
    let (primary, failover) = failover.unzip();
    let settings = Settings { argus, zino, sync, failover, accept_state_loss: false };
    let config = Config { settings, argus_url, argus_token, zino_server, zino_port, notify_port, primary };
    Ok((config, warnings))
}

fn argus(section: &mut Section<'_, '_>) -> Option<Argus> {
    let url = section.required("url", NEED_URL, base_url);
    let token = section.required("token", NEED_TOKEN, token);
    let timeout = section.with_default("timeout", Millis::from_secs(2), seconds);
    let write_timeout = section.with_default("write_timeout", Millis::from_secs(30), seconds);
    let concurrency = section.with_default("concurrency", 16, whole(1..=MAX_CONCURRENCY));
    section.finish();
    let concurrency = usize::try_from(concurrency).ok()?;
    Some((url?, token?, ArgusSettings { timeout, write_timeout, concurrency }))
}

fn zino(section: &mut Section<'_, '_>) -> Option<Zino> {
    let server = section.required("server", NEED_SERVER, host);
    let api = section.with_default("port", 8001, port);
    let notify = section.with_default("notify_port", 8002, port);
    let user = section.required("user", NEED_USER, word);
    let secret = section.required("secret", NEED_SECRET, filled_secret);
    let default_domain = section.optional("default_domain", text).filter(|domain| !domain.is_empty());
    section.finish();
    Some((server?, api, notify, ZinoSettings { user: user?, secret: secret?, default_domain }))
}

fn sync(section: &mut Section<'_, '_>) -> SyncSettings {
    const STATES: &[(&str, Option<AckState>)] =
        &[("none", None), ("working", Some(AckState::Working)), ("waiting", Some(AckState::Waiting))];
    const IGNORED: &[(&str, Ignored)] = &[("skip", Ignored::Skip), ("sync", Ignored::Sync)];
    let sync = SyncSettings {
        acknowledge: only(&mut section.section("acknowledge"), |s| {
            s.with_default("setstate", None, choice(STATES))
        }),
        ticket: only(&mut section.section("ticket"), |s| s.with_default("enable", false, flag)),
        severity: severity(&mut section.section("severity")),
        refresh_interval: section.with_default("refresh_interval", Millis::from_secs(10), seconds),
        reconcile_interval: section.with_default("reconcile_interval", Millis::from_secs(60), seconds),
        ignored: section.with_default("ignored", Ignored::Skip, choice(IGNORED)),
        update: only(&mut section.section("update"), |s| s.with_default("enable", true, flag)),
    };
    section.finish();
    sync
}

/// Reads a table with a single key.
fn only<'r, 'd, T>(section: &mut Section<'r, 'd>, read: impl FnOnce(&mut Section<'r, 'd>) -> T) -> T {
    let value = read(section);
    section.finish();
    value
}

fn severity(section: &mut Section<'_, '_>) -> Severity {
    let level = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
    let default = level(section.with_default("default", 3, whole(1..=5)));
    let mut taken = BTreeSet::new();
    let bands = section.list("thresholds", |band| {
        let min_priority = band.required("min_priority", NEED_PRIORITY, whole(0..=i64::MAX));
        let level = band.required("level", NEED_LEVEL, whole(1..=5)).map(level);
        if min_priority.is_some_and(|min| !taken.insert(min)) {
            let wrong = Wrong::new("another band begins there already", "one band for each min_priority");
            band.reject("min_priority", wrong);
        }
        Some(Band { min_priority: min_priority?, level: level? })
    });
    section.finish();
    Severity { default, bands }
}

fn metadata(section: &mut Section<'_, '_>) {
    if section.optional("ports_url", url).is_some() {
        section.warn("ports_url", "accepted, not used");
    }
    section.finish();
}

fn failover(section: &mut Section<'_, '_>) -> Option<Failover> {
    const ON_STANDBY: &[(&str, OnStandby)] = &[("keep", OnStandby::Keep), ("close", OnStandby::Close)];
    let server = section.required("primary_server", NEED_PRIMARY, host);
    let port = section.with_default("primary_snmp_port", 8000, port);
    let community = section.optional("snmp_community", any_secret);
    let ping_timeout = section.with_default("ping_timeout", Millis::from_secs(5), seconds);
    let ping_interval = section.with_default("ping_interval", Millis::from_secs(5), seconds);
    let threshold = section.with_default("threshold", 10, whole(1..=i64::from(u32::MAX)));
    let on_standby = section.with_default("on_standby", OnStandby::Keep, choice(ON_STANDBY));
    section.finish();
    let community = community.unwrap_or_else(|| Secret::new(String::from("public")));
    let threshold = u32::try_from(threshold).ok()?;
    let settings = FailoverSettings { community, ping_timeout, ping_interval, threshold, on_standby };
    Some(((server?, port), settings))
}
