//! Simulated peers for the `zinoargus` core.
//!
//! A Zino server, an Argus server and an SNMP agent as state machines: no socket, no clock, no randomness. Bytes and
//! the time go in, bytes come out, so that one run is like the next. They are written from what the real servers put on
//! the wire (reference, with its transcripts) and share no parser with the program under test.
//!
//! * [`zino::ZinoServer`]: both channels of a Zino 2 server, and the hands of its operators.
//! * [`argus::ArgusServer`]: the REST API of an Argus server, and the hands of its users.
//! * [`snmp::SnmpAgent`]: the agent that says how long a Zino server has been up.
//! * [`net`]: all three on real sockets; the only room that reads a clock.
//! * [`mod@bench`]: the machine among many cases, for whatever measures it.
//! * [`fuzzing`]: what must hold for any bytes at all; it reads the committed corpora.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod argus;
pub mod bench;
pub mod explore;
pub mod fuzzing;
pub mod net;
pub mod sim;
pub mod snmp;
pub mod world;
pub mod zino;
