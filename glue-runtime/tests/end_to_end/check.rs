//! `zinoargus check` between the simulated servers: what it says, and that it writes nothing (behaviour B76).

use crate::rig::{self, Daemon, SECRET, TOKEN, USER};
use glue_sim::argus::Restart;
use glue_sim::net::{ArgusNet, ZinoNet, serve_snmp};
use glue_sim::snmp::SnmpAgent;
use glue_sim::zino::NewCase;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::thread;

/// Runs the check to its end. Returns its exit status and what it has written, but for the warning about the file.
fn check(zino: &ZinoNet, argus: &ArgusNet, extra: &str, args: &[&str]) -> (Option<i32>, String) {
    let ended = Daemon::start_with(extra, zino, argus, &[&["check"], args].concat()).end();
    for secret in [TOKEN, SECRET] {
        assert!(!ended.output.contains(secret), "{}", ended.output);
    }
    let lines = ended.output.lines().filter(|line| !line.contains("can read this file"));
    (ended.status, lines.map(|line| format!("{line}\n")).collect())
}

/// A secondary whose primary is this machine, at that port.
fn failover(agent: SocketAddr) -> String {
    format!("[failover]\nprimary_server = \"localhost\"\nprimary_snmp_port = {}\n", agent.port())
}

#[test]
fn b76_check_tries_everything_and_writes_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let now = zino.with(|zino, now| {
        zino.open_case(&NewCase::reachability("gw1"), now);
        now
    });
    let agent = serve_snmp(SnmpAgent::new("public", now - 86_400), 0).expect("there is a port");
    argus.record();
    zino.record();
    let (status, text) = check(&zino, &argus, &failover(agent.addr()), &[]);
    assert_eq!(status, Some(0), "{text}");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("Zino     127.0.0.1 port "), "{text}");
    let case = zino.with(|zino, _| zino.cases().next().map(|case| case.id())).expect("it was opened");
    let read = format!("  case           ok: case {case} was read, one of 1");
    let expected = [
        "  login          ok: logged in as glue",
        "  notifications  ok: tied to the session",
        &read,
        lines[4],
        "  token          ok: accepted, open incidents: 0",
        "  source system  ok: zino",
        "  heartbeat      ok: supported",
        "  reopening      ok: supported",
        "  clock          ok: the same as ours",
    ];
    assert_eq!(lines[1..10], expected, "{text}");
    assert!(lines[10].starts_with("primary  localhost port "), "{text}");
    assert!(text.contains("  127.0.0.1      ok: answered, up for 8640"), "{text}");
    // Whether `localhost` has another address is for the machine; nobody listens there.
    let others = ("localhost", 0).to_socket_addrs().expect("it resolves").any(|address| address.is_ipv6());
    assert_eq!(text.contains("  ::1            WARNING: port unreachable"), others, "{text}");

    let methods: Vec<_> = argus.recorded(0).into_iter().map(|seen| (seen.method, seen.target)).collect();
    assert!(methods.len() >= 6 && methods.iter().all(|(method, _)| method == "GET" || method == "OPTIONS"));
    assert_eq!(argus.with(|argus, _| (argus.heartbeats(), argus.incidents().count())), (0, 0));
    let heard = zino.recorded(0).into_iter().map(|heard| String::from_utf8_lossy(&heard.bytes).into_owned());
    let heard: Vec<_> = heard.filter(|line| !line.is_empty()).collect();
    let allowed =
        |line: &String| ["user ", "ntie ", "caseids", "getattrs "].iter().any(|word| line.starts_with(word));
    assert!(heard.iter().all(allowed), "{heard:?}");
}

#[test]
fn b78_check_asks_the_daemon_of_the_primary_and_says_what_to_do_where_it_is_dead() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let agent = serve_snmp(SnmpAgent::new("public", 0), 0).expect("there is a port");
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = listener.local_addr().expect("it is bound");
    let extra = failover(agent.addr()) + &format!("primary_health_url = \"http://{address}/active\"\n");
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("it is asked");
        let mut heard = [0; 1024];
        let length = stream.read(&mut heard).expect("it says something");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("it listens");
        String::from_utf8_lossy(&heard[..length]).into_owned()
    });
    let (status, text) = check(&zino, &argus, &extra, &[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains(&format!("peer     http://{address}/active\n  health         ok: ACTIVE")),
        "{text}"
    );
    let heard = peer.join().expect("it does not panic");
    assert!(heard.starts_with("GET /active HTTP/1.1\r\n") && !heard.contains(TOKEN), "{heard}");
    let (status, text) = check(&zino, &argus, &extra, &[]);
    assert_eq!(status, Some(75), "{text}");
    assert!(text.contains("  health         FAILED: connection refused\n"), "{text}");
}

#[test]
fn b52_a_token_of_a_person_is_77_and_an_argus_that_knows_less_is_a_warning() {
    let (zino, argus) = (rig::zino(), rig::argus());
    argus.with(|argus, _| {
        argus.edit_options(|options| {
            options.knows_heartbeat = false;
            options.restart = Restart::Refused;
        });
    });
    let (status, text) = check(&zino, &argus, "", &[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains("  heartbeat      WARNING: not supported\n                 Argus cannot notice"),
        "{text}"
    );
    assert!(text.contains("  reopening      WARNING: not supported\n"), "{text}");
    argus.with(|argus, _| {
        argus.remove_token(TOKEN);
        argus.add_token("bob", TOKEN);
    });
    let (status, text) = check(&zino, &argus, "", &[]);
    assert_eq!(status, Some(77), "{text}");
    assert!(
        text.contains("source system  REFUSED: the token belongs to bob, a user without a source system"),
        "{text}"
    );
}

#[test]
fn b76_check_says_the_same_as_data() {
    let (zino, argus) = (rig::zino(), rig::argus());
    argus.down();
    let (status, text) = check(&zino, &argus, "", &["--json"]);
    assert_eq!(status, Some(75), "{text}");
    let data: serde_json::Value = serde_json::from_str(&text).expect("one object");
    assert_eq!((&data["schema"], &data["ok"]), (&1.into(), &false.into()));
    let items = data["items"].as_array().expect("a list");
    let shown = |item: &serde_json::Value| {
        ["peer", "item", "verdict", "text"]
            .map(|key| item[key].as_str().unwrap_or_default().to_owned())
            .join("|")
    };
    let shown: Vec<_> = items.iter().map(shown).collect();
    let expected = [
        format!("zino|login|ok|logged in as {USER}"),
        "zino|notifications|ok|tied to the session".into(),
        "zino|case|ok|there is none at present".into(),
        "argus|token|failed|connection refused".into(),
        "argus|source system|not_tried|it takes a token that is accepted".into(),
        "argus|heartbeat|not_tried|it takes a token that is accepted".into(),
        "argus|reopening|not_tried|it takes a token that is accepted".into(),
        "argus|clock|not_tried|it takes an answer".into(),
    ];
    assert_eq!(shown, expected, "{text}");
    assert!(items[0]["hint"].is_null() && items[3]["hint"].is_string(), "{text}");
}
