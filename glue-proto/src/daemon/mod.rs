//! The machine: every input goes in here, every action comes out here.
//!
//! [`Daemon`] is deterministic: a run is a list of `(Now, Input)`, and the same list gives the same actions, byte for
//! byte. This file only composes; each part of the machine lives in a file of its own:
//!
//! | file | what lives there |
//! |---|---|
//! | `input.rs`, `action.rs`, `notice.rs`, `status.rs` | the machine's face |
//! | `inputs.rs` | where each input, timer and piece of news goes |
//! | `outbox.rs`, `timers.rs` | the way out, and the timer table |
//! | `zino_link.rs`, `zino_events.rs`, `fall.rs`, `news.rs` | the session with Zino, what comes in, why it ended, what it tells |
//! | `reads.rs` | which cases are to be read from Zino |
//! | `gate.rs`, `calls.rs` | whether Argus may be asked, and the requests under way |
//! | `survey.rs` | listings and counts: our picture of Argus |
//! | `slot.rs`, `steps.rs`, `answers.rs` | what is known of a case, the steps taken for it, what came of them |
//! | `evidence.rs` | cases that Zino does not show any more |
//! | `takeover.rs` | the watch on the primary |

mod answers;
mod backoff;
mod calls;
pub mod concurrency;
mod evidence;
mod failover;
mod fall;
mod gate;
mod inputs;
mod news;
mod outbox;
mod queue;
mod reads;
mod slot;
mod status;
mod steps;
mod survey;
mod takeover;
mod timers;
mod zino_events;
mod zino_link;

pub use status::Status;

use crate::decision::Policy;
use crate::face::{
    Action, CallId, CaseNotice, Channel, ConnId, Disconnect, Exit, HttpCause, HttpFailure, Input, Notice,
    Operator, ProbeFailure, ProbeId, Response, Timer, Wakeup,
};
use crate::face::{Millis, Mono, Now, Settings};
use crate::model::{CaseId, CaseType};
use crate::wire::argus::Filter;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use calls::Calls;
use outbox::Outbox;
use queue::{Queue, Urgency};
use slot::Slot;
use survey::Survey;
use takeover::Watch;
use zino_link::ZinoLink;

/// How often the heartbeat is sent (behaviour B53).
const HEARTBEAT: Millis = Millis::from_secs(60);
/// How long requests under way may still take when the process is told to end (behaviour B2).
const LAST_RESPITE: Millis = Millis::from_secs(1);
/// Every so many reconciliations, our open incidents are listed too (behaviour B11).
const LISTING_CYCLE: u64 = 5;
/// Where reconciliations are far apart, the first one after so long lists them: what no count shows, such as a second
/// acknowledgement, is then found as soon as invariant 7 says.
const LISTING_INTERVAL: Millis = Millis::from_secs(300);
/// How long after a start an event that seems to be missing may still be on its way: sent by a former life of the daemon
/// that was killed, and not yet carried out by Argus (behaviour B13). Such events wait so long and are looked for again.
const INHERITANCE: Millis = Millis::from_secs(5);
/// How many unknown case types are remembered as told.
const MOST_TYPES: usize = 64;

/// Something that the queue can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Job {
    List(Filter),
    /// The next page of the listing that is under way.
    Page,
    Count(Filter),
    Beat,
    Case(CaseId),
}

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
    settings: Settings,
    policy: Policy,
    out: Outbox,
    zino: ZinoLink,
    slots: BTreeMap<CaseId, Box<Slot>>,
    queue: Queue<Job>,
    calls: Calls,
    survey: Survey,
    watch: Option<Watch>,
    /// Until when a former life's events may still be on their way.
    heir_until: Mono,
    reconciliations: u64,
    no_heartbeat: bool,
    unknown_types: BTreeSet<String>,
    /// Since this session began, Zino has not been asked for the cases that are over.
    ask_all: bool,
    /// Since this session began, not everything has been read.
    is_new_session: bool,
    stopping: bool,
    exited: bool,
}

