//! A recording of the daemon, and what is made of it (behaviour B79).

use crate::control::{ask, post, send};
use crate::rig::{self, Daemon, Ended, SECRET, SOURCE, TOKEN, USER, until};
use crate::{count, incident, open, stop, until_incident};
use glue_sim::zino::NewCase;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// Another secret, which Zino gets while the daemon runs.
const NEXT_SECRET: &str = "hush-secret-4712";
/// Another token.
const NEXT_TOKEN: &str = "hush-token-4712";

/// Runs `zinoargus replay`. Returns the exit status, and everything that it wrote.
fn replay(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_zinoargus")).arg("replay").args(args).current_dir(folder).output();
    let output = output.expect("the system plays along");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("it is text"))
}

/// Makes of a recording what can be made of it.
fn other_files(folder: &Path, text: &str, case: &str) {
    let (status, shown) = replay(folder, &["a.rec", "--anonymise", "b.rec"]);
    assert_eq!((status, shown.as_str()), (Some(0), "the machine does the same again\n"));
    let mode = fs::metadata(folder.join("b.rec")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (status, shown) = replay(folder, &["b.rec", "--case", case]);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains(" is not reachable") && shown.contains(", with other names\n"), "{shown}");
    let anonymised = fs::read_to_string(folder.join("b.rec")).expect("it is there");
    for name in ["trondheim", "hammerfest", "hovedlinje"] {
        assert!(text.contains(name) && !anonymised.contains(name), "{name}: {anonymised}");
    }
    let (status, shown) = replay(folder, &["a.rec", "--anonymise", "b.rec"]);
    assert!(status == Some(71) && shown.contains("b.rec: File exists"), "{shown}");

    let (status, shown) = replay(folder, &["a.rec", "--html", "a.html"]);
    assert_eq!((status, shown.as_str()), (Some(0), "the machine does the same again\n"));
    let page = fs::read_to_string(folder.join("a.html")).expect("it is there");
    let lines = text.lines().filter(|line| line.starts_with("{\"action\"") || line.contains("\"input\":"));
    assert_eq!(page.matches("<li ").count(), lines.count() + 1, "the last one is the end");
    assert!(
        page.contains("trondheim-gw1 is not reachable") && page.contains("the machine does the same again")
    );
    assert_eq!(replay(folder, &["a.rec", "--html", "a.html"]).0, Some(71), "no file is replaced");

    let (status, shown) = replay(folder, &["a.rec", "--html", "c.html", "--case", case]);
    assert_eq!((status, shown.as_str()), (Some(0), "the machine does the same again\n"));
    let one = fs::read_to_string(folder.join("c.html")).expect("it is there");
    let rows = |page: &str| page.matches("<li ").count();
    assert!(rows(&one) > 3 && rows(&one) < rows(&page), "{} {}", rows(&one), rows(&page));

    let (status, shown) = replay(folder, &["a.rec", "--anonymise", "d.rec", "--html", "d.html"]);
    assert_eq!((status, shown.as_str()), (Some(0), "the machine does the same again\n"));
    let other = fs::read_to_string(folder.join("d.html")).expect("it is there");
    assert!(rows(&other) == rows(&page) && !other.contains("trondheim"), "{other}");
    let (status, shown) = replay(folder, &["a.rec", "--anonymise", "e.rec", "--case", case]);
    assert!(status == Some(2) && shown.contains("cannot be used with"), "{shown}");
}

