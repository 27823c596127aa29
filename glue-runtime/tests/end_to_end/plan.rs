//! The commands that look at both sides, or act on them, once (behaviour B76).

use crate::rig::{self, Daemon, SECRET, TOKEN};
use crate::{open, until_incident};
use glue_proto::model::CaseId;
use glue_sim::net::{ArgusNet, ZinoNet, serve_snmp};
use glue_sim::snmp::SnmpAgent;
use glue_sim::zino::NewCase;

/// Two servers that were in step, and then four things happened that nobody has carried over.
fn out_of_step() -> (ZinoNet, ArgusNet, [CaseId; 4]) {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start(&zino, &argus, &[]);
    let ids = ["gw1", "gw2", "gw3"].map(|router| open(&zino, &NewCase::reachability(router)));
    let pks = ids.map(|id| until_incident(&argus, id).pk);
    daemon.kill();
    zino.with(|zino, now| {
        zino.close(ids[0], "alice", now).expect("it is open");
        zino.add_history(ids[1], "alice", "a line\nand another", now).expect("it is there");
    });
    argus.with(|argus, now| argus.ack("bob", pks[2], "I am on it", None, now).expect("it is there"));
    let new = open(&zino, &NewCase::bgp("gw4", "10.0.0.1", 64_500));
    (zino, argus, [ids[0], ids[1], ids[2], new])
}

/// Runs a command to its end. Returns its exit status and what it has written, but for the warning about the file.
fn run(zino: &ZinoNet, argus: &ArgusNet, extra: &str, args: &[&str]) -> (Option<i32>, String) {
    let ended = Daemon::start_with(extra, zino, argus, args).end();
    for secret in [TOKEN, SECRET] {
        assert!(!ended.output.contains(secret), "{}", ended.output);
    }
    let lines = ended.output.lines().filter(|line| !line.contains("can read this file"));
    (ended.status, lines.map(|line| format!("{line}\n")).collect())
}

/// How many events all incidents have, and how many entries all histories: they only grow.
fn written(zino: &ZinoNet, argus: &ArgusNet) -> (usize, usize, usize) {
    let (incidents, events) = argus.with(|argus, _| {
        let events = argus.incidents().map(|incident| incident.events.len());
        (argus.incidents().count(), events.sum())
    });
    let entries = zino.with(|zino, _| zino.cases().map(|case| case.history().len()).sum());
    (incidents, events, entries)
}

#[test]
fn b76_a_plan_is_a_table_for_people_and_changes_nothing() {
    let (zino, argus, ids) = out_of_step();
    argus.record();
    let before = written(&zino, &argus);
    let (status, text) = run(&zino, &argus, "", &["plan"]);
    assert_eq!(status, Some(1), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("read 4 cases of 127.0.0.1 in 0."), "{text}");
    assert!(lines[0].contains(" and 3 open incidents in 0.") && lines[0].ends_with(" UTC"), "{text}");
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["CASE", "INCIDENT", "WHAT", "RULE"]);
    for (line, (mark, id, what, rule)) in lines[2..6].iter().zip([
        ("- ", ids[0], "end: \"state change open -> closed (alice)\"", "B27"),
        ("~ ", ids[1], "1 history entry (", "B26"),
        ("> ", ids[2], "tell Zino: \"I am on it (bob)\", state working", "B40"),
        ("+ ", ids[3], "none      create, level 3: gw4 BGP Neighbor AS64500/10.0.0.1 is DOWN", "B21"),
    ]) {
        assert!(line.starts_with(mark) && line.contains(&format!(" {id}  ")), "{line}");
        assert!(line.contains(what) && line.ends_with(rule), "{line}");
    }
    assert_eq!(lines[6], "4 differences: 1 create, 1 change, 1 end, 1 to Zino");
    assert_eq!(lines[7], "nothing was changed; \"zinoargus sync --once\" does this");
    assert_eq!(lines.len(), 8, "{text}");
    assert_eq!(written(&zino, &argus), before);
    let asked = argus.recorded(0);
    assert!(asked.iter().all(|request| request.method == "GET"), "{asked:?}");
}

#[test]
fn b76_a_plan_as_data_has_a_schema_and_the_same_rows() {
    let (zino, argus, ids) = out_of_step();
    let (status, text) = run(&zino, &argus, "", &["plan", "--json"]);
    assert_eq!(status, Some(1), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).expect("nothing else is on standard output");
    assert_eq!(
        (&json["schema"], &json["complete"], &json["failover"]),
        (&1.into(), &true.into(), &false.into())
    );
    assert_eq!(json["counts"], serde_json::json!({ "create": 1, "change": 1, "end": 1, "to_zino": 1 }));
    let rows = json["differences"].as_array().expect("a list");
    let cases: Vec<_> = rows.iter().filter_map(|row| row["case"].as_u64()).collect();
    assert_eq!(cases, ids.map(|id| id.0));
    assert_eq!(
        (&rows[2]["kind"], &rows[2]["rule"], &rows[2]["writes"]),
        (&"to_zino".into(), &"B40".into(), &2.into())
    );
    assert!(rows[3]["incident"].is_null() && rows[0]["incident"].is_u64(), "{text}");
}

