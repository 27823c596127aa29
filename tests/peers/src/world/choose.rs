//! A world whose next event is chosen by somebody else than its clock: for whoever wants to see every order.
//!
//! [`World::pending`] lists what may arrive next, [`World::deliver_pending`] lets one of it arrive, and
//! [`World::pass`] lets time pass. The order within one connection is kept; between connections, requests, replies and
//! datagrams every order is possible. With a latency of zero ([`super::NetworkConditions`]) the time moves in `pass` alone.

use super::fingerprint::Fingerprint;
use super::network::{Delivery, Network, conn_of};
use super::wire::Wire;
use super::{World, request_line};
use crate::zino::SessionId;
use glue_proto::Input;
use std::collections::BTreeSet;
use std::hash::Hash;

/// What kind of thing is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingKind {
    /// A connection to Zino is being made.
    Connect,
    /// The next bytes, or the end, of a connection on the way to Zino.
    ToZino,
    /// The next bytes, or the end, of a connection on the way to the machine.
    FromZino,
    /// As `FromZino`, and it is a notification.
    Notification,
    /// A request to Argus. `true` if the machine still waits for the answer.
    Request(bool),
    /// What became of a request.
    Reply,
    /// The answer to a probe.
    Datagram,
}

/// Something that may arrive next. It names nothing any more once anything else has happened in its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What it is.
    pub kind: PendingKind,
    key: (u64, u64),
}

