//! What the suites about the rules share.

use glue_proto::model::CaseId;
use glue_proto::{AckState, FailoverSettings, Millis, OnStandby, Settings};
use glue_sim::argus::{EndTime, Incident};
use glue_sim::world::World;
use glue_sim::zino::NewCase;

/// Settings that carry over everything.
pub(crate) fn settings() -> Settings {
    Settings::example()
        .to_builder()
        .acknowledge(Some(AckState::Working))
        .ticket(true)
        .build()
        .expect("each value is in its range")
}

/// Settings with which Zino is only read as a whole at the start, and when an operator asks: what people do in Argus is
/// found by the refresh alone.
pub(crate) fn rarely_reconciled() -> Settings {
    let never = Millis::from_secs(100_000);
    settings().to_builder().reconcile_interval(never).build().expect("each value is in its range")
}

/// Settings of a secondary: three probes in a row decide, one every second.
pub(crate) fn secondary(on_standby: OnStandby) -> Settings {
    let failover = FailoverSettings::builder()
        .ping_timeout(Millis(500))
        .ping_interval(Millis(1000))
        .threshold(3)
        .on_standby(on_standby);
    settings().to_builder().failover(Some(failover)).build().expect("each value is in its range")
}

/// A world that has come up, with nothing in it.
pub(crate) fn quiet_world(settings: Settings) -> World {
    let mut world = World::new(settings);
    world.run(2_000);
    world.start_log();
    world
}

/// Lets Argus be one that has no feed of events.
pub(crate) fn without_feed(world: &mut World) {
    let mut options = world.argus.options().clone();
    options.knows_feed = false;
    world.argus.set_options(options);
}

/// The reads of an incident's events among some requests.
pub(crate) fn reads_of_events(lines: &[String]) -> usize {
    let of_one =
        |line: &&String| line.starts_with("GET ") && line.contains("/events/") && !line.contains("?");
    lines.iter().filter(of_one).count()
}

/// Opens a case about a router that does not answer.
pub(crate) fn open(world: &mut World, router: &str) -> CaseId {
    let now = world.wall();
    world.zino.open_case(&NewCase::reachability(router), now)
}

/// A world with the incident of a case, which were made so many milliseconds ago; and what both are called.
pub(crate) fn world_with_incident(settings: Settings, millis: u64) -> (World, CaseId, u64) {
    let mut world = quiet_world(settings);
    let id = open(&mut world, "gw1");
    world.run(millis);
    let pk = incident(&world, id).pk;
    (world, id, pk)
}

/// The incident of a case.
pub(crate) fn incident(world: &World, id: CaseId) -> Incident {
    world
        .argus
        .find("zino", &id.to_string())
        .unwrap_or_else(|| panic!("case {id} has no incident\n{}", shown(world)))
        .clone()
}

/// The lines of the requests that reached Argus since there were `from` of them.
pub(crate) fn sent(world: &World, from: usize) -> Vec<String> {
    world.sent[from..].iter().map(|sent| sent.line.clone()).collect()
}

/// The requests among them that change an incident.
pub(crate) fn writes(world: &World, from: usize) -> Vec<String> {
    let lines = sent(world, from).into_iter();
    lines.filter(|line| !line.starts_with("GET ") && !line.contains("heartbeat")).collect()
}

/// What the log shows, for a message.
pub(crate) fn shown(world: &World) -> String {
    world.log().join("\n")
}

/// Demands that both boards agree.
#[track_caller]
pub(crate) fn agree(world: &World) {
    assert_eq!(world.disagreements(), Vec::<String>::new(), "\n{}", shown(world));
}

/// How many events of a type an incident has.
pub(crate) fn events(incident: &Incident, event_type: &str) -> usize {
    incident.events_of_type(event_type).count()
}

/// The texts of a case's history, oldest first.
pub(crate) fn history(world: &World, id: CaseId) -> Vec<String> {
    let case = world.zino.case(id).unwrap_or_else(|| panic!("no case {id}"));
    case.history().iter().map(|entry| entry.message.trim_end().to_string()).collect()
}

/// Demands that a line of a case's history holds a text.
#[track_caller]
pub(crate) fn is_in_history(world: &World, id: CaseId, text: &str) {
    let lines = history(world, id);
    assert!(lines.iter().any(|line| line.contains(text)), "{text}: {lines:?}\n{}", shown(world));
}

/// How many lines of the log since there were `from` of them hold a text.
pub(crate) fn logged(world: &World, from: usize, text: &str) -> usize {
    world.log()[from..].iter().filter(|line| line.contains(text)).count()
}

/// How many notices hold a text.
pub(crate) fn told(world: &World, text: &str) -> usize {
    world.notices.iter().filter(|notice| notice.to_string().contains(text)).count()
}

/// How many incidents are open.
pub(crate) fn running(world: &World) -> usize {
    world.argus.incidents().filter(|incident| incident.end_time == EndTime::Infinity).count()
}
