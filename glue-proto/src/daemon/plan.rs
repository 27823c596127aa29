//! What would be done next, and why: the decision, asked without acting on it.

use super::difference::Difference;
use crate::decision::{Known, Step, Stuck, Tracked, Uninteresting};
use crate::face::Mono;
use crate::model::{Case, CaseId, Transition};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// The next step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// The case.
    pub case: CaseId,
    /// The incident that the step is about, where there is one.
    pub incident: Option<u64>,
    /// The step.
    pub step: Step,
    /// Under which rule of the behaviour it is taken.
    pub rule: Option<u32>,
}

/// What is known of a case, and what follows from that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The case.
    pub case: CaseId,
    /// What Zino says of it.
    pub zino: Known<Case>,
    /// The incidents with its number, as Argus shows them, by their ids.
    pub incidents: Vec<(String, Tracked)>,
    /// What was refused, and is tried again by itself.
    pub refused: Vec<RefusedStep>,
    /// All that is to be done, as in a plan, once nothing stands in the way.
    pub differences: Vec<Difference>,
    /// What is to be done now.
    pub verdict: Verdict,
}

/// A step that a server would not take (behaviour B14).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedStep {
    /// Why, for people.
    pub reason: String,
    /// How often in a row.
    pub tries: u32,
    /// When it is tried again.
    pub until: Mono,
}

/// What is to be done for a case now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// This step is next.
    Next(Planned),
    /// Both sides agree.
    Agreed,
    /// The case gets no incident.
    Uninteresting(Uninteresting),
    /// The case must be read before anything is decided.
    Unread,
    /// What Zino says of the case cannot be read; it is tried again by itself (behaviour B14).
    Unreadable,
    /// Our open incidents must be listed before anything is decided.
    Unlisted,
    /// Nothing may be written in STANDBY (behaviour B62).
    Standby,
    /// Its incident is held back, because Zino has probably lost its state (behaviour B28).
    HeldBack,
    /// An earlier run of the daemon may have done what is left, and Argus may still be at work on it (behaviour B13).
    EarlierRun,
    /// What is left was refused, and is tried again later.
    Refused,
}

impl Planned {
    /// `is_gone` tells whether the case of the incident is gone (behaviour B28).
    pub(super) fn new(case: CaseId, step: Step, incident: Option<&Tracked>, is_gone: bool) -> Self {
        let rule = rule_of(&step, incident, is_gone);
        Self { case, incident: incident.map(|tracked| tracked.incident.pk), step, rule }
    }
}

/// Returns the rule under which a step is taken; `is_gone` tells whether the case of the incident is gone.
pub(super) fn rule_of(step: &Step, incident: Option<&Tracked>, is_gone: bool) -> Option<u32> {
    let is_closed = incident.is_some_and(|tracked| !tracked.is_running());
    let ticket = incident.map_or("", |tracked| tracked.incident.ticket_url.trim());
    Some(match step {
        Step::Settled | Step::AwaitCase => return None,
        Step::ReadIncident => 13,
        Step::ReadEvents => 26,
        Step::Create => 21,
        Step::Post(event) => match event.transition() {
            Some(Transition::End) if is_gone => 28,
            Some(Transition::End) => 27,
            Some(Transition::Restart) => 30,
            None => 26,
        },
        Step::Patch(_) => 29,
        Step::Note(_) | Step::SetState(_) if is_closed => 42,
        Step::Note(text) if !ticket.is_empty() && text.starts_with("Ticket ") && text.contains(ticket) => 41,
        Step::Note(_) | Step::SetState(_) => 40,
        Step::Stuck(Stuck::ClosedByNobody) => 42,
        Step::Stuck(Stuck::CannotRestart) => 30,
    })
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "case {}: ", self.case)?;
        let incident = self.incident.map_or_else(String::new, |pk| pk.to_string());
        match &self.step {
            Step::Settled | Step::AwaitCase => f.write_str("nothing")?,
            Step::ReadIncident => f.write_str("look its incident up")?,
            Step::ReadEvents => write!(f, "read the events of incident {incident}")?,
            Step::Create => f.write_str("make its incident")?,
            Step::Post(event) => match event.transition() {
                Some(Transition::End) => write!(f, "end incident {incident}: {:?}", event.description)?,
                Some(Transition::Restart) => write!(f, "reopen incident {incident}")?,
                None => write!(f, "copy to incident {incident}: {:?}", event.description)?,
            },
            Step::Patch(_) => write!(f, "bring incident {incident} up to date")?,
            Step::Note(text) => write!(f, "note in Zino: {text:?}")?,
            Step::SetState(state) => write!(f, "set the state to {state}")?,
            Step::Stuck(stuck) => write!(f, "{stuck}")?,
        }
        self.rule.map_or(Ok(()), |rule| write!(f, " (B{rule})"))
    }
}

impl Verdict {
    /// Returns the word for it, out of a closed list.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Next(_) => "next",
            Self::Agreed => "agreed",
            Self::Uninteresting(_) => "uninteresting",
            Self::Unread => "unread",
            Self::Unreadable => "unreadable",
            Self::Unlisted => "unlisted",
            Self::Standby => "standby",
            Self::HeldBack => "held_back",
            Self::EarlierRun => "earlier_run",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next(planned) => write!(f, "{planned}"),
            Self::Agreed => f.write_str("both sides agree"),
            Self::Uninteresting(why) => write!(f, "it gets no incident: {why} (B20)"),
            Self::Unread => f.write_str("Zino has to be read first"),
            Self::Unreadable => f.write_str("what Zino says of it cannot be read, and is tried again later (B14)"),
            Self::Unlisted => f.write_str("our incidents have to be listed first"),
            Self::Standby => f.write_str("nothing is written in STANDBY (B62)"),
            Self::HeldBack => f.write_str("held back: Zino has probably lost its state (B28)"),
            Self::EarlierRun => f.write_str(
                "what is left may have been done by the run before this one, and is looked for once nothing of that can still arrive (B13)",
            ),
            Self::Refused => f.write_str("what is left was refused, and is tried again later (B14)"),
        }
    }
}
