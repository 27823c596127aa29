//! What became of a step on the side of Argus.

use super::incidents::Incidents;
use super::progress::{Progress, UNANSWERED};
use super::record::IncidentRecord;
use super::refusals::{Doubt, Failure};
use super::steps::what_event;
use crate::daemon::exchange::{Answer, Done};
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::decision::{SourceId, StepKey, Tracked};
use crate::face::{CaseNotice, Millis, Mono, Notice};
use crate::model::{CaseId, EventType};
use crate::wire::argus::{ArgusError, Call, Events, Page, Reply};
use alloc::format;
use alloc::string::{String, ToString};

/// How soon what a write may have done is looked for (behaviour B51).
const FIRST_LOOK: Millis = Millis::from_secs(2);

/// A case whose step has ended: what the answer says about its incidents, and about when to go on.
#[derive(Debug)]
pub(super) struct Answered<'a> {
    pub(super) case: CaseId,
    pub(super) incidents: &'a mut Incidents,
    pub(super) progress: &'a mut Progress,
}

impl Answered<'_> {
    /// Takes in the answer. Tells whether the server has shown that it does not know how to reopen an incident.
    pub(super) fn done(mut self, done: Done, out: &mut Outbox) -> bool {
        let Some(key) = self.progress.end() else { return false };
        let now = out.now.mono;
        let Done { source, call, answer, over_by, .. } = done;
        match answer {
            Answer::Reply(reply) => match self.replied(source, reply, &call, out) {
                Ok(()) => {
                    self.progress.take(key, call.is_write(), now);
                    self.request(Urgency::Now, now, out);
                }
                Err(reason) => self.refused(&call, key, &Failure::of(&reason), out),
            },
            Answer::Refused(ArgusError::UnsupportedType { .. }) if is_restart(&call) => {
                self.request(Urgency::Now, now, out);
                return true;
            }
            Answer::Refused(error) => self.step_refused(source, &error, &call, key, over_by, out),
            Answer::Postponed { ambiguous, at_work } => {
                self.request(Urgency::Now, now, out);
                if let Some(doubt) = doubt_of(&call, source).filter(|_| ambiguous) {
                    self.incidents.doubt_again(doubt);
                    // A creation and an update are the same twice, and wait for nothing.
                    if at_work && doubt.events {
                        let busy = Failure::of("the server is busy, and may be at work on it");
                        let failure = Failure { earliest: over_by, doubt: Some(doubt), ..busy };
                        self.refused(&call, key, &failure, out);
                    }
                }
            }
            Answer::Lost { cut } => self.lost(source, &call, key, cut, over_by, out),
        }
        false
    }

    /// Takes in that a step was not answered: it may have been carried out (behaviour B13). What it would have touched is
    /// read soon: an effect that is there is seen early. From one that is missing nothing is concluded before nothing of
    /// the step can still be under way; a creation and an update are the same twice, and do not wait for that.
    fn lost(
        &mut self,
        source: SourceId,
        call: &Call,
        key: StepKey,
        cut: bool,
        over_by: Mono,
        out: &mut Outbox,
    ) {
        let now = out.now.mono;
        let repeats = matches!(call, Call::Create(_) | Call::Patch { .. });
        if cut && (repeats || !call.is_write()) && self.progress.refusals().count(key) == 0 {
            return self.refused(call, key, &Failure { at_once: true, ..Failure::of(UNANSWERED) }, out);
        }
        let Some(doubt) = doubt_of(call, source) else {
            return self.refused(call, key, &Failure::of(UNANSWERED), out);
        };
        self.incidents.doubt_again(doubt);
        let failure = Failure { earliest: over_by, doubt: Some(doubt), ..Failure::of(UNANSWERED) };
        self.refused(call, key, &failure, out);
        self.progress.wait_until(now + FIRST_LOOK);
        self.request(Urgency::Now, now + FIRST_LOOK, out);
    }

    fn replied(
        &mut self,
        source: SourceId,
        reply: Reply,
        call: &Call,
        out: &mut Outbox,
    ) -> Result<(), String> {
        match (reply, call) {
            (Reply::Page(page), _) => return self.looked_up(source, page),
            (Reply::Events(events), _) => return self.events_read(source, events),
            (Reply::Created(incident), _) => {
                self.tell(CaseNotice::Created { incident: incident.pk }, out);
                self.incidents.insert(source, IncidentRecord::created(Tracked::created(incident)));
            }
            (Reply::Posted(_), Call::Post { event, .. }) => {
                if let Some(record) = self.incidents.get_mut(source) {
                    let notice = record.posted(event);
                    self.tell(notice, out);
                }
            }
            (Reply::Patched(incident), _) => {
                self.tell(CaseNotice::Updated { incident: incident.pk }, out);
                if let Some(record) = self.incidents.get_mut(source) {
                    record.tracked.relist(incident);
                }
            }
            (Reply::Posted(_) | Reply::Count(_) | Reply::Feed(_) | Reply::Beat, _) => {}
        }
        Ok(())
    }

    fn looked_up(&mut self, source: SourceId, page: Page) -> Result<(), String> {
        let text = source.text();
        match page.rows.into_iter().find(|row| row.source_incident_id == text) {
            Some(row) => self.incidents.list(source, row),
            None => match page.bad_rows.first() {
                Some(bad) => return Err(format!("the incident cannot be understood: {}", bad.reason)),
                None => self.incidents.lose(source),
            },
        }
        self.incidents.look_up(source);
        Ok(())
    }

    fn events_read(&mut self, source: SourceId, events: Events) -> Result<(), String> {
        if let Some(bad) = events.bad_rows.first() {
            return Err(format!("an event cannot be understood: {}", bad.reason));
        }
        if let Some(record) = self.incidents.get_mut(source) {
            record.read_events(events.rows);
        }
        Ok(())
    }

    /// Takes in that a step was answered with an error that is about this step.
    fn step_refused(
        &mut self,
        source: SourceId,
        error: &ArgusError,
        call: &Call,
        key: StepKey,
        over_by: Mono,
        out: &mut Outbox,
    ) {
        // A PATCH must name everybody else's tags: one that somebody has added since the incident was listed last is a
        // reason to look again, not to give up.
        let outdated = self.progress.refusals().count(key) == 0
            && self.progress.is_first_try()
            && matches!((error, call), (ArgusError::Refused { .. }, Call::Patch { .. }));
        if outdated || matches!(error, ArgusError::Missing | ArgusError::Duplicate) {
            self.incidents.doubt(source);
            let at = self.progress.fail_lightly(out.now.mono);
            self.request(Urgency::Now, at, out);
            return;
        }
        let reason = error.to_string();
        let mut failure = Failure::of(&reason);
        if let Some(doubt) = doubt_of(call, source).filter(|_| error.is_ambiguous()) {
            // What a history entry may have done is looked for before it is tried again, and not before that: a server that
            // fails at many entries would be asked for all of them after each.
            if doubt.incident {
                self.incidents.doubt_again(doubt);
            }
            failure.doubt = Some(doubt);
            if error.may_be_under_way() {
                failure.earliest = over_by;
            }
        }
        self.refused(call, key, &failure, out);
    }

    /// A step was refused: it is left out and tried again by itself. The case goes on without it (behaviour B14).
    fn refused(&mut self, call: &Call, key: StepKey, failure: &Failure<'_>, out: &mut Outbox) {
        self.progress.refuse(self.case, what_of(call), key, failure, out);
        self.request(Urgency::Soon, out.now.mono, out);
    }

    fn request(&self, urgency: Urgency, at: Mono, out: &mut Outbox) {
        out.request_at(Job::Case(self.case), urgency, at);
    }

    fn tell(&self, what: CaseNotice, out: &mut Outbox) {
        out.tell(Notice::Case { case: self.case, what });
    }
}

