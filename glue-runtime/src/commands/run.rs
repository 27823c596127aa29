//! The daemon.

use super::{Failure, Ready, prepare};
use crate::cli::Cli;
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::notify::{Manager, Notifying};
use crate::record::{Recorder, Recording};
use crate::reload::{Reloading, Source};
use crate::status::{LastReload, Listeners, Serving};
use crate::totals;
use glue_proto::Daemon;
use tokio::sync::{mpsc, watch};

/// Questions that may wait for the loop. When they are more, whoever asks has to wait.
const QUESTION_QUEUE: usize = 8;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, cli: &Cli, seed: u64) -> Result<Status, Failure> {
    let mut recorder = record(cli)?;
    let Ready { sender, mut events, signals, effects, clock } = prepare(&config)?;
    let listeners = Listeners::bind(&config.status, &[]).await;
    let listeners = listeners.map_err(|error| Failure::new(Status::System, &error))?;
    let (ask, mut questions) = mpsc::channel(QUESTION_QUEUE);
    let (reloads, last_reload) = watch::channel(LastReload { is_taken: true, taken_at: clock.now().wall });
    let mut serving = Serving::new(ask.clone(), last_reload, sender);
    serving.go_on_with(listeners);
    tokio::spawn(totals::tell(ask.clone()));
    let begin = clock.now();
    if let Some(recorder) = &mut recorder {
        recorder.begin(&config.settings, begin, seed);
    }
    let machine = Daemon::new(config.settings.clone(), begin, seed);
    let mut commands = Reloading::new(signals, (Source::of(cli), config), serving, effects.next(), reloads);
    let effects = Notifying { effects, manager: Manager::start(&ask) };
    let effects = Recording { effects, recorder };
    let mut driver = Driver { machine, effects, clock };
    let exit = driver.run(&mut events, &mut commands, &mut questions).await;
    let Recording { effects, recorder } = driver.effects;
    effects.manager.stop().await;
    if let Some(recorder) = recorder {
        recorder.end();
    }
    Ok(exit.into())
}

/// Begins a recording, if one is wanted.
fn record(cli: &Cli) -> Result<Option<Recorder>, Failure> {
    let Some(file) = &cli.record else { return Ok(None) };
    let recorder = Recorder::start(file, cli.record_limit.saturating_mul(1024 * 1024));
    let failed = |error| Failure::new(Status::System, &format!("--record: {}: {error}", file.display()));
    recorder.map(Some).map_err(failed)
}
