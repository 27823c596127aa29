//! The work on one case: what is under way, what went wrong, and when the next step may be taken.

use super::refusals::{Doubt, Effect, Failure, Refusals};
use crate::daemon::exchange::QUICK_READING;
use crate::daemon::outbox::Outbox;
use crate::daemon::retry::{LASTING, Pauses, Retry};
use crate::decision::StepKey;
use crate::face::{CaseNotice, Millis, Mono, Notice};
use crate::model::CaseId;
use alloc::string::String;
use alloc::vec::Vec;

/// The pauses after a failure that a new look at the incident may settle (behaviour B51).
const PASSING: Pauses = Pauses::up_to(Millis::from_secs(60));
/// The reason where there was no answer.
pub(super) const UNANSWERED: &str = "not answered";
/// A machine that works once leaves a step alone that has failed so often in a row (behaviour B76).
pub(super) const MOST_TRIES: u32 = 3;
/// How often in a row such a reading makes room.
const MOST_GIVEN_UP: u8 = 3;
/// How many readings of a case a write to Zino waits for, one after the other.
const MOST_WAITS: u8 = 3;

/// One of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Server {
    Argus,
    Zino,
}

/// The work on one case.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Progress {
    busy: Option<UnderWay>,
    /// How many readings of events in a row have made room for something else.
    given_up: u8,
    /// Until when no step may be taken: something of an earlier one may still be under way (behaviour B51).
    not_before: Mono,
    /// Steps in a row whose failure says nothing about the step. A change of the case ends the pause.
    retry: Retry,
    /// The step of the last such failure, until it has been taken: another one that is taken meanwhile says nothing about it.
    failed: Option<StepKey>,
    /// Steps that a server would not take.
    refusals: Refusals,
    /// Readings of both sides in a row that left no next step, although the sides do not agree.
    stuck: Retry,
    /// How many readings a write to Zino has waited for.
    waits: u8,
    /// What an incident has was read, and not only told by us.
    reads_back: bool,
    /// Why nothing is done although the two sides do not agree, as it was told last.
    trouble: Option<String>,
}

/// A step that is under way.
#[derive(Clone, Copy, Debug, Hash)]
struct UnderWay {
    server: Server,
    key: StepKey,
    /// From when on another step may take its place.
    yields_at: Option<Mono>,
}

impl Progress {
    /// Begins the work; these steps were taken and refused before.
    pub(super) fn new(refusals: Refusals) -> Self {
        Self { refusals, ..Self::default() }
    }

    /// Tells whether a step is under way.
    pub(super) const fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    /// A step begins. One that is still under way is given up.
    pub(super) const fn begin(&mut self, server: Server, key: StepKey) {
        if self.busy.is_some() {
            self.given_up += 1;
        }
        self.busy = Some(UnderWay { server, key, yields_at: None });
    }

    /// The step that has just begun reads events. There can be thousands of them, and what the decision puts before such a
    /// reading needs nothing of it: it may take its place (behaviour B14). An incident that changes all the time is read all
    /// the same.
    pub(super) fn yield_to_others(&mut self, now: Mono) {
        if let Some(under_way) = self.busy.as_mut().filter(|_| self.given_up < MOST_GIVEN_UP) {
            under_way.yields_at = Some(now + QUICK_READING);
        }
    }

    /// The step under way has ended, however. Returns which it was.
    pub(super) fn end(&mut self) -> Option<StepKey> {
        self.busy.take().map(|under_way| under_way.key)
    }

    /// The session with Zino is gone. Returns the write that waited for it or was under way on it, if there was one.
    pub(super) fn end_session(&mut self) -> Option<StepKey> {
        self.busy.take_if(|under_way| under_way.server == Server::Zino).map(|under_way| under_way.key)
    }

    /// Returns the moment from which on the next step may be taken; nothing where the one that is under way must end first.
    pub(super) fn ready_at(&self) -> Option<Mono> {
        let ready_at = self.not_before.max(self.retry.until()).max(self.stuck.until());
        match self.busy {
            None => Some(ready_at),
            Some(under_way) => under_way.yields_at.map(|at| at.max(ready_at)),
        }
    }

    /// Waits at least until then: something may still be under way.
    pub(super) fn wait_until(&mut self, moment: Mono) {
        self.not_before = self.not_before.max(moment);
    }

    /// Counts a failure that a new look at the incident may settle: the first one costs no pause. Returns when to look.
    pub(super) fn fail_lightly(&mut self, key: StepKey, now: Mono) -> Mono {
        self.failed = Some(key);
        let at = self.retry.failed(&PASSING, now);
        if self.retry.failures() > 1 {
            return at;
        }
        self.retry.at_once();
        now
    }

