//! The `zinoargus` daemon.
fn main() {}
