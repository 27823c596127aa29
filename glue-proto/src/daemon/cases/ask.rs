//! What is to be done for a case, and why: the decision, asked without acting on it.

use super::foresight::Choices;
use super::incidents::Incidents;
use super::knowledge::Knowledge;
use super::progress::Progress;
use super::record::IncidentRecord;
use super::steps::{Rules, Work, end_first, of_incident};
use crate::daemon::plan::{Explanation, Planned, Verdict};
use crate::decision::{
    Absence, Circumstances, EarlierRun, Known, Policy, Refused, SourceId, Step, StepKey, next_step,
    uninteresting,
};
use crate::face::Mono;
use crate::model::{CaseId, EventType, NewEvent};
use crate::text::argus::stored;
use alloc::vec::Vec;

/// A case about which something is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) case: CaseId,
    pub(super) knowledge: &'a Knowledge,
    pub(super) incidents: &'a Incidents,
    pub(super) progress: &'a Progress,
}

impl Ask<'_> {
    /// Says what to do next; steps that are `refused` are left out (behaviour B14).
    pub(super) fn work(&self, refused: &Refused, policy: &Policy, base: &Circumstances) -> Work {
        if let Some(id) = self.incidents.doubts().find(|id| !refused.has(StepKey::lookup(*id))) {
            return Work::Lookup(id);
        }
        let lookup = |id| if refused.has(StepKey::lookup(id)) { Work::Rest } else { Work::Lookup(id) };
        let end_first = |base: &Circumstances, which: fn(&IncidentRecord) -> bool| {
            end_first(self.incidents, base, which, refused, policy)
        };
        if base.handing_over {
            return end_first(base, |_| true);
        }
        // Nobody has said why it is gone: the circumstances say so unless they are told otherwise.
        let work = end_first(base, IncidentRecord::is_gone);
        if work != Work::Rest || !self.knowledge.decides() {
            return work;
        }
        match self.knowledge.known() {
            Known::Unread => Work::Rest,
            Known::Absent if self.knowledge.is_proved_closed() => {
                let plain = SourceId { case: self.case, opened: None };
                if base.looks_up && self.incidents.may_exist(plain) {
                    return lookup(plain);
                }
                end_first(&Circumstances { absence: Absence::Closed, ..*base }, |_| true)
            }
            Known::Absent => Work::Rest,
            Known::Present(case) => {
                let id = self.incidents.own_id(case);
                let record = self.incidents.get(id);
                let circumstances = record.map_or(*base, |record| of_incident(base, record));
                let incident = match record {
                    Some(record) => Known::Present(&record.tracked),
                    // It was asked for and not answered: nothing is known of it.
                    None if self.incidents.is_unread(id) => return Work::Rest,
                    None if !base.looks_up => Known::Absent,
                    None => match self.incidents.unknown_id(case) {
                        Some(id) => return lookup(id),
                        None => Known::Absent,
                    },
                };
                let step = next_step(Known::Present(case), incident, refused, policy, &circumstances);
                if step == Step::Settled {
                    return Work::Rest;
                }
                if let Step::Post(end) = &step
                    && end.event_type == EventType::End
                    && self.incidents.is_unread(id)
                {
                    return self.end_unread(id, end, refused, policy);
                }
                Work::Take(id, step)
            }
        }
    }

    /// Ends an incident that is to be read again and cannot be: what is known of it is old, and an earlier run may have ended
    /// it (behaviour B13). Its events show that, too. Where they cannot be read either, it is ended all the same (B14).
    fn end_unread(&self, id: SourceId, end: &NewEvent, refused: &Refused, policy: &Policy) -> Work {
        let all_the_same = || Work::Take(id, Step::Post(end.clone()));
        let Some(record) = self.incidents.get(id).filter(|record| record.is_inherited()) else {
            return all_the_same();
        };
        let key = StepKey::of(&Step::ReadEvents, self.knowledge.case(), Some(&record.tracked), policy);
        match &record.tracked.ours {
            Known::Present(ours) if ours.has_end(end.at, stored(&end.description)) => Work::Rest,
            Known::Unread if !refused.has(key) => Work::Take(id, Step::ReadEvents),
            Known::Present(_) | Known::Absent | Known::Unread => all_the_same(),
        }
    }

    /// Returns what was refused, and what may have been carried out.
    pub(super) fn left_out(&self, now: Mono) -> Refused {
        let refusals = self.progress.refusals();
        let unsettled = refusals.unsettled(now, |id| self.incidents.is_unread(id));
        let unsettled = unsettled.filter_map(|id| Some(self.incidents.get(id)?.tracked.incident.pk));
        refusals.left_out(now).chain(unsettled.map(StepKey::transition)).collect()
    }

    /// Where nothing is to be done now: tells whether there is something that an earlier run of the daemon may have done, and
    /// that Argus may still be at work on (behaviour B13).
    pub(super) fn waits_for_earlier_run(
        &self,
        refused: &Refused,
        policy: &Policy,
        base: &Circumstances,
    ) -> bool {
        self.leaves_to_earlier_run(&Work::Rest, refused, policy, base)
    }

    /// Says what is to be done now; nothing where the machine only reads, and has read everything.
    pub(super) fn due(&self, left_out: &Refused, rules: &Rules<'_>, base: &Circumstances) -> Option<Work> {
        let policy = rules.policy;
        match rules.looked_up {
            None => Some(self.work(left_out, policy, base)),
            // What comes before a reading is not done, and the reading is wanted all the same.
            looked_up => self.foresee(&Choices { left_out, policy, base, looked_up }).unread,
        }
    }

    /// Tells whether an earlier run of the daemon may do something that we shall not have seen when this work is done: it is
    /// left out, or would be, or nobody knows yet, since the case, the incident or its events have still to be read.
    pub(super) fn leaves_to_earlier_run(
        &self,
        work: &Work,
        refused: &Refused,
        policy: &Policy,
        base: &Circumstances,
    ) -> bool {
        let without = Circumstances { earlier: None, ..*base };
        let reads = matches!(work, Work::Lookup(_) | Work::Take(_, Step::ReadEvents));
        let is_open = reads || !self.knowledge.decides();
        base.earlier.is_some() && (is_open || self.work(refused, policy, &without) != *work)
    }

    /// Tells whether something is to be done that an earlier run of the daemon may have done, whatever that knew.
    pub(super) fn may_lack_what_was_sent(&self, policy: &Policy, base: &Circumstances) -> bool {
        let unknown = Circumstances { earlier: Some(EarlierRun::UNKNOWN), ..*base };
        self.leaves_to_earlier_run(
            &self.work(Refused::NONE, policy, &unknown),
            Refused::NONE,
            policy,
            &unknown,
        )
    }

    /// Returns the next step, without taking it.
    pub(super) fn plan(&self, policy: &Policy, base: &Circumstances, now: Mono) -> Option<Planned> {
        match self.work(&self.left_out(now), policy, base) {
            Work::Rest => None,
            Work::Lookup(_) => Some(Planned::new(self.case, Step::ReadIncident, None, false)),
            Work::Take(id, step) => {
                let record = self.incidents.get(id);
                let is_gone = record.is_some_and(IncidentRecord::is_gone);
                Some(Planned::new(self.case, step, record.map(|record| &record.tracked), is_gone))
            }
        }
    }

    /// Says what is known, and what follows from it; `obstacle` is what keeps the machine from doing anything now.
    pub(super) fn explain(
        &self,
        obstacle: Option<Verdict>,
        policy: &Policy,
        base: &Circumstances,
        now: Mono,
    ) -> Explanation {
        let zino = self.knowledge.known();
        let verdict = obstacle.or_else(|| self.plan(policy, base, now).map(Verdict::Next));
        let verdict = verdict.unwrap_or_else(|| {
            let boring = zino.present().and_then(|case| uninteresting(case, policy));
            if !self.knowledge.decides() {
                Verdict::Unread
            } else if self.incidents.held_back() > 0 {
                Verdict::HeldBack
            } else if self.waits_for_earlier_run(&self.left_out(now), policy, base) {
                Verdict::EarlierRun
            } else if self.work(Refused::NONE, policy, base) != Work::Rest {
                Verdict::Refused
            } else if !self.incidents.is_running()
                && zino.present().is_some_and(|case| !case.is_closed())
                && let Some(why) = boring
            {
                Verdict::Uninteresting(why)
            } else {
                Verdict::Agreed
            }
        });
        Explanation {
            case: self.case,
            zino: match zino {
                Known::Unread => Known::Unread,
                Known::Absent => Known::Absent,
                Known::Present(case) => Known::Present(case.clone()),
            },
            incidents: self
                .incidents
                .iter()
                .map(|(id, record)| (id.text(), record.tracked.clone()))
                .collect(),
            refused: self.progress.refusals().explain().collect(),
            differences: Vec::new(),
            verdict,
        }
    }

    /// Names a piece of work.
    pub(super) fn key(&self, work: &Work, policy: &Policy) -> StepKey {
        match work {
            Work::Rest => StepKey::of(&Step::Settled, None, None, policy),
            Work::Lookup(id) => StepKey::lookup(*id),
            Work::Take(id, step) => {
                let incident = self.incidents.get(*id).map(|record| &record.tracked);
                StepKey::of(step, self.knowledge.case(), incident, policy)
            }
        }
    }
}
