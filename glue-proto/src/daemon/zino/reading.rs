//! Which cases are to be read from Zino, and what of them is there already.

use super::event::Event;
use super::put_aside::PutAside;
use crate::daemon::concurrency::{Kind, Limit};
use crate::daemon::exchange::MOST_CASES;
use crate::face::{Millis, Mono};
use crate::model::{Attributes, Case, CaseId, CaseType, Condition, Entry};
use crate::wire::zino::{Command, WentDown};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The most cases of the bulk that are read at once. Each takes at least one place of the channel's window.
const MOST_AT_ONCE: usize = 64;

/// The reading list.
#[derive(Clone, Debug, Hash)]
pub(in crate::daemon) struct Reading {
    urgent: VecDeque<CaseId>,
    bulk: VecDeque<CaseId>,
    queued: BTreeMap<CaseId, Turn>,
    under_way: BTreeMap<CaseId, CaseReading>,
    commands: VecDeque<Command>,
    proofs: BTreeMap<CaseId, Proof>,
    put_aside: BTreeMap<CaseId, PutAside>,
    full: Option<FullRead>,
    full_wanted: bool,
    /// Once the read of everything that is under way has ended.
    another_wanted: bool,
    /// How many cases of the bulk are read at once: as many as the server answers without a queue, for behind the queue an
    /// urgent case would wait.
    pace: Limit,
    /// How many are being read.
    paced: usize,
}

/// Whether a case waits for its turn before or behind the bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Turn {
    Urgent,
    Bulk,
}

/// The parts of one reading.
#[derive(Clone, Debug, Default, Hash)]
struct CaseReading {
    /// When it was begun, if it is one of the bulk.
    paced_since: Option<Mono>,
    attributes: Option<Attributes>,
    history: Option<Vec<Entry>>,
    went_down: WentDown,
    log_asked: bool,
    awaited: u8,
    missing: bool,
    unreadable: Option<String>,
    /// The case was marked again meanwhile.
    again: bool,
    /// A write of ours has outdated what was read so far.
    outdated: bool,
}

/// What has been proved of a case. Its log only grows, so a proof stands as long as the case is the same one.
#[derive(Clone, Copy, Debug, Hash)]
struct Proof {
    opened: i64,
    went_down: bool,
}

/// A read of everything: whether the list is there, and what is still to come.
#[derive(Clone, Debug, Default, Hash)]
struct FullRead {
    pending: BTreeSet<CaseId>,
    has_list: bool,
}

impl Reading {
    pub(super) fn new() -> Self {
        Self {
            urgent: VecDeque::new(),
            bulk: VecDeque::new(),
            queued: BTreeMap::new(),
            under_way: BTreeMap::new(),
            commands: VecDeque::new(),
            proofs: BTreeMap::new(),
            put_aside: BTreeMap::new(),
            full: None,
            full_wanted: false,
            another_wanted: false,
            // What waits at the server is waited for by an urgent case too: no longer than can be helped.
            pace: Limit::new(MOST_AT_ONCE).with_slack(Millis(1)),
            paced: 0,
        }
    }

    /// Marks a case that something happened to. It comes before everything that is read in bulk. Tells whether it will be
    /// read now: one that ends sessions is tried early once, and then only when its pause is over.
    pub(super) fn mark(&mut self, id: CaseId) -> bool {
        let is_waiting = self.under_way.contains_key(&id) || self.queued.contains_key(&id);
        if !is_waiting && self.queued.len() >= MOST_CASES {
            return false;
        }
        if !is_waiting && self.put_aside.get_mut(&id).is_some_and(PutAside::must_wait) {
            return false;
        }
        if let Some(reading) = self.under_way.get_mut(&id) {
            reading.again = true;
        } else if self.queued.insert(id, Turn::Urgent) != Some(Turn::Urgent) {
            self.urgent.push_back(id);
        }
        true
    }

    /// Marks a case that we are about to write to: what is read of it from now on, and what was read before, must not
    /// be mixed.
    pub(super) fn outdate(&mut self, id: CaseId) {
        if let Some(reading) = self.under_way.get_mut(&id) {
            reading.outdated = true;
            reading.again = true;
        }
    }

