//! Cases that Zino does not show any more, and numbers that come again (behaviour B25, B28).

use crate::common::{agree, events, incident, open, quiet_world, settings, shown};
use glue_proto::settings::Settings;
use glue_tests::argus::EndTime;
use glue_tests::world::World;

#[test]
fn b28_a_case_that_is_gone_is_ended_after_two_complete_readings_ten_seconds_apart() {
    let mut world = quiet_world(settings());
    let one = open(&mut world, "gw1");
    let two = open(&mut world, "gw2");
    world.run(2_000);
    world.zino.vanish(one).unwrap();
    let vanished = world.now();
    assert!(world.run_until(200_000, |world| events(&incident(world, one), "END") == 1), "{}", shown(&world));
    assert!(world.now() >= vanished + 10_000);
    let end = incident(&world, one).events_of_type("END").next().unwrap().clone();
    assert_eq!(end.description, "This case no longer exists in Zino");
    world.run(200_000);
    assert_eq!(events(&incident(&world, one), "END"), 1);
    assert_eq!(incident(&world, two).end_time, EndTime::Infinity);
    agree(&world);
}

#[test]
fn b28_a_case_that_is_back_before_the_second_reading_is_not_ended() {
    let mut world = quiet_world(settings());
    let one = open(&mut world, "gw1");
    open(&mut world, "gw2");
    world.run(2_000);
    // A list that is cut short is no evidence.
    for _ in 0..20 {
        world.run(9_000);
        world.cut_zino();
    }
    world.run(100_000);
    assert_eq!(events(&incident(&world, one), "END"), 0);
}

fn lost_state(settings: Settings) -> World {
    let mut world = quiet_world(settings);
    for router in ["gw1", "gw2", "gw3", "gw4"] {
        open(&mut world, router);
    }
    world.run(2_000);
    world.zino.lose_state();
    world.run(10_000);
    open(&mut world, "gw9");
    world.run(200_000);
    world
}

fn running(world: &World) -> usize {
    world.argus.incidents().filter(|incident| incident.end_time == EndTime::Infinity).count()
}

#[test]
fn b28_when_every_case_is_gone_zino_has_lost_its_state_and_nothing_is_ended() {
    let world = lost_state(settings());
    assert!(world.was_told("Zino has probably lost its state"), "{}", shown(&world));
    assert_eq!(running(&world), 5, "{}", shown(&world));
    assert!(!world.daemon.status().is_ready());
    assert_eq!(world.daemon.status().held_back(), 4);
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("lost its state")).count();
    assert_eq!(told, 1);
}

#[test]
fn b28_with_accept_state_loss_they_are_ended() {
    let world = lost_state(Settings { accept_state_loss: true, ..settings() });
    assert_eq!(running(&world), 1, "{}", shown(&world));
}

#[test]
fn b25_a_number_that_comes_again_gets_an_incident_of_its_own() {
    let mut world = quiet_world(settings());
    let old = open(&mut world, "gw1");
    world.run(2_000);
    world.zino.lose_state();
    world.run(10_000);
    let new = open(&mut world, "gw2");
    assert_eq!(old, new, "the numbering was restarted");
    let opened = world.zino.case(new).unwrap().opened();
    world.run(100_000);
    let id = format!("{new}@{opened}");
    let second = world.argus.find("zino", &id).unwrap_or_else(|| panic!("{}", shown(&world)));
    assert_eq!(second.end_time, EndTime::Infinity);
    assert_ne!(incident(&world, old).end_time, EndTime::Infinity, "the old one is ended: its case is gone");
    world.restart_daemon();
    world.run(20_000);
    assert_eq!(world.argus.incidents().count(), 2);
    let now = world.wall();
    world.zino.close(new, "monitor", now).unwrap();
    world.run(5_000);
    assert_eq!(running(&world), 0, "{}", shown(&world));
}

#[test]
fn b25_incidents_with_other_ids_are_not_touched() {
    let mut world = quiet_world(settings());
    let now = world.wall();
    for id in ["nav-7", "007", "", "5@x"] {
        let body = format!(
            "{{\"start_time\":\"2026-11-22T12:00:00Z\",\"end_time\":\"infinity\",\"source_incident_id\":{id:?},\"tags\":[]}}"
        );
        let token = format!("Token {}", glue_tests::world::TOKEN);
        let reply = world.argus.request(now, "POST", "incidents/", Some(&token), body.as_bytes());
        assert_eq!(reply.status, 201);
    }
    world.run(600_000);
    assert_eq!(running(&world), 4);
}
