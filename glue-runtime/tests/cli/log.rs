//! The forms of the log (behaviour B73).

use crate::{Daemon, Dir, accept, closed_port, config, stderr};
use std::net::TcpListener;
use std::process::{Command, Stdio};

/// The log of a daemon that has been ended, and of one that has a wrong configuration.
fn logs(args: &[&str]) -> [String; 2] {
    let zino = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let dir = Dir::with_config(&config(zino.local_addr().expect("it has one").port(), closed_port()));
    let daemon = Daemon::start(&dir, &[&["-v"], args].concat());
    let _zino = accept(&zino);
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert_eq!(status, Some(0), "{log}");
    let wrong = Dir::with_config("[argus]\n").run(args);
    assert_eq!(wrong.status.code(), Some(78));
    [log, stderr(&wrong)]
}

#[test]
fn b73_json_is_one_object_a_line_also_for_a_wrong_configuration() {
    for log in logs(&["--log-format", "json"]) {
        assert!(log.lines().count() > 1, "{log}");
        for line in log.lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            for key in ["time", "level", "message"] {
                assert!(object[key].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn b73_journald_gets_a_priority_on_every_line_and_no_time() {
    let [log, wrong] = logs(&["--log-format", "journald"]);
    assert!(log.lines().any(|line| line == "<6>starting in ACTIVE"), "{log}");
    assert!(log.lines().chain(wrong.lines()).all(|line| line.starts_with('<')), "{log}{wrong}");
    assert!(wrong.starts_with("<3>zinoargus.toml:1: "), "{wrong}");
}

#[test]
fn b73_journald_is_known_by_the_device_and_inode_of_standard_error() {
    let dir = Dir::with_config("[argus]\n");
    for (fd, is_journal) in [("2", true), ("0", false)] {
        let script = format!("JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/{fd}) exec \"$0\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_zinoargus")]).stdin(Stdio::null());
        let output = command.current_dir(&dir.0).output().expect("the system plays along");
        let log = stderr(&output);
        assert_eq!(log.starts_with("<3>zinoargus.toml:1: "), is_journal, "{log}");
    }
}
