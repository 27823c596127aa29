//! What is to be written to Zino: one thing at a time.

use super::session::Session;
use crate::model::CaseId;
use crate::wire::zino::Command;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The writes that wait, and the one that is under way.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Writes {
    waiting: VecDeque<(CaseId, Command)>,
    under_way: Option<CaseId>,
}

/// What became of the writes that were to be dropped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// The cases whose writes were dropped.
    pub(super) cases: Vec<CaseId>,
    /// One has begun: only the end of the session takes it back.
    pub(super) has_begun: bool,
}

impl Writes {
    /// Queues a write.
    pub(super) fn push(&mut self, id: CaseId, command: Command) {
        self.waiting.push_back((id, command));
    }

    /// Tells whether one is under way.
    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Begins the next one, if none is under way and the session takes it. Returns whose it is.
    pub(super) fn begin(&mut self, session: &mut Session) -> Option<CaseId> {
        if self.is_under_way() {
            return None;
        }
        let (id, command) = self.waiting.front()?;
        session.send(command.clone()).ok()?;
        self.under_way = Some(*id);
        self.waiting.pop_front();
        self.under_way
    }

    /// The one under way has ended.
    pub(super) const fn end(&mut self) {
        self.under_way = None;
    }

    /// Drops whatever has not begun.
    pub(super) fn withdraw(&mut self, session: Option<&mut Session>) -> Dropped {
        let mut dropped =
            Dropped { cases: self.waiting.drain(..).map(|(id, _)| id).collect(), has_begun: false };
        if let Some(session) = session {
            if session.withdraw_write() {
                dropped.cases.extend(self.under_way.take());
            } else {
                dropped.has_begun = session.owes_text();
            }
        }
        dropped
    }

    /// The session has ended, and every write with it.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.under_way = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn note(id: u64) -> Command {
        Command::AddHistory { id: CaseId(id), text: "x".to_string() }
    }

    #[test]
    fn b62_what_has_not_begun_is_dropped() {
        let mut writes = Writes::default();
        writes.push(CaseId(1), note(1));
        writes.push(CaseId(2), note(2));
        assert!(!writes.is_under_way());
        let expected = Dropped { cases: [CaseId(1), CaseId(2)].to_vec(), has_begun: false };
        assert_eq!(writes.withdraw(None), expected);
        assert_eq!(writes.withdraw(None), Dropped::default());
    }
}
