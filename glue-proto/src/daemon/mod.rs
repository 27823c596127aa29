//! The machine: every input goes in here, every action comes out here.
//!
//! [`Daemon`] is deterministic: a run is a list of `(Now, Input)`, and the same list gives the same actions, byte for
//! byte. This file only carries things from one part to another. Each part owns its state, takes what it is told and the
//! outbox, and says what has happened as typed events; no part knows another one:
//!
//! | part | what it owns |
//! |---|---|
//! | `zino/` | the session with Zino, what is to be read and to be written there |
//! | `argus/` | the requests to Argus, whether it may be asked, listings, refresh, heartbeat |
//! | `cases/` | what is known of every case and of its incidents, and the work on it |
//! | `primary/` | the watch on the primary, and the mode |
//! | `own/` | the incidents about the daemon itself, if they are wanted |

mod argus;
mod cases;
mod changes;
pub mod concurrency;
mod credentials;
mod delivery;
mod difference;
mod exchange;
mod inspection;
mod jobs;
mod lost_writes;
mod once;
mod operator;
mod outbox;
mod own;
mod plan;
mod primary;
mod queue;
mod reload;
mod retry;
mod schedule;
mod self_incidents;
mod status;
mod timers;
mod zino;

pub use difference::{Difference, DifferenceKind, HeldBack, HeldReason, Outlook};
pub use inspection::Inspection;
pub use plan::{Explanation, Planned, RefusedStep, Verdict as CaseVerdict};

use crate::face::{
    Action, CommandRefused, Exit, Input, Mode, Notice, Now, Operator, Purpose, Settings, Status, Timer,
    Wakeup,
};
use crate::model::CaseId;
use crate::wire::argus::Filter;
use argus::Argus;
use cases::{Cases, View};
use exchange::Want;
use once::Once;
use outbox::{Job, Outbox};
use own::Own;
use primary::Primary;
use queue::Urgency;
use schedule::Schedule;
use zino::Zino;

/// The whole daemon, without any IO.
///
/// The owner calls [`Daemon::handle`] with whatever happens, then takes [`Daemon::poll_action`] until it is empty and
/// carries out each action in that order, then waits for the next thing to happen, or for [`Daemon::next_wakeup`]:
/// then it handles [`Input::Wake`]. After a wake and a drain the next wakeup lies in the future.
///
/// It is `Clone` and `Hash`, all of it, so that a model checker can go more than one way from a state and tell states
/// apart: two machines with one hash (but for chance) do the same from there on. Secrets are hashed as well, but never shown.
#[derive(Clone, Debug, Hash)]
pub struct Daemon {
    out: Outbox,
    zino: Zino,
    argus: Argus,
    cases: Cases,
    primary: Primary,
    own: Option<Own>,
    schedule: Schedule,
    once: Option<Once>,
    exited: bool,
}

impl Daemon {
    /// Makes the machine and begins: there are actions to take at once.
    ///
    /// `seed` draws jitter and SNMP request ids, nothing else.
    #[must_use]
    pub fn new(settings: Settings, now: Now, seed: u64) -> Self {
        let now = now.before_the_end();
        let purpose = settings.purpose();
        let mut out = Outbox::new(now, seed);
        let mut daemon = Self {
            zino: Zino::new(settings.zino(), now.mono),
            argus: Argus::new(&settings),
            cases: Cases::new(&settings, now.mono),
            schedule: Schedule::new(settings.sync().reconcile_interval(), &mut out),
            // What is read once is what an ACTIVE daemon would do: nobody has to ask the primary for that.
            primary: Primary::new(settings.failover().filter(|_| purpose != Purpose::Plan).cloned()),
            own: self_incidents::begin(&settings, &mut out),
            once: Once::new(purpose, now.mono),
            out,
            exited: false,
        };
        daemon.out.tell(Notice::Started { mode: daemon.primary.mode() });
        daemon.zino.connect(&mut daemon.out);
        daemon.argus.list_anew(&mut daemon.out);
        if purpose == Purpose::Serve {
            daemon.argus.refresh_due(false, &mut daemon.out);
            daemon.argus.beat_due(false, &mut daemon.out);
        } else {
            daemon.out.timers.stop(Timer::Reconcile);
        }
        daemon.primary.send_probe(&mut daemon.out);
        daemon.pump();
        daemon
    }

