//! Which cases are to be read from Zino, and what of them is there already.

use crate::model::{Attributes, Case, CaseId, CaseType, Entry};
use crate::time::{Millis, Mono};
use crate::zino::Command;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The first pause after a case could not be read; doubled each time (behaviour B14).
const FIRST_PAUSE: Millis = Millis::from_secs(5);
/// The longest such pause.
const LONGEST_PAUSE: Millis = Millis::from_secs(15 * 60);

/// The reading list.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Reads {
    urgent: VecDeque<CaseId>,
    bulk: VecDeque<CaseId>,
    queued: BTreeMap<CaseId, Turn>,
    under_way: BTreeMap<CaseId, Reading>,
    commands: VecDeque<Command>,
    logs: BTreeMap<CaseId, LogKnowledge>,
    quarantine: BTreeMap<CaseId, Quarantine>,
    full: Option<FullRead>,
    full_wanted: bool,
}

/// Whether a case waits for its turn before or behind the bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Turn {
    Urgent,
    Bulk,
}

/// The parts of one reading.
#[derive(Clone, Debug, Default, Hash)]
struct Reading {
    attributes: Option<Attributes>,
    history: Option<Vec<Entry>>,
    went_down: Option<bool>,
    log_asked: bool,
    awaited: u8,
    missing: bool,
    unreadable: Option<String>,
    /// The case was marked again meanwhile.
    again: bool,
    /// A write of ours has outdated what was read so far.
    outdated: bool,
}

/// What the log of a case has proved. It only grows, so a proof stands as long as the case is the same one.
#[derive(Clone, Copy, Debug, Hash)]
struct LogKnowledge {
    opened: i64,
    /// The log has nothing more to tell.
    settled: bool,
    went_down: bool,
}

/// A case that could not be read.
#[derive(Clone, Debug, Hash)]
struct Quarantine {
    retry_at: Mono,
    pause: Millis,
    /// Its values broke the framing of the whole session, so it is not tried at each change.
    breaks_sessions: bool,
}

/// A read of everything: whether the list is there, and what is still to come.
#[derive(Clone, Debug, Default, Hash)]
struct FullRead {
    pending: BTreeSet<CaseId>,
    has_list: bool,
}

/// What came of a reading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// The case as it is.
    Read {
        case: Box<Case>,
        /// Whether nothing has happened to it since it was asked for.
        newest: bool,
    },
    /// Zino says that there is no such case.
    Missing {
        id: CaseId,
        /// Whether that is part of a read of everything, which is then judged as a whole.
        in_full: bool,
    },
    /// The case is there, but what Zino says of it cannot be understood.
    Unreadable {
        id: CaseId,
        reason: String,
        /// Whether that is new.
        first: bool,
    },
}

impl Reads {
    /// Marks a case that something happened to. It comes before everything that is read in bulk.
    pub(super) fn mark(&mut self, id: CaseId) {
        match self.quarantine.get(&id) {
            Some(quarantine) if quarantine.breaks_sessions => return,
            Some(_) | None => {}
        }
        if let Some(reading) = self.under_way.get_mut(&id) {
            reading.again = true;
        } else if self.queued.insert(id, Turn::Urgent) != Some(Turn::Urgent) {
            self.urgent.push_back(id);
        }
    }

    /// Marks a case that we are about to write to: what is read of it from now on, and what was read before, must not
    /// be mixed.
    pub(super) fn outdate(&mut self, id: CaseId) {
        if let Some(reading) = self.under_way.get_mut(&id) {
            reading.outdated = true;
            reading.again = true;
        }
    }

    /// Asks for a read of everything. One that is under way already serves as well.
    pub(super) const fn want_full(&mut self) {
        self.full_wanted = self.full.is_none();
    }

    /// Tells whether `caseids` is to be asked for.
    pub(super) const fn is_full_wanted(&self) -> bool {
        self.full_wanted
    }

