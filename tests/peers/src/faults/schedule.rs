//! When which fault is over.

use super::{Fault, Wanted};
use crate::argus::PermanentFailure;
use crate::world::{LastingFault, World};
use crate::zino::ZinoCase;
use glue_proto::{Input, Millis, Operator};

/// A daemon that has run for less than this since it was stopped and went on is not told to stop, milliseconds.
const HAS_RUN: u64 = 1000;
/// However often an operator wants more, it looks no more often than this, milliseconds, and asks no more at a time.
const LEAST_INTERVAL: u64 = 5000;
const MOST_AT_ONCE: i64 = 100;

/// What becomes well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// A condition that lasted.
    Lasting(LastingFault),
    /// Argus knows the token again.
    Token,
    /// Zino knows the secret again.
    User,
    /// Argus answers again.
    Outage,
    /// Argus fails at nothing any longer but at [what it always fails at](FaultSchedule::with_permanent_failures).
    PermanentFailures,
    /// The daemon is started again, if it has ended.
    Restart,
    /// The time is over that the daemon of this [run](World::daemon_run) had to stop. Nothing happens then: whoever demands that it
    /// has ended looks before.
    StopDeadline(u64),
}

/// The faults of a world that will be over at some moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultSchedule {
    /// In the order in which they began, with the moment, milliseconds since the world began.
    due: Vec<(u64, Recovery)>,
    always: Vec<PermanentFailure>,
}

impl FaultSchedule {
    /// Returns a schedule without a fault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what Argus goes on failing at when other failures of that kind are over. The world is not touched.
    #[must_use]
    pub fn with_permanent_failures(mut self, failures: Vec<PermanentFailure>) -> Self {
        self.always = failures;
        self
    }

    /// Lets something go wrong that is over after this many milliseconds, where it is anything that lasts. Returns whether
    /// there was something that it could happen to.
    pub fn begin(&mut self, world: &mut World, fault: impl Into<Fault>, millis: u64) -> bool {
        let restarts = |world: &mut World| {
            world.set_fault(LastingFault::ZinoDown, true);
            Some(Recovery::Lasting(LastingFault::ZinoDown))
        };
        let recovery = match fault.into() {
            Fault::Lasting(fault) => {
                world.set_fault(fault, true);
                Some(Recovery::Lasting(fault))
            }
            Fault::ArgusOutage(outage) => {
                world.argus.edit_options(|options| options.outage = Some(outage));
                Some(Recovery::Outage)
            }
            Fault::PermanentFailure(failure) => {
                world.argus.edit_options(|options| options.permanent_failures.push(failure));
                Some(Recovery::PermanentFailures)
            }
            Fault::TokenRefused => {
                let token = world.token().to_owned();
                world.argus.remove_token(&token);
                Some(Recovery::Token)
            }
            Fault::UserRefused => {
                let user = world.settings().zino().user().to_owned();
                world.zino.set_user(&user, "another secret");
                Some(Recovery::User)
            }
            Fault::ZinoRestart => {
                world.zino.restart();
                restarts(world)
            }
            Fault::ZinoLosesChanges(changes) => {
                world.zino.restart_losing(changes);
                restarts(world)
            }
            Fault::ZinoLosesState => {
                world.zino.lose_state();
                restarts(world)
            }
            Fault::Kill => {
                world.kill_daemon();
                Some(Recovery::Restart)
            }
            Fault::Shutdown if world.is_dead() || !world.has_run_for(HAS_RUN) => return false,
            Fault::Shutdown => {
                world.tell(Input::Shutdown);
                Some(Recovery::StopDeadline(world.daemon_run()))
            }
            other @ (Fault::Http(..)
            | Fault::Notification(_)
            | Fault::Datagram(_)
            | Fault::ZinoCut(_)
            | Fault::ZinoHalfOpen
            | Fault::CaseVanishes(_)
            | Fault::Crash(_)
            | Fault::Freeze(_)
            | Fault::ClockStep(_)
            | Fault::Operator(_)) => return begin_at_once(world, other, millis),
        };
        self.due.extend(recovery.map(|recovery| (world.now().saturating_add(millis), recovery)));
        true
    }

