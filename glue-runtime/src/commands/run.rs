//! The daemon.

use super::complain;
use crate::clock::Clock;
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::http::Surroundings;
use crate::io::Io;
use crate::signals::Signals;
use glue_proto::daemon::Daemon;
use tokio::sync::mpsc;

/// Events that may wait for the machine. When they are more, the peers have to wait.
const EVENT_QUEUE: usize = 256;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, seed: u64) -> Status {
    let (events, mut receiver) = mpsc::channel(EVENT_QUEUE);
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return complain(Status::System, &error),
    };
    let hands = match Io::new(&config, &Surroundings::of_the_process(), events) {
        Ok(hands) => hands,
        Err(error) => return complain(Status::Config, &error),
    };
    let clock = Clock::start();
    let machine = Daemon::new(config.settings, clock.now(), seed);
    Driver { machine, hands, clock }.run(&mut receiver, &mut signals).await.into()
}
