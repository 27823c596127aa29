//! Taking in what came of the steps.

use super::calls::UnderWay;
use super::queue::Urgency;
use super::slot::Held;
use super::{CaseNotice, Daemon, Job, Notice};
use crate::decision::{Closer, Known, SourceId, Tracked};
use crate::face::Millis;
use crate::model::{CaseId, EndTime, EventType, Incident, NewEvent};
use crate::wire::argus::{ArgusError, Call, Page, Reply};
use alloc::string::{String, ToString};

/// The longest pause after a failure that will pass (behaviour B51).
const LONGEST_RETRY: Millis = Millis::from_secs(60);
/// The longest pause after a refusal, which may never pass (behaviour B14).
pub(super) const LONGEST_QUARANTINE: Millis = Millis::from_secs(15 * 60);

impl Daemon {
    /// Takes in the answer to a step.
    pub(super) fn step_answered(&mut self, id: CaseId, source: SourceId, under_way: UnderWay, reply: Reply) {
        let writes = self.calls.writes;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.busy = None;
        if under_way.call.is_write() {
            slot.written_at = writes;
            slot.progress();
        }
        let now = self.out.now.mono;
        let ok = match (reply, under_way.call) {
            (Reply::Page(page), _) => self.looked_up(id, source, page),
            (Reply::Events(events), _) => match events.bad_rows.first() {
                Some(bad) => Err(alloc::format!("an event cannot be understood: {}", bad.reason)),
                None => {
                    let before = slot.incidents.get(&source).map_or(0, |held| held.events);
                    if events.rows.len() > before {
                        // What was answered with an error was carried out: the next failure is the first one again.
                        slot.progress();
                    }
                    if let Some(held) = slot.incidents.get_mut(&source) {
                        held.events = events.rows.len();
                        held.tracked.read_events(events.rows);
                    }
                    Ok(())
                }
            },
            (Reply::Created(incident), _) => {
                self.created(id, source, incident);
                Ok(())
            }
            (Reply::Posted(_), Call::Post { event, .. }) => {
                self.posted(id, source, &event);
                Ok(())
            }
            (Reply::Patched(incident), _) => {
                self.out.tell(Notice::Case { case: id, what: CaseNotice::Updated { incident: incident.pk } });
                self.survey.see(&incident);
                if let Some(held) = slot.incidents.get_mut(&source) {
                    held.tracked.relist(incident);
                }
                Ok(())
            }
            (Reply::Posted(_) | Reply::Count(_) | Reply::Beat, _) => Ok(()),
        };
        match ok {
            Ok(()) => self.queue.request(Job::Case(id), Urgency::Now, now, now),
            Err(reason) => self.refused(id, reason),
        }
        self.check_handover();
    }

    fn looked_up(&mut self, id: CaseId, source: SourceId, page: Page) -> Result<(), String> {
        let text = source.text();
        let Some(slot) = self.slots.get_mut(&id) else { return Ok(()) };
        match page.rows.into_iter().find(|row| row.source_incident_id == text) {
            Some(row) => {
                self.survey.see(&row);
                slot.list(source, row);
            }
            None => {
                if let Some(bad) = page.bad_rows.first() {
                    return Err(alloc::format!("the incident cannot be understood: {}", bad.reason));
                }
                if let Some(held) = slot.incidents.remove(&source) {
                    self.survey.lose(held.tracked.incident.pk);
                }
            }
        }
        slot.unread.remove(&source);
        Ok(())
    }

    fn created(&mut self, id: CaseId, source: SourceId, incident: Incident) {
        self.out.tell(Notice::Case { case: id, what: CaseNotice::Created { incident: incident.pk } });
        self.survey.see(&incident);
        if let Some(slot) = self.slots.get_mut(&id) {
            let held = Held { inherited: false, ..Held::new(Tracked::created(incident)) };
            slot.hold(source, held);
        }
    }

    fn posted(&mut self, id: CaseId, source: SourceId, event: &NewEvent) {
        let slot = self.slots.get_mut(&id);
        let Some(held) = slot.and_then(|slot| slot.incidents.get_mut(&source)) else { return };
        let tracked = &mut held.tracked;
        tracked.posted(event);
        let pk = tracked.incident.pk;
        let closer = match event.event_type {
            EventType::End => {
                self.out.tell(Notice::Case { case: id, what: CaseNotice::Ended { incident: pk } });
                (tracked.incident.end_time, tracked.incident.open) = (EndTime::At(event.at), false);
                Some(Closer::Us)
            }
            EventType::Restart => {
                self.out.tell(Notice::Case { case: id, what: CaseNotice::Restarted { incident: pk } });
                (tracked.incident.end_time, tracked.incident.open) = (EndTime::Infinity, true);
                None
            }
            EventType::Start
            | EventType::Change
            | EventType::Close
            | EventType::Reopen
            | EventType::Acknowledge
            | EventType::Other
            | EventType::Stateless
            | EventType::Unknown => {
                self.out.tell(Notice::Case { case: id, what: CaseNotice::Copied { incident: pk } });
                return;
            }
        };
        if let Known::Present(people) = &mut tracked.people {
            people.closer = closer;
        }
        self.survey.see(&tracked.incident);
    }

