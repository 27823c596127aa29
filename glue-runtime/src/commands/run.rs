//! The daemon.

use super::{Ready, prepare};
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use glue_proto::Daemon;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, seed: u64) -> Status {
    let Ready { mut events, mut signals, hands, clock } = match prepare(&config) {
        Ok(ready) => ready,
        Err(status) => return status,
    };
    let machine = Daemon::new(config.settings, clock.now(), seed);
    Driver { machine, hands, clock }.run(&mut events, &mut signals).await.into()
}
