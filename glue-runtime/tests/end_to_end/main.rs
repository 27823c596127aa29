//! The built program between a simulated Zino and a simulated Argus, over sockets.

mod check;
mod control;
mod dashboard;
mod log;
mod notify;
mod plan;
mod record;
mod reload;
mod rig;
mod status;
mod two;

use glue_proto::model::CaseId;
use glue_sim::argus::{EndTime, Incident};
use glue_sim::net::{ArgusNet, ZinoNet};
use glue_sim::zino::NewCase;
use rig::{Daemon, Ended, SECRET, SOURCE, TOKEN, USER, until};
use std::time::Duration;

fn open(zino: &ZinoNet, case: &NewCase) -> CaseId {
    zino.with(|zino, now| zino.open_case(case, now))
}

fn incident(argus: &ArgusNet, case: CaseId) -> Option<Incident> {
    argus.with(|argus, _| argus.find(SOURCE, &case.to_string()).cloned())
}

fn until_incident(argus: &ArgusNet, case: CaseId) -> Incident {
    until("the incident", || incident(argus, case).is_some());
    incident(argus, case).expect("it was there a moment ago")
}

/// Counts the history entries of the daemon with exactly this text.
fn notes(zino: &ZinoNet, case: CaseId, text: &str) -> usize {
    let note = format!("{USER}\n{text}");
    zino.with(|zino, _| {
        let history = zino.case(case).expect("it exists").history();
        history.iter().filter(|entry| entry.message.trim_end() == note).count()
    })
}

fn state(zino: &ZinoNet, case: CaseId) -> String {
    zino.with(|zino, _| zino.case(case).expect("it exists").state().to_owned())
}

fn count(incident: &Incident, event_type: &str) -> usize {
    incident.events_of_type(event_type).count()
}

/// Ends the daemon as a service manager would.
fn stop(daemon: Daemon) -> String {
    let Ended { status, took, output } = daemon.terminate();
    assert_eq!(status, Some(0), "{output}");
    assert!(took < Duration::from_secs(2), "{took:?}\n{output}");
    output
}

#[test]
fn cases_and_incidents_are_kept_in_step_both_ways_and_no_secret_is_told() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start(&zino, &argus, &["-vvv"]);
    daemon.until_written("connected, reading all cases");
    let router = open(&zino, &NewCase::reachability("gw1"));
    let peer = open(&zino, &NewCase::bgp("gw2", "192.0.2.7", 64500));
    let pk = until_incident(&argus, router).pk;

    argus.with(|argus, now| argus.ack("bob", pk, "mine", None, now)).expect("it is open");
    until("the ack", || notes(&zino, router, "mine (bob)") == 1 && state(&zino, router) == "working");
    zino.with(|zino, now| zino.add_history(router, "alice", "power is out", now)).expect("it exists");
    until("the event", || incident(&argus, router).is_some_and(|incident| count(&incident, "OTH") == 1));
    zino.with(|zino, now| zino.close(router, "alice", now)).expect("it is open");
    until("the end", || incident(&argus, router).is_some_and(|incident| count(&incident, "END") == 1));

    let other = until_incident(&argus, peer).pk;
    argus.with(|argus, now| argus.close("bob", other, "planned", now)).expect("it is open");
    until("the closing", || notes(&zino, peer, "planned (bob)") == 1 && state(&zino, peer) == "closed");

    let output = stop(daemon);
    assert!(output.contains("created incident"), "{output}");
    assert!(!output.contains(TOKEN) && !output.contains(SECRET), "{output}");
    assert_eq!(notes(&zino, router, "mine (bob)"), 1);
    let ended = incident(&argus, peer).expect("it is still there");
    assert_eq!((count(&ended, "END"), count(&ended, "CLO")), (0, 1), "a person had closed it already");
}

