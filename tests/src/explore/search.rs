//! The search: breadth first, level by level, with the same result for any number of threads.

use super::agree::{Agreed, agree};
use super::scope::Scope;
use super::state::State;
use super::tree::{ByLowHalf, Entry, Seen, Shelf, Tree};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

/// How many states each thread looks at before what it has found is put together with the rest.
const PORTION: usize = 128;
/// The part of the time that is for finding states; the rest is for the ways to agreement from the last of them.
const SEARCH_PART: f64 = 0.8;

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The length of the longest paths, in choices.
    pub depth: u32,
    /// How long it may take, seconds; `None` for as long as it takes. Four fifths of it are for finding states.
    pub seconds: Option<u64>,
    /// How many threads look for states.
    pub jobs: usize,
    /// How many worlds are kept whole at once, at the most; some 30 kB each.
    pub worlds: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: u32::MAX, seconds: None, jobs: 1, worlds: 100_000 }
    }
}

/// What breaks a rule, and the shortest way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which of the scope's roots it begins with.
    pub root: usize,
    /// Which choice to take in each state.
    pub path: Vec<u16>,
    /// What is wrong.
    pub reason: String,
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// States, in each of which the invariants hold.
    pub states: usize,
    /// States left to look at when the search ended from which the way to agreement was not gone, for want of time. All
    /// others were found to have one.
    pub unchecked: usize,
    /// Steps from one state to another, or to itself.
    pub transitions: usize,
    /// Every state that so many choices lead to was found; `None` if not even the first step was done.
    pub complete: Option<u32>,
    /// Whether there is nothing else: every path ends at rest.
    pub exhausted: bool,
    /// The most states that waited to be looked at.
    pub widest: usize,
    /// States in which everything that may happen has happened, and all is well.
    pub at_rest: usize,
    /// The longest time that agreement took, milliseconds of the world.
    pub slowest: u64,
    /// What breaks a rule, if anything does.
    pub violation: Option<Violation>,
}

/// A state that was not known when it was found.
struct Child {
    choice: u16,
    fingerprint: u128,
    state: State,
    is_at_rest: bool,
    way: Vec<Agreed>,
    span: u64,
}

/// What one thread has found below one state.
#[derive(Default)]
struct Below {
    transitions: usize,
    children: Vec<Child>,
    /// The choice, and what is wrong.
    violation: Option<(u16, String)>,
}

/// Everything that a search knows.
struct Search<'a> {
    scope: &'a Scope,
    limits: &'a Limits,
    tree: Tree,
    shelf: Shelf,
    seen: Seen,
    agreed: HashMap<u128, u64, ByLowHalf>,
    found: Found,
}

/// Looks at every state within the limits, up to the first that breaks a rule.
#[must_use]
pub fn search(scope: &Scope, limits: &Limits) -> Found {
    let begun = Instant::now();
    let mut search = Search {
        scope,
        limits,
        tree: Tree::default(),
        shelf: Shelf::new(limits.worlds),
        seen: Seen::default(),
        agreed: HashMap::default(),
        found: Found::default(),
    };
    let end = |part: f64| {
        let seconds = limits.seconds?;
        Some(begun + Duration::from_secs_f64(seconds as f64 * part))
    };
    let left = search.levels(end(SEARCH_PART));
    search.found.exhausted = left.is_empty();
    search.found.unchecked = left.len();
    if search.found.violation.is_none() {
        search.go_on(&left, end(1.0));
    }
    search.found
}

