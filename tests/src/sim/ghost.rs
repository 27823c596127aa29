//! What ever was, whether the servers still know it or not: the truth that the invariants are held against.

use crate::world::World;
use crate::zino::ZinoCase;
use std::collections::{BTreeMap, BTreeSet};

/// A case: its number, and when it was opened, Unix seconds.
pub(crate) type Identity = (u64, i64);

/// How many entries of a history have one stamp and one text.
pub(crate) type Entries = BTreeMap<(i64, String), usize>;

/// Something that a person did in Argus and that Zino is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Remark {
    pub(crate) deed: Deed,
    pub(crate) pk: u64,
    pub(crate) case: Identity,
    /// A part of the text that tells it from every other text.
    pub(crate) token: String,
}

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    Ack,
    Close,
    Ticket,
}

/// All that ever was.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Ghost {
    /// The most entries of each text that a case ever had at once; those of our own user left out.
    pub(crate) entries: BTreeMap<Identity, Entries>,
    /// Cases that were closed at some moment.
    pub(crate) closed: BTreeSet<Identity>,
    /// Cases that were there once and then not: since when, milliseconds.
    pub(crate) absent: BTreeMap<Identity, u64>,
    /// Cases of which Zino has forgotten something.
    pub(crate) forgotten: BTreeSet<Identity>,
    pub(crate) remarks: Vec<Remark>,
    /// Incidents whose level or text a person has set.
    pub(crate) edited: BTreeSet<u64>,
    /// Numbers of cases of which an administrator has deleted an incident.
    pub(crate) deleted: BTreeSet<u64>,
    /// Whether Zino was put back to an earlier state.
    pub(crate) went_back: bool,
}

pub(crate) fn identity(case: &ZinoCase) -> Identity {
    (case.id().0, case.opened())
}

/// Tells whether an entry was made by our own user.
pub(crate) fn is_own(message: &str, user: &str) -> bool {
    let header = message.split('\n').next().unwrap_or_default();
    header == user || (header.starts_with("state change ") && header.ends_with(&format!("({user})")))
}

impl Ghost {
    /// Looks at the world after something has happened in Zino.
    pub(crate) fn look(&mut self, world: &World) {
        let user = world.settings().zino.user.as_str();
        let mut present = BTreeSet::new();
        for case in world.zino.cases() {
            let id = identity(case);
            present.insert(id);
            if case.state() == "closed" {
                self.closed.insert(id);
            }
            let mut now = Entries::new();
            for entry in case.history().iter().filter(|entry| !is_own(&entry.message, user)) {
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

    /// Zino is about to be put back: whatever it knows may be forgotten.
    pub(crate) fn goes_back(&mut self, world: &World) {
        self.look(world);
        self.went_back = true;
        self.forgotten.extend(world.zino.cases().map(identity));
    }
}
