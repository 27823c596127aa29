//! A violation, shown.

use super::agree::agree;
use super::scope::Scope;
use super::search::Violation;
use super::state::State;
use std::fmt::Write;

/// How many lines of the log are shown at the most.
const MOST_LINES: usize = 300;

/// What came of going one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// The steps, a line each.
    pub steps: Vec<String>,
    /// What went into the machine and what came out of it, a line each.
    pub log: Vec<String>,
    /// What is wrong, if anything is.
    pub reason: Option<String>,
}

/// Goes a path: the number of the choice in each state, from the first of the scope's roots on. Then it looks for the way to
/// agreement.
#[must_use]
pub fn replay(scope: &Scope, root: usize, path: &[u16]) -> Replay {
    let mut replay = Replay::default();
    let Some(root) = scope.roots.get(root) else {
        replay.reason = Some(String::from("there is no such root"));
        return replay;
    };
    let mut state = match State::new(*root, scope.cases, true) {
        Ok(state) => state,
        Err(reason) => return Replay { reason: Some(reason), ..replay },
    };
    let idle = state.world.log().len();
    for index in path {
        let Some(choice) = state.choices(scope).get(usize::from(*index)).copied() else {
            replay.reason = Some(format!("there is no choice {index}"));
            break;
        };
        replay.steps.push(format!("{:>9} {}", state.world.now(), state.describe(choice)));
        if let Err(reason) = state.apply(choice) {
            replay.reason = Some(reason);
            break;
        }
    }
    if replay.reason.is_none() {
        replay.steps.push(format!("{:>9} all is well from now on", state.world.now()));
        replay.reason = agree(&mut state, scope.bound, |_| None).err();
    }
    replay.log = state.world.log().iter().skip(idle).take(MOST_LINES).cloned().collect();
    replay
}

/// Shows what a search has found to be wrong.
#[must_use]
pub fn report(scope: &Scope, violation: &Violation) -> String {
    let replay = replay(scope, violation.root, &violation.path);
    let mut text = String::new();
    let _ = writeln!(text, "{}", violation.reason);
    let path: Vec<String> = violation.path.iter().map(u16::to_string).collect();
    let arguments = scope.arguments(violation.root);
    let _ = writeln!(text, "repeat: explore {arguments} --path {}", path.join("."));
    let _ = writeln!(text, "\nthe way there (milliseconds):\n{}", replay.steps.join("\n"));
    let _ = writeln!(text, "\ninputs (>) and actions (<) on the way:\n{}", replay.log.join("\n"));
    text
}