/// Says what a call is, for people.
const fn what_of(call: &Call) -> &'static str {
    match call {
        Call::Create(_) => "incident",
        Call::Post { event, .. } => what_event(event),
        Call::Patch { .. } => "update",
        Call::Events { .. } => "reading of events",
        Call::Lookup { .. }
        | Call::Count(_)
        | Call::List { .. }
        | Call::ListNext { .. }
        | Call::Feed
        | Call::FeedNext { .. }
        | Call::Heartbeat => "reading of the incident",
    }
}

/// Returns what is to be read where a call may or may not have been carried out (behaviour B13); nothing where it only reads.
fn doubt_of(call: &Call, source: SourceId) -> Option<Doubt> {
    let (incident, events) = match call {
        Call::Create(_) | Call::Patch { .. } => (true, false),
        Call::Post { event, .. } => (event.event_type != EventType::Other, true),
        Call::Count(_)
        | Call::List { .. }
        | Call::ListNext { .. }
        | Call::Lookup { .. }
        | Call::Feed
        | Call::FeedNext { .. }
        | Call::Events { .. }
        | Call::Heartbeat => return None,
    };
    Some(Doubt { source, incident, events })
}

/// Tells whether a call reopens an incident.
fn is_restart(call: &Call) -> bool {
    matches!(call, Call::Post { event, .. } if event.event_type == EventType::Restart)
}
