//! `zinoargus check`: tries the configuration on the servers, changes nothing, and tells what came of it.

use super::{Failure, Ready, prepare};
use crate::config::Config;
use crate::driver::{Commands as _, Driver, Effects};
use crate::event::{Event, Events};
use crate::exit::Status;
use crate::handle_times::HandleTimes;
use crate::io::Io;
use crate::log::one_line;
use crate::net;
use crate::signals::Signals;
use crate::udp::{Probe, distinct};
use core::fmt::Write as _;
use core::time::Duration;
use glue_proto::{Action, Check, Checked, Exit, Millis, Now, Peer, ProbeFailure, ProbeId, Verdict};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The version of the answer as data.
const SCHEMA: u32 = 1;
/// What each item is called, one below the other.
const WIDTH: usize = "notifications".len();

/// Tries every server of the configuration, and prints one line for each thing that was tried.
pub(super) async fn check(config: Config, seed: u64, json: bool) -> Result<Status, Failure> {
    let mut ready = prepare(&config)?;
    // A name look-up cannot be asked for in the machine, for what it finds decides how many probes there are.
    let report = tokio::select! {
        found = addresses(&config) => Some(found),
        () = told_to_end(&mut ready.signals) => None,
    };
    let report = match report {
        Some(addresses) => try_all(&config, addresses, ready, seed).await,
        None => Check::new(config.settings.clone(), Ok(Vec::new()), ready.clock.now(), seed).report(),
    };
    let text = if json { as_data(&report, &config) } else { as_text(&report, &config) };
    super::answer(&text);
    Ok(status(&report))
}
/// Lets the machine try everything. `addresses` are those of the primary.
async fn try_all(
    config: &Config,
    addresses: Result<Vec<SocketAddr>, ProbeFailure>,
    ready: Ready,
    seed: u64,
) -> Vec<Checked> {
    let Ready { mut events, mut signals, effects: io, clock, sender } = ready;
    let known = addresses.as_ref().map(|known| known.iter().map(SocketAddr::ip).collect());
    let machine = Check::new(config.settings.clone(), known.map_err(|why| *why), clock.now(), seed);
    let addresses = addresses.unwrap_or_default();
    let effects = Outside { io, events: sender, addresses, probes: Vec::new() };
    let mut driver = Driver { machine, effects, clock, times: HandleTimes::default() };
    let (_, mut nobody_asks) = mpsc::channel(1);
    driver.run(&mut events, &mut signals, &mut nobody_asks).await;
    driver.machine.report()
}

/// Returns the addresses of the primary, none without `[failover]`. A resolver that keeps silent has as long as a probe.
async fn addresses(config: &Config) -> Result<Vec<SocketAddr>, ProbeFailure> {
    let (Some((host, port)), Some(failover)) = (&config.primary, config.settings.failover()) else {
        return Ok(Vec::new());
    };
    let Millis(patience) = failover.ping_timeout();
    match timeout(Duration::from_millis(patience), net::resolve(host, *port)).await {
        Ok(found) => Ok(distinct(found?)),
        Err(_) => Err(ProbeFailure::Unresolved),
    }
}

/// Waits until the process is told to end.
async fn told_to_end(signals: &mut Signals) {
    while signals.next().await != Event::Shutdown {}
}

/// What the check acts on: as the daemon does, but each probe goes to one address.
struct Outside {
    io: Io,
    events: Events,
    addresses: Vec<SocketAddr>,
    probes: Vec<Probe>,
}

impl Effects for Outside {
    fn perform(&mut self, action: Action) -> Option<Exit> {
        let Action::SendDatagram { probe: probe @ ProbeId(number), bytes } = action else {
            return self.io.perform(action);
        };
        let address = usize::try_from(number).ok().and_then(|number| self.addresses.get(number));
        self.probes
            .extend(address.map(|address| Probe::send_to(probe, *address, bytes, self.events.clone())));
        None
    }

    fn observe(&mut self, now: Now, event: &Event) {
        self.io.observe(now, event);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.io.poll_event()
    }
}

/// Writes the report for people: each peer, and below it a line for each thing that was tried.
fn as_text(report: &[Checked], config: &Config) -> String {
    let mut text = String::new();
    let mut about = None;
    for checked @ Checked { item, finding, verdict, .. } in report {
        let peer = item.peer();
        if about.replace(peer) != Some(peer) {
            // Writing to a String never fails.
            let _ = writeln!(text, "{:<8} {}", name(peer), address(peer, config));
        }
        let finding = finding.to_string();
        let _ = writeln!(text, "  {item:<WIDTH$}  {verdict}: {}", one_line(&finding));
        if let Some(hint) = checked.hint() {
            let _ = writeln!(text, "  {:<WIDTH$}  {hint}", "");
        }
    }
    text
}

/// Writes the report as data.
fn as_data(report: &[Checked], config: &Config) -> String {
    let line = |checked: &Checked| {
        let Checked { item, finding, verdict, .. } = checked;
        json!({
            "peer": name(item.peer()).to_ascii_lowercase(),
            "address": address(item.peer(), config),
            "item": item.to_string(),
            "verdict": verdict.word(),
            "text": finding.to_string(),
            "hint": checked.hint(),
        })
    };
    let is_ok = status(report) == Status::Done;
    let items = report.iter().map(line).collect::<Value>();
    format!("{}\n", json!({ "schema": SCHEMA, "ok": is_ok, "items": items }))
}

const fn name(peer: Peer) -> &'static str {
    match peer {
        Peer::Zino => "Zino",
        Peer::Argus => "Argus",
        Peer::Primary => "primary",
        Peer::Peer => "peer",
    }
}

/// Says how a peer is called in the configuration.
fn address(peer: Peer, config: &Config) -> String {
    match peer {
        Peer::Zino => {
            let Config { zino_server, zino_port, notify_port, .. } = config;
            format!("{zino_server} port {zino_port} and {notify_port}")
        }
        Peer::Argus => config.argus_url.to_string(),
        Peer::Primary => {
            let primary = config.primary.as_ref().map(|(host, port)| format!("{host} port {port}"));
            primary.unwrap_or_default()
        }
        Peer::Peer => config.primary_health.as_ref().map(|url| url.as_str().into()).unwrap_or_default(),
    }
}

/// Returns what the process ends with: refused credentials count most, and what the daemon can work with is no failure.
fn status(report: &[Checked]) -> Status {
    match report.iter().map(|checked| checked.verdict).max() {
        None | Some(Verdict::Ok | Verdict::NotTried | Verdict::Warning) => Status::Done,
        Some(Verdict::Failed) => Status::Unreachable,
        Some(Verdict::Refused) => Status::Refused,
    }
}
