//! How many incidents of ours there are, kept by the only writer of what it counts.

use crate::model::{EndTime, Incident};
use crate::wire::argus::Filter;

/// How many incidents are open, open and acknowledged, and open with a ticket (behaviour B11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tally {
    open: usize,
    acked: usize,
    ticketed: usize,
}

/// Tells whether an incident is one of those that a filter lets through.
pub(super) fn is_among(incident: &Incident, filter: Filter) -> bool {
    incident.end_time == EndTime::Infinity
        && match filter {
            Filter::Open => true,
            Filter::Acked => incident.acked,
            Filter::Ticketed => !incident.ticket_url.is_empty(),
        }
}

impl Tally {
    /// Counts some incidents.
    pub(super) fn of<'a>(incidents: impl Iterator<Item = &'a Incident>) -> Self {
        let mut tally = Self::default();
        for incident in incidents {
            tally.open += usize::from(is_among(incident, Filter::Open));
            tally.acked += usize::from(is_among(incident, Filter::Acked));
            tally.ticketed += usize::from(is_among(incident, Filter::Ticketed));
        }
        tally
    }

    /// Takes in that what was `before` is `after`.
    pub(super) const fn replace(&mut self, before: Self, after: Self) {
        self.open = self.open + after.open - before.open;
        self.acked = self.acked + after.acked - before.acked;
        self.ticketed = self.ticketed + after.ticketed - before.ticketed;
    }

    /// Returns how many a filter lets through.
    pub(super) const fn get(&self, filter: Filter) -> usize {
        match filter {
            Filter::Open => self.open,
            Filter::Acked => self.acked,
            Filter::Ticketed => self.ticketed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::incident;

    #[test]
    fn b11_only_open_incidents_are_counted() {
        let acked = Incident { acked: true, ..incident(1, 50) };
        let ticketed = Incident { ticket_url: "https://tickets.example.org/7".into(), ..incident(2, 50) };
        let ended = Incident { end_time: EndTime::At(60), ..acked.clone() };
        let tally = Tally::of([&acked, &ticketed, &ended].into_iter());
        let counts = [Filter::Open, Filter::Acked, Filter::Ticketed].map(|filter| tally.get(filter));
        assert_eq!(counts, [2, 1, 1]);
        let mut sum = tally;
        sum.replace(Tally::of([&ticketed].into_iter()), Tally::default());
        assert_eq!(sum, Tally::of([&acked].into_iter()));
    }
}
