//! What goes wrong between the machine and Argus.

use super::world;
use glue_proto::{AckState, Input, Millis, Notice, Operator, Settings};
use glue_sim::argus::{EndTime, Options, Outage, Restart};
use glue_sim::world::{HttpFault, LastingFault, Observed, World};
use glue_sim::zino::NewCase;

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
    assert!(world.daemon.inspect().is_ready());
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
    world.set_fault(LastingFault::ArgusDown, true);
    world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(30_000);
    world.zino.lose_state();
    world.run(30_000);
    let status = world.daemon.inspect();
    assert_eq!(status.cases(), 0);
    assert!(status.waiting_jobs() <= 7, "{} jobs", status.waiting_jobs());
}

#[test]
fn b30_an_end_that_our_clock_set_to_a_moment_to_come_is_undone_too() {
    let mut world = world();
    world.skew = 60;
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    world.zino.vanish(id).unwrap();
    let is_ended = |world: &World| world.argus.find("zino", "1").unwrap().end_time != EndTime::Infinity;
    assert!(world.run_until(200_000, is_ended));
    world.zino.restart_losing(1);
    world.run(200_000);
    assert!(!is_ended(&world), "{:#?}", world.argus.find("zino", "1"));
    assert_eq!(world.disagreements(), Vec::<String>::new());
}

#[test]
fn b14_an_incident_reopened_and_closed_behind_our_back_is_looked_up_again_without_waiting_for_a_change() {
    let settings = Settings::example()
        .to_builder()
        .acknowledge(None)
        .refresh_interval(Millis::from_secs(60))
        .reconcile_interval(Millis::from_secs(20))
        .build()
        .unwrap();
    let mut world = World::new(settings);
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    let pk = world.argus.incidents().next().unwrap().pk;
    let now = world.wall();
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    // The fifth reconciliation lists what is open.
    world.run(97_000);
    let now = world.wall();
    world.zino.close(id, "alice", now).unwrap();
    world.run(2_000);
    assert_ne!(world.argus.incident(pk).unwrap().end_time, EndTime::Infinity);
    // A person opens the incident again, and Zino forgets that the case was closed. Our picture is the one from before.
    let now = world.wall();
    world.argus.reopen("admin", pk, "not over", now).unwrap();
    world.zino.restart_losing(1);
    world.cut_zino();
    let is_told = |world: &World| world.was_told("no event says who closed it");
    assert!(world.run_until(15_000, is_told));
    // Before the next refresh it is over again: no count tells of it.
    let now = world.wall();
    world.argus.close("admin", pk, "over now", now).unwrap();
    world.run(300_000);
    assert_eq!(world.zino.case(id).unwrap().state(), "closed");
    assert_eq!(world.daemon.inspect().quarantined().count(), 0);
    assert_eq!(world.disagreements(), Vec::<String>::new());
}

#[test]
fn b11_a_second_acknowledgement_is_found_within_two_reconciliations_however_far_apart_they_are() {
    let settings = Settings::example()
        .to_builder()
        .acknowledge(Some(AckState::Waiting))
        .reconcile_interval(Millis::from_secs(900))
        .build()
        .unwrap();
    let mut world = World::new(settings);
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    for words in ["first", "second"] {
        let now = world.wall();
        let pk = world.argus.incidents().next().unwrap().pk;
        world.argus.ack("admin", pk, words, None, now).unwrap();
        world.run(60_000);
    }
    world.run(1_800_000);
    let history: Vec<&str> =
        world.zino.case(id).unwrap().history().iter().map(|entry| entry.message.as_str()).collect();
    assert!(history.iter().any(|message| message.contains("second (admin)")), "{history:#?}");
}

#[test]
fn b51_a_server_that_asks_for_no_pause_at_all_is_not_asked_without_a_pause() {
    let mut world = world();
    let now = world.wall();
    world.run(5_000);
    let mut options = world.argus.options().clone();
    options.outage = Some(Outage { status: 429, retry_after: Some("0".into()) });
    world.argus.set_options(options);
    world.zino.open_case(&NewCase::reachability("gw1"), now);
    let before = world.sent.len();
    world.run(10_000);
    let asked = world.sent.len() - before;
    assert!((5..=40).contains(&asked), "{asked} requests in ten seconds");
}

#[test]
fn b31_a_case_that_was_scavenged_before_its_incident_could_be_ended_is_forgotten() {
    let mut world = world();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    world.set_fault(LastingFault::ArgusDown, true);
    world.zino.close(id, "alice", now).unwrap();
    world.run(5_000);
    world.zino.scavenge(id).unwrap();
    world.run(5_000);
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(30_000);
    assert_ne!(world.argus.find("zino", "1").unwrap().end_time, EndTime::Infinity);
    assert_eq!(world.daemon.inspect().cases(), 0);
}

#[test]
fn b51_the_next_page_of_a_listing_waits_as_long_as_argus_asks() {
    let mut world = world();
    let mut options = Options::default();
    options.page_limit = Some(1);
    world.argus.set_options(options);
    for router in ["gw1", "gw2", "gw3"] {
        let now = world.wall();
        world.zino.open_case(&NewCase::reachability(router), now);
        world.run(2_000);
    }
    world.run(10_000);
    world.fail_next("page_size=5000", HttpFault::SlowReply(500));
    world.tell(Input::Command(Operator::Reconcile));
    world.fail_next("POST", HttpFault::Status(429, Some(7)));
    let now = world.wall();
    world.zino.open_case(&NewCase::reachability("gw4"), now);
    let mut paused = false;
    world.run_until(400, |world| {
        paused = world.notices.iter().any(|notice| matches!(notice, Notice::ArgusThrottled { .. }));
        paused
    });
    assert!(paused);
    let (sent, until) = (world.sent.len(), world.now() + 6_900);
    world.run(6_900);
    assert_eq!(world.sent[sent..], [], "before {until}");
    world.run(60_000);
    assert_eq!(world.argus.incidents().count(), 4);
    assert!(world.sent[sent..].iter().any(|sent| sent.line.contains("cursor=")));
}

#[test]
fn b13_an_end_whose_outcome_could_not_be_looked_up_is_not_sent_again() {
    for words in [None, Some("closed for good")] {
        let mut world = world();
        let now = world.wall();
        let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
        world.run(5_000);
        world.fail_next("POST incidents/1/events/", HttpFault::StatusAfter(500));
        for _ in 0..3 {
            world.fail_next("GET incidents/mine/?source_incident_id=1", HttpFault::Hang);
        }
        let now = world.wall();
        world.zino.close(id, "alice", now).unwrap();
        world.run(1_000);
        if let Some(words) = words {
            let now = world.wall();
            world.zino.add_history(id, "alice", words, now).unwrap();
        }
        world.run(120_000);
        let incident = world.argus.find("zino", "1").unwrap();
        let ends = incident.events.iter().filter(|event| event.event_type == "END").count();
        assert_eq!(ends, 1, "{words:?}: {:#?}", incident.events);
    }
}
