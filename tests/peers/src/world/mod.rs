//! A small world in virtual time: the machine, its three peers, and a network between them.
//!
//! [`World`] carries out every action of a [`Daemon`] against the simulated peers and gives it every input that follows,
//! each after its latency. The time jumps from one event to the next, so a day takes as long as what happens in it. The
//! same calls give the same world, byte for byte: [`World::log`] shows what went in and out.
//!
//! ```
//! use glue_proto::Settings;
//! use glue_sim::world::World;
//! use glue_sim::zino::NewCase;
//!
//! let mut world = World::new(Settings::example());
//! let now = world.wall();
//! world.zino.open_case(&NewCase::reachability("gw1"), now);
//! world.run(5_000);
//! assert_eq!(world.argus.incidents().count(), 1);
//! assert_eq!(world.disagreements(), Vec::<String>::new());
//! ```

mod boards;
mod choose;
mod fault;
mod fingerprint;
mod freeze;
mod http;
mod network;
mod observe;
mod record;
mod reload;
mod wire;

pub use choose::{Pending, PendingKind};
pub use fault::{DatagramFault, HttpFault, LastingFault, NotifyFault, PrimaryDaemon};
pub use fingerprint::Fingerprint;
pub use http::{Sent, request_line};
pub use network::NetworkConditions;
pub use observe::{ModeSeen, Observed};
pub use record::RecordedRun;

use crate::argus::ArgusServer;
use crate::snmp::SnmpAgent;
use crate::zino::ZinoServer;
use fault::Faults;
use glue_proto::{Action, ConnId, Daemon, Exit, Input, Mono, Notice, Now, Seed, Settings, Wall};
use network::Network;
use observe::Digest;
use std::collections::BTreeSet;

/// The moment at which every world begins: a second of 2026.
pub const BEGIN: i64 = 1_795_357_544;
/// The token of the machine, unless another one was set.
pub const TOKEN: &str = "a-token";
/// The machine's source in Argus, unless another one was set.
pub const SOURCE: &str = "zino";

/// Files with secrets of the machine.
#[derive(Clone, Debug, Default, Hash)]
struct SecretFiles {
    zino: Option<String>,
    argus: Option<String>,
}

/// The machine and everything that it talks to.
#[derive(Clone, Debug)]
pub struct World {
    /// The local Zino.
    pub zino: ZinoServer,
    /// Argus.
    pub argus: ArgusServer,
    /// The primary's SNMP agent.
    pub agent: SnmpAgent,
    /// The machine.
    pub daemon: Daemon,
    /// Every request that reached Argus.
    pub sent: Vec<Sent>,
    /// Everything that the machine has logged.
    pub notices: Vec<Notice>,
    /// How it ended, if it did.
    pub exit: Option<Exit>,
    /// What the network is like.
    pub conditions: NetworkConditions,
    /// By how many seconds the machine's wall clock is ahead of everybody else's.
    pub skew: i64,
    /// By how many seconds Zino's clock is ahead of Argus's, and of [`World::wall`].
    pub zino_skew: i64,
    /// The machine's source in Argus, and its token.
    source: (String, String),
    /// What the files of the machine's secrets hold, if it has any.
    files: SecretFiles,
    settings: Settings,
    network: Network,
    faults: Faults,
    /// Connections that the machine has asked for and not closed.
    wanted: BTreeSet<ConnId>,
    now: u64,
    /// Until when the machine does not get to do anything.
    frozen_until: u64,
    /// How many milliseconds the machine's monotonic clock has stood still.
    slept: u64,
    /// Whether the machine's monotonic clock stands still until then.
    sleeps: bool,
    crash_after: Option<u32>,
    dead: bool,
    log: Vec<String>,
    logging: bool,
    observed: Vec<Observed>,
    watches: bool,
    keeps: bool,
    digest: Digest,
    recorded: Option<Vec<RecordedRun>>,
}

