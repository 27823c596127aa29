//! One run of a scenario.

use super::check::{self, Checks};
use super::events::Event;
use super::expected::Expected;
use super::long_history;
use super::model;
use super::plan::{Plan, PlanStep, Setup};
use super::python_glue;
use super::self_incidents;
use glue_proto::{AckState, FailoverSettings, Ignored, Millis, Mode, NeverDown, OnStandby, Settings};
use glue_sim::argus::{EndTime, Incident, Restart};
use glue_sim::faults::{FaultKind, FaultSchedule, Recovery};
use glue_sim::people::People;
use glue_sim::world::{LastingFault, NetworkConditions, RecordedRun, World};
use glue_sim::zino::ZinoCase;

/// The most pauses of any kind that a retry can be away from its next try, seconds: the quarantine of B14.
pub(super) const BACKOFF_CAP: u64 = 15 * 60;
/// How long both sides must then stay as they are, milliseconds, and two reconciliations more.
pub(super) const QUIET: u64 = 30_000;
/// How often the boards are compared while they are to come to agree, milliseconds.
pub(super) const LOOK: u64 = 10_000;
/// How long a supervisor waits before it starts a daemon that has ended, milliseconds.
const SUPERVISOR: u64 = 15_000;
/// How far apart heartbeats are at the most (behaviour B53), milliseconds: three quarters of a minute, and what it takes
/// to send one.
const HEARTBEAT: u64 = 50_000;
/// By how many seconds Zino's clock is ahead, or behind, in a scenario in which it is wrong.
const ZINO_SKEW: i64 = 300;
/// More steps than these at one moment are without end.
pub(super) const MOST_STEPS_AT_ONCE: u32 = 5000;
/// In how many pieces an entry of a long history, and of a log like it, may come.
const PIECES: u32 = 50;

/// A run.
#[derive(Debug)]
pub(super) struct Sim {
    pub(super) world: World,
    pub(super) plan: Plan,
    pub(super) expected: Expected,
    pub(super) people: People,
    /// How many users have got other names, on either side.
    pub(super) renamed: u32,
    pub(super) faults: FaultSchedule,
    pub(super) checks: Checks,
    /// A promise that was not kept, found where nothing can be returned.
    pub(super) broken: Option<String>,
    /// What happened, a line each, with the time.
    pub(super) story: Vec<String>,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Tells two runs apart.
    pub digest: u64,
    /// How much time passed in the world, milliseconds.
    pub millis: u64,
    /// After how much time both sides agreed once all was well, milliseconds.
    pub settled: u64,
    /// How many incidents the machine has made about itself.
    pub self_incidents: usize,
    /// Why the run failed, if it did.
    pub failure: Option<String>,
    /// What happened, a line each.
    pub story: Vec<String>,
    /// Inputs and actions, a line each, if asked for.
    pub log: Vec<String>,
}

/// Runs a scenario. `logs` tells whether inputs and actions are wanted as text.
#[must_use]
pub fn run(plan: &Plan, logs: bool) -> Outcome {
    let mut sim = Sim::new(plan.clone(), logs);
    sim.checks.strict = true;
    let result = sim.live().and_then(|()| sim.converge());
    let (settled, failure) = match result {
        Ok(settled) => (settled, None),
        Err(failure) => (0, Some(failure)),
    };
    Outcome {
        digest: sim.world.digest(),
        millis: sim.world.now(),
        settled,
        self_incidents: self_incidents::count(&sim.world),
        failure,
        story: sim.story,
        log: sim.world.log().to_vec(),
    }
}

/// Lives through a scenario, and returns every machine in it with all that it heard and did.
#[must_use]
pub fn record(plan: &Plan) -> Vec<RecordedRun> {
    let mut sim = Sim::new(plan.clone(), false);
    sim.world.record();
    sim.world.restart_daemon();
    // What is promised about such a scenario is looked at elsewhere.
    let _ = sim.live();
    sim.world.recorded().to_vec()
}

