//! The requests of steps, and what became of them.

use super::{Argus, Event, Purpose, Request};
use crate::daemon::exchange::{Answer, Done, OwnDone};
use crate::daemon::outbox::Outbox;
use crate::decision::SourceId;
use crate::model::CaseId;
use crate::wire::argus::Call;
use alloc::boxed::Box;

impl Argus {
    /// Sends the request of a step. One of the same case that is still under way is given up.
    pub(in crate::daemon) fn take_step(
        &mut self,
        case: CaseId,
        source: SourceId,
        call: Call,
        tries: u32,
        out: &mut Outbox,
    ) {
        self.requests.give_up(case, out);
        let call = self.clock.in_time(call, out.now);
        self.start(call, Purpose::Case(case, source), tries, out);
    }

    /// Sends the request of a step about an incident about ourselves.
    pub(in crate::daemon) fn take_own_step(&mut self, call: Call, tries: u32, out: &mut Outbox) {
        let call = self.clock.in_time(call, out.now);
        self.start(call, Purpose::Own, tries, out);
    }

    /// Says what became of a step.
    pub(super) fn done(&self, request: Request, answer: Answer) -> Option<Event> {
        let over_by = self.requests.over_by(request.started);
        let mark = self.requests.mark();
        let (case, source) = match request.purpose {
            Purpose::Case(case, source) => (case, source),
            Purpose::Own => return Some(Event::OwnDone(Box::new(OwnDone { answer, over_by, mark }))),
            Purpose::Feed | Purpose::Count(_) | Purpose::Listing | Purpose::Beat => return None,
        };
        let in_outage = match &answer {
            Answer::Lost { .. } => self.is_down(),
            Answer::Refused(error) => error.is_ambiguous() && self.availability.is_failing(),
            Answer::Reply(_) | Answer::Postponed { .. } => false,
        };
        let call = request.call;
        Some(Event::Done(Box::new(Done { case, source, call, answer, in_outage, over_by, mark })))
    }
}
