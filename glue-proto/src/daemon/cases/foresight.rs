//! All that is to be done for a case: each step on the assumption that those before it were taken.
//!
//! It asks the decision of the daemon, step by step, and does to a copy of what is known what the servers would do.

use super::ask::Ask;
use super::incidents::Incidents;
use super::knowledge::Knowledge;
use super::record::IncidentRecord;
use super::steps::Work;
use crate::daemon::difference::{Difference, creation, in_words};
use crate::daemon::plan::rule_of;
use crate::decision::{Circumstances, Policy, Refused, SourceId, Step, StepKey, Tracked, new_incident};
use crate::model::{Case, CaseState, EndTime, Entry, Incident, NewIncident, Patch, Tag};
use crate::text::zino::stored_text;
use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What is to be done for a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Foresight {
    /// In what the two sides differ, in the order in which it is settled.
    pub(super) differences: Vec<Difference>,
    /// What has to be read before more can be said; nothing where all is said.
    pub(super) unread: Option<Work>,
    /// Nobody knows whether the case has an incident: the look-up was refused.
    pub(super) is_blocked: bool,
}

/// What the steps are chosen by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choices<'a> {
    pub(super) left_out: &'a Refused,
    pub(super) policy: &'a Policy,
    pub(super) base: &'a Circumstances,
    /// The ids that have been looked up in Argus. Where there are some, no other id counts as one without an incident: a
    /// listing shows open incidents only, and may have lost a row (behaviour B51). A daemon finds that out by the creation
    /// that Argus refuses.
    pub(super) looked_up: Option<&'a BTreeSet<SourceId>>,
}

impl Ask<'_> {
    /// Says all that is to be done.
    pub(super) fn foresee(&self, choices: &Choices<'_>) -> Foresight {
        let Choices { left_out, policy, base, .. } = *choices;
        // Most cases are in step: nothing has to be copied to find that out.
        match self.work(left_out, policy, base) {
            Work::Rest => return Foresight::default(),
            work if is_reading(&work) => return Foresight { unread: Some(work), ..Foresight::default() },
            Work::Lookup(_) | Work::Take(..) => {}
        }
        let (knowledge, incidents) = (self.knowledge.clone(), self.incidents.clone());
        let future = Future { ask: *self, choices, knowledge, incidents, made: BTreeSet::new() };
        future.unfold()
    }
}

fn is_reading(work: &Work) -> bool {
    matches!(work, Work::Lookup(_) | Work::Take(_, Step::ReadIncident | Step::ReadEvents))
}

/// What would be known after some steps.
struct Future<'a> {
    ask: Ask<'a>,
    choices: &'a Choices<'a>,
    knowledge: Knowledge,
    incidents: Incidents,
    /// The incidents that are not there yet.
    made: BTreeSet<SourceId>,
}

