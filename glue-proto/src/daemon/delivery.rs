//! What is on its way from one side to the other, since when, and how it came to be known (behaviour B71). Nothing is decided
//! from it.

use crate::face::{Direction, Millis, Mono, StepKind};
use crate::model::CaseId;
use alloc::collections::BTreeMap;
use core::hash::{Hash, Hasher};

/// The most cases that are timed at once. What happens to others beside them is told all the same, and not measured.
const MOST_CASES: usize = 10_000;

/// What is on its way. Two machines that differ in nothing else behave alike, so it is no part of the machine's hash.
#[derive(Clone, Debug, Default)]
pub(super) struct OnTheWay {
    cases: BTreeMap<CaseId, Since>,
    /// By how many milliseconds the clock of Argus is ahead of our monotonic one.
    argus_ahead: Option<i64>,
    /// Both sides have been in step since everything was read for the first time.
    is_steady: bool,
}

/// Since when something about a case is on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Since {
    /// The first and the last notification that no reading has followed yet.
    heard: Option<(Mono, Mono)>,
    /// The change in Zino that Argus does not know in full.
    change: Option<Known>,
    /// What a person did in Argus, of which Zino does not know in full.
    action: Option<Known>,
    /// What is being written to Zino.
    writing: Option<StepKind>,
    /// All was done that could be: what is left was refused, and waits for long. What comes now begins anew.
    is_left: bool,
}

/// Since when something is known, and how it came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    since: Mono,
    from: Origin,
}

/// How something came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A server has announced it.
    Event,
    /// It was read once more, and was not what it had been.
    Reading,
    /// It was read for the first time, and nobody could have announced it.
    Beginning,
}

impl OnTheWay {
    /// Both sides are in step.
    pub(super) const fn in_step(&mut self) {
        self.is_steady = true;
    }

    /// Everything is read for the first time, or compared with something new: what is found now was not missed before.
    pub(super) const fn begin_anew(&mut self) {
        self.is_steady = false;
    }

    /// Zino has announced a change of a case.
    pub(super) fn heard(&mut self, id: CaseId, now: Mono) {
        let Some(since) = self.case(id) else { return };
        since.heard = Some((since.heard.map_or(now, |(first, _)| first), now));
        if let Some(Known { from: from @ Origin::Reading, .. }) = &mut since.change {
            // The reading was a moment faster.
            *from = Origin::Event;
        }
    }

    /// A case was read; `newest` tells whether that was after its last notification.
    pub(super) fn read(&mut self, id: CaseId, newest: bool, is_changed: bool, now: Mono) {
        if !is_changed && !self.cases.contains_key(&id) {
            return;
        }
        let unannounced = Known { since: now, from: self.unannounced() };
        let Some(since) = self.case(id) else { return };
        let heard = since.heard.take();
        if !newest {
            since.heard = heard.map(|(_, last)| (last, last));
        }
        if is_changed {
            since.changed(heard.map_or(unannounced, |(first, _)| Known::announced(first)));
        }
        self.drop_idle(id);
    }

    /// Zino does not know a case any more, which may be what it has announced.
    pub(super) fn missed(&mut self, id: CaseId) {
        let Some(since) = self.cases.get_mut(&id) else { return };
        if let Some((first, _)) = since.heard.take() {
            since.changed(Known::announced(first));
        }
    }

    /// Somebody has done something to the incident of a case, at that time by the clock of Argus, Unix seconds.
    pub(super) fn acted(&mut self, id: CaseId, at: i64, now: Mono) {
        let at = self.argus_ahead.map(|ahead| at.saturating_mul(1000).saturating_sub(ahead));
        let at = at.map_or(now, |at| Mono(u64::try_from(at).unwrap_or_default()).min(now));
        let Some(since) = self.case(id) else { return };
        since.act(at);
    }

    /// Something is written to Zino, because of what somebody did in Argus.
    pub(super) fn begin_write(&mut self, id: CaseId, kind: StepKind, now: Mono) {
        let unannounced = Known { since: now, from: self.unannounced() };
        let Some(since) = self.case(id) else { return };
        since.action.get_or_insert(unannounced);
        since.writing = Some(kind);
    }

    /// Takes what was written to Zino, if that is known.
    pub(super) fn take_written(&mut self, id: CaseId) -> Option<StepKind> {
        self.cases.get_mut(&id)?.writing.take()
    }

    /// Tells whether whatever made a write about a case necessary was found by reading everything again, although somebody
    /// could have announced it.
    pub(super) fn is_unannounced(&self, id: CaseId, direction: Direction) -> bool {
        let Some(since) = self.cases.get(&id) else {
            return self.is_steady && self.cases.len() < MOST_CASES;
        };
        // What we write ourselves is announced, too.
        let cause = match direction {
            Direction::ToArgus => since.change.or(since.action),
            Direction::ToZino => since.action.or(since.change),
        };
        cause.map_or(self.is_steady && since.heard.is_none(), |cause| cause.from == Origin::Reading)
    }

