//! The rules of the synchronisation, each played in virtual time against the simulated peers.

use crate::common::{
    agree, events, history, incident, open, quiet_world, reads_of_events, sent, settings, shown,
    without_feed, writes,
};
use glue_sim::argus::{EndTime, Options, Restart};
use glue_sim::world::{HttpFault, World};
use glue_sim::zino::NewCase;

#[test]
fn b21_a_new_case_costs_one_post_and_one_for_each_history_entry() {
    let mut world = quiet_world(settings());
    let before = world.sent.len();
    let id = open(&mut world, "gw1");
    let now = world.wall();
    world.zino.add_history(id, "alice", "I look at it", now + 1).unwrap();
    world.run(1_000);
    agree(&world);
    let lines = sent(&world, before);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("POST incidents/ "), "{lines:#?}");
}

#[test]
fn b10_a_start_with_everything_in_step_writes_nothing() {
    let mut world = World::new(settings());
    for number in 0..30 {
        let id = open(&mut world, &format!("gw{number}"));
        let now = world.wall();
        world.zino.add_history(id, "alice", "note", now + 1).unwrap();
    }
    world.run(20_000);
    agree(&world);
    let before = world.sent.len();
    world.restart_daemon();
    world.run(9_000);
    agree(&world);
    assert_eq!(writes(&world, before), Vec::<String>::new());
    let lines = sent(&world, before);
    assert_eq!(lines.iter().filter(|line| line.contains("open=true&page_size")).count(), 1, "{lines:#?}");
    assert_eq!(reads_of_events(&lines), 30, "{lines:#?}");
}

#[test]
fn b10_everything_is_derived_anew_after_a_kill_at_any_moment() {
    for moment in (0..120).step_by(3) {
        let mut world = World::new(settings());
        let one = open(&mut world, "gw1");
        let two = open(&mut world, "gw2");
        let now = world.wall();
        world.zino.add_history(one, "alice", "note", now).unwrap();
        world.zino.close(two, "monitor", now + 1).unwrap();
        world.run(moment);
        world.restart_daemon();
        world.run(70_000);
        agree(&world);
    }
}

#[test]
fn b11_a_refresh_costs_the_same_whatever_the_number_of_incidents() {
    for (has_feed, requests) in [(true, 10), (false, 15)] {
        let mut costs = Vec::new();
        for number in [1, 40] {
            let mut world = World::new(settings());
            if !has_feed {
                without_feed(&mut world);
            }
            for index in 0..number {
                open(&mut world, &format!("gw{index}"));
            }
            world.run(90_500);
            let before = world.sent.len();
            world.run(50_000);
            costs.push(
                sent(&world, before)
                    .into_iter()
                    .filter(|line| !line.contains("heartbeat"))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(costs[0], costs[1]);
        assert_eq!(costs[0].len(), requests, "{costs:#?}");
    }
}

#[test]
fn b11_a_server_that_cannot_count_is_listed_every_thirty_seconds() {
    let mut world = World::new(settings());
    let mut options = Options::default();
    options.knows_count = false;
    world.argus.set_options(options);
    let id = open(&mut world, "gw1");
    world.run(20_000);
    let now = world.wall();
    let pk = incident(&world, id).pk;
    let before = world.sent.len();
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    world.run(45_000);
    assert_eq!(world.zino.case(id).unwrap().state(), "working");
    let listings = sent(&world, before).iter().filter(|line| line.contains("open=true")).count();
    assert!((1..=3).contains(&listings), "{:#?}", sent(&world, before));
}

#[test]
fn b11_a_lost_notification_costs_time_but_not_truth() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    // Planned maintenance changes a case without a word.
    let now = world.wall();
    world.zino.begin_maintenance(id, now).unwrap();
    let two = open(&mut world, "gw2");
    world.run(500);
    world.zino.vanish(two).unwrap();
    world.run(100_000);
    assert_ne!(incident(&world, two).end_time, EndTime::Infinity);
}

#[test]
fn b15_every_stamp_is_zinos_own_whatever_the_zone_of_the_server() {
    let mut world = quiet_world(settings());
    let mut options = Options::default();
    options.zone = "AKST9AKDT,M3.2.0,M11.1.0".into();
    world.argus.set_options(options);
    let id = open(&mut world, "gw1");
    let now = world.wall();
    world.zino.add_history(id, "alice", "note", now + 1).unwrap();
    world.run(2_000);
    world.restart_daemon();
    world.run(20_000);
    agree(&world);
    assert_eq!(incident(&world, id).start_time, world.zino.case(id).unwrap().opened() * 1_000_000);
}

#[test]
fn b27_b31_closing_ends_the_incident_once_also_when_the_case_is_scavenged_at_once() {
    let mut world = quiet_world(settings());
    let one = open(&mut world, "gw1");
    let two = open(&mut world, "gw2");
    let three = open(&mut world, "gw3");
    world.run(2_000);
    let now = world.wall();
    for id in [one, two, three] {
        world.zino.close(id, "monitor", now).unwrap();
    }
    world.zino.scavenge(two).unwrap();
    world.run(1_000);
    world.zino.scavenge(three).unwrap();
    world.run(60_000);
    for id in [one, two, three] {
        let incident = incident(&world, id);
        assert_eq!(events(&incident, "END"), 1, "case {id}\n{}", shown(&world));
        assert_eq!(incident.end_time, EndTime::At(now * 1_000_000), "case {id}");
    }
    let end = incident(&world, one);
    let end = end.events_of_type("END").next().unwrap();
    assert_eq!(end.description, "state change open -> closed (monitor)");
    assert_eq!(world.daemon.inspect().cases(), 1, "scavenged cases are forgotten");
}

#[test]
fn b27_history_that_is_still_missing_goes_before_the_end() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    let now = world.wall();
    world.zino.add_history(id, "alice", "A", now).unwrap();
    world.zino.add_history(id, "alice", "B", now).unwrap();
    world.zino.close(id, "monitor", now + 1).unwrap();
    world.run(500);
    assert!(
        world.argus.find("zino", &id.to_string()).is_none(),
        "a case that is closed already gets no incident"
    );
    let id = open(&mut world, "gw2");
    world.run(1_000);
    let now = world.wall();
    let before = world.sent.len();
    world.fail_next("POST incidents/", HttpFault::Status(429, Some(5)));
    world.zino.add_history(id, "alice", "A", now).unwrap();
    world.run(100);
    world.zino.close(id, "monitor", now + 1).unwrap();
    world.run(30_000);
    agree(&world);
    let types: Vec<bool> = writes(&world, before).iter().map(|line| line.contains("\"END\"")).collect();
    assert_eq!(types, [false, true]);
}

