//! Cases that end the session with Zino, and what that costs the others (behaviour B14, B27, B50).

use crate::common::{agree, events, incident, open, quiet_world, settings, shown};
use glue_proto::Notice;
use glue_proto::model::CaseId;
use glue_sim::world::World;
use glue_sim::zino::{Falter, NewCase};

/// A value after which nothing on the channel can be understood.
const BREAKS: &str = "odd\r\n.\r\nwhat is this";

/// A world with a case and its incident.
fn world_with_case() -> (World, CaseId) {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    (world, id)
}

fn has_incident(world: &World, id: CaseId) -> bool {
    world.argus.find("zino", &id.to_string()).is_some()
}

/// Sets an attribute that no notification tells of.
fn set(world: &mut World, id: CaseId, value: Option<&str>) {
    let now = world.wall();
    world.zino.set_attribute(id, "reason", value, now).expect("the case is there");
}

fn sessions_lost(world: &World) -> usize {
    world.notices.iter().filter(|notice| matches!(notice, Notice::ZinoLost { .. })).count()
}

#[test]
fn b14_a_reply_that_comes_twice_once_costs_its_case_seconds() {
    let (mut world, id) = world_with_case();
    world.double_next_reply();
    let now = world.wall();
    world.zino.add_history(id, "alice", "first", now).unwrap();
    world.run(1_000);
    assert_eq!(world.daemon.inspect().unreadable_cases(), 1, "{}", shown(&world));
    let later = |world: &World| world.daemon.inspect().unreadable_cases() == 0;
    assert!(world.run_until(20_000, later), "{}", shown(&world));
    world.run(3_000);
    agree(&world);
}

#[test]
fn b14_a_case_that_ends_sessions_is_not_tried_at_each_change_and_is_read_once_it_can_be() {
    let (mut world, id) = world_with_case();
    set(&mut world, id, Some(BREAKS));
    for number in 0..360 {
        world.run(5_000);
        let now = world.wall();
        world.zino.add_history(id, "alice", &format!("words {number}"), now).unwrap();
    }
    let lost = sessions_lost(&world);
    assert!((6..=20).contains(&lost), "{lost} sessions in half an hour");
    let other = open(&mut world, "gw2");
    assert!(world.run_until(12_000, |world| has_incident(world, other)), "{}", shown(&world));
    set(&mut world, id, None);
    world.run(901_000);
    agree(&world);
}

#[test]
fn b27_a_case_that_ends_sessions_and_is_announced_closed_has_its_incident_ended() {
    let (mut world, id) = world_with_case();
    set(&mut world, id, Some(BREAKS));
    world.run(600_000);
    let now = world.wall();
    world.zino.close(id, "alice", now).unwrap();
    let is_ended = |world: &World| events(&incident(world, id), "END") == 1;
    assert!(world.run_until(5_000, is_ended), "{}", shown(&world));
}

#[test]
fn b27_one_reading_that_fails_as_a_case_is_closed_loses_none_of_its_last_words() {
    for falter in [Falter::Fails, Falter::Garbles] {
        let (mut world, id) = world_with_case();
        world.zino.set_faltering(Some((1, falter)));
        let now = world.wall();
        world.zino.set_attribute(id, "priority", Some("500"), now).unwrap();
        world.zino.add_history(id, "alice", "why", now).unwrap();
        world.zino.close(id, "alice", now).unwrap();
        world.run(100);
        world.zino.set_faltering(None);
        assert_eq!(world.daemon.inspect().unreadable_cases(), 1, "{}", shown(&world));
        let is_ended = |world: &World| events(&incident(world, id), "END") == 1;
        assert!(world.run_until(8_000, is_ended), "{falter:?}: {}", shown(&world));
        let incident = incident(&world, id);
        let end = incident.events_of_type("END").next().expect("it has ended");
        assert!(end.description.contains("-> closed (alice)"), "{falter:?}: {}", end.description);
        assert!(incident.tags.iter().any(|tag| tag.tag == "priority=500"), "{:?}", incident.tags);
        agree(&world);
    }
}

