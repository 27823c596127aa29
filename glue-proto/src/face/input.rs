//! What the shell tells the machine.

use super::{
    Disconnect, HealthAnswer, HttpCause, HttpFailure, Operator, OwnedInput, ProbeFailure, Reload, Response,
};
use alloc::boxed::Box;
use core::fmt;

/// Names a connection. A counter: an id is never used again, and input for a stale one is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ConnId(pub u64);

/// Names an HTTP request. A counter, as [`ConnId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct CallId(pub u64);

/// Names an SNMP probe. A counter, as [`ConnId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ProbeId(pub u64);

/// Something that happened outside. Any input is legal in any state.
///
/// `Debug` shows how many bytes came in, never which: an SNMP reply repeats the community (behaviour B4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Input<'a> {
    /// Time has passed: the moment that `Daemon::next_wakeup` named has come. Harmless at any other moment.
    Wake,
    /// The connection asked for by `Action::Connect` is up.
    Connected {
        /// Which one.
        conn: ConnId,
    },
    /// Bytes came in, cut anywhere.
    Received {
        /// On which connection.
        conn: ConnId,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The connection could not be made, or is gone. Not sent after `Action::Close`.
    Disconnected {
        /// Which one.
        conn: ConnId,
        /// Why.
        reason: Disconnect,
    },
    /// The request has got a connection to travel on: from here on its bytes may be on their way.
    HttpConnected {
        /// Which one.
        call: CallId,
    },
    /// The request was answered.
    HttpDone {
        /// Which one.
        call: CallId,
        /// The answer.
        response: Response<'a>,
    },
    /// The request will not be answered. Every `Action::Http` is followed by exactly one `HttpDone` or `HttpFailed`,
    /// also after `Action::CancelHttp`.
    HttpFailed {
        /// Which one.
        call: CallId,
        /// Whether the server may have seen it.
        failure: HttpFailure,
        /// Why.
        cause: HttpCause,
    },
    /// The host of a probe has addresses, and a datagram is on its way to each of them (behaviour B60).
    ///
    /// It comes at most once, before any `DatagramFailed` of the probe. Where it does not come, there is one address.
    ProbeSent {
        /// Which probe.
        probe: ProbeId,
        /// How many addresses, at least 1.
        addresses: u32,
    },
    /// A datagram came in from one of the addresses of a probe.
    Datagram {
        /// Which probe.
        probe: ProbeId,
        /// The whole datagram.
        bytes: &'a [u8],
    },
    /// The datagram to one address of a probe could not be sent, or an ICMP error came back; it comes at most once for each
    /// address. Or the name of the host has no address at all.
    DatagramFailed {
        /// Which probe.
        probe: ProbeId,
        /// Why.
        reason: ProbeFailure,
    },
    /// The operator asks for something.
    Command(Operator),
    /// The configuration was read again (behaviour B75), or a secret (behaviour B74).
    Reload(&'a Reload),
    /// The process was told to end: no new work, `Action::Exit` within a second (behaviour B2).
    Shutdown,
    /// The primary's daemon was asked whether it works. It comes at most once for each `Action::AskHealth`.
    HealthAnswered {
        /// The probe that it belongs to.
        probe: ProbeId,
        /// What it said, or why it said nothing.
        answer: HealthAnswer,
    },
}

impl Input<'_> {
    /// Copies the input with its bytes.
    #[must_use]
    pub fn to_owned_input(&self) -> OwnedInput {
        match *self {
            Self::Wake => OwnedInput::Wake,
            Self::Connected { conn } => OwnedInput::Connected { conn },
            Self::Received { conn, bytes } => OwnedInput::Received { conn, bytes: bytes.into() },
            Self::Disconnected { conn, reason } => OwnedInput::Disconnected { conn, reason },
            Self::HttpConnected { call } => OwnedInput::HttpConnected { call },
            Self::HttpDone { call, response } => {
                OwnedInput::HttpDone { call, response: response.to_owned_response() }
            }
            Self::HttpFailed { call, failure, cause } => OwnedInput::HttpFailed { call, failure, cause },
            Self::ProbeSent { probe, addresses } => OwnedInput::ProbeSent { probe, addresses },
            Self::Datagram { probe, bytes } => OwnedInput::Datagram { probe, bytes: bytes.into() },
            Self::DatagramFailed { probe, reason } => OwnedInput::DatagramFailed { probe, reason },
            Self::HealthAnswered { probe, answer } => OwnedInput::HealthAnswered { probe, answer },
            Self::Command(operator) => OwnedInput::Command(operator),
            Self::Reload(reload) => OwnedInput::Reload(Box::new(reload.clone())),
            Self::Shutdown => OwnedInput::Shutdown,
        }
    }
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wake => f.write_str("Wake"),
            Self::Connected { conn } => write!(f, "Connected({})", conn.0),
            Self::Received { conn, bytes } => write!(f, "Received({}, {} bytes)", conn.0, bytes.len()),
            Self::Disconnected { conn, reason } => write!(f, "Disconnected({}, {reason})", conn.0),
            Self::HttpConnected { call } => write!(f, "HttpConnected({})", call.0),
            Self::HttpDone { call, response } => {
                write!(f, "HttpDone({}, {}, {} bytes)", call.0, response.status, response.body.len())
            }
            Self::HttpFailed { call, failure, cause } => {
                write!(f, "HttpFailed({}, {failure:?}, {cause})", call.0)
            }
            Self::ProbeSent { probe, addresses } => {
                write!(f, "ProbeSent({}, {addresses} addresses)", probe.0)
            }
            Self::Datagram { probe, bytes } => write!(f, "Datagram({}, {} bytes)", probe.0, bytes.len()),
            Self::DatagramFailed { probe, reason } => write!(f, "DatagramFailed({}, {reason})", probe.0),
            Self::HealthAnswered { probe, answer } => write!(f, "HealthAnswered({}, {answer})", probe.0),
            Self::Command(command) => write!(f, "Command({command:?})"),
            Self::Reload(Reload { argus, zino, primary, .. }) => {
                write!(f, "Reload({argus:?}, {zino:?}, {primary:?})")
            }
            Self::Shutdown => f.write_str("Shutdown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Settings;
    use alloc::format;

    #[test]
    fn b4_debug_shows_what_happened_and_nothing_of_the_bytes() {
        let bytes = b"secret".as_slice();
        let response = Response { status: 201, retry_after: None, date: None, body: bytes };
        let (conn, call, probe) = (ConnId(3), CallId(4), ProbeId(5));
        for (input, text) in [
            (Input::Wake, "Wake"),
            (Input::Connected { conn }, "Connected(3)"),
            (Input::Received { conn, bytes }, "Received(3, 6 bytes)"),
            (
                Input::Disconnected { conn, reason: Disconnect::Closed },
                "Disconnected(3, closed by the other side)",
            ),
            (Input::HttpConnected { call }, "HttpConnected(4)"),
            (Input::HttpDone { call, response }, "HttpDone(4, 201, 6 bytes)"),
            (
                Input::HttpFailed { call, failure: HttpFailure::NotSent, cause: HttpCause::Reset },
                "HttpFailed(4, NotSent, the connection was cut)",
            ),
            (Input::ProbeSent { probe, addresses: 2 }, "ProbeSent(5, 2 addresses)"),
            (Input::Datagram { probe, bytes }, "Datagram(5, 6 bytes)"),
            (
                Input::DatagramFailed { probe, reason: ProbeFailure::Refused },
                "DatagramFailed(5, port unreachable)",
            ),
            (
                Input::HealthAnswered { probe, answer: HealthAnswer::Status(503) },
                "HealthAnswered(5, status 503)",
            ),
            (Input::Command(Operator::Reconcile), "Command(Reconcile)"),
            (Input::Reload(&Reload::of(Settings::example())), "Reload(Nothing, Nothing, Nothing)"),
            (Input::Shutdown, "Shutdown"),
        ] {
            assert_eq!(format!("{input:?}"), text);
        }
    }
}
