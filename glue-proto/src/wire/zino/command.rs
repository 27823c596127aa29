//! What is sent to the server, byte for byte in the form of the Python client where that has one.

use crate::face::Secret;
use crate::model::{CaseId, CaseState};
use crate::text::zino::safe_text;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use sha1::{Digest as _, Sha1};

/// A command of the API channel (reference zino-protocol 5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `caseids`: the numbers of all cases that are not closed.
    CaseIds,
    /// `getattrs`: the attributes of a case.
    Attributes(CaseId),
    /// `gethist`: the history of a case.
    History(CaseId),
    /// `getlog`: the log of a case.
    Log(CaseId),
    /// `addhist`: adds a note to the history of a case. The text is made safe on its way (behaviour B43).
    AddHistory {
        /// The case.
        id: CaseId,
        /// The text; lines are separated by LF.
        text: String,
    },
    /// `setstate`: changes the state of a case. Never send `embryonic`: it rewrites `opened` (reference 5.6).
    SetState {
        /// The case.
        id: CaseId,
        /// The state that it gets.
        state: CaseState,
    },
    /// `ntie`: ties the notification channel that said this nonce to this session.
    Tie {
        /// The nonce.
        nonce: String,
    },
    /// `version`: changes nothing; asks whether Zino is still there.
    Version,
    /// `quit`: the server says goodbye and closes.
    Quit,
}

/// The kinds of command that read one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadKind {
    /// `getattrs`
    Attributes,
    /// `gethist`
    History,
    /// `getlog`
    Log,
}

impl Command {
    /// Returns the case that the command is about.
    #[must_use]
    pub const fn case(&self) -> Option<CaseId> {
        match self {
            Self::Attributes(id)
            | Self::History(id)
            | Self::Log(id)
            | Self::AddHistory { id, .. }
            | Self::SetState { id, .. } => Some(*id),
            Self::CaseIds | Self::Tie { .. } | Self::Version | Self::Quit => None,
        }
    }

    /// Tells whether the command must be alone: nothing else is sent before it is answered (behaviour B50).
    #[must_use]
    pub const fn is_exclusive(&self) -> bool {
        match self {
            Self::AddHistory { .. } | Self::SetState { .. } | Self::Tie { .. } | Self::Quit => true,
            Self::CaseIds | Self::Attributes(_) | Self::History(_) | Self::Log(_) | Self::Version => false,
        }
    }

    /// Tells whether the command changes a case.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(self, Self::AddHistory { .. } | Self::SetState { .. })
    }

    /// Returns what the command reads, if the reply does not say of which case it is.
    #[must_use]
    pub const fn unnamed(&self) -> Option<ReadKind> {
        match self {
            Self::History(_) => Some(ReadKind::History),
            Self::Log(_) => Some(ReadKind::Log),
            Self::CaseIds
            | Self::Attributes(_)
            | Self::AddHistory { .. }
            | Self::SetState { .. }
            | Self::Tie { .. }
            | Self::Version
            | Self::Quit => None,
        }
    }

    /// Returns the bytes of the command, line end included. Those of `AddHistory` do not hold its text: that is sent
    /// when the server has asked for it, see [`encode_note`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let line = match self {
            Self::CaseIds => "caseids\r\n".into(),
            Self::Attributes(id) => format!("getattrs {id}\r\n"),
            Self::History(id) => format!("gethist {id}\r\n"),
            Self::Log(id) => format!("getlog {id}\r\n"),
            Self::AddHistory { id, .. } => format!("addhist {id}  -\r\n"),
            Self::SetState { id, state } => format!("setstate {id} {}\r\n", word(state.as_str())),
            Self::Tie { nonce } => format!("ntie {}\r\n", word(nonce)),
            Self::Version => "version\r\n".into(),
            Self::Quit => "quit\r\n".into(),
        };
        line.into_bytes()
    }
}

/// Returns the bytes of a note's text: made safe for the protocol, then an empty line as the Python client sends it, then
/// the line of one dot that ends it.
#[must_use]
pub fn encode_note(text: &str) -> Vec<u8> {
    let mut note = safe_text(text);
    note.push_str("\r\n\r\n.\r\n");
    note.into_bytes()
}

