//! What one bad thing costs, and what it does not (behaviour B14, invariants 12 and 13).

use crate::common::{
    agree, events, history, incident, logged, open, quiet_world, reads_of_events, sent, settings, shown,
};
use glue_proto::Settings;
use glue_proto::model::CaseId;
use glue_sim::argus::{LongStory, Outage, Refusal, RefusedStep, WriteKind};
use glue_sim::world::{HttpFault, World};
use glue_sim::zino::{NewCase, Writes};

/// What a server says to a write that it never takes.
const STATUSES: [u16; 7] = [400, 403, 404, 405, 413, 422, 500];

fn refuse(world: &mut World, method: &str, text: &str, status: u16) {
    let refusal = Refusal { method: method.into(), text: text.into(), status };
    world.argus.edit_options(|options| options.refusals.push(refusal));
}

/// Demands that something comes about within so many seconds.
#[track_caller]
fn within(world: &mut World, secs: u64, what: &str, holds: impl Fn(&World) -> bool) {
    assert!(world.run_until(secs * 1000, holds), "not within {secs} s: {what}\n{}", shown(world));
}

/// How many requests with this text in them reached Argus since there were `from` of them.
fn tries(world: &World, from: usize, text: &str) -> usize {
    world.sent[from..].iter().filter(|sent| sent.line.contains(text)).count()
}

fn note(world: &mut World, id: CaseId, text: &str) {
    let now = world.wall();
    world.zino.add_history(id, "alice", text, now).expect("the case is open");
}

fn is_ended(world: &World, id: CaseId) -> bool {
    events(&incident(world, id), "END") == 1
}

fn has_event(world: &World, id: CaseId, text: &str) -> bool {
    incident(world, id).events.iter().any(|event| event.description.contains(text))
}

#[test]
fn b14_a_history_entry_that_argus_never_takes_costs_itself_alone() {
    for status in STATUSES {
        let mut world = quiet_world(settings());
        refuse(&mut world, "POST", "poison", status);
        let id = open(&mut world, "gw1");
        world.run(2_000);
        let pk = incident(&world, id).pk;
        note(&mut world, id, "before");
        note(&mut world, id, "poison");
        note(&mut world, id, "after");
        within(&mut world, 5, "the other entries", |world| {
            has_event(world, id, "before") && has_event(world, id, "after")
        });
        world.argus.ack("admin", pk, "mine", None, world.wall()).unwrap();
        world.argus.set_ticket("admin", pk, "https://t.example.org/7", world.wall()).unwrap();
        within(&mut world, 15, "the acknowledgement and the ticket", |world| {
            let texts = history(world, id).join(" ");
            texts.contains("mine (admin)") && texts.contains("https://t.example.org/7")
        });
        note(&mut world, id, "later");
        within(&mut world, 5, "a later entry", |world| has_event(world, id, "later"));
        world.zino.close(id, "monitor", world.wall()).unwrap();
        within(&mut world, 5, "the end", |world| is_ended(world, id));
        let from = world.sent.len();
        world.run(3_600_000);
        let tried = tries(&world, from, "poison");
        assert!((3..=12).contains(&tried), "{status}: {tried} tries in an hour");
        let told = world.notices.iter().filter(|notice| notice.to_string().contains("history entry refused"));
        let told: Vec<String> = told.map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{status}: told once: {told:?}");
        assert_eq!(world.daemon.inspect().quarantined().map(|(id, _)| id).collect::<Vec<_>>(), [id]);
        world.argus.edit_options(|options| options.refusals.clear());
        world.run(901_000);
        assert!(has_event(&world, id, "poison"));
        assert_eq!(world.daemon.inspect().quarantined().count(), 0);
    }
}

#[test]
fn b14_an_update_that_argus_never_takes_costs_itself_alone() {
    for status in STATUSES {
        let mut world = quiet_world(settings());
        refuse(&mut world, "PATCH", "priority", status);
        let id = open(&mut world, "gw1");
        world.run(2_000);
        world.zino.set_attribute(id, "priority", Some("900"), world.wall()).unwrap();
        world.run(2_000);
        let pk = incident(&world, id).pk;
        world.argus.ack("admin", pk, "mine", None, world.wall()).unwrap();
        within(&mut world, 15, "the acknowledgement", |world| {
            history(world, id).join(" ").contains("mine (admin)")
        });
        note(&mut world, id, "after");
        within(&mut world, 5, "a later entry", |world| has_event(world, id, "after"));
        world.zino.close(id, "monitor", world.wall()).unwrap();
        within(&mut world, 5, "the end", |world| is_ended(world, id));
    }
}

