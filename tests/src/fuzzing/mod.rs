//! What must hold whatever the bytes are: one function for each fuzz target.
//!
//! libFuzzer calls them with bytes of its own making, `cargo test` with every file of the committed corpora. A function
//! returns if all is well; if not, it panics, and what it says names the promise that was broken.
//!
//! The target `config` is not here: what it needs is in the daemon's own package, and so is its check.

mod argus_reply;
mod argus_texts;
mod corpus;
mod daemon;
mod snmp_reply;
mod zino_api;
mod zino_decoded;
mod zino_notify;

pub use argus_reply::argus_reply;
pub use corpus::replay_corpus;
pub use daemon::daemon;
pub use snmp_reply::snmp_reply;
pub use zino_api::zino_api;
pub use zino_notify::zino_notify;