#[test]
fn b10_a_daemon_that_was_killed_finds_everything_again_and_doubles_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let case = open(&zino, &NewCase::reachability("gw1"));
    zino.with(|zino, now| zino.add_history(case, "alice", "power is out", now)).expect("it exists");
    let first = Daemon::start(&zino, &argus, &[]);
    until("the event", || incident(&argus, case).is_some_and(|incident| count(&incident, "OTH") == 1));
    let pk = until_incident(&argus, case).pk;
    argus.with(|argus, now| argus.ack("bob", pk, "mine", None, now)).expect("it is open");
    until("the ack", || state(&zino, case) == "working");
    first.kill();

    zino.with(|zino, now| zino.add_history(case, "alice", "it is back", now)).expect("it exists");
    argus.with(|argus, now| argus.ack("carol", pk, "mine, too", None, now)).expect("it is open");
    let second = Daemon::start(&zino, &argus, &["-v"]);
    until("what was written meanwhile", || {
        let incident = incident(&argus, case).expect("it is still there");
        count(&incident, "OTH") == 2 && notes(&zino, case, "mine, too (carol)") == 1
    });
    stop(second);
    assert_eq!(argus.with(|argus, _| argus.incidents().count()), 1);
    assert_eq!(count(&until_incident(&argus, case), "OTH"), 2);
    assert_eq!(notes(&zino, case, "mine (bob)"), 1);
}

#[test]
fn b51_an_argus_that_comes_up_late_gets_everything() {
    let (zino, argus) = (rig::zino(), rig::argus());
    argus.down();
    let case = open(&zino, &NewCase::reachability("gw1"));
    let daemon = Daemon::start(&zino, &argus, &["-v"]);
    daemon.until_written("Argus: cannot be reached");
    daemon.until_written("Zino: connected");
    argus.up().expect("the port is free");
    assert_eq!(until_incident(&argus, case).end_time, EndTime::Infinity);
    daemon.until_written("Argus: is back");
    stop(daemon);
}

#[test]
fn b50_a_zino_that_comes_up_late_is_read() {
    let (zino, argus) = (rig::zino(), rig::argus());
    zino.down();
    let case = open(&zino, &NewCase::reachability("gw1"));
    let daemon = Daemon::start(&zino, &argus, &["-v"]);
    daemon.until_written("Zino: no connection");
    zino.up().expect("the ports are free");
    until_incident(&argus, case);
    let output = stop(daemon);
    assert!(output.contains("Zino: connected"), "{output}");
}

#[test]
fn b50_a_zino_that_was_restarted_is_read_again() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start(&zino, &argus, &["-v"]);
    daemon.until_written("Zino: connected");
    let kept = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, kept);
    zino.down();
    daemon.until_written("Zino: connection lost");
    zino.with(|zino, now| zino.close(kept, "alice", now)).expect("it is open");
    let new = open(&zino, &NewCase::reachability("gw2"));
    zino.up().expect("the ports are free");
    until_incident(&argus, new);
    until("the end", || incident(&argus, kept).is_some_and(|incident| count(&incident, "END") == 1));
    stop(daemon);
}

#[test]
fn b52_a_zino_that_refuses_the_secret_twice_ends_the_daemon_with_77() {
    let (zino, argus) = (rig::zino(), rig::argus());
    zino.with(|zino, _| zino.set_user(USER, "another-secret"));
    let daemon = Daemon::start(&zino, &argus, &["-vvv"]);
    let Ended { status, took, output } = daemon.end();
    assert_eq!(status, Some(77), "{output}");
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(20), "{took:?}");
    assert!(output.contains("Zino: our credentials were refused again"), "{output}");
    assert!(!output.contains(TOKEN) && !output.contains(SECRET), "{output}");
}

#[test]
fn b6_a_lack_of_descriptors_is_named_and_ends_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    zino.down();
    argus.down();
    let daemon = Daemon::start(&zino, &argus, &["-v"]);
    daemon.until_written("Zino: no connection (connection refused)");
    daemon.limit_files(5);
    daemon.until_written("Zino: no connection (too many open files)");
    let case = open(&zino, &NewCase::reachability("gw1"));
    zino.up().expect("the ports are free");
    argus.up().expect("the port is free");
    daemon.limit_files(64);
    until_incident(&argus, case);
    let output = stop(daemon);
    assert!(!output.contains("input/output error"), "{output}");
}
