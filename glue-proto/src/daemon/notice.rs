//! What the machine has to tell people: typed log records.

use super::Level;
use core::fmt;

/// One log record. Its `Display` is the line of the log, without time and level.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The daemon begins.
    Started,
}

impl Notice {
    /// Returns how much it matters.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Started => Level::Info,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("started"),
        }
    }
}
