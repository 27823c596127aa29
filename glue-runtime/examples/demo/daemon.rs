//! The daemon as it is shipped, on a thread of its own, and what an onlooker sees of it.

use crate::Failure;
use glue_proto::{Action, CaseNotice, Daemon, Exit, Input, Level, Mode, Mono, Notice, Now};
use glue_runtime::clock::Clock;
use glue_runtime::config::Config;
use glue_runtime::driver::{Commands, Driver, Machine};
use glue_runtime::event::Event;
use glue_runtime::handle_times::HandleTimes;
use glue_runtime::http::Environment;
use glue_runtime::io::Io;
use hyper_util::client::proxy::matcher::Matcher;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

/// Events that may wait for the machine, as many as in the shipped program.
const EVENT_QUEUE: usize = 256;
/// What makes the jitter of the backoffs.
const SEED: u64 = 1;

/// What an onlooker sees of the machine.
#[derive(Debug)]
pub(crate) struct Seen {
    /// STANDBY or ACTIVE.
    pub(crate) mode: Mode,
    /// How many cases it knows.
    pub(crate) cases: usize,
    /// Whether a request or a job waits to be done.
    pub(crate) is_busy: bool,
    /// How often the primary has answered so far.
    pub(crate) answers: u32,
    /// The lines for the log that nobody has taken yet.
    pub(crate) log: Vec<String>,
    /// How often Argus was found to be unreachable so far.
    pub(crate) argus_lost: u32,
    /// How many writes have got no answer so far.
    pub(crate) unanswered: u32,
}

/// The running daemon. It is left to itself when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    seen: Arc<Mutex<Seen>>,
    wishes: mpsc::Sender<Event>,
    thread: JoinHandle<io::Result<Exit>>,
}

impl Running {
    /// Starts the daemon: driver, IO and machine are those of the shipped program.
    pub(crate) fn start(config: Config) -> Result<Self, Failure> {
        let clock = Clock::start();
        let machine = Daemon::new(config.settings.clone(), clock.now(), SEED);
        let watched = Watched::new(machine);
        let seen = Arc::clone(&watched.seen);
        let (wishes, wanted) = mpsc::channel(1);
        let thread = thread::Builder::new()
            .name(String::from("zinoargus"))
            .spawn(move || run(&config, watched, clock, wanted))
            .map_err(Failure::Setup)?;
        Ok(Self { seen, wishes, thread })
    }

    /// Looks at the machine.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }

    /// Tells whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Asks it to end, as SIGTERM does.
    pub(crate) fn ask_to_stop(&self) {
        // A daemon that has ended already needs no asking.
        let _ = self.wishes.try_send(Event::Shutdown);
    }

    /// Waits for the end and tells how it ended.
    pub(crate) fn join(self) -> Result<Exit, Failure> {
        let ended = self.thread.join().map_err(|_| Failure::story("the daemon has panicked"))?;
        ended.map_err(Failure::Setup)
    }
}

fn run(config: &Config, machine: Watched, clock: Clock, wanted: mpsc::Receiver<Event>) -> io::Result<Exit> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(async {
        let (events, mut receiver) = mpsc::channel(EVENT_QUEUE);
        // The peers are here, whatever proxy the environment names.
        let environment =
            Environment { cert_file: None, cert_dirs: Vec::new(), proxies: Matcher::builder().build() };
        let effects = Io::new(config, &environment, events).map_err(io::Error::other)?;
        let (_, mut nobody_asks) = mpsc::channel(1);
        let mut driver = Driver { machine, effects, clock, times: HandleTimes::default() };
        Ok(driver.run(&mut receiver, &mut Director(wanted), &mut nobody_asks).await)
    });
    runtime.shutdown_background();
    exit
}

/// Stands where the shipped program listens to signals.
struct Director(mpsc::Receiver<Event>);

impl Commands for Director {
    async fn next(&mut self) -> Event {
        match self.0.recv().await {
            Some(event) => event,
            None => core::future::pending().await,
        }
    }
}

/// The machine, with somebody who looks over its shoulder and changes nothing.
struct Watched {
    machine: Daemon,
    seen: Arc<Mutex<Seen>>,
}

impl Watched {
    fn new(machine: Daemon) -> Self {
        let seen = Seen {
            mode: machine.inspect().mode(),
            cases: 0,
            is_busy: true,
            answers: 0,
            log: Vec::new(),
            argus_lost: 0,
            unanswered: 0,
        };
        Self { machine, seen: Arc::new(Mutex::new(seen)) }
    }
}

impl Machine for Watched {
    fn handle(&mut self, now: Now, input: Input<'_>) {
        Machine::handle(&mut self.machine, now, input);
        let status = self.machine.inspect();
        let mut seen = lock(&self.seen);
        seen.mode = status.mode();
        seen.cases = status.cases();
        seen.is_busy = status.requests_under_way() > 0 || status.waiting_jobs() > 0;
    }

    fn poll_action(&mut self) -> Option<Action> {
        let action = Machine::poll_action(&mut self.machine);
        if let Some(Action::Notice(notice)) = &action {
            lock(&self.seen).hear(notice);
        }
        action
    }

    fn wake_at(&self) -> Option<Mono> {
        self.machine.wake_at()
    }
}

impl Seen {
    fn hear(&mut self, notice: &Notice) {
        self.answers += u32::from(matches!(notice, Notice::PrimaryAnswered { .. }));
        self.argus_lost += u32::from(matches!(notice, Notice::ArgusUnreachable { .. }));
        self.unanswered += u32::from(matches!(notice, Notice::Unanswered { .. }));
        // What becomes of a case is on the boards.
        let is_trouble = matches!(
            notice,
            Notice::Case { what: CaseNotice::Quarantined { .. } | CaseNotice::Gone { .. }, .. }
        );
        let is_on_board = matches!(notice, Notice::Case { .. }) && !is_trouble;
        if matches!(notice.level(), Level::Error | Level::Warn | Level::Info) && !is_on_board {
            self.log.push(notice.to_string());
        }
    }
}

/// Locks, also behind a thread that has panicked: what it left is good enough to look at.
fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
