//! What the primary's two probes have said (behaviour B60, B78).

use super::HttpCause;
use core::fmt;

/// The status that says that the daemon is ACTIVE and able to work (behaviour B70).
const WORKING: u16 = 200;

/// What came of asking the primary's daemon whether it works (behaviour B78).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HealthAnswer {
    /// It answered with this status, whatever else it said. A redirect is an answer: it is not followed.
    Status(u16),
    /// It did not answer.
    Failed(HttpCause),
}

/// What one probe of the primary has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum ProbeResult {
    /// All is well.
    Ok,
    /// It is not.
    Fail,
    /// Nothing that decides anything: only the probe of the daemon can say that.
    Silent,
}

impl HealthAnswer {
    /// Says how it is to be taken (behaviour B78): who is not asked, because the way there or its encryption fails, says
    /// nothing about the daemon.
    #[must_use]
    pub const fn result(self) -> ProbeResult {
        match self {
            Self::Status(WORKING) => ProbeResult::Ok,
            Self::Status(_) | Self::Failed(HttpCause::Refused) => ProbeResult::Fail,
            Self::Failed(
                HttpCause::Unreachable
                | HttpCause::Unresolved
                | HttpCause::Tls(_)
                | HttpCause::Proxy(_)
                | HttpCause::Reset
                | HttpCause::Cancelled
                | HttpCause::TooLarge
                | HttpCause::NotHttp
                | HttpCause::Local(_)
                | HttpCause::Other,
            ) => ProbeResult::Silent,
        }
    }
}

impl fmt::Display for HealthAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Failed(cause) => cause.fmt(f),
        }
    }
}

impl ProbeResult {
    /// Every result.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Fail, Self::Silent];

    /// Returns it as one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Silent => "silent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{LocalFault, TlsFailure};
    use alloc::string::ToString;

    #[test]
    fn b78_only_a_status_and_a_refused_connection_say_something_about_the_daemon() {
        use HealthAnswer::{Failed, Status};
        for (answer, result, text) in [
            (Status(200), ProbeResult::Ok, "status 200"),
            (Status(204), ProbeResult::Fail, "status 204"),
            (Status(301), ProbeResult::Fail, "status 301"),
            (Status(503), ProbeResult::Fail, "status 503"),
            (Failed(HttpCause::Refused), ProbeResult::Fail, "connection refused"),
            (Failed(HttpCause::Unreachable), ProbeResult::Silent, "unreachable"),
            (Failed(HttpCause::Unresolved), ProbeResult::Silent, "the name does not resolve"),
            (Failed(HttpCause::Reset), ProbeResult::Silent, "the connection was cut"),
            (Failed(HttpCause::Cancelled), ProbeResult::Silent, "no answer in time"),
            (
                Failed(HttpCause::Tls(TlsFailure::Expired)),
                ProbeResult::Silent,
                "the server's certificate has expired",
            ),
            (Failed(HttpCause::Local(LocalFault::NoMemory)), ProbeResult::Silent, "out of memory"),
        ] {
            assert_eq!((answer.result(), answer.to_string()), (result, text.to_string()));
        }
        assert_eq!(ProbeResult::ALL.map(ProbeResult::as_str), ["ok", "fail", "silent"]);
    }
}
