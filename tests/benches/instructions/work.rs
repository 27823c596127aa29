//! The side that runs under valgrind.

use glue_tests::bench::{Codec, Meter, Round, Scene, Unmeasured};
use std::hint::black_box;

/// Rounds before the first that counts.
const WARM: u64 = 4;
/// Rounds that count: each of the four types of cases as often.
pub(crate) const ROUNDS: u64 = 8;

/// Names the work that does not depend on the number of cases.
pub(crate) const CODECS: &str = "codecs";
/// Names the work on one case with a long history.
pub(crate) const NOTES: &str = "notes";
/// How many notes it has.
pub(crate) const LENGTHS: [i64; 3] = [500, 1_000, 2_000];
/// Among how many cases.
const NEIGHBOURS: usize = 8;

/// Valgrind counts while this function runs, and at no other time.
struct Collected;

impl Meter for Collected {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        collected(work);
    }
}

/// Named to valgrind: see `count.rs`.
#[inline(never)]
fn collected(work: &mut dyn FnMut()) {
    work();
    // What stands behind the call keeps it from becoming a jump.
    black_box(());
}

/// Named to valgrind, which writes down what it has counted and begins anew.
#[inline(never)]
fn written_down() {
    black_box(());
}

/// Says what is counted for so many cases, in this order, and how often each is done.
pub(crate) fn rounds() -> impl Iterator<Item = (Round, u64)> {
    let flat = Round::FLAT.into_iter().map(|round| (round, ROUNDS));
    flat.chain(Round::LINEAR.into_iter().map(|round| (round, 1)))
}

/// Tells new notes of one case, and begins anew with them: first all of the one, then of the other.
fn notes() {
    for notes in LENGTHS {
        Scene::new(NEIGHBOURS).tell_notes(notes, &mut Collected);
        written_down();
    }
    for notes in LENGTHS {
        drop(Scene::with_notes(NEIGHBOURS, notes, &mut Collected));
        written_down();
    }
}

/// Does all work for so many cases, or that of the codecs, or that on a long history.
///
/// # Errors
///
/// If the argument is none of these.
pub(crate) fn run(what: &str) -> Result<(), String> {
    if what == CODECS {
        for codec in Codec::ALL {
            let (_, mut run) = codec.sample();
            run(&mut Unmeasured);
            run(&mut Collected);
            written_down();
        }
        return Ok(());
    }
    if what == NOTES {
        notes();
        return Ok(());
    }
    let cases = what.parse().map_err(|_| format!("not a number of cases: {what}"))?;
    let [mut active, mut standby] = [Round::Tick, Round::Probe].map(|round| round.scene(cases));
    for (round, times) in rounds() {
        let scene = if round == Round::Probe { &mut standby } else { &mut active };
        if times > 1 {
            for _ in 0..WARM {
                round.play(scene, &mut Unmeasured);
            }
        }
        for _ in 0..times {
            round.play(scene, &mut Collected);
        }
        written_down();
    }
    Ok(())
}
