//! What the network and the servers do to us (behaviour B2, B12 to B14, B43, B50 to B52).

use crate::common::{agree, events, history, incident, open, quiet_world, sent, settings, shown};
use glue_proto::{Exit, Input, Millis, OnStandby, Secret};
use glue_sim::argus::EndTime;
use glue_sim::world::{HttpFault, LastingFault, World};
use glue_sim::zino::NewCase;

/// What makes a write ambiguous: it was done, it was not, or it is done later.
fn ambiguous() -> [HttpFault; 9] {
    [
        HttpFault::LoseReply,
        HttpFault::CutBefore,
        HttpFault::Hang,
        HttpFault::Delay(5_000),
        HttpFault::Delay(31_500),
        HttpFault::StatusAfter(500),
        HttpFault::StatusAfter(502),
        HttpFault::Status(500, None),
        HttpFault::StatusAfter(504),
    ]
}

#[test]
fn b13_an_end_that_a_gateway_gave_up_on_is_told_once_whoever_shows_it() {
    for seconds in 8..30 {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        let now = world.wall();
        world.zino.add_history(id, "alice", "words", now).unwrap();
        world.run(40_000);
        world.fail_next("\"END\"", HttpFault::GatewayTimeout(seconds * 1000));
        let now = world.wall();
        world.zino.close(id, "alice", now).unwrap();
        // A count may show that one is open no more, before the daemon looks what has become of its END.
        world.run(120_000);
        let closing = |event: &&glue_sim::argus::Event| event.description.contains("-> closed (alice)");
        let count = incident(&world, id).events.iter().filter(closing).count();
        assert_eq!(count, 1, "{seconds} s: {}", shown(&world));
        agree(&world);
    }
}

#[test]
fn b13_no_write_whose_answer_was_lost_is_doubled_or_left_out() {
    for pattern in ["POST incidents/ ", "\"OTH\"", "\"END\""] {
        for fault in ambiguous() {
            let mut world = quiet_world(settings());
            world.fail_next(pattern, fault.clone());
            let id = open(&mut world, "gw1");
            let now = world.wall();
            world.zino.add_history(id, "alice", "note", now).unwrap();
            world.zino.add_history(id, "alice", "note", now).unwrap();
            world.run(50_000);
            world.zino.close(id, "monitor", world.wall()).unwrap();
            world.run(120_000);
            agree(&world);
            let incident = incident(&world, id);
            let counts = (events(&incident, "OTH"), events(&incident, "END"));
            assert_eq!(counts, (2, 1), "{pattern} {fault:?}\n{}", shown(&world));
        }
    }
}

#[test]
fn b13_an_incident_that_was_deleted_is_made_anew() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let pk = incident(&world, id).pk;
    world.argus.delete_incident(pk).unwrap();
    let now = world.wall();
    world.zino.add_history(id, "alice", "note", now).unwrap();
    world.run(60_000);
    agree(&world);
    let two = open(&mut world, "gw2");
    world.run(2_000);
    let pk = incident(&world, two).pk;
    world.argus.delete_incident(pk).unwrap();
    world.run(30_000);
    agree(&world);
}

#[test]
fn b13_b40_a_note_whose_answer_was_lost_is_read_back() {
    for cut in 0..200 {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        world.run(2_000);
        let pk = incident(&world, id).pk;
        world.argus.ack("admin", pk, "mine", None, world.wall()).unwrap();
        // Just around the moment at which the note is written, a millisecond at a time.
        let noting = |world: &World| world.was_told("writing to Zino");
        assert!(world.run_until(15_000, noting));
        world.run(cut / 10);
        if cut % 2 == 0 {
            world.cut_zino();
        } else {
            world.restart_daemon();
        }
        world.run(100_000);
        let notes = history(&world, id).iter().filter(|text| text.contains("mine")).count();
        assert_eq!((notes, world.zino.case(id).unwrap().state()), (1, "working"), "{}", shown(&world));
    }
}

