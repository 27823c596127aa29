//! What stands for a thing that is only ever compared.

use core::hash::{Hash, Hasher};

/// Sixty-four bits that stand for a thing. Two that are not the same have the same fingerprint once in 2^64 times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Takes the fingerprint of a thing.
    pub(super) fn of(thing: &(impl Hash + ?Sized)) -> Self {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        thing.hash(&mut hasher);
        Self(hasher.0)
    }
}

/// FNV-1a: the same on every machine and in every run, as nothing in this crate may depend on chance.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_and_so_does_where_a_part_ends() {
        let of = |parts: [&str; 2]| Fingerprint::of(&parts);
        assert_eq!(of(["ab", "c"]), of(["ab", "c"]));
        for other in [["ab", "d"], ["a", "bc"], ["abc", ""], ["c", "ab"]] {
            assert_ne!(of(["ab", "c"]), of(other), "{other:?}");
        }
    }
}
