//! Where each input, each timer and each piece of news from Zino goes.

use super::calls::{Purpose, UnderWay};
use super::news::News;
use super::queue::Urgency;
use super::slot::Side;
use super::{
    CallId, Daemon, Exit, HEARTBEAT, HttpCause, HttpFailure, Input, Job, LAST_RESPITE, LISTING_CYCLE,
    LISTING_INTERVAL, Notice, Operator, Response,
};
use crate::decision::{Known, SourceId};
use crate::face::Millis;
use crate::face::Mode;
use crate::face::Timer;
use crate::model::{Case, CaseId, CaseState};
use crate::wire::argus::{ArgusError, Call, Filter, Reply, read_reply};
use crate::wire::zino::{Notification, NotificationKind};
use alloc::string::ToString;
use alloc::vec::Vec;

/// The pause that a server gets that asks for one without saying how long.
const PAUSE: Millis = Millis::from_secs(2);
/// The least pause that a server gets that asks for one: `Retry-After: 0`, or a moment that has passed, is no invitation to
/// ask as often as the network allows.
const LEAST_PAUSE: Millis = Millis::from_secs(1);

impl Daemon {
    pub(super) fn input(&mut self, input: Input<'_>) {
        match input {
            Input::Wake => {}
            Input::Connected { conn } => {
                if self.zino.channel(conn).is_some() {
                    self.zino.connected(&mut self.out);
                }
            }
            Input::Received { conn, bytes } => {
                if let Some(channel) = self.zino.channel(conn) {
                    self.zino.received(channel, bytes, &mut self.out);
                }
            }
            Input::Disconnected { conn, reason } => {
                if let Some(channel) = self.zino.channel(conn) {
                    self.zino.disconnected(channel, reason, &mut self.out);
                }
            }
            Input::HttpConnected { call } => self.calls.connected(call, &mut self.out),
            Input::HttpDone { call, response } => self.http_done(call, &response),
            Input::HttpFailed { call, failure, cause } => self.http_failed(call, failure, cause),
            Input::Datagram { probe, bytes } => self.datagram(probe, bytes),
            Input::DatagramFailed { probe, reason } => self.datagram_failed(probe, reason),
            Input::Command(Operator::Reconcile) => {
                self.out.tell(Notice::Reconciling);
                self.reconcile(true);
            }
            Input::Shutdown => self.shut_down(),
        }
    }

    fn shut_down(&mut self) {
        if self.stopping {
            return;
        }
        self.stopping = true;
        self.out.tell(Notice::Stopping);
        self.queue.retain(|_| false);
        self.drop_zino_writes();
        let end = self.out.now.mono + LAST_RESPITE;
        self.out.timers.set(Timer::Shutdown, end);
    }

    pub(super) fn timers(&mut self) {
        let now = self.out.now.mono;
        while !self.exited
            && let Some(timer) = self.out.timers.take_due(now)
        {
            match timer {
                Timer::ZinoRetry => self.zino.connect(&mut self.out),
                Timer::ZinoSetup => self.zino.setup_overdue(&mut self.out),
                Timer::ZinoReply => self.zino.reply_overdue(&mut self.out),
                Timer::ZinoQuiet => self.zino.check_health(&mut self.out),
                Timer::ZinoQuarantine => self.zino.retry_quarantined(&mut self.out),
                Timer::Reconcile => self.reconcile(false),
                Timer::Recheck => self.zino.read_all(),
                Timer::Refresh => self.refresh(),
                Timer::Heartbeat => self.heartbeat(),
                Timer::ArgusReply => self.calls.cancel_overdue(&mut self.out),
                Timer::ArgusPause | Timer::Job => {}
                Timer::Probe => self.send_probe(),
                Timer::ProbeReply => self.probe_failed("no answer in time".to_string()),
                Timer::Handover => self.end_handover(),
                Timer::Shutdown => self.exit(Exit::Done),
            }
        }
    }

    /// Reads everything in Zino again, and now and then, or when asked to, everything in Argus (behaviour B11).
    fn reconcile(&mut self, thorough: bool) {
        let now = self.out.now.mono;
        self.out.timers.set(Timer::Reconcile, now + self.settings.sync.reconcile_interval);
        self.zino.read_all();
        self.reconciliations = self.reconciliations.wrapping_add(1);
        let apart = self.settings.sync.reconcile_interval.0.max(1);
        let cycle = LISTING_INTERVAL.0.div_ceil(apart).clamp(1, LISTING_CYCLE);
        if self.mode() == Mode::Active && (thorough || self.reconciliations.is_multiple_of(cycle)) {
            self.distrust_acks();
            self.queue.request(Job::List(Filter::Open), Urgency::Later, now, now);
        }
    }

