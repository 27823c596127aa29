//! What the machine tells the shell to do.

use super::input::{CallId, ConnId, ProbeId};
use alloc::string::String;
use alloc::vec::Vec;

/// Something for the shell to do, at once and in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// Close a connection, or give up making it. No input for it is wanted any more.
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
    /// Send one datagram to the primary's SNMP agent from a fresh socket, its name resolved anew (behaviour B65).
    /// Whatever an earlier probe still waits for is not wanted any more.
    SendDatagram {
        /// The name of the probe.
        probe: ProbeId,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// Tell people.
    Notice(super::Notice),
    /// End the process. Nothing follows.
    Exit(Exit),
}

/// The two ports of a Zino server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// `zino.port`
    Api,
    /// `zino.notify_port`
    Notify,
}

/// A request to Argus. The shell adds the base URL, the token and the headers that never change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Path and query below the configured base URL, without a leading slash: `incidents/mine/?open=true`.
    pub target: String,
    /// The JSON body, empty for none.
    pub body: Vec<u8>,
    /// The largest answer that is worth reading, in bytes.
    pub max_body: usize,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PATCH
    Patch,
}

/// Why the process ends (behaviour B2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It was told to: status 0.
    Done,
    /// A server has refused our credentials for good: status 77.
    Credentials,
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
