//! The peers, the daemon and the audience.

use crate::Failure;
use crate::board::{self, Board};
use crate::check;
use crate::daemon::{Running, Seen};
use crate::names::{DAEMON, SOURCE};
use crate::screen::Screen;
use glue_proto::Exit;
use glue_runtime::config;
use glue_sim::argus::ArgusServer;
use glue_sim::net::{ArgusNet, SnmpNet, ZinoNet, serve_argus, serve_snmp, serve_zino};
use glue_sim::snmp::SnmpAgent;
use glue_sim::zino::ZinoServer;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const SECRET: &str = "a-demo-secret";
const TOKEN: &str = "a-demo-token";
const COMMUNITY: &str = "public";

/// Far longer than anything in the story takes.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often the boards are looked at.
const GLANCE: Duration = Duration::from_millis(1);

/// What a condition may look at.
pub(crate) struct View<'a> {
    /// Zino's side.
    pub(crate) zino: &'a ZinoServer,
    /// Argus's side.
    pub(crate) argus: &'a ArgusServer,
    /// The daemon.
    pub(crate) seen: &'a Seen,
    /// How the boards disagree.
    pub(crate) disagreements: Vec<String>,
}

/// Everything that the story needs.
pub(crate) struct Stage {
    /// The Zino server beside the daemon.
    pub(crate) zino: ZinoNet,
    /// The Argus server.
    pub(crate) argus: ArgusNet,
    /// The agent of the primary Zino.
    pub(crate) primary: SnmpNet,
    daemon: Running,
    screen: Screen,
    shown: Board,
    cause: Instant,
    scene: String,
    summary: Vec<String>,
}

impl Stage {
    /// Starts the peers, on ports that the system chooses. The daemon is started last.
    pub(crate) fn set(mut screen: Screen) -> Result<Self, Failure> {
        let zino = serve_zino(ZinoServer::new(DAEMON, SECRET), 0, 0).map_err(Failure::Setup)?;
        let argus = serve_argus(ArgusServer::new(SOURCE, TOKEN), 0).map_err(Failure::Setup)?;
        let primary = serve_snmp(SnmpAgent::new(COMMUNITY, 0), 0).map_err(Failure::Setup)?;
        let notify = zino.notify_addr().port();
        screen.line("zinoargus between a Zino and an Argus: it is a secondary, with a primary to watch.")?;
        screen.line(&format!("Zino on {} and {notify}, Argus on {},", zino.api_addr(), argus.addr()))?;
        screen.line(&format!("the SNMP agent of the primary on {}.", primary.addr()))?;
        let text = configuration(&zino, &argus, &primary);
        let loaded = config::parse(Path::new("demo.toml"), &text);
        let loaded = loaded.map_err(|error| Failure::story(error.to_string()))?;
        let daemon = Running::start(loaded.config)?;
        Ok(Self {
            zino,
            argus,
            primary,
            daemon,
            screen,
            shown: Board::new(),
            cause: Instant::now(),
            scene: String::new(),
            summary: Vec::new(),
        })
    }

    /// Begins a scene.
    pub(crate) fn scene(&mut self, title: &str) -> Result<(), Failure> {
        title.clone_into(&mut self.scene);
        self.screen.headline(title)
    }

    /// Announces what somebody is about to do, and starts the stopwatch.
    pub(crate) fn cause(&mut self, text: &str) -> Result<(), Failure> {
        self.show()?;
        self.screen.cause(text)?;
        self.cause = Instant::now();
        Ok(())
    }

