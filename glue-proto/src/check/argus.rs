//! Argus as it is tried: whether it accepts the token, and whether that is one of a source system.

use super::finding::Finding;
use super::trial::Trial;
use crate::face::{Action, CallId, HttpCause, Millis, Mono, Response};
use crate::wire::argus::{ArgusError, Call, Filter, Reply, read_reply};
use alloc::collections::VecDeque;

pub(super) const COUNT: CallId = CallId(1);
pub(super) const BEAT: CallId = CallId(2);

/// What Argus is asked first: it says whether the token is accepted, and costs little.
const QUESTION: Call = Call::Count(Filter::Open);
/// What it is sent then: it takes one from a source system only. It does not change more than any request does.
const PROOF: Call = Call::Heartbeat;

/// The trial of Argus.
#[derive(Clone, Debug)]
pub(super) struct ArgusTrial {
    trial: Trial,
    /// What was found, if the token is one of a source system.
    accepted: Option<Finding>,
}

impl ArgusTrial {
    /// Begins: both requests together have so long.
    pub(super) fn new(now: Mono, patience: Millis, actions: &mut VecDeque<Action>) -> Self {
        actions.push_back(Action::Http { call: COUNT, request: QUESTION.request() });
        Self { trial: Trial::new(now, patience), accepted: None }
    }

    pub(super) const fn trial(&self) -> &Trial {
        &self.trial
    }

    /// Takes in an answer.
    pub(super) fn answered(&mut self, call: CallId, response: &Response<'_>, actions: &mut VecDeque<Action>) {
        if self.trial.is_over() {
            return;
        }
        match (call, self.accepted.take()) {
            (COUNT, None) => match judge(response) {
                Ok(finding) => {
                    self.accepted = Some(finding);
                    actions.push_back(Action::Http { call: BEAT, request: PROOF.request() });
                }
                Err(finding) => self.trial.end(finding),
            },
            (BEAT, Some(accepted)) => self.trial.end(match read_reply(&PROOF, response) {
                Err(error @ ArgusError::NoSource { .. }) => Finding::TokenRefused(error),
                // Older servers know no heartbeat.
                Ok(_) | Err(_) => accepted,
            }),
            (_, accepted) => self.accepted = accepted,
        }
    }

    /// Takes in that a request will not be answered.
    pub(super) fn failed(&mut self, call: CallId, cause: HttpCause) {
        let expected = if self.accepted.is_some() { BEAT } else { COUNT };
        if call == expected {
            self.trial.end(Finding::Unanswered(cause));
        }
    }

    pub(super) fn pass_time(&mut self, now: Mono) {
        self.trial.pass_time(now);
    }
}

/// Says what the answer to the question means: `Ok` if the token is accepted.
fn judge(response: &Response<'_>) -> Result<Finding, Finding> {
    match read_reply(&QUESTION, response) {
        Ok(Reply::Count(open)) => Ok(Finding::TokenAccepted { open: Some(open) }),
        Ok(_) => Ok(Finding::TokenAccepted { open: None }),
        Err(error @ (ArgusError::Unauthorized { .. } | ArgusError::Forbidden { .. })) => {
            Err(Finding::TokenRefused(error))
        }
        Err(error) => Err(Finding::NotArgus(error)),
    }
}
