//! A scenario, decoded from bytes.
//!
//! A header says what the machine's settings are and which things can happen; after it each record of [`RECORD`] bytes is
//! one thing that happens. So taking records out of the bytes takes things out of the scenario, which is what makes a
//! failure small, and any bytes at all are a scenario, which is what a fuzzer wants.

use super::administration::Administrators;
use super::events::{Event, KINDS};
use super::long_history;
use super::quirks::Quirks;
use arbitrary::{Result, Unstructured};
use glue_proto::Seed;
use glue_sim::argus::PermanentFailure;
use std::collections::BTreeSet;

/// The length of the header, in bytes.
pub const HEADER: usize = 128;
/// The byte of the header that says whether the scenario is over once everything has happened: 1, or else it lasts for a
/// day at the least.
const BRIEF: usize = HEADER - 1;
/// The length of one thing that happens, in bytes.
pub const RECORD: usize = 6;
/// The most things that happen in one scenario.
pub(super) const MOST_STEPS: usize = 400;

/// Pauses between two things, milliseconds: some too short for any answer, some longer than any patience.
const PAUSES: [u64; 16] =
    [0, 0, 1, 2, 5, 20, 100, 400, 1000, 2000, 5000, 10_000, 12_000, 31_000, 65_000, 130_000];
/// The intervals that a brief scenario may have, seconds.
const REFRESHES: [u16; 16] = [10, 5, 10, 30, 60, 60, 60, 120, 120, 120, 240, 240, 240, 600, 600, 600];
const RECONCILES: [u16; 16] = [60, 20, 60, 60, 120, 120, 120, 240, 240, 240, 600, 600, 600, 900, 900, 900];
/// Those of one that lasts for a day, where short ones are what takes time to run; the default ones are among them.
const REFRESHES_OF_A_DAY: [u16; 16] =
    [10, 30, 60, 120, 240, 240, 240, 240, 600, 600, 600, 600, 600, 600, 600, 600];
const RECONCILES_OF_A_DAY: [u16; 16] =
    [60, 120, 240, 240, 600, 600, 600, 600, 600, 600, 900, 900, 900, 900, 900, 900];
/// The intervals of the probes, seconds.
const PINGS: [u16; 8] = [5, 10, 30, 30, 60, 60, 60, 60];
const PINGS_OF_A_DAY: [u16; 8] = [5, 30, 60, 60, 120, 120, 120, 120];
/// What is left of the day is shared out among the things whose first byte is at least this, and the end.
const LULL: u8 = 232;
/// A day, milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// A scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What never changes in it.
    pub setup: Setup,
    /// What happens, in order.
    pub steps: Vec<PlanStep>,
    /// How long nothing happens after the last of it, milliseconds.
    pub rest: u64,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// What.
    pub event: Event,
    /// How long to wait afterwards, milliseconds.
    pub pause: u64,
}

/// What never changes in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Draws what the network does.
    pub chance: u64,
    /// `sync.acknowledge.setstate`: nothing, working, waiting.
    pub acknowledge: u8,
    /// `sync.ticket.enable`
    pub ticket: bool,
    /// Whether there are bands of priorities.
    pub bands: bool,
    /// Whether ignored cases get incidents.
    pub sync_ignored: bool,
    /// `sync.update.enable`
    pub update: bool,
    /// `argus.concurrency`
    pub concurrency: u8,
    /// `sync.refresh_interval`, seconds.
    pub refresh: u16,
    /// `sync.reconcile_interval`, seconds.
    pub reconcile: u16,
    /// Whether there is a primary to watch, and after how many probes to switch.
    pub failover: Option<u8>,
    /// Whether incidents are closed on the way to STANDBY.
    pub close_on_standby: bool,
    /// Whether the primary is there when all is well again.
    pub primary_stays: bool,
    /// Whether Argus can count.
    pub knows_count: bool,
    /// Whether Argus has a heartbeat.
    pub knows_heartbeat: bool,
    /// What Argus does with `RES`: reopens, records, refuses.
    pub restart: u8,
    /// Milliseconds.
    pub latency: u64,
    /// Milliseconds.
    pub jitter: u64,
    /// Whether streams are cut into pieces.
    pub fragments: bool,
    /// Whether people use the same words again and again.
    pub same_words: bool,
    /// Whether people use words that look like protocol.
    pub odd_words: bool,
    /// By how many seconds the machine's clock is ahead.
    pub skew: i8,
    /// `--accept-state-loss`
    pub accept_state_loss: bool,
    /// Whether there is a `failover.primary_health_url`. Only a pair has one.
    pub asks_health: bool,
    /// `failover.ping_interval`, seconds.
    pub ping: u16,
    /// How likely each kind of thing is; most do not happen at all.
    pub weights: Vec<u8>,
    /// The most rows that a page of Argus has; 0 for no limit.
    pub page_limit: u8,
    /// The number of a case at which Argus fails, even once all is well; 0 for none. From 128 on it is the number above that,
    /// and Argus does what it was asked for all the same.
    pub failing_case: u8,
    /// How many incidents the Python glue has left behind.
    pub left_by_python_glue: u8,
    /// `status.self_incidents`. No seed draws it: who wants it sets it.
    pub self_incidents: bool,
    /// What the servers make of writes about single cases.
    pub quirks: Quirks,
    /// How many entries the history of one case has, if there is one with many.
    pub long_history: Option<u16>,
    /// What administrators and operators do besides.
    pub administrators: Administrators,
}

