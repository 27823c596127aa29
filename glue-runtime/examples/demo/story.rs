//! The story, scene by scene.

use crate::Failure;
use crate::names::{DAEMON, SOURCE};
use crate::screen::Screen;
use crate::stage::{Stage, View};
use glue_proto::Mode;
use glue_proto::model::CaseId;
use glue_sim::argus::Incident;
use glue_sim::net::Conduct;
use glue_sim::zino::NewCase;
use std::time::Duration;

/// Answers of the primary that are waited for where nothing is to happen.
const SOME_ANSWERS: u32 = 3;
/// How long the daemon may take to end (behaviour B2).
const LAST_WORDS: Duration = Duration::from_secs(2);
const TICKET: &str = "https://tickets.example.org/4711";

/// Tells all of it.
///
/// # Errors
///
/// It goes otherwise than it should, or nobody can see it.
pub(crate) fn tell(screen: Screen) -> Result<(), Failure> {
    let mut stage = Stage::set(screen)?;
    let (link, peer) = standby(&mut stage)?;
    takeover(&mut stage)?;
    let router = router_down(&mut stage)?;
    acknowledgement(&mut stage, router)?;
    notes(&mut stage, router)?;
    priority(&mut stage, link)?;
    outage(&mut stage)?;
    lost_answer(&mut stage)?;
    closing(&mut stage, router, peer)?;
    handover(&mut stage)?;
    stage.cause("SIGTERM")?;
    stage.stop(LAST_WORDS)
}

/// Finds the incident of a case.
fn incident<'a>(view: &View<'a>, case: CaseId) -> Option<&'a Incident> {
    view.argus.find(SOURCE, &case.to_string())
}

/// Counts the events of a case that the daemon has copied with this text in them.
fn events(view: &View<'_>, case: CaseId, text: &str) -> usize {
    incident(view, case).map_or(0, |incident| {
        incident.events_of_type("OTH").filter(|event| event.description.contains(text)).count()
    })
}

/// Counts the history entries of a case that the daemon has written with this text in them.
fn entries(view: &View<'_>, case: CaseId, text: &str) -> usize {
    view.zino.case(case).map_or(0, |case| {
        let notes = case.history().iter().filter(|entry| entry.message.starts_with(DAEMON));
        notes.filter(|entry| entry.message.contains(text)).count()
    })
}

fn state<'a>(view: &View<'a>, case: CaseId) -> &'a str {
    view.zino.case(case).map_or("", |case| case.state())
}

fn is_closed(view: &View<'_>, case: CaseId) -> bool {
    state(view, case) == "closed"
}

/// Finds the pk of the incident of a case.
fn pk(stage: &Stage, case: CaseId) -> Result<u64, Failure> {
    let found = stage.look(|view| incident(view, case).map(|incident| incident.pk));
    found.ok_or_else(|| Failure::story(format!("case {case} has no incident")))
}

/// What a person did was refused by the server.
fn refused(error: impl core::fmt::Display) -> Failure {
    Failure::story(format!("a person was refused: {error}"))
}

fn standby(stage: &mut Stage) -> Result<(CaseId, CaseId), Failure> {
    stage.scene("1. The primary is well: STANDBY, and nothing is written")?;
    stage.cause("two cases are opened in Zino")?;
    let port = NewCase::portstate("gw-oslo", "ge-0/0/1", 501, "Oslo, uplink to Bergen");
    let link = stage.zino.with(|zino, now| zino.open_case(&port, now));
    let peer = stage.zino.with(|zino, now| zino.open_case(&NewCase::bgp("gw-oslo", "192.0.2.7", 64500), now));
    stage.until("the daemon has read both, and the primary has answered", |view| {
        view.seen.cases == 2 && view.seen.answers >= SOME_ANSWERS
    })?;
    stage.now("it is in STANDBY, and there is no incident", |view| {
        view.seen.mode == Mode::Standby && view.argus.incidents().count() == 0
    })?;
    stage.applaud();
    Ok((link, peer))
}

fn takeover(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("2. The primary dies: ACTIVE, and what was opened meanwhile appears")?;
    stage.cause("the primary's SNMP agent falls silent")?;
    stage.primary.with(|agent, _| agent.set_answers(false));
    stage.until("three questions without an answer: it is ACTIVE", |view| view.seen.mode == Mode::Active)?;
    stage.agree()
}

fn router_down(stage: &mut Stage) -> Result<CaseId, Failure> {
    stage.scene("3. A router goes down")?;
    stage.cause("gw-tromso stops answering")?;
    let router = NewCase::reachability("gw-tromso").priority(300);
    let router = stage.zino.with(|zino, now| zino.open_case(&router, now));
    stage.until("the incident is there", |view| incident(view, router).is_some())?;
    stage.agree()?;
    Ok(router)
}

fn acknowledgement(stage: &mut Stage, router: CaseId) -> Result<(), Failure> {
    stage.scene("4. An operator works in Argus (looked for every 0.5 s)")?;
    let incident = pk(stage, router)?;
    stage.cause("bob acknowledges the incident")?;
    stage.argus.with(|argus, now| argus.ack("bob", incident, "I am on it", None, now)).map_err(refused)?;
    stage.until("Zino has the note, and the case is working", |view| {
        entries(view, router, "I am on it (bob)") == 1 && state(view, router) == "working"
    })?;
    stage.cause("bob links a ticket")?;
    stage.argus.with(|argus, now| argus.set_ticket("bob", incident, TICKET, now)).map_err(refused)?;
    let note = format!("Ticket {TICKET} added by Argus user bob");
    stage.until("Zino has the ticket", |view| entries(view, router, &note) == 1)?;
    stage.agree()
}

