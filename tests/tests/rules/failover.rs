//! STANDBY and ACTIVE (behaviour, section 7).

use crate::common::{agree, events, incident, open, secondary, shown, writes};
use glue_proto::failover::Mode;
use glue_proto::settings::OnStandby;
use glue_tests::argus::EndTime;
use glue_tests::world::{Fault, World};

/// The time in which the threshold of three probes passes.
const SWITCH: u64 = 5_000;

fn mode(world: &World) -> Mode {
    world.daemon.mode()
}

fn switch(world: &mut World, primary_answers: bool) {
    world.set_fault(Fault::PrimarySilent, !primary_answers);
    world.run(SWITCH);
    assert_eq!(mode(world), if primary_answers { Mode::Standby } else { Mode::Active }, "{}", shown(world));
}

#[test]
fn b60_without_failover_the_daemon_is_active_and_with_it_it_begins_in_standby() {
    assert_eq!(mode(&World::new(crate::common::settings())), Mode::Active);
    let mut world = World::new(secondary(OnStandby::Keep));
    assert!(world.was_told("STANDBY"));
    world.run(100_000);
    assert_eq!(mode(&world), Mode::Standby);
}

#[test]
fn b61_the_mode_changes_at_the_threshold_and_says_so_with_the_count() {
    let mut world = World::new(secondary(OnStandby::Keep));
    world.set_fault(Fault::PrimarySilent, true);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
    assert_eq!(
        world.now(),
        3_500,
        "the first was answered; three more, a second apart, the last one half a second old"
    );
    assert!(world.was_told("3 times in a row: changing from STANDBY to ACTIVE"));
    world.set_fault(Fault::PrimarySilent, false);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Standby));
    assert!(world.was_told("3 times in a row: changing from ACTIVE to STANDBY"));
}

#[test]
fn b62_nothing_is_written_in_standby_and_both_sides_are_read_all_the_same() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let one = open(&mut world, "gw1");
    world.run(30_000);
    let now = world.wall();
    world.zino.close(one, "monitor", now).unwrap();
    open(&mut world, "gw2");
    world.run(120_000);
    assert_eq!(writes(&world, 0), Vec::<String>::new());
    assert_eq!(world.zino.case(one).unwrap().history().len(), 2);
    assert!(world.argus.heartbeats() > 0);
    assert!(world.daemon.status().cases() >= 1, "taking over needs no warm-up");
}

#[test]
fn b63_on_active_everything_is_there_at_once_also_what_happened_before_and_during_standby() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let before = open(&mut world, "gw1");
    switch(&mut world, false);
    agree(&world);
    switch(&mut world, true);
    let during = open(&mut world, "gw2");
    let now = world.wall();
    world.zino.close(before, "monitor", now).unwrap();
    world.zino.add_history(during, "alice", "note", now).unwrap();
    world.run(60_000);
    world.start_log();
    switch(&mut world, false);
    agree(&world);
    assert_ne!(incident(&world, before).end_time, EndTime::Infinity);
    assert_eq!(events(&incident(&world, during), "OTH"), 1);
}

#[test]
fn b64_with_close_our_incidents_are_ended_before_standby_and_reopened_when_we_are_needed_again() {
    let mut world = World::new(secondary(OnStandby::Close));
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2"), open(&mut world, "gw3")];
    switch(&mut world, false);
    agree(&world);
    world.start_log();
    switch(&mut world, true);
    for id in ids {
        let incident = incident(&world, id);
        let end = incident.events_of_type("END").next().unwrap_or_else(|| panic!("{}", shown(&world)));
        assert_eq!(end.description, "Handed over to the primary Zino");
    }
    let before = world.sent.len();
    open(&mut world, "gw4");
    world.run(100_000);
    assert_eq!(writes(&world, before), Vec::<String>::new());
    switch(&mut world, false);
    agree(&world);
    for id in ids {
        assert_eq!(events(&incident(&world, id), "RES"), 1);
    }
}

#[test]
fn b64_with_keep_our_incidents_stay() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let id = open(&mut world, "gw1");
    switch(&mut world, false);
    switch(&mut world, true);
    world.run(100_000);
    assert_eq!(incident(&world, id).end_time, EndTime::Infinity);
}

#[test]
fn b61_the_mode_outlives_a_reconnect() {
    let mut world = World::new(secondary(OnStandby::Keep));
    switch(&mut world, false);
    world.cut_zino();
    world.run(30_000);
    assert_eq!(mode(&world), Mode::Active);
    assert!(world.daemon.status().is_zino_ready());
}

#[test]
fn b62_what_standby_finds_on_its_way_is_not_sent_late() {
    let begin = || {
        let mut world = World::new(secondary(OnStandby::Keep));
        switch(&mut world, false);
        world.set_fault(Fault::PrimarySilent, false);
        world
    };
    let mut rehearsal = begin();
    assert!(rehearsal.run_until(10_000, |world| mode(world) == Mode::Standby));
    for early in 0..40 {
        let mut world = begin();
        world.run(rehearsal.now() - world.now() - early);
        assert_eq!(mode(&world) == Mode::Active, early > 0);
        for index in 0..20 {
            open(&mut world, &format!("gw{index}"));
        }
        assert!(world.run_until(100, |world| mode(world) == Mode::Standby));
        let (at, before) = (world.now(), world.sent.len());
        world.run(20_000);
        // What was on its way when the mode changed arrives a millisecond later.
        let late = world.sent[before..]
            .iter()
            .filter(|sent| sent.line.starts_with("POST incidents/ ") && sent.at > at + 1);
        assert_eq!(late.count(), 0);
    }
}