impl Plan {
    /// Decodes a scenario. Every byte string is one; what is missing counts as zero.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let (header, records) = bytes.split_at(bytes.len().min(HEADER));
        let brief = header.get(BRIEF) == Some(&1);
        let setup = Setup::of_header(header, brief);
        let table: Vec<u8> = (0..KINDS)
            .flat_map(|kind| {
                let weight = setup.weights.get(usize::from(kind)).copied().unwrap_or(0);
                std::iter::repeat_n(kind, usize::from(weight))
            })
            .collect();
        let records = || records.chunks(RECORD).take(MOST_STEPS);
        let mut steps: Vec<PlanStep> =
            records().filter_map(|record| PlanStep::decode(record, &table)).collect();
        if brief {
            let steps = setup.with_administration(steps, records());
            return Self { setup, steps, rest: 0 };
        }
        // A day has hours in which nothing happens.
        let busy: u64 = steps.iter().map(|step| step.pause).sum();
        let lulls = records().map(|record| record[0] >= LULL);
        let count = 1 + lulls.clone().filter(|is_lull| *is_lull).count() as u64;
        let rest = DAY.saturating_sub(busy).div_ceil(count);
        for (step, _) in steps.iter_mut().zip(lulls).filter(|(_, is_lull)| *is_lull) {
            step.pause += rest;
        }
        let steps = setup.with_administration(steps, records());
        Self { setup, steps, rest }
    }

    /// Makes the bytes of a scenario say that it is over once everything has happened: for those who have no time for a
    /// day, as a fuzzer and whoever makes a failure small.
    pub fn make_brief(bytes: &mut Vec<u8>) {
        bytes.resize(bytes.len().max(HEADER), 0);
        bytes[BRIEF] = 1;
    }

    /// Draws the bytes of a scenario from a seed.
    #[must_use]
    pub fn bytes_of(seed: u64) -> Vec<u8> {
        let mut chance = Seed::new(seed);
        let steps = 4 + usize::try_from(chance.below(120)).unwrap_or(0);
        let mut bytes = Vec::new();
        while bytes.len() < HEADER + steps * RECORD {
            bytes.extend(chance.next_u64().to_le_bytes());
        }
        bytes[BRIEF] = 0;
        bytes
    }
}

impl PlanStep {
    pub(super) fn decode(record: &[u8], table: &[u8]) -> Option<Self> {
        let byte = |index: usize| record.get(index).copied().unwrap_or(0);
        let kind = table.get(usize::from(byte(1)) * table.len() / 256)?;
        let event = Event::decode(*kind, [byte(2), byte(3), byte(4), byte(5)]);
        Some(Self { event, pause: PAUSES[usize::from(byte(0) % 16)] })
    }
}

