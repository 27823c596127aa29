//! The steps of one case that a server would not take, each with its own pauses (behaviour B14).

use super::progress::MOST_TRIES;
use crate::daemon::plan::RefusedStep;
use crate::daemon::retry::{IN_OUTAGE, KEPT, LASTING, Retry};
use crate::decision::{SourceId, StepKey};
use crate::face::Mono;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// How many of the last steps that were taken are remembered: some that undo each other, or that all have no effect, must not
/// take turns for ever.
const REMEMBERED: usize = 64;
/// The reason where a server said yes, and the same step is wanted again.
pub(super) const NO_EFFECT: &str = "the server took it, and it had no effect";

/// What was refused, and what was taken: nothing, most of the time, and for most cases.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Refusals(Option<Box<Memory>>);

#[derive(Clone, Debug, Default, Hash)]
struct Memory {
    refused: Vec<Refusal>,
    /// The last ones, the newest first.
    taken: VecDeque<Taken>,
}

#[derive(Clone, Copy, Debug, Hash)]
struct Taken {
    key: StepKey,
    effect: Effect,
    at: Mono,
}

#[derive(Clone, Debug, Hash)]
struct Refusal {
    key: StepKey,
    retry: Retry,
    reason: Box<str>,
    /// It may have been carried out: before it is tried again, this is read once more (behaviour B13).
    doubt: Option<Doubt>,
    /// The incident that it may have ended or reopened.
    transition: Option<SourceId>,
    /// When nothing of it can still be under way.
    over_by: Mono,
}

/// What is to be read once more, because a step may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Doubt {
    pub(super) source: SourceId,
    /// The incident itself.
    pub(super) incident: bool,
    /// Its events.
    pub(super) events: bool,
}

/// What a step that a server has taken was meant to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// Nothing: it reads.
    Reads,
    /// What somebody may undo: then the same step is wanted again, and rightly so.
    Changes,
    /// To add what nobody takes away: that the same step is wanted again means that it had no effect, even where both sides
    /// seemed to agree meanwhile.
    Adds,
    /// To end an incident, or to reopen it. That the same is wanted again means that it had no effect, unless somebody has
    /// undone it; the server shows that by itself.
    Ends,
}

/// How a step failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure<'a> {
    /// Why, for people.
    pub(super) reason: &'a str,
    /// The step is not tried again before this moment.
    pub(super) earliest: Mono,
    /// The step may be tried again without a pause.
    pub(super) at_once: bool,
    /// The server is out of reach: that is no fault of the step, and no reason to wait longer each time (behaviour B51).
    pub(super) in_outage: bool,
    /// It may have been carried out all the same.
    pub(super) doubt: Option<Doubt>,
}

impl<'a> Failure<'a> {
    /// A failure for a reason, with nothing else to say.
    pub(super) const fn of(reason: &'a str) -> Self {
        Self { reason, earliest: Mono(0), at_once: false, in_outage: false, doubt: None }
    }
}

impl Refusals {
    fn refused(&self) -> &[Refusal] {
        self.0.as_ref().map_or(&[], |memory| &memory.refused)
    }

    fn memory(&mut self) -> &mut Memory {
        self.0.get_or_insert_default()
    }

    fn find(&self, key: StepKey) -> Option<&Refusal> {
        self.refused().iter().find(|refusal| refusal.key == key)
    }

    /// Tells whether no step was refused.
    pub(super) fn is_empty(&self) -> bool {
        self.refused().is_empty()
    }

    /// Returns the steps that are left out now.
    pub(super) fn left_out(&self, now: Mono) -> impl Iterator<Item = StepKey> {
        let waiting = self.refused().iter().filter(move |refusal| refusal.retry.until() > now);
        waiting.map(|refusal| refusal.key)
    }

    /// Returns the incidents that a step may have ended or reopened, or may still do so: nobody knows before they have been
    /// read, and until then no such step is taken with any of them, whatever its text. `is_unread` tells which have still to
    /// be read.
    pub(super) fn unsettled(
        &self,
        now: Mono,
        is_unread: impl Fn(SourceId) -> bool,
    ) -> impl Iterator<Item = SourceId> {
        let transitions =
            self.refused().iter().filter_map(|refusal| Some((refusal.transition?, refusal.over_by)));
        let open = transitions.filter(move |(source, over_by)| *over_by > now || is_unread(*source));
        open.map(|(source, _)| source)
    }