impl Sim {
    pub(super) fn new(plan: Plan, logs: bool) -> Self {
        let setup = &plan.setup;
        let mut world = World::new(settings(setup));
        world.watch();
        if logs {
            world.start_log();
        }
        world.set_chance(setup.chance);
        world.conditions =
            NetworkConditions { latency: setup.latency, jitter: setup.jitter, fragments: setup.fragments };
        world.skew = i64::from(setup.skew);
        world.zino_skew = match setup.chance % 14 {
            3 => ZINO_SKEW,
            10 => -ZINO_SKEW,
            _ => 0,
        };
        let mut expected = python_glue::leave(&mut world, setup);
        long_history::leave(&mut world, setup, &mut expected);
        expected.failing = setup.failing_cases();
        expected.lost_rows = setup.page_limit > 0;
        let restart = [Restart::Reopens, Restart::Recorded, Restart::Refused];
        world.argus.edit_options(|options| {
            options.knows_count = setup.knows_count;
            options.knows_heartbeat = setup.knows_heartbeat;
            options.knows_feed = !setup.chance.is_multiple_of(5);
            options.restart = restart[usize::from(setup.restart % 3)];
            options.page_limit = (setup.page_limit > 0).then_some(setup.page_limit.into());
            options.permanent_failures = setup.permanent_failures();
        });
        setup.quirks.begin(&mut world, &mut expected);
        if setup.failover.is_some() && setup.chance.is_multiple_of(2) {
            world.set_fault(LastingFault::PrimarySilent, true);
        }
        world.restart_daemon();
        let people = People::new().repeating_words(setup.same_words).with_odd_words(setup.odd_words);
        let faults = FaultSchedule::new().with_permanent_failures(setup.permanent_failures());
        let story = match setup.long_history {
            Some(length) => vec![format!("{:>9} one case has a history of {length} entries", 0)],
            None => Vec::new(),
        };
        Self {
            world,
            plan,
            expected,
            people,
            renamed: 0,
            faults,
            checks: Checks::default(),
            broken: None,
            story,
        }
    }

    pub(super) fn tell(&mut self, what: &str) {
        self.story.push(format!("{:>9} {what}", self.world.now()));
    }

    /// Lets everything happen.
    fn live(&mut self) -> Result<(), String> {
        for step in self.plan.steps.clone() {
            let told = match step.event {
                Event::Zino { action, who, how } => self.do_in_zino(action, who, how),
                Event::Argus { action, who, how } => self.do_in_argus(action, who, how),
                Event::Fault { fault, how, seconds } => Some(self.begin_fault(fault, how, seconds)),
                Event::Administration { what, how } => Some(self.administer(what, how)),
            };
            if let Some(told) = told {
                self.tell(&told);
            }
            self.expected.look(&self.world);
            self.pass(step.pause)?;
        }
        self.pass(self.plan.rest)
    }

    /// Lets time pass, with all checks.
    pub(super) fn pass(&mut self, millis: u64) -> Result<(), String> {
        self.checks.promptness().changed();
        let end = self.world.now() + millis;
        loop {
            let next = self.faults.next().filter(|at| *at <= end);
            let (mut since, mut steps) = (self.world.now(), 0);
            while self.step(next.unwrap_or(end))? {
                steps = if self.world.now() == since { steps + 1 } else { 0 };
                since = self.world.now();
                let pieces = PIECES * u32::from(self.plan.setup.long_history.unwrap_or(0));
                if steps > MOST_STEPS_AT_ONCE + pieces {
                    return Err(format!("time stands still: {:?}", self.world.daemon.next_wakeup()));
                }
            }
            if next.is_none() {
                break;
            }
            self.end_due();
        }
        self.look()
    }

    /// Lets the next thing happen, if it happens before `end`, with all checks.
    pub(super) fn step(&mut self, end: u64) -> Result<bool, String> {
        let stepped = self.world.step_before(end);
        if stepped {
            self.checks.check(&mut self.world, &mut self.expected)?;
            let Self { checks, world, expected, faults, plan, .. } = self;
            checks.look_for_delays(world, expected, faults, &plan.setup)?;
            self.supervise();
        }
        Ok(stepped)
    }

    /// Checks what need not be checked after every step.
    pub(super) fn look(&mut self) -> Result<(), String> {
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        self.expected.look(&self.world);
        self_incidents::none_twice(&self.world)?;
        check::one_note_for_each_action(&self.world, &self.expected)
    }

    fn supervise(&mut self) {
        if self.world.is_dead() && !self.faults.awaits(Recovery::Restart) {
            self.tell("the daemon has ended");
            self.faults.end_at(self.world.now() + SUPERVISOR, Recovery::Restart);
        }
    }