    /// A step has failed: it is left out for a while, and tried again by itself (behaviour B14). Says so once, unless it was
    /// told already that there was no answer.
    pub(super) fn refuse(
        &mut self,
        case: CaseId,
        what: &'static str,
        key: StepKey,
        failure: &Failure<'_>,
        out: &mut Outbox,
    ) {
        let is_new = self.refusals.refuse(key, failure, out.now.mono);
        if is_new && failure.reason != UNANSWERED {
            let what = CaseNotice::Refused { what, reason: failure.reason.into() };
            out.tell(Notice::Case { case, what });
        }
    }

    /// A server has taken a step.
    pub(super) fn take(&mut self, key: StepKey, effect: Effect, now: Mono) {
        self.failed.take_if(|failed| *failed == key);
        if effect == Effect::Reads {
            self.refusals.forgive(key);
        } else {
            self.refusals.take(key, effect, now);
            self.go_on();
        }
    }

    /// What an incident has is known from the server: it may contradict what was told there.
    pub(super) const fn read_back(&mut self) {
        self.reads_back = true;
        self.given_up = 0;
    }

    /// Takes what is to be read once more, because a step is due that may have been carried out.
    pub(super) fn take_doubts(&mut self, now: Mono) -> Vec<Doubt> {
        self.refusals.take_doubts(now)
    }

    /// Tells whether nothing has failed since the last success that a new look may settle, nor this step since it was taken.
    pub(super) fn is_first_try(&self, key: StepKey) -> bool {
        self.retry.failures() == 0 && self.failed != Some(key)
    }

    /// Returns what was refused and what was taken.
    pub(super) const fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Takes what was refused and what was taken.
    pub(super) fn take_refusals(&mut self) -> Refusals {
        core::mem::take(&mut self.refusals)
    }

    /// Nothing that is known tells what to do. Returns when to read everything about the case again: at the latest when a step
    /// that was refused may be tried again, or at the `other` moment at which there may be one, for the pause would hold that
    /// up too.
    pub(super) fn get_stuck(&mut self, now: Mono, other: Mono) -> Mono {
        self.stuck.failed(&LASTING, now);
        for sooner in self.refusals.next_try(now).into_iter().chain((other > now).then_some(other)) {
            self.stuck.no_later_than(sooner);
        }
        self.stuck.until()
    }

    /// Lets a write to Zino wait for a reading that is under way, and that may show that it is not wanted any more. A case
    /// that changes all the time is not waited for without end: then the answer is no.
    pub(super) const fn wait_for_reading(&mut self) -> bool {
        let waits = self.waits < MOST_WAITS;
        if waits {
            self.waits += 1;
        }
        waits
    }

    /// A write to Zino has been sent, after whatever it waited for.
    pub(super) const fn stop_waiting(&mut self) {
        self.waits = 0;
    }

    /// The case has changed: what failed before may succeed now.
    pub(super) const fn try_at_once(&mut self) {
        self.retry.at_once();
        self.stuck.at_once();
    }

    /// Something went well: the next failure is the first one again. What the trouble was is remembered until nothing is
    /// left to do, so that a trouble that comes back after it is not told again.
    const fn go_on(&mut self) {
        self.retry.reset();
        self.stuck.at_once();
    }

    /// Tells whether what is to be done is worth waiting for: neither looking again nor reading everything again has come to
    /// nothing too often.
    pub(super) const fn will_go_on(&self) -> bool {
        self.retry.failures() < MOST_TRIES && self.stuck.failures() < MOST_TRIES
    }

    /// Both sides agree.
    pub(super) fn succeed(&mut self, now: Mono) {
        // Where nothing was ever read back, nothing can contradict; at a first start that is so of all incidents.
        self.refusals.settle(self.reads_back, now);
        self.forget_failures();
    }

    /// Somebody has done something to an incident: what ends or reopens it may be wanted once more.
    pub(super) fn forget_ends(&mut self) {
        self.refusals.forget_ends();
    }

    /// Whatever went wrong, or had no effect, is forgotten, but for what may have been carried out all the same.
    pub(super) fn begin_anew(&mut self, now: Mono) {
        self.refusals.begin_anew(now);
        self.forget_failures();
    }

    fn forget_failures(&mut self) {
        self.retry.reset();
        self.failed = None;
        self.stuck.reset();
        self.waits = 0;
        self.trouble = None;
    }

