//! Simulated peers for the `zinoargus` core.
//!
//! A Zino server, an Argus server and an SNMP agent as state machines: no socket, no clock, no randomness. Bytes and
//! the time go in, bytes come out, so that one run is like the next. They are written from what the real servers put on
//! the wire (reference, with its transcripts) and share no parser with the program under test.
//!
//! * [`zino::ZinoServer`]: both channels of a Zino 2 server, and what its operators do.
//! * [`argus::ArgusServer`]: the REST API of an Argus server, and what its users do.
//! * [`snmp::SnmpAgent`]: the agent that says how long a Zino server has been up.
//! * [`world::World`]: the daemon's core among the three, in virtual time, with faults to choose from.
//! * [`net`]: all three on real sockets; the only module that reads a clock.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod argus;
pub mod faults;
pub mod net;
pub mod people;
mod simulation;
pub mod snmp;
pub mod world;
pub mod zino;

pub use simulation::Simulation;