#[test]
fn b14_an_update_that_would_send_something_else_is_tried_at_once() {
    let mut world = quiet_world(settings());
    refuse(&mut world, "PATCH", "priority=900", 405);
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.zino.set_attribute(id, "priority", Some("900"), world.wall()).unwrap();
    world.run(600_000);
    world.zino.set_attribute(id, "priority", Some("800"), world.wall()).unwrap();
    within(&mut world, 2, "the other priority", |world| {
        incident(world, id).tags.iter().any(|row| row.tag == "priority=800")
    });
    agree(&world);
}

#[test]
fn b14_a_state_that_zino_never_takes_costs_itself_alone() {
    let mut world = quiet_world(settings());
    world.zino.set_writes(Writes::StateRefused("working".into()));
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let pk = incident(&world, id).pk;
    world.argus.ack("admin", pk, "mine", None, world.wall()).unwrap();
    world.argus.set_ticket("admin", pk, "https://t.example.org/7", world.wall()).unwrap();
    within(&mut world, 20, "the ticket", |world| history(world, id).join(" ").contains("t.example.org/7"));
    note(&mut world, id, "after");
    within(&mut world, 5, "a later entry", |world| has_event(world, id, "after"));
    world.argus.close("admin", pk, "enough", world.wall()).unwrap();
    within(&mut world, 20, "the closing", |world| world.zino.case(id).unwrap().state() == "closed");
    assert!(history(&world, id).join(" ").contains("enough (admin)"));
}

#[test]
fn b14_a_write_that_zino_takes_without_effect_is_not_repeated_in_a_loop() {
    for writes in [Writes::Ignored, Writes::Altered] {
        let mut world = quiet_world(settings());
        world.zino.set_writes(writes.clone());
        let id = open(&mut world, "gw1");
        world.run(2_000);
        let pk = incident(&world, id).pk;
        world.argus.ack("admin", pk, "mine", None, world.wall()).unwrap();
        world.run(120_000);
        let notes =
            world.log().iter().filter(|line| line.contains("< Send") && line.contains("addhist")).count();
        assert!((3..=12).contains(&notes), "{writes:?}: {notes} notes in two minutes");
        let other = open(&mut world, "gw2");
        note(&mut world, id, "after");
        within(&mut world, 5, "what concerns others", |world| {
            world.argus.find("zino", &other.to_string()).is_some() && has_event(world, id, "after")
        });
        assert!(world.was_told("had no effect"), "{writes:?}");
    }
}

#[test]
fn b14_an_update_that_argus_takes_without_effect_is_not_repeated_in_a_loop() {
    let mut world = quiet_world(settings());
    world.argus.edit_options(|options| options.ignores_patches = true);
    let id = open(&mut world, "gw1");
    world.run(2_000);
    world.zino.set_attribute(id, "priority", Some("900"), world.wall()).unwrap();
    let from = world.sent.len();
    world.run(120_000);
    let tried = tries(&world, from, "PATCH");
    assert!((4..=9).contains(&tried), "{tried} in two minutes");
    world.zino.close(id, "monitor", world.wall()).unwrap();
    within(&mut world, 5, "the end", |world| is_ended(world, id));
}

#[test]
fn b14_poisoned_cases_cost_the_healthy_ones_nothing() {
    let mut world = World::new(settings());
    for number in 0..300 {
        let router = if number % 10 == 0 { format!("bad{number}") } else { format!("gw{number}") };
        world.zino.open_case(&NewCase::reachability(&router), world.wall());
    }
    refuse(&mut world, "POST", "bad", 500);
    let healthy = |world: &World| world.argus.incidents().count() == 270;
    assert!(world.run_until(5_000, healthy), "{} of 270", world.argus.incidents().count());
    world.run(1_000);
    assert_eq!(world.daemon.inspect().quarantined().count(), 30);
    assert!(world.daemon.inspect().request_limit() >= 4, "one bad answer is not overload");
}

#[test]
fn b27_a_case_that_is_announced_closed_ends_its_incident_although_it_cannot_be_read() {
    for breakage in [("priority", "abc"), ("opened", "long ago")] {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        world.run(3_000);
        let now = world.wall();
        world.zino.set_attribute(id, breakage.0, Some(breakage.1), now).unwrap();
        world.run(3_000);
        let now = world.wall();
        world.zino.close(id, "alice", now).unwrap();
        world.run(10_000);
        assert!(
            incident(&world, id).end_time != glue_sim::argus::EndTime::Infinity,
            "{breakage:?}: {}",
            shown(&world)
        );
    }
}

/// A world with a case whose incident has so many events that it takes that long to show them. Somebody has acknowledged it, and
/// the events are being read.
fn reading_for(secs: u64) -> (World, CaseId) {
    reading_under(settings(), secs)
}

fn reading_under(settings: Settings, secs: u64) -> (World, CaseId) {
    let mut world = quiet_world(settings);
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let is_read = acknowledged(&mut world, id, secs);
    within(&mut world, 11, "the events are read", is_read);
    (world, id)
}

