//! A small world in virtual time: the machine, its three peers, and a network between them.
//!
//! [`World`] carries out every action of a [`Daemon`] against the simulated peers and gives it every input that follows,
//! each after its latency. The time jumps from one event to the next, so a day takes as long as what happens in it. The
//! same calls give the same world, byte for byte: [`World::log`] shows what went in and out.
//!
//! ```
//! use glue_proto::settings::Settings;
//! use glue_tests::world::World;
//! use glue_tests::zino::NewCase;
//!
//! let mut world = World::new(Settings::example());
//! let now = world.wall();
//! world.zino.open_case(&NewCase::reachability("gw1"), now);
//! world.run(5_000);
//! assert_eq!(world.argus.incidents().count(), 1);
//! assert_eq!(world.disagreements(), Vec::<String>::new());
//! ```

mod boards;
mod fault;
mod network;

pub use fault::{Fault, HttpFault};
pub use network::Sent;

use crate::argus::ArgusServer;
use crate::snmp::SnmpAgent;
use crate::zino::ZinoServer;
use fault::Faults;
use glue_proto::daemon::{Action, Daemon, Exit, Input, Notice};
use glue_proto::settings::Settings;
use glue_proto::time::{Mono, Now, Wall};
use network::{Delivery, Network};

/// The moment at which every world begins: a second of 2026.
pub const BEGIN: i64 = 1_795_357_544;
/// The token of the machine.
pub const TOKEN: &str = "a-token";
/// The machine's source in Argus.
pub const SOURCE: &str = "zino";

/// The machine and everything that it talks to.
#[derive(Debug)]
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
    /// Everything that the machine told people.
    pub notices: Vec<Notice>,
    /// How it ended, if it did.
    pub exit: Option<Exit>,
    settings: Settings,
    network: Network,
    faults: Faults,
    now: u64,
    restarts: u64,
    log: Vec<String>,
    logging: bool,
}

impl World {
    /// Makes a world in which every peer is up and empty.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let zino = ZinoServer::new(&settings.zino.user, settings.zino.secret.expose());
        let community = settings.failover.as_ref().map_or("public", |failover| failover.community.expose());
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
            settings,
            network: Network::default(),
            faults: Faults::default(),
            now: 0,
            restarts: 0,
            log: Vec::new(),
            logging: false,
        };
        world.carry_out();
        world
    }

    /// Returns the moment, milliseconds since the world began.
    #[must_use]
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Returns the wall clock, Unix seconds.
    #[must_use]
    pub const fn wall(&self) -> i64 {
        BEGIN + (self.now / 1000).cast_signed()
    }

    /// Writes down what goes in and out from now on.
    pub const fn start_log(&mut self) {
        self.logging = true;
    }

    /// Returns what was written down: a line for each input and each action.
    #[must_use]
    pub fn log(&self) -> &[String] {
        &self.log
    }

    /// Lets so many milliseconds pass.
    pub fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        self.flush_zino();
        while let Some(at) = self.next_event().filter(|at| *at <= end) {
            self.step(at);
        }
        self.now = end;
    }

    /// Lets time pass until a condition holds; `false` if it does not hold within so many milliseconds.
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

    /// Ends the machine without a word, as `kill -9` does, and starts it anew.
    pub fn restart_daemon(&mut self) {
        let settings = self.settings.clone();
        self.restart_daemon_with(settings);
    }

    /// Ends the machine without a word and starts it anew with other settings.
    pub fn restart_daemon_with(&mut self, settings: Settings) {
        self.cut_zino();
        self.network.forget_daemon();
        self.restarts += 1;
        self.settings = settings.clone();
        self.daemon = Daemon::new(settings, self.moment(), 1 + self.restarts);
        self.exit = None;
        self.carry_out();
    }

    /// Gives the machine an input.
    pub fn tell(&mut self, input: Input<'_>) {
        if self.logging {
            self.log.push(format!("{:>9} > {}", self.now, network::shown(&input)));
        }
        let now = self.moment();
        self.daemon.handle(now, input);
        self.carry_out();
    }

    const fn moment(&self) -> Now {
        Now { mono: Mono(self.now), wall: Wall(self.wall()) }
    }

    fn next_event(&self) -> Option<u64> {
        if self.exit.is_some() {
            return self.network.next_at();
        }
        let wakeup = self.daemon.next_wakeup().map(|wakeup| wakeup.at.0.max(self.now));
        [wakeup, self.network.next_at()].into_iter().flatten().min()
    }

    fn step(&mut self, at: u64) {
        self.now = at;
        match self.network.take_due(at) {
            Some(delivery) => self.deliver(delivery),
            None => self.tell(Input::Wake),
        }
        self.flush_zino();
    }

    fn carry_out(&mut self) {
        while let Some(action) = self.daemon.poll_action() {
            if self.logging {
                self.log.push(format!("{:>9} < {action:?}", self.now));
            }
            if let Action::Notice(notice) = action {
                self.notices.push(notice);
            } else if let Action::Exit(exit) = action {
                self.exit = Some(exit);
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

    fn deliver(&mut self, delivery: Delivery) {
        network::deliver(self, delivery);
    }

    fn perform(&mut self, action: Action) {
        network::perform(self, action);
    }
}
