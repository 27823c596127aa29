//! The only source of chance in the machine: a generator that is seeded once and never asks the outside.
//!
//! It draws jitter and SNMP request ids, nothing else, so that a run is a function of its inputs and its seed (behaviour,
//! invariant 8). It is no good for secrets.

/// A splitmix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
///
/// Every seed is a good one, 0 too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seed(u64);

/// The step of the Weyl sequence below: 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Seed {
    /// Starts a sequence.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Draws 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Draws any 32 bits: an SNMP request id (reference snmp, rule 2).
    pub const fn next_i32(&mut self) -> i32 {
        let [a, b, c, d, ..] = self.next_u64().to_be_bytes();
        i32::from_be_bytes([a, b, c, d])
    }

    /// Draws a number below `bound`, 0 if `bound` is 0.
    ///
    /// Small numbers are more likely by at most `bound` / 2^64, which no jitter shows.
    pub const fn below(&mut self, bound: u64) -> u64 {
        match self.next_u64().checked_rem(bound) {
            Some(drawn) => drawn,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_splitmix64() {
        let mut seed = Seed::new(1_234_567);
        let drawn = [(); 5].map(|()| seed.next_u64());
        let expected: [u64; 5] = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn one_seed_gives_one_sequence() {
        let (mut a, mut b) = (Seed::new(0), Seed::new(0));
        for _ in 0..100 {
            assert_eq!(a.next_i32(), b.next_i32());
            assert_eq!((a.below(0), b.below(0)), (0, 0));
            let (x, y) = (a.below(7), b.below(7));
            assert!(x == y && x < 7);
        }
        assert_ne!(Seed::new(1).next_u64(), Seed::new(2).next_u64());
    }

    #[test]
    fn request_ids_have_both_signs() {
        let mut seed = Seed::new(9);
        let ids = [(); 64].map(|()| seed.next_i32());
        assert!(ids.iter().any(|id| *id < 0) && ids.iter().any(|id| *id > 0));
    }
}
