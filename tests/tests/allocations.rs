//! How often the machine allocates, by the kind of thing that happens.
//!
//! The numbers are committed, so that a change that makes more of them is seen. One that makes fewer is to lower them.
//! Nothing here knows a clock; what each allocation costs is for the benches to say.
#![forbid(unsafe_code)]

use allocation_counter::measure;
use glue_tests::bench::{Codec, Meter, Round, Scene, Unmeasured};

/// Counts allocations, a reallocation as one.
#[derive(Default)]
struct Allocations {
    count: u64,
    bytes: u64,
}

impl Meter for Allocations {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        let info = measure(work);
        self.count += info.count_total;
        self.bytes += info.bytes_total;
    }
}

/// Rounds before the first that counts, and those that count: each of the four types of cases as often.
const WARM: u64 = 8;
const ROUNDS: u64 = 64;

/// Counts the allocations of [`ROUNDS`] rounds of each kind.
fn of_rounds(cases: usize) -> [(Round, Allocations); 6] {
    let [mut active, mut standby] = [Round::Tick, Round::Probe].map(|round| round.scene(cases));
    Round::FLAT.map(|round| {
        let scene = if round == Round::Probe { &mut standby } else { &mut active };
        for _ in 0..WARM {
            round.play(scene, &mut Unmeasured);
        }
        let mut counted = Allocations::default();
        for _ in 0..ROUNDS {
            round.play(scene, &mut counted);
        }
        (round, counted)
    })
}

#[test]
fn no_round_allocates_more_than_it_did() {
    let expected = [
        (Round::Tick, 0),
        (Round::Notification, 43),
        (Round::Change, 138),
        (Round::Refresh, 9),
        (Round::Heartbeat, 1),
        (Round::Probe, 33),
    ];
    for ((round, counted), (expected_round, most)) in of_rounds(100).into_iter().zip(expected) {
        assert_eq!(round, expected_round);
        let count = counted.count.div_ceil(ROUNDS);
        assert!(count <= most, "{round:?}: {count} allocations, {most} were enough");
    }
}

#[test]
fn what_happens_to_one_case_allocates_as_much_among_many_cases_as_among_few() {
    for ((round, few), (_, many)) in of_rounds(100).into_iter().zip(of_rounds(10_000)) {
        assert!(many.count * 10 <= few.count * 12, "{round:?}: {} and {} times", few.count, many.count);
        assert!(many.bytes * 10 <= few.bytes * 12, "{round:?}: {} and {} bytes", few.bytes, many.bytes);
    }
}

#[test]
fn what_happens_to_all_cases_allocates_as_much_for_each() {
    for round in Round::LINEAR {
        let [few, many] = [200, 2_000].map(|cases| {
            let mut scene = round.scene(cases);
            let mut counted = Allocations::default();
            round.play(&mut scene, &mut counted);
            counted
        });
        assert!(many.count <= few.count * 12, "{round:?}: {} and {} times", few.count, many.count);
        assert!(many.bytes <= few.bytes * 12, "{round:?}: {} and {} bytes", few.bytes, many.bytes);
    }
}

#[test]
fn b12_invariant_14_a_note_costs_as_much_in_a_long_history_as_in_a_short_one() {
    // What compares everything for each note makes room for everything each time.
    let [few, many] = [250, 1_000].map(|notes| {
        let mut counted = [Allocations::default(), Allocations::default()];
        let [told, known] = &mut counted;
        Scene::new(8).tell_notes(notes, told);
        drop(Scene::with_notes(8, notes, known));
        counted
    });
    for (few, many) in few.iter().zip(&many) {
        assert!(many.count <= few.count * 5, "{} and {} times", few.count, many.count);
        assert!(many.bytes <= few.bytes * 5, "{} and {} bytes", few.bytes, many.bytes);
    }
}

#[test]
fn no_codec_allocates_more_than_it_did() {
    let expected = [
        (Codec::ZinoReplies, 1238),
        (Codec::Notifications, 1000),
        (Codec::ArgusPage, 8511),
        (Codec::ArgusEvents, 14),
        (Codec::ArgusWrites, 40),
        (Codec::SnmpEncode, 32),
        (Codec::SnmpDecode, 0),
    ];
    assert_eq!(expected.map(|(codec, _)| codec), Codec::ALL);
    for (codec, most) in expected {
        let (_, mut run) = codec.sample();
        run(&mut Unmeasured);
        let mut counted = Allocations::default();
        run(&mut counted);
        assert!(counted.count <= most, "{codec:?}: {} allocations, {most} were enough", counted.count);
    }
}

#[test]
fn a_case_takes_no_more_memory_than_it_did() {
    // A copy of the machine holds what the machine holds, without what has room to spare.
    let bytes = |cases| {
        let mut scene = Scene::new(cases);
        // Until what a start is kept for is over.
        Round::Heartbeat.play(&mut scene, &mut Unmeasured);
        Round::FullRead.play(&mut scene, &mut Unmeasured);
        let mut copy = None;
        measure(|| copy = Some(scene.daemon().clone())).bytes_current
    };
    let each = (bytes(2_000) - bytes(1_000)) / 1_000;
    assert!(each <= 1_280, "{each} bytes, 1280 were enough");
}
