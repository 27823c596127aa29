//! What the machine tells the shell to do.

use super::input::{CallId, ConnId, ProbeId};
use super::{HttpRequest, Server};
use alloc::vec::Vec;
use core::fmt;

/// Something for the shell to do, at once and in this order.
///
/// `Debug` shows how many bytes are sent, never which: they may hold a community or a digest (behaviour B4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// Open a TCP connection to Zino. Answer with `Input::Connected` or `Input::Disconnected`.
    Connect {
        /// The name of the new connection.
        conn: ConnId,
        /// Where to.
        channel: Channel,
    },
    /// Send bytes. They may be a secret's digest: do not log them.
    Send {
        /// On which connection.
        conn: ConnId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Close a connection, or give up making it. Input for it is no longer expected.
    Close {
        /// Which one.
        conn: ConnId,
    },
    /// Send a request to Argus.
    Http {
        /// The name of the request.
        call: CallId,
        /// The request.
        request: HttpRequest,
    },
    /// Give up on a request: drop its connection. Answer with `Input::HttpFailed`, unless the answer is there already.
    CancelHttp {
        /// Which one.
        call: CallId,
    },
    /// Resolve the name of the primary's SNMP agent anew (behaviour B65), and send one datagram to each of its addresses,
    /// all at once, each from a socket of its own (behaviour B60). Answer with `Input::ProbeSent`, then with whatever each
    /// address does. The probe before it is over.
    SendDatagram {
        /// The name of the probe.
        probe: ProbeId,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// Read the secret of a server again, if it comes from a file (behaviour B74). If it is another one, use it from this
    /// action on, and answer with `Input::Reload`. Otherwise there is no answer.
    ReadSecret {
        /// Whose.
        server: Server,
    },
    /// Something to log.
    Notice(super::Notice),
    /// End the process. Nothing follows.
    Exit(Exit),
    /// Send one GET to the primary's daemon, on a connection of its own and without anybody's credentials, and follow no
    /// redirect (behaviour B78). Answer with `Input::HealthAnswered`; give up when the next probe comes.
    AskHealth {
        /// The name of the probe that it belongs to.
        probe: ProbeId,
    },
}

/// The two ports of a Zino server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// `zino.port`
    Api,
    /// `zino.notify_port`
    Notify,
}

/// Why the process ends (behaviour B2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It was told to: status 0.
    Done,
    /// A server has refused our credentials for good: status 77.
    Credentials,
    /// The two sides are not in step: status 1. For machines that look once (behaviour B76).
    Differs,
    /// Not everything could be read, or done: status 75. For machines that look once.
    GaveUp,
}

/// How much a notice matters (behaviour B1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Shown with `-vvv`.
    Trace,
    /// Shown with `-vv`.
    Debug,
    /// Shown with `-v`.
    Info,
    /// Always shown.
    Warn,
    /// Always shown; somebody must act.
    Error,
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { conn, channel } => write!(f, "Connect({}, {channel:?})", conn.0),
            Self::Send { conn, bytes } => write!(f, "Send({}, {} bytes)", conn.0, bytes.len()),
            Self::Close { conn } => write!(f, "Close({})", conn.0),
            Self::Http { call, request } => write!(f, "Http({}, {request:?})", call.0),
            Self::CancelHttp { call } => write!(f, "CancelHttp({})", call.0),
            Self::SendDatagram { probe, bytes } => {
                write!(f, "SendDatagram({}, {} bytes)", probe.0, bytes.len())
            }
            Self::AskHealth { probe } => write!(f, "AskHealth({})", probe.0),
            Self::ReadSecret { server } => write!(f, "ReadSecret({server:?})"),
            Self::Notice(notice) => write!(f, "Notice({notice:?})"),
            Self::Exit(exit) => write!(f, "Exit({exit:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn b4_debug_shows_nothing_of_the_bytes_that_are_sent() {
        let bytes = b"public".to_vec();
        let probe = Action::SendDatagram { probe: ProbeId(1), bytes: bytes.clone() };
        let send = Action::Send { conn: ConnId(2), bytes };
        let shown = format!("{probe:?} {send:?}");
        assert_eq!(shown, "SendDatagram(1, 6 bytes) Send(2, 6 bytes)");
    }
}
