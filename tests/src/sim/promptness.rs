//! Invariants 11 and 12 at every step: how soon each difference between the boards is gone, from the moment on at which it could
//! have been told.
//!
//! A difference is a line of the model. Its time begins when it is there and nothing is wrong with what it needs: the daemon
//! runs and is ACTIVE, its session with Zino is whole, Argus answers. Where something of that is amiss the time of all of them
//! begins anew afterwards. A request that goes wrong, a notification that is lost, or a change without a word is only the
//! matter of its own case.

use super::expected::Expected;
use super::model::{self, Difference};
use super::plan::Setup;
use glue_proto::{CallId, Mode};
use glue_sim::argus::{EndTime, Incident};
use glue_sim::faults::{FaultSchedule, Recovery};
use glue_sim::world::{LastingFault, World};
use std::collections::{BTreeMap, BTreeSet};

/// How long anything may take besides the ways of what is sent (invariant 11), milliseconds.
const PROMPT: u64 = 5_000;
/// How many round trips come before the first step of a case at the most: its attributes and its history are read, both a
/// second time if it changes meanwhile, its incident is looked up, and its events are read.
const ROUND_TRIPS: u64 = 10;
/// How many round trips each difference takes that is settled before: a note and a state are two writes and two readings.
const FOR_EACH: u64 = 4;
/// How many requests about a case at which a server fails are made in the first seconds: four tries, each with a look at what
/// the one before it has done.
const FAILING: u64 = 16;
/// How often the events of an incident are read at the most until it is known what people did: what has changed in Zino may go
/// first three times.
const READINGS: u64 = 4;
/// How long after a request that went wrong its effect may be in doubt (behaviour B13), and some more, milliseconds.
const DOUBT: u64 = 65_000;
/// For how long a refused step may be left out, milliseconds (behaviour B14).
const QUARANTINE: u64 = 15 * 60 * 1000;
/// For how long the feed is not asked for that was slow, milliseconds (behaviour B11).
const WITHOUT_FEED: u64 = 65 * 60 * 1000;
/// How long a case may be left alone that was blamed for the end of a session, milliseconds (behaviour B14): longer only if it
/// ends another one.
const BLAMED: u64 = 15_000;
/// How long it takes to see that a case is gone, besides the next full read (behaviour B28), milliseconds.
const GONE: u64 = 15_000;
/// How often a listing comes in place of the feed (behaviour B11), in refreshes; and how often everything is listed, in full
/// reads.
const FIFTH: u64 = 5;

/// What these rules remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Promptness {
    /// What is to be told, since when, and how soon at the latest: what was settled before it is not there any more.
    debts: BTreeMap<String, (u64, u64)>,
    /// Something may have changed since the boards were compared.
    is_stale: bool,
    /// When the next one is overdue.
    next: Option<u64>,
    /// Which run of the daemon it is, and when it was seen first, by the machine's clock.
    begun: Option<(u64, u64)>,
    /// Until when nothing is demanded.
    unfair_until: u64,
    /// Requests under way for the events of an incident, each with its case.
    reading: BTreeMap<CallId, u64>,
    /// The cases whose events were read since something was wrong last.
    read: BTreeSet<u64>,
    /// Until when nothing is demanded of a case.
    excused: BTreeMap<u64, u64>,
    /// Until when the feed of events may be out of use (behaviour B11).
    without_feed_until: u64,
    /// The machine stood still when it was looked at last.
    was_frozen: bool,
    /// A server does not take our credentials: it is asked again at its time (behaviour B52).
    is_locked_out: bool,
    /// Requests under way that something is wrong with, each with its case.
    faulty: BTreeMap<CallId, Option<u64>>,
}

impl Promptness {
    /// Something has changed on either side.
    pub(super) const fn changed(&mut self) {
        self.is_stale = true;
    }

    /// Something goes wrong with a request.
    pub(super) fn faulty(&mut self, call: CallId, subject: Option<&str>) {
        self.faulty.insert(call, subject.and_then(|number| number.parse().ok()));
    }

