//! The primary's daemon is asked, too (behaviour B78).

use crate::common::{agree, open, secondary, settings, shown, told};
use crate::failover::mode;
use glue_proto::{Failback, FailoverBuilder, Mode, OnStandby, Settings};
use glue_sim::world::{LastingFault, PrimaryDaemon, World};

/// The time in which the threshold of three probes passes, and more: a probe takes up to half a second, one begins each second.
const SWITCH: u64 = 5_000;
/// Much longer than a change of the mode takes.
const LONG: u64 = 60_000;

/// Settings of a secondary that asks the primary's daemon.
fn asking(change: impl FnOnce(FailoverBuilder) -> FailoverBuilder) -> Settings {
    let failover = secondary(OnStandby::Keep).failover().expect("it is a secondary").to_builder();
    let failover = change(failover.asks_health(true));
    settings().to_builder().failover(Some(failover)).build().expect("each value is in its range")
}

fn world() -> World {
    let mut world = World::new(asking(|failover| failover));
    world.run(SWITCH);
    world.start_log();
    world
}

#[test]
fn b78_a_dead_daemon_beside_a_living_zino_is_taken_over_from_and_given_back_to() {
    for fails in [PrimaryDaemon::Dead, PrimaryDaemon::Answers(503), PrimaryDaemon::Answers(404)] {
        let mut world = world();
        open(&mut world, "gw1");
        world.set_primary_daemon(fails);
        world.run(SWITCH);
        assert_eq!(mode(&world), Mode::Active, "{}", shown(&world));
        agree(&world);
        world.set_primary_daemon(PrimaryDaemon::Answers(200));
        world.run(SWITCH);
        assert_eq!(mode(&world), Mode::Standby, "{}", shown(&world));
        assert_eq!(told(&world, "3 probes in a row failed, changing from STANDBY to ACTIVE"), 1);
    }
}

#[test]
fn b78_a_lost_snmp_path_beside_a_healthy_daemon_switches_nothing() {
    let mut world = world();
    world.set_fault(LastingFault::PrimarySilent, true);
    world.run(LONG);
    assert_eq!(mode(&world), Mode::Standby, "{}", shown(&world));
    let counters = world.daemon.status().counters;
    assert!(counters.probes_failed > 30 && counters.health_ok > 30, "{counters:?}");
    world.set_primary_daemon(PrimaryDaemon::Silent);
    world.run(SWITCH);
    assert_eq!(mode(&world), Mode::Active, "with neither, it is as without the other one");
}

#[test]
fn b78_a_daemon_that_says_nothing_decides_nothing() {
    let mut world = world();
    world.set_primary_daemon(PrimaryDaemon::Silent);
    world.run(LONG);
    assert_eq!(mode(&world), Mode::Standby, "{}", shown(&world));
    assert!(world.daemon.status().counters.health_silent > 30);
    world.set_fault(LastingFault::PrimarySilent, true);
    world.run(SWITCH);
    assert_eq!(mode(&world), Mode::Active);
    world.set_fault(LastingFault::PrimarySilent, false);
    world.run(SWITCH);
    assert_eq!(mode(&world), Mode::Standby);
}

#[test]
fn b77_with_failback_by_hand_it_stays_active_whatever_the_primary_and_its_daemon_say() {
    let mut world = World::new(asking(|failover| failover.failback(Failback::Manual)));
    world.set_primary_daemon(PrimaryDaemon::Dead);
    world.run(SWITCH);
    assert_eq!(mode(&world), Mode::Active);
    world.set_primary_daemon(PrimaryDaemon::Answers(200));
    world.run(LONG);
    assert_eq!(mode(&world), Mode::Active);
    assert_eq!(told(&world, "changing from ACTIVE to STANDBY"), 0);
}