#[test]
fn b4_b79_a_recording_with_faults_and_a_reload_replays_to_the_same_and_holds_no_secret() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start(&zino, &argus, &["--record", "a.rec"]);
    let folder = std::env::temp_dir().join(format!("zinoargus-record-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the system plays along");
    let first = open(&zino, &NewCase::reachability("trondheim-gw1"));
    let pk = until_incident(&argus, first).pk;
    argus.with(|argus, now| argus.ack("bob", pk, "hovedlinje", None, now)).expect("it is open");
    zino.down();
    argus.with(|argus, _| {
        argus.remove_token(TOKEN);
        argus.add_token(SOURCE, NEXT_TOKEN);
    });
    let configuration = rig::configuration(&zino, &argus);
    let next = configuration.replace(TOKEN, NEXT_TOKEN).replace(SECRET, NEXT_SECRET);
    daemon.replace("zinoargus.toml", &next);
    daemon.signal("HUP");
    zino.with(|zino, _| zino.set_user(USER, NEXT_SECRET));
    let second = open(&zino, &NewCase::reachability("hammerfest-gw2"));
    zino.up().expect("the ports are free");
    until_incident(&argus, second);
    zino.with(|zino, now| zino.close(first, "alice", now)).expect("it is open");
    until("the end", || incident(&argus, first).is_some_and(|incident| count(&incident, "END") == 1));
    daemon.signal("TERM");
    let file = daemon.folder().join("a.rec");
    until("the end of the recording", || {
        fs::read_to_string(&file).is_ok_and(|text| text.ends_with("{\"end\":\"the daemon ended\"}\n"))
    });
    let copy = folder.join("a.rec");
    fs::copy(&file, &copy).expect("it is there");
    let mode = fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(daemon.end().status, Some(0));

    let text = fs::read_to_string(&copy).expect("it is there");
    for secret in [SECRET, TOKEN, NEXT_SECRET, NEXT_TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("\"reload\"") && text.contains("secret-2"), "{text}");
    let (status, shown) = replay(&folder, &["a.rec"]);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.ends_with("the machine does the same again\n"), "{shown}");
    let (status, shown) = replay(&folder, &["a.rec", "--json", "--case", &second.to_string()]);
    assert_eq!(status, Some(0), "{shown}");
    assert!(
        shown.starts_with("{\"anonymised\":false,\"begin\":") && shown.ends_with("{\"same\":true}\n"),
        "{shown}"
    );
    assert!(shown.contains("hammerfest") && !shown.contains("case 1: created"), "{shown}");

    other_files(&folder, &text, &second.to_string());

    let other = text.replacen("source_incident_id", "source_incident", 1);
    fs::write(&copy, other).expect("there is room");
    assert_eq!(replay(&folder, &["a.rec"]).0, Some(1));
    fs::write(&copy, text.replacen("{\"action\"", "{\"act", 1)).expect("there is room");
    let (status, shown) = replay(&folder, &["a.rec"]);
    assert_eq!(status, Some(65), "{shown}");
    assert!(shown.contains("a.rec: line 2: "), "{shown}");
    fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn b79_a_file_that_cannot_be_made_is_an_error_at_the_start() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start(&zino, &argus, &["--record", "none/a.rec"]);
    let Ended { status, output, .. } = daemon.end();
    assert_eq!(status, Some(71), "{output}");
    assert!(output.contains("--record: none/a.rec: No such file or directory"), "{output}");
}

#[test]
fn b79_an_old_recording_is_kept_under_another_name() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_beside(
        &[("a.rec", "old")],
        &rig::configuration(&zino, &argus),
        &["-v", "--record", "a.rec"],
    );
    daemon.until_written("connected, reading all cases");
    let old = fs::read_to_string(daemon.folder().join("a.rec.1"));
    assert_eq!(old.expect("it is there"), "old");
    stop(daemon);
}

/// A configuration in which the daemon takes commands, and can be asked.
const CONTROL: &str = "[failover]\nprimary_server = \"127.0.0.1\"\nprimary_snmp_port = 9\nping_interval = 0.2\n\
                       ping_timeout = 0.1\nthreshold = 1\nsnmp_community = \"hush-community\"\n\
                       [status]\ncontrol = \"unix:control\"\nlisten = \"unix:status\"\n";

#[test]
fn b4_b77_b79_a_running_daemon_begins_and_ends_a_recording_which_shows_what_happened() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_with(CONTROL, &zino, &argus, &["-v"]);
    let before = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, before);
    let (status, text) = ask(&daemon, &["record", "stop"]);
    assert!(status == Some(75) && text.contains("nothing is being recorded"), "{status:?} {text}");
    let path = daemon.folder().join("a.rec");
    let (status, text) = ask(&daemon, &["record", "start", "a.rec", "--limit", "1"]);
    let done = format!("done: record to {}\n", path.display());
    assert!(status == Some(0) && text.starts_with(&done), "{status:?} {text}");
    let mode = fs::metadata(&path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (status, text) = ask(&daemon, &["record", "start", "b.rec"]);
    let expected = format!("it is being recorded to {}", path.display());
    assert!(status == Some(75) && text.contains(&expected), "{status:?} {text}");
    assert!(!daemon.folder().join("b.rec").exists());
    let (_, text) = ask(&daemon, &["status"]);
    assert!(text.contains(&format!("record  to {} since 20", path.display())), "{text}");

    let during = open(&zino, &NewCase::reachability("gw2"));
    until_incident(&argus, during);
    // The community goes out with the next probe.
    until("a probe", || fs::read_to_string(&path).is_ok_and(|text| text.contains("send_datagram")));
    let (status, text) = ask(&daemon, &["record", "stop"]);
    let done = format!("done: the recording to {} has ended\n", path.display());
    assert!(status == Some(0) && text.starts_with(&done), "{status:?} {text}");
    let (_, text) = ask(&daemon, &["status"]);
    assert!(!text.contains("record  to"), "{text}");
    let after = open(&zino, &NewCase::reachability("gw3"));
    until_incident(&argus, after);

    let text = fs::read_to_string(&path).expect("it is there");
    let hex: String = "hush-community".bytes().map(|byte| format!("{byte:02x}")).collect();
    for secret in [SECRET, TOKEN, "hush-community", &hex] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("gw2") && !text.contains("gw3"), "{text}");
    assert!(text.ends_with("{\"end\":\"it was ended by command\"}\n"), "{text}");
    let (status, shown) = replay(daemon.folder(), &["a.rec"]);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.lines().next().is_some_and(|line| line.ends_with("shown as it was, and not run again")));
    assert!(shown.contains("gw2") && shown.contains("ended by command"), "{shown}");
    stop(daemon);
}

