//! One incident about ourselves: what is known of it, and what is to be done next (behaviour B80).

use crate::daemon::exchange::Answer;
use crate::daemon::retry::{FIRST_LOOK, IN_OUTAGE, KEPT, LASTING, Retry};
use crate::face::Mono;
use crate::model::{EndTime, Incident};
use crate::wire::argus::{ArgusError, Page, Reply};
use alloc::boxed::Box;
use alloc::string::{String, ToString};

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// Argus does not have it.
    Missing,
    /// Something may have been written that nobody has seen the effect of (behaviour B13).
    InDoubt {
        wrote: Wrote,
        /// When nothing of it can be under way any more.
        over_by: Mono,
    },
    /// It is open.
    Open { pk: u64 },
    /// It is over: we have ended it, or a person has closed or deleted it.
    Over,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Wrote {
    Creation,
    End,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Create,
    LookUp,
    End { pk: u64 },
}

/// What has changed in Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::daemon) enum Effect {
    Opened(Box<Incident>),
    Ended { pk: u64 },
}

/// The incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Item {
    state: State,
    retry: Retry,
    /// That Argus refuses a step has been told.
    is_told: bool,
}

/// Returns the next step for an incident, `is_wanted` or not.
const fn next_step(state: State, is_wanted: bool) -> Option<Step> {
    match (state, is_wanted) {
        (State::InDoubt { .. }, _) => Some(Step::LookUp),
        (State::Missing, true) => Some(Step::Create),
        (State::Open { pk }, false) => Some(Step::End { pk }),
        // What a person has closed stays closed as long as the same trouble lasts.
        (State::Missing, false) | (State::Open { .. }, true) | (State::Over, _) => None,
    }
}