#[test]
fn b14_a_case_that_cannot_be_read_is_set_aside_and_the_others_go_on() {
    for descr in ["a, b\r\n.\r\nthree", "a, b\r\n.\r\n200 ok\r\n.", "x, y"] {
        let mut world = quiet_world(settings());
        let now = world.wall();
        let broken = world.zino.open_case(&NewCase::portstate("gw1", "ge-0", 1, descr), now);
        let one = open(&mut world, "gw2");
        world.run(30_000);
        assert!(world.argus.find("zino", &one.to_string()).is_some(), "{}", shown(&world));
        let two = open(&mut world, "gw3");
        world.run(30_000);
        assert!(world.argus.find("zino", &two.to_string()).is_some(), "{}", shown(&world));
        let told =
            world.notices.iter().filter(|notice| notice.to_string().contains("cannot be understood")).count();
        assert_eq!(told, usize::from(descr != "x, y"), "{}", shown(&world));
        world.run(1_000_000);
        world.zino.set_attribute(broken, "descr", Some("mended, now"), world.wall()).unwrap();
        world.run(1_000_000);
        agree(&world);
    }
}

#[test]
fn b14_an_incident_that_argus_refuses_is_set_aside_with_the_reason_and_tried_more_and_more_rarely() {
    let mut world = quiet_world(settings());
    for _ in 0..100 {
        world.fail_next("gw-bad", HttpFault::Status(400, None));
    }
    let before = world.sent.len();
    let bad = open(&mut world, "gw-bad");
    let good = open(&mut world, "gw1");
    world.run(3_600_000);
    assert!(world.argus.find("zino", &good.to_string()).is_some());
    assert!(world.argus.find("zino", &bad.to_string()).is_none());
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("incident refused")).count();
    assert_eq!(told, 1, "{}", shown(&world));
    assert_eq!(world.daemon.inspect().quarantined().map(|(id, _)| id).collect::<Vec<_>>(), [bad]);
    let tries = world.log().iter().filter(|line| line.contains("< Http") && line.contains("gw-bad")).count();
    assert!((8..=20).contains(&tries), "{tries}");
    world.heal();
    world.run(901_000);
    agree(&world);
    assert_eq!(sent(&world, before).iter().filter(|line| line.contains("gw-bad")).count(), 1);
    assert_eq!(world.daemon.inspect().quarantined().count(), 0);
}

#[test]
fn b12_no_more_requests_are_under_way_than_allowed_and_one_for_a_case() {
    for concurrency in [1_u8, 3, 16] {
        let settings = settings().to_builder().concurrency(concurrency.into()).build().unwrap();
        let mut world = World::new(settings);
        for index in 0..60 {
            let id = open(&mut world, &format!("gw{index}"));
            let now = world.wall();
            world.zino.add_history(id, "alice", "note", now).unwrap();
        }
        let mut most = 0;
        world.run_until(30_000, |world| {
            most = most.max(world.daemon.inspect().requests_under_way());
            false
        });
        assert_eq!(most, usize::from(concurrency));
        agree(&world);
    }
}

#[test]
fn b50_a_session_that_dies_in_any_way_is_made_anew_and_everything_is_read() {
    for fault in [LastingFault::ZinoDown, LastingFault::ZinoSilent] {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        world.run(2_000);
        world.set_fault(fault, true);
        let now = world.wall();
        world.zino.add_history(id, "alice", "unseen", now).unwrap();
        open(&mut world, "gw2");
        world.run(200_000);
        assert!(!world.daemon.inspect().is_zino_ready());
        world.set_fault(fault, false);
        world.run(340_000);
        agree(&world);
    }
}

