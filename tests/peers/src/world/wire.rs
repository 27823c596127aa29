//! The connections to Zino: bytes in order, in pieces of any size, and every way in which a connection can end.

use super::network::Delivery;
use super::{LastingFault, NotifyFault, Observed, World};
use crate::zino::SessionId;
use glue_proto::{Channel, ConnId, Disconnect, Input};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// How often something that is stuck is tried again, milliseconds.
const STUCK_RETRY: u64 = 100;
/// The largest piece that a stream is cut into, in bytes.
const LARGEST_PIECE: u64 = 40;

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    channel: Channel,
    up: VecDeque<Parcel>,
    down: VecDeque<Parcel>,
    up_at: u64,
    down_at: u64,
    /// The server has forgotten the connection, or has closed it.
    is_over: bool,
    has_spoken: bool,
    /// Nothing more comes from the server.
    is_stalled: bool,
}

/// What travels on a connection, in order.
#[derive(Clone, Debug, Hash)]
enum Parcel {
    Bytes(Vec<u8>),
    End(Disconnect),
}

impl Wire {
    const fn new(channel: Channel) -> Self {
        Self {
            channel,
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_at: 0,
            down_at: 0,
            is_over: false,
            has_spoken: false,
            is_stalled: false,
        }
    }

    /// Hashes what there is of the connection: when something arrives is for whoever delivers it to say.
    pub(super) fn hash_state<H: Hasher>(&self, state: &mut H) {
        let Self { channel, up, down, up_at: _, down_at: _, is_over, has_spoken, is_stalled } = self;
        (channel, up, down, is_over, has_spoken, is_stalled).hash(state);
    }

    pub(super) fn has_up(&self) -> bool {
        !self.up.is_empty()
    }

    pub(super) fn has_down(&self) -> bool {
        !self.down.is_empty()
    }

    /// Tells whether the machine gets a notification next. The nonce is none: it has no blank.
    pub(super) fn is_notification(&self) -> bool {
        let is_line = |parcel: &Parcel| matches!(parcel, Parcel::Bytes(line) if line.contains(&b' '));
        self.channel == Channel::Notify && self.down.front().is_some_and(is_line)
    }

    /// Drops what the machine would get next.
    pub(super) fn lose_next(&mut self) {
        self.down.pop_front();
    }

    /// Lets the bytes that the machine gets next come twice.
    pub(super) fn double_next(&mut self) {
        if let Some(Parcel::Bytes(bytes)) = self.down.front_mut() {
            *bytes = bytes.repeat(2);
        }
    }

    /// Drops what nobody will ever hear; `false` if nothing is left of the connection. `is_wanted` tells whether the
    /// machine still listens.
    pub(super) fn sweep(&mut self, is_wanted: bool) -> bool {
        if !is_wanted {
            self.down.clear();
        }
        let has_ended = self.up.iter().any(|parcel| matches!(parcel, Parcel::End(_)));
        if self.is_over {
            self.up.clear();
        }
        !(self.is_over && (has_ended || !is_wanted))
    }

    /// Shows what comes next, in the direction that is asked for.
    pub(super) fn show_next(&self, up: bool) -> String {
        match if up { self.up.front() } else { self.down.front() } {
            Some(Parcel::Bytes(bytes)) => format!("{:?}", String::from_utf8_lossy(bytes)),
            Some(Parcel::End(reason)) => format!("{reason:?}"),
            None => String::new(),
        }
    }

    /// Cuts what is on its way to the machine after so many bytes.
    fn truncate_down(&mut self, mut keep: usize) {
        let mut kept = VecDeque::new();
        for parcel in self.down.drain(..) {
            if let Parcel::Bytes(mut bytes) = parcel {
                bytes.truncate(keep);
                keep -= bytes.len();
                kept.push_back(Parcel::Bytes(bytes));
            }
        }
        self.down = kept;
    }
}

impl World {
    pub(super) fn connect(&mut self, session: SessionId, channel: Channel) {
        let Some(conn) = self.network.conn(session).filter(|_| !self.is_dead()) else { return };
        if self.faults.is_on(LastingFault::ZinoStuck) {
            self.network.send(self.now + STUCK_RETRY, Delivery::Connect(session, channel));
            return;
        }
        if !self.wanted.contains(&conn) {
            return;
        }
        if self.faults.is_on(LastingFault::ZinoDown) {
            self.wanted.remove(&conn);
            self.tell(Input::Disconnected { conn, reason: Disconnect::Refused });
            return;
        }
        match channel {
            Channel::Api => self.zino.connect_api(session),
            Channel::Notify => self.zino.connect_notify(session),
        }
        self.network.wires.insert(session, Wire::new(channel));
        self.tell(Input::Connected { conn });
    }

