//! What the plots of the page show: the last two hours, in a ring (behaviour B70).

use crate::driver::Question;
use core::time::Duration;
use glue_proto::{Counters, Daemon, DeliveryTimes, Histogram, Millis, RequestOutcome};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

/// How long a point stands for.
const INTERVAL: Duration = Duration::from_secs(30);
/// How many there are: two hours of them. Each is 80 bytes, so that all take 19 KiB.
pub(super) const MOST_POINTS: usize = 240;

/// What happened in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Point {
    /// Deliveries to Argus.
    pub(super) to_argus: Delivered,
    /// Deliveries to Zino.
    pub(super) to_zino: Delivered,
    /// Requests that were carried out.
    pub(super) requests: u32,
    /// Requests that were not.
    pub(super) failures: u32,
    /// Probes that the primary has answered.
    pub(super) probes_answered: u32,
    /// Probes that it has not.
    pub(super) probes_failed: u32,
}

/// How long deliveries took, where there were any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Delivered {
    pub(super) p50: Option<Millis>,
    pub(super) p95: Option<Millis>,
}

/// The points, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Arc<Mutex<VecDeque<Point>>>);

impl History {
    /// Adds a point now and then, for as long as the loop turns.
    pub(crate) async fn keep(self, questions: mpsc::Sender<Question<Daemon>>) {
        let mut before = Totals::default();
        loop {
            sleep(INTERVAL).await;
            let (answer, answered) = oneshot::channel();
            let question = move |daemon: &Daemon, _| {
                // At the end of the process nobody waits for it any more.
                let _ = answer.send(Totals::of(daemon.inspect().counters()));
            };
            if questions.send(Box::new(question)).await.is_err() {
                return;
            }
            let Ok(now) = answered.await else { return };
            self.push(now.since(&before));
            before = now;
        }
    }

    /// Returns the points, the oldest first.
    pub(super) fn points(&self) -> Vec<Point> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    fn push(&self, point: Point) {
        let mut points = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if points.len() >= MOST_POINTS {
            points.pop_front();
        }
        points.push_back(point);
    }
}

/// What was counted up to a moment.
#[derive(Clone, Debug, Default)]
struct Totals {
    deliveries: DeliveryTimes,
    requests: u64,
    failures: u64,
    probes_answered: u64,
    probes_failed: u64,
}

impl Totals {
    fn of(counters: &Counters) -> Self {
        let is_ok = |outcome| outcome == RequestOutcome::Ok;
        let sum = |ok: bool| {
            let rows = counters.requests.iter().filter(|row| is_ok(row.outcome) == ok);
            rows.map(|row| row.count).sum()
        };
        Self {
            deliveries: counters.deliveries.clone(),
            requests: sum(true),
            failures: sum(false),
            probes_answered: counters.probes_answered,
            probes_failed: counters.probes_failed,
        }
    }

    fn since(&self, before: &Self) -> Point {
        let count = |now: u64, before: u64| u32::try_from(now.saturating_sub(before)).unwrap_or(u32::MAX);
        Point {
            to_argus: Delivered::of(&self.deliveries.to_argus.since(&before.deliveries.to_argus)),
            to_zino: Delivered::of(&self.deliveries.to_zino.since(&before.deliveries.to_zino)),
            requests: count(self.requests, before.requests),
            failures: count(self.failures, before.failures),
            probes_answered: count(self.probes_answered, before.probes_answered),
            probes_failed: count(self.probes_failed, before.probes_failed),
        }
    }
}

impl Delivered {
    fn of(histogram: &Histogram) -> Self {
        Self { p50: histogram.percentile(50), p95: histogram.percentile(95) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::{Now, Settings};

    #[test]
    fn b70_two_hours_of_points_are_kept_in_the_memory_that_is_promised() {
        assert_eq!(INTERVAL.as_secs() * u64::try_from(MOST_POINTS).unwrap(), 2 * 3600);
        assert_eq!(size_of::<Point>(), 80);
        let history = History::default();
        for requests in 0..1000 {
            history.push(Point { requests, ..Point::default() });
        }
        let points = history.points();
        assert_eq!((points.len(), points[0].requests, points[239].requests), (240, 760, 999));
    }

    #[test]
    fn b70_a_point_says_what_happened_since_the_one_before() {
        let before = Totals { requests: 5, probes_failed: 1, ..Totals::default() };
        let now = Totals { requests: 7, failures: 2, probes_failed: 1, ..Totals::default() };
        let expected = Point { requests: 2, failures: 2, ..Point::default() };
        assert_eq!(now.since(&before), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn b70_points_are_added_until_the_loop_ends() {
        let (ask, mut questions) = mpsc::channel::<Question<Daemon>>(1);
        let history = History::default();
        let keeping = tokio::spawn(history.clone().keep(ask));
        let daemon = Daemon::new(Settings::example(), Now::default(), 1);
        for _ in 0..3 {
            questions.recv().await.expect("it asks")(&daemon, Now::default());
        }
        drop(questions);
        keeping.await.expect("it does not panic");
        assert_eq!(history.points(), [Point::default(); 3]);
    }
}
