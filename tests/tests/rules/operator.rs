//! What operators tell a running daemon (behaviour B77).

use crate::common::{agree, incident, open, quiet_world, running, secondary, settings, shown, writes};
use crate::failover::{mode, switch};
use crate::gone::lost_state;
use glue_proto::model::CaseId;
use glue_proto::{
    CommandRefused, Failback, FailoverCommand, Input, Millis, Mode, OnStandby, Operator, Override,
};
use glue_sim::argus::{EndTime, Refusal};
use glue_sim::world::{HttpFault, LastingFault, World};

const PAUSE: Operator = Operator::Failover(FailoverCommand::Pause(None));
const RESUME: Operator = Operator::Failover(FailoverCommand::Resume);

const fn keep(mode: Mode) -> Operator {
    Operator::Failover(FailoverCommand::Keep(mode))
}

fn tell(world: &mut World, command: Operator) {
    assert_eq!(world.daemon.accepts(command), Ok(()));
    world.tell(Input::Command(command));
}

fn overridden(world: &World) -> Option<Override> {
    world.daemon.status().failover.and_then(|failover| failover.overridden)
}

#[test]
fn b77_while_failover_is_paused_a_silent_primary_changes_nothing() {
    let mut world = World::new(secondary(OnStandby::Keep));
    open(&mut world, "gw1");
    tell(&mut world, Operator::Failover(FailoverCommand::Pause(Some(Millis::from_secs(60)))));
    assert!(overridden(&world).is_some());
    world.set_fault(LastingFault::PrimarySilent, true);
    world.run(59_000);
    assert_eq!((mode(&world), writes(&world, 0).len()), (Mode::Standby, 0), "{}", shown(&world));
    world.run(2_000);
    assert_eq!(
        (mode(&world), overridden(&world)),
        (Mode::Standby, None),
        "what was seen meanwhile decides nothing"
    );
    world.run(5_000);
    assert_eq!(mode(&world), Mode::Active);
    agree(&world);
    tell(&mut world, PAUSE);
    world.set_fault(LastingFault::PrimarySilent, false);
    world.run(600_000);
    assert_eq!(mode(&world), Mode::Active, "without a time it lasts until it is resumed");
    tell(&mut world, RESUME);
    world.run(5_000);
    assert_eq!(mode(&world), Mode::Standby);
    for line in ["paused by command, staying STANDBY for 60 s", "staying ACTIVE until", "failover: resumed"] {
        assert!(world.was_told(line), "{line}: {}", shown(&world));
    }
}

#[test]
fn b77_a_mode_that_is_ordered_begins_at_once_and_stays() {
    for on_standby in [OnStandby::Keep, OnStandby::Close] {
        let mut world = World::new(secondary(on_standby));
        let id = open(&mut world, "gw1");
        world.run(3_000);
        tell(&mut world, keep(Mode::Active));
        assert_eq!(mode(&world), Mode::Active);
        world.run(60_000);
        assert_eq!(mode(&world), Mode::Active, "although the primary answers");
        let failover = world.daemon.status().failover.expect("it is a secondary");
        assert!(!failover.probes_decide && failover.probes_in_a_row > failover.threshold);
        agree(&world);
        tell(&mut world, keep(Mode::Standby));
        world.set_fault(LastingFault::PrimarySilent, true);
        world.run(60_000);
        assert_eq!(mode(&world), Mode::Standby, "although the primary is silent");
        assert_eq!(incident(&world, id).end_time == EndTime::Infinity, on_standby == OnStandby::Keep);
        let before = world.sent.len();
        open(&mut world, "gw2");
        world.run(20_000);
        assert_eq!(writes(&world, before), Vec::<String>::new());
        tell(&mut world, RESUME);
        world.run(5_000);
        assert_eq!(mode(&world), Mode::Active);
        agree(&world);
        assert_eq!(world.daemon.status().counters.mode_changes, 3);
        assert!(world.daemon.status().failover.is_some_and(|failover| failover.probes_decide));
    }
}