    /// Waits until something holds, and shows what changes meanwhile.
    ///
    /// # Errors
    ///
    /// It does not hold in time, or the daemon has ended.
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&View<'_>) -> bool) -> Result<(), Failure> {
        let begin = Instant::now();
        loop {
            let (found, disagreements) = self.look(|view| (holds(view), view.disagreements.clone()));
            self.show()?;
            if found {
                let text = format!("{what} ({} ms)", self.cause.elapsed().as_millis());
                return self.screen.proved(&text);
            }
            if self.daemon.is_over() || begin.elapsed() > PATIENCE {
                return Err(self.failure(what, &disagreements));
            }
            thread::sleep(GLANCE);
        }
    }

    /// Proves something that holds already.
    ///
    /// # Errors
    ///
    /// It does not.
    pub(crate) fn now(&mut self, what: &str, holds: impl Fn(&View<'_>) -> bool) -> Result<(), Failure> {
        let (found, disagreements) = self.look(|view| (holds(view), view.disagreements.clone()));
        if found { self.screen.proved(what) } else { Err(self.failure(what, &disagreements)) }
    }

    /// Ends a scene: the daemon comes to rest, and then both boards agree.
    ///
    /// # Errors
    ///
    /// They do not, or the daemon does not come to rest.
    pub(crate) fn agree(&mut self) -> Result<(), Failure> {
        self.until("the daemon is at rest, and both boards agree", |view| {
            !view.seen.is_busy && view.disagreements.is_empty()
        })?;
        self.applaud();
        Ok(())
    }

    /// Ends a scene that has proved what it had to.
    pub(crate) fn applaud(&mut self) {
        self.summary.push(format!("{:>7.3} s  {}", self.screen.elapsed().as_secs_f64(), self.scene));
    }

    /// Stops the daemon, and ends the story.
    ///
    /// # Errors
    ///
    /// The daemon does not end as it should.
    pub(crate) fn stop(mut self, at_most: Duration) -> Result<(), Failure> {
        let stop = Instant::now();
        self.daemon.ask_to_stop();
        while !self.daemon.is_over() {
            if stop.elapsed() > at_most {
                return Err(self.failure("the daemon ends in time", &[]));
            }
            thread::sleep(GLANCE);
        }
        let took = stop.elapsed();
        self.show()?;
        let exit = self.daemon.join()?;
        if exit != Exit::Done {
            return Err(Failure::story(format!("the daemon has ended with {exit:?}")));
        }
        self.screen.proved(&format!("the daemon has ended ({} ms)", took.as_millis()))?;
        self.screen.line("")?;
        for line in &self.summary {
            self.screen.line(&format!("  ok  {line}"))?;
        }
        let (cases, incidents) = (self.shown.len(), self.argus.with(|argus, _| argus.incidents().count()));
        let (requests, seconds) = (self.argus.requests(), self.screen.elapsed().as_secs_f64());
        self.screen.line(&format!(
            "All {} scenes went as they should: {cases} cases, {incidents} incidents, {requests} requests to Argus, \
             {seconds:.1} s.",
            self.summary.len()
        ))
    }

    /// Looks at everything at one moment.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        self.zino.with(|zino, now| {
            self.argus.with(|argus, _| {
                let disagreements = check::disagreements(zino, argus, now);
                look(&View { zino, argus, seen: &self.daemon.seen(), disagreements })
            })
        })
    }

    /// Shows what the daemon says and which rows have changed since the last time.
    fn show(&mut self) -> Result<(), Failure> {
        let log = std::mem::take(&mut self.daemon.seen().log);
        for line in &log {
            self.screen.log(line)?;
        }
        let board = self.zino.with(|zino, now| self.argus.with(|argus, _| board::read(zino, argus, now)));
        for (name, row) in &board {
            let before = self.shown.get(name);
            if before != Some(row) {
                self.screen.row(row, before, self.cause.elapsed())?;
            }
        }
        self.shown = board;
        Ok(())
    }

    fn failure(&self, what: &str, disagreements: &[String]) -> Failure {
        let ended = if self.daemon.is_over() { "; the daemon has ended" } else { "" };
        let list: String = disagreements.iter().map(|line| format!("\n  {line}")).collect();
        Failure::story(format!("{}: this does not hold: {what}{ended}{list}", self.scene))
    }
}

/// The file that the daemon is started with. Its intervals are short so that nobody has to wait for them.
fn configuration(zino: &ZinoNet, argus: &ArgusNet, primary: &SnmpNet) -> String {
    format!(
        r#"[argus]
url = "http://{argus}/api/v2/"
token = "{TOKEN}"
timeout = 1
write_timeout = 1
[zino]
server = "{zino}"
port = {api}
notify_port = {notify}
user = "{DAEMON}"
secret = "{SECRET}"
default_domain = "example.org"
[sync]
acknowledge.setstate = "working"
ticket.enable = true
refresh_interval = 0.5
reconcile_interval = 5
[sync.severity]
default = 3
thresholds = [{{ min_priority = {critical}, level = 1 }}]
[failover]
primary_server = "{primary}"
primary_snmp_port = {snmp}
snmp_community = "{COMMUNITY}"
ping_interval = 0.3
ping_timeout = 0.2
threshold = 3
"#,
        argus = argus.addr(),
        zino = zino.api_addr().ip(),
        api = zino.api_addr().port(),
        notify = zino.notify_addr().port(),
        critical = check::CRITICAL,
        primary = primary.addr().ip(),
        snmp = primary.addr().port(),
    )
}
