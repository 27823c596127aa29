//! What the demonstration found, played in virtual time.

use glue_proto::{AckState, Settings};
use glue_sim::world::{LastingFault, World};
use glue_sim::zino::NewCase;

#[test]
fn b51_questions_that_fail_together_make_one_pause_and_not_one_each() {
    let settings = Settings::example()
        .to_builder()
        // Three counts at a time.
        .acknowledge(Some(AckState::Working))
        .ticket(true)
        .build()
        .unwrap();
    let mut world = World::new(settings);
    world.run(2_000);
    world.set_fault(LastingFault::ArgusDown, true);
    assert!(world.run_until(15_000, |world| world.was_told("cannot be reached")));
    world.set_fault(LastingFault::ArgusDown, false);
    let now = world.wall();
    world.zino.open_case(&NewCase::reachability("gw1"), now);
    // The first pause is a second, with its jitter.
    assert!(world.run_until(1_500, |world| world.argus.incidents().count() == 1));
    world.run(20_000);
    assert_eq!(world.disagreements(), Vec::<String>::new());
}
