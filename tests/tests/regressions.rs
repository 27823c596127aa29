//! What the simulator has found, each as a small story of its own.

use glue_proto::settings::{AckState, Settings};
use glue_tests::argus::{EndTime, Options, Restart};
use glue_tests::world::{Fault, HttpFault, Observed, World};
use glue_tests::zino::NewCase;

fn world() -> World {
    let mut settings = Settings::example();
    settings.sync.acknowledge = Some(AckState::Working);
    settings.sync.ticket = true;
    World::new(settings)
}

/// Fails if the machine wanted to be woken at a moment that had passed: its owner would spin.
fn never_restless(world: &mut World) {
    for observed in world.take_observed() {
        assert!(!matches!(observed, Observed::Restless(_)), "{observed:?}");
    }
}

#[test]
fn b51_a_postponed_job_that_is_due_in_a_pause_does_not_make_the_machine_spin() {
    let mut world = world();
    world.watch();
    world.fail_next("GET incidents/mine/", HttpFault::Status(429, Some(7)));
    world.run(3_000);
    never_restless(&mut world);
    world.run(10_000);
    never_restless(&mut world);
    assert!(world.daemon.status().is_ready());
}

#[test]
fn b28_the_incident_of_an_older_numbering_is_ended_although_the_new_case_was_closed_too() {
    let mut world = world();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    world.zino.lose_state();
    let now = world.wall();
    assert_eq!(world.zino.open_case(&NewCase::reachability("gw2"), now), id);
    world.zino.close(id, "alice", now).unwrap();
    world.run(10_000);
    world.zino.vanish(id).unwrap();
    world.run(120_000);
    let old = world.argus.find("zino", "1").unwrap();
    assert_ne!(old.end_time, EndTime::Infinity);
}

#[test]
fn b28_an_announced_closing_of_the_new_case_does_not_speak_for_the_incident_of_an_older_numbering() {
    let mut world = world();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    world.zino.lose_state();
    let now = world.wall();
    world.zino.open_case(&NewCase::reachability("gw2"), now);
    world.run(8_000);
    let now = world.wall();
    world.zino.close(id, "alice", now).unwrap();
    world.run(120_000);
    let old = world.argus.find("zino", "1").unwrap();
    assert_ne!(old.end_time, EndTime::Infinity);
}

#[test]
fn b30_an_incident_that_cannot_be_reopened_still_gets_the_history_of_its_case() {
    let mut world = world();
    let mut options = Options::default();
    options.restart = Restart::Refused;
    world.argus.set_options(options);
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    let now = world.wall();
    world.zino.close(id, "alice", now).unwrap();
    world.run(5_000);
    world.zino.restart_losing(1);
    world.run(20_000);
    let now = world.wall();
    world.zino.add_history(id, "alice", "it is open after all", now).unwrap();
    world.run(5_000);
    let incident = world.argus.find("zino", "1").unwrap();
    assert!(
        incident.events.iter().any(|event| event.description.contains("open after all")),
        "{incident:#?}"
    );
    assert_eq!(world.notices.iter().filter(|notice| notice.to_string().contains("set aside")).count(), 1);
}

#[test]
fn invariant_4_nothing_waits_for_a_case_that_is_forgotten() {
    let mut world = world();
    let now = world.wall();
    world.run(5_000);
    world.set_fault(Fault::ArgusDown, true);
    world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(30_000);
    world.zino.lose_state();
    world.run(30_000);
    let status = world.daemon.status();
    assert_eq!(status.cases(), 0);
    assert!(status.waiting_jobs() <= 7, "{} jobs", status.waiting_jobs());
}
