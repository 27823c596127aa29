//! A primary and a secondary daemon, each with its Zino, and one Argus.
//!
//! The site of the primary dies and returns, or only the probes are lost, while people and misfortune do to either site
//! what they do to one alone. The daemons write either as one source, over two Zinos that know the same cases by the same
//! numbers, or each as a source of its own, over two Zinos that number as they like.
//!
//! Every invariant holds for each daemon, with one exception. While both of them may write as one source, neither knows
//! what the other one posts: so an event may then come once from each, and an `END` too.
//!
//! | file | what it holds |
//! |---|---|
//! | `plan.rs` | a scenario, decoded from bytes |
//! | `sites.rs`, `events.rs` | what both sites share; what happens at them |
//! | `health.rs` | what the primary's daemon says of itself, and that the secondary acts on it |
//! | `run.rs` | one run, and what came of it |

mod events;
mod health;
mod plan;
mod run;
mod sites;

pub use plan::{Ending, HEADER, PairEvent, PairPlan, PairSetup, PairStep};
pub use run::run;

use super::play::PAIR;
use super::run::Outcome;

/// Runs the scenario that these bytes are, twice, and returns what came of it.
///
/// # Errors
/// The run broke an invariant, or the two runs were not the same.
pub fn replay(bytes: &[u8]) -> Result<Outcome, Box<Outcome>> {
    PAIR.replay(bytes)
}
