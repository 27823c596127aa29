//! Zino's API port.

use super::zino_decoded;
use glue_proto::Secret;
use glue_proto::model::{CaseId, CaseState};
use glue_proto::wire::zino::{ApiChannel, ApiEvent, Command, MAX_QUOTE, ReadKind, encode_note};

const LOGIN_ACCEPTED: &[u8] = b"200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n200 ok\r\n";
/// Windows that are tried.
const WINDOWS: [usize; 4] = [1, 2, 4, 64];
/// The longest text of an error or event, in bytes: a quotation, escaped, with some words around it.
const MOST_TOLD: usize = 10 * MAX_QUOTE + 200;

/// Takes the bytes for a session: what is asked of the channel, and what the server says.
///
/// The first byte says into what pieces the server's bytes are cut (its lower four bits), the window (the next two), and
/// whether the login is in the bytes (bit 6). Turns follow, with NUL between them. A turn is commands, each ended by LF,
/// then 0x01, then what the server says; without 0x01 it is only that. In a note 0x02 stands for LF.
///
/// * How the server's bytes are cut makes no difference.
/// * What is sent was asked for, in the order that is promised; an exclusive command is alone; no case is read twice at
///   once; the window is kept; a note ends where it should (behaviour B43, B50).
/// * Every event is the outcome of one command that was sent and has had none, and every text in it is short.
/// * The channel awaits as many replies as there are such commands.
/// * Nothing is told or sent after the end.
/// * Attributes and histories that are written again are read again as the same.
///
/// # Panics
///
/// One of these does not hold.
pub fn zino_api(bytes: &[u8]) {
    let Some((options, script)) = bytes.split_first() else { return };
    let size = usize::from(options & 15) + 1;
    let (whole, cut) = (Session::live(*options, script, usize::MAX), Session::live(*options, script, size));
    assert_eq!(whole.told, cut.told, "in pieces of {size}");
    assert_eq!(whole.sent, cut.sent, "in pieces of {size}");
    let state = |session: &Session| {
        let channel = &session.channel;
        (channel.replies(), channel.waiting(), channel.is_logged_in(), channel.owes_text())
    };
    assert_eq!(state(&whole), state(&cut), "in pieces of {size}");
}

/// A channel, and what an observer knows of it.
struct Session {
    channel: ApiChannel,
    window: usize,
    /// Accepted, not sent.
    accepted: Vec<Command>,
    /// Sent, no outcome yet.
    wire: Vec<Command>,
    /// What the last command sent reads, if the reply does not say whose it is.
    last: Option<ReadKind>,
    /// How many bytes the server has said.
    heard: usize,
    ended: bool,
    told: Vec<ApiEvent>,
    sent: Vec<Vec<u8>>,
}

