//! The machine in agreement with its servers about many cases.

use super::{Meter, Peers, Unmeasured};
use glue_proto::{
    AckState, Action, CallId, Channel, ConnId, Daemon, FailoverBuilder, FailoverSettings, HttpRequest, Input,
    Millis, Mono, Now, ProbeId, Response, Settings, Timer, Wall,
};
use glue_sim::snmp::SnmpAgent;
use glue_sim::world::BEGIN;
use std::collections::VecDeque;

/// What the shell reads from a connection at once, at the most.
const READ_SIZE: usize = 16 * 1024;
/// More actions than ever follow from one input, so that the room for them is no allocation of the machine's.
const MOST_ACTIONS: usize = 256;

/// A day has not as many wakes before one of any kind.
const MOST_WAKES: usize = 20_000;

/// The machine and its two servers, all of which agree. Nothing happens by itself.
#[derive(Clone, Debug)]
pub struct Scene {
    daemon: Daemon,
    pub(super) peers: Peers,
    now: Now,
    notify: Option<ConnId>,
    actions: Vec<Action>,
    tasks: VecDeque<Task>,
    /// How many cases were picked.
    picked: u64,
}

/// Something that the peers owe the machine.
#[derive(Clone, Debug)]
enum Task {
    Connected(ConnId, Channel),
    /// Bytes for the API channel.
    Zino(ConnId, Vec<u8>),
    Argus(CallId, HttpRequest),
    Probe(ProbeId, Vec<u8>),
}

impl Task {
    const fn side(&self) -> Side {
        match self {
            Self::Connected(..) | Self::Zino(..) => Side::Zino,
            Self::Argus(..) => Side::Argus,
            Self::Probe(..) => Side::Primary,
        }
    }
}

/// From whom an input comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Zino,
    Argus,
    Primary,
}

/// How a scene is set.
fn settings(failover: Option<FailoverBuilder>) -> Settings {
    Settings::example()
        .to_builder()
        .failover(failover)
        .bands([(super::RAISED, 1)])
        // As most people have it: so there is more to look for in Argus.
        .acknowledge(Some(AckState::Working))
        .ticket(true)
        // Everything is read when a round says so, and otherwise hardly ever.
        .reconcile_interval(Millis::from_secs(86_400))
        .build()
        .expect("each of these is in its range")
}

impl Scene {
    /// Sets a scene with so many cases: everything has been read, and nothing is left to do.
    ///
    /// # Panics
    ///
    /// If the machine and its peers do not agree, or something had to be written for that.
    #[must_use]
    pub fn new(cases: usize) -> Self {
        Self::agreeing(Peers::new(cases))
    }

    /// Sets a scene with so many cases, all of which are open.
    ///
    /// # Panics
    ///
    /// If the machine and its peers do not agree, or something had to be written for that.
    #[must_use]
    pub fn all_open(cases: usize) -> Self {
        Self::agreeing(Peers::all_open(cases))
    }

    fn agreeing(peers: Peers) -> Self {
        let scene = Self::set(peers, None, &mut Unmeasured);
        let status = scene.daemon.inspect();
        let open = scene.peers.cases() - scene.peers.closed();
        assert_eq!(status.open_incidents() as u64, open);
        let read = status.incidents().filter(|(_, tracked)| tracked.ours.present().is_some()).count();
        assert_eq!(read as u64, open, "the events of each incident have been read");
        scene
    }

    /// Sets a scene in STANDBY, with a primary that answers.
    ///
    /// # Panics
    ///
    /// If the machine and its peers do not agree.
    #[must_use]
    pub fn standby(cases: usize) -> Self {
        Self::set(Peers::new(cases), Some(FailoverSettings::builder()), &mut Unmeasured)
    }

    /// Sets a scene with so many cases, the newest of which has so many further notes, all of them in Argus; what the machine
    /// does until it knows that is measured.
    ///
    /// # Panics
    ///
    /// If the machine and its peers do not agree.
    #[must_use]
    pub fn with_notes(cases: usize, notes: i64, meter: &mut dyn Meter) -> Self {
        Self::set(Peers::with_notes(cases, notes), None, meter)
    }

    /// Lets Zino have so many further notes on the newest case, and measures what the machine does until Argus has them all.
    ///
    /// # Panics
    ///
    /// If there were more or fewer writes than notes.
    pub fn tell_notes(&mut self, notes: i64, meter: &mut dyn Meter) {
        self.peers.write_notes(notes);
        let case = self.peers.cases();
        self.notify(meter, &format!("{case} history 1\r\n"));
        assert_eq!(self.settle(meter), notes.unsigned_abs());
        assert_eq!(self.daemon.inspect().waiting_jobs(), 0);
    }

    fn set(peers: Peers, failover: Option<FailoverBuilder>, meter: &mut dyn Meter) -> Self {
        let now = Now { mono: Mono(0), wall: Wall(BEGIN) };
        let mut scene = Self {
            daemon: Daemon::new(settings(failover), now, 1),
            peers,
            now,
            notify: None,
            actions: Vec::with_capacity(MOST_ACTIONS),
            tasks: VecDeque::new(),
            picked: 0,
        };
        scene.actions.extend(core::iter::from_fn(|| scene.daemon.poll_action()));
        scene.take_actions();
        let writes = scene.settle(meter);
        assert_eq!(writes, 0, "the servers agree from the beginning");
        // What an earlier run may have sent is waited for no longer. The first refresh is three milliseconds late, and so is
        // each one after it: none falls together with a heartbeat.
        scene.now.mono = Mono(40_003);
        scene.give(&mut Unmeasured, Input::Wake);
        scene.settle(&mut Unmeasured);
        let status = scene.daemon.inspect();
        assert!(status.is_zino_ready(), "{status:?}");
        let known = status.cases() as u64;
        assert_eq!((known, status.waiting_jobs(), status.quarantined().count()), (scene.peers.cases(), 0, 0));
        scene
    }

