//! A configuration that is read again while the daemon runs (behaviour B75).

use crate::common::{
    agree, events, history, incident, is_in_history, logged, open, quiet_world, running, secondary, sent,
    settings, shown, told, writes,
};
use glue_proto::{Change, Input, Millis, Mode, OnStandby, Reload, Settings};
use glue_sim::world::World;

/// Gives the machine other settings, and says what else is new.
fn reload(world: &mut World, settings: &Settings, argus: Change, zino: Change, primary: Change) {
    let reload = Reload { settings: settings.clone(), argus, zino, primary };
    world.tell(Input::Reload(&reload));
}

fn with(change: impl FnOnce(glue_proto::SettingsBuilder) -> glue_proto::SettingsBuilder) -> Settings {
    change(settings().to_builder()).build().expect("each value is in its range")
}

#[test]
fn b75_the_same_configuration_again_changes_nothing_and_keeps_the_session() {
    let mut world = quiet_world(secondary(OnStandby::Keep));
    world.run(20_000);
    let (from, requests) = (world.log().len(), world.sent.len());
    let same = world.settings().clone();
    reload(&mut world, &same, Change::Nothing, Change::Nothing, Change::Nothing);
    world.run(900);
    let asked = world.log()[from..].iter().filter(|line| line.contains(" < ")).collect::<Vec<_>>();
    assert!(
        asked.iter().all(|line| line.contains("SendDatagram") || line.contains("primary: ")),
        "{asked:?}"
    );
    assert_eq!(world.sent.len(), requests);
}

#[test]
fn b75_what_is_carried_over_changes_at_once_and_zinos_session_stays() {
    let mut world = quiet_world(with(|settings| settings.ticket(false)));
    let id = open(&mut world, "gw1");
    world.run(3_000);
    let pk = incident(&world, id).pk;
    let now = world.wall();
    world.argus.set_ticket("bob", pk, "https://tickets.example.org/7", now).expect("it is open");
    world.run(400_000);
    assert!(!history(&world, id).iter().any(|line| line.contains("tickets.example.org")));
    let from = world.log().len();
    let severity = with(|settings| settings.bands([(0, 1)]).refresh_interval(Millis(2_000)));
    world.reload(severity);
    let next = open(&mut world, "gw2");
    world.run(10_000);
    is_in_history(&world, id, "tickets.example.org/7");
    let levels = [id, next].map(|id| incident(&world, id).level);
    assert_eq!(levels, [3, 1], "of what is there only what Zino changes (behaviour B29)");
    assert_eq!(logged(&world, from, "< Connect("), 0, "{}", shown(&world));
    let looks =
        sent(&world, 0).iter().rev().take(12).filter(|line| line.contains("events/?page_size")).count();
    assert!(looks >= 4, "{looks} looks in the last requests");
    agree(&world);
}

#[test]
fn b75_another_interval_counts_from_now() {
    let rare = with(|settings| settings.reconcile_interval(Millis(100_000_000)));
    let mut world = quiet_world(rare);
    let from = world.log().len();
    world.run(200_000);
    assert_eq!(logged(&world, from, "caseids"), 0);
    world.reload(with(|settings| settings.reconcile_interval(Millis(20_000))));
    world.run(70_000);
    assert_eq!(logged(&world, from, "caseids"), 3, "{}", shown(&world));
}

#[test]
fn b75_another_zino_or_another_user_is_a_session_of_its_own_at_once() {
    for user in ["testuser", "another"] {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        world.run(2_000);
        world.zino.set_user(user, "testpassword");
        let from = world.log().len();
        let change = if user == "testuser" { Change::Server } else { Change::Nothing };
        let settings = with(|settings| settings.user(user));
        reload(&mut world, &settings, Change::Nothing, change, Change::Nothing);
        world.run(3_000);
        assert_eq!(logged(&world, from, "< Close("), 2, "{}", shown(&world));
        assert_eq!(logged(&world, from, "< Connect("), 2, "{}", shown(&world));
        assert_eq!(logged(&world, from, &format!("\"user {user} ")), 1, "{}", shown(&world));
        assert!(world.daemon.inspect().is_ready() && told(&world, "connection lost") == 0);
        assert_eq!(incident(&world, id).end_time, glue_sim::argus::EndTime::Infinity);
        agree(&world);
    }
}

