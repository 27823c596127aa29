//! What goes wrong between the machine and Zino.

use super::world;
use glue_proto::model::NewIncident;
use glue_proto::wire::argus::Call;
use glue_proto::{ConnId, HttpRequest, Input};
use glue_sim::argus::EndTime;
use glue_sim::world::{LastingFault, World};
use glue_sim::zino::NewCase;

/// Counts how often Zino is asked for its cases in the next five minutes.
fn full_reads(world: &mut World) -> usize {
    let before = world.log().len();
    world.start_log();
    world.run(300_000);
    world.log()[before..].iter().filter(|line| line.contains("< Send(") && line.contains("caseids")).count()
}

#[test]
fn b14_a_case_whose_history_cannot_be_read_does_not_lend_it_to_others() {
    let mut world = world();
    let now = world.wall();
    let ids: Vec<_> = (0..8)
        .map(|index| world.zino.open_case(&NewCase::reachability(&format!("gw{index}")), now))
        .collect();
    world.zino.add_system_history(ids[2], "", now).unwrap();
    world.zino.add_system_history(ids[7], "", now).unwrap();
    world.run(200_000);
    for incident in world.argus.incidents() {
        assert_eq!(incident.events.len(), 1, "{incident:#?}");
    }
    assert_eq!(world.argus.incidents().count(), 6);
    assert_eq!(world.daemon.inspect().unreadable_cases(), 2);
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
fn b40_nothing_is_noted_in_a_case_that_this_session_has_not_read() {
    // The acknowledgement is found between the moment at which the session is up and the one at which it has read.
    for before in (11_000..15_000).step_by(250) {
        let mut world = world();
        world.conditions.latency = 400;
        let now = world.wall();
        let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
        world.run(before);
        world.zino.lose_state();
        let now = world.wall();
        assert_eq!(world.zino.open_case(&NewCase::reachability("gw2"), now), id);
        let pk = world.argus.find("zino", "1").unwrap().pk;
        let now = world.wall();
        world.argus.ack("admin", pk, "mine", None, now).unwrap();
        world.run(40_000);
        let history = world.zino.case(id).unwrap().history();
        assert!(history.iter().all(|entry| !entry.message.contains("mine")), "{before}: {history:#?}");
    }
}

#[test]
fn b28_a_case_that_is_gone_does_not_make_the_machine_read_zino_without_a_pause() {
    let mut world = world();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    world.zino.vanish(id).unwrap();
    // Every minute, and once more ten seconds after the case was missed.
    assert_eq!(full_reads(&mut world), 6);
    assert!(world.argus.incidents().all(|incident| incident.end_time != EndTime::Infinity));
}

#[test]
fn b28_cases_that_are_held_back_do_not_make_the_machine_read_zino_without_a_pause() {
    let mut world = world();
    let now = world.wall();
    for router in ["gw1", "gw2", "gw3"] {
        world.zino.open_case(&NewCase::reachability(router), now);
    }
    world.run(5_000);
    world.zino.lose_state();
    // Once with the new session, once ten seconds later, and every minute.
    assert_eq!(full_reads(&mut world), 7);
    assert_eq!(world.daemon.inspect().held_back(), 3);
}

#[test]
fn b28_what_has_been_held_back_counts_when_zino_loses_its_state_once_more() {
    let mut world = world();
    let now = world.wall();
    for router in ["gw1", "gw2", "gw3"] {
        world.zino.open_case(&NewCase::reachability(router), now);
    }
    world.run(5_000);
    world.zino.lose_state();
    world.run(120_000);
    let now = world.wall();
    world.zino.open_case(&NewCase::reachability("gw4"), now);
    world.run(30_000);
    world.zino.lose_state();
    world.run(200_000);
    let ended = world.argus.incidents().filter(|incident| incident.end_time != EndTime::Infinity).count();
    assert_eq!((world.argus.incidents().count(), ended), (4, 0));
}

#[test]
fn b28_what_is_listed_later_is_held_back_with_all_others_of_before_zino_lost_its_state() {
    let mut world = world();
    let now = world.wall();
    for router in ["gw1", "gw2", "gw3", "gw4"] {
        world.zino.open_case(&NewCase::reachability(router), now);
    }
    world.run(5_000);
    world.zino.lose_state();
    world.restart_daemon();
    world.run(60_000);
    let now = world.wall();
    world.zino.open_case(&NewCase::reachability("gw5"), now);
    world.run(60_000);
    assert_eq!(world.daemon.inspect().held_back(), 4);
    // As if the pages of the listing had lost this row until now.
    let late = NewIncident {
        start_time: now - 100,
        source_incident_id: String::from("7"),
        description: String::from("gw7 is not reachable"),
        level: 3,
        tags: vec![],
    };
    let HttpRequest { target, body, .. } = Call::Create(late).request();
    let authorization = format!("Token {}", world.token());
    world.argus.request(now, "POST", &format!("/api/v2/{target}"), Some(&authorization), &body);
    world.run(900_000);
    assert!(world.argus.incidents().all(|incident| incident.end_time == EndTime::Infinity));
    assert_eq!((world.argus.incidents().count(), world.daemon.inspect().held_back()), (6, 5));
}

#[test]
fn b50_a_session_that_has_fallen_is_not_said_to_be_up() {
    let mut world = world();
    // The last answer of setting up comes in one piece with something that no server says.
    let up = "connected, reading all cases";
    world.conditions.latency = 100;
    while !world.log().iter().any(|line| line.contains("ntie")) {
        world.start_log();
        world.run(1);
    }
    world.tell(Input::Received { conn: ConnId(1), bytes: b"200 ok\r\nwhat is this\r\n" });
    let told: Vec<_> = world.notices.iter().map(ToString::to_string).collect();
    assert!(!told.iter().any(|line| line.contains(up)), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("connection lost")), "{told:#?}");
    world.run(30_000);
    assert!(world.was_told(up));
}

