//! What the IO tasks tell the driver: the inputs of the machine, owning their bytes.

use bytes::Bytes;
use glue_proto::{
    CallId, ConnId, Disconnect, HttpCause, HttpFailure, Input, Operator, ProbeFailure, ProbeId, Response,
};
use tokio::sync::mpsc;

/// Where the IO tasks put their events. It is bounded: a peer that sends faster than we think has to wait.
pub type Events = mpsc::Sender<Event>;

/// One event. Each becomes one [`Input`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants and their fields are those of Input")]
pub enum Event {
    Wake,
    Connected { conn: ConnId },
    Received { conn: ConnId, bytes: Bytes },
    Disconnected { conn: ConnId, reason: Disconnect },
    HttpConnected { call: CallId },
    HttpDone { call: CallId, status: u16, retry_after: Option<String>, body: Bytes },
    HttpFailed { call: CallId, failure: HttpFailure, cause: HttpCause },
    Datagram { probe: ProbeId, bytes: Bytes },
    DatagramFailed { probe: ProbeId, reason: ProbeFailure },
    Command(Operator),
    Shutdown,
}

impl Event {
    /// Lends the event to the machine.
    #[must_use]
    pub fn as_input(&self) -> Input<'_> {
        match self {
            Self::Wake => Input::Wake,
            Self::Connected { conn } => Input::Connected { conn: *conn },
            Self::Received { conn, bytes } => Input::Received { conn: *conn, bytes },
            Self::Disconnected { conn, reason } => Input::Disconnected { conn: *conn, reason: *reason },
            Self::HttpConnected { call } => Input::HttpConnected { call: *call },
            Self::HttpDone { call, status, retry_after, body } => {
                let response = Response { status: *status, retry_after: retry_after.as_deref(), body };
                Input::HttpDone { call: *call, response }
            }
            Self::HttpFailed { call, failure, cause } => {
                Input::HttpFailed { call: *call, failure: *failure, cause: *cause }
            }
            Self::Datagram { probe, bytes } => Input::Datagram { probe: *probe, bytes },
            Self::DatagramFailed { probe, reason } => {
                Input::DatagramFailed { probe: *probe, reason: *reason }
            }
            Self::Command(operator) => Input::Command(*operator),
            Self::Shutdown => Input::Shutdown,
        }
    }
}
