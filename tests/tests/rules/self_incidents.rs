//! Incidents about the daemon itself (behaviour B80).

use crate::common::{
    agree, events, open, quiet_world, running, secondary, sent, settings, shown, told, writes,
};
use crate::failover::{mode, switch};
use crate::gone::lost_state;
use glue_proto::{Mode, OnStandby, Server, Settings};
use glue_sim::argus::{EndTime, Incident, RefusedStep, WriteKind};
use glue_sim::world::{HttpFault, LastingFault, World};

const LOST: &str = "zino-unreachable";
const REFUSED: &str = "zino-credentials";
const LOSS: &str = "state-loss";
const TAKEOVER: &str = "takeover";
/// The secret that Zino accepts once it refuses the first one.
const SECRET: &str = "another-secret";

fn on(settings: &Settings) -> Settings {
    settings.to_builder().self_incidents(true).build().expect("each value is in its range")
}

/// The incidents about a trouble, oldest first.
fn about(world: &World, word: &str) -> Vec<Incident> {
    let fits = |incident: &&Incident| {
        let id = &incident.source_incident_id;
        id.starts_with("zinoargus-") && id.contains(&format!("{word}@"))
    };
    world.argus.incidents().filter(fits).cloned().collect()
}

/// Demands that so many incidents about a trouble were made, and how many of them are open.
#[track_caller]
fn demand(world: &World, word: &str, made: usize, open: usize) {
    let found = about(world, word);
    let running = found.iter().filter(|incident| incident.end_time == EndTime::Infinity).count();
    assert_eq!((found.len(), running), (made, open), "{word}: {found:?}\n{}", shown(world));
    for incident in found {
        let ends = usize::from(incident.end_time != EndTime::Infinity);
        assert_eq!(events(&incident, "END"), ends, "{word}\n{}", shown(world));
    }
}

/// The text of the end of an incident.
fn end(incident: &Incident) -> String {
    incident.events_of_type("END").map(|event| event.description.clone()).collect()
}

fn lose_zino(world: &mut World, millis: u64) {
    world.set_fault(LastingFault::ZinoDown, true);
    world.run(millis);
}

/// Lets Zino refuse our credentials from now on.
fn refuse_credentials(world: &mut World) {
    world.zino.set_user("testuser", SECRET);
    world.cut_zino();
}

/// Lets the daemon find the secret that Zino accepts.
fn find_credentials(world: &mut World) {
    world.rotate(Server::Zino, SECRET);
}

fn find_zino(world: &mut World) {
    world.set_fault(LastingFault::ZinoDown, false);
    assert!(world.run_until(400_000, |world| world.daemon.inspect().is_zino_ready()));
    world.run(10_000);
}

#[test]
fn b80_zino_out_of_reach_for_long_has_an_incident_as_long_as_it_lasts_each_time() {
    let mut world = quiet_world(on(&settings()));
    open(&mut world, "gw1");
    world.run(60_000);
    for time in 1..=2 {
        lose_zino(&mut world, 119_000);
        demand(&world, LOST, time - 1, 0);
        world.run(10_000);
        demand(&world, LOST, time, 1);
        let incident = &about(&world, LOST)[time - 1];
        assert_eq!(incident.level, 1);
        assert_eq!(
            incident.description,
            "zinoargus cannot reach Zino: its incidents are not kept up to date"
        );
        world.run(600_000);
        demand(&world, LOST, time, 1);
        find_zino(&mut world);
        demand(&world, LOST, time, 0);
        assert_eq!(end(&about(&world, LOST)[time - 1]), "Zino can be reached again");
    }
    agree(&world);
    assert_eq!(told(&world, "about this daemon, zino-unreachable: incident"), 4);
}

#[test]
fn b53_b80_nothing_but_the_incident_is_sent_while_zino_is_lost() {
    let mut world = quiet_world(on(&settings()));
    lose_zino(&mut world, 130_000);
    demand(&world, LOST, 1, 1);
    let before = world.sent.len();
    world.run(900_000);
    assert_eq!(sent(&world, before), Vec::<String>::new());
}

