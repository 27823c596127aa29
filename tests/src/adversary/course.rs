//! One mode, from its beginning to its end.

use super::argus::HostileArgus;
use super::board::Board;
use super::log::{self, Count};
use super::mode::{Beginning, Expected, Mode};
use super::program::Program;
use super::snmp::HostileAgent;
use super::stage::Stage;
use super::zino::HostileZino;
use super::{COMMUNITY, SECRET, TOKEN, USER, until};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long it may take before the attack until all is well.
const SETTLE: Duration = Duration::from_secs(30);
/// How long an attack waits at most for its first chance.
const CHANCE: Duration = Duration::from_secs(60);
/// How long what is not attacked may take during the attack (behaviour, invariant 11, with a margin for a busy machine).
const PROMPT: Duration = Duration::from_secs(10);
/// How long the end may take (behaviour B2), with the same margin.
const END: Duration = Duration::from_secs(4);
/// How long is looked whether something that must not happen does not happen.
const LOOK: Duration = Duration::from_secs(1);

/// What an attack has cost.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Measured {
    /// How often something hostile was done.
    pub strikes: u64,
    /// The most memory that the program had at once, in KiB.
    pub peak_kib: u64,
    /// Processor time from the beginning of the attack until all was in step again.
    pub processor: Duration,
    /// Lines of the log in that time that are shown without `-v`.
    pub loud_lines: usize,
    /// All lines with `-v`.
    pub lines: usize,
    /// The longest wait for an answer to `/healthz`; `None` if there never was one.
    pub wait: Option<Duration>,
    /// From the end of the attack until all was in step again; `None` if it never was.
    pub recovery: Option<Duration>,
}

/// What came of a mode.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// What it has cost.
    pub measured: Measured,
    /// What was wrong.
    pub faults: Vec<String>,
    /// What the program has logged.
    pub log: String,
}

impl Outcome {
    /// Tells whether all is well.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The program among its peers.
struct Rig {
    program: Program,
    zino: HostileZino,
    argus: HostileArgus,
    agent: Option<HostileAgent>,
    elsewhere: TcpListener,
    stage: Arc<Stage>,
    /// What it had cost when the attack began.
    processor: Duration,
    lines: Count,
}

/// What is attacked, and how.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The built program.
    pub binary: PathBuf,
    /// How long each attack lasts, at least.
    pub length: Duration,
    /// By which factor the program is slower than a release build: it has so much more processor time.
    pub slowness: u32,
    /// Whether the program is told to end in the middle of the attack.
    pub cut_short: bool,
}

/// Runs a mode.
#[must_use]
pub fn run(mode: &Mode, terms: &Terms) -> Outcome {
    let mut outcome = Outcome::default();
    let terms = &Terms { length: terms.length.max(mode.least), ..terms.clone() };
    match Rig::start(mode, &terms.binary) {
        Ok(mut rig) => {
            match mode.expected {
                _ if terms.cut_short => rig.attack_briefly(mode, terms.length, &mut outcome),
                Some(expected) => rig.attack_primary(mode, expected, terms.length, &mut outcome),
                None => rig.attack(mode, terms.length, &mut outcome),
            }
            rig.end(&mut outcome);
            outcome.faults.extend(mode.limits.exceeded(&outcome.measured, terms));
        }
        Err(error) => outcome.faults.push(format!("cannot be started: {error}")),
    }
    outcome
}

impl Rig {
    fn start(mode: &Mode, binary: &Path) -> io::Result<Self> {
        let stage = Arc::new(Stage::default());
        let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        elsewhere.set_nonblocking(true)?;
        let zino = HostileZino::start(&stage, mode.zino)?;
        let argus = HostileArgus::start(&stage, mode.argus, elsewhere.local_addr()?.port())?;
        let agent = mode.expected.map(|_| HostileAgent::start(&stage, mode.snmp)).transpose()?;
        if mode.beginning == Beginning::AtStart {
            stage.begin_attack();
        }
        if mode.expected.is_none() {
            Board { zino: &zino, argus: &argus }.fill();
        }
        let program = Program::start(binary, &configuration(&zino, &argus, agent.as_ref()))?;
        let (processor, lines) = (Duration::ZERO, Count::default());
        Ok(Self { program, zino, argus, agent, elsewhere, stage, processor, lines })
    }

