//! What the servers make of writes about single cases for as long as a scenario lasts: never taken, or taken in words only;
//! what Zino fails to answer now and then; and incidents with so many events that Argus takes long to show them, one of them or all.
//!
//! It is drawn from bytes of the header that nothing else reads, and zeros draw nothing: a scenario without it is what it
//! would be if there were no such thing. About one seed in six has writes that Argus never takes, one in eight a Zino that does
//! not store what it says yes to, or refuses a state, one in eight a Zino that falters, and one in eight such an incident.

use super::expected::Expected;
use glue_proto::model::CaseId;
use glue_sim::argus::{LongStory, RefusedStep, WriteKind};
use glue_sim::world::World;
use glue_sim::zino::{Falter, Writes};

/// Where in the header these bytes begin.
const BEGIN: usize = 100;
/// From here on a byte says that there is such a thing at all.
const REFUSES: u8 = 213;
const SECOND: u8 = 192;
const FEIGNS: u8 = 208;
const MISWRITES: u8 = 224;
const IGNORES: u8 = 240;
const FALTERS: u8 = 224;
const IS_LONG: u8 = 224;
/// From here on it is so with every incident.
const ONE: u8 = 128;
/// Of how many replies about cases one goes wrong, at the least and the most.
const EVERY: (u8, u8) = (17, 80);
/// How long it takes to show the events of an incident that has many, at the least and the most, seconds: thousands take the real
/// one so long.
const LONG: (u8, u8) = (6, 20);
const KINDS: [WriteKind; 8] = [
    WriteKind::Entry,
    WriteKind::End,
    WriteKind::Entry,
    WriteKind::Update,
    WriteKind::Creation,
    WriteKind::End,
    WriteKind::Entry,
    WriteKind::Restart,
];
/// What the history entries hold that are not taken.
const TEXTS: [&str; 4] = ["", "alice", "state change", "words"];
const STATUSES: [u16; 6] = [400, 404, 405, 413, 422, 500];
const CREATED: u16 = 201;
/// The numbers of the cases that it can happen to.
const CASES: u8 = 10;

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quirks {
    /// Writes that Argus never takes.
    pub refused: Vec<RefusedStep>,
    /// What Zino makes of what is written about a case.
    pub writes: Vec<(CaseId, Writes)>,
    /// Whether Argus answers each PATCH with a yes and does nothing.
    pub ignores_patches: bool,
    /// Which of Zino's replies about cases go wrong: each n-th of all, and how.
    pub falters: Option<(u32, Falter)>,
    /// Whose events take long to show.
    pub long_story: Option<LongStory>,
}

impl Quirks {
    /// Decodes what the header of a scenario says.
    pub(super) fn decode(header: &[u8]) -> Self {
        let byte = |index: usize| header.get(BEGIN + index).copied().unwrap_or(0);
        let mut refused = Vec::new();
        if byte(0) >= REFUSES {
            refused.push(refused_step(byte(1), byte(2), byte(3)));
            if byte(4) >= SECOND {
                refused.push(refused_step(byte(5), byte(6), byte(7)));
            }
        }
        let mut writes = Vec::new();
        if byte(8) >= MISWRITES {
            let how = match byte(10) % 6 {
                0 | 1 => Writes::Ignored,
                2 => Writes::Altered,
                3 => Writes::StateRefused("closed".into()),
                4 => Writes::StateRefused("working".into()),
                _ => Writes::StateRefused("waiting".into()),
            };
            writes.push((CaseId(u64::from(1 + byte(9) % CASES)), how));
        }
        let how = [Falter::Fails, Falter::Garbles, Falter::Doubles][usize::from(byte(14) % 3)];
        let every = u32::from(EVERY.0 + byte(13) % (EVERY.1 - EVERY.0));
        let falters = (byte(12) >= FALTERS).then_some((every, how));
        let long_story = (byte(15) >= IS_LONG).then(|| LongStory {
            id: if byte(16) < ONE { (1 + byte(16) % CASES).to_string() } else { String::new() },
            millis: 1000 * u64::from(LONG.0 + byte(17) % (LONG.1 - LONG.0)),
        });
        Self { refused, writes, ignores_patches: byte(11) >= IGNORES, falters, long_story }
    }

    /// Lets the servers of a world be so, and those know who judge.
    pub(super) fn begin(&self, world: &mut World, expected: &mut Expected) {
        world.argus.edit_options(|options| {
            options.refused_steps.clone_from(&self.refused);
            options.ignores_patches = self.ignores_patches;
            options.long_stories = self.long_story.iter().cloned().collect();
        });
        world.zino.set_faltering(self.falters);
        for (case, writes) in &self.writes {
            world.zino.set_writes_of(*case, writes.clone());
        }
        let feigned = self.refused.iter().filter(|step| step.kind == WriteKind::Restart && step.status < 300);
        expected.feigned_openings.extend(feigned.filter_map(|step| step.id.parse::<u64>().ok()));
        expected.falters = self.falters.is_some();
        expected.quirks = self.clone();
    }

