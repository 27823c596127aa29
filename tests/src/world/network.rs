//! The network of the world: what is on its way, and what becomes of it when it arrives.

use super::{Fault, HttpFault, TOKEN, World};
use crate::argus::Request;
use crate::zino::SessionId;
use glue_proto::daemon::{
    Action, CallId, Channel, ConnId, Disconnect, HttpCause, HttpFailure, HttpRequest, Input, Method, ProbeId,
    Response,
};
use std::collections::BTreeMap;

/// One way on the network, milliseconds.
const LATENCY: u64 = 1;

/// A request that reached Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When, milliseconds.
    pub at: u64,
    /// `METHOD target body`
    pub line: String,
    /// The status that it was answered with.
    pub status: u16,
}

/// Something on its way.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    Connect(ConnId, Channel),
    ToZino(ConnId, Vec<u8>),
    FromZino(ConnId, Vec<u8>),
    Closed(ConnId, Disconnect),
    Request(CallId, HttpRequest),
    /// The server gets to it late, and the answer may find nobody.
    LateRequest(CallId, HttpRequest),
    Reply(CallId, u16, Option<String>, Vec<u8>),
    Failed(CallId, HttpFailure, HttpCause),
    Datagram(ProbeId, Vec<u8>),
}

/// What is on its way, in the order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    queue: BTreeMap<(u64, u64), Delivery>,
    next: u64,
    /// Connections that are up, as the daemon sees them.
    conns: BTreeMap<ConnId, bool>,
    /// Requests that the daemon waits for; whether they have a connection.
    calls: BTreeMap<CallId, bool>,
    epoch: u64,
}

impl Network {
    fn send(&mut self, at: u64, delivery: Delivery) {
        self.queue.insert((at, self.next), delivery);
        self.next += 1;
    }

    pub(super) fn next_at(&self) -> Option<u64> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn take_due(&mut self, now: u64) -> Option<Delivery> {
        let key = *self.queue.first_key_value()?.0;
        if key.0 <= now { self.queue.remove(&key) } else { None }
    }

    /// The daemon is gone: only what the servers do not need it for goes on.
    pub(super) fn forget_daemon(&mut self) {
        self.queue
            .retain(|_, delivery| matches!(delivery, Delivery::LateRequest(..) | Delivery::Request(..)));
        self.conns.clear();
        self.calls.clear();
        self.epoch += 1;
    }
}

impl World {
    /// A session of the Zino server: the ids of a new daemon begin anew, sessions do not.
    const fn session(&self, conn: ConnId) -> SessionId {
        SessionId(self.network.epoch * 1_000_000 + conn.0)
    }

    /// Cuts every connection to Zino.
    pub fn cut_zino(&mut self) {
        let conns: Vec<ConnId> = self.network.conns.keys().copied().collect();
        for conn in conns {
            self.zino.disconnect(self.session(conn));
            self.network.conns.remove(&conn);
            self.network.send(self.now + LATENCY, Delivery::Closed(conn, Disconnect::Reset));
        }
    }

    /// Puts what Zino has to say on its way.
    pub(super) fn flush_zino(&mut self) {
        if self.faults.is_on(Fault::ZinoSilent) {
            return;
        }
        let conns: Vec<ConnId> = self.network.conns.keys().copied().collect();
        for conn in conns {
            let session = self.session(conn);
            while let Some(bytes) = self.zino.poll_output(session) {
                self.network.send(self.now + LATENCY, Delivery::FromZino(conn, bytes));
            }
            if self.zino.is_closed(session) {
                self.network.conns.remove(&conn);
                self.network.send(self.now + LATENCY, Delivery::Closed(conn, Disconnect::Closed));
            }
        }
    }

    fn serve(&mut self, request: &HttpRequest) -> (u16, Option<String>, Vec<u8>) {
        let authorization = format!("Token {TOKEN}");
        let sent = Request {
            method: method(request.method),
            target: &request.target,
            authorization: Some(&authorization),
            content_type: Some("application/json"),
            host: "argus.example.org",
            body: &request.body,
        };
        let reply = self.argus.respond(self.wall(), &sent);
        self.sent.push(Sent { at: self.now, line: line(request), status: reply.status });
        (reply.status, reply.header("Retry-After").map(String::from), reply.body)
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Patch => "PATCH",
    }
}

fn line(request: &HttpRequest) -> String {
    format!("{} {} {}", method(request.method), request.target, String::from_utf8_lossy(&request.body))
}

