//! A scenario of two sites, decoded from bytes: the header and the records of a single one, with some more in each.

use crate::sim::events::{Event, KINDS};
use crate::sim::plan::{self, MOST_STEPS, PlanStep, RECORD, Setup};
use arbitrary::{Result, Unstructured};
use glue_proto::Seed;

/// The length of the header, in bytes.
pub const HEADER: usize = plan::HEADER + OWN_HEADER;
/// How many bytes of it say what only a pair has.
const OWN_HEADER: usize = 32;
/// Where among these bytes those stand that say whether the secondary asks the primary's daemon, too, and how that ends: nothing
/// else reads them, and zeros draw nothing.
const HEALTH: usize = 24;
/// From here on the first of them says yes: about three seeds in eight.
const ASKS_HEALTH: u8 = 160;
/// Where the byte stands that says whether the primary's state is copied to the secondary's Zino now and then, from which value
/// on it says so, and from which value on the fifth byte of a record says that it happens before it.
const COPIES: (usize, u8, u8) = (26, 176, 244);
/// The kinds of things that happen to a pair only: a site dies, the other one does, the probes are lost.
const OWN_KINDS: u8 = 3;
/// How long what happens to a pair lasts, seconds.
const SPANS: [u64; 8] = [5, 15, 40, 70, 100, 200, 400, 900];

/// A scenario.
#[derive(Clone, Debug)]
pub struct PairPlan {
    /// What never changes in it.
    pub setup: PairSetup,
    /// What happens, in order.
    pub steps: Vec<PairStep>,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairStep {
    /// What.
    pub event: PairEvent,
    /// How long to wait afterwards, milliseconds.
    pub pause: u64,
}

/// Something that happens to a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairEvent {
    /// People do something, on both Zinos, or something goes wrong at one site.
    Single {
        /// What.
        event: Event,
        /// Where: 0 is the primary's, 1 the secondary's.
        site: usize,
    },
    /// A whole site is down: the daemon, its Zino, and the agent.
    SiteDies {
        /// Which one.
        site: usize,
        /// For how long, milliseconds.
        span: u64,
        /// How many changes of the other Zino it does not get when it is brought up to date.
        loses: usize,
    },
    /// The secondary's Zino is restarted with a copy of the primary's state, as is done each night: the same cases, and by other
    /// numbers where its own were other ones.
    Copied,
    /// The probes do not reach the primary, which is well.
    Apart {
        /// For how long, milliseconds.
        span: u64,
    },
    /// The primary's daemon is dead beside its living Zino. Only where the secondary asks it.
    DaemonDies {
        /// For how long, milliseconds.
        span: u64,
    },
    /// Nothing comes back from the primary's daemon, which is well. Only where the secondary asks it.
    Unheard {
        /// For how long, milliseconds.
        span: u64,
    },
}

/// How a scenario ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The primary is dead, and the secondary is ACTIVE.
    TakenOver,
    /// The primary is there, and the secondary in STANDBY.
    AtRest,
    /// First the one, then the other.
    Both,
}

/// What never changes in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairSetup {
    /// What both sites have in common.
    pub base: Setup,
    /// Whether each daemon has a source of its own, and each Zino numbers of its own.
    pub own_sources: bool,
    /// After how many probes the secondary switches.
    pub threshold: u8,
    /// Whether the secondary closes its incidents on the way to STANDBY. Never where both write as one source.
    pub close: bool,
    /// By how much the numbers of the secondary's Zino are ahead, where they are its own.
    pub ahead: u16,
    /// How it ends.
    pub ending: Ending,
    /// Whether the secondary asks the primary's daemon, too (behaviour B78).
    pub asks_health: bool,
    /// Whether only the daemon is dead in the end, and not its Zino.
    pub ends_with_daemon: bool,
    /// Whether the primary's state is copied to the secondary's Zino now and then.
    pub copies: bool,
}

