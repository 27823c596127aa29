//! Small worlds, searched to the last interleaving: a model checker of the real machine.
//!
//! A world with one case or two, at most one thing that a person does, one that goes wrong, one change of the primary
//! and one moment at which the network is slow; and then every order in which all of that and every delivery can
//! happen, breadth first, each state once. In every state the invariants 1 to 5 of behaviour section 8 hold, and from
//! every state a way without faults leads to agreement of the two boards within the bound of invariant 7.
//!
//! ```
//! use glue_tests::explore::{Limits, Scope, search};
//!
//! let found = search(&Scope::everything(1), &Limits { depth: 1, ..Limits::default() });
//! assert!(found.violation.is_none());
//! assert_eq!(found.complete, Some(1));
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `root.rs`, `scope.rs` | where a search begins, and what may happen in it |
//! | `state.rs` | a state, and what can happen next in it |
//! | `choice.rs`, `user_actions.rs`, `faults.rs` | how each thing happens |
//! | `agree.rs` | the way without faults from a state to agreement |
//! | `search.rs`, `tree.rs` | the search, and what it remembers |
//! | `report.rs` | a violation, shown |
//!
//! **Why a search of its own** and not a library such as stateright: the choice points here are the deliveries of
//! [`glue_sim::world::World`], which exists already with its peers and its faults. A model for a library would be this
//! list of choices and this `apply`, with every world kept whole by the library, while here worlds are shared,
//! dropped and made anew from their paths as memory allows; and an actor for each peer would be a second
//! implementation of the world.
//!
//! **Time** moves only in steps of its own, to the next moment at which the machine wants to be woken or something
//! late arrives, and only when nothing waits to arrive; once in a run it may move although something does: then the
//! network is slow. So all orders of what happens at one moment end in one state. Absolute time stays part of a
//! state.
//!
//! **What counts as one state**: the 128 bits of [`glue_sim::world::Fingerprint`] over the machine, the peers, the
//! network, what the invariants remember, and what may still happen. What is on its way is hashed without an order,
//! for every order is possible. If two states have one fingerprint by chance, one of them is not looked at: with a
//! hundred million states the odds of a single such pair are one to 10^22.
//!
//! **The way to agreement**: whatever is wrong becomes well, everything arrives in the order in which it was sent,
//! and time passes, until the boards agree and nothing is under way. Where something waits to arrive and nothing has
//! to become well first, that way begins with one of the state's own choices, so it is a way of the state after it;
//! it is gone from all other states, and at the end from those that were not looked at any more. States in which
//! nothing is on its way are remembered with the moment of agreement: no way is gone twice.
//!
//! **What is left out, and why nothing is lost**:
//! * What nobody will ever hear is dropped at once: answers to a request of a machine that was killed, bytes on a
//!   connection that the other end has given up. No later event can depend on them, for ids are never used twice.
//! * Once nobody does anything any more, nothing goes wrong and the network is not slow, bytes on their way to Zino
//!   arrive before all else. Zino hears nothing but the machine, each connection keeps its order, and what Zino does
//!   with them depends on neither what Argus nor what the machine does meanwhile; so this step commutes with every
//!   other, and it stays possible until it is taken. No violation is hidden that way: the invariants of Zino's board
//!   speak of entries that are never taken back, the others of what the machine or Argus does.
//! * A state in which everything that may happen has happened but for the slow network, nothing is on its way, no job
//!   waits and the boards agree is at rest: what follows is the idling that also follows the first state.

mod agree;
mod choice;
mod faults;
mod report;
mod root;
mod scope;
mod search;
mod state;
mod tree;
mod user_actions;

pub use choice::Choice;
pub use faults::Fault;
pub use report::{Replay, replay, report};
pub use root::Root;
pub use scope::{Scope, action_name};
pub use search::{Found, Limits, Violation, search};
