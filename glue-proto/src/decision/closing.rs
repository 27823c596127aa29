//! Ending and reopening incidents (behaviour B27, B28, B30, B64).

use super::history::event_text;
use super::{Absence, Circumstances};
use crate::model::{Case, EventType, NewEvent};
use alloc::borrow::Cow;
use alloc::format;

/// What an `END` says of a case that no complete reading shows any more (behaviour B28).
const GONE: &str = "This case no longer exists in Zino";
/// What an `END` says, before the number, of a case that has another one since Zino's numbering was restarted (behaviour
/// B28).
const RENUMBERED: &str = "Zino's numbering was restarted: now case ";
/// What an `END` says of a case that was closed, but can no longer be read (behaviour B27).
const CLOSED: &str = "This case was closed in Zino";
/// What an `END` says when the primary takes its incidents back (behaviour B64).
const HANDED_OVER: &str = "Handed over to the primary Zino";
/// What a `RES` says (behaviour B30).
const REOPENED: &str = "This case is open in Zino";

/// Returns the `END` of a closed case: the time and the text of its last history entry.
pub(super) fn end_of_case(case: &Case, circumstances: &Circumstances) -> NewEvent {
    match case.history.last() {
        Some(last) => NewEvent { at: last.at, event_type: EventType::End, description: event_text(last) },
        None => now(EventType::End, CLOSED, circumstances),
    }
}

/// Returns the `END` of a case that cannot be read.
pub(super) fn end_of_absent(circumstances: &Circumstances) -> NewEvent {
    let text = match circumstances.absence {
        Absence::Gone => Cow::Borrowed(GONE),
        Absence::Closed => Cow::Borrowed(CLOSED),
        Absence::Renumbered(number) => Cow::Owned(format!("{RENUMBERED}{number}")),
    };
    now(EventType::End, &text, circumstances)
}

/// Returns the `END` of an incident that is handed over.
pub(super) fn handed_over(circumstances: &Circumstances) -> NewEvent {
    now(EventType::End, HANDED_OVER, circumstances)
}

/// Returns the `RES` that undoes an `END` of ours.
pub(super) fn restart(circumstances: &Circumstances) -> NewEvent {
    now(EventType::Restart, REOPENED, circumstances)
}

fn now(event_type: EventType, text: &str, circumstances: &Circumstances) -> NewEvent {
    NewEvent { at: circumstances.wall.0, event_type, description: text.into() }
}
