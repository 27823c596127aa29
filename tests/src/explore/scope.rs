//! What may happen in a search.

use super::mishaps::Mishap;
use super::root::Root;
use crate::sim::{Argus, Zino};

/// Something that a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// In Zino, or what the router does that it watches.
    Zino(Zino),
    /// In Argus.
    Argus(Argus),
}

/// What may happen, and where it begins. Of the deeds and of the mishaps one happens in a run, at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How many cases there are at the beginning.
    pub cases: u8,
    /// The states that the search begins with.
    pub roots: Vec<Root>,
    /// What people may do.
    pub deeds: Vec<Deed>,
    /// What may go wrong.
    pub mishaps: Vec<Mishap>,
    /// How long the way to agreement may take, milliseconds.
    pub bound: u64,
}

/// Two reconcile intervals and the longest pause before a retry, milliseconds (behaviour, invariant 7).
const BOUND: u64 = (2 * 60 + 15 * 60) * 1000;

const DEEDS: [Deed; 21] = [
    Deed::Zino(Zino::Open),
    Deed::Zino(Zino::Close),
    Deed::Zino(Zino::Note),
    Deed::Zino(Zino::SetState),
    Deed::Zino(Zino::SystemNote),
    Deed::Zino(Zino::Log),
    Deed::Zino(Zino::Priority),
    Deed::Zino(Zino::Describe),
    Deed::Zino(Zino::Scavenge),
    Deed::Zino(Zino::Placeholder),
    Deed::Zino(Zino::BeginMaintenance),
    Deed::Argus(Argus::Ack),
    Deed::Argus(Argus::AckForAWhile),
    Deed::Argus(Argus::Close),
    Deed::Argus(Argus::ForeignEnd),
    Deed::Argus(Argus::Ticket),
    Deed::Argus(Argus::Comment),
    Deed::Argus(Argus::Reopen),
    Deed::Argus(Argus::Level),
    Deed::Argus(Argus::Tag),
    Deed::Argus(Argus::Delete),
];

impl Deed {
    /// Returns the name on the command line, such as `zino-close`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Zino(deed) => format!("zino-{}", kebab(&format!("{deed:?}"))),
            Self::Argus(deed) => format!("argus-{}", kebab(&format!("{deed:?}"))),
        }
    }
}

/// Writes `AckForAWhile` as `ack-for-a-while`.
pub(super) fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            text.push('-');
        }
        text.extend(c.to_lowercase());
    }
    text
}

impl Scope {
    /// Everything that there is: every root, every deed, every mishap.
    #[must_use]
    pub fn everything(cases: u8) -> Self {
        Self {
            cases,
            roots: Root::ALL.to_vec(),
            deeds: DEEDS.to_vec(),
            mishaps: Mishap::ALL.to_vec(),
            bound: BOUND,
        }
    }

    /// Returns what to write on the command line for a search of the same kind that begins with one of the roots.
    pub(super) fn arguments(&self, root: usize) -> String {
        let mut text = format!("--cases {}", self.cases);
        if let Some(root) = self.roots.get(root) {
            text.push_str(&format!(" --root {}", root.name()));
        }
        match self.deeds.as_slice() {
            [] => text.push_str(" --act none"),
            [deed] => text.push_str(&format!(" --act {}", deed.name())),
            _ => {}
        }
        match self.mishaps.as_slice() {
            [] => text.push_str(" --fault none"),
            [mishap] => text.push_str(&format!(" --fault {}", mishap.name())),
            _ => {}
        }
        text
    }

    /// Keeps only the deed of this name, or none for `none`. `false` if there is no such deed.
    pub fn keep_deed(&mut self, name: &str) -> bool {
        self.deeds.retain(|deed| deed.name() == name);
        name == "none" || !self.deeds.is_empty()
    }

    /// Keeps only the mishap of this name, or none for `none`. `false` if there is no such mishap.
    pub fn keep_mishap(&mut self, name: &str) -> bool {
        self.mishaps.retain(|mishap| mishap.name() == name);
        name == "none" || !self.mishaps.is_empty()
    }

    /// Keeps only the root of this name. `false` if there is none.
    pub fn keep_root(&mut self, name: &str) -> bool {
        self.roots.retain(|root| root.name() == name);
        !self.roots.is_empty()
    }
}
