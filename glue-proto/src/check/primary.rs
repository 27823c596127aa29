//! The trial of the primary: one probe to each address of its name (behaviour B60).

use super::finding::{Checked, Finding, Verdict};
use super::item::Item;
use super::trial::Trial;
use crate::face::{Action, FailoverSettings, Mono, ProbeFailure, ProbeId, Seed};
use crate::wire::snmp;
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

/// The agent, by all its addresses. Each is on its own here, where the daemon takes any of them for the host.
#[derive(Clone, Debug)]
pub(super) struct PrimaryTrial {
    addresses: Result<Vec<Address>, ProbeFailure>,
}

#[derive(Clone, Debug)]
struct Address {
    address: IpAddr,
    probe: snmp::Probe,
    trial: Trial,
}

impl PrimaryTrial {
    /// Begins: the probe to the first address is 0, that to the next one 1.
    pub(super) fn new(
        settings: &FailoverSettings,
        addresses: Result<Vec<IpAddr>, ProbeFailure>,
        now: Mono,
        seed: u64,
        out: &mut VecDeque<Action>,
    ) -> Self {
        let (community, patience) = (settings.community().expose().as_bytes(), settings.ping_timeout());
        let mut seed = Seed::new(seed);
        let mut ask = |(probe, address)| {
            let asked = snmp::Probe::new(community, seed.next_i32(), now, patience);
            out.push_back(Action::SendDatagram { probe: ProbeId(probe), bytes: asked.datagram().to_vec() });
            Address { address, probe: asked, trial: Trial::new(now, patience) }
        };
        Self { addresses: addresses.map(|addresses| (0..).zip(addresses).map(&mut ask).collect()) }
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        self.addresses.iter().flatten().filter_map(|address| address.trial.deadline()).min()
    }

    pub(super) fn pass_time(&mut self, now: Mono) {
        for address in self.addresses.iter_mut().flatten() {
            address.trial.pass_time(now);
        }
    }

    pub(super) fn answered(&mut self, probe: ProbeId, bytes: &[u8]) {
        let Some(Address { probe, trial, .. }) = self.address(probe) else { return };
        match probe.receive(bytes) {
            Some(snmp::Outcome::Answered { uptime }) => trial.end(Finding::PrimaryAnswered { uptime }),
            Some(snmp::Outcome::Failed(error)) => trial.end(Finding::NotThePrimary(error)),
            None => {}
        }
    }

    pub(super) fn failed(&mut self, probe: ProbeId, reason: ProbeFailure) {
        if let Some(Address { trial, .. }) = self.address(probe) {
            trial.end(Finding::ProbeFailed(reason));
        }
    }

    /// Where an address has answered, the others are no failure: the daemon takes that one for the host.
    pub(super) fn report(&self) -> Vec<Checked> {
        let addresses = match &self.addresses {
            Ok(addresses) => addresses,
            Err(reason) => return vec![Checked::new(Item::Name, Finding::ProbeFailed(*reason))],
        };
        let is_alive = addresses.iter().any(|address| address.trial.is_well());
        let most = if is_alive { Verdict::Warning } else { Verdict::Failed };
        let checked = addresses.iter().map(|Address { address, trial, .. }| {
            let checked = Checked::new(Item::Address(*address), trial.finding());
            Checked { verdict: checked.verdict.min(most), ..checked }
        });
        checked.collect()
    }

    fn address(&mut self, ProbeId(probe): ProbeId) -> Option<&mut Address> {
        self.addresses.as_mut().ok()?.get_mut(usize::try_from(probe).ok()?)
    }
}