    /// Tells whether a case is being read.
    pub(in crate::daemon) fn is_reading(&self, id: CaseId) -> bool {
        self.under_way.contains_key(&id)
    }

    /// Tells whether nothing is to be read, but for what was put aside.
    pub(in crate::daemon) fn is_idle(&self) -> bool {
        let Self { queued, under_way, commands, full, full_wanted, .. } = self;
        queued.is_empty() && under_way.is_empty() && commands.is_empty() && full.is_none() && !full_wanted
    }

    /// Asks for a read of everything. One that is under way already serves as well; where there are cases to ask for since,
    /// as `of_new` tells, only if its numbers are still to come: otherwise another one follows it.
    pub(super) fn want_full(&mut self, of_new: bool) {
        match &self.full {
            None => self.full_wanted = true,
            Some(full) => self.another_wanted |= of_new && full.has_list,
        }
    }

    /// Tells whether `caseids` is to be asked for.
    pub(super) const fn is_full_wanted(&self) -> bool {
        self.full_wanted
    }

    /// Begins a read of everything: `caseids` has been asked for.
    pub(super) fn begin_full(&mut self) {
        (self.full_wanted, self.another_wanted) = (false, false);
        self.full = Some(FullRead::default());
    }

    /// Takes in the answer to `caseids`; `others` are known cases that are to be asked for by number if they are not
    /// listed.
    pub(super) fn listed(&mut self, ids: Vec<CaseId>, others: impl IntoIterator<Item = CaseId>) {
        let Some(full) = &mut self.full else { return };
        full.has_list = true;
        full.pending = ids.into_iter().chain(others).collect();
        full.pending.retain(|id| !self.put_aside.contains_key(id));
        for id in full.pending.clone() {
            if !self.under_way.contains_key(&id) && !self.queued.contains_key(&id) {
                self.queued.insert(id, Turn::Bulk);
                self.bulk.push_back(id);
            }
        }
    }

    /// Gives up the read of everything: its list was cut short.
    pub(super) fn abandon_full(&mut self) {
        self.full = None;
    }

    /// Ends a read of everything once each of its cases was read; tells whether that is now.
    pub(super) fn finish_full(&mut self) -> bool {
        let is_finished = self.full.take_if(|full| full.has_list && full.pending.is_empty()).is_some();
        self.full_wanted |= is_finished && core::mem::take(&mut self.another_wanted);
        is_finished
    }

    /// Forgets whatever waits for an answer: the session is gone.
    pub(super) fn end_session(&mut self) {
        for (id, put_aside) in &mut self.put_aside {
            // A try that was cut off has shown nothing.
            if self.under_way.contains_key(id) || self.queued.contains_key(id) {
                put_aside.try_at_once();
            }
        }
        self.urgent.clear();
        self.bulk.clear();
        self.queued.clear();
        self.under_way.clear();
        self.paced = 0;
        self.commands.clear();
        self.full = None;
        (self.full_wanted, self.another_wanted) = (false, false);
    }

    /// Forgets what is known of a case that is no longer there.
    pub(super) fn forget(&mut self, id: CaseId) {
        self.proofs.remove(&id);
        self.put_aside.remove(&id);
    }

    /// Returns the next command to send. It stays the next one until [`Self::take_command`] takes it.
    pub(super) fn next_command(&mut self, now: Mono) -> Option<&Command> {
        if self.commands.is_empty() {
            let (id, turn) = self.next_turn()?;
            self.queued.remove(&id);
            let mut reading = CaseReading::default();
            self.commands.push_back(Command::Attributes(id));
            self.commands.push_back(Command::History(id));
            // A case that we hear of for the first time is probably new: its log is asked for at once, to spare a
            // round trip; in bulk it is asked for where the attributes call for it.
            if turn == Turn::Urgent && !self.proofs.contains_key(&id) {
                self.commands.push_back(Command::Log(id));
                reading.log_asked = true;
            }
            reading.awaited = u8::try_from(self.commands.len()).unwrap_or(u8::MAX);
            if turn == Turn::Bulk {
                reading.paced_since = Some(now);
                self.paced += 1;
                self.pace.began(self.paced);
            }
            self.under_way.insert(id, reading);
        }
        self.commands.front()
    }

