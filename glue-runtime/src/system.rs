//! What the process needs of the system before it can begin (behaviour B6).

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::thread;
use thiserror::Error;

/// Descriptors that it takes to begin, besides those that are open already: the runtime has five, Zino two, the primary
/// one, a look-up of a name three, and what is left are requests to Argus.
const DESCRIPTORS: usize = 16;

/// Why the process cannot begin. The texts end with what the system says.
#[derive(Debug, Error)]
pub(crate) enum Shortage {
    /// There are not enough descriptors.
    #[error("the limit of open files is too low, {DESCRIPTORS} more are needed: {0}")]
    Descriptors(#[source] io::Error),
    /// There is not one thread.
    #[error("no thread can be started: {0}")]
    Threads(#[source] io::Error),
}

/// Makes sure that the system gives what the runtime takes for granted: it panics where something is missing.
///
/// # Errors
///
/// If something is missing.
pub(crate) fn check() -> Result<(), Shortage> {
    descriptors(DESCRIPTORS).map_err(Shortage::Descriptors)?;
    let thread = thread::Builder::new().spawn(|| ()).map_err(Shortage::Threads)?;
    // It does nothing that could panic.
    let _ = thread.join();
    Ok(())
}

/// Tells whether so many descriptors can be had at once. They are given back.
///
/// # Errors
///
/// If they cannot.
pub(crate) fn descriptors(count: usize) -> io::Result<()> {
    let stderr = io::stderr();
    let copies: io::Result<Vec<OwnedFd>> = (0..count).map(|_| stderr.as_fd().try_clone_to_owned()).collect();
    copies.map(drop)
}
