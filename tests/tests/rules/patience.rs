//! How long is waited for whom, and what a refusal means (behaviour B14, B50 to B53).

use crate::common::{
    agree, events, incident, logged, open, quiet_world, rarely_reconciled, sent, settings, shown, told,
};
use glue_proto::{Action, Channel, Daemon, Input, Millis, Mono, Now, Settings, Wall};
use glue_sim::argus::{Options, Restart};
use glue_sim::world::{HttpFault, LastingFault, World};

#[test]
fn b51_a_write_is_awaited_for_its_own_timeout_and_a_read_for_its() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::SlowReply(29_500));
    open(&mut world, "gw1");
    world.run(29_700);
    agree(&world);
    assert_eq!(logged(&world, 0, "CancelHttp"), 0, "{}", shown(&world));
    let mut world = quiet_world(settings());
    world.fail_next("open=true&page_size", HttpFault::SlowReply(29_500));
    world.restart_daemon();
    world.run(29_700);
    assert_eq!(logged(&world, 0, "CancelHttp"), 0, "a listing can be long");
    let mut world = quiet_world(settings());
    world.fail_next("count=1", HttpFault::SlowReply(2_500));
    world.run(9_500);
    assert_eq!(logged(&world, 0, "CancelHttp"), 0);
    world.run(1_000);
    assert_eq!(logged(&world, 0, "CancelHttp"), 1, "{}", shown(&world));
    assert!(world.was_told("a count failed (no answer in time)"));
}

#[test]
fn b51_only_what_is_overdue_is_given_up_and_only_once() {
    let mut world = quiet_world(settings());
    world.fail_next("gw1", HttpFault::Hang);
    open(&mut world, "gw1");
    world.run(20_000);
    world.fail_next("gw2", HttpFault::SlowReply(20_000));
    open(&mut world, "gw2");
    world.run(25_000);
    assert_eq!(logged(&world, 0, "CancelHttp"), 1, "{}", shown(&world));
    assert!(world.was_told("a write for case 1 failed (no answer in time)"));
    assert_eq!(told(&world, "created incident"), 2);
    agree(&world);
}

#[test]
fn b51_a_read_that_is_not_answered_is_told_as_such() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let now = world.wall();
    world.argus.close("admin", incident(&world, id).pk, "fixed", now).unwrap();
    world.fail_next("/1/events/", HttpFault::CutBefore);
    world.run(30_000);
    agree(&world);
    assert!(world.was_told("a read for case 1 failed (the connection was cut)"), "{:?}", world.notices);
    world.fail_next("heartbeat", HttpFault::CutBefore);
    world.fail_next("open=true&page_size", HttpFault::CutBefore);
    world.run(300_000);
    assert!(world.was_told("a heartbeat failed"));
    assert!(world.was_told("a listing failed"));
}

#[test]
fn b28_a_case_that_is_missing_is_looked_for_among_all_also_while_argus_wants_a_pause() {
    let mut world = quiet_world(rarely_reconciled());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.fail_next("count=1", HttpFault::Status(429, Some(100)));
    world.run(9_000);
    let from = world.log().len();
    world.zino.add_history(id, "alice", "note", world.wall()).unwrap();
    world.zino.vanish(id).unwrap();
    world.run(1_000);
    assert_eq!(logged(&world, from, "caseids"), 1, "{}", shown(&world));
}

#[test]
fn b52_an_error_is_no_refusal_of_our_credentials() {
    let mut world = quiet_world(settings());
    for _ in 0..20 {
        world.fail_next("count=1", HttpFault::Status(500, None));
        world.fail_next("open=true&page_size", HttpFault::Status(502, None));
    }
    world.run(1_000_000);
    assert_eq!((world.exit, told(&world, "credentials were refused")), (None, 0));
    // A write that is forbidden says nothing about the token either.
    for _ in 0..3 {
        world.fail_next("POST incidents/ ", HttpFault::Status(403, None));
    }
    open(&mut world, "gw1");
    world.run(100_000);
    assert_eq!((world.exit, told(&world, "credentials were refused")), (None, 0));
    agree(&world);
    let mut world = quiet_world(settings());
    world.fail_next("count=1", HttpFault::Status(403, None));
    world.run(12_000);
    assert_eq!(told(&world, "no longer accepted"), 1, "{:?}", world.notices);
    world.run(100_000);
    assert_eq!((world.exit, told(&world, "accepted again")), (None, 1));
}

#[test]
fn b51_a_step_that_argus_puts_off_is_not_set_aside() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::Status(429, Some(5)));
    open(&mut world, "gw1");
    world.run(5_100);
    agree(&world);
    assert_eq!(told(&world, "set aside"), 0, "{:?}", world.notices);
}

