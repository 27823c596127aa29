//! An Argus that is honest until the attack begins.

use super::listener::Listener;
use super::say::{Say, is_wait, perform};
use super::stage::Stage;
use super::{SOURCE, TOKEN, lock};
use glue_sim::argus::{ArgusServer, HttpReply, Request};
use serde_json::Value;
use std::cell::RefCell;
use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// The largest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// Says what stands in the place of an answer; `None` for the honest one.
pub(super) type AnswerTactic = fn(&Posed<'_>) -> Option<Vec<Say>>;

/// How the server is hostile. What is not said is honest.
#[derive(Clone, Copy, Default)]
pub(super) struct ArgusTactic {
    /// What is done with a connection before anything is read.
    pub(super) connect: Option<fn() -> Vec<Say>>,
    /// What stands in the place of an answer.
    pub(super) answer: Option<AnswerTactic>,
}

/// A request that came during the attack.
pub(super) struct Posed<'a> {
    /// The method, such as `GET`.
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
    /// Asks the honest server for something, with an effect if the request has one.
    ask: &'a dyn Fn(&str) -> HttpReply,
    /// The incident of the first case, 0 while there is none.
    pub(super) victim: u64,
    /// A port to which no token may ever come.
    pub(super) elsewhere: u16,
    /// Whatever the tactic wants to remember on this connection.
    pub(super) memory: &'a RefCell<Vec<u8>>,
}

impl Posed<'_> {
    /// Lets the honest server do and answer it.
    pub(super) fn honest(&self) -> HttpReply {
        (self.ask)(self.target)
    }

    /// Returns a row of the honest listing; `None` if the listing is empty.
    pub(super) fn row(&self) -> Option<Value> {
        let listing = (self.ask)("/api/v2/incidents/mine/?open=true&page_size=5000").json();
        listing["results"].as_array()?.first().cloned()
    }

    /// Returns the honest answer's body as JSON, changed.
    pub(super) fn honest_but(&self, change: impl FnOnce(&mut Value)) -> Vec<Say> {
        let mut reply = self.honest();
        let mut body = reply.json();
        change(&mut body);
        reply.body = body.to_string().into_bytes();
        vec![Say::Bytes(encode(&reply))]
    }

    pub(super) fn is_write(&self) -> bool {
        self.method != "GET" && !self.target.contains("/heartbeat/")
    }

    pub(super) fn is_creation(&self) -> bool {
        self.method == "POST" && self.target.ends_with("/incidents/")
    }

    pub(super) fn is_feed(&self) -> bool {
        self.target.contains("/incidents/events/")
    }

    pub(super) fn is_listing(&self) -> bool {
        self.target.contains("/mine/") && self.target.contains("page_size=5000")
    }

    /// Tells whether it reads the events of the victim.
    pub(super) fn is_about_the_victim(&self) -> bool {
        self.victim > 0 && self.target.contains(&format!("/incidents/{}/", self.victim))
    }
}

/// Writes an answer with the right length.
pub(super) fn encode(reply: &HttpReply) -> Vec<u8> {
    let headers: Vec<String> =
        reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    answer(reply.status, &headers.concat(), &reply.body)
}

/// Writes an answer with these headers, each with its line end, and the right length.
pub(super) fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} Status\r\n{headers}{length}\r\n");
    [head.as_bytes(), body].concat()
}

/// Says a body of JSON, with status 200.
pub(super) fn json(body: &str) -> Vec<Say> {
    vec![Say::Bytes(answer(200, "Content-Type: application/json\r\n", body.as_bytes()))]
}

/// The server on its port.
pub(super) struct HostileArgus {
    shared: Arc<Shared>,
    listener: Listener,
}

struct Shared {
    stage: Arc<Stage>,
    tactic: ArgusTactic,
    elsewhere: u16,
    server: Mutex<ArgusServer>,
}