    pub(super) fn send_to_zino(&mut self, conn: ConnId, bytes: &[u8]) {
        let session = self.network.session(conn);
        for piece in self.chop(bytes) {
            self.send_up(session, Parcel::Bytes(piece));
        }
    }

    /// The machine closes a connection, or gives up making it: what it has sent before still arrives.
    pub(super) fn hang_up(&mut self, session: SessionId) {
        if let Some(conn) = self.network.conn(session) {
            self.wanted.remove(&conn);
        }
        if let Some(wire) = self.network.wires.get_mut(&session) {
            wire.down.clear();
        }
        self.send_up(session, Parcel::End(Disconnect::Closed));
    }

    pub(super) fn zino_hears(&mut self, session: SessionId) {
        if self.faults.is_on(LastingFault::ZinoStuck) {
            self.network.send(self.now + STUCK_RETRY, Delivery::ToZino(session));
            return;
        }
        let is_silent = self.faults.is_on(LastingFault::ZinoSilent);
        let Some(wire) = self.network.wires.get_mut(&session) else { return };
        match wire.up.pop_front() {
            Some(Parcel::Bytes(bytes)) if !wire.is_over && !is_silent => {
                let now = self.zino_wall();
                self.zino.receive(session, &bytes, now);
            }
            Some(Parcel::Bytes(_)) if is_silent && !wire.is_over => {
                // No stream goes on after a gap.
                wire.is_over = true;
                self.zino.disconnect(session);
            }
            Some(Parcel::Bytes(_)) | None => {}
            Some(Parcel::End(_)) => {
                if !wire.is_over {
                    self.zino.disconnect(session);
                }
                self.network.wires.remove(&session);
            }
        }
    }

    pub(super) fn machine_hears(&mut self, session: SessionId) {
        if self.faults.is_on(LastingFault::ZinoStuck) {
            self.network.send(self.now + STUCK_RETRY, Delivery::FromZino(session));
            return;
        }
        let Some(conn) = self.network.conn(session) else { return };
        let Some(wire) = self.network.wires.get_mut(&session) else { return };
        match wire.down.pop_front() {
            Some(Parcel::Bytes(bytes)) if self.wanted.contains(&conn) => {
                self.tell(Input::Received { conn, bytes: &bytes });
            }
            Some(Parcel::End(reason)) => {
                self.network.wires.remove(&session);
                if self.wanted.remove(&conn) {
                    self.tell(Input::Disconnected { conn, reason });
                }
            }
            Some(Parcel::Bytes(_)) | None => {}
        }
    }

    /// Tells whether both connections to Zino are up, as far as both sides know and in truth.
    #[must_use]
    pub fn has_whole_session(&self) -> bool {
        let is_whole = |(session, wire): &(&SessionId, &Wire)| {
            let is_wanted = self.network.conn(**session).is_some_and(|conn| self.wanted.contains(&conn));
            is_wanted && !wire.is_over && !wire.is_stalled
        };
        self.network.wires.iter().filter(is_whole).count() == 2
    }

    /// Cuts every connection to Zino.
    pub fn cut_zino(&mut self) {
        self.cut_zino_after(usize::MAX);
    }

    /// Cuts every connection to Zino: of what is on its way to the machine only so many bytes arrive on each, of what is
    /// on its way to Zino nothing.
    pub fn cut_zino_after(&mut self, bytes: usize) {
        let sessions: Vec<SessionId> = self.network.wires.keys().copied().collect();
        for session in sessions {
            self.flush_wire(session);
            self.zino.disconnect(session);
            if let Some(wire) = self.network.wires.get_mut(&session) {
                wire.up.clear();
                wire.truncate_down(bytes);
                wire.is_over = true;
            }
            self.send_down(session, Parcel::End(Disconnect::Reset));
        }
    }

    /// Lets Zino forget every connection without a word: the machine thinks that they are up.
    pub fn half_open_zino(&mut self) {
        for (session, wire) in &mut self.network.wires {
            self.zino.disconnect(*session);
            wire.is_over = true;
        }
    }

