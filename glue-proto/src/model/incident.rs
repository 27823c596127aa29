//! An Argus incident, its events, and what is sent to make or change them (reference argus-api 2).

use alloc::string::String;
use alloc::vec::Vec;

/// When an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndTime {
    /// `"infinity"`: it is open.
    Infinity,
    /// At this moment, Unix seconds. It may lie in the future: the incident is open until then.
    At(i64),
    /// `null`: it never was open.
    Stateless,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// `key=value`
    pub text: String,
    /// Whether our own source user added it.
    pub ours: bool,
}

/// One incident of our own source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Incident {
    /// `pk`
    pub pk: u64,
    /// `start_time`, Unix seconds.
    pub start_time: i64,
    /// `end_time`
    pub end_time: EndTime,
    /// `source.user`: the pk of our own user, the actor of everything that we do.
    pub source_user: u64,
    /// `source_incident_id`; may be empty.
    pub source_incident_id: String,
    /// `description`
    pub description: String,
    /// `level`, 1 to 5.
    pub level: u8,
    /// `open`
    pub open: bool,
    /// `acked`
    pub acked: bool,
    /// `ticket_url`; empty where there is none.
    pub ticket_url: String,
    /// `tags`, sorted by their text (Argus gives them in no order).
    pub tags: Vec<Tag>,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// `STA`: incident start, made by the server.
    Start,
    /// `END`: the source says that it is over.
    End,
    /// `CHI`: a field was changed.
    Change,
    /// `RES`: the source says that it is open after all.
    Restart,
    /// `CLO`: a person closed it.
    Close,
    /// `REO`: a person opened it again.
    Reopen,
    /// `ACK`: acknowledged.
    Acknowledge,
    /// `OTH`: anything else; our history entries.
    Other,
    /// `LES`: a stateless incident was made.
    Stateless,
    /// A type that this program does not know.
    Unknown,
}

/// Who did something in Argus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The user's pk.
    pub pk: u64,
    /// The user's name.
    pub name: String,
}

/// One event of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// `pk`: rises in the order in which the server received the events.
    pub pk: u64,
    /// `actor`
    pub actor: Actor,
    /// `timestamp`, Unix seconds; fractions are cut off.
    pub at: i64,
    /// `received`, Unix seconds by the clock of Argus; where that is not told, the same as `at`.
    pub received: i64,
    /// `type`
    pub event_type: EventType,
    /// `description`
    pub description: String,
}

/// What a new incident is made of (behaviour B21). It is always made open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewIncident {
    /// Unix seconds.
    pub start_time: i64,
    /// The case number as decimal text, or `{number}@{opened}` (behaviour B25).
    pub source_incident_id: String,
    /// Behaviour B22.
    pub description: String,
    /// 1 to 5.
    pub level: u8,
    /// `key=value`, in the order of behaviour B23.
    pub tags: Vec<String>,
}

/// What a new event is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewEvent {
    /// Unix seconds.
    pub at: i64,
    /// `OTH`, `END` or `RES`.
    pub event_type: EventType,
    /// Any text.
    pub description: String,
}

/// How an event of ours changes whether its incident runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// It ends the incident.
    End,
    /// It reopens it.
    Restart,
}

impl NewEvent {
    /// Returns how the event changes whether its incident runs, if it does.
    #[must_use]
    pub const fn transition(&self) -> Option<Transition> {
        match self.event_type {
            EventType::End => Some(Transition::End),
            EventType::Restart => Some(Transition::Restart),
            EventType::Start
            | EventType::Change
            | EventType::Close
            | EventType::Reopen
            | EventType::Acknowledge
            | EventType::Other
            | EventType::Stateless
            | EventType::Unknown => None,
        }
    }
}

/// What a PATCH changes; `None` leaves a field as it is (behaviour B29).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Patch {
    /// 1 to 5.
    pub level: Option<u8>,
    /// The whole new text.
    pub description: Option<String>,
    /// The whole new set, other people's tags included.
    pub tags: Option<Vec<String>>,
}

impl EventType {
    /// Returns the three letters that Argus uses, `OTH` for a type that this program does not know.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "STA",
            Self::End => "END",
            Self::Change => "CHI",
            Self::Restart => "RES",
            Self::Close => "CLO",
            Self::Reopen => "REO",
            Self::Acknowledge => "ACK",
            Self::Other | Self::Unknown => "OTH",
            Self::Stateless => "LES",
        }
    }

    /// Reads the three letters that Argus uses.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        let known = [
            Self::Start,
            Self::End,
            Self::Change,
            Self::Restart,
            Self::Close,
            Self::Reopen,
            Self::Acknowledge,
            Self::Other,
            Self::Stateless,
        ];
        known.into_iter().find(|known| known.as_str() == word).unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_types_survive_the_way_there_and_back() {
        for word in ["STA", "END", "CHI", "RES", "CLO", "REO", "ACK", "OTH", "LES"] {
            assert_eq!(EventType::from_word(word).as_str(), word);
        }
        assert_eq!(EventType::from_word("XXX"), EventType::Unknown);
    }
}
