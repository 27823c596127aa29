//! Which command may be sent when, and which reply belongs to which command (behaviour B50, reference zino-protocol 7).

use super::event::ApiEvent;
use super::reply::{ListEnd, Reply};
use crate::model::CaseId;
use crate::wire::zino::attributes::{case_id, decode_attributes, named_case};
use crate::wire::zino::command::{Command, ReadKind, encode_note};
use crate::wire::zino::error::{DecodeError, ProtocolError, quote};
use crate::wire::zino::history::{WentDown, decode_history};
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// The largest window that is used, whatever is asked for: the server's answers must fit into the buffers on the way.
pub const MAX_WINDOW: usize = 1024;

/// The commands that were accepted and not answered yet.
///
/// At most one read of any case is on the wire. The server's errors overtake its good replies, and name a case but no
/// command: with two reads of one case under way nobody could tell which of them failed, and every later reply would
/// be put down to the wrong case.
///
/// A history and a log do not say whose they are. Two of a kind are never next to each other on the wire: a reply that came
/// twice, or not at all, would be taken for that of the next case, and each case would be told what happened to another one.
/// Where nothing else is to be read, the server is asked for its version in between.
#[derive(Clone, Debug, Hash)]
pub(super) struct Pipeline {
    window: usize,
    /// Accepted, not sent. An exclusive command is always the last one.
    queue: VecDeque<Command>,
    /// Sent, not answered, oldest first. An exclusive command is always alone.
    wire: VecDeque<Command>,
    /// What was sent last, if its reply does not say whose it is.
    unnamed: Option<ReadKind>,
    /// Of each `version` on the wire, oldest first, whether it only stands between two others: nobody waits for its reply.
    between: VecDeque<bool>,
    /// How far the `addhist` on the wire has come.
    note: Note,
    /// The case whose list was read last.
    last_list: Option<CaseId>,
}

/// The steps of an `addhist`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Note {
    /// The command was sent, and the server has not asked for the text yet.
    Announced,
    /// The server waits for the text.
    Due,
    /// The text was sent.
    Sent,
}

