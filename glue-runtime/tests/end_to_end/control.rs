//! Commands to the running program (behaviour B77).

use crate::rig::{self, Daemon};
use crate::{open, stop, until_incident};
use glue_sim::zino::NewCase;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};

const CONTROL: &str = "[failover]\nprimary_server = \"127.0.0.1\"\nprimary_snmp_port = 9\nping_interval = 3600\n\
                       threshold = 100\n[status]\ncontrol = \"unix:control\"\n";

/// Runs a command beside the daemon, with the same configuration.
pub(crate) fn ask(daemon: &Daemon, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zinoargus"));
    let command = command.args(args).current_dir(daemon.folder()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().expect("it was built");
    (status.code(), [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat())
}

/// Sends anything to the socket; returns what comes back.
pub(crate) fn send(daemon: &Daemon, bytes: &str) -> String {
    let mut stream = UnixStream::connect(daemon.folder().join("control")).expect("it listens");
    stream.write_all(bytes.as_bytes()).expect("it reads");
    let mut answer = String::new();
    // What is too long is not read to its end, so that the answer may be lost with the connection.
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Writes down a request.
pub(crate) fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn b77_a_running_daemon_is_commanded_on_its_socket() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_with(CONTROL, &zino, &argus, &["-v"]);
    daemon.until_written("status.control: listening on unix:control");
    let case = open(&zino, &NewCase::reachability("gw1"));
    let (status, text) = ask(&daemon, &["failover", "activate"]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("say --yes"), "{text}");
    let (status, text) = ask(&daemon, &["failover", "activate", "--yes"]);
    assert!(status == Some(0) && text.starts_with("done: keep ACTIVE\n"), "{status:?} {text}");
    until_incident(&argus, case);
    for (args, expected) in [
        (&["failover", "pause", "--for", "2h"][..], (Some(0), "done: pause failover for 7200 s\n")),
        (&["retry", "1"], (Some(0), "done: try case 1 again\n")),
        (&["accept-state-loss"], (Some(75), "no incident is held back")),
        (&["retry", "4711"], (Some(75), "nothing is known of case 4711")),
        (&["failover", "standby", "--yes"], (Some(0), "done: keep STANDBY\n")),
        (&["failover", "resume"], (Some(0), "done: resume failover\n")),
    ] {
        let (status, text) = ask(&daemon, args);
        assert!(status == expected.0 && text.contains(expected.1), "{args:?}: {status:?} {text}");
    }
    for line in ["control: command of uid ", "changing to ACTIVE by command", "failover: resumed"] {
        daemon.until_written(line);
    }
    stop(daemon);
}

#[test]
fn b77_what_is_no_command_is_refused_and_nothing_else_happens() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_with(CONTROL, &zino, &argus, &["-v"]);
    daemon.until_written("status.control: listening on unix:control");
    let post = |body: &str| post("/command", body);
    for (request, status) in [
        ("GET /command HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "404"),
        (post("{\"explode\":1}"), "400"),
        ("\r\nnonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = send(&daemon, &request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let long = send(&daemon, &post(&"x".repeat(100_000)));
    assert!(long.is_empty() || long.starts_with("HTTP/1.1 400 "), "{long}");
    assert_eq!(ask(&daemon, &["failover", "resume"]).0, Some(0), "it goes on");
    stop(daemon);
}

#[test]
fn b77_without_a_socket_a_command_says_what_is_missing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start(&zino, &argus, &[]);
    let (status, text) = ask(&daemon, &["failover", "resume"]);
    assert_eq!(status, Some(78));
    assert!(text.contains("status.control: missing"), "{text}");
    stop(daemon);
}
