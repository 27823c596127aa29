//! The daemon.

use super::{Failure, Ready, prepare};
use crate::cli::Cli;
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::notify::{Manager, Notifying};
use crate::record::{self, Begin, Recording, Switch, Writer};
use crate::reload::{Reloading, Source};
use crate::status::{Beside, LastReload, Listeners, Remembering, Serving, Ways};
use crate::totals;
use glue_proto::Daemon;
use std::path::Path;
use tokio::sync::{mpsc, watch};

/// Questions that may wait for the loop. When they are more, whoever asks has to wait.
const QUESTION_QUEUE: usize = 8;

/// Runs the daemon to its end.
pub(super) async fn daemon(config: Config, cli: &Cli, seed: u64) -> Result<Status, Failure> {
    let writer = record(cli)?;
    let Ready { sender, mut events, signals, effects, clock } = prepare(&config)?;
    let listeners = Listeners::bind(&config.status, &[]).await;
    let listeners = listeners.map_err(|error| Failure::new(Status::System, &error))?;
    let (ask, mut questions) = mpsc::channel(QUESTION_QUEUE);
    let (reloads, last_reload) = watch::channel(LastReload { is_taken: true, taken_at: clock.now().wall });
    let switch = Switch::new(&config.settings);
    let (reload, asked) = mpsc::channel(1);
    let ways = Ways { events: sender, reload };
    let beside = Beside::default();
    let mut serving = Serving::new(ask.clone(), last_reload, ways, switch.clone(), beside.clone());
    serving.go_on_with(listeners, &config);
    tokio::spawn(totals::tell(ask.clone()));
    tokio::spawn(beside.history.keep(ask.clone()));
    let begin = clock.now();
    if let Some((file, writer)) = writer {
        let begun = switch.begin(file, writer, begin, Begin::Made(seed));
        begun.map_err(|why| Failure::new(Status::System, &why))?;
    }
    let machine = Daemon::new(config.settings.clone(), begin, seed);
    let source = (Source::of(cli), config);
    let mut commands = Reloading::new(signals, source, serving, effects.next(), (reloads, asked));
    let effects = Notifying { effects, manager: Manager::start(&ask) };
    let times = beside.times;
    let effects = Remembering::new(Recording { effects, switch }, beside.recent, begin);
    let mut driver = Driver { machine, effects, clock, times };
    let exit = driver.run(&mut events, &mut commands, &mut questions).await;
    let Recording { effects, switch } = driver.effects.into_inner();
    effects.manager.stop().await;
    switch.end("the daemon ended");
    Ok(exit.into())
}

/// Makes the file of a recording, if one is wanted.
fn record(cli: &Cli) -> Result<Option<(&Path, Writer)>, Failure> {
    let Some(file) = &cli.record else { return Ok(None) };
    let writer = Switch::open(file, record::bytes(cli.record_limit));
    let failed = |error| Failure::new(Status::System, &format!("--record: {}: {error}", file.display()));
    writer.map(|writer| Some((file.as_path(), writer))).map_err(failed)
}