    /// Sets the case aside, and says so where the reason is a new one (behaviour B14).
    pub(super) fn set_aside(&mut self, case: CaseId, reason: &str, out: &mut Outbox) {
        if self.trouble.as_deref() != Some(reason) {
            self.trouble = Some(reason.into());
            out.tell(Notice::Case { case, what: CaseNotice::Quarantined { reason: reason.into() } });
        }
    }

    /// Returns why the two sides do not agree, if there is a reason that will not pass by itself.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref().or_else(|| self.refusals.reason())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::SourceId;
    use crate::face::{Now, Wall};

    const NOW: Mono = Mono(5000);

    fn key() -> StepKey {
        StepKey::lookup(SourceId { case: CaseId(1), opened: None })
    }

    #[test]
    fn b14_b51_pauses_double_up_to_a_minute_or_a_quarter_of_an_hour() {
        let pauses = |fail: fn(&mut Progress, Mono) -> Mono| -> Vec<u64> {
            let mut progress = Progress::default();
            (0..11).map(|_| fail(&mut progress, NOW).since(NOW).0 / 1000).collect()
        };
        assert_eq!(
            pauses(|progress, now| progress.get_stuck(now, Mono(0))),
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
        );
        assert_eq!(
            pauses(|progress, now| progress.fail_lightly(key(), now)),
            [0, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
        );
    }

    #[test]
    fn b14_what_nobody_knows_how_to_settle_holds_up_no_step_that_may_be_tried_sooner() {
        for (other, until) in [(Mono(0), 15), (Mono(9000), 4), (Mono(900_000), 15)] {
            let mut progress = Progress::default();
            for _ in 0..10 {
                progress.get_stuck(NOW, Mono(0));
            }
            assert_eq!(
                progress.get_stuck(NOW, other).since(NOW).0.div_ceil(1000).min(15),
                until,
                "{other:?}"
            );
            let mut out = Outbox::new(Now { mono: NOW, wall: Wall(0) }, 1);
            progress.refuse(CaseId(1), "entry", key(), &Failure::of("400"), &mut out);
            assert!(progress.get_stuck(NOW, other) <= Mono(10_000), "{other:?}");
            assert!(progress.ready_at() > Some(NOW));
        }
    }

    #[test]
    fn b14_a_success_begins_the_pauses_anew_and_a_change_ends_the_present_one() {
        let mut progress = Progress::default();
        progress.fail_lightly(key(), NOW);
        progress.get_stuck(NOW, Mono(0));
        progress.try_at_once();
        assert_eq!(progress.ready_at(), Some(Mono(0)));
        assert!(!progress.is_first_try(key()));
        assert_eq!(progress.fail_lightly(key(), NOW), Mono(7000), "the second in a row");
        let other = StepKey::lookup(SourceId { case: CaseId(2), opened: None });
        progress.take(other, Effect::Changes, NOW);
        assert!(progress.is_first_try(other) && progress.ready_at() == Some(Mono(0)));
        assert!(!progress.is_first_try(key()), "what went well was another step");
        progress.take(key(), Effect::Changes, NOW);
        assert!(progress.is_first_try(key()));
        assert_eq!(progress.get_stuck(NOW, Mono(0)), Mono(7000), "that goes on until both sides agree");
        progress.succeed(NOW);
        assert_eq!(progress.get_stuck(NOW, Mono(0)), Mono(6000));
    }

    #[test]
    fn b51_what_may_still_be_under_way_is_waited_for_whatever_goes_well() {
        let mut progress = Progress::default();
        progress.wait_until(Mono(9000));
        progress.wait_until(Mono(8000));
        progress.succeed(NOW);
        progress.try_at_once();
        assert_eq!(progress.ready_at(), Some(Mono(9000)));
    }

    #[test]
    fn a_write_waits_for_three_readings_in_a_row_and_not_for_a_fourth() {
        let mut progress = Progress::default();
        for _ in 0..2 {
            let waits: Vec<bool> = (0..5).map(|_| progress.wait_for_reading()).collect();
            assert_eq!(waits, [true, true, true, false, false]);
            progress.stop_waiting();
        }
    }

    #[test]
    fn b14_a_trouble_is_told_once_until_both_sides_agree() {
        let mut progress = Progress::default();
        let mut out = Outbox::new(Now { mono: NOW, wall: Wall(0) }, 1);
        for (reason, told) in [("413", 1), ("413", 0), ("500", 1)] {
            progress.set_aside(CaseId(1), reason, &mut out);
            assert_eq!(core::iter::from_fn(|| out.poll_action()).count(), told, "{reason}");
        }
        progress.go_on();
        assert_eq!(progress.trouble(), Some("500"));
        progress.succeed(NOW);
        assert_eq!(progress.trouble(), None);
    }

    #[test]
    fn b50_only_a_write_to_zino_ends_with_the_session() {
        for (server, ended) in [(Server::Argus, false), (Server::Zino, true)] {
            let mut progress = Progress::default();
            progress.begin(server, key());
            let gone = progress.end_session().is_some();
            assert_eq!((gone, progress.is_busy()), (ended, !ended), "{server:?}");
        }
    }

    #[test]
    fn b14_a_write_that_was_taken_begins_the_pauses_anew_and_so_does_agreement() {
        let write = |progress: &mut Progress| progress.take(key(), Effect::Changes, NOW);
        for all_is_well in [write, (|progress| progress.succeed(NOW)) as fn(&mut Progress)] {
            let mut progress = Progress::default();
            progress.fail_lightly(key(), NOW);
            progress.fail_lightly(key(), NOW);
            progress.get_stuck(NOW, Mono(0));
            all_is_well(&mut progress);
            assert!(progress.is_first_try(key()) && progress.ready_at() == Some(Mono(0)));
        }
    }

    #[test]
    fn b14_a_change_of_the_case_ends_every_pause_and_forgets_no_failure() {
        let mut progress = Progress::default();
        progress.fail_lightly(key(), NOW);
        progress.fail_lightly(key(), NOW);
        progress.get_stuck(NOW, Mono(0));
        progress.try_at_once();
        assert_eq!(progress.ready_at(), Some(Mono(0)));
        assert_eq!(progress.fail_lightly(key(), NOW), Mono(9000), "the third in a row");
    }

    #[test]
    fn b14_a_reading_that_succeeds_is_no_longer_refused_and_forgives_nothing_else() {
        let other = StepKey::lookup(SourceId { case: CaseId(2), opened: None });
        let mut out = Outbox::new(Now { mono: NOW, wall: Wall(0) }, 1);
        let mut progress = Progress::default();
        progress.refuse(CaseId(1), "reading of the incident", key(), &Failure::of("404"), &mut out);
        progress.refuse(CaseId(1), "reading of the incident", other, &Failure::of("500"), &mut out);
        progress.take(key(), Effect::Reads, NOW);
        assert_eq!((progress.refusals().count(key()), progress.refusals().count(other)), (0, 1));
        assert_eq!(progress.trouble(), Some("500"));
    }

    #[test]
    fn b14_nothing_is_refused_and_nothing_was_waited_for_once_both_sides_agree() {
        let mut out = Outbox::new(Now { mono: NOW, wall: Wall(0) }, 1);
        let mut progress = Progress::default();
        progress.refuse(CaseId(1), "incident", key(), &Failure::of("400"), &mut out);
        assert_eq!((0..9).filter(|_| progress.wait_for_reading()).count(), 3);
        progress.succeed(NOW);
        assert_eq!((progress.trouble(), progress.refusals().is_empty()), (None, true));
        assert!(progress.wait_for_reading());
    }

    #[test]
    fn b14_what_the_server_says_to_have_added_is_remembered_where_that_can_be_contradicted() {
        for reads_back in [false, true] {
            let mut progress = Progress::default();
            if reads_back {
                progress.read_back();
            }
            progress.take(key(), Effect::Adds, NOW);
            progress.succeed(NOW);
            assert_eq!(progress.refusals().had_no_effect(key()), reads_back);
            progress.begin_anew(NOW);
            assert!(!progress.refusals().had_no_effect(key()));
        }
    }

    #[test]
    fn b14_a_reading_of_events_makes_room_after_a_second_and_not_a_fourth_time_before_one_has_succeeded() {
        let mut progress = Progress::default();
        progress.begin(Server::Argus, key());
        assert_eq!(progress.ready_at(), None, "any other step");
        for _ in 0..2 {
            let mut yields = Vec::new();
            for _ in 0..4 {
                progress.end();
                progress.begin(Server::Argus, key());
                progress.yield_to_others(NOW);
                yields.push(progress.ready_at());
                progress.begin(Server::Argus, key());
                assert_eq!(progress.ready_at(), None);
            }
            assert_eq!(yields, [Some(Mono(6000)), Some(Mono(6000)), Some(Mono(6000)), None]);
            progress.read_back();
        }
    }
}
