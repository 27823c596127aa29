//! In what the two sides differ: what a plan shows (behaviour B76).

use crate::decision::{SourceId, Step};
use crate::face::{GiveUp, Millis};
use crate::model::{Case, CaseId, Incident, NewEvent, NewIncident, Patch, Transition};
use crate::wire::argus::time;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// The longest piece of somebody's text that is shown, in characters.
const EXCERPT: usize = 60;

/// Everything in which the two sides differ, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outlook {
    /// What would be done, in the order of the case numbers and, for each case, in the order in which it is done.
    pub differences: Vec<Difference>,
    /// The cases of which nothing more is done at present, although the two sides do not agree or cannot be compared.
    pub held_back: Vec<HeldBack>,
    /// How long it took to read Zino; known of a machine that was made for one look (behaviour B76).
    pub read_in: Option<Millis>,
    /// How long it took until our open incidents were listed; known of such a machine.
    pub listed_in: Option<Millis>,
    /// Why such a machine has given up: then the rest is not complete.
    pub gave_up: Option<GiveUp>,
}

/// One thing in which the two sides differ, and all that it takes to settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The case.
    pub case: CaseId,
    /// The incident that it is about; none where that has still to be made.
    pub incident: Option<u64>,
    /// What it takes.
    pub kind: DifferenceKind,
    /// The rule of the behaviour by which it is settled.
    pub rule: u32,
    /// What it is, in one line for people.
    pub what: String,
    /// The steps that settle it, one after the other.
    pub steps: Vec<Step>,
}

/// What it takes to settle a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifferenceKind {
    /// An incident is made.
    Create,
    /// An incident is changed: it gets history entries, is brought up to date, or is reopened.
    Change,
    /// An incident is ended.
    End,
    /// Something is written to Zino.
    ToZino,
}

/// A case of which nothing more is done at present.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldBack {
    /// The case.
    pub case: CaseId,
    /// Why.
    pub reason: HeldReason,
}

/// Why nothing more is done for a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeldReason {
    /// A server does not take a step, or does not answer it (behaviour B14).
    Refused {
        /// What the server says.
        reason: String,
    },
    /// What Zino says of the case cannot be read (behaviour B14).
    Unreadable,
    /// Zino has probably lost its state (behaviour B28).
    StateLoss,
    /// Nothing that is known tells what to do.
    Stuck {
        /// What is odd about it.
        reason: String,
    },
}

impl DifferenceKind {
    /// All kinds, in the order in which they are counted.
    pub const ALL: [Self; 4] = [Self::Create, Self::Change, Self::End, Self::ToZino];

    /// Returns the mark at the beginning of a line of a plan.
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::Create => '+',
            Self::Change => '~',
            Self::End => '-',
            Self::ToZino => '>',
        }
    }

    /// Returns its name, as people read it after a number.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::End => "end",
            Self::ToZino => "to Zino",
        }
    }
}

impl HeldReason {
    /// Returns the word for it, out of a closed list.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Unreadable => "unreadable",
            Self::StateLoss => "state_loss",
            Self::Stuck { .. } => "stuck",
        }
    }
}

impl fmt::Display for HeldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { reason } => write!(f, "refused: {reason}"),
            Self::Unreadable => f.write_str("what Zino says of it cannot be read"),
            Self::StateLoss => f.write_str("Zino has probably lost its state (B28)"),
            Self::Stuck { reason } => f.write_str(reason),
        }
    }
}

impl Difference {
    /// Makes one that a step begins to settle; `what` says it in words.
    pub(super) fn new(
        case: CaseId,
        incident: Option<u64>,
        rule: u32,
        step: Step,
        what: String,
    ) -> Option<Self> {
        let kind = match &step {
            Step::Create => DifferenceKind::Create,
            Step::Post(event) if event.transition() == Some(Transition::End) => DifferenceKind::End,
            Step::Post(_) | Step::Patch(_) => DifferenceKind::Change,
            Step::Note(_) | Step::SetState(_) => DifferenceKind::ToZino,
            Step::Settled | Step::AwaitCase | Step::ReadIncident | Step::ReadEvents | Step::Stuck(_) => {
                return None;
            }
        };
        Some(Self { case, incident, kind, rule, what, steps: vec![step] })
    }

