//! A Zino server on two TCP ports.

use super::listener::Listener;
use super::{lock, since_epoch, unix_now};
use crate::zino::{SessionId, ZinoServer};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a client may not read before it is given up.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// What a client did, as a recorder notes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heard {
    /// When, since the Unix epoch.
    pub at: Duration,
    /// Who.
    pub session: SessionId,
    /// The bytes that were read at once; none is the connecting.
    pub bytes: Vec<u8>,
}

/// A running Zino server.
pub struct ZinoNet {
    state: Arc<Mutex<State>>,
    api: Listener,
    notify: Listener,
}

struct State {
    server: ZinoServer,
    streams: BTreeMap<SessionId, TcpStream>,
    sessions: u64,
    record: Option<Vec<Heard>>,
}

/// Serves a Zino server on the loopback. Port 0 lets the system choose.
///
/// # Errors
/// A port is taken.
pub fn serve_zino(server: ZinoServer, api_port: u16, notify_port: u16) -> io::Result<ZinoNet> {
    serve_zino_at(server, Ipv4Addr::LOCALHOST, api_port, notify_port)
}

/// Serves a Zino server on any address: some clients know one notification port only, and on Linux all of
/// 127.0.0.0/8 is the loopback.
///
/// # Errors
/// A port is taken, or the address is not ours.
pub fn serve_zino_at(
    server: ZinoServer,
    address: Ipv4Addr,
    api_port: u16,
    notify_port: u16,
) -> io::Result<ZinoNet> {
    let state = State { server, streams: BTreeMap::new(), sessions: 0, record: None };
    let state = Arc::new(Mutex::new(state));
    let (for_api, for_notify) = (Arc::clone(&state), Arc::clone(&state));
    let api = Listener::start_at(SocketAddrV4::new(address, api_port), move |stream| {
        connect(&for_api, stream, ZinoServer::connect_api);
    })?;
    let notify = Listener::start_at(SocketAddrV4::new(address, notify_port), move |stream| {
        connect(&for_notify, stream, ZinoServer::connect_notify);
    })?;
    Ok(ZinoNet { state, api, notify })
}

impl ZinoNet {
    /// Returns the address of the API port.
    #[must_use]
    pub const fn api_addr(&self) -> SocketAddr {
        self.api.addr()
    }

    /// Returns the address of the notification port.
    #[must_use]
    pub const fn notify_addr(&self) -> SocketAddr {
        self.notify.addr()
    }

    /// Does something with the server, at the given Unix seconds, and sends what it has to say.
    pub fn with<T>(&self, action: impl FnOnce(&mut ZinoServer, i64) -> T) -> T {
        let mut state = lock(&self.state);
        let result = action(&mut state.server, unix_now());
        state.flush();
        result
    }

    /// Notes what clients do from now on, until the end: this takes memory.
    pub fn record(&self) {
        lock(&self.state).record.get_or_insert_default();
    }

    /// Returns what was noted after the first `skip`, oldest first.
    #[must_use]
    pub fn recorded(&self, skip: usize) -> Vec<Heard> {
        let state = lock(&self.state);
        state.record.as_ref().and_then(|heard| heard.get(skip..)).unwrap_or_default().to_vec()
    }

    /// Takes the server down: its ports refuse connections, those that exist are closed.
    pub fn down(&self) {
        self.api.close();
        self.notify.close();
        self.with(|server, _| server.restart());
    }

    /// Brings the server up again, on the same ports.
    ///
    /// # Errors
    /// A port was taken by somebody else.
    pub fn up(&self) -> io::Result<()> {
        self.api.reopen()?;
        self.notify.reopen()
    }
}

impl Drop for ZinoNet {
    fn drop(&mut self) {
        self.down();
    }
}

impl State {
    fn note(&mut self, session: SessionId, bytes: &[u8]) {
        if let Some(record) = &mut self.record {
            record.push(Heard { at: since_epoch(), session, bytes: bytes.to_vec() });
        }
    }

    /// Writes what every session has to say, and closes those that the server has closed.
    fn flush(&mut self) {
        let mut closed = Vec::new();
        for (&session, stream) in &mut self.streams {
            while let Some(bytes) = self.server.poll_output(session) {
                // A client that is gone is noticed where its bytes are read.
                let _ = stream.write_all(&bytes);
            }
            if self.server.is_closed(session) {
                let _ = stream.shutdown(Shutdown::Both);
                closed.push(session);
            }
        }
        for session in closed {
            self.streams.remove(&session);
            self.server.disconnect(session);
        }
    }
}

fn connect(state: &Arc<Mutex<State>>, stream: TcpStream, greet: fn(&mut ZinoServer, SessionId)) {
    let Ok(writer) = stream.try_clone() else { return };
    let _ = writer.set_write_timeout(Some(WRITE_PATIENCE));
    let _ = writer.set_nodelay(true);
    let mut locked = lock(state);
    locked.sessions += 1;
    let session = SessionId(locked.sessions);
    locked.streams.insert(session, writer);
    locked.note(session, b"");
    greet(&mut locked.server, session);
    locked.flush();
    let state = Arc::clone(state);
    thread::spawn(move || read(&state, session, stream));
}

/// Hands over what a client sends until it is gone.
fn read(state: &Mutex<State>, session: SessionId, mut stream: TcpStream) {
    let mut buffer = vec![0; 65_536];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let mut state = lock(state);
        state.note(session, &buffer[..count]);
        state.server.receive(session, &buffer[..count], unix_now());
        state.flush();
    }
    let mut state = lock(state);
    if state.streams.remove(&session).is_some() {
        state.server.disconnect(session);
        state.flush();
    }
}