impl Session {
    fn live(options: u8, script: &[u8], size: usize) -> Self {
        let window = WINDOWS[usize::from(options >> 4 & 3)];
        let channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), window);
        let (accepted, wire, told, sent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut session =
            Self { channel, window, accepted, wire, last: None, heard: 0, ended: false, told, sent };
        if options & 64 == 0 {
            let (greeting, ok) = LOGIN_ACCEPTED.split_at(LOGIN_ACCEPTED.len() - 8);
            for said in [greeting, ok] {
                session.hear(said);
                session.transmit();
            }
            assert_eq!(session.told, [ApiEvent::LoggedIn]);
        }
        for turn in script.split(|byte| *byte == 0) {
            let orders = turn.iter().position(|byte| *byte == 1);
            let (orders, said) = orders.map_or((&[][..], turn), |end| (&turn[..end], &turn[end + 1..]));
            for line in orders.split(|byte| *byte == b'\n') {
                session.order(&String::from_utf8_lossy(line));
            }
            session.transmit();
            for piece in said.chunks(size) {
                session.hear(piece);
            }
        }
        session
    }

    fn order(&mut self, line: &str) {
        if line == "withdraw" {
            let taken = self.channel.withdraw_write();
            let last = self.accepted.last().is_some_and(Command::is_write);
            assert_eq!(
                taken,
                if last { self.accepted.pop() } else { None },
                "only what was not sent is taken back"
            );
            return;
        }
        let Some(command) = command(line) else { return };
        let can = self.channel.can_send(&command);
        let outstanding = || self.accepted.iter().chain(&self.wire);
        if self.ended || outstanding().any(Command::is_exclusive) {
            assert!(!can, "{command:?} after {:?} {:?}", self.wire, self.accepted);
        } else if outstanding().next().is_none() && self.channel.is_logged_in() {
            assert!(can, "an idle channel takes any command");
        }
        assert_eq!(self.channel.send(command.clone()).is_ok(), can, "{command:?}");
        if can {
            self.accepted.push(command);
        }
    }

    fn transmit(&mut self) {
        while let Some(bytes) = self.channel.poll_transmit() {
            assert!(!self.ended, "sent after the end");
            if let [Command::AddHistory { text, .. }] = &self.wire[..] {
                check_note(text, &bytes);
            } else if !self.channel.is_logged_in() {
                assert!(self.sent.is_empty() && bytes.starts_with(b"user testuser "), "the login is first");
            } else {
                self.put_on_wire(&bytes);
            }
            self.sent.push(bytes);
        }
    }

    /// Finds out which commands a write is made of.
    fn put_on_wire(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = self.accepted.iter().position(|command| rest.starts_with(&command.encode()));
            let Some(at) = at else {
                rest = self.pass_what_stands_between(rest);
                continue;
            };
            let command = self.accepted.remove(at);
            let encoded = command.encode();
            let busy = |command: &Command| {
                command.case().is_some() && self.wire.iter().any(|sent| sent.case() == command.case())
            };
            let passed = &self.accepted[..at];
            let waits = |(index, other): (usize, &Command)| {
                let is_behind = || passed[..index].iter().any(|before| before.case() == other.case());
                busy(other) || self.follows_its_kind(other) || (other.case().is_some() && is_behind())
            };
            assert!(passed.iter().enumerate().all(waits), "{command:?} has passed what could be sent");
            let is_next = !self.wire.is_empty() && self.follows_its_kind(&command);
            assert!(!is_next, "{command:?} is next to its kind");
            self.last = command.unnamed();
            let alone = self.wire.is_empty() && bytes.len() == encoded.len();
            assert!(alone || !command.is_exclusive(), "{command:?} is not alone");
            assert!(
                !self.wire.iter().any(Command::is_exclusive),
                "{command:?} was sent after {:?}",
                self.wire
            );
            assert!(!busy(&command), "{command:?} reads a case that is being read");
            self.wire.push(command);
            assert!(self.wire.len() <= self.window, "more on the wire than the window allows");
            rest = &rest[encoded.len()..];
        }
    }

    /// Passes a `version` that nobody has asked for: it parts two replies that do not say whose they are.
    fn pass_what_stands_between<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let rest = bytes.strip_prefix(b"version\r\n".as_slice());
        let Some(rest) = rest else { panic!("sent, not asked for: {}", bytes.escape_ascii()) };
        let waits = self.accepted.iter().any(|command| self.follows_its_kind(command));
        assert!(waits, "there is nothing to part");
        self.last = None;
        rest
    }

    fn follows_its_kind(&self, command: &Command) -> bool {
        self.last.is_some() && self.last == command.unnamed()
    }

    fn hear(&mut self, said: &[u8]) {
        self.channel.receive(said);
        self.heard += said.len();
        while let Some(event) = self.channel.poll_event() {
            assert!(!self.ended, "{event:?} after the end");
            self.settle(&event);
            zino_decoded::check(&event, self.heard, MOST_TOLD);
            self.told.push(event);
        }
        if !self.ended && self.told.first() == Some(&ApiEvent::LoggedIn) && !self.channel.is_logged_in() {
            assert_eq!(self.wire, [Command::Quit], "nothing else ends a session without a word");
            self.end();
        }
        let waiting = self.accepted.len() + self.wire.len();
        match (self.ended, self.channel.is_logged_in()) {
            (true, _) => assert_eq!(self.channel.waiting(), 0),
            (false, true) => assert_eq!(self.channel.waiting(), waiting),
            (false, false) => assert_eq!(self.channel.waiting(), 1),
        }
    }

    /// Takes the command off the wire of which an event is the outcome.
    fn settle(&mut self, event: &ApiEvent) {
        let is_read = |command: &Command, id: CaseId| command.case() == Some(id) && !command.is_write();
        let is_outcome = |command: &Command| match event {
            ApiEvent::CaseIds(_) | ApiEvent::CaseIdsFailed { .. } => *command == Command::CaseIds,
            ApiEvent::Attributes(id, _) | ApiEvent::NoSuchCase { id, kind: ReadKind::Attributes } => {
                *command == Command::Attributes(*id)
            }
            ApiEvent::History(id, _) | ApiEvent::NoSuchCase { id, kind: ReadKind::History } => {
                *command == Command::History(*id)
            }
            ApiEvent::Log { id, .. } | ApiEvent::NoSuchCase { id, kind: ReadKind::Log } => {
                *command == Command::Log(*id)
            }
            ApiEvent::Unreadable { id, .. } => is_read(command, *id),
            ApiEvent::NoteAdded(id) => {
                command.case() == Some(*id) && matches!(command, Command::AddHistory { .. })
            }
            ApiEvent::StateSet(id) => {
                command.case() == Some(*id) && matches!(command, Command::SetState { .. })
            }
            ApiEvent::WriteRefused { id, .. } => command.case() == Some(*id) && command.is_write(),
            ApiEvent::Tied | ApiEvent::TieRefused { .. } => matches!(command, Command::Tie { .. }),
            ApiEvent::Version(_) => *command == Command::Version,
            ApiEvent::LoggedIn | ApiEvent::LoginRefused { .. } | ApiEvent::Failed(_) => false,
        };
        if matches!(event, ApiEvent::LoggedIn | ApiEvent::LoginRefused { .. }) {
            assert!(self.told.is_empty(), "a login has one answer, and it comes first");
        }
        if matches!(event, ApiEvent::LoginRefused { .. } | ApiEvent::Failed(_)) {
            self.end();
        } else if *event != ApiEvent::LoggedIn {
            let at = self.wire.iter().position(is_outcome);
            let Some(at) = at else { panic!("{event:?} of nothing that was sent: {:?}", self.wire) };
            self.wire.remove(at);
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.accepted.clear();
        self.wire.clear();
    }
}

