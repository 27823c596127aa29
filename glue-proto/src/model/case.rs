//! A Zino case: attributes, history, and what its log proves.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The number of a case. Zino hands them out upwards, but starts anew when it loses its state, so a number alone is no
/// identity (behaviour B25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct CaseId(pub u64);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The kind of trouble that a case is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CaseType {
    /// `portstate`: a port changed state.
    PortState,
    /// `bgp`: a BGP peer was lost.
    Bgp,
    /// `bfd`: a BFD session was lost.
    Bfd,
    /// `reachability`: a router does not answer.
    Reachability,
    /// `alarm`: a chassis alarm is lit.
    Alarm,
    /// A type that this program does not know.
    Other(Box<str>),
}

impl CaseType {
    /// Returns the word that Zino uses, or `other` for one that this program does not know: a word from a closed list.
    #[must_use]
    pub const fn known_word(&self) -> &'static str {
        match self {
            Self::PortState => "portstate",
            Self::Bgp => "bgp",
            Self::Bfd => "bfd",
            Self::Reachability => "reachability",
            Self::Alarm => "alarm",
            Self::Other(_) => "other",
        }
    }

    /// Reads the word that Zino uses.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "portstate" => Self::PortState,
            "bgp" => Self::Bgp,
            "bfd" => Self::Bfd,
            "reachability" => Self::Reachability,
            "alarm" => Self::Alarm,
            other => Self::Other(other.into()),
        }
    }

    /// Returns the word that Zino uses.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(word) = self { word } else { self.known_word() }
    }
}

/// What Zino's operators have done with a case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CaseState {
    /// Being made.
    Embryonic,
    /// Nobody has taken it yet.
    Open,
    /// Somebody works on it.
    Working,
    /// Somebody waits for somebody else.
    Waiting,
    /// To be confirmed.
    ConfirmWait,
    /// Known, and not to be shown.
    Ignored,
    /// Over.
    Closed,
    /// A state that this program does not know; it counts as not closed.
    Other(Box<str>),
}

impl CaseState {
    /// Returns the word that Zino uses, or `other` for one that this program does not know: a word from a closed list.
    #[must_use]
    pub const fn known_word(&self) -> &'static str {
        match self {
            Self::Embryonic => "embryonic",
            Self::Open => "open",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::ConfirmWait => "confirm-wait",
            Self::Ignored => "ignored",
            Self::Closed => "closed",
            Self::Other(_) => "other",
        }
    }

    /// Reads the word that Zino uses.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "embryonic" => Self::Embryonic,
            "open" => Self::Open,
            "working" => Self::Working,
            "waiting" => Self::Waiting,
            "confirm-wait" => Self::ConfirmWait,
            "ignored" => Self::Ignored,
            "closed" => Self::Closed,
            other => Self::Other(other.into()),
        }
    }

    /// Returns the word that Zino uses.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(word) = self { word } else { self.known_word() }
    }
}

/// Whether what a case is about is down at present, as far as its attributes say: those of a router or of alarms (reference
/// zino-protocol 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Condition {
    /// They do not say: they are not there, or nothing that is understood, or the case is of another type.
    #[default]
    Unknown,
    /// The router answers; there is no alarm.
    Up,
    /// The router does not answer; there are alarms.
    Down,
}

/// The attributes of a case that this program uses (`getattrs`; reference zino-protocol 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// `id`
    pub id: CaseId,
    /// `router`
    pub router: String,
    /// `type`
    pub case_type: CaseType,
    /// `state`
    pub state: CaseState,
    /// `opened`, Unix seconds. With the number it is the identity of the case (behaviour B25).
    pub opened: i64,
    /// `updated`, Unix seconds; absent from placeholders of planned maintenance (behaviour B20).
    pub updated: Option<i64>,
    /// `priority`
    pub priority: i64,
    /// `port`; may be empty.
    pub port: Option<String>,
    /// `descr`; may be empty.
    pub descr: Option<String>,
    /// `remote-AS`
    pub remote_as: Option<String>,
    /// `remote-addr`
    pub remote_addr: Option<String>,
    /// `reachability`, or `alarm-count`.
    pub condition: Condition,
}

