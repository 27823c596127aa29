//! The daemon.

use super::{Failure, Ready, prepare};
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::notify::{Manager, Notifying};
use crate::status::{Control, Listeners};
use glue_proto::Daemon;
use tokio::sync::mpsc;

/// Questions that may wait for the loop. When they are more, whoever asks has to wait.
const QUESTION_QUEUE: usize = 8;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, seed: u64) -> Result<Status, Failure> {
    let Ready { sender, mut events, mut signals, effects, clock } = prepare(&config)?;
    let listeners = Listeners::bind(&config.status).await;
    let listeners = listeners.map_err(|error| Failure::new(Status::System, &error))?;
    let control = Control::bind(&config.status).map_err(|error| Failure::new(Status::System, &error))?;
    let (ask, mut questions) = mpsc::channel(QUESTION_QUEUE);
    listeners.serve(&ask);
    if let Some(control) = control {
        control.serve(&ask, &sender);
    }
    let effects = Notifying { effects, manager: Manager::start(&ask) };
    let machine = Daemon::new(config.settings, clock.now(), seed);
    let mut driver = Driver { machine, effects, clock };
    let exit = driver.run(&mut events, &mut signals, &mut questions).await;
    driver.effects.manager.stop().await;
    Ok(exit.into())
}