/// Returns the bytes of a login. They hold a digest of the secret: do not log them.
#[must_use]
pub fn encode_login(user: &str, challenge: &str, secret: &Secret) -> Vec<u8> {
    format!("user {} {}  -\r\n", word(user), digest(challenge, secret)).into_bytes()
}

/// Returns the answer to a challenge: the SHA-1 of the challenge, a blank and the secret, in lower-case hexadecimal
/// (reference zino-protocol 2).
#[must_use]
pub fn digest(challenge: &str, secret: &Secret) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(challenge.as_bytes());
    sha1.update(b" ");
    sha1.update(secret.expose().as_bytes());
    let mut hex = String::with_capacity(40);
    for byte in sha1.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Makes an argument one word: a blank or control character in it becomes `?`, which the server then refuses by
/// itself, instead of running what follows as a command.
fn word(argument: &str) -> String {
    let harmless = |c: char| if c.is_whitespace() || c.is_control() { '?' } else { c };
    argument.chars().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret() -> Secret {
        Secret::new("testpassword".into())
    }

    #[test]
    fn the_digest_is_that_of_the_reference() {
        let challenge = "5d2df2db86bed453d841bd0e0ae3e774efb732e6";
        assert_eq!(digest(challenge, &secret()), "4bd5ecc5197227b4db03b3ad827d34fab2ae8426");
        let login = encode_login("testuser", challenge, &secret());
        assert_eq!(login, b"user testuser 4bd5ecc5197227b4db03b3ad827d34fab2ae8426  -\r\n");
    }

    #[test]
    fn commands_have_the_form_of_the_python_client() {
        let id = CaseId(12);
        let table: [(Command, &[u8]); 9] = [
            (Command::CaseIds, b"caseids\r\n"),
            (Command::Attributes(id), b"getattrs 12\r\n"),
            (Command::History(id), b"gethist 12\r\n"),
            (Command::Log(id), b"getlog 12\r\n"),
            (Command::AddHistory { id, text: "x".into() }, b"addhist 12  -\r\n"),
            (Command::SetState { id, state: CaseState::ConfirmWait }, b"setstate 12 confirm-wait\r\n"),
            (Command::Tie { nonce: "00ff".into() }, b"ntie 00ff\r\n"),
            (Command::Version, b"version\r\n"),
            (Command::Quit, b"quit\r\n"),
        ];
        for (command, bytes) in table {
            assert_eq!(command.encode(), bytes, "{command:?}");
        }
        let note = encode_note("I look at it\nsecond line of the ack (admin)");
        assert_eq!(note, b"I look at it\nsecond line of the ack (admin)\r\n\r\n.\r\n");
    }

    #[test]
    fn b43_an_argument_is_one_word_of_printable_characters() {
        for (nonce, bytes) in [("00 ff", &b"ntie 00?ff\r\n"[..]), ("00\u{7}ff", b"ntie 00?ff\r\n")] {
            assert_eq!(Command::Tie { nonce: nonce.into() }.encode(), bytes, "{nonce:?}");
        }
    }

    proptest! {
        #[test]
        fn b43_no_argument_can_add_a_command(text in "\\PC{0,5}[\r\n .\u{85}a]{0,20}") {
            let commands = [
                Command::Tie { nonce: text.clone() },
                Command::SetState { id: CaseId(1), state: CaseState::from_word(&text) },
            ];
            let secret = Secret::new(text.clone());
            let encoded = commands.iter().map(Command::encode).chain([encode_login(&text, &text, &secret)]);
            for bytes in encoded {
                let body = bytes.strip_suffix(b"\r\n").unwrap();
                prop_assert!(!body.contains(&b'\n') && !body.contains(&b'\r'));
            }
        }

        #[test]
        fn b43_a_note_ends_where_it_should(text in "[.\r\n a\u{85}\u{2028}]{0,60}") {
            let bytes = encode_note(&text);
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let is_dot = |line: &&[u8]| {
                let mut line = *line;
                while let Some(shorter) = line.strip_suffix(b"\r") {
                    line = shorter;
                }
                line == b"."
            };
            let first = lines.iter().position(is_dot);
            prop_assert_eq!(first, Some(lines.len() - 2));
        }
    }
}
