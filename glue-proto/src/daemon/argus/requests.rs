//! The requests to Argus that are under way.

use crate::daemon::concurrency::Kind;
use crate::daemon::exchange::QUICK_READING;
use crate::daemon::outbox::Outbox;
use crate::decision::SourceId;
use crate::face::{Action, ArgusSettings, CallId, Millis, Mono, RequestKind, RequestOutcome, Reuse, Timer};
use crate::model::CaseId;
use crate::wire::argus::{ArgusError, Call, Filter};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The least patience for a listing, which can be megabytes (behaviour B51).
const LISTING_PATIENCE: Millis = Millis::from_secs(30);
/// The most patience for the events of an incident, after one timeout and the next (behaviour B14).
const LONGEST_PATIENCE: Millis = Millis::from_secs(300);

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// A step of a case.
    Case(CaseId, SourceId),
    /// Looking into the event feed (behaviour B11).
    Feed,
    /// Counting (behaviour B11).
    Count(Filter),
    /// Listing.
    Listing,
    /// The heartbeat (behaviour B53).
    Beat,
    /// An incident about ourselves (behaviour B80).
    Own,
}

/// One request under way.
#[derive(Clone, Debug, Hash)]
pub(super) struct Request {
    pub(super) call: Call,
    pub(super) purpose: Purpose,
    pub(super) started: Mono,
    /// When it had a connection: what comes before that is not the server's work.
    connected: Mono,
    deadline: Mono,
    /// How often it was sent before.
    tries: u32,
    cancelled: bool,
    /// How many writes had ended when it began.
    mark: u64,
    /// Whether a write was under way when it began.
    began_beside_write: bool,
}

/// All requests under way.
#[derive(Clone, Debug, Hash)]
pub(super) struct Requests {
    timeout: Millis,
    write_timeout: Millis,
    under_way: BTreeMap<CallId, Request>,
    /// How many writes have ended so far.
    ended_writes: u64,
}

impl Requests {
    pub(super) const fn new(settings: &ArgusSettings) -> Self {
        Self {
            timeout: settings.timeout(),
            write_timeout: settings.write_timeout(),
            under_way: BTreeMap::new(),
            ended_writes: 0,
        }
    }

    /// Goes on with other settings: those under way keep their patience.
    pub(super) const fn reload(&mut self, settings: &ArgusSettings) {
        (self.timeout, self.write_timeout) = (settings.timeout(), settings.write_timeout());
    }

    /// Gives up on all, and waits for none of them: the server is another one.
    pub(super) fn give_up_all(&mut self, out: &mut Outbox) -> Vec<Request> {
        let ids: Vec<CallId> = self.under_way.keys().copied().collect();
        ids.iter().for_each(|call| out.act(Action::CancelHttp { call: *call }));
        ids.into_iter().filter_map(|id| self.finish(id, out)).collect()
    }

    fn readings(&self) -> impl Iterator<Item = &Request> {
        self.under_way.values().filter(|request| matches!(request.call, Call::Events { .. }))
    }

    /// Returns how many readings of events take longer than most do.
    pub(super) fn long_readings(&self, now: Mono) -> usize {
        self.readings().filter(|reading| reading.is_long_at() <= now).count()
    }

    /// Returns when another reading of events begins to take longer than most do.
    pub(super) fn next_long_reading(&self, now: Mono) -> Option<Mono> {
        self.readings().map(Request::is_long_at).filter(|at| *at > now).min()
    }

    /// Returns the cases whose events are being read.
    pub(super) fn cases_being_read(&self) -> Vec<CaseId> {
        self.readings().filter_map(Request::case).collect()
    }