    /// Returns the machine.
    #[must_use]
    pub const fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// Picks an open case, each time another one, far from the one before, all four types in turn.
    pub(super) fn pick(&mut self) -> u64 {
        self.picked += 1;
        let (cases, closed) = (self.peers.cases(), self.peers.closed());
        closed + 1 + self.picked * 7919 % (cases - closed)
    }

    /// Gives the machine an input and takes out all actions: this is what is measured.
    pub(super) fn give(&mut self, meter: &mut dyn Meter, input: Input<'_>) {
        let Self { daemon, actions, now, .. } = self;
        meter.measure(&mut || {
            daemon.handle(*now, input.clone());
            while let Some(action) = daemon.poll_action() {
                actions.push(action);
            }
        });
        assert!(self.actions.len() <= MOST_ACTIONS, "{} actions", self.actions.len());
        self.take_actions();
    }

    /// Gives the machine a line of the notification channel.
    pub(super) fn notify(&mut self, meter: &mut dyn Meter, line: &str) {
        if let Some(conn) = self.notify {
            self.give(meter, Input::Received { conn, bytes: line.as_bytes() });
        }
    }

    /// Lets the time pass until a timer ends, and gives the machine that wake. What happens before is not measured.
    pub(super) fn wake_for(&mut self, meter: &mut dyn Meter, timer: Timer) {
        for _ in 0..MOST_WAKES {
            let Some(wakeup) = self.daemon.next_wakeup() else { break };
            self.now.mono = self.now.mono.max(wakeup.at);
            self.now.wall = Wall(BEGIN + (self.now.mono.0 / 1000).cast_signed());
            if wakeup.why == timer {
                self.give(meter, Input::Wake);
                return;
            }
            self.give(&mut Unmeasured, Input::Wake);
            // The answer takes a moment: two timers of one length that have ended together do not do so again.
            self.now.mono.0 += 1;
            self.settle(&mut Unmeasured);
        }
        panic!("{timer:?} does not end by itself");
    }

    /// Gives the machine so many wakes for nothing, and measures them together: one alone is too short for a clock.
    pub(super) fn tick(&mut self, meter: &mut dyn Meter, times: u64) {
        let Self { daemon, now, .. } = self;
        let mut idle = true;
        meter.measure(&mut || {
            for _ in 0..times {
                daemon.handle(*now, Input::Wake);
                idle &= daemon.poll_action().is_none();
            }
        });
        assert!(idle, "there was something to do");
    }

    fn take_actions(&mut self) {
        for action in self.actions.drain(..) {
            match action {
                Action::Connect { conn, channel } => self.tasks.push_back(Task::Connected(conn, channel)),
                Action::Send { conn, bytes } => self.tasks.push_back(Task::Zino(conn, bytes)),
                Action::Http { call, request } => self.tasks.push_back(Task::Argus(call, request)),
                Action::SendDatagram { probe, bytes } => self.tasks.push_back(Task::Probe(probe, bytes)),
                Action::Close { .. } | Action::CancelHttp { .. } | Action::Exit(_) => {
                    panic!("the scene has fallen apart: {action:?}")
                }
                Action::Notice(_) | Action::AskHealth { .. } | Action::ReadSecret { .. } => {}
            }
        }
    }

    /// Lets the peers answer until nothing is owed. Returns how many writes to Argus there were.
    pub(super) fn settle(&mut self, meter: &mut dyn Meter) -> u64 {
        self.settle_measuring(meter, |_| true)
    }

    /// Does as [`Scene::settle`], and measures only what comes from some of the peers.
    pub(super) fn settle_measuring(&mut self, meter: &mut dyn Meter, measures: impl Fn(Side) -> bool) -> u64 {
        let mut writes = 0;
        while let Some(task) = self.tasks.pop_front() {
            let meter: &mut dyn Meter = if measures(task.side()) { &mut *meter } else { &mut Unmeasured };
            match task {
                Task::Connected(conn, channel) => self.greet(conn, channel),
                Task::Zino(conn, bytes) => {
                    let mut reply = String::new();
                    for line in String::from_utf8_lossy(&bytes).lines() {
                        self.peers.zino(line, &mut reply);
                    }
                    for bytes in reply.as_bytes().chunks(READ_SIZE) {
                        self.give(meter, Input::Received { conn, bytes });
                    }
                }
                Task::Argus(call, request) => {
                    writes += u64::from(!request.body.is_empty());
                    let (status, body) = self.peers.argus(&request);
                    self.give(meter, Input::HttpConnected { call });
                    let response = Response { status, retry_after: None, date: None, body: body.as_bytes() };
                    self.give(meter, Input::HttpDone { call, response });
                }
                Task::Probe(probe, datagram) => {
                    let answer = SnmpAgent::new("public", BEGIN - 1000).answer(&datagram, BEGIN);
                    let bytes = answer.unwrap_or_default();
                    self.give(meter, Input::Datagram { probe, bytes: &bytes });
                }
            }
        }
        writes
    }

    fn greet(&mut self, conn: ConnId, channel: Channel) {
        let nonce = "0123456789abcdef0123456789abcdef01234567";
        let greeting = match channel {
            Channel::Api => format!("200 {nonce} Hello, there\r\n"),
            Channel::Notify => {
                self.notify = Some(conn);
                format!("{nonce}\r\n")
            }
        };
        self.give(&mut Unmeasured, Input::Connected { conn });
        self.give(&mut Unmeasured, Input::Received { conn, bytes: greeting.as_bytes() });
    }
}
