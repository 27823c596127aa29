//! Saying that we are alive (behaviour B53).

use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::face::{Millis, Notice, Timer};
use crate::wire::argus::ArgusError;
use alloc::string::ToString;

/// How often.
pub(super) const INTERVAL: Millis = Millis::from_secs(60);

/// The heartbeat.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Heartbeat {
    /// The server does not know what a heartbeat is.
    is_unknown: bool,
}

impl Heartbeat {
    /// The next one is due; `is_alive` tells whether there is anything to say.
    pub(super) fn due(&self, is_alive: bool, out: &mut Outbox) {
        out.timers.set(Timer::Heartbeat, out.now.mono + INTERVAL);
        if is_alive && !self.is_unknown {
            out.request(Job::Beat, Urgency::Soon);
        }
    }

    /// Takes in that the server has refused one.
    pub(super) fn refused(&mut self, error: &ArgusError, out: &mut Outbox) {
        if error.is_no_heartbeat() {
            self.is_unknown = true;
            out.tell(Notice::NoHeartbeat { reason: error.to_string() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Mono, Now, Wall};

    #[test]
    fn b53_one_is_sent_each_minute_while_there_is_anything_to_say() {
        let now = Now { mono: Mono(5000), wall: Wall(0) };
        let refused = |status| ArgusError::Refused { status, reason: "x".into() };
        for (is_alive, error, expected) in [
            (true, None, true),
            (false, None, false),
            (true, Some(refused(404)), false),
            (true, Some(refused(400)), true),
        ] {
            let (mut heartbeat, mut out) = (Heartbeat::default(), Outbox::new(now, 1));
            if let Some(error) = error {
                heartbeat.refused(&error, &mut out);
            }
            heartbeat.due(is_alive, &mut out);
            assert_eq!(out.jobs.pop(now.mono).is_some_and(|(job, _)| job == Job::Beat), expected);
            let next = out.timers.next().unwrap();
            assert_eq!((next.why, next.at), (Timer::Heartbeat, now.mono + INTERVAL));
        }
    }
}
