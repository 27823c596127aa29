//! `zinoargus check`: tries the configuration on the servers, changes nothing, and tells what came of it.
//!
//! It is a small machine of its own, driven like the daemon's. Other than the daemon it gives up: each server gets as
//! long as the configuration says, and one try.

use super::{Ready, prepare};
use crate::config::Config;
use crate::driver::{Driver, Machine};
use crate::exit::Status;
use crate::log::one_line;
use core::fmt;
use glue_proto::wire::argus::{ArgusError, Call, Filter, Reply, read_reply};
use glue_proto::wire::snmp::{Outcome, Probe};
use glue_proto::wire::zino::{ApiChannel, ApiEvent, Command, NotifyChannel, NotifyEvent};
use glue_proto::{
    Action, CallId, Channel, ConnId, Exit, Input, Millis, Mono, Now, ProbeId, Response, Seed, Settings,
};
use std::collections::VecDeque;
use std::io::{self, Write as _};

/// Patience for the whole conversation with Zino: a reply takes at most as long (behaviour B50).
const ZINO_PATIENCE: Millis = Millis::from_secs(10);
const API: ConnId = ConnId(1);
const NOTIFY: ConnId = ConnId(2);
const CALL: CallId = CallId(1);
const PROBE: ProbeId = ProbeId(1);

/// Tries every server of the configuration, and prints one line for each.
pub(super) async fn check(config: Config, seed: u64) -> Status {
    let Ready { mut events, mut signals, hands, clock } = match prepare(&config) {
        Ok(ready) => ready,
        Err(status) => return status,
    };
    let names = Names::new(&config);
    let machine = Check::new(&config.settings, clock.now(), seed);
    let mut driver = Driver { machine, hands, clock };
    driver.run(&mut events, &mut signals).await;
    let text = driver.machine.report(&names);
    // Nobody is left to hear that standard output is closed, and the status says it all the same.
    let _ = io::stdout().write_all(text.as_bytes());
    driver.machine.status()
}

/// How the servers are called in the report.
#[derive(Debug)]
struct Names {
    zino: String,
    argus: String,
    primary: String,
}

impl Names {
    fn new(config: &Config) -> Self {
        let primary = config.primary.as_ref();
        Self {
            zino: format!("{} port {} and {}", config.zino_server, config.zino_port, config.notify_port),
            argus: config.argus_url.to_string(),
            primary: primary.map(|(host, port)| format!("{host} port {port}")).unwrap_or_default(),
        }
    }
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Finding {
    /// All is well.
    Well(String),
    /// The server does not want us.
    Refused(String),
    /// There is no server, or not the one that it should be.
    Unreachable(String),
}

impl Finding {
    const fn status(&self) -> Status {
        match self {
            Self::Well(_) => Status::Done,
            Self::Refused(_) => Status::Refused,
            Self::Unreachable(_) => Status::Unreachable,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verdict, text) = match self {
            Self::Well(text) => ("ok", text),
            Self::Refused(text) => ("REFUSED", text),
            Self::Unreachable(text) => ("FAILED", text),
        };
        write!(f, "{verdict}: {}", one_line(text))
    }
}

/// One try under way, or over.
#[derive(Debug)]
struct Trial {
    patience: Millis,
    deadline: Mono,
    finding: Option<Finding>,
}

impl Trial {
    fn begin(now: Now, patience: Millis) -> Self {
        Self { patience, deadline: now.mono + patience, finding: None }
    }

    /// Ends the try; the first finding counts.
    fn end(&mut self, finding: Finding) {
        self.finding.get_or_insert(finding);
    }

    fn unreachable(&mut self, why: &impl fmt::Display) {
        self.end(Finding::Unreachable(why.to_string()));
    }

    fn wake(&mut self, now: Now) {
        if now.mono >= self.deadline {
            self.unreachable(&format!("no answer within {}", self.patience));
        }
    }
}

/// The machine: three tries side by side.
struct Check {
    actions: VecDeque<Action>,
    api: ApiChannel,
    notify: NotifyChannel,
    user: String,
    zino: Trial,
    argus: Trial,
    primary: Option<(Probe, Trial)>,
}

impl Check {
    fn new(settings: &Settings, now: Now, seed: u64) -> Self {
        let request = Call::Count(Filter::Open).request();
        let mut actions = VecDeque::from([
            Action::Connect { conn: API, channel: Channel::Api },
            Action::Http { call: CALL, request },
        ]);
        let primary = settings.failover().map(|failover| {
            let community = failover.community().expose().as_bytes();
            let probe = Probe::new(community, Seed::new(seed).next_i32(), now.mono, failover.ping_timeout());
            (probe, Trial::begin(now, failover.ping_timeout()))
        });
        if let Some((probe, _)) = &primary {
            actions.push_back(Action::SendDatagram { probe: PROBE, bytes: probe.datagram().to_vec() });
        }
        Self {
            actions,
            api: ApiChannel::new(settings.zino().user(), settings.zino().secret(), 1),
            notify: NotifyChannel::new(),
            user: settings.zino().user().to_owned(),
            zino: Trial::begin(now, ZINO_PATIENCE),
            argus: Trial::begin(now, settings.argus().timeout()),
            primary,
        }
    }

    fn trials(&self) -> impl Iterator<Item = &Trial> {
        [&self.zino, &self.argus].into_iter().chain(self.primary.as_ref().map(|(_, trial)| trial))
    }