    const fn unannounced(&self) -> Origin {
        if self.is_steady { Origin::Reading } else { Origin::Beginning }
    }

    /// A write about a case was carried out. Returns how long what it tells was on its way, if that is known.
    pub(super) fn took(&self, id: CaseId, direction: Direction, now: Mono) -> Option<Millis> {
        let since = self.cases.get(&id)?;
        let began = match direction {
            Direction::ToArgus => since.change,
            Direction::ToZino => since.action,
        };
        began.map(|began| now.since(began.since))
    }

    /// Both sides of a case agree.
    pub(super) fn settled(&mut self, id: CaseId) {
        let Some(since) = self.cases.get_mut(&id) else { return };
        (since.change, since.action, since.is_left) = (None, None, false);
        self.drop_idle(id);
    }

    /// Nothing can be done about a case for now but wait.
    pub(super) fn left(&mut self, id: CaseId) {
        if let Some(since) = self.cases.get_mut(&id) {
            since.is_left = true;
        }
    }

    /// Nothing is known of a case any more.
    pub(super) fn forget(&mut self, id: CaseId) {
        self.cases.remove(&id);
    }

    /// What happened so far was none of our business: it was told by another daemon.
    pub(super) fn forget_all(&mut self) {
        self.cases.clear();
        self.begin_anew();
    }

    /// The clock of Argus is so many milliseconds ahead of our monotonic one.
    pub(super) const fn set_argus_clock(&mut self, ahead: Option<i64>) {
        self.argus_ahead = ahead;
    }

    fn case(&mut self, id: CaseId) -> Option<&mut Since> {
        if self.cases.len() >= MOST_CASES && !self.cases.contains_key(&id) {
            return None;
        }
        Some(self.cases.entry(id).or_default())
    }

    fn drop_idle(&mut self, id: CaseId) {
        let is_idle = |since: &Since| (since.heard, since.change, since.action) == (None, None, None);
        if self.cases.get(&id).is_some_and(is_idle) {
            self.cases.remove(&id);
        }
    }
}

impl Since {
    fn changed(&mut self, change: Known) {
        self.begin_anew_if_left();
        self.change.get_or_insert(change);
    }

    fn act(&mut self, at: Mono) {
        self.begin_anew_if_left();
        self.action = Some(Known::announced(self.action.map_or(at, |action| action.since.min(at))));
    }

    fn begin_anew_if_left(&mut self) {
        if core::mem::take(&mut self.is_left) {
            (self.change, self.action) = (None, None);
        }
    }
}

impl Known {
    const fn announced(since: Mono) -> Self {
        Self { since, from: Origin::Event }
    }
}

impl Hash for OnTheWay {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{ToArgus, ToZino};

    const CASE: CaseId = CaseId(1);

    fn took(way: &OnTheWay, direction: Direction, now: u64) -> Option<u64> {
        way.took(CASE, direction, Mono(now)).map(|took| took.0)
    }

    #[test]
    fn b71_a_change_counts_from_its_first_notification_or_from_the_reading() {
        for (heard, expected) in [(&[][..], 100), (&[40, 60], 160)] {
            let mut way = OnTheWay::default();
            heard.iter().for_each(|at| way.heard(CASE, Mono(*at)));
            assert_eq!(took(&way, ToArgus, 90), None, "nobody knows what it was");
            way.read(CASE, true, true, Mono(100));
            assert_eq!(took(&way, ToArgus, 200), Some(expected));
            way.read(CASE, true, true, Mono(150));
            assert_eq!(took(&way, ToArgus, 200), Some(expected), "the first change is not told in full");
            way.settled(CASE);
            assert!(way.cases.is_empty());
        }
    }

    #[test]
    fn b71_what_was_announced_after_a_reading_began_counts_from_then() {
        let mut way = OnTheWay::default();
        way.heard(CASE, Mono(10));
        way.heard(CASE, Mono(50));
        way.read(CASE, false, true, Mono(60));
        way.settled(CASE);
        way.read(CASE, true, true, Mono(70));
        assert_eq!(took(&way, ToArgus, 100), Some(50));
    }

    #[test]
    fn b71_a_notification_of_nothing_new_leaves_nothing() {
        let mut way = OnTheWay::default();
        way.heard(CASE, Mono(10));
        way.read(CASE, true, false, Mono(20));
        way.read(CaseId(2), true, false, Mono(20));
        way.heard(CaseId(3), Mono(30));
        way.forget(CaseId(3));
        assert!(way.cases.is_empty());
    }