impl HostileArgus {
    /// `elsewhere` is a port that must never be asked.
    pub(super) fn start(stage: &Arc<Stage>, tactic: ArgusTactic, elsewhere: u16) -> io::Result<Self> {
        let server = Mutex::new(ArgusServer::new(SOURCE, TOKEN));
        let shared = Arc::new(Shared { stage: Arc::clone(stage), tactic, elsewhere, server });
        let for_listener = Arc::clone(&shared);
        let listener = Listener::start(stage, move |stream| {
            let _ = for_listener.serve(stream);
        })?;
        Ok(Self { shared, listener })
    }

    /// Returns the port.
    pub(super) const fn port(&self) -> u16 {
        self.listener.port()
    }

    /// Does something with the server, at the given Unix seconds.
    pub(super) fn with<T>(&self, action: impl FnOnce(&mut ArgusServer, i64) -> T) -> T {
        self.shared.with(action)
    }

    /// Cuts all connections.
    pub(super) fn cut(&self) {
        self.listener.cut();
    }
}

impl Shared {
    fn with<T>(&self, action: impl FnOnce(&mut ArgusServer, i64) -> T) -> T {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        action(&mut lock(&self.server), i64::try_from(now).unwrap_or(i64::MAX))
    }

    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        if let Some(tactic) = self.tactic.connect.filter(|_| self.stage.is_hostile()) {
            self.stage.strike();
            if !perform(stream, tactic(), &self.stage) {
                return Ok(());
            }
        }
        let memory = RefCell::default();
        let mut buffer = Vec::new();
        while let Some((head, body)) = read_request(stream, &mut buffer, &self.stage)? {
            let says = self.answer(&head, &body, &memory);
            if !perform(stream, says, &self.stage) {
                break;
            }
        }
        Ok(())
    }

    fn answer(&self, head: &Head, body: &[u8], memory: &RefCell<Vec<u8>>) -> Vec<Say> {
        let ask = |target: &str| {
            let request = Request {
                authorization: head.header("authorization"),
                content_type: head.header("content-type"),
                host: head.header("host").unwrap_or_default(),
                body,
                ..Request::new(&head.method, target)
            };
            self.with(|server, now| server.respond(now, &request))
        };
        if let Some(tactic) = self.tactic.answer.filter(|_| self.stage.is_hostile()) {
            let victim = self.with(|server, _| server.find(SOURCE, "1").map_or(0, |incident| incident.pk));
            let (method, target, elsewhere) = (head.method.as_str(), head.target.as_str(), self.elsewhere);
            let posed = Posed { method, target, ask: &ask, victim, elsewhere, memory };
            if let Some(says) = tactic(&posed) {
                self.stage.strike();
                return says;
            }
        }
        vec![Say::Bytes(encode(&ask(&head.target)))]
    }
}

/// The first line and the headers of a request.
struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let pairs = lines.filter_map(|line| line.split_once(':'));
        let headers = pairs.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        Some(Self { method, target, headers })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a request with a body of a known length, as the program sends them; `None` at the end of the connection.
fn read_request(
    stream: &TcpStream,
    buffer: &mut Vec<u8>,
    stage: &Stage,
) -> io::Result<Option<(Head, Vec<u8>)>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if buffer.len() > MAX_HEAD || !read_more(stream, buffer, stage)? {
            return Ok(None);
        }
    };
    let head = Head::parse(&String::from_utf8_lossy(&buffer[..end])).ok_or(io::ErrorKind::InvalidData)?;
    let length = head.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0_usize);
    let whole = end + 4 + length;
    while buffer.len() < whole {
        if !read_more(stream, buffer, stage)? {
            return Ok(None);
        }
    }
    let rest = buffer.split_off(whole);
    let body = std::mem::replace(buffer, rest).split_off(end + 4);
    Ok(Some((head, body)))
}

fn read_more(mut stream: &TcpStream, buffer: &mut Vec<u8>, stage: &Stage) -> io::Result<bool> {
    let mut piece = vec![0; 65_536];
    while !stage.is_closed() {
        match stream.read(&mut piece) {
            Ok(0) => return Ok(false),
            Ok(count) => {
                buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
                return Ok(true);
            }
            Err(error) if is_wait(error.kind()) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
