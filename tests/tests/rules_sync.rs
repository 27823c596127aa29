//! The rules of the synchronisation, each lived through in virtual time against the simulated peers.

use glue_proto::settings::{AckState, Settings};
use glue_tests::world::{HttpFault, World};
use glue_tests::zino::NewCase;

fn world() -> World {
    let mut settings = Settings::example();
    settings.sync.acknowledge = Some(AckState::Working);
    settings.sync.ticket = true;
    World::new(settings)
}

fn agree(world: &World) {
    assert_eq!(world.disagreements(), Vec::<String>::new(), "\n{}", world.log().join("\n"));
}

#[test]
fn b21_a_new_case_costs_one_post_and_one_for_each_history_entry() {
    let mut world = world();
    world.run(2_000);
    world.start_log();
    let before = world.sent.len();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.zino.add_history(id, "alice", "I look at it", now + 1).unwrap();
    world.run(1_000);
    agree(&world);
    let lines: Vec<&str> = world.sent[before..].iter().map(|sent| sent.line.as_str()).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("POST incidents/ "), "{lines:#?}");
}

#[test]
fn b27_b42_closing_goes_both_ways() {
    let mut world = world();
    let now = world.wall();
    let one = world.zino.open_case(&NewCase::reachability("gw1"), now);
    let two = world.zino.open_case(&NewCase::alarm("gw2", "yellow"), now);
    world.run(2_000);
    world.start_log();
    let now = world.wall();
    world.zino.close(one, "monitor", now).unwrap();
    let pk = world.argus.find("zino", &two.to_string()).unwrap().pk;
    world.argus.close("admin", pk, "fixed", now).unwrap();
    world.run(20_000);
    agree(&world);
    assert_eq!(world.zino.case(two).unwrap().state(), "closed", "\n{}", world.log().join("\n"));
}

#[test]
fn b40_b41_acks_and_tickets_reach_zino() {
    let mut world = world();
    let now = world.wall();
    let id = world.zino.open_case(&NewCase::reachability("gw1"), now);
    world.run(2_000);
    world.start_log();
    let pk = world.argus.find("zino", &id.to_string()).unwrap().pk;
    let now = world.wall();
    world.argus.ack("admin", pk, "mine", None, now).unwrap();
    world.argus.set_ticket("admin", pk, "https://tickets.example.org/7", now).unwrap();
    world.run(20_000);
    agree(&world);
    let case = world.zino.case(id).unwrap();
    assert_eq!(case.state(), "working", "\n{}", world.log().join("\n"));
    let history: Vec<&str> = case.history().iter().map(|entry| entry.message.as_str()).collect();
    assert_eq!(history.len(), 4, "{history:#?}");
}

#[test]
fn b13_a_creation_whose_answer_was_lost_is_not_repeated() {
    for fault in
        [HttpFault::LoseReply, HttpFault::StatusAfter(502), HttpFault::Delay(20_000), HttpFault::CutBefore]
    {
        let mut world = world();
        world.run(2_000);
        world.start_log();
        world.fail_next("POST incidents/ ", fault);
        let now = world.wall();
        world.zino.open_case(&NewCase::reachability("gw1"), now);
        world.run(60_000);
        agree(&world);
        assert_eq!(world.argus.incidents().count(), 1);
    }
}
