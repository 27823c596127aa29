//! What the recordings of Zino do not show: placeholders, lost state, and what a session leaves behind.

use glue_proto::model::CaseId;
use glue_sim::zino::{CaseError, NewCase, SessionId, ZinoServer};
use sha1::{Digest, Sha1};

const NOW: i64 = 1_800_000_000;
const API: SessionId = SessionId(1);
const NOTIFY: SessionId = SessionId(2);

fn output(server: &mut ZinoServer, session: SessionId) -> String {
    let mut bytes = Vec::new();
    while let Some(more) = server.poll_output(session) {
        bytes.extend(more);
    }
    String::from_utf8(bytes).expect("the server writes UTF-8")
}

fn ask(server: &mut ZinoServer, line: &str) -> String {
    server.receive(API, format!("{line}\r\n").as_bytes(), NOW);
    output(server, API)
}

/// A server with a session that is logged in and tied.
fn tied() -> ZinoServer {
    let mut server = ZinoServer::new("glue", "secret");
    server.connect_api(API);
    let greeting = output(&mut server, API);
    let challenge = greeting.split(' ').nth(1).expect("a challenge");
    let digest: String =
        Sha1::digest(format!("{challenge} secret")).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ask(&mut server, &format!("user glue {digest}")), "200 ok\r\n");
    server.connect_notify(NOTIFY);
    let nonce = output(&mut server, NOTIFY);
    assert_eq!(ask(&mut server, &format!("ntie {}", nonce.trim_end())), "200 ok\r\n");
    server
}

#[test]
fn a_placeholder_has_no_updated_and_is_ignored_without_a_word() {
    let mut server = tied();
    let id = server.open_placeholder(&NewCase::reachability("gw1"), NOW);
    assert_eq!(output(&mut server, NOTIFY), "1 state embryonic open\r\n");
    let case = server.case(id).expect("the case");
    assert_eq!((case.state(), case.attribute("updated"), case.history().len()), ("ignored", None, 1));
    assert_eq!(server.end_maintenance(id, NOW), Ok(()));
    assert_eq!(output(&mut server, NOTIFY), "1 state ignored open\r\n");
    assert_eq!(server.begin_maintenance(id, NOW), Ok(()));
    assert_eq!(output(&mut server, NOTIFY), "");
    assert_eq!(server.case(id).map(|case| (case.state(), case.history().len())), Some(("ignored", 1)));
}

#[test]
fn a_crash_loses_the_last_changes_and_gives_their_numbers_again() {
    let mut server = tied();
    let first = server.open_case(&NewCase::reachability("gw1"), NOW);
    assert_eq!(server.add_history(first, "bob", "kept", NOW), Ok(()));
    assert_eq!(server.add_history(first, "bob", "lost", NOW), Ok(()));
    let second = server.open_case(&NewCase::reachability("gw2"), NOW);
    output(&mut server, NOTIFY);
    server.restart_losing(2);
    assert!(server.is_closed(API) && server.is_closed(NOTIFY));
    assert_eq!(output(&mut server, NOTIFY), "", "a crash says no goodbye");
    assert_eq!(server.case(second), None);
    assert_eq!(server.case(first).map(|case| case.history().len()), Some(2));
    assert_eq!(server.open_case(&NewCase::reachability("gw3"), NOW + 60), second);
}

#[test]
fn without_its_state_the_server_counts_from_one() {
    let mut server = tied();
    server.open_case(&NewCase::reachability("gw1"), NOW);
    server.open_case(&NewCase::reachability("gw2"), NOW);
    output(&mut server, NOTIFY);
    server.lose_state();
    assert_eq!(output(&mut server, NOTIFY), "Normal quit from client, closing down\r\n");
    assert_eq!(server.cases().count(), 0);
    assert_eq!(server.open_case(&NewCase::reachability("gw3"), NOW), CaseId(1));
}

#[test]
fn only_closed_cases_are_scavenged_and_after_eight_hours_by_themselves() {
    let mut server = tied();
    let id = server.open_case(&NewCase::alarm("gw1", "red"), NOW);
    assert_eq!(server.scavenge(id), Err(CaseError::NotClosed));
    assert_eq!(server.close(id, "bob", NOW), Ok(()));
    assert_eq!(server.set_state(id, "open", "bob", NOW), Err(CaseError::Closed));
    server.scavenge_expired(NOW + 8 * 3600);
    assert!(server.case(id).is_some());
    output(&mut server, NOTIFY);
    server.scavenge_expired(NOW + 8 * 3600 + 1);
    assert_eq!(output(&mut server, NOTIFY), "1 scavenged \r\n");
    assert_eq!(server.scavenge(id), Err(CaseError::Unknown));
}

#[test]
fn a_vanished_case_is_announced_by_nothing() {
    let mut server = tied();
    let id = server.open_case(&NewCase::bfd("gw1", 1), NOW);
    output(&mut server, NOTIFY);
    assert_eq!(server.vanish(id), Ok(()));
    assert_eq!(output(&mut server, NOTIFY), "");
    assert_eq!(ask(&mut server, "getattrs 1"), "500 event \"1\" does not exist\r\n");
}

#[test]
fn one_commit_announces_its_changes_in_the_order_of_the_fields() {
    let mut server = tied();
    let id = server.open_case(&NewCase::portstate("gw1", "ge-0/0/1", 1, "a, b"), NOW);
    output(&mut server, NOTIFY);
    let changed = server.edit(id, NOW + 5, |case| {
        case.set("portstate", Some("up"));
        case.add_log("gw1: up again", NOW + 5);
        case.change_state("closed", "monitor", NOW + 5)
    });
    assert_eq!(changed, Ok(true));
    let names = "1 state open closed|1 attr updated|1 attr closed|1 log 1|1 history 1|1 attr lasttrans|1 attr ac_down|\
        1 attr portstate|";
    assert_eq!(output(&mut server, NOTIFY).replace("\r\n", "|"), names);
}

#[test]
fn a_name_that_is_used_again_is_a_new_connection() {
    let mut server = tied();
    server.connect_notify(NOTIFY);
    assert_eq!(output(&mut server, NOTIFY).len(), 42);
    server.open_case(&NewCase::alarm("gw1", "red"), NOW);
    assert_eq!(output(&mut server, NOTIFY), "", "the new channel is not tied");
    server.disconnect(API);
    assert!(!server.is_closed(NOTIFY), "and no session's end is its own");
}

#[test]
fn an_old_server_writes_latin_1() {
    let mut server = tied();
    server.set_latin1(true);
    server.open_case(&NewCase::alarm("gw1", "red").with("lastevent", "blåbær 漢"), NOW);
    server.receive(API, b"getattrs 1\r\n", NOW);
    let bytes = server.poll_output(API).expect("a reply");
    assert!(bytes.windows(8).any(|window| window == b"bl\xe5b\xe6r ?"));
}

#[test]
fn two_runs_are_the_same() {
    let run = || {
        let mut server = tied();
        server.open_case(&NewCase::bgp("gw1", "192.0.2.1", 64_512), NOW);
        (ask(&mut server, "getattrs 1"), ask(&mut server, "gethist 1"), output(&mut server, NOTIFY))
    };
    assert_eq!(run(), run());
}
