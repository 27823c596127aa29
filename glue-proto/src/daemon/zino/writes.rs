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

    /// Tells whether none is under way and none waits.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_none() && self.waiting.is_empty()
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

    /// The session has ended, and every write with it. Returns the case of the one that was under way.
    pub(super) fn clear(&mut self) -> Option<CaseId> {
        self.waiting.clear();
        self.under_way.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::outbox::Outbox;
    use crate::face::{Channel, Mono, Now, Secret, Wall};
    use crate::model::CaseState;
    use crate::wire::zino::ApiChannel;
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

    /// A session that takes commands.
    fn session(out: &mut Outbox) -> Session {
        let mut session = Session::open(ApiChannel::new("u", &Secret::new("s".into()), 64), out);
        session.receive(Channel::Api, b"200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello\r\n", out);
        session.flush(out);
        session.receive(Channel::Api, b"200 ok\r\n", out);
        session
    }

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(0), wall: Wall(0) }, 1)
    }

    #[test]
    fn b50_the_next_write_begins_once_the_one_before_it_has_ended() {
        let mut out = outbox();
        let mut session = session(&mut out);
        let mut writes = Writes::default();
        for id in [1, 2] {
            writes.push(CaseId(id), Command::SetState { id: CaseId(id), state: CaseState::Working });
        }
        assert_eq!(writes.begin(&mut session), Some(CaseId(1)));
        assert_eq!(writes.begin(&mut session), None);
        session.flush(&mut out);
        session.receive(Channel::Api, b"200 ok\r\n", &mut out);
        assert_eq!(writes.begin(&mut session), None, "nobody has been told how it ended");
        writes.end();
        assert_eq!(writes.begin(&mut session), Some(CaseId(2)));
    }

    #[test]
    fn b62_a_write_of_which_no_byte_was_sent_is_dropped_with_those_that_wait() {
        let mut out = outbox();
        let mut session = session(&mut out);
        let mut writes = Writes::default();
        writes.push(CaseId(1), note(1));
        writes.push(CaseId(2), note(2));
        writes.begin(&mut session);
        let dropped = writes.withdraw(Some(&mut session));
        assert_eq!(dropped, Dropped { cases: [CaseId(2), CaseId(1)].to_vec(), has_begun: false });
        assert!(!writes.is_under_way());
        writes.push(CaseId(3), note(3));
        writes.begin(&mut session);
        session.flush(&mut out);
        assert_eq!(writes.withdraw(Some(&mut session)), Dropped { cases: Vec::new(), has_begun: true });
        assert!(writes.is_under_way());
    }

    #[test]
    fn b50_writes_that_wait_do_not_outlive_the_session() {
        let mut writes = Writes::default();
        writes.push(CaseId(1), note(1));
        writes.clear();
        assert_eq!(writes.begin(&mut session(&mut outbox())), None);
    }
}
