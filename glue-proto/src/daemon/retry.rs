//! When to try again: every backoff of the machine.

use crate::face::{Millis, Mono, Seed};

/// The pauses after what may never pass, such as a step that a server refuses (behaviour B14).
pub(super) const LASTING: Pauses = Pauses::up_to(LONGEST);
/// For how long it is remembered what a server has taken, should it be wanted again: as long as the longest of them.
pub(super) const KEPT: Millis = LONGEST;
/// How soon it is looked for what a write has done that was not answered (behaviour B51).
pub(super) const FIRST_LOOK: Millis = Millis::from_secs(2);
/// The pause after what failed while the server is out of reach: what else waits may be what finds out that it is back
/// (behaviour B51).
pub(super) const IN_OUTAGE: Millis = Millis::from_secs(5);

const LONGEST: Millis = Millis::from_secs(15 * 60);
/// Jitter moves a pause by up to a tenth of it, either way (behaviour B50).
const JITTER_PART: u64 = 10;

/// How long the pauses are: the first, and the longest. Each is twice as long as the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pauses {
    first: Millis,
    longest: Millis,
}

/// What has failed, how often in a row, and until when it is left alone. The owner calls [`Retry::failed`] after a
/// failure and [`Retry::reset`] once all is well; when that is, is the owner's business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Retry {
    failures: u32,
    until: Mono,
}

impl Pauses {
    /// Makes pauses from `first` up to `longest`.
    pub(super) const fn new(first: Millis, longest: Millis) -> Self {
        Self { first, longest }
    }

    /// Makes pauses from one second up to `longest`.
    pub(super) const fn up_to(longest: Millis) -> Self {
        Self::new(Millis::from_secs(1), longest)
    }

    /// Returns the pause after so many failures in a row.
    fn after(&self, failures: u32) -> Millis {
        let doublings = failures.saturating_sub(1);
        let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        self.first.times(factor).min(self.longest)
    }
}

impl Retry {
    /// Counts a failure. Returns when to try again.
    pub(super) fn failed(&mut self, pauses: &Pauses, now: Mono) -> Mono {
        self.failures = self.failures.saturating_add(1);
        self.again(pauses, now)
    }

    /// Counts a failure, as [`Retry::failed`]. The pause is moved by up to 10 % either way, so that daemons that failed
    /// together do not come back together. Returns the pause.
    pub(super) fn failed_with_jitter(&mut self, pauses: &Pauses, now: Mono, seed: &mut Seed) -> Millis {
        self.failures = self.failures.saturating_add(1);
        let pause = pauses.after(self.failures);
        let part = pause.0 / JITTER_PART;
        // Neither sum overflows: part is a tenth of the pause, and one near the end of u64 saturates.
        let drawn = seed.below(part.saturating_mul(2).saturating_add(1));
        let moved = Millis((pause.0 - part).saturating_add(drawn));
        self.until = now + moved;
        moved
    }

    /// Waits as long as after the last failure, without counting another one. Returns when to try again.
    pub(super) fn again(&mut self, pauses: &Pauses, now: Mono) -> Mono {
        self.until = now + pauses.after(self.failures);
        self.until
    }

    /// Waits at least until then.
    pub(super) fn wait_until(&mut self, moment: Mono) {
        self.until = self.until.max(moment);
    }

    /// Waits until then at the latest.
    pub(super) fn no_later_than(&mut self, moment: Mono) {
        self.until = self.until.min(moment);
    }

    /// Returns until when nothing is tried; a moment that has passed where nothing holds it up.
    pub(super) const fn until(&self) -> Mono {
        self.until
    }

    /// Returns how many failures in a row there were.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// Ends the pause; the next failure is still one more in the row.
    pub(super) const fn at_once(&mut self) {
        self.until = Mono(0);
    }

    /// All is well: the next failure is the first one again.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
        self.until = Mono(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn pauses(first: u64, longest: u64, count: usize) -> Vec<u64> {
        let pauses = Pauses::new(Millis::from_secs(first), Millis::from_secs(longest));
        let mut retry = Retry::default();
        (0..count).map(|_| retry.failed(&pauses, Mono(700)).since(Mono(700)).0 / 1000).collect()
    }

    #[test]
    fn b50_b51_pauses_double_up_to_the_longest() {
        assert_eq!(pauses(5, 300, 9), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(pauses(1, 60, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pauses(9, 3, 3), [3, 3, 3]);
        assert_eq!(pauses(1, 900, 100)[99], 900);
    }

    #[test]
    fn b50_health_starts_the_pauses_anew_and_impatience_does_not() {
        let pauses = Pauses::up_to(Millis::from_secs(300));
        let mut retry = Retry::default();
        for _ in 0..3 {
            retry.failed(&pauses, Mono(0));
        }
        assert_eq!((retry.failures(), retry.until()), (3, Mono(4000)));
        assert_eq!(retry.again(&pauses, Mono(1000)), Mono(5000), "no failure more");
        retry.at_once();
        assert_eq!(retry.until(), Mono(0));
        assert_eq!(retry.failed(&pauses, Mono(0)), Mono(8000), "one more in the row");
        retry.reset();
        assert_eq!(retry.failed(&pauses, Mono(0)), Mono(1000));
    }

    #[test]
    fn b50_jitter_reaches_both_ends() {
        let mut seed = Seed::new(3);
        let pauses = Pauses::new(Millis(100), Millis(100));
        let drawn: Vec<u64> =
            (0..2000).map(|_| Retry::default().failed_with_jitter(&pauses, Mono(0), &mut seed).0).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&90), Some(&110)));
    }

    proptest! {
        #[test]
        fn b50_jitter_is_at_most_a_tenth(first: u64, longest: u64, seed: u64, steps in 0..80_u32) {
            let mut seed = Seed::new(seed);
            let pauses = Pauses::new(Millis(first), Millis(longest));
            let (mut plain, mut moved) = (Retry::default(), Retry::default());
            for _ in 0..steps {
                let exact = plain.failed(&pauses, Mono(0)).0;
                let near = moved.failed_with_jitter(&pauses, Mono(0), &mut seed).0;
                prop_assert_eq!(moved.until(), Mono(near));
                prop_assert!(near.abs_diff(exact) <= exact / 10);
            }
        }
    }
}
