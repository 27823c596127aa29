//! The requests to Argus that are under way.

use super::gate::Gate;
use super::outbox::Outbox;
use super::{Action, CallId};
use crate::daemon::concurrency::{Kind, Limit};
use crate::decision::SourceId;
use crate::face::Timer;
use crate::face::{ArgusSettings, Millis, Mono};
use crate::model::CaseId;
use crate::wire::argus::{Call, Filter};
use alloc::collections::BTreeMap;

/// The least patience for a listing, which can be megabytes (behaviour B51).
const LISTING_PATIENCE: Millis = Millis::from_secs(30);

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// A step of a case.
    Case(CaseId, SourceId),
    /// Counting (behaviour B11).
    Count(Filter),
    /// Listing.
    Listing,
    /// The heartbeat (behaviour B53).
    Beat,
}

/// One request under way.
#[derive(Clone, Debug, Hash)]
pub(super) struct UnderWay {
    pub(super) call: Call,
    pub(super) purpose: Purpose,
    pub(super) started: Mono,
    /// When it had a connection: what comes before that is not the server's work.
    connected: Mono,
    deadline: Mono,
    cancelled: bool,
    /// How many writes had ended when it began.
    pub(super) writes_before: u64,
    /// Whether a write was under way when it began.
    pub(super) began_beside_write: bool,
}

/// All requests under way: as many as the server can use, at most [`ArgusSettings::concurrency`] (behaviour B12).
#[derive(Clone, Debug, Hash)]
pub(super) struct Calls {
    settings: ArgusSettings,
    under_way: BTreeMap<CallId, UnderWay>,
    pub(super) gate: Gate,
    limit: Limit,
    /// How many writes have ended so far: tells what was known before a write from what was read after it.
    pub(super) writes: u64,
}

impl Calls {
    pub(super) fn new(settings: ArgusSettings) -> Self {
        let limit = Limit::new(settings.concurrency);
        Self { settings, under_way: BTreeMap::new(), gate: Gate::new(), limit, writes: 0 }
    }

    /// Tells whether one more request may be sent now.
    pub(super) fn has_room(&self, now: Mono) -> bool {
        self.gate.is_open(self.under_way.len(), self.limit.get(), now)
    }

    /// Returns how many requests may be under way at once, as long as the server is up.
    pub(super) const fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Returns how many requests are under way.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Tells whether a write is under way.
    pub(super) fn is_writing(&self) -> bool {
        self.under_way
            .values()
            .any(|under_way| under_way.call.is_write() && under_way.purpose != Purpose::Beat)
    }

    /// Sends a request.
    pub(super) fn start(&mut self, call: Call, purpose: Purpose, out: &mut Outbox) {
        let id = out.new_call();
        out.act(Action::Http { call: id, request: call.request() });
        let under_way = UnderWay {
            call,
            purpose,
            started: out.now.mono,
            connected: out.now.mono,
            deadline: out.now.mono + self.settings.timeout,
            cancelled: false,
            writes_before: self.writes,
            began_beside_write: self.is_writing(),
        };
        self.under_way.insert(id, under_way);
        self.limit.began(self.under_way.len());
        self.set_timer(out);
    }

    /// Takes in that a request has a connection: from now on it has the patience of its kind.
    pub(super) fn connected(&mut self, id: CallId, out: &mut Outbox) {
        let Some(under_way) = self.under_way.get_mut(&id) else { return };
        let patience = match under_way.call {
            Call::Create(_) | Call::Post { .. } | Call::Patch { .. } => self.settings.write_timeout,
            Call::List { .. } | Call::ListNext { .. } => self.settings.timeout.max(LISTING_PATIENCE),
            Call::Count(_) | Call::Lookup { .. } | Call::Events { .. } | Call::Heartbeat => {
                self.settings.timeout
            }
        };
        under_way.connected = out.now.mono;
        under_way.deadline = out.now.mono + patience;
        self.set_timer(out);
    }

    /// Takes a request off the list: it has been answered, or will not be.
    pub(super) fn finish(&mut self, id: CallId, out: &mut Outbox) -> Option<UnderWay> {
        let under_way = self.under_way.remove(&id)?;
        if under_way.call.is_write() {
            self.writes += 1;
        }
        self.set_timer(out);
        Some(under_way)
    }

    /// Takes in how the server bears the number of requests: it has answered one, or `fails` under them.
    pub(super) fn judge(&mut self, under_way: &UnderWay, fails: bool, now: Mono) {
        if fails {
            self.limit.failed(under_way.started, now);
        } else if let Some(kind) = kind_of(&under_way.call) {
            self.limit.answered(kind, under_way.connected, now);
        }
    }

    /// Gives up on the requests whose time is over. They stay on the list until the shell says what became of them.
    pub(super) fn cancel_overdue(&mut self, out: &mut Outbox) {
        for (id, under_way) in &mut self.under_way {
            if under_way.deadline <= out.now.mono && !under_way.cancelled {
                under_way.cancelled = true;
                out.act(Action::CancelHttp { call: *id });
            }
        }
        self.set_timer(out);
    }

    /// Returns when nothing of a write that began at `started` can still be under way (behaviour B51).
    pub(super) fn over_by(&self, started: Mono) -> Mono {
        started + self.settings.timeout + self.settings.write_timeout
    }

    fn set_timer(&self, out: &mut Outbox) {
        let waiting = self.under_way.values().filter(|under_way| !under_way.cancelled);
        out.timers.put(Timer::ArgusReply, waiting.map(|under_way| under_way.deadline).min());
    }
}

/// Returns what can be compared with others of its kind: not what takes longer the more incidents there are.
const fn kind_of(call: &Call) -> Option<Kind> {
    match call {
        Call::Create(_) => Some(Kind::Create),
        Call::Post { .. } => Some(Kind::Post),
        Call::Patch { .. } => Some(Kind::Patch),
        Call::Lookup { .. } => Some(Kind::Lookup),
        Call::Events { .. } => Some(Kind::Events),
        Call::List { .. } | Call::ListNext { .. } | Call::Count(_) | Call::Heartbeat => None,
    }
}
