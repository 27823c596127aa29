//! What the daemon is called on both sides.

/// The daemon's user in Zino.
pub(crate) const DAEMON: &str = "zinoargus";
/// The daemon's source in Argus.
pub(crate) const SOURCE: &str = "zino";
