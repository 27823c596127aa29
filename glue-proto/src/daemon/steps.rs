//! Taking the steps that the decision asks for.

use super::answers::LONGEST_QUARANTINE;
use super::calls::Purpose;
use super::queue::Urgency;
use super::slot::{Side, Slot, Work};
use super::{CaseNotice, Daemon, Job, Notice};
use crate::decision::{Circumstances, Known, Puzzle, SourceId, Step, new_incident};
use crate::model::{CaseId, CaseState, EventType};
use crate::wire::argus::Call;
use crate::wire::zino::Command;
use alloc::string::{String, ToString};

/// How many readings of a case a write to Zino waits for, one after the other.
const MOST_WAITS: u8 = 3;

impl Daemon {
    /// Returns what the decision has to know besides the two snapshots.
    fn circumstances(&self) -> Circumstances {
        Circumstances {
            wall: self.out.now.wall,
            handing_over: self.is_handing_over(),
            ..Circumstances::default()
        }
    }

    /// Does the next piece of work on a case, if there is any; work that matters less than what else is waiting goes
    /// back into the queue.
    pub(super) fn work_on(&mut self, id: CaseId, urgency: Urgency) {
        if !self.may_write() || !self.survey.listed {
            return;
        }
        let circumstances = self.circumstances();
        let now = self.out.now.mono;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if slot.busy.is_some() {
            return;
        }
        let ready_at = slot.ready_at();
        if ready_at > now {
            self.queue.request(Job::Case(id), urgency, ready_at, now);
            return;
        }
        let work = slot.work(&self.policy, &circumstances);
        if work == Work::Rest || matches!(work, Work::Take(_, Step::Settled)) {
            slot.succeed();
            self.forget_if_spent(id);
            return;
        }
        let real = urgency_of(&work, slot);
        if real > urgency && self.queue.has_ready() {
            self.queue.request(Job::Case(id), real, now, now);
            return;
        }
        match work {
            Work::Rest => {}
            Work::Lookup(source) => self.look_up(id, source),
            Work::Take(source, step) => self.take(id, source, step),
        }
    }

    fn look_up(&mut self, id: CaseId, source: SourceId) {
        self.call(id, source, Call::Lookup { source_incident_id: source.text() });
    }

    fn call(&mut self, id: CaseId, source: SourceId, call: Call) {
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.busy = Some(Side::Argus);
        }
        self.calls.start(call, Purpose::Case(id, source), &mut self.out);
    }

    fn take(&mut self, id: CaseId, source: SourceId, step: Step) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        let pk = slot.incidents.get(&source).map(|held| held.tracked.incident.pk);
        match (step, pk) {
            (Step::Settled | Step::AwaitCase, _) => {}
            (Step::Create, _) => {
                if let Known::Present(case) = &slot.case {
                    let new = new_incident(source, &case.attributes, &self.policy);
                    self.call(id, source, Call::Create(new));
                }
            }
            (Step::ReadEvents, Some(pk)) => self.call(id, source, Call::Events { pk }),
            (Step::Post(_), Some(_)) if self.is_too_early(id, source) => self.postpone_post(id, source),
            (Step::Post(event), Some(pk)) => self.call(id, source, Call::Post { pk, event }),
            (Step::Patch(patch), Some(pk)) => self.call(id, source, Call::Patch { pk, patch }),
            (Step::ReadIncident | Step::ReadEvents | Step::Post(_) | Step::Patch(_), _) => {
                self.look_up(id, source)
            }
            (Step::Note(text), _) => self.write_to_zino(id, Command::AddHistory { id, text }),
            (Step::SetState(state), _) => {
                self.write_to_zino(id, Command::SetState { id, state: CaseState::from_word(state) })
            }
            (Step::Puzzled(puzzle), _) => self.puzzled(id, source, puzzle),
        }
    }

    /// Tells whether an event may still be on its way that a former life of the daemon has sent to an incident.
    fn is_too_early(&self, id: CaseId, source: SourceId) -> bool {
        let held = self.slots.get(&id).and_then(|slot| slot.incidents.get(&source));
        self.out.now.mono < self.heir_until && held.is_some_and(|held| held.inherited)
    }

    /// Waits for what a former life may have sent, then reads anew (behaviour B13).
    fn postpone_post(&mut self, id: CaseId, source: SourceId) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if let Some(held) = slot.incidents.get_mut(&source) {
            held.tracked.ours = Known::Unread;
        }
        slot.unread.insert(source);
        slot.not_before = slot.not_before.max(self.heir_until);
        self.queue.request(Job::Case(id), Urgency::Now, slot.not_before, self.out.now.mono);
    }

    fn write_to_zino(&mut self, id: CaseId, command: Command) {
        let what = if let Command::SetState { state, .. } = &command {
            CaseNotice::SettingState { state: state.as_str().into() }
        } else {
            CaseNotice::Noting
        };
        let Some(slot) = self.slots.get_mut(&id) else { return };
        // The write would wait for a reading that is under way, and that may show that it is not wanted any more. A case
        // that changes all the time is not waited for without end.
        if self.zino.is_reading(id) && slot.waits < MOST_WAITS {
            slot.waits += 1;
            slot.outdated = true;
            return;
        }
        // Nothing is lost by waiting: each session begins with a read of everything, and each reading asks for work.
        if slot.fresh && self.zino.write(id, command) {
            slot.waits = 0;
            slot.busy = Some(Side::Zino);
            self.out.tell(Notice::Case { case: id, what });
        }
    }

    fn puzzled(&mut self, id: CaseId, source: SourceId, puzzle: Puzzle) {
        let reason = match puzzle {
            Puzzle::ClosedByNobody => "its incident is closed, and no event says who closed it",
            Puzzle::CannotRestart => {
                "its incident was ended by us, and this server does not know how to reopen it"
            }
        };
        let now = self.out.now.mono;
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.puzzle(source, LONGEST_QUARANTINE, now);
            self.queue.request(Job::Case(id), Urgency::Background, slot.pause_until, now);
        }
        self.set_aside(id, reason.to_string());
    }

    /// Puts a case into quarantine, and says so once (behaviour B14).
    pub(super) fn set_aside(&mut self, id: CaseId, reason: String) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if slot.trouble.as_ref() != Some(&reason) {
            self.out
                .tell(Notice::Case { case: id, what: CaseNotice::Quarantined { reason: reason.clone() } });
            slot.trouble = Some(reason);
        }
    }
}

