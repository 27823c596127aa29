//! What the answers of Argus say to the rest of the machine.

use crate::daemon::exchange::{Acted, Done, OwnDone, Seen};
use crate::wire::argus::Filter;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What the answers of Argus say to the rest of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::daemon) enum Event {
    /// A step of a case has ended.
    Done(Box<Done>),
    /// A step about an incident about ourselves has ended.
    OwnDone(Box<OwnDone>),
    /// A listing has come to its end.
    Seen(Seen),
    /// What is new in the event feed.
    Looked {
        acted: Vec<Acted>,
        /// There was too much of it, and some was not read.
        all: bool,
    },
    /// A count of our incidents.
    Counted {
        filter: Filter,
        count: u64,
        /// Something was written meanwhile: a difference proves nothing.
        beside_write: bool,
    },
    /// Our credentials were refused for good.
    CredentialsRefused,
}
