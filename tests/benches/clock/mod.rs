//! The time that pieces of work take.

use glue_tests::bench::Meter;
use std::time::{Duration, Instant};

/// Adds up the time of each piece of work. Looking at the clock costs some 50 ns for each of them.
#[derive(Debug, Default)]
pub(crate) struct Clock(Duration);

impl Clock {
    /// Returns the time of all pieces.
    pub(crate) const fn elapsed(&self) -> Duration {
        self.0
    }
}

impl Meter for Clock {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        let begin = Instant::now();
        work();
        self.0 += begin.elapsed();
    }
}