#[test]
fn b30_an_end_of_ours_on_a_case_that_is_open_after_all_is_undone() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.post("zino", pk, "END", "by mistake", now).unwrap();
    world.run(30_000);
    agree(&world);
    assert_eq!(events(&incident(&world, id), "RES"), 1);
    assert_eq!(world.zino.case(id).unwrap().state(), "open");
}

#[test]
fn b30_a_server_that_does_not_know_how_leaves_it_closed_and_says_so_once() {
    let mut world = quiet_world(settings());
    let mut options = Options::default();
    options.restart = Restart::Refused;
    world.argus.set_options(options);
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.post("zino", pk, "END", "by mistake", now).unwrap();
    world.run(400_000);
    assert_eq!(world.zino.case(id).unwrap().state(), "open");
    let warned =
        world.notices.iter().filter(|notice| notice.to_string().contains("does not know how to reopen"));
    assert_eq!(warned.count(), 1, "{}", shown(&world));
}

#[test]
fn b29_a_change_in_zino_is_patched_and_an_edit_in_argus_stays() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.set_description("admin", pk, "my words", now).unwrap();
    world.argus.add_tag("admin", pk, "team=noc", now).unwrap();
    world.run(100_000);
    world.zino.set_attribute(id, "priority", Some("500"), world.wall()).unwrap();
    world.run(2_000);
    let incident = incident(&world, id);
    let tags: Vec<&str> = incident.tags.iter().map(|tag| tag.tag.as_str()).collect();
    assert!(tags.contains(&"priority=500") && tags.contains(&"team=noc"), "{tags:?}\n{}", shown(&world));
    assert!(!tags.contains(&"priority=100"), "{tags:?}");
    assert_eq!(incident.description, "my words");
    let off = settings().to_builder().update(false).build().unwrap();
    world.restart_daemon_with(off);
    world.zino.set_attribute(id, "priority", Some("100"), world.wall()).unwrap();
    world.run(100_000);
    let tags: Vec<String> =
        crate::common::incident(&world, id).tags.iter().map(|tag| tag.tag.clone()).collect();
    assert!(tags.contains(&"priority=500".to_string()), "{tags:?}");
}

#[test]
fn b29_what_changed_last_is_told_before_the_end() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let now = world.wall();
    world.zino.set_attribute(id, "priority", Some("900"), now).unwrap();
    world.zino.close(id, "monitor", now).unwrap();
    world.run(5_000);
    let incident = incident(&world, id);
    assert!(incident.tags.iter().any(|tag| tag.tag == "priority=900"), "{:?}", incident.tags);
    assert_eq!(events(&incident, "END"), 1);
}

