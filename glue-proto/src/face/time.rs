//! The two clocks of the machine. Both are arguments: nothing in this crate reads a clock.
//!
//! [`Mono`] orders and spaces what the machine does; [`Wall`] is the time that people read (behaviour B15:
//! Zino's stamps are UTC epoch seconds, no local zone is ever used).

use core::fmt;
use core::ops::{Add, Sub};

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Millis(pub u64);

impl Millis {
    /// Makes a span of so many whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Multiplies the span, staying at the largest one on overflow.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            write!(f, "{} s", self.0 / 1000)
        } else {
            write!(f, "{}.{:03} s", self.0 / 1000, self.0 % 1000)
        }
    }
}

/// A moment on the monotonic clock: milliseconds since an arbitrary origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Mono(pub u64);

impl Mono {
    /// Returns the time that has passed since `earlier`, none if `earlier` lies in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Millis> for Mono {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Millis> for Mono {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// A moment on the wall clock: Unix seconds, UTC. Negative values lie before 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Wall(pub i64);

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Now {
    /// The monotonic clock, for every interval, timeout and order.
    pub mono: Mono,
    /// The wall clock, for what people read.
    pub wall: Wall,
}

impl Now {
    /// Returns this reading, or the last but one moment of the monotonic clock if it is the last.
    ///
    /// At the last moment whatever is to be done later is due at once, and again at once. One before it, it never is.
    pub(crate) fn before_the_end(self) -> Self {
        Self { mono: self.mono.min(Mono(u64::MAX - 1)), wall: self.wall }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn spans_saturate_and_print_in_seconds() {
        assert_eq!(Mono(5).since(Mono(9)), Millis(0));
        assert_eq!(Mono(u64::MAX) + Millis(1), Mono(u64::MAX));
        assert_eq!(Millis(u64::MAX).times(2), Millis(u64::MAX));
        assert_eq!(format!("{}", Millis::from_secs(10)), "10 s");
        assert_eq!(format!("{}", Millis(1250)), "1.250 s");
    }

    #[test]
    fn what_is_to_be_done_later_is_never_due_now() {
        for mono in [0, 1, u64::MAX - 2, u64::MAX - 1, u64::MAX].map(Mono) {
            let now = Now { mono, wall: Wall(0) }.before_the_end().mono;
            for span in [1, 1000, u64::MAX].map(Millis) {
                assert!(now + span > now, "{span} after {now:?}");
            }
        }
    }
}
