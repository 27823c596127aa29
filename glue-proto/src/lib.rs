//! The pure core of `zinoargus`: it keeps an Argus alert aggregator in step with a Zino network monitor, without any IO.
//!
//! [`Daemon`] is one deterministic state machine. Whatever happens goes in as an [`Input`], whatever is to be done comes
//! out as an [`Action`], and [`Daemon::next_wakeup`] says when it wants to be woken. Time and seed are arguments, so a
//! run is exactly a list of `(Now, Input)`: it can be recorded, replayed, shrunk and fuzzed, and it can run in a
//! simulator. [`OwnedInput`] is an input with its bytes, for queues and recordings; with the feature `serde` it can be
//! written down.
//!
//! # The run loop
//!
//! This is all that a shell has to do. It owns the sockets and the clock; it has no timeout, no retry and no knowledge of
//! either protocol.
//!
//! ```
//! use glue_proto::{Action, Daemon, Input, Millis, Mono, Now, Settings, Wall};
//!
//! let mut now = Now { mono: Mono(0), wall: Wall(1_795_357_544) };
//! let mut daemon = Daemon::new(Settings::example(), now, 1);
//! let mut asked = 0;
//! for _ in 0..3 {
//!     while let Some(action) = daemon.poll_action() {
//!         match action {
//!             Action::Connect { .. } | Action::Send { .. } | Action::Close { .. } => {} // TCP to Zino
//!             Action::Http { .. } | Action::CancelHttp { .. } => asked += 1, // HTTP to Argus
//!             Action::SendDatagram { .. } => {} // UDP to the primary's SNMP agent
//!             Action::AskHealth { .. } => {} // HTTP to the primary's daemon
//!             Action::ReadSecret { .. } => {} // where a secret comes from a file
//!             Action::Notice(notice) => println!("{:?}: {notice}", notice.level()),
//!             Action::Exit(_) => return,
//!         }
//!     }
//!     // Wait for whatever comes first: something from outside, or the moment that the machine names.
//!     let Some(wakeup) = daemon.next_wakeup() else { return };
//!     now.mono = wakeup.at; // Here nobody ever answers, so it is always the latter.
//!     daemon.handle(now, Input::Wake);
//! }
//! assert!(asked > 0);
//! ```
//!
//! # What it promises
//!
//! * No input, however malformed, fails or panics, and none makes memory grow beyond the documented limits.
//! * The same inputs give the same actions, byte for byte.
//! * Nothing is decided from what was not read, and a write whose outcome is unknown is read back before it is repeated.
//!
//! # What is where
//!
//! | | |
//! |---|---|
//! | the root | the machine and its face: [`Daemon`], [`Input`], [`Action`], [`Notice`], [`Status`], [`Settings`], the clocks |
//! | | [`Check`], a smaller machine with the same face: it tries settings on the servers, and ends |
//! | [`wire`] | both protocols and SNMP, as codecs without IO, for those who write peers |
//! | [`decision`] | two snapshots in, the next step out |
//! | [`model`] | what the two servers say, as plain data |
//! | [`docs`] | the rules, by number ([`docs::behaviour`]), and what the peers were seen to do: comments cite them as "behaviour B13" and "reference" |
//!
//! Inside, `daemon` uses every module but `check`, and `check` the face, [`model`] and [`wire`]; `wire` and `decision` use only the
//! face, [`model`] and `text` (texts as each side stores them). A test holds the arrows.
#![no_std]
#![deny(missing_docs)]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod check;
mod daemon;
pub mod decision;
#[cfg(doc)]
pub mod docs;
mod face;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
pub mod model;
#[cfg_attr(
    not(feature = "internals"),
    expect(unreachable_pub, reason = "the feature `internals` shows it to the tests of this workspace")
)]
mod text;
pub mod wire;

pub use check::{Check, Checked, Finding, Item, Needed, Peer, Verdict};
pub use daemon::{
    CaseVerdict, Daemon, Difference, DifferenceKind, Explanation, HeldBack, HeldReason, Inspection, Outlook,
    Planned, RefusedStep,
};
pub use face::*;