#[test]
fn b75_another_secret_ends_no_session_that_is_up() {
    let mut world = quiet_world(settings());
    let from = world.log().len();
    world.reload(with(|settings| settings.secret(glue_proto::Secret::new("another-secret".into()))));
    world.run(30_000);
    assert_eq!(logged(&world, from, "< Connect("), 0, "{}", shown(&world));
    world.zino.set_user("testuser", "another-secret");
    world.cut_zino();
    world.run(12_000);
    assert!(world.daemon.inspect().is_ready() && told(&world, "credentials") == 0);
}

#[test]
fn b75_another_argus_is_listed_and_gets_every_incident_and_no_answer_of_the_one_before_counts() {
    let mut world = quiet_world(settings());
    for index in 0..5 {
        open(&mut world, &format!("gw{index}"));
    }
    world.run(3_000);
    assert_eq!(running(&world), 5);
    // These are under way when the server changes: what it would have answered is nothing to the next one.
    for index in 5..8 {
        open(&mut world, &format!("gw{index}"));
    }
    assert!(
        world.run_until(5_000, |world| world.log().iter().filter(|line| line.contains("POST inc")).count()
            > 5)
    );
    let from = world.log().len();
    world.argus = glue_sim::argus::ArgusServer::new("zino", glue_sim::world::TOKEN);
    let same = world.settings().clone();
    reload(&mut world, &same, Change::Server, Change::Nothing, Change::Nothing);
    world.run(4_000);
    assert!(logged(&world, from, "< CancelHttp(") > 0, "{}", shown(&world));
    assert_eq!(logged(&world, from, "< Connect("), 0, "{}", shown(&world));
    world.run(40_000);
    agree(&world);
    assert_eq!(running(&world), 8);
}

#[test]
fn b75_a_secondary_that_gets_no_primary_any_more_is_active() {
    let mut world = quiet_world(secondary(OnStandby::Keep));
    let id = open(&mut world, "gw1");
    world.run(10_000);
    assert_eq!((world.daemon.inspect().mode(), writes(&world, 0).len()), (Mode::Standby, 0));
    let from = world.log().len();
    world.reload(settings());
    world.run(3_000);
    assert_eq!(world.daemon.inspect().mode(), Mode::Active);
    assert_eq!(events(&incident(&world, id), "STA"), 1);
    assert_eq!(logged(&world, from, "SendDatagram"), 0);
    assert_eq!(told(&world, "no primary to watch any more"), 1);
    agree(&world);
}

#[test]
fn b75_a_daemon_that_becomes_a_secondary_stays_active_until_the_primary_has_answered() {
    let mut world = quiet_world(settings());
    world.agent.set_answers(false);
    world.reload(secondary(OnStandby::Keep));
    world.run(20_000);
    assert_eq!(world.daemon.inspect().mode(), Mode::Active);
    world.agent.set_answers(true);
    world.run(5_000);
    assert_eq!(world.daemon.inspect().mode(), Mode::Standby);
}

#[test]
fn b75_another_primary_or_threshold_begins_the_count_anew() {
    let mut world = quiet_world(secondary(OnStandby::Keep));
    world.agent.set_answers(false);
    world.run(2_300);
    let same = world.settings().clone();
    reload(&mut world, &same, Change::Nothing, Change::Nothing, Change::Server);
    world.run(1_800);
    assert_eq!(world.daemon.inspect().mode(), Mode::Standby, "two of three, and two before them");
    world.run(2_000);
    assert_eq!(world.daemon.inspect().mode(), Mode::Active);
}

#[test]
fn b75_nothing_is_begun_while_the_process_ends() {
    let mut world = quiet_world(settings());
    let from = world.log().len();
    world.tell(Input::Shutdown);
    let other = with(|settings| settings.user("another"));
    reload(&mut world, &other, Change::Server, Change::Server, Change::Server);
    world.run(2_000);
    assert!(world.exit.is_some());
    assert_eq!(logged(&world, from, "< Connect(") + logged(&world, from, "< Http("), 0);
}
