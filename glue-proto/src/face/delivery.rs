//! How long what has happened on one side took to be told to the other one (behaviour B71).

use super::Millis;

/// How many bounds a histogram has.
const BOUNDS: usize = 14;

/// How long deliveries took, by direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DeliveryTimes {
    /// From a change in Zino to each write of ours that Argus has carried out for it. It begins with the first notification
    /// of the change, or where there was none, with the reading that showed it.
    pub to_argus: Histogram,
    /// From what a person did in Argus to each write of ours that Zino has carried out for it. It begins when Argus took it
    /// in, as the event feed tells, to the second; without the feed, when we began to write.
    pub to_zino: Histogram,
}

/// A direction of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToArgus,
    ToZino,
}

/// Spans of time, counted by how long they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Histogram {
    /// How many lie at or below each of the bounds and above the one before.
    within: [u64; BOUNDS],
    /// How many are longer than all bounds.
    longer: u64,
    /// All of them together.
    sum: Millis,
}

impl DeliveryTimes {
    pub(crate) fn record(&mut self, direction: Direction, took: Millis) {
        match direction {
            Direction::ToArgus => self.to_argus.record(took),
            Direction::ToZino => self.to_zino.record(took),
        }
    }
}

impl Histogram {
    /// The bounds: from 10 ms to 300 s.
    pub const BOUNDS: [Millis; BOUNDS] = [
        Millis(10),
        Millis(25),
        Millis(50),
        Millis(100),
        Millis(250),
        Millis(500),
        Millis(1_000),
        Millis(2_500),
        Millis(5_000),
        Millis(10_000),
        Millis(30_000),
        Millis(60_000),
        Millis(120_000),
        Millis(300_000),
    ];

    /// Counts one.
    pub(crate) fn record(&mut self, span: Millis) {
        self.sum = self.sum + span;
        let within = Self::BOUNDS.iter().position(|bound| span <= *bound);
        let count = within.and_then(|index| self.within.get_mut(index));
        *count.unwrap_or(&mut self.longer) += 1;
    }

    /// Returns each bound with the number of spans at or below it and above the one before; without a bound, the number of
    /// those that are longer.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Millis>, u64)> {
        let within = Self::BOUNDS.into_iter().map(Some).zip(self.within);
        within.chain([(None, self.longer)])
    }

    /// Returns how many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.within.iter().sum::<u64>() + self.longer
    }

    /// Returns all of them together.
    #[must_use]
    pub const fn sum(&self) -> Millis {
        self.sum
    }

    /// Returns the span that so many of a hundred do not exceed: an estimate, as if those between two bounds lay at equal
    /// distances. The last bound stands for whatever is longer. `None` where nothing was counted.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<Millis> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let wanted = count.saturating_mul(percent.min(100)).div_ceil(100).max(1);
        let (mut below, mut least) = (0, Millis(0));
        for (bound, count) in self.buckets() {
            let Some(bound) = bound else { break };
            if count > 0 && below + count >= wanted {
                let width = bound.0 - least.0;
                return Some(Millis(least.0 + width.saturating_mul(wanted - below) / count));
            }
            (below, least) = (below + count, bound);
        }
        Some(least)
    }

    /// Returns what was counted since an earlier state of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = self.clone();
        for (count, before) in since.within.iter_mut().zip(earlier.within) {
            *count = count.saturating_sub(before);
        }
        since.longer = since.longer.saturating_sub(earlier.longer);
        since.sum = Millis(since.sum.0.saturating_sub(earlier.sum.0));
        since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spans: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        spans.into_iter().for_each(|span| histogram.record(Millis(span)));
        histogram
    }

    #[test]
    fn b71_each_span_is_counted_within_the_least_bound_that_it_does_not_exceed() {
        let histogram = of([0, 10, 11, 300_000, 300_001, u64::MAX]);
        let counts: alloc::vec::Vec<u64> = histogram.buckets().map(|(_, count)| count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!((histogram.count(), histogram.sum()), (6, Millis(u64::MAX)));
    }

    #[test]
    fn b71_a_percentile_lies_between_the_bounds_of_its_spans() {
        assert_eq!(Histogram::default().percentile(50), None);
        assert_eq!(of([7]).percentile(0), Some(Millis(10)));
        let tens = of(core::iter::repeat_n(8, 90).chain(core::iter::repeat_n(2_000, 10)));
        for (percent, expected) in [(45, 5), (50, 5), (90, 10), (95, 1_750), (100, 2_500), (999, 2_500)] {
            assert_eq!(tens.percentile(percent), Some(Millis(expected)), "{percent}");
        }
        assert_eq!(of([400_000]).percentile(50), Some(Millis(300_000)), "it is longer than that");
    }

    #[test]
    fn b71_what_was_counted_since_a_moment_is_the_difference() {
        let (before, after) = (of([5, 20]), of([5, 20, 20, 400_000]));
        assert_eq!(after.since(&before), of([20, 400_000]));
        assert_eq!(before.since(&after).count(), 0, "not another histogram, which has fewer");
    }
}
