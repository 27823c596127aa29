//! A Zino that is honest until the attack begins.

use super::listener::Listener;
use super::say::{Say, is_wait, perform};
use super::stage::Stage;
use super::{SECRET, USER, lock};
use glue_sim::zino::{SessionId, ZinoServer};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often a channel with nothing to say looks whether the attack has begun.
const TICK: Duration = Duration::from_millis(20);

/// Says what stands in the place of a reply; `None` for the honest one.
pub(super) type ReplyTactic = fn(&Asked<'_>) -> Option<Vec<Say>>;

/// How the server is hostile. What is not said is honest.
#[derive(Clone, Copy, Default)]
pub(super) struct ZinoTactic {
    /// What stands in the place of a greeting.
    pub(super) greeting: Option<fn(Vec<u8>) -> Vec<Say>>,
    /// What stands in the place of a reply.
    pub(super) reply: Option<ReplyTactic>,
    /// What stands in the place of a nonce.
    pub(super) nonce: Option<fn(Vec<u8>) -> Vec<Say>>,
    /// What is said once on each notification channel, unasked.
    pub(super) notify: Option<fn() -> Vec<Say>>,
}

/// A command that came during the attack.
pub(super) struct Asked<'a> {
    /// Its line, without its end.
    pub(super) command: &'a str,
    /// Asks the honest server, on which the command has an effect then.
    ask: &'a dyn Fn() -> Vec<u8>,
    /// How many hostile things were done before.
    pub(super) strikes: u64,
    /// Whatever the tactic wants to remember on this connection.
    pub(super) memory: &'a RefCell<Vec<u8>>,
}

impl Asked<'_> {
    /// Tells whether the command has this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.command.split(' ').next() == Some(name)
    }

    /// Lets the honest server do and answer it.
    pub(super) fn honest(&self) -> Vec<u8> {
        (self.ask)()
    }

    /// Returns the honest answer with one text in the place of another.
    pub(super) fn with(&self, old: &str, new: &str) -> Vec<u8> {
        String::from_utf8_lossy(&self.honest()).replace(old, new).into_bytes()
    }

    /// Returns the first half of the honest answer.
    pub(super) fn half(&self) -> Vec<u8> {
        let mut honest = self.honest();
        honest.truncate(honest.len() / 2);
        honest
    }
}

/// The server on its two ports.
pub(super) struct HostileZino {
    shared: Arc<Shared>,
    api: Listener,
    notify: Listener,
}

struct Shared {
    stage: Arc<Stage>,
    tactic: ZinoTactic,
    state: Mutex<State>,
}

struct State {
    server: ZinoServer,
    sessions: u64,
    channels: BTreeMap<SessionId, Sender<Vec<u8>>>,
}

impl HostileZino {
    pub(super) fn start(stage: &Arc<Stage>, tactic: ZinoTactic) -> io::Result<Self> {
        let state = State { server: ZinoServer::new(USER, SECRET), sessions: 0, channels: BTreeMap::new() };
        let shared = Arc::new(Shared { stage: Arc::clone(stage), tactic, state: Mutex::new(state) });
        let (for_api, for_notify) = (Arc::clone(&shared), Arc::clone(&shared));
        let api = Listener::start(stage, move |stream| for_api.serve_api(stream))?;
        let notify = Listener::start(stage, move |stream| for_notify.serve_channel(stream))?;
        Ok(Self { shared, api, notify })
    }

    /// Returns the two ports, that of the API first.
    pub(super) const fn ports(&self) -> (u16, u16) {
        (self.api.port(), self.notify.port())
    }

    /// Does something with the server, at the given Unix seconds.
    pub(super) fn with<T>(&self, action: impl FnOnce(&mut ZinoServer, i64) -> T) -> T {
        self.shared.with(action)
    }

    /// Cuts all connections.
    pub(super) fn cut(&self) {
        self.api.cut();
        self.notify.cut();
    }
}

impl Shared {
    fn with<T>(&self, action: impl FnOnce(&mut ZinoServer, i64) -> T) -> T {
        let mut state = lock(&self.state);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let result = action(&mut state.server, i64::try_from(now).unwrap_or(i64::MAX));
        let State { server, channels, .. } = &mut *state;
        channels.retain(|&session, channel| {
            let said = drain(server, session);
            (said.is_empty() || channel.send(said).is_ok()) && !server.is_closed(session)
        });
        result
    }

