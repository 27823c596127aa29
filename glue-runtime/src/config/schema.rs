//! Every key of `zinoargus.toml` (behaviour, section 2).
//!
//! What is read goes to the core's builder as it stands: the core has the defaults and the ranges of its settings, and what
//! it refuses is told with the line of its key. Only what the core never sees is judged here: addresses and the token.

use super::report::{Problem, Report};
use super::secrets::{COMMUNITY, Found, Kind, SECRET, Source, Surroundings, TOKEN};
use super::section::Section;
use super::value::{
    address, base_url, choice, flag, health_url, host, path, port, seconds, socket, text, url, whole,
};
use super::{Config, SecretFiles, StatusListeners};
use crate::url::BaseUrl;
use glue_proto::{
    AckState, Failback, FailoverBuilder, FailoverSettings, Ignored, NeverDown, OnStandby, Secret, Settings,
    SettingsBuilder,
};
use std::path::PathBuf;
use toml::de::DeTable;

const NEED_ARGUS: &str = "[argus] with at least url and token";
const NEED_ZINO: &str = "[zino] with at least server, user and secret";
const NEED_URL: &str = "url = \"https://argus.example.org/api/v2/\"";
const NEED_TOKEN: &str = "token = \"...\", the token of this source system in Argus, or token_file = \"...\"";
const NEED_SERVER: &str = "server = \"...\", the host of the Zino server";
const NEED_USER: &str = "user = \"...\", as in Zino's secrets file";
const NEED_SECRET: &str = "secret = \"...\", as in Zino's secrets file, or secret_file = \"...\"";
const NEED_PRIMARY: &str = "primary_server = \"...\", the host of the primary Zino's SNMP agent";
const NEED_PRIORITY: &str = "min_priority = a whole number, at least 0";
const NEED_LEVEL: &str = "level = a whole number from 1 to 5";
const PRIORITY: &str = "a whole number, at least 0";
const LEVEL: &str = "a whole number from 1 to 5";
const CONCURRENCY: &str = "a whole number from 1 to 100";
const THRESHOLD: &str = "a whole number from 1 to 4294967295";

/// What the shell keeps of `[argus]`: where, with what token, and by whom it is trusted.
type Argus = (BaseUrl, Found, Option<PathBuf>);
/// What the shell keeps of `[zino]`: the host and the two ports, and where the secret comes from.
type Zino = (String, u16, u16, Source);
/// What the shell keeps of `[failover]`: the host and port of the agent.
type Primary = (String, u16);

/// What was read of a file.
pub(super) struct Read {
    pub(super) config: Config,
    pub(super) warnings: Vec<String>,
    /// Whether the file itself holds a secret.
    pub(super) holds_secrets: bool,
}

/// Reads the whole file; `syntax` holds its syntax errors as offset and text.
pub(super) fn read(
    source: &str,
    table: &DeTable<'_>,
    syntax: &[(usize, String)],
    around: &Surroundings,
) -> Result<Read, Vec<Problem>> {
    let mut report = Report::new(source);
    for (offset, what) in syntax {
        report.syntax(*offset, what);
    }
    let mut root = Section::root(&mut report, table);
    let mut settings = Settings::builder();
    let argus = argus(&mut root.required_section("argus", NEED_ARGUS), &mut settings, around);
    let zino = zino(&mut root.required_section("zino", NEED_ZINO), &mut settings, around);
    sync(&mut root.section("sync"), &mut settings);
    metadata(&mut root.section("metadata"));
    let (primary, primary_health, community) = failover(&mut root.section("failover"), &mut settings, around);
    let status = status(&mut root.section("status"), &mut settings);
    root.finish();
    let settings = settings.build();
    if let Err(error) = &settings {
        report.refused(error.problems());
    }
    let warnings = report.finish()?;
    // A value that is missing or refused has been reported, so that this is never reached without them.
    let (
        Ok(settings),
        Some((argus_url, token, ca_file)),
        Some((zino_server, zino_port, notify_port, secret)),
    ) = (settings, argus, zino)
    else {
        return Err(Vec::new());
    };
    let holds_secrets =
        [Some(&token.source), Some(&secret), community.as_ref()].contains(&Some(&Source::Key));
    let secret_files = SecretFiles { token: token.source.into_file(), secret: secret.into_file() };
    let config = Config {
        settings,
        argus_url,
        argus_token: token.secret,
        ca_file,
        zino_server,
        zino_port,
        notify_port,
        primary,
        primary_health,
        status,
        secret_files,
    };
    Ok(Read { config, warnings, holds_secrets })
}

/// Gives a builder what stands in the file; what is left out keeps its default.
fn set<B: Clone, T>(builder: &mut B, value: Option<T>, setter: impl FnOnce(B, T) -> B) {
    if let Some(value) = value {
        *builder = setter(builder.clone(), value);
    }
}

/// Reads a secret that must be there.
fn required(kind: &Kind, right: &str, section: &mut Section<'_, '_>, around: &Surroundings) -> Option<Found> {
    if !kind.is_given(section, around) {
        section.missing(kind.key(), right);
    }
    kind.find(section, around)
}

fn argus(
    section: &mut Section<'_, '_>,
    settings: &mut SettingsBuilder,
    around: &Surroundings,
) -> Option<Argus> {
    let url = section.required("url", NEED_URL, base_url);
    let token = required(&TOKEN, NEED_TOKEN, section, around);
    set(settings, section.optional("timeout", seconds), SettingsBuilder::argus_timeout);
    set(settings, section.optional("write_timeout", seconds), SettingsBuilder::write_timeout);
    set(settings, section.optional("concurrency", whole(CONCURRENCY)), SettingsBuilder::concurrency);
    let ca_file = section.optional("ca_file", path);
    section.finish();
    Some((url?, token?, ca_file))
}

