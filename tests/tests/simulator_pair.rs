//! Two daemons over two Zinos, as much of it as fits into an ordinary test run. `sim --pair` runs as many seeds as there is
//! time for.

use glue_tests::sim::{Outcome, PAIR, pair};

/// How many seeds are run.
const SEEDS: u64 = 100;
/// How many of them are run once more with incidents about both daemons.
const TELLING: u64 = 60;

fn demand(what: &str, bytes: &[u8]) -> Outcome {
    pair::replay(bytes).unwrap_or_else(|failed| {
        let small = PAIR.shrink(bytes);
        let shown = pair::replay(&small).err().unwrap_or(failed);
        panic!("{what}: {}", PAIR.report(&small, &shown));
    })
}

#[test]
fn every_invariant_holds_for_a_primary_and_a_secondary() {
    for seed in 0..SEEDS {
        demand(&format!("seed {seed} (sim --pair --seed {seed})"), &(PAIR.bytes_of)(seed));
    }
}

#[test]
fn no_scenario_at_all_is_needed() {
    assert!(demand("nothing", &[]).failure.is_none());
}

/// A scenario in which nothing happens but what these records say, and which ends with a take-over and a return.
fn scenario(own_sources: bool, records: &[pair::PairStep]) -> pair::PairPlan {
    let mut plan = pair::PairPlan::decode(&[]);
    plan.setup.own_sources = own_sources;
    plan.setup.close = own_sources;
    plan.setup.threshold = 3;
    plan.setup.ending = pair::Ending::Both;
    plan.steps = records.to_vec();
    plan
}

#[test]
fn b78_the_secondary_follows_what_the_primarys_daemon_says_of_itself() {
    use glue_sim::people::ZinoAction;
    use glue_tests::sim::Event;
    let step = |event, pause| pair::PairStep { event, pause };
    let open = Event::Zino { action: ZinoAction::Open, who: 0, how: 0 };
    let steps = [
        // Long enough for the daemon to be one that is known to work.
        step(pair::PairEvent::Single { event: open, site: 0 }, 60_000),
        step(pair::PairEvent::Apart { span: 300_000 }, 310_000),
        step(pair::PairEvent::DaemonDies { span: 200_000 }, 310_000),
        step(pair::PairEvent::Unheard { span: 300_000 }, 310_000),
    ];
    for (asks_health, ends_with_daemon, switches) in [(true, false, 2), (true, true, 2), (false, false, 2)] {
        let mut plan = scenario(true, &steps);
        (plan.setup.asks_health, plan.setup.ends_with_daemon) = (asks_health, ends_with_daemon);
        let outcome = pair::run(&plan, true);
        assert_eq!(outcome.failure, None, "{}", outcome.log.join("\n"));
        let changes: Vec<&String> =
            outcome.log.iter().filter(|line| line.contains("changing from STANDBY to ACTIVE")).collect();
        // Who asks it takes over while it is dead, who does not while the probes are lost; and each in the end.
        assert_eq!(changes.len(), switches, "{changes:?}");
        let at: u64 =
            changes[0].trim_start().split(' ').next().and_then(|at| at.parse().ok()).expect("a time");
        assert_eq!(at > 370_000, asks_health, "{changes:?}");
    }
}

#[test]
fn about_three_seeds_in_eight_ask_the_primarys_daemon_and_zeros_do_not() {
    let asks = |bytes: &[u8]| pair::PairPlan::decode(bytes).setup.asks_health;
    assert!(!asks(&[0; pair::HEADER]));
    let drawn = (0..400).filter(|seed| asks(&(PAIR.bytes_of)(*seed))).count();
    assert!((120..180).contains(&drawn), "{drawn}");
}

#[test]
fn b61_b63_what_happened_while_the_primary_was_dead_is_there_when_it_returns_and_nothing_is_doubled() {
    use glue_sim::people::ZinoAction;
    use glue_tests::sim::Event;
    let step = |event, pause| pair::PairStep { event, pause };
    let zino = |action, who| pair::PairEvent::Single { event: Event::Zino { action, who, how: 0 }, site: 0 };
    let steps = [
        step(zino(ZinoAction::Open, 0), 20_000),
        step(zino(ZinoAction::Note, 0), 20_000),
        step(pair::PairEvent::SiteDies { site: 0, span: 400_000, loses: 0 }, 100_000),
        step(zino(ZinoAction::Note, 0), 5_000),
        step(zino(ZinoAction::Open, 1), 5_000),
        step(zino(ZinoAction::Close, 0), 350_000),
        step(pair::PairEvent::Apart { span: 200_000 }, 130_000),
        step(zino(ZinoAction::Note, 1), 130_000),
    ];
    for own_sources in [false, true] {
        let outcome = pair::run(&scenario(own_sources, &steps), true);
        assert_eq!(outcome.failure, None, "{}", outcome.log.join("\n"));
        let switches = |to: &str| outcome.log.iter().filter(|line| line.contains(to)).count();
        // Once while the primary is dead, once while the probes are lost, once in the end.
        assert_eq!(switches("changing from STANDBY to ACTIVE"), 3);
        assert_eq!(switches("changing from ACTIVE to STANDBY"), 3);
        // The story is one of both sites, and of both daemons' doing.
        let posts = |site: &str| {
            outcome.log.iter().filter(|line| line.contains(site) && line.contains("POST incidents/ ")).count()
        };
        assert!(posts(" P < Http") > 0 && posts(" S < Http") > 0, "{}", outcome.log.join("\n"));
    }
}

#[test]
fn b80_every_invariant_holds_where_both_daemons_tell_of_themselves() {
    let mut made = 0;
    for seed in 0..TELLING {
        let mut plan = pair::PairPlan::decode(&(PAIR.bytes_of)(seed));
        plan.setup.base.self_incidents = true;
        let outcome = pair::run(&plan, false);
        assert_eq!(outcome.failure, None, "seed {seed}\n{}", outcome.story.join("\n"));
        made += outcome.self_incidents;
    }
    assert!(made >= 50, "{made} incidents: there is hardly ever anything to tell");
}