/// Lets somebody acknowledge the incident of a case, and it take that long to show its events. Tells when those are asked for.
fn acknowledged(world: &mut World, id: CaseId, secs: u64) -> impl Fn(&World) -> bool + use<> {
    let story = LongStory { id: id.to_string(), millis: secs * 1000 };
    world.argus.edit_options(|options| options.long_stories = vec![story]);
    let (pk, now) = (incident(world, id).pk, world.wall());
    world.argus.ack("admin", pk, "on it", None, now).expect("it is open");
    let asked = format!("GET incidents/{pk}/events/");
    move |world: &World| world.log().iter().any(|line| line.contains(&asked))
}

#[test]
fn b14_a_closing_does_not_wait_while_the_many_events_of_its_incident_are_read() {
    let (mut world, id) = reading_for(12);
    let now = world.wall();
    note(&mut world, id, "last words");
    world.zino.close(id, "alice", now).expect("it is open");
    within(&mut world, 2, "it is ended", |world| is_ended(world, id));
    assert!(has_event(&world, id, "last words"));
    world.run(60_000);
    agree(&world);
}

#[test]
fn b14_a_closing_takes_the_place_of_the_only_request_that_may_be_under_way() {
    let (mut world, id) = reading_under(settings().to_builder().concurrency(1).build().unwrap(), 12);
    let now = world.wall();
    world.zino.close(id, "alice", now).expect("it is open");
    within(&mut world, 2, "it is ended", |world| is_ended(world, id));
}

#[test]
fn b14_a_reading_of_many_events_does_not_count_where_the_server_coped_with_one_request_at_a_time() {
    let mut world = quiet_world(settings());
    let busy = Outage { status: 503, retry_after: None };
    world.argus.edit_options(|options| options.outage = Some(busy));
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2")];
    world.run(30_000);
    world.argus.edit_options(|options| options.outage = None);
    let all_there = |world: &World| ids.iter().all(|id| world.argus.find("zino", &id.to_string()).is_some());
    within(&mut world, 10, "both are there", all_there);
    assert_eq!(world.daemon.inspect().request_limit(), 1, "it has not grown again");
    let reading = acknowledged(&mut world, ids[0], 20);
    within(&mut world, 11, "the events are read", reading);
    let id = open(&mut world, "gw3");
    within(&mut world, 2, "a new one is there", |world| world.argus.find("zino", &id.to_string()).is_some());
}

#[test]
fn b14_events_that_are_read_in_a_moment_are_read_once() {
    let (mut world, id) = reading_for(0);
    world.fail_next("/events/", HttpFault::SlowReply(900));
    let reads = |world: &World| reads_of_events(&sent(world, 0));
    world.run(5_000);
    let (before, pk, now) = (reads(&world), incident(&world, id).pk, world.wall());
    world.argus.ack("admin", pk, "still on it", None, now).expect("it is open");
    within(&mut world, 11, "they are read", |world| reads(world) > before);
    note(&mut world, id, "words");
    within(&mut world, 2, "it is told", |world| has_event(world, id, "words"));
    assert_eq!(reads(&world), before + 1);
}

#[test]
fn b14_a_case_that_changes_all_the_time_has_its_many_events_read_all_the_same() {
    let (mut world, id) = reading_for(6);
    let is_noted = |world: &World| history(world, id).iter().any(|line| line.contains("on it"));
    let begun = world.now();
    while !is_noted(&world) {
        note(&mut world, id, "words");
        world.run(3_000);
        assert!(world.now() < begun + 40_000, "{}", shown(&world));
    }
    assert_eq!(logged(&world, 0, "CancelHttp"), 3, "{}", shown(&world));
}

#[test]
fn b14_a_closing_that_argus_takes_without_effect_is_tried_less_and_less_often() {
    let feigned = |id: CaseId| RefusedStep {
        id: id.to_string(),
        kind: WriteKind::End,
        text: String::new(),
        status: 201,
    };
    // The case is gone by the time of the second try, or only closed.
    for is_gone in [true, false] {
        let mut world = quiet_world(settings());
        let id = open(&mut world, "gw1");
        open(&mut world, "gw2");
        world.run(2_000);
        world.argus.edit_options(|options| options.refused_steps.push(feigned(id)));
        if is_gone {
            world.zino.vanish(id).unwrap();
        } else {
            world.zino.close(id, "alice", world.wall()).unwrap();
        }
        let from = world.sent.len();
        world.run(3_600_000);
        let tried = tries(&world, from, "END");
        assert!((4..=14).contains(&tried), "{tried} in an hour");
        assert!(world.was_told("had no effect"));
        world.argus.edit_options(|options| options.refused_steps.clear());
        within(&mut world, 1_800, "the end", |world| is_ended(world, id));
        agree(&world);
    }
}
