//! A Zino server on two TCP ports.

use super::listener::Listener;
use super::{lock, unix_now};
use crate::zino::{SessionId, ZinoServer};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a client may not read before it is given up.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

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
}

/// Serves a Zino server on the loopback. Port 0 lets the system choose.
///
/// # Errors
/// A port is taken.
pub fn serve_zino(server: ZinoServer, api_port: u16, notify_port: u16) -> io::Result<ZinoNet> {
    let state = Arc::new(Mutex::new(State { server, streams: BTreeMap::new(), sessions: 0 }));
    let (for_api, for_notify) = (Arc::clone(&state), Arc::clone(&state));
    let api = Listener::start(api_port, move |stream| connect(&for_api, stream, ZinoServer::connect_api))?;
    let notify =
        Listener::start(notify_port, move |stream| connect(&for_notify, stream, ZinoServer::connect_notify))?;
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
        state.server.receive(session, &buffer[..count], unix_now());
        state.flush();
    }
    let mut state = lock(state);
    if state.streams.remove(&session).is_some() {
        state.server.disconnect(session);
        state.flush();
    }
}
