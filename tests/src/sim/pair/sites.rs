//! The two sites: one time, one Argus, and who may write at a moment.

use super::health::Health;
use super::plan::PairSetup;
use crate::sim::expected::Identity;
use crate::sim::model;
use crate::sim::plan::Plan;
use crate::sim::run::{MOST_STEPS_AT_ONCE, Sim};
use glue_proto::Mode;
use glue_proto::model::CaseId;
use glue_sim::faults::Recovery;
use glue_sim::world::{LastingFault, World};
use glue_sim::zino::ZinoCase;

/// The primary's site.
pub(super) const PRIMARY: usize = 0;
/// The secondary's.
pub(super) const SECONDARY: usize = 1;
/// The secondary's source, where it has its own, and its token.
const OWN_SOURCE: (&str, &str) = ("zino-2", "another-token");
/// How long a restart of Zino takes, milliseconds.
const RESTART: u64 = 2_000;
/// How long after its end a daemon's requests can arrive, milliseconds: the longest way, and some more.
const AFTER_DEATH: u64 = 3_000;
/// How long after it fell back to STANDBY they can: as long as a server takes at the most.
const AFTER_STANDBY: u64 = 35_000;

/// A site that is down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Down {
    /// When it returns, milliseconds.
    pub(super) until: u64,
    pub(super) loses: usize,
}

/// Whether a daemon may write.
#[derive(Clone, Copy, Debug, Default)]
struct Writer {
    writes: bool,
    /// Until when what it has sent may arrive.
    until: u64,
}

/// Both sites.
#[derive(Debug)]
pub(super) struct Sites {
    pub(super) sims: [Sim; 2],
    pub(super) setup: PairSetup,
    pub(super) down: [Option<Down>; 2],
    /// The next number that no case of either Zino has had.
    pub(super) next_case: u64,
    /// The site whose world has the Argus that both share.
    holder: usize,
    writers: [Writer; 2],
    pub(super) health: Health,
}

impl Sites {
    pub(super) fn new(setup: PairSetup, logs: bool) -> Self {
        let make = |site| {
            let mut sim = Sim::new(Plan { setup: setup.of_site(site), steps: Vec::new(), rest: 0 }, logs);
            sim.world.set_fault(LastingFault::PrimarySilent, false);
            sim
        };
        let mut sims = [make(PRIMARY), make(SECONDARY)];
        if setup.own_sources {
            let (source, token) = OWN_SOURCE;
            sims[PRIMARY].world.argus.add_source(source, "zino", Some(token));
            sims[SECONDARY].world.set_source(source, token);
            sims[SECONDARY].world.zino.skip_to(CaseId(1 + u64::from(setup.ahead)));
        }
        let (down, writers) = ([None; 2], [Writer::default(); 2]);
        let mut sites =
            Self { sims, setup, down, next_case: 1, holder: PRIMARY, writers, health: Health::default() };
        sites.see_who_writes();
        sites
    }

    pub(super) fn now(&self) -> u64 {
        self.sims[PRIMARY].world.now().max(self.sims[SECONDARY].world.now())
    }

    /// Returns a site that has Argus.
    pub(super) fn at(&mut self, site: usize) -> &mut Sim {
        if self.holder != site {
            let [one, other] = &mut self.sims;
            std::mem::swap(&mut one.world.argus, &mut other.world.argus);
            self.holder = site;
        }
        &mut self.sims[site]
    }

    pub(super) fn mode(&self) -> Mode {
        self.sims[SECONDARY].world.daemon.inspect().mode()
    }

    /// Lets time pass at both sites, with all checks.
    pub(super) fn pass(&mut self, millis: u64) -> Result<(), String> {
        let end = self.now() + millis;
        let (mut since, mut steps) = (self.now(), 0);
        // What was done to a site since is what it says from now on.
        self.see_health()?;
        loop {
            let [one, other] = &mut self.sims;
            let next = [one, other].map(|sim| sim.world.next_at().unwrap_or(u64::MAX));
            let site = if next[PRIMARY] <= next[SECONDARY] { PRIMARY } else { SECONDARY };
            let over = self.next_over();
            if over.min(next[site]) > end {
                break;
            }
            if over < next[site] {
                self.grow_older(over);
                self.end_what_is_over(over);
            } else {
                self.at(site).step(next[site])?;
            }
            self.see_who_writes();
            self.see_health()?;
            steps = if self.now() == since { steps + 1 } else { 0 };
            since = self.now();
            if steps > MOST_STEPS_AT_ONCE {
                return Err(String::from("time stands still"));
            }
        }
        self.grow_older(end);
        self.at(PRIMARY).look()?;
        self.at(SECONDARY).look()
    }

    fn grow_older(&mut self, until: u64) {
        self.sims.iter_mut().for_each(|sim| sim.world.grow_older(until));
    }

    /// Returns when the next fault is over; for ever if there is none.
    fn next_over(&self) -> u64 {
        let faults = self.sims.iter().filter_map(|sim| sim.faults.next());
        let returns = self.down.iter().flatten().map(|down| down.until);
        faults.chain(returns).min().unwrap_or(u64::MAX)
    }

