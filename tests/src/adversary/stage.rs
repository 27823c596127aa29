//! Whether the attack goes on.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

/// What all hostile peers of one run share.
#[derive(Debug, Default)]
pub(super) struct Stage {
    act: AtomicU8,
    closed: AtomicBool,
    strikes: AtomicU64,
}

const ATTACK: u8 = 1;
const AFTERWARDS: u8 = 2;

impl Stage {
    pub(super) fn begin_attack(&self) {
        self.act.store(ATTACK, Ordering::SeqCst);
    }

    pub(super) fn end_attack(&self) {
        self.act.store(AFTERWARDS, Ordering::SeqCst);
    }

    pub(super) fn is_hostile(&self) -> bool {
        self.act.load(Ordering::SeqCst) == ATTACK && !self.is_closed()
    }

    /// Ends every thread that waits.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Notes that something hostile was done; returns how often that was so before.
    pub(super) fn strike(&self) -> u64 {
        self.strikes.fetch_add(1, Ordering::SeqCst)
    }

    /// Returns how often something hostile was done.
    pub(super) fn strikes(&self) -> u64 {
        self.strikes.load(Ordering::SeqCst)
    }
}
