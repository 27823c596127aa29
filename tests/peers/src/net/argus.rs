//! An Argus server behind HTTP/1.1.

use super::listener::Listener;
use super::{lock, since_epoch, unix_now};
use crate::argus::{ArgusServer, HttpReply, Request};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The largest body that is read, in bytes: more than the server itself takes, so that it can refuse.
const MAX_BODY: u64 = 16 << 20;

/// How the server treats requests on their way in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conduct {
    /// How long a request waits before it takes effect.
    pub delay: Duration,
    /// How long an answer waits after the request has taken effect.
    pub answer_delay: Duration,
    /// Whether a connection serves more than one request. The recorded server's do not.
    pub keep_alive: bool,
    /// Whether connections are cut in the place of an answer, after the request has taken effect.
    pub cut: bool,
}

impl Default for Conduct {
    fn default() -> Self {
        Self { delay: Duration::ZERO, answer_delay: Duration::ZERO, keep_alive: true, cut: false }
    }
}

/// A request that was answered, as a recorder notes it. Both times are since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// When all of it had come in, before it waited for anything.
    pub arrived: Duration,
    /// When its answer was about to be written: whoever has the answer finds the request recorded.
    pub answered: Duration,
    /// The method, such as `GET`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The status of the answer.
    pub status: u16,
    /// What was sent with it.
    pub body: Vec<u8>,
}

/// A running Argus server.
pub struct ArgusNet {
    state: Arc<State>,
    listener: Listener,
}

struct State {
    server: Mutex<ArgusServer>,
    conduct: Mutex<Conduct>,
    connections: Mutex<BTreeMap<usize, TcpStream>>,
    opened: AtomicUsize,
    requests: AtomicUsize,
    record: Mutex<Option<Vec<Seen>>>,
}

/// Serves an Argus server on the loopback, below `/api/v2/`. Port 0 lets the system choose.
///
/// # Errors
/// The port is taken.
pub fn serve_argus(server: ArgusServer, port: u16) -> io::Result<ArgusNet> {
    let state = Arc::new(State {
        server: Mutex::new(server),
        conduct: Mutex::new(Conduct::default()),
        connections: Mutex::new(BTreeMap::new()),
        opened: AtomicUsize::new(0),
        requests: AtomicUsize::new(0),
        record: Mutex::new(None),
    });
    let for_listener = Arc::clone(&state);
    let listener = Listener::start(port, move |stream| {
        let state = Arc::clone(&for_listener);
        let number = state.opened.fetch_add(1, Ordering::SeqCst);
        if let Ok(clone) = stream.try_clone() {
            lock(&state.connections).insert(number, clone);
        }
        thread::spawn(move || {
            let _ = serve(&state, &stream);
            let _ = stream.shutdown(Shutdown::Both);
            lock(&state.connections).remove(&number);
        });
    })?;
    Ok(ArgusNet { state, listener })
}

impl ArgusNet {
    /// Returns the address.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// Does something with the server, at the given Unix seconds.
    pub fn with<T>(&self, action: impl FnOnce(&mut ArgusServer, i64) -> T) -> T {
        action(&mut lock(&self.state.server), unix_now())
    }

    /// Changes how requests are treated from now on.
    pub fn set_conduct(&self, conduct: Conduct) {
        *lock(&self.state.conduct) = conduct;
    }

    /// Returns how many requests have come in so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Notes each request from now on, until the end: this takes memory.
    pub fn record(&self) {
        lock(&self.state.record).get_or_insert_default();
    }

    /// Returns the requests that were noted after the first `skip`, in the order in which they were answered.
    #[must_use]
    pub fn recorded(&self, skip: usize) -> Vec<Seen> {
        let record = lock(&self.state.record);
        record.as_ref().and_then(|seen| seen.get(skip..)).unwrap_or_default().to_vec()
    }

    /// Takes the server down: its port refuses connections, those that exist are cut.
    pub fn down(&self) {
        self.listener.close();
        for stream in std::mem::take(&mut *lock(&self.state.connections)).into_values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Brings the server up again, on the same port.
    ///
    /// # Errors
    /// The port was taken by somebody else.
    pub fn up(&self) -> io::Result<()> {
        self.listener.reopen()
    }
}

impl Drop for ArgusNet {
    fn drop(&mut self) {
        self.down();
    }
}

/// Serves the requests of one connection.
fn serve(state: &State, stream: &TcpStream) -> io::Result<()> {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader)? {
        let body = read_body(&mut reader, &head, stream)?;
        let arrived = since_epoch();
        state.requests.fetch_add(1, Ordering::SeqCst);
        let conduct = *lock(&state.conduct);
        thread::sleep(conduct.delay);
        let request = Request {
            authorization: head.header("authorization"),
            content_type: head.header("content-type"),
            host: head.header("host").unwrap_or_default(),
            body: &body,
            ..Request::new(&head.method, &head.target)
        };
        let reply = lock(&state.server).respond(unix_now(), &request);
        thread::sleep(conduct.answer_delay);
        if conduct.cut {
            return Ok(());
        }
        let keep_alive = conduct.keep_alive && head.header("connection") != Some("close");
        if let Some(record) = &mut *lock(&state.record) {
            let (answered, status) = (since_epoch(), reply.status);
            record.push(Seen { arrived, answered, method: head.method, target: head.target, status, body });
        }
        write_reply(stream, &reply, keep_alive)?;
        if !keep_alive {
            break;
        }
    }
    Ok(())
}

/// The first line and the headers of a request.
struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads the head of a request, `None` at the end of the connection.
fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_ascii_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    // A proxy's client names the whole URL.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    let mut head = Head { method: method.into(), target: target.into(), headers: Vec::new() };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { return Ok(Some(head)) };
        head.headers.push((name.into(), value.trim().into()));
    }
}

fn read_body(reader: &mut impl BufRead, head: &Head, mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    if head.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = Vec::new();
    if head.header("transfer-encoding").is_none() {
        let length = head.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        read_exactly(reader, length, &mut body)?;
        return Ok(body);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        read_exactly(reader, length, &mut body)?;
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn read_exactly(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let read = reader.take(length.min(MAX_BODY)).read_to_end(body)?;
    if u64::try_from(read).is_ok_and(|read| read == length) {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn write_reply(mut stream: &TcpStream, reply: &HttpReply, keep_alive: bool) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Status\r\nServer: simulated\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if reply.status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str(if keep_alive { "Connection: keep-alive\r\n\r\n" } else { "Connection: close\r\n\r\n" });
    let bytes = [head.as_bytes(), &reply.body].concat();
    stream.write_all(&bytes)
}
