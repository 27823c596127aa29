//! What the simulator has found, each as a small story of its own.

use glue_proto::settings::{AckState, Settings};
use glue_tests::world::{HttpFault, Observed, World};

fn world() -> World {
    let mut settings = Settings::example();
    settings.sync.acknowledge = Some(AckState::Working);
    settings.sync.ticket = true;
    World::new(settings)
}

/// Fails if the machine wanted to be woken at a moment that had passed: its owner would spin.
fn never_restless(world: &mut World) {
    for observed in world.take_observed() {
        assert!(!matches!(observed, Observed::Restless(_)), "{observed:?}");
    }
}

#[test]
fn b51_a_postponed_job_that_is_due_in_a_pause_does_not_make_the_machine_spin() {
    let mut world = world();
    world.watch();
    world.fail_next("GET incidents/mine/", HttpFault::Status(429, Some(7)));
    world.run(3_000);
    never_restless(&mut world);
    world.run(10_000);
    never_restless(&mut world);
    assert!(world.daemon.status().is_ready());
}
