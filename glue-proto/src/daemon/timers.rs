//! The timer table: every timeout and interval of the machine, one moment each.

use crate::face::{Mono, Timer, Wakeup};

const ALL: [Timer; 16] = [
    Timer::ZinoRetry,
    Timer::ZinoSetup,
    Timer::ZinoReply,
    Timer::ZinoQuiet,
    Timer::ZinoQuarantine,
    Timer::Reconcile,
    Timer::Recheck,
    Timer::Refresh,
    Timer::Heartbeat,
    Timer::ArgusPause,
    Timer::ArgusReply,
    Timer::Job,
    Timer::Probe,
    Timer::ProbeReply,
    Timer::Handover,
    Timer::Shutdown,
];

/// The table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Timers {
    table: [Option<Mono>; ALL.len()],
    /// The one that ends first: asked for at every input, set only now and then.
    first: Option<Wakeup>,
}

impl Timers {
    /// Makes a table in which nothing runs.
    pub(super) const fn new() -> Self {
        Self { table: [None; ALL.len()], first: None }
    }

    /// Sets a timer, whatever it stood at.
    pub(super) fn set(&mut self, timer: Timer, at: Mono) {
        self.put(timer, Some(at));
    }

    /// Sets a timer to a moment or stops it.
    pub(super) fn put(&mut self, timer: Timer, at: Option<Mono>) {
        self.table[timer as usize] = at;
        let rank = |wakeup: &Wakeup| (wakeup.at, wakeup.why);
        let new = at.map(|at| Wakeup { at, why: timer });
        match (self.first, new) {
            (Some(first), Some(new)) if rank(&new) <= rank(&first) => self.first = Some(new),
            (Some(first), _) if first.why == timer => {
                let set =
                    ALL.iter().filter_map(|why| Some(Wakeup { at: self.table[*why as usize]?, why: *why }));
                self.first = set.min_by_key(rank);
            }
            (None, _) => self.first = new,
            (Some(_), _) => {}
        }
    }

    /// Stops a timer.
    pub(super) fn stop(&mut self, timer: Timer) {
        self.put(timer, None);
    }

    /// Tells whether a timer runs.
    pub(super) const fn is_set(&self, timer: Timer) -> bool {
        self.table[timer as usize].is_some()
    }

    /// Returns the timer that ends first.
    pub(super) const fn next(&self) -> Option<Wakeup> {
        self.first
    }

    /// Takes one timer that has ended, and stops it.
    pub(super) fn take_due(&mut self, now: Mono) -> Option<Timer> {
        let next = self.next().filter(|wakeup| wakeup.at <= now)?;
        self.stop(next.why);
        Some(next.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_end_in_order_and_once() {
        let mut timers = Timers::new();
        assert_eq!(timers.next(), None);
        timers.set(Timer::Refresh, Mono(20));
        timers.set(Timer::Probe, Mono(10));
        timers.set(Timer::Job, Mono(10));
        timers.set(Timer::Reconcile, Mono(30));
        timers.stop(Timer::Reconcile);
        assert_eq!(timers.next(), Some(Wakeup { at: Mono(10), why: Timer::Job }));
        assert_eq!(timers.take_due(Mono(9)), None);
        assert_eq!(timers.take_due(Mono(20)), Some(Timer::Job));
        assert_eq!(timers.take_due(Mono(20)), Some(Timer::Probe));
        assert_eq!(timers.take_due(Mono(20)), Some(Timer::Refresh));
        assert_eq!(timers.take_due(Mono(99)), None);
        assert!(!timers.is_set(Timer::Refresh));
    }

    #[test]
    fn every_timer_has_its_place_in_the_table() {
        for (index, timer) in ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }
}
