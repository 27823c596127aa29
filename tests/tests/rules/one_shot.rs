//! Looking once, and bringing both sides in step once (behaviour B76).

use crate::common::{agree, incident, open, secondary, sent, settings, shown, told};
use glue_proto::model::CaseId;
use glue_proto::{DifferenceKind, Exit, HeldReason, OnStandby, Outlook, Purpose, Settings};
use glue_sim::world::{HttpFault, LastingFault, World};
use glue_sim::zino::NewCase;
use std::collections::BTreeSet;

/// What a seeded difference is to look like: the case, and what its line begins and ends with.
type Expected = (CaseId, DifferenceKind, u32, &'static str);

/// Settings that carry over everything, with a level of its own for what matters most.
fn banded() -> Settings {
    settings().to_builder().bands([(500, 1)]).build().expect("it is in its range")
}

/// Lets a machine with a purpose run over a world to its end. Returns how it ended, and what it has to say.
fn run_once(world: &mut World, purpose: Purpose) -> (Exit, Outlook) {
    let settings = world.settings().clone().with_purpose(purpose);
    world.restart_daemon_with(settings);
    let ended = world.run_until(300_000, |world| world.exit.is_some());
    assert!(ended, "it does not end\n{}", shown(world));
    (world.exit.expect("it has ended"), world.daemon.outlook())
}

/// Everything that was sent to Argus and to Zino since then and is no reading.
fn written(world: &World, from: usize, log: usize) -> Vec<String> {
    let to_argus = sent(world, from).into_iter().filter(|line| !line.starts_with("GET "));
    let to_zino = world.log()[log..]
        .iter()
        .filter(|line| line.contains("< Send(") && (line.contains("addhist") || line.contains("setstate")));
    to_argus.chain(to_zino.cloned()).collect()
}

/// A board on which everything is in step, and nobody is at work.
fn settled(settings: Settings, cases: usize) -> (World, Vec<CaseId>) {
    let mut world = World::new(settings);
    let ids = (0..cases).map(|number| open(&mut world, &format!("gw{number}"))).collect();
    world.run(60_000);
    agree(&world);
    world.kill_daemon();
    world.start_log();
    world.run(60_000);
    (world, ids)
}

/// Seeds one difference of each kind, some of them more than once: 20 in all.
fn seed(world: &mut World, ids: &[CaseId]) -> Vec<Expected> {
    use DifferenceKind::{Change, Create, End, ToZino};
    let now = world.wall();
    let pk = |world: &World, id: CaseId| incident(world, id).pk;
    let mut expected = Vec::new();
    // Histories.
    world.zino.add_history(ids[0], "alice", "one", now).expect("it is there");
    world.zino.add_history(ids[1], "alice", "first", now).expect("it is there");
    world.zino.add_history(ids[1], "alice", "second", now + 1).expect("it is there");
    expected.push((ids[0], Change, 26, "1 history entry ("));
    expected.push((ids[1], Change, 26, "2 history entries ("));
    // Ends.
    world.zino.close(ids[2], "monitor", now).expect("it is there");
    world.zino.close(ids[3], "alice", now).expect("it is there");
    world.zino.vanish(ids[4]).expect("it is there");
    for (id, rule) in [(ids[2], 27), (ids[3], 27), (ids[4], 28)] {
        expected.push((id, End, rule, "end: \""));
    }
    // Attributes.
    world.zino.set_attribute(ids[5], "priority", Some("200"), now).expect("it is there");
    world.zino.set_attribute(ids[6], "priority", Some("600"), now).expect("it is there");
    expected.push((ids[5], Change, 29, "priority "));
    expected.push((ids[6], Change, 29, "level 3 -> 1, priority "));
    // Acknowledgements.
    for id in &ids[7..10] {
        let pk = pk(world, *id);
        world.argus.ack("bob", pk, "I am on it", None, now).expect("it is there");
        expected.push((*id, ToZino, 40, "tell Zino: \"I am on it (bob)\""));
    }
    // Tickets.
    for id in &ids[10..12] {
        let pk = pk(world, *id);
        world.argus.set_ticket("bob", pk, "https://tickets/7", now).expect("it is there");
        expected.push((*id, ToZino, 41, "tell Zino: \"Ticket https://tickets/7 added"));
    }
    // Closings by people.
    for id in &ids[12..14] {
        let pk = pk(world, *id);
        world.argus.close("bob", pk, "done", now).expect("it is there");
        expected.push((*id, ToZino, 42, "tell Zino: \"done (bob)\", state closed"));
    }
    // An end of ours, of a case that is open.
    let ended = pk(world, ids[14]);
    world.argus.post("zino", ended, "END", "by mistake", now).expect("it is there");
    expected.push((ids[14], Change, 30, "reopen"));
    // One that was deleted, and new ones.
    let deleted = pk(world, ids[15]);
    world.argus.delete_incident(deleted).expect("it is there");
    expected.push((ids[15], Create, 21, "create, level 3: gw15 is not reachable"));
    let bgp = world.zino.open_case(&NewCase::bgp("gw8", "10.0.0.1", 64_500), now);
    let port = world.zino.open_case(&NewCase::portstate("gw9", "ge-1", 7, "a, b").priority(500), now);
    let talked = open(world, "gw99");
    world.zino.add_history(talked, "alice", "new", now).expect("it is there");
    expected.push((bgp, Create, 21, "create, level 3: gw8 BGP"));
    expected.push((port, Create, 21, "create, level 1: gw9 port"));
    expected.push((talked, Create, 21, "create, level 3: gw99 is not reachable, with 1 history entry"));
    expected.push((ids[17], Change, 26, "1 history entry ("));
    world.zino.add_history(ids[17], "alice", "one", now).expect("it is there");
    expected.sort_by_key(|(id, ..)| *id);
    expected
}

fn rows(outlook: &Outlook) -> Vec<(CaseId, DifferenceKind, u32, String)> {
    let row = |one: &glue_proto::Difference| (one.case, one.kind, one.rule, one.what.clone());
    outlook.differences.iter().map(row).collect()
}

#[test]
fn b76_a_plan_shows_20_differences_of_every_kind_writes_nothing_and_a_sync_leaves_none() {
    let (mut world, ids) = settled(banded(), 20);
    let expected = seed(&mut world, &ids);
    assert_eq!(expected.len(), 20);
    world.run(60_000);
    let (sent_before, log_before) = (world.sent.len(), world.log().len());
    let (exit, outlook) = run_once(&mut world, Purpose::Plan);
    let found = rows(&outlook);
    let shown_rows = found.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>().join("\n");
    assert_eq!(found.len(), 20, "{shown_rows}");
    for ((id, kind, rule, what), row) in expected.iter().zip(&found) {
        assert_eq!((*id, *kind, *rule), (row.0, row.1, row.2), "{shown_rows}");
        assert!(row.3.starts_with(what), "{what}\n{}", row.3);
    }
    assert_eq!((exit, outlook.held_back.len()), (Exit::Differs, 0));
    assert_eq!(written(&world, sent_before, log_before), [""; 0]);
    // What is planned is what is done.
    let (exit, outlook) = run_once(&mut world, Purpose::SyncOnce);
    assert_eq!((exit, rows(&outlook)), (Exit::Done, vec![]), "{}", shown(&world));
    assert!(outlook.held_back.is_empty());
    agree(&world);
    let (exit, outlook) = run_once(&mut world, Purpose::Plan);
    assert_eq!((exit, rows(&outlook)), (Exit::Done, vec![]));
}

#[test]
fn b76_a_plan_counts_the_steps_that_a_daemon_takes() {
    let (mut world, ids) = settled(banded(), 20);
    seed(&mut world, &ids);
    world.run(60_000);
    let (_, outlook) = run_once(&mut world, Purpose::Plan);
    let planned: usize = outlook.differences.iter().map(|one| one.steps.len()).sum();
    let (sent_before, log_before) = (world.sent.len(), world.log().len());
    run_once(&mut world, Purpose::SyncOnce);
    let mut done = written(&world, sent_before, log_before);
    // A daemon finds out that an incident is there by the creation that Argus refuses: three have ended, and are not listed.
    let refused = ids[12..15].len();
    done.retain(|line| !line.contains("heartbeat"));
    assert_eq!(done.len(), planned + refused, "{}", done.join("\n"));
}

#[test]
fn b76_what_cannot_be_read_or_told_is_held_back_and_does_not_keep_the_rest_from_being_shown() {
    let (mut world, ids) = settled(settings(), 5);
    let now = world.wall();
    for id in &ids[..2] {
        world.zino.add_history(*id, "alice", "note", now).expect("it is there");
    }
    world.zino.add_system_history(ids[2], "", now).expect("it is there");
    let poisoned = incident(&world, ids[0]).pk;
    world.fail_next(&format!("GET incidents/{poisoned}/events/"), HttpFault::Status(500, None));
    let (exit, outlook) = run_once(&mut world, Purpose::Plan);
    assert_eq!(exit, Exit::Differs);
    let cases: Vec<_> = outlook.differences.iter().map(|one| one.case).collect();
    assert_eq!(cases, [ids[1]], "{outlook:?}");
    let [first, second] = &outlook.held_back[..] else { panic!("{outlook:?}") };
    assert!(matches!(&first.reason, HeldReason::Refused { reason } if reason.contains("500")), "{first:?}");
    assert_eq!((first.case, second.case, &second.reason), (ids[0], ids[2], &HeldReason::Unreadable));
}

#[test]
fn b28_b76_what_is_held_back_because_zino_lost_its_state_is_no_difference() {
    let (mut world, ids) = settled(settings(), 4);
    world.zino.lose_state();
    let (exit, outlook) = run_once(&mut world, Purpose::Plan);
    assert_eq!((exit, outlook.differences.len()), (Exit::Differs, 0));
    let held: BTreeSet<_> = outlook.held_back.iter().map(|held| (held.case, held.reason.word())).collect();
    assert_eq!(held, ids.iter().map(|id| (*id, "state_loss")).collect());
}

#[test]
fn b76_a_server_that_cannot_be_reached_ends_it_at_once() {
    for (fault, why) in [
        (LastingFault::ZinoDown, "giving up: there is no session with Zino"),
        (LastingFault::ArgusDown, "giving up: Argus cannot be reached"),
    ] {
        for purpose in [Purpose::Plan, Purpose::SyncOnce] {
            let (mut world, _) = settled(settings(), 2);
            world.set_fault(fault, true);
            let before = world.now();
            let (exit, _) = run_once(&mut world, purpose);
            assert_eq!((exit, told(&world, why)), (Exit::GaveUp, 1), "{fault:?}");
            assert!(world.now() - before < 15_000, "{} ms", world.now() - before);
        }
    }
}

#[test]
fn b76_a_server_that_is_lost_on_the_way_is_waited_for_and_not_without_end() {
    for (millis, expected) in [(10_000, Exit::Done), (200_000, Exit::GaveUp)] {
        let (mut world, ids) = settled(settings(), 6);
        let now = world.wall();
        for id in &ids {
            world.zino.add_history(*id, "alice", "note", now).expect("it is there");
        }
        let settings = world.settings().clone().with_purpose(Purpose::SyncOnce);
        world.restart_daemon_with(settings);
        assert!(world.run_until(20_000, |world| world.daemon.inspect().open_incidents() == 6));
        world.set_fault(LastingFault::ArgusDown, true);
        world.run(millis);
        world.set_fault(LastingFault::ArgusDown, false);
        assert!(world.run_until(200_000, |world| world.exit.is_some()), "{}", shown(&world));
        assert_eq!(world.exit, Some(expected), "{}", shown(&world));
    }
}

#[test]
fn b52_b76_refused_credentials_end_it_at_the_first_word() {
    let (mut world, _) = settled(settings(), 1);
    world.argus.remove_token("a-token");
    let (exit, _) = run_once(&mut world, Purpose::Plan);
    assert_eq!(exit, Exit::Credentials);
    let (mut world, _) = settled(settings(), 1);
    world.zino.set_user("testuser", "another");
    let before = world.now();
    let (exit, _) = run_once(&mut world, Purpose::SyncOnce);
    assert_eq!(exit, Exit::Credentials);
    assert!(world.now() - before < 2_000);
}

#[test]
fn b62_b76_a_plan_says_what_an_active_daemon_would_do_and_a_sync_writes_nothing_beside_a_living_primary() {
    let (mut world, _) = settled(settings(), 2);
    world.restart_daemon_with(secondary(OnStandby::Keep));
    world.kill_daemon();
    open(&mut world, "gw7");
    let before = world.sent.len();
    let (exit, outlook) = run_once(&mut world, Purpose::Plan);
    assert_eq!((exit, outlook.differences.len()), (Exit::Differs, 1));
    let (exit, _) = run_once(&mut world, Purpose::SyncOnce);
    assert_eq!((exit, told(&world, "giving up: the primary answers")), (Exit::GaveUp, 1));
    assert_eq!(written(&world, before, 0), [""; 0]);
    world.set_fault(LastingFault::PrimarySilent, true);
    let (exit, _) = run_once(&mut world, Purpose::SyncOnce);
    assert_eq!(exit, Exit::Done, "{}", shown(&world));
    agree(&world);
}

#[test]
fn b14_b76_a_sync_ends_with_what_a_server_refuses_again_and_again() {
    let (mut world, ids) = settled(settings(), 3);
    let now = world.wall();
    for id in &ids[..2] {
        world.zino.add_history(*id, "alice", "note", now).expect("it is there");
    }
    let refused = incident(&world, ids[0]).pk;
    for _ in 0..9 {
        world.fail_next(&format!("POST incidents/{refused}/events/"), HttpFault::Status(400, None));
    }
    let (exit, outlook) = run_once(&mut world, Purpose::SyncOnce);
    assert_eq!(exit, Exit::Differs);
    let [held] = &outlook.held_back[..] else { panic!("{outlook:?}") };
    assert!(held.case == ids[0] && matches!(&held.reason, HeldReason::Refused { .. }), "{held:?}");
    let tries = sent(&world, 0).iter().filter(|line| line.contains("\"note\"")).count();
    assert!(tries < 9, "{tries}");
}

#[test]
fn b76_a_plan_shows_what_comes_after_a_step_that_it_does_not_take() {
    use DifferenceKind::{Change, End, ToZino};
    let (mut world, ids) = settled(settings(), 3);
    let now = world.wall();
    for id in &ids[..2] {
        let pk = incident(&world, *id).pk;
        world.zino.set_attribute(*id, "priority", Some("200"), now).expect("it is there");
        world.argus.ack("bob", pk, "mine", None, now).expect("it is there");
    }
    for id in [ids[1], ids[2]] {
        world.zino.add_history(id, "alice", "note", now).expect("it is there");
    }
    world.zino.close(ids[2], "alice", now + 1).expect("it is open");
    let (_, outlook) = run_once(&mut world, Purpose::Plan);
    let found: Vec<_> = outlook.differences.iter().map(|one| (one.case, one.kind, one.rule)).collect();
    let expected = [
        // The events, and with them the acknowledgement, are read only once the update is taken for done.
        (ids[0], Change, 29),
        (ids[0], ToZino, 40),
        (ids[1], Change, 26),
        (ids[1], Change, 29),
        (ids[1], ToZino, 40),
        (ids[2], Change, 26),
        (ids[2], End, 27),
    ];
    assert_eq!(found, expected, "{outlook:?}");
    let (exit, _) = run_once(&mut world, Purpose::SyncOnce);
    assert_eq!(exit, Exit::Done);
    agree(&world);
}
