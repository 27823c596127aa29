//! Names, addresses and what can go wrong on the way to them: shared by TCP, UDP and HTTP.

use core::time::Duration;
use glue_proto::{Disconnect, HttpCause, ProbeFailure};
use std::io;
use std::net::SocketAddr;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Head start of an address over the next one of the same name (RFC 8305, section 8, "Connection Attempt Delay").
const HEAD_START: Duration = Duration::from_millis(250);

/// What went wrong on the network, in the words that the machine's three vocabularies share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub(crate) enum Fault {
    /// The name has no address.
    #[error("the name does not resolve")]
    Unresolved,
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// There is no way there, or nothing ever answered.
    #[error("unreachable")]
    Unreachable,
    /// The connection was cut.
    #[error("connection reset")]
    Reset,
    /// Anything else.
    #[error("input/output error")]
    Other,
}

/// How the system's errors read in our words; every other one is [`Fault::Other`].
const FAULTS: &[(io::ErrorKind, Fault)] = &[
    (io::ErrorKind::ConnectionRefused, Fault::Refused),
    (io::ErrorKind::HostUnreachable, Fault::Unreachable),
    (io::ErrorKind::NetworkUnreachable, Fault::Unreachable),
    (io::ErrorKind::NetworkDown, Fault::Unreachable),
    (io::ErrorKind::AddrNotAvailable, Fault::Unreachable),
    (io::ErrorKind::TimedOut, Fault::Unreachable),
    (io::ErrorKind::ConnectionReset, Fault::Reset),
    (io::ErrorKind::ConnectionAborted, Fault::Reset),
    (io::ErrorKind::BrokenPipe, Fault::Reset),
    (io::ErrorKind::UnexpectedEof, Fault::Reset),
];

impl From<&io::Error> for Fault {
    fn from(error: &io::Error) -> Self {
        let known = FAULTS.iter().find(|(kind, _)| *kind == error.kind());
        known.map_or(Self::Other, |(_, fault)| *fault)
    }
}

impl From<Fault> for Disconnect {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unresolved => Self::Unresolved,
            Fault::Refused => Self::Refused,
            Fault::Unreachable => Self::Unreachable,
            Fault::Reset => Self::Reset,
            Fault::Other => Self::Other,
        }
    }
}

impl From<Fault> for HttpCause {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unresolved => Self::Unresolved,
            Fault::Refused => Self::Refused,
            Fault::Unreachable => Self::Unreachable,
            Fault::Reset => Self::Reset,
            Fault::Other => Self::Other,
        }
    }
}

impl From<Fault> for ProbeFailure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unresolved => Self::Unresolved,
            Fault::Refused => Self::Refused,
            Fault::Unreachable => Self::Unreachable,
            Fault::Reset | Fault::Other => Self::Other,
        }
    }
}

/// Resolves a name, or reads an address, to at least one address.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| Fault::Unresolved)?;
    let addresses: Vec<_> = found.collect();
    if addresses.is_empty() { Err(Fault::Unresolved) } else { Ok(addresses) }
}

/// Connects to the first address of a name that answers. An address that keeps silent does not hold up the next one
/// for longer than its head start, but it may still win.
pub(crate) async fn connect(host: &str, port: u16) -> Result<TcpStream, Fault> {
    let mut waiting = resolve(host, port).await?.into_iter();
    let mut attempts = JoinSet::new();
    let mut fault = Fault::Unresolved;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(TcpStream::connect(address));
        } else if attempts.is_empty() {
            return Err(fault);
        }
        tokio::select! {
            Some(attempt) = attempts.join_next() => match attempt {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => fault = Fault::from(&error),
                Err(_) => fault = Fault::Other,
            },
            () = sleep(HEAD_START), if waiting.len() > 0 => {}
        }
    }
}
