//! The socket on which operators command a running daemon (behaviour B77): `POST /command`, with one [`Operator`] as JSON,
//! `POST /record`, with one [`record::Command`], which is nothing to the machine, and `POST /reload`.
//!
//! There is no form of it that comes over a network: whoever may open the socket may command.

use super::answer::{Answer, TEXT, plain};
use super::socket::bind_for_group;
use super::{Loop, MOST_BYTES, Ways, converse, not_taken};
use crate::event::Event;
use crate::log;
use crate::record::{self, Begin, Switch};
use core::time::Duration;
use glue_proto::{Daemon, Operator};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::Path;
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Where commands to the machine are taken.
pub(crate) const COMMAND_PATH: &str = "/command";
/// Where commands about recording are taken.
pub(crate) const RECORD_PATH: &str = "/record";

/// Where the configuration is read again on request.
pub(crate) const RELOAD_PATH: &str = "/reload";
/// The status of a configuration that was not taken.
pub(crate) const NOT_TAKEN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
/// How long somebody waits for a reload, at most: less than a connection may take, so that there is an answer. Only a disk
/// that does not answer takes longer.
const RELOAD_TIME: Duration = Duration::from_secs(8);

/// The socket, from the moment it was bound.
#[derive(Debug)]
pub(super) struct Control(UnixListener);

/// The way to the machine.
#[derive(Clone, Debug)]
struct Machine {
    questions: Loop,
    ways: Ways,
}

impl Control {
    /// Makes the socket. Must be called inside a Tokio runtime.
    pub(super) fn bind(path: &Path) -> std::io::Result<Self> {
        bind_for_group(path).map(Self)
    }

    /// Serves one connection after the other: commands are rare, and their order counts.
    pub(super) async fn serve(self, questions: Loop, ways: Ways) {
        let machine = Machine { questions, ways };
        loop {
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let uid = stream.peer_cred().map(|peer| peer.uid()).ok();
                    let machine = machine.clone();
                    // A reload can end this task: whoever has asked for it is answered all the same.
                    let talk = async move {
                        converse(stream, |request| answer(request, uid, machine.clone())).await;
                    };
                    let _ = tokio::spawn(talk).await;
                }
                Err(error) => not_taken(&error).await,
            }
        }
    }
}

async fn answer(request: Request<Incoming>, uid: Option<u32>, machine: Machine) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let uid = uid.map_or_else(|| "of an unknown user".into(), |uid| format!("{uid}"));
    let commanded = |command: &dyn core::fmt::Display| {
        log::warning(&format!("control: command of uid {uid}: {command}"));
    };
    match (method, path.as_str()) {
        (Method::POST, COMMAND_PATH) => {
            let Some(command) = read(request).await else { return unknown(StatusCode::BAD_REQUEST) };
            commanded(&command);
            machine.carry_out(command).await
        }
        (Method::POST, RECORD_PATH) => {
            let Some(command) = read(request).await else { return unknown(StatusCode::BAD_REQUEST) };
            commanded(&command);
            machine.record(command).await
        }
        (Method::POST, RELOAD_PATH) => {
            commanded(&"read the configuration again");
            machine.reload().await
        }
        _ => unknown(StatusCode::NOT_FOUND),
    }
}

/// Reads a command, if it is one.
async fn read<C: DeserializeOwned>(request: Request<Incoming>) -> Option<C> {
    let body = Limited::new(request.into_body(), MOST_BYTES).collect().await.ok()?;
    serde_json::from_slice(&body.to_bytes()).ok()
}

fn unknown(status: StatusCode) -> Answer {
    plain(status, TEXT, "there is no such command\n")
}

fn silent() -> Answer {
    plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, "the loop does not turn\n")
}

impl Machine {
    /// Tells the machine, and answers once it has heard of it.
    async fn carry_out(&self, command: Operator) -> Answer {
        let Some(judged) = self.questions.ask(move |daemon, _| daemon.accepts(command)).await else {
            return silent();
        };
        // Also one that it refuses: it logs that.
        if self.ways.events.send(Event::Command(command)).await.is_err()
            || self.questions.ask(|_, _| ()).await.is_none()
        {
            return silent();
        }
        match judged {
            Ok(()) => plain(StatusCode::OK, TEXT, format!("done: {command}\n")),
            Err(why) => plain(StatusCode::CONFLICT, TEXT, format!("cannot {command}: {why}\n")),
        }
    }

    /// Has the configuration read again, and answers once that is over: it is in force, or everything is told that is wrong
    /// with it (behaviour B75).
    async fn reload(&self) -> Answer {
        let (waiter, over) = oneshot::channel();
        if self.ways.reload.send(waiter).await.is_err() {
            return silent();
        }
        match timeout(RELOAD_TIME, over).await {
            Err(_) => {
                let text = "the configuration is still being read; the log will say what became of it\n";
                plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, text)
            }
            Ok(Err(_)) => silent(),
            Ok(Ok(Err(why))) => plain(NOT_TAKEN, TEXT, format!("{why}\n")),
            // What the loop hears of it comes before any question.
            Ok(Ok(Ok(()))) if self.questions.ask(|_, _| ()).await.is_none() => silent(),
            Ok(Ok(Ok(()))) => {
                plain(StatusCode::OK, TEXT, "done: the configuration was read again, and is in force\n")
            }
        }
    }

    /// Begins or ends a recording.
    async fn record(&self, command: record::Command) -> Answer {
        let cannot = |why: String| plain(StatusCode::CONFLICT, TEXT, format!("cannot {command}: {why}\n"));
        let switch = self.questions.recording.clone();
        match &command {
            record::Command::Start { file, limit } => {
                if let Some(recorded) = switch.recorded().filter(|recorded| recorded.ended.is_none()) {
                    return cannot(format!("it is being recorded to {}", recorded.file));
                }
                match self.begin(switch, file, *limit).await {
                    None => silent(),
                    Some(Err(why)) => cannot(why),
                    Some(Ok(())) => plain(StatusCode::OK, TEXT, format!("done: {command}\n")),
                }
            }
            record::Command::Stop => {
                match spawn_blocking(move || switch.end("it was ended by command")).await.ok().flatten() {
                    None => cannot("nothing is being recorded".into()),
                    Some(record::Recorded { file, ended: Some(why), .. }) => {
                        cannot(format!("the one to {file} has ended already: {why}"))
                    }
                    Some(record::Recorded { file, .. }) => {
                        plain(StatusCode::OK, TEXT, format!("done: the recording to {file} has ended\n"))
                    }
                }
            }
        }
    }

    /// Makes the file, which may take time, and has the loop begin between two inputs. `None` means that it does not turn.
    async fn begin(&self, switch: Switch, file: &Path, limit: u64) -> Option<Result<(), String>> {
        let path = file.to_owned();
        let opened = spawn_blocking(move || Switch::open_new(&path, record::bytes(limit))).await.ok()?;
        let writer = match opened {
            Ok(writer) => writer,
            Err(why) => return Some(Err(why)),
        };
        let file = file.to_owned();
        let begin =
            move |daemon: &Daemon, now| switch.begin(&file, writer, now, Begin::Met(json!(daemon.status())));
        self.questions.ask(begin).await
    }
}