fn zino(
    section: &mut Section<'_, '_>,
    settings: &mut SettingsBuilder,
    around: &Surroundings,
) -> Option<Zino> {
    let server = section.required("server", NEED_SERVER, host);
    let api = section.with_default("port", 8001, port);
    let notify = section.with_default("notify_port", 8002, port);
    set(settings, section.required("user", NEED_USER, text), SettingsBuilder::user);
    let secret = required(&SECRET, NEED_SECRET, section, around);
    // In the place of what was reported stands something that the core has nothing to say about.
    let known = secret.as_ref().map_or_else(|| Secret::new("x".into()), |found| found.secret.clone());
    set(settings, Some(known), SettingsBuilder::secret);
    set(settings, section.optional("default_domain", text), SettingsBuilder::default_domain);
    set(settings, section.texts("former_users"), SettingsBuilder::former_users);
    section.finish();
    Some((server?, api, notify, secret?.source))
}

fn sync(section: &mut Section<'_, '_>, settings: &mut SettingsBuilder) {
    const STATES: &[(&str, Option<AckState>)] =
        &[("none", None), ("working", Some(AckState::Working)), ("waiting", Some(AckState::Waiting))];
    const IGNORED: &[(&str, Ignored)] = &[("skip", Ignored::Skip), ("sync", Ignored::Sync)];
    const NEVER_DOWN: &[(&str, NeverDown)] = &[("skip", NeverDown::Skip), ("sync", NeverDown::Sync)];
    let state = only(&mut section.section("acknowledge"), |s| s.optional("setstate", choice(STATES)));
    set(settings, state, SettingsBuilder::acknowledge);
    let enable = |section: &mut Section<'_, '_>| only(section, |s| s.optional("enable", flag));
    set(settings, enable(&mut section.section("ticket")), SettingsBuilder::ticket);
    severity(&mut section.section("severity"), settings);
    set(settings, section.optional("refresh_interval", seconds), SettingsBuilder::refresh_interval);
    set(settings, section.optional("reconcile_interval", seconds), SettingsBuilder::reconcile_interval);
    set(settings, section.optional("ignored", choice(IGNORED)), SettingsBuilder::ignored);
    set(settings, section.optional("never_down", choice(NEVER_DOWN)), SettingsBuilder::never_down);
    set(settings, enable(&mut section.section("update")), SettingsBuilder::update);
    section.finish();
}

/// Reads a table with a single key.
fn only<'r, 'd, T>(section: &mut Section<'r, 'd>, read: impl FnOnce(&mut Section<'r, 'd>) -> T) -> T {
    let value = read(section);
    section.finish();
    value
}

fn severity(section: &mut Section<'_, '_>, settings: &mut SettingsBuilder) {
    set(settings, section.optional("default", whole(LEVEL)), SettingsBuilder::default_level);
    let mut free = i64::MAX;
    let bands = section.list("thresholds", |band| {
        let min_priority = band.required("min_priority", NEED_PRIORITY, whole(PRIORITY));
        let level = band.required("level", NEED_LEVEL, whole(LEVEL));
        // In the place of what was reported stands something that nothing is wrong with, so that the core judges the
        // rest, and counts the bands as the file does.
        free -= 1;
        Some((min_priority.unwrap_or(free), level.unwrap_or(1)))
    });
    set(settings, Some(bands), SettingsBuilder::bands);
    section.finish();
}

fn metadata(section: &mut Section<'_, '_>) {
    if section.optional("ports_url", url).is_some() {
        section.warn("ports_url", "accepted, not used");
    }
    section.finish();
}

/// Reads `[failover]`; with the address of the primary and the URL of its daemon it returns where the community comes from.
fn failover(
    section: &mut Section<'_, '_>,
    settings: &mut SettingsBuilder,
    around: &Surroundings,
) -> (Option<Primary>, Option<BaseUrl>, Option<Source>) {
    const ON_STANDBY: &[(&str, OnStandby)] = &[("keep", OnStandby::Keep), ("close", OnStandby::Close)];
    const FAILBACK: &[(&str, Failback)] = &[("auto", Failback::Auto), ("manual", Failback::Manual)];
    let server = section.required("primary_server", NEED_PRIMARY, host);
    let port = section.with_default("primary_snmp_port", 8000, port);
    let mut failover = FailoverSettings::builder();
    let community = COMMUNITY.find(section, around);
    let (community, source) = community.map(|Found { secret, source }| (secret, source)).unzip();
    set(&mut failover, community, FailoverBuilder::community);
    set(&mut failover, section.optional("ping_timeout", seconds), FailoverBuilder::ping_timeout);
    set(&mut failover, section.optional("ping_interval", seconds), FailoverBuilder::ping_interval);
    set(&mut failover, section.optional("threshold", whole(THRESHOLD)), FailoverBuilder::threshold);
    set(&mut failover, section.optional("on_standby", choice(ON_STANDBY)), FailoverBuilder::on_standby);
    set(&mut failover, section.optional("failback", choice(FAILBACK)), FailoverBuilder::failback);
    let health = section.optional("primary_health_url", health_url);
    failover = failover.asks_health(health.is_some());
    let failover = section.exists().then_some(failover);
    set(settings, Some(failover), SettingsBuilder::failover);
    section.finish();
    (server.map(|server| (server, port)), health, source)
}

fn status(section: &mut Section<'_, '_>, settings: &mut SettingsBuilder) -> StatusListeners {
    let listen = section.optional("listen", address);
    let health_listen = section.optional("health_listen", address);
    let control = section.optional("control", socket);
    set(settings, section.optional("self_incidents", flag), SettingsBuilder::self_incidents);
    section.finish();
    StatusListeners { listen, health_listen, control }
}
