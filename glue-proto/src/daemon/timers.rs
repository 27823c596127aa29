//! The timer table: every timeout and interval of the machine, one moment each.

use crate::face::{Mono, Timer, Wakeup};

const ALL: [Timer; 19] = [
    Timer::ZinoRetry,
    Timer::ZinoSetup,
    Timer::ZinoReply,
    Timer::ZinoQuiet,
    Timer::ZinoQuarantine,
    Timer::Reconcile,
    Timer::Recheck,
    Timer::Refresh,
    Timer::Heartbeat,
    Timer::Listing,
    Timer::ArgusPause,
    Timer::ArgusReply,
    Timer::Job,
    Timer::Probe,
    Timer::ProbeReply,
    Timer::Override,
    Timer::Handover,
    Timer::Shutdown,
    Timer::SelfIncidents,
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

    /// Returns when a timer ends, if it runs.
    #[cfg(test)]
    pub(super) const fn get(&self, timer: Timer) -> Option<Mono> {
        self.table[timer as usize]
    }

    /// Tells whether a timer runs.
    pub(super) const fn is_set(&self, timer: Timer) -> bool {
        self.table[timer as usize].is_some()
    }

    /// Returns the timer that ends first.
    pub(super) const fn next(&self) -> Option<Wakeup> {
        self.first
    }

    /// Takes one timer that has ended, and stops it. Those in `fired` are left alone, and it is added to them: a timer that
    /// is set to the present moment again fires at the next input, not once more for this one.
    pub(super) fn take_due(&mut self, now: Mono, fired: &mut Fired) -> Option<Timer> {
        self.first.filter(|first| first.at <= now)?;
        let due = ALL.into_iter().filter(|timer| !fired.has(*timer));
        let due = due.filter_map(|timer| Some((self.table[timer as usize].filter(|at| *at <= now)?, timer)));
        let (_, timer) = due.min()?;
        self.stop(timer);
        fired.add(timer);
        Some(timer)
    }
}

/// The timers that have fired for one input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fired(u32);

impl Fired {
    const fn has(self, timer: Timer) -> bool {
        self.0 >> (timer as u32) & 1 == 1
    }

    const fn add(&mut self, timer: Timer) {
        self.0 |= 1 << (timer as u32);
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
        let mut fired = Fired::default();
        let mut take = |at| timers.take_due(Mono(at), &mut fired);
        assert_eq!(take(9), None);
        assert_eq!(take(20), Some(Timer::Job));
        assert_eq!(take(20), Some(Timer::Probe));
        assert_eq!(take(20), Some(Timer::Refresh));
        assert_eq!(take(99), None);
        assert!(!timers.is_set(Timer::Refresh));
    }

    #[test]
    fn a_timer_fires_at_most_once_for_an_input() {
        for now in [Mono(5), Mono(u64::MAX)] {
            let (mut timers, mut fired) = (Timers::new(), Fired::default());
            timers.set(Timer::Refresh, now);
            timers.set(Timer::Probe, now);
            let mut count = 0;
            while let Some(timer) = timers.take_due(now, &mut fired) {
                timers.set(timer, now);
                count += 1;
            }
            assert_eq!(count, 2);
            assert_eq!(timers.take_due(now, &mut Fired::default()), Some(Timer::Refresh), "the next input");
        }
    }

    #[test]
    fn every_timer_has_its_place_in_the_table() {
        for (index, timer) in ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }
}
