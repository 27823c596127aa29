//! The pure core of `zinoargus`: it keeps an Argus alert aggregator in step with a Zino network monitor, without any IO.
//!
//! [`daemon::Daemon`] is one deterministic state machine. Whatever happens goes in as a [`daemon::Input`], whatever is
//! to be done comes out as a [`daemon::Action`], and [`daemon::Daemon::next_wakeup`] says when it wants to be woken.
//! Time and seed are arguments, so a run is exactly a list of `(Now, Input)`: it can be logged, replayed, shrunk and
//! fuzzed, and it can live in a simulator.
//!
//! # The rooms
//!
//! | room | what lives there |
//! |---|---|
//! | [`daemon`] | the machine: sessions, requests, timers, work on each case |
//! | [`reconcile`] | the decision: two snapshots in, the next step out |
//! | [`zino`] | the Zino protocol: both channels |
//! | [`argus`] | the Argus REST API: calls to requests, responses to replies |
//! | [`snmp`] | one SNMP GET, its reply, one probe |
//! | [`failover`] | STANDBY or ACTIVE |
//! | [`model`] | what the two servers say, as plain data |
//! | [`http`] | what is to be asked by HTTP, and what was answered |
//! | [`text`] | texts as each side stores them |
//! | [`settings`], [`secret`] | what the operator decided, what must never be printed |
//! | [`time`], [`backoff`], [`seed`] | moments and spans, growing pauses, drawn numbers |
//! | [`concurrency`] | how many requests a server can use at once |
//!
//! The arrows go one way: `daemon` uses every room, `reconcile` only `model`, `settings`, `text` and `time`.
//!
//! # What it promises
//!
//! * No input, however malformed, fails or panics, and none makes memory grow beyond the documented limits.
//! * The same inputs give the same actions, byte for byte.
//! * Nothing is decided from what was not read, and a write whose outcome is unknown is read back before it is repeated.
//!
//! # Example
//!
//! ```
//! use glue_proto::daemon::{Action, Daemon, Input};
//! use glue_proto::settings::Settings;
//! use glue_proto::time::{Millis, Mono, Now, Wall};
//!
//! let now = Now { mono: Mono(0), wall: Wall(1_795_357_544) };
//! let mut daemon = Daemon::new(Settings::example(), now, 1);
//! // The daemon begins by itself: it connects to Zino, and it asks Argus for our open incidents.
//! let mut actions = core::iter::from_fn(|| daemon.poll_action());
//! assert!(actions.any(|action| matches!(action, Action::Connect { .. })));
//! assert!(actions.any(|action| matches!(action, Action::Http { .. })));
//! // Nobody answers: it wants to be woken to give up waiting.
//! let wakeup = daemon.next_wakeup().expect("a daemon that has not ended waits for something");
//! daemon.handle(Now { mono: wakeup.at, wall: Wall(1_795_357_554) }, Input::Wake);
//! assert!(daemon.next_wakeup().expect("it goes on").at > wakeup.at);
//! ```
#![no_std]
#![deny(missing_docs)]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod argus;
pub mod backoff;
pub mod concurrency;
pub mod daemon;
pub mod failover;
pub mod http;
pub mod model;
pub mod reconcile;
pub mod secret;
pub mod seed;
pub mod settings;
pub mod snmp;
pub mod text;
pub mod time;
pub mod zino;