#[test]
fn b52_b80_credentials_that_zino_refuses_have_one_and_do_not_count_as_out_of_reach() {
    let mut world = quiet_world(on(&settings()));
    world.run(60_000);
    refuse_credentials(&mut world);
    world.run(400_000);
    demand(&world, REFUSED, 1, 1);
    demand(&world, LOST, 0, 0);
    find_credentials(&mut world);
    world.run(75_000);
    demand(&world, REFUSED, 1, 0);
    assert_eq!(end(&about(&world, REFUSED)[0]), "Zino accepts the credentials again");
    agree(&world);
}

#[test]
fn b28_b80_a_loss_of_state_that_is_held_back_has_one_until_it_is_settled() {
    let mut world = lost_state(on(&settings()));
    demand(&world, LOSS, 1, 1);
    world.run(600_000);
    demand(&world, LOSS, 1, 1);
    assert_eq!(world.daemon.inspect().held_back(), 4);
    world.tell(glue_proto::Input::Command(glue_proto::Operator::AcceptStateLoss));
    world.run(60_000);
    demand(&world, LOSS, 1, 0);
    assert_eq!(running(&world), 1, "{}", shown(&world));
}

#[test]
fn b62_b80_a_takeover_has_one_that_is_ended_when_standby_begins_whatever_becomes_of_the_others() {
    for on_standby in [OnStandby::Keep, OnStandby::Close] {
        let mut world = quiet_world(on(&secondary(on_standby)));
        open(&mut world, "gw1");
        world.run(120_000);
        demand(&world, TAKEOVER, 0, 0);
        for time in 1..=2 {
            switch(&mut world, false);
            world.run(60_000);
            demand(&world, TAKEOVER, time, 1);
            let incident = &about(&world, TAKEOVER)[time - 1];
            assert!(incident.source_incident_id.starts_with("zinoargus-secondary-takeover@"));
            assert_eq!(incident.description, "The secondary zinoargus has taken over from the primary");
            switch(&mut world, true);
            world.run(5_000);
            demand(&world, TAKEOVER, time, 0);
            assert_eq!(end(&about(&world, TAKEOVER)[time - 1]), "Handed over to the primary");
            assert!(!world.daemon.inspect().is_handing_over());
            let before = world.sent.len();
            world.run(120_000);
            assert_eq!(writes(&world, before), Vec::<String>::new(), "{}", shown(&world));
        }
    }
}

#[test]
fn b80_a_secondary_that_becomes_the_primary_ends_what_it_told_by_a_reload_and_not_by_a_restart() {
    for (is_restart, open_afterwards) in [(false, 0), (true, 1)] {
        let mut world = quiet_world(on(&secondary(OnStandby::Keep)));
        switch(&mut world, false);
        world.run(60_000);
        demand(&world, TAKEOVER, 1, 1);
        let become_primary = if is_restart { World::restart_daemon_with } else { World::reload };
        become_primary(&mut world, on(&settings()));
        world.run(200_000);
        demand(&world, TAKEOVER, 1, open_afterwards);
    }
}

#[test]
fn b62_b80_in_standby_nothing_is_told() {
    let mut world = quiet_world(on(&secondary(OnStandby::Keep)));
    lose_zino(&mut world, 400_000);
    assert_eq!((mode(&world), writes(&world, 0)), (Mode::Standby, Vec::new()));
    // What was told in ACTIVE is ended, though it lasts, and told again in the next one.
    switch(&mut world, false);
    world.run(60_000);
    demand(&world, LOST, 1, 1);
    switch(&mut world, true);
    world.run(10_000);
    demand(&world, LOST, 1, 0);
    assert_eq!(end(&about(&world, LOST)[0]), "Handed over to the primary");
}

