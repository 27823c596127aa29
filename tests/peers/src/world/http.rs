//! The requests to Argus, and the datagrams to the primary.

use super::network::{Caller, Delivery};
use super::{DatagramFault, HttpFault, LastingFault, Observed, PrimaryDaemon, World};
use crate::argus::Request;
use glue_proto::{
    HealthAnswer, HttpCause, HttpFailure, HttpRequest, Input, Method, OwnedInput, OwnedResponse,
    ProbeFailure, ProbeId,
};

/// A request that reached Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When, milliseconds.
    pub at: u64,
    /// `METHOD target body`
    pub line: String,
    /// The status that it was answered with.
    pub status: u16,
    /// Whether the server has only said that it did it.
    pub is_feigned: bool,
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Patch => "PATCH",
        Method::Options => "OPTIONS",
    }
}

/// Shows a request in one line: `METHOD target body`.
#[must_use]
pub fn request_line(request: &HttpRequest) -> String {
    format!("{} {} {}", method(request.method), request.target, String::from_utf8_lossy(&request.body))
}

fn html(status: u16, retry_after: Option<u32>) -> OwnedResponse {
    OwnedResponse {
        status,
        retry_after: retry_after.map(|seconds| seconds.to_string()),
        date: None,
        body: b"<html><body><h1>Error</h1></body></html>".to_vec(),
    }
}

pub(super) const fn answered(caller: Caller, response: OwnedResponse) -> Delivery {
    Delivery::Reply(caller, OwnedInput::HttpDone { call: caller.call, response })
}

const fn failed(caller: Caller, failure: HttpFailure, cause: HttpCause) -> Delivery {
    Delivery::Reply(caller, OwnedInput::HttpFailed { call: caller.call, failure, cause })
}

impl World {
    /// Tells whether Argus never takes a write of the machine's.
    #[must_use]
    pub fn never_takes(&self, request: &HttpRequest) -> bool {
        let (method, body) = (method(request.method), &*request.body);
        self.argus.never_takes(&Request { body, ..Request::new(method, &request.target) })
    }

    /// Returns how long the server takes to show what is asked for, besides what every request takes.
    fn reading_time(&self, request: &HttpRequest) -> u64 {
        self.argus.reading_time(&Request::new(method(request.method), &request.target))
    }

    pub(super) fn serve(&mut self, request: &HttpRequest) -> OwnedResponse {
        let authorization = format!("Token {}", self.token());
        let sent = Request {
            method: method(request.method),
            target: &request.target,
            authorization: Some(&authorization),
            content_type: Some("application/json"),
            host: "argus.example.org",
            body: &request.body,
        };
        let is_feigned = self.argus.feigns(&sent);
        let reply = self.argus.respond(self.wall(), &sent);
        // What only looks is of no interest to those who keep nothing.
        if self.keeps || request.method != Method::Get {
            let (at, line, status) = (self.now, request_line(request), reply.status);
            let sent = Sent { at, line, status, is_feigned };
            self.observe(|_| Observed::Served(sent.clone()));
            if self.keeps {
                self.sent.push(sent);
            }
        }
        OwnedResponse {
            status: reply.status,
            retry_after: reply.header("Retry-After").map(String::from),
            date: reply.header("Date").map(String::from),
            body: reply.body,
        }
    }

