//! Which job comes next: one place for each job, urgent ones first, and none left waiting for ever (behaviour B12).

use crate::face::Mono;
use alloc::collections::{BTreeMap, BTreeSet};

/// How much a job matters, most urgent first (behaviour B12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Urgency {
    /// Closing and creating.
    Now,
    /// History, updates, and what people in Argus did.
    Soon,
    /// Refreshing our picture of Argus.
    Later,
    /// Reading what only confirms that both sides agree.
    Background,
}

/// Every so many jobs, the one that has waited longest is taken whatever its urgency, so that no job starves.
const FAIRNESS: u32 = 8;

/// A queue in which each job stands at most once. Asking again for a job that waits changes nothing but brings it
/// forward: the earlier moment and the greater urgency stand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Queue<J> {
    ready: BTreeMap<(Urgency, u64), J>,
    by_age: BTreeMap<u64, J>,
    later: BTreeSet<(Mono, J)>,
    places: BTreeMap<J, Place>,
    next_number: u64,
    picks: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Ready { urgency: Urgency, number: u64 },
    Later { at: Mono, urgency: Urgency },
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self {
            ready: BTreeMap::new(),
            by_age: BTreeMap::new(),
            later: BTreeSet::new(),
            places: BTreeMap::new(),
            next_number: 0,
            picks: 0,
        }
    }
}

impl<J: Copy + Ord> Queue<J> {
    /// Asks for a job to be done at a moment; one that has passed means at once.
    pub(super) fn request(&mut self, job: J, urgency: Urgency, at: Mono, now: Mono) {
        match self.places.get(&job).copied() {
            None if at <= now => self.make_ready(job, urgency),
            None => self.postpone(job, urgency, at),
            Some(Place::Ready { urgency: old, number }) => {
                let urgency = urgency.min(old);
                self.ready.remove(&(old, number));
                self.ready.insert((urgency, number), job);
                self.places.insert(job, Place::Ready { urgency, number });
            }
            Some(Place::Later { at: old, urgency: wanted }) => {
                let urgency = urgency.min(wanted);
                self.later.remove(&(old, job));
                if at <= now {
                    self.make_ready(job, urgency);
                } else {
                    self.postpone(job, urgency, at.min(old));
                }
            }
        }
    }

    /// Takes the next job that is due, with the urgency under which it stood.
    pub(super) fn pop(&mut self, now: Mono) -> Option<(J, Urgency)> {
        while let Some(&(at, job)) = self.later.first()
            && at <= now
        {
            let urgency = match self.places.get(&job) {
                Some(Place::Later { urgency, .. } | Place::Ready { urgency, .. }) => *urgency,
                None => Urgency::Now,
            };
            self.later.remove(&(at, job));
            self.make_ready(job, urgency);
        }
        self.picks = (self.picks + 1) % FAIRNESS;
        let job = if self.picks == 0 {
            *self.by_age.first_key_value()?.1
        } else {
            *self.ready.first_key_value()?.1
        };
        let urgency = match self.places.get(&job) {
            Some(Place::Ready { urgency, .. } | Place::Later { urgency, .. }) => *urgency,
            None => Urgency::Now,
        };
        self.remove(job);
        Some((job, urgency))
    }

    /// Takes a job that is due out of its turn, with the urgency under which it stood.
    pub(super) fn take(&mut self, job: J, now: Mono) -> Option<Urgency> {
        let urgency = match self.places.get(&job)? {
            Place::Later { at, .. } if *at > now => return None,
            Place::Ready { urgency, .. } | Place::Later { urgency, .. } => *urgency,
        };
        self.remove(job);
        Some(urgency)
    }

    /// Forgets a job.
    pub(super) fn remove(&mut self, job: J) {
        match self.places.remove(&job) {
            Some(Place::Ready { urgency, number }) => {
                self.ready.remove(&(urgency, number));
                self.by_age.remove(&number);
            }
            Some(Place::Later { at, .. }) => {
                self.later.remove(&(at, job));
            }
            None => {}
        }
    }

    /// Forgets every job that a condition does not keep.
    pub(super) fn retain(&mut self, keep: impl Fn(J) -> bool) {
        let dropped: alloc::vec::Vec<J> = self.places.keys().copied().filter(|job| !keep(*job)).collect();
        for job in dropped {
            self.remove(job);
        }
    }

    /// Returns when the next postponed job is due.
    pub(super) fn next_due(&self) -> Option<Mono> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Tells whether some job could be taken now.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Returns how many jobs wait, postponed ones included.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    fn make_ready(&mut self, job: J, urgency: Urgency) {
        let number = self.next_number;
        self.next_number += 1;
        self.ready.insert((urgency, number), job);
        self.by_age.insert(number, job);
        self.places.insert(job, Place::Ready { urgency, number });
    }