    /// Takes in that a step was answered with an error. Credentials and throttling are the caller's business.
    pub(super) fn step_refused(
        &mut self,
        id: CaseId,
        source: SourceId,
        under_way: &UnderWay,
        error: &ArgusError,
    ) {
        let writes = self.calls.writes;
        let now = self.out.now.mono;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.busy = None;
        slot.written_at = writes;
        let restart =
            matches!(&under_way.call, Call::Post { event, .. } if event.event_type == EventType::Restart);
        if error.is_unsupported_type() && restart {
            self.policy.can_restart = false;
            self.queue.request(Job::Case(id), Urgency::Now, now, now);
            return;
        }
        // A PATCH must name everybody else's tags: one that somebody has added since the incident was listed last is a
        // reason to look again, not to give up.
        let outdated = slot.failures == 0
            && matches!((error, &under_way.call), (ArgusError::Refused { .. }, Call::Patch { .. }));
        if outdated || matches!(error, ArgusError::Missing | ArgusError::Duplicate) {
            slot.unread.insert(source);
            slot.fail(LONGEST_RETRY, now);
            if slot.failures == 1 {
                slot.pause_until = now;
            }
            self.queue.request(Job::Case(id), Urgency::Now, slot.pause_until, now);
            return;
        }
        if error.is_ambiguous() {
            self.doubt(id, source, under_way, error.may_be_under_way());
        }
        self.refused(id, error.to_string());
    }

    /// A step was refused: it is tried again after a pause that grows up to the longest (behaviour B14).
    fn refused(&mut self, id: CaseId, reason: String) {
        let now = self.out.now.mono;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.fail(LONGEST_QUARANTINE, now);
        self.queue.request(Job::Case(id), Urgency::Soon, slot.pause_until, now);
        self.set_aside(id, reason);
    }

    /// Takes in that a step was not answered.
    pub(super) fn step_unanswered(
        &mut self,
        id: CaseId,
        source: SourceId,
        under_way: &UnderWay,
        was_sent: bool,
    ) {
        let writes = self.calls.writes;
        let now = self.out.now.mono;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.busy = None;
        slot.written_at = writes;
        if was_sent {
            slot.fail(LONGEST_RETRY, now);
            let again = slot.pause_until;
            self.doubt(id, source, under_way, true);
            self.queue.request(Job::Case(id), Urgency::Now, again, now);
        } else {
            self.queue.request(Job::Case(id), Urgency::Now, now, now);
        }
    }

    /// A write may or may not have happened: what it would have touched is unread again (behaviour B13), and is not
    /// read before the write can no longer be under way (behaviour B51).
    pub(super) fn doubt(&mut self, id: CaseId, source: SourceId, under_way: &UnderWay, at_work: bool) {
        let over_by = self.calls.over_by(under_way.started);
        let Some(slot) = self.slots.get_mut(&id) else { return };
        let tracked = slot.incidents.get_mut(&source).map(|held| &mut held.tracked);
        match &under_way.call {
            Call::Create(_) | Call::Patch { .. } => {
                slot.unread.insert(source);
            }
            Call::Post { event, .. } => {
                if let Some(tracked) = tracked {
                    tracked.ours = Known::Unread;
                    tracked.people = Known::Unread;
                }
                if event.event_type != EventType::Other {
                    slot.unread.insert(source);
                }
            }
            Call::Count(_)
            | Call::List { .. }
            | Call::ListNext { .. }
            | Call::Lookup { .. }
            | Call::Events { .. }
            | Call::Heartbeat => return,
        }
        if at_work {
            slot.not_before = slot.not_before.max(over_by);
        }
    }

    /// Takes in that Zino has taken, or refused, what we wrote.
    pub(super) fn zino_written(&mut self, id: CaseId, refused: Option<String>) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.busy = None;
        slot.outdated = true;
        match refused {
            None => slot.progress(),
            Some(reply) => {
                slot.fail(LONGEST_QUARANTINE, self.out.now.mono);
                self.set_aside(id, reply);
            }
        }
    }

    /// Forgets a case of which nothing is left to keep.
    pub(super) fn forget_if_spent(&mut self, id: CaseId) {
        if self.slots.get(&id).is_some_and(|slot| slot.is_spent()) {
            self.slots.remove(&id);
            self.queue.remove(Job::Case(id));
            self.zino.reads.forget(id);
        }
    }
}
