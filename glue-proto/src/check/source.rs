//! The search for the source system that the token belongs to.
//!
//! Argus tells a name for whoever asks, and a number for the user of each source system: the two are brought together by
//! the names of those users.

use super::finding::Finding;
use crate::face::{CallId, Response};
use crate::wire::argus::{ArgusError, Question, Source, sources, user_name};
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// How many source systems are looked at at once: over a long line one after the other would take all the time that there is.
const MOST_AT_ONCE: usize = 8;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask this.
    Ask(Vec<(CallId, Question)>),
    /// Something else was asked and is not answered yet.
    Wait,
    /// That is it.
    Found(Finding),
}

/// The search: who we are, which source systems there are, and whose each of them is.
#[derive(Clone, Debug)]
pub(super) struct Search {
    next: CallId,
    asked: Vec<(CallId, Question)>,
    ourselves: Option<String>,
    /// Those that were not looked at yet, the likeliest first.
    sources: Option<VecDeque<Source>>,
    /// Those whose users are asked for, by their requests.
    under_way: Vec<(CallId, Source)>,
    looked_at: usize,
}

impl Search {
    /// Prepares it. Its requests are called `first` and what follows.
    pub(super) const fn new(first: CallId) -> Self {
        Self {
            next: first,
            asked: Vec::new(),
            ourselves: None,
            sources: None,
            under_way: Vec::new(),
            looked_at: 0,
        }
    }

    /// Returns what is to be asked first.
    pub(super) fn begin(&mut self) -> Vec<(CallId, Question)> {
        vec![self.ask(Question::Ourselves), self.ask(Question::Sources)]
    }

    /// Tells whether a request was sent and not answered.
    pub(super) fn waits_for(&self, call: CallId) -> bool {
        self.asked.iter().any(|(asked, _)| *asked == call)
    }

    /// Says what was found out if what comes next is not asked any more.
    pub(super) const fn given_up(&self) -> Finding {
        Finding::NotAmong { sources: self.looked_at }
    }

    /// Takes in an answer. One to something else changes nothing.
    pub(super) fn answered(&mut self, call: CallId, response: &Response<'_>) -> Step {
        let Some(at) = self.asked.iter().position(|(asked, _)| *asked == call) else { return Step::Wait };
        let (_, question) = self.asked.remove(at);
        let step = match question {
            Question::Ourselves => user_name(response).map(|name| self.ourselves = Some(name)),
            Question::Sources => sources(response).map(|found| self.sources = Some(found.into())),
            Question::User { .. } => return self.compare(call, user_name(response)),
            Question::Heartbeat | Question::EventTypes => Ok(()),
        };
        match step {
            Ok(()) => self.go_on(),
            Err(error) => Step::Found(Finding::NotTold(error)),
        }
    }

    /// Begins to look at the users as soon as it is known which.
    fn go_on(&mut self) -> Step {
        let (Some(ourselves), Some(sources)) = (&self.ourselves, &mut self.sources) else {
            return Step::Wait;
        };
        // The user gets the name of the source system, with something added if there is one of that name.
        sources
            .make_contiguous()
            .sort_by_key(|source| (source.name != *ourselves, !ourselves.starts_with(source.name.as_str())));
        self.look_at_next()
    }

    /// Looks at as many as may be looked at now.
    fn look_at_next(&mut self) -> Step {
        let mut asked = Vec::new();
        while self.under_way.len() < MOST_AT_ONCE
            && let Some(source) = self.sources.as_mut().and_then(VecDeque::pop_front)
        {
            let (call, question) = self.ask(Question::User { pk: source.user });
            self.under_way.push((call, source));
            asked.push((call, question));
        }
        if !asked.is_empty() {
            Step::Ask(asked)
        } else if self.under_way.is_empty() {
            Step::Found(Finding::NoSource { user: self.ourselves.clone().unwrap_or_default() })
        } else {
            Step::Wait
        }
    }

    fn compare(&mut self, call: CallId, user: Result<String, ArgusError>) -> Step {
        let at = self.under_way.iter().position(|(asked, _)| *asked == call);
        let source = at.map(|at| self.under_way.swap_remove(at).1);
        match (user, source) {
            (Ok(user), Some(source)) if self.ourselves.as_ref() == Some(&user) => {
                Step::Found(Finding::SourceSystem { name: source.name })
            }
            (Ok(_), _) => {
                self.looked_at += 1;
                self.look_at_next()
            }
            (Err(error), _) => Step::Found(Finding::NotTold(error)),
        }
    }

    fn ask(&mut self, question: Question) -> (CallId, Question) {
        let call = self.next;
        self.next = CallId(call.0 + 1);
        self.asked.push((call, question.clone()));
        (call, question)
    }
}
