//! The socket on which operators command a running daemon (behaviour B77): `POST /command`, with one [`Operator`] as JSON.
//!
//! There is no form of it that comes over a network: whoever may open the socket may command.

use super::answer::{Answer, TEXT, plain};
use super::socket::{Stream, bind_for_group};
use super::{ACCEPT_PAUSE, CONNECTION_TIME, Loop, MOST_BYTES};
use crate::event::{Event, Events};
use crate::log;
use core::convert::Infallible;
use glue_proto::Operator;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::path::Path;
use tokio::net::UnixListener;
use tokio::time::{sleep, timeout};

/// Where commands are taken.
pub(crate) const PATH: &str = "/command";

/// The socket, from the moment it was bound.
#[derive(Debug)]
pub(super) struct Control(UnixListener);

/// The way to the machine.
#[derive(Clone, Debug)]
struct Machine {
    questions: Loop,
    events: Events,
}

impl Control {
    /// Makes the socket. Must be called inside a Tokio runtime.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        bind_for_group(path).map(Self)
    }

    /// Serves one connection after the other: commands are rare, and their order counts.
    pub(super) async fn serve(self, questions: Loop, events: Events) {
        let machine = Machine { questions, events };
        loop {
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let uid = stream.peer_cred().map(|peer| peer.uid()).ok();
                    serve(stream, uid, &machine).await;
                }
                Err(error) => {
                    log::detail(&format!("status: a connection could not be taken: {error}"));
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Serves one request.
async fn serve(stream: impl Stream, uid: Option<u32>, machine: &Machine) {
    let service =
        service_fn(|request| async move { Ok::<_, Infallible>(answer(request, uid, machine).await) });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CONNECTION_TIME)
        .max_buf_size(MOST_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // What a client does wrong is nothing to us.
    let _ = timeout(CONNECTION_TIME, connection).await;
}

async fn answer(request: Request<Incoming>, uid: Option<u32>, machine: &Machine) -> Answer {
    if request.method() != Method::POST || request.uri().path() != PATH {
        return plain(StatusCode::NOT_FOUND, TEXT, "there is no such command\n");
    }
    let body = Limited::new(request.into_body(), MOST_BYTES).collect().await;
    let command = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
    let Some(command) = command else {
        return plain(StatusCode::BAD_REQUEST, TEXT, "there is no such command\n");
    };
    let uid = uid.map_or_else(|| "of an unknown user".into(), |uid| format!("{uid}"));
    log::warning(&format!("control: command of uid {uid}: {command}"));
    machine.carry_out(command).await
}

impl Machine {
    /// Tells the machine, unless it cannot do it, and answers once it has heard of it.
    async fn carry_out(&self, command: Operator) -> Answer {
        let silent = || plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, "the loop does not turn\n");
        match self.questions.ask(move |daemon, _| daemon.accepts(command)).await {
            None => return silent(),
            Some(Err(why)) => {
                let text = format!("cannot {command}: {why}\n");
                log::warning(text.trim_end());
                return plain(StatusCode::CONFLICT, TEXT, text);
            }
            Some(Ok(())) => {}
        }
        if self.events.send(Event::Command(command)).await.is_err()
            || self.questions.ask(|_, _| ()).await.is_none()
        {
            return silent();
        }
        plain(StatusCode::OK, TEXT, format!("done: {command}\n"))
    }
}
