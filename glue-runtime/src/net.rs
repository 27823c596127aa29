//! Names, addresses and what can go wrong on the way to them: shared by TCP, UDP and HTTP.

use crate::system;
use core::time::Duration;
use glue_proto::{Disconnect, HttpCause, LocalFault, ProbeFailure};
use std::io::{self, ErrorKind};
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
    /// The operating system did not provide what it takes.
    #[error("{0}")]
    Local(LocalFault),
    /// Anything else.
    #[error("input/output error")]
    Other,
}

/// How the system's errors read in our words; every other one is [`Fault::Other`].
const FAULTS: &[(ErrorKind, Fault)] = &[
    (ErrorKind::ConnectionRefused, Fault::Refused),
    (ErrorKind::HostUnreachable, Fault::Unreachable),
    (ErrorKind::NetworkUnreachable, Fault::Unreachable),
    (ErrorKind::NetworkDown, Fault::Unreachable),
    (ErrorKind::AddrNotAvailable, Fault::Unreachable),
    (ErrorKind::TimedOut, Fault::Unreachable),
    (ErrorKind::ConnectionReset, Fault::Reset),
    (ErrorKind::ConnectionAborted, Fault::Reset),
    (ErrorKind::BrokenPipe, Fault::Reset),
    (ErrorKind::UnexpectedEof, Fault::Reset),
    (ErrorKind::OutOfMemory, Fault::Local(LocalFault::NoMemory)),
    (ErrorKind::StorageFull, Fault::Local(LocalFault::NoSpace)),
    (ErrorKind::PermissionDenied, Fault::Local(LocalFault::NotPermitted)),
];

/// `ENFILE` and `EMFILE`, which are the same on every Unix and have no stable `ErrorKind`.
const TOO_MANY_FILES: [i32; 2] = [23, 24];

/// Descriptors that looking up a name takes at once, at most.
const LOOKUP_FILES: usize = 3;

impl From<&io::Error> for Fault {
    fn from(error: &io::Error) -> Self {
        if error.raw_os_error().is_some_and(|code| TOO_MANY_FILES.contains(&code)) {
            return Self::Local(LocalFault::TooManyFiles);
        }
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
            Fault::Local(fault) => Self::Local(fault),
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
            Fault::Local(fault) => Self::Local(fault),
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
            Fault::Local(fault) => Self::Local(fault),
            Fault::Reset | Fault::Other => Self::Other,
        }
    }
}

/// Resolves a name, or reads an address, to at least one address.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| unresolved())?;
    let addresses: Vec<_> = found.collect();
    if addresses.is_empty() { Err(Fault::Unresolved) } else { Ok(addresses) }
}

/// Tells a name without address from a look-up without descriptors: the resolver does not say which it was.
fn unresolved() -> Fault {
    match system::descriptors(LOOKUP_FILES) {
        Ok(()) => Fault::Unresolved,
        Err(error) => Fault::from(&error),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b6_what_this_machine_does_not_give_has_a_name() {
        let table = [
            (24, "too many open files"),
            (23, "too many open files"),
            (12, "out of memory"),
            (28, "no space left on device"),
            (13, "not permitted by the operating system"),
            (111, "connection refused"),
        ];
        for (code, text) in table {
            let fault = Fault::from(&io::Error::from_raw_os_error(code));
            let (disconnect, cause) = (Disconnect::from(fault), HttpCause::from(fault));
            let probe = ProbeFailure::from(fault);
            assert_eq!(
                (fault.to_string(), disconnect.to_string(), cause.to_string()),
                (text.into(), text.into(), text.into())
            );
            assert!(probe.to_string() == text || fault == Fault::Refused, "{probe}");
        }
    }
}
