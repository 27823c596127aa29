//! What became of a step on the side of Argus.

use super::incidents::Incidents;
use super::knowledge::Knowledge;
use super::progress::{Progress, UNANSWERED};
use super::record::IncidentRecord;
use super::refusals::{Doubt, Effect, Failure};
use super::steps::what_event;
use crate::daemon::exchange::{Answer, Done};
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::daemon::retry::{FIRST_LOOK, IN_OUTAGE};
use crate::decision::{SourceId, StepKey, Tracked};
use crate::face::{CaseNotice, Mono, Notice, StepKind};
use crate::model::{CaseId, EventType, Transition};
use crate::wire::argus::{ArgusError, Call, Events, Page, Reply};
use alloc::format;
use alloc::string::{String, ToString};

/// A case whose step has ended: what the answer says about its incidents, and about when to go on.
#[derive(Debug)]
pub(super) struct Answered<'a> {
    pub(super) case: CaseId,
    pub(super) knowledge: &'a Knowledge,
    pub(super) incidents: &'a mut Incidents,
    pub(super) progress: &'a mut Progress,
    /// See [`Done::in_outage`].
    pub(super) in_outage: bool,
}

impl Answered<'_> {
    /// Takes in the answer. Tells whether the server has shown that it does not know how to reopen an incident.
    pub(super) fn done(mut self, done: Done, out: &mut Outbox) -> bool {
        let Some(key) = self.progress.end() else { return false };
        let now = out.now.mono;
        let Done { source, call, answer, over_by, .. } = done;
        if self.in_outage && !call.is_write() {
            self.wait_for_server(out);
            return false;
        }
        match answer {
            Answer::Reply(reply) => match self.replied(source, reply, &call, out) {
                Ok(()) => {
                    if let Some(kind) = kind_of(&call) {
                        out.delivered(self.case, kind);
                        out.taken(self.case, key);
                    }
                    self.progress.take(key, effect_of(&call), now);
                    self.request(Urgency::Now, now, out);
                }
                Err(reason) => self.refused(&call, key, &Failure::of(&reason), out),
            },
            Answer::Refused(ArgusError::UnsupportedType { .. }) if is_restart(&call) => {
                self.request(Urgency::Now, now, out);
                return true;
            }
            Answer::Refused(error) => self.step_refused(source, &error, &call, key, over_by, out),
            Answer::Postponed { ambiguous, at_work } => {
                self.request(Urgency::Now, now, out);
                if let Some(doubt) = doubt_of(&call, source).filter(|_| ambiguous) {
                    out.lost_writes.add(self.case, key);
                    self.incidents.doubt_again(doubt);
                    // A creation and an update are the same twice, and wait for nothing.
                    if at_work && doubt.events {
                        let busy = Failure::of("the server is busy, and may be at work on it");
                        let failure = Failure { earliest: over_by, doubt: Some(doubt), ..busy };
                        self.refused(&call, key, &failure, out);
                    }
                }
            }
            Answer::Lost { cut } => self.lost(source, &call, key, cut, over_by, out),
        }
        false
    }

    /// Takes in that a step was not answered: it may have been carried out (behaviour B13). What it would have touched is
    /// read soon: an effect that is there is seen early. From one that is missing nothing is concluded before nothing of
    /// the step can still be under way; a creation and an update are the same twice, and do not wait for that.
    fn lost(
        &mut self,
        source: SourceId,
        call: &Call,
        key: StepKey,
        cut: bool,
        over_by: Mono,
        out: &mut Outbox,
    ) {
        let now = out.now.mono;
        if call.is_write() {
            out.lost_writes.add(self.case, key);
        }
        let repeats = matches!(call, Call::Create(_) | Call::Patch { .. });
        let unanswered = Failure::of(UNANSWERED);
        let is_first = self.progress.refusals().count(key) == 0 && !self.in_outage;
        if cut && (repeats || !call.is_write()) && is_first {
            return self.refused(call, key, &Failure { at_once: true, ..unanswered }, out);
        }
        let Some(doubt) = doubt_of(call, source) else {
            return self.refused(call, key, &unanswered, out);
        };
        self.incidents.doubt_again(doubt);
        let failure = Failure { earliest: over_by, doubt: Some(doubt), ..unanswered };
        self.refused(call, key, &failure, out);
        self.progress.wait_until(now + FIRST_LOOK);
        self.request(Urgency::Now, now + FIRST_LOOK, out);
    }

    /// A reading has failed because everything does. What comes after it does not go on without it: an end would overtake the
    /// history before it (behaviour B27).
    fn wait_for_server(&mut self, out: &mut Outbox) {
        let at = out.now.mono + IN_OUTAGE;
        self.progress.wait_until(at);
        self.request(Urgency::Now, at, out);
    }

    fn replied(
        &mut self,
        source: SourceId,
        reply: Reply,
        call: &Call,
        out: &mut Outbox,
    ) -> Result<(), String> {
        match (reply, call) {
            (Reply::Page(page), _) => return self.looked_up(source, page),
            (Reply::Events(events), _) => return self.events_read(source, events),
            (Reply::Created(incident), _) => {
                let about = incident.description.clone();
                self.tell(CaseNotice::Created { incident: incident.pk, about }, out);
                self.incidents.insert(source, IncidentRecord::created(Tracked::created(incident)));
            }
            (Reply::Posted(_), Call::Post { event, .. }) => {
                if let Some(record) = self.incidents.get_mut(source) {
                    let notice = record.posted(event, self.knowledge.case());
                    self.tell(notice, out);
                }
            }
            (Reply::Patched(incident), _) => {
                self.tell(CaseNotice::Updated { incident: incident.pk }, out);
                if let Some(record) = self.incidents.get_mut(source) {
                    record.tracked.relist(incident);
                }
            }
            (Reply::Posted(_) | Reply::Count(_) | Reply::Feed(_) | Reply::Beat, _) => {}
        }
        Ok(())
    }

    fn looked_up(&mut self, source: SourceId, page: Page) -> Result<(), String> {
        let text = source.text();
        match page.rows.into_iter().find(|row| row.source_incident_id == text) {
            Some(row) => self.incidents.list(source, row),
            None => match page.bad_rows.first() {
                Some(bad) => return Err(format!("the incident cannot be understood: {}", bad.reason)),
                None => self.incidents.lose(source),
            },
        }
        self.incidents.look_up(source);
        Ok(())
    }

    fn events_read(&mut self, source: SourceId, events: Events) -> Result<(), String> {
        if let Some(bad) = events.bad_rows.first() {
            return Err(format!("an event cannot be understood: {}", bad.reason));
        }
        if let Some(record) = self.incidents.get_mut(source) {
            record.tracked.read_events(events.rows);
            self.progress.read_back();
        }
        Ok(())
    }

    /// Takes in that a step was answered with an error that is not about the server's time.
    fn step_refused(
        &mut self,
        source: SourceId,
        error: &ArgusError,
        call: &Call,
        key: StepKey,
        over_by: Mono,
        out: &mut Outbox,
    ) {
        // A PATCH must name everybody else's tags: one that somebody has added since the incident was listed last is a
        // reason to look again, not to give up.
        let is_new = self.progress.refusals().count(key) == 0;
        let is_first = is_new && self.progress.is_first_try(key);
        let outdated = matches!((error, call), (ArgusError::Refused { .. }, Call::Patch { .. }));
        let is_missing = matches!(error, ArgusError::Missing);
        // One that was refused before with the incident there is refused for another reason.
        if is_missing && is_new {
            self.incidents.doubt(source);
        }
        // Where the incident turns out to be there after all, it is this step that the server does not take.
        if (is_first && (outdated || is_missing)) || matches!(error, ArgusError::Duplicate) {
            self.incidents.doubt(source);
            let at = self.progress.fail_lightly(key, out.now.mono);
            self.request(Urgency::Now, at, out);
            return;
        }
        let reason = error.to_string();
        let mut failure = Failure::of(&reason);
        if let Some(doubt) = doubt_of(call, source).filter(|_| error.is_ambiguous()) {
            out.lost_writes.add(self.case, key);
            // What a history entry may have done is looked for before it is tried again, and not before that: a server that
            // fails at many entries would be asked for all of them after each.
            if doubt.incident {
                self.incidents.doubt_again(doubt);
            }
            failure.doubt = Some(doubt);
            if error.may_be_under_way() {
                failure.earliest = over_by;
            }
        }
        self.refused(call, key, &failure, out);
    }

    /// A step was refused: it is left out and tried again by itself. The case goes on without it (behaviour B14).
    fn refused(&mut self, call: &Call, key: StepKey, failure: &Failure<'_>, out: &mut Outbox) {
        let failure = Failure { in_outage: self.in_outage, ..*failure };
        self.progress.refuse(self.case, what_of(call), key, &failure, out);
        self.request(Urgency::Soon, out.now.mono, out);
    }

    fn request(&self, urgency: Urgency, at: Mono, out: &mut Outbox) {
        out.request_at(Job::Case(self.case), urgency, at);
    }

    fn tell(&self, what: CaseNotice, out: &mut Outbox) {
        out.tell(Notice::Case { case: self.case, what });
    }
}

