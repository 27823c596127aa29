//! What is counted of steps that were tried again, of writes whose answer was lost, and of differences that no event had
//! announced (behaviour B71).

use crate::common::{
    agree, history, incident, open, quiet_world, rarely_reconciled, secondary, settings, shown, without_feed,
    world_with_incident,
};
use crate::failover::switch;
use glue_proto::{AmbiguousWrites, Counters, Input, OnStandby, Operator, StepCounts};
use glue_sim::world::{HttpFault, NotifyFault, World};

/// How long it takes until both sides are in step for a while, milliseconds.
const IN_STEP: u64 = 40_000;

fn counters(world: &World) -> Counters {
    world.daemon.status().counters
}

fn drift(world: &World) -> StepCounts {
    counters(world).drift_fixed
}

/// What the counts say, each kind in its place.
fn counts(counts: &StepCounts) -> [u64; 7] {
    let StepCounts { create, history, update, end, reopen, note, state, .. } = counts;
    [*create, *history, *update, *end, *reopen, *note, *state]
}

#[track_caller]
fn ambiguous(world: &World, found: u64, missing: u64) {
    let AmbiguousWrites { found: was_found, missing: was_missing, .. } = counters(world).ambiguous_writes;
    assert_eq!((was_found, was_missing), (found, missing), "\n{}", shown(world));
}

#[test]
fn b71_a_write_whose_answer_was_lost_counts_once_by_whether_it_was_carried_out() {
    for (fault, found, missing, retries) in [
        (None, 0, 0, 0),
        (Some(HttpFault::LoseReply), 1, 0, 0),
        (Some(HttpFault::CutBefore), 0, 1, 1),
        (Some(HttpFault::Hang), 0, 1, 1),
    ] {
        let (mut world, id, _) = world_with_incident(settings(), IN_STEP);
        if let Some(fault) = fault.clone() {
            world.fail_next("a word", fault);
        }
        let now = world.wall();
        world.zino.add_history(id, "alice", "a word", now).unwrap();
        world.run(120_000);
        agree(&world);
        ambiguous(&world, found, missing);
        assert_eq!(counters(&world).retries.argus, retries, "{fault:?}\n{}", shown(&world));
    }
}

#[test]
fn b71_a_creation_whose_answer_was_lost_is_found_when_it_is_sent_again() {
    for (fault, found, missing) in [(HttpFault::LoseReply, 1, 0), (HttpFault::CutBefore, 0, 1)] {
        let mut world = quiet_world(settings());
        world.fail_next("POST incidents/ ", fault);
        open(&mut world, "gw1");
        world.run(60_000);
        agree(&world);
        ambiguous(&world, found, missing);
        assert_eq!(counters(&world).retries.argus, 1);
    }
}

#[test]
fn b71_a_step_that_is_refused_and_tried_again_is_a_retry_and_not_ambiguous() {
    let (mut world, id, _) = world_with_incident(settings(), IN_STEP);
    world.fail_next("a word", HttpFault::Status(400, None));
    let now = world.wall();
    world.zino.add_history(id, "alice", "a word", now).unwrap();
    world.run(60_000);
    agree(&world);
    ambiguous(&world, 0, 0);
    assert_eq!((counters(&world).retries.argus, counters(&world).retries.zino), (1, 0));
}

#[test]
fn b71_a_note_that_the_end_of_the_session_has_cut_off_is_ambiguous() {
    for (has_arrived, found, missing) in [(false, 0, 1), (true, 1, 0)] {
        let (mut world, id, pk) = world_with_incident(rarely_reconciled(), IN_STEP);
        let now = world.wall();
        world.argus.ack("admin", pk, "mine", None, now).unwrap();
        let is_noted = |world: &World| history(world, id).iter().any(|line| line.contains("mine"));
        let is_told = |world: &World| world.was_told("writing to Zino");
        assert!(world.run_until(120_000, |world| if has_arrived { is_noted(world) } else { is_told(world) }));
        world.cut_zino_after(0);
        world.run(120_000);
        agree(&world);
        ambiguous(&world, found, missing);
        assert_eq!(counters(&world).retries.zino, missing, "{}", shown(&world));
    }
}

#[test]
fn b71_what_an_event_has_announced_is_no_drift() {
    let (mut world, id, pk) = world_with_incident(settings(), IN_STEP);
    let now = world.wall();
    world.zino.add_history(id, "alice", "a word", now).unwrap();
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    world.run(120_000);
    world.zino.set_state(id, "closed", "alice", world.wall()).unwrap();
    world.run(120_000);
    world.restart_daemon();
    open(&mut world, "gw2");
    world.run(120_000);
    world.cut_zino();
    open(&mut world, "gw3");
    world.run(120_000);
    agree(&world);
    assert_eq!(counts(&drift(&world)), [0; 7], "{}", shown(&world));
}

#[test]
fn b71_what_no_event_has_announced_is_drift() {
    let (mut world, id, pk) = world_with_incident(settings(), IN_STEP);
    let now = world.wall();
    world.fail_next_notification(NotifyFault::Lose);
    world.zino.add_history(id, "alice", "a word", now).unwrap();
    world.run(120_000);
    assert_eq!(counts(&drift(&world)), [0, 1, 0, 0, 0, 0, 0], "{}", shown(&world));
    world.argus.delete_incident(pk).unwrap();
    world.tell(Input::Command(Operator::Reconcile));
    world.run(120_000);
    agree(&world);
    assert_eq!(drift(&world).create, 1, "{}", shown(&world));
}

#[test]
fn b71_what_people_do_in_an_argus_without_a_feed_is_found_by_looking() {
    let (mut world, _, pk) = world_with_incident(settings(), IN_STEP);
    without_feed(&mut world);
    world.run(60_000);
    let now = world.wall();
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    world.run(300_000);
    agree(&world);
    assert_eq!(counts(&drift(&world)), [0, 0, 0, 0, 0, 1, 1], "{}", shown(&world));
}

#[test]
fn b71_neither_a_takeover_nor_a_handover_nor_a_reload_is_drift() {
    let mut world = quiet_world(secondary(OnStandby::Close));
    let id = open(&mut world, "gw1");
    world.run(60_000);
    for is_primary_up in [false, true, false] {
        switch(&mut world, is_primary_up);
        world.run(120_000);
    }
    incident(&world, id);
    let settings = secondary(OnStandby::Close).to_builder();
    world.reload(settings.default_domain("example.org").build().unwrap());
    world.run(120_000);
    agree(&world);
    assert!(counters(&world).ended > 0 && counters(&world).updated > 0);
    assert_eq!(counts(&drift(&world)), [0; 7], "{}", shown(&world));
}

#[test]
fn b71_the_answers_of_the_primary_are_timed_and_its_silence_is_not() {
    let mut world = quiet_world(secondary(OnStandby::Keep));
    world.run(60_000);
    let before = counters(&world).probe_times.snmp;
    assert!(before.count() > 30 && before.sum().0 > 0, "{before:?}");
    assert_eq!(counters(&world).probe_times.health.count(), 0, "its daemon is not asked");
    switch(&mut world, false);
    let silent = counters(&world).probe_times.snmp;
    world.run(60_000);
    assert_eq!(counters(&world).probe_times.snmp, silent);
}
