//! Why something failed outside the machine: the causes that the shell can report, and how each reads in the log.

use core::fmt;

/// Whether the server may have seen a request that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HttpFailure {
    /// Certainly not: no byte of it left this host, or a proxy on the way kept it to itself.
    NotSent,
    /// Perhaps (behaviour B13).
    Ambiguous,
}

/// Why a connection ended, or was never made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Disconnect {
    /// The other side closed it in an orderly way.
    Closed,
    /// It was cut.
    Reset,
    /// Nobody listens there.
    Refused,
    /// The network does not know a way there, or nothing ever answered.
    Unreachable,
    /// The name has no address.
    Unresolved,
    /// The operating system did not provide what it takes.
    Local(LocalFault),
    /// Anything else.
    Other,
}

/// Why an HTTP request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum HttpCause {
    /// Nobody listens there.
    Refused,
    /// The network does not know a way there, or nothing ever answered.
    Unreachable,
    /// The name has no address.
    Unresolved,
    /// The TLS handshake failed.
    Tls(TlsFailure),
    /// The proxy on the way answered with this status instead of making a tunnel, or of passing the request on.
    Proxy(u16),
    /// The connection was cut.
    Reset,
    /// `Action::CancelHttp` was carried out.
    Cancelled,
    /// The body is larger than [`HttpRequest::max_body`](super::HttpRequest).
    TooLarge,
    /// What came back is not HTTP.
    NotHttp,
    /// The operating system did not provide what it takes.
    Local(LocalFault),
    /// Anything else.
    Other,
}

/// Why a probe's datagram failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProbeFailure {
    /// The name has no address (behaviour B65).
    Unresolved,
    /// An ICMP error: nobody listens there.
    Refused,
    /// The network does not know a way there.
    Unreachable,
    /// The operating system did not provide what it takes.
    Local(LocalFault),
    /// Anything else.
    Other,
}

/// What the operating system did not provide (behaviour B6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LocalFault {
    /// The process, or the whole machine, has as many descriptors open as it may have.
    TooManyFiles,
    /// There is no memory left for it.
    NoMemory,
    /// There is no space left on a disk.
    NoSpace,
    /// A rule of the operating system forbids it.
    NotPermitted,
}

/// Why a TLS handshake failed (behaviour B51).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TlsFailure {
    /// The server's certificate has expired.
    Expired,
    /// The server's certificate is not valid yet.
    NotYetValid,
    /// The certificate is for other names than the one in the URL.
    OtherName,
    /// The certificate was signed by nobody who is trusted.
    UnknownIssuer,
    /// The certificate is not acceptable for another reason.
    Certificate,
    /// What answers there does not speak TLS.
    NotTls,
    /// There is no version or cipher that both sides know.
    Incompatible,
    /// The server ended the handshake with an alert.
    Refused,
    /// The connection was cut before the handshake had ended.
    Cut,
    /// Anything else.
    Other,
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local(fault) => return fault.fmt(f),
            Self::Closed => "closed by the other side",
            Self::Reset => "connection reset",
            Self::Refused => "connection refused",
            Self::Unreachable => "unreachable",
            Self::Unresolved => "the name does not resolve",
            Self::Other => "input/output error",
        })
    }
}

impl fmt::Display for HttpCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls(failure) => return failure.fmt(f),
            Self::Proxy(407) => "the proxy answered 407: it wants a user name and password",
            Self::Proxy(status) => return write!(f, "the proxy answered {status}"),
            Self::Local(fault) => return fault.fmt(f),
            Self::Refused => "connection refused",
            Self::Unreachable => "unreachable",
            Self::Unresolved => "the name does not resolve",
            Self::Reset => "the connection was cut",
            Self::Cancelled => "no answer in time",
            Self::TooLarge => "the answer is too large",
            Self::NotHttp => "the answer is not HTTP",
            Self::Other => "input/output error",
        })
    }
}