/// The server reads lines, ends them at LF, and takes the first that is a dot for the end of the note.
fn check_note(text: &str, bytes: &[u8]) {
    assert_eq!(bytes, encode_note(text));
    let Some(body) = bytes.strip_suffix(b"\r\n.\r\n") else { panic!("no end: {}", bytes.escape_ascii()) };
    // A dot with a blank after it ends nothing (reference zino-protocol 5.4).
    let ends = |line: &[u8]| matches!(line, b"." | b".\r");
    assert!(
        !body.split(|byte| *byte == b'\n').any(ends),
        "the note ends too early: {}",
        bytes.escape_ascii()
    );
}

fn command(line: &str) -> Option<Command> {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let id = || first.parse().ok().map(CaseId);
    Some(match name {
        "caseids" => Command::CaseIds,
        "version" => Command::Version,
        "quit" => Command::Quit,
        "ntie" => Command::Tie { nonce: rest.into() },
        "getattrs" => Command::Attributes(id()?),
        "gethist" => Command::History(id()?),
        "getlog" => Command::Log(id()?),
        "addhist" => Command::AddHistory { id: id()?, text: more.replace('\u{2}', "\n") },
        "setstate" => Command::SetState { id: id()?, state: CaseState::from_word(more) },
        _ => return None,
    })
}