    fn heartbeat(&mut self) {
        let now = self.out.now.mono;
        self.out.timers.set(Timer::Heartbeat, now + HEARTBEAT);
        if self.zino.ready_since().is_some() && !self.no_heartbeat {
            self.queue.request(Job::Beat, Urgency::Soon, now, now);
        }
    }

    pub(super) fn start_beat(&mut self) {
        self.calls.start(Call::Heartbeat, Purpose::Beat, &mut self.out);
    }

    pub(super) fn start_count(&mut self, filter: Filter) {
        self.calls.start(Call::Count(filter), Purpose::Count(filter), &mut self.out);
    }

    fn http_done(&mut self, id: CallId, response: &Response<'_>) {
        let Some(under_way) = self.calls.finish(id, &mut self.out) else { return };
        if self.calls.gate.answered() {
            self.out.tell(Notice::ArgusBack);
        }
        let reply = read_reply(&under_way.call, response);
        let fails = matches!(reply, Err(ArgusError::Server { .. } | ArgusError::Throttled { .. }));
        self.calls.judge(&under_way, fails, self.out.now.mono);
        match reply {
            Ok(reply) => {
                self.calls.gate.accepted();
                self.answered(under_way, reply);
            }
            Err(error) => self.answered_with_error(&under_way, &error),
        }
    }

    fn answered(&mut self, under_way: UnderWay, reply: Reply) {
        match (under_way.purpose, reply) {
            (Purpose::Case(id, source), reply) => self.step_answered(id, source, under_way, reply),
            (Purpose::Count(filter), Reply::Count(count)) => self.counted(filter, count, &under_way),
            (Purpose::Count(_), _) => self.cannot_count(),
            (Purpose::Listing, Reply::Page(page)) => self.listed_page(page),
            (Purpose::Listing | Purpose::Beat, _) => {}
        }
    }

    fn answered_with_error(&mut self, under_way: &UnderWay, error: &ArgusError) {
        let now = self.out.now;
        let is_about_mine = matches!(
            under_way.call,
            Call::List { .. } | Call::ListNext { .. } | Call::Lookup { .. } | Call::Count(_)
        );
        let forbidden = is_about_mine && matches!(error, ArgusError::Forbidden { .. });
        let about_us = forbidden || matches!(error, ArgusError::Unauthorized { .. });
        if about_us {
            self.credentials_refused(under_way, error);
            return;
        }
        if let ArgusError::Throttled { status, .. } = error {
            let pause = error.retry_after(now.wall).unwrap_or(PAUSE).max(LEAST_PAUSE);
            self.calls.gate.throttled(pause, now.mono);
            self.out.tell(Notice::ArgusThrottled { status: *status, pause });
        }
        match under_way.purpose {
            Purpose::Case(id, source) if matches!(error, ArgusError::Throttled { .. }) => {
                self.throttled(id, source, under_way, error);
            }
            Purpose::Case(id, source) => self.step_refused(id, source, under_way, error),
            Purpose::Count(_) => {}
            Purpose::Listing => {
                self.out.tell(Notice::Unanswered { what: "a listing", cause: error.to_string() });
                self.listing_failed(true);
            }
            Purpose::Beat if error.is_no_heartbeat() => {
                self.no_heartbeat = true;
                self.out.tell(Notice::NoHeartbeat { reason: error.to_string() });
            }
            Purpose::Beat => {}
        }
    }

    /// The server wants to be left alone: the step is taken again, after reading back what may have happened.
    fn throttled(&mut self, id: CaseId, source: SourceId, under_way: &UnderWay, error: &ArgusError) {
        self.step_unanswered(id, source, under_way, false);
        if error.is_ambiguous() {
            self.doubt(id, source, under_way, error.may_be_under_way());
        }
    }

    fn credentials_refused(&mut self, under_way: &UnderWay, error: &ArgusError) {
        let now = self.out.now.mono;
        let is_final = self.calls.gate.refused(under_way.started, now);
        let reason = error.to_string();
        self.out.tell(Notice::CredentialsRefused { by: "Argus", reason, is_final });
        if is_final {
            self.exit(Exit::Credentials);
            return;
        }
        match under_way.purpose {
            Purpose::Case(id, source) => self.step_unanswered(id, source, under_way, false),
            Purpose::Listing => self.listing_failed(false),
            Purpose::Count(filter) => self.queue.request(Job::Count(filter), Urgency::Later, now, now),
            Purpose::Beat => self.queue.request(Job::Beat, Urgency::Soon, now, now),
        }
    }

