//! The suites of `zinoargus`, over the simulated peers of `glue-sim`.
//!
//! * [`sim`]: the swarm, random scenarios with faults whose invariants are checked after every step, and the pair of a
//!   primary and a secondary.
//! * [`explore`]: the search of small worlds, every order of what can happen in them.
//! * [`fuzzing`]: what must hold for any bytes at all; it reads the committed corpora.
//! * [`adversary`]: hostile servers against the built program.
//! * [`mod@bench`]: the machine among many cases, for whatever measures it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod adversary;
pub mod bench;
pub mod explore;
pub mod fuzzing;
pub mod sim;
