//! The simulated peers on real sockets, on the loopback, for a demonstration or a test of the whole program.
//!
//! Each `serve_` function takes a peer, a port (0 lets the system choose) and starts threads; the handle that it returns
//! tells the address, reaches the peer and ends everything when it is dropped. Unlike the peers themselves, this module
//! reads the system's clock.

mod argus;
mod listener;
mod snmp;
mod zino;

pub use argus::{ArgusNet, Conduct, Seen, serve_argus};
pub use snmp::{SnmpNet, serve_snmp};
pub use zino::{Heard, ZinoNet, serve_zino, serve_zino_at};

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Returns the system's time since the Unix epoch.
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Returns the system's time, Unix seconds.
fn unix_now() -> i64 {
    i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX)
}

/// Locks, also after a thread that has panicked: what it left is still good enough to look at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