impl fmt::Display for ProbeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local(fault) => return fault.fmt(f),
            Self::Unresolved => "the name does not resolve",
            Self::Refused => "port unreachable",
            Self::Unreachable => "unreachable",
            Self::Other => "input/output error",
        })
    }
}

impl fmt::Display for LocalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyFiles => "too many open files",
            Self::NoMemory => "out of memory",
            Self::NoSpace => "no space left on device",
            Self::NotPermitted => "not permitted by the operating system",
        })
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the server's certificate has expired",
            Self::NotYetValid => "the server's certificate is not yet valid",
            Self::OtherName => "the server's certificate is for another name",
            Self::UnknownIssuer => "the server's certificate is signed by an unknown issuer",
            Self::Certificate => "the server's certificate is not acceptable",
            Self::NotTls => "the server does not speak TLS on this port",
            Self::Incompatible => "the server knows no TLS version or cipher that is safe",
            Self::Refused => "the server refused the TLS handshake",
            Self::Cut => "the connection was cut during the TLS handshake",
            Self::Other => "the TLS handshake failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn operators_are_told_what_became_of_a_connection() {
        for (reason, text) in [
            (Disconnect::Closed, "closed by the other side"),
            (Disconnect::Reset, "connection reset"),
            (Disconnect::Refused, "connection refused"),
            (Disconnect::Unreachable, "unreachable"),
            (Disconnect::Unresolved, "the name does not resolve"),
            (Disconnect::Local(LocalFault::TooManyFiles), "too many open files"),
            (Disconnect::Local(LocalFault::NoMemory), "out of memory"),
            (Disconnect::Other, "input/output error"),
        ] {
            assert_eq!(reason.to_string(), text);
        }
        for (cause, text) in [
            (HttpCause::Refused, "connection refused"),
            (HttpCause::Unreachable, "unreachable"),
            (HttpCause::Unresolved, "the name does not resolve"),
            (HttpCause::Tls(TlsFailure::Expired), "the server's certificate has expired"),
            (HttpCause::Tls(TlsFailure::NotYetValid), "the server's certificate is not yet valid"),
            (HttpCause::Tls(TlsFailure::OtherName), "the server's certificate is for another name"),
            (
                HttpCause::Tls(TlsFailure::UnknownIssuer),
                "the server's certificate is signed by an unknown issuer",
            ),
            (HttpCause::Tls(TlsFailure::Certificate), "the server's certificate is not acceptable"),
            (HttpCause::Tls(TlsFailure::NotTls), "the server does not speak TLS on this port"),
            (
                HttpCause::Tls(TlsFailure::Incompatible),
                "the server knows no TLS version or cipher that is safe",
            ),
            (HttpCause::Tls(TlsFailure::Refused), "the server refused the TLS handshake"),
            (HttpCause::Tls(TlsFailure::Cut), "the connection was cut during the TLS handshake"),
            (HttpCause::Tls(TlsFailure::Other), "the TLS handshake failed"),
            (HttpCause::Proxy(407), "the proxy answered 407: it wants a user name and password"),
            (HttpCause::Proxy(502), "the proxy answered 502"),
            (HttpCause::Local(LocalFault::NoSpace), "no space left on device"),
            (HttpCause::Reset, "the connection was cut"),
            (HttpCause::Cancelled, "no answer in time"),
            (HttpCause::TooLarge, "the answer is too large"),
            (HttpCause::NotHttp, "the answer is not HTTP"),
            (HttpCause::Other, "input/output error"),
        ] {
            assert_eq!(cause.to_string(), text);
        }
        for (reason, text) in [
            (ProbeFailure::Unresolved, "the name does not resolve"),
            (ProbeFailure::Refused, "port unreachable"),
            (ProbeFailure::Unreachable, "unreachable"),
            (ProbeFailure::Local(LocalFault::NotPermitted), "not permitted by the operating system"),
            (ProbeFailure::Other, "input/output error"),
        ] {
            assert_eq!(reason.to_string(), text);
        }
    }
}
