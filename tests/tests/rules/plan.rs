//! What is planned, and why (behaviour B14, B20, B62), and what is counted.

use crate::common::{open, quiet_world, secondary, settings, writes};
use glue_proto::decision::{Step, Uninteresting};
use glue_proto::model::CaseId;
use glue_proto::{CaseVerdict, Millis, NotReady, OnStandby};
use glue_sim::world::{HttpFault, LastingFault, World};
use glue_sim::zino::NewCase;

fn planned(world: &World) -> Vec<String> {
    world.daemon.plan().map(|planned| planned.to_string()).collect()
}

fn verdict(world: &World, id: CaseId) -> CaseVerdict {
    world.daemon.explain(id).expect("the case is known").verdict
}

#[test]
fn b12_what_is_planned_is_what_is_done_next_and_planning_does_nothing() {
    let mut world = quiet_world(settings());
    world.set_fault(LastingFault::ArgusDown, true);
    let id = open(&mut world, "gw1");
    world.run(3_000);
    assert_eq!(planned(&world), [format!("case {id}: make its incident (B21)")]);
    let before = (world.daemon.clone(), world.sent.len());
    let CaseVerdict::Next(next) = verdict(&world, id) else { panic!("{:?}", verdict(&world, id)) };
    assert_eq!((next.step, next.incident, next.rule), (Step::Create, None, Some(21)));
    assert_eq!(format!("{:?}", before.0), format!("{:?}", world.daemon));
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(10_000);
    assert_eq!((planned(&world), verdict(&world, id)), (vec![], CaseVerdict::Agreed));
    let now = world.wall();
    world.set_fault(LastingFault::ArgusDown, true);
    world.zino.close(id, "alice", now).unwrap();
    world.run(3_000);
    let plan = planned(&world);
    assert!(
        plan[0].starts_with(&format!("case {id}: end incident 1: ")) && plan[0].ends_with("(B27)"),
        "{plan:?}"
    );
}

#[test]
fn b14_an_explanation_names_what_was_refused_and_when_it_is_tried_again() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::Status(400, None));
    let id = open(&mut world, "gw1");
    world.run(500);
    let explanation = world.daemon.explain(id).unwrap();
    assert_eq!(explanation.verdict, CaseVerdict::Refused);
    let [refused] = &explanation.refused[..] else { panic!("{explanation:?}") };
    assert!(refused.reason.contains("400") && refused.tries == 1);
    let [to_do] = &explanation.differences[..] else { panic!("{explanation:?}") };
    assert_eq!((to_do.rule, &*to_do.what), (21, "create, level 3: gw1 is not reachable"));
    let status = world.daemon.status();
    assert_eq!(status.troubles.len(), 1);
    assert_eq!((status.troubles[0].case, status.counters.refused), (id, 1));
    world.run(2_000);
    assert_eq!(verdict(&world, id), CaseVerdict::Agreed);
    assert!(world.daemon.status().troubles.is_empty());
}

#[test]
fn b20_an_explanation_says_why_a_case_gets_no_incident() {
    let mut world = quiet_world(settings());
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::bfd("gw1", 7), now);
    world.run(3_000);
    assert_eq!(verdict(&world, id), CaseVerdict::Uninteresting(Uninteresting::Type));
    assert!(world.daemon.explain(CaseId(77)).is_none());
}

#[test]
fn b14_a_case_that_cannot_be_read_is_explained_too() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    let now = world.wall();
    world.zino.add_system_history(id, "", now).unwrap();
    world.run(3_000);
    assert_eq!(verdict(&world, id), CaseVerdict::Unreadable);
}

#[test]
fn b76_an_explanation_tells_all_that_is_to_be_done_and_what_can_be_done_about_it() {
    let mut world = quiet_world(settings());
    let now = world.wall();
    let boring = world.zino.open_case(&NewCase::portstate("gw1", "ge-1", 7, "core link"), now);
    world.set_fault(LastingFault::ArgusDown, true);
    let id = open(&mut world, "gw2");
    world.zino.add_history(id, "alice", "note", now + 1).unwrap();
    world.run(3_000);
    let CaseVerdict::Uninteresting(why) = verdict(&world, boring) else {
        panic!("{:?}", verdict(&world, boring))
    };
    assert!(why.remedy().is_some_and(|remedy| remedy.contains("comma")));
    let [to_do] = &world.daemon.explain(id).unwrap().differences[..] else { panic!("one difference") };
    assert_eq!((to_do.incident, to_do.steps.len()), (None, 2));
}