    /// Takes the command that [`Self::next_command`] returned.
    pub(super) fn take_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    fn next_turn(&mut self) -> Option<(CaseId, Turn)> {
        if let Some(id) = self.urgent.pop_front() {
            return Some((id, Turn::Urgent));
        }
        // An urgent case that is being read asks again and again, and would wait behind the bulk each time.
        let room = if self.under_way.len() > self.paced { 1 } else { self.pace.get() };
        while self.paced < room {
            let id = self.bulk.pop_front()?;
            // What was brought forward meanwhile has been read, or is being read.
            if self.queued.get(&id) == Some(&Turn::Bulk) {
                return Some((id, Turn::Bulk));
            }
        }
        None
    }

    /// Takes in the attributes of a case.
    pub(super) fn attributes(&mut self, id: CaseId, attributes: Attributes, now: Mono) -> Option<Event> {
        let is_proved = self.is_proved(id, &attributes);
        let reading = self.under_way.get_mut(&id)?;
        let log_matters =
            attributes.case_type == CaseType::PortState || attributes.condition == Condition::Up;
        if log_matters && !is_proved && !reading.log_asked {
            reading.awaited += 1;
            self.commands.push_back(Command::Log(id));
        }
        reading.attributes = Some(attributes);
        self.answered(id, now)
    }

    /// Takes in the history of a case.
    pub(super) fn history(&mut self, id: CaseId, history: Vec<Entry>, now: Mono) -> Option<Event> {
        self.under_way.get_mut(&id)?.history = Some(history);
        self.answered(id, now)
    }

    /// Takes in what the log of a case proves.
    pub(super) fn log(&mut self, id: CaseId, went_down: WentDown, now: Mono) -> Option<Event> {
        self.under_way.get_mut(&id)?.went_down = went_down;
        self.answered(id, now)
    }

    /// Tells whether what a case is about is known to have been down, before its log is read.
    fn is_proved(&self, id: CaseId, attributes: &Attributes) -> bool {
        let known = self.proofs.get(&id).filter(|known| known.opened == attributes.opened);
        attributes.condition == Condition::Down || known.is_some_and(|known| known.went_down)
    }

    /// Takes in that there is no such case.
    pub(super) fn missing(&mut self, id: CaseId, now: Mono) -> Option<Event> {
        self.under_way.get_mut(&id)?.missing = true;
        self.answered(id, now)
    }

    /// Takes in that a reply about a case could not be read.
    pub(super) fn unreadable(&mut self, id: CaseId, reason: &str, now: Mono) -> Option<Event> {
        self.under_way.get_mut(&id)?.unreadable = Some(reason.to_string());
        self.answered(id, now)
    }

    fn answered(&mut self, id: CaseId, now: Mono) -> Option<Event> {
        let reading = self.under_way.get_mut(&id)?;
        reading.awaited = reading.awaited.saturating_sub(1);
        if reading.awaited > 0 {
            return None;
        }
        let reading = self.under_way.remove(&id)?;
        if let Some(since) = reading.paced_since {
            self.paced -= 1;
            self.pace.answered(Kind::Case, since, now);
        }
        if reading.again {
            self.mark(id);
        }
        if reading.outdated {
            return None;
        }
        let in_full = self.full.as_mut().is_some_and(|full| full.pending.remove(&id));
        if reading.missing {
            self.forget(id);
            return Some(Event::Missing { id, in_full });
        }
        Some(self.outcome(id, reading))
    }

    fn outcome(&mut self, id: CaseId, reading: CaseReading) -> Event {
        if let (None, Some(attributes), Some(history)) =
            (&reading.unreadable, reading.attributes, reading.history)
        {
            self.put_aside.remove(&id);
            let went_down =
                self.is_proved(id, &attributes) || reading.went_down.concerns(&attributes.case_type);
            self.proofs.insert(id, Proof { opened: attributes.opened, went_down });
            let case = Box::new(Case { attributes, history, went_down });
            return Event::Read { case, newest: !reading.again };
        }
        let reason = reading.unreadable.unwrap_or_else(|| "a reply is missing".to_string());
        Event::Unreadable { id, reason, first: !self.put_aside.contains_key(&id) }
    }