#[test]
fn b50_the_pauses_between_connections_double_from_five_seconds_to_three_hundred() {
    let mut world = World::new(settings());
    world.set_fault(LastingFault::ZinoDown, true);
    world.start_log();
    world.run(2_000_000);
    let at = |line: &String| line.trim_start().split(' ').next().unwrap().parse::<u64>().unwrap();
    let tries: Vec<u64> = world.log().iter().filter(|line| line.contains("Connect(")).map(at).collect();
    let pauses: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, expected) in pauses.iter().zip([10_u64, 20, 40, 80, 160, 300, 300]) {
        assert!(pause.abs_diff(expected * 1000) <= expected * 100 + 10, "{pauses:?}");
    }
}

#[test]
fn b50_a_server_that_is_silent_is_asked_for_its_version_once_a_minute() {
    let settings = settings().to_builder().reconcile_interval(Millis::from_secs(3600)).build().unwrap();
    let mut world = quiet_world(settings);
    world.run(600_000);
    let asked = world.log().iter().filter(|line| line.contains("zino version is")).count();
    assert!((9..=10).contains(&asked), "{asked}");
}

#[test]
fn b2_a_daemon_that_is_told_to_end_starts_nothing_new_and_is_gone_within_a_second() {
    let mut world = quiet_world(settings());
    world.tell(Input::Shutdown);
    assert_eq!(world.exit, Some(Exit::Done), "with nothing under way it ends at once");
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::Hang);
    open(&mut world, "gw1");
    open(&mut world, "gw2");
    world.run_until(1_000, |world| world.daemon.inspect().requests_under_way() > 0);
    let (at, before) = (world.now(), world.log().len());
    world.tell(Input::Shutdown);
    world.run_until(5_000, |world| world.exit.is_some());
    assert!(world.now() <= at + 1_000);
    assert!(!world.log()[before..].iter().any(|line| line.contains("< Http(")), "{}", shown(&world));
}

#[test]
fn b43_no_text_from_argus_becomes_a_command_in_zino() {
    for text in
        [".", "..\n.\nsetstate 1 closed", "a\r\n.\r\nsetstate 1 closed", "\u{85}.\u{2028}.", "\0\u{1b}[2J"]
    {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        world.run(2_000);
        let pk = incident(&world, id).pk;
        world.argus.ack("admin", pk, text, None, world.wall()).unwrap();
        world.run(400_000);
        let case = world.zino.case(id).unwrap();
        assert_eq!(case.state(), "working", "{text:?}\n{}", shown(&world));
        let notes = history(&world, id).iter().filter(|entry| entry.contains("(admin)")).count();
        assert_eq!(notes, 1, "{text:?} {:#?}", history(&world, id));
        assert_eq!(incident(&world, id).end_time, EndTime::Infinity);
    }
}

#[test]
fn b28_a_daemon_that_sees_nothing_ends_nothing() {
    let mut world = quiet_world(settings().with_accept_state_loss(true));
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.set_fault(LastingFault::ZinoDown, true);
    world.run(3_600_000);
    assert_eq!(incident(&world, id).end_time, EndTime::Infinity);
}

#[test]
fn b4_nothing_that_is_shown_of_the_machine_holds_a_secret() {
    let secondary = crate::common::secondary(OnStandby::Keep);
    let failover =
        secondary.failover().unwrap().to_builder().community(Secret::new("hunter2-of-snmp".into()));
    let settings = secondary
        .to_builder()
        .secret(Secret::new("hunter2-of-zino".into()))
        .failover(Some(failover))
        .build()
        .unwrap();
    let mut world = quiet_world(settings);
    world.set_fault(LastingFault::PrimarySilent, true);
    open(&mut world, "gw1");
    for _ in 0..50 {
        world.run(100);
        let shown = format!("{:?} {:?} {}", world.daemon, world.notices, shown(&world));
        assert!(!shown.contains("hunter2"));
        // Nor as numbers, the way a byte string is shown.
        assert!(!shown.contains("104, 117, 110, 116, 101, 114, 50"));
    }
}

