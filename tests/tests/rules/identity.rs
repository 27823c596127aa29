//! What was written once is recognised, whatever its writers are called by now (behaviour B26, B40).

use crate::common::{agree, events, history, incident, open, quiet_world, settings, shown};

#[test]
fn b40_a_renamed_argus_user_and_another_zino_user_of_ours_lead_to_no_second_note() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let pk = incident(&world, id).pk;
    let now = world.wall();
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    world.run(20_000);
    let before = history(&world, id);
    assert!(before.iter().any(|line| line.contains("mine (admin)")), "{}", shown(&world));
    world.argus.rename_user("admin", "boss");
    let old = world.settings().zino().user().to_owned();
    let secret = world.settings().zino().secret().expose().to_owned();
    world.zino.set_user("another", &secret);
    let changed = world.settings().to_builder().user("another").former_users([old]).build().unwrap();
    world.restart_daemon_with(changed);
    world.run(100_000);
    agree(&world);
    assert_eq!(history(&world, id), before, "{}", shown(&world));
    assert_eq!(events(&incident(&world, id), "OTH"), 0, "{}", shown(&world));
}

#[test]
fn b23_b26_an_event_that_the_python_program_posted_whole_is_not_posted_again_cut() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let pk = incident(&world, id).pk;
    world.kill_daemon();
    let (now, pasted) = (world.wall(), "a line of a configuration\n".repeat(4_000));
    world.zino.add_history(id, "alice", &pasted, now).unwrap();
    let whole = history(&world, id).last().cloned().unwrap();
    assert!(whole.len() > 64 * 1024);
    world.argus.post("zino", pk, "OTH", &whole, now).unwrap();
    world.restart_daemon();
    world.run(60_000);
    assert_eq!(events(&incident(&world, id), "OTH"), 1);
    assert_eq!(history(&world, id).last(), Some(&whole));
}
