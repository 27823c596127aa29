//! An Argus that is down, busy or unwilling, and credentials that a server does not take (behaviour B51, B52).

use crate::common::{agree, open, quiet_world, settings, shown, writes};
use glue_proto::{Exit, Millis};
use glue_sim::world::{HttpFault, LastingFault, World};

#[test]
fn b51_a_pause_that_argus_asks_for_is_kept() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::Status(503, Some(20)));
    open(&mut world, "gw1");
    world.run(100);
    let (at, before) = (world.now(), world.sent.len());
    open(&mut world, "gw2");
    world.run(60_000);
    agree(&world);
    assert!(world.sent[before..].iter().all(|sent| sent.at >= at + 19_000), "{}", shown(&world));
    assert!(world.was_told("sending nothing for 20 s"));
}

#[test]
fn b51_a_server_that_is_down_is_probed_by_one_request_at_a_time_and_everything_follows() {
    let mut world = quiet_world(settings());
    world.set_fault(LastingFault::ArgusDown, true);
    for index in 0..20 {
        open(&mut world, &format!("gw{index}"));
    }
    let from = world.log().len();
    world.run(300_000);
    let tries = world.log()[from..].iter().filter(|line| line.contains("< Http(")).count();
    assert!((50..=90).contains(&tries), "{tries}");
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("cannot be reached")).count();
    assert_eq!(told, 1);
    world.set_fault(LastingFault::ArgusDown, false);
    world.run(6_000);
    agree(&world);
    assert!(world.was_told("Argus: is back"));
}

#[test]
fn b51_a_redirect_is_not_followed() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::Status(301, None));
    open(&mut world, "gw1");
    world.run(10_000);
    agree(&world);
    assert_eq!(writes(&world, 0).len(), 1);
}

#[test]
fn b52_a_token_that_is_refused_twice_ends_the_daemon() {
    let mut world = World::new(settings());
    world.argus.remove_token(glue_sim::world::TOKEN);
    assert!(world.run_until(60_000, |world| world.exit.is_some()));
    assert_eq!(world.exit, Some(Exit::Credentials));
    assert!((10_000..11_000).contains(&world.now()), "{}", world.now());
    let mut world = World::new(settings());
    world.argus.remove_token(glue_sim::world::TOKEN);
    world.run(6_000);
    world.argus.add_token("zino", glue_sim::world::TOKEN);
    open(&mut world, "gw1");
    world.run(100_000);
    assert_eq!(world.exit, None);
    agree(&world);
}

#[test]
fn b52_a_zino_secret_that_is_refused_twice_ends_the_daemon() {
    let mut world = World::new(settings());
    world.zino.set_user("testuser", "another secret");
    assert!(world.run_until(60_000, |world| world.exit.is_some()));
    assert_eq!(world.exit, Some(Exit::Credentials));
    assert!((10_000..11_000).contains(&world.now()), "{}", world.now());
}

#[test]
fn b52_credentials_that_had_been_accepted_are_tried_again_until_they_are() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.argus.remove_token(glue_sim::world::TOKEN);
    let now = world.wall();
    world.zino.add_history(id, "alice", "meanwhile", now).unwrap();
    let from = world.log().len();
    world.run(7_300_000);
    assert_eq!(world.exit, None);
    assert!(!world.daemon.inspect().is_ready());
    let told =
        |world: &World, what: &str| world.notices.iter().filter(|n| n.to_string().contains(what)).count();
    assert_eq!(told(&world, "no longer accepted"), 3, "at once and every hour");
    let tries = world.log()[from..].iter().filter(|line| line.contains("< Http(")).count();
    assert!((100..=140).contains(&tries), "{tries} in two hours");
    world.argus.add_token("zino", glue_sim::world::TOKEN);
    world.run(75_000);
    agree(&world);
    assert!(told(&world, "accepted again") == 1 && world.daemon.inspect().is_ready());
    world.zino.set_user("testuser", "another secret");
    world.cut_zino();
    world.run(7_300_000);
    assert_eq!((world.exit, told(&world, "Zino: our credentials are no longer accepted")), (None, 3));
    world.zino.set_user("testuser", "testpassword");
    world.run(75_000);
    assert!(told(&world, "Zino: our credentials are accepted again") == 1);
    agree(&world);
}