    const fn board(&self) -> Board<'_> {
        Board { zino: &self.zino, argus: &self.argus }
    }

    /// Attacks what the daemon works with.
    fn attack(&mut self, mode: &Mode, length: Duration, outcome: &mut Outcome) {
        if !self.begin(mode, outcome) {
            return;
        }
        self.board().change();
        if mode.isolated && until(PROMPT, || self.board().unchanged().is_empty()).is_none() {
            let late = self.board().unchanged();
            outcome.faults.extend(late.into_iter().map(|text| format!("during the attack: {text}")));
        }
        self.wait(length);
        self.stage.end_attack();
        self.board().change_more();
        outcome.measured.recovery = until(mode.limits.recovery, || self.board().missing().is_empty());
        if outcome.measured.recovery.is_none() {
            let missing = self.board().missing();
            outcome.faults.extend(missing.into_iter().map(|text| format!("afterwards: {text}")));
        }
        self.measure(&mut outcome.measured);
        outcome.faults.extend(self.board().wrongs(mode.believed));
    }

    /// Attacks the probing of the primary, the daemon being in STANDBY.
    fn attack_primary(&mut self, mode: &Mode, expected: Expected, length: Duration, outcome: &mut Outcome) {
        if !self.begin(mode, outcome) {
            return;
        }
        self.board().fill();
        if expected == Expected::TakesOver {
            if until(PROMPT, || self.board().is_filled()).is_none() {
                outcome.faults.push("the false answers counted: it did not take over".into());
            }
            self.wait(length);
            self.stage.end_attack();
            let is_back = || self.program.has_logged("changing from ACTIVE to STANDBY");
            outcome.measured.recovery = until(mode.limits.recovery, is_back);
        } else {
            self.wait(length);
            thread::sleep(LOOK);
            if self.argus.with(|argus, _| argus.incidents().count()) > 0 {
                outcome.faults.push("it took over although the primary answers".into());
            }
            self.stage.end_attack();
            if let Some(agent) = &self.agent {
                agent.fall_silent();
            }
            outcome.measured.recovery = until(mode.limits.recovery, || self.board().is_filled());
        }
        if outcome.measured.recovery.is_none() {
            outcome.faults.push("it does not see how the primary is after the attack".into());
        }
        self.measure(&mut outcome.measured);
    }

    /// Attacks until the program is told to end, which comes next.
    fn attack_briefly(&mut self, mode: &Mode, length: Duration, outcome: &mut Outcome) {
        if self.begin(mode, outcome) {
            self.board().change();
            self.wait(length);
            self.measure(&mut outcome.measured);
        }
    }

    /// Begins the attack once all is well. Tells whether it ever is.
    fn begin(&mut self, mode: &Mode, outcome: &mut Outcome) -> bool {
        if mode.beginning == Beginning::AtStart {
            return true;
        }
        let is_standing_by = mode.expected.is_some();
        let is_well = || {
            self.program.has_logged("connected, reading all cases")
                && self.program.has_logged("were listed")
                && (is_standing_by || self.board().is_filled())
        };
        if until(SETTLE, is_well).is_none() {
            outcome.faults.push("it was not in step before the attack".into());
            return false;
        }
        self.processor = self.program.processor_time();
        self.lines = log::count(&self.program.log());
        self.stage.begin_attack();
        if mode.beginning == Beginning::Cut {
            self.zino.cut();
            self.argus.cut();
        }
        true
    }

    /// Lets the attack go on for so long from its first chance on.
    fn wait(&self, length: Duration) {
        until(CHANCE, || self.stage.strikes() > 0);
        thread::sleep(length);
    }

    fn measure(&self, measured: &mut Measured) {
        let lines = log::count(&self.program.log());
        measured.strikes = self.stage.strikes();
        measured.peak_kib = self.program.peak_kib();
        measured.processor = self.program.processor_time().saturating_sub(self.processor);
        measured.loud_lines = lines.loud.saturating_sub(self.lines.loud);
        measured.lines = lines.all.saturating_sub(self.lines.all);
        measured.wait = self.program.longest_wait();
    }

    /// Ends the program, and judges.
    fn end(&mut self, outcome: &mut Outcome) {
        if let Some(status) = self.program.ended() {
            outcome.faults.push(format!("it ended by itself: {status}"));
        } else if self.program.terminate(END).is_none() {
            outcome.faults.push("it does not end when it is told to".into());
        } else if !self.program.ended().is_some_and(|status| status.success()) {
            outcome.faults.push("it ended with a failure when it was told to end".into());
        }
        if self.elsewhere.accept().is_ok() {
            outcome.faults.push("it asked another server than Argus".into());
        }
        if outcome.measured.strikes == 0 {
            outcome.faults.push("the attack had no chance".into());
        }
        outcome.log = self.program.log();
        outcome.faults.extend(log::faults(&outcome.log));
    }
}

fn configuration(zino: &HostileZino, argus: &HostileArgus, agent: Option<&HostileAgent>) -> String {
    let (argus, (api, notify)) = (argus.port(), zino.ports());
    let failover = agent.map_or_else(String::new, |agent| {
        format!(
            "[failover]\nprimary_server = \"127.0.0.1\"\nprimary_snmp_port = {}\n\
             snmp_community = \"{COMMUNITY}\"\nping_timeout = 0.4\nping_interval = 0.4\nthreshold = 3\n",
            agent.port()
        )
    });
    format!(
        "[argus]\nurl = \"http://127.0.0.1:{argus}/api/v2/\"\ntoken = \"{TOKEN}\"\nwrite_timeout = 2\n\
         [zino]\nserver = \"127.0.0.1\"\nport = {api}\nnotify_port = {notify}\nuser = \"{USER}\"\n\
         secret = \"{SECRET}\"\n[sync]\nacknowledge.setstate = \"working\"\nticket.enable = true\n\
         refresh_interval = 0.5\nreconcile_interval = 1\n{failover}"
    )
}
