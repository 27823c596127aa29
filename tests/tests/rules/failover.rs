//! STANDBY and ACTIVE (behaviour, section 7).

use crate::common::{agree, events, incident, open, secondary, sent, shown, writes};
use glue_proto::{Mode, OnStandby};
use glue_sim::argus::EndTime;
use glue_sim::world::{DatagramFault, HttpFault, LastingFault, World};

/// The time in which the threshold of three probes passes.
const SWITCH: u64 = 5_000;

pub(crate) fn mode(world: &World) -> Mode {
    world.daemon.inspect().mode()
}

pub(crate) fn switch(world: &mut World, primary_answers: bool) {
    world.set_fault(LastingFault::PrimarySilent, !primary_answers);
    world.run(SWITCH);
    assert_eq!(mode(world), if primary_answers { Mode::Standby } else { Mode::Active }, "{}", shown(world));
}

#[test]
fn b60_without_failover_the_daemon_is_active_and_with_it_it_begins_in_standby() {
    assert_eq!(mode(&World::new(crate::common::settings())), Mode::Active);
    let mut world = World::new(secondary(OnStandby::Keep));
    assert!(world.was_told("STANDBY"));
    world.run(100_000);
    assert_eq!(mode(&world), Mode::Standby);
}

#[test]
fn b61_the_mode_changes_at_the_threshold_and_says_so_with_the_count() {
    let mut world = World::new(secondary(OnStandby::Keep));
    world.set_fault(LastingFault::PrimarySilent, true);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
    assert_eq!(
        world.now(),
        3_500,
        "the first was answered; three more, a second apart, the last one half a second old"
    );
    assert!(world.was_told("3 probes in a row failed, changing from STANDBY to ACTIVE"));
    world.set_fault(LastingFault::PrimarySilent, false);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Standby));
    assert!(world.was_told("3 probes in a row answered, changing from ACTIVE to STANDBY"));
}

#[test]
fn b62_nothing_is_written_in_standby_and_both_sides_are_read_all_the_same() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let one = open(&mut world, "gw1");
    world.run(30_000);
    let now = world.wall();
    world.zino.close(one, "monitor", now).unwrap();
    open(&mut world, "gw2");
    world.run(120_000);
    assert_eq!(writes(&world, 0), Vec::<String>::new());
    assert_eq!(world.zino.case(one).unwrap().history().len(), 2);
    assert!(world.argus.heartbeats() > 0);
    assert!(world.daemon.inspect().cases() >= 1, "taking over needs no warm-up");
}

#[test]
fn b63_on_active_everything_is_there_at_once_also_what_happened_before_and_during_standby() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let before = open(&mut world, "gw1");
    switch(&mut world, false);
    agree(&world);
    switch(&mut world, true);
    let during = open(&mut world, "gw2");
    let now = world.wall();
    world.zino.close(before, "monitor", now).unwrap();
    world.zino.add_history(during, "alice", "note", now).unwrap();
    world.run(60_000);
    world.start_log();
    switch(&mut world, false);
    agree(&world);
    assert_ne!(incident(&world, before).end_time, EndTime::Infinity);
    assert_eq!(events(&incident(&world, during), "OTH"), 1);
}

#[test]
fn b70_a_takeover_costs_no_readiness_unless_the_incidents_cannot_be_listed() {
    for (reply_time, is_late) in [(4_500, false), (8_000, true)] {
        let mut world = World::new(secondary(OnStandby::Keep));
        open(&mut world, "gw1");
        world.run(10_000);
        world.fail_next("open=true&page_size", HttpFault::SlowReply(reply_time));
        world.set_fault(LastingFault::PrimarySilent, true);
        assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
        assert!(!world.daemon.status().argus.is_listed, "all is listed anew");
        let begun = world.now();
        assert_eq!(world.run_until(10_000, |world| !world.daemon.inspect().is_ready()), is_late);
        assert!(!is_late || world.now() - begun == 5_000, "{}", shown(&world));
        assert!(world.run_until(10_000, |world| world.daemon.inspect().is_ready()));
    }
}

#[test]
fn b64_with_close_our_incidents_are_ended_before_standby_and_reopened_when_we_are_needed_again() {
    let mut world = World::new(secondary(OnStandby::Close));
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2"), open(&mut world, "gw3")];
    switch(&mut world, false);
    agree(&world);
    world.start_log();
    switch(&mut world, true);
    for id in ids {
        let incident = incident(&world, id);
        let end = incident.events_of_type("END").next().unwrap_or_else(|| panic!("{}", shown(&world)));
        assert_eq!(end.description, "Handed over to the primary Zino");
    }
    let before = world.sent.len();
    open(&mut world, "gw4");
    world.run(100_000);
    assert_eq!(writes(&world, before), Vec::<String>::new());
    switch(&mut world, false);
    agree(&world);
    for id in ids {
        assert_eq!(events(&incident(&world, id), "RES"), 1);
    }
}

