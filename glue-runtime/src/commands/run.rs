//! The daemon.

use super::complain;
use crate::clock::Clock;
use crate::config::Config;
use crate::driver::{Driver, Machine};
use crate::exit::Status;
use crate::http::Surroundings;
use crate::io::Io;
use crate::signals::Signals;
use glue_proto::daemon::{Action, Exit, Input};
use glue_proto::settings::Settings;
use glue_proto::time::{Mono, Now};
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
    let machine = Placeholder::new(config.settings, clock.now(), seed);
    Driver { machine, hands, clock }.run(&mut receiver, &mut signals).await.into()
}

/// Stands in for the machine until it is there: it does nothing, and ends when it is told to.
struct Placeholder(Option<Action>);

impl Placeholder {
    fn new(_settings: Settings, _now: Now, _seed: u64) -> Self {
        Self(None)
    }
}

impl Machine for Placeholder {
    fn handle(&mut self, _now: Now, input: Input<'_>) {
        if input == Input::Shutdown {
            self.0 = Some(Action::Exit(Exit::Done));
        }
    }

    fn poll_action(&mut self) -> Option<Action> {
        self.0.take()
    }

    fn wake_at(&self) -> Option<Mono> {
        None
    }
}
