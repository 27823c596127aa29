//! What becomes of the daemon while nobody reads its log (behaviour B5).

use crate::rig::{self, Daemon, Ended, until};
use glue_sim::net::{ArgusNet, ZinoNet};
use glue_sim::zino::NewCase;
use std::process::ChildStderr;
use std::time::Duration;

/// Cases to be told: what is logged about them at `-vvv` is more than a pipe and the daemon's queue can take.
const CASES: usize = 2000;

/// Lets a daemon make many incidents while nobody reads its standard error.
fn busy_and_unread() -> (ZinoNet, ArgusNet, Daemon, ChildStderr) {
    let (zino, argus) = (rig::zino(), rig::argus());
    for number in 0..CASES {
        let case = NewCase::reachability(&format!("gw{number}"));
        zino.with(|zino, now| zino.open_case(&case, now));
    }
    let (daemon, stderr) = Daemon::start_unread(&zino, &argus, &["-vvv"]);
    let made = || argus.with(|argus, _| argus.incidents().count());
    until("every incident", || made() == CASES);
    (zino, argus, daemon, stderr)
}

#[test]
fn b5_a_reader_that_goes_on_is_told_how_many_records_were_dropped() {
    let (_zino, _argus, mut daemon, stderr) = busy_and_unread();
    daemon.read(stderr);
    daemon.until_written("log records dropped, because nobody took them in time: ");
    let Ended { status, took, output } = daemon.terminate();
    assert_eq!(status, Some(0), "{output}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(output.contains("shutting down"), "the log goes on");
}

#[test]
fn b5_sigterm_ends_within_two_seconds_while_nobody_reads_the_log() {
    let (_zino, _argus, daemon, _stderr) = busy_and_unread();
    let Ended { status, took, .. } = daemon.terminate();
    assert_eq!(status, Some(0));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn b6_a_closed_standard_error_ends_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let (daemon, stderr) = Daemon::start_unread(&zino, &argus, &["-vvv"]);
    drop(stderr);
    zino.with(|zino, now| zino.open_case(&NewCase::reachability("gw1"), now));
    until("the incident", || argus.with(|argus, _| argus.incidents().count()) == 1);
    assert_eq!(daemon.terminate().status, Some(0));
}