    /// Takes in the step after it, if it settles the same difference: the history of a new incident, one entry of the history
    /// after the other, the state that goes with a note. Otherwise gives it back.
    pub(super) fn take(&mut self, step: Step, rule: u32) -> Option<Step> {
        let is_same = match (self.steps.last(), &step) {
            (Some(Step::Create), Step::Post(_)) => is_copy(&step),
            (Some(last), Step::Post(_)) => is_copy(last) && is_copy(&step),
            (Some(Step::Note(_)), Step::SetState(_)) => self.rule == rule,
            (Some(_) | None, _) => false,
        };
        if !is_same {
            return Some(step);
        }
        if let Step::SetState(state) = step {
            self.what.push_str(&format!(", state {state}"));
        }
        self.steps.push(step);
        None
    }

    /// Nothing more belongs to it: says how much there is of what was counted.
    pub(super) fn finish(&mut self) {
        let copies = self.steps.iter().filter(|step| is_copy(step)).count();
        let entries =
            |count: usize| format!("{count} history {}", if count == 1 { "entry" } else { "entries" });
        match self.kind {
            DifferenceKind::Create if copies > 0 => {
                self.what.push_str(&format!(", with {}", entries(copies)));
            }
            DifferenceKind::Change if copies > 0 => {
                self.what = format!("{} ({})", entries(copies), self.what);
            }
            DifferenceKind::Create
            | DifferenceKind::Change
            | DifferenceKind::End
            | DifferenceKind::ToZino => {}
        }
    }
}

fn is_copy(step: &Step) -> bool {
    matches!(step, Step::Post(event) if event.transition().is_none())
}

/// Says what a step does to a case and its incident, in words.
pub(super) fn in_words(step: &Step, case: Option<&Case>, incident: Option<&Incident>) -> String {
    match step {
        Step::Post(event) => about_event(event),
        Step::Patch(patch) => about_patch(patch, case, incident),
        Step::Note(text) => format!("tell Zino: {}", excerpt(text)),
        Step::SetState(state) => format!("tell Zino: state {state}"),
        Step::Settled
        | Step::AwaitCase
        | Step::Create
        | Step::ReadIncident
        | Step::ReadEvents
        | Step::Stuck(_) => String::new(),
    }
}

/// Says what incident is made, in words.
pub(super) fn creation(new: &NewIncident, id: SourceId) -> String {
    let other = if id.opened.is_some() { format!(" as {}", id.text()) } else { String::new() };
    format!("create{other}, level {}: {}", new.level, one_line(&new.description))
}

fn about_event(event: &NewEvent) -> String {
    match event.transition() {
        Some(Transition::End) => format!("end: {}, {}", excerpt(&event.description), moment(event.at)),
        Some(Transition::Restart) => String::from("reopen: we have ended it, and the case is open"),
        None => format!("{}, {}", moment(event.at), excerpt(&event.description)),
    }
}

fn about_patch(patch: &Patch, case: Option<&Case>, incident: Option<&Incident>) -> String {
    let Some(incident) = incident else { return String::from("bring it up to date") };
    let mut parts = Vec::new();
    if let Some(level) = patch.level {
        parts.push(format!("level {} -> {level}", incident.level));
    }
    let value = |key: &str| {
        incident.tags.iter().find_map(|tag| tag.text.strip_prefix(key)?.strip_prefix('=').map(String::from))
    };
    let priority = case.map(|case| case.attributes.priority.to_string());
    if let (Some(old), Some(new)) = (value("priority"), priority)
        && old != new
    {
        parts.push(format!("priority {} -> {new}", one_line(&old)));
    }
    if let Some(description) = &patch.description {
        parts.push(format!("text: {}", excerpt(description)));
    }
    if parts.is_empty() { String::from("tags") } else { parts.join(", ") }
}

/// Writes a moment as people read it, in UTC.
fn moment(at: i64) -> String {
    let text = time::encode(at);
    text.get(.."2026-11-22T12:00:00".len()).unwrap_or_default().replace('T', " ")
}

/// Returns the beginning of a text, quoted: it cannot make a line of its own.
fn excerpt(text: &str) -> String {
    format!("\"{}\"", one_line(text))
}

fn one_line(text: &str) -> String {
    let mut short: String =
        text.chars().take(EXCERPT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(EXCERPT).is_some() {
        short.push('…');
    }
    short
}