#[test]
fn b13_an_event_that_a_killed_daemon_had_sent_is_waited_for_and_not_doubled() {
    for millis in [10, 1_000, 6_000, 9_000, 20_000, 28_000] {
        for text in ["END", "a note"] {
            let mut world = quiet_world(settings());
            let id = open(&mut world, "gw1");
            world.run(40_000);
            world.fail_next(text, HttpFault::KillWhileAtWork(millis));
            let now = world.wall();
            world.zino.add_history(id, "alice", "a note", now).unwrap();
            world.zino.close(id, "monitor", now + 1).unwrap();
            world.run(120_000);
            agree(&world);
            let incident = incident(&world, id);
            let sent = (events(&incident, "OTH"), events(&incident, "END"));
            assert_eq!(sent, (1, 1), "{text} {millis}\n{}", shown(&world));
        }
    }
}

#[test]
fn b13_an_end_that_a_killed_daemon_had_sent_is_not_doubled_while_its_incident_cannot_be_read() {
    for (millis, history) in [(1_500, true), (6_000, true), (1_500, false), (6_000, false)] {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        let now = world.wall();
        if history {
            world.zino.add_history(id, "alice", "there is history", now).unwrap();
        }
        world.run(40_000);
        world.set_fault(LastingFault::ArgusSlow, true);
        world.fail_next("END", HttpFault::KillWhileAtWork(millis));
        let now = world.wall();
        world.zino.close(id, "monitor", now).unwrap();
        world.run(200_000);
        world.set_fault(LastingFault::ArgusSlow, false);
        world.run(200_000);
        agree(&world);
        assert_eq!(events(&incident(&world, id), "END"), 1, "{millis} {history}\n{}", shown(&world));
    }
}

#[test]
fn b13_an_event_that_is_missing_after_a_start_is_posted_once_the_earlier_run_is_over() {
    let mut world = quiet_world(settings());
    let (id, other) = (open(&mut world, "gw1"), open(&mut world, "gw2"));
    world.run(2_000);
    let now = world.wall();
    world.zino.add_history(id, "alice", "note", now).unwrap();
    world.restart_daemon();
    world.run(31_900);
    assert_eq!(events(&incident(&world, id), "OTH"), 0);
    open(&mut world, "gw3");
    world.run(90);
    assert_eq!(world.argus.incidents().count(), 3, "a new case does not wait");
    world.run(1_000);
    agree(&world);
    assert_eq!(events(&incident(&world, other), "OTH"), 0);
}

#[test]
fn b13_what_happens_after_a_start_waits_for_no_earlier_run() {
    let mut world = quiet_world(settings());
    let (id, closed) = (open(&mut world, "gw1"), open(&mut world, "gw2"));
    world.run(2_000);
    let now = world.wall();
    world.zino.add_history(id, "alice", "while it was down", now).unwrap();
    world.restart_daemon();
    world.run(5_000);
    let now = world.wall();
    world.zino.add_history(id, "alice", "later", now).unwrap();
    world.zino.close(closed, "monitor", now).unwrap();
    world.argus.ack("admin", incident(&world, id).pk, "mine", None, now).unwrap();
    world.run(100);
    let told: Vec<String> =
        incident(&world, id).events_of_type("OTH").map(|event| event.description.clone()).collect();
    assert!(told.len() == 1 && told[0].contains("later"), "{told:?}");
    assert_eq!(events(&incident(&world, closed), "END"), 1, "{}", shown(&world));
    world.run(15_000);
    assert!(history(&world, id).iter().any(|line| line.contains("mine (admin)")), "{}", shown(&world));
    world.run(15_000);
    agree(&world);
}

#[test]
fn b13_once_the_earlier_run_is_over_nothing_waits() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.restart_daemon();
    world.run(32_001);
    let now = world.wall();
    world.zino.add_history(id, "alice", "second", now).unwrap();
    world.run(100);
    agree(&world);
}