    pub(super) fn request_arrives(&mut self, caller: Caller, request: HttpRequest) {
        // A daemon that was killed meanwhile waits for nothing, but its request is on its way.
        let waits = self.network.calls.contains_key(&caller);
        let fault = if waits { self.fault_for(&request) } else { None };
        if fault.is_some() {
            self.observe(|_| Observed::Faulty(caller.call));
        }
        let at = self.arrival();
        let cut = failed(caller, HttpFailure::Ambiguous, HttpCause::Reset);
        match fault {
            Some(HttpFault::Refuse) => {
                let refused = failed(caller, HttpFailure::NotSent, HttpCause::Refused);
                self.network.send(at, refused);
                return;
            }
            Some(HttpFault::Unreachable) => return,
            Some(_) | None => {}
        }
        if waits {
            self.network.calls.insert(caller, true);
            self.tell(Input::HttpConnected { call: caller.call });
        }
        match fault {
            None | Some(HttpFault::Refuse | HttpFault::Unreachable) => {
                let answer = self.serve(&request);
                let worked = self.network.work(self.now) - self.now + self.reading_time(&request);
                self.network.send(at + worked, answered(caller, answer));
            }
            Some(HttpFault::CutBefore) => self.network.send(at, cut),
            Some(HttpFault::LoseReply) => {
                self.serve(&request);
                self.network.send(at, cut);
            }
            Some(HttpFault::Delay(millis)) => {
                self.network.send(self.now + millis, Delivery::LateRequest(caller, request));
            }
            Some(HttpFault::CutWhileAtWork(millis)) => {
                self.network.send(at, cut);
                self.network.send(self.now + millis, Delivery::LateRequest(caller, request));
            }
            Some(HttpFault::KillWhileAtWork(millis)) => {
                self.network.send(self.now + millis, Delivery::LateRequest(caller, request));
                self.restart_daemon();
            }
            Some(HttpFault::GatewayTimeout(millis)) => {
                self.network.send(at, answered(caller, html(504, None)));
                self.network.send(self.now + millis, Delivery::LateRequest(caller, request));
            }
            Some(HttpFault::SlowReply(millis)) => {
                let answer = self.serve(&request);
                self.network.send(self.now + millis, answered(caller, answer));
            }
            Some(HttpFault::Hang) => {}
            Some(HttpFault::Status(status, retry_after)) => {
                self.network.send(at, answered(caller, html(status, retry_after)));
            }
            Some(HttpFault::StatusAfter(status)) => {
                self.serve(&request);
                self.network.send(at, answered(caller, html(status, None)));
            }
            Some(HttpFault::Html) => {
                self.serve(&request);
                self.network.send(at, answered(caller, html(200, None)));
            }
            Some(HttpFault::HalfBody) => {
                let mut answer = self.serve(&request);
                answer.body.truncate(answer.body.len() / 2);
                self.network.send(at, answered(caller, answer));
            }
        }
    }

    pub(super) fn reply_arrives(&mut self, caller: Caller, reply: &OwnedInput) {
        if self.network.calls.remove(&caller).is_some() {
            let status =
                if let OwnedInput::HttpDone { response, .. } = reply { Some(response.status) } else { None };
            self.observe(|_| Observed::Ended { call: caller.call, status });
            if let OwnedInput::HttpDone { response, .. } = reply
                && let Some(pause) = response.retry_after.as_deref().and_then(|text| text.parse::<u64>().ok())
                && matches!(response.status, 429 | 503)
            {
                let until = self.now + pause * 1000;
                self.observe(|_| Observed::Throttled(until));
            }
            self.tell(reply.as_input());
        }
    }

    pub(super) fn cancel(&mut self, caller: Caller) {
        let Some(connected) = self.network.calls.get(&caller).copied() else { return };
        let failure = if connected { HttpFailure::Ambiguous } else { HttpFailure::NotSent };
        if !connected {
            self.network.withdraw(caller);
        }
        self.network.send(self.now, failed(caller, failure, HttpCause::Cancelled));
    }

    pub(super) fn ask_primary(&mut self, probe: ProbeId) {
        let answer = match self.faults.primary {
            PrimaryDaemon::Answers(status) => HealthAnswer::Status(status),
            PrimaryDaemon::Dead => HealthAnswer::Failed(HttpCause::Refused),
            PrimaryDaemon::Silent => return,
        };
        let at = self.arrival() + self.conditions.latency;
        let answered = OwnedInput::HealthAnswered { probe, answer };
        self.network.send(at, Delivery::Probed(self.network.run, answered));
    }

    pub(super) fn probe_primary(&mut self, probe: ProbeId, bytes: &[u8]) {
        let run = self.network.run;
        let at = self.arrival() + self.conditions.latency;
        let fault = self.faults.datagrams.pop_front();
        if fault == Some(DatagramFault::Refused) {
            let refused = OwnedInput::DatagramFailed { probe, reason: ProbeFailure::Refused };
            self.network.send(at, Delivery::Probed(run, refused));
            return;
        }
        if self.faults.is_on(LastingFault::PrimarySilent) {
            return;
        }
        let Some(reply) = self.agent.answer(bytes, self.wall()) else { return };
        let mut send = |at, bytes| {
            self.network.send(at, Delivery::Probed(run, OwnedInput::Datagram { probe, bytes }));
        };
        match fault {
            Some(DatagramFault::Lose | DatagramFault::Refused) => {}
            Some(DatagramFault::Late(millis)) => send(at + millis, reply),
            Some(DatagramFault::Double) => {
                send(at, reply.clone());
                send(at + 1, reply);
            }
            Some(DatagramFault::Foreign) => {
                send(at, b"\x30\x03\x02\x01\x01".to_vec());
                send(at + 1, reply);
            }
            Some(DatagramFault::Malformed) => send(at, reply[..reply.len() / 2].to_vec()),
            None => send(at, reply),
        }
    }
}
