//! Cases that Zino does not show any more, and numbers that come again (behaviour B25, B28).

use crate::common::{
    agree, events, incident, open, quiet_world, rarely_reconciled, running, settings, shown,
};
use glue_proto::{Input, Operator, Settings};
use glue_sim::argus::EndTime;
use glue_sim::world::{HttpFault, LastingFault, NotifyFault, World};

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

pub(crate) fn lost_state(settings: Settings) -> World {
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

#[test]
fn b28_when_every_case_is_gone_zino_has_lost_its_state_and_nothing_is_ended() {
    let world = lost_state(settings());
    assert!(world.was_told("Zino has probably lost its state"), "{}", shown(&world));
    assert_eq!(running(&world), 5, "{}", shown(&world));
    assert!(!world.daemon.inspect().is_ready());
    assert_eq!(world.daemon.inspect().held_back(), 4);
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("lost its state")).count();
    assert_eq!(told, 1);
}

#[test]
fn b28_with_accept_state_loss_they_are_ended() {
    let world = lost_state(settings().with_accept_state_loss(true));
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
        let token = format!("Token {}", glue_sim::world::TOKEN);
        let reply = world.argus.request(now, "POST", "incidents/", Some(&token), body.as_bytes());
        assert_eq!(reply.status, 201);
    }
    world.run(600_000);
    assert_eq!(running(&world), 4);
}

#[test]
fn b28_the_second_reading_comes_ten_seconds_after_the_first() {
    let mut world = quiet_world(rarely_reconciled());
    let one = open(&mut world, "gw1");
    open(&mut world, "gw2");
    world.run(2_000);
    let readings = |world: &World| world.log().iter().filter(|line| line.contains("\"caseids")).count();
    let before = readings(&world);
    world.zino.vanish(one).unwrap();
    world.tell(Input::Command(Operator::Reconcile));
    world.run(9_900);
    assert_eq!(events(&incident(&world, one), "END"), 0);
    world.run(300);
    assert_eq!(events(&incident(&world, one), "END"), 1, "{}", shown(&world));
    assert!(world.was_told("case 1: no longer exists in Zino"));
    world.run(100_000);
    assert_eq!(readings(&world), before + 2, "nothing is left to be confirmed");
}

#[test]
fn b28_a_case_that_is_found_missing_by_itself_is_confirmed_without_waiting_for_the_next_reconciliation() {
    let mut world = quiet_world(rarely_reconciled());
    let one = open(&mut world, "gw1");
    let two = open(&mut world, "gw2");
    world.run(2_000);
    world.zino.vanish(one).unwrap();
    // Something makes it be read by itself.
    world.fail_next_notification(NotifyFault::Before(b"1 history 1\r\n".to_vec()));
    let now = world.wall();
    world.zino.add_history(two, "alice", "note", now).unwrap();
    world.run(11_000);
    assert_eq!(events(&incident(&world, one), "END"), 1, "{}", shown(&world));
}

#[test]
fn b31_a_case_that_was_closed_and_scavenged_costs_no_reading_of_everything() {
    let mut world = quiet_world(rarely_reconciled());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let from = world.log().len();
    world.zino.close(id, "monitor", world.wall()).unwrap();
    world.run(1_000);
    world.zino.scavenge(id).unwrap();
    world.run(100_000);
    assert_eq!(events(&incident(&world, id), "END"), 1);
    assert!(!world.log()[from..].iter().any(|line| line.contains("\"caseids")), "{}", shown(&world));
    // While Argus is slow, it is scavenged before its end could be posted.
    let id = open(&mut world, "gw2");
    world.run(2_000);
    let from = world.log().len();
    world.fail_next("POST incidents/2/events/", HttpFault::SlowReply(4_000));
    let now = world.wall();
    world.zino.add_history(id, "alice", "note", now).unwrap();
    world.run(100);
    world.zino.close(id, "monitor", world.wall()).unwrap();
    world.run(100);
    world.zino.scavenge(id).unwrap();
    world.run(100_000);
    let ended = incident(&world, id);
    let end = ended.events_of_type("END").next().unwrap_or_else(|| panic!("{}", shown(&world)));
    assert_eq!(end.description, "state change open -> closed (monitor)", "its last words are known");
    assert!(!world.log()[from..].iter().any(|line| line.contains("\"caseids")), "{}", shown(&world));
}

