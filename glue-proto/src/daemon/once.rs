//! A machine that looks once, or brings both sides in step once, and ends (behaviour B76).
//!
//! It is the same machine with the same decisions. What is different is decided here: when it is done, and when it gives
//! up.

use super::{Daemon, Outlook};
use crate::face::{Exit, GiveUp, Millis, Mode, Mono, Notice, Purpose, Timer};

/// So many sessions with Zino may end. One that cannot be made at all is the last one; but a case may end a session, and
/// is left out in the next one (behaviour B14).
const MOST_SESSIONS: u8 = 4;
/// So many listings of our incidents may fail in a row.
const MOST_LISTINGS: u32 = 3;
/// How long Argus may be out of reach once it has been reached: servers are restarted.
const PATIENCE: Millis = Millis::from_secs(30);

/// What such a machine remembers.
#[derive(Clone, Debug, Hash)]
pub(super) struct Once {
    purpose: Purpose,
    began: Mono,
    /// When Zino was read in full for the first time.
    read_at: Option<Mono>,
    /// When our open incidents were listed for the first time.
    listed_at: Option<Mono>,
    /// How many sessions with Zino have ended.
    ended: u8,
    /// There has been a session.
    was_ready: bool,
    /// Since when Argus is out of reach.
    down_since: Option<Mono>,
    gave_up: Option<GiveUp>,
}

impl Once {
    /// Makes what a machine for a purpose needs; nothing for one that serves.
    pub(super) fn new(purpose: Purpose, now: Mono) -> Option<Self> {
        let began = Self {
            purpose,
            began: now,
            read_at: None,
            listed_at: None,
            ended: 0,
            was_ready: false,
            down_since: None,
            gave_up: None,
        };
        (purpose != Purpose::Serve).then_some(began)
    }

    /// A session with Zino has ended, or could not be made.
    pub(super) const fn session_ended(&mut self) {
        self.ended = self.ended.saturating_add(1);
    }

    /// Adds what is known of the look itself: how long it took, and whether it came to an end.
    pub(super) fn complete(&self, outlook: Outlook) -> Outlook {
        let since = |moment: Option<Mono>| moment.map(|moment| moment.since(self.began));
        let (read_in, listed_in) = (since(self.read_at), since(self.listed_at));
        Outlook { read_in, listed_in, gave_up: self.gave_up, ..outlook }
    }

    /// Takes note of what has happened since the last time.
    fn note(&mut self, seen: &Seen, now: Mono) {
        self.was_ready |= seen.is_ready;
        if seen.is_read {
            self.read_at.get_or_insert(now);
        }
        if seen.is_listed {
            self.listed_at.get_or_insert(now);
        }
        if seen.is_down {
            self.down_since.get_or_insert(now);
        } else {
            self.down_since = None;
        }
    }

    /// Returns why there is no sense in going on, if there is none.
    fn hopeless(&self, seen: &Seen, now: Mono) -> Option<GiveUp> {
        let is_silent = self.ended > 0 && !self.was_ready || self.ended >= MOST_SESSIONS;
        let is_down = self.down_since.is_some_and(|since| now.since(since) >= PATIENCE);
        if seen.is_refused {
            Some(GiveUp::Credentials)
        } else if is_silent {
            Some(GiveUp::NoZino)
        } else if seen.is_unlisted_by_zino {
            Some(GiveUp::NoCases)
        } else if seen.is_down && self.listed_at.is_none() || is_down {
            Some(GiveUp::NoArgus)
        } else if seen.failed_listings >= MOST_LISTINGS {
            Some(GiveUp::NoIncidents)
        } else if self.purpose == Purpose::SyncOnce && seen.has_primary {
            Some(GiveUp::Primary)
        } else {
            None
        }
    }
}

/// What such a machine looks at.
struct Seen {
    /// A server refuses our credentials.
    is_refused: bool,
    is_ready: bool,
    is_read: bool,
    is_listed: bool,
    is_down: bool,
    failed_listings: u32,
    /// Zino answers, and its list of cases cannot be read.
    is_unlisted_by_zino: bool,
    /// The primary answers.
    has_primary: bool,
}

impl Seen {
    fn of(daemon: &Daemon) -> Self {
        let Daemon { zino, argus, primary, .. } = daemon;
        Self {
            is_refused: zino.is_refused() || argus.is_refused(),
            is_ready: zino.is_ready(),
            is_read: zino.is_read(),
            is_listed: argus.listing().is_complete(),
            is_down: argus.is_down(),
            failed_listings: argus.listing().failures(),
            is_unlisted_by_zino: zino.is_ready() && zino.is_idle() && !zino.is_read(),
            has_primary: primary.mode() == Mode::Standby && primary.has_answered(),
        }
    }
}

/// Ends a machine that is not to serve, once it is done or there is no sense in going on.
pub(super) fn judge(daemon: &mut Daemon) {
    // A machine that serves comes by here with every input.
    if daemon.once.is_none() {
        return;
    }
    let seen = Seen::of(daemon);
    let now = daemon.out.now.mono;
    let Some(once) = daemon.once.as_mut().filter(|_| !daemon.exited) else { return };
    once.note(&seen, now);
    if daemon.schedule.is_stopping() {
        return;
    }
    if let Some(why) = once.hopeless(&seen, now) {
        give_up(daemon, why);
    } else if is_done(daemon) {
        let outlook = daemon.outlook();
        let is_in_step = outlook.differences.is_empty() && outlook.held_back.is_empty();
        daemon.exit(if is_in_step { Exit::Done } else { Exit::Differs });
    }
}

/// Ends a machine that was told to.
pub(super) fn interrupt(daemon: &mut Daemon) {
    if daemon.once.is_some() {
        give_up(daemon, GiveUp::Interrupted);
    } else {
        daemon.exit(Exit::Done);
    }
}

fn give_up(daemon: &mut Daemon, why: GiveUp) {
    if let Some(once) = &mut daemon.once {
        once.gave_up = Some(why);
    }
    daemon.out.tell(Notice::GivenUp { why });
    daemon.exit(if why == GiveUp::Credentials { Exit::Credentials } else { Exit::GaveUp });
}

/// Tells whether everything was read and compared, and whatever was to be done is done or refused.
fn is_done(daemon: &Daemon) -> bool {
    let Daemon { zino, argus, cases, out, primary, .. } = daemon;
    let is_quiet = zino.is_read()
        && zino.is_idle()
        && !out.timers.is_set(Timer::Recheck)
        && argus.listing().is_complete()
        && argus.in_flight() == 0
        && !out.jobs.has_ready()
        && primary.mode() == Mode::Active;
    is_quiet && (out.jobs.len() == 0 || !cases.is_waiting(daemon.view(None), out.now))
}
