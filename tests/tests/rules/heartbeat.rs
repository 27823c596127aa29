//! Showing Argus that we are alive (behaviour B53).

use crate::common::{agree, history, incident, open, quiet_world, sent, settings, shown};
use glue_sim::world::{HttpFault, LastingFault};

#[test]
fn b53_a_heartbeat_that_fails_is_sent_again_before_argus_takes_us_for_dead() {
    let faults = [HttpFault::Status(500, None), HttpFault::Status(503, None), HttpFault::Status(404, None)];
    for fault in faults.into_iter().chain([HttpFault::CutBefore, HttpFault::Hang]) {
        let mut world = quiet_world(settings());
        world.run(30_000);
        world.fail_next("heartbeat", fault.clone());
        world.fail_next("heartbeat", fault.clone());
        let (from, last) = (world.argus.heartbeats(), world.now());
        assert!(
            world.run_until(70_000, |world| world.argus.heartbeats() > from),
            "{fault:?}: {}",
            shown(&world)
        );
        assert!(world.now() - last < 35_000, "{fault:?}: after {} ms", world.now() - last);
        assert!(!world.was_told("not accept heartbeats"));
    }
}

#[test]
fn b53_without_zino_nothing_is_sent_that_argus_would_take_for_a_sign_of_life() {
    let mut world = quiet_world(settings());
    open(&mut world, "gw1");
    world.run(5_000);
    world.set_fault(LastingFault::ZinoDown, true);
    world.run(125_000);
    let from = world.sent.len();
    world.run(600_000);
    assert_eq!(sent(&world, from), [""; 0], "for longer than two reconcile intervals there is no Zino");
    let (pk, now) = (incident(&world, glue_proto::model::CaseId(1)).pk, world.wall());
    world.argus.ack("ann", pk, "seen", None, now).unwrap();
    world.set_fault(LastingFault::ZinoDown, false);
    world.run(330_000);
    assert!(world.sent.len() > from + 5);
    agree(&world);
    assert!(history(&world, glue_proto::model::CaseId(1)).iter().any(|text| text.contains("seen (ann)")));
}
