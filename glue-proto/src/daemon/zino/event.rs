//! What the session with Zino says to the rest of the machine.

use crate::model::{Case, CaseId};
use crate::wire::zino::Notification;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// What the session says to the rest of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::daemon) enum Event {
    /// Both channels are up and tied: from here on nothing is missed.
    Ready,
    /// The session has ended.
    Ended {
        /// The case that was being written to: that may or may not have arrived.
        writing: Option<CaseId>,
    },
    /// Something happened to a case.
    Notified(Notification),
    /// The answer to `caseids`: the machine adds the cases that it knows itself.
    Listed {
        ids: Vec<CaseId>,
        /// Whether it is the first one of the session.
        first: bool,
    },
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
    /// The case is there, but what Zino says of it cannot be understood.
    Unreadable {
        id: CaseId,
        reason: String,
        /// Whether that is new.
        first: bool,
    },
    /// Every listed case, and every one that was asked for by number, has been read.
    FullRead {
        /// Whether for the first time in the session.
        first: bool,
    },
    /// A note or a state has been written, or refused with this reply.
    Written { id: CaseId, refused: Option<String> },
    /// Our credentials were refused for good.
    CredentialsRefused,
}