    /// Lets the servers take everything again. Who was told that an entry is there has no reason to look (behaviour B26): it
    /// may be missing for good.
    pub(super) fn end(world: &mut World, expected: &mut Expected) {
        let quirks = std::mem::take(&mut expected.quirks);
        for (case, _) in quirks.writes {
            expected.miswritten.insert(case.0);
            world.zino.set_writes_of(case, Writes::Stored);
        }
        let is_believed = |step: &RefusedStep| step.kind == WriteKind::Entry && step.status < 300;
        expected.quirks.refused = quirks.refused.into_iter().filter(is_believed).collect();
        world.argus.edit_options(|options| {
            options.refused_steps.clear();
            options.ignores_patches = false;
            options.long_stories.clear();
        });
    }

    /// Returns how long Argus takes to show the events of the incident of a case, milliseconds.
    pub(super) fn reading_time(&self, case: u64) -> u64 {
        let is_its = |story: &&LongStory| story.id.is_empty() || story.id.parse() == Ok(case);
        self.long_story.iter().find(is_its).map_or(0, |story| story.millis)
    }

    /// Returns how many incidents there are whose events take Argus long to show.
    pub(super) fn long_stories(&self, world: &World) -> usize {
        let story = self.long_story.as_ref();
        story.map_or(0, |story| if story.id.is_empty() { world.argus.incidents().count() } else { 1 })
    }

    /// Returns how long Argus takes to show the events of any incident at the most, milliseconds.
    pub(super) fn longest_reading(&self) -> u64 {
        self.long_story.as_ref().map_or(0, |story| story.millis)
    }

    /// Tells whether there is nothing of the kind.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the numbers of the cases to which it happens.
    pub(super) fn cases(&self) -> impl Iterator<Item = u64> {
        let refused = self.refused.iter().filter_map(|step| step.id.parse().ok());
        refused.chain(self.writes.iter().map(|(case, _)| case.0))
    }

    /// Tells whether Argus never takes a write of this kind about a case; of entries, whether it takes some not.
    pub(super) fn refuses(&self, case: u64, kind: WriteKind) -> bool {
        let everywhere = self.ignores_patches && kind == WriteKind::Update;
        everywhere || self.refused.iter().any(|step| step.kind == kind && step.id.parse() == Ok(case))
    }

    /// Tells whether Argus never takes a history entry.
    pub(super) fn refuses_entry(&self, case: u64, text: &str) -> bool {
        let fits = |step: &&RefusedStep| {
            step.kind == WriteKind::Entry && step.id.parse() == Ok(case) && text.contains(&step.text)
        };
        self.refused.iter().any(|step| fits(&step))
    }

    /// Tells whether Argus may say of an incident that it was made which was not.
    pub(super) fn feigns_incidents(&self) -> bool {
        self.refused.iter().any(|step| step.kind == WriteKind::Creation && step.status < 300)
    }

    /// Tells whether Argus may say of an incident that it has ended which has not.
    pub(super) fn feigns_ends(&self) -> bool {
        self.refused.iter().any(|step| step.kind == WriteKind::End && step.status < 300)
    }

    /// Returns what Zino makes of what is written about a case.
    pub(super) fn writes(&self, case: u64) -> &Writes {
        let found = self.writes.iter().find(|(other, _)| other.0 == case);
        found.map_or(&Writes::Stored, |(_, writes)| writes)
    }
}

fn refused_step(who: u8, what: u8, how: u8) -> RefusedStep {
    let kind = KINDS[usize::from(what % 8)];
    let text = if kind == WriteKind::Entry { TEXTS[usize::from(what >> 4) % TEXTS.len()] } else { "" };
    let status = if how >= FEIGNS { CREATED } else { STATUSES[usize::from(how) % STATUSES.len()] };
    RefusedStep { id: (1 + who % CASES).to_string(), kind, text: text.into(), status }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::plan::{HEADER, Plan};

    #[test]
    fn zeros_draw_nothing_and_each_share_is_about_what_it_should_be() {
        assert!(Quirks::decode(&[0; HEADER]).is_empty());
        let drawn: Vec<Quirks> = (0..1200).map(|seed| Quirks::decode(&Plan::bytes_of(seed))).collect();
        let count = |fits: fn(&Quirks) -> bool| drawn.iter().filter(|quirks| fits(quirks)).count();
        assert!((150..250).contains(&count(|quirks| !quirks.refused.is_empty())));
        assert!((100..200).contains(&count(|quirks| !quirks.writes.is_empty())));
        assert!((100..200).contains(&count(|quirks| quirks.falters.is_some())));
        assert!((100..200).contains(&count(|quirks| quirks.long_story.is_some())));
        for kind in KINDS {
            assert!(
                drawn.iter().any(|quirks| quirks.refused.iter().any(|step| step.kind == kind)),
                "{kind:?}"
            );
        }
    }
}
