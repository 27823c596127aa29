//! The notification channel (reference zino-protocol 8).

use super::attributes::case_id;
use super::error::{ProtocolError, quote};
use super::line::LineReader;
use crate::model::{CaseId, CaseState};
use alloc::collections::VecDeque;
use alloc::string::String;

/// The longest line that is accepted on this channel, in bytes: 64 KiB. Real ones have some 40.
pub const MAX_NOTIFY_LINE: usize = 64 * 1024;

/// The length of a nonce and of a challenge, in hexadecimal digits.
const NONCE_DIGITS: usize = 40;

/// How the line begins that is said before the channel is closed.
const GOODBYE: &str = "Normal quit";

/// One connection to the notification port, from the nonce to the goodbye.
///
/// Nothing is ever sent on it. Give it all that is received, and take out all events after each piece.
#[derive(Clone, Debug, Hash)]
pub struct NotifyChannel {
    lines: LineReader,
    events: VecDeque<NotifyEvent>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Nonce,
    Notifications,
    Failed,
}

/// What the notification channel says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NotifyEvent {
    /// The name of this channel, to be tied with [`Command::Tie`](super::Command::Tie). Always the first event.
    Nonce(String),
    /// Something about a case has changed: it is dirty (behaviour B11).
    Notification(Notification),
    /// The tied API session has ended, and this channel is about to be closed.
    Goodbye,
    /// A line that is no notification. Nothing follows from it.
    Unreadable {
        /// The line, shortened.
        line: String,
    },
    /// The session must be ended. Nothing comes after this.
    Failed(ProtocolError),
}

/// A notification. It tells that something changed; what it is now must be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notification {
    /// The case.
    pub id: CaseId,
    /// What changed.
    pub kind: NotificationKind,
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// `state OLD NEW`. To `closed` is proof that the case is over (behaviour B27).
    State {
        /// The state before.
        from: CaseState,
        /// The state after.
        to: CaseState,
    },
    /// `attr NAME`. The name is an internal one of the server and of no use.
    Attribute,
    /// `log 1`: the log grew.
    Log,
    /// `history 1`: the history grew.
    History,
    /// `scavenged`: the server has forgotten the case, which was closed (behaviour B31).
    Scavenged,
    /// A word that this program does not know.
    Other,
}

impl Notification {
    /// Tells whether this proves that the case was closed (behaviour B27): only closed cases are scavenged.
    #[must_use]
    pub fn says_closed(&self) -> bool {
        match &self.kind {
            NotificationKind::State { to, .. } => *to == CaseState::Closed,
            NotificationKind::Scavenged => true,
            NotificationKind::Attribute
            | NotificationKind::Log
            | NotificationKind::History
            | NotificationKind::Other => false,
        }
    }
}

impl NotifyChannel {
    /// Makes the state of a fresh connection.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: LineReader::new(MAX_NOTIFY_LINE), events: VecDeque::new(), state: State::Nonce }
    }

    /// Takes in bytes. Total: every byte string is legal at any time.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.state == State::Failed {
            return;
        }
        self.lines.receive(bytes);
        while self.state != State::Failed {
            match self.lines.next_line() {
                Ok(Some(line)) => self.handle_line(&line),
                Ok(None) => return,
                Err(error) => self.fail(ProtocolError::LineTooLong { error, blamed: None }),
            }
        }
    }

    /// Takes out the next event.
    pub fn poll_event(&mut self) -> Option<NotifyEvent> {
        self.events.pop_front()
    }

    fn handle_line(&mut self, line: &str) {
        if self.state == State::Nonce {
            if is_nonce(line) {
                self.state = State::Notifications;
                self.events.push_back(NotifyEvent::Nonce(line.into()));
            } else {
                self.fail(ProtocolError::NotANonce { line: quote(line) });
            }
            return;
        }
        let event = match decode_notification(line) {
            Some(notification) => NotifyEvent::Notification(notification),
            None if line.starts_with(GOODBYE) => NotifyEvent::Goodbye,
            None => NotifyEvent::Unreadable { line: quote(line) },
        };
        self.events.push_back(event);
    }

    fn fail(&mut self, error: ProtocolError) {
        self.state = State::Failed;
        self.events.push_back(NotifyEvent::Failed(error));
    }
}

