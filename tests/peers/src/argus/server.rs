//! The server: who may ask, and what all parts of it share.

use super::board::{Ack, Event, Incident};
use super::http::{HttpReply, Request};
use super::options::Options;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// A source system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) source_type: String,
    pub(super) user: u64,
}

/// Who has sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Caller {
    pub(super) user: u64,
    pub(super) source: Option<u64>,
}

/// An Argus server.
#[derive(Clone, Debug)]
pub struct ArgusServer {
    pub(super) options: Options,
    pub(super) zone: TimeZone,
    pub(super) sources: BTreeMap<u64, Source>,
    pub(super) incidents: BTreeMap<u64, Incident>,
    /// The pk of each incident by its source and that source's name for it.
    pub(super) by_source_id: BTreeMap<(u64, String), u64>,
    users: BTreeMap<u64, String>,
    tokens: BTreeMap<String, u64>,
    last_incident: u64,
    last_event: u64,
    clock: i64,
    heartbeats: u64,
    orders: usize,
}

impl Hash for ArgusServer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The zone follows from the options.
        let Self { options, zone: _, sources, incidents, by_source_id, users, tokens, .. } = self;
        let Self { last_incident, last_event, clock, heartbeats, .. } = self;
        (options, sources, incidents, by_source_id, users, tokens).hash(state);
        (last_incident, last_event, clock, heartbeats).hash(state);
    }
}

impl ArgusServer {
    /// Starts an empty server with one source of type `zino` whose token is this. As on every server there is a source
    /// `argus` too, and a user `admin`.
    #[must_use]
    pub fn new(source: &str, token: &str) -> Self {
        let mut server = Self {
            options: Options::default(),
            zone: TimeZone::UTC,
            sources: BTreeMap::new(),
            incidents: BTreeMap::new(),
            by_source_id: BTreeMap::new(),
            users: BTreeMap::new(),
            tokens: BTreeMap::new(),
            last_incident: 0,
            last_event: 0,
            clock: i64::MIN,
            heartbeats: 0,
            orders: 0,
        };
        server.set_options(Options::default());
        server.add_source("argus", "argus", None);
        server.user("admin");
        server.add_source(source, "zino", Some(token));
        server
    }

    /// Sets what the server knows and does. A zone that cannot be read counts as UTC.
    pub fn set_options(&mut self, options: Options) {
        self.zone = TimeZone::posix(&options.zone).unwrap_or(TimeZone::UTC);
        self.options = options;
    }

    /// Changes some of what the server knows and does, as [`set_options`](Self::set_options) changes all of it.
    pub fn edit_options(&mut self, edit: impl FnOnce(&mut Options)) {
        let mut options = self.options.clone();
        edit(&mut options);
        self.set_options(options);
    }

    /// Returns what the server knows and does.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Adds a source system with a user of the same name; returns the user's pk.
    pub fn add_source(&mut self, name: &str, source_type: &str, token: Option<&str>) -> u64 {
        let user = self.user(name);
        let pk = u64::try_from(self.sources.len()).unwrap_or(u64::MAX) + 1;
        self.sources.insert(pk, Source { name: name.into(), source_type: source_type.into(), user });
        if let Some(token) = token {
            self.add_token(name, token);
        }
        user
    }

    /// Gives a user a token. An unknown user is added: one without a source system, who is refused what only those may do.
    pub fn add_token(&mut self, user: &str, token: &str) {
        let pk = self.user(user);
        self.tokens.insert(token.into(), pk);
    }

