//! Two daemons for one source system, as when something has moved a daemon that goes on elsewhere: what
//! `docs/supervisors.md` promises about that.

use crate::rig::{self, Daemon, until};
use crate::{count, incident, open, stop, until_incident};
use glue_proto::model::CaseId;
use glue_sim::net::{ArgusNet, Conduct, ZinoNet};
use glue_sim::zino::NewCase;
use std::time::Duration;

/// As many that each daemon is the first one for some of them.
const CASES: u8 = 20;

/// Writes one more entry into the history of each case, and waits until each incident has as many events as that.
fn add_history(zino: &ZinoNet, argus: &ArgusNet, cases: &[CaseId], text: &str) {
    for case in cases {
        zino.with(|zino, now| zino.add_history(*case, "alice", text, now)).expect("it exists");
    }
    until("the events", || cases.iter().all(|case| copies(argus, *case, text) > 0));
}

/// Counts the events that hold a text of the history.
fn copies(argus: &ArgusNet, case: CaseId, text: &str) -> usize {
    let incident = incident(argus, case).expect("it is there");
    incident.events_of_type("OTH").filter(|event| event.description.contains(text)).count()
}

#[test]
fn b13_two_daemons_make_no_second_incident_and_the_one_that_is_left_doubles_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    // Far enough away that one daemon does not see in time what the other one writes.
    let mut conduct = Conduct::default();
    conduct.answer_delay = Duration::from_millis(100);
    argus.set_conduct(conduct);
    let [first, second] = [(); 2].map(|()| Daemon::start(&zino, &argus, &["-v"]));
    first.until_written("connected, reading all cases");
    second.until_written("connected, reading all cases");

    let cases: Vec<_> = (0..CASES).map(|n| open(&zino, &NewCase::reachability(&format!("gw{n}")))).collect();
    for case in &cases {
        until_incident(&argus, *case);
    }
    add_history(&zino, &argus, &cases, "while there are two");
    stop(first);

    add_history(&zino, &argus, &cases, "while there is one");
    for case in &cases {
        zino.with(|zino, now| zino.close(*case, "alice", now)).expect("it is open");
    }
    let ends = |case: &CaseId| count(&incident(&argus, *case).expect("it is there"), "END");
    until("the ends", || cases.iter().all(|case| ends(case) > 0));
    let output = stop(second);

    assert_eq!(argus.with(|argus, _| argus.incidents().count()), cases.len(), "{output}");
    for case in &cases {
        assert_eq!(
            (copies(&argus, *case, "while there is one"), ends(case)),
            (1, 1),
            "case {case}\n{output}"
        );
        let doubled = copies(&argus, *case, "while there are two");
        assert!((1..=2).contains(&doubled), "case {case} has it {doubled} times\n{output}");
    }
}