#[test]
fn b2_b76_a_plan_without_a_server_or_credentials_says_so_and_shows_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let (status, text) = run(&zino, &argus, "", &["plan"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("in step: no differences\nnothing was changed\n"), "{text}");
    argus.with(|argus, _| argus.remove_token(TOKEN));
    let (status, text) = run(&zino, &argus, "", &["plan"]);
    assert!(status == Some(77) && text.contains("Argus: our credentials were refused"), "{text}");
    assert!(text.contains("giving up: our credentials are refused"), "{text}");
    assert!(!text.contains("in step"), "{text}");
    argus.down();
    let (status, text) = run(&zino, &argus, "", &["plan", "--json"]);
    assert!(status == Some(75) && text.contains("giving up: Argus cannot be reached"), "{text}");
    // The two outputs are read side by side.
    let json = text.lines().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let json = json.expect("data all the same");
    assert_eq!((&json["complete"], &json["gave_up"]), (&false.into(), &"Argus cannot be reached".into()));
    argus.up().expect("its port is free");
    zino.down();
    let (status, text) = run(&zino, &argus, "", &["plan"]);
    assert!(status == Some(75) && text.contains("giving up: there is no session with Zino"), "{text}");
    let (status, text) = run(&zino, &argus, "[oops]\n", &["plan"]);
    assert_eq!(status, Some(78), "{text}");
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a port");
    listener.local_addr().expect("it has one").port()
}

#[test]
fn b76_a_case_is_explained_by_both_servers_where_no_daemon_runs_and_by_the_daemon_where_one_does() {
    let (zino, argus, ids) = out_of_step();
    let boring = open(&zino, &NewCase::portstate("gw9", "ge-1", 7, "core link"));
    let before = written(&zino, &argus);
    let listen = format!("[status]\nlisten = \"127.0.0.1:{}\"\n", free_port());
    let acked = ids[2].to_string();
    let (status, text) = run(&zino, &argus, &listen, &["explain", &acked]);
    assert_eq!(status, Some(1), "{text}");
    for expected in [
        &format!("case {acked} (from both servers, "),
        "zino      reachability gw3, open, opened ",
        &format!("incident  {} ({acked}): open, level 3, acknowledged", until_incident(&argus, ids[2]).pk),
        "verdict   case 3: note in Zino: \"I am on it (bob)\" (B40)",
        "to do     tell Zino: \"I am on it (bob)\", state working (B40)",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let (status, text) = run(&zino, &argus, "", &["explain", &boring.to_string()]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("the description of its port has no comma (B20)"), "{text}");
    assert!(text.contains("to get one: give the port a description with a comma"), "{text}");
    let (status, text) = run(&zino, &argus, "", &["explain", "4711"]);
    assert!(status == Some(1) && text.contains("neither Zino nor Argus knows such a case"), "{text}");
    assert_eq!(written(&zino, &argus), before);
    let daemon = Daemon::start_with(&listen, &zino, &argus, &["-v"]);
    daemon.until_written("setting the state to working");
    rig::until("both sides agree", || {
        let (status, text) = run(&zino, &argus, &listen, &["explain", &acked]);
        status == Some(0) && text.contains("(from the running daemon, ") && text.contains("both sides agree")
    });
    let (status, text) = run(&zino, &argus, &listen, &["explain", &boring.to_string(), "--json"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("nothing else is on standard output");
    assert_eq!(
        (status, &json["schema"], &json["verdict"]["kind"]),
        (Some(0), &1.into(), &"uninteresting".into())
    );
}

#[test]
fn b76_a_sync_does_what_was_planned_says_so_and_leaves_nothing() {
    let (zino, argus, ids) = out_of_step();
    let (status, text) = run(&zino, &argus, "", &["sync", "--once"]);
    assert_eq!(status, Some(0), "{text}");
    let progress = format!("case {}: setting the state to working", ids[2]);
    assert!(text.contains(&progress) && text.contains(" INFO "), "{text}");
    let done = "in step; done: created 1, history 1, ended 1, notes 1, states 1\n";
    assert!(text.ends_with(done), "{text}");
    let before = written(&zino, &argus);
    let (status, text) = run(&zino, &argus, "", &["plan"]);
    assert!(status == Some(0) && text.contains("in step: no differences"), "{text}");
    let (status, text) = run(&zino, &argus, "", &["sync", "--once", "--json"]);
    let json = text.lines().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let json = json.unwrap_or_else(|| panic!("no data in {text}"));
    assert_eq!((status, &json["schema"], &json["done"]["created"]), (Some(0), &1.into(), &0.into()));
    assert_eq!(written(&zino, &argus), before);
}

#[test]
fn b62_b76_a_sync_writes_nothing_beside_a_daemon_that_runs_or_a_primary_that_answers() {
    let (zino, argus, _) = out_of_step();
    let before = written(&zino, &argus);
    let agent = serve_snmp(SnmpAgent::new("public", 0), 0).expect("there is a port");
    let failover = format!(
        "[failover]\nprimary_server = \"127.0.0.1\"\nprimary_snmp_port = {}\nping_timeout = 5\n",
        agent.addr().port()
    );
    let (status, text) = run(&zino, &argus, &failover, &["sync", "--once"]);
    assert!(status == Some(75) && text.contains("giving up: the primary answers"), "{text}");
    let (status, text) = run(&zino, &argus, &failover, &["plan"]);
    assert!(status == Some(1) && text.contains("this is what an ACTIVE daemon would do"), "{text}");
    assert_eq!(written(&zino, &argus), before);
    let listen = format!("[status]\nlisten = \"127.0.0.1:{}\"\n", free_port());
    let daemon = Daemon::start_with(&listen, &zino, &argus, &["-v"]);
    daemon.until_written("listening on");
    let (status, text) = run(&zino, &argus, &listen, &["sync", "--once"]);
    assert!(status == Some(75) && text.contains("a daemon runs, and answers at 127.0.0.1:"), "{text}");
    let (status, text) = run(&zino, &argus, "", &["sync"]);
    assert!(status == Some(2) && text.contains("--once"), "{text}");
}
