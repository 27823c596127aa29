//! Argus: the requests to it, whether it may be asked now, and our picture of what people did there.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | where each answer goes |
//! | `event.rs` | what the answers say to the rest of the machine |
//! | `requests.rs` | the requests under way |
//! | `steps.rs` | the requests of steps, and what became of them |
//! | `room.rs` | how many there may be |
//! | `availability.rs` | whether Argus may be asked now: pauses, outages, refused credentials |
//! | `reload.rs` | credentials that were refused; other credentials and settings |
//! | `clock.rs` | what time it is there |
//! | `listing.rs` | the listing of our incidents |
//! | `refresh.rs` | looking for what people did |
//! | `feed.rs` | how far the event feed has been read |
//! | `heartbeat.rs` | saying that we are alive |

mod availability;
mod clock;
mod event;
mod feed;
mod heartbeat;
mod listing;
mod refresh;
mod reload;
mod requests;
mod room;
mod steps;

pub(super) use event::Event;

use super::exchange::Answer;
use super::outbox::{Job, Outbox};
use super::queue::Urgency;
use crate::daemon::concurrency::Limit;
use crate::face::{
    Action, CallId, HttpCause, HttpFailure, Millis, Mono, Notice, RequestOutcome, Response, Server, Settings,
};
use crate::wire::argus::{ArgusError, Call, Filter, Reply, read_reply};
use alloc::string::ToString;
use availability::{Availability, LEAST_PAUSE, PAUSE};
use clock::Clock;
use heartbeat::Heartbeat;
use listing::Listing;
use refresh::Refresh;
use requests::{Purpose, Request, Requests, is_about_us, outcome_of};

/// Our side of Argus.
#[derive(Clone, Debug, Hash)]
pub(super) struct Argus {
    requests: Requests,
    availability: Availability,
    clock: Clock,
    limit: Limit,
    listing: Listing,
    refresh: Refresh,
    heartbeat: Heartbeat,
    answered_in: Option<Millis>,
}