    fn trials_mut(&mut self) -> impl Iterator<Item = &mut Trial> {
        [&mut self.zino, &mut self.argus].into_iter().chain(self.primary.as_mut().map(|(_, trial)| trial))
    }

    fn is_over(&self) -> bool {
        self.trials().all(|trial| trial.finding.is_some())
    }

    /// Returns what the process ends with: refused credentials count most.
    fn status(&self) -> Status {
        let found = |status| self.trials().flat_map(|trial| &trial.finding).any(|f| f.status() == status);
        if found(Status::Refused) {
            Status::Refused
        } else if found(Status::Unreachable) || !self.is_over() {
            Status::Unreachable
        } else {
            Status::Done
        }
    }

    fn report(&self, names: &Names) -> String {
        let gone = Finding::Unreachable(String::from("interrupted"));
        let line = |what: &str, name: &str, trial: &Trial| {
            format!("{what:<8} {name}: {}\n", trial.finding.as_ref().unwrap_or(&gone))
        };
        let mut report = line("Zino", &names.zino, &self.zino) + &line("Argus", &names.argus, &self.argus);
        if let Some((_, trial)) = &self.primary {
            report += &line("primary", &names.primary, trial);
        }
        report
    }

    fn handle_zino(&mut self, conn: ConnId, bytes: &[u8]) {
        if conn == API {
            self.api.receive(bytes);
        } else {
            self.notify.receive(bytes);
        }
        while let Some(event) = self.api.poll_event() {
            self.handle_api(event);
        }
        while let Some(event) = self.notify.poll_event() {
            match event {
                NotifyEvent::Nonce(nonce) => {
                    if self.api.send(Command::Tie { nonce }).is_err() {
                        self.zino.unreachable(&"the server speaks out of turn");
                    }
                }
                NotifyEvent::Failed(error) => self.zino.unreachable(&error),
                NotifyEvent::Notification(_) | NotifyEvent::Goodbye | NotifyEvent::Unreadable { .. } => {}
            }
        }
        while let Some(bytes) = self.api.poll_transmit() {
            self.actions.push_back(Action::Send { conn: API, bytes });
        }
    }

    fn handle_api(&mut self, event: ApiEvent) {
        match event {
            ApiEvent::LoggedIn => {
                self.actions.push_back(Action::Connect { conn: NOTIFY, channel: Channel::Notify });
            }
            ApiEvent::LoginRefused { reply } => {
                self.zino.end(Finding::Refused(format!("the login of {} was refused: {reply}", self.user)));
            }
            ApiEvent::Tied => {
                let text = format!("logged in as {}, notifications are tied", self.user);
                self.zino.end(Finding::Well(text));
            }
            ApiEvent::TieRefused { reply } => {
                self.zino.unreachable(&format!("notifications could not be tied: {reply}"));
            }
            ApiEvent::Failed(error) => self.zino.unreachable(&error),
            // No such command was sent.
            ApiEvent::CaseIds(_)
            | ApiEvent::CaseIdsFailed { .. }
            | ApiEvent::Attributes(..)
            | ApiEvent::History(..)
            | ApiEvent::Log { .. }
            | ApiEvent::NoSuchCase { .. }
            | ApiEvent::Unreadable { .. }
            | ApiEvent::NoteAdded(_)
            | ApiEvent::StateSet(_)
            | ApiEvent::WriteRefused { .. }
            | ApiEvent::Version(_) => {}
        }
    }

    fn handle_argus(&mut self, response: &Response<'_>) {
        let reply = read_reply(&Call::Count(Filter::Open), response);
        self.argus.end(match reply {
            Ok(Reply::Count(count)) => {
                Finding::Well(format!("the token is accepted, {count} incidents are open"))
            }
            Ok(_) => Finding::Well(String::from("the token is accepted")),
            Err(error @ (ArgusError::Unauthorized { .. } | ArgusError::Forbidden { .. })) => {
                Finding::Refused(error.to_string())
            }
            Err(error) => Finding::Unreachable(error.to_string()),
        });
    }
}

impl Machine for Check {
    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Wake => self.trials_mut().for_each(|trial| trial.wake(now)),
            Input::Received { conn, bytes } => self.handle_zino(conn, bytes),
            Input::Disconnected { conn, reason } => {
                let port = if conn == API { "API" } else { "notification" };
                self.zino.unreachable(&format!("{port} port: {reason}"));
            }
            Input::HttpDone { response, .. } => self.handle_argus(&response),
            Input::HttpFailed { cause, .. } => self.argus.unreachable(&cause),
            Input::Datagram { bytes, .. } => {
                if let Some((probe, trial)) = &mut self.primary {
                    match probe.receive(bytes) {
                        Some(answer @ Outcome::Answered { .. }) => {
                            trial.end(Finding::Well(answer.to_string()))
                        }
                        Some(Outcome::Failed(error)) => trial.unreachable(&error),
                        None => {}
                    }
                }
            }
            Input::DatagramFailed { reason, .. } => {
                if let Some((_, trial)) = &mut self.primary {
                    trial.unreachable(&reason);
                }
            }
            Input::Shutdown => self.actions.push_back(Action::Exit(Exit::Done)),
            // The servers speak first, and there is nothing that an operator could ask for.
            Input::Connected { .. } | Input::HttpConnected { .. } | Input::Command(_) => {}
        }
        if self.is_over() {
            self.actions.push_back(Action::Exit(Exit::Done));
        }
    }

    fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn wake_at(&self) -> Option<Mono> {
        self.trials().filter(|trial| trial.finding.is_none()).map(|trial| trial.deadline).min()
    }
}
