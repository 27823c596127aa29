//! How the process ends (behaviour B2).

use glue_proto::Exit;
use std::process::ExitCode;

/// The exit status; the numbers are those of `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ended because it was told to, or all is well.
    Done,
    /// A command found that the two sides are not in step.
    Differs,
    /// The command line is wrong.
    Usage,
    /// What a command was to read is no such thing.
    Data,
    /// The system did not give what the process needs to begin at all.
    System,
    /// A one-shot subcommand could not reach a server.
    Unreachable,
    /// A server has refused our credentials.
    Refused,
    /// The configuration is missing or wrong.
    Config,
}

impl Status {
    /// Returns the number that the process ends with.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differs => 1,
            Self::Usage => 2,
            Self::Data => 65,
            Self::System => 71,
            Self::Unreachable => 75,
            Self::Refused => 77,
            Self::Config => 78,
        }
    }
}

impl From<Exit> for Status {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::Done,
            Exit::Credentials => Self::Refused,
            Exit::Differs => Self::Differs,
            Exit::GaveUp => Self::Unreachable,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.number())
    }
}
