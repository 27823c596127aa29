//! One thing that happens, from its first input to its last.

use super::scene::Side;
use super::{Meter, Scene, Unmeasured};
use glue_proto::{Input, Operator, Timer};

/// Something that happens to the machine. After it the scene is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// A wake for nothing, [`Round::TICKS`] of them.
    Tick,
    /// A notification about a case; its attributes and its history are read and are as they were.
    Notification,
    /// A notification about a case whose priority has changed; it is read, and its incident is changed.
    Change,
    /// Three counts are asked for and answered.
    Refresh,
    /// A heartbeat is sent and answered.
    Heartbeat,
    /// The primary is asked whether it is there, and answers. Wants a scene in STANDBY.
    Probe,
    /// Every case is read from Zino: what comes from Zino is measured.
    FullRead,
    /// Every open incident is listed: what comes from Argus is measured.
    Listing,
}

impl Round {
    /// How many inputs a round of [`Round::Tick`] has: one alone is too short for a clock.
    pub const TICKS: u64 = 100;

    /// Those rounds whose cost must not depend on the number of cases.
    pub const FLAT: [Self; 6] =
        [Self::Tick, Self::Notification, Self::Change, Self::Refresh, Self::Heartbeat, Self::Probe];

    /// Those rounds whose cost may grow as the number of cases does, and no faster.
    pub const LINEAR: [Self; 2] = [Self::FullRead, Self::Listing];

    /// Returns its name, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Notification => "notification",
            Self::Change => "change",
            Self::Refresh => "refresh",
            Self::Heartbeat => "heartbeat",
            Self::Probe => "probe",
            Self::FullRead => "full_read",
            Self::Listing => "listing",
        }
    }

    /// Sets a scene with so many cases in which it can happen.
    #[must_use]
    pub fn scene(self, cases: usize) -> Scene {
        if self == Self::Probe { Scene::standby(cases) } else { Scene::new(cases) }
    }

    /// Returns how many inputs one round has, where that does not depend on the number of cases.
    #[must_use]
    pub const fn inputs(self) -> Option<u64> {
        match self {
            Self::Tick => Some(Self::TICKS),
            // The notification, the attributes, the history.
            Self::Notification => Some(3),
            // And the PATCH: its connection and its answer.
            Self::Change => Some(5),
            // The wake, and twice the connection and the answer: of the event feed, and of a count.
            Self::Refresh => Some(5),
            Self::Heartbeat => Some(3),
            Self::Probe => Some(2),
            Self::FullRead | Self::Listing => None,
        }
    }

    /// Lets it happen and come to its end.
    ///
    /// # Panics
    ///
    /// If something else happened: then the figures would be those of that.
    pub fn play(self, scene: &mut Scene, meter: &mut dyn Meter) {
        let meter = &mut Counted { meter, inputs: 0 };
        let mut measures: fn(Side) -> bool = |_| true;
        let mut writes = 0;
        match self {
            Self::Tick => {
                scene.tick(meter, Self::TICKS);
                meter.inputs += Self::TICKS - 1;
            }
            Self::Notification => {
                let case = scene.pick();
                scene.notify(meter, &format!("{case} log 1\r\n"));
            }
            Self::Change => {
                let case = scene.pick();
                scene.peers.flip(case);
                scene.notify(meter, &format!("{case} attr priority\r\n"));
                writes = 1;
            }
            Self::Refresh => scene.wake_for(meter, Timer::Refresh),
            Self::Heartbeat => scene.wake_for(meter, Timer::Heartbeat),
            Self::Probe => scene.wake_for(meter, Timer::Probe),
            Self::FullRead => {
                scene.give(meter, Input::Command(Operator::Reconcile));
                measures = |side| side == Side::Zino;
            }
            Self::Listing => {
                scene.give(&mut Unmeasured, Input::Command(Operator::Reconcile));
                measures = |side| side == Side::Argus;
            }
        }
        assert_eq!(scene.settle_measuring(meter, measures), writes, "{self:?}");
        assert!(
            self.inputs().is_none_or(|inputs| inputs == meter.inputs),
            "{self:?}: {} inputs",
            meter.inputs
        );
    }
}

/// Counts the pieces of work, each of which is an input.
struct Counted<'a> {
    meter: &'a mut dyn Meter,
    inputs: u64,
}

impl Meter for Counted<'_> {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        self.inputs += 1;
        self.meter.measure(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_leaves_the_scene_as_it_was() {
        for round in Round::FLAT.into_iter().chain(Round::LINEAR) {
            let mut scene = round.scene(24);
            // More than a day of refreshes.
            let times = if Round::LINEAR.contains(&round) { 20 } else { 10_000 };
            for _ in 0..times {
                round.play(&mut scene, &mut Unmeasured);
                let status = scene.daemon().inspect();
                assert_eq!((status.cases(), status.waiting_jobs()), (24, 0), "{round:?}");
                assert_eq!((status.requests_under_way(), status.dropped()), (0, 0), "{round:?}");
            }
        }
    }

    #[test]
    fn a_full_read_reads_each_case() {
        let mut meter = Counted { meter: &mut Unmeasured, inputs: 0 };
        let mut scene = Scene::new(200);
        Round::FullRead.play(&mut scene, &mut meter);
        assert!(meter.inputs > 6, "200 cases are three windows of attributes, and of histories");
        let mut meter = Counted { meter: &mut Unmeasured, inputs: 0 };
        Round::Listing.play(&mut scene, &mut meter);
        assert_eq!(meter.inputs, 2, "one page: its connection and its answer");
    }
}