    /// Returns when the next step that is left out may be tried again.
    pub(super) fn next_try(&self, now: Mono) -> Option<Mono> {
        let tries = self.refused().iter().flat_map(|refusal| [refusal.retry.until(), refusal.over_by]);
        tries.filter(|moment| *moment > now).min()
    }

    /// Tells whether one is to be tried again that was not refused too often, or may still have been carried out.
    pub(super) fn will_go_on(&self, now: Mono) -> bool {
        let goes_on = |refusal: &Refusal| refusal.retry.failures() < MOST_TRIES || refusal.over_by > now;
        self.refused().iter().any(goes_on)
    }

    /// Returns how often a step has been refused in a row.
    pub(super) fn count(&self, key: StepKey) -> u32 {
        self.find(key).map_or(0, |refusal| refusal.retry.failures())
    }

    /// Returns why a step was refused, the first of them.
    pub(super) fn reason(&self) -> Option<&str> {
        self.refused().first().map(|refusal| &*refusal.reason)
    }

    /// Returns what was refused.
    pub(super) fn explain(&self) -> impl Iterator<Item = RefusedStep> {
        self.refused().iter().map(|refusal| RefusedStep {
            reason: (*refusal.reason).into(),
            tries: refusal.retry.failures(),
            until: refusal.retry.until(),
        })
    }

    /// Takes what is to be read once more, because a step is due that may have been carried out. One reading serves all
    /// steps of which nothing can still be under way. What may have ended an incident is not waited for longer than that.
    pub(super) fn take_doubts(&mut self, now: Mono) -> Vec<Doubt> {
        let is_due = |refusal: &Refusal| {
            let due = if refusal.transition.is_some() { refusal.over_by } else { refusal.retry.until() };
            refusal.doubt.is_some() && due <= now
        };
        if !self.refused().iter().any(is_due) {
            return Vec::new();
        }
        let settled = self.memory().refused.iter_mut().filter(|refusal| refusal.over_by <= now);
        settled.filter_map(|refusal| refusal.doubt.take()).collect()
    }

    /// Counts a failure. Tells whether the reason is new.
    pub(super) fn refuse(&mut self, key: StepKey, failure: &Failure<'_>, now: Mono) -> bool {
        let refused = &mut self.memory().refused;
        let at = refused.iter().position(|refusal| refusal.key == key);
        let mut refusal = match at {
            Some(at) => refused.remove(at),
            None => Refusal {
                key,
                retry: Retry::default(),
                reason: "".into(),
                doubt: None,
                transition: None,
                over_by: now,
            },
        };
        if failure.in_outage {
            refusal.retry.at_once();
            refusal.retry.wait_until(now + IN_OUTAGE);
        } else {
            refusal.retry.failed(&LASTING, now);
        }
        if failure.at_once {
            refusal.retry.at_once();
        }
        refusal.retry.wait_until(failure.earliest);
        (refusal.doubt, refusal.over_by) = (failure.doubt, failure.earliest);
        let transition = failure.doubt.filter(|doubt| doubt.incident && doubt.events);
        refusal.transition = transition.map(|doubt| doubt.source);
        let is_new = *refusal.reason != *failure.reason;
        if is_new {
            refusal.reason = failure.reason.into();
        }
        refused.push(refusal);
        is_new
    }

    /// A server has taken a step that only reads.
    pub(super) fn forgive(&mut self, key: StepKey) {
        if let Some(memory) = &mut self.0 {
            memory.refused.retain(|refusal| refusal.key != key);
        }
    }

    /// A server has taken a step that writes. Where it is one that had no effect before, it is left out again: it is tried
    /// once, and then waits longer.
    pub(super) fn take(&mut self, key: StepKey, effect: Effect, now: Mono) {
        let memory = self.memory();
        for refusal in memory.refused.iter_mut().filter(|refusal| refusal.key == key) {
            refusal.retry.failed(&LASTING, now);
        }
        memory.refused.retain(|refusal| refusal.key != key || *refusal.reason == *NO_EFFECT);
        memory.taken.truncate(REMEMBERED - 1);
        memory.taken.push_front(Taken { key, effect, at: now });
    }

