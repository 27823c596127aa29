//! Whole scenarios.

use crate::sim::{Plan, replay, report};

/// Takes the bytes for a scenario of the swarm simulator and runs it: people, misfortune, and the machine among its
/// peers. It is over once everything has happened and both sides agree: a day would leave time for one in a second.
///
/// # Panics
///
/// An invariant was broken; the text is the simulator's report, with the line that repeats it.
pub fn daemon(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    Plan::make_brief(&mut bytes);
    if let Err(outcome) = replay(&bytes) {
        panic!("{}", report(&bytes, &outcome));
    }
}
