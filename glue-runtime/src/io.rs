//! Carries out what the machine wants done outside.

use crate::config::Config;
use crate::driver::Effects;
use crate::event::{Event, Events};
use crate::http::{Call, Environment, Http, SetupError};
use crate::log;
use crate::secrets::Secrets;
use crate::tcp::Link;
use crate::udp::Probe;
use bytes::Bytes;
use glue_proto::{Action, CallId, Channel, ConnId, Exit};
use std::collections::BTreeMap;

/// Everything that is open at the moment. Dropping it closes all of it.
#[derive(Debug)]
pub struct Io {
    addresses: Addresses,
    http: Http,
    secrets: Secrets,
    events: Events,
    links: BTreeMap<ConnId, Link>,
    calls: BTreeMap<CallId, Call>,
    probe: Option<Probe>,
}

/// Where the peers are.
#[derive(Debug)]
struct Addresses {
    zino: String,
    api: u16,
    notify: u16,
    primary: Option<(String, u16)>,
}

impl Io {
    /// Prepares the way to the servers of a configuration. What happens there goes to `events`.
    ///
    /// # Errors
    ///
    /// If the way to Argus cannot be set up.
    pub fn new(config: &Config, environment: &Environment, events: Events) -> Result<Self, SetupError> {
        let addresses = Addresses {
            zino: config.zino_server.clone(),
            api: config.zino_port,
            notify: config.notify_port,
            primary: config.primary.clone(),
        };
        let http =
            Http::new(config.argus_url.clone(), &config.argus_token, config.ca_file.as_deref(), environment)?;
        let secrets = Secrets::new(config.clone());
        Ok(Self {
            addresses,
            http,
            secrets,
            events,
            links: BTreeMap::new(),
            calls: BTreeMap::new(),
            probe: None,
        })
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
            Action::ReadSecret { server } => {
                if let Some(reload) = self.secrets.read_again(server, &mut self.http) {
                    let events = self.events.clone();
                    // The loop that takes events is the one that is here.
                    tokio::spawn(async move { events.send(Event::Reload(Box::new(reload))).await });
                }
            }
            Action::Notice(notice) => log::notice(&notice),
            Action::Exit(exit) => return Some(exit),
        }
        None
    }

    fn observe(&mut self, event: &Event) {
        match event {
            Event::Disconnected { conn, .. } => drop(self.links.remove(conn)),
            Event::HttpDone { call, .. } | Event::HttpFailed { call, .. } => drop(self.calls.remove(call)),
            Event::Wake
            | Event::Connected { .. }
            | Event::Received { .. }
            | Event::HttpConnected { .. }
            | Event::ProbeSent { .. }
            | Event::Datagram { .. }
            | Event::DatagramFailed { .. }
            | Event::Command(_)
            | Event::Reload(_)
            | Event::Shutdown => {}
        }
    }
}
