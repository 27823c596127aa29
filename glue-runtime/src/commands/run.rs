//! The daemon.

use super::{Failure, Ready, prepare};
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::notify::{Manager, Notifying};
use crate::reload::{Reloading, Source};
use crate::status::{LastReload, Listeners, Serving};
use crate::totals;
use glue_proto::Daemon;
use tokio::sync::{mpsc, watch};

/// Questions that may wait for the loop. When they are more, whoever asks has to wait.
const QUESTION_QUEUE: usize = 8;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, source: Source, seed: u64) -> Result<Status, Failure> {
    let Ready { sender, mut events, signals, effects, clock } = prepare(&config)?;
    let listeners = Listeners::bind(&config.status, &[]).await;
    let listeners = listeners.map_err(|error| Failure::new(Status::System, &error))?;
    let (ask, mut questions) = mpsc::channel(QUESTION_QUEUE);
    let (reloads, last_reload) = watch::channel(LastReload { is_taken: true, taken_at: clock.now().wall });
    let mut serving = Serving::new(ask.clone(), last_reload, sender);
    serving.go_on_with(listeners);
    tokio::spawn(totals::tell(ask.clone()));
    let machine = Daemon::new(config.settings.clone(), clock.now(), seed);
    let mut commands = Reloading::new(signals, (source, config), serving, effects.next(), reloads);
    let effects = Notifying { effects, manager: Manager::start(&ask) };
    let mut driver = Driver { machine, effects, clock };
    let exit = driver.run(&mut events, &mut commands, &mut questions).await;
    driver.effects.manager.stop().await;
    Ok(exit.into())
}