#[test]
fn b51_what_becomes_due_in_a_pause_is_done_when_the_pause_is_over() {
    let settings = settings()
        .to_builder()
        .refresh_interval(Millis::from_secs(1_000))
        .reconcile_interval(Millis::from_secs(1_000))
        .build()
        .unwrap();
    let mut world = quiet_world(settings);
    world.fail_next("gw1", HttpFault::Status(400, None));
    world.fail_next("gw2", HttpFault::Status(429, Some(7)));
    let from = world.now();
    open(&mut world, "gw1");
    open(&mut world, "gw2");
    world.run(6_900);
    assert_eq!(world.argus.incidents().count(), 0);
    world.run(200);
    agree(&world);
    assert!(world.sent.iter().filter(|sent| sent.at > from + 100).all(|sent| sent.at >= from + 7_000));
}

#[test]
fn b51_a_step_that_becomes_due_in_a_pause_wakes_the_machine_when_the_pause_is_over() {
    let mut world = quiet_world(settings());
    world.run(7_900);
    // The refresh, a tenth of a second later, is told to come back after seven seconds; nothing else waits then.
    world.fail_next("gw1", HttpFault::Status(400, None));
    world.fail_next("count=1", HttpFault::Status(429, Some(7)));
    open(&mut world, "gw1");
    world.run(7_000);
    assert_eq!(world.argus.incidents().count(), 0, "{}", shown(&world));
    world.run(300);
    assert_eq!(world.argus.incidents().count(), 1, "{}", shown(&world));
}

#[test]
fn b30_a_server_that_fails_once_is_not_one_that_does_not_know_how_to_reopen() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    world.fail_next("\"RES\"", HttpFault::Status(404, None));
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.post("zino", pk, "END", "by mistake", now).unwrap();
    world.run(100_000);
    agree(&world);
    assert_eq!(events(&incident(&world, id), "RES"), 1, "{}", shown(&world));
    assert!(!world.was_told("does not know how to reopen"));
}

#[test]
fn b30_a_server_that_does_not_know_how_to_reopen_is_asked_once() {
    let mut world = quiet_world(settings());
    let mut options = Options::default();
    options.restart = Restart::Refused;
    world.argus.set_options(options);
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2")];
    world.run(1_000);
    let before = world.sent.len();
    for id in ids {
        let (pk, now) = (incident(&world, id).pk, world.wall());
        world.argus.post("zino", pk, "END", "by mistake", now).unwrap();
        world.run(100_000);
    }
    let tries = sent(&world, before).iter().filter(|line| line.contains("\"RES\"")).count();
    assert_eq!(tries, 1, "{:#?}", sent(&world, before));
}

#[test]
fn b14_a_case_that_nobody_knows_how_to_settle_holds_up_no_entry_that_was_refused_once() {
    let mut world = quiet_world(settings());
    world.argus.edit_options(|options| options.restart = Restart::Refused);
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let (pk, now) = (incident(&world, id).pk, world.wall());
    world.argus.post("zino", pk, "END", "by mistake", now).unwrap();
    // The pauses of what nobody knows how to settle have come to minutes.
    world.run(400_000);
    world.fail_next("/events/ {", HttpFault::Status(400, None));
    let now = world.wall();
    world.zino.add_history(id, "alice", "words", now).unwrap();
    let is_told =
        |world: &World| incident(world, id).events.iter().any(|event| event.description.contains("words"));
    assert!(world.run_until(12_000, is_told), "{}", shown(&world));
}

#[test]
fn b14_what_argus_refuses_is_not_looked_up_first() {
    let mut world = quiet_world(settings());
    for _ in 0..3 {
        world.fail_next("gw-bad", HttpFault::Status(400, None));
    }
    let before = world.sent.len();
    open(&mut world, "gw-bad");
    world.run(20_000);
    agree(&world);
    assert_eq!(sent(&world, before).iter().filter(|line| line.contains("source_incident_id=")).count(), 0);
}

#[test]
fn b21_a_duplicate_is_looked_up_at_once_and_a_lookup_that_shows_nothing_is_paused_for() {
    let mut world = quiet_world(settings());
    for _ in 0..3 {
        world.fail_next("PATCH incidents/1/", HttpFault::Status(400, None));
    }
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let from = world.log().len();
    world.zino.set_attribute(id, "priority", Some("500"), world.wall()).unwrap();
    world.run(900);
    assert_eq!(logged(&world, from, "< Http(") - logged(&world, from, "count=1"), 3, "{}", shown(&world));
    world.run(30_000);
    agree(&world);
}

#[test]
fn b14_a_case_that_was_set_aside_waits_for_the_next_session() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    let now = world.wall();
    let opened = world.zino.case(id).unwrap().opened().to_string();
    world.zino.edit(id, now, |case| case.set("opened", Some("yesterday"))).unwrap();
    world.run(2_000);
    assert_eq!(world.daemon.inspect().unreadable_cases(), 1);
    world.set_fault(LastingFault::ZinoDown, true);
    world.run(60_000);
    world.zino.edit(id, now, |case| case.set("opened", Some(&opened))).unwrap();
    world.set_fault(LastingFault::ZinoDown, false);
    world.run(100_000);
    assert_eq!(world.daemon.inspect().unreadable_cases(), 0);
    agree(&world);
}

