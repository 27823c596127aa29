//! How long the machine takes for a case with a long history, and for its longest single input.
//!
//!     cargo run --release -p glue-tests --example long_history -- 10000 5000
//!
//! The arguments are the number of notes and the number of cases.
#![forbid(unsafe_code)]

use glue_tests::bench::{Meter, Scene};
use std::io::Write;
use std::time::{Duration, Instant};

/// The time of all inputs, and of the longest.
#[derive(Debug, Default)]
struct Clock {
    inputs: u32,
    total: Duration,
    longest: Duration,
}

impl Meter for Clock {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        let begin = Instant::now();
        work();
        let time = begin.elapsed();
        self.inputs += 1;
        self.total += time;
        self.longest = self.longest.max(time);
    }
}

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse().unwrap_or(1));
    let (notes, cases) = (args.next().unwrap_or(10_000_i64), args.next().unwrap_or(5_000_i64));
    let cases = usize::try_from(cases).unwrap_or(1);
    let mut scene = Scene::new(cases);
    let mut clock = Clock::default();
    scene.tell_notes(notes, &mut clock);
    say(&format!("{notes} new notes are told"), &clock);
    let mut clock = Clock::default();
    for _ in 0..100 {
        scene.tell_notes(1, &mut clock);
    }
    say(&format!("100 further ones, one at a time, behind {notes}"), &clock);
    drop(scene);
    let mut idle = Clock::default();
    let _ = Scene::with_notes(cases, 0, &mut idle);
    say("start, without them", &idle);
    let mut clock = Clock::default();
    let _ = Scene::with_notes(cases, notes, &mut clock);
    say("start, with them in both", &clock);
}

fn say(what: &str, clock: &Clock) {
    let Clock { inputs, total, longest } = clock;
    let _ = writeln!(std::io::stdout(), "{what}: {inputs} inputs, {total:.1?}, the longest {longest:.2?}");
}
