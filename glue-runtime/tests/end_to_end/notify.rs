//! What the service manager hears (behaviour B72).

use crate::rig::{self, Daemon, PATIENCE};
use crate::stop;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

/// A service manager that writes down what it hears; its socket is gone at the end of the test.
struct Manager(UnixDatagram, PathBuf);

impl Manager {
    fn listen(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zinoargus-{name}-{}", std::process::id()));
        let socket = UnixDatagram::bind(&path).expect("the system plays along");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is a socket");
        Self(socket, path)
    }

    fn hear(&self) -> String {
        let mut buffer = [0; 4096];
        let count = self.0.recv(&mut buffer).expect("something is said");
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    }

    /// Waits until something is said that holds this line.
    fn until(&self, line: &str) -> String {
        loop {
            let heard = self.hear();
            if heard.lines().any(|other| other == line) {
                return heard;
            }
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.1);
    }
}

#[test]
fn b72_the_manager_hears_of_the_start_every_turn_a_reload_and_the_end() {
    let (zino, argus) = (rig::zino(), rig::argus());
    // The servers do not matter for being started.
    argus.down();
    let manager = Manager::listen("manager");
    let path = manager.1.display().to_string();
    let environment = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "200000")];
    let daemon = Daemon::start_in(&environment, &zino, &argus, &["-v"]);
    let first = manager.hear();
    assert!(first.lines().any(|line| line == "READY=1"), "{first}");
    for _ in 0..3 {
        manager.until("WATCHDOG=1");
    }
    manager.until("STATUS=ACTIVE, Argus cannot be reached; our open incidents have not been listed");
    argus.up().expect("the port is free");
    manager.until("STATUS=ACTIVE, ready");
    daemon.signal("HUP");
    let reloading = manager.until("RELOADING=1");
    assert!(reloading.lines().any(|line| line.starts_with("MONOTONIC_USEC=")), "{reloading}");
    manager.until("READY=1");
    stop(daemon);
    manager.until("STOPPING=1");
}

#[test]
fn b72_a_manager_that_cannot_be_told_is_no_error() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let environment = [("NOTIFY_SOCKET", "/no/such/socket"), ("WATCHDOG_USEC", "200000")];
    let daemon = Daemon::start_in(&environment, &zino, &argus, &["-vv"]);
    daemon.until_written("the service manager could not be told");
    daemon.until_written("Zino: connected");
    let output = stop(daemon);
    assert!(!output.contains("ERROR") && !output.contains("WARN  the service"), "{output}");
}