#[test]
fn b62_b80_what_cannot_be_ended_within_a_minute_of_standby_stays_open() {
    let mut world = quiet_world(on(&secondary(OnStandby::Keep)));
    world.run(60_000);
    switch(&mut world, false);
    world.run(60_000);
    world.set_fault(LastingFault::ArgusDown, true);
    switch(&mut world, true);
    world.run(66_000);
    assert!(!world.daemon.inspect().is_handing_over());
    assert_eq!(told(&world, "its incident may still be open"), 1, "{}", shown(&world));
    world.set_fault(LastingFault::ArgusDown, false);
    let before = world.sent.len();
    world.run(120_000);
    assert_eq!(writes(&world, before), Vec::<String>::new());
    demand(&world, TAKEOVER, 1, 1);
    // The next time it is taken over.
    switch(&mut world, false);
    world.run(60_000);
    demand(&world, TAKEOVER, 1, 1);
}

#[test]
fn b13_b80_a_write_that_was_not_answered_is_looked_up_before_it_is_repeated() {
    for (fault, is_carried_out) in [(HttpFault::LoseReply, true), (HttpFault::Hang, false)] {
        for pattern in ["POST incidents/ ", "\"END\""] {
            let mut world = quiet_world(on(&settings()));
            world.run(60_000);
            world.fail_next(pattern, fault.clone());
            lose_zino(&mut world, 135_000);
            if is_carried_out {
                demand(&world, LOST, 1, 1);
            }
            world.run(60_000);
            demand(&world, LOST, 1, 1);
            find_zino(&mut world);
            world.run(60_000);
            demand(&world, LOST, 1, 0);
            let lookups =
                sent(&world, 0).iter().filter(|line| line.contains("zinoargus-zino-unreachable%40")).count();
            assert!(lookups >= 1, "{}", shown(&world));
        }
    }
}

/// Lets Argus refuse a kind of write about credentials that Zino refuses, for ever.
fn refuse(world: &mut World, kind: WriteKind, status: u16) {
    let id = format!("zinoargus-{REFUSED}");
    let step = RefusedStep { id, kind, text: String::new(), status };
    world.argus.edit_options(|options| options.refused_steps = vec![step]);
}

/// Demands that a case that begins now gets its incident within so many milliseconds, and both sides agree.
#[track_caller]
fn gets_an_incident(world: &mut World, millis: u64) {
    let case = open(world, "gw1");
    world.run(millis);
    agree(world);
    assert!(world.argus.find("zino", &case.to_string()).is_some());
}

/// The writes about ourselves among some requests.
fn writes_about(world: &World, text: &str) -> usize {
    writes(world, 0).iter().filter(|line| line.contains(text)).count()
}

#[test]
fn b14_b80_an_incident_that_argus_refuses_costs_nothing_else_and_is_told_once() {
    for (status, least) in [(400, 8), (500, 4)] {
        let mut world = quiet_world(on(&settings()));
        world.run(60_000);
        refuse(&mut world, WriteKind::Creation, status);
        refuse_credentials(&mut world);
        world.run(900_000);
        demand(&world, REFUSED, 0, 0);
        assert_eq!(told(&world, "Argus refuses its incident"), 1, "{}", shown(&world));
        let tries = writes_about(&world, REFUSED);
        assert!((least..=12).contains(&tries), "{status}: {tries} tries in a quarter of an hour");
        find_credentials(&mut world);
        gets_an_incident(&mut world, 75_000);
        assert!(world.daemon.inspect().is_argus_reachable() && world.daemon.inspect().is_ready());
    }
}

#[test]
fn b14_b80_an_end_that_argus_refuses_or_only_seems_to_take_is_no_hot_loop() {
    for status in [400, 500, 201] {
        let mut world = quiet_world(on(&settings()));
        world.run(60_000);
        refuse(&mut world, WriteKind::End, status);
        refuse_credentials(&mut world);
        world.run(100_000);
        demand(&world, REFUSED, 1, 1);
        find_credentials(&mut world);
        world.run(900_000);
        let tries = writes_about(&world, "END");
        assert!((2..=12).contains(&tries), "{status}: {tries} tries in a quarter of an hour");
        gets_an_incident(&mut world, 10_000);
        world.argus.edit_options(|options| options.refused_steps.clear());
        world.run(1_800_000);
        demand(&world, REFUSED, 1, 0);
    }
}