impl Future<'_> {
    /// Takes one step after the other, until there is none, or one that has to read something.
    fn unfold(mut self) -> Foresight {
        let mut seen = Foresight::default();
        let mut taken = BTreeSet::new();
        loop {
            if let Some(case) = self.knowledge.case() {
                self.incidents.compare(case, self.choices.policy);
            }
            let ask = Ask { knowledge: &self.knowledge, incidents: &self.incidents, ..self.ask };
            let Choices { left_out, policy, base, .. } = *self.choices;
            let work = ask.work(left_out, policy, base);
            // A step that would be taken a second time has changed nothing: the daemon would not repeat it either.
            if work == Work::Rest || !taken.insert(ask.key(&work, policy)) {
                break;
            }
            seen.unread = self.missing_lookup(&work).or_else(|| is_reading(&work).then(|| work.clone()));
            let Work::Take(id, step) = work else { break };
            if seen.unread.is_some() || !self.note(id, &step, &mut seen.differences) {
                break;
            }
            self.apply(id, &step);
        }
        seen.is_blocked = seen.unread.take_if(|work| self.is_refused(work)).is_some();
        seen.differences.iter_mut().for_each(Difference::finish);
        seen
    }

    /// Returns the look-up that has to come before a creation.
    fn missing_lookup(&self, work: &Work) -> Option<Work> {
        let Work::Take(id, Step::Create) = work else { return None };
        let looked_up = self.choices.looked_up?;
        (!looked_up.contains(id)).then_some(Work::Lookup(*id))
    }

    fn is_refused(&self, work: &Work) -> bool {
        matches!(work, Work::Lookup(id) if self.choices.left_out.has(StepKey::lookup(*id)))
    }

    /// Notes the difference that a step settles. Tells whether there is one.
    fn note(&self, id: SourceId, step: &Step, differences: &mut Vec<Difference>) -> bool {
        let record = self.incidents.get(id);
        let tracked = record.map(|record| &record.tracked);
        let is_gone = record.is_some_and(IncidentRecord::is_gone);
        let Some(rule) = rule_of(step, tracked, is_gone) else { return false };
        let left = match differences.last_mut() {
            Some(last) => last.take(step.clone(), rule),
            None => Some(step.clone()),
        };
        let Some(step) = left else { return true };
        let case = self.knowledge.case();
        let what = match (&step, case) {
            (Step::Create, Some(case)) => creation(&self.new_incident(id, case), id),
            _ => in_words(&step, case, tracked.map(|tracked| &tracked.incident)),
        };
        let there = tracked.filter(|_| !self.made.contains(&id));
        let incident = there.map(|tracked| tracked.incident.pk);
        let difference = Difference::new(self.ask.case, incident, rule, step, what);
        let is_one = difference.is_some();
        differences.extend(difference);
        is_one
    }

    /// Does to what is known what the servers would do.
    fn apply(&mut self, id: SourceId, step: &Step) {
        match step {
            Step::Create => {
                let Some(case) = self.knowledge.case() else { return };
                let incident = incident_of(self.new_incident(id, case));
                self.incidents.insert(id, IncidentRecord::created(Tracked::created(incident)));
                self.made.insert(id);
            }
            Step::Post(event) => {
                if let Some(record) = self.incidents.get_mut(id) {
                    record.posted(event, self.knowledge.case());
                }
            }
            Step::Patch(patch) => {
                if let Some(record) = self.incidents.get_mut(id) {
                    change(&mut record.tracked.incident, patch);
                }
            }
            Step::Note(text) => {
                self.write(format!("{}\n{}", self.choices.policy.user, stored_text(text)));
            }
            Step::SetState(state) => {
                let Some(case) = self.knowledge.case_mut() else { return };
                let old = core::mem::replace(&mut case.attributes.state, CaseState::from_word(state));
                let user = &self.choices.policy.user;
                let header = format!("state change {} -> {state} ({user})", old.as_str());
                self.write(header);
            }
            Step::Settled | Step::AwaitCase | Step::ReadIncident | Step::ReadEvents | Step::Stuck(_) => {}
        }
    }

    /// Adds an entry to the history of the case.
    fn write(&mut self, text: String) {
        let at = self.choices.base.wall.0;
        if let Some(case) = self.knowledge.case_mut() {
            case.history.push(Entry::new(at, text));
        }
        self.incidents.forget_comparisons();
    }

    fn new_incident(&self, id: SourceId, case: &Case) -> NewIncident {
        new_incident(id, &case.attributes, self.choices.policy)
    }
}

/// Returns the incident that Argus would make.
fn incident_of(new: NewIncident) -> Incident {
    Incident {
        pk: 0,
        start_time: new.start_time,
        end_time: EndTime::Infinity,
        source_user: 0,
        source_incident_id: new.source_incident_id,
        description: new.description,
        level: new.level,
        open: true,
        acked: false,
        ticket_url: String::new(),
        tags: new.tags.into_iter().map(|text| Tag { text, ours: true }).collect(),
    }
}

/// Changes an incident as Argus would.
fn change(incident: &mut Incident, patch: &Patch) {
    incident.level = patch.level.unwrap_or(incident.level);
    if let Some(description) = &patch.description {
        incident.description.clone_from(description);
    }
    if let Some(tags) = &patch.tags {
        let others: BTreeSet<String> =
            incident.tags.iter().filter(|tag| !tag.ours).map(|tag| tag.text.clone()).collect();
        let tag = |text: &String| Tag { text: text.to_owned(), ours: !others.contains(text) };
        incident.tags = tags.iter().map(tag).collect();
    }
}