#[test]
fn b77_with_manual_failback_active_ends_by_command_only() {
    let settings = secondary(OnStandby::Keep);
    let failover = settings.failover().expect("it is a secondary").to_builder().failback(Failback::Manual);
    let mut world = World::new(settings.to_builder().failover(Some(failover)).build().expect("as before"));
    switch(&mut world, false);
    world.set_fault(LastingFault::PrimarySilent, false);
    world.run(600_000);
    assert_eq!(mode(&world), Mode::Active, "{}", shown(&world));
    tell(&mut world, keep(Mode::Standby));
    tell(&mut world, RESUME);
    world.run(60_000);
    assert_eq!(mode(&world), Mode::Standby);
    switch(&mut world, false);
}

#[test]
fn b77_the_loss_of_a_state_is_accepted_once() {
    let mut world = lost_state(settings());
    assert_eq!((world.daemon.inspect().held_back(), running(&world)), (4, 5));
    tell(&mut world, Operator::AcceptStateLoss);
    world.run(10_000);
    assert_eq!((world.daemon.inspect().held_back(), running(&world)), (0, 1), "{}", shown(&world));
    for router in ["gw11", "gw12", "gw13"] {
        open(&mut world, router);
    }
    world.run(200_000);
    world.zino.lose_state();
    world.run(200_000);
    assert_eq!(world.daemon.inspect().held_back(), 4, "another loss is another matter: {}", shown(&world));
}

#[test]
fn b77_what_was_refused_is_tried_again_at_once() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let now = world.wall();
    let refusal = Refusal { method: "POST".into(), text: "poison".into(), status: 400 };
    world.argus.edit_options(|options| options.refusals.push(refusal));
    world.zino.add_history(id, "alice", "poison", now).unwrap();
    world.run(120_000);
    world.argus.edit_options(|options| options.refusals.clear());
    let before = world.sent.len();
    tell(&mut world, Operator::Retry(id));
    world.run(1_000);
    assert_eq!(writes(&world, before).len(), 1, "{}", shown(&world));
    agree(&world);
}

#[test]
fn b13_b77_what_may_have_been_carried_out_is_told_once_whatever_is_commanded() {
    let commands = |id| {
        let takes_turns = [keep(Mode::Standby), keep(Mode::Active), keep(Mode::Standby), keep(Mode::Active)];
        [vec![Operator::Retry(id); 4], takes_turns.to_vec()]
    };
    for fault in
        [HttpFault::StatusAfter(502), HttpFault::GatewayTimeout(8_000), HttpFault::CutWhileAtWork(8_000)]
    {
        for which in 0..2 {
            let mut world = World::new(secondary(OnStandby::Keep));
            switch(&mut world, false);
            world.run(60_000);
            let id = open(&mut world, "gw1");
            world.run(60_000);
            world.fail_next("/events/ {", fault.clone());
            let now = world.wall();
            world.zino.add_history(id, "alice", "told once", now).unwrap();
            world.run(500);
            for command in commands(id)[which].iter().copied() {
                tell(&mut world, command);
                world.run(1_000);
            }
            world.run(90_000);
            let told = |event: &&glue_sim::argus::Event| event.description.contains("told once");
            let told = incident(&world, id).events.iter().filter(told).count();
            assert_eq!(told, 1, "{fault:?}, {:?}: {}", commands(id)[which], shown(&world));
        }
    }
}

#[test]
fn b77_a_command_that_cannot_be_carried_out_changes_nothing_and_says_why() {
    let mut world = quiet_world(settings());
    for (command, why) in [
        (PAUSE, CommandRefused::NoPrimary),
        (Operator::AcceptStateLoss, CommandRefused::NothingHeldBack),
        (Operator::Retry(CaseId(99)), CommandRefused::UnknownCase(CaseId(99))),
    ] {
        assert_eq!(world.daemon.accepts(command), Err(why));
        world.tell(Input::Command(command));
        assert!(world.was_told(&format!("cannot {command}: {why}")), "{}", shown(&world));
    }
    assert_eq!(world.daemon.accepts(Operator::Reconcile), Ok(()));
}
