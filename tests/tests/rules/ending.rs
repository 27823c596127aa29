//! What is still done once the daemon is told to end (behaviour B2).

use crate::common::{incident, logged, open, quiet_world, settings, shown, told};
use glue_proto::{Input, Mono, Now, Operator, Wall};
use glue_sim::world::{HttpFault, LastingFault};

#[test]
fn b2_requests_under_way_get_a_second_to_end() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::SlowReply(500));
    open(&mut world, "gw1");
    assert!(world.run_until(1_000, |world| world.daemon.inspect().requests_under_way() > 0));
    let at = world.now();
    world.tell(Input::Shutdown);
    world.tell(Input::Shutdown);
    assert_eq!(told(&world, "shutting down"), 1);
    assert!(world.run_until(5_000, |world| world.exit.is_some()));
    assert!((500..600).contains(&(world.now() - at)), "it has waited for the answer: {}", world.now() - at);
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::Hang);
    open(&mut world, "gw1");
    assert!(world.run_until(1_000, |world| world.daemon.inspect().requests_under_way() > 0));
    let at = world.now();
    world.tell(Input::Shutdown);
    assert!(world.run_until(5_000, |world| world.exit.is_some()));
    assert_eq!(world.now() - at, 1_000);
}

#[test]
fn b2_a_note_that_zino_is_storing_gets_a_second_to_end_and_both_connections_are_closed() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.argus.ack("admin", incident(&world, id).pk, "mine", None, world.wall()).unwrap();
    assert!(world.run_until(15_000, |world| world.was_told("writing to Zino")));
    assert!(world.run_until(100, |world| logged(world, 0, "\"mine (admin)") == 1), "{}", shown(&world));
    let from = world.log().len();
    world.tell(Input::Shutdown);
    assert_eq!(world.exit, None, "it is under way");
    assert!(world.run_until(1_500, |world| world.exit.is_some()), "{}", shown(&world));
    assert_eq!(logged(&world, from, "< Close"), 2, "{}", shown(&world));
}

#[test]
fn b2_what_waits_when_the_daemon_is_told_to_end_is_dropped() {
    let mut world = quiet_world(settings());
    for number in 0..5 {
        open(&mut world, &format!("gw{number}"));
    }
    world.run(2_000);
    world.set_fault(LastingFault::ZinoStuck, true);
    let pks: Vec<u64> = world.argus.incidents().map(|incident| incident.pk).collect();
    for pk in pks {
        world.argus.ack("admin", pk, "mine", None, world.wall()).unwrap();
    }
    assert!(world.run_until(15_000, |world| told(world, "writing to Zino") == 5), "{}", shown(&world));
    world.tell(Input::Shutdown);
    world.set_fault(LastingFault::ZinoStuck, false);
    world.run(1_500);
    assert!(world.exit.is_some(), "{}", shown(&world));
    let entries = world.zino.cases().flat_map(|case| case.history().iter());
    assert_eq!(entries.filter(|entry| entry.message.contains("(admin)")).count(), 0);
    let mut world = quiet_world(settings());
    world.set_fault(LastingFault::ArgusSlow, true);
    for number in 0..10 {
        open(&mut world, &format!("gw{number}"));
    }
    assert!(world.run_until(2_000, |world| world.daemon.inspect().waiting_jobs() > 0));
    world.tell(Input::Shutdown);
    assert_eq!(world.daemon.inspect().waiting_jobs(), 0);
}

#[test]
fn b2_a_daemon_that_has_ended_does_nothing_more() {
    let mut world = quiet_world(settings());
    world.tell(Input::Shutdown);
    assert!(world.exit.is_some());
    assert_eq!(world.daemon.next_wakeup(), None);
    let later = Now { mono: Mono(world.now() + 100_000), wall: Wall(world.wall() + 100) };
    for input in [Input::Wake, Input::Command(Operator::Reconcile), Input::Shutdown] {
        world.daemon.handle(later, input);
        assert_eq!(world.daemon.poll_action(), None);
    }
}
