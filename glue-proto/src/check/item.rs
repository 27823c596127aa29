//! What is tried, one line of the report each.

use core::fmt;
use core::net::IpAddr;

/// Whom an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The Zino server, both its ports.
    Zino,
    /// The Argus server.
    Argus,
    /// The SNMP agent of the primary.
    Primary,
    /// The daemon of the primary.
    Peer,
}

/// What is tried. `Display` is what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The login to Zino.
    Login,
    /// The notification channel of Zino.
    Notifications,
    /// One case of Zino.
    Case,
    /// The token, with which Argus is asked for our open incidents.
    Token,
    /// The source system that the token belongs to (behaviour B52).
    Source,
    /// Whether Argus knows a heartbeat (behaviour B53).
    Heartbeat,
    /// Whether Argus knows the event that opens an incident again (behaviour B30).
    Reopening,
    /// The clock of Argus (behaviour B15).
    Clock,
    /// The name of the primary, where it has no address (behaviour B65).
    Name,
    /// One of the addresses of the primary (behaviour B60).
    Address(IpAddr),
    /// Whether the primary's daemon works (behaviour B78).
    Health,
}

impl Item {
    /// Returns whom it is about.
    #[must_use]
    pub const fn peer(self) -> Peer {
        match self {
            Self::Login | Self::Notifications | Self::Case => Peer::Zino,
            Self::Token | Self::Source | Self::Heartbeat | Self::Reopening | Self::Clock => Peer::Argus,
            Self::Name | Self::Address(_) => Peer::Primary,
            Self::Health => Peer::Peer,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Login => "login",
            Self::Notifications => "notifications",
            Self::Case => "case",
            Self::Token => "token",
            Self::Source => "source system",
            Self::Heartbeat => "heartbeat",
            Self::Reopening => "reopening",
            Self::Clock => "clock",
            Self::Name => "name",
            Self::Health => "health",
            Self::Address(address) => return address.fmt(f),
        })
    }
}