    /// Puts a case aside for a while (behaviour B14). It stays listed: it is not gone.
    pub(super) fn put_aside(&mut self, id: CaseId, breaks_sessions: bool, now: Mono) {
        if self.put_aside.len() >= MOST_CASES && !self.put_aside.contains_key(&id) {
            return;
        }
        self.put_aside.entry(id).or_default().fail(breaks_sessions, now);
    }

    /// Tells whether a case could not be read for a while.
    pub(in crate::daemon) fn is_lost(&self, id: CaseId, now: Mono) -> bool {
        self.put_aside.get(&id).is_some_and(|put_aside| put_aside.lasts(now))
    }

    /// Returns when the next case that was put aside is tried again.
    pub(super) fn next_retry(&self) -> Option<Mono> {
        self.put_aside.values().map(|put_aside| put_aside.until()).min()
    }

    /// A case is read again; one that was put aside is due at once.
    pub(super) fn retry(&mut self, id: CaseId) {
        if let Some(put_aside) = self.put_aside.get_mut(&id) {
            put_aside.try_at_once();
        } else {
            self.mark(id);
        }
    }

    /// Tries those again whose pause is over.
    pub(super) fn retry_due(&mut self, now: Mono) {
        let due = self.put_aside.iter().filter(|(_, put_aside)| put_aside.until() <= now);
        let due: Vec<CaseId> = due.map(|(id, _)| *id).collect();
        for id in due {
            if let Some(put_aside) = self.put_aside.get_mut(&id) {
                put_aside.is_due(now);
            }
            if !self.under_way.contains_key(&id) && !self.queued.contains_key(&id) {
                self.queued.insert(id, Turn::Bulk);
                self.bulk.push_back(id);
            }
        }
    }

    /// Tells whether a case is left out when everything is read, because it could not be read.
    pub(in crate::daemon) fn is_put_aside(&self, id: CaseId) -> bool {
        self.put_aside.contains_key(&id)
    }

    /// Returns how many cases are put aside.
    pub(in crate::daemon) fn len_put_aside(&self) -> usize {
        self.put_aside.len()
    }

    /// Returns the cases that are put aside.
    pub(in crate::daemon) fn all_put_aside(&self) -> impl Iterator<Item = CaseId> {
        self.put_aside.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::case as snapshot;
    use Command::{Attributes as Attrs, History, Log};

    const ONE: CaseId = CaseId(1);
    const TWO: CaseId = CaseId(2);
    const NOW: Mono = Mono(0);

    fn attributes(id: CaseId, kind: CaseType) -> Attributes {
        Attributes { case_type: kind, ..snapshot(id.0, 50).attributes }
    }

    /// Takes every command that there is.
    fn commands(reads: &mut Reading) -> Vec<Command> {
        core::iter::from_fn(|| {
            reads.next_command(NOW)?;
            reads.take_command()
        })
        .collect()
    }

    fn of_port(port: bool) -> WentDown {
        WentDown { port, ..WentDown::default() }
    }

    /// Reading a case as one of a type, whose log says something or is not asked for.
    fn read(reads: &mut Reading, id: CaseId, kind: CaseType, log: Option<bool>) -> (Vec<Command>, Event) {
        let mut asked = commands(reads);
        let early = reads.attributes(id, attributes(id, kind), NOW);
        asked.extend(commands(reads));
        assert_eq!(early, None, "the history is still missing");
        let mut outcome = reads.history(id, Vec::new(), NOW);
        if let Some(went_down) = log {
            assert_eq!(outcome, None, "the log is still missing");
            outcome = reads.log(id, of_port(went_down), NOW);
        }
        (asked, outcome.expect("nothing is missing"))
    }

    fn went_down(outcome: &Event) -> bool {
        let Event::Read { case, .. } = outcome else { panic!("{outcome:?}") };
        case.went_down
    }

    #[test]
    fn b28_another_read_of_everything_follows_one_whose_numbers_came_too_early() {
        for (of_new, follows) in [(false, false), (true, true)] {
            let mut reads = Reading::new();
            reads.want_full(of_new);
            reads.begin_full();
            reads.want_full(of_new);
            reads.listed(Vec::new(), []);
            assert!(!reads.is_full_wanted(), "the numbers were still to come");
            reads.want_full(of_new);
            assert!(!reads.is_full_wanted() && reads.finish_full());
            assert_eq!(reads.is_full_wanted(), follows);
        }
    }

    /// Lists cases, and reads none of them yet.
    fn list(reads: &mut Reading, ids: &[CaseId]) {
        reads.want_full(false);
        assert!(reads.is_full_wanted());
        reads.begin_full();
        reads.listed(ids.to_vec(), []);
    }

    #[test]
    fn b20_the_log_is_asked_for_at_once_where_it_may_matter_and_never_again_once_it_has_proved_something() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        let (asked, first) = read(&mut reads, ONE, CaseType::PortState, Some(false));
        assert_eq!(asked, [Attrs(ONE), History(ONE), Log(ONE)], "a case that is new to us");
        assert!(!went_down(&first));
        reads.mark(ONE);
        let (asked, second) = read(&mut reads, ONE, CaseType::PortState, Some(true));
        assert_eq!(asked, [Attrs(ONE), History(ONE), Log(ONE)], "it had proved nothing");
        assert!(went_down(&second));
        reads.mark(ONE);
        let (asked, third) = read(&mut reads, ONE, CaseType::PortState, None);
        assert_eq!(asked, [Attrs(ONE), History(ONE)]);
        assert!(went_down(&third), "a proof stands");
    }