impl World {
    /// Returns what may arrive now, in the order in which it was sent: one thing of each connection and direction, and
    /// everything that is no part of a connection.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        use PendingKind::{FromZino, Notification};
        let wires = &self.network.wires;
        let (mut up, mut down, mut pending) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (key, delivery) in self.network.queue.range(..=(self.now, u64::MAX)) {
            let kind = match delivery {
                Delivery::Connect(..) => Some(PendingKind::Connect),
                Delivery::ToZino(session) => wires
                    .get(session)
                    .filter(|wire| wire.has_up() && up.insert(*session))
                    .map(|_| PendingKind::ToZino),
                Delivery::FromZino(session) => wires
                    .get(session)
                    .filter(|wire| wire.has_down() && down.insert(*session))
                    .map(|wire| if wire.is_notification() { Notification } else { FromZino }),
                Delivery::Request(caller, _) => {
                    Some(PendingKind::Request(self.network.calls.contains_key(caller)))
                }
                Delivery::LateRequest(..) => Some(PendingKind::Request(false)),
                Delivery::Reply(..) => Some(PendingKind::Reply),
                Delivery::Probed(..) => Some(PendingKind::Datagram),
            };
            pending.extend(kind.map(|kind| Pending { kind, key: *key }));
        }
        pending
    }

    /// Shows what is on its way, for people.
    #[must_use]
    pub fn show_pending(&self, pending: Pending) -> String {
        let next = |session: &SessionId, up: bool| {
            self.network.wires.get(session).map(|wire| wire.show_next(up)).unwrap_or_default()
        };
        match self.network.queue.get(&pending.key) {
            Some(Delivery::Connect(session, channel)) => {
                format!("connection {} ({channel:?}) reaches Zino", session.0)
            }
            Some(Delivery::ToZino(session)) => format!("to Zino on {}: {}", session.0, next(session, true)),
            Some(Delivery::FromZino(session)) => {
                format!("from Zino on {}: {}", session.0, next(session, false))
            }
            Some(Delivery::Request(caller, request) | Delivery::LateRequest(caller, request)) => {
                format!("request {}: {}", caller.call.0, request_line(request))
            }
            Some(Delivery::Reply(_, input) | Delivery::Probed(_, input)) => format!("{input:?}"),
            None => String::from("nothing"),
        }
    }

    /// Lets one thing arrive.
    pub fn deliver_pending(&mut self, pending: Pending) {
        if let Some(delivery) = self.network.queue.remove(&pending.key) {
            self.deliver(delivery);
        }
        self.tidy();
    }

    /// Lets one thing never arrive.
    pub fn lose_pending(&mut self, pending: Pending) {
        if let Some(Delivery::FromZino(session)) = self.network.queue.remove(&pending.key)
            && let Some(wire) = self.network.wires.get_mut(&session)
        {
            wire.lose_next();
        }
        self.tidy();
    }

    /// Lets a notification arrive twice.
    pub fn double_pending(&mut self, pending: Pending) {
        if let Some(Delivery::FromZino(session)) = self.network.queue.get(&pending.key)
            && let Some(wire) = self.network.wires.get_mut(session)
        {
            wire.double_next();
        }
        self.deliver_pending(pending);
    }

    /// Returns when something happens next that nothing has to arrive for now, milliseconds since the world began: the
    /// machine's wakeup, or what is late. `None` if there is no such moment.
    #[must_use]
    pub fn next_moment(&self) -> Option<u64> {
        let late = self.network.queue.range((self.now + 1, 0)..).next().map(|((at, _), _)| *at);
        [self.wakeup(), late].into_iter().flatten().min()
    }

    /// Tells whether the machine is to be woken now.
    #[must_use]
    pub fn is_wakeup_due(&self) -> bool {
        self.wakeup().is_some_and(|at| at <= self.now)
    }

    fn wakeup(&self) -> Option<u64> {
        let wakeup = self.daemon.next_wakeup().filter(|_| !self.is_dead())?;
        Some((wakeup.at.0 + self.slept).max(self.now))
    }

    /// Lets time pass up to [`Self::next_moment`], whatever waits to arrive. Nothing else happens.
    pub fn pass(&mut self) {
        self.now = self.next_moment().unwrap_or(self.now).max(self.now);
    }

    /// Tells whether the machine is to be ended after some more actions.
    #[must_use]
    pub const fn is_doomed(&self) -> bool {
        self.crash_after.is_some()
    }

    /// Takes back that the machine is to be ended after some more actions.
    pub const fn spare_daemon(&mut self) {
        self.crash_after = None;
    }

    /// Wakes the machine.
    pub fn wake(&mut self) {
        self.tell(Input::Wake);
        self.tidy();
    }

    /// Puts on its way what the servers have to say, and drops what nobody will ever hear: to be called after something
    /// was done to a peer from outside.
    pub fn tidy(&mut self) {
        self.flush_zino();
        let is_dead = self.is_dead();
        let Self { network, wanted, .. } = self;
        let Network { queue, wires, calls, run, .. } = network;
        let listens =
            |session: &SessionId| conn_of(*run, *session).is_some_and(|conn| wanted.contains(&conn));
        wires.retain(|session, wire| wire.sweep(listens(session)));
        queue.retain(|_, delivery| match delivery {
            Delivery::Connect(session, _) => listens(session),
            Delivery::ToZino(session) => wires.get(session).is_some_and(Wire::has_up),
            Delivery::FromZino(session) => wires.get(session).is_some_and(Wire::has_down),
            Delivery::Reply(caller, _) => calls.contains_key(caller),
            Delivery::Probed(of, _) => of == run && !is_dead,
            Delivery::Request(..) | Delivery::LateRequest(..) => true,
        });
    }

    /// Hashes everything that what can happen from here on depends on: what has happened so far, the log and what an
    /// onlooker saw are left out, and so is the order in which things were sent that may arrive in any order.
    pub fn hash_state(&self, state: &mut Fingerprint) {
        let Self { zino, argus, agent, daemon, exit, skew, zino_skew, faults, wanted, .. } = self;
        let Self { now, frozen_until, slept, sleeps, crash_after, dead, .. } = self;
        (zino, argus, agent, daemon, exit, skew, zino_skew, faults, wanted).hash(state);
        (now, frozen_until, slept, sleeps, crash_after, dead).hash(state);
        self.network.hash_state(*now, state);
    }
}
