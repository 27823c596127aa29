//! What ever was, whether the servers still know it or not: the truth that the invariants are held against.

use super::quirks::Quirks;
use glue_proto::{CaseNotice, Notice, OperatorNotice, ZinoSettings};
use glue_sim::argus::{Event, Incident};
use glue_sim::world::World;
use glue_sim::zino::ZinoCase;
use std::collections::{BTreeMap, BTreeSet};

/// A case: its number, and when it was opened, Unix seconds.
pub(crate) type Identity = (u64, i64);

/// How many entries of a history have one stamp and one text.
pub(crate) type Entries = BTreeMap<(i64, String), usize>;

/// Something that a person did in Argus and that Zino is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ExpectedNote {
    pub(crate) kind: NoteKind,
    pub(crate) pk: u64,
    pub(crate) case: Identity,
    /// A part of the text that tells it from every other text.
    pub(crate) token: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NoteKind {
    Ack,
    Close,
    Ticket,
}

/// How far the Python glue's stamps may be off, seconds (behaviour B25, B26).
const SHIFTS: [i64; 3] = [0, 3600, -3600];

/// How long an answer of Argus, which tells its clock, and the next request may be on their way together, seconds.
const ON_ITS_WAY: i64 = 5;

const MICROS: i64 = 1_000_000;

/// An incident that the Python glue has left behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LeftByPythonGlue {
    /// The case that it is about, whatever its start says.
    pub(super) case: Identity,
    /// The pk of the last event in it that was there before us.
    pub(super) last_event: u64,
}

/// All that ever was.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Expected {
    /// The most entries of each text that a case ever had at once; those of our own user left out.
    pub(crate) entries: BTreeMap<Identity, Entries>,
    /// Cases that were closed at some moment.
    pub(crate) closed: BTreeSet<Identity>,
    /// Cases that were there once and then not: since when, milliseconds.
    pub(crate) absent: BTreeMap<Identity, u64>,
    /// Cases of which Zino has forgotten something, if only that they were gone.
    pub(crate) forgotten: BTreeSet<Identity>,
    pub(crate) notes: Vec<ExpectedNote>,
    /// Incidents whose level or text a person has set.
    pub(crate) edited: BTreeSet<u64>,
    /// Numbers of cases of which an administrator has deleted an incident.
    pub(crate) deleted: BTreeSet<u64>,
    /// What another Zino's cases ever had, if another daemon writes as the same source: as [`Self::entries`].
    pub(super) elsewhere: BTreeMap<Identity, Entries>,
    /// The pks of the events with which the machine has ended incidents, and the run of the daemon that did so.
    pub(super) ends: BTreeMap<u64, u64>,
    /// Another daemon may have written as the same source since this one began to.
    pub(super) shared: bool,
    /// So it was at some moment.
    pub(super) was_shared: bool,
    /// What the Python glue has left behind, by the pks of the incidents.
    pub(super) left_by_python_glue: BTreeMap<u64, LeftByPythonGlue>,
    /// Numbers of cases about which Argus takes nothing.
    pub(super) failing: BTreeSet<u64>,
    /// What the servers make of writes about single cases.
    pub(super) quirks: Quirks,
    /// Whether Zino has failed to answer now and then.
    pub(super) falters: bool,
    /// The cases of which Zino has not stored what it was told: what is there says nothing of how often it was told.
    pub(super) miswritten: BTreeSet<u64>,
    /// The cases whose incidents Argus has said to have opened again, and has not: what has ended may be ended anew.
    pub(super) feigned_openings: BTreeSet<u64>,
    /// Cases that called for an incident at some moment.
    pub(super) wanted: BTreeSet<Identity>,
    /// Numbers of cases that could not be read at some moment.
    pub(super) unreadable: BTreeSet<u64>,
    /// Whether the machine has slept.
    pub(super) slept: bool,
    /// Whether Zino was put back to an earlier state.
    pub(crate) went_back: bool,
    /// How often.
    pub(super) losses: usize,
    /// The number of the case with a long history. Whoever closes its incident while that is copied does not end the copying, and
    /// once the case is closed too the boards are taken to agree.
    pub(super) long: Option<u64>,
    /// Whether an operator has had ended what was held back.
    pub(super) accepts_loss: bool,
    /// Whether a listing of Argus could lose rows at some moment.
    pub(super) lost_rows: bool,
    /// The numbers of the cases with a step that failed, as the machine has told.
    pub(super) failed: BTreeSet<u64>,
}

pub(crate) fn identity(case: &ZinoCase) -> Identity {
    (case.id().0, case.opened())
}

