//! Simulated peers for the `zinoargus` core, [`glue_proto`]: what you need to test it, or a shell of your own, without a
//! network.
//!
//! A Zino server, an Argus server and an SNMP agent as state machines, a network between them and the daemon, people who work
//! on both sides, and faults to choose from: all of it in virtual time, where a day takes as long as what happens in it, or on
//! real sockets. The servers answer byte for byte what recorded ones did, and share no parser with the program under test.
//!
//! # An example
//!
//! One outage and one fault, the file `examples/one_outage.rs`:
//!
//! ```
#![doc = include_str!("../examples/one_outage.rs")]
//! ```
//!
//! # The parts
//!
//! | | |
//! |---|---|
//! | [`Simulation`] | a world with people, faults and a supervisor: what most simulations start from |
//! | [`World`] | the daemon's core and the three peers in virtual time, with a network that delays, cuts and loses |
//! | [`faults`] | [`Fault`](faults::Fault), all that can go wrong; a schedule that ends it; a way to draw it from bytes |
//! | [`people`] | what operators do in Zino and users in Argus, chosen by bytes |
//! | [`zino`] | [`ZinoServer`](zino::ZinoServer): both channels of a Zino 2 server, and all that can happen to its cases: [`open_case`](zino::ZinoServer::open_case), [`add_history`](zino::ZinoServer::add_history), [`close`](zino::ZinoServer::close) .. |
//! | [`argus`] | [`ArgusServer`](argus::ArgusServer): the REST API that a source system uses, and what people do in Argus: [`ack`](argus::ArgusServer::ack), [`set_ticket`](argus::ArgusServer::set_ticket), [`close`](argus::ArgusServer::close) .. |
//! | [`snmp`] | [`SnmpAgent`](snmp::SnmpAgent): the agent that says how long a Zino server has been up |
//! | [`net`] | the three peers on real sockets of the loopback, for tests of a whole program |
//!
//! Each part works without those above it. The servers have no socket, no clock and no randomness: bytes and the time go in,
//! bytes come out. Whoever writes a daemon of another kind against Zino or Argus needs only [`zino`], [`argus`] and [`net`].
//!
//! # How time works
//!
//! A world counts milliseconds since it began, [`World::now`]; its wall clock, [`World::wall`], began at [`BEGIN`] and counts
//! Unix seconds, which is what the methods of the servers take. Time passes in [`World::run`] and in [`Simulation::run`] alone:
//! it jumps from one event to the next, and an event is whatever arrives next, or the moment at which the daemon wants to be
//! woken. How long anything takes to arrive is said by [`NetworkConditions`](world::NetworkConditions): by default one
//! millisecond. The daemon's own clocks can be wrong ([`World::skew`]) or stand still ([`World::freeze_daemon`]), and Zino's
//! can be ahead of Argus's ([`World::zino_skew`]): what is done to its cases happens at [`World::zino_wall`].
//!
//! All randomness comes from one seed, [`World::set_chance`]. So the same calls make the same world, byte for byte;
//! [`World::start_log`] shows what went in and out. A world is `Clone`: what would happen otherwise can be tried on a copy.
//!
//! On real sockets ([`net`]) time is the system's. No other part reads a clock.
//!
//! # A property test of your own
//!
//! [`people`] and [`faults`] take bytes, so any generator of values draws scenarios for them. Here it is `proptest`; the file
//! is `tests/own_property.rs`:
//!
//! ```
#![doc = include_str!("../tests/own_property.rs")]
//! ```
//!
//! [`World::disagreements`] compares the two boards as far as it can be done without knowing what has happened. What else must
//! hold can be read off what an onlooker sees, [`World::watch`], or off the public state of the peers.
//!
//! # What it does not do
//!
//! The peers are as complete as the daemon and the recordings need: planned maintenance, flapping and polling of Zino, and
//! the parts of Argus's API that no source system uses are not simulated, or answer what they always answer.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![expect(
    clippy::test_attr_in_doctest,
    reason = "the example of a property test is a whole test file, which cargo runs as such"
)]

pub mod argus;
pub mod faults;
pub mod net;
pub mod people;
mod simulation;
pub mod snmp;
pub mod world;
pub mod zino;

pub use glue_proto;
pub use simulation::Simulation;
pub use world::{BEGIN, World};

/// The code of the README is compiled and run with that of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