    /// The events of the incident of a case are asked for. Where an earlier run may still be heard of they have to be read
    /// once more (behaviour B13).
    pub(super) fn reading(&mut self, world: &World, call: CallId, subject: Option<&str>) {
        let case = subject.and_then(|number| number.parse().ok());
        let case = case.filter(|_| !self.hears_of_earlier_run(world, 0));
        self.reading.extend(case.map(|case| (call, case)));
    }

    /// Tells whether what an earlier run has sent may have been under way so many milliseconds ago.
    fn hears_of_earlier_run(&self, world: &World, ago: u64) -> bool {
        world.machine_clock() < self.begun(world) + super::order::earlier_run(world) + ago
    }

    /// Returns when this run of the daemon began, by the machine's clock.
    fn begun(&self, world: &World) -> u64 {
        let is_of_this_run = |(run, _): &(u64, u64)| *run == world.daemon_run();
        self.begun.filter(is_of_this_run).map_or(world.machine_clock(), |(_, since)| since)
    }

    /// A request has ended.
    pub(super) fn ended(&mut self, call: CallId, status: Option<u16>, now: u64) {
        if let Some(case) = self.reading.remove(&call).filter(|_| status == Some(200))
            && self.read.insert(case)
        {
            // What can be told of it could not be told before.
            self.excuse(case, now);
        }
        match self.faulty.remove(&call) {
            None => {}
            Some(Some(case)) => self.excuse(case, now + DOUBT),
            Some(None) => {
                self.unfair_until = self.unfair_until.max(now + DOUBT);
                self.without_feed_until = now + WITHOUT_FEED;
            }
        }
    }

    /// Argus wants to be left alone until then.
    pub(super) fn paused_until(&mut self, moment: u64) {
        self.unfair_until = self.unfair_until.max(moment);
    }

    /// Something begins to be wrong, or ends: whatever is under way at this moment may meet it.
    pub(super) fn disturbed(&mut self) {
        self.debts.clear();
        self.next = None;
        self.is_stale = true;
    }

    /// The machine says what a server makes of our credentials.
    pub(super) const fn credentials(&mut self, are_accepted: bool) {
        self.is_locked_out = !are_accepted;
    }

    /// The machine blames a case for the end of a session.
    pub(super) fn blamed(&mut self, case: u64, now: u64) {
        self.excuse(case, now + BLAMED);
    }

    /// What was refused for ever is not refused any more: it is tried again at its time.
    pub(super) fn healed(&mut self, world: &World, cases: &[u64]) {
        cases.iter().for_each(|case| self.excuse(*case, world.now() + QUARANTINE));
    }

    /// Something was done to a case without a word: it is seen when everything is read next.
    pub(super) fn changed_silently(&mut self, world: &World, case: u64) {
        let reconcile = world.settings().sync().reconcile_interval().0;
        self.excuse(case, world.now() + reconcile);
    }

    /// A notification was lost: what it told is seen when everything is read next.
    pub(super) fn lost(&mut self, world: &World, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if let Some(case) = text.split(' ').next().and_then(|number| number.parse().ok()) {
            self.changed_silently(world, case);
        }
    }

    /// Nothing is demanded of a case before this moment.
    pub(super) fn excuse(&mut self, case: u64, until: u64) {
        let latest = self.excused.entry(case).or_insert(0);
        *latest = until.max(*latest);
    }

    /// Compares the boards, where they may have changed or something is overdue.
    pub(super) fn look(
        &mut self,
        world: &World,
        expected: &Expected,
        faults: &FaultSchedule,
        setup: &Setup,
    ) -> Result<(), String> {
        let now = world.now();
        for failure in &world.argus.options().permanent_failures {
            if let Ok(case) = failure.id.parse() {
                self.excuse(case, now + QUARANTINE);
            }
        }
        self.see_what_is_wrong(world, faults, setup);
        if now < self.unfair_until || !is_fair(world) || !self.faulty.is_empty() {
            self.disturbed();
            self.read.clear();
            return Ok(());
        }
        if !self.is_stale && self.next.is_none_or(|next| now <= next) {
            return Ok(());
        }
        self.compare(world, expected, setup)
    }

