//! What happens at two sites.

use super::plan::PairAct;
use super::sites::{Down, PRIMARY, SECONDARY, Sites};
use crate::sim::acts::{Act, Argus, Mishap, Zino};
use crate::sim::run::End;
use glue_proto::model::CaseId;
use glue_sim::world::Fault;
use glue_sim::zino::ZinoCase;

impl Sites {
    /// Lets something happen. Returns what, for people; nothing if there was nothing that it could happen to.
    pub(super) fn happen(&mut self, act: PairAct) -> Option<String> {
        match act {
            PairAct::Single { act: Act::Zino { deed, who, how }, .. } => self.do_in_zinos(deed, who, how),
            PairAct::Single { act: Act::Argus { deed, who, how }, .. } => self.do_in_argus(deed, who, how),
            PairAct::Single { act: Act::Fault { fault, how, seconds }, site } => {
                self.go_wrong(fault, how, seconds, site)
            }
            PairAct::SiteDies { site, span, loses } => self.site_dies(site, span, loses),
            PairAct::Apart { span } => self.lose_probes(span),
        }
    }

    /// People and the network do something to the cases of every Zino that is up.
    fn do_in_zinos(&mut self, deed: Zino, who: u8, how: u8) -> Option<String> {
        let up = || [PRIMARY, SECONDARY].into_iter().filter(|site| self.down[*site].is_none());
        let (up, leader): (Vec<usize>, _) = (up().collect(), up().next()?);
        let id = self.sims[leader].which_case(deed, who)?;
        // Both use the same words.
        let serial = self.sims[PRIMARY].serial.max(self.sims[SECONDARY].serial);
        let mut told = None;
        for site in up {
            let (own_sources, next_case) = (self.setup.own_sources, self.next_case);
            let sim = self.at(site);
            sim.serial = serial;
            let done = if own_sources {
                sim.do_in_zino(deed, who, how)
            } else {
                sim.world.zino.skip_to(CaseId(next_case));
                sim.do_to_case(deed, id, who, how)
            };
            told = told.or(done);
        }
        let numbers = self.sims.iter().flat_map(|sim| sim.world.zino.cases().map(ZinoCase::id));
        self.next_case = self.next_case.max(1 + numbers.map(|id| id.0).max().unwrap_or(0));
        told
    }

    fn do_in_argus(&mut self, deed: Argus, who: u8, how: u8) -> Option<String> {
        self.sims[PRIMARY].serial = self.sims[PRIMARY].serial.max(self.sims[SECONDARY].serial);
        let known = self.sims[PRIMARY].ghost.remarks.len();
        let told = self.at(PRIMARY).do_in_argus(deed, who, how);
        // Either Zino is to be told what people did in Argus.
        let [primary, secondary] = &mut self.sims;
        secondary.ghost.remarks.extend_from_slice(&primary.ghost.remarks[known..]);
        secondary.ghost.edited.clone_from(&primary.ghost.edited);
        secondary.ghost.deleted.clone_from(&primary.ghost.deleted);
        told
    }

    fn go_wrong(&mut self, fault: Mishap, how: u8, seconds: u8, site: usize) -> Option<String> {
        let is_probe = matches!(fault, Mishap::PrimarySilent | Mishap::Datagram);
        let site = if is_probe { SECONDARY } else { site };
        if self.down[site].is_some() || (fault == Mishap::PrimarySilent && self.down[PRIMARY].is_some()) {
            return None;
        }
        let told = self.at(site).go_wrong(fault, how, seconds);
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
        let returns = |end: &End| matches!(end, End::Restart | End::Shutdown | End::Fault(Fault::ZinoDown));
        sim.ends.retain(|(_, end)| !returns(end));
        sim.world.kill_daemon();
        sim.world.set_fault(Fault::ZinoDown, true);
        sim.ends.extend([(until, End::Fault(Fault::ZinoDown)), (until, End::Restart)]);
        if site == PRIMARY {
            self.silence_agent(until);
        }
        Some(format!("site {site} is down for {span} ms"))
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
        let silent = End::Fault(Fault::PrimarySilent);
        sim.ends.retain(|(_, end)| *end != silent);
        sim.world.set_fault(Fault::PrimarySilent, true);
        sim.ends.push((until, silent));
    }

    /// All is well from now on.
    pub(super) fn heal(&mut self) {
        for site in [PRIMARY, SECONDARY] {
            self.bring_up_to_date(site);
            self.at(site).heal();
        }
        self.see_who_writes();
    }
}
