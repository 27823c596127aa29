//! The daemon.

use super::{Failure, Ready, prepare};
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use glue_proto::Daemon;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, seed: u64) -> Result<Status, Failure> {
    let Ready { mut events, mut signals, effects, clock } = prepare(&config)?;
    let machine = Daemon::new(config.settings, clock.now(), seed);
    Ok(Driver { machine, effects, clock }.run(&mut events, &mut signals).await.into())
}