    /// Gives up on what is under way for a case, and waits for nothing of it: something else goes before it.
    pub(super) fn give_up(&mut self, case: CaseId, out: &mut Outbox) {
        let mut found = self.under_way.iter().filter(|(_, request)| request.case() == Some(case));
        if let Some((id, _)) = found.next() {
            let id = *id;
            out.act(Action::CancelHttp { call: id });
            self.finish(id, out);
        }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Returns since when the oldest of them waits for the server.
    pub(super) fn oldest(&self) -> Option<Mono> {
        self.under_way.values().map(Request::connected_at).min()
    }

    /// Returns a number that grows with each write that ends: tells what was known before a write from what was read after
    /// it.
    pub(super) const fn mark(&self) -> u64 {
        self.ended_writes
    }

    fn is_writing(&self) -> bool {
        self.under_way.values().any(|request| request.call.is_write())
    }

    /// Tells whether something was written while a request was under way.
    pub(super) fn was_beside_write(&self, request: &Request) -> bool {
        request.began_beside_write || self.is_writing() || self.ended_writes != request.mark
    }

    /// Sends a request. `tries` says how often it was sent before and not answered: then it travels on a connection of its
    /// own, and one for events has more patience each time (behaviour B14, B51).
    pub(super) fn start(&mut self, call: Call, purpose: Purpose, tries: u32, out: &mut Outbox) {
        let id = out.new_call();
        let now = out.now.mono;
        let mut request = call.request();
        if tries > 0 {
            request.reuse = Reuse::Never;
        }
        out.act(Action::Http { call: id, request });
        let request = Request {
            call,
            purpose,
            started: now,
            connected: now,
            deadline: now + self.timeout,
            tries,
            cancelled: false,
            mark: self.ended_writes,
            began_beside_write: self.is_writing(),
        };
        self.under_way.insert(id, request);
        self.set_timer(out);
    }

    /// Takes in that a request has a connection: from now on it has the patience of its kind.
    pub(super) fn connected(&mut self, id: CallId, out: &mut Outbox) {
        let Some(request) = self.under_way.get_mut(&id) else { return };
        let patience = match request.call {
            Call::Create(_) | Call::Post { .. } | Call::Patch { .. } => self.write_timeout,
            Call::List { .. } | Call::ListNext { .. } => self.timeout.max(LISTING_PATIENCE),
            Call::Events { .. } => {
                let longer = 1_u64.checked_shl(request.tries).unwrap_or(u64::MAX);
                LISTING_PATIENCE.times(longer).min(LONGEST_PATIENCE).max(self.timeout)
            }
            Call::Count(_) | Call::Lookup { .. } | Call::Feed | Call::FeedNext { .. } | Call::Heartbeat => {
                self.timeout
            }
        };
        request.connected = out.now.mono;
        request.deadline = out.now.mono + patience;
        self.set_timer(out);
    }

    /// Takes a request off the list: it has been answered, or will not be.
    pub(super) fn finish(&mut self, id: CallId, out: &mut Outbox) -> Option<Request> {
        let request = self.under_way.remove(&id)?;
        if request.call.is_write() {
            self.ended_writes += 1;
        }
        self.set_timer(out);
        Some(request)
    }

    /// Gives up on the requests whose time is over. They stay on the list until the shell says what became of them.
    pub(super) fn cancel_overdue(&mut self, out: &mut Outbox) {
        for (id, request) in &mut self.under_way {
            if request.deadline <= out.now.mono && !request.cancelled {
                request.cancelled = true;
                out.act(Action::CancelHttp { call: *id });
            }
        }
        self.set_timer(out);
    }

    /// Returns when nothing of a write that began at `started` can still be under way (behaviour B51).
    pub(super) fn over_by(&self, started: Mono) -> Mono {
        started + self.timeout + self.write_timeout
    }

    fn set_timer(&self, out: &mut Outbox) {
        let waiting = self.under_way.values().filter(|request| !request.cancelled);
        out.timers.put(Timer::ArgusReply, waiting.map(|request| request.deadline).min());
    }
}

impl Request {
    /// Returns the kind under which a request is counted.
    pub(super) const fn counted_as(&self) -> RequestKind {
        match &self.call {
            Call::Create(_) => RequestKind::Create,
            Call::Patch { .. } => RequestKind::Patch,
            Call::Post { .. } => RequestKind::Event,
            Call::List { .. } | Call::ListNext { .. } => RequestKind::List,
            Call::Count(_) => RequestKind::Count,
            Call::Feed | Call::FeedNext { .. } => RequestKind::Feed,
            Call::Lookup { .. } | Call::Events { .. } => RequestKind::Read,
            Call::Heartbeat => RequestKind::Heartbeat,
        }
    }