/// Says what a call is, for people.
const fn what_of(call: &Call) -> &'static str {
    match call {
        Call::Create(_) => "incident",
        Call::Post { event, .. } => what_event(event),
        Call::Patch { .. } => "update",
        Call::Events { .. } => "reading of events",
        Call::Lookup { .. }
        | Call::Count(_)
        | Call::List { .. }
        | Call::ListNext { .. }
        | Call::Feed
        | Call::FeedNext { .. }
        | Call::Heartbeat => "reading of the incident",
    }
}

/// Returns the kind of step that a call is; nothing where it only reads.
const fn kind_of(call: &Call) -> Option<StepKind> {
    match call {
        Call::Create(_) => Some(StepKind::Create),
        Call::Patch { .. } => Some(StepKind::Update),
        Call::Post { event, .. } => Some(match event.transition() {
            None => StepKind::History,
            Some(Transition::End) => StepKind::End,
            Some(Transition::Restart) => StepKind::Reopen,
        }),
        Call::Events { .. }
        | Call::Lookup { .. }
        | Call::Count(_)
        | Call::List { .. }
        | Call::ListNext { .. }
        | Call::Feed
        | Call::FeedNext { .. }
        | Call::Heartbeat => None,
    }
}

/// Returns what a call does where the server takes it.
const fn effect_of(call: &Call) -> Effect {
    if let Call::Post { event, .. } = call {
        if event.transition().is_some() { Effect::Ends } else { Effect::Adds }
    } else if call.is_write() {
        Effect::Changes
    } else {
        Effect::Reads
    }
}

