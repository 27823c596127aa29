//! What people do in Argus is found exactly, and soon (behaviour B11).

use crate::common::{
    agree, history, incident, is_in_history, open, quiet_world, rarely_reconciled, sent, shown, without_feed,
    world_with_incident,
};
use glue_proto::{Input, Operator};
use glue_sim::world::{HttpFault, World};

/// Lets a refresh and a half go by, and demands that both boards agree.
#[track_caller]
fn refresh(world: &mut World) {
    world.run(15_000);
    agree(world);
}

#[test]
fn b11_each_acknowledgement_is_told_also_one_of_many() {
    let (mut world, id, pk) = world_with_incident(rarely_reconciled(), 2_000);
    for text in ["mine", "still mine", "mine"] {
        let now = world.wall();
        world.argus.ack("admin", pk, text, None, now).unwrap();
        refresh(&mut world);
    }
    let notes = history(&world, id).iter().filter(|line| line.contains("mine (admin)")).count();
    assert_eq!(notes, 3, "{}", shown(&world));
}

#[test]
fn b11_an_acknowledgement_that_comes_while_another_one_expires_is_told() {
    let (mut world, id, pk) = world_with_incident(rarely_reconciled(), 2_000);
    let now = world.wall();
    world.argus.ack("admin", pk, "for a minute", Some(now + 60), now).unwrap();
    world.run(57_000);
    let now = world.wall();
    world.argus.ack("bob", pk, "for good", None, now).unwrap();
    refresh(&mut world);
    assert!(history(&world, id).iter().any(|line| line.contains("for good (bob)")), "{}", shown(&world));
}

#[test]
fn b11_b41_a_ticket_that_is_replaced_is_told() {
    let (mut world, id, pk) = world_with_incident(rarely_reconciled(), 2_000);
    for url in [
        "https://tickets.example.org/7",
        "https://tickets.example.org/8",
        "",
        "https://tickets.example.org/9",
    ] {
        let now = world.wall();
        world.argus.set_ticket("bob", pk, url, now).unwrap();
        refresh(&mut world);
        is_in_history(&world, id, url);
    }
}

#[test]
fn b11_what_people_do_while_their_case_is_written_to_and_incidents_are_listed_is_told_in_time() {
    for (text, fault) in [("slow", HttpFault::SlowReply(8_000)), ("lost", HttpFault::LoseReply)] {
        let mut world = quiet_world(rarely_reconciled());
        let id = open(&mut world, "gw1");
        world.run(8_000);
        let pk = incident(&world, id).pk;
        world.fail_next(text, fault);
        let now = world.wall();
        world.zino.add_history(id, "alice", text, now).unwrap();
        world.run(50);
        world.tell(Input::Command(Operator::Reconcile));
        let now = world.wall();
        world.argus.ack("admin", pk, "mine", None, now).unwrap();
        world.run(20_000);
        assert!(history(&world, id).iter().any(|line| line.contains("mine (admin)")), "{}", shown(&world));
    }
}

#[test]
fn b11_history_that_is_copied_all_the_time_holds_up_no_acknowledgement() {
    let mut world = quiet_world(rarely_reconciled());
    let (busy, id) = (open(&mut world, "gw1"), open(&mut world, "gw2"));
    world.run(8_000);
    let pk = incident(&world, id).pk;
    let (now, before) = (world.wall(), world.sent.len());
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    for number in 0..150 {
        let now = world.wall();
        world.zino.add_history(busy, "alice", &format!("line {number}"), now).unwrap();
        world.run(100);
    }
    assert!(history(&world, id).iter().any(|line| line.contains("mine (admin)")), "{}", shown(&world));
    assert!(sent(&world, before).len() > 150);
}

#[test]
fn b11_a_server_without_a_feed_is_told_of_once_and_counted() {
    let mut world = World::new(rarely_reconciled());
    without_feed(&mut world);
    world.start_log();
    let id = open(&mut world, "gw1");
    world.run(12_000);
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    refresh(&mut world);
    world.run(300_000);
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("event feed")).count();
    assert_eq!(told, 1, "{:?}", world.notices);
    let looks = sent(&world, 0).iter().filter(|line| line.contains("incidents/events/")).count();
    assert_eq!(looks, 1, "it is not asked again");
}

#[test]
fn b11_a_feed_that_is_slow_three_times_is_not_used_any_more() {
    let mut world = quiet_world(rarely_reconciled());
    let id = open(&mut world, "gw1");
    for _ in 0..3 {
        assert!(!world.was_told("event feed"));
        world.fail_next("incidents/events/", HttpFault::SlowReply(1_500));
        world.run(10_000);
    }
    world.run(3_000);
    assert!(world.was_told("event feed"), "{}", shown(&world));
    let (pk, now, before) = (incident(&world, id).pk, world.wall(), world.sent.len());
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    refresh(&mut world);
    assert!(!sent(&world, before).iter().any(|line| line.contains("incidents/events/")));
}

#[test]
fn b11_a_storm_of_our_own_events_hides_nothing() {
    let mut world = quiet_world(rarely_reconciled());
    let id = open(&mut world, "gw1");
    world.run(8_000);
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    world.run(500);
    for number in 0..400 {
        open(&mut world, &format!("router{number}"));
    }
    refresh(&mut world);
    assert!(history(&world, id).iter().any(|line| line.contains("mine (admin)")), "{}", shown(&world));
    for number in 0..1000 {
        open(&mut world, &format!("another{number}"));
    }
    world.run(500);
    let now = world.wall();
    world.argus.ack("admin", pk, "a second one", None, now).unwrap();
    for number in 0..1000 {
        open(&mut world, &format!("third{number}"));
    }
    world.run(25_000);
    agree(&world);
    // More than a look reads has hidden it.
    is_in_history(&world, id, "a second one (admin)");
}
