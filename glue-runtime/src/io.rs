//! Carries out what the machine wants done outside.

use crate::config::Config;
use crate::driver::Effects;
use crate::event::{Event, Events};
use crate::http::{Asked, Call, Environment, Http, Peer, SetupError};
use crate::log;
use crate::secrets::Secrets;
use crate::tcp::Link;
use crate::udp::Probe;
use bytes::Bytes;
use glue_proto::{Action, CallId, Channel, ConnId, Exit, Now};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that is open at the moment. Dropping it closes all of it.
#[derive(Debug)]
pub struct Io {
    addresses: Addresses,
    http: Http,
    peer: Option<Peer>,
    secrets: Secrets,
    events: Events,
    links: BTreeMap<ConnId, Link>,
    calls: BTreeMap<CallId, Call>,
    probe: Option<Probe>,
    health: Option<Asked>,
    /// What a secret that was read again means for the machine.
    renewed: Option<Event>,
    next: Next,
}

/// What takes the place of the configuration so far, in the moment in which the machine hears of it (behaviour B75).
pub(crate) type Next = Arc<Mutex<Option<Prepared>>>;

/// A configuration, and the way to its Argus and to the daemon of its primary.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) config: Config,
    pub(crate) http: Http,
    pub(crate) peer: Option<Peer>,
}

impl Prepared {
    /// Prepares the way. It reads certificates from the disk.
    ///
    /// # Errors
    ///
    /// If it cannot be set up.
    pub(crate) fn new(config: Config, environment: &Environment) -> Result<Self, SetupError> {
        let base = config.argus_url.clone();
        let http = Http::new(base, &config.argus_token, config.ca_file.as_deref(), environment)?;
        let peer = config.primary_health.as_ref();
        let peer = peer.map(|url| Peer::new(url, config.ca_file.as_deref(), environment)).transpose()?;
        Ok(Self { config, http, peer })
    }
}

/// Where the peers are.
#[derive(Debug)]
struct Addresses {
    zino: String,
    api: u16,
    notify: u16,
    primary: Option<(String, u16)>,
}

impl Addresses {
    fn of(config: &Config) -> Self {
        Self {
            zino: config.zino_server.clone(),
            api: config.zino_port,
            notify: config.notify_port,
            primary: config.primary.clone(),
        }
    }
}

impl Io {
    /// Prepares the way to the servers of a configuration. What happens there goes to `events`.
    ///
    /// # Errors
    ///
    /// If the way to Argus cannot be set up.
    pub fn new(config: &Config, environment: &Environment, events: Events) -> Result<Self, SetupError> {
        let Prepared { config, http, peer } = Prepared::new(config.clone(), environment)?;
        Ok(Self {
            addresses: Addresses::of(&config),
            http,
            peer,
            secrets: Secrets::new(config),
            events,
            links: BTreeMap::new(),
            calls: BTreeMap::new(),
            probe: None,
            health: None,
            renewed: None,
            next: Next::default(),
        })
    }

    /// Returns where the next configuration is to be put, before the machine hears of it.
    pub(crate) fn next(&self) -> Next {
        Arc::clone(&self.next)
    }

    fn go_on_with_next(&mut self) {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Prepared { config, http, peer }) = next {
            self.addresses = Addresses::of(&config);
            self.http = http;
            self.peer = peer;
            self.secrets = Secrets::new(config);
        }
    }
}

impl Effects for Io {
    fn perform(&mut self, action: Action) -> Option<Exit> {
        match action {
            Action::Connect { conn, channel } => {
                let port = match channel {
                    Channel::Api => self.addresses.api,
                    Channel::Notify => self.addresses.notify,
                };
                let link = Link::open(conn, self.addresses.zino.clone(), port, self.events.clone());
                self.links.insert(conn, link);
            }
            Action::Send { conn, bytes } => {
                if let Some(link) = self.links.get(&conn) {
                    link.send(Bytes::from(bytes));
                }
            }
            Action::Close { conn } => drop(self.links.remove(&conn)),
            Action::Http { call, request } => {
                self.calls.insert(call, self.http.start(call, request, self.events.clone()));
            }
            Action::CancelHttp { call } => drop(self.calls.remove(&call)),
            Action::SendDatagram { probe, bytes } => {
                // Without a primary there is nobody to ask, and the machine does not ask.
                self.probe =
                    self.addresses.primary.as_ref().map(|(host, port)| {
                        Probe::send(probe, host.clone(), *port, bytes, self.events.clone())
                    });
            }
            Action::AskHealth { probe } => {
                self.health = self.peer.as_ref().map(|peer| peer.ask(probe, self.events.clone()));
            }
            Action::ReadSecret { server } => {
                let reload = self.secrets.read_again(server, &mut self.http);
                if let Some(reload) = reload {
                    self.renewed = Some(Event::Reload(Box::new(reload)));
                }
            }
            Action::Notice(notice) => log::notice(&notice),
            Action::Exit(exit) => return Some(exit),
        }
        None
    }

    fn observe(&mut self, _now: Now, event: &Event) {
        match event {
            Event::Reload(_) => self.go_on_with_next(),
            Event::Disconnected { conn, .. } => drop(self.links.remove(conn)),
            Event::HttpDone { call, .. } | Event::HttpFailed { call, .. } => drop(self.calls.remove(call)),
            Event::Wake
            | Event::Connected { .. }
            | Event::Received { .. }
            | Event::HttpConnected { .. }
            | Event::ProbeSent { .. }
            | Event::Datagram { .. }
            | Event::DatagramFailed { .. }
            | Event::HealthAnswered { .. }
            | Event::Command(_)
            | Event::Shutdown => {}
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.renewed.take()
    }
}
