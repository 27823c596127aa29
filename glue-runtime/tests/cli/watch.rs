//! `status --watch`: the state of the running daemon, again and again (behaviour B76).

use super::{Daemon, Dir, PATIENCE, closed_port, config, until};
use std::io::{BufRead as _, BufReader};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// Waits for a line that begins so.
fn until_line(lines: &Receiver<String>, begin: &str) {
    let deadline = Instant::now() + PATIENCE;
    let next = || lines.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    let mut lines = std::iter::from_fn(|| next().ok());
    assert!(lines.any(|line| line.starts_with(begin)), "no line that begins with {begin:?}");
}

/// Reads lines for as long as somebody wants them.
fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn b76_a_watcher_sees_the_daemon_and_that_it_goes_and_comes_back() {
    let status = format!("[status]\nlisten = \"127.0.0.1:{}\"\n", closed_port());
    let dir = Dir::with_config(&(config(closed_port(), closed_port()) + &status));
    let mut watcher = Daemon::start(&dir, &["status", "--watch=1"]);
    let lines = lines(watcher.0.stdout.take().expect("a pipe"));
    until_line(&lines, "the daemon cannot be asked at 127.0.0.1:");
    for _ in 0..2 {
        let daemon = Daemon::start(&dir, &[]);
        for _ in 0..2 {
            until_line(&lines, "ACTIVE, NOT READY");
        }
        daemon.signal("TERM");
        daemon.end();
        until_line(&lines, "the daemon cannot be asked at 127.0.0.1:");
    }
    drop(lines);
    // Nobody reads any more.
    assert_eq!(until(|| watcher.0.try_wait().expect("the system plays along")).code(), Some(0));
}

#[test]
fn b76_a_watch_ends_as_it_should_when_it_is_interrupted_even_while_it_waits_for_an_answer() {
    // Nobody ever answers here.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("the system plays along");
    let silent = silent.local_addr().expect("it is bound").port();
    for (signal, port) in [("INT", closed_port()), ("TERM", closed_port()), ("INT", silent)] {
        let status = format!("[status]\nlisten = \"127.0.0.1:{port}\"\n");
        let dir = Dir::with_config(&(config(closed_port(), closed_port()) + &status));
        let mut watcher = Daemon::start(&dir, &["status", "--watch=3600"]);
        let lines = lines(watcher.0.stdout.take().expect("a pipe"));
        if port == silent {
            until_listening(&watcher, "INT");
        } else {
            until_line(&lines, "the daemon cannot be asked at 127.0.0.1:");
        }
        watcher.signal(signal);
        assert_eq!(watcher.end().0, Some(0), "{signal}");
    }
}

/// Waits until a process has a handler for a signal.
fn until_listening(process: &Daemon, signal: &str) {
    let number = if signal == "INT" { 2 } else { 15 };
    until(|| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        let caught = u64::from_str_radix(caught.trim(), 16).ok()?;
        (caught & (1 << (number - 1)) != 0).then_some(())
    });
}

#[test]
fn b76_a_watch_is_for_people_and_has_limits() {
    let dir = Dir::with_config(&config(closed_port(), closed_port()));
    for args in
        [&["status", "--watch=0"][..], &["status", "--watch", "--health"], &["status", "--watch=soon"]]
    {
        assert_eq!(dir.run(args).status.code(), Some(2), "{args:?}");
    }
}
