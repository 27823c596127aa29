//! What the primary's daemon says of itself, and that the secondary acts on it (behaviour B78).

use glue_proto::{Millis, Mode};
use glue_sim::world::{PrimaryDaemon, World};

/// How long a request to the daemon and its answer may be on their way, and some more, milliseconds.
const ON_THE_WAY: u64 = 10_000;

/// What is known of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// Until when nothing comes back from the daemon, milliseconds.
    pub(super) unheard_until: u64,
    /// Since when it works, and the secondary's daemon was there to hear it.
    works_since: Option<u64>,
    /// Since when whoever asked would have heard that it does not, and the secondary's daemon was there to ask.
    fails_since: Option<u64>,
    /// The run of the secondary's daemon that this is about, and its mode.
    secondary: Option<(u64, Mode)>,
}

impl Health {
    /// Lets the secondary hear what the primary would say now; `is_reached` is false where the whole site is down.
    ///
    /// # Errors
    /// The secondary has taken over beside a daemon that works, or stands by beside one that does not.
    pub(super) fn see(
        &mut self,
        now: u64,
        primary: &World,
        is_reached: bool,
        secondary: &mut World,
    ) -> Result<(), String> {
        let says = if !is_reached || now < self.unheard_until {
            PrimaryDaemon::Silent
        } else if primary.is_dead() {
            PrimaryDaemon::Dead
        } else if primary.is_frozen() {
            PrimaryDaemon::Silent
        } else {
            PrimaryDaemon::Answers(if primary.daemon.inspect().is_working() { 200 } else { 503 })
        };
        secondary.set_primary_daemon(says);
        let since = |holds: bool, since: Option<u64>| if holds { since.or(Some(now)) } else { None };
        let can_ask = !secondary.is_dead() && !secondary.is_frozen();
        let works_since = since(says == PrimaryDaemon::Answers(200) && can_ask, self.works_since);
        let is_same = self.secondary.is_some_and(|(run, _)| run == secondary.daemon_run());
        let fails = [PrimaryDaemon::Dead, PrimaryDaemon::Answers(503)].contains(&says);
        let fails_since = since(fails && can_ask, self.fails_since.filter(|_| is_same));
        let mode = secondary.daemon.inspect().mode();
        let was = self.secondary.filter(|_| is_same).map(|(_, mode)| mode);
        (self.works_since, self.fails_since) = (works_since, fails_since);
        self.secondary = Some((secondary.daemon_run(), mode));
        let Some(failover) = secondary.settings().failover() else { return Ok(()) };
        let Millis(round) = failover.ping_interval() + failover.ping_timeout();
        // What the daemon has missed while it got no time is not heard at once.
        let has_lasted = |since: Option<u64>, most| {
            since.is_some_and(|since| now > since + most) && secondary.has_run_for(most)
        };
        let most = round + ON_THE_WAY;
        if was == Some(Mode::Standby) && mode == Mode::Active && has_lasted(works_since, most) {
            return Err(format!("B78: taken over beside a daemon that works, for {most} ms"));
        }
        let most = (u64::from(failover.threshold()) + 1) * round + ON_THE_WAY;
        if mode == Mode::Standby && has_lasted(fails_since, most) {
            return Err(format!("B78: in STANDBY beside a daemon that does not work, for {most} ms"));
        }
        Ok(())
    }
}