/// Says how urgent a piece of work is (behaviour B12).
fn urgency_of(work: &Work, slot: &Slot) -> Urgency {
    let over = slot.announced_closed || slot.case.present().is_some_and(crate::model::Case::is_closed);
    match work {
        Work::Rest => Urgency::Background,
        Work::Lookup(_) => Urgency::Now,
        Work::Take(source, step) => match step {
            Step::Create | Step::Note(_) | Step::SetState(_) | Step::ReadIncident => Urgency::Now,
            Step::Post(event) if event.event_type != EventType::Other || over => Urgency::Now,
            Step::Post(_) | Step::Patch(_) => Urgency::Soon,
            Step::ReadEvents if over => Urgency::Now,
            Step::ReadEvents => {
                let held = slot.incidents.get(source);
                let acted =
                    held.is_some_and(|held| !held.tracked.ours.is_unread() || !held.tracked.is_running());
                if acted { Urgency::Soon } else { Urgency::Background }
            }
            Step::Settled | Step::AwaitCase | Step::Puzzled(_) => Urgency::Background,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Tracked;
    use crate::decision::testing::{case, close, incident};
    use crate::model::NewEvent;

    const SOURCE: SourceId = SourceId { case: CaseId(1), opened: None };

    fn post(event_type: EventType) -> Step {
        Step::Post(NewEvent { at: 60, event_type, description: "text".into() })
    }

    #[test]
    fn b12_closing_and_creating_come_before_history_and_history_before_what_only_confirms() {
        let mut slot = Slot::new(CaseId(1));
        slot.case = Known::Present(case(1, 50));
        slot.list(SOURCE, incident(1, 50));
        let patch = crate::model::Patch { level: Some(1), description: None, tags: None };
        for (step, urgency) in [
            (Step::Create, Urgency::Now),
            (Step::ReadIncident, Urgency::Now),
            (Step::Note("text".into()), Urgency::Now),
            (Step::SetState("closed"), Urgency::Now),
            (post(EventType::End), Urgency::Now),
            (post(EventType::Restart), Urgency::Now),
            (post(EventType::Other), Urgency::Soon),
            (Step::Patch(patch), Urgency::Soon),
            (Step::ReadEvents, Urgency::Background),
            (Step::Settled, Urgency::Background),
        ] {
            assert_eq!(urgency_of(&Work::Take(SOURCE, step.clone()), &slot), urgency, "{step:?}");
        }
        assert_eq!(urgency_of(&Work::Lookup(SOURCE), &slot), Urgency::Now);
        assert_eq!(urgency_of(&Work::Rest, &slot), Urgency::Background);
    }

    #[test]
    fn b12_whatever_is_done_for_a_case_that_is_closed_leads_to_its_end() {
        let mut closed = case(1, 50);
        close(&mut closed, 60, "monitor");
        for (case, announced) in [(Known::Present(closed), false), (Known::Present(case(1, 50)), true)] {
            let mut slot = Slot::new(CaseId(1));
            (slot.case, slot.announced_closed) = (case, announced);
            slot.list(SOURCE, incident(1, 50));
            for step in [post(EventType::Other), Step::ReadEvents] {
                assert_eq!(urgency_of(&Work::Take(SOURCE, step), &slot), Urgency::Now);
            }
        }
    }

    #[test]
    fn b12_events_are_read_soon_where_somebody_did_something() {
        let read = |tracked: Tracked| {
            let mut slot = Slot::new(CaseId(1));
            slot.case = Known::Present(case(1, 50));
            slot.hold(SOURCE, super::super::slot::Held::new(tracked));
            urgency_of(&Work::Take(SOURCE, Step::ReadEvents), &slot)
        };
        let mut ended = incident(1, 50);
        ended.end_time = crate::model::EndTime::At(60);
        assert_eq!(read(Tracked::listed(incident(1, 50))), Urgency::Background, "after a start");
        assert_eq!(read(Tracked::listed(ended)), Urgency::Soon);
        assert_eq!(
            read(Tracked { people: Known::Unread, ..Tracked::created(incident(1, 50)) }),
            Urgency::Soon
        );
    }
}
