//! Cases of what never was down, as planned maintenance makes them (behaviour B20).

use crate::common::{agree, incident, quiet_world, settings, shown};
use glue_proto::NeverDown;
use glue_proto::model::CaseId;
use glue_sim::argus::EndTime;
use glue_sim::world::World;
use glue_sim::zino::NewCase;

/// A planned maintenance of a router: Zino makes its cases, polls the router as `polls` says, down or up, and opens them at
/// the end. Returns the case about the router, and the one about its yellow alarms.
fn maintain(world: &mut World, router: &str, polls: &[bool]) -> [CaseId; 2] {
    let now = world.wall();
    let news = [NewCase::reachability(router), NewCase::alarm(router, "yellow")];
    let cases = news.map(|new| world.zino.open_placeholder(&new, now));
    for is_down in polls {
        world.run(60_000);
        let now = world.wall();
        cases.iter().for_each(|case| world.zino.poll(*case, *is_down, now).expect("the case is there"));
    }
    world.run(60_000);
    let now = world.wall();
    cases.iter().for_each(|case| world.zino.end_maintenance(*case, now).expect("the case is there"));
    world.run(5_000);
    cases
}

fn incidents(world: &World) -> usize {
    world.argus.incidents().count()
}

#[test]
fn b20_a_router_that_was_up_through_its_maintenance_gets_no_incident() {
    let mut world = quiet_world(settings());
    let cases = maintain(&mut world, "gw1", &[false, false]);
    assert_eq!(incidents(&world), 0, "{}", shown(&world));
    world.restart_daemon();
    world.run(60_000);
    assert_eq!(incidents(&world), 0, "{}", shown(&world));
    // It fails afterwards, and comes back: now it was down.
    for is_down in [true, false] {
        let now = world.wall();
        cases.iter().for_each(|case| world.zino.poll(*case, is_down, now).unwrap());
        world.run(5_000);
        assert_eq!(incidents(&world), 2, "{}", shown(&world));
    }
    agree(&world);
}

#[test]
fn b20_a_router_that_was_down_during_its_maintenance_gets_its_incidents_at_the_end() {
    for restart in [false, true] {
        let mut world = quiet_world(settings());
        let cases = maintain(&mut world, "gw1", &[false, true, false]);
        if restart {
            world.restart_daemon();
            world.run(60_000);
        }
        cases.iter().for_each(|case| assert_eq!(incident(&world, *case).end_time, EndTime::Infinity));
        agree(&world);
    }
}

#[test]
fn b20_a_case_that_was_recovered_before_we_came_was_down() {
    let mut world = World::new(settings());
    let now = world.wall();
    for new in [NewCase::reachability("gw1"), NewCase::alarm("gw1", "red")] {
        let case = world.zino.open_case(&new, now);
        world.zino.poll(case, false, now).unwrap();
    }
    world.run(10_000);
    assert_eq!(incidents(&world), 2, "its log says so");
    agree(&world);
}

#[test]
fn b20_a_new_device_that_answers_gets_no_incident_where_such_cases_are_skipped() {
    for (never_down, expected) in [(NeverDown::Skip, 0), (NeverDown::Sync, 1)] {
        let settings = settings().to_builder().never_down(never_down).build().unwrap();
        let mut world = quiet_world(settings);
        let now = world.wall();
        let new = NewCase::of_type("reachability", "gw1").with("reachability", "reachable");
        world.zino.open_case(&new.with_log("New device: gw1 reachable"), now);
        world.run(10_000);
        assert_eq!(incidents(&world), expected, "{}", shown(&world));
    }
}
