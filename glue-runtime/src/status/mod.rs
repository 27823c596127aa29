//! Where the daemon can be asked how it is, over HTTP (behaviour B70, B71).
//!
//! Every answer is rendered from one [`Snapshot`], which the loop takes between two inputs, and only when somebody asks.
//! Whoever asks slowly, at length or often costs themselves: a connection has ten seconds and 16 KiB, and when there are
//! too many, the oldest one is cut.

mod answer;
mod control;
mod history;
mod metrics;
mod page;
mod plot;
mod process;
mod recent;
mod socket;

use crate::config::{self, Config, ListenAddress, StatusListeners};
use crate::driver::Question;
use crate::event::Events;
use crate::handle_times::{self, HandleTimes};
use crate::log;
use crate::record::{Recorded, Switch};
use crate::reload::Waiter;
use answer::{Answer, answer};
use control::Control;
pub(crate) use control::{COMMAND_PATH, NOT_TAKEN, RECORD_PATH, RELOAD_PATH};
use core::convert::Infallible;
use core::time::Duration;
use glue_proto::{Daemon, Now, Status, Wall};
use history::History;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
pub(crate) use page::span;
pub(crate) use recent::{Recent, Remembering};
use socket::{Socket, Stream};
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// The most connections at once, for each listener.
const MOST_CONNECTIONS: usize = 32;
/// How long a connection may take, from its beginning to its end.
const CONNECTION_TIME: Duration = Duration::from_secs(10);
/// The most bytes of a request that are kept.
const MOST_BYTES: usize = 16 * 1024;
/// How long the loop may take to turn to a question: after that it is not alive.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Pause after a connection could not be taken: when files are short, the next one cannot be, either.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the loop says of itself.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What the machine knows and does.
    pub status: Status,
    /// When it was asked.
    pub now: Now,
    /// How the configuration was read again last.
    pub last_reload: LastReload,
    /// What is written down.
    pub(crate) recorded: Option<Recorded>,
    /// What becomes of the records of the log.
    pub(crate) log: log::Records,
    /// How long the machine took for each input.
    pub(crate) times: handle_times::Histogram,
}

/// What is shown beside the snapshots: what was before them, and the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// The last hours.
    pub(crate) history: History,
    /// The last notices.
    pub(crate) recent: Recent,
    /// How long the machine takes for an input.
    pub(crate) times: HandleTimes,
    configuration: Arc<RwLock<Vec<config::Row>>>,
}

impl Beside {
    /// Puts another configuration in force.
    fn configure(&self, config: &Config) {
        *self.configuration.write().unwrap_or_else(PoisonError::into_inner) = config.shown();
    }

    fn configuration(&self) -> Vec<config::Row> {
        self.configuration.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Everything.
    All,
    /// What probes and Prometheus ask for.
    Health,
}

/// Why nobody can be served.
#[derive(Debug, Error)]
#[error("{key}: cannot listen on {address}: {cause}")]
pub struct ListenError {
    key: &'static str,
    address: ListenAddress,
    #[source]
    cause: io::Error,
}

/// How the configuration was read again last (behaviour B75).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastReload {
    /// Whether it was taken.
    pub is_taken: bool,
    /// When one was taken last; the one of the start counts.
    pub taken_at: Wall,
}

/// The listeners of a configuration that are not there yet, from the moment they were bound.
#[derive(Debug)]
pub struct Listeners {
    /// Those that the configuration asks for.
    wanted: Vec<Place>,
    bound: Vec<(Place, Bound)>,
}

/// What waits for connections.
#[derive(Debug)]
enum Bound {
    /// For those who ask.
    Status(Scope, Socket),
    /// For those who command.
    Control(Control),
}

/// The key of a listener, and its address in the configuration.
type Place = (&'static str, ListenAddress);

impl Listeners {
    /// Binds what the configuration asks for and nothing serves yet, and logs the addresses. Must be called inside a Tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// If the system does not give an address.
    pub async fn bind(config: &StatusListeners, served: &[Place]) -> Result<Self, ListenError> {
        let status = |scope| move |address| Wanted::Status(scope, address);
        let wanted = [
            ("status.listen", config.listen.as_ref().map(status(Scope::All))),
            ("status.health_listen", config.health_listen.as_ref().map(status(Scope::Health))),
            ("status.control", config.control.as_deref().map(Wanted::Control)),
        ];
        let mut listeners = Self { wanted: Vec::new(), bound: Vec::new() };
        for (key, wanted) in wanted {
            let Some(wanted) = wanted else { continue };
            let address = wanted.address();
            let place = (key, address.clone());
            listeners.wanted.push(place.clone());
            if served.contains(&place) {
                continue;
            }
            let failed = |cause| ListenError { key, address: address.clone(), cause };
            let (bound, address) = wanted.bind().await.map_err(failed)?;
            log::event(&format!("{key}: listening on {address}"));
            listeners.bound.push((place, bound));
        }
        Ok(listeners)
    }
}

/// What a configuration asks for.
#[derive(Clone, Copy, Debug)]
enum Wanted<'a> {
    Status(Scope, &'a ListenAddress),
    Control(&'a Path),
}

impl Wanted<'_> {
    fn address(self) -> ListenAddress {
        match self {
            Self::Status(_, address) => address.clone(),
            Self::Control(path) => ListenAddress::Unix(path.into()),
        }
    }

    /// Binds the address, and tells which one it became.
    async fn bind(self) -> io::Result<(Bound, ListenAddress)> {
        match self {
            Self::Status(scope, address) => {
                let (socket, address) = Socket::bind(address).await?;
                Ok((Bound::Status(scope, socket), address))
            }
            Self::Control(path) => Ok((Bound::Control(Control::bind(path)?), self.address())),
        }
    }
}

/// Where commands go.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    /// Those to the machine.
    pub(crate) events: Events,
    /// That to read the configuration again.
    pub(crate) reload: mpsc::Sender<Waiter>,
}