    #[test]
    fn b71_a_case_that_zino_forgot_after_saying_so_counts_from_then() {
        let mut way = OnTheWay::default();
        way.missed(CASE);
        way.heard(CASE, Mono(10));
        way.missed(CASE);
        assert_eq!(took(&way, ToArgus, 100), Some(90));
        way.forget_all();
        assert_eq!(took(&way, ToArgus, 100), None);
    }

    #[test]
    fn b71_an_action_counts_by_the_clock_of_argus_and_not_from_the_future() {
        for (ahead, at, expected) in [
            (None, 1000, 0),
            (Some(900_000), 1000, 100_000),
            (Some(0), 1000, 0),
            (Some(i64::MAX), -9, 200_000),
        ] {
            let mut way = OnTheWay::default();
            way.set_argus_clock(ahead);
            way.acted(CASE, at, Mono(200_000));
            assert_eq!(took(&way, ToZino, 200_000), Some(expected), "{ahead:?} {at}");
            way.begin_write(CASE, StepKind::Note, Mono(200_000));
            way.settled(CASE);
            assert!(way.cases.is_empty());
        }
        let mut way = OnTheWay::default();
        way.begin_write(CASE, StepKind::Note, Mono(10));
        assert_eq!((took(&way, ToZino, 15), took(&way, ToArgus, 15)), (Some(5), None));
    }

    #[test]
    fn b71_what_is_tried_again_counts_from_its_beginning_until_something_new_comes() {
        let mut way = OnTheWay::default();
        way.read(CASE, true, true, Mono(10));
        way.left(CASE);
        assert_eq!(took(&way, ToArgus, 100), Some(90));
        way.acted(CASE, 0, Mono(40));
        assert_eq!((took(&way, ToZino, 100), took(&way, ToArgus, 100)), (Some(60), None));
        way.read(CASE, true, true, Mono(90));
        assert_eq!(took(&way, ToArgus, 100), Some(10));
    }

    #[test]
    fn b71_no_more_cases_are_timed_than_there_is_room_for() {
        let mut way = OnTheWay::default();
        for id in 0..20_000 {
            way.heard(CaseId(id), Mono(1));
        }
        assert_eq!(way.cases.len(), MOST_CASES);
        way.heard(CaseId(5), Mono(2));
        way.acted(CaseId(19_999), 0, Mono(2));
        way.begin_write(CaseId(19_999), StepKind::Note, Mono(2));
        way.read(CaseId(19_999), true, true, Mono(2));
        assert_eq!(way.cases.len(), MOST_CASES);
    }

    #[test]
    fn b71_only_what_could_have_been_announced_and_was_not_is_drift() {
        let case = |heard: &[u64], is_steady: bool, late: &[u64]| {
            let mut way = OnTheWay::default();
            if is_steady {
                way.in_step();
            }
            heard.iter().for_each(|at| way.heard(CASE, Mono(*at)));
            way.read(CASE, true, true, Mono(100));
            late.iter().for_each(|at| way.heard(CASE, Mono(*at)));
            way.in_step();
            way.is_unannounced(CASE, ToArgus)
        };
        assert!(case(&[], true, &[]), "nobody has said a word");
        assert!(!case(&[50], true, &[]), "it was announced");
        assert!(!case(&[], true, &[101]), "it was announced, only the reading was faster");
        assert!(!case(&[], false, &[]), "it was read for the first time");
        assert!(!case(&[], false, &[101]));
    }

    #[test]
    fn b71_a_repair_and_what_a_person_does_are_drift_unless_an_event_told() {
        let mut way = OnTheWay::default();
        assert!(!way.is_unannounced(CASE, ToZino), "at the beginning everything is new");
        way.in_step();
        assert!(way.is_unannounced(CASE, ToZino), "a repair");
        way.begin_write(CASE, StepKind::Note, Mono(10));
        assert!(way.is_unannounced(CASE, ToZino), "found without the feed");
        assert_eq!((way.take_written(CASE), way.take_written(CASE)), (Some(StepKind::Note), None));
        way.acted(CASE, 0, Mono(11));
        assert!(!way.is_unannounced(CASE, ToZino), "the feed has told it");
        way.settled(CASE);
        way.heard(CASE, Mono(20));
        assert!(!way.is_unannounced(CASE, ToZino), "what was announced is being read");
        way.forget_all();
        assert!(!way.is_unannounced(CASE, ToZino), "after a takeover everything is new");
        way.in_step();
        (0..20_000).for_each(|id| way.heard(CaseId(id), Mono(30)));
        assert!(
            !way.is_unannounced(CaseId(19_999), ToArgus),
            "nothing is known of one for which there is no room"
        );
    }
}
