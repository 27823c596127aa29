//! What people do on both sides, and what is expected from then on.

use super::expected::{ExpectedNote, NoteKind};
use super::run::Sim;
use glue_proto::model::CaseId;
use glue_sim::people::{ArgusAction, ZinoAction};
use glue_sim::world::World;

impl Sim {
    /// Does something to a case. Returns what was done, for people.
    pub(super) fn do_in_zino(&mut self, action: ZinoAction, who: u8, how: u8) -> Option<String> {
        let id = self.which_case(action, who)?;
        self.do_to_case(action, id, who, how)
    }

    /// Says which case something is to be done to; a new one has no number yet.
    pub(super) fn which_case(&self, action: ZinoAction, who: u8) -> Option<CaseId> {
        let opens = matches!(action, ZinoAction::Open | ZinoAction::Placeholder);
        if opens && self.expected.is_ambiguous(self.world.zino_wall()) {
            return None;
        }
        action.choose_case(&self.world.zino, who)
    }

    /// Does something to this case. Returns what was done, for people.
    pub(super) fn do_to_case(&mut self, action: ZinoAction, id: CaseId, who: u8, how: u8) -> Option<String> {
        let now = self.world.zino_wall();
        let done = self.people.in_case(&mut self.world.zino, (action, id), who, how, now)?;
        if matches!(action, ZinoAction::BeginMaintenance | ZinoAction::EndMaintenance) {
            self.checks.promptness().changed_silently(&self.world, id.0);
        }
        Some(done.to_string())
    }

    /// Does something to an incident. Returns what was done, for people.
    pub(super) fn do_in_argus(&mut self, action: ArgusAction, who: u8, how: u8) -> Option<String> {
        let now = self.world.wall();
        let chosen = self.world.argus.incident(action.choose_incident(&self.world.argus, who)?)?;
        let (pk, case) = (chosen.pk, self.expected.case_of(chosen)?);
        let done = self.people.in_argus(&mut self.world.argus, action, who, how, now)?;
        let expected = &mut self.expected;
        let mut note = |kind, token: &str| {
            expected.notes.push(ExpectedNote { kind, pk, case, token: token.into() });
        };
        match action {
            ArgusAction::Ack | ArgusAction::AckForAWhile => note(NoteKind::Ack, &done.token),
            ArgusAction::Close | ArgusAction::ForeignEnd => note(NoteKind::Close, &done.token),
            ArgusAction::Ticket => note(NoteKind::Ticket, &done.ticket),
            ArgusAction::Level | ArgusAction::Describe => _ = expected.edited.insert(pk),
            ArgusAction::Delete => _ = expected.deleted.insert(case.0),
            ArgusAction::Comment | ArgusAction::Reopen | ArgusAction::Tag => {}
        }
        Some(format!("{done} (case {})", case.0))
    }
}

/// Tells whether an event was made by the machine.
pub(super) fn is_ours(world: &World, actor: u64) -> bool {
    world.is_machine(actor)
}
