//! A swarm simulator: people and misfortune drawn from bytes, and the invariants of behaviour section 8.
//!
//! The bytes of a scenario say first which things can happen in it at all, and how often; then they happen, one after
//! the other, in a [`crate::world::World`]. Then everything heals, and both sides must come to agree.
//!
//! | file | what lives there |
//! |---|---|
//! | `plan.rs`, `acts.rs` | a scenario, decoded from bytes |
//! | `people.rs`, `faults.rs` | how each thing is done |
//! | `run.rs` | one run, and what came of it |
//! | `ghost.rs`, `check.rs`, `model.rs` | what ever was; what must never be; what must be in the end |
//! | `shrink.rs`, `report.rs` | a failure made small, and shown |

mod acts;
pub(crate) mod check;
mod faults;
pub(crate) mod ghost;
pub(crate) mod model;
mod people;
mod plan;
mod report;
mod run;
mod shrink;

pub use acts::{Act, Argus, Mishap, Zino};
pub use plan::{HEADER, Plan, PlanStep, RECORD, Setup};
pub use report::report;
pub use run::{Outcome, run};
pub use shrink::shrink;

/// Runs the scenario that these bytes are, twice, and returns what came of it.
///
/// # Errors
/// The run broke an invariant, or the two runs were not the same.
pub fn replay(bytes: &[u8]) -> Result<Outcome, Box<Outcome>> {
    let plan = Plan::decode(bytes);
    let (mut first, second) = (run(&plan, false), run(&plan, false));
    if first.failure.is_none() && first.digest != second.digest {
        first.failure = Some(String::from("invariant 8: two runs of one scenario differ"));
    }
    if first.failure.is_some() { Err(Box::new(first)) } else { Ok(first) }
}

/// Runs the scenario of a seed, as [`replay`] does.
///
/// # Errors
/// As [`replay`].
pub fn run_seed(seed: u64) -> Result<Outcome, Box<Outcome>> {
    replay(&Plan::bytes_of(seed))
}