impl Pipeline {
    pub(super) fn new(window: usize) -> Self {
        let window = window.clamp(1, MAX_WINDOW);
        Self {
            window,
            queue: VecDeque::new(),
            wire: VecDeque::new(),
            unnamed: None,
            between: VecDeque::new(),
            note: Note::Announced,
            last_list: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.wire.clear();
        self.unnamed = None;
        self.between.clear();
    }

    /// Returns how many commands somebody waits for.
    pub(super) fn len(&self) -> usize {
        let between = self.between.iter().filter(|is_between| **is_between).count();
        self.queue.len() + self.wire.len() - between
    }

    pub(super) const fn last_list(&self) -> Option<CaseId> {
        self.last_list
    }

    /// Returns the case that the server answers about now, if it answers in order.
    pub(super) fn front_case(&self) -> Option<CaseId> {
        self.wire.front().and_then(Command::case)
    }

    pub(super) fn accepts(&self, command: &Command) -> bool {
        let exclusive = |waiting: Option<&Command>| waiting.is_some_and(Command::is_exclusive);
        if exclusive(self.queue.back()) || exclusive(self.wire.back()) {
            return false;
        }
        // No more is accepted ahead: what is urgent would wait behind it. A case is read with two commands or three of which
        // one may be on the wire, so while everything is read at least a third of the window is in use.
        command.is_exclusive() || self.len() < self.window
    }

    pub(super) fn push(&mut self, command: Command) {
        self.queue.push_back(command);
    }

    pub(super) fn withdraw_write(&mut self) -> Option<Command> {
        let is_write = self.queue.back().is_some_and(Command::is_write);
        if is_write { self.queue.pop_back() } else { None }
    }

    /// Tells whether a good reply now would be the server's goodbye.
    pub(super) fn is_quitting(&self) -> bool {
        matches!(self.wire.front(), Some(Command::Quit))
    }

    pub(super) fn owes_text(&self) -> bool {
        matches!(self.wire.front(), Some(Command::AddHistory { .. })) && self.note != Note::Sent
    }

    /// Returns the bytes of everything that may be sent now, in one write.
    pub(super) fn next_write(&mut self) -> Option<Vec<u8>> {
        match self.wire.front() {
            Some(Command::AddHistory { text, .. }) if self.note == Note::Due => {
                self.note = Note::Sent;
                return Some(encode_note(text));
            }
            // Behind an exclusive command on the wire nothing waits.
            Some(_) | None => {}
        }
        if self.wire.is_empty() && self.queue.front().is_some_and(Command::is_exclusive) {
            self.note = Note::Announced;
            return self.put_on_wire(0);
        }
        if self.queue.is_empty() {
            return None;
        }
        let mut bytes = Vec::new();
        let mut index = 0;
        // Where those stand that must not follow what was sent last. All of them come before `index`.
        let mut waiting = VecDeque::new();
        let mut taken = 0;
        while self.wire.len() < self.window {
            if let Some(first) = waiting.front().map(|place| place - taken)
                && self.queue.get(first).is_some_and(|command| !self.would_follow_its_kind(command))
            {
                bytes.extend(self.put_on_wire(first).unwrap_or_default());
                waiting.pop_front();
                (taken, index) = (taken + 1, index - 1);
                continue;
            }
            match self.queue.get(index) {
                Some(command) if !command.is_exclusive() => {
                    // Whatever else is to be read of a case that waits stays behind it: there is one read of each on the wire.
                    let waits = |place: &usize| {
                        self.queue.get(place - taken).and_then(Command::case) == command.case()
                    };
                    if self.is_read_now(command) || waiting.iter().any(waits) {
                        index += 1;
                    } else if self.would_follow_its_kind(command) {
                        waiting.push_back(index + taken);
                        index += 1;
                    } else {
                        bytes.extend(self.put_on_wire(index).unwrap_or_default());
                    }
                }
                Some(_) | None if waiting.is_empty() => break,
                // Nothing else is asked for: something is, to tell one reply from the next.
                Some(_) | None => bytes.extend(self.part()),
            }
        }
        if bytes.is_empty() { None } else { Some(bytes) }
    }

    /// Asks for the version, to part two replies that do not say whose they are.
    fn part(&mut self) -> Vec<u8> {
        self.unnamed = None;
        self.between.push_back(true);
        self.wire.push_back(Command::Version);
        Command::Version.encode()
    }

    fn would_follow_its_kind(&self, command: &Command) -> bool {
        !self.wire.is_empty() && self.unnamed.is_some() && self.unnamed == command.unnamed()
    }

    fn is_read_now(&self, command: &Command) -> bool {
        command.case().is_some() && self.wire.iter().any(|sent| sent.case() == command.case())
    }

    fn put_on_wire(&mut self, index: usize) -> Option<Vec<u8>> {
        let command = self.queue.remove(index)?;
        let bytes = command.encode();
        self.unnamed = command.unnamed();
        if command == Command::Version {
            self.between.push_back(false);
        }
        self.wire.push_back(command);
        Some(bytes)
    }

    /// Takes in a reply, and finds out what it means for which command: nothing yet, or its outcome.
    pub(super) fn answer(&mut self, reply: Reply) -> Result<Option<ApiEvent>, ProtocolError> {
        match reply {
            Reply::Line { code, text } if (400..600).contains(&code) => self.refuse(&text),
            Reply::Line { code, text } => self.agree(code, &text),
            Reply::List { code: 303, lines, end } => self.attributes(&lines, end),
            Reply::List { code, lines, end } => self.list(code, &lines, end),
        }
    }

    fn agree(&mut self, code: u16, text: &str) -> Result<Option<ApiEvent>, ProtocolError> {
        let command = self.take_oldest(code, text)?;
        Ok(Some(match command {
            Command::AddHistory { id, .. } if code == 200 => ApiEvent::NoteAdded(id),
            Command::AddHistory { .. } => {
                self.note = Note::Due;
                self.wire.push_front(command);
                return Ok(None);
            }
            Command::SetState { id, .. } => ApiEvent::StateSet(id),
            Command::Tie { .. } => ApiEvent::Tied,
            Command::Quit => return Ok(None),
            Command::Version
            | Command::CaseIds
            | Command::Attributes(_)
            | Command::History(_)
            | Command::Log(_) => {
                return Ok(self.version(quote(text)));
            }
        }))
    }

    /// Returns what a version is told as, if somebody has asked for it.
    fn version(&mut self, text: String) -> Option<ApiEvent> {
        let is_between = self.between.pop_front().unwrap_or_default();
        (!is_between).then_some(ApiEvent::Version(text))
    }

    fn attributes(&mut self, lines: &[String], end: ListEnd) -> Result<Option<ApiEvent>, ProtocolError> {
        let asked = match named_case(lines) {
            Some(id) => self.wire.iter().position(|command| *command == Command::Attributes(id)),
            None => Some(0),
        };
        let found = asked.and_then(|index| Some((index, self.wire.get(index)?)));
        let Some((index, &Command::Attributes(id))) = found else {
            return Err(self.unexpected(303, lines.first().map_or("", String::as_str)));
        };
        // Attributes that the server could not give are told of late; anything else in front should have been answered.
        if self.wire.range(..index).any(|command| !matches!(command, Command::Attributes(_))) {
            let reply = quote(&format!("303 id: {id}"));
            return Err(ProtocolError::OutOfOrder { reply, blamed: self.last_list });
        }
        self.wire.remove(index);
        self.last_list = Some(id);
        Ok(Some(match whole(end).and_then(|()| decode_attributes(lines)) {
            Ok(attributes) => ApiEvent::Attributes(id, attributes),
            Err(error) => ApiEvent::Unreadable { id, error },
        }))
    }

    fn list(&mut self, code: u16, lines: &[String], end: ListEnd) -> Result<Option<ApiEvent>, ProtocolError> {
        let command = self.take_oldest(code, "")?;
        let Some(id) = command.case() else {
            return Ok(Some(decode_case_ids(lines, end)));
        };
        self.last_list = Some(id);
        // An empty message breaks every log that it stands in: what comes before it proves what it proves.
        if let (Command::Log(_), ListEnd::BrokenOff) = (&command, end) {
            let went_down = WentDown::decode(lines);
            if went_down != WentDown::default() {
                return Ok(Some(ApiEvent::Log { id, went_down }));
            }
        }
        let decoded = whole(end).and_then(|()| match command {
            Command::History(_) => Ok(ApiEvent::History(id, decode_history(lines)?)),
            Command::Log(_)
            | Command::CaseIds
            | Command::Attributes(_)
            | Command::AddHistory { .. }
            | Command::SetState { .. }
            | Command::Tie { .. }
            | Command::Version
            | Command::Quit => Ok(ApiEvent::Log { id, went_down: WentDown::decode(lines) }),
        });
        Ok(Some(decoded.unwrap_or_else(|error| ApiEvent::Unreadable { id, error })))
    }

    /// Takes the oldest command off the wire, if the reply is one to it: good replies keep their order.
    fn take_oldest(&mut self, code: u16, text: &str) -> Result<Command, ProtocolError> {
        let index = self.wire.iter().position(|command| expected_code(command, self.note) == Some(code));
        match index {
            Some(0) => self.wire.pop_front().ok_or_else(|| self.unexpected(code, text)),
            Some(_) => {
                let reply = quote(&format!("{code} {text}"));
                Err(ProtocolError::OutOfOrder { reply, blamed: self.last_list })
            }
            None => Err(self.unexpected(code, text)),
        }
    }

    fn unexpected(&self, code: u16, text: &str) -> ProtocolError {
        ProtocolError::Unexpected { reply: quote(&format!("{code} {text}")), blamed: self.last_list }
    }

    /// Takes in an error. One that names a case belongs to the only command on the wire that is about it, whatever it
    /// has overtaken; one that names none can only be put down to a lone command.
    fn refuse(&mut self, text: &str) -> Result<Option<ApiEvent>, ProtocolError> {
        let named = case_in_error(text);
        let index = match named {
            Some(id) => self.wire.iter().position(|command| command.case() == Some(id)),
            None if self.wire.len() > 1 => return Err(ProtocolError::Unattributable { reply: quote(text) }),
            None => Some(0),
        };
        let Some(command) = index.and_then(|index| self.wire.remove(index)) else {
            return Err(self.unexpected(500, text));
        };
        let gone = named.is_some() && text.contains("does not exist");
        self.refused(command, quote(text), gone)
    }

    fn refused(
        &mut self,
        command: Command,
        reply: String,
        gone: bool,
    ) -> Result<Option<ApiEvent>, ProtocolError> {
        let unreadable = |id, kind, reply| {
            if gone {
                ApiEvent::NoSuchCase { id, kind }
            } else {
                ApiEvent::Unreadable { id, error: DecodeError::Refused { reply } }
            }
        };
        Ok(Some(match command {
            Command::CaseIds => ApiEvent::CaseIdsFailed { reason: reply },
            Command::Attributes(id) => unreadable(id, ReadKind::Attributes, reply),
            Command::History(id) => unreadable(id, ReadKind::History, reply),
            Command::Log(id) => unreadable(id, ReadKind::Log, reply),
            Command::AddHistory { id, .. } if self.note != Note::Announced => {
                return Err(ProtocolError::NoteRefused { reply, id });
            }
            Command::AddHistory { id, .. } | Command::SetState { id, .. } => {
                ApiEvent::WriteRefused { id, reply, gone }
            }
            Command::Tie { .. } => ApiEvent::TieRefused { reply },
            Command::Version => return Ok(self.version(reply)),
            Command::Quit => return Ok(None),
        }))
    }
}

/// Returns the code of the good reply that a command waits for.
const fn expected_code(command: &Command, note: Note) -> Option<u16> {
    match command {
        Command::Log(_) => Some(300),
        Command::History(_) => Some(301),
        Command::Attributes(_) => Some(303),
        Command::CaseIds => Some(304),
        Command::AddHistory { .. } => match note {
            Note::Announced => Some(302),
            Note::Due => None,
            Note::Sent => Some(200),
        },
        Command::SetState { .. } | Command::Tie { .. } | Command::Version => Some(200),
        Command::Quit => Some(205),
    }
}

const fn whole(end: ListEnd) -> Result<(), DecodeError> {
    match end {
        ListEnd::Complete => Ok(()),
        ListEnd::BrokenOff => Err(DecodeError::BrokenOff),
        ListEnd::TooLong => Err(DecodeError::TooLong),
    }
}

fn decode_case_ids(lines: &[String], end: ListEnd) -> ApiEvent {
    if let Err(error) = whole(end) {
        return ApiEvent::CaseIdsFailed { reason: error.to_string() };
    }
    let ids = lines.iter().map(|line| case_id(line).ok_or(line)).collect::<Result<_, _>>();
    match ids {
        Ok(ids) => ApiEvent::CaseIds(ids),
        Err(line) => ApiEvent::CaseIdsFailed { reason: format!("no case number: {:?}", quote(line)) },
    }
}

/// Returns the case that an error names: `event "12" does not exist`, `Cannot reopen closed event 12`.
fn case_in_error(text: &str) -> Option<CaseId> {
    let (_, rest) = text.split_once("event ")?;
    let word = rest.split(' ').next()?;
    case_id(word.trim_matches('"'))
}
