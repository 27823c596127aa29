//! Reads the configuration again while the daemon runs (behaviour B75): all of it is prepared first, then there is one swap.

use crate::cli::Cli;
use crate::clock::wall;
use crate::config::{self, Config, ConfigError, Loaded};
use crate::driver::Commands;
use crate::event::Event;
use crate::http::Environment;
use crate::io::{Next, Prepared};
use crate::log;
use crate::status::{LastReload, Listeners, Serving};
use glue_proto::{Change, Operator, Reload};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// Where the configuration comes from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: PathBuf,
    accept_state_loss: bool,
}

impl Source {
    pub(crate) fn of(cli: &Cli) -> Self {
        Self { file: cli.config_file.clone(), accept_state_loss: cli.accept_state_loss }
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub(crate) fn load(&self) -> Result<Loaded, ConfigError> {
        let mut loaded = config::load(&self.file)?;
        loaded.config.settings = loaded.config.settings.with_accept_state_loss(self.accept_state_loss);
        Ok(loaded)
    }
}

/// Somebody who waits for the end of a reload, and is told what is wrong with the configuration: one line for each thing.
pub(crate) type Waiter = oneshot::Sender<Result<(), String>>;

/// Everything that a configuration needs before it can be taken.
struct Ready {
    prepared: Prepared,
    warnings: Vec<String>,
    listeners: Listeners,
}

/// Returns everything, or one text for each thing that is wrong.
async fn prepare(
    source: Source,
    serving: Vec<(&'static str, config::ListenAddress)>,
) -> Result<Ready, String> {
    let read = move || {
        let Loaded { config, warnings } = source.load().map_err(|error| error.to_string())?;
        let prepared =
            Prepared::new(config, &Environment::of_the_process()).map_err(|error| error.to_string())?;
        Ok::<_, String>((prepared, warnings))
    };
    // A disk may be slow.
    let (prepared, warnings) = spawn_blocking(read).await.map_err(|error| error.to_string())??;
    let listeners = Listeners::bind(&prepared.config.status, &serving).await;
    let listeners = listeners.map_err(|error| error.to_string())?;
    Ok(Ready { prepared, warnings, listeners })
}

/// The commands of operators, for whom the configuration is read again when they ask for it.
pub(crate) struct Reloading<C> {
    commands: C,
    source: Source,
    config: Config,
    serving: Serving,
    next: Next,
    last: watch::Sender<LastReload>,
    /// Those who ask on the control socket.
    asked: mpsc::Receiver<Waiter>,
    running: Option<JoinHandle<Result<Ready, String>>>,
    /// It was asked for once more since the one that runs has begun.
    is_wanted_again: bool,
    /// Who waits for the one that runs.
    waiting: Vec<Waiter>,
    /// Who waits for the one after it.
    waiting_again: Vec<Waiter>,
    /// What the machine is to hear next.
    events: VecDeque<Event>,
}

impl<C: Commands> Reloading<C> {
    pub(crate) fn new(
        commands: C,
        (source, config): (Source, Config),
        serving: Serving,
        next: Next,
        (last, asked): (watch::Sender<LastReload>, mpsc::Receiver<Waiter>),
    ) -> Self {
        Self {
            commands,
            source,
            config,
            serving,
            next,
            last,
            asked,
            running: None,
            is_wanted_again: false,
            waiting: Vec::new(),
            waiting_again: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Begins to read it. Whoever asks meanwhile gets another reading after this one: it may have seen too little.
    fn begin(&mut self, waiter: Option<Waiter>) {
        if self.running.is_some() {
            self.is_wanted_again = true;
            self.waiting_again.extend(waiter);
        } else {
            self.waiting.extend(waiter);
            self.running = Some(tokio::spawn(prepare(self.source.clone(), self.serving.places())));
        }
    }

    fn end(&mut self, outcome: Result<Result<Ready, String>, JoinError>) {
        self.running = None;
        let told = match outcome.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(ready) => {
                self.take(ready);
                Ok(())
            }
            Err(why) => {
                for line in why.lines() {
                    log::failure(&format!(
                        "the configuration was not taken, the one from before stays in force: {line}"
                    ));
                }
                self.last.send_modify(|last| last.is_taken = false);
                Err(why)
            }
        };
        for waiter in self.waiting.drain(..) {
            // Whoever has asked may be gone.
            let _ = waiter.send(told.clone());
        }
        // Both servers are read again, whatever came of it.
        self.events.push_back(Event::Command(Operator::Reconcile));
        if core::mem::take(&mut self.is_wanted_again) {
            self.waiting = core::mem::take(&mut self.waiting_again);
            self.begin(None);
        }
    }

    fn take(&mut self, Ready { prepared, warnings, listeners }: Ready) {
        log::hide(&prepared.config.secrets());
        for warning in &warnings {
            log::warning(warning);
        }
        self.serving.go_on_with(listeners, &prepared.config);
        let reload = difference(&self.config, &prepared.config);
        self.config = prepared.config.clone();
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
        self.events.push_back(Event::Reload(Box::new(reload)));
        self.last.send_replace(LastReload { is_taken: true, taken_at: wall(SystemTime::now()) });
        log::event("the configuration was read again, and is in force");
    }
}

/// Says what is new for the machine.
fn difference(old: &Config, new: &Config) -> Reload {
    let server = |is_another: bool| if is_another { Change::Server } else { Change::Nothing };
    let address = |config: &Config| (config.zino_server.clone(), config.zino_port, config.notify_port);
    Reload {
        settings: new.settings.clone(),
        // Another token is tried at once; the same one may have been accepted by now.
        argus: if old.argus_url == new.argus_url { Change::Secret } else { Change::Server },
        zino: server(address(old) != address(new)),
        primary: server((&old.primary, &old.primary_health) != (&new.primary, &new.primary_health)),
    }
}

impl<C: Commands> Commands for Reloading<C> {
    async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            tokio::select! {
                biased;
                command = self.commands.next() => {
                    if !matches!(command, Event::Command(Operator::Reconcile)) {
                        return command;
                    }
                    self.begin(None);
                }
                Some(waiter) = self.asked.recv() => self.begin(Some(waiter)),
                outcome = ended(&mut self.running) => self.end(outcome),
            }
        }
    }
}

/// Waits for the end of a reading; where there is none, for ever.
async fn ended(
    running: &mut Option<JoinHandle<Result<Ready, String>>>,
) -> Result<Result<Ready, String>, JoinError> {
    match running {
        Some(running) => running.await,
        None => core::future::pending().await,
    }
}