/// Tells whether an entry was made by our own user, or by one that it was before.
pub(crate) fn is_own(message: &str, us: &ZinoSettings) -> bool {
    let header = message.split('\n').next().unwrap_or_default();
    let change = header.strip_prefix("state change ").and_then(|rest| rest.split_once('('));
    let by = |user: &str| header == user || change.is_some_and(|(_, by)| by.strip_suffix(')') == Some(user));
    by(us.user()) || us.former_users().iter().any(|user| by(user))
}

impl Expected {
    /// Takes in what the machine tells people.
    pub(super) fn told(&mut self, notice: &Notice) {
        if let Notice::Unanswered { case: Some(case), .. }
        | Notice::Case { case, what: CaseNotice::Refused { .. } } = notice
        {
            self.failed.insert(case.0);
        }
        self.accepts_loss |= matches!(notice, Notice::Operator(OperatorNotice::StateLossAccepted { .. }));
    }

    /// Looks at the world after something has happened in Zino.
    pub(crate) fn look(&mut self, world: &World) {
        let us = world.settings().zino();
        let mut present = BTreeSet::new();
        for case in world.zino.cases() {
            let id = identity(case);
            present.insert(id);
            if self.absent.contains_key(&id) {
                self.forgotten.insert(id);
            }
            if world.is_wanted(case) {
                self.wanted.insert(id);
            }
            if case.history().iter().any(|entry| entry.message.is_empty()) {
                self.unreadable.insert(id.0);
            }
            if case.state() == "closed" {
                self.closed.insert(id);
            }
            let mut now = Entries::new();
            for entry in case.history().iter().filter(|entry| !is_own(&entry.message, us)) {
                *now.entry((entry.at, entry.message.trim().to_string())).or_insert(0) += 1;
            }
            let ever = self.entries.entry(id).or_default();
            for (key, count) in now {
                let most = ever.entry(key).or_insert(0);
                *most = count.max(*most);
            }
        }
        for id in self.entries.keys().filter(|id| !present.contains(*id)) {
            self.absent.entry(*id).or_insert(world.now());
        }
    }

    /// Returns the case that an incident belongs to, by its id and its start.
    pub(super) fn case_of(&self, incident: &Incident) -> Option<Identity> {
        if let Some(left) = self.left_by_python_glue.get(&incident.pk) {
            return Some(left.case);
        }
        let number = incident.source_incident_id.split('@').next()?.parse().ok()?;
        Some((number, incident.start_time / MICROS))
    }

    /// Tells whether a case that is opened at this moment, Unix seconds, could be taken for an older one with its number:
    /// exactly an hour apart is the Python glue's error, and counts as the same (behaviour B25).
    pub(super) fn is_ambiguous(&self, opened: i64) -> bool {
        self.entries.keys().any(|(_, other)| SHIFTS[1..].contains(&(opened - other)))
    }

    /// Tells whether an event was there before us.
    pub(super) fn is_left(&self, pk: u64, event: &Event) -> bool {
        self.left_by_python_glue.get(&pk).is_some_and(|left| event.pk <= left.last_event)
    }

    /// Tells whether an event is an END that tells of an entry which lay in Argus's future when it was sent: it has an earlier
    /// time (behaviour B15). A machine that has slept believes the clock of Argus to be where it was, until the next answer.
    pub(super) fn is_early_end(&self, event: &Event, (at, text): &(i64, String)) -> bool {
        let (told, received) = (event.timestamp / MICROS, event.received / MICROS);
        let lay_ahead = received < *at + ON_ITS_WAY || self.slept;
        event.event_type == "END" && event.description == *text && told < *at && lay_ahead
    }

    /// Tells whether an event tells early of an entry of a case, and of none of its own time.
    pub(super) fn tells_early(&self, case: Identity, event: &Event, entry: &(i64, String)) -> bool {
        let own = (event.timestamp / MICROS, event.description.clone());
        let has_own = self.entries.get(&case).is_some_and(|entries| entries.contains_key(&own));
        !has_own && self.is_early_end(event, entry)
    }

    /// Returns the stamps of the entries, Unix seconds, that an event may stand for.
    pub(super) fn stamps(&self, pk: u64, event: &Event) -> impl Iterator<Item = i64> {
        let shifts = if self.is_left(pk, event) { &SHIFTS[..] } else { &SHIFTS[..1] };
        let stamp = event.timestamp / MICROS;
        shifts.iter().map(move |shift| stamp + shift)
    }

    /// Returns how many daemons may have written the same thing without having seen each other's.
    pub(super) fn writers(&self) -> usize {
        1 + usize::from(self.shared)
    }

    /// Zino is about to be put back: whatever it knows may be forgotten.
    pub(crate) fn goes_back(&mut self, world: &World) {
        self.look(world);
        self.went_back = true;
        self.losses += 1;
        self.forgotten.extend(world.zino.cases().map(identity));
    }
}