fn notes(stage: &mut Stage, router: CaseId) -> Result<(), Failure> {
    stage.scene("5. An operator writes in Zino")?;
    for text in ["power is out in the whole street", "they say noon"] {
        stage.cause(&format!("alice writes {text:?}"))?;
        stage.zino.with(|zino, now| zino.add_history(router, "alice", text, now)).map_err(refused)?;
        stage.until("the event is there", |view| events(view, router, text) == 1)?;
    }
    stage.agree()
}

fn priority(stage: &mut Stage, link: CaseId) -> Result<(), Failure> {
    stage.scene("6. The priority changes: the incident gets another level")?;
    for (priority, level) in [("500", 1), ("200", 3)] {
        stage.cause(&format!("the link gets priority {priority}"))?;
        let set = stage.zino.with(|zino, now| zino.set_attribute(link, "priority", Some(priority), now));
        set.map_err(refused)?;
        let tag = format!("priority={priority}");
        stage.until(&format!("level {level}, and the tag {tag}"), |view| {
            incident(view, link).is_some_and(|incident| {
                incident.level == level && incident.tags.iter().any(|row| row.tag == tag)
            })
        })?;
    }
    stage.agree()
}

fn outage(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("7. Argus is down for a moment")?;
    stage.cause("Argus refuses connections")?;
    let before = stage.look(|view| view.seen.argus_lost);
    stage.argus.down();
    stage.until("the daemon has noticed", |view| view.seen.argus_lost > before)?;
    stage.cause("gw-bodo lights an alarm, and alice writes about it")?;
    let alarm = stage.zino.with(|zino, now| zino.open_case(&NewCase::alarm("gw-bodo", "red"), now));
    let written = stage.zino.with(|zino, now| zino.add_history(alarm, "alice", "a fan, I guess", now));
    written.map_err(refused)?;
    stage.cause("Argus is back")?;
    stage.argus.up().map_err(Failure::Setup)?;
    stage.until("incident and event are there", |view| events(view, alarm, "a fan") == 1)?;
    stage.agree()
}

fn lost_answer(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("8. Argus does what it is asked, but its answer is lost: nothing is doubled")?;
    stage.cause("gw-hamar stops answering, and connections break in the place of an answer")?;
    let before = stage.look(|view| view.seen.unanswered);
    let mut conduct = Conduct::default();
    conduct.cut = true;
    stage.argus.set_conduct(conduct);
    let router = stage.zino.with(|zino, now| zino.open_case(&NewCase::reachability("gw-hamar"), now));
    stage.until("the incident was made, and the daemon cannot know", |view| {
        incident(view, router).is_some() && view.seen.unanswered > before
    })?;
    stage.argus.set_conduct(Conduct::default());
    stage.cause("Argus answers again, and alice writes")?;
    let written = stage.zino.with(|zino, now| zino.add_history(router, "alice", "flood", now));
    written.map_err(refused)?;
    stage.until("the daemon has found its incident, and the event is there", |view| {
        events(view, router, "flood") == 1
    })?;
    stage.agree()
}

fn closing(stage: &mut Stage, router: CaseId, peer: CaseId) -> Result<(), Failure> {
    stage.scene("9. Closing, on either side")?;
    stage.cause("alice closes a case in Zino")?;
    stage.zino.with(|zino, now| zino.close(router, "alice", now)).map_err(refused)?;
    stage.until("the incident has ended", |view| {
        incident(view, router).is_some_and(|incident| incident.events_of_type("END").count() == 1)
    })?;
    let incident = pk(stage, peer)?;
    stage.cause("bob closes an incident in Argus")?;
    stage.argus.with(|argus, now| argus.close("bob", incident, "planned", now)).map_err(refused)?;
    stage.until("Zino has the note, and the case is closed", |view| {
        entries(view, peer, "planned (bob)") == 1 && is_closed(view, peer)
    })?;
    stage.agree()
}

fn handover(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("10. The primary is back: STANDBY again, and the stop")?;
    stage.cause("the primary's SNMP agent answers")?;
    stage.primary.with(|agent, _| agent.set_answers(true));
    stage.until("three answers in a row: it is in STANDBY", |view| view.seen.mode == Mode::Standby)?;
    stage.cause("gw-mo stops answering, which is the primary's business now")?;
    let (before, incidents) = stage.look(|view| (view.seen.answers, view.argus.incidents().count()));
    let router = stage.zino.with(|zino, now| zino.open_case(&NewCase::reachability("gw-mo"), now));
    stage.until("the primary has gone on answering, and Argus has heard of nothing", |view| {
        view.seen.answers >= before + SOME_ANSWERS && view.argus.incidents().count() == incidents
    })?;
    stage.now("but for this case, both boards agree", |view| {
        view.disagreements == [format!("case {router} has no incident")]
    })?;
    stage.applaud();
    Ok(())
}