    /// Takes a token away: whoever uses it gets a 401.
    pub fn remove_token(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// Lets the pks below these be used up.
    pub fn skip_to(&mut self, next_incident: u64, next_event: u64) {
        self.last_incident = self.last_incident.max(next_incident.saturating_sub(1));
        self.last_event = self.last_event.max(next_event.saturating_sub(1));
    }

    /// Lets the pks be used up that another server has given.
    pub(super) fn use_up(&mut self, other: &Self) {
        self.skip_to(other.last_incident + 1, other.last_event + 1);
    }

    /// Answers a request as [`respond`](Self::respond) does. `authorization` is the whole header, such as
    /// `Token 0123`.
    pub fn request(
        &mut self,
        now: i64,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: &[u8],
    ) -> HttpReply {
        self.respond(now, &Request { authorization, body, ..Request::new(method, target) })
    }

    /// Returns all incidents by their pks.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// Returns an incident.
    #[must_use]
    pub fn incident(&self, pk: u64) -> Option<&Incident> {
        self.incidents.get(&pk)
    }

    /// Finds an incident of the source that a token belongs to, by the source's own name for it.
    #[must_use]
    pub fn find(&self, source: &str, source_incident_id: &str) -> Option<&Incident> {
        let pk = self.source_pk(source)?;
        self.incident(*self.by_source_id.get(&(pk, source_incident_id.to_owned()))?)
    }

    /// Returns the pk of a source.
    pub(crate) fn source_pk(&self, name: &str) -> Option<u64> {
        self.sources.iter().find(|(_, known)| known.name == name).map(|(&pk, _)| pk)
    }

    /// Gives a user another name, as administrators can.
    pub fn rename_user(&mut self, name: &str, new: &str) {
        for known in self.users.values_mut().filter(|known| *known == name) {
            *known = new.into();
        }
    }

    /// Returns the name of a user.
    #[must_use]
    pub fn user_name(&self, pk: u64) -> Option<&str> {
        self.users.get(&pk).map(String::as_str)
    }

    /// Returns how many heartbeats were accepted.
    #[must_use]
    pub const fn heartbeats(&self) -> u64 {
        self.heartbeats
    }

    pub(super) const fn count_heartbeat(&mut self) {
        self.heartbeats += 1;
    }

    /// Finds a user by name, or adds one.
    pub(super) fn user(&mut self, name: &str) -> u64 {
        if let Some((&pk, _)) = self.users.iter().find(|(_, known)| *known == name) {
            return pk;
        }
        let pk = u64::try_from(self.users.len()).unwrap_or(u64::MAX) + 1;
        self.users.insert(pk, name.into());
        pk
    }

    pub(super) fn caller(&self, user: u64) -> Caller {
        let source = self.sources.iter().find(|(_, source)| source.user == user).map(|(&pk, _)| pk);
        Caller { user, source }
    }

    /// Finds out who sends a request (reference argus-api 1).
    pub(super) fn authenticate(&self, authorization: Option<&str>) -> Result<Caller, HttpReply> {
        let refuse = |text| Err(HttpReply::detail(401, text).with_header("WWW-Authenticate", "Token"));
        let mut words = authorization.unwrap_or_default().split_ascii_whitespace();
        if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("token")) {
            return refuse("Authentication credentials were not provided.");
        }
        match (words.next(), words.next()) {
            (None, _) => refuse("Invalid token header. No credentials provided."),
            (Some(_), Some(_)) => refuse("Invalid token header. Token string should not contain spaces."),
            (Some(token), None) => {
                let Some(&user) = self.tokens.get(token) else { return refuse("Invalid token.") };
                Ok(self.caller(user))
            }
        }
    }

    /// Returns the moment in microseconds. No two calls give the same one, whatever the clock says.
    pub(super) fn moment(&mut self, now: i64) -> i64 {
        self.clock = now.saturating_mul(1_000_000).saturating_add(1).max(self.clock.saturating_add(1));
        self.clock
    }

    /// Draws in which order the database deals out equal rows this time.
    pub(super) const fn next_order(&mut self) -> usize {
        self.orders += 1;
        self.orders
    }

    pub(super) const fn next_incident(&mut self) -> u64 {
        self.last_incident += 1;
        self.last_incident
    }

    /// Adds an event to an incident; returns its pk, `None` if there is no such incident. Nothing but the event changes.
    pub(super) fn add_event(&mut self, incident: u64, new: NewEvent<'_>, now: i64) -> Option<u64> {
        let received = self.moment(now);
        let incident = self.incidents.get_mut(&incident)?;
        self.last_event += 1;
        incident.events.push(Event {
            pk: self.last_event,
            actor: new.actor,
            timestamp: new.timestamp.unwrap_or(received),
            received,
            event_type: new.event_type.into(),
            description: new.description.into(),
        });
        Some(self.last_event)
    }

    /// Adds an acknowledgement with its event; returns the pk of both.
    pub(super) fn add_ack(
        &mut self,
        incident: u64,
        new: NewEvent<'_>,
        expiration: Option<i64>,
        now: i64,
    ) -> Option<u64> {
        let event = self.add_event(incident, new, now)?;
        self.incidents.get_mut(&incident)?.acks.push(Ack { event, expiration });
        Some(event)
    }
}

/// What an event is made of.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct NewEvent<'a> {
    pub(super) actor: u64,
    /// In microseconds; `None` is the moment at which the server gets it.
    pub(super) timestamp: Option<i64>,
    pub(super) event_type: &'a str,
    pub(super) description: &'a str,
}