    fn postpone(&mut self, job: J, urgency: Urgency, at: Mono) {
        self.later.insert((at, job));
        self.places.insert(job, Place::Later { at, urgency });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const T: Mono = Mono(1000);

    fn drain(queue: &mut Queue<u32>, now: Mono) -> Vec<u32> {
        core::iter::from_fn(|| queue.pop(now)).map(|(job, _)| job).collect()
    }

    #[test]
    fn b12_closing_and_creating_come_before_history_and_history_before_refresh() {
        let mut queue = Queue::default();
        for (job, urgency) in [
            (4, Urgency::Background),
            (3, Urgency::Later),
            (2, Urgency::Soon),
            (1, Urgency::Now),
            (0, Urgency::Now),
        ] {
            queue.request(job, urgency, T, T);
        }
        assert_eq!(drain(&mut queue, T), [1, 0, 2, 3, 4]);
    }

    #[test]
    fn b12_no_job_starves_behind_urgent_ones() {
        let mut queue = Queue::default();
        queue.request(0, Urgency::Background, T, T);
        for job in 1..100 {
            queue.request(job, Urgency::Now, T, T);
        }
        let order = drain(&mut queue, T);
        assert!(order.iter().position(|job| *job == 0) < Some(FAIRNESS as usize));
        assert_eq!(order.len(), 100);
    }

    #[test]
    fn b12_a_job_stands_once_and_the_earlier_request_stands() {
        let mut queue = Queue::default();
        queue.request(1, Urgency::Soon, Mono(3000), T);
        queue.request(1, Urgency::Soon, Mono(5000), T);
        assert_eq!((queue.next_due(), queue.len()), (Some(Mono(3000)), 1));
        queue.request(1, Urgency::Soon, Mono(2000), T);
        assert_eq!((queue.next_due(), queue.pop(T)), (Some(Mono(2000)), None));
        queue.request(1, Urgency::Now, T, T);
        queue.request(1, Urgency::Soon, T, T);
        assert_eq!(queue.pop(T), Some((1, Urgency::Now)));
        assert!(queue.len() == 0 && !queue.has_ready());
    }

    #[test]
    fn a_postponed_job_comes_when_it_is_due() {
        let mut queue = Queue::default();
        queue.request(1, Urgency::Later, Mono(2000), T);
        assert_eq!(queue.pop(Mono(1999)), None);
        assert_eq!(queue.pop(Mono(2000)), Some((1, Urgency::Later)));
    }

    #[test]
    fn what_is_removed_does_not_come() {
        let mut queue = Queue::default();
        for job in 0..6 {
            queue.request(job, Urgency::Now, if job % 2 == 0 { T } else { Mono(2000) }, T);
        }
        queue.retain(|job| job > 1);
        queue.remove(5);
        assert_eq!(drain(&mut queue, Mono(2000)), [2, 4, 3]);
    }

    #[test]
    fn b12_the_greater_urgency_stands_wherever_the_job_waits() {
        let mut queue = Queue::default();
        for (job, urgency) in [(1, Urgency::Later), (2, Urgency::Soon), (3, Urgency::Soon)] {
            queue.request(job, urgency, T, T);
        }
        queue.request(1, Urgency::Now, T, T);
        queue.request(3, Urgency::Later, T, T);
        queue.request(2, Urgency::Soon, T, T);
        assert_eq!(drain(&mut queue, T), [1, 2, 3]);
        for at in [1_500, 2_000, 3_000] {
            queue.request(1, Urgency::Later, Mono(2_000), T);
            queue.request(1, Urgency::Now, Mono(at), T);
            let due = Mono(at.min(2_000));
            assert_eq!((queue.next_due(), queue.len()), (Some(due), 1));
            assert_eq!(queue.pop(due), Some((1, Urgency::Now)), "{at}");
        }
        for job in 1..=3 {
            queue.request(job, Urgency::Soon, T, T);
        }
        queue.remove(2);
        assert_eq!((queue.len(), queue.has_ready()), (2, true));
    }

    #[test]
    fn only_what_is_due_is_taken_out_of_turn() {
        let mut queue = Queue::default();
        queue.request('a', Urgency::Soon, Mono(0), Mono(0));
        queue.request('b', Urgency::Now, Mono(9), Mono(0));
        for (job, at, taken) in
            [('b', 8, None), ('a', 8, Some(Urgency::Soon)), ('a', 8, None), ('b', 9, Some(Urgency::Now))]
        {
            assert_eq!(queue.take(job, Mono(at)), taken, "{job} {at}");
        }
        assert_eq!((queue.has_ready(), queue.next_due(), queue.len()), (false, None, 0));
    }
}