impl Daemon {
    /// Makes the machine and begins: there are actions to take at once.
    ///
    /// `seed` draws jitter and SNMP request ids, nothing else.
    #[must_use]
    pub fn new(settings: Settings, now: Now, seed: u64) -> Self {
        let mut daemon = Self {
            policy: Policy::new(&settings),
            out: Outbox::new(now, seed),
            zino: ZinoLink::new(&settings.zino),
            slots: BTreeMap::new(),
            queue: Queue::default(),
            calls: Calls::new(settings.argus.clone()),
            survey: Survey::default(),
            watch: settings.failover.clone().map(Watch::new),
            settings,
            heir_until: now.mono + INHERITANCE,
            reconciliations: 0,
            no_heartbeat: false,
            unknown_types: BTreeSet::new(),
            ask_all: false,
            is_new_session: false,
            stopping: false,
            exited: false,
        };
        let mode = daemon.mode();
        daemon.out.tell(Notice::Started { mode });
        daemon.zino.connect(&mut daemon.out);
        daemon.queue.request(Job::List(Filter::Open), Urgency::Now, now.mono, now.mono);
        daemon.refresh();
        let reconcile = now.mono + daemon.settings.sync.reconcile_interval;
        daemon.out.timers.set(Timer::Reconcile, reconcile);
        daemon.out.timers.set(Timer::Heartbeat, now.mono + HEARTBEAT);
        if daemon.watch.is_some() {
            daemon.send_probe();
        }
        daemon.pump();
        daemon
    }

    /// Takes in one thing that happened. Total: any input in any state is legal, nothing fails and nothing panics.
    /// Input for an id that is not in use any more is dropped. A clock that runs backwards stands still instead.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        if self.exited {
            return;
        }
        let mono = now.mono.max(self.out.now.mono);
        self.out.now = Now { mono, wall: now.wall };
        self.input(input);
        self.timers();
        self.pump();
    }

    /// Takes the next action. The order is significant.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.out.actions.pop_front()
    }

    /// Returns when the machine wants to be woken, and why. `None` only after [`Action::Exit`].
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        if self.exited { None } else { self.out.timers.next() }
    }

    /// Returns a read-only view.
    #[must_use]
    pub const fn status(&self) -> Status<'_> {
        Status::new(self)
    }

    /// Does whatever can be done now, until nothing is left.
    fn pump(&mut self) {
        loop {
            self.zino.pump(&mut self.out);
            while let Some(news) = self.zino.poll_news() {
                self.news(news);
            }
            if !self.dispatch() {
                break;
            }
        }
        self.zino.pump(&mut self.out);
        // What is due and still waits, waits for room: no moment brings that, or the end of the pause does.
        let now = self.out.now.mono;
        let due = self.queue.next_due();
        self.out.timers.put(Timer::Job, due.filter(|at| *at > now));
        let waits = self.queue.has_ready() || due.is_some_and(|at| at <= now);
        let pause = if waits { self.calls.gate.pause(now) } else { None };
        self.out.timers.put(Timer::ArgusPause, pause);
        if self.stopping && self.calls.len() == 0 && !self.zino.is_writing() {
            self.exit(Exit::Done);
        }
    }

    /// Starts jobs as long as there is room. Tells whether any was started.
    fn dispatch(&mut self) -> bool {
        let mut any = false;
        let now = self.out.now.mono;
        while !self.stopping
            && self.calls.has_room(now)
            && let Some((job, urgency)) = self.queue.pop(now)
        {
            any = true;
            match job {
                Job::List(filter) => self.start_listing(filter),
                Job::Page => self.next_page(),
                Job::Count(filter) => self.start_count(filter),
                Job::Beat => self.start_beat(),
                Job::Case(id) => self.work_on(id, urgency),
            }
        }
        any
    }

    /// Returns the slot of a case number, made if need be.
    fn slot(&mut self, id: CaseId) -> &mut Slot {
        self.slots.entry(id).or_insert_with(|| Box::new(Slot::new(id)))
    }

    /// Asks for work on every case.
    fn request_all(&mut self) {
        let now = self.out.now.mono;
        for id in self.slots.keys() {
            self.queue.request(Job::Case(*id), Urgency::Now, now, now);
        }
    }

    /// Tells once of each type of case that this program does not know (behaviour B20).
    fn note_type(&mut self, id: CaseId, case_type: &CaseType) {
        if let CaseType::Other(word) = case_type
            && self.unknown_types.len() < MOST_TYPES
            && !self.unknown_types.contains(&**word)
        {
            let case_type: String = word.chars().take(40).collect();
            self.unknown_types.insert(word.clone().into());
            self.out.tell(Notice::UnknownType { case: id, case_type });
        }
    }

    fn exit(&mut self, exit: Exit) {
        self.zino.shut_down(&mut self.out);
        self.out.act(Action::Exit(exit));
        self.exited = true;
    }
}
