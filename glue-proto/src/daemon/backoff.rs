//! Exponential backoff with seeded jitter.

use crate::face::{Millis, Seed};

/// Jitter moves a delay by up to a tenth of it, either way (behaviour B50).
const JITTER_PART: u64 = 10;

/// How long to wait before the next attempt: twice as long each time, up to a cap.
///
/// The owner calls [`Backoff::next`] after a failure and [`Backoff::reset`] once all is well; when that is, is the
/// owner's business (behaviour B50: after 60 s of health).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Backoff {
    first: Millis,
    cap: Millis,
    /// The delay that comes next, before jitter.
    coming: Millis,
}

impl Backoff {
    /// Begins with a delay of `first`; no delay is longer than `cap` but for the jitter. A `first` above the cap is
    /// the cap.
    pub(super) fn new(first: Millis, cap: Millis) -> Self {
        let first = first.min(cap);
        Self { first, cap, coming: first }
    }

    /// Returns the delay before the next attempt, and doubles the one after it.
    ///
    /// With a seed the delay is moved by up to 10 % either way, so that daemons that failed together do not come back
    /// together; the delay after it is the double of the unmoved one. Without a seed nothing is drawn.
    pub(super) fn next(&mut self, jitter: Option<&mut Seed>) -> Millis {
        let delay = self.coming;
        self.coming = delay.times(2).min(self.cap);
        let Some(seed) = jitter else {
            return delay;
        };
        let part = delay.0 / JITTER_PART;
        // Neither sum overflows: part is a tenth of the delay, and a cap near the end of u64 saturates.
        let drawn = seed.below(part.saturating_mul(2).saturating_add(1));
        Millis((delay.0 - part).saturating_add(drawn))
    }

    /// Begins anew: the next delay is the first one.
    pub(super) const fn reset(&mut self) {
        self.coming = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn delays(first: u64, cap: u64, count: usize) -> Vec<u64> {
        let mut backoff = Backoff::new(Millis::from_secs(first), Millis::from_secs(cap));
        (0..count).map(|_| backoff.next(None).0 / 1000).collect()
    }

    #[test]
    fn b50_delays_double_up_to_the_cap() {
        assert_eq!(delays(5, 300, 9), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(delays(1, 60, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(delays(9, 3, 3), [3, 3, 3]);
    }

    #[test]
    fn b50_health_starts_the_delays_anew() {
        let mut backoff = Backoff::new(Millis::from_secs(5), Millis::from_secs(300));
        let mut untouched = backoff.clone();
        for _ in 0..7 {
            backoff.next(None);
        }
        backoff.reset();
        assert_eq!(backoff.next(None), untouched.next(None));
    }

    #[test]
    fn b50_jitter_reaches_both_ends() {
        let mut seed = Seed::new(3);
        let drawn: Vec<u64> =
            (0..2000).map(|_| Backoff::new(Millis(100), Millis(100)).next(Some(&mut seed)).0).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&90), Some(&110)));
    }

    proptest! {
        #[test]
        fn b50_jitter_is_at_most_a_tenth(first: u64, cap: u64, seed: u64, steps in 0..80_u32) {
            let mut seed = Seed::new(seed);
            let mut plain = Backoff::new(Millis(first), Millis(cap));
            let mut moved = plain.clone();
            for _ in 0..steps {
                let (exact, near) = (plain.next(None).0, moved.next(Some(&mut seed)).0);
                prop_assert!(near.abs_diff(exact) <= exact / 10);
            }
        }
    }
}
