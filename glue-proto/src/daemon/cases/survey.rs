//! What is to be done for all cases, and of which nothing more is done at present.

use super::ask::Ask;
use super::foresight::Choices;
use super::refusals::Refusals;
use super::steps::{View, Work};
use super::{CaseEntry, Cases};
use crate::daemon::difference::{HeldBack, HeldReason, Outlook};
use crate::daemon::plan::{Explanation, Planned, Verdict};
use crate::decision::{Circumstances, Policy, Refused, Step};
use crate::face::{Mono, Now};
use crate::model::CaseId;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};

impl Cases {
    /// Returns the next step of every case that has one, in the order of their numbers.
    pub(in crate::daemon) fn plan(&self, view: View, now: Now) -> impl Iterator<Item = Planned> {
        self.entries.iter().filter_map(move |(id, entry)| {
            let circumstances = self.circumstances(*id, view, now);
            entry.ask().plan(&self.policy, &circumstances, now.mono)
        })
    }

    /// Says what is known of a case, and what follows from it; `is_unreadable` tells whether what Zino says of it cannot be
    /// read.
    pub(in crate::daemon) fn explain(
        &self,
        id: CaseId,
        is_unreadable: bool,
        view: View,
        now: Now,
    ) -> Option<Explanation> {
        let obstacle = if is_unreadable { Some(Verdict::Unreadable) } else { view.obstacle() };
        let circumstances = self.circumstances(id, view, now);
        let unread = CaseEntry::new(id, Refusals::default());
        let entry = self.entries.get(&id).map(|entry| &**entry);
        let ask = entry.or_else(|| is_unreadable.then_some(&unread))?.ask();
        let mut explanation = ask.explain(obstacle, &self.policy, &circumstances, now.mono);
        if view.is_listed {
            // What is refused or waits is to be done all the same.
            let base = Circumstances { earlier: None, ..circumstances };
            explanation.differences = ask.foresee(&self.choices(Refused::NONE, &base)).differences;
        }
        Some(explanation)
    }

    /// Says everything in which the two sides differ; `unreadable` are the cases of which Zino says what cannot be read.
    pub(in crate::daemon) fn outlook(
        &self,
        unreadable: impl Iterator<Item = CaseId>,
        view: View,
        now: Now,
    ) -> Outlook {
        let unreadable: BTreeSet<CaseId> = unreadable.collect();
        let mut outlook = Outlook::default();
        for (id, entry) in &self.entries {
            let circumstances = self.circumstances(*id, view, now);
            let left_out = entry.ask().left_out(now.mono);
            let choices = self.choices(&left_out, &circumstances);
            let foresight = entry.ask().foresee(&choices);
            let is_unreadable = unreadable.contains(id);
            let reason = held(entry, &choices, foresight.is_blocked).filter(|_| !is_unreadable);
            outlook.held_back.extend(reason.map(|reason| HeldBack { case: *id, reason }));
            outlook.differences.extend(foresight.differences);
        }
        let unreadable = unreadable.into_iter();
        outlook.held_back.extend(unreadable.map(|case| HeldBack { case, reason: HeldReason::Unreadable }));
        outlook.held_back.sort_by_key(|held| held.case);
        outlook
    }

    /// Tells whether more is to come of some case by itself: a step that was not refused for good, or the end of a wait.
    pub(in crate::daemon) fn is_waiting(&self, view: View, now: Now) -> bool {
        self.entries.iter().any(|(id, entry)| {
            let circumstances = self.circumstances(*id, view, now);
            entry.ask().is_waiting(&self.policy, &circumstances, now.mono)
        })
    }

    fn circumstances(&self, id: CaseId, view: View, now: Now) -> Circumstances {
        view.circumstances(now.wall, self.earlier.of(id, now.mono))
    }

    fn choices<'a>(&'a self, left_out: &'a Refused, base: &'a Circumstances) -> Choices<'a> {
        Choices { left_out, policy: &self.policy, base, looked_up: self.looked_up.as_ref() }
    }
}

/// Returns why nothing more is done for a case, although not all is well; `is_blocked` tells whether it is a look-up that was
/// refused.
fn held(entry: &CaseEntry, choices: &Choices<'_>, is_blocked: bool) -> Option<HeldReason> {
    let Choices { left_out, policy, base, .. } = *choices;
    if entry.held_back() > 0 {
        return Some(HeldReason::StateLoss);
    }
    let ask = entry.ask();
    let next = ask.work(left_out, policy, base);
    if let Work::Take(_, Step::Stuck(stuck)) = &next {
        return Some(HeldReason::Stuck { reason: stuck.to_string() });
    }
    let reason = String::from(entry.trouble()?);
    let is_refused = is_blocked || ask.work(Refused::NONE, policy, base) != next;
    is_refused.then_some(HeldReason::Refused { reason })
}

impl Ask<'_> {
    /// Tells whether more is to come of it by itself.
    fn is_waiting(&self, policy: &Policy, base: &Circumstances, now: Mono) -> bool {
        if self.progress.is_busy() || !self.knowledge.decides() {
            return self.progress.is_busy();
        }
        let left_out = self.left_out(now);
        match self.work(&left_out, policy, base) {
            Work::Rest => {
                let is_refused = self.work(Refused::NONE, policy, base) != Work::Rest;
                self.waits_for_earlier_run(&left_out, policy, base)
                    || is_refused && self.progress.refusals().will_go_on(now)
            }
            Work::Lookup(_) | Work::Take(..) => self.progress.will_go_on(),
        }
    }
}
