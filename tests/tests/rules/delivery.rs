//! How long it takes until one side knows what happened on the other one (behaviour B71).

use crate::common::{
    agree, open, quiet_world, rarely_reconciled, secondary, settings, shown, without_feed,
    world_with_incident,
};
use crate::failover::switch;
use glue_proto::{DeliveryTimes, Histogram, OnStandby};
use glue_sim::world::{HttpFault, World};

fn deliveries(world: &World) -> DeliveryTimes {
    world.daemon.status().counters.deliveries
}

/// Demands that so many were counted, and that together they took a number of milliseconds between two bounds.
#[track_caller]
fn took(histogram: &Histogram, count: u64, least: u64, most: u64) {
    assert_eq!(histogram.count(), count, "{histogram:?}");
    assert!((least..=most).contains(&histogram.sum().0), "{histogram:?}");
}

#[test]
fn b71_a_new_case_is_timed_from_its_notification_to_the_answer_of_argus() {
    for (fault, least, most) in [(None, 1, 500), (Some(HttpFault::SlowReply(3_000)), 3_000, 3_500)] {
        let mut world = quiet_world(settings());
        if let Some(fault) = fault {
            world.fail_next("gw1", fault);
        }
        open(&mut world, "gw1");
        world.run(6_000);
        agree(&world);
        took(&deliveries(&world).to_argus, 1, least, most);
        took(&deliveries(&world).to_zino, 0, 0, 0);
    }
}

#[test]
fn b71_what_was_not_answered_is_timed_from_its_beginning() {
    let (mut world, id, _) = world_with_incident(rarely_reconciled(), 20_000);
    world.fail_next("a word", HttpFault::Status(500, None));
    let (before, now) = (deliveries(&world).to_argus, world.wall());
    world.zino.add_history(id, "alice", "a word", now).unwrap();
    world.run(60_000);
    agree(&world);
    let since = deliveries(&world).to_argus.since(&before);
    took(&since, 1, 500, 60_000);
}

#[test]
fn b71_what_is_done_in_argus_is_timed_from_when_it_was_done() {
    for (has_feed, least) in [(true, 1_500), (false, 1)] {
        let (mut world, _, pk) = world_with_incident(rarely_reconciled(), 20_000);
        if !has_feed {
            without_feed(&mut world);
        }
        // Half a second after a look, so that it is found by the next one.
        let now = world.wall();
        world.argus.ack("admin", pk, "mine", None, now).unwrap();
        world.run(120_000);
        agree(&world);
        let to_zino = deliveries(&world).to_zino;
        // The note, and the state.
        assert_eq!(to_zino.count(), 2, "{}", shown(&world));
        assert!((2 * least..30_000).contains(&to_zino.sum().0), "{to_zino:?}");
    }
}

#[test]
fn b71_what_happened_while_standing_by_is_not_timed() {
    let mut world = quiet_world(secondary(OnStandby::Keep));
    switch(&mut world, true);
    let before = deliveries(&world);
    let id = open(&mut world, "gw1");
    world.run(60_000);
    switch(&mut world, false);
    world.run(30_000);
    agree(&world);
    assert_eq!(deliveries(&world), before, "that is what the primary was there for");
    let now = world.wall();
    world.zino.add_history(id, "alice", "a word", now).unwrap();
    world.run(5_000);
    took(&deliveries(&world).to_argus.since(&before.to_argus), 1, 1, 500);
}