    /// Tells whether only a source system may do it.
    pub(super) const fn is_for_sources(&self) -> bool {
        matches!(self.call, Call::Create(_) | Call::Heartbeat)
    }

    /// Returns since when the server may have been at work on it.
    pub(super) const fn connected_at(&self) -> Mono {
        self.connected
    }

    /// Returns how long the server has had it.
    pub(super) fn waited(&self, now: Mono) -> Millis {
        now.since(self.connected)
    }

    /// Returns from when on a reading of events takes longer than most do.
    fn is_long_at(&self) -> Mono {
        self.started + QUICK_READING
    }

    /// Returns the case whose step it is.
    pub(super) const fn case(&self) -> Option<CaseId> {
        match self.purpose {
            Purpose::Case(case, _) => Some(case),
            Purpose::Count(_) | Purpose::Feed | Purpose::Listing | Purpose::Beat | Purpose::Own => None,
        }
    }

    /// Tells whether it concerns a single incident: how it fails says nothing about any other.
    pub(super) const fn is_about_one(&self) -> bool {
        matches!(self.purpose, Purpose::Case(..) | Purpose::Own)
    }

    /// Says what it is, for people.
    pub(super) const fn what(&self) -> &'static str {
        match self.purpose {
            Purpose::Case(..) | Purpose::Own if self.call.is_write() => "a write",
            Purpose::Case(..) | Purpose::Own => "a read",
            Purpose::Count(_) => "a count",
            Purpose::Feed => "a look into the event feed",
            Purpose::Listing => "a listing",
            Purpose::Beat => "a heartbeat",
        }
    }

    /// Returns what can be compared with others of its kind: not what takes longer the more incidents there are.
    pub(super) const fn kind(&self) -> Option<Kind> {
        match self.call {
            Call::Create(_) => Some(Kind::Create),
            Call::Post { .. } => Some(Kind::Post),
            Call::Patch { .. } => Some(Kind::Patch),
            Call::Lookup { .. } => Some(Kind::Lookup),
            Call::Events { .. } => Some(Kind::Events),
            Call::List { .. }
            | Call::ListNext { .. }
            | Call::Count(_)
            | Call::Feed
            | Call::FeedNext { .. }
            | Call::Heartbeat => None,
        }
    }
}

/// Tells whether an error says that the server does not accept our credentials (behaviour B52).
pub(super) fn is_about_us(call: &Call, error: &ArgusError) -> bool {
    let is_about_mine =
        matches!(call, Call::List { .. } | Call::ListNext { .. } | Call::Lookup { .. } | Call::Count(_));
    match error {
        ArgusError::Unauthorized { .. } => true,
        ArgusError::Forbidden { .. } => is_about_mine,
        // What answers a heartbeat may be an older server, or stand before it.
        ArgusError::NoSource { .. } => matches!(call, Call::Create(_)),
        ArgusError::Missing
        | ArgusError::Duplicate
        | ArgusError::UnsupportedType { .. }
        | ArgusError::Refused { .. }
        | ArgusError::Throttled { .. }
        | ArgusError::Server { .. }
        | ArgusError::Redirected { .. }
        | ArgusError::Unreadable { .. } => false,
    }
}

