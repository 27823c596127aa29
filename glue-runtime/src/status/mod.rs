//! Where the daemon can be asked how it is, over HTTP (behaviour B70, B71).
//!
//! Every answer is rendered from one [`Snapshot`], which the loop takes between two inputs, and only when somebody asks.
//! Whoever asks slowly, at length or often costs themselves: a connection has ten seconds and 16 KiB, and when there are
//! too many, the oldest one is cut.

mod answer;
mod control;
mod metrics;
mod page;
mod process;
mod socket;

use crate::config::{ListenAddress, StatusListeners};
use crate::driver::Question;
use crate::log;
use answer::answer;
pub use control::Control;
pub(crate) use control::PATH as COMMAND_PATH;
use core::convert::Infallible;
use core::time::Duration;
use glue_proto::{Daemon, Now, Status};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket::{Socket, Stream};
use std::collections::VecDeque;
use std::io;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
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

/// The listeners of a configuration, from the moment they were bound.
#[derive(Debug)]
pub struct Listeners(Vec<(Scope, Socket)>);

impl Listeners {
    /// Binds what the configuration asks for, and logs the addresses. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// If the system does not give an address.
    pub async fn bind(config: &StatusListeners) -> Result<Self, ListenError> {
        let wanted = [
            ("status.listen", Scope::All, &config.listen),
            ("status.health_listen", Scope::Health, &config.health_listen),
        ];
        let mut bound = Vec::new();
        for (key, scope, address) in wanted {
            let Some(address) = address else { continue };
            let failed = |cause| ListenError { key, address: address.clone(), cause };
            let (socket, address) = Socket::bind(address).await.map_err(failed)?;
            log::event(&format!("{key}: listening on {address}"));
            bound.push((scope, socket));
        }
        Ok(Self(bound))
    }

    /// Begins to serve. What is asked of the machine goes to `questions`.
    pub fn serve(self, questions: &mpsc::Sender<Question<Daemon>>) {
        for (scope, socket) in self.0 {
            tokio::spawn(accept(scope, socket, Loop(questions.clone())));
        }
    }
}

/// The way to the loop.
#[derive(Clone, Debug)]
struct Loop(mpsc::Sender<Question<Daemon>>);

impl Loop {
    /// Asks for a snapshot. `None` means that the loop does not turn.
    async fn snapshot(&self) -> Option<Snapshot> {
        self.ask(|daemon, now| Snapshot { status: daemon.status(), now }).await
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
            self.0.send(Box::new(question)).await.ok()?;
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
                log::detail(&format!("status: a connection could not be taken: {error}"));
                sleep(ACCEPT_PAUSE).await;
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
    let service = service_fn(|request| {
        let machine = machine.clone();
        async move { Ok::<_, Infallible>(answer(scope, &request, &machine).await) }
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