    /// All is well from now on: both sides must come to agree, and then keep quiet. Returns how long it took,
    /// milliseconds.
    fn converge(&mut self) -> Result<u64, String> {
        self.heal();
        self.tell("all is well");
        let begun = self.world.now();
        let reconcile = u64::from(self.plan.setup.reconcile);
        let watch = self
            .plan
            .setup
            .failover
            .map_or(0, |threshold| u64::from(threshold) * u64::from(self.plan.setup.ping));
        let (bound, quiet) = ((2 * reconcile + BACKOFF_CAP + watch) * 1000, 2 * reconcile * 1000 + QUIET);
        // What people did in Argus meanwhile may show only at the next refresh.
        let settled = quiet.max(u64::from(self.plan.setup.refresh) * 1000 + QUIET);
        let stays = self.plan.setup.failover.is_some() && self.plan.setup.primary_stays;
        let (mut left, mut agreed, mut reached);
        (agreed, reached) = (begun, begun);
        loop {
            self.pass(LOOK)?;
            let now = self.world.now();
            left = if stays { Vec::new() } else { model::disagreements(&self.world, &self.expected) };
            if !left.is_empty() {
                agreed = now;
            }
            let status = self.world.daemon.inspect();
            let mode = if stays { Mode::Standby } else { Mode::Active };
            let is_there = status.mode() == mode && !self.world.daemon.inspect().is_handing_over();
            if !status.is_zino_ready() || !status.is_argus_reachable() || self.world.is_dead() || !is_there {
                reached = now;
            }
            let is_late = now > begun + bound + if left.is_empty() { settled } else { 0 };
            if is_late || (left.is_empty() && now > reached.max(agreed) + settled) {
                break;
            }
        }
        if !left.is_empty() {
            return Err(format!("invariant 7: no agreement\n  {}", left.join("\n  ")));
        }
        // What is found out late about a case that cannot be read is still told.
        let broken = |case: &ZinoCase| case.history().iter().any(|entry| entry.message.is_empty());
        self.checks.quiet = !self.world.zino.cases().any(broken);
        let beats = self.checks.heartbeats();
        self.pass(quiet)?;
        self.demand_order(beats, quiet)?;
        let left = if stays { Vec::new() } else { model::disagreements(&self.world, &self.expected) };
        if !left.is_empty() {
            return Err(format!("invariant 7: no lasting agreement\n  {}", left.join("\n  ")));
        }
        self.checks.quiet = false;
        if !stays {
            self_incidents::none_left(&self.world)?;
            self.quiet_period()?;
        }
        Ok(agreed - begun)
    }

    /// Checks what must hold of the machine once all has been quiet.
    fn demand_order(&self, beats: u64, quiet: u64) -> Result<(), String> {
        let beats = self.checks.heartbeats() - beats;
        if self.plan.setup.knows_heartbeat && beats < quiet / HEARTBEAT {
            return Err(format!("B53: {beats} heartbeats in {quiet} ms"));
        }
        let is_open = |incident: &&Incident| incident.end_time == EndTime::Infinity;
        let most = self.world.zino.cases().count() + self.world.argus.incidents().filter(is_open).count();
        // With what Argus never takes there is always something left to do. And that a case is gone which could not be read is
        // found out when it is tried again.
        let most = most + self.expected.failing.len() + self.expected.unreadable.len();
        let most = most + self.expected.quirks.cases().count();
        let cases = self.world.daemon.inspect().cases();
        // In STANDBY nothing is known of what becomes of the incidents; and that a closed case is gone is only asked for once a
        // session where no notification told of it.
        let lost =
            |step: &PlanStep| matches!(step.event, Event::Fault { fault: FaultKind::Notification, .. });
        let told = !self.expected.went_back && !self.plan.steps.iter().any(lost);
        if cases > most && told && self.world.daemon.inspect().mode() == Mode::Active {
            return Err(format!("invariant 9: {cases} cases are kept, there are {most} at the most"));
        }
        Ok(())
    }
}

fn settings(setup: &Setup) -> Settings {
    let states = [None, Some(AckState::Working), Some(AckState::Waiting)];
    let failover = setup.failover.map(|threshold| {
        FailoverSettings::builder()
            .ping_interval(Millis::from_secs(setup.ping.into()))
            .threshold(threshold.into())
            .asks_health(setup.asks_health)
            .on_standby(if setup.close_on_standby { OnStandby::Close } else { OnStandby::Keep })
    });
    let settings = Settings::example()
        .to_builder()
        .concurrency(setup.concurrency.into())
        .acknowledge(states[usize::from(setup.acknowledge % 3)])
        .ticket(setup.ticket)
        .update(setup.update)
        .ignored(if setup.sync_ignored { Ignored::Sync } else { Ignored::Skip })
        .never_down(if setup.sync_ignored { NeverDown::Sync } else { NeverDown::Skip })
        .refresh_interval(Millis::from_secs(setup.refresh.into()))
        .reconcile_interval(Millis::from_secs(setup.reconcile.into()))
        .failover(failover)
        .self_incidents(setup.self_incidents)
        .accept_state_loss(setup.accept_state_loss);
    let settings = if setup.bands { settings.default_level(4).bands([(200, 2), (500, 1)]) } else { settings };
    settings.build().expect("a setup draws each value from its range")
}
