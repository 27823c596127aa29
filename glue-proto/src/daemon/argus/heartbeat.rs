//! Saying that we are alive (behaviour B53).

use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Notice, Timer};
use crate::wire::argus::ArgusError;
use alloc::string::ToString;

/// How often: Argus allows 70 s of silence, and one heartbeat may be lost.
pub(super) const INTERVAL: Millis = Millis::from_secs(45);
/// The pauses before one that has failed is sent again.
const PAUSES: Pauses = Pauses::new(Millis::from_secs(5), Millis::from_secs(20));
/// So many in a row are sent again before their time.
const RETRIES: u32 = 3;
/// After so many answers in a row that say that there is no such thing, the server is taken to lack it.
const MOST_MISSING: u8 = 3;
/// How soon such a server is asked again.
const ABSENCE: Millis = Millis::from_secs(15 * 60);

/// The heartbeat.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Heartbeat {
    retry: Retry,
    /// Answers in a row that say that the server does not know what a heartbeat is.
    missing: u8,
}

impl Heartbeat {
    /// The next one is due; `is_alive` tells whether there is anything to say.
    pub(super) fn due(&self, is_alive: bool, out: &mut Outbox) {
        let pause = if self.missing < MOST_MISSING { INTERVAL } else { ABSENCE };
        out.timers.set(Timer::Heartbeat, out.now.mono + pause);
        if is_alive {
            out.request(Job::Beat, Urgency::Soon);
        }
    }

    /// The server has taken one.
    pub(super) fn taken(&mut self, out: &mut Outbox) {
        if core::mem::take(&mut self.missing) >= MOST_MISSING {
            out.timers.set(Timer::Heartbeat, out.now.mono + INTERVAL);
        }
        self.retry.reset();
    }

    /// One has failed: it was refused with an error, or not answered.
    pub(super) fn failed(&mut self, error: Option<&ArgusError>, out: &mut Outbox) {
        let now = out.now.mono;
        let missing = error.filter(|error| error.is_no_heartbeat());
        self.missing = if missing.is_some() { self.missing.saturating_add(1) } else { 0 };
        if self.missing >= MOST_MISSING {
            if let Some(error) = missing.filter(|_| self.missing == MOST_MISSING) {
                out.tell(Notice::NoHeartbeat { reason: error.to_string() });
            }
            out.timers.set(Timer::Heartbeat, now + ABSENCE);
            return;
        }
        let again = self.retry.failed(&PAUSES, now);
        if self.retry.failures() <= RETRIES {
            out.timers.set(Timer::Heartbeat, again);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Mono, Now, Wall};
    use alloc::vec::Vec;

    fn refused(status: u16) -> ArgusError {
        ArgusError::Refused { status, reason: "x".into() }
    }

    /// Lets the next one be due: returns whether it was asked for, and after how many seconds the one after it is due.
    fn due(heartbeat: &Heartbeat, is_alive: bool, out: &mut Outbox) -> (bool, u64) {
        heartbeat.due(is_alive, out);
        let asked = out.jobs.pop(out.now.mono).is_some_and(|(job, _)| job == Job::Beat);
        (asked, next(out))
    }

    fn next(out: &Outbox) -> u64 {
        out.timers.get(Timer::Heartbeat).unwrap().since(out.now.mono).0 / 1000
    }

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(5000), wall: Wall(0) }, 1)
    }

    #[test]
    fn b53_one_is_sent_every_45_seconds_while_there_is_anything_to_say() {
        for is_alive in [true, false] {
            assert_eq!(due(&Heartbeat::default(), is_alive, &mut outbox()), (is_alive, 45));
        }
    }

    #[test]
    fn b53_one_that_fails_is_sent_again_after_5_10_and_20_seconds() {
        let (mut heartbeat, mut out) = (Heartbeat::default(), outbox());
        let mut pauses = Vec::new();
        for error in [Some(refused(400)), None, Some(refused(404)), None, None] {
            due(&heartbeat, true, &mut out);
            heartbeat.failed(error.as_ref(), &mut out);
            pauses.push(next(&out));
        }
        assert_eq!(pauses, [5, 10, 20, 45, 45]);
        heartbeat.taken(&mut out);
        heartbeat.failed(None, &mut out);
        assert_eq!(next(&out), 5);
        assert!(out.poll_action().is_none(), "that is no reason to say anything");
    }

    #[test]
    fn b53_a_server_that_knows_none_is_asked_again_every_quarter_of_an_hour() {
        let (mut heartbeat, mut out) = (Heartbeat::default(), outbox());
        for (status, pause) in [(404, 5), (405, 10), (404, 900), (404, 900)] {
            heartbeat.failed(Some(&refused(status)), &mut out);
            assert_eq!(next(&out), pause, "{status}");
        }
        assert_eq!(core::iter::from_fn(|| out.poll_action()).count(), 1, "told once");
        assert_eq!(due(&heartbeat, true, &mut out), (true, 900));
        heartbeat.taken(&mut out);
        assert_eq!(next(&out), 45);
        assert_eq!(due(&heartbeat, true, &mut out), (true, 45));
    }
}
