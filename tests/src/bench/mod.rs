//! What the benches measure: the machine among many cases, and one input after the other.
//!
//! A [`Scene`] is a [`Daemon`](glue_proto::Daemon) that is in agreement with its two servers about any number of
//! cases. Its peers are a few functions of the case number, not the simulated servers of the other modules: a hundred
//! thousand cases are there within seconds. A [`Round`] makes one thing happen and lets it come to its end; what the
//! machine does meanwhile, and nothing else, is shown to a [`Meter`]. So the clock, the counter of allocations and
//! valgrind all measure the same work. A [`Codec`] does the same for bytes alone:
//!
//! | what | where |
//! |---|---|
//! | time | `tests/benches/inputs.rs`, `tests/benches/codecs.rs` |
//! | allocations | `tests/tests/allocations.rs` |
//! | instructions | `tests/benches/instructions/` |

mod codec;
mod peers;
mod round;
mod scene;

pub use codec::{Codec, Work};
pub use peers::{Peers, RAISED};
pub use round::Round;
pub use scene::Scene;

/// Measures a piece of work, or many of them.
pub trait Meter {
    /// Does the work, once, and measures it.
    fn measure(&mut self, work: &mut dyn FnMut());
}

/// Measures nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unmeasured;

impl Meter for Unmeasured {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        work();
    }
}