/// Does something with each entry, each thread with a portion of them. The results are in the order of the entries.
fn in_parallel<T: Send>(batch: &[Entry], work: impl Fn(&Entry) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let portions = batch.chunks(PORTION);
        let threads: Vec<_> = portions
            .map(|portion| scope.spawn(move || portion.iter().map(work).collect::<Vec<T>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

impl Search<'_> {
    /// Looks at one level after the other. Returns the states that were not looked at.
    fn levels(&mut self, until: Option<Instant>) -> Vec<Entry> {
        let mut frontier = self.roots();
        let mut depth = 0;
        while self.found.violation.is_none() && depth < self.limits.depth && !frontier.is_empty() {
            self.found.widest = self.found.widest.max(frontier.len());
            let mut next = Vec::new();
            let mut begin = 0;
            while let Some(waiting) = frontier.get(begin..).filter(|waiting| !waiting.is_empty()) {
                let size = waiting.len().min(PORTION * self.limits.jobs.max(1));
                let batch: Vec<Entry> = waiting.iter().take(size).cloned().collect();
                if until.is_some_and(|until| Instant::now() >= until) {
                    next.extend_from_slice(waiting);
                    return next;
                }
                self.look_below(&batch, &mut next);
                if self.found.violation.is_some() {
                    return next;
                }
                begin += size;
            }
            depth += 1;
            self.found.complete = Some(depth);
            frontier = next;
        }
        frontier
    }

    fn roots(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (index, root) in (0..).zip(&self.scope.roots) {
            let made = State::new(*root, self.scope.cases, false).and_then(|state| {
                let (way, span) = agree(&mut state.clone(), self.scope.bound, |_| None)?;
                Ok((state, way, span))
            });
            match made {
                Ok((state, way, span)) => {
                    self.agreed.extend(way);
                    self.found.slowest = self.found.slowest.max(span);
                    self.seen.insert(state.fingerprint());
                    self.found.states += 1;
                    entries.extend(self.tree.add_root(index).map(|node| self.shelf.keep(node, state)));
                }
                Err(reason) => {
                    let violation = Violation { root: usize::from(index), path: Vec::new(), reason };
                    self.found.violation.get_or_insert(violation);
                }
            }
        }
        entries
    }

    /// Looks at what follows from each of these states, and adds what is new to `next`.
    fn look_below(&mut self, batch: &[Entry], next: &mut Vec<Entry>) {
        let this = &*self;
        let results = in_parallel(batch, |entry| this.below(entry));
        for (entry, below) in batch.iter().zip(results) {
            self.found.transitions += below.transitions;
            for child in below.children {
                self.add(entry, child, next);
            }
            if let Some((choice, reason)) = below.violation {
                return self.violate(entry, Some(choice), reason);
            }
        }
    }

    fn add(&mut self, parent: &Entry, child: Child, next: &mut Vec<Entry>) {
        if !self.seen.insert(child.fingerprint) {
            return;
        }
        self.found.states += 1;
        self.found.slowest = self.found.slowest.max(child.span);
        self.agreed.extend(child.way);
        if child.is_at_rest {
            self.found.at_rest += 1;
        } else if let Some(node) = self.tree.add(parent.node, child.choice) {
            next.push(self.shelf.keep_below(parent, node, child.state));
        }
    }

    /// Looks at what follows from a state.
    fn below(&self, entry: &Entry) -> Below {
        let mut below = Below::default();
        let state = entry.state(&self.tree, self.scope);
        for (index, choice) in (0_u16..).zip(state.choices(self.scope)) {
            below.transitions += 1;
            let mut child = state.clone();
            let judged = catch_unwind(AssertUnwindSafe(|| {
                child.apply(choice)?;
                self.judge(index, child)
            }));
            match judged {
                Ok(Ok(child)) => below.children.extend(child),
                Ok(Err(reason)) => below.violation = Some((index, reason)),
                Err(_) => below.violation = Some((index, String::from("invariant 9: a panic"))),
            }
            if below.violation.is_some() {
                break;
            }
        }
        below
    }

    fn way_from(&self, state: &State) -> Result<(Vec<Agreed>, u64), String> {
        agree(&mut state.clone(), self.scope.bound, |state| self.agreed.get(&state).copied())
    }

    /// Looks for the way to agreement from the states that were left when the search ended: all others have one of these, or
    /// one whose way was gone, on theirs.
    fn go_on(&mut self, left: &[Entry], until: Option<Instant>) {
        for batch in left.chunks(PORTION * self.limits.jobs.max(1)) {
            if until.is_some_and(|until| Instant::now() >= until) {
                return;
            }
            let this = &*self;
            let way = |entry: &Entry| {
                let state = entry.state(&this.tree, this.scope);
                if state.is_on_the_way() { this.way_from(&state) } else { Ok((Vec::new(), 0)) }
            };
            let results = in_parallel(batch, way);
            for (entry, result) in batch.iter().zip(results) {
                match result {
                    Ok((way, span)) => {
                        self.agreed.extend(way);
                        self.found.slowest = self.found.slowest.max(span);
                        self.found.unchecked = self.found.unchecked.saturating_sub(1);
                    }
                    Err(reason) => return self.violate(entry, None, reason),
                }
            }
        }
    }

    fn violate(&mut self, entry: &Entry, choice: Option<u16>, reason: String) {
        let (root, mut path) = self.tree.path_to(entry.node);
        path.extend(choice);
        self.found.violation = Some(Violation { root: root.into(), path, reason });
    }

    /// Looks for the way from a state to agreement, if the state is new and its way does not lead over another one.
    fn judge(&self, choice: u16, state: State) -> Result<Option<Child>, String> {
        let fingerprint = state.fingerprint();
        if self.seen.contains(&fingerprint) {
            return Ok(None);
        }
        let (way, span) = if state.is_on_the_way() { (Vec::new(), 0) } else { self.way_from(&state)? };
        let is_at_rest = state.is_at_rest();
        Ok(Some(Child { choice, fingerprint, state, is_at_rest, way, span }))
    }
}
