//! What happens at two sites.

use super::plan::PairEvent;
use super::sites::{Down, PRIMARY, SECONDARY, Sites};
use crate::sim::events::Event;
use glue_proto::model::CaseId;
use glue_sim::faults::{FaultKind, Recovery};
use glue_sim::people::{ArgusAction, ZinoAction};
use glue_sim::world::LastingFault;
use glue_sim::zino::ZinoCase;

impl Sites {
    /// Lets something happen. Returns what, for people; nothing if there was nothing that it could happen to.
    pub(super) fn happen(&mut self, event: PairEvent) -> Option<String> {
        match event {
            PairEvent::Single { event: Event::Zino { action, who, how }, .. } => {
                self.do_in_zinos(action, who, how)
            }
            PairEvent::Single { event: Event::Argus { action, who, how }, .. } => {
                self.do_in_argus(action, who, how)
            }
            PairEvent::Single { event: Event::Fault { fault, how, seconds }, site } => {
                self.begin_fault(fault, how, seconds, site)
            }
            PairEvent::Single { event: Event::Administration { what, how }, site } => {
                Some(self.at(site).administer(what, how))
            }
            PairEvent::SiteDies { site, span, loses } => self.site_dies(site, span, loses),
            PairEvent::Copied => self.copy_to_secondary(),
            PairEvent::Apart { span } => self.lose_probes(span),
            PairEvent::DaemonDies { span } => self.daemon_dies(span),
            PairEvent::Unheard { span } => {
                self.health.unheard_until = self.now() + span;
                Some(format!("nothing comes back from the primary's daemon for {span} ms"))
            }
        }
    }

    /// People and the network do something to the cases of every Zino that is up.
    fn do_in_zinos(&mut self, action: ZinoAction, who: u8, how: u8) -> Option<String> {
        let up = || [PRIMARY, SECONDARY].into_iter().filter(|site| self.down[*site].is_none());
        let (up, leader): (Vec<usize>, _) = (up().collect(), up().next()?);
        let id = self.sims[leader].which_case(action, who)?;
        // Both use the same words.
        let actions = self.actions();
        let mut told = None;
        for site in up {
            let (own_sources, next_case) = (self.setup.own_sources, self.next_case);
            let sim = self.at(site);
            sim.people.skip_to(actions);
            let done = if own_sources {
                sim.do_in_zino(action, who, how)
            } else {
                sim.world.zino.skip_to(CaseId(next_case));
                sim.do_to_case(action, id, who, how)
            };
            told = told.or(done);
        }
        let numbers = self.sims.iter().flat_map(|sim| sim.world.zino.cases().map(ZinoCase::id));
        self.next_case = self.next_case.max(1 + numbers.map(|id| id.0).max().unwrap_or(0));
        told
    }

    /// Returns how much people have done at both sites.
    fn actions(&self) -> u32 {
        self.sims.iter().map(|sim| sim.people.actions()).max().unwrap_or(0)
    }

    fn do_in_argus(&mut self, action: ArgusAction, who: u8, how: u8) -> Option<String> {
        let actions = self.actions();
        self.sims[PRIMARY].people.skip_to(actions);
        let known = self.sims[PRIMARY].expected.notes.len();
        let told = self.at(PRIMARY).do_in_argus(action, who, how);
        // Either Zino is to be told what people did in Argus.
        let [primary, secondary] = &mut self.sims;
        secondary.expected.notes.extend_from_slice(&primary.expected.notes[known..]);
        secondary.expected.edited.clone_from(&primary.expected.edited);
        secondary.expected.deleted.clone_from(&primary.expected.deleted);
        told
    }

    fn begin_fault(&mut self, fault: FaultKind, how: u8, seconds: u8, site: usize) -> Option<String> {
        let is_probe = matches!(fault, FaultKind::PrimarySilent | FaultKind::Datagram);
        let site = if is_probe { SECONDARY } else { site };
        if self.down[site].is_some() || (fault == FaultKind::PrimarySilent && self.down[PRIMARY].is_some()) {
            return None;
        }
        let told = self.at(site).begin_fault(fault, how, seconds);
        Some(format!("site {site}: {told}"))
    }

    /// A site goes down with all that is in it.
    pub(super) fn site_dies(&mut self, site: usize, span: u64, loses: usize) -> Option<String> {
        if self.down[site].is_some() {
            return None;
        }
        let until = self.now().saturating_add(span);
        self.down[site] = Some(Down { until, loses });
        let sim = self.at(site);
        let zino = Recovery::Lasting(LastingFault::ZinoDown);
        let returns = [zino, Recovery::Restart];
        sim.faults.cancel(|recovery| returns.contains(&recovery));
        sim.world.kill_daemon();
        sim.world.set_fault(LastingFault::ZinoDown, true);
        sim.faults.end_at(until, zino);
        sim.faults.end_at(until, Recovery::Restart);
        if site == PRIMARY {
            self.silence_agent(until);
        }
        Some(format!("site {site} is down for {span} ms"))
    }

    /// The primary's daemon is dead, and its Zino is not.
    pub(super) fn daemon_dies(&mut self, span: u64) -> Option<String> {
        if self.down[PRIMARY].is_some() {
            return None;
        }
        let until = self.now().saturating_add(span);
        let sim = self.at(PRIMARY);
        sim.faults.cancel(|recovery| recovery == Recovery::Restart);
        sim.world.kill_daemon();
        sim.faults.end_at(until, Recovery::Restart);
        Some(format!("the primary's daemon is dead for {span} ms, its Zino is not"))
    }

    fn lose_probes(&mut self, span: u64) -> Option<String> {
        if self.down[PRIMARY].is_some() {
            return None;
        }
        let until = self.now() + span;
        self.silence_agent(until);
        Some(format!("the probes are lost for {span} ms"))
    }

    fn silence_agent(&mut self, until: u64) {
        let sim = self.at(SECONDARY);
        let answers = Recovery::Lasting(LastingFault::PrimarySilent);
        sim.faults.cancel(|recovery| recovery == answers);
        sim.world.set_fault(LastingFault::PrimarySilent, true);
        sim.faults.end_at(until, answers);
    }

    /// All is well from now on.
    pub(super) fn heal(&mut self) {
        for site in [PRIMARY, SECONDARY] {
            self.bring_up_to_date(site);
            self.at(site).heal();
        }
        self.health.unheard_until = 0;
        self.see_who_writes();
    }
}