#[test]
fn b13_b80_a_restart_takes_over_what_is_open_and_ends_what_is_over() {
    for kills in [false, true] {
        let mut world = quiet_world(on(&settings()));
        world.run(60_000);
        lose_zino(&mut world, 130_000);
        demand(&world, LOST, 1, 1);
        let restart = |world: &mut World| {
            if kills {
                world.kill_daemon();
            }
            world.restart_daemon();
        };
        restart(&mut world);
        // After a start it is not out of reach for long; later it is again, and would be told by another one.
        world.run(60_000);
        demand(&world, LOST, 1, 0);
        world.run(200_000);
        demand(&world, LOST, 2, 1);
        world.set_fault(LastingFault::ZinoDown, false);
        restart(&mut world);
        world.run(60_000);
        demand(&world, LOST, 2, 0);
        agree(&world);
    }
}

#[test]
fn b13_b80_a_creation_of_a_daemon_that_was_killed_is_not_made_a_second_time() {
    let mut world = quiet_world(on(&secondary(OnStandby::Keep)));
    world.run(60_000);
    world.fail_next("secondary-takeover", HttpFault::KillWhileAtWork(20_000));
    world.set_fault(LastingFault::PrimarySilent, true);
    world.run(120_000);
    demand(&world, TAKEOVER, 1, 1);
}

#[test]
fn b80_what_a_person_closes_stays_closed_until_the_next_time() {
    let mut world = quiet_world(on(&settings()));
    refuse_credentials(&mut world);
    world.run(100_000);
    let pk = about(&world, REFUSED)[0].pk;
    let now = world.wall();
    world.argus.close("bob", pk, "we know", now).expect("it is open");
    world.run(600_000);
    let found = about(&world, REFUSED);
    assert_eq!((found.len(), events(&found[0], "END"), events(&found[0], "CLO")), (1, 0, 1));
}

#[test]
fn b75_b80_it_is_switched_on_and_off_by_a_reload_and_does_nothing_where_it_is_off() {
    let mut world = quiet_world(settings());
    world.run(60_000);
    lose_zino(&mut world, 300_000);
    assert_eq!(writes(&world, 0), Vec::<String>::new());
    world.reload(on(&settings()));
    world.run(60_000);
    demand(&world, LOST, 1, 1);
    world.reload(settings());
    world.run(10_000);
    demand(&world, LOST, 1, 0);
    assert_eq!(end(&about(&world, LOST)[0]), "Not reported any more");
    world.run(300_000);
    world.reload(on(&settings()));
    world.run(60_000);
    demand(&world, LOST, 2, 1);
    // A start with it off leaves alone what is there.
    world.restart_daemon_with(settings());
    find_zino(&mut world);
    world.run(400_000);
    demand(&world, LOST, 2, 1);
}

#[test]
fn b11_b80_they_are_counted_and_call_for_no_listing() {
    let mut world = quiet_world(on(&secondary(OnStandby::Keep)));
    world.run(60_000);
    switch(&mut world, false);
    world.run(20_000);
    demand(&world, TAKEOVER, 1, 1);
    assert_eq!(world.daemon.inspect().open_incidents(), 1);
    let before = world.sent.len();
    world.run(100_000);
    let lines = sent(&world, before);
    assert!(lines.iter().any(|line| line.contains("count=1")));
    assert!(!lines.iter().any(|line| line.contains("page_size=5000")), "{lines:?}");
    assert_eq!(world.daemon.plan().count(), 0);
    assert!(world.daemon.outlook().differences.is_empty());
}

#[test]
fn b80_two_daemons_with_one_source_leave_each_others_incidents_alone() {
    let mut world = quiet_world(on(&settings()));
    world.run(60_000);
    lose_zino(&mut world, 130_000);
    demand(&world, LOST, 1, 1);
    world.restart_daemon_with(on(&secondary(OnStandby::Close)));
    switch(&mut world, false);
    world.run(200_000);
    demand(&world, LOST, 2, 2);
    switch(&mut world, true);
    world.run(10_000);
    demand(&world, LOST, 2, 1);
    assert_eq!(events(&about(&world, LOST)[0], "END"), 0, "that is the primary's");
}