#[test]
fn b77_b79_a_recording_that_cannot_begin_says_why_and_touches_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let configuration = rig::configuration(&zino, &argus) + "[status]\ncontrol = \"unix:control\"\n";
    let files = [("a.rec", "mine"), ("b.rec.1", "mine, too")];
    let daemon = Daemon::start_beside(&files, &configuration, &["-v"]);
    daemon.until_written("connected, reading all cases");
    std::os::unix::fs::symlink("nowhere", daemon.folder().join("c.rec")).expect("the system plays along");
    let long = "x".repeat(300);
    for (file, why) in [
        ("a.rec", "a.rec exists already"),
        ("b.rec", "b.rec.1 exists already"),
        ("c.rec", "c.rec exists already"),
        (".", " exists already"),
        ("none/a.rec", "No such file or directory (os error 2); it is the daemon who opens the file"),
        ("a.rec/b.rec", "Not a directory"),
        ("/proc/a.rec", "it is the daemon who opens the file, as its own user"),
        (&long, "File name too long"),
        ("b\nc/d", "b\\nc/d: No such file or directory"),
    ] {
        let (status, text) = ask(&daemon, &["record", "start", file]);
        assert!(status == Some(75) && text.contains(why), "{file}: {status:?} {text}");
    }
    let body = r#"{"start":{"file":"a.rec","limit":1}}"#;
    let answer = send(&daemon, &post("/record", body));
    assert!(answer.contains("409") && answer.contains("the path must begin at the root"), "{answer}");
    let answer = send(&daemon, &post("/record", r#"{"start":{"file":"/a"}}"#));
    assert!(answer.contains("400"), "{answer}");
    for (name, text) in files {
        assert_eq!(fs::read_to_string(daemon.folder().join(name)).expect("it is there"), text);
    }
    assert!(!daemon.folder().join("b.rec").exists() && !daemon.folder().join("nowhere").exists());
    let case = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, case);
    stop(daemon);
}

#[test]
fn b77_b79_a_recording_from_the_start_that_is_ended_by_command_can_be_run_again() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_with(CONTROL, &zino, &argus, &["-v", "--record", "a.rec"]);
    let case = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, case);
    assert_eq!(ask(&daemon, &["record", "stop"]).0, Some(0));
    let (status, shown) = replay(daemon.folder(), &["a.rec"]);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.ends_with("the machine does the same again\n"), "{shown}");
    // The names of the first one are taken now.
    assert_eq!(ask(&daemon, &["record", "start", "a.rec"]).0, Some(75));
    assert_eq!(ask(&daemon, &["record", "start", "b.rec"]).0, Some(0));
    stop(daemon);
}

#[test]
fn b5_b77_b79_a_recording_that_cannot_go_on_ends_alone_and_says_why() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_with(CONTROL, &zino, &argus, &["-v"]);
    let first = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, first);
    assert_eq!(ask(&daemon, &["record", "start", "a.rec", "--limit", "1"]).0, Some(0));
    // No file can take the name of a folder.
    fs::create_dir(daemon.folder().join("a.rec.1")).expect("the system plays along");
    let note = "a long story ".repeat(1000);
    for _ in 0..60 {
        zino.with(|zino, now| zino.add_history(first, "alice", &note, now)).expect("it is open");
    }
    daemon.until_written("the recording has ended: Is a directory");
    let (_, text) = ask(&daemon, &["status"]);
    assert!(text.contains(", ENDED: Is a directory (os error 21)\n"), "{text}");
    let second = open(&zino, &NewCase::reachability("gw2"));
    until_incident(&argus, second);
    assert_eq!(ask(&daemon, &["record", "start", "b.rec"]).0, Some(0), "it is no longer in the way");
    assert_eq!(ask(&daemon, &["record", "stop"]).0, Some(0));
    let (status, shown) = replay(daemon.folder(), &["a.rec", "--case", "1"]);
    assert_eq!(status, Some(0), "{shown}");
    stop(daemon);
}
