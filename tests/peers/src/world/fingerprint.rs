//! A hash of 128 bits, the same in every process: two states with one fingerprint are taken as one.

use std::hash::Hasher;

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd6e8_feb8_6659_fd93;

/// The hasher. Two lanes of 64 bits, each stirred by a multiplication whose halves are folded together.
///
/// The odds that any two of `n` states have one fingerprint are about `n * n / 2^129`: with a hundred million states one
/// to 10^22. It is made for speed, not against anybody who looks for two that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    first: u64,
    second: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { first: FIRST, second: SECOND }
    }
}

/// Multiplies and folds the two halves of the product.
const fn fold(word: u64, by: u64) -> u64 {
    let [low, high] = halves(word as u128 * by as u128);
    low ^ high
}

const fn halves(wide: u128) -> [u64; 2] {
    const LOW: u128 = u64::MAX as u128;
    [(wide & LOW) as u64, (wide >> 64) as u64]
}

impl Fingerprint {
    const fn stir(&mut self, word: u64) {
        // The lanes take each word in different ways: what is lost in one of them is not lost in the other.
        self.first = fold(self.first ^ word, 0xa076_1d64_78bd_642f).wrapping_add(FIRST);
        self.second = fold(self.second.rotate_left(29).wrapping_add(word), 0xe703_7ed1_a0b4_28db) ^ word;
    }

    /// Returns the fingerprint of what was hashed so far.
    #[must_use]
    pub const fn value(&self) -> u128 {
        let mut end = *self;
        end.stir(0x2d35_8dcc_aa6c_78a5);
        (end.first as u128) << 64 | end.second as u128
    }
}

impl Hasher for Fingerprint {
    fn finish(&self) -> u64 {
        let [low, high] = halves(self.value());
        low ^ high
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            self.stir(u64::from_le_bytes(*word));
            rest = tail;
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            // The length tells a short end from one that ends in zeros.
            self.stir(u64::from_le_bytes(last) ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.stir(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.stir(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.stir(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.stir(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::hash::Hash;

    fn of(thing: impl Hash) -> u128 {
        let mut hasher = Fingerprint::default();
        thing.hash(&mut hasher);
        hasher.value()
    }

    #[test]
    fn every_bit_changes_about_half_of_the_fingerprint() {
        let text: Vec<u8> = (0..61).collect();
        let whole = of(&text);
        for bit in 0..text.len() * 8 {
            let mut other = text.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let changed = (of(&other) ^ whole).count_ones();
            assert!((30..=98).contains(&changed), "bit {bit} changes {changed} bits");
        }
    }

    #[test]
    fn what_differs_little_differs_in_both_halves() {
        let mut seen = [BTreeSet::new(), BTreeSet::new()];
        let mut count = 0;
        for a in 0..300_u64 {
            for b in 0..300_u32 {
                let (high, low) = (of((a, b)) >> 64, of((a, b)) & u128::from(u64::MAX));
                seen[0].insert(high);
                seen[1].insert(low);
                count += 1;
            }
        }
        assert_eq!([seen[0].len(), seen[1].len()], [count, count]);
        assert_ne!(of("ab"), of("ab\0"));
        assert_ne!(of([1_u8, 0]), of([1_u8]));
    }
}