#[test]
fn b50_a_server_that_says_nothing_from_the_start_is_given_up_after_ten_seconds() {
    let mut world = World::new(settings());
    world.set_fault(LastingFault::ZinoSilent, true);
    world.start_log();
    world.run(9_900);
    assert_eq!(logged(&world, 0, "< Close"), 0);
    world.run(200);
    assert_eq!(logged(&world, 0, "< Close"), 1, "{}", shown(&world));
    assert!(world.was_told("no connection (the session was not set up in time)"), "{:?}", world.notices);
}

#[test]
fn b50_connecting_and_greeting_have_ten_seconds_each() {
    let now = |seconds: i64| Now {
        mono: Mono(seconds.cast_unsigned() * 1_000),
        wall: Wall(glue_sim::world::BEGIN + seconds),
    };
    let mut daemon = Daemon::new(settings(), now(0), 1);
    let actions: Vec<Action> = core::iter::from_fn(|| daemon.poll_action()).collect();
    let api = |action: &Action| {
        if let Action::Connect { conn, channel: Channel::Api } = action { Some(*conn) } else { None }
    };
    let conn = actions.iter().find_map(api).expect("it connects at once");
    daemon.handle(now(9), Input::Connected { conn });
    let closed = |daemon: &mut Daemon| {
        core::iter::from_fn(|| daemon.poll_action()).any(|action| matches!(action, Action::Close { .. }))
    };
    daemon.handle(now(18), Input::Wake);
    assert!(!closed(&mut daemon));
    daemon.handle(now(19), Input::Wake);
    assert!(closed(&mut daemon));
}

#[test]
fn b50_a_session_that_was_healthy_for_a_minute_begins_the_pauses_anew() {
    let mut world = World::new(settings());
    world.start_log();
    let pause = |world: &mut World| {
        let (at, tries) = (world.now(), logged(world, 0, "channel: Api"));
        let tries = tries.max(logged(world, 0, ", Api)"));
        world.cut_zino();
        assert!(world.run_until(1_000_000, |world| logged(world, 0, ", Api)") > tries));
        (world.now() - at) / 1_000
    };
    world.run(2_000);
    assert!((4..=5).contains(&pause(&mut world)));
    world.run(30_000);
    assert!((9..=11).contains(&pause(&mut world)), "half a minute is not enough");
    world.run(61_000);
    assert!((4..=5).contains(&pause(&mut world)));
}

#[test]
fn b50_a_server_that_has_just_spoken_is_not_asked_for_its_version() {
    let settings =
        Settings::example().to_builder().reconcile_interval(Millis::from_secs(3_600)).build().unwrap();
    let mut world = World::new(settings);
    world.start_log();
    world.run(59_900);
    assert_eq!(logged(&world, 0, "\"version"), 0, "{}", shown(&world));
    world.run(1_000);
    assert_eq!(logged(&world, 0, "\"version"), 1);
}

#[test]
fn b12_a_new_case_does_not_wait_behind_history() {
    let settings = settings().to_builder().concurrency(1).build().unwrap();
    let mut world = quiet_world(settings);
    let ids: Vec<_> = (0..6).map(|index| open(&mut world, &format!("gw{index}"))).collect();
    world.run(2_000);
    world.fail_next("\"OTH\"", HttpFault::SlowReply(1_000));
    let before = world.sent.len();
    for id in ids {
        let now = world.wall();
        world.zino.add_history(id, "alice", "note", now).unwrap();
    }
    open(&mut world, "gw-new");
    world.run(3_000);
    agree(&world);
    let order = sent(&world, before);
    assert_eq!(order.iter().position(|line| line.contains("gw-new")), Some(1), "{order:#?}");
}

#[test]
fn b20_a_type_that_is_not_known_is_told_once_and_not_more_than_sixty_four() {
    let mut world = quiet_world(settings());
    for index in 0..70 {
        let now = world.wall();
        world.zino.open_case(&glue_sim::zino::NewCase::of_type(&format!("fan{index}"), "gw1"), now);
        world.zino.open_case(&glue_sim::zino::NewCase::of_type(&format!("fan{index}"), "gw2"), now);
    }
    world.run(300_000);
    assert!(world.was_told("has the unknown type \"fan0\": such cases are left out"));
    assert_eq!((told(&world, "unknown type"), told(&world, "\"fan0\"")), (64, 1));
    assert_eq!(world.argus.incidents().count(), 0);
}

#[test]
fn b53_the_status_shows_a_server_that_is_not_reached() {
    let mut world = quiet_world(settings());
    assert!(world.daemon.inspect().is_ready());
    world.set_fault(LastingFault::ArgusDown, true);
    for index in 0..9 {
        open(&mut world, &format!("gw{index}"));
    }
    world.run(3_000);
    let status = world.daemon.inspect();
    assert!(!status.is_argus_reachable() && !status.is_ready());
    assert!(status.waiting_jobs() >= 8, "{}", status.waiting_jobs());
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(10_000);
    assert!(world.daemon.inspect().is_argus_reachable() && world.daemon.inspect().is_ready());
    assert_eq!(world.daemon.inspect().waiting_jobs(), 0);
}