impl Default for NotifyChannel {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells whether a text is a nonce or challenge: 40 hexadecimal digits.
pub(super) fn is_nonce(text: &str) -> bool {
    text.len() == NONCE_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Decodes a line of the channel: `ID TYPE VALUE`; `None` if it does not begin with a number.
#[must_use]
pub fn decode_notification(line: &str) -> Option<Notification> {
    let mut words = line.splitn(3, ' ');
    let id = case_id(words.next()?)?;
    let kind = match (words.next().unwrap_or(""), words.next().unwrap_or("")) {
        ("state", value) => match value.trim().split_once(' ') {
            Some((from, to)) => NotificationKind::State {
                from: CaseState::from_word(from),
                to: CaseState::from_word(to.trim()),
            },
            None => NotificationKind::Other,
        },
        ("attr", _) => NotificationKind::Attribute,
        ("log", _) => NotificationKind::Log,
        ("history", _) => NotificationKind::History,
        ("scavenged", _) => NotificationKind::Scavenged,
        _ => NotificationKind::Other,
    };
    Some(Notification { id, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::zino::line::LineTooLong;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const NONCE: &str = "f321fd2fff1bf5204afa5cb7491a8b4737f68cef";

    fn events(channel: &mut NotifyChannel) -> Vec<NotifyEvent> {
        core::iter::from_fn(|| channel.poll_event()).collect()
    }

    fn tied() -> NotifyChannel {
        let mut channel = NotifyChannel::new();
        channel.receive(NONCE.as_bytes());
        channel.receive(b"\r\n");
        assert_eq!(events(&mut channel), [NotifyEvent::Nonce(NONCE.into())]);
        channel
    }

    #[test]
    fn every_kind_of_line_is_known() {
        let state = |from, to| NotificationKind::State { from, to };
        let table = [
            ("82 state embryonic open", state(CaseState::Embryonic, CaseState::Open)),
            ("82 state open closed", state(CaseState::Open, CaseState::Closed)),
            ("82 state open frob", state(CaseState::Open, CaseState::Other("frob".into()))),
            ("82 attr remote_address", NotificationKind::Attribute),
            ("82 log 1", NotificationKind::Log),
            ("82 history 1", NotificationKind::History),
            ("82 scavenged ", NotificationKind::Scavenged),
            ("82 scavenged", NotificationKind::Scavenged),
            ("82 state open", NotificationKind::Other),
            ("82 sneezed twice or more", NotificationKind::Other),
            ("82", NotificationKind::Other),
        ];
        for (line, kind) in table {
            assert_eq!(decode_notification(line), Some(Notification { id: CaseId(82), kind }), "{line:?}");
        }
        for line in ["", " 82 log 1", "x", "-1 log 1", "99999999999999999999 log 1", "Normal quit"] {
            assert_eq!(decode_notification(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_goodbye_and_odd_lines_are_no_notifications() {
        let mut channel = tied();
        channel.receive(b"Normal quit from client, closing down\r\nsomething else\r\n\r\n");
        let unreadable = |line: &str| NotifyEvent::Unreadable { line: line.into() };
        assert_eq!(
            events(&mut channel),
            [NotifyEvent::Goodbye, unreadable("something else"), unreadable("")]
        );
        channel.receive("å".repeat(20_000).as_bytes());
        channel.receive(b"\r\n");
        let quoted: Vec<_> = events(&mut channel);
        assert!(matches!(&quoted[..], [NotifyEvent::Unreadable { line }] if line.len() < 300));
    }

    #[test]
    fn b50_a_channel_without_a_nonce_fails_once() {
        let mut channel = NotifyChannel::new();
        channel.receive(b"SSH-2.0-OpenSSH_9.2\r\n1 log 1\r\n");
        let error = ProtocolError::NotANonce { line: "SSH-2.0-OpenSSH_9.2".into() };
        assert_eq!(events(&mut channel), [NotifyEvent::Failed(error)]);
        channel.receive(b"1 log 1\r\n");
        assert_eq!(events(&mut channel), []);
    }

    #[test]
    fn a_line_without_an_end_fails_once() {
        let mut channel = tied();
        for _ in 0..100 {
            channel.receive(&[b'x'; 1000]);
        }
        let error = LineTooLong { limit: MAX_NOTIFY_LINE };
        assert_eq!(
            events(&mut channel),
            [NotifyEvent::Failed(ProtocolError::LineTooLong { error, blamed: None })]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_legal(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..9)) {
            let mut channel = tied();
            for piece in pieces {
                channel.receive(&piece);
            }
            let _ = events(&mut channel);
        }
    }
}
