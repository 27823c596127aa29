//! What the session with Zino tells the rest of the machine.

use crate::model::{Case, CaseId};
use crate::wire::zino::Notification;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// What the session tells the rest of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum News {
    /// Both channels are up and tied: from here on nothing is missed.
    Ready,
    /// The session is gone. What was being written may or may not have arrived.
    Lost,
    /// Something happened to a case.
    Happened(Notification),
    /// The answer to `caseids`: the machine adds the cases that it knows itself.
    Listed(Vec<CaseId>),
    /// A case was read.
    Read {
        case: Box<Case>,
        /// Whether nothing has happened to it since it was asked for.
        newest: bool,
    },
    /// There is no such case.
    Missing {
        id: CaseId,
        /// Whether a read of everything is under way that says so as well.
        in_full: bool,
    },
    /// Every listed case, and every one that was asked for by number, has been read.
    FullRead,
    /// A note or a state has been written.
    Written(CaseId),
    /// Zino does not want what we wrote.
    Refused { id: CaseId, reply: String },
    /// Our credentials were refused: the first time, or for good.
    CredentialsRefused { reply: String, is_final: bool },
}
