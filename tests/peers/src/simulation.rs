//! A world with its people, its faults and a supervisor of the daemon.

use crate::faults::{Fault, FaultSchedule, Recovery};
use crate::people::{People, UserAction};
use crate::world::World;
use core::convert::Infallible;
use glue_proto::Settings;

/// How long the supervisor waits before it starts a daemon that has ended, milliseconds.
const SUPERVISOR: u64 = 15_000;

/// A [`World`] in which people work and faults come and go: what most simulations start from.
///
/// The parts are public: whoever needs something else uses them on their own, or builds a loop
/// over them.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The daemon among its peers.
    pub world: World,
    /// Who works with them.
    pub people: People,
    /// What will be over at some moment.
    pub faults: FaultSchedule,
}

impl Simulation {
    /// Makes a world in which every peer is up and empty, and nobody has done anything. The peers know the user, the secret
    /// and the community of the settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { world: World::new(settings), people: People::new(), faults: FaultSchedule::new() }
    }

    /// Lets people do something, to the case or incident that `who` chooses and in the way that `how` chooses. Returns what
    /// was done, for people; `None` if there is nothing that it can be done to.
    pub fn act(&mut self, action: impl Into<UserAction>, who: u8, how: u8) -> Option<String> {
        let world = &mut self.world;
        let now = world.wall();
        match action.into() {
            UserAction::Zino(action) => {
                let now = world.zino_wall();
                self.people.in_zino(&mut world.zino, action, who, how, now).map(|done| done.to_string())
            }
            UserAction::Argus(action) => {
                self.people.in_argus(&mut world.argus, action, who, how, now).map(|done| done.to_string())
            }
        }
    }

    /// Lets something go wrong: a [`LastingFault`](crate::world::LastingFault), or any other [`Fault`]. One that lasts is
    /// over after this many milliseconds. Returns whether there was something that it could happen to.
    pub fn begin(&mut self, fault: impl Into<Fault>, millis: u64) -> bool {
        self.faults.begin(&mut self.world, fault, millis)
    }

    /// Runs for this many milliseconds. Faults end when their time is over, and a daemon that has ended is started again
    /// after fifteen seconds.
    pub fn run(&mut self, millis: u64) {
        let Ok(()) = self.run_checked(millis, |_| Ok::<_, Infallible>(()));
    }

    /// Runs for this many milliseconds as [`run`](Self::run) does, and looks at the world after each thing that happens
    /// in it.
    ///
    /// # Errors
    /// What `check` has found; no time passes after that.
    pub fn run_checked<E>(
        &mut self,
        millis: u64,
        mut check: impl FnMut(&mut World) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.world.now() + millis;
        loop {
            let over = self.faults.next().filter(|at| *at <= end);
            while self.world.step_before(over.unwrap_or(end)) {
                check(&mut self.world)?;
                self.supervise();
            }
            if over.is_none() {
                return Ok(());
            }
            self.faults.end_due(&mut self.world);
        }
    }

    /// Ends every fault, and starts the daemon if it has ended: all is well from now on.
    pub fn heal(&mut self) {
        self.faults.end_all(&mut self.world);
        if self.world.is_dead() {
            self.world.restart_daemon();
        }
    }

    fn supervise(&mut self) {
        if self.world.is_dead() && !self.faults.awaits(Recovery::Restart) {
            self.faults.end_at(self.world.now() + SUPERVISOR, Recovery::Restart);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::ZinoAction;
    use crate::world::LastingFault;
    use crate::zino::NewCase;

    #[test]
    fn a_fault_is_over_in_the_midst_of_a_run_and_what_it_held_up_is_made_good() {
        let mut simulation = Simulation::new(Settings::example());
        simulation.run(5_000);
        assert!(simulation.begin(LastingFault::ArgusDown, 20_000));
        assert!(simulation.act(ZinoAction::Open, 0, 0).is_some());
        simulation.run(19_999);
        assert_eq!(simulation.world.argus.incidents().count(), 0);
        simulation.run(40_000);
        assert_eq!(simulation.world.argus.incidents().count(), 1);
        assert_eq!(simulation.world.disagreements(), Vec::<String>::new());
    }

    #[test]
    fn the_supervisor_starts_a_daemon_that_has_ended_once() {
        let mut simulation = Simulation::new(Settings::example());
        assert!(simulation.begin(Fault::Crash(3), 0));
        simulation.run(SUPERVISOR);
        assert!(simulation.world.is_dead());
        simulation.run(SUPERVISOR);
        assert!(!simulation.world.is_dead());
    }

    #[test]
    fn a_check_that_fails_ends_the_run() {
        let mut simulation = Simulation::new(Settings::example());
        let now = simulation.world.wall();
        simulation.world.zino.open_case(&NewCase::reachability("gw1"), now);
        let found =
            |world: &mut World| if world.argus.incidents().count() > 0 { Err(world.now()) } else { Ok(()) };
        let at = simulation.run_checked(60_000, found).unwrap_err();
        assert!(at < 10_000);
        assert_eq!(simulation.world.now(), at);
    }

    #[test]
    fn healing_ends_what_lasts_and_starts_the_daemon() {
        let mut simulation = Simulation::new(Settings::example());
        for fault in [Fault::TokenRefused, Fault::UserRefused, Fault::Kill, LastingFault::ZinoDown.into()] {
            assert!(simulation.begin(fault, 1_000_000));
        }
        assert!(!simulation.begin(Fault::CaseVanishes(0), 0), "there is no case");
        assert!(!simulation.begin(Fault::Shutdown, 1_000), "it is dead");
        simulation.run(10_000);
        simulation.heal();
        assert_eq!(simulation.faults, FaultSchedule::new());
        simulation.act(ZinoAction::Open, 0, 0);
        simulation.run(60_000);
        assert_eq!(simulation.world.argus.incidents().count(), 1);
    }
}