    #[test]
    fn b20_the_log_of_a_case_of_another_type_is_not_asked_for_a_second_time() {
        let mut reads = Reading::new();
        list(&mut reads, &[ONE]);
        let (asked, _) = read(&mut reads, ONE, CaseType::Bgp, None);
        assert_eq!(asked, [Attrs(ONE), History(ONE)], "nor a first time when everything is read");
        reads.mark(ONE);
        let (asked, _) = read(&mut reads, ONE, CaseType::Bgp, None);
        assert_eq!(asked, [Attrs(ONE), History(ONE)], "it is known to be of no use");
    }

    #[test]
    fn b20_what_the_log_proved_is_forgotten_with_the_case_and_with_a_new_numbering() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        read(&mut reads, ONE, CaseType::PortState, Some(true));
        list(&mut reads, &[ONE]);
        commands(&mut reads);
        let other = Attributes { opened: 60, ..attributes(ONE, CaseType::PortState) };
        assert_eq!(reads.attributes(ONE, other, NOW), None);
        assert_eq!(commands(&mut reads), [Log(ONE)], "it is another case with that number");
        reads.history(ONE, Vec::new(), NOW);
        assert!(!went_down(&reads.log(ONE, of_port(false), NOW).expect("whole")));
        reads.mark(ONE);
        read(&mut reads, ONE, CaseType::PortState, Some(true));
        reads.forget(ONE);
        reads.mark(ONE);
        let (asked, again) = read(&mut reads, ONE, CaseType::PortState, Some(false));
        assert_eq!(asked, [Attrs(ONE), History(ONE), Log(ONE)]);
        assert!(!went_down(&again));
    }

    /// Reads a case about a router that is up, or down; returns what was asked for, and whether it is known to have been down.
    fn read_router(reads: &mut Reading, condition: Condition) -> (Vec<Command>, bool) {
        reads.mark(ONE);
        let mut asked = commands(reads);
        let router = Attributes { condition, ..attributes(ONE, CaseType::Reachability) };
        assert_eq!(reads.attributes(ONE, router, NOW), None);
        asked.extend(commands(reads));
        let mut outcome = reads.history(ONE, Vec::new(), NOW);
        if asked.contains(&Log(ONE)) {
            outcome = reads.log(ONE, WentDown::default(), NOW);
        }
        (asked, went_down(&outcome.expect("whole")))
    }

    #[test]
    fn b20_the_log_of_a_router_matters_while_it_is_up_and_is_not_known_to_have_been_down() {
        let mut reads = Reading::new();
        let with_log = [Attrs(ONE), History(ONE), Log(ONE)];
        let without = [Attrs(ONE), History(ONE)];
        assert_eq!(read_router(&mut reads, Condition::Unknown), (with_log.to_vec(), false), "new to us");
        assert_eq!(read_router(&mut reads, Condition::Unknown), (without.to_vec(), false));
        assert_eq!(read_router(&mut reads, Condition::Up), (with_log.to_vec(), false));
        assert_eq!(read_router(&mut reads, Condition::Down), (without.to_vec(), true));
        assert_eq!(read_router(&mut reads, Condition::Up), (without.to_vec(), true), "a proof stands");
    }

    #[test]
    fn b11_a_reading_of_everything_is_whole_when_its_list_and_each_of_its_cases_have_come() {
        let mut reads = Reading::new();
        assert!(!reads.finish_full());
        reads.want_full(false);
        reads.begin_full();
        assert!(!reads.finish_full(), "there is no list yet");
        reads.listed(Vec::from([ONE, TWO]), [ONE]);
        assert!(!reads.finish_full());
        assert_eq!(commands(&mut reads), [Attrs(ONE), History(ONE), Attrs(TWO), History(TWO)]);
        reads.want_full(false);
        assert!(!reads.is_full_wanted(), "the one that is under way serves as well");
        for id in [ONE, TWO] {
            reads.attributes(id, attributes(id, CaseType::Alarm), NOW);
            assert!(!reads.finish_full());
            assert!(reads.history(id, Vec::new(), NOW).is_some());
        }
        assert!(reads.finish_full());
        assert!(!reads.finish_full(), "once");
    }

    #[test]
    fn b28_a_list_that_was_cut_short_is_asked_for_again_when_everything_is_to_be_read() {
        let mut reads = Reading::new();
        reads.want_full(false);
        reads.begin_full();
        reads.abandon_full();
        assert!(!reads.finish_full());
        reads.want_full(false);
        assert!(reads.is_full_wanted());
    }

    #[test]
    fn b11_a_case_that_is_being_read_or_waits_for_its_turn_is_not_read_twice() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        reads.mark(ONE);
        reads.mark(TWO);
        assert_eq!(reads.next_command(NOW), Some(&Attrs(ONE)));
        list(&mut reads, &[ONE, TWO]);
        let asked = commands(&mut reads);
        let expected = [Attrs(ONE), History(ONE), Log(ONE), Attrs(TWO), History(TWO), Log(TWO)];
        assert_eq!(asked, expected);
        reads.mark(TWO);
        reads.history(TWO, Vec::new(), NOW);
        reads.log(TWO, of_port(false), NOW);
        let outcome = reads.attributes(TWO, attributes(TWO, CaseType::Alarm), NOW);
        assert!(matches!(outcome, Some(Event::Read { newest: false, .. })), "{outcome:?}");
        assert_eq!(commands(&mut reads), [Attrs(TWO), History(TWO)], "something happened to it meanwhile");
    }

    #[test]
    fn b13_what_was_read_of_a_case_before_we_wrote_to_it_is_dropped_and_read_again() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        commands(&mut reads);
        reads.log(ONE, of_port(false), NOW);
        reads.attributes(ONE, attributes(ONE, CaseType::Alarm), NOW);
        reads.outdate(ONE);
        assert_eq!(reads.history(ONE, Vec::new(), NOW), None);
        let (asked, outcome) = read(&mut reads, ONE, CaseType::Alarm, Some(false));
        assert_eq!(asked, [Attrs(ONE), History(ONE), Log(ONE)]);
        assert!(matches!(outcome, Event::Read { newest: true, .. }), "{outcome:?}");
        reads.outdate(TWO);
        assert_eq!(commands(&mut reads), [], "a case that is not being read has nothing to be dropped");
    }

    /// Lets a case be marked, and every reply about it be one that cannot be read.
    fn fail(reads: &mut Reading, id: CaseId) -> bool {
        let count = commands(reads).len();
        let outcome = (0..count).filter_map(|_| reads.unreadable(id, "odd", NOW)).last();
        let Some(Event::Unreadable { first, .. }) = outcome else { panic!("{outcome:?}") };
        first
    }

    #[test]
    fn b14_b27_a_case_that_cannot_be_read_is_tried_again_at_each_change_and_more_and_more_rarely_besides() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        assert!(fail(&mut reads, ONE));
        reads.put_aside(ONE, false, Mono(0));
        assert_eq!((reads.len_put_aside(), reads.next_retry()), (1, Some(Mono(5_000))));
        reads.mark(ONE);
        assert!(!fail(&mut reads, ONE), "that is nothing new");
        reads.put_aside(ONE, false, Mono(1_000));
        assert_eq!(reads.next_retry(), Some(Mono(5_000)), "changes that come together make no pause longer");
        assert!(!reads.is_lost(ONE, Mono(4_999)));
        reads.retry_due(Mono(4_999));
        assert_eq!(commands(&mut reads), []);
        reads.retry_due(Mono(5_000));
        assert!(!fail(&mut reads, ONE));
        reads.put_aside(ONE, false, Mono(5_001));
        assert!(reads.is_lost(ONE, Mono(5_001)));
        assert_eq!(reads.next_retry(), Some(Mono(15_001)));
        reads.retry_due(Mono(15_001));
        assert_eq!(reads.next_command(NOW), Some(&Attrs(ONE)));
        reads.retry_due(Mono(25_001));
        let (asked, _) = read(&mut reads, ONE, CaseType::Alarm, None);
        assert_eq!(asked, [Attrs(ONE), History(ONE)], "once, though it was due a second time meanwhile");
        assert_eq!((reads.len_put_aside(), reads.next_retry()), (0, None));
    }

    #[test]
    fn b14_a_case_that_waits_for_its_turn_is_not_queued_again_when_its_pause_is_over() {
        let mut reads = Reading::new();
        reads.put_aside(ONE, false, Mono(0));
        reads.retry_due(Mono(5_000));
        reads.retry_due(Mono(10_000));
        assert_eq!(commands(&mut reads), [Attrs(ONE), History(ONE)]);
    }

    #[test]
    fn b14_a_case_that_breaks_sessions_is_tried_early_once_and_then_when_its_pause_is_over() {
        let mut reads = Reading::new();
        reads.put_aside(ONE, true, Mono(0));
        assert_eq!(reads.next_retry(), Some(Mono(5_000)));
        list(&mut reads, &[ONE]);
        assert!(reads.finish_full(), "it is not waited for");
        assert!(reads.mark(ONE));
        assert!(reads.mark(ONE), "it waits for its turn already");
        assert_eq!(commands(&mut reads).len(), 3);
        reads.end_session();
        reads.put_aside(ONE, true, Mono(1_000));
        assert_eq!(reads.next_retry(), Some(Mono(11_000)));
        assert!(!reads.mark(ONE), "not at each change");
        assert_eq!(commands(&mut reads), []);
        reads.retry_due(Mono(11_000));
        assert_eq!(commands(&mut reads).len(), 2);
        reads.end_session();
        reads.put_aside(ONE, true, Mono(12_000));
        assert_eq!(reads.next_retry(), Some(Mono(32_000)));
        assert!(reads.mark(ONE), "once for each try that was due");
        let (_, outcome) = read(&mut reads, ONE, CaseType::Alarm, Some(false));
        assert!(matches!(outcome, Event::Read { .. }), "{outcome:?}");
        assert_eq!((reads.len_put_aside(), reads.next_retry()), (0, None), "a whole reading clears it");
    }

    #[test]
    fn b14_a_try_that_was_cut_off_by_something_else_is_made_up_for_in_the_next_session() {
        let mut reads = Reading::new();
        reads.put_aside(ONE, true, Mono(0));
        reads.put_aside(TWO, true, Mono(0));
        reads.mark(ONE);
        reads.end_session();
        reads.retry_due(Mono(1));
        assert_eq!(commands(&mut reads), [Attrs(ONE), History(ONE)]);
    }

    #[test]
    fn b14_a_case_of_which_only_the_log_cannot_be_read_is_unreadable_for_that_reason() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        commands(&mut reads);
        reads.attributes(ONE, attributes(ONE, CaseType::PortState), NOW);
        reads.history(ONE, Vec::new(), NOW);
        let outcome = reads.unreadable(ONE, "odd", NOW);
        assert_eq!(outcome, Some(Event::Unreadable { id: ONE, reason: "odd".into(), first: true }));
    }

    #[test]
    fn b14_b20_a_case_that_is_missing_is_neither_tried_again_nor_are_its_proofs_kept() {
        let mut reads = Reading::new();
        reads.mark(ONE);
        read(&mut reads, ONE, CaseType::PortState, Some(true));
        reads.put_aside(ONE, false, NOW);
        reads.mark(ONE);
        assert_eq!(commands(&mut reads), [Attrs(ONE), History(ONE)]);
        assert_eq!(reads.missing(ONE, NOW), None, "the other reply is still to come");
        assert_eq!(reads.missing(ONE, NOW), Some(Event::Missing { id: ONE, in_full: false }));
        assert_eq!((reads.len_put_aside(), reads.next_retry()), (0, None));
        reads.mark(ONE);
        let (asked, again) = read(&mut reads, ONE, CaseType::PortState, Some(false));
        assert_eq!(asked, [Attrs(ONE), History(ONE), Log(ONE)], "it is new to us");
        assert!(!went_down(&again));
    }

    #[test]
    fn b50_nothing_that_waited_in_a_session_is_asked_for_in_the_next_one() {
        let mut reads = Reading::new();
        list(&mut reads, &[TWO]);
        reads.mark(ONE);
        assert_eq!(reads.next_command(NOW), Some(&Attrs(ONE)), "its three commands have not been taken");
        reads.mark(CaseId(3));
        reads.end_session();
        assert!(reads.bulk.is_empty(), "sessions that end again and again leave nothing behind");
        assert_eq!(commands(&mut reads), []);
        reads.want_full(false);
        reads.end_session();
        assert!(!reads.is_full_wanted());
    }

    /// Answers for a case of the bulk, which is of a type whose log nobody wants.
    fn answer(reads: &mut Reading, id: CaseId, now: Mono) {
        reads.attributes(id, attributes(id, CaseType::Alarm), now);
        assert!(reads.history(id, Vec::new(), now).is_some());
    }

    #[test]
    fn b12_the_bulk_is_read_at_the_pace_of_the_server() {
        let ids: Vec<CaseId> = (1..=500).map(CaseId).collect();
        // One that answers at once, one that is far away, and one that takes 2 ms for each case.
        for (distance, service, few, many) in [(0, 0, 32, 64), (40, 0, 64, 64), (0, 2, 1, 4)] {
            let mut reads = Reading::new();
            list(&mut reads, &ids);
            let (mut now, mut busy_until, mut most) = (Mono(0), Mono(0), 0);
            let mut waiting = VecDeque::new();
            for _ in 0..ids.len() {
                while let Some(command) = reads.next_command(now).cloned() {
                    reads.take_command();
                    if let Attrs(id) = command {
                        busy_until = busy_until.max(now) + Millis(service);
                        waiting.push_back((busy_until + Millis(distance), id));
                    }
                }
                most = most.max(waiting.len());
                let (due, id) = waiting.pop_front().expect("there is always one under way");
                now = now.max(due);
                answer(&mut reads, id, now);
            }
            assert!(
                (few..=many).contains(&most),
                "{distance} ms away, {service} ms for each: {most} at once"
            );
            assert!(reads.under_way.is_empty() && reads.paced == 0);
        }
    }

    #[test]
    fn b12_while_an_urgent_case_is_read_there_is_room_for_one_of_the_bulk() {
        let mut reads = Reading::new();
        list(&mut reads, &[CaseId(3), CaseId(4), CaseId(5)]);
        reads.mark(ONE);
        assert_eq!(
            commands(&mut reads),
            [Attrs(ONE), History(ONE), Log(ONE), Attrs(CaseId(3)), History(CaseId(3))]
        );
        answer(&mut reads, CaseId(3), NOW);
        assert_eq!(commands(&mut reads), [Attrs(CaseId(4)), History(CaseId(4))]);
        reads.log(ONE, of_port(false), NOW);
        answer(&mut reads, ONE, NOW);
        assert_eq!(
            commands(&mut reads),
            [Attrs(CaseId(5)), History(CaseId(5))],
            "and nobody has to wait any more"
        );
    }
}