#[test]
fn b28_a_case_of_which_only_the_last_words_are_left_does_not_speak_for_a_zino_that_has_lost_its_state() {
    let mut world = world();
    let now = world.wall();
    let routers = ["gw1", "gw2", "gw3", "gw4"];
    let ids = routers.map(|router| world.zino.open_case(&NewCase::reachability(router), now));
    world.run(5_000);
    // The closing has been read, and cannot be told to Argus yet.
    world.set_fault(LastingFault::ArgusDown, true);
    world.zino.close(ids[0], "alice", now).unwrap();
    world.run(2_000);
    world.zino.lose_state();
    world.cut_zino();
    world.run(60_000);
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(200_000);
    let is_open =
        |pk| world.argus.incident(pk).is_some_and(|incident| incident.end_time == EndTime::Infinity);
    assert_eq!([1, 2, 3, 4].map(is_open), [false, true, true, true]);
}

#[test]
fn b28_a_case_that_cannot_be_read_does_not_speak_for_a_zino_that_has_lost_its_state() {
    let mut world = world();
    let now = world.wall();
    let routers = ["gw1", "gw2", "gw3", "gw4"];
    let ids = routers.map(|router| world.zino.open_case(&NewCase::reachability(router), now));
    world.run(5_000);
    world.zino.add_system_history(ids[3], "", now).unwrap();
    world.run(60_000);
    world.zino.lose_state();
    world.cut_zino();
    world.run(300_000);
    assert!(world.argus.incidents().all(|incident| incident.end_time == EndTime::Infinity));
}

#[test]
fn b40_the_state_is_set_soon_after_a_session_that_was_cut_behind_the_note() {
    let mut world = world();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(5_000);
    let now = world.wall();
    world.argus.ack("ann", 1, "mine", None, now).unwrap();
    let noted = |world: &World| world.zino.case(id).is_some_and(|case| case.history().len() == 2);
    assert!(world.run_until(30_000, noted));
    // Zino has the note, and its answer does not arrive.
    world.cut_zino_after(0);
    world.start_log();
    world.run(20_000);
    let case = world.zino.case(id).unwrap();
    assert_eq!(case.state(), "working", "{:#?}\n{:#?}", case.history(), world.log());
}

#[test]
fn b40_no_state_is_set_once_a_reading_has_shown_that_somebody_has_set_another() {
    for delay in (0..800).step_by(20) {
        let mut world = world();
        world.conditions.latency = 40;
        let now = world.wall();
        let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
        world.run(5_000);
        let now = world.wall();
        world.argus.ack("ann", 1, "mine", None, now).unwrap();
        let noted = |world: &World| world.zino.case(id).is_some_and(|case| case.history().len() == 2);
        assert!(world.run_until(30_000, noted));
        world.start_log();
        world.run(delay);
        let now = world.wall();
        world.zino.set_state(id, "confirm-wait", "alice", now).unwrap();
        world.run(20_000);
        let log = world.log();
        let shown = log.iter().position(|line| line.contains("history follows") && line.contains("(alice)"));
        let after = &log[shown.unwrap()..];
        assert!(!after.iter().any(|line| line.contains("\"setstate ")), "{delay}: {log:#?}");
    }
}
