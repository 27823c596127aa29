//! Secrets and configurations that are read again while the daemon runs (behaviour B74, B75).

use crate::control::{ask, post, send};
use crate::rig::{self, Daemon, SECRET, SOURCE, TOKEN, USER, until};
use crate::{open, stop, until_incident};
use glue_sim::argus::ArgusServer;
use glue_sim::net::{ArgusNet, ZinoNet, serve_argus};
use glue_sim::zino::NewCase;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;

/// What must never be seen, either.
const NEXT_TOKEN: &str = "hush-token-4712";
const NEXT_SECRET: &str = "hush-secret-4712";

/// A daemon whose secrets lie in files of their own.
fn with_files(zino: &ZinoNet, argus: &ArgusNet) -> Daemon {
    let configuration = rig::configuration(zino, argus)
        .replace(&format!("token = \"{TOKEN}\""), "token_file = \"token\"")
        .replace(&format!("secret = \"{SECRET}\""), "secret_file = \"secret\"");
    let files = [("token", &*format!("{TOKEN}\n")), ("secret", SECRET)];
    Daemon::start_beside(&files, &configuration, &["-vvv"])
}

fn hides_everything(output: &str) {
    for secret in [TOKEN, SECRET, NEXT_TOKEN, NEXT_SECRET] {
        assert!(!output.contains(secret), "{output}");
    }
}

#[test]
fn b74_secrets_that_are_rotated_on_disk_are_used_without_an_exit_and_without_loss() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = with_files(&zino, &argus);
    let first = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, first);
    daemon.replace("token", &format!("{NEXT_TOKEN}\r\n"));
    daemon.replace("secret", NEXT_SECRET);
    argus.with(|argus, _| {
        argus.remove_token(TOKEN);
        argus.add_token(SOURCE, NEXT_TOKEN);
    });
    let second = open(&zino, &NewCase::reachability("gw2"));
    until_incident(&argus, second);
    zino.down();
    zino.with(|zino, _| zino.set_user(USER, NEXT_SECRET));
    let third = open(&zino, &NewCase::reachability("gw3"));
    zino.up().expect("the ports are free");
    until_incident(&argus, third);
    for line in [
        "argus.token_file: another secret was read, and is used from now on",
        "zino.secret_file: another secret was read, and is used from now on",
        "Argus: our credentials are accepted again",
    ] {
        daemon.until_written(line);
    }
    hides_everything(&stop(daemon));
}

#[test]
fn b74_a_file_that_is_missing_when_it_is_read_again_is_told_once_and_ends_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = with_files(&zino, &argus);
    daemon.until_written("Argus: our incidents were listed");
    daemon.replace("token", "two\nlines");
    argus.with(|argus, _| argus.remove_token(TOKEN));
    daemon.until_written("Argus: our credentials are no longer accepted");
    daemon.until_written(
        "argus.token_file: token: of more than one line; a file with the token in a single line. ",
    );
    argus.with(|argus, _| argus.add_token(SOURCE, TOKEN));
    until("the last word", || daemon.output().contains("The one from before is tried again"));
    hides_everything(&stop(daemon));
}

/// Asks the daemon for a page; empty if it cannot be asked.
fn get(port: u16, path: &str) -> String {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().unwrap_or_default()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("there is a port").local_addr().expect("it has one").port()
}

#[test]
fn b75_a_configuration_with_errors_is_refused_with_all_of_them_and_the_one_from_before_stays() {
    let (zino, argus, port, other) = (rig::zino(), rig::argus(), free_port(), free_port());
    let plain = rig::configuration(&zino, &argus);
    let with = |text: &str, port: u16| format!("{text}[status]\nlisten = \"127.0.0.1:{port}\"\n");
    let daemon = Daemon::start_beside(&[], &with(&plain, port), &["-v"]);
    daemon.until_written("Zino: connected");
    let metric = |port, text: &str| get(port, "/metrics").lines().any(|line| line == text);
    until("the first metric", || metric(port, "zinoargus_config_last_reload_successful 1"));
    let wrong = with(&plain.replace("refresh_interval = 0.5", "refresh_intervall = 0.5"), other);
    daemon.replace("zinoargus.toml", &wrong.replace("write_timeout = 2", "write_timeout = 0"));
    daemon.signal("HUP");
    let refused = "the configuration was not taken, the one from before stays in force: zinoargus.toml:";
    for error in ["argus.write_timeout: 0 s is out of range; ", "sync.refresh_intervall: unknown key; "] {
        daemon.until_written(error);
    }
    daemon.until_written("reading both servers again on request");
    assert_eq!(daemon.output().matches(refused).count(), 2);
    until("the metric", || metric(port, "zinoargus_config_last_reload_successful 0"));
    assert!(get(other, "/healthz").is_empty());

    // A port that is taken is an error, too, and nothing of the rest is taken.
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = taken.local_addr().expect("it has one");
    daemon.replace("zinoargus.toml", &with(&plain, address.port()));
    daemon.signal("HUP");
    daemon.until_written(&format!("status.listen: cannot listen on {address}: Address already in use"));

    daemon.replace("zinoargus.toml", &with(&plain, other));
    daemon.signal("HUP");
    daemon.until_written("the configuration was read again, and is in force");
    until("the new port", || metric(other, "zinoargus_config_last_reload_successful 1"));
    until("the end of the old one", || get(port, "/healthz").is_empty());
    let output = stop(daemon);
    assert_eq!(output.matches("Zino: connected").count(), 1, "the session stays: {output}");
    hides_everything(&output);
}

/// Tells whether nobody takes commands any more.
fn send_refused(daemon: &Daemon) -> bool {
    UnixStream::connect(daemon.folder().join("control")).is_err()
}