#[test]
fn b27_a_session_that_ends_as_a_closed_case_is_read_loses_none_of_its_last_words() {
    let (mut world, id) = world_with_case();
    world.stall_zino_at(Some("-> closed (alice)"));
    let now = world.wall();
    world.zino.close(id, "alice", now).unwrap();
    assert!(world.run_until(15_000, |world| sessions_lost(world) == 1), "{}", shown(&world));
    world.stall_zino_at(None);
    let is_ended = |world: &World| events(&incident(world, id), "END") == 1;
    assert!(world.run_until(30_000, is_ended), "{}", shown(&world));
    agree(&world);
}

#[test]
fn b27_what_is_missed_of_a_closed_case_that_cannot_be_read_is_told_once_it_can_be() {
    let (mut world, id) = world_with_case();
    world.zino.set_faltering(Some((1, Falter::Garbles)));
    let now = world.wall();
    world.zino.close(id, "alice", now).unwrap();
    let is_ended = |world: &World| events(&incident(world, id), "END") == 1;
    assert!(world.run_until(15_000, is_ended), "it can not be read: {}", shown(&world));
    world.zino.set_faltering(None);
    let is_told = |world: &World| {
        let told = incident(world, id);
        told.events.iter().any(|event| event.description.contains("-> closed (alice)"))
    };
    assert!(world.run_until(60_000, is_told), "{}", shown(&world));
    agree(&world);
}

#[test]
fn b50_a_reply_that_comes_twice_is_told_of_no_other_case() {
    for every in 1..12 {
        let mut world = quiet_world(settings());
        for number in 0..8 {
            let id = open(&mut world, &format!("gw{number}"));
            let now = world.wall();
            world.zino.add_history(id, "alice", &format!("words about {number}"), now).unwrap();
        }
        world.zino.set_faltering(Some((every, Falter::Doubles)));
        world.restart_daemon();
        world.run(1_000);
        world.zino.set_faltering(None);
        world.run(120_000);
        agree(&world);
    }
}

#[test]
fn b50_a_long_reply_on_a_slow_line_ends_no_session() {
    let (mut world, id) = world_with_case();
    let now = world.wall();
    for number in 0..100 {
        world.zino.add_history(id, "alice", &format!("{number} {}", "x".repeat(400)), now).unwrap();
    }
    world.run(2_000);
    world.set_zino_rate(2_000);
    let now = world.wall();
    world.zino.add_history(id, "alice", "the last words", now).unwrap();
    let is_told = |world: &World| {
        incident(world, id).events.iter().any(|event| event.description.contains("the last words"))
    };
    assert!(world.run_until(60_000, is_told), "{:?}", world.notices);
    assert_eq!(sessions_lost(&world), 0, "{:?}", world.notices);
}

#[test]
fn b50_a_case_whose_reply_is_overdue_is_put_aside_and_the_others_go_on() {
    let (mut world, id) = world_with_case();
    world.stall_zino_at(Some("the stalling words"));
    let now = world.wall();
    world.zino.add_history(id, "alice", "the stalling words", now).unwrap();
    let blamed = |world: &World| world.daemon.inspect().unreadable_cases() == 1;
    assert!(world.run_until(15_000, blamed), "{}", shown(&world));
    world.run(300_000);
    assert!(blamed(&world));
    let other = open(&mut world, "gw2");
    assert!(world.run_until(20_000, |world| has_incident(world, other)), "{}", shown(&world));
    world.stall_zino_at(None);
    world.run(901_000);
    agree(&world);
}

#[test]
fn b20_a_port_whose_log_breaks_off_below_the_line_that_it_went_down_gets_its_incident() {
    let mut world = quiet_world(settings());
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::portstate("gw1", "ge-0/0/1", 5, "link, x"), now);
    world.zino.add_log(id, "", now).unwrap();
    let up = world.zino.open_case(&NewCase::of_type("portstate", "gw2").with("descr", "link, y"), now);
    world.zino.add_log(up, "", now).unwrap();
    let has_incident_of = |world: &World| has_incident(world, id);
    assert!(world.run_until(5_000, has_incident_of), "{}", shown(&world));
    world.run(60_000);
    assert!(!has_incident(&world, up), "nothing shows that it went down");
    assert_eq!(world.daemon.inspect().unreadable_cases(), 1);
}
