//! How long the machine takes for a case with a long history, and for its longest single input.
//!
//!     cargo run --release -p glue-tests --example long_history -- 10000 5000
//!
//! The arguments are the number of notes and the number of cases. Everything is done five times; of each input the shortest
//! time counts, so that what else the machine does is left out.
#![forbid(unsafe_code)]

use glue_tests::bench::{Meter, Scene, Unmeasured};
use std::io::Write;
use std::time::{Duration, Instant};

/// How often everything is done.
const TIMES: usize = 5;

/// The time of each input.
#[derive(Debug, Default)]
struct Clock(Vec<Duration>);

impl Meter for Clock {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        let begin = Instant::now();
        work();
        self.0.push(begin.elapsed());
    }
}

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse().unwrap_or(1));
    let (notes, cases) = (args.next().unwrap_or(10_000_i64), args.next().unwrap_or(5_000_i64));
    let cases = usize::try_from(cases).unwrap_or(1);
    let scene = Scene::new(cases);
    let mut told = scene.clone();
    told.tell_notes(notes, &mut Unmeasured);
    say(&format!("{notes} new notes are told"), |clock| scene.clone().tell_notes(notes, clock));
    say(&format!("one more, behind {notes}"), |clock| told.clone().tell_notes(1, clock));
    say("a start without them", |clock| drop(Scene::with_notes(cases, 0, clock)));
    say("a start with them in both", |clock| drop(Scene::with_notes(cases, notes, clock)));
}

/// Does something, and prints how long it took.
fn say(what: &str, work: impl Fn(&mut Clock)) {
    let mut shortest: Vec<Duration> = Vec::new();
    for _ in 0..TIMES {
        let mut clock = Clock::default();
        work(&mut clock);
        shortest.resize(clock.0.len(), Duration::MAX);
        for (shortest, time) in shortest.iter_mut().zip(clock.0) {
            *shortest = time.min(*shortest);
        }
    }
    let total: Duration = shortest.iter().sum();
    let (index, longest) = shortest.iter().enumerate().max_by_key(|(_, time)| **time).unwrap_or((0, &total));
    let inputs = shortest.len();
    let _ = writeln!(
        std::io::stdout(),
        "{what}: {inputs} inputs in {total:.1?}, the longest of them, number {index}, in {longest:.2?}"
    );
}