    /// Tells whether a step was taken just now, so that it cannot be wanted again unless it had no effect.
    pub(super) fn had_no_effect(&self, key: StepKey) -> bool {
        let taken = self.0.as_ref().is_some_and(|memory| memory.taken.iter().any(|taken| taken.key == key));
        taken && self.find(key).is_none()
    }

    /// Both sides agree: nothing is refused any more, but for what had no effect when it was tried last. That they agree may
    /// follow from nothing but the server's word for it. `reads_back` tells whether it has shown what was added.
    pub(super) fn settle(&mut self, reads_back: bool, now: Mono) {
        let Some(memory) = &mut self.0 else { return };
        memory.taken.retain(|taken| {
            let is_kept = match taken.effect {
                Effect::Reads | Effect::Changes => false,
                Effect::Adds => reads_back,
                Effect::Ends => true,
            };
            is_kept && taken.at + KEPT > now
        });
        let is_kept = |key| memory.taken.iter().any(|taken| taken.key == key);
        memory.refused.retain(|refusal| *refusal.reason == *NO_EFFECT && is_kept(refusal.key));
        if memory.taken.is_empty() {
            self.0 = None;
        }
    }

    /// Returns until when it is remembered that an incident was ended or reopened; nothing where it is not.
    pub(super) fn remembers_end_until(&self) -> Option<Mono> {
        let taken = self.0.as_ref()?.taken.iter().filter(|taken| taken.effect == Effect::Ends);
        taken.map(|taken| taken.at + KEPT).max()
    }

    /// Somebody has undone what ended or reopened an incident: the same once more has its reason.
    pub(super) fn forget_ends(&mut self) {
        if let Some(memory) = &mut self.0 {
            let Memory { refused, taken } = &mut **memory;
            let ends = |key| taken.iter().any(|taken| taken.effect == Effect::Ends && taken.key == key);
            refused.retain(|refusal| *refusal.reason != *NO_EFFECT || !ends(refusal.key));
            taken.retain(|taken| taken.effect != Effect::Ends);
        }
    }

