//! Argus as it is tried. Nothing is written: what it supports is asked for, never used.

use super::finding::{Checked, Finding, Needed};
use super::item::Item;
use super::source::{Search, Step};
use super::trial::Trial;
use crate::face::{Action, CallId, HttpCause, Millis, Mono, Now, Response};
use crate::wire::argus::{ArgusError, Call, Filter, Reply, http_date, read_reply};
use crate::wire::argus::{Question, knows_heartbeat, knows_restart};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

pub(super) const COUNT: CallId = CallId(1);
pub(super) const BEAT: CallId = CallId(2);
pub(super) const TYPES: CallId = CallId(3);
/// Everything from here on is the search for the source system.
pub(super) const FIRST_OF_SEARCH: u64 = 4;

/// What Argus is asked first: it says whether the token is accepted, and costs little.
const TOUCHSTONE: Call = Call::Count(Filter::Open);

/// How long source systems are looked at: ours is nearly always the first one, and a person has none.
const LONGEST_SEARCH: Millis = Millis::from_secs(10);

/// The trial of Argus.
#[derive(Clone, Debug)]
pub(super) struct ArgusTrial {
    begun: Mono,
    token: Trial,
    source: Trial,
    search: Search,
    heartbeat: Trial,
    reopening: Trial,
    clock: Trial,
}

impl ArgusTrial {
    /// Begins: each request has so long.
    pub(super) fn new(now: Mono, patience: Millis, out: &mut VecDeque<Action>) -> Self {
        out.push_back(Action::Http { call: COUNT, request: TOUCHSTONE.request() });
        let trial = Trial::new(now, patience);
        Self {
            begun: now,
            token: trial.clone(),
            source: trial.clone(),
            search: Search::new(CallId(FIRST_OF_SEARCH)),
            heartbeat: trial.clone(),
            reopening: trial.clone(),
            clock: trial,
        }
    }

    /// Returns when the time of what is waited for first is up.
    pub(super) fn deadline(&self) -> Option<Mono> {
        let trials = [&self.token, &self.source, &self.heartbeat, &self.reopening, &self.clock];
        trials.into_iter().filter_map(Trial::deadline).min()
    }

    pub(super) fn report(&self) -> Vec<Checked> {
        let trials = [
            (Item::Token, &self.token),
            (Item::Source, &self.source),
            (Item::Heartbeat, &self.heartbeat),
            (Item::Reopening, &self.reopening),
            (Item::Clock, &self.clock),
        ];
        trials.into_iter().map(|(item, trial)| Checked::new(item, trial.finding())).collect()
    }

    /// Takes in an answer.
    pub(super) fn answered(
        &mut self,
        now: Now,
        call: CallId,
        response: &Response<'_>,
        out: &mut VecDeque<Action>,
    ) {
        match call {
            COUNT if !self.token.is_over() => self.touched(now, response, out),
            BEAT => self.heartbeat.end(support(knows_heartbeat(response))),
            TYPES => self.reopening.end(support(knows_restart(response))),
            _ if !self.source.is_over() => match self.search.answered(call, response) {
                Step::Ask(_) if now.mono.since(self.begun) >= LONGEST_SEARCH => {
                    self.source.end(self.search.given_up());
                }
                Step::Ask(asked) => self.ask_on(now.mono, &asked, out),
                Step::Wait => {}
                Step::Found(finding) => self.source.end(finding),
            },
            _ => {}
        }
    }

    /// Takes in that a request will not be answered.
    pub(super) fn failed(&mut self, call: CallId, cause: HttpCause) {
        let finding = Finding::Unanswered(cause);
        match call {
            COUNT => self.token.end(finding),
            BEAT => self.heartbeat.end(finding),
            TYPES => self.reopening.end(finding),
            _ if self.search.waits_for(call) => self.source.end(finding),
            _ => {}
        }
        self.give_up_without_token();
    }

    pub(super) fn pass_time(&mut self, now: Mono) {
        self.token.pass_time(now);
        self.give_up_without_token();
        for trial in [&mut self.source, &mut self.heartbeat, &mut self.reopening] {
            trial.pass_time(now);
        }
    }

    /// The first answer is there: if the token is accepted, everything else is asked at once.
    fn touched(&mut self, now: Now, response: &Response<'_>, out: &mut VecDeque<Action>) {
        self.clock.end(clock(response.date, self.begun, now));
        self.token.end(judge(response));
        self.give_up_without_token();
        if !self.token.is_well() {
            return;
        }
        for (call, question) in [(BEAT, Question::Heartbeat), (TYPES, Question::EventTypes)] {
            out.push_back(Action::Http { call, request: question.request() });
        }
        for trial in [&mut self.heartbeat, &mut self.reopening] {
            trial.renew(now.mono);
        }
        let asked = self.search.begin();
        self.ask_on(now.mono, &asked, out);
    }

    fn ask_on(&mut self, now: Mono, asked: &[(CallId, Question)], out: &mut VecDeque<Action>) {
        self.source.renew(now);
        for (call, question) in asked {
            out.push_back(Action::Http { call: *call, request: question.request() });
        }
    }

    fn give_up_without_token(&mut self) {
        if self.token.is_over() && !self.token.is_well() {
            for trial in [&mut self.source, &mut self.heartbeat, &mut self.reopening] {
                trial.end(Finding::NotTried(Needed::Token));
            }
            self.clock.end(Finding::NotTried(Needed::Answer));
        }
    }
}

/// Says what the answer to the first question means.
fn judge(response: &Response<'_>) -> Finding {
    match read_reply(&TOUCHSTONE, response) {
        Ok(Reply::Count(open)) => Finding::TokenAccepted { open: Some(open) },
        Ok(_) => Finding::TokenAccepted { open: None },
        Err(error @ (ArgusError::Unauthorized { .. } | ArgusError::Forbidden { .. })) => {
            Finding::TokenRefused(error)
        }
        Err(error) => Finding::NotArgus(error),
    }
}

fn support(answer: Result<bool, ArgusError>) -> Finding {
    match answer {
        Ok(true) => Finding::Supported,
        Ok(false) => Finding::NotSupported,
        Err(error) => Finding::NotTold(error),
    }
}

/// Compares the clock of Argus with ours. Both are known in whole seconds only, and the server has looked at its own at
/// some moment since `begun`: what can be put down to that is no difference.
fn clock(date: Option<&str>, begun: Mono, now: Now) -> Finding {
    let Some(date) = date.and_then(http_date) else { return Finding::NoDate };
    let took = i64::try_from(now.mono.since(begun).0.div_ceil(1000)).unwrap_or(i64::MAX);
    let ahead = date.0.saturating_sub(now.wall.0);
    let (least, most) = (ahead.saturating_sub(1), ahead.saturating_add(1).saturating_add(took));
    Finding::Clock { ahead: if least > 0 { least } else { most.min(0) } }
}
