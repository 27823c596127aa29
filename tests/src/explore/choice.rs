//! One step from a state to the next.

use super::faults::Fault;
use glue_sim::people::UserAction;
use glue_sim::world::Pending;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Something arrives.
    Deliver(Pending),
    /// The machine is woken.
    Wake,
    /// Time passes, and the machine is woken if that is what it passed for.
    Pass,
    /// Time passes although something waits to arrive: the network is slow.
    Dawdle,
    /// The daemon is started anew.
    Start,
    /// The primary falls silent, or answers again.
    Turn,
    /// A person does something, to the case or the incident with this number.
    Do(UserAction, u64),
    /// Something goes wrong.
    Fault(Fault),
    /// Something goes wrong with what is on its way.
    FaultOn(Fault, Pending),
}