/// Returns what is to be read where a call may or may not have been carried out (behaviour B13); nothing where it only reads.
fn doubt_of(call: &Call, source: SourceId) -> Option<Doubt> {
    let (incident, events) = match call {
        Call::Create(_) | Call::Patch { .. } => (true, false),
        Call::Post { event, .. } => (event.event_type != EventType::Other, true),
        Call::Count(_)
        | Call::List { .. }
        | Call::ListNext { .. }
        | Call::Lookup { .. }
        | Call::Feed
        | Call::FeedNext { .. }
        | Call::Events { .. }
        | Call::Heartbeat => return None,
    };
    Some(Doubt { source, incident, events })
}

/// Tells whether a call reopens an incident.
fn is_restart(call: &Call) -> bool {
    matches!(call, Call::Post { event, .. } if event.event_type == EventType::Restart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Known;
    use crate::decision::testing::incident;
    use crate::face::{Action, Now, Wall};
    use crate::model::{Actor, EndTime, Event, Incident, NewEvent, Patch};
    use crate::wire::argus::BadRow;
    use alloc::vec::Vec;

    const SOURCE: SourceId = SourceId { case: CaseId(1), opened: None };
    const PK: u64 = 1001;
    const NOW: Mono = Mono(60_000);

    /// A case with one incident, of which a step is under way.
    struct World {
        incidents: Incidents,
        progress: Progress,
        out: Outbox,
    }

    impl World {
        fn new() -> Self {
            let mut incidents = Incidents::new();
            incidents.insert(SOURCE, IncidentRecord::created(Tracked::created(incident(1, 50))));
            let mut progress = Progress::default();
            progress.begin(super::super::progress::Server::Argus, key());
            Self { incidents, progress, out: Outbox::new(Now { mono: NOW, wall: Wall(0) }, 1) }
        }

        /// Answers the step.
        fn done(&mut self, call: Call, answer: Answer) {
            self.done_in(false, call, answer);
        }

        /// Answers the step, in an outage or not.
        fn done_in(&mut self, in_outage: bool, call: Call, answer: Answer) {
            let answered = Answered {
                case: CaseId(1),
                knowledge: &Knowledge::Unread { closed: false },
                incidents: &mut self.incidents,
                progress: &mut self.progress,
                in_outage,
            };
            let over_by = Mono(92_000);
            let done = Done { case: CaseId(1), source: SOURCE, call, answer, in_outage, over_by, mark: 1 };
            answered.done(done, &mut self.out);
        }

        /// Returns what was told, and with what urgency the case is to be worked on at once.
        fn came(&mut self) -> (Vec<CaseNotice>, Option<Urgency>) {
            let actions = core::iter::from_fn(|| self.out.poll_action());
            let told = actions.map(|action| {
                let Action::Notice(Notice::Case { what, .. }) = action else { panic!("{action:?}") };
                what
            });
            (told.collect(), self.out.jobs.pop(NOW).map(|(_, urgency)| urgency))
        }

        fn tracked(&self) -> &Tracked {
            &self.incidents.get(SOURCE).unwrap().tracked
        }
    }

    fn key() -> StepKey {
        StepKey::lookup(SOURCE)
    }

    fn post(event_type: EventType) -> Call {
        Call::Post { pk: PK, event: NewEvent { at: 60, event_type, description: "text".into() } }
    }

    /// Makes the answer to an event: what it says is known from the event that was sent.
    fn posted() -> Reply {
        let actor = Actor { pk: 7, name: "glue".into() };
        let (event_type, description) = (EventType::Other, "text".into());
        Reply::Posted(Event { pk: 1, actor, at: 60, received: 60, event_type, description })
    }

    fn patch() -> Call {
        Call::Patch { pk: PK, patch: Patch { level: Some(1), description: None, tags: None } }
    }

    #[test]
    fn b14_each_write_that_argus_has_taken_is_told_and_the_next_step_follows_at_once() {
        use CaseNotice::{Copied, Created, Ended, Restarted, Updated};
        let lookup = || Call::Lookup { source_incident_id: SOURCE.text() };
        let page = || Page { rows: [incident(1, 50)].into(), ..Page::default() };
        let about = || incident(1, 50).description;
        for (call, reply, told) in [
            (lookup(), Reply::Created(incident(1, 50)), Some(Created { incident: PK, about: about() })),
            (post(EventType::Other), posted(), Some(Copied { incident: PK })),
            (post(EventType::End), posted(), Some(Ended { incident: PK, about: about() })),
            (post(EventType::Restart), posted(), Some(Restarted { incident: PK })),
            (patch(), Reply::Patched(incident(1, 50)), Some(Updated { incident: PK })),
            (lookup(), Reply::Page(page()), None),
        ] {
            let mut world = World::new();
            world.done(call, Answer::Reply(reply));
            assert_eq!(world.came(), (told.into_iter().collect(), Some(Urgency::Now)));
        }
    }

    #[test]
    fn b14_an_incident_is_not_looked_up_each_time_that_a_step_is_refused_as_if_it_were_not_there() {
        let mut world = World::new();
        let post_key = StepKey::transition(PK);
        let mut lookups = Vec::new();
        for _ in 0..5 {
            world.progress.begin(super::super::progress::Server::Argus, post_key);
            world.done(post(EventType::Other), Answer::Refused(ArgusError::Missing));
            lookups.push(world.incidents.doubts().count());
            world.progress.begin(super::super::progress::Server::Argus, key());
            let page = Page { rows: [incident(1, 50)].into(), ..Page::default() };
            let lookup = Call::Lookup { source_incident_id: SOURCE.text() };
            world.done(lookup, Answer::Reply(Reply::Page(page)));
        }
        assert_eq!(lookups, [1, 1, 0, 0, 0], "the first time, and once it is known to be this step's fault");
    }

    #[test]
    fn b29_what_argus_has_made_of_an_update_is_known_at_once() {
        let mut world = World::new();
        let updated = Incident { level: 1, ..incident(1, 50) };
        world.done(patch(), Answer::Reply(Reply::Patched(updated.clone())));
        assert_eq!(world.tracked().incident, updated);
    }

    #[test]
    fn b14_events_of_which_one_cannot_be_understood_are_not_believed_and_are_read_again() {
        let mut world = World::new();
        world.incidents.get_mut(SOURCE).unwrap().doubt_events();
        let bad = BadRow { pk: None, source_incident_id: None, reason: "no time".into() };
        let events = Events { rows: Vec::new(), bad_rows: [bad].into() };
        world.done(Call::Events { pk: PK }, Answer::Reply(Reply::Events(events)));
        assert_eq!(world.tracked().ours, Known::Unread);
        assert_eq!(world.progress.trouble(), Some("an event cannot be understood: no time"));
        let (told, urgency) = world.came();
        assert!(matches!(&told[..], [CaseNotice::Refused { .. }]), "{told:?}");
        assert_eq!(urgency, Some(Urgency::Soon));
    }

    #[test]
    fn b13_an_event_that_a_busy_server_may_be_at_work_on_waits_until_it_cannot_be_any_more() {
        for (event_type, at_work, left_out) in [
            (EventType::Other, false, None),
            (EventType::Other, true, Some(Mono(92_000))),
            (EventType::End, true, Some(Mono(92_000))),
        ] {
            let mut world = World::new();
            world.done(post(event_type), Answer::Postponed { ambiguous: true, at_work });
            assert_eq!(world.progress.refusals().next_try(NOW), left_out, "{at_work}");
            assert!(world.tracked().ours.is_unread());
        }
    }

    #[test]
    fn b30_a_server_that_cannot_reopen_is_asked_for_the_next_step_at_once() {
        let mut world = World::new();
        let error = ArgusError::UnsupportedType { reason: "no".into() };
        world.done(post(EventType::Restart), Answer::Refused(error));
        assert_eq!(world.came(), (Vec::new(), Some(Urgency::Now)));
        assert_eq!(world.tracked().incident.end_time, EndTime::Infinity);
    }

    #[test]
    fn b51_a_step_that_was_not_sent_is_taken_again_at_once() {
        let mut world = World::new();
        world.done(post(EventType::Other), Answer::Postponed { ambiguous: false, at_work: false });
        assert_eq!(world.came(), (Vec::new(), Some(Urgency::Now)));
    }

    #[test]
    fn b27_b51_a_reading_that_fails_with_everything_else_is_waited_for_and_nothing_overtakes_it() {
        let lost = || Answer::Lost { cut: false };
        let failed = || Answer::Refused(ArgusError::Server { status: 500, reason: "no".into() });
        for (answer, waits) in [(lost(), true), (lost(), false), (failed(), true)] {
            let mut world = World::new();
            world.done_in(waits, Call::Events { pk: PK }, answer);
            let until = if waits { NOW + IN_OUTAGE } else { Mono(0) };
            assert_eq!(
                (world.progress.ready_at(), world.progress.refusals().is_empty()),
                (Some(until), waits)
            );
        }
    }
}
