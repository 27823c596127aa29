//! What stands on the wire: bytes to typed messages and back, nothing else.
//!
//! No codec decides anything, and none knows a socket or a clock. Who writes a peer of one of the servers, a simulator
//! or a tool uses them by themselves.

pub mod argus;
pub mod snmp;
pub mod zino;