impl Item {
    /// Makes one of which this is known.
    pub(super) fn new(state: State) -> Self {
        let mut item = Self { state, retry: Retry::default(), is_told: false };
        if let State::InDoubt { over_by, .. } = state {
            item.retry.wait_until(over_by);
        }
        item
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// Tells whether it is open, or may be.
    pub(super) const fn is_live(&self) -> bool {
        matches!(self.state, State::Open { .. } | State::InDoubt { .. })
    }

    /// Returns how often in a row something about it has failed.
    pub(super) const fn failures(&self) -> u32 {
        self.retry.failures()
    }

    /// A step was refused: tells whether that is to be told, once as long as it goes on.
    pub(super) const fn tells_refusal(&mut self) -> bool {
        !core::mem::replace(&mut self.is_told, true)
    }

    /// Returns the next step, if it is due.
    pub(super) fn due(&self, is_wanted: bool, now: Mono) -> Option<Step> {
        next_step(self.state, is_wanted).filter(|_| self.retry.until() <= now)
    }

    /// Tells whether it is worth remembering where it is not wanted. An end without effect is not to be sent again and again:
    /// it is remembered for a while (behaviour B14).
    pub(super) fn is_kept(&self, now: Mono) -> bool {
        match self.state {
            State::Missing => false,
            State::Over => now.since(self.retry.until()) < KEPT,
            State::InDoubt { .. } | State::Open { .. } => true,
        }
    }

    /// A listing shows that it is open. What is in doubt is looked up all the same.
    pub(super) const fn show(&mut self, pk: u64) {
        if !matches!(self.state, State::InDoubt { .. }) {
            self.state = State::Open { pk };
        }
    }

    /// A listing does not show it.
    pub(super) const fn miss(&mut self) {
        if matches!(self.state, State::Open { .. }) {
            self.state = State::Over;
        }
    }

    /// Takes in what became of a step that began at `began`; a write of it cannot be under way any more at `over_by`. Returns
    /// what it has changed, or why it was refused.
    pub(super) fn answered(
        &mut self,
        step: Step,
        answer: Answer,
        (began, over_by): (Mono, Mono),
        now: Mono,
    ) -> Result<Option<Effect>, String> {
        match (step, answer) {
            (Step::LookUp, Answer::Reply(Reply::Page(page))) => Ok(self.looked_up(page, began, now)),
            (Step::Create, Answer::Reply(Reply::Created(incident))) => Ok(Some(self.open(incident))),
            // Should it have no effect, the next one waits for longer.
            (Step::End { pk }, Answer::Reply(Reply::Posted(_)) | Answer::Refused(ArgusError::Missing)) => {
                self.retry.failed(&LASTING, now);
                Ok(Some(self.end(pk)))
            }
            (_, Answer::Reply(_)) => Err(self.fail("the answer makes no sense", now)),
            (Step::Create, Answer::Refused(ArgusError::Duplicate)) => {
                self.doubt(step, now);
                self.retry.failed(&LASTING, now);
                Ok(None)
            }
            (_, Answer::Refused(error)) => {
                if error.is_ambiguous() {
                    self.doubt(step, over_by);
                }
                Err(self.fail(&error.to_string(), now))
            }
            (_, Answer::Postponed { ambiguous, .. }) => {
                if ambiguous {
                    self.doubt(step, over_by);
                }
                self.retry.wait_until(now + IN_OUTAGE);
                Ok(None)
            }
            (_, Answer::Lost { .. }) => {
                self.doubt(step, over_by);
                self.retry.failed(&LASTING, now);
                self.retry.wait_until(now + FIRST_LOOK);
                Ok(None)
            }
        }
    }

    fn fail(&mut self, reason: &str, now: Mono) -> String {
        self.retry.failed(&LASTING, now);
        reason.to_string()
    }

    /// A write may have been carried out. A lookup leaves things as they are.
    const fn doubt(&mut self, step: Step, over_by: Mono) {
        let wrote = match step {
            Step::Create => Wrote::Creation,
            Step::End { .. } => Wrote::End,
            Step::LookUp => return,
        };
        self.state = State::InDoubt { wrote, over_by };
    }

    fn open(&mut self, incident: Incident) -> Effect {
        *self = Self::new(State::Open { pk: incident.pk });
        Effect::Opened(Box::new(incident))
    }

    const fn end(&mut self, pk: u64) -> Effect {
        self.state = State::Over;
        Effect::Ended { pk }
    }

    /// An effect that is there is seen early; from one that is missing nothing is concluded before nothing of the write can be
    /// under way any more (behaviour B51).
    fn looked_up(&mut self, page: Page, began: Mono, now: Mono) -> Option<Effect> {
        let State::InDoubt { wrote, over_by } = self.state else { return None };
        let is_settled = began >= over_by;
        if page.rows.is_empty() && !page.bad_rows.is_empty() {
            self.retry.failed(&LASTING, now);
            return None;
        }
        let row = page.rows.into_iter().next();
        let is_open = row.as_ref().is_some_and(|row| row.end_time == EndTime::Infinity);
        match (row, wrote) {
            (Some(row), Wrote::Creation) if is_open => Some(self.open(row)),
            (Some(row), Wrote::End) if is_open && is_settled => {
                // The next end waits for longer than the one without effect.
                self.state = State::Open { pk: row.pk };
                None
            }
            (Some(row), _) if !is_open => Some(self.end(row.pk)),
            (None, Wrote::End) => {
                self.state = State::Over;
                None
            }
            (None, Wrote::Creation) if is_settled => {
                self.state = State::Missing;
                None
            }
            (_, _) => {
                self.retry.wait_until(over_by);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::incident;
    use crate::face::Millis;
    use crate::model::{Actor, Event, EventType};
    use alloc::format;
    use alloc::vec::Vec;

    const OPEN: State = State::Open { pk: 1007 };
    const END: Step = Step::End { pk: 1007 };
    const OVER_BY: Mono = Mono(40_000);

    const fn in_doubt(wrote: Wrote) -> State {
        State::InDoubt { wrote, over_by: OVER_BY }
    }

    fn posted() -> Answer {
        let actor = Actor { pk: 7, name: "zinoargus".into() };
        let event =
            Event { pk: 1, actor, at: 60, received: 60, event_type: EventType::End, description: "x".into() };
        Answer::Reply(Reply::Posted(event))
    }

    /// A lookup that finds an incident that is open, or one that has ended, or none.
    fn found(end_time: Option<EndTime>) -> Answer {
        let row = end_time.map(|end_time| Incident { end_time, ..incident(7, 50) });
        Answer::Reply(Reply::Page(Page { rows: row.into_iter().collect(), ..Page::default() }))
    }

    fn refused(status: u16) -> Answer {
        let reason = String::new();
        Answer::Refused(if status < 500 {
            ArgusError::Refused { status, reason }
        } else {
            ArgusError::Server { status, reason }
        })
    }

    #[test]
    fn b80_the_next_step_follows_from_what_is_known_and_from_what_is_wanted() {
        for (state, wanted, unwanted) in [
            (State::Missing, Some(Step::Create), None),
            (in_doubt(Wrote::Creation), Some(Step::LookUp), Some(Step::LookUp)),
            (in_doubt(Wrote::End), Some(Step::LookUp), Some(Step::LookUp)),
            (OPEN, None, Some(END)),
            (State::Over, None, None),
        ] {
            assert_eq!((next_step(state, true), next_step(state, false)), (wanted, unwanted), "{state:?}");
        }
    }

    /// What is known after a step that began at 5 s was answered at 6 s, and for how many milliseconds nothing follows.
    fn after(before: State, step: Step, answer: Answer, began: Mono) -> (State, u64) {
        let mut item = Item::new(before);
        item.retry = Retry::default();
        let now = began + Millis(1000);
        let _effect = item.answered(step, answer, (began, OVER_BY), now);
        (item.state, item.retry.until().since(now).0)
    }

    #[test]
    fn b13_b80_each_answer_says_what_is_known_and_when_to_go_on() {
        let postponed = |ambiguous| Answer::Postponed { ambiguous, at_work: ambiguous };
        let created = || Answer::Reply(Reply::Created(incident(7, 50)));
        let lost = || Answer::Lost { cut: true };
        let duplicate = Answer::Refused(ArgusError::Duplicate);
        let (creation, end) = (in_doubt(Wrote::Creation), in_doubt(Wrote::End));
        for (before, step, answer, expected) in [
            (State::Missing, Step::Create, created(), (OPEN, 0)),
            (State::Missing, Step::Create, refused(400), (State::Missing, 1_000)),
            (State::Missing, Step::Create, refused(500), (creation, 1_000)),
            (State::Missing, Step::Create, lost(), (creation, 2_000)),
            (State::Missing, Step::Create, postponed(false), (State::Missing, 5_000)),
            (State::Missing, Step::Create, postponed(true), (creation, 5_000)),
            (State::Missing, Step::Create, Answer::Reply(Reply::Beat), (State::Missing, 1_000)),
            (OPEN, END, posted(), (State::Over, 1_000)),
            (OPEN, END, Answer::Refused(ArgusError::Missing), (State::Over, 1_000)),
            (OPEN, END, refused(405), (OPEN, 1_000)),
            (OPEN, END, refused(502), (end, 1_000)),
            (OPEN, END, lost(), (end, 2_000)),
            (OPEN, END, postponed(true), (end, 5_000)),
            (creation, Step::LookUp, lost(), (creation, 2_000)),
            (creation, Step::LookUp, refused(500), (creation, 1_000)),
        ] {
            let shown = format!("{before:?} {step:?} {answer:?}");
            assert_eq!(after(before, step, answer, Mono(5_000)), expected, "{shown}");
        }
        // Where it exists already, nobody is at work on it any more.
        let state = State::InDoubt { wrote: Wrote::Creation, over_by: Mono(6_000) };
        assert_eq!(after(State::Missing, Step::Create, duplicate, Mono(5_000)), (state, 1_000));
    }

    #[test]
    fn b13_b80_an_effect_that_is_there_is_seen_early_and_one_that_is_missing_only_late() {
        let (infinity, ended) = (Some(EndTime::Infinity), Some(EndTime::At(60)));
        for (wrote, row, early, late) in [
            (Wrote::Creation, infinity, OPEN, OPEN),
            (Wrote::Creation, None, in_doubt(Wrote::Creation), State::Missing),
            (Wrote::Creation, ended, State::Over, State::Over),
            (Wrote::End, infinity, in_doubt(Wrote::End), OPEN),
            (Wrote::End, None, State::Over, State::Over),
            (Wrote::End, ended, State::Over, State::Over),
        ] {
            let look = |began| after(in_doubt(wrote), Step::LookUp, found(row), began);
            assert_eq!((look(Mono(5_000)).0, look(OVER_BY).0), (early, late), "{wrote:?} {row:?}");
            if early == in_doubt(wrote) {
                assert_eq!(look(Mono(5_000)).1, 34_000, "then it is looked up once more");
            }
        }
        let bad = crate::wire::argus::BadRow { pk: None, source_incident_id: None, reason: "x".into() };
        let page = Page { bad_rows: Vec::from([bad]), ..Page::default() };
        let unreadable = Answer::Reply(Reply::Page(page));
        let state = in_doubt(Wrote::Creation);
        assert_eq!(after(state, Step::LookUp, unreadable, OVER_BY), (state, 1_000), "that is no proof");
    }

    #[test]
    fn b14_b80_an_end_without_effect_is_sent_again_after_longer_and_longer_pauses() {
        let mut item = Item::new(OPEN);
        let mut now = Mono(0);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert_eq!(item.due(false, now), Some(END));
            assert!(item.answered(END, posted(), (now, now), now).is_ok());
            item.show(1007);
            pauses.push(item.retry.until().since(now).0 / 1000);
            now = item.retry.until();
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn b14_b80_a_refusal_is_told_once_until_something_succeeds() {
        let mut item = Item::new(State::Missing);
        let told = |item: &mut Item| {
            item.answered(Step::Create, refused(400), (Mono(0), Mono(0)), Mono(0)).is_err()
                && item.tells_refusal()
        };
        assert_eq!([told(&mut item), told(&mut item)], [true, false]);
        let created = Answer::Reply(Reply::Created(incident(7, 50)));
        assert!(item.answered(Step::Create, created, (Mono(0), Mono(0)), Mono(0)).is_ok());
        assert!(told(&mut item));
    }

    #[test]
    fn b80_what_is_over_is_remembered_for_a_while() {
        for (state, early, late) in
            [(State::Missing, false, false), (State::Over, true, false), (OPEN, true, true)]
        {
            let item = Item::new(state);
            assert_eq!(
                (item.is_kept(Mono(899_000)), item.is_kept(Mono(900_000))),
                (early, late),
                "{state:?}"
            );
        }
    }
}
