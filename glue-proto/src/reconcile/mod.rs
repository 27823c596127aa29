//! The decision: two snapshots in, the next step out.
