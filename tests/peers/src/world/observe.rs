//! What an onlooker sees of a world: for invariants, for the log, and for a digest that tells two runs apart.

use super::{Sent, World};
use glue_proto::{Action, CallId, HttpRequest, Input, Mode, Notice, Wakeup};
use std::hash::{Hash, Hasher};

/// Whether the machine may write at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeSeen {
    /// The mode.
    pub mode: Mode,
    /// Whether it hands its incidents over.
    pub hands_over: bool,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The machine has sent a request.
    Asked {
        /// Which one.
        call: CallId,
        /// The request.
        request: HttpRequest,
        /// The seen at that moment.
        mode: ModeSeen,
    },
    /// The machine has been told what became of a request.
    Ended {
        /// Which one.
        call: CallId,
        /// The status of the answer, if there was one.
        status: Option<u16>,
    },
    /// The machine waits no longer for what becomes of a request.
    GivenUp(CallId),
    /// Something goes wrong with a request.
    Faulty(CallId),
    /// A line of the notification channel is lost.
    NotificationLost(Vec<u8>),
    /// Argus has carried out a request.
    Served(Sent),
    /// The machine has sent bytes to Zino.
    ToZino {
        /// One write.
        bytes: Vec<u8>,
        /// The seen at that moment.
        mode: ModeSeen,
    },
    /// Argus has asked to be left alone until this moment, milliseconds.
    Throttled(u64),
    /// The machine has sent a probe.
    Probed(Vec<u8>),
    /// The machine has been given a datagram.
    Datagram(Vec<u8>),
    /// The machine has logged something.
    Told(Notice),
    /// The machine wants to be woken at a moment that has passed already.
    Restless(Wakeup),
    /// The machine was ended without a word: nothing of it is under way any more.
    Killed,
}

/// FNV-1a over words of eight bytes, turned after each so that all bits come to count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digest(pub(super) u64);

impl Digest {
    pub(super) const NEW: Self = Self(0xcbf2_9ce4_8422_2325);

    const fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }
}

impl World {
    /// Notes everything that an onlooker sees, to be taken with [`Self::take_observed`], and keeps nothing else: a long
    /// run then needs no more room than a short one.
    pub const fn watch(&mut self) {
        self.watches = true;
        self.keeps = false;
    }

    /// Takes what was seen since the last time.
    pub fn take_observed(&mut self) -> Vec<Observed> {
        std::mem::take(&mut self.observed)
    }

    /// Returns a number that tells two runs apart: it is made of every input and every action so far.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest.0
    }

    pub(super) fn observe(&mut self, make: impl FnOnce(ModeSeen) -> Observed) {
        if self.watches {
            let seen = ModeSeen {
                mode: self.daemon.inspect().mode(),
                hands_over: self.daemon.inspect().is_handing_over(),
            };
            self.observed.push(make(seen));
        }
    }

    pub(super) fn note_input(&mut self, input: &Input<'_>) {
        self.record_input(|| input.to_owned_input());
        if self.logging {
            self.log.push(format!("{:>9} > {}", self.now, shown(input)));
        }
        if self.watches {
            (self.now, input).hash(&mut self.digest);
        }
        if let Input::Datagram { bytes, .. } = input {
            self.observe(|_| Observed::Datagram(bytes.to_vec()));
        }
    }

    pub(super) fn note_action(&mut self, action: &Action) {
        self.record_action(action);
        if self.logging {
            self.log.push(format!("{:>9} < {}", self.now, shown_action(action)));
        }
        if !self.watches {
            return;
        }
        action.hash(&mut self.digest);
        if let Action::Send { bytes, .. } = action {
            let bytes = bytes.clone();
            self.observe(|mode| Observed::ToZino { bytes, mode });
        } else if let Action::Http { call, request } = action {
            let (call, request) = (*call, request.clone());
            self.observe(|mode| Observed::Asked { call, request, mode });
        } else if let Action::SendDatagram { bytes, .. } = action {
            let bytes = bytes.clone();
            self.observe(|_| Observed::Probed(bytes));
        } else if let Action::Notice(notice) = action {
            let notice = notice.clone();
            self.observe(|_| Observed::Told(notice));
        }
    }
}

/// Shows an input in one short line.
fn shown(input: &Input<'_>) -> String {
    if let Input::Received { conn, bytes } = input {
        return format!("Received({}, {:?})", conn.0, String::from_utf8_lossy(bytes));
    }
    if let Input::HttpDone { call, response } = input {
        let body = String::from_utf8_lossy(response.body);
        return format!("HttpDone({}, {}, {body})", call.0, response.status);
    }
    format!("{input:?}")
}

/// Shows an action in one short line: the bytes too, for nothing here is secret.
fn shown_action(action: &Action) -> String {
    if let Action::Send { conn, bytes } = action {
        return format!("Send({}, {:?})", conn.0, String::from_utf8_lossy(bytes));
    }
    if let Action::Http { call, request } = action {
        return format!("Http({}, {})", call.0, super::request_line(request));
    }
    if let Action::Notice(notice) = action {
        return format!("{:?}: {notice}", notice.level());
    }
    format!("{action:?}")
}