    fn end_what_is_over(&mut self, now: u64) {
        for site in [PRIMARY, SECONDARY] {
            if self.down[site].is_some_and(|down| down.until <= now) {
                self.bring_up_to_date(site);
            }
            self.at(site).end_due();
        }
    }

    /// A site that was down gets what happened meanwhile from the other one, where both know the same cases.
    pub(super) fn bring_up_to_date(&mut self, site: usize) {
        let Some(down) = self.down[site].take() else { return };
        if self.setup.own_sources || self.down[1 - site].is_some() {
            return;
        }
        let other = self.sims[1 - site].world.zino.clone();
        let sim = self.at(site);
        sim.expected.goes_back(&sim.world);
        sim.world.zino.copy_cases(&other);
        sim.world.zino.restart_losing(down.loses);
        self.look();
        let sim = &mut self.sims[site];
        sim.tell(&format!("its Zino has the other one's cases, without the last {} changes", down.loses));
    }

    /// The secondary's Zino is restarted with a copy of the primary's state. Returns what was done, for people; nothing while
    /// either site is down.
    pub(super) fn copy_to_secondary(&mut self) -> Option<String> {
        if self.down.iter().any(Option::is_some) {
            return None;
        }
        let primary = self.sims[PRIMARY].world.zino.clone();
        let until = self.now() + RESTART;
        let sim = self.at(SECONDARY);
        sim.expected.goes_back(&sim.world);
        sim.checks.promptness().disturbed();
        sim.world.zino.copy_cases(&primary);
        let zino = Recovery::Lasting(LastingFault::ZinoDown);
        sim.world.set_fault(LastingFault::ZinoDown, true);
        sim.faults.end_at(until, zino);
        self.look();
        Some(String::from("the secondary's Zino is restarted with a copy of the primary's state"))
    }

    /// Looks at both Zinos. Where both daemons write as one source, each may find incidents of cases that only the other
    /// one's Zino ever had: so its own misses them.
    pub(super) fn look(&mut self) {
        let looked = |sim: &mut Sim| sim.expected.look(&sim.world);
        self.sims.iter_mut().for_each(looked);
        if self.setup.own_sources {
            return;
        }
        for site in [PRIMARY, SECONDARY] {
            let elsewhere: Vec<Identity> = self.sims[1 - site].expected.entries.keys().copied().collect();
            for id in elsewhere {
                self.sims[site].expected.entries.entry(id).or_default();
            }
        }
        self.sims.iter_mut().for_each(looked);
    }

    /// Notes who may write at this moment, and so who cannot know what was written by the other one.
    pub(super) fn see_who_writes(&mut self) {
        let now = self.now();
        for site in [PRIMARY, SECONDARY] {
            let sim = &mut self.sims[site];
            let writer = &mut self.writers[site];
            let writes = may_write(&sim.world);
            if writes && !writer.writes {
                // It knows nothing yet, and will see all that was written before.
                sim.expected.shared = false;
            } else if writer.writes && !writes {
                writer.until = now + if sim.world.is_dead() { AFTER_DEATH } else { AFTER_STANDBY };
            }
            writer.writes = writes;
        }
        if self.setup.own_sources {
            return;
        }
        for site in [PRIMARY, SECONDARY] {
            let other = self.writers[1 - site];
            if other.writes || now < other.until {
                let expected = &mut self.sims[site].expected;
                expected.shared = true;
                expected.was_shared |= self.writers[site].writes;
            }
        }
    }

    /// Lets the secondary's daemon hear of the primary's what that would say at this moment, and demands what follows.
    fn see_health(&mut self) -> Result<(), String> {
        if !self.setup.asks_health {
            return Ok(());
        }
        let now = self.now();
        let [primary, secondary] = &mut self.sims;
        let is_reached = self.down[PRIMARY].is_none();
        self.health.see(now, &primary.world, is_reached, &mut secondary.world)
    }

    /// Returns how Argus and the Zino of a site disagree, a line each.
    pub(super) fn disagreements(&mut self, site: usize) -> Vec<String> {
        let elsewhere = self.sims[1 - site].expected.entries.clone();
        let was_shared = self.sims.iter().any(|sim| sim.expected.was_shared);
        let sim = self.at(site);
        sim.expected.elsewhere = elsewhere;
        sim.expected.was_shared = was_shared;
        model::disagreements(&sim.world, &sim.expected)
    }

    /// Tells whether a Zino has a case whose history cannot be read.
    pub(super) fn has_broken_case(&self, site: usize) -> bool {
        let broken = |case: &ZinoCase| case.history().iter().any(|entry| entry.message.is_empty());
        self.sims[site].world.zino.cases().any(broken)
    }
}

fn may_write(world: &World) -> bool {
    !world.is_dead()
        && (world.daemon.inspect().mode() == Mode::Active || world.daemon.inspect().is_handing_over())
}
