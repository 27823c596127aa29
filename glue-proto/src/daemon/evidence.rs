//! Cases that Zino does not show any more (behaviour B28).

use super::queue::Urgency;
use super::{CaseNotice, Daemon, Job, Notice};
use crate::face::Timer;
use crate::face::{Millis, Mono};

/// How far apart two complete readings must be that confirm that a case is gone.
const APART: Millis = Millis::from_secs(10);
/// From so many open incidents on, all cases missing at once means that Zino has lost its state.
const MANY: usize = 3;

impl Daemon {
    /// Judges, after a complete reading of Zino, which incidents have lost their cases.
    pub(super) fn judge(&mut self) {
        let now = self.out.now.mono;
        let (mut present, mut missing, mut unconfirmed) = (0_usize, 0_usize, false);
        let holds_back = self.held_back() > 0;
        for slot in self.slots.values_mut() {
            if slot.is_told_of_its_end() || slot.case.is_unread() {
                continue;
            }
            // What is known of it may be old: its last words, or from before it could not be read any more.
            let is_seen = !slot.scavenged && !self.zino.reads.is_set_aside(slot.number);
            let own = slot.case.present().map(|case| slot.own_id(case));
            for (id, held) in &mut slot.incidents {
                if !held.tracked.is_running() {
                    continue;
                }
                if own == Some(*id) {
                    held.found();
                    present += usize::from(is_seen);
                } else {
                    // Of before Zino lost its state, and not listed until now: Argus's pages lose rows (behaviour B51).
                    held.lost |= holds_back && held.inherited && !held.seen;
                    let since = *held.missed_since.get_or_insert(now);
                    unconfirmed |= !is_confirmed(since, now);
                    missing += 1;
                }
            }
        }
        if unconfirmed {
            self.out.timers.set(Timer::Recheck, now + APART);
        }
        if present == 0 && missing >= MANY && !self.settings.accept_state_loss {
            self.hold_back(missing);
        }
        self.conclude();
    }

    /// Zino has probably lost its state: nothing is ended for that.
    fn hold_back(&mut self, missing: usize) {
        let mut is_new = false;
        for slot in self.slots.values_mut().filter(|slot| !slot.is_told_of_its_end()) {
            let running =
                slot.incidents.iter_mut().map(|(_, held)| held).filter(|held| held.tracked.is_running());
            for held in running.filter(|held| held.missed_since.is_some()) {
                is_new |= !core::mem::replace(&mut held.lost, true);
            }
        }
        if is_new {
            self.out.tell(Notice::StateLost { incidents: missing });
        }
    }

    /// Takes the cases for gone that two complete readings have missed.
    fn conclude(&mut self) {
        let now = self.out.now.mono;
        for slot in self.slots.values_mut() {
            if slot.is_told_of_its_end() {
                continue;
            }
            for (_, held) in slot.incidents.iter_mut() {
                let confirmed = held.missed_since.is_some_and(|since| is_confirmed(since, now));
                if confirmed && !held.lost && !held.gone && held.tracked.is_running() {
                    held.gone = true;
                    self.queue.request(Job::Case(slot.number), Urgency::Now, now, now);
                    self.out.tell(Notice::Case {
                        case: slot.number,
                        what: CaseNotice::Gone { incident: held.tracked.incident.pk },
                    });
                }
            }
        }
    }

    /// Returns how many incidents are held back because Zino has probably lost its state.
    pub(super) fn held_back(&self) -> usize {
        let incidents = self.slots.values().flat_map(|slot| slot.incidents.values());
        incidents.filter(|held| held.lost && held.tracked.is_running()).count()
    }
}

/// Tells whether a reading now confirms one that has missed a case since then.
fn is_confirmed(since: Mono, now: Mono) -> bool {
    now.since(since) >= APART
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b28_two_readings_confirm_each_other_from_ten_seconds_on() {
        assert!(!is_confirmed(Mono(100), Mono(100)));
        assert!(!is_confirmed(Mono(100), Mono(10_099)));
        assert!(is_confirmed(Mono(100), Mono(10_100)));
    }
}
