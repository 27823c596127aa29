//! The signals that mean something to us: SIGINT and SIGTERM end, SIGHUP reads everything again, the configuration
//! too where there is one to read.

use crate::driver::Commands;
use crate::event::Event;
use glue_proto::Operator;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for signals from the moment it was made.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Starts to listen. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// If the system does not let us.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
}

impl Commands for Signals {
    async fn next(&mut self) -> Event {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Event::Shutdown,
            Some(()) = self.terminate.recv() => Event::Shutdown,
            Some(()) = self.hang_up.recv() => Event::Command(Operator::Reconcile),
            else => core::future::pending().await,
        }
    }
}
