//! The two clocks, read together.

use core::time::Duration;
use glue_proto::{Mono, Now, Wall};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// As far ahead as anybody sleeps in one go: the timer cannot take just any moment, and waking up early is harmless.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Counts from the moment it was made.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// Starts the monotonic clock at zero.
    #[must_use]
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Reads both clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        let mono = Mono(u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX));
        Now { mono, wall: wall(SystemTime::now()) }
    }

    /// Returns the instant at which to wake up for a moment of the monotonic clock: that moment, or a day from now if
    /// it is further away or there is none.
    #[must_use]
    pub fn instant(&self, at: Option<Mono>) -> Instant {
        let latest = Instant::now() + LONGEST_SLEEP;
        let wanted = at.and_then(|at| self.origin.checked_add(Duration::from_millis(at.0)));
        wanted.map_or(latest, |wanted| wanted.min(latest))
    }
}

/// Converts to Unix seconds, rounded down.
pub(crate) fn wall(time: SystemTime) -> Wall {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => Wall(seconds(since)),
        Err(before) => Wall(-seconds(before.duration()) - i64::from(before.duration().subsec_nanos() > 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b15_the_wall_clock_is_rounded_down_on_both_sides_of_1970() {
        let table = [(0, 0), (999, 0), (1000, 1), (1500, 1)];
        for (millis, seconds) in table {
            assert_eq!(wall(UNIX_EPOCH + Duration::from_millis(millis)), Wall(seconds));
        }
        let table = [(1, -1), (999, -1), (1000, -1), (1001, -2)];
        for (millis, seconds) in table {
            assert_eq!(wall(UNIX_EPOCH - Duration::from_millis(millis)), Wall(seconds));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleeper_wakes_at_the_moment_asked_for_and_not_before() {
        let clock = Clock::start();
        tokio::time::sleep_until(clock.instant(Some(Mono(1234)))).await;
        assert!(clock.now().mono >= Mono(1234));
        assert_eq!(clock.instant(None), Instant::now() + LONGEST_SLEEP);
        assert_eq!(clock.instant(Some(Mono(u64::MAX))), Instant::now() + LONGEST_SLEEP);
        assert!(clock.instant(Some(Mono(0))) < Instant::now());
    }
}