    /// Takes in one thing that happened. Total: any input in any state is legal, nothing fails and nothing panics.
    /// Input for an id that is not in use any more is dropped. A clock that runs backwards stands still instead, and one
    /// at its last moment stands one before it.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        if self.exited {
            return;
        }
        let Now { mono, wall } = now.before_the_end();
        self.out.now = Now { mono: mono.max(self.out.now.mono), wall };
        self.input(input);
        self.timers();
        self.pump();
    }

    /// Takes the next action. The order is significant.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.out.poll_action()
    }

    /// Returns when the machine wants to be woken, and why. `None` only after [`Action::Exit`].
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        if self.exited { None } else { self.out.timers.next() }
    }

    /// Tells whether a command can be carried out now, or why not: then [`Daemon::handle`] logs it, and nothing else.
    pub fn accepts(&self, command: Operator) -> Result<(), CommandRefused> {
        operator::judge(self, command)
    }

    /// Returns a snapshot, for people and for other programs. It takes time in proportion to the number of cases.
    #[must_use]
    pub fn status(&self) -> Status {
        status::snapshot(self)
    }

    /// Returns a read-only view, for simulators that look at the machine after every input.
    #[must_use]
    pub const fn inspect(&self) -> Inspection<'_> {
        Inspection::new(self)
    }

    /// Returns the next step of every case that has one, without taking it; in STANDBY, what would be done once ACTIVE.
    pub fn plan(&self) -> impl Iterator<Item = Planned> {
        self.cases.plan(self.view(None), self.out.now)
    }

    /// Says what is known of a case, and what follows from it: by the same decision as [`Daemon::plan`].
    #[must_use]
    pub fn explain(&self, case: CaseId) -> Option<Explanation> {
        let is_unreadable = self.zino.reading().is_put_aside(case);
        self.cases.explain(case, is_unreadable, self.view(Some(case)), self.out.now)
    }

    /// Says everything in which the two sides differ: each step of every case on the assumption that those before it were
    /// taken. It takes time in proportion to the number of cases and to the history of those that are not in step.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let outlook = self.cases.outlook(self.zino.reading().all_put_aside(), self.view(None), self.out.now);
        match &self.once {
            Some(once) => once.complete(outlook),
            None => outlook,
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let out = &mut self.out;
        match input {
            Input::Wake => {}
            Input::Connected { conn } => self.zino.connected(conn, out),
            Input::Received { conn, bytes } => self.zino.received(conn, bytes, out),
            Input::Disconnected { conn, reason } => self.zino.disconnected(conn, reason, out),
            Input::HttpConnected { call } => self.argus.connected(call, out),
            Input::HttpDone { call, response } => {
                let event = self.argus.answered(call, &response, out);
                self.argus_said(event);
            }
            Input::HttpFailed { call, failure, cause } => {
                let event = self.argus.failed(call, failure, cause, out);
                self.argus_said(event);
            }
            Input::ProbeSent { probe, addresses } => self.primary.probe_sent(probe, addresses),
            Input::Datagram { probe, bytes } => {
                changes::primary_said(self, |primary, out| primary.datagram(probe, bytes, out));
            }
            Input::DatagramFailed { probe, reason } => {
                changes::primary_said(self, |primary, out| primary.datagram_failed(probe, reason, out));
            }
            Input::HealthAnswered { probe, answer } => {
                changes::primary_said(self, |primary, out| primary.health(probe, answer, out));
            }
            Input::Command(command) => operator::carry_out(self, command),
            Input::Reload(reload) => reload::apply(self, reload),
            Input::Shutdown => self.shut_down(),
        }
    }

    fn timers(&mut self) {
        let mut fired = timers::Fired::default();
        while !self.exited
            && let Some(timer) = self.out.timers.take_due(self.out.now.mono, &mut fired)
        {
            let out = &mut self.out;
            match timer {
                Timer::ZinoRetry => self.zino.connect(out),
                Timer::ZinoSetup => self.zino.setup_overdue(out),
                Timer::ZinoReply => self.zino.reply_overdue(out),
                Timer::ZinoQuiet => self.zino.check_health(out),
                Timer::ZinoQuarantine => self.zino.retry(None, out),
                Timer::Reconcile => self.reconcile(false),
                Timer::Recheck => self.zino.read_all(false),
                Timer::Refresh => self.argus.refresh_due(self.may_look(), &mut self.out),
                Timer::Heartbeat => self.argus.beat_due(self.zino.is_ready(), out),
                Timer::ArgusReply => self.argus.cancel_overdue(out),
                Timer::Listing => self.cases.request_lookups(out),
                Timer::ArgusPause | Timer::Job => {}
                Timer::Probe => self.primary.send_probe(out),
                Timer::ProbeReply => changes::primary_said(self, Primary::probe_overdue),
                Timer::Override => self.primary.pause_over(out),
                Timer::Handover => changes::end_handover(self),
                Timer::Shutdown => once::interrupt(self),
                Timer::SelfIncidents => self_incidents::look(self),
            }
        }
    }

    /// Does whatever can be done now.
    fn pump(&mut self) {
        self.zino.pump(&mut self.out);
        while let Some(event) = self.zino.poll_event() {
            self.zino_said(event);
        }
        // What begins here says nothing yet, and asks for no job: once is enough.
        jobs::start(self);
        self.zino.pump(&mut self.out);
        // What is due and still waits, waits for room: no moment brings that, or the end of the pause does.
        let (now, due) = (self.out.now.mono, self.out.jobs.next_due());
        let waits = self.out.jobs.has_ready() || due.is_some_and(|at| at <= now);
        let room = if waits { self.argus.room_at(now) } else { None };
        self.out.timers.put(Timer::Job, due.filter(|at| *at > now).into_iter().chain(room).min());
        self.out.timers.put(Timer::ArgusPause, self.argus.pause(now).filter(|_| waits));
        status::record_agreement(self, waits);
        if self.schedule.is_stopping() && self.argus.in_flight() == 0 && !self.zino.is_writing() {
            once::interrupt(self);
        }
        once::judge(self);
    }

    /// Returns what the work on a case depends on besides the case.
    fn view(&self, case: Option<CaseId>) -> View {
        View {
            may_write: self.primary.mode() == Mode::Active || self.primary.is_handing_over(),
            handing_over: self.primary.is_handing_over(),
            is_listed: self.argus.listing().is_complete(),
            looks_up: self.argus.is_listing_late(self.out.now.mono),
            is_reading: case.is_some_and(|id| self.zino.reading().is_reading(id)),
            is_zino_ready: self.zino.is_ready(),
        }
    }

    /// Carries what the cases want to the part that can do it.
    fn carry_wants(&mut self) {
        while let Some(want) = self.cases.poll_want() {
            match want {
                Want::Call { case, source, call, tries } => {
                    self.argus.take_step(case, source, call, tries, &mut self.out);
                }
                Want::Write { case, command } => self.zino.write(case, command),
                Want::ReadAll => self.zino.read_all(true),
                Want::Forget(case) => self.zino.forget(case),
            }
        }
    }

    fn argus_said(&mut self, event: Option<argus::Event>) {
        let out = &mut self.out;
        match event {
            None => {}
            Some(argus::Event::Done(done)) => {
                self.cases.done(*done, out);
                changes::check_handover(self);
            }
            Some(argus::Event::OwnDone(done)) => self_incidents::done(self, *done),
            Some(argus::Event::Seen(seen)) => {
                let began = self.argus.listing().began_at();
                self.own.iter_mut().for_each(|own| own.seen(&seen, began, out.now.mono));
                let has_all = seen.filter == Filter::Open && seen.all.is_some();
                self.cases.seen(seen, out);
                if has_all {
                    let is_first = self.argus.listing_taken(out);
                    self.cases.all_listed(is_first, out);
                }
            }
            Some(argus::Event::Looked { acted, all }) => self.cases.looked(&acted, all, out),
            Some(argus::Event::Counted { filter, count, beside_write }) => {
                self.argus.compare(filter, count, self.cases.count(filter), beside_write, out);
            }
            Some(argus::Event::CredentialsRefused) => self.exit(Exit::Credentials),
        }
        self.carry_wants();
    }

    fn zino_said(&mut self, event: zino::Event) {
        let out = &mut self.out;
        match event {
            // Between the event and now the session may have ended: what was told of that must stay the last word.
            zino::Event::Ready if !self.zino.is_ready() => {}
            zino::Event::Ready => {
                out.on_the_way.begin_anew();
                out.tell(Notice::ZinoReady);
                self.zino.read_all(false);
            }
            zino::Event::Ended { writing } => {
                self.cases.end_session(writing, out);
                self.once.iter_mut().for_each(Once::session_ended);
            }
            zino::Event::Notified(notification) => self.cases.notified(&notification, out),
            // Once a session also those that are over: we may have missed that they were scavenged.
            zino::Event::Listed { ids, first } => {
                let ids = self.cases.listed(ids, out);
                self.zino.read_listed(ids, self.cases.numbers(first));
            }
            zino::Event::Read { case, newest } => self.cases.read(*case, newest, out),
            zino::Event::Missing { id, in_full } => self.cases.missing(id, in_full, out),
            zino::Event::Unreadable { id, .. } => {
                let lasts = self.zino.reading().is_lost(id, out.now.mono);
                self.cases.unreadable(id, lasts, out);
            }
            zino::Event::FullRead { first } => {
                out.tell(Notice::ZinoRead { cases: self.cases.len() });
                if first {
                    // What could not be written to the session before can be now.
                    self.cases.request_all(out);
                }
                // How many are missing says nothing before all are known: then everything is read again.
                if self.argus.listing().is_complete() {
                    self.cases.judge(|id| !self.zino.reading().is_put_aside(id), out);
                }
            }
            zino::Event::Written { id, refused } => self.cases.written(id, refused.as_deref(), out),
            zino::Event::CredentialsRefused => self.exit(Exit::Credentials),
        }
        self.carry_wants();
    }

    /// Tells whether anybody wants to know what people do in Argus. Without Zino nothing could be done about it, and Argus
    /// would take each look for a sign that we are well (behaviour B53).
    fn may_look(&self) -> bool {
        let lost_for = self.out.now.mono.since(self.zino.lost_since());
        self.primary.mode() == Mode::Active && (self.zino.is_ready() || !self.schedule.is_long(lost_for))
    }

    /// Reads everything in Zino again, and now and then, or when asked to, everything in Argus (behaviour B11).
    fn reconcile(&mut self, thorough: bool) {
        self.zino.read_all(false);
        let lists = self.schedule.reconcile(&mut self.out);
        if self.may_look() && (thorough || lists) {
            self.cases.distrust_acks();
            self.out.request(Job::List(Filter::Open), Urgency::Later);
        }
    }

    fn shut_down(&mut self) {
        if self.schedule.stop(&mut self.out) {
            self.out.tell(Notice::Stopping);
            self.out.jobs.retain(|_| false);
            changes::drop_writes(self);
        }
    }

    fn exit(&mut self, exit: Exit) {
        self.zino.shut_down(&mut self.out);
        self.out.act(Action::Exit(exit));
        self.exited = true;
    }
}
