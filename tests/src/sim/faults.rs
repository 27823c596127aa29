//! What goes wrong, and what is expected from then on.

use super::run::Sim;
use glue_sim::faults::{Fault, FaultKind, Recovery};
use glue_sim::world::{LastingFault, World};

impl Sim {
    /// Lets something go wrong. Returns what, for people.
    pub(super) fn begin_fault(&mut self, kind: FaultKind, how: u8, seconds: u8) -> String {
        let (fault, span) = kind.draw(&self.world, how, seconds);
        let vanishes = matches!(fault, Fault::CaseVanishes(_));
        if fault.takes_from_zino() && (!vanishes || self.world.zino.cases().next().is_some()) {
            self.expected.goes_back(&self.world);
        }
        self.expected.slept |= fault == Fault::Freeze(true);
        self.checks.promptness().disturbed();
        let told = format!("{fault:?}, for {span} ms if it lasts");
        if self.faults.begin(&mut self.world, fault, span) { told } else { format!("{told}: not now") }
    }

    /// Ends the faults whose time has come.
    pub(super) fn end_due(&mut self) {
        self.checks.promptness().disturbed();
        let Self { faults, world, story, broken, .. } = self;
        faults.end_due_with(world, |world, recovery| {
            story.push(format!("{:>9} over: {recovery:?}", world.now()));
            if let Recovery::StopDeadline(run) = recovery
                && !has_stopped(world, run)
            {
                let text = "B2: told to stop, it still runs after a second";
                broken.get_or_insert_with(|| String::from(text));
            }
        });
    }

    /// Ends whatever is wrong with the servers, and what waits for its occasion.
    pub(super) fn heal(&mut self) {
        self.checks.promptness().disturbed();
        self.faults.end_all(&mut self.world);
        self.world.zino.set_faltering(None);
        self.expected.quirks.falters = None;
        // A listing that loses rows may lose the same one each time, and then nothing ever shows it.
        self.world.argus.edit_options(|options| options.page_limit = None);
        if self.plan.setup.failover.is_some() && !self.plan.setup.primary_stays {
            self.world.set_fault(LastingFault::PrimarySilent, true);
        }
        if self.world.is_dead() {
            self.world.restart_daemon();
        }
        self.resume_failover();
    }
}

/// How long a daemon may take to stop, milliseconds.
const TO_STOP: u64 = 1_000;

/// Tells whether the daemon of a run, which was told to stop, has done so, or cannot have had the time to.
const fn has_stopped(world: &World, run: u64) -> bool {
    world.daemon_run() != run || world.is_dead() || !world.has_run_for(TO_STOP)
}
