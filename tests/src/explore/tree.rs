//! How each state was reached, and the worlds that are kept.

use super::scope::Scope;
use super::state::State;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A state in the tree of shortest paths.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its predecessor; a root is its own.
    parent: u32,
    /// Which of the predecessor's choices leads here; which root it is.
    choice: u16,
}

/// The tree of the shortest path to each state.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Adds a root, and returns its number. `None` if there is no room for more.
    pub(super) fn add_root(&mut self, root: u16) -> Option<u32> {
        let number = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node { parent: number, choice: root });
        Some(number)
    }

    /// Adds a state, and returns its number. `None` if there is no room for more.
    pub(super) fn add(&mut self, parent: u32, choice: u16) -> Option<u32> {
        let number = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node { parent, choice });
        Some(number)
    }

    /// Returns the choices that lead from one state to another below it.
    fn path(&self, from: u32, to: u32) -> Vec<u16> {
        let mut path = Vec::new();
        let mut at = to;
        while at != from
            && let Some(node) = self.nodes.get(at as usize)
            && node.parent != at
        {
            path.push(node.choice);
            at = node.parent;
        }
        path.reverse();
        path
    }

    /// Returns which root a state lies below, and the choices that lead there.
    pub(super) fn path_to(&self, node: u32) -> (u16, Vec<u16>) {
        let mut at = node;
        while let Some(above) = self.nodes.get(at as usize).filter(|above| above.parent != at) {
            at = above.parent;
        }
        (self.nodes.get(at as usize).map_or(0, |root| root.choice), self.path(at, node))
    }
}

/// A world that is kept whole.
#[derive(Debug)]
struct Base {
    node: u32,
    state: State,
    alive: Arc<AtomicUsize>,
}

impl Drop for Base {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A state that waits to be looked at: the nearest world above it that is kept, from which it is made anew.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) node: u32,
    base: Arc<Base>,
}

/// Makes entries, and keeps as many worlds as it may.
#[derive(Debug)]
pub(super) struct Shelf {
    alive: Arc<AtomicUsize>,
    most: usize,
}

impl Shelf {
    pub(super) fn new(most: usize) -> Self {
        Self { alive: Arc::default(), most }
    }

    /// Keeps a state whole.
    pub(super) fn keep(&self, node: u32, state: State) -> Entry {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Entry { node, base: Arc::new(Base { node, state, alive: Arc::clone(&self.alive) }) }
    }

    /// Keeps a state whole if there is room, otherwise with what its predecessor is made from.
    pub(super) fn keep_below(&self, parent: &Entry, node: u32, state: State) -> Entry {
        if self.alive.load(Ordering::Relaxed) < self.most {
            self.keep(node, state)
        } else {
            Entry { node, base: Arc::clone(&parent.base) }
        }
    }
}

impl Entry {
    /// Makes the state. It was reached before without harm, so nothing can go wrong now.
    pub(super) fn state(&self, tree: &Tree, scope: &Scope) -> State {
        let mut state = self.base.state.clone();
        for choice in tree.path(self.base.node, self.node) {
            if let Some(choice) = state.choices(scope).get(usize::from(choice)) {
                let _ = state.apply(*choice);
            }
        }
        state
    }
}

/// Fingerprints are as good as random numbers: their low half is their hash.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LowHalf(u64);

impl Hasher for LowHalf {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let word = bytes.first_chunk::<8>().copied().unwrap_or_default();
        self.0 = u64::from_le_bytes(word);
    }
}

/// How a table of fingerprints hashes them.
pub(super) type ByLowHalf = BuildHasherDefault<LowHalf>;
/// A set of fingerprints.
pub(super) type Seen = HashSet<u128, ByLowHalf>;
