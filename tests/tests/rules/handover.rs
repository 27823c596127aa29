//! How a secondary hands its incidents over to the primary (behaviour B64).

use crate::common::{agree, events, incident, open, running, sent, shown, writes};
use crate::failover::{about_to_stand_by, about_to_stand_by_acknowledged, mode, run_to};
use glue_proto::{Mode, OnStandby};
use glue_sim::world::{HttpFault, LastingFault, World};

#[test]
fn b64_handing_over_ends_as_soon_as_nothing_of_ours_is_open_and_not_before() {
    let (mut world, moment) = about_to_stand_by(OnStandby::Close, |world| {
        open(world, "gw1");
        world.run(1_000);
    });
    run_to(&mut world, moment - 10);
    // One incident is being made when the mode changes: it is ended too.
    world.fail_next("gw2", HttpFault::SlowReply(2_000));
    let made_last = open(&mut world, "gw2");
    run_to(&mut world, moment);
    world.run(1_000);
    assert!(world.daemon.inspect().is_handing_over());
    world.run(1_500);
    assert!(!world.daemon.inspect().is_handing_over(), "{}", shown(&world));
    assert_eq!(events(&incident(&world, made_last), "END"), 1, "{}", shown(&world));
    assert!(world.was_told("handed over to the primary, 0 of our incidents could not be ended"));
    let (mut world, moment) = about_to_stand_by(OnStandby::Close, |_| ());
    run_to(&mut world, moment);
    assert!(!world.daemon.inspect().is_handing_over(), "there was nothing to hand over");
}

#[test]
fn b64_what_could_not_be_ended_within_a_minute_stays_open_and_is_left_alone() {
    let (mut world, moment) = about_to_stand_by(OnStandby::Close, |world| {
        for index in 0..3 {
            open(world, &format!("gw{index}"));
        }
        world.run(1_000);
    });
    world.set_fault(LastingFault::ArgusDown, true);
    run_to(&mut world, moment);
    world.run(59_000);
    assert!(world.daemon.inspect().is_handing_over());
    world.run(1_500);
    assert!(!world.daemon.inspect().is_handing_over());
    assert!(world.daemon.inspect().waiting_jobs() <= 1, "{}", world.daemon.inspect().waiting_jobs());
    assert!(world.was_told("handed over to the primary, 3 of our incidents could not be ended"));
    world.set_fault(LastingFault::ArgusDown, false);
    let before = world.sent.len();
    world.run(100_000);
    assert_eq!(writes(&world, before), Vec::<String>::new());
    assert!(sent(&world, before).iter().any(|line| line.contains("heartbeat")));
    assert_eq!(running(&world), 3);
}

#[test]
fn b64_handing_over_ends_at_once_where_we_are_needed_again() {
    let (mut world, moment) = about_to_stand_by(OnStandby::Close, |world| {
        open(world, "gw1");
        world.run(1_000);
    });
    world.set_fault(LastingFault::ArgusDown, true);
    run_to(&mut world, moment);
    assert!(world.daemon.inspect().is_handing_over());
    world.set_fault(LastingFault::PrimarySilent, true);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
    assert!(!world.daemon.inspect().is_handing_over());
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(100_000);
    agree(&world);
    assert!(!world.was_told("handed over to the primary"));
}

#[test]
fn b64_a_note_that_was_dropped_does_not_hold_up_the_end_of_its_incident() {
    let (mut world, moment) = about_to_stand_by_acknowledged(OnStandby::Close);
    let is_sent = |world: &World| world.log().iter().any(|line| line.contains("\"mine (admin)"));
    let left = moment - 1 - world.now();
    assert!(world.run_until(left, is_sent), "{}", shown(&world));
    // One note is being stored, which nothing takes back; the others wait.
    world.set_fault(LastingFault::ZinoStuck, true);
    run_to(&mut world, moment);
    world.run(3_000);
    assert_eq!(running(&world), 1, "{}", shown(&world));
}
