//! Invariant 15 at every step: what was refused, held back or could not be read is in the status until it is settled.
//!
//! Whether something is settled is seen from the boards: as long as neither a case nor its incident has changed since a step was
//! refused that a server never takes, and nothing about it was carried out or told, the status must name the case.

use super::expected::Expected;
use glue_proto::model::CaseId;
use glue_proto::{CaseNotice, Notice};
use glue_sim::argus::{EndTime, WriteKind};
use glue_sim::world::World;
use glue_sim::zino::{Writes, ZinoCase};
use std::collections::{BTreeMap, BTreeSet};

type Verdict = Result<(), String>;

/// What must be visible.
#[derive(Clone, Debug, Default)]
pub(super) struct Visibility {
    /// The cases with a step that was refused, each with what it was and what both sides looked like then.
    refused: BTreeMap<u64, (&'static str, Option<Boards>)>,
    /// A case that cannot be read was told of since the status was looked at.
    told_unreadable: bool,
    /// A loss of Zino's state was told of since then.
    told_loss: bool,
}

/// What both sides look like: the case, and how many events, tags and acknowledgements its incidents have.
#[derive(Clone, Debug, PartialEq)]
struct Boards(Option<ZinoCase>, Vec<(u64, usize, usize, usize, EndTime)>);

impl Visibility {
    /// Takes in what the machine tells people.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only some notices bear on the status, and there will be more"
    )]
    pub(super) fn told(&mut self, notice: &Notice) {
        match notice {
            Notice::Case { case, what: CaseNotice::Refused { what, .. } } => {
                self.refused.insert(case.0, (what, None));
            }
            Notice::Case { case, what: CaseNotice::Renumbered { .. } } => {
                self.refused.remove(&case.0);
                self.told_loss = false;
            }
            Notice::Case { case, .. } => _ = self.refused.remove(&case.0),
            Notice::CaseUnreadable { .. } => self.told_unreadable = true,
            Notice::StateLost { .. } => self.told_loss = true,
            // What was refused may be wanted no longer, or is tried anew.
            Notice::Operator(_) | Notice::ModeChanged { .. } | Notice::HandedOver { .. } => self.forget(),
            _ => {}
        }
    }

    /// Everything begins anew, as with other settings.
    pub(super) fn forget(&mut self) {
        self.refused.clear();
    }

    /// A write about a case has succeeded, or a server has said so.
    pub(super) fn carried_out(&mut self, case: u64) {
        self.refused.remove(&case);
    }

    /// Looks at the status once the machine has done what there was to do.
    pub(super) fn look(&mut self, world: &World, expected: &Expected) -> Verdict {
        if world.is_dead() {
            *self = Self::default();
            return Ok(());
        }
        let status = world.daemon.inspect();
        if std::mem::take(&mut self.told_unreadable) && status.unreadable_cases() == 0 {
            return Err("invariant 15: a case cannot be read, and the status knows of none".into());
        }
        if std::mem::take(&mut self.told_loss) && status.held_back() == 0 {
            return Err("invariant 15: Zino has lost its state, and nothing is held back".into());
        }
        if status.held_back() > 0 && status.is_ready() {
            return Err("invariant 15: it is ready although something is held back".into());
        }
        self.look_for_refused(world, expected)
    }

    fn look_for_refused(&mut self, world: &World, expected: &Expected) -> Verdict {
        self.refused.retain(|case, (what, _)| is_never_taken(world, expected, *case, what));
        if self.refused.is_empty() {
            return Ok(());
        }
        let shown: BTreeSet<u64> = world.daemon.inspect().quarantined().map(|(case, _)| case.0).collect();
        let mut missing = None;
        self.refused.retain(|case, (_, known)| {
            let now = Boards::of(world, expected, *case);
            // Of what is gone nothing is wanted any more.
            if now.0.is_none() || known.get_or_insert_with(|| now.clone()) != &now {
                return false;
            }
            if !shown.contains(case) {
                missing = Some(*case);
            }
            true
        });
        missing.map_or(Ok(()), |case| {
            Err(format!("invariant 15: a step of case {case} was refused, and the status does not show it"))
        })
    }
}

/// Tells whether a step is refused however often it is tried, and for no other reason: what may have been done all the same, or
/// is wanted no longer, is settled by a look that nothing tells of.
fn is_never_taken(world: &World, expected: &Expected, case: u64, what: &str) -> bool {
    let quirks = &expected.quirks;
    let failures = &world.argus.options().permanent_failures;
    let is_failing = expected.failing.contains(&case)
        || expected.deleted.contains(&case)
        || failures.iter().any(|failure| failure.id == case.to_string());
    !is_failing
        && match what {
            "history entry" => quirks.refuses(case, WriteKind::Entry),
            "end" => quirks.refuses(case, WriteKind::End),
            "reopening" => quirks.refuses(case, WriteKind::Restart),
            "note to Zino" | "state in Zino" => *quirks.writes(case) != Writes::Stored,
            _ => false,
        }
}

impl Boards {
    fn of(world: &World, expected: &Expected, number: u64) -> Self {
        let is_its = |case: Option<(u64, i64)>| case.is_some_and(|case| case.0 == number);
        let incidents = world.incidents().filter(|incident| is_its(expected.case_of(incident)));
        let shown =
            incidents.map(|one| (one.pk, one.events.len(), one.tags.len(), one.acks.len(), one.end_time));
        Self(world.zino.case(CaseId(number)).cloned(), shown.collect())
    }
}
