//! Every machine of a world with all that it heard and did, to be run again (behaviour B79).

use super::World;
use glue_proto::{Action, Now, OwnedInput, Settings};

/// One machine, from its beginning to its end.
#[derive(Clone, Debug)]
pub struct RecordedRun {
    /// What it was made with.
    pub settings: Settings,
    /// When.
    pub begin: Now,
    /// What draws its jitter.
    pub seed: u64,
    /// What it did before it heard anything.
    pub first: Vec<Action>,
    /// What it heard, when, and what it did about it.
    pub heard: Vec<(Now, OwnedInput, Vec<Action>)>,
}

impl World {
    /// Keeps everything that the machines hear and do from the next start on.
    pub fn record(&mut self) {
        self.recorded = Some(Vec::new());
    }

    /// Returns what was recorded, a run for each start of the machine.
    #[must_use]
    pub fn recorded(&self) -> &[RecordedRun] {
        self.recorded.as_deref().unwrap_or_default()
    }

    pub(super) fn record_start(&mut self, settings: &Settings, begin: Now, seed: u64) {
        if let Some(runs) = &mut self.recorded {
            let settings = settings.clone();
            runs.push(RecordedRun { settings, begin, seed, first: Vec::new(), heard: Vec::new() });
        }
    }

    pub(super) fn record_input(&mut self, make: impl FnOnce() -> OwnedInput) {
        let now = self.moment();
        if let Some(run) = self.recorded.as_mut().and_then(|runs| runs.last_mut()) {
            run.heard.push((now, make(), Vec::new()));
        }
    }

    pub(super) fn record_action(&mut self, action: &Action) {
        if let Some(run) = self.recorded.as_mut().and_then(|runs| runs.last_mut()) {
            let actions = run.heard.last_mut().map_or(&mut run.first, |(_, _, actions)| actions);
            actions.push(action.clone());
        }
    }
}