#[test]
fn b27_b42_closing_goes_both_ways() {
    let mut world = quiet_world(settings());
    let one = open(&mut world, "gw1");
    let two = open(&mut world, "gw2");
    world.run(2_000);
    let now = world.wall();
    world.zino.close(one, "monitor", now).unwrap();
    let pk = incident(&world, two).pk;
    world.argus.close("admin", pk, "fixed", now).unwrap();
    world.run(20_000);
    agree(&world);
    assert_eq!(world.zino.case(two).unwrap().state(), "closed", "\n{}", shown(&world));
    assert_eq!(history(&world, two)[1], "testuser\nfixed (admin)");
}

#[test]
fn b42_a_close_while_the_daemon_was_down_is_carried_over_and_an_end_by_others_counts() {
    let mut world = quiet_world(settings());
    let one = open(&mut world, "gw1");
    let two = open(&mut world, "gw2");
    world.run(2_000);
    let now = world.wall();
    let (first, second) = (incident(&world, one).pk, incident(&world, two).pk);
    world.argus.close("admin", first, "", now).unwrap();
    world.argus.add_source("other", "nav", None);
    world.argus.post("other", second, "END", "over there", now).unwrap();
    world.restart_daemon();
    world.run(30_000);
    for (id, note) in [(one, "testuser\n(admin)"), (two, "testuser\nover there (other)")] {
        assert_eq!(history(&world, id)[1], note);
        assert_eq!(world.zino.case(id).unwrap().state(), "closed");
    }
}

#[test]
fn b40_b41_acks_and_tickets_reach_zino_once_also_after_a_restart() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let pk = incident(&world, id).pk;
    let now = world.wall();
    world.argus.ack("admin", pk, "mine\n.\nsetstate 1 closed", None, now).unwrap();
    world.argus.set_ticket("bob", pk, "https://tickets.example.org/7", now).unwrap();
    world.run(20_000);
    for _ in 0..2 {
        assert_eq!(world.zino.case(id).unwrap().state(), "working", "\n{}", shown(&world));
        let texts = history(&world, id);
        assert_eq!(texts.len(), 4, "{texts:#?}");
        assert_eq!(texts[1], "testuser\nmine\n.\nsetstate 1 closed (admin)");
        assert_eq!(texts[3], "testuser\nTicket https://tickets.example.org/7 added by Argus user bob");
        world.restart_daemon();
        world.run(400_000);
    }
    agree(&world);
}

#[test]
fn b40_an_ack_while_the_daemon_was_down_and_a_second_one_are_both_noted() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let pk = incident(&world, id).pk;
    world.argus.ack("admin", pk, "first", None, world.wall()).unwrap();
    world.restart_daemon();
    world.run(20_000);
    world.argus.ack("bob", pk, "second", None, world.wall()).unwrap();
    world.run(400_000);
    let notes: Vec<String> =
        history(&world, id).into_iter().filter(|text| text.starts_with("testuser\n")).collect();
    assert_eq!(notes, ["testuser\nfirst (admin)", "testuser\nsecond (bob)"]);
}

#[test]
fn b20_interest_is_judged_anew_at_every_change() {
    let mut world = quiet_world(settings());
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::portstate("gw1", "ge-0/0/1", 1, "no comma"), now);
    let placeholder = world.zino.open_placeholder(&NewCase::reachability("gw2").without_log(), now);
    world.run(70_000);
    assert_eq!(world.argus.incidents().count(), 0, "{}", shown(&world));
    world.zino.set_attribute(id, "descr", Some("now, with a comma"), world.wall()).unwrap();
    world.run(1_000);
    assert_eq!(
        incident(&world, id).description,
        "gw1 port ge-0/0/1 changed state to DOWN (now, with a comma)"
    );
    assert!(world.argus.find("zino", &placeholder.to_string()).is_none());
}

#[test]
fn b53_the_heartbeat_beats_every_45_seconds_while_zino_is_healthy() {
    let mut world = World::new(settings());
    world.run(450_500);
    assert_eq!(world.argus.heartbeats(), 10);
    world.set_fault(glue_sim::world::LastingFault::ZinoDown, true);
    world.run(600_000);
    assert_eq!(world.argus.heartbeats(), 10);
    let mut world = World::new(settings());
    let mut options = Options::default();
    options.knows_heartbeat = false;
    world.argus.set_options(options);
    world.run(600_000);
    let beats = |world: &World| world.sent.iter().filter(|sent| sent.line.contains("heartbeat")).count();
    assert_eq!(beats(&world), 3, "a server without the endpoint is noticed and left alone");
    world.argus.set_options(Options::default());
    world.run(900_000);
    assert!(beats(&world) > 4, "it is asked again, and beats go on once it knows them")
}
