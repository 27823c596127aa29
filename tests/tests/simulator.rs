//! The swarm simulator, as much of it as fits into an ordinary test run: some seeds, bytes that no seed gives, and every
//! scenario that once failed. The binary `sim` runs as many seeds as there is time for.

use glue_tests::sim::{Outcome, Plan, replay, report, run, shrink};
use proptest::prelude::*;
use std::path::Path;

/// How many seeds are run, without their hours in which nothing happens.
const SEEDS: u64 = 300;
/// How many seeds are run that last for a day.
const DAYS: u64 = 16;
/// How many of both are run once more with incidents about the machine itself.
const BRIEF_TELLING: u64 = 200;
const DAYS_TELLING: u64 = 16;
const THREADS: u64 = 2;

fn demand(what: &str, bytes: &[u8]) -> Outcome {
    replay(bytes).unwrap_or_else(|failed| {
        let small = shrink(bytes);
        let shown = replay(&small).err().unwrap_or(failed);
        panic!("{what}: {}", report(&small, &shown));
    })
}

#[test]
fn every_invariant_holds_for_some_hundred_seeds() {
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for seed in (thread..SEEDS).step_by(usize::try_from(THREADS).unwrap()) {
                    let mut bytes = Plan::bytes_of(seed);
                    Plan::make_brief(&mut bytes);
                    demand(&format!("seed {seed}, made brief"), &bytes);
                }
            });
        }
    });
}

#[test]
fn every_invariant_holds_all_day() {
    for seed in 0..DAYS {
        let outcome = demand(&format!("seed {seed} (sim --seed {seed})"), &Plan::bytes_of(seed));
        assert!(outcome.millis >= 24 * 60 * 60 * 1000, "{} ms", outcome.millis);
    }
}

#[test]
fn b80_every_invariant_holds_where_the_machine_tells_of_itself() {
    let mut made = 0;
    let brief = (0..BRIEF_TELLING).map(|seed| (seed, true));
    for (seed, is_brief) in brief.chain((0..DAYS_TELLING).map(|seed| (seed, false))) {
        let mut bytes = Plan::bytes_of(seed);
        if is_brief {
            Plan::make_brief(&mut bytes);
        }
        let mut plan = Plan::decode(&bytes);
        plan.setup.self_incidents = true;
        let outcome = run(&plan, false);
        assert_eq!(outcome.failure, None, "seed {seed}, brief: {is_brief}\n{}", outcome.story.join("\n"));
        made += outcome.self_incidents;
    }
    assert!(made >= 80, "{made} incidents: there is hardly ever anything to tell");
}

#[test]
fn no_scenario_that_once_failed_fails_again() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/sim");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder:?}");
    for file in files {
        demand(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
}

#[test]
fn no_scenario_at_all_is_needed() {
    assert!(demand("nothing", &[]).failure.is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_invariant_holds_for_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let outcome = replay(&bytes);
        prop_assert!(outcome.is_ok(), "{}", report(&bytes, &outcome.unwrap_err()));
    }
}