    /// Begins a read of everything: `caseids` has been asked for.
    pub(super) fn begin_full(&mut self) {
        self.full_wanted = false;
        self.full = Some(FullRead::default());
    }

    /// Takes in the answer to `caseids`; `others` are known cases that are to be asked for by number if they are not
    /// listed.
    pub(super) fn listed(&mut self, ids: Vec<CaseId>, others: impl IntoIterator<Item = CaseId>) {
        let Some(full) = &mut self.full else { return };
        full.has_list = true;
        full.pending = ids.into_iter().chain(others).collect();
        full.pending.retain(|id| !self.quarantine.contains_key(id));
        for id in full.pending.clone() {
            if !self.under_way.contains_key(&id) && !self.queued.contains_key(&id) {
                self.queued.insert(id, Turn::Bulk);
                self.bulk.push_back(id);
            }
        }
    }

    /// Gives up the read of everything: its list was cut short.
    pub(super) fn abandon_full(&mut self) {
        self.full = None;
    }

    /// Ends a read of everything once each of its cases was read; tells whether that is now.
    pub(super) fn finish_full(&mut self) -> bool {
        self.full.take_if(|full| full.has_list && full.pending.is_empty()).is_some()
    }

    /// Forgets whatever waits for an answer: the session is gone.
    pub(super) fn session_lost(&mut self) {
        self.urgent.clear();
        self.bulk.clear();
        self.queued.clear();
        self.under_way.clear();
        self.commands.clear();
        self.full = None;
        self.full_wanted = false;
    }

    /// Forgets what is known of a case that is no longer there.
    pub(super) fn forget(&mut self, id: CaseId) {
        self.logs.remove(&id);
        self.quarantine.remove(&id);
    }

    /// Returns the next command to send, as long as `take` says that there is room for it.
    pub(super) fn next_command(&mut self) -> Option<&Command> {
        if self.commands.is_empty() {
            let (id, turn) = self.next_turn()?;
            self.queued.remove(&id);
            let mut reading = Reading::default();
            self.commands.push_back(Command::Attributes(id));
            self.commands.push_back(Command::History(id));
            // A case that we hear of for the first time is probably new: its log is asked for at once, to spare a
            // round trip; in bulk it is asked for where the attributes call for it.
            if turn == Turn::Urgent && !self.logs.contains_key(&id) {
                self.commands.push_back(Command::Log(id));
                reading.log_asked = true;
            }
            reading.awaited = u8::try_from(self.commands.len()).unwrap_or(u8::MAX);
            self.under_way.insert(id, reading);
        }
        self.commands.front()
    }

    /// Takes the command that [`Self::next_command`] returned.
    pub(super) fn take_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    fn next_turn(&mut self) -> Option<(CaseId, Turn)> {
        if let Some(id) = self.urgent.pop_front() {
            return Some((id, Turn::Urgent));
        }
        loop {
            let id = self.bulk.pop_front()?;
            // What was brought forward meanwhile has been read, or is being read.
            if self.queued.get(&id) == Some(&Turn::Bulk) {
                return Some((id, Turn::Bulk));
            }
        }
    }

    /// Takes in the attributes of a case.
    pub(super) fn attributes(&mut self, id: CaseId, attributes: Attributes) -> Option<Outcome> {
        let reading = self.under_way.get_mut(&id)?;
        let known = self.logs.get(&id).filter(|known| known.opened == attributes.opened);
        let settled = known.is_some_and(|known| known.settled);
        if known.is_some_and(|known| known.went_down) {
            reading.went_down = Some(true);
        }
        if attributes.case_type == CaseType::PortState && !settled && !reading.log_asked {
            reading.log_asked = true;
            reading.awaited += 1;
            self.commands.push_back(Command::Log(id));
        }
        reading.attributes = Some(attributes);
        self.answered(id)
    }

    /// Takes in the history of a case.
    pub(super) fn history(&mut self, id: CaseId, history: Vec<Entry>) -> Option<Outcome> {
        self.under_way.get_mut(&id)?.history = Some(history);
        self.answered(id)
    }