    /// Puts what Zino has to say on its way.
    pub(super) fn flush_zino(&mut self) {
        if self.faults.is_on(LastingFault::ZinoSilent) {
            return;
        }
        let has_output =
            |(session, wire): &(&SessionId, &Wire)| !wire.is_over && self.zino.has_output(**session);
        if !self.network.wires.iter().any(|entry| has_output(&entry)) {
            return;
        }
        let sessions: Vec<SessionId> = self.network.wires.keys().copied().collect();
        for session in sessions {
            self.flush_wire(session);
        }
    }

    fn flush_wire(&mut self, session: SessionId) {
        let Some(wire) = self.network.wires.get(&session).filter(|wire| !wire.is_over) else { return };
        let notify = wire.channel == Channel::Notify;
        while let Some(bytes) = self.zino.poll_output(session) {
            let tampered = if notify { self.tamper(session, bytes) } else { self.hold_up(session, bytes) };
            for piece in self.chop(&tampered) {
                self.send_down(session, Parcel::Bytes(piece));
            }
        }
        if self.zino.is_closed(session) {
            if let Some(wire) = self.network.wires.get_mut(&session) {
                wire.is_over = true;
            }
            self.send_down(session, Parcel::End(Disconnect::Closed));
        }
    }

    /// Does to a line of the notification channel what the next fault says. The nonce is spared.
    fn tamper(&mut self, session: SessionId, bytes: Vec<u8>) -> Vec<u8> {
        let Some(wire) = self.network.wires.get_mut(&session) else { return bytes };
        if !std::mem::replace(&mut wire.has_spoken, true) {
            return bytes;
        }
        match self.faults.notify.pop_front() {
            None => bytes,
            Some(NotifyFault::Lose) => {
                self.observe(|_| Observed::NotificationLost(bytes));
                Vec::new()
            }
            Some(NotifyFault::Double) => bytes.repeat(2),
            Some(NotifyFault::Before(mut other)) => {
                other.extend(bytes);
                other
            }
        }
    }

    /// Does to what is said on the API channel what is wrong with it.
    fn hold_up(&mut self, session: SessionId, mut bytes: Vec<u8>) -> Vec<u8> {
        let Some(wire) = self.network.wires.get_mut(&session) else { return bytes };
        if wire.is_stalled {
            return Vec::new();
        }
        let text = self.network.zino_stalls_at.as_deref().unwrap_or_default().as_bytes();
        if !text.is_empty()
            && let Some(at) = bytes.windows(text.len()).position(|window| window == text)
        {
            wire.is_stalled = true;
            bytes.truncate(at);
        }
        if std::mem::take(&mut self.network.doubles_reply) { bytes.repeat(2) } else { bytes }
    }

    /// Lets what Zino says next on an API channel come twice.
    pub const fn double_next_reply(&mut self) {
        self.network.doubles_reply = true;
    }

    /// Lets a connection be silent from the moment on at which Zino says this on it; nothing, for no such text.
    pub fn stall_zino_at(&mut self, text: Option<&str>) {
        self.network.zino_stalls_at = text.map(String::from);
    }

    /// Lets the line from Zino carry so many bytes a second on each connection; 0 for any number.
    pub const fn set_zino_rate(&mut self, bytes: u64) {
        self.network.zino_rate = bytes;
    }

    fn send_up(&mut self, session: SessionId, parcel: Parcel) {
        let at = self.arrival();
        if let Some(wire) = self.network.wires.get_mut(&session) {
            wire.up_at = wire.up_at.max(at);
            wire.up.push_back(parcel);
            let at = wire.up_at;
            self.network.send(at, Delivery::ToZino(session));
        }
    }

    fn send_down(&mut self, session: SessionId, parcel: Parcel) {
        let at = self.arrival();
        let carried = if let Parcel::Bytes(bytes) = &parcel { bytes.len() as u64 * 1000 } else { 0 };
        let takes = carried.checked_div(self.network.zino_rate).unwrap_or(0);
        if let Some(wire) = self.network.wires.get_mut(&session) {
            wire.down_at = wire.down_at.max(at) + takes;
            wire.down.push_back(parcel);
            let at = wire.down_at;
            self.network.send(at, Delivery::FromZino(session));
        }
    }

    fn chop(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        let is_cut = self.conditions.fragments || self.network.zino_rate > 0;
        while is_cut && rest.len() > 1 {
            let drawn = 1 + self.network.chance.below(LARGEST_PIECE);
            let (piece, tail) = rest.split_at(rest.len().min(usize::try_from(drawn).unwrap_or(1)));
            pieces.push(piece.to_vec());
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(rest.to_vec());
        }
        pieces
    }
}
