//! What every part of the machine writes to: the actions, the timers, the jobs, the counters.

use super::delivery::OnTheWay;
use super::lost_writes::LostWrites;
use super::queue::{Queue, Urgency};
use super::timers::Timers;
use crate::decision::StepKey;
use crate::face::{Action, CallId, ConnId, Counters, Mono, Notice, Now, ProbeId, Seed, StepKind};
use crate::model::CaseId;
use crate::wire::argus::Filter;
use alloc::collections::VecDeque;

/// Something that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Job {
    /// A listing of our incidents.
    List(Filter),
    /// The next page of the listing that is under way.
    Page,
    /// The next page of the look into the event feed that is under way.
    Feed,
    /// A count of our incidents.
    Count(Filter),
    /// A heartbeat.
    Beat,
    /// The next step of a case.
    Case(CaseId),
    /// The next step of an incident about ourselves.
    Own,
}

/// The machine's way out, and the moment at which it works.
#[derive(Clone, Debug, Hash)]
pub(super) struct Outbox {
    /// The moment of the input that is being handled.
    pub(super) now: Now,
    /// When the machine wants to be woken.
    pub(super) timers: Timers,
    /// What waits for its turn, or for its time.
    pub(super) jobs: Queue<Job>,
    /// Jitter and SNMP request ids.
    pub(super) seed: Seed,
    /// What was done so far.
    pub(super) counters: Counters,
    /// What is on its way from one side to the other.
    pub(super) on_the_way: OnTheWay,
    /// Writes of which it is not known whether they were carried out.
    pub(super) lost_writes: LostWrites,
    actions: VecDeque<Action>,
    last_id: u64,
}

impl Outbox {
    pub(super) fn new(now: Now, seed: u64) -> Self {
        Self {
            now,
            timers: Timers::new(),
            jobs: Queue::default(),
            seed: Seed::new(seed),
            counters: Counters::default(),
            on_the_way: OnTheWay::default(),
            lost_writes: LostWrites::default(),
            actions: VecDeque::new(),
            last_id: 0,
        }
    }

    /// Asks the shell for something.
    pub(super) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Tells people something.
    pub(super) fn tell(&mut self, notice: Notice) {
        self.counters.told(&notice, self.now);
        self.actions.push_back(Action::Notice(notice));
    }

    /// Says something, if there is anything to say.
    pub(super) fn tell_any(&mut self, notice: Option<Notice>) {
        notice.into_iter().for_each(|notice| self.tell(notice));
    }

    /// Counts a write about a case that was carried out: how long what it tells was on its way, and whether that was found
    /// by reading everything again.
    pub(super) fn delivered(&mut self, case: CaseId, kind: StepKind) {
        let direction = kind.direction();
        if let Some(took) = self.on_the_way.took(case, direction, self.now.mono) {
            self.counters.deliveries.record(direction, took);
        }
        if self.on_the_way.is_unannounced(case, direction) {
            self.counters.drift_fixed.count(kind);
        }
    }

    /// Counts a write about a case that a server has taken, if it was not known whether an earlier try was carried out.
    pub(super) fn taken(&mut self, case: CaseId, key: StepKey) {
        if self.lost_writes.taken(case, key) {
            self.counters.ambiguous_writes.missing += 1;
        }
    }

    /// Both sides of a case agree: nothing of it is on its way any more, and what may have been carried out was.
    pub(super) fn settled(&mut self, case: CaseId) {
        self.on_the_way.settled(case);
        self.counters.ambiguous_writes.found += self.lost_writes.take(case) as u64;
    }

    /// Drops every step that has not begun.
    pub(super) fn drop_steps(&mut self) {
        self.jobs.retain(|job| !matches!(job, Job::Case(_)));
    }

    /// Takes the next action.
    pub(super) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Asks for a job, at once.
    pub(super) fn request(&mut self, job: Job, urgency: Urgency) {
        self.request_at(job, urgency, self.now.mono);
    }

    /// Asks for a job at a moment; one that has passed means at once.
    pub(super) fn request_at(&mut self, job: Job, urgency: Urgency, at: Mono) {
        self.jobs.request(job, urgency, at, self.now.mono);
    }

    pub(super) const fn new_conn(&mut self) -> ConnId {
        ConnId(self.new_id())
    }

    pub(super) const fn new_call(&mut self) -> CallId {
        CallId(self.new_id())
    }

    pub(super) const fn new_probe(&mut self) -> ProbeId {
        ProbeId(self.new_id())
    }

    const fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