    /// Takes in what the log of a case proves.
    pub(super) fn log(&mut self, id: CaseId, went_down: bool) -> Option<Outcome> {
        let reading = self.under_way.get_mut(&id)?;
        // Where the proof stands already, it stays.
        reading.went_down = Some(went_down || reading.went_down == Some(true));
        self.answered(id)
    }

    /// Takes in that there is no such case.
    pub(super) fn missing(&mut self, id: CaseId) -> Option<Outcome> {
        self.under_way.get_mut(&id)?.missing = true;
        self.answered(id)
    }

    /// Takes in that a reply about a case could not be read.
    pub(super) fn unreadable(&mut self, id: CaseId, reason: &str) -> Option<Outcome> {
        self.under_way.get_mut(&id)?.unreadable = Some(reason.to_string());
        self.answered(id)
    }

    fn answered(&mut self, id: CaseId) -> Option<Outcome> {
        let reading = self.under_way.get_mut(&id)?;
        reading.awaited = reading.awaited.saturating_sub(1);
        if reading.awaited > 0 {
            return None;
        }
        let reading = self.under_way.remove(&id)?;
        if reading.again {
            self.mark(id);
        }
        if reading.outdated {
            return None;
        }
        let in_full = self.full.as_mut().is_some_and(|full| full.pending.remove(&id));
        if reading.missing {
            self.forget(id);
            return Some(Outcome::Missing { id, in_full });
        }
        Some(self.outcome(id, reading))
    }

    fn outcome(&mut self, id: CaseId, reading: Reading) -> Outcome {
        if let (None, Some(attributes), Some(history)) =
            (&reading.unreadable, reading.attributes, reading.history)
        {
            self.quarantine.remove(&id);
            let went_down = reading.went_down.unwrap_or(false);
            let settled = went_down || attributes.case_type != CaseType::PortState;
            self.logs.insert(id, LogKnowledge { opened: attributes.opened, settled, went_down });
            let case = Box::new(Case { attributes, history, went_down });
            return Outcome::Read { case, newest: !reading.again };
        }
        let reason = reading.unreadable.unwrap_or_else(|| "a reply is missing".to_string());
        Outcome::Unreadable { id, reason, first: !self.quarantine.contains_key(&id) }
    }

    /// Puts a case aside for a while (behaviour B14). It stays listed: it is not gone.
    pub(super) fn put_aside(&mut self, id: CaseId, breaks_sessions: bool, now: Mono) {
        let old = self.quarantine.get(&id);
        let pause = old.map_or(FIRST_PAUSE, |old| old.pause.times(2).min(LONGEST_PAUSE));
        let breaks_sessions = breaks_sessions || old.is_some_and(|old| old.breaks_sessions);
        let pause = if breaks_sessions { LONGEST_PAUSE } else { pause };
        self.quarantine.insert(id, Quarantine { retry_at: now + pause, pause, breaks_sessions });
        if let Some(full) = &mut self.full {
            full.pending.remove(&id);
        }
    }

    /// Returns when the next case that was put aside is tried again.
    pub(super) fn next_retry(&self) -> Option<Mono> {
        self.quarantine.values().map(|quarantine| quarantine.retry_at).min()
    }

    /// Tries those again whose pause is over.
    pub(super) fn retry_due(&mut self, now: Mono) {
        let due = self.quarantine.iter().filter(|(_, quarantine)| quarantine.retry_at <= now);
        let due: Vec<CaseId> = due.map(|(id, _)| *id).collect();
        for id in due {
            if let Some(quarantine) = self.quarantine.get_mut(&id) {
                quarantine.retry_at = now + quarantine.pause;
            }
            if !self.under_way.contains_key(&id) && !self.queued.contains_key(&id) {
                self.queued.insert(id, Turn::Bulk);
                self.bulk.push_back(id);
            }
        }
    }

    /// Returns how many cases are put aside.
    pub(super) fn quarantined(&self) -> usize {
        self.quarantine.len()
    }
}