    fn http_failed(&mut self, id: CallId, failure: HttpFailure, cause: HttpCause) {
        let Some(under_way) = self.calls.finish(id, &mut self.out) else { return };
        let was_sent = failure == HttpFailure::Ambiguous;
        if !was_sent && self.calls.gate.unreachable(self.out.now.mono, &mut self.out.seed) {
            self.out.tell(Notice::ArgusUnreachable { cause: cause.to_string() });
        }
        if was_sent {
            self.calls.judge(&under_way, true, self.out.now.mono);
            let what = match under_way.purpose {
                Purpose::Case(..) if under_way.call.is_write() => "a write",
                Purpose::Case(..) => "a read",
                Purpose::Count(_) => "a count",
                Purpose::Listing => "a listing",
                Purpose::Beat => "a heartbeat",
            };
            self.out.tell(Notice::Unanswered { what, cause: cause.to_string() });
        }
        match under_way.purpose {
            Purpose::Case(id, source) => self.step_unanswered(id, source, &under_way, was_sent),
            Purpose::Listing => self.listing_failed(was_sent),
            Purpose::Count(_) | Purpose::Beat => {}
        }
    }

    pub(super) fn news(&mut self, news: News) {
        match news {
            // Between the news and now the session may have fallen: what was told of that must stay the last word.
            News::Ready if self.zino.ready_since().is_none() => {}
            News::Ready => {
                self.out.tell(Notice::ZinoReady);
                self.ask_all = true;
                self.is_new_session = true;
                self.zino.read_all();
            }
            News::Lost => self.zino_lost(),
            News::Happened(notification) => self.happened(&notification),
            News::Listed(ids) => {
                // Once a session also those that are over: we may have missed that they were scavenged.
                let all = core::mem::take(&mut self.ask_all);
                let others = self.slots.values().filter(|slot| all || !slot.is_over());
                let others: Vec<CaseId> = others.map(|slot| slot.number).collect();
                self.zino.read_listed(ids, others);
            }
            News::Read { case, newest } => self.case_read(*case, newest),
            News::Missing { id, in_full } => self.case_missing(id, in_full),
            News::FullRead => {
                self.out.tell(Notice::ZinoRead { cases: self.slots.len() });
                if core::mem::take(&mut self.is_new_session) {
                    // What could not be written to the session before can be now.
                    self.request_all();
                }
                self.judge();
            }
            News::Written(id) => self.zino_written(id, None),
            News::Refused { id, reply } => self.zino_written(id, Some(reply)),
            News::CredentialsRefused { reply, is_final } => {
                self.out.tell(Notice::CredentialsRefused { by: "Zino", reason: reply, is_final });
                if is_final {
                    self.exit(Exit::Credentials);
                }
            }
        }
    }

    /// The session is gone: what was being written to Zino must be read before anything is decided about it. Of what was
    /// not begun that is not needed, but the next session reads it all the same.
    fn zino_lost(&mut self) {
        for slot in self.slots.values_mut() {
            slot.fresh = false;
            if slot.busy == Some(Side::Zino) {
                slot.busy = None;
                slot.outdated = true;
            }
        }
    }

    fn happened(&mut self, notification: &Notification) {
        let closed = match &notification.kind {
            NotificationKind::State { to, .. } => *to == CaseState::Closed,
            NotificationKind::Scavenged => true,
            NotificationKind::Attribute
            | NotificationKind::Log
            | NotificationKind::History
            | NotificationKind::Other => false,
        };
        if closed {
            self.slot(notification.id).announced_closed = true;
        }
    }

    fn case_read(&mut self, case: Case, newest: bool) {
        let now = self.out.now.mono;
        let id = case.attributes.id;
        self.note_type(id, &case.attributes.case_type);
        if self.slot(id).read(case, newest) {
            self.queue.request(Job::Case(id), Urgency::Now, now, now);
        }
    }

    fn case_missing(&mut self, id: CaseId, in_full: bool) {
        let now = self.out.now.mono;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.outdated = false;
        if slot.has_last_words() {
            // Read as closed before it was scavenged: its last words are known.
            slot.announced_closed = true;
            slot.scavenged = true;
        } else {
            slot.case = Known::Absent;
        }
        // Only a read of everything is evidence. The one that has just found it missing is such a read: to ask for another
        // one each time would be to read without a pause for as long as the incident is open.
        if slot.is_running() && !slot.announced_closed && !in_full {
            self.zino.read_all();
        }
        self.queue.request(Job::Case(id), Urgency::Now, now, now);
        self.forget_if_spent(id);
    }
}
