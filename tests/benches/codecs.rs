//! How fast bytes become meaning, and meaning bytes.
#![forbid(unsafe_code)]

mod clock;

use clock::Clock;
use criterion::{Criterion, Throughput};
use glue_tests::bench::Codec;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("codec");
    for codec in Codec::ALL {
        let (size, mut run) = codec.sample();
        group.throughput(Throughput::Bytes(size));
        group.bench_function(codec.name(), |bencher| {
            bencher.iter_custom(|times| {
                let mut clock = Clock::default();
                for _ in 0..times {
                    run(&mut clock);
                }
                clock.elapsed()
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
