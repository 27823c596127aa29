//! How long the machine takes for an input (behaviour B71).

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;

/// The bounds of the histogram, microseconds: from 10 us, which most inputs stay below, to 1 s.
const BOUNDS: [u64; 11] = [10, 25, 50, 100, 250, 500, 1_000, 5_000, 25_000, 100_000, 1_000_000];

/// The times, counted by how long they are. A clone counts together with the original.
#[derive(Clone, Debug, Default)]
pub struct HandleTimes(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// How many lie at or below each of the bounds and above the one before.
    within: [AtomicU64; BOUNDS.len()],
    /// How many are longer than all bounds.
    longer: AtomicU64,
    /// All of them together, nanoseconds.
    sum: AtomicU64,
}

/// A histogram, as it was at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Each bound in seconds, the last without one, with the number of times at or below it and above the one before.
    pub buckets: Vec<(f64, u64)>,
    /// All times together, seconds.
    pub sum: f64,
}

impl HandleTimes {
    /// Counts one.
    pub(crate) fn record(&self, took: Duration) {
        let counts = &*self.0;
        let within = BOUNDS.iter().position(|bound| took <= Duration::from_micros(*bound));
        let count = within.and_then(|index| counts.within.get(index)).unwrap_or(&counts.longer);
        count.fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        counts.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Returns what was counted so far.
    #[must_use]
    pub fn histogram(&self) -> Histogram {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let bounds = BOUNDS.iter().map(|bound| Duration::from_micros(*bound).as_secs_f64());
        let within = bounds.zip(self.0.within.iter().map(read));
        let buckets = within.chain([(f64::INFINITY, read(&self.0.longer))]).collect();
        Histogram { buckets, sum: Duration::from_nanos(read(&self.0.sum)).as_secs_f64() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b71_each_time_counts_at_the_first_bound_that_it_does_not_exceed() {
        let times = HandleTimes::default();
        for micros in [0, 10, 11, 1_000_000, 1_000_001] {
            times.clone().record(Duration::from_micros(micros));
        }
        let Histogram { buckets, sum } = times.histogram();
        assert_eq!((buckets[0], buckets[1]), ((0.000_01, 2), (0.000_025, 1)));
        assert_eq!((buckets[10], buckets[11]), ((1.0, 1), (f64::INFINITY, 1)));
        assert!((sum - 2.000_022).abs() < 1e-9, "{sum}");
    }
}
