//! A machine that gets no time to run: a process that is stopped, or a computer that sleeps.

use super::World;

impl World {
    /// Lets the machine do nothing for this many milliseconds while the world goes on. `sleeps` tells whether its monotonic
    /// clock stands still meanwhile, as when the computer sleeps.
    pub fn freeze_daemon(&mut self, millis: u64, sleeps: bool) {
        if self.is_dead() {
            return;
        }
        self.thaw_daemon();
        self.frozen_until = self.now + millis;
        self.sleeps = sleeps;
        if sleeps {
            self.slept += millis;
        }
    }

    /// Tells whether the machine does nothing at present.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen_until > self.now
    }

    /// Tells whether the machine has had its time for this many milliseconds.
    #[must_use]
    pub const fn has_run_for(&self, millis: u64) -> bool {
        self.now >= self.frozen_until + millis
    }

    /// Lets the machine go on. What came meanwhile, it hears now.
    pub fn thaw_daemon(&mut self) {
        let rest = self.frozen_until.saturating_sub(self.now);
        if rest > 0 {
            self.network.bring_forward(self.frozen_until, self.now);
        }
        if self.sleeps {
            self.slept -= rest;
        }
        self.frozen_until = if rest > 0 { self.now } else { 0 };
        self.sleeps = false;
    }
}
