//! Reads recorded sessions, and repeats them with our own channels.

use glue_proto::Secret;
use glue_proto::model::{CaseId, CaseState};
use glue_proto::wire::zino::{ApiChannel, ApiEvent, Command, NotifyChannel, NotifyEvent};
use std::path::Path;

/// What the client sent, and all that the server answered before the client sent something again.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Empty for the greeting.
    pub(crate) client: Vec<u8>,
    /// Empty if the server said nothing.
    pub(crate) server: Vec<u8>,
}

/// One API connection from beginning to end; the first exchange is the greeting.
pub(crate) type Session = Vec<Exchange>;

/// What came of repeating a session.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Repeated {
    /// Everything that the channel told.
    pub(crate) events: Vec<ApiEvent>,
    /// What the recorded client sent that our channel never would, shortened.
    pub(crate) left_out: Vec<String>,
    /// What we sent and what the recorded client sent, where these differ.
    pub(crate) different: Vec<(String, String)>,
}

/// One recorded piece: connection, direction, bytes.
type Piece = (String, String, Vec<u8>);

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pieces(name: &str) -> Vec<Piece> {
    let parse = |line: &str| -> Option<Piece> {
        let value: serde_json::Value = serde_json::from_str(line).expect("every line is JSON");
        let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
        let bytes = match (text("text"), text("hex")) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(hex)) => unhex(hex),
            (None, None) => Vec::new(),
        };
        Some((text("ch")?.into(), text("dir")?.into(), bytes))
    };
    read(name).lines().filter_map(parse).collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Returns the API sessions of a transcript.
pub(crate) fn sessions(name: &str) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for (channel, direction, bytes) in pieces(name) {
        if channel != "api" || bytes.is_empty() {
            continue;
        }
        add(&mut sessions, direction == "C", &bytes);
    }
    sessions
}

fn add(sessions: &mut Vec<Session>, from_client: bool, bytes: &[u8]) {
    let greets = !from_client && bytes.ends_with(b" Hello, there\r\n");
    if greets || sessions.is_empty() {
        sessions.push(vec![Exchange::default()]);
    }
    let session = sessions.last_mut().expect("one was pushed");
    if from_client && session.last().is_none_or(|exchange| !exchange.server.is_empty()) {
        session.push(Exchange::default());
    }
    let exchange = session.last_mut().expect("a session begins with an exchange");
    if from_client { &mut exchange.client } else { &mut exchange.server }.extend_from_slice(bytes);
}

/// Returns the one session of the sample of Zino 1, with the answer to a login added.
pub(crate) fn zino1_session() -> Session {
    let mut sessions = Vec::new();
    for line in read("zino1-sample.txt").lines() {
        let Some(rest) = line.strip_prefix("[api] ") else { continue };
        let (side, text) = rest.split_once(": ").expect("a side and a text");
        let bytes = text.replace("\\r\\n", "\r\n").into_bytes();
        add(&mut sessions, side == "C", &bytes);
        if sessions[0].len() == 1 {
            sessions[0]
                .push(Exchange { client: b"user x y  -\r\n".to_vec(), server: b"200 ok\r\n".to_vec() });
        }
    }
    sessions.remove(0)
}

/// Returns everything that the server said on each notification connection of a transcript.
pub(crate) fn notifications(name: &str) -> Vec<Vec<u8>> {
    let mut streams: Vec<(String, Vec<u8>)> = Vec::new();
    for (channel, direction, bytes) in pieces(name) {
        let nonce = direction == "S" && bytes.len() == 42 && !bytes.contains(&b' ');
        if !channel.starts_with("notify") || direction != "S" {
            continue;
        }
        match streams.iter_mut().rev().find(|(open, _)| *open == channel) {
            Some((_, stream)) if !nonce => stream.extend(bytes),
            Some(_) | None => streams.push((channel, bytes)),
        }
    }
    streams.into_iter().map(|(_, stream)| stream).collect()
}

/// Hears a notification connection in pieces of so many bytes.
pub(crate) fn hear(stream: &[u8], piece: usize) -> Vec<NotifyEvent> {
    let mut channel = NotifyChannel::new();
    let mut events = Vec::new();
    for bytes in stream.chunks(piece) {
        channel.receive(bytes);
        events.extend(std::iter::from_fn(|| channel.poll_event()));
    }
    events
}