#[test]
fn b64_with_keep_our_incidents_stay() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let id = open(&mut world, "gw1");
    switch(&mut world, false);
    switch(&mut world, true);
    world.run(100_000);
    assert_eq!(incident(&world, id).end_time, EndTime::Infinity);
}

#[test]
fn b61_the_mode_outlives_a_reconnect() {
    let mut world = World::new(secondary(OnStandby::Keep));
    switch(&mut world, false);
    world.cut_zino();
    world.run(30_000);
    assert_eq!(mode(&world), Mode::Active);
    assert!(world.daemon.inspect().is_zino_ready());
}

#[test]
fn b62_what_standby_finds_on_its_way_is_not_sent_late() {
    let begin = || {
        let mut world = World::new(secondary(OnStandby::Keep));
        switch(&mut world, false);
        world.set_fault(LastingFault::PrimarySilent, false);
        world
    };
    let mut rehearsal = begin();
    assert!(rehearsal.run_until(10_000, |world| mode(world) == Mode::Standby));
    for early in 0..40 {
        let mut world = begin();
        world.run(rehearsal.now() - world.now() - early);
        assert_eq!(mode(&world) == Mode::Active, early > 0);
        for index in 0..20 {
            open(&mut world, &format!("gw{index}"));
        }
        assert!(world.run_until(100, |world| mode(world) == Mode::Standby));
        let (at, before) = (world.now(), world.sent.len());
        world.run(20_000);
        // What was on its way when the mode changed arrives a millisecond later.
        let late = world.sent[before..]
            .iter()
            .filter(|sent| sent.line.starts_with("POST incidents/ ") && sent.at > at + 1);
        assert_eq!(late.count(), 0);
    }
}

/// A world that was ACTIVE, is about to change to STANDBY, and the moment of that.
pub(crate) fn about_to_stand_by(on_standby: OnStandby, prepare: impl Fn(&mut World)) -> (World, u64) {
    let begin = || {
        let mut world = World::new(secondary(on_standby));
        switch(&mut world, false);
        prepare(&mut world);
        world.start_log();
        world.set_fault(LastingFault::PrimarySilent, false);
        world
    };
    let mut rehearsal = begin();
    assert!(rehearsal.run_until(10_000, |world| mode(world) == Mode::Standby));
    (begin(), rehearsal.now())
}

/// Such a world with five incidents, all of which have just been acknowledged.
pub(crate) fn about_to_stand_by_acknowledged(on_standby: OnStandby) -> (World, u64) {
    let (mut world, moment) = about_to_stand_by(on_standby, |world| {
        for index in 0..5 {
            open(world, &format!("gw{index}"));
        }
        world.run(3_300);
    });
    let pks: Vec<u64> = world.argus.incidents().map(|incident| incident.pk).collect();
    for pk in pks {
        world.argus.ack("admin", pk, "mine", None, world.wall()).expect("the incident is there");
    }
    (world, moment)
}

pub(crate) fn run_to(world: &mut World, moment: u64) {
    world.run(moment - world.now());
}

#[test]
fn b62_in_standby_argus_is_not_even_counted() {
    let mut world = World::new(secondary(OnStandby::Keep));
    world.run(600_500);
    let lines = sent(&world, 0);
    let others: Vec<_> = lines.iter().filter(|line| !line.contains("heartbeat")).collect();
    assert_eq!(others.len(), 1, "the listing at the start: {others:#?}");
    switch(&mut world, false);
    switch(&mut world, true);
    let before = world.sent.len();
    world.run(600_000);
    assert!(
        sent(&world, before).iter().all(|line| line.contains("heartbeat")),
        "{:#?}",
        sent(&world, before)
    );
}

#[test]
fn b63_what_was_there_before_is_found_and_not_made_again() {
    let mut world = World::new(secondary(OnStandby::Keep));
    for index in 0..5 {
        open(&mut world, &format!("gw{index}"));
    }
    switch(&mut world, false);
    agree(&world);
    switch(&mut world, true);
    let before = world.sent.len();
    switch(&mut world, false);
    agree(&world);
    assert_eq!(writes(&world, before), Vec::<String>::new());
}

#[test]
fn b62_no_job_of_a_case_outlives_the_change_to_standby() {
    let (mut world, moment) = about_to_stand_by(OnStandby::Keep, |_| ());
    run_to(&mut world, moment - 20);
    world.set_fault(LastingFault::ArgusSlow, true);
    for index in 0..20 {
        open(&mut world, &format!("gw{index}"));
    }
    run_to(&mut world, moment - 1);
    assert!(world.daemon.inspect().waiting_jobs() > 1);
    run_to(&mut world, moment);
    assert_eq!((mode(&world), world.daemon.inspect().waiting_jobs()), (Mode::Standby, 0));
    world.set_fault(LastingFault::ArgusSlow, false);
    world.run(60_500);
    assert!(world.argus.heartbeats() > 0, "what is no write goes on");
}

