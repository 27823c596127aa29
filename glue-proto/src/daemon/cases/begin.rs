//! How a step of a case begins.

use super::incidents::Incidents;
use super::knowledge::Knowledge;
use super::progress::{Progress, Server};
use super::steps::{Rules, View, Work};
use crate::daemon::exchange::Want;
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::decision::{SourceId, Step, StepKey, new_incident};
use crate::face::{CaseNotice, Mono, Notice, StepKind};
use crate::model::{CaseId, CaseState};
use crate::wire::argus::Call;
use crate::wire::zino::Command;
use alloc::string::ToString;

/// A case of which a step begins.
#[derive(Debug)]
pub(super) struct Begin<'a> {
    pub(super) case: CaseId,
    pub(super) knowledge: &'a mut Knowledge,
    pub(super) incidents: &'a mut Incidents,
    pub(super) progress: &'a mut Progress,
}

impl Begin<'_> {
    /// Begins a step, if it may be taken now; somebody else carries it out.
    pub(super) fn begin(
        self,
        work: Work,
        key: StepKey,
        rules: &Rules<'_>,
        view: &View,
        out: &mut Outbox,
    ) -> Option<Want> {
        match work {
            Work::Rest => None,
            Work::Lookup(source) => Some(self.look_up(source, out)),
            Work::Take(source, step) => self.take(source, step, key, rules, view, out),
        }
    }

    fn take(
        mut self,
        source: SourceId,
        step: Step,
        key: StepKey,
        rules: &Rules<'_>,
        view: &View,
        out: &mut Outbox,
    ) -> Option<Want> {
        let record = self.incidents.get(source);
        let pk = record.map(|record| record.tracked.incident.pk);
        let id = self.case;
        match (step, pk) {
            (Step::Settled | Step::AwaitCase, _) => None,
            (Step::Create, _) => {
                let new = new_incident(source, &self.knowledge.case()?.attributes, rules.policy);
                Some(self.call(source, key, Call::Create(new), out))
            }
            (Step::ReadEvents, Some(pk)) => {
                let want = self.call(source, key, Call::Events { pk }, out);
                self.progress.yield_to_others(out.now.mono);
                Some(want)
            }
            (Step::Post(event), Some(pk)) => Some(self.call(source, key, Call::Post { pk, event }, out)),
            (Step::Patch(patch), Some(pk)) => Some(self.call(source, key, Call::Patch { pk, patch }, out)),
            (Step::ReadIncident | Step::ReadEvents | Step::Post(_) | Step::Patch(_), _) => {
                Some(self.look_up(source, out))
            }
            (Step::Note(text), _) => self.write(Command::AddHistory { id, text }, key, view, out),
            (Step::SetState(state), _) => {
                self.write(Command::SetState { id, state: CaseState::from_word(state) }, key, view, out)
            }
            (Step::Stuck(stuck), _) => {
                // It may be known wrongly: all of it is read again (behaviour B14).
                let at = self.progress.get_stuck(out.now.mono, rules.earlier_until);
                self.incidents.doubt_people(source);
                self.request(Urgency::Background, at, out);
                self.progress.set_aside(id, &stuck.to_string(), out);
                None
            }
        }
    }

    fn look_up(mut self, source: SourceId, out: &mut Outbox) -> Want {
        let call = Call::Lookup { source_incident_id: source.text() };
        self.call(source, StepKey::lookup(source), call, out)
    }

    fn call(&mut self, source: SourceId, key: StepKey, call: Call, out: &mut Outbox) -> Want {
        self.progress.begin(Server::Argus, key);
        out.counters.retries.argus += u64::from(self.is_retry(key, out));
        let tries = self.progress.refusals().count(key);
        Want::Call { case: self.case, source, call, tries }
    }

    fn write(self, command: Command, key: StepKey, view: &View, out: &mut Outbox) -> Option<Want> {
        // The write would wait for a reading that is under way, and that may show that it is not wanted any more.
        if view.is_reading && self.progress.wait_for_reading() {
            self.knowledge.outdate();
            return None;
        }
        // Nothing is lost by waiting: each session begins with a read of everything, and each reading asks for work.
        if !self.knowledge.is_current() || !view.is_zino_ready {
            return None;
        }
        let (kind, what) = if let Command::SetState { state, .. } = &command {
            (StepKind::State, CaseNotice::SettingState { state: state.as_str().into() })
        } else {
            (StepKind::Note, CaseNotice::Noting)
        };
        out.counters.retries.zino += u64::from(self.is_retry(key, out));
        self.progress.stop_waiting();
        self.progress.begin(Server::Zino, key);
        out.on_the_way.begin_write(self.case, kind, out.now.mono);
        out.tell(Notice::Case { case: self.case, what });
        Some(Want::Write { case: self.case, command })
    }

    /// Tells whether a step was tried before, and not taken as far as is known.
    fn is_retry(&self, key: StepKey, out: &Outbox) -> bool {
        self.progress.refusals().count(key) > 0 || out.lost_writes.holds(self.case, key)
    }

    fn request(&self, urgency: Urgency, at: Mono, out: &mut Outbox) {
        out.request_at(Job::Case(self.case), urgency, at);
    }
}

#[cfg(test)]
mod tests {
    use super::super::knowledge::Quality;
    use super::*;
    use crate::decision::testing::{case, close, policy};
    use crate::face::{Now, Wall};
    use crate::model::Case;

    const SOURCE: SourceId = SourceId { case: CaseId(1), opened: None };

    fn current(case: Case) -> Knowledge {
        Knowledge::Read { case, quality: Quality::Current, closed: false }
    }

    /// Begins to write a note while the case is being read, or is not. Tells whether it is sent.
    fn note(knowledge: &mut Knowledge, progress: &mut Progress, is_reading: bool) -> bool {
        let policy = policy();
        let rules = Rules { policy: &policy, earlier: None, earlier_until: Mono(0), looked_up: None };
        let view = View { is_reading, ..View::AT_WORK };
        let mut incidents = Incidents::new();
        let begin = Begin { case: CaseId(1), knowledge, incidents: &mut incidents, progress };
        let mut out = Outbox::new(Now { mono: Mono(5000), wall: Wall(0) }, 1);
        let work = Work::Take(SOURCE, Step::Note("text".into()));
        begin.begin(work, StepKey::lookup(SOURCE), &rules, &view, &mut out).is_some()
    }

    #[test]
    fn b50_each_write_to_zino_waits_for_three_readings_at_most() {
        let mut progress = Progress::default();
        for _ in 0..2 {
            let sent = [(); 4].map(|()| note(&mut current(case(1, 50)), &mut progress, true));
            assert_eq!(sent, [false, false, false, true]);
            progress.end();
        }
    }

    #[test]
    fn b31_a_write_to_a_case_that_zino_forgot_waits_for_a_reading_that_may_show_it_after_all() {
        let mut closed = case(1, 50);
        close(&mut closed, 60, "monitor");
        let (mut knowledge, mut progress) = (Knowledge::Final(closed), Progress::default());
        assert!(!note(&mut knowledge, &mut progress, true) && !progress.is_busy());
        assert!(note(&mut knowledge, &mut progress, false) && progress.is_busy());
    }
}
