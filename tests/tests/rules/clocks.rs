//! What becomes of moments where not all clocks agree (behaviour B15).

use crate::common::{incident, open, quiet_world, settings, shown};
use glue_proto::model::CaseId;
use glue_sim::argus::EndTime;
use glue_sim::world::World;
use glue_sim::zino::NewCase;

const MICROS: i64 = 1_000_000;
const CLOSED: &str = "state change open -> closed (alice)";

/// A world with a case that Zino, whose clock is ten minutes ahead, knows as open, and its incident.
fn zino_ahead() -> (World, CaseId) {
    let mut world = quiet_world(settings());
    world.zino_skew = 600;
    let now = world.zino_wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(3_000);
    assert_eq!(incident(&world, id).start_time, now * MICROS, "Zino says when it began");
    (world, id)
}

fn close(world: &mut World, id: CaseId) {
    let now = world.zino_wall();
    world.zino.close(id, "alice", now).expect("it is there and open");
}

/// Tells whether the incident of a case has ended, by Argus's clock.
fn has_ended(world: &World, id: CaseId) -> bool {
    matches!(incident(world, id).end_time, EndTime::At(at) if at <= world.wall() * MICROS)
}

/// The types of the events of the machine that tell of a text.
fn told(world: &World, id: CaseId, text: &str) -> Vec<String> {
    let incident = incident(world, id);
    let ours = incident.events.iter().filter(|event| world.is_machine(event.actor));
    ours.filter(|event| event.description == text).map(|event| event.event_type.clone()).collect()
}

#[test]
fn b15_a_case_that_is_closed_ahead_of_argus_ends_its_incident_at_once_and_is_told_once() {
    let (mut world, id) = zino_ahead();
    let now = world.zino_wall();
    world.zino.add_history(id, "alice", "mended", now).unwrap();
    close(&mut world, id);
    world.run(3_000);
    assert!(has_ended(&world, id), "{}", shown(&world));
    // Nor does who reads both sides anew take the end for another one.
    world.restart_daemon();
    world.run(120_000);
    assert_eq!(told(&world, id, CLOSED), ["END"], "{}", shown(&world));
    assert_eq!(told(&world, id, "alice\nmended"), ["OTH"]);
    assert_eq!(world.disagreements(), Vec::<String>::new());
}

#[test]
fn b15_b30_an_end_ahead_of_argus_that_zino_forgot_is_undone_and_told_again() {
    let (mut world, id) = zino_ahead();
    close(&mut world, id);
    world.run(3_000);
    world.zino.restart_losing(1);
    world.run(20_000);
    assert_eq!(incident(&world, id).end_time, EndTime::Infinity, "{}", shown(&world));
    close(&mut world, id);
    world.run(3_000);
    assert!(has_ended(&world, id));
    world.restart_daemon();
    world.run(120_000);
    assert_eq!(told(&world, id, CLOSED), ["END", "END"], "{}", shown(&world));
    assert_eq!(told(&world, id, "This case is open in Zino"), ["RES"]);
    assert_eq!(world.disagreements(), Vec::<String>::new());
}

#[test]
fn b15_an_end_at_the_present_moment_goes_by_the_clock_of_argus_and_not_by_ours() {
    for tells_date in [true, false] {
        let mut world = quiet_world(settings());
        world.argus.edit_options(|options| options.tells_date = tells_date);
        world.restart_daemon();
        world.skew = 600;
        let id = open(&mut world, "gw1");
        world.run(3_000);
        world.zino.vanish(id).unwrap();
        let has_end = |world: &World| incident(world, id).end_time != EndTime::Infinity;
        assert!(world.run_until(120_000, has_end), "{}", shown(&world));
        assert_eq!(has_ended(&world, id), tells_date, "there is no other clock to go by");
    }
}

#[test]
fn b15_without_a_date_of_argus_our_own_clock_bounds_what_zino_says() {
    let mut world = quiet_world(settings());
    world.argus.edit_options(|options| options.tells_date = false);
    world.restart_daemon();
    world.zino_skew = 600;
    let now = world.zino_wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(3_000);
    close(&mut world, id);
    world.run(3_000);
    assert!(has_ended(&world, id), "{}", shown(&world));
}