    fn compare(&mut self, world: &World, expected: &Expected, setup: &Setup) -> Result<(), String> {
        let now = world.now();
        self.is_stale = false;
        let mut before = std::mem::take(&mut self.debts);
        let found = model::differences(world, expected);
        let count = found.len() as u64;
        self.next = None;
        let has_feed = now > self.without_feed_until;
        for Difference { case, what } in found {
            let Some(bound) = bound_of(world, expected, setup, case, &what, (count, has_feed)) else {
                continue;
            };
            let looks = if has_feed { 1 } else { FIFTH } * u64::from(setup.refresh) * 1000;
            let unheard = if self.was_made_early(world, expected, case) { looks } else { 0 };
            let bound = bound + self.first_reading(world, expected, case) + unheard;
            let (since, at_first) = before.remove(&what).unwrap_or((now, 0));
            let bound = bound.max(at_first);
            let begun = since.max(self.excused.get(&case).copied().unwrap_or(0));
            if now > begun + bound {
                return Err(format!("invariant 11: not within {bound} ms: {what}"));
            }
            self.next = Some(self.next.map_or(begun + bound, |next| next.min(begun + bound)));
            self.debts.insert(what, (since, bound));
        }
        Ok(())
    }

    /// Returns for how long an incident of which nothing is known, or that has ended while its case is open, has its events read
    /// before anything is told, milliseconds (behaviour B13).
    fn first_reading(&self, world: &World, expected: &Expected, case: u64) -> u64 {
        let is_read = self.read.contains(&case) && !is_ended(world, expected, case);
        if is_read { 0 } else { 2 * expected.quirks.reading_time(case) }
    }

    /// Tells whether a case has an incident that was made so early that an earlier run may have asked for it (behaviour B13): of
    /// one that was not there when the incidents were listed it is heard when Argus is looked at next.
    fn was_made_early(&self, world: &World, expected: &Expected, case: u64) -> bool {
        let seconds = |millis: u64| i64::try_from(millis / 1000).unwrap_or(i64::MAX);
        let since = world.wall() - seconds(world.machine_clock() - self.begun(world)) - 1;
        let until = since + seconds(super::order::earlier_run(world)) + 2;
        let made = |incident: &Incident| incident.events.first().map(|event| event.received / 1_000_000);
        incidents_of(world, expected, case).filter_map(made).any(|made| (since..=until).contains(&made))
    }

    /// Notes until when nothing can be demanded, for what is wrong now.
    fn see_what_is_wrong(&mut self, world: &World, faults: &FaultSchedule, setup: &Setup) {
        let now = world.now();
        self.begun = Some((world.daemon_run(), self.begun(world)));
        if self.hears_of_earlier_run(world, PROMPT) {
            self.unfair_until = self.unfair_until.max(now + 1);
        }
        if std::mem::replace(&mut self.was_frozen, world.is_frozen()) || world.is_frozen() {
            // What came meanwhile is read late, and what was asked before is overdue then. Its clock stands still.
            self.unfair_until = self.unfair_until.max(now + DOUBT);
            let read_again = now + u64::from(setup.reconcile) * 1000;
            self.excused.values_mut().for_each(|until| *until = read_again.max(*until));
        }
        let is_wrong = world.conditions.latency != setup.latency
            || world.has_fault(LastingFault::ArgusDown)
            || world.has_fault(LastingFault::ArgusSlow)
            || world.argus.options().outage.is_some()
            || faults.awaits(Recovery::Token)
            || self.is_locked_out
            || !world.daemon.inspect().is_argus_reachable();
        if is_wrong {
            self.unfair_until = self.unfair_until.max(now + DOUBT);
            self.without_feed_until = now + WITHOUT_FEED;
        }
    }
}

/// Tells whether everything can be told at this moment, as far as Zino and the daemon go.
fn is_fair(world: &World) -> bool {
    let status = world.daemon.inspect();
    let is_wrong = |fault| world.has_fault(fault);
    !world.is_dead()
        && !world.is_frozen()
        && status.mode() == Mode::Active
        && !status.is_handing_over()
        && status.is_zino_ready()
        && status.held_back() == 0
        && world.has_whole_session()
        && ![LastingFault::ZinoDown, LastingFault::ZinoSilent, LastingFault::ZinoStuck]
            .into_iter()
            .any(is_wrong)
}

