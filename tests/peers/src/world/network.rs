//! The network of the world: what is on its way, and when it arrives.

use super::fingerprint::Fingerprint;
use super::http::answered;
use super::wire::Wire;
use super::{Observed, World};
use crate::zino::SessionId;
use glue_proto::{Action, CallId, Channel, ConnId, HttpRequest, OwnedInput, Seed};
use std::collections::BTreeMap;
use std::hash::Hash;

/// What the network is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NetworkConditions {
    /// How long anything takes at the least, milliseconds.
    pub latency: u64,
    /// By how much that may grow, milliseconds.
    pub jitter: u64,
    /// Whether streams are cut into pieces of any size.
    pub fragments: bool,
}

impl Default for NetworkConditions {
    fn default() -> Self {
        Self { latency: 1, jitter: 0, fragments: false }
    }
}

/// Something on its way. What belongs to a machine that was ended since finds nobody.
#[derive(Clone, Debug, Hash)]
pub(super) enum Delivery {
    Connect(SessionId, Channel),
    /// The next thing that the machine has sent on a connection.
    ToZino(SessionId),
    /// The next thing that Zino has sent on a connection.
    FromZino(SessionId),
    Request(Caller, HttpRequest),
    /// The server gets to it late, and the answer may find nobody.
    LateRequest(Caller, HttpRequest),
    /// What becomes of a request, for the machine.
    Reply(Caller, OwnedInput),
    /// What becomes of a probe, for that run of the machine.
    Probed(u64, OwnedInput),
}

/// A request of one run of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Caller {
    pub(super) run: u64,
    pub(super) call: CallId,
}

/// What is on its way, in the order of arrival.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) queue: BTreeMap<(u64, u64), Delivery>,
    next: u64,
    pub(super) wires: BTreeMap<SessionId, Wire>,
    /// Requests that the daemon waits for; whether they have a connection.
    pub(super) calls: BTreeMap<Caller, bool>,
    /// When each worker of Argus has nothing to do any more, and how long a request takes it; no workers: it takes no time.
    pub(super) workers: Vec<u64>,
    pub(super) service: u64,
    /// How many bytes a second the line from Zino carries; 0 for any number.
    pub(super) zino_rate: u64,
    /// The text in what Zino says on an API channel behind which nothing more comes.
    pub(super) zino_stalls_at: Option<String>,
    /// What Zino says next on an API channel comes twice.
    pub(super) doubles_reply: bool,
    /// Counts the runs of the machine: ids of a new one begin anew.
    pub(super) run: u64,
    pub(super) chance: Seed,
}

/// How many connections one run of the machine may have.
const CONNS_PER_RUN: u64 = 1_000_000;
/// For so many milliseconds a worker of the server works on a request: what is in front of the workers ends one that takes
/// longer, and begins another.
const WORKER_TIMEOUT: u64 = 30_000;

/// Returns the connection of a run of the machine that a session is.
pub(super) const fn conn_of(run: u64, session: SessionId) -> Option<ConnId> {
    if session.0 / CONNS_PER_RUN == run { Some(ConnId(session.0 % CONNS_PER_RUN)) } else { None }
}

impl Network {
    pub(super) const fn new() -> Self {
        Self {
            queue: BTreeMap::new(),
            next: 0,
            wires: BTreeMap::new(),
            calls: BTreeMap::new(),
            workers: Vec::new(),
            service: 0,
            zino_rate: 0,
            zino_stalls_at: None,
            doubles_reply: false,
            run: 0,
            chance: Seed::new(0),
        }
    }

    pub(super) fn send(&mut self, at: u64, delivery: Delivery) {
        self.queue.insert((at, self.next), delivery);
        self.next += 1;
    }

    /// Lets what the machine would hear at one moment come at an earlier one, in its order.
    pub(super) fn bring_forward(&mut self, from: u64, to: u64) {
        let waits: Vec<(u64, u64)> = self
            .queue
            .range((from, 0)..=(from, u64::MAX))
            .filter(|(_, delivery)| is_for_machine(delivery))
            .map(|(at, _)| *at)
            .collect();
        for at in waits {
            if let Some(delivery) = self.queue.remove(&at) {
                self.queue.insert((to, at.1), delivery);
            }
        }
    }

    /// Hashes what is on its way. What may arrive in any order counts in no order, and what is due is due, however long.
    pub(super) fn hash_state(&self, now: u64, state: &mut Fingerprint) {
        let Self {
            queue,
            next: _,
            wires,
            calls,
            workers,
            service,
            zino_rate,
            zino_stalls_at,
            doubles_reply,
            run,
            chance,
        } = self;
        let mut sum = 0_u128;
        for ((at, _), delivery) in queue {
            // What is on a connection is hashed with it, in its order.
            if !matches!(delivery, Delivery::ToZino(_) | Delivery::FromZino(_)) {
                let mut one = Fingerprint::default();
                (at.saturating_sub(now), delivery).hash(&mut one);
                sum = sum.wrapping_add(one.value());
            }
        }
        (sum, calls, run, chance, wires.len(), service).hash(state);
        (zino_rate, zino_stalls_at, doubles_reply).hash(state);
        workers.iter().for_each(|free| free.saturating_sub(now).hash(state));
        for (session, wire) in wires {
            session.hash(state);
            wire.hash_state(state);
        }
    }

