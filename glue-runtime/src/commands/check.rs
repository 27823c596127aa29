//! `zinoargus check`: tries the configuration on the servers, changes nothing, and tells what came of it.

use super::{Failure, Ready, prepare};
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::log::one_line;
use core::fmt::Write as _;
use glue_proto::{Check, Checked, Peer, Verdict};
use std::io::{self, Write as _};
use tokio::sync::mpsc;

/// Tries every server of the configuration, and prints one line for each.
pub(super) async fn check(config: Config, seed: u64) -> Result<Status, Failure> {
    let Ready { mut events, mut signals, effects, clock, .. } = prepare(&config)?;
    let machine = Check::new(config.settings.clone(), clock.now(), seed);
    let mut driver = Driver { machine, effects, clock };
    let (_, mut nobody_asks) = mpsc::channel(1);
    driver.run(&mut events, &mut signals, &mut nobody_asks).await;
    let report = driver.machine.report();
    // Nobody is left to hear that standard output is closed, and the status says it all the same.
    let _ = io::stdout().write_all(show(&report, &config).as_bytes());
    Ok(status(&report))
}

/// Writes the report, one line for each peer.
fn show(report: &[Checked], config: &Config) -> String {
    let mut text = String::new();
    for Checked { peer, finding, .. } in report {
        let verdict = match finding.verdict() {
            Verdict::Ok => "ok",
            Verdict::Refused => "REFUSED",
            Verdict::Failed => "FAILED",
        };
        let (what, name) = name(*peer, config);
        let finding = finding.to_string();
        // Writing to a String never fails.
        let _ = writeln!(text, "{what:<8} {name}: {verdict}: {}", one_line(&finding));
    }
    text
}

/// Says what a peer is, and how it is called in the configuration.
fn name(peer: Peer, config: &Config) -> (&'static str, String) {
    match peer {
        Peer::Zino => {
            let Config { zino_server, zino_port, notify_port, .. } = config;
            ("Zino", format!("{zino_server} port {zino_port} and {notify_port}"))
        }
        Peer::Argus => ("Argus", config.argus_url.to_string()),
        Peer::Primary => {
            let primary = config.primary.as_ref().map(|(host, port)| format!("{host} port {port}"));
            ("primary", primary.unwrap_or_default())
        }
    }
}

/// Returns what the process ends with: refused credentials count most.
fn status(report: &[Checked]) -> Status {
    match report.iter().map(|checked| checked.finding.verdict()).max() {
        None | Some(Verdict::Ok) => Status::Done,
        Some(Verdict::Failed) => Status::Unreachable,
        Some(Verdict::Refused) => Status::Refused,
    }
}
