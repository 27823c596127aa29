//! The trial of the primary's daemon: it is asked once whether it works (behaviour B78).

use super::finding::{Checked, Finding};
use super::item::Item;
use super::trial::Trial;
use crate::face::{Action, FailoverSettings, HealthAnswer, Mono, ProbeId};
use alloc::collections::VecDeque;

/// The daemon of the primary.
#[derive(Clone, Debug)]
pub(super) struct HealthTrial(Trial);

impl HealthTrial {
    /// Begins, if the daemon is to be asked at all.
    pub(super) fn new(settings: &FailoverSettings, now: Mono, out: &mut VecDeque<Action>) -> Option<Self> {
        settings.asks_health().then(|| {
            out.push_back(Action::AskHealth { probe: ProbeId(0) });
            Self(Trial::new(now, settings.ping_timeout()))
        })
    }

    pub(super) const fn deadline(&self) -> Option<Mono> {
        self.0.deadline()
    }

    pub(super) fn pass_time(&mut self, now: Mono) {
        self.0.pass_time(now);
    }

    pub(super) fn answered(&mut self, answer: HealthAnswer) {
        self.0.end(match answer {
            HealthAnswer::Status(status) => Finding::PeerHealth { status },
            HealthAnswer::Failed(cause) => Finding::Unanswered(cause),
        });
    }

    pub(super) fn report(&self) -> Checked {
        Checked::new(Item::Health, self.0.finding())
    }
}
