//! How long the machine takes for an input, by its kind and by how many cases there are.
//!
//! What the peers do is not measured: only [`Daemon::handle`](glue_proto::Daemon::handle) and taking out the
//! actions. `README.md` beside this file says how to run it.
#![forbid(unsafe_code)]

mod clock;

use clock::Clock;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use glue_tests::bench::{Round, Scene};

/// How many cases there are.
const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for cases in SIZES {
        let [mut active, mut standby] = [Round::Tick, Round::Probe].map(|round| round.scene(cases));
        for round in Round::FLAT.into_iter().chain(Round::LINEAR) {
            let scene = if round == Round::Probe { &mut standby } else { &mut active };
            let mut group = criterion.benchmark_group(round.name());
            match round.inputs() {
                Some(inputs) => _ = group.throughput(Throughput::Elements(inputs)),
                None => {
                    group.throughput(Throughput::Elements(cases as u64));
                    group.sample_size(10).sampling_mode(SamplingMode::Flat);
                }
            }
            bench(&mut group, round, scene, cases);
            group.finish();
        }
    }
    criterion.final_summary();
}

fn bench(
    group: &mut BenchmarkGroup<'_, criterion::measurement::WallTime>,
    round: Round,
    scene: &mut Scene,
    cases: usize,
) {
    group.bench_function(BenchmarkId::from_parameter(cases), |bencher| {
        bencher.iter_custom(|times| {
            let mut clock = Clock::default();
            for _ in 0..times {
                round.play(scene, &mut clock);
            }
            clock.elapsed()
        });
    });
}