#[test]
fn b75_b77_the_command_waits_until_the_configuration_is_in_force_or_prints_all_errors() {
    const DONE: &str = "done: the configuration was read again, and is in force\n";
    let (zino, argus) = (rig::zino(), rig::argus());
    let plain = rig::configuration(&zino, &argus);
    let with = |text: &str, control: &str| format!("{text}[status]\ncontrol = \"unix:{control}\"\n");
    let daemon = Daemon::start_beside(&[], &with(&plain, "control"), &["-v"]);
    daemon.until_written("Zino: connected");
    let wrong = with(&plain.replace("refresh_interval = 0.5", "refresh_intervall = 0.5"), "control");
    daemon.replace("zinoargus.toml", &wrong.replace("write_timeout = 2", "write_timeout = 0"));
    let (status, text) = ask(&daemon, &["reload"]);
    assert_eq!((status, text.matches("zinoargus.toml:").count()), (Some(78), 2), "{text}");
    for error in ["argus.write_timeout: 0 s is out of range; ", "sync.refresh_intervall: unknown key; "] {
        assert!(text.contains(error) && daemon.output().contains(error), "{text}");
    }
    // Without its socket in the file the daemon cannot be asked, and the file is judged all the same.
    daemon.replace("zinoargus.toml", "[argus");
    assert_eq!(ask(&daemon, &["reload"]).0, Some(78));
    daemon.replace("zinoargus.toml", &plain);
    let (status, text) = ask(&daemon, &["reload"]);
    assert!(status == Some(78) && text.contains("status.control: missing"), "{text}");

    let pid = daemon.pid().to_string();
    let (status, text) = ask(&daemon, &["reload", "--or-signal", &pid]);
    assert!(status == Some(0) && text.contains("told by a signal"), "{text}");
    until("the new file", || !daemon.folder().join("control").exists() || send_refused(&daemon));
    daemon.replace("zinoargus.toml", &with(&plain, "control"));
    assert_eq!(ask(&daemon, &["reload", "--or-signal", &pid]).0, Some(0));
    until("the socket is back", || ask(&daemon, &["reload"]).0 == Some(0));
    daemon.replace("zinoargus.toml", "[status]");
    assert_eq!(ask(&daemon, &["reload", "--or-signal", &pid]).0, Some(78), "a wrong file is not told of");

    // Many at once: each is answered.
    daemon.replace("zinoargus.toml", &with(&plain.replace("0.5", "0.4"), "control"));
    thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| ask(&daemon, &["reload"]))).collect();
        for asked in asking {
            assert_eq!(asked.join().expect("it does not panic"), (Some(0), String::from(DONE)));
        }
    });
    daemon.until_written("control: command of uid ");

    // The socket moves, and whoever has asked for that on the old one is answered there.
    daemon.replace("zinoargus.toml", &with(&plain, "next"));
    let answer = send(&daemon, &post("/reload", ""));
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(DONE), "{answer}");
    assert_eq!(ask(&daemon, &["reload"]), (Some(0), String::from(DONE)));
    let output = stop(daemon);
    assert_eq!(output.matches("Zino: connected").count(), 1, "the session stays: {output}");
    hides_everything(&output);
}

#[test]
fn b75_other_settings_and_another_argus_are_in_force_without_a_restart() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let plain = rig::configuration(&zino, &argus);
    let daemon = Daemon::start_beside(&[], &plain.replace("ticket.enable = true\n", ""), &["-v"]);
    let case = open(&zino, &NewCase::reachability("gw1"));
    let pk = until_incident(&argus, case).pk;
    let url = "https://tickets.example.org/7";
    argus.with(|argus, now| argus.set_ticket("bob", pk, url, now)).expect("it is open");
    daemon.replace("zinoargus.toml", &plain);
    daemon.signal("HUP");
    let noted = || {
        zino.with(|zino, _| {
            let history = zino.case(case).expect("it exists").history();
            history.iter().any(|entry| entry.message.contains(url))
        })
    };
    until("the note", noted);

    let next = serve_argus(ArgusServer::new(SOURCE, NEXT_TOKEN), 0).expect("there is a port");
    let moved = rig::configuration(&zino, &next).replace(TOKEN, NEXT_TOKEN);
    daemon.replace("zinoargus.toml", &moved);
    // Whoever asks twice is heard, too.
    daemon.signal("HUP");
    daemon.signal("HUP");
    until_incident(&next, case);
    let before = argus.with(|argus, _| argus.find(SOURCE, &case.to_string()).cloned()).expect("it stays");
    let later = open(&zino, &NewCase::reachability("gw2"));
    until_incident(&next, later);
    assert_eq!(before.end_time, glue_sim::argus::EndTime::Infinity);
    assert!(argus.with(|argus, _| argus.find(SOURCE, &later.to_string()).is_none()));
    let output = stop(daemon);
    assert_eq!(output.matches("Zino: connected").count(), 1, "the session stays: {output}");
    hides_everything(&output);
}

#[test]
fn b75_another_zino_is_connected_to_at_once() {
    let (zino, argus, next) = (rig::zino(), rig::argus(), rig::zino());
    let daemon = Daemon::start_beside(&[], &rig::configuration(&zino, &argus), &["-v"]);
    daemon.until_written("Zino: connected");
    let case = open(&next, &NewCase::reachability("gw1"));
    daemon.replace("zinoargus.toml", &rig::configuration(&next, &argus));
    daemon.signal("HUP");
    until_incident(&argus, case);
    let output = stop(daemon);
    assert!(!output.contains("connection lost"), "{output}");
}
