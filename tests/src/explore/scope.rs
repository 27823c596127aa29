//! What may happen in a search.

use super::faults::Fault;
use super::root::Root;
use glue_sim::people::{ArgusAction, UserAction, ZinoAction};

/// What may happen, and where it begins. At most one of the actions and one of the faults happens in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How many cases there are at the beginning.
    pub cases: u8,
    /// The states that the search begins with.
    pub roots: Vec<Root>,
    /// What people may do.
    pub user_actions: Vec<UserAction>,
    /// What may go wrong.
    pub faults: Vec<Fault>,
    /// How long the way to agreement may take, milliseconds.
    pub bound: u64,
}

/// Two reconcile intervals and the longest pause before a retry, milliseconds (behaviour, invariant 7).
const BOUND: u64 = (2 * 60 + 15 * 60) * 1000;

const USER_ACTIONS: [UserAction; 21] = [
    UserAction::Zino(ZinoAction::Open),
    UserAction::Zino(ZinoAction::Close),
    UserAction::Zino(ZinoAction::Note),
    UserAction::Zino(ZinoAction::SetState),
    UserAction::Zino(ZinoAction::SystemNote),
    UserAction::Zino(ZinoAction::Poll),
    UserAction::Zino(ZinoAction::Priority),
    UserAction::Zino(ZinoAction::Describe),
    UserAction::Zino(ZinoAction::Scavenge),
    UserAction::Zino(ZinoAction::Placeholder),
    UserAction::Zino(ZinoAction::BeginMaintenance),
    UserAction::Argus(ArgusAction::Ack),
    UserAction::Argus(ArgusAction::AckForAWhile),
    UserAction::Argus(ArgusAction::Close),
    UserAction::Argus(ArgusAction::ForeignEnd),
    UserAction::Argus(ArgusAction::Ticket),
    UserAction::Argus(ArgusAction::Comment),
    UserAction::Argus(ArgusAction::Reopen),
    UserAction::Argus(ArgusAction::Level),
    UserAction::Argus(ArgusAction::Tag),
    UserAction::Argus(ArgusAction::Delete),
];

/// Returns the name of an action on the command line, such as `zino-close`.
#[must_use]
pub fn action_name(action: UserAction) -> String {
    match action {
        UserAction::Zino(action) => format!("zino-{}", kebab(&format!("{action:?}"))),
        UserAction::Argus(action) => format!("argus-{}", kebab(&format!("{action:?}"))),
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
    /// Everything that there is: every root, every action, every fault.
    #[must_use]
    pub fn everything(cases: u8) -> Self {
        Self {
            cases,
            roots: Root::ALL.to_vec(),
            user_actions: USER_ACTIONS.to_vec(),
            faults: Fault::ALL.to_vec(),
            bound: BOUND,
        }
    }

    /// Returns what to write on the command line for a search of the same kind that begins with one of the roots.
    pub(super) fn arguments(&self, root: usize) -> String {
        let mut text = format!("--cases {}", self.cases);
        if let Some(root) = self.roots.get(root) {
            text.push_str(&format!(" --root {}", root.name()));
        }
        match self.user_actions.as_slice() {
            [] => text.push_str(" --action none"),
            [action] => text.push_str(&format!(" --action {}", action_name(*action))),
            _ => {}
        }
        match self.faults.as_slice() {
            [] => text.push_str(" --fault none"),
            [fault] => text.push_str(&format!(" --fault {}", fault.name())),
            _ => {}
        }
        text
    }

    /// Keeps only the action of this name, or none for `none`. `false` if there is no such action.
    pub fn keep_user_action(&mut self, name: &str) -> bool {
        self.user_actions.retain(|action| action_name(*action) == name);
        name == "none" || !self.user_actions.is_empty()
    }

    /// Keeps only the fault of this name, or none for `none`. `false` if there is no such fault.
    pub fn keep_fault(&mut self, name: &str) -> bool {
        self.faults.retain(|fault| fault.name() == name);
        name == "none" || !self.faults.is_empty()
    }

    /// Keeps only the root of this name. `false` if there is none.
    pub fn keep_root(&mut self, name: &str) -> bool {
        self.roots.retain(|root| root.name() == name);
        !self.roots.is_empty()
    }
}
