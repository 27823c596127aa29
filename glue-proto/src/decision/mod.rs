//! The decision: two snapshots in, the next step out.
//!
//! [`next_step`] is a pure function of what Zino says of a case and what Argus says of its incident, never of what made
//! somebody ask. [`Step::Settled`] is its fixpoint. Lost notifications, failed requests, crashes, reconnects and
//! failovers are all the same to it: two snapshots that do not agree yet.

mod closing;
mod describe;
mod earlier;
mod history;
mod identity;
mod interest;
mod known;
mod notes;
mod refused;
mod step;
#[cfg(test)]
pub(crate) mod testing;
mod update;

pub use describe::new_incident;
pub use earlier::EarlierRun;
pub use identity::{DAYLIGHT_SAVING, SourceId};
pub use interest::{Uninteresting, uninteresting};
pub use known::{Absence, Closer, Known, KnownCase, KnownIncident, People, Posted, Remark, Tracked};
pub use refused::{Refused, StepKey};
pub use step::{Circumstances, Policy, Step, Stuck, next_step};
