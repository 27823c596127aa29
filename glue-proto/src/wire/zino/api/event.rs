//! What the API channel tells its owner.

use crate::model::{Attributes, CaseId, Entry};
use crate::wire::zino::command::ReadKind;
use crate::wire::zino::error::{DecodeError, ProtocolError};
use crate::wire::zino::history::WentDown;
use alloc::string::String;
use alloc::vec::Vec;

/// An outcome on the API channel. Every command that was sent ends in exactly one event, unless the session ends first;
/// `Quit` ends in none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ApiEvent {
    /// The login was accepted: commands may be sent.
    LoggedIn,
    /// The login was refused (behaviour B52). Nothing comes after this.
    LoginRefused {
        /// The reply, shortened.
        reply: String,
    },
    /// The notification channel is tied to this session.
    Tied,
    /// The notification channel could not be tied.
    TieRefused {
        /// The reply, shortened.
        reply: String,
    },
    /// The numbers of all cases that are not closed, as the server lists them: a complete list.
    CaseIds(Vec<CaseId>),
    /// `caseids` was not answered by a complete and readable list: no evidence for anything (behaviour B28).
    CaseIdsFailed {
        /// What is wrong, shortened.
        reason: String,
    },
    /// The attributes of a case. The two numbers are equal.
    Attributes(CaseId, Attributes),
    /// The history of a case, oldest entry first.
    History(CaseId, Vec<Entry>),
    /// What the log of a case proves.
    Log {
        /// The case.
        id: CaseId,
        /// What some line tells of going down (behaviour B20).
        went_down: WentDown,
    },
    /// The server says that the case does not exist.
    NoSuchCase {
        /// The case.
        id: CaseId,
        /// What was to be read.
        kind: ReadKind,
    },
    /// A case could not be read: quarantine it (behaviour B14).
    Unreadable {
        /// The case.
        id: CaseId,
        /// Why.
        error: DecodeError,
    },
    /// The note stands in the history.
    NoteAdded(CaseId),
    /// The case is in the state that was asked for.
    StateSet(CaseId),
    /// The server refused a note or a state. After an internal error of the server it may have happened all the same:
    /// read the case before it is tried again (behaviour B13).
    WriteRefused {
        /// The case.
        id: CaseId,
        /// The reply, shortened.
        reply: String,
        /// Whether the server says that the case does not exist.
        gone: bool,
    },
    /// The server is alive; what it says of its version, or the error that it answers with if it does not know the
    /// command.
    Version(String),
    /// The session must be ended. Nothing comes after this.
    Failed(ProtocolError),
}