impl PairPlan {
    /// Decodes a scenario. Every byte string is one; what is missing counts as zero.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let (header, records) = bytes.split_at(bytes.len().min(HEADER));
        let (base, own) = header.split_at(header.len().min(plan::HEADER));
        let base = Setup::of_header(base, true);
        let byte = |index: usize| own.get(index).copied().unwrap_or(0);
        let asks_health = byte(HEALTH) >= ASKS_HEALTH;
        let ends_with_daemon = asks_health && byte(HEALTH + 1) >= 128;
        let copies = byte(COPIES.0) >= COPIES.1;
        let mut own = Unstructured::new(own);
        let weights: Vec<u8> = (0..OWN_KINDS).map(|_| own.int_in_range(0..=4).unwrap_or(0)).collect();
        let mut setup = PairSetup {
            base,
            own_sources: false,
            threshold: 1,
            close: false,
            ahead: 0,
            ending: Ending::TakenOver,
            asks_health,
            ends_with_daemon,
            copies,
        };
        let _ = setup.decode_own(&mut own);
        // The primary dies in every scenario, or else it would show nothing.
        let weight = |kind: u8| match kind.checked_sub(KINDS) {
            None => setup.base.weights.get(usize::from(kind)).copied().unwrap_or(0),
            Some(0) => 2 + weights[0],
            Some(own) => weights[usize::from(own)] / 2,
        };
        let table: Vec<u8> = (0..KINDS + OWN_KINDS)
            .flat_map(|kind| std::iter::repeat_n(kind, usize::from(weight(kind))))
            .collect();
        let records = records.chunks(RECORD).take(MOST_STEPS);
        let copied = |record: &[u8]| copies && record.get(4).is_some_and(|byte| *byte >= COPIES.2);
        let steps = records.flat_map(|record| {
            let copy = PairStep { event: PairEvent::Copied, pause: 0 };
            let step = PairStep::decode(record, &table, asks_health);
            copied(record).then_some(copy).into_iter().chain(step)
        });
        let steps = steps.collect();
        Self { setup, steps }
    }

    /// Draws the bytes of a scenario from a seed.
    #[must_use]
    pub fn bytes_of(seed: u64) -> Vec<u8> {
        let mut chance = Seed::new(seed);
        let steps = 4 + usize::try_from(chance.below(100)).unwrap_or(0);
        let mut bytes = Vec::new();
        while bytes.len() < HEADER + steps * RECORD {
            bytes.extend(chance.next_u64().to_le_bytes());
        }
        bytes
    }
}

impl PairSetup {
    fn decode_own(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        self.own_sources = u.arbitrary()?;
        self.threshold = u.int_in_range(1..=4)?;
        self.close = self.own_sources && u.ratio(3, 4)?;
        self.ahead = *u.choose(&[0, 3, 1000])?;
        self.ending = *u.choose(&[Ending::Both, Ending::TakenOver, Ending::AtRest])?;
        Ok(())
    }

    /// Returns what one of the sites is made of.
    pub(super) fn of_site(&self, site: usize) -> Setup {
        let mut setup = self.base.clone();
        setup.failover = (site == 1).then_some(self.threshold);
        setup.asks_health = self.asks_health;
        setup.close_on_standby = self.close;
        setup.primary_stays = true;
        // What was there before would be in one Zino only.
        setup.left_by_python_glue = 0;
        setup.long_history = None;
        setup.chance ^= u64::try_from(site).unwrap_or(0) << 32;
        setup
    }
}

impl PairStep {
    fn decode(record: &[u8], table: &[u8], asks_health: bool) -> Option<Self> {
        let step = PlanStep::decode(record, table)?;
        let byte = |index: usize| record.get(index).copied().unwrap_or(0);
        let kind = *table.get(usize::from(byte(1)) * table.len() / 256)?;
        let span = SPANS[usize::from(byte(2)) % SPANS.len()] * 1000;
        let loses = if byte(3) >= 192 { usize::from(byte(3) % 4) } else { 0 };
        let event = match kind.checked_sub(KINDS) {
            None => PairEvent::Single { event: step.event, site: usize::from(byte(5) % 2) },
            Some(0) if asks_health && byte(5) >= 128 => PairEvent::DaemonDies { span },
            Some(2) if asks_health && byte(5) >= 192 => PairEvent::Unheard { span },
            Some(2) => PairEvent::Apart { span },
            Some(site) => PairEvent::SiteDies { site: usize::from(site), span, loses },
        };
        Some(Self { event, pause: step.pause })
    }
}