#[test]
fn b27_a_case_that_is_gone_right_after_its_closing_was_announced_was_closed() {
    let mut world = quiet_world(rarely_reconciled());
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2")];
    world.run(2_000);
    world.zino.close(ids[0], "monitor", world.wall()).unwrap();
    world.zino.vanish(ids[0]).unwrap();
    world.run(1_000);
    let ended = incident(&world, ids[0]);
    let end = ended.events_of_type("END").next().unwrap_or_else(|| panic!("{}", shown(&world)));
    assert_eq!(end.description, "This case was closed in Zino");
    world.zino.set_state(ids[1], "working", "alice", world.wall()).unwrap();
    world.zino.vanish(ids[1]).unwrap();
    world.run(5_000);
    assert_eq!(incident(&world, ids[1]).end_time, EndTime::Infinity, "another state is no closing");
}

#[test]
fn b28_cases_that_were_announced_as_closed_are_no_lost_state() {
    let mut world = quiet_world(settings());
    let ids: Vec<_> = (0..4).map(|index| open(&mut world, &format!("gw{index}"))).collect();
    world.run(2_000);
    world.set_fault(LastingFault::ArgusDown, true);
    for id in &ids {
        world.zino.close(*id, "monitor", world.wall()).unwrap();
        world.zino.scavenge(*id).unwrap();
    }
    world.run(200_000);
    assert_eq!(world.daemon.inspect().held_back(), 0);
    assert!(!world.was_told("lost its state"), "{}", shown(&world));
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(10_000);
    for id in ids {
        let ended = incident(&world, id);
        let end = ended.events_of_type("END").next().unwrap_or_else(|| panic!("{}", shown(&world)));
        assert_eq!(end.description, "This case was closed in Zino");
    }
}

/// A world whose Zino lost its state two hours ago, together with so many cases; it has new ones since, and the daemon was
/// restarted.
fn restarted_numbering(cases: usize, settings: Settings) -> World {
    let mut world = quiet_world(settings);
    for index in 0..cases {
        open(&mut world, &format!("gw{index}"));
    }
    world.run(2_000);
    world.kill_daemon();
    world.zino.lose_state();
    world.run(7_200_000);
    open(&mut world, "gw90");
    world.restart_daemon();
    world.run(300_000);
    world
}

#[test]
fn b28_incidents_with_numbers_that_zino_gives_again_are_held_back_also_after_a_restart() {
    let world = restarted_numbering(5, settings());
    assert_eq!(running(&world), 6, "{}", shown(&world));
    assert_eq!(world.daemon.inspect().held_back(), 5);
    assert!(world.was_told("gives their numbers again"), "{}", shown(&world));
    assert!(!world.daemon.inspect().is_ready());
    let world = restarted_numbering(5, settings().with_accept_state_loss(true));
    assert_eq!(running(&world), 1, "{}", shown(&world));
}

#[test]
fn b28_an_outage_that_is_open_again_under_another_number_is_not_shown_twice() {
    let mut world = quiet_world(settings());
    for router in ["gw1", "gw2", "gw3", "gw4"] {
        open(&mut world, router);
    }
    world.run(2_000);
    world.kill_daemon();
    world.zino.lose_state();
    world.run(7_200_000);
    // Two routers are down again, one of them in two cases: which of those goes on nobody can say.
    let again = ["gw4", "gw2", "gw4"].map(|router| open(&mut world, router));
    world.restart_daemon();
    world.run(300_000);
    assert_eq!(world.daemon.inspect().held_back(), 3, "{}", shown(&world));
    let old = world.argus.find("zino", "2").expect("the incident of the second router");
    let end = old.events_of_type("END").next().unwrap_or_else(|| panic!("{}", shown(&world)));
    assert_eq!(end.description, format!("Zino's numbering was restarted: now case {}", again[1]));
    assert!(world.was_told("has the number 2 since Zino's numbering was restarted"), "{}", shown(&world));
    assert_eq!(running(&world), 6);
}

