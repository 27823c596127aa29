//! A swarm simulator: people and misfortune drawn from bytes, and the invariants of behaviour section 8.
//!
//! The bytes of a scenario say first which things can happen in it at all, and how often; then they happen, one after
//! the other, in a [`glue_sim::world::World`]. Then everything heals, and both sides must come to agree.
//!
//! | file | what it holds |
//! |---|---|
//! | `plan.rs`, `events.rs` | a scenario, decoded from bytes |
//! | `administration.rs` | users with other names, commands of operators |
//! | `python_glue.rs` | what was there before the daemon |
//! | `long_history.rs` | a case with hundreds or thousands of entries |
//! | `quirks.rs` | what a server makes of writes about single cases |
//! | `people.rs`, `faults.rs` | how each thing is done |
//! | `run.rs` | one run, and what came of it |
//! | `expected.rs`, `check.rs`, `model.rs` | what ever was; what must never be; what must be in the end |
//! | `order.rs`, `request_rules.rs`, `retries.rs` | what must come before what; how the machine treats its peers; how soon it tries again |
//! | `modes.rs` | that the mode changes as the probes say |
//! | `promptness.rs` | how soon each change is told from the moment on at which it could be |
//! | `visibility.rs`, `work.rs` | what the status must show; what is read without a reason |
//! | `self_incidents.rs` | what the machine tells of itself in Argus |
//! | `quiet_period.rs`, `targeted.rs` | how soon a change is told where all is well; what chance brings about too rarely |
//! | `play.rs`, `shrink.rs`, `report.rs` | a kind of scenario; a failure made small, and shown |
//! | `pair/` | two daemons, two Zinos, one Argus |

mod administration;
pub(crate) mod check;
mod events;
pub(crate) mod expected;
mod faults;
mod long_history;
pub(crate) mod model;
mod modes;
mod order;
pub mod pair;
mod people;
mod plan;
mod play;
mod promptness;
mod python_glue;
mod quiet_period;
mod quirks;
mod report;
mod request_rules;
mod retries;
mod run;
mod self_incidents;
mod shrink;
mod targeted;
mod visibility;
mod work;

pub use administration::{Administration, Administrators};
pub use events::Event;
pub use plan::{HEADER, Plan, PlanStep, RECORD, Setup};
pub use play::{PAIR, Play, SINGLE};
pub use quirks::Quirks;
pub use run::{Outcome, record, run};

/// Runs the scenario that these bytes are, twice, and returns what came of it.
///
/// # Errors
/// The run broke an invariant, or the two runs were not the same.
pub fn replay(bytes: &[u8]) -> Result<Outcome, Box<Outcome>> {
    SINGLE.replay(bytes)
}

/// Runs the scenario of a seed, as [`replay`] does.
///
/// # Errors
/// As [`replay`].
pub fn run_seed(seed: u64) -> Result<Outcome, Box<Outcome>> {
    replay(&Plan::bytes_of(seed))
}

/// Makes a failing scenario small, as [`Play::shrink`] does.
#[must_use]
pub fn shrink(bytes: &[u8]) -> Vec<u8> {
    SINGLE.shrink(bytes)
}

/// Shows a failing scenario, as [`Play::report`] does.
#[must_use]
pub fn report(bytes: &[u8], outcome: &Outcome) -> String {
    SINGLE.report(bytes, outcome)
}