impl Setup {
    /// Returns the setup of a scenario without a header: the defaults, and everything can happen.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            chance: 0,
            acknowledge: 1,
            ticket: true,
            bands: true,
            sync_ignored: false,
            update: true,
            concurrency: 4,
            refresh: 10,
            reconcile: 60,
            failover: None,
            close_on_standby: false,
            primary_stays: false,
            knows_count: true,
            knows_heartbeat: true,
            restart: 0,
            latency: 1,
            jitter: 0,
            fragments: false,
            same_words: false,
            odd_words: false,
            skew: 0,
            accept_state_loss: false,
            asks_health: false,
            ping: 5,
            weights: vec![1; usize::from(KINDS)],
            page_limit: 0,
            failing_case: 0,
            left_by_python_glue: 0,
            self_incidents: false,
            quirks: Quirks::default(),
            administrators: Administrators::default(),
            long_history: None,
        }
    }

    /// Returns what happens, and before each thing what an administrator does then.
    fn with_administration<'a>(
        &self,
        steps: Vec<PlanStep>,
        records: impl Iterator<Item = &'a [u8]>,
    ) -> Vec<PlanStep> {
        let before = records.map(|record| self.administrators.draw(record));
        let both = steps.into_iter().zip(before).flat_map(|(step, before)| {
            let before =
                before.map(|(what, how)| PlanStep { event: Event::Administration { what, how }, pause: 0 });
            before.into_iter().chain([step])
        });
        both.collect()
    }

    /// Returns what Argus fails at as long as the scenario lasts.
    pub(super) fn permanent_failures(&self) -> Vec<PermanentFailure> {
        let failure =
            PermanentFailure { id: (self.failing_case % 128).to_string(), is_done: self.failing_case >= 128 };
        if self.failing_case == 0 { Vec::new() } else { vec![failure] }
    }

    /// Returns the numbers of the cases about which nothing ever gets into Argus.
    pub(super) fn failing_cases(&self) -> BTreeSet<u64> {
        // Nor does a reopening that is only recorded, and looks the same each time, ever succeed.
        let fails = |failure: &PermanentFailure| !failure.is_done || self.restart != 0;
        self.permanent_failures()
            .iter()
            .filter(|failure| fails(failure))
            .filter_map(|failure| failure.id.parse().ok())
            .collect()
    }

    /// Decodes what a header says.
    pub(super) fn of_header(header: &[u8], brief: bool) -> Self {
        let setup = Self::decode(&mut Unstructured::new(header), brief).unwrap_or_else(|_| Self::plain());
        let (quirks, administrators) = (Quirks::decode(header), Administrators::decode(header));
        Self { quirks, administrators, long_history: long_history::decode(header), ..setup }
    }

    fn decode(u: &mut Unstructured<'_>, brief: bool) -> Result<Self> {
        let (refreshes, reconciles) =
            if brief { (&REFRESHES, &RECONCILES) } else { (&REFRESHES_OF_A_DAY, &RECONCILES_OF_A_DAY) };
        let mut setup = Self {
            chance: u.arbitrary()?,
            acknowledge: u.int_in_range(0..=2)?,
            ticket: u.ratio(3, 4)?,
            bands: u.arbitrary()?,
            sync_ignored: u.ratio(1, 4)?,
            update: u.ratio(7, 8)?,
            concurrency: u.int_in_range(1..=5).map(|most| if most == 5 { 16 } else { most })?,
            refresh: *u.choose(refreshes)?,
            reconcile: *u.choose(reconciles)?,
            failover: if u.ratio(1, 3)? { Some(u.int_in_range(1..=4)?) } else { None },
            close_on_standby: u.arbitrary()?,
            primary_stays: u.ratio(1, 4)?,
            knows_count: u.ratio(7, 8)?,
            knows_heartbeat: u.ratio(1, 3)?,
            restart: *u.choose(&[0, 0, 0, 0, 0, 0, 1, 2])?,
            latency: *u.choose(&[1, 1, 5, 40, 300])?,
            jitter: *u.choose(&[0, 0, 3, 50, 900])?,
            fragments: u.ratio(1, 4)?,
            same_words: u.ratio(1, 8)?,
            odd_words: u.ratio(1, 4)?,
            skew: *u.choose(&[0, 0, 0, 1, -1, 40, -40])?,
            accept_state_loss: u.ratio(1, 8)?,
            asks_health: false,
            ping: 5,
            weights: Vec::new(),
            page_limit: 0,
            failing_case: 0,
            left_by_python_glue: 0,
            self_incidents: false,
            quirks: Quirks::default(),
            administrators: Administrators::default(),
            long_history: None,
        };
        for _ in 0..KINDS {
            // Half of all kinds do not happen in a given scenario.
            let drawn: u8 = u.arbitrary()?;
            setup.weights.push(if drawn & 1 == 0 { 0 } else { 1 + (drawn >> 1) % 5 });
        }
        setup.ping = *u.choose(if brief { &PINGS } else { &PINGS_OF_A_DAY })?;
        for always in super::events::ALWAYS {
            let weight = &mut setup.weights[usize::from(always)];
            *weight = (*weight).max(3);
        }
        setup.page_limit = *u.choose(&[0, 0, 0, 1, 2, 3, 7])?;
        setup.failing_case = *u.choose(&[0, 0, 0, 0, 0, 0, 1, 2, 129, 130])?;
        setup.left_by_python_glue = *u.choose(&[0, 0, 0, 1, 2, 3, 4, 6])?;
        Ok(setup)
    }
}