impl World {
    /// Makes a world in which every peer is up and empty. The peers know the user, the secret and the community of the
    /// settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let zino = ZinoServer::new(settings.zino().user(), settings.zino().secret().expose());
        let community = settings.failover().map_or("public", |failover| failover.community().expose());
        let agent = SnmpAgent::new(community, BEGIN - 1000);
        let now = Now { mono: Mono(0), wall: Wall(BEGIN) };
        let mut world = Self {
            zino,
            argus: ArgusServer::new(SOURCE, TOKEN),
            agent,
            daemon: Daemon::new(settings.clone(), now, 1),
            sent: Vec::new(),
            notices: Vec::new(),
            exit: None,
            conditions: NetworkConditions::default(),
            skew: 0,
            zino_skew: 0,
            source: (SOURCE.into(), TOKEN.into()),
            files: SecretFiles::default(),
            settings,
            network: Network::new(),
            faults: Faults::default(),
            wanted: BTreeSet::new(),
            now: 0,
            frozen_until: 0,
            slept: 0,
            sleeps: false,
            crash_after: None,
            dead: false,
            log: Vec::new(),
            logging: false,
            observed: Vec::new(),
            watches: false,
            keeps: true,
            digest: Digest::NEW,
            recorded: None,
        };
        world.carry_out();
        world
    }

    /// Lets Argus have this many workers, each of which takes this many milliseconds for a request. Before, it answers all at
    /// once and in no time.
    pub fn set_workers(&mut self, count: usize, service: u64) {
        self.network.workers = vec![self.now; count];
        self.network.service = service;
    }

    /// Returns the moment, milliseconds since the world began.
    #[must_use]
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Returns the wall clock of everybody but those whose clock is wrong, Unix seconds: Argus's.
    #[must_use]
    pub const fn wall(&self) -> i64 {
        BEGIN + (self.now / 1000).cast_signed()
    }

    /// Returns what Zino's clock says, Unix seconds: whatever is done to its cases has this time.
    #[must_use]
    pub const fn zino_wall(&self) -> i64 {
        self.wall() + self.zino_skew
    }

    /// Logs what goes in and out from now on.
    pub const fn start_log(&mut self) {
        self.logging = true;
    }

    /// Returns the log: a line for each input and each action.
    #[must_use]
    pub fn log(&self) -> &[String] {
        &self.log
    }

    /// Runs for this many milliseconds.
    pub fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        self.flush_zino();
        while let Some(at) = self.next_event().filter(|at| *at <= end) {
            self.step(at);
        }
        self.now = end;
    }

    /// Lets time pass until a condition holds; `false` if it does not hold within this many milliseconds.
    pub fn run_until(&mut self, millis: u64, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + millis;
        self.flush_zino();
        while !holds(self) {
            match self.next_event().filter(|at| *at <= end) {
                Some(at) => self.step(at),
                None => {
                    self.now = end;
                    return holds(self);
                }
            }
        }
        true
    }

    /// Lets the next thing happen, if it happens before `end`, milliseconds since the world began. Otherwise it is `end`
    /// now, and the answer is `false`.
    pub fn step_before(&mut self, end: u64) -> bool {
        self.flush_zino();
        match self.next_event().filter(|at| *at <= end) {
            Some(at) => {
                self.step(at);
                true
            }
            None => {
                self.now = self.now.max(end);
                false
            }
        }
    }

    /// Returns when the next thing happens, milliseconds since the world began.
    pub fn next_at(&mut self) -> Option<u64> {
        self.flush_zino();
        self.next_event()
    }

    /// Lets time pass up to a moment before which nothing happens. For worlds that live in one time: while one of them has
    /// something to do, the others only grow older.
    pub fn grow_older(&mut self, until: u64) {
        self.now = self.now.max(until);
    }

    /// Gives the machine another source in Argus, which must have it.
    pub fn set_source(&mut self, name: &str, token: &str) {
        self.source = (name.into(), token.into());
    }

    /// Returns the name of the machine's source in Argus.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source.0
    }

    /// Returns the token of the machine's source.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.source.1
    }

    /// Ends the machine without a word, as `kill -9` does, and starts it anew.
    pub fn restart_daemon(&mut self) {
        self.restart_daemon_with(self.settings.clone());
    }

    /// Ends the machine without a word and starts it anew with other settings.
    pub fn restart_daemon_with(&mut self, settings: Settings) {
        self.kill_daemon();
        self.network.run += 1;
        self.settings = settings.clone();
        let (begin, seed) = (self.moment(), 1 + self.network.run);
        self.record_start(&settings, begin, seed);
        self.daemon = Daemon::new(settings, begin, seed);
        self.dead = false;
        self.exit = None;
        self.carry_out();
    }

    /// Ends the machine without a word. What it has sent is on its way, and the server carries it out, also late.
    pub fn kill_daemon(&mut self) {
        self.dead = true;
        self.crash_after = None;
        let stopped_until = self.frozen_until;
        self.thaw_daemon();
        for conn in std::mem::take(&mut self.wanted) {
            self.hang_up(self.network.session(conn));
        }
        self.network.forget_calls(self.now, stopped_until);
        self.observe(|_| Observed::Killed);
    }

    /// Lets the machine be ended without a word once it has taken this many more actions.
    pub const fn kill_daemon_after(&mut self, actions: u32) {
        self.crash_after = Some(actions);
    }

    /// Tells whether the machine has ended.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        self.dead || self.exit.is_some()
    }

    /// Draws all chance in the network from this seed.
    pub const fn set_chance(&mut self, seed: u64) {
        self.network.chance = Seed::new(seed);
    }

    /// Returns what the machine was started with.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Gives the machine an input.
    pub fn tell(&mut self, input: Input<'_>) {
        if self.is_dead() {
            return;
        }
        self.note_input(&input);
        let now = self.moment();
        self.daemon.handle(now, input);
        self.carry_out();
        if let Some(wakeup) = self.daemon.next_wakeup().filter(|wakeup| wakeup.at <= now.mono) {
            self.observe(|_| Observed::Restless(wakeup));
        }
    }

    /// Returns how often the machine was started anew.
    #[must_use]
    pub const fn daemon_run(&self) -> u64 {
        self.network.run
    }

    /// Returns how many connections to Zino the machine has asked for and not closed.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.wanted.len()
    }

    /// Returns the moment by the machine's monotonic clock, milliseconds.
    #[must_use]
    pub const fn machine_clock(&self) -> u64 {
        self.now.saturating_sub(self.slept)
    }

    const fn moment(&self) -> Now {
        Now { mono: Mono(self.machine_clock()), wall: Wall(self.wall() + self.skew) }
    }

    fn next_event(&self) -> Option<u64> {
        let wakeup = self.daemon.next_wakeup().filter(|_| !self.is_dead());
        let wakeup = wakeup.map(|wakeup| (wakeup.at.0 + self.slept).max(self.now).max(self.frozen_until));
        [wakeup, self.network.next_at()].into_iter().flatten().min()
    }

    fn step(&mut self, at: u64) {
        self.now = self.now.max(at);
        match self.network.take_due(self.now) {
            Some(delivery) => self.deliver(delivery),
            None => self.tell(Input::Wake),
        }
        self.flush_zino();
    }

    fn carry_out(&mut self) {
        while let Some(action) = self.daemon.poll_action() {
            self.note_action(&action);
            if let Action::Notice(notice) = action {
                if self.keeps {
                    self.notices.push(notice);
                }
                continue;
            }
            if let Some(left) = &mut self.crash_after {
                if *left == 0 {
                    self.kill_daemon();
                    return;
                }
                *left -= 1;
            }
            if let Action::Exit(exit) = action {
                self.exit = Some(exit);
            } else if let Action::Connect { conn, .. } = action {
                self.wanted.insert(conn);
                self.perform(action);
            } else {
                self.perform(action);
            }
        }
    }

    /// Tells whether a notice was given whose line holds this text.
    #[must_use]
    pub fn was_told(&self, text: &str) -> bool {
        self.notices.iter().any(|notice| notice.to_string().contains(text))
    }
}
