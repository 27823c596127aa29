//! What became of a step on the side of Argus.

use super::incident::Held;
use super::incidents::Incidents;
use super::progress::Progress;
use crate::daemon::exchange::{Answer, Done};
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::decision::{SourceId, Tracked};
use crate::face::{CaseNotice, Mono, Notice};
use crate::model::{CaseId, EventType};
use crate::wire::argus::{ArgusError, Call, Events, Page, Reply};
use alloc::format;
use alloc::string::{String, ToString};

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
        self.progress.end();
        let Done { source, call, answer, over_by, .. } = done;
        match answer {
            Answer::Reply(reply) => {
                if call.is_write() {
                    self.progress.go_on();
                }
                match self.replied(source, reply, &call, out) {
                    Ok(()) => self.request(Urgency::Now, out.now.mono, out),
                    Err(reason) => self.refused(&reason, out),
                }
            }
            Answer::Refused(ArgusError::UnsupportedType { .. }) if is_restart(&call) => {
                self.request(Urgency::Now, out.now.mono, out);
                return true;
            }
            Answer::Refused(error) => self.step_refused(source, &error, &call, over_by, out),
            Answer::Postponed { ambiguous, at_work } => {
                self.request(Urgency::Now, out.now.mono, out);
                if ambiguous {
                    self.doubt(source, &call, at_work.then_some(over_by));
                }
            }
            Answer::Lost => {
                let at = self.progress.fail(out.now.mono);
                self.doubt(source, &call, Some(over_by));
                self.request(Urgency::Now, at, out);
            }
        }
        false
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
                self.incidents.hold(source, Held::created(Tracked::created(incident)));
            }
            (Reply::Posted(_), Call::Post { event, .. }) => {
                if let Some(held) = self.incidents.get_mut(source) {
                    let notice = held.posted(event);
                    self.tell(notice, out);
                }
            }
            (Reply::Patched(incident), _) => {
                self.tell(CaseNotice::Updated { incident: incident.pk }, out);
                if let Some(held) = self.incidents.get_mut(source) {
                    held.tracked.relist(incident);
                }
            }
            (Reply::Posted(_) | Reply::Count(_) | Reply::Beat, _) => {}
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
        let held = self.incidents.get_mut(source);
        if held.is_some_and(|held| held.read_events(events.rows)) {
            // What was answered with an error was carried out: the next failure is the first one again.
            self.progress.go_on();
        }
        Ok(())
    }

    /// Takes in that a step was answered with an error that is about this step.
    fn step_refused(
        &mut self,
        source: SourceId,
        error: &ArgusError,
        call: &Call,
        over_by: Mono,
        out: &mut Outbox,
    ) {
        // A PATCH must name everybody else's tags: one that somebody has added since the incident was listed last is a
        // reason to look again, not to give up.
        let outdated = self.progress.is_first_try()
            && matches!((error, call), (ArgusError::Refused { .. }, Call::Patch { .. }));
        if outdated || matches!(error, ArgusError::Missing | ArgusError::Duplicate) {
            self.incidents.doubt(source);
            let at = self.progress.fail_lightly(out.now.mono);
            self.request(Urgency::Now, at, out);
            return;
        }
        if error.is_ambiguous() {
            self.doubt(source, call, error.may_be_under_way().then_some(over_by));
        }
        self.refused(&error.to_string(), out);
    }

    /// A step was refused: it is tried again after a pause that grows (behaviour B14).
    fn refused(&mut self, reason: &str, out: &mut Outbox) {
        let at = self.progress.refuse(out.now.mono);
        self.request(Urgency::Soon, at, out);
        self.progress.set_aside(self.case, reason, out);
    }

    /// A write may or may not have happened: what it would have touched is unread again (behaviour B13), and is not
    /// read before the write can no longer be under way (behaviour B51).
    fn doubt(&mut self, source: SourceId, call: &Call, over_by: Option<Mono>) {
        match call {
            Call::Create(_) | Call::Patch { .. } => self.incidents.doubt(source),
            Call::Post { event, .. } => {
                if let Some(held) = self.incidents.get_mut(source) {
                    held.doubt_events();
                }
                if event.event_type != EventType::Other {
                    self.incidents.doubt(source);
                }
            }
            Call::Count(_)
            | Call::List { .. }
            | Call::ListNext { .. }
            | Call::Lookup { .. }
            | Call::Events { .. }
            | Call::Heartbeat => return,
        }
        if let Some(moment) = over_by {
            self.progress.wait_until(moment);
        }
    }

    fn request(&self, urgency: Urgency, at: Mono, out: &mut Outbox) {
        out.request_at(Job::Case(self.case), urgency, at);
    }

    fn tell(&self, what: CaseNotice, out: &mut Outbox) {
        out.tell(Notice::Case { case: self.case, what });
    }
}

/// Tells whether a call reopens an incident.
fn is_restart(call: &Call) -> bool {
    matches!(call, Call::Post { event, .. } if event.event_type == EventType::Restart)
}