/// Returns the outcome under which a request is counted that was answered.
pub(super) const fn outcome_of(error: Option<&ArgusError>) -> RequestOutcome {
    match error {
        None => RequestOutcome::Ok,
        Some(error) if error.is_overload() => RequestOutcome::Overload,
        Some(_) => RequestOutcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Now, Settings, Wall};
    use crate::model::{EventType, NewEvent};
    use alloc::vec::Vec;

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(1000), wall: Wall(0) }, 1)
    }

    fn post() -> Call {
        Call::Post {
            pk: 1,
            event: NewEvent { at: 60, event_type: EventType::Other, description: "x".into() },
        }
    }

    /// Sends a request; returns its id.
    fn start(requests: &mut Requests, call: Call, out: &mut Outbox) -> CallId {
        requests.start(call, Purpose::Listing, 0, out);
        let Some(Action::Http { call, .. }) = out.poll_action() else { panic!("nothing was sent") };
        call
    }

    #[test]
    fn b51_each_kind_has_its_patience_once_it_is_connected() {
        for (call, secs) in [
            (post(), 30),
            (Call::List { filter: Filter::Open }, 30),
            (Call::ListNext { query: "cursor=a".into() }, 30),
            (Call::Count(Filter::Open), 2),
            (Call::Lookup { source_incident_id: "1".into() }, 2),
            (Call::Events { pk: 1 }, 30),
            (Call::Heartbeat, 2),
        ] {
            let (mut requests, mut out) = (Requests::new(Settings::example().argus()), outbox());
            let id = start(&mut requests, call.clone(), &mut out);
            assert_eq!(out.timers.next().unwrap().at, Mono(3000), "connecting: {call:?}");
            out.now.mono = Mono(2000);
            requests.connected(id, &mut out);
            assert_eq!(out.timers.next().unwrap().at, Mono(2000 + secs * 1000), "{call:?}");
        }
    }

    #[test]
    fn b51_what_was_not_answered_before_travels_on_a_connection_of_its_own() {
        for (tries, expected) in [(0, Reuse::Recent), (1, Reuse::Never), (9, Reuse::Never)] {
            let (mut requests, mut out) = (Requests::new(Settings::example().argus()), outbox());
            requests.start(post(), Purpose::Listing, tries, &mut out);
            let Some(Action::Http { request, .. }) = out.poll_action() else { panic!("nothing was sent") };
            assert_eq!(request.reuse, expected, "{tries}");
        }
    }

    #[test]
    fn b12_how_long_a_server_takes_counts_from_the_connection_on() {
        let (mut requests, mut out) = (Requests::new(Settings::example().argus()), outbox());
        let id = start(&mut requests, post(), &mut out);
        out.now.mono = Mono(1700);
        requests.connected(id, &mut out);
        let request = requests.finish(id, &mut out).unwrap();
        assert_eq!((request.started, request.connected_at()), (Mono(1000), Mono(1700)));
        assert_eq!(out.timers.next(), None, "nothing is waited for any more");
    }

    #[test]
    fn b51_what_is_overdue_is_cancelled_once_and_stays_until_the_shell_has_answered() {
        let (mut requests, mut out) = (Requests::new(Settings::example().argus()), outbox());
        let id = start(&mut requests, post(), &mut out);
        out.now.mono = Mono(3000);
        for _ in 0..2 {
            requests.cancel_overdue(&mut out);
        }
        let actions: Vec<Action> = core::iter::from_fn(|| out.poll_action()).collect();
        assert_eq!(actions, [Action::CancelHttp { call: id }]);
        assert_eq!((requests.len(), out.timers.next()), (1, None));
        assert!(requests.finish(id, &mut out).is_some() && requests.finish(id, &mut out).is_none());
        assert_eq!(requests.over_by(Mono(1000)), Mono(33_000));
    }

    #[test]
    fn b11_a_request_is_beside_a_write_that_overlaps_it_in_any_way() {
        for (before, ended, during, expected) in [
            (false, false, false, false),
            (true, false, false, true),
            (true, true, false, true),
            (false, false, true, true),
        ] {
            let (mut requests, mut out) = (Requests::new(Settings::example().argus()), outbox());
            let write = before.then(|| start(&mut requests, post(), &mut out));
            let count = start(&mut requests, Call::Count(Filter::Open), &mut out);
            if let Some(write) = write.filter(|_| ended) {
                requests.finish(write, &mut out);
            }
            if during {
                start(&mut requests, post(), &mut out);
            }
            let count = requests.finish(count, &mut out).unwrap();
            assert_eq!(requests.was_beside_write(&count), expected, "{before} {ended} {during}");
        }
    }

    #[test]
    fn b11_only_writes_that_have_ended_move_the_mark() {
        let (mut requests, mut out) = (Requests::new(Settings::example().argus()), outbox());
        let write = start(&mut requests, post(), &mut out);
        let beat = start(&mut requests, Call::Heartbeat, &mut out);
        requests.finish(beat, &mut out);
        assert_eq!(requests.mark(), 0);
        requests.finish(write, &mut out);
        assert_eq!(requests.mark(), 1);
    }
}