/// Returns a channel that has just been given the greeting of the session and the answer to its login.
pub(crate) fn log_in(session: &Session, repeated: &mut Repeated, piece: usize) -> ApiChannel {
    let mut channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), 64);
    receive(&mut channel, &session[0].server, repeated, piece);
    let login = channel.poll_transmit().expect("the greeting leads to a login");
    compare(&login, &session[1].client, repeated);
    receive(&mut channel, &session[1].server, repeated, piece);
    channel
}

/// Repeats a session that begins with a login, the server's bytes in pieces of so many. What our channel would never
/// send is left out, together with its answer. When the channel has failed a new one goes on.
pub(crate) fn repeat(session: &Session, piece: usize) -> Repeated {
    let mut repeated = Repeated::default();
    let mut channel = log_in(session, &mut repeated, piece);
    for (index, exchange) in session.iter().enumerate().skip(2) {
        if !channel.is_logged_in() {
            channel = log_in(session, &mut Repeated::default(), piece);
        }
        if channel.owes_text() {
            let text = channel.poll_transmit().expect("the server waits for a text");
            compare(&text, &exchange.client, &mut repeated);
            receive(&mut channel, &exchange.server, &mut repeated, piece);
            continue;
        }
        let next = session.get(index + 1).map_or(&[][..], |next| &next.client);
        let Some(commands) = commands(exchange, next) else {
            repeated.left_out.push(String::from_utf8_lossy(&exchange.client).chars().take(30).collect());
            continue;
        };
        for command in commands {
            channel.send(command).expect("an idle channel takes a command");
        }
        let sent = channel.poll_transmit().expect("there is something to send");
        compare(&sent, &exchange.client, &mut repeated);
        receive(&mut channel, &exchange.server, &mut repeated, piece);
    }
    repeated
}

fn compare(sent: &[u8], recorded: &[u8], repeated: &mut Repeated) {
    if sent != recorded {
        let pair = (String::from_utf8_lossy(sent).into(), String::from_utf8_lossy(recorded).into());
        repeated.different.push(pair);
    }
}

fn receive(channel: &mut ApiChannel, bytes: &[u8], repeated: &mut Repeated, piece: usize) {
    for bytes in bytes.chunks(piece) {
        channel.receive(bytes);
        repeated.events.extend(std::iter::from_fn(|| channel.poll_event()));
    }
}

/// Returns the commands of one recorded write, if our channel would send these in one write.
fn commands(exchange: &Exchange, next: &[u8]) -> Option<Vec<Command>> {
    let client = str::from_utf8(&exchange.client).ok()?.strip_suffix("\r\n")?;
    let commands: Vec<Command> =
        client.split("\r\n").map(|line| command(line, exchange, next)).collect::<Option<_>>()?;
    let alone = commands.len() == 1 || !commands.iter().any(Command::is_exclusive);
    alone.then_some(commands)
}

fn command(line: &str, exchange: &Exchange, next: &[u8]) -> Option<Command> {
    let mut words = line.split(' ');
    let (name, argument) = (words.next()?, words.next().unwrap_or(""));
    let id = || Some(CaseId(argument.parse().ok()?));
    Some(match name {
        "caseids" => Command::CaseIds,
        "version" => Command::Version,
        "quit" => Command::Quit,
        "getattrs" => Command::Attributes(id()?),
        "gethist" => Command::History(id()?),
        "getlog" => Command::Log(id()?),
        "ntie" => Command::Tie { nonce: argument.into() },
        "setstate" => Command::SetState { id: id()?, state: CaseState::from_word(words.next()?) },
        "addhist" if exchange.server.starts_with(b"302") => {
            let text = str::from_utf8(next).ok()?;
            let text = text.strip_suffix("\r\n\r\n.\r\n").or_else(|| text.strip_suffix(".\r\n"))?;
            Command::AddHistory { id: id()?, text: text.into() }
        }
        "addhist" => Command::AddHistory { id: id()?, text: "never asked for".into() },
        _ => return None,
    })
}
