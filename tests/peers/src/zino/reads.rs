//! What is answered where a case is read, and what goes wrong with that now and then.

use super::case::{ZinoCase, encode_entries};
use super::server::ZinoServer;
use glue_proto::model::CaseId;
use std::collections::BTreeMap;

/// The end of a list.
pub(super) const END: &[u8] = b".\r\n";
const ATTRIBUTES: &[u8] = b"303 simple attributes follow, terminated with '.'\r\n";

/// What is read of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Attributes,
    History,
    Log,
}

/// How a reply about a case goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Falter {
    /// The server fails at it: there are no attributes, or a list breaks off, and an error follows.
    Fails,
    /// The priority that it gives is no number. Other replies than attributes are as they should be.
    Garbles,
    /// It comes twice.
    Doubles,
}

/// Which replies about cases go wrong, and how many have.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Faltering {
    every: Option<(u32, Falter)>,
    replies: u32,
    of_cases: BTreeMap<CaseId, u32>,
}

impl Faltering {
    /// The next reply about a case is due: returns what goes wrong with it.
    pub(super) fn next(&mut self, case: CaseId) -> Option<Falter> {
        let (every, how) = self.every?;
        self.replies += 1;
        if !self.replies.is_multiple_of(every) {
            return None;
        }
        *self.of_cases.entry(case).or_default() += 1;
        Some(how)
    }
}

impl ZinoServer {
    /// Answers a read. Returns how many failures are to be told once everything else is.
    pub(super) fn answer_read(&mut self, what: Read, case: &ZinoCase, out: &mut Vec<u8>) -> usize {
        let (falter, begin) = (self.faltering.next(case.id()), out.len());
        if what == Read::Attributes && falter == Some(Falter::Fails) {
            return 1;
        }
        let list = match what {
            Read::Attributes => {
                out.extend_from_slice(ATTRIBUTES);
                if falter == Some(Falter::Garbles) {
                    out.extend_from_slice(format!("id: {}\r\npriority: abc\r\n", case.id()).as_bytes());
                } else {
                    case.encode_attributes(out);
                }
                Ok(())
            }
            Read::History => {
                out.extend_from_slice(b"301 history follows, terminated with '.'\r\n");
                encode_entries(case.history(), out)
            }
            Read::Log => {
                out.extend_from_slice(b"300 log follows, terminated with '.'\r\n");
                encode_entries(case.log(), out)
            }
        };
        if list.is_err() || falter == Some(Falter::Fails) {
            return 1;
        }
        out.extend_from_slice(END);
        if falter == Some(Falter::Doubles) {
            out.extend_from_within(begin..);
        }
        0
    }

    /// Lets each n-th reply about a case, of all those that there are, go wrong from now on; nothing, for none. What is asked
    /// for again is answered.
    pub fn set_faltering(&mut self, every: Option<(u32, Falter)>) {
        self.faltering.every = every.filter(|(every, _)| *every > 0);
    }

    /// Returns how many replies about a case have gone wrong.
    #[must_use]
    pub fn falters_of(&self, case: CaseId) -> u32 {
        self.faltering.of_cases.get(&case).copied().unwrap_or(0)
    }
}