#[test]
fn b28_a_single_number_that_comes_again_proves_nothing_about_others() {
    let world = restarted_numbering(1, settings());
    assert_eq!(running(&world), 1, "{}", shown(&world));
}

#[test]
fn b28_ten_incidents_or_more_are_not_ended_at_once_if_they_are_more_than_half() {
    for (cases, gone, held_back) in [(19, 10, 10), (20, 10, 0), (12, 9, 0)] {
        let mut world = quiet_world(settings());
        let ids: Vec<_> = (0..cases).map(|index| open(&mut world, &format!("gw{index}"))).collect();
        world.run(2_000);
        for id in &ids[..gone] {
            world.zino.vanish(*id).unwrap();
        }
        world.run(200_000);
        assert_eq!(world.daemon.inspect().held_back(), held_back, "{}", shown(&world));
        assert_eq!(running(&world), cases - gone + held_back);
        assert_eq!(world.was_told("lost its state"), held_back > 0);
    }
}

#[test]
fn b28_many_cases_that_are_gone_while_another_is_there_are_ended() {
    let mut world = quiet_world(settings());
    let ids: Vec<_> = (0..6).map(|index| open(&mut world, &format!("gw{index}"))).collect();
    world.run(2_000);
    for id in &ids[..5] {
        world.zino.vanish(*id).unwrap();
    }
    world.run(200_000);
    assert_eq!(running(&world), 1, "{}", shown(&world));
    assert!(!world.was_told("lost its state"));
}

#[test]
fn b14_b28_cases_that_cannot_be_read_are_not_missing() {
    let mut world = quiet_world(settings());
    let ids: Vec<_> = (0..4).map(|index| open(&mut world, &format!("gw{index}"))).collect();
    world.run(2_000);
    for id in &ids {
        let now = world.wall();
        world.zino.edit(*id, now, |case| case.set("opened", Some("yesterday"))).unwrap();
    }
    world.restart_daemon();
    world.run(300_000);
    assert_eq!(world.daemon.inspect().unreadable_cases(), 4);
    assert_eq!(running(&world), 4);
    assert!(!world.was_told("lost its state"), "{}", shown(&world));
}

#[test]
fn b31_cases_that_are_over_are_asked_for_once_a_session() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.zino.close(id, "monitor", world.wall()).unwrap();
    world.run(5_000);
    let asked = |world: &World| world.log().iter().filter(|line| line.contains("getattrs 1")).count();
    let before = asked(&world);
    world.run(600_000);
    assert_eq!(asked(&world), before);
    world.cut_zino();
    world.run(600_000);
    assert_eq!(asked(&world), before + 1, "it may have been scavenged meanwhile");
}

#[test]
fn b28_a_case_that_was_closed_before_the_start_is_asked_for_also_if_the_listing_comes_amid_the_first_reading()
{
    for slow in [1, 20, 30, 40, 45, 50, 55, 60, 65, 70, 100, 1000] {
        let mut world = quiet_world(rarely_reconciled());
        let closed = open(&mut world, "gw1");
        open(&mut world, "gw2");
        world.run(60_000);
        world.kill_daemon();
        let now = world.wall();
        world.zino.close(closed, "alice", now).unwrap();
        world.conditions.latency = 5;
        world.restart_daemon();
        world.fail_next("page_size=5000", HttpFault::SlowReply(slow));
        // What an earlier run has sent may still be under way.
        world.run(40_000);
        assert_eq!(events(&incident(&world, closed), "END"), 1, "{slow} ms\n{}", shown(&world));
    }
}
