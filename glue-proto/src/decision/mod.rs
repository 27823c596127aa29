//! The decision: two snapshots in, the next step out.
//!
//! [`next_step`] is a pure function of what Zino says of a case and what Argus says of its incident, never of what made
//! somebody ask. [`Step::Settled`] is its fixpoint. Lost notifications, failed requests, crashes, reconnects and
//! failovers are all the same to it: two snapshots that do not agree yet.
//!
//! | file | which rules it decides |
//! |---|---|
//! | `step.rs` | the order of the steps: what comes first where several are due |
//! | `interest.rs` | whether a case gets an incident (behaviour B20) |
//! | `describe.rs` | the incident of a case: description, tags, level (B21 to B24) |
//! | `identity.rs` | which incident belongs to which case (B25) |
//! | `history.rs` | a history entry of Zino becomes an event of the incident (B26) |
//! | `closing.rs` | how an incident ends: with its case, or because that is gone (B27, B28) |
//! | `update.rs` | what follows from a change of priority or description (B29) |
//! | `notes.rs` | an acknowledgement, a ticket or a closing in Argus becomes a note in Zino (B40 to B42) |
//! | `refused.rs` | which steps are left out, because a server would not take them (B14) |
//! | `known.rs` | the snapshots, and what of them was read |
//! | `outage.rs` | what a case or an incident is about, whatever its number (B28) |
//! | `ours.rs` | the events of ours, and what of the history they leave untold (B12) |

mod closing;
mod describe;
mod earlier;
mod fingerprint;
mod history;
mod identity;
mod interest;
mod known;
mod notes;
mod ours;
mod outage;
mod refused;
mod step;
#[cfg(test)]
pub(crate) mod testing;
mod update;

pub use describe::new_incident;
pub use earlier::EarlierRun;
pub use fingerprint::Fingerprint;
pub use identity::{DAYLIGHT_SAVING, SourceId};
pub use interest::{Uninteresting, uninteresting};
pub use known::{Absence, Closer, Known, KnownCase, KnownIncident, People, Remark, Tracked};
pub use ours::{Ours, Posted};
pub(crate) use outage::Outage;
pub use refused::{Refused, StepKey};
pub use step::{Circumstances, Policy, Step, Stuck, next_step};
