//! The things that can happen.

use super::administration::Administration;
use glue_sim::faults::FaultKind;
use glue_sim::people::{ArgusAction, ZinoAction};

/// How many kinds of things there are.
pub(super) const KINDS: u8 = 49;
/// Kinds that can happen in every scenario: without them it would show nothing.
pub(super) const ALWAYS: [u8; 4] = [0, 1, 2, 13];

/// Something that happens. `who` names a case or an incident among those that there are at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is one plain thing, and explained where its kind is")]
pub enum Event {
    Zino { action: ZinoAction, who: u8, how: u8 },
    Argus { action: ArgusAction, who: u8, how: u8 },
    Fault { fault: FaultKind, how: u8, seconds: u8 },
    Administration { what: Administration, how: u8 },
}

impl Event {
    /// Decodes what a kind and four bytes say.
    #[must_use]
    pub fn decode(kind: u8, bytes: [u8; 4]) -> Self {
        let [who, how, seconds, _] = bytes;
        let kind = usize::from(kind % KINDS);
        if let Some(action) = ZinoAction::ALL.get(kind) {
            return Self::Zino { action: *action, who, how };
        }
        let kind = kind - ZinoAction::ALL.len();
        if let Some(action) = ArgusAction::ALL.get(kind) {
            return Self::Argus { action: *action, who, how };
        }
        let fault = FaultKind::ALL[(kind - ArgusAction::ALL.len()) % FaultKind::ALL.len()];
        Self::Fault { fault, how: who.wrapping_mul(31) ^ how, seconds }
    }
}