/// The listeners that serve.
#[derive(Debug)]
pub struct Serving {
    machine: Loop,
    ways: Ways,
    served: Vec<(Place, AbortHandle)>,
}

impl Serving {
    /// Serves nothing yet. What is asked of the machine goes to `questions`, and commands go their ways.
    #[must_use]
    pub(crate) fn new(
        questions: mpsc::Sender<Question<Daemon>>,
        last_reload: watch::Receiver<LastReload>,
        ways: Ways,
        recording: Switch,
        beside: Beside,
    ) -> Self {
        let machine = Loop { questions, last_reload, recording, beside };
        Self { machine, ways, served: Vec::new() }
    }

    /// Returns what is served where.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        self.served.iter().map(|(place, _)| place.clone()).collect()
    }

    /// Begins to serve the new ones, and ends those that are wanted no more. This configuration is shown from now on.
    pub fn go_on_with(&mut self, listeners: Listeners, config: &Config) {
        self.machine.beside.configure(config);
        let Listeners { wanted, bound } = listeners;
        for (_, task) in self.served.extract_if(.., |(place, _)| !wanted.contains(place)) {
            task.abort();
        }
        for (place, bound) in bound {
            let task = match bound {
                Bound::Status(scope, socket) => tokio::spawn(accept(scope, socket, self.machine.clone())),
                Bound::Control(control) => {
                    tokio::spawn(control.serve(self.machine.clone(), self.ways.clone()))
                }
            };
            self.served.push((place, task.abort_handle()));
        }
    }
}

/// The way to the loop.
#[derive(Clone, Debug)]
struct Loop {
    questions: mpsc::Sender<Question<Daemon>>,
    last_reload: watch::Receiver<LastReload>,
    recording: Switch,
    beside: Beside,
}

impl Loop {
    /// Asks for a snapshot. `None` means that the loop does not turn.
    async fn snapshot(&self) -> Option<Snapshot> {
        let last_reload = *self.last_reload.borrow();
        let recorded = self.recording.recorded();
        let log = log::records();
        let times = self.beside.times.histogram();
        self.ask(move |daemon, now| Snapshot {
            status: daemon.status(),
            now,
            last_reload,
            recorded,
            log,
            times,
        })
        .await
    }

    /// Asks anything. `None` means that the loop does not turn.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Daemon, Now) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let question = move |daemon: &Daemon, now| {
            // Whoever has asked may be gone.
            let _ = answer.send(question(daemon, now));
        };
        let ask = async {
            self.questions.send(Box::new(question)).await.ok()?;
            answered.await.ok()
        };
        timeout(ANSWER_TIME, ask).await.ok().flatten()
    }
}

async fn accept(scope: Scope, socket: Socket, machine: Loop) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let stream = match socket.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                not_taken(&error).await;
                continue;
            }
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= MOST_CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        open.push_back(tokio::spawn(serve(scope, stream, machine.clone())).abort_handle());
    }
}

/// Serves one request.
async fn serve(scope: Scope, stream: Box<dyn Stream>, machine: Loop) {
    let answer = |request| {
        let machine = machine.clone();
        async move { answer(scope, &request, &machine).await }
    };
    converse(stream, answer).await;
}

/// Waits after a connection could not be taken.
async fn not_taken(error: &io::Error) {
    log::detail(&format!("status: a connection could not be taken: {error}"));
    sleep(ACCEPT_PAUSE).await;
}

/// Answers one request on a connection, which costs whoever has made it and nobody else.
async fn converse<F: Future<Output = Answer>>(stream: impl Stream, answer: impl Fn(Request<Incoming>) -> F) {
    let service = service_fn(|request| {
        let answered = answer(request);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CONNECTION_TIME)
        .max_buf_size(MOST_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // What a client does wrong is nothing to us.
    let _ = timeout(CONNECTION_TIME, connection).await;
}
