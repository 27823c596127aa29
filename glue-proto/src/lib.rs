//! The pure core of `zinoargus`.
#![no_std]
#![deny(missing_docs)]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod argus;
pub mod backoff;
pub mod daemon;
pub mod failover;
pub mod model;
pub mod reconcile;
pub mod secret;
pub mod seed;
pub mod settings;
pub mod snmp;
pub mod time;
pub mod zino;
