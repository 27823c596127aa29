//! STANDBY or ACTIVE: a counter of probe outcomes, without time and without IO (behaviour, section 7).

use crate::face::Mode;

/// A change of mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Switch {
    /// The new mode.
    pub to: Mode,
    /// The outcomes in a row that brought it about, for the log (behaviour B61).
    pub count: u32,
}

/// Counts probe outcomes and switches the mode (behaviour B61).
///
/// `threshold` failures in a row in STANDBY switch to ACTIVE, `threshold` successes in a row in ACTIVE switch to
/// STANDBY. One opposite outcome resets the count, a switch clears both. The owner keeps it through every reconnect to
/// Zino or Argus: the mode outlives them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Failover {
    threshold: u32,
    mode: Mode,
    failures: u32,
    successes: u32,
}

impl Failover {
    /// Begins in STANDBY with nothing counted (behaviour B60). A threshold of 0 is taken as 1.
    pub(super) const fn new(threshold: u32) -> Self {
        Self::begin(threshold, Mode::Standby)
    }

    /// Begins in a mode with nothing counted.
    pub(super) const fn begin(threshold: u32, mode: Mode) -> Self {
        let threshold = if threshold == 0 { 1 } else { threshold };
        Self { threshold, mode, failures: 0, successes: 0 }
    }

    /// Counts the outcome of one probe, true for an answer, and tells whether it switched the mode, if it may.
    pub(super) const fn record(&mut self, answered: bool, may_switch: bool) -> Option<Switch> {
        // Both counts stop where they can no longer matter: in STANDBY no row of successes does anything.
        if answered {
            self.failures = 0;
            self.successes = self.successes.saturating_add(1);
        } else {
            self.successes = 0;
            self.failures = self.failures.saturating_add(1);
        }
        let (to, count) = match self.mode {
            Mode::Standby => (Mode::Active, self.failures),
            Mode::Active => (Mode::Standby, self.successes),
        };
        if count < self.threshold || !may_switch {
            return None;
        }
        self.set(to);
        Some(Switch { to, count })
    }

    /// Puts it into a mode, and begins to count anew.
    pub(super) const fn set(&mut self, mode: Mode) {
        *self = Self::begin(self.threshold, mode);
    }

    /// Tells whether the last probe since the last switch was answered.
    pub(super) const fn has_answered(&self) -> bool {
        self.successes > 0
    }

    /// Returns the mode.
    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns how many outcomes in a row, since the last switch, speak for the next one.
    pub(super) const fn in_a_row(&self) -> u32 {
        match self.mode {
            Mode::Standby => self.failures,
            Mode::Active => self.successes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    /// Tells the mode after a whole run by looking back over it at each step, with no counters at all: a second way to
    /// the same answer.
    fn modes(outcomes: &[bool], threshold: usize) -> Vec<Mode> {
        let (mut mode, mut since, mut modes) = (Mode::Standby, 0, Vec::new());
        for end in 1..=outcomes.len() {
            let wanted = mode == Mode::Active;
            let run = outcomes.get(end.saturating_sub(threshold).max(since)..end).unwrap_or_default();
            if run.len() == threshold && run.iter().all(|outcome| *outcome == wanted) {
                mode = if mode == Mode::Active { Mode::Standby } else { Mode::Active };
                since = end;
            }
            modes.push(mode);
        }
        modes
    }

    #[test]
    fn b61_switches_agree_with_looking_back_for_every_run_up_to_sixteen() {
        const LONGEST: u32 = 16;
        for threshold in 1..=4_u8 {
            // All runs of the greatest length hold all shorter ones: every prefix is compared.
            for bits in 0..1_u32 << LONGEST {
                let outcomes: Vec<bool> = (0..LONGEST).map(|bit| bits >> bit & 1 == 1).collect();
                let mut failover = Failover::new(threshold.into());
                for (step, expected) in modes(&outcomes, threshold.into()).into_iter().enumerate() {
                    let before = failover.mode();
                    let switch = failover.record(outcomes[step], true);
                    assert_eq!(failover.mode(), expected, "{outcomes:?} step {step}");
                    let switched =
                        (before != expected).then_some(Switch { to: expected, count: threshold.into() });
                    assert_eq!(switch, switched, "{outcomes:?} step {step}");
                }
            }
        }
    }

    #[test]
    fn b61_one_opposite_outcome_resets_the_count_and_a_switch_clears_both() {
        let mut failover = Failover::new(3);
        assert_eq!(failover.mode(), Mode::Standby);
        for (answered, failures, successes) in [(false, 1, 0), (false, 2, 0), (true, 0, 1), (false, 1, 0)] {
            assert_eq!(failover.record(answered, true), None);
            assert_eq!((failover.failures, failover.successes), (failures, successes));
        }
        assert_eq!(failover.record(false, true), None);
        assert_eq!(failover.record(false, true), Some(Switch { to: Mode::Active, count: 3 }));
        assert_eq!((failover.failures, failover.successes), (0, 0));
        for _ in 0..2 {
            assert_eq!(failover.record(true, true), None);
        }
        assert_eq!(failover.record(true, true), Some(Switch { to: Mode::Standby, count: 3 }));
    }

    #[test]
    fn b77_what_may_not_switch_counts_all_the_same_and_a_mode_that_is_set_begins_with_nothing() {
        let mut failover = Failover::new(2);
        for _ in 0..3 {
            assert_eq!(failover.record(false, false), None);
        }
        assert_eq!((failover.mode(), failover.in_a_row()), (Mode::Standby, 3));
        failover.set(Mode::Standby);
        assert_eq!((failover.mode(), failover.in_a_row()), (Mode::Standby, 0));
        assert_eq!(failover.record(false, true), None);
        failover.set(Mode::Active);
        assert_eq!((failover.mode(), failover.in_a_row()), (Mode::Active, 0));
    }

    #[test]
    fn b61_a_threshold_of_nothing_is_one() {
        let mut failover = Failover::new(0);
        assert_eq!(failover.record(true, true), None);
        assert_eq!(failover.record(false, true), Some(Switch { to: Mode::Active, count: 1 }));
    }

    #[test]
    fn b61_modes_are_logged_literally() {
        assert_eq!(
            (Mode::Standby.to_string(), Mode::Active.to_string()),
            ("STANDBY".into(), "ACTIVE".into())
        );
    }
}
