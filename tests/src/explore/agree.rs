//! The way without faults from a state to agreement of the two boards.

use super::choice::Choice;
use super::state::State;

/// More steps than these at one moment are without end.
const MOST_STEPS_AT_ONCE: u32 = 5000;

/// When the boards agree on the way from a state that has this fingerprint, milliseconds since the world began.
pub(super) type Agreed = (u128, u64);

/// Goes the way: whatever is wrong becomes well, and everything arrives in the order in which it was sent. `known` tells
/// of states that lie on a way that was gone before. Returns the states on this way that are not known, and how long it
/// takes, milliseconds. It may take `span` at the most.
///
/// Only states in which nothing is on its way are remembered: there the orders of what went before meet again.
///
/// # Errors
/// An invariant does not hold on the way, or there is no agreement in time.
pub(super) fn agree(
    state: &mut State,
    span: u64,
    known: impl Fn(u128) -> Option<u64>,
) -> Result<(Vec<Agreed>, u64), String> {
    state.heal();
    let begun = state.world.now();
    let bound = begun + span;
    let mut way = Vec::new();
    let agreed = loop {
        come_to_rest(state)?;
        let fingerprint = state.fingerprint();
        if let Some(agreed) = known(fingerprint) {
            break agreed;
        }
        way.push((fingerprint, 0));
        if state.agrees() {
            break state.world.now();
        }
        if state.world.now() > bound || state.world.next_moment().is_none() {
            break u64::MAX;
        }
        state.apply(Choice::Pass)?;
    };
    if agreed > bound {
        let left = state.disagreements();
        return Err(format!("invariant 7: no agreement\n  {}", left.join("\n  ")));
    }
    way.iter_mut().for_each(|(_, at)| *at = agreed);
    Ok((way, agreed.saturating_sub(begun)))
}

/// Lets everything arrive that is on its way.
fn come_to_rest(state: &mut State) -> Result<(), String> {
    for _ in 0..MOST_STEPS_AT_ONCE {
        if let Some(first) = state.world.pending().first() {
            state.apply(Choice::Deliver(*first))?;
        } else if state.world.is_wakeup_due() {
            state.apply(Choice::Wake)?;
        } else {
            return Ok(());
        }
    }
    Err(format!("time stands still: {:?}", state.world.daemon.next_wakeup()))
}
