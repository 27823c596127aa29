//! How much memory the machine takes, and how much at the most, for as many cases as are given, all of them open.
//!
//!     cargo run --release -p glue-tests --example memory -- 100000 200000
//!
//! What the machine holds is measured on a copy of it, which has no room to spare. The peaks are those of a start, of reading
//! everything again and of listing everything again; what the simulated servers hold is a part of them.
#![forbid(unsafe_code)]

use allocation_counter::measure;
use glue_tests::bench::{Round, Scene, Unmeasured};
use std::io::Write;

fn main() {
    for cases in std::env::args().skip(1).filter_map(|arg| arg.parse().ok()) {
        let mut scene = None;
        let start = measure(|| scene = Some(Scene::all_open(cases)));
        let Some(mut scene) = scene else { continue };
        // Until what a start is kept for is over.
        Round::Heartbeat.play(&mut scene, &mut Unmeasured);
        let held = scene_bytes(&scene);
        let again =
            Round::LINEAR.map(|round| held + measure(|| round.play(&mut scene, &mut Unmeasured)).bytes_max);
        let [held, start, read, listed] = [held, start.bytes_max, again[0], again[1]].map(mebibytes);
        let _ = writeln!(
            std::io::stdout(),
            "{cases} cases: {held} MiB; at the most {start} at the start, {read} for a reading, {listed} for a listing"
        );
    }
}

fn scene_bytes(scene: &Scene) -> u64 {
    let mut copy = None;
    let bytes = measure(|| copy = Some(scene.daemon().clone())).bytes_current;
    u64::try_from(bytes).unwrap_or_default()
}

fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}