#[test]
fn b62_in_standby_the_plan_is_what_would_be_done() {
    let mut world = quiet_world(secondary(OnStandby::Keep));
    let id = open(&mut world, "gw1");
    world.run(3_000);
    assert_eq!(planned(&world).len(), 1);
    assert_eq!(verdict(&world, id), CaseVerdict::Standby);
    assert_eq!(writes(&world, 0), [""; 0]);
}

#[test]
fn a_status_says_what_was_done_and_what_is_missing() {
    let mut world = quiet_world(settings());
    open(&mut world, "gw1");
    world.run(3_000);
    let status = world.daemon.status();
    assert!(status.is_ready() && status.zino.is_read && status.argus.is_listed, "{status:?}");
    assert_eq!((status.cases, status.open_incidents, status.counters.created), (1, 1, 1));
    assert!(status.counters.requests.iter().any(|row| row.count > 0));
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(json["mode"], "active");
    assert_eq!(json["counters"]["created"], 1);
    world.set_fault(LastingFault::ArgusDown, true);
    world.set_fault(LastingFault::ZinoDown, true);
    world.run(60_000);
    let status = world.daemon.status();
    assert_eq!(status.not_ready, [NotReady::ZinoLost, NotReady::ArgusUnreachable]);
    assert_eq!(status.counters.outages, 1);
}

#[test]
fn b71_how_long_argus_takes_is_seen_while_it_is_slow_and_when_it_is_not_any_more() {
    let mut world = quiet_world(settings());
    open(&mut world, "gw1");
    world.run(3_000);
    let takes = |world: &World| {
        let status = world.daemon.status();
        status.argus.answer_time(status.now.mono).unwrap()
    };
    assert!(takes(&world) < Millis(1000), "{:?}", takes(&world));
    // Whatever is asked is given up after `argus.timeout`, or answered after three seconds.
    world.set_fault(LastingFault::ArgusSlow, true);
    for number in 2..4 {
        open(&mut world, &format!("gw{number}"));
        world.run(10_000);
        assert!(takes(&world) >= Millis(2000), "{:?}", takes(&world));
    }
    world.set_fault(LastingFault::ArgusSlow, false);
    world.run(15_000);
    assert!(takes(&world) < Millis(1000), "{:?}", takes(&world));
    // One that is not answered at all is seen while it is waited for.
    world.fail_next("POST incidents/ ", HttpFault::Hang);
    open(&mut world, "gw4");
    world.run(8_000);
    assert!(takes(&world) >= Millis(4000), "{:?}", takes(&world));
}

#[test]
fn b70_being_ready_depends_on_zino_argus_the_credentials_and_its_state_and_in_standby_on_zino_alone() {
    let mut world = quiet_world(settings());
    open(&mut world, "gw1");
    world.run(3_000);
    let status = world.daemon.status();
    assert!(status.is_ready() && status.is_working, "{status:?}");
    world.set_fault(LastingFault::ArgusDown, true);
    world.run(60_000);
    let status = world.daemon.status();
    assert_eq!((status.not_ready.as_slice(), status.is_working), (&[NotReady::ArgusUnreachable][..], true));
    world.set_fault(LastingFault::ArgusDown, false);
    world.set_fault(LastingFault::ZinoDown, true);
    world.run(200_000);
    let status = world.daemon.status();
    assert_eq!((status.not_ready.as_slice(), status.is_working), (&[NotReady::ZinoLost][..], false));

    let mut world = quiet_world(secondary(OnStandby::Keep));
    world.set_fault(LastingFault::ArgusDown, true);
    world.run(10_000);
    let status = world.daemon.status();
    assert!(status.is_ready() && !status.is_working, "{status:?}");
}

#[test]
fn b71_cases_and_incidents_are_counted_and_the_last_agreement_is_dated() {
    let mut world = quiet_world(settings());
    open(&mut world, "gw1");
    world.run(20_000);
    let status = world.daemon.status();
    let rows: Vec<_> = status.cases_by.iter().map(|row| (row.case_type, row.state, row.count)).collect();
    assert_eq!(rows, [("reachability", "open", 1)]);
    assert_eq!((status.open_by_level.iter().sum::<usize>(), status.open_by_level[2]), (1, 1));
    let agreed = status.counters.last_agreement.expect("both are in step");
    world.set_fault(LastingFault::ArgusDown, true);
    world.run(60_000);
    let status = world.daemon.status();
    let last = status.counters.last_agreement.expect("it is not forgotten");
    assert!(last.mono.since(agreed.mono).0 <= 15_000 && status.now.mono.since(last.mono).0 >= 40_000);
}
