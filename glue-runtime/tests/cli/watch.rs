//! `status --watch`: the state of the running daemon, again and again (behaviour B76).

use super::{Daemon, Dir, closed_port, config, until};
use std::io::{BufRead as _, BufReader};
use std::process::ChildStdout;

/// Reads lines up to one that begins so; there is an end to patience, as the test itself is killed when it hangs.
fn until_line(lines: &mut impl Iterator<Item = String>, begin: &str) {
    assert!(lines.any(|line| line.starts_with(begin)), "no line that begins with {begin:?}");
}

fn lines(stdout: ChildStdout) -> impl Iterator<Item = String> {
    BufReader::new(stdout).lines().map_while(Result::ok)
}

#[test]
fn b76_a_watcher_sees_the_daemon_and_that_it_goes_and_comes_back() {
    let status = format!("[status]\nlisten = \"127.0.0.1:{}\"\n", closed_port());
    let dir = Dir::with_config(&(config(closed_port(), closed_port()) + &status));
    let mut watcher = Daemon::start(&dir, &["status", "--watch=1"]);
    let mut lines = lines(watcher.0.stdout.take().expect("a pipe"));
    until_line(&mut lines, "the daemon cannot be asked at 127.0.0.1:");
    for _ in 0..2 {
        let daemon = Daemon::start(&dir, &[]);
        for _ in 0..2 {
            until_line(&mut lines, "ACTIVE, NOT READY");
        }
        daemon.signal("TERM");
        daemon.end();
        until_line(&mut lines, "the daemon cannot be asked at 127.0.0.1:");
    }
    drop(lines);
    // Nobody reads any more.
    assert_eq!(until(|| watcher.0.try_wait().expect("the system plays along")).code(), Some(0));
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