impl Argus {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            requests: Requests::new(settings.argus()),
            availability: Availability::default(),
            clock: Clock::default(),
            limit: Limit::new(settings.argus().concurrency()),
            listing: Listing::default(),
            refresh: Refresh::new(settings.sync()),
            heartbeat: Heartbeat::default(),
            answered_in: None,
        }
    }

    /// Returns until when nothing may be sent.
    pub(super) fn pause(&self, now: Mono) -> Option<Mono> {
        self.availability.pause(now)
    }

    /// Tells whether the server is thought to be unreachable.
    pub(super) const fn is_down(&self) -> bool {
        self.availability.is_down()
    }

    /// Returns how many requests may be under way at once, as long as the server is up.
    pub(super) const fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Returns how many requests are under way.
    pub(super) fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// Returns how long the last one took that was answered, or for which it was waited in vain.
    pub(super) const fn answered_in(&self) -> Option<Millis> {
        self.answered_in
    }

    /// Returns since when the oldest of them waits.
    pub(super) fn waiting_since(&self) -> Option<Mono> {
        self.requests.oldest()
    }

    /// Returns the listing: before it is complete nothing is concluded from an incident that is not known.
    pub(super) const fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Tells whether that takes longer than it should: then incidents are looked up one by one.
    pub(super) fn is_listing_late(&self, now: Mono) -> bool {
        self.listing.is_late(now)
    }

    /// Nothing is concluded until the incidents have been listed again, at once.
    pub(super) fn list_anew(&mut self, out: &mut Outbox) {
        self.listing.expect(out);
        self.refresh.begin_anew(out.now);
        out.request(Job::List(Filter::Open), Urgency::Now);
    }

    /// Begins a listing, unless one is under way.
    pub(super) fn list(&mut self, filter: Filter, out: &mut Outbox) {
        if self.listing.begin(filter, self.requests.mark(), out) {
            self.start(Call::List { filter }, Purpose::Listing, 0, out);
        }
    }

    /// Asks for the next page of the listing under way.
    pub(super) fn list_on(&mut self, out: &mut Outbox) {
        if let Some(query) = self.listing.next_page() {
            self.start(Call::ListNext { query }, Purpose::Listing, 0, out);
        }
    }

    /// Reads the next page of the event feed.
    pub(super) fn look(&mut self, out: &mut Outbox) {
        if let Some(call) = self.refresh.next_look() {
            self.start(call, Purpose::Feed, 0, out);
        }
    }

    /// Counts our incidents.
    pub(super) fn count(&mut self, filter: Filter, out: &mut Outbox) {
        self.start(Call::Count(filter), Purpose::Count(filter), 0, out);
    }

    /// Sends a heartbeat.
    pub(super) fn beat(&mut self, out: &mut Outbox) {
        self.start(Call::Heartbeat, Purpose::Beat, 0, out);
    }

    fn start(&mut self, call: Call, purpose: Purpose, tries: u32, out: &mut Outbox) {
        if self.is_refused() {
            out.act(Action::ReadSecret { server: Server::Argus });
        }
        self.requests.start(call, purpose, tries, out);
        self.limit.began(self.requests.len());
    }

    /// Takes in that a request has a connection: from now on it has the patience of its kind.
    pub(super) fn connected(&mut self, id: CallId, out: &mut Outbox) {
        self.requests.connected(id, out);
    }

    /// Gives up on the requests whose time is over.
    pub(super) fn cancel_overdue(&mut self, out: &mut Outbox) {
        self.requests.cancel_overdue(out);
    }

    /// The next heartbeat is due; `is_alive` tells whether there is anything to say.
    pub(super) fn beat_due(&mut self, is_alive: bool, out: &mut Outbox) {
        self.heartbeat.due(is_alive, out);
    }

    /// The next refresh is due; `is_active` tells whether anybody wants to know (behaviour B11).
    pub(super) fn refresh_due(&mut self, is_active: bool, out: &mut Outbox) {
        let listed_at = self.listing.completed_at().filter(|_| is_active);
        self.refresh.due(listed_at, out);
    }

    /// Takes in how many incidents are known where Argus has counted so many.
    pub(super) fn compare(
        &mut self,
        filter: Filter,
        count: u64,
        known: usize,
        beside_write: bool,
        out: &mut Outbox,
    ) {
        self.refresh.compare(filter, count, known, beside_write, out);
    }

    /// Every open incident that a listing has shown is known now. Tells whether it was the first that is complete.
    pub(super) fn listing_taken(&mut self, out: &mut Outbox) -> bool {
        self.refresh.listed();
        self.listing.complete(out)
    }

    /// Takes in an answer.
    pub(super) fn answered(
        &mut self,
        id: CallId,
        response: &Response<'_>,
        out: &mut Outbox,
    ) -> Option<Event> {
        let request = self.requests.finish(id, out)?;
        let reply = read_reply(&request.call, response);
        out.counters.requested(request.counted_as(), outcome_of(reply.as_ref().err()));
        self.answered_in = Some(request.waited(out.now.mono));
        match reply.as_ref().err().filter(|error| error.is_overload()) {
            Some(error) => self.overloaded(&error.to_string(), out),
            None if self.availability.answered() => out.tell(Notice::ArgusBack),
            None => {}
        }
        // How soon a request is refused says nothing about how long one takes that is carried out.
        match &reply {
            Ok(_) => {
                self.availability.succeeded();
                self.cope(&request, out.now.mono);
            }
            Err(error) if error.is_overload() => self.limit.failed(request.started, out.now.mono),
            Err(ArgusError::Server { .. }) if !request.is_about_one() => self.availability.failed_at_large(),
            Err(ArgusError::Server { .. }) if self.availability.failed_at_one(out.now.mono) => {
                Refresh::look_into(out);
            }
            Err(_) => {}
        }
        match reply {
            Ok(reply) => {
                self.clock.see(response.date, request.connected_at(), out.now.mono);
                out.on_the_way.set_argus_clock(self.clock.ahead());
                out.tell_any(self.availability.accepted(request.is_for_sources()));
                self.replied(request, reply, out)
            }
            Err(error) => self.refused(request, error, out),
        }
    }

    /// The server has shown that it is overloaded, or has not answered.
    fn overloaded(&mut self, cause: &str, out: &mut Outbox) {
        if self.availability.overloaded(out.now.mono, &mut out.seed) {
            out.tell(Notice::ArgusUnreachable { cause: cause.into() });
        }
    }

    /// Tells whether the server does not take our credentials.
    pub(super) const fn is_refused(&self) -> bool {
        self.availability.is_refused()
    }

    /// The server copes with the number of requests: it has carried one out.
    fn cope(&mut self, request: &Request, now: Mono) {
        if let Some(kind) = request.kind() {
            self.limit.answered(kind, request.connected_at(), now);
        }
    }

    fn replied(&mut self, request: Request, reply: Reply, out: &mut Outbox) -> Option<Event> {
        match (request.purpose, reply) {
            (Purpose::Case(..) | Purpose::Own, reply) => self.done(request, Answer::Reply(reply)),
            (Purpose::Count(filter), Reply::Count(count)) => {
                let beside_write = self.requests.was_beside_write(&request);
                Some(Event::Counted { filter, count, beside_write })
            }
            (Purpose::Count(_), _) => {
                self.refresh.cannot_count(out);
                None
            }
            (Purpose::Feed, Reply::Feed(page)) => {
                let took = out.now.mono.since(request.connected_at());
                let (acted, all) = self.refresh.looked(page, took, out);
                Some(Event::Looked { acted, all })
            }
            (Purpose::Listing, Reply::Page(page)) => self.listing.page(page, out).map(Event::Seen),
            (Purpose::Beat, _) => {
                self.heartbeat.taken(out);
                None
            }
            (Purpose::Listing | Purpose::Feed, _) => None,
        }
    }

    fn refused(&mut self, request: Request, error: ArgusError, out: &mut Outbox) -> Option<Event> {
        if is_about_us(&request.call, &error) {
            return self.credentials_refused(request, &error, out);
        }
        if let ArgusError::Throttled { status, .. } = &error {
            let pause = error.retry_after(out.now.wall).unwrap_or(PAUSE).max(LEAST_PAUSE);
            self.availability.throttled(pause, out.now.mono);
            if !self.availability.is_down() {
                out.tell(Notice::ArgusThrottled { status: *status, pause });
            }
        }
        match request.purpose {
            // The server is at fault, not the step.
            Purpose::Case(..) | Purpose::Own
                if error.is_overload() && (error.is_throttling() || self.is_down()) =>
            {
                let (ambiguous, at_work) = (error.is_ambiguous(), error.may_be_under_way());
                self.done(request, Answer::Postponed { ambiguous, at_work })
            }
            Purpose::Case(..) | Purpose::Own => self.done(request, Answer::Refused(error)),
            Purpose::Count(_) => None,
            Purpose::Feed => {
                self.refresh.look_refused(&error, out);
                None
            }
            Purpose::Listing => {
                if !self.is_down() {
                    out.tell(Notice::Unanswered { what: "a listing", case: None, cause: error.to_string() });
                }
                self.listing.fail(true, out);
                None
            }
            Purpose::Beat => {
                // That the token is no source system's has been told already.
                let error = Some(&error).filter(|_| !self.is_refused());
                self.heartbeat.failed(error, out);
                None
            }
        }
    }

    /// Takes in that a request will not be answered.
    pub(super) fn failed(
        &mut self,
        id: CallId,
        failure: HttpFailure,
        cause: HttpCause,
        out: &mut Outbox,
    ) -> Option<Event> {
        let request = self.requests.finish(id, out)?;
        let was_sent = failure == HttpFailure::Ambiguous;
        let outcome = if was_sent { RequestOutcome::Unanswered } else { RequestOutcome::Unreachable };
        out.counters.requested(request.counted_as(), outcome);
        if was_sent {
            self.answered_in = Some(request.waited(out.now.mono));
            // One answer that is too large says nothing about any other (behaviour B14).
            if cause != HttpCause::TooLarge {
                self.limit.failed(request.started, out.now.mono);
                self.overloaded(&cause.to_string(), out);
            }
            // What a write has done is worth a line of its own, also in an outage.
            if !self.is_down() || request.call.is_write() {
                out.tell(Notice::Unanswered {
                    what: request.what(),
                    case: request.case(),
                    cause: cause.to_string(),
                });
            }
        } else if self.availability.unreachable(out.now.mono, &mut out.seed) {
            out.tell(Notice::ArgusUnreachable { cause: cause.to_string() });
        }
        match request.purpose {
            Purpose::Case(..) | Purpose::Own if was_sent => {
                self.done(request, Answer::Lost { cut: cause != HttpCause::Cancelled })
            }
            Purpose::Case(..) | Purpose::Own => {
                self.done(request, Answer::Postponed { ambiguous: false, at_work: false })
            }
            Purpose::Listing => {
                self.listing.fail(was_sent, out);
                None
            }
            Purpose::Beat => {
                self.heartbeat.failed(None, out);
                None
            }
            Purpose::Count(_) => None,
            Purpose::Feed => {
                let given_up = cause == HttpCause::Cancelled;
                let took = given_up.then(|| out.now.mono.since(request.connected_at()));
                self.refresh.look_lost(took, out);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Millis, Now, Wall};
    use crate::wire::argus::{Feed, FeedRow};

    fn argus() -> (Argus, Outbox) {
        let now = Now { mono: Mono(100_000), wall: Wall(0) };
        (Argus::new(&Settings::example()), Outbox::new(now, 1))
    }

    #[test]
    fn b63_when_the_incidents_are_listed_anew_nothing_in_the_feed_counts_as_seen() {
        let (mut argus, mut out) = argus();
        let row = FeedRow { pk: 7, incident: 1, actor: 9, at: 0, received: 0 };
        let mut look = |argus: &mut Argus| {
            argus.refresh.due(Some(Mono(0)), &mut out);
            let page = Feed { rows: [row].into(), next: None };
            argus.refresh.looked(page, Millis(1), &mut out).0.len()
        };
        assert_eq!((look(&mut argus), look(&mut argus)), (1, 0));
        argus.list_anew(&mut Outbox::new(Now::default(), 1));
        assert_eq!(look(&mut argus), 1);
    }

    #[test]
    fn b11_a_listing_of_what_is_open_takes_the_place_of_counts_that_proved_nothing() {
        for was_listed in [true, false] {
            let (mut argus, mut out) = argus();
            for _ in 0..6 {
                argus.compare(Filter::Open, 7, 5, true, &mut out);
            }
            if was_listed {
                argus.listing_taken(&mut out);
            }
            argus.compare(Filter::Open, 7, 5, true, &mut out);
            assert_eq!(out.jobs.has_ready(), !was_listed);
        }
    }
}