    /// Whatever was refused may be tried again, and nothing was taken. What may have been carried out is still read back first,
    /// and not before nothing of it can be under way (behaviour B13).
    pub(super) fn begin_anew(&mut self, now: Mono) {
        let Some(memory) = &mut self.0 else { return };
        memory.taken.clear();
        memory.refused.retain(|refusal| refusal.doubt.is_some() || refusal.over_by > now);
        for refusal in &mut memory.refused {
            refusal.retry.at_once();
            refusal.retry.wait_until(refusal.over_by);
        }
        if memory.refused.is_empty() {
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Millis;
    use crate::model::CaseId;
    use alloc::vec;

    const NOW: Mono = Mono(5000);

    fn key(number: u64) -> StepKey {
        StepKey::lookup(SourceId { case: CaseId(number), opened: None })
    }

    fn failure(reason: &str, earliest: Mono) -> Failure<'_> {
        Failure { earliest, ..Failure::of(reason) }
    }

    /// Refuses a step at a moment; returns for how many seconds it is left out.
    fn refuse(refusals: &mut Refusals, number: u64) -> u64 {
        refusals.refuse(key(number), &failure("400", Mono(0)), NOW);
        (0..2000).find(|secs| !left_out(refusals, NOW + Millis::from_secs(*secs), number)).unwrap()
    }

    fn left_out(refusals: &Refusals, now: Mono, number: u64) -> bool {
        refusals.left_out(now).any(|left_out| left_out == key(number))
    }

    #[test]
    fn b14_each_step_has_pauses_of_its_own_that_double_up_to_a_quarter_of_an_hour() {
        let mut refusals = Refusals::default();
        let pauses: Vec<u64> = (0..11).map(|_| refuse(&mut refusals, 1)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert_eq!((refuse(&mut refusals, 2), refusals.count(key(1)), refusals.count(key(2))), (1, 11, 1));
        assert_eq!(refusals.next_try(NOW), Some(Mono(6000)));
        refusals.take(key(1), Effect::Changes, NOW);
        assert_eq!((refuse(&mut refusals, 1), refusals.count(key(2))), (1, 1), "the first in a row again");
        refusals.begin_anew(NOW);
        assert!(refusals.is_empty() && refusals.next_try(NOW).is_none());
    }

    #[test]
    fn b51_a_step_that_may_still_be_under_way_is_left_out_at_least_until_it_cannot_be_any_more() {
        let mut refusals = Refusals::default();
        let source = SourceId { case: CaseId(1), opened: None };
        let doubt = Doubt { source, incident: false, events: true };
        let lost = Failure { doubt: Some(doubt), ..failure("502", Mono(40_000)) };
        refusals.refuse(key(1), &lost, NOW);
        refusals.refuse(key(2), &failure("400", Mono(0)), NOW);
        refusals.begin_anew(NOW);
        assert_eq!([1, 2].map(|number| left_out(&refusals, Mono(39_999), number)), [true, false]);
        assert_eq!(refusals.take_doubts(Mono(39_999)), []);
        refusals.begin_anew(Mono(90_000));
        assert_eq!(refusals.take_doubts(Mono(40_000)), [doubt], "it is read once more then");
        assert_eq!(refusals.take_doubts(Mono(40_000)), []);
        assert!(left_out(&refusals, Mono(39_999), 1) && !left_out(&refusals, Mono(40_000), 1));
    }

    #[test]
    fn b13_while_an_end_may_have_been_set_no_other_one_is_sent() {
        let mut refusals = Refusals::default();
        let source = SourceId { case: CaseId(1), opened: None };
        let doubt = Doubt { source, incident: true, events: true };
        refusals.refuse(key(1), &Failure { doubt: Some(doubt), ..failure("502", Mono(40_000)) }, NOW);
        refusals.refuse(key(2), &failure("400", Mono(0)), NOW);
        let unsettled = |refusals: &Refusals, now, unread: bool| -> Vec<SourceId> {
            refusals.unsettled(Mono(now), |_| unread).collect()
        };
        assert_eq!(unsettled(&refusals, 39_999, false), [source], "it may still be under way");
        assert_eq!(unsettled(&refusals, 40_000, true), [source], "it was looked for, in vain so far");
        assert_eq!(unsettled(&refusals, 40_000, false), []);
        assert_eq!(
            (refusals.next_try(Mono(39_000)), refusals.take_doubts(Mono(39_999))),
            (Some(Mono(40_000)), vec![])
        );
        assert_eq!(refusals.take_doubts(Mono(40_000)), [doubt]);
        refusals.refuse(key(1), &failure("400", Mono(0)), Mono(41_000));
        assert_eq!(unsettled(&refusals, 41_000, true), [], "that was a plain no");
    }

    #[test]
    fn b13_one_reading_serves_all_steps_of_which_nothing_can_be_under_way() {
        let doubt = |number| {
            let source = SourceId { case: CaseId(number), opened: None };
            Some(Doubt { source, incident: false, events: true })
        };
        let mut refusals = Refusals::default();
        for (number, earliest) in [(1, 0), (2, 0), (3, 40_000)] {
            let failure = Failure { doubt: doubt(number), ..failure("500", Mono(earliest)) };
            refusals.refuse(key(number), &failure, NOW);
        }
        refusals.refuse(key(2), &Failure { doubt: doubt(2), ..failure("500", Mono(0)) }, NOW);
        assert_eq!(refusals.take_doubts(Mono(5999)), []);
        assert_eq!(refusals.take_doubts(Mono(6000)), [doubt(1).unwrap(), doubt(2).unwrap()]);
        assert_eq!(refusals.take_doubts(Mono(7000)), [], "the second one is due, and was read already");
        assert_eq!(refusals.take_doubts(Mono(40_000)), [doubt(3).unwrap()]);
    }

    #[test]
    fn b14_a_reason_is_told_when_it_is_new() {
        let mut refusals = Refusals::default();
        let told =
            ["400", "400", "500", "500"].map(|why| refusals.refuse(key(1), &failure(why, Mono(0)), NOW));
        assert_eq!((told, refusals.reason()), ([true, false, true, false], Some("500")));
    }

    #[test]
    fn b14_a_step_that_was_taken_and_is_wanted_again_had_no_effect_and_waits_longer_each_time() {
        let mut refusals = Refusals::default();
        assert!(!refusals.had_no_effect(key(1)));
        refusals.take(key(1), Effect::Changes, NOW);
        refusals.take(key(2), Effect::Changes, NOW);
        assert!(refusals.had_no_effect(key(1)), "another one came between");
        for secs in [1, 2, 4] {
            if secs == 1 {
                refusals.refuse(key(1), &failure(NO_EFFECT, Mono(0)), NOW);
            }
            assert_eq!(refusals.next_try(NOW), Some(NOW + Millis::from_secs(secs)));
            assert!(!refusals.had_no_effect(key(1)), "it is tried once more after that");
            refusals.take(key(1), Effect::Changes, NOW);
        }
        for number in 10..74 {
            refusals.take(key(number), Effect::Changes, NOW);
        }
        assert!(!refusals.had_no_effect(key(2)), "that is long ago");
    }

    #[test]
    fn b14_what_was_added_and_had_no_effect_is_remembered_where_both_sides_seem_to_agree() {
        use Effect::{Adds, Changes, Ends};
        for (effect, reads_back, secs, known) in [
            (Adds, true, 899, true),
            (Adds, true, 900, false),
            (Adds, false, 0, false),
            (Changes, true, 0, false),
            (Ends, false, 899, true),
            (Ends, true, 900, false),
        ] {
            let mut refusals = Refusals::default();
            refusals.take(key(1), effect, NOW);
            refusals.refuse(key(2), &failure("400", Mono(0)), NOW);
            refusals.settle(reads_back, NOW + Millis::from_secs(secs));
            assert_eq!(refusals.had_no_effect(key(1)), known, "{effect:?} {secs}");
            assert_eq!(refusals.count(key(2)), 0, "whatever else was refused is over");
            let until = (known && effect == Ends).then_some(NOW + KEPT);
            assert_eq!(refusals.remembers_end_until(), until);
        }
        let mut refusals = Refusals::default();
        refusals.take(key(1), Adds, NOW);
        for secs in [1, 2, 4] {
            if secs == 1 {
                refusals.refuse(key(1), &failure(NO_EFFECT, Mono(0)), NOW);
            }
            refusals.settle(true, NOW);
            assert_eq!(refusals.next_try(NOW), Some(NOW + Millis::from_secs(secs)), "the pauses grow");
            refusals.take(key(1), Adds, NOW);
        }
    }

    #[test]
    fn b14_what_somebody_has_undone_is_no_end_without_effect() {
        let mut refusals = Refusals::default();
        refusals.take(key(1), Effect::Ends, NOW);
        refusals.take(key(2), Effect::Adds, NOW);
        for number in [1, 2] {
            refusals.refuse(key(number), &failure(NO_EFFECT, Mono(0)), NOW);
        }
        refusals.refuse(key(3), &failure("400", Mono(0)), NOW);
        refusals.forget_ends();
        assert_eq!([1, 2, 3].map(|number| refusals.count(key(number))), [0, 1, 1]);
        assert!(!refusals.had_no_effect(key(1)));
    }

    #[test]
    fn b51_while_the_server_is_out_of_reach_no_pause_grows() {
        let mut refusals = Refusals::default();
        let lost = Failure { in_outage: true, ..failure("not answered", Mono(0)) };
        for _ in 0..9 {
            refusals.refuse(key(1), &lost, NOW);
            assert_eq!(refusals.next_try(NOW), Some(NOW + Millis::from_secs(5)));
        }
        assert_eq!(refuse(&mut refusals, 1), 1, "none of that counts");
        refusals.refuse(key(1), &Failure { earliest: NOW + Millis::from_secs(32), ..lost }, NOW);
        assert_eq!(refusals.next_try(NOW), Some(NOW + Millis::from_secs(32)), "it may still be under way");
    }
}