    /// Returns when the next fault is over, milliseconds since the world began.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.due.iter().map(|(at, _)| *at).min()
    }

    /// Schedules a recovery for a moment, milliseconds since the world began.
    pub fn end_at(&mut self, at: u64, recovery: Recovery) {
        self.due.push((at, recovery));
    }

    /// Cancels a recovery: what it would have ended lasts until somebody ends it.
    pub fn cancel(&mut self, is_meant: impl Fn(Recovery) -> bool) {
        self.due.retain(|(_, recovery)| !is_meant(*recovery));
    }

    /// Tells whether a recovery is scheduled.
    #[must_use]
    pub fn awaits(&self, recovery: Recovery) -> bool {
        self.due.iter().any(|(_, other)| *other == recovery)
    }

    /// Ends the faults whose time is over.
    pub fn end_due(&mut self, world: &mut World) {
        self.end_due_with(world, |_, _| {});
    }

    /// Ends the faults whose time is over, and shows the world to `before` before each of them is ended.
    pub fn end_due_with(&mut self, world: &mut World, mut before: impl FnMut(&World, Recovery)) {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.due).into_iter().partition(|(at, _)| *at <= world.now());
        self.due = later;
        for (_, recovery) in due {
            before(world, recovery);
            self.end(world, recovery);
        }
    }

    /// Ends every fault of the world, those too that wait for their occasion, and those that were not begun here: whatever
    /// [`World::heal`] ends, a daemon that gets no time, and a clock that is wrong. A daemon that has ended stays so.
    pub fn end_all(&mut self, world: &mut World) {
        for (_, recovery) in std::mem::take(&mut self.due) {
            self.end(world, recovery);
        }
        world.heal();
        world.thaw_daemon();
        world.skew = 0;
    }

    fn end(&mut self, world: &mut World, recovery: Recovery) {
        match recovery {
            Recovery::Lasting(fault) => world.set_fault(fault, false),
            Recovery::Token => {
                let (source, token) = (world.source().to_owned(), world.token().to_owned());
                world.argus.add_token(&source, &token);
            }
            Recovery::User => {
                let settings = world.settings().zino().clone();
                world.zino.set_user(settings.user(), settings.secret().expose());
            }
            Recovery::Outage => world.argus.edit_options(|options| options.outage = None),
            Recovery::PermanentFailures => {
                world.argus.edit_options(|options| options.permanent_failures.clone_from(&self.always));
            }
            Recovery::Restart if world.is_dead() => world.restart_daemon(),
            Recovery::Restart | Recovery::StopDeadline(_) => {}
        }
    }
}

/// Lets an operator want something of the daemon.
fn want(world: &mut World, wanted: Wanted) {
    let settings = world.settings().clone();
    let (argus, sync) = (settings.argus(), settings.sync());
    let changed = match wanted {
        Wanted::Reconcile => return world.tell(Input::Command(Operator::Reconcile)),
        Wanted::Retry(which) => {
            let cases: Vec<_> = world.zino.cases().map(ZinoCase::id).collect();
            if let Some(case) = cases.get(usize::from(which) % cases.len().max(1)) {
                world.tell(Input::Command(Operator::Retry(*case)));
            }
            return;
        }
        Wanted::Reload => Ok(settings),
        Wanted::LookMoreOften => {
            let interval =
                Millis((sync.refresh_interval().0 / 2).max(LEAST_INTERVAL)).min(sync.refresh_interval());
            settings.to_builder().refresh_interval(interval).build()
        }
        Wanted::AskMoreAtOnce(more) => {
            let now = i64::try_from(argus.concurrency()).unwrap_or(MOST_AT_ONCE);
            settings.to_builder().concurrency((now + i64::from(more)).min(MOST_AT_ONCE)).build()
        }
    };
    match changed {
        Ok(settings) => world.reload(settings),
        Err(problems) => debug_assert!(false, "{problems:?}"),
    }
}

/// Lets something go wrong that nothing has to end. Returns whether there was something that it could happen to.
fn begin_at_once(world: &mut World, fault: Fault, millis: u64) -> bool {
    match fault {
        Fault::Http(pattern, fault) => world.fail_next(&pattern, fault),
        Fault::Notification(fault) => world.fail_next_notification(fault),
        Fault::Datagram(fault) => world.fail_next_datagram(fault),
        Fault::ZinoCut(bytes) => world.cut_zino_after(bytes),
        Fault::ZinoHalfOpen => world.half_open_zino(),
        Fault::CaseVanishes(which) => {
            let cases: Vec<_> = world.zino.cases().map(ZinoCase::id).collect();
            let chosen = cases.get(usize::from(which) % cases.len().max(1));
            return chosen.is_some_and(|id| world.zino.vanish(*id).is_ok());
        }
        Fault::Crash(actions) => world.kill_daemon_after(actions),
        Fault::Freeze(sleeps) => world.freeze_daemon(millis, sleeps),
        Fault::ClockStep(seconds) => world.skew += seconds,
        Fault::Operator(wanted) => want(world, wanted),
        Fault::Lasting(_)
        | Fault::ArgusOutage(_)
        | Fault::PermanentFailure(_)
        | Fault::TokenRefused
        | Fault::UserRefused
        | Fault::ZinoRestart
        | Fault::ZinoLosesChanges(_)
        | Fault::ZinoLosesState
        | Fault::Kill
        | Fault::Shutdown => debug_assert!(false, "what lasts has begun already"),
    }
    true
}
