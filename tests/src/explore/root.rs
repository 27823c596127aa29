//! Where a search begins.

use super::scope::kebab;
use glue_proto::{AckState, FailoverSettings, Millis, OnStandby, Settings};
use glue_sim::world::{LastingFault, NetworkConditions, World};
use glue_sim::zino::NewCase;

/// How long a world is left alone before a search begins, milliseconds: it comes to rest well within that.
const REST: u64 = 21_000;

/// A state that a search begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// The daemon has just started; Zino has its cases, Argus has nothing.
    Fresh,
    /// Both sides agree.
    Settled,
    /// The daemon is in STANDBY and the primary answers.
    Takeover,
    /// The daemon is ACTIVE, both sides agree, and the primary is silent. Incidents stay open in STANDBY.
    Handback,
    /// As `Handback`, but incidents are ended when STANDBY begins.
    Handover,
}

impl Root {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Settled, Self::Fresh, Self::Takeover, Self::Handback, Self::Handover];

    /// Returns the name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }

    /// Tells whether there is a primary.
    #[must_use]
    pub const fn has_primary(self) -> bool {
        matches!(self, Self::Takeover | Self::Handback | Self::Handover)
    }

    /// Makes the world. `logs` tells whether what goes in and out is written down.
    pub(super) fn world(self, cases: u8, logs: bool) -> World {
        let mut world = World::new(settings(self));
        world.watch();
        world.conditions = NetworkConditions { latency: 0, jitter: 0, fragments: false };
        world.run(1000);
        world.kill_daemon();
        world.run(1000);
        let now = world.wall();
        for case in [NewCase::portstate("gw1", "ge-0/0/1", 5, "link, x"), NewCase::reachability("gw2")]
            .iter()
            .take(cases.into())
        {
            world.zino.open_case(case, now);
        }
        world.set_fault(LastingFault::PrimarySilent, matches!(self, Self::Handback | Self::Handover));
        if logs {
            world.start_log();
        }
        world.restart_daemon();
        if self != Self::Fresh {
            world.run(REST);
        }
        world.tidy();
        world
    }
}

fn settings(root: Root) -> Settings {
    let failover = FailoverSettings::builder()
        .ping_timeout(Millis::from_secs(1))
        .threshold(2)
        .on_standby(if root == Root::Handover { OnStandby::Close } else { OnStandby::Keep });
    Settings::example()
        .to_builder()
        // Two at once are enough for everything that can overtake.
        .concurrency(2)
        .acknowledge(Some(AckState::Working))
        .ticket(true)
        .failover(root.has_primary().then_some(failover))
        .build()
        .expect("each of these is in its range")
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::Mode;

    #[test]
    fn every_root_is_what_it_says() {
        for cases in [1, 2] {
            for root in Root::ALL {
                let world = root.world(cases, false);
                assert_eq!(world.zino.cases().count(), usize::from(cases));
                let incidents = match root {
                    Root::Fresh | Root::Takeover => 0,
                    Root::Settled | Root::Handback | Root::Handover => usize::from(cases),
                };
                assert_eq!(world.argus.incidents().count(), incidents, "{root:?}");
                assert_eq!(world.pending().is_empty(), root != Root::Fresh, "{root:?}");
                let standby = root == Root::Takeover;
                assert_eq!(world.daemon.inspect().mode() == Mode::Standby, standby, "{root:?}");
            }
        }
    }
}