/// Carries out one action of the machine.
pub(super) fn perform(world: &mut World, action: Action) {
    let now = world.now;
    match action {
        Action::Connect { conn, channel } => {
            world.network.send(now + LATENCY, Delivery::Connect(conn, channel))
        }
        Action::Send { conn, bytes } => world.network.send(now + LATENCY, Delivery::ToZino(conn, bytes)),
        Action::Close { conn } => {
            let session = world.session(conn);
            world.zino.disconnect(session);
            world.network.conns.remove(&conn);
        }
        Action::Http { call, request } => {
            world.network.calls.insert(call, false);
            world.network.send(now + LATENCY, Delivery::Request(call, request));
        }
        Action::CancelHttp { call } => {
            if let Some(connected) = world.network.calls.get(&call) {
                let failure = if *connected { HttpFailure::Ambiguous } else { HttpFailure::NotSent };
                world.network.send(now, Delivery::Failed(call, failure, HttpCause::Cancelled));
            }
        }
        Action::SendDatagram { probe, bytes } => {
            if !world.faults.is_on(Fault::PrimarySilent)
                && let Some(reply) = world.agent.answer(&bytes, world.wall())
            {
                world.network.send(now + 2 * LATENCY, Delivery::Datagram(probe, reply));
            }
        }
        Action::Notice(_) | Action::Exit(_) | _ => {}
    }
}

/// Lets one delivery arrive.
pub(super) fn deliver(world: &mut World, delivery: Delivery) {
    match delivery {
        Delivery::Connect(conn, channel) => connect(world, conn, channel),
        Delivery::ToZino(conn, bytes) => {
            if world.network.conns.contains_key(&conn) && !world.faults.is_on(Fault::ZinoSilent) {
                let (session, now) = (world.session(conn), world.wall());
                world.zino.receive(session, &bytes, now);
            }
        }
        Delivery::FromZino(conn, bytes) => world.tell(Input::Received { conn, bytes: &bytes }),
        Delivery::Closed(conn, reason) => world.tell(Input::Disconnected { conn, reason }),
        Delivery::Request(call, request) => request_arrives(world, call, request),
        Delivery::LateRequest(call, request) => {
            let (status, retry_after, body) = world.serve(&request);
            world.network.send(world.now + LATENCY, Delivery::Reply(call, status, retry_after, body));
        }
        Delivery::Reply(call, status, retry_after, body) => {
            if world.network.calls.remove(&call).is_some() {
                let response = Response { status, retry_after: retry_after.as_deref(), body: &body };
                world.tell(Input::HttpDone { call, response });
            }
        }
        Delivery::Failed(call, failure, cause) => {
            if world.network.calls.remove(&call).is_some() {
                world.tell(Input::HttpFailed { call, failure, cause });
            }
        }
        Delivery::Datagram(probe, bytes) => world.tell(Input::Datagram { probe, bytes: &bytes }),
    }
}

fn connect(world: &mut World, conn: ConnId, channel: Channel) {
    if world.faults.is_on(Fault::ZinoDown) {
        world.tell(Input::Disconnected { conn, reason: Disconnect::Refused });
        return;
    }
    let session = world.session(conn);
    match channel {
        Channel::Api => world.zino.connect_api(session),
        Channel::Notify => world.zino.connect_notify(session),
    }
    world.network.conns.insert(conn, true);
    world.tell(Input::Connected { conn });
}

fn request_arrives(world: &mut World, call: CallId, request: HttpRequest) {
    let now = world.now;
    // A daemon that was killed meanwhile waits for nothing, but its request is on its way.
    let waits = world.network.calls.contains_key(&call);
    let fault = if waits { world.fault_for(&line(&request)) } else { None };
    let cut = Delivery::Failed(call, HttpFailure::Ambiguous, HttpCause::Reset);
    if fault == Some(HttpFault::Refuse) {
        let refused = Delivery::Failed(call, HttpFailure::NotSent, HttpCause::Refused);
        world.network.send(now + LATENCY, refused);
        return;
    }
    if waits {
        world.network.calls.insert(call, true);
        world.tell(Input::HttpConnected { call });
    }
    match fault {
        None | Some(HttpFault::Refuse) => {
            let (status, retry_after, body) = world.serve(&request);
            world.network.send(now + LATENCY, Delivery::Reply(call, status, retry_after, body));
        }
        Some(HttpFault::CutBefore) => world.network.send(now + LATENCY, cut),
        Some(HttpFault::LoseReply) => {
            world.serve(&request);
            world.network.send(now + LATENCY, cut);
        }
        Some(HttpFault::Delay(millis)) => {
            world.network.send(now + millis, Delivery::LateRequest(call, request))
        }
        Some(HttpFault::Hang) => {}
        Some(HttpFault::Status(status, retry_after)) => {
            let retry_after = retry_after.map(|seconds| seconds.to_string());
            world.network.send(now + LATENCY, Delivery::Reply(call, status, retry_after, b"<html>".to_vec()));
        }
        Some(HttpFault::StatusAfter(status)) => {
            world.serve(&request);
            world.network.send(now + LATENCY, Delivery::Reply(call, status, None, b"<html>".to_vec()));
        }
    }
}

/// Shows an input in one short line.
pub(super) fn shown(input: &Input<'_>) -> String {
    if let Input::Received { conn, bytes } = input {
        return format!("Received({}, {:?})", conn.0, String::from_utf8_lossy(bytes));
    }
    if let Input::HttpDone { call, response } = input {
        return format!(
            "HttpDone({}, {}, {})",
            call.0,
            response.status,
            String::from_utf8_lossy(response.body)
        );
    }
    format!("{input:?}")
}
