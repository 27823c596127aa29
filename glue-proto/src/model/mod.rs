//! What the two servers say, as plain data: no wire format, no decision.
//!
//! The codecs ([`crate::wire::zino`], [`crate::wire::argus`]) build these, the decision ([`crate::decision`]) compares them. This
//! module is why the decision imports no wire code.

mod case;
mod incident;

pub use case::{Attributes, Case, CaseId, CaseState, CaseType, Condition, Entry, StateChange};
pub use incident::{
    Actor, EndTime, Event, EventType, Incident, NewEvent, NewIncident, Patch, Tag, Transition,
};