/// Returns the incidents of a case.
fn incidents_of<'a>(
    world: &'a World,
    expected: &'a Expected,
    case: u64,
) -> impl Iterator<Item = &'a Incident> {
    let is_its =
        move |incident: &&Incident| expected.case_of(incident).is_some_and(|(number, _)| number == case);
    world.incidents().filter(is_its)
}

/// Tells whether a case has incidents, and none of them is open.
fn is_ended(world: &World, expected: &Expected, case: u64) -> bool {
    let mut incidents = incidents_of(world, expected, case).peekable();
    incidents.peek().is_some() && incidents.all(|incident| incident.end_time != EndTime::Infinity)
}

/// Returns how soon a difference is to be gone, milliseconds; nothing for what is none that passes.
fn bound_of(
    world: &World,
    expected: &Expected,
    setup: &Setup,
    case: u64,
    what: &str,
    (count, has_feed): (u64, bool),
) -> Option<u64> {
    if ["ended more than once", "one too many"].iter().any(|words| what.contains(words)) {
        return None;
    }
    let (refresh, reconcile) = (u64::from(setup.refresh) * 1000, u64::from(setup.reconcile) * 1000);
    let round_trip = 2 * (setup.latency + setup.jitter);
    let incidents = world.argus.incidents().count() as u64;
    let pages = if setup.page_limit > 0 { incidents } else { 1 };
    // One after the other, in the worst case.
    let failing = (expected.failing.len() + expected.quirks.cases().count()) as u64;
    let failing = (FAILING * failing).div_ceil(u64::from(setup.concurrency));
    // Where there is no room beside what takes long, everything waits for it.
    let stories = expected.quirks.long_stories(world) as u64;
    let is_full = u64::from(setup.concurrency) <= stories;
    let longest = if is_full { READINGS * stories * expected.quirks.longest_reading() } else { 0 };
    // After a reply that nobody has asked for, cases are read one at a time (behaviour B14), each with two commands.
    let one_by_one = if expected.falters { 2 * world.zino.cases().count() as u64 } else { 0 };
    let work = PROMPT + longest + round_trip * (ROUND_TRIPS + FOR_EACH * count + failing + one_by_one);
    let options = world.argus.options();
    let has_feed = has_feed && options.knows_feed && round_trip < 1000;
    let looks = if has_feed { 1 } else { FIFTH };
    let from_argus = looks * refresh + work + round_trip * 4 * pages;
    let incidents = || incidents_of(world, expected, case);
    let is_reopened =
        || incidents().any(|incident| incident.events.iter().any(|event| event.event_type == "REO"));
    if !has_feed && what.contains("ack") && incidents().any(|incident| incident.acks.len() > 1) {
        // Counts show the first one.
        return None;
    }
    // A case that could not be read is tried again at its time (behaviour B14).
    let falters = world.zino.falters_of(glue_proto::model::CaseId(case)) > 1;
    let unreadable = if falters || expected.unreadable.contains(&case) { QUARANTINE } else { 0 };
    let reading = READINGS * expected.quirks.reading_time(case);
    let by_people = ["is not noted", "is acknowledged", "incident is open: false"];
    Some(
        unreadable
            + if is_reopened() {
                // After a start nothing is known of an incident that has ended.
                FIFTH * reconcile + GONE + from_argus + reading
            } else if what.contains(": tags are ") || what.contains(": level is ") {
                // What is already told is updated behind everything else. That an update of a run that was killed has come after
                // that of this one is seen when everything is listed.
                let listed = FIFTH * reconcile + GONE + from_argus;
                if world.daemon_run() > 1 { listed } else { reconcile + work }
            } else if expected.deleted.contains(&case)
                || !has_feed && what.contains("incident is open: false")
            {
                // Where one ends as another one is opened, counts stay as they are.
                FIFTH * reconcile + GONE + from_argus + reading
            } else if what.contains("is gone") {
                // A row that a listing has lost is missed when Argus is looked at next.
                reconcile + GONE + work + if expected.lost_rows { from_argus } else { 0 }
            } else if by_people.iter().any(|words| what.contains(words))
                || expected.lost_rows && what.contains("incident is open: true")
                || is_ended(world, expected, case)
            {
                // An incident that has ended while its case is open is told to Zino before anything is added to it.
                from_argus + reading
            } else {
                work
            },
    )
}