/// One entry of a case's history (reference zino-protocol 6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its stamp, Unix seconds. Several entries may share one.
    pub at: i64,
    /// The header, then the lines, with LF between them. In one piece: there are several for each case, and most are short.
    text: Box<str>,
}

/// A state change, as a history entry tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateChange<'a> {
    /// The state before.
    pub from: &'a str,
    /// The state after.
    pub to: &'a str,
    /// Who did it; `monitor` is the Zino server itself.
    pub user: &'a str,
}

impl Entry {
    /// Makes an entry of its stamp and its text: the header, then the lines, with LF between them.
    #[must_use]
    pub fn new(at: i64, text: impl Into<Box<str>>) -> Self {
        Self { at, text: text.into() }
    }

    /// Returns the text after the stamp: a user name for what a person wrote, else the message itself.
    #[must_use]
    pub fn header(&self) -> &str {
        self.text.split_once('\n').map_or(&*self.text, |(header, _)| header)
    }

    /// Returns who wrote the entry, if a person did: then the header is a user name, which has no blank in it.
    #[must_use]
    pub fn author(&self) -> Option<&str> {
        let header = self.header();
        let plain = !header.is_empty() && !header.contains(' ');
        plain.then_some(header)
    }

    /// Returns the state change that the entry tells of, if it is one: `state change OLD -> NEW (USER)`.
    #[must_use]
    pub fn state_change(&self) -> Option<StateChange<'_>> {
        let rest = self.header().strip_prefix("state change ")?;
        let (from, rest) = rest.split_once(" -> ")?;
        let (to, user) = rest.split_once(" (")?;
        Some(StateChange { from, to, user: user.strip_suffix(')')? })
    }

    /// Returns the whole text: the header, then the lines, with LF between them.
    #[must_use]
    pub const fn text(&self) -> &str {
        &self.text
    }

    /// Returns what a person wrote: the lines alone, with LF between them.
    #[must_use]
    pub fn body(&self) -> &str {
        self.text.split_once('\n').map_or("", |(_, body)| body)
    }
}

/// One reading of a case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Case {
    /// Its attributes.
    pub attributes: Attributes,
    /// Its history, oldest first.
    pub history: Vec<Entry>,
    /// Whether what it is about is known to have been down: by its attributes, or by a line of its log (behaviour B20).
    /// Logs only grow, so once true it stays true.
    pub went_down: bool,
}

impl Case {
    /// Tells whether the case is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.attributes.state == CaseState::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        Entry::new(1, text)
    }

    #[test]
    fn an_entry_tells_its_author_and_its_state_change() {
        let note = entry("alice\nfirst\n\nthird");
        assert_eq!((note.author(), note.state_change()), (Some("alice"), None));
        assert_eq!((note.text(), note.body()), ("alice\nfirst\n\nthird", "first\n\nthird"));
        let change = entry("state change open -> confirm-wait (bob)");
        let expected = StateChange { from: "open", to: "confirm-wait", user: "bob" };
        assert_eq!((change.author(), change.state_change()), (None, Some(expected)));
        for odd in ["state change", "state change a -> b", "state change a -> b (c", ""] {
            assert_eq!(entry(odd).state_change(), None, "{odd:?}");
        }
        assert_eq!(entry("").author(), None);
    }

    #[test]
    fn words_survive_the_way_there_and_back() {
        let states = ["embryonic", "open", "working", "waiting", "confirm-wait", "ignored", "closed", "nova"];
        for word in states {
            assert_eq!(CaseState::from_word(word).as_str(), word);
        }
        for word in ["portstate", "bgp", "bfd", "reachability", "alarm", "fan"] {
            assert_eq!(CaseType::from_word(word).as_str(), word);
        }
    }
}