#[test]
fn b62_notes_that_have_not_begun_are_dropped_and_written_once_when_we_are_needed_again() {
    let (mut world, moment) = about_to_stand_by_acknowledged(OnStandby::Keep);
    // The refresh finds them, and Zino is stuck: one note is on its way, the others wait.
    world.set_fault(LastingFault::ZinoStuck, true);
    run_to(&mut world, moment - 1);
    let noting = |world: &World| {
        world.notices.iter().filter(|notice| notice.to_string().contains("writing to Zino")).count()
    };
    assert_eq!((mode(&world), noting(&world)), (Mode::Active, 5), "{}", shown(&world));
    run_to(&mut world, moment);
    world.set_fault(LastingFault::ZinoStuck, false);
    world.run(100_000);
    let notes = |world: &World| {
        let texts = world.zino.cases().flat_map(|case| case.history().iter());
        texts.filter(|entry| entry.message.contains("mine (admin)")).count()
    };
    assert_eq!(notes(&world), 0, "{}", shown(&world));
    switch(&mut world, false);
    world.run(60_000);
    assert_eq!(notes(&world), 5, "{}", shown(&world));
    agree(&world);
}

#[test]
fn b60_a_probe_that_comes_back_at_once_fails_at_once() {
    let mut world = World::new(secondary(OnStandby::Keep));
    for _ in 0..2 {
        world.fail_next_datagram(DatagramFault::Refused);
    }
    assert!(world.run_until(10_000, |world| world.was_told("no answer (port unreachable)")));
    assert!((1_000..1_100).contains(&world.now()), "{}", world.now());
    world.fail_next_datagram(DatagramFault::Refused);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
    assert!((3_000..3_100).contains(&world.now()), "{}", world.now());
}

#[test]
fn b60_what_is_no_answer_to_the_present_probe_is_counted_and_nothing_else() {
    let mut world = World::new(secondary(OnStandby::Keep));
    world.run(500);
    for fault in [DatagramFault::Double, DatagramFault::Foreign, DatagramFault::Malformed] {
        world.fail_next_datagram(fault);
    }
    world.run(3_900);
    assert_eq!(world.daemon.inspect().dropped(), 3);
    let failed = world.notices.iter().filter(|notice| notice.to_string().contains("no answer")).count();
    assert_eq!(failed, 1, "the malformed one: {:?}", world.notices);
    assert_eq!(mode(&world), Mode::Standby);
    world.run(100_000);
    // A line on the notification channel that is none counts as well.
    for _ in 0..2 {
        world.fail_next_notification(glue_sim::world::NotifyFault::Before(b"what is this\r\n".to_vec()));
        open(&mut world, "gw1");
        world.run(1_000);
    }
    assert_eq!(world.daemon.inspect().dropped(), 5);
    assert!(world.was_told("notification not understood, dropped: \"what is this\""));
}

#[test]
fn b63_nothing_is_concluded_from_what_was_known_before_standby() {
    let mut world = World::new(secondary(OnStandby::Keep));
    let id = open(&mut world, "gw1");
    switch(&mut world, false);
    switch(&mut world, true);
    world.fail_next("open=true&page_size", HttpFault::SlowReply(3_000));
    world.set_fault(LastingFault::PrimarySilent, true);
    assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
    let before = world.sent.len();
    let now = world.wall();
    world.zino.add_history(id, "alice", "note", now).unwrap();
    world.run(2_000);
    assert_eq!(writes(&world, before), Vec::<String>::new(), "our incidents are not listed yet");
    world.run(10_000);
    agree(&world);
    assert_eq!(writes(&world, before).len(), 1, "the note");
}

#[test]
fn b63_on_active_both_sides_are_read_anew_whatever_has_shown_that_the_primary_is_gone() {
    for is_refused in [false, true] {
        let mut world = World::new(secondary(OnStandby::Keep));
        world.run(900);
        world.start_log();
        let before = world.sent.len();
        world.set_fault(LastingFault::PrimarySilent, !is_refused);
        for _ in 0..3 * usize::from(is_refused) {
            world.fail_next_datagram(DatagramFault::Refused);
        }
        assert!(world.run_until(10_000, |world| mode(world) == Mode::Active));
        world.run(100);
        let listings =
            sent(&world, before).iter().filter(|line| line.contains("open=true&page_size")).count();
        let readings = world.log().iter().filter(|line| line.contains("caseids")).count();
        assert_eq!((listings, readings), (1, 1), "{is_refused} {}", shown(&world));
    }
}