    pub(super) fn next_at(&self) -> Option<u64> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn take_due(&mut self, now: u64) -> Option<Delivery> {
        let key = *self.queue.first_key_value()?.0;
        if key.0 <= now { self.queue.remove(&key) } else { None }
    }

    /// Gives the work of one request to the worker that is free first, and returns when that is done.
    pub(super) fn work(&mut self, now: u64) -> u64 {
        let Some(free) = self.workers.iter_mut().min() else { return now };
        *free = now.max(*free) + self.service;
        *free
    }

    /// Takes back a request that has not arrived.
    pub(super) fn withdraw(&mut self, caller: Caller) {
        self.queue.retain(|_, delivery| !matches!(delivery, Delivery::Request(other, _) if *other == caller));
    }

    /// The machine is gone and waits for nothing. A worker of the server does not know that: what it has, it carries out,
    /// unless it takes so long that it is given up. What waits for a connection until a machine goes on that has been
    /// stopped is never sent.
    pub(super) fn forget_calls(&mut self, now: u64, stopped_until: u64) {
        self.calls.clear();
        self.queue.retain(|(at, _), delivery| match delivery {
            Delivery::LateRequest(..) => *at <= now + WORKER_TIMEOUT,
            Delivery::Request(..) => *at != stopped_until,
            Delivery::Connect(..)
            | Delivery::ToZino(_)
            | Delivery::FromZino(_)
            | Delivery::Reply(..)
            | Delivery::Probed(..) => true,
        });
    }

    /// A session of the Zino server: the ids of a new daemon begin anew, sessions do not.
    pub(super) const fn session(&self, conn: ConnId) -> SessionId {
        SessionId(self.run * CONNS_PER_RUN + conn.0)
    }

    /// Returns the connection of this run of the machine that a session is.
    pub(super) const fn conn(&self, session: SessionId) -> Option<ConnId> {
        conn_of(self.run, session)
    }
}

impl World {
    /// Draws when something that is sent now arrives.
    pub(super) const fn arrival(&mut self) -> u64 {
        self.now + self.conditions.latency + self.network.chance.below(self.conditions.jitter + 1)
    }

    /// Lets one delivery arrive.
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        if self.frozen_until > self.now && is_for_machine(&delivery) {
            self.network.send(self.frozen_until, delivery);
            return;
        }
        match delivery {
            Delivery::Connect(session, channel) => self.connect(session, channel),
            Delivery::ToZino(session) => self.zino_hears(session),
            Delivery::FromZino(session) => self.machine_hears(session),
            Delivery::Request(caller, request) => self.request_arrives(caller, request),
            Delivery::LateRequest(caller, request) => {
                let answer = self.serve(&request);
                let at = self.arrival();
                self.network.send(at, answered(caller, answer));
            }
            Delivery::Reply(caller, reply) => self.reply_arrives(caller, &reply),
            Delivery::Probed(run, input) => {
                if run == self.network.run {
                    self.tell(input.as_input());
                }
            }
        }
    }

    /// Carries out one action of the machine.
    pub(super) fn perform(&mut self, action: Action) {
        let run = self.network.run;
        match action {
            Action::Connect { conn, channel } => {
                let (session, at) = (self.network.session(conn), self.arrival());
                self.network.send(at, Delivery::Connect(session, channel));
            }
            Action::Send { conn, bytes } => self.send_to_zino(conn, &bytes),
            Action::Close { conn } => self.hang_up(self.network.session(conn)),
            Action::Http { call, request } => {
                let caller = Caller { run, call };
                self.network.calls.insert(caller, false);
                let at = self.arrival();
                self.network.send(at, Delivery::Request(caller, request));
            }
            Action::CancelHttp { call } => {
                self.observe(|_| Observed::GivenUp(call));
                self.cancel(Caller { run, call });
            }
            Action::SendDatagram { probe, bytes } => self.probe_primary(probe, &bytes),
            Action::AskHealth { probe } => self.ask_primary(probe),
            Action::ReadSecret { server } => self.read_secret(server),
            Action::Notice(_) | Action::Exit(_) => {}
        }
    }
}

const fn is_for_machine(delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Connect(..)
        | Delivery::FromZino(_)
        | Delivery::Request(..)
        | Delivery::Reply(..)
        | Delivery::Probed(..) => true,
        Delivery::ToZino(_) | Delivery::LateRequest(..) => false,
    }
}
