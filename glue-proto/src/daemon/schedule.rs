//! When everything is read again, and when the process ends (behaviour B2, B11).

use super::outbox::Outbox;
use crate::face::{Millis, Timer};

/// How long requests under way may still take when the process is told to end.
const LAST_RESPITE: Millis = Millis::from_secs(1);
/// Every so many reconciliations, our open incidents are listed too.
const LISTING_CYCLE: u64 = 5;
/// Where reconciliations are far apart, the first one after so long lists them: what no count shows, such as a second
/// acknowledgement, is then found as soon as invariant 7 says.
const LISTING_INTERVAL: Millis = Millis::from_secs(300);

/// The schedule.
#[derive(Clone, Debug, Hash)]
pub(super) struct Schedule {
    interval: Millis,
    reconciliations: u64,
    is_stopping: bool,
}

impl Schedule {
    /// Makes the schedule, with the first reconciliation an interval from now.
    pub(super) fn new(interval: Millis, out: &mut Outbox) -> Self {
        out.timers.set(Timer::Reconcile, out.now.mono + interval);
        Self { interval, reconciliations: 0, is_stopping: false }
    }

    /// Goes on with another interval, if it is another one: from now.
    pub(super) fn reload(&mut self, interval: Millis, out: &mut Outbox) {
        if self.interval != interval {
            self.interval = interval;
            out.timers.set(Timer::Reconcile, out.now.mono + interval);
        }
    }

    /// A reconciliation begins. Tells whether our open incidents are to be listed, too.
    pub(super) fn reconcile(&mut self, out: &mut Outbox) -> bool {
        out.timers.set(Timer::Reconcile, out.now.mono + self.interval);
        self.reconciliations = self.reconciliations.wrapping_add(1);
        let cycle = LISTING_INTERVAL.0.div_ceil(self.interval.0.max(1)).clamp(1, LISTING_CYCLE);
        self.reconciliations.is_multiple_of(cycle)
    }

    /// Tells whether Zino has been lost for so long that nothing more is to be looked for in Argus (behaviour B53).
    pub(super) fn is_long(&self, span: Millis) -> bool {
        span > self.interval.times(2)
    }

    /// The process is to end: no new work is begun. Tells whether that is new.
    pub(super) fn stop(&mut self, out: &mut Outbox) -> bool {
        if core::mem::replace(&mut self.is_stopping, true) {
            return false;
        }
        out.timers.set(Timer::Shutdown, out.now.mono + LAST_RESPITE);
        true
    }

    /// Tells whether the process is to end.
    pub(super) const fn is_stopping(&self) -> bool {
        self.is_stopping
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Mono, Now, Wall};
    use alloc::vec::Vec;

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(1000), wall: Wall(0) }, 1)
    }

    #[test]
    fn b11_incidents_are_listed_at_every_fifth_reconciliation_or_the_first_after_five_minutes() {
        for (secs, listed) in [
            (60, &[5, 10][..]),
            (10, &[5, 10]),
            (100, &[3, 6, 9]),
            (299, &[2, 4, 6, 8, 10]),
            (3600, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ] {
            let mut out = outbox();
            let mut schedule = Schedule::new(Millis::from_secs(secs), &mut out);
            let found: Vec<u64> = (1..=10).filter(|_| schedule.reconcile(&mut out)).collect();
            assert_eq!(found, listed, "{secs} s apart");
            assert_eq!(out.timers.next().unwrap().at, Mono(1000 + secs * 1000));
        }
    }

    #[test]
    fn b2_requests_under_way_get_one_second_whatever_else_is_said() {
        let mut out = outbox();
        let mut schedule = Schedule::new(Millis::from_secs(60), &mut out);
        assert!(!schedule.is_stopping() && schedule.stop(&mut out) && schedule.is_stopping());
        out.now.mono = Mono(1500);
        assert!(!schedule.stop(&mut out));
        let next = out.timers.next().unwrap();
        assert_eq!((next.why, next.at), (Timer::Shutdown, Mono(2000)));
    }
}
