//! The socket on which operators command a running daemon (behaviour B77): `POST /command`, with one [`Operator`] as JSON.
//!
//! There is no form of it that comes over a network: whoever may open the socket may command.

use super::answer::{Answer, TEXT, plain};
use super::socket::bind_for_group;
use super::{Loop, MOST_BYTES, converse, not_taken};
use crate::event::{Event, Events};
use crate::log;
use glue_proto::Operator;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use std::io;
use std::path::Path;
use tokio::net::UnixListener;

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
                    converse(stream, |request| answer(request, uid, machine.clone())).await;
                }
                Err(error) => not_taken(&error).await,
            }
        }
    }
}

async fn answer(request: Request<Incoming>, uid: Option<u32>, machine: Machine) -> Answer {
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
    /// Tells the machine, and answers once it has heard of it.
    async fn carry_out(&self, command: Operator) -> Answer {
        let silent = || plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, "the loop does not turn\n");
        let Some(judged) = self.questions.ask(move |daemon, _| daemon.accepts(command)).await else {
            return silent();
        };
        // Also one that it refuses: it logs that.
        if self.events.send(Event::Command(command)).await.is_err()
            || self.questions.ask(|_, _| ()).await.is_none()
        {
            return silent();
        }
        match judged {
            Ok(()) => plain(StatusCode::OK, TEXT, format!("done: {command}\n")),
            Err(why) => plain(StatusCode::CONFLICT, TEXT, format!("cannot {command}: {why}\n")),
        }
    }
}