#[test]
fn b52_a_token_that_belongs_to_a_person_is_told_once_and_not_once_for_each_case() {
    let mut world = World::new(settings());
    world.argus.add_token("olga", glue_sim::world::TOKEN);
    world.start_log();
    for index in 0..20 {
        open(&mut world, &format!("gw{index}"));
    }
    world.run(1_800_000);
    let warnings = world.notices.iter().filter(|notice| notice.level() >= glue_proto::Level::Warn);
    let warnings: Vec<_> = warnings.map(ToString::to_string).collect();
    let expected = "Argus: our credentials belong to a user without a source system: no incident can be created, \
                    trying again every 60 s";
    assert_eq!(warnings, [expected]);
    assert!(!world.daemon.inspect().is_ready() && world.exit.is_none());
    let tries = world.sent.iter().filter(|sent| sent.line.starts_with("POST incidents/ ")).count();
    assert!((20..=40).contains(&tries), "{tries} creations in half an hour");
    world.argus.add_token("zino", glue_sim::world::TOKEN);
    world.run(75_000);
    agree(&world);
    assert!(world.was_told("Argus: our credentials are accepted again") && world.daemon.inspect().is_ready());
}

#[test]
fn b51_an_outage_is_one_state_told_once_and_leaves_no_pauses_behind() {
    for status in [502, 503, 504] {
        let mut world = quiet_world(settings());
        world.argus.edit_options(|options| {
            options.outage = Some(glue_sim::argus::Outage { status, retry_after: None });
        });
        let idle = world.notices.len();
        world.run(30_000);
        let said = |world: &World| -> Vec<String> {
            let notices =
                world.notices[idle..].iter().filter(|notice| notice.level() >= glue_proto::Level::Warn);
            notices.map(ToString::to_string).collect()
        };
        let unreachable = said(&world).iter().filter(|line| line.contains("cannot be reached")).count();
        assert_eq!(unreachable, 1, "{status}, idle: {:?}", said(&world));
        assert!(!world.daemon.inspect().is_ready());
        for index in 0..40 {
            open(&mut world, &format!("gw{index}"));
            world.run(5_000);
        }
        let lines = said(&world).len();
        assert!(lines <= 4, "{status}: {lines} lines in 230 s: {:?}", said(&world));
        world.argus.edit_options(|options| options.outage = None);
        world.run(11_000);
        agree(&world);
        assert!(world.was_told("Argus: is back") && world.daemon.inspect().is_ready());
    }
}

#[test]
fn b51_a_pause_of_a_day_is_asked_about_once_a_minute() {
    let mut world = quiet_world(settings());
    world.argus.edit_options(|options| {
        options.outage = Some(glue_sim::argus::Outage { status: 503, retry_after: Some("86400".into()) });
    });
    world.run(20_000);
    open(&mut world, "gw1");
    let before = world.sent.len();
    world.run(600_000);
    let tries = world.sent.len() - before;
    assert!((9..=11).contains(&tries), "{tries} in ten minutes");
    world.argus.edit_options(|options| options.outage = None);
    world.run(65_000);
    agree(&world);
}

#[test]
fn b51_a_server_that_answers_everything_with_500_leaves_no_pauses_behind_either() {
    let mut world = quiet_world(settings());
    let outage = glue_sim::argus::Outage { status: 500, retry_after: None };
    world.argus.edit_options(|options| options.outage = Some(outage));
    world.run(10_000);
    for index in 0..40 {
        open(&mut world, &format!("gw{index}"));
        world.run(5_000);
    }
    let tries = world.sent.iter().filter(|sent| sent.line.starts_with("POST incidents/ ")).count();
    assert!(tries < 40 * 200 / 5, "{tries} creations");
    world.argus.edit_options(|options| options.outage = None);
    world.run(11_000);
    agree(&world);
}

#[test]
fn b51_where_nothing_was_answered_for_minutes_everything_follows_within_seconds() {
    let mut world = quiet_world(settings());
    world.set_fault(LastingFault::ArgusSlow, true);
    for index in 0..10 {
        open(&mut world, &format!("gw{index}"));
        world.run(20_000);
    }
    world.set_fault(LastingFault::ArgusSlow, false);
    world.run(45_000);
    agree(&world);
}

#[test]
fn b51_that_everything_fails_is_found_out_though_nothing_but_cases_is_asked_for() {
    for knows_count in [true, false] {
        let builder = settings().to_builder();
        let mut world = World::new(builder.refresh_interval(Millis::from_secs(1_000)).build().unwrap());
        world.argus.edit_options(|options| {
            options.knows_heartbeat = false;
            options.knows_count = knows_count;
        });
        world.run(100_000);
        let outage = glue_sim::argus::Outage { status: 500, retry_after: None };
        world.argus.edit_options(|options| options.outage = Some(outage));
        open(&mut world, "gw1");
        let before = world.sent.len();
        world.run(200_000);
        let looks = world.sent[before..].iter().filter(|sent| sent.line.contains("page_size=1 ")).count();
        assert!((1..=3).contains(&looks), "{looks} looks");
        world.argus.edit_options(|options| options.outage = None);
        world.run(11_000);
        agree(&world);
    }
}
