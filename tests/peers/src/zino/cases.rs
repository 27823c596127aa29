//! All cases of a server, and what a change of one is announced as.

use super::case::ZinoCase;
use super::fields::{HISTORY, LOG};
use super::new_case::NewCase;
use glue_proto::model::CaseId;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// How many commits [`Cases::lose_last`] can go back at the most.
const MAX_UNDO: usize = 1000;

/// How long a closed case stays readable, in seconds (reference zino-protocol 5.1).
const EXPIRY: i64 = 8 * 3600;

/// Why something cannot be done to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CaseError {
    /// There is no such case.
    Unknown,
    /// It is closed, and that cannot be undone.
    Closed,
    /// It is not closed, and only closed cases are scavenged.
    NotClosed,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no such case",
            Self::Closed => "a closed case cannot be reopened",
            Self::NotClosed => "the case is not closed",
        })
    }
}

impl std::error::Error for CaseError {}

/// What undoes one commit.
#[derive(Clone, Debug, Hash)]
struct Undo {
    last_id: u64,
    id: u64,
    before: Option<Arc<ZinoCase>>,
}

/// The cases. Every change returns the lines that the notification channel has for it, without line ends.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Cases {
    cases: BTreeMap<u64, Arc<ZinoCase>>,
    last_id: u64,
    undo: VecDeque<Undo>,
}

impl Cases {
    pub(super) fn get(&self, id: CaseId) -> Option<&ZinoCase> {
        self.cases.get(&id.0).map(Arc::as_ref)
    }

    /// Returns a case as it is now, whatever becomes of it.
    pub(super) fn snapshot(&self, id: CaseId) -> Option<Arc<ZinoCase>> {
        self.cases.get(&id.0).cloned()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ZinoCase> {
        self.cases.values().map(Arc::as_ref)
    }

    /// Makes the next new case get this number, if it is above all that were given so far.
    pub(super) fn skip_to(&mut self, next: CaseId) {
        self.last_id = self.last_id.max(next.0.saturating_sub(1));
    }

    pub(super) fn open(&mut self, new: &NewCase, now: i64) -> (CaseId, Vec<String>) {
        let id = CaseId(self.last_id + 1);
        let mut case = ZinoCase::new(id, &new.router, &new.case_type, now);
        for (name, value) in &new.attributes {
            case.set(name, Some(value));
        }
        for message in &new.log {
            case.add_log(message, now);
        }
        let lines = self.commit(case, now);
        (id, lines)
    }

    /// Puts a changed case in the place of the old one. An embryonic one opens at once (reference zino-protocol 5.6).
    pub(super) fn commit(&mut self, mut case: ZinoCase, now: i64) -> Vec<String> {
        if case.state() == "embryonic" {
            let _ = case.change_state("open", "monitor", now);
        }
        let id = case.id().0;
        let old = self.cases.get(&id).cloned();
        record_downtime(&mut case, old.as_deref(), now);
        if case.state() == "closed" && case.stamp("closed").is_none() {
            case.set_stamp("closed", now);
        }
        let lines = announce(&case, old.as_deref());
        self.replace(id, Some(case));
        lines
    }

    /// Changes a case without a word to anybody, as planned maintenance does with cases that exist already.
    pub(super) fn overwrite(&mut self, case: ZinoCase) {
        self.replace(case.id().0, Some(case));
    }

    /// Deletes a closed case.
    pub(super) fn scavenge(&mut self, id: CaseId) -> Result<Vec<String>, CaseError> {
        let case = self.get(id).ok_or(CaseError::Unknown)?;
        if case.state() != "closed" {
            return Err(CaseError::NotClosed);
        }
        self.replace(id.0, None);
        Ok(vec![format!("{id} scavenged ")])
    }

    /// Returns the closed cases whose time is over.
    pub(super) fn expired(&self, now: i64) -> Vec<CaseId> {
        let is_over = |case: &&ZinoCase| case.stamp("closed").is_some_and(|closed| now > closed + EXPIRY);
        self.iter().filter(|case| case.state() == "closed").filter(is_over).map(ZinoCase::id).collect()
    }

    /// Deletes a case without a word.
    pub(super) fn vanish(&mut self, id: CaseId) -> Result<(), CaseError> {
        self.get(id).ok_or(CaseError::Unknown)?;
        self.replace(id.0, None);
        Ok(())
    }

    /// Forgets the last changes, as many as are told, the numbers that they gave included.
    pub(super) fn lose_last(&mut self, changes: usize) {
        for _ in 0..changes {
            let Some(undo) = self.undo.pop_back() else { return };
            self.last_id = undo.last_id;
            match undo.before {
                Some(case) => self.cases.insert(undo.id, case),
                None => self.cases.remove(&undo.id),
            };
        }
    }

    fn replace(&mut self, id: u64, case: Option<ZinoCase>) {
        let last_id = self.last_id;
        let before = match case {
            Some(case) => self.cases.insert(id, Arc::new(case)),
            None => self.cases.remove(&id),
        };
        self.last_id = self.last_id.max(id);
        self.undo.push_back(Undo { last_id, id, before });
        if self.undo.len() > MAX_UNDO {
            self.undo.pop_front();
        }
    }
}

/// Keeps `lasttrans` and `ac-down`, which follow from what goes down and up.
fn record_downtime(case: &mut ZinoCase, old: Option<&ZinoCase>, now: i64) {
    let was_down = old.is_some_and(ZinoCase::is_down);
    if was_down && !case.is_down() {
        let Some(since) = case.stamp("lasttrans") else { return };
        if now < since {
            return;
        }
        let before: i64 = case.attribute("ac-down").and_then(|text| text.parse().ok()).unwrap_or(0);
        case.set_stamp("ac_down", before + (now - since));
        case.set_stamp("lasttrans", now);
    } else if !was_down && case.is_down() {
        case.set_stamp("lasttrans", now);
    }
}

fn announce(case: &ZinoCase, old: Option<&ZinoCase>) -> Vec<String> {
    let id = case.id();
    let Some(old) = old else { return vec![format!("{id} state embryonic {}", case.state())] };
    let line = |name: &&'static str| match *name {
        "state" => format!("{id} state {} {}", old.state(), case.state()),
        LOG | HISTORY => format!("{id} {name} 1"),
        name => format!("{id} attr {name}"),
    };
    case.changed_fields(old).iter().map(line).collect()
}