    /// Makes a session; returns its name and what the server says at first.
    fn open(&self, connect: fn(&mut ZinoServer, SessionId)) -> (SessionId, Vec<u8>) {
        let mut state = lock(&self.state);
        state.sessions += 1;
        let session = SessionId(state.sessions);
        connect(&mut state.server, session);
        let greeting = drain(&mut state.server, session);
        (session, greeting)
    }

    fn serve_api(&self, stream: &TcpStream) {
        let (session, greeting) = self.open(ZinoServer::connect_api);
        let greeting = match self.tactic.greeting.filter(|_| self.stage.is_hostile()) {
            Some(tactic) => self.struck(tactic(greeting)),
            None => vec![Say::Bytes(greeting)],
        };
        if perform(stream, greeting, &self.stage) {
            self.answer_all(stream, session);
        }
        self.with(|server, _| server.disconnect(session));
    }

    /// Answers commands until one side ends the session.
    fn answer_all(&self, stream: &TcpStream, session: SessionId) {
        let (memory, is_text) = (RefCell::default(), Cell::new(false));
        while let Some(bytes) = read(stream, &self.stage) {
            // The text of a note is one piece, as a client sends it.
            let lines: Vec<&[u8]> = if is_text.get() || !self.stage.is_hostile() {
                vec![&bytes]
            } else {
                bytes.split_inclusive(|&byte| byte == b'\n').collect()
            };
            for line in lines {
                let ask = || {
                    let honest = self.with(|server, now| {
                        server.receive(session, line, now);
                        drain(server, session)
                    });
                    is_text.set(honest.starts_with(b"302"));
                    honest
                };
                let says = self.reply(line, &ask, is_text.get(), &memory);
                let is_closed = self.with(|server, _| server.is_closed(session));
                if !perform(stream, says, &self.stage) || is_closed {
                    return;
                }
            }
        }
    }

    fn reply(
        &self,
        line: &[u8],
        ask: &dyn Fn() -> Vec<u8>,
        is_text: bool,
        memory: &RefCell<Vec<u8>>,
    ) -> Vec<Say> {
        if let Some(tactic) = self.tactic.reply.filter(|_| self.stage.is_hostile() && !is_text) {
            let line = String::from_utf8_lossy(line);
            let asked = Asked { command: line.trim_end(), ask, strikes: self.stage.strikes(), memory };
            if let Some(says) = tactic(&asked) {
                return self.struck(says);
            }
        }
        vec![Say::Bytes(ask())]
    }

    /// Says the nonce, then every notification; and what the tactic has to say once the attack has begun.
    fn serve_channel(&self, stream: &TcpStream) {
        let (session, nonce) = self.open(ZinoServer::connect_notify);
        let (sender, lines) = mpsc::channel();
        lock(&self.state).channels.insert(session, sender);
        let nonce = match self.tactic.nonce.filter(|_| self.stage.is_hostile()) {
            Some(tactic) => self.struck(tactic(nonce)),
            None => vec![Say::Bytes(nonce)],
        };
        let mut unasked = self.tactic.notify;
        let mut goes_on = perform(stream, nonce, &self.stage);
        while goes_on && !self.stage.is_closed() {
            let says = match lines.recv_timeout(TICK) {
                Ok(bytes) => vec![Say::Bytes(bytes)],
                Err(RecvTimeoutError::Timeout) if self.stage.is_hostile() => {
                    unasked.take().map(|tactic| self.struck(tactic())).unwrap_or_default()
                }
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            goes_on = perform(stream, says, &self.stage) && !matches!(stream.peek(&mut [0]), Ok(0));
        }
        lock(&self.state).channels.remove(&session);
        self.with(|server, _| server.disconnect(session));
    }

    fn struck(&self, says: Vec<Say>) -> Vec<Say> {
        self.stage.strike();
        says
    }
}

/// Takes all that the server has to say in a session.
fn drain(server: &mut ZinoServer, session: SessionId) -> Vec<u8> {
    std::iter::from_fn(|| server.poll_output(session)).flatten().collect()
}

/// Reads what comes next; `None` at the end.
fn read(mut stream: &TcpStream, stage: &Stage) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 65_536];
    while !stage.is_closed() {
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(count) => return buffer.get(..count).map(<[u8]>::to_vec),
            Err(error) if is_wait(error.kind()) => {}
            Err(_) => return None,
        }
    }
    None
}
