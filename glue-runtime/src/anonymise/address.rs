//! Addresses: one of IPv4 or IPv6 becomes another one of the same length.

use super::{Names, permute};
use core::fmt::Write as _;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::hash::BuildHasher as _;

/// No address is longer in writing.
const LONGEST: usize = 45;

impl Names {
    /// Returns the address that a text begins with, replaced, and its length in bytes.
    pub(super) fn address(&self, text: &str) -> Option<(usize, String)> {
        let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        // No further than that, so that a text of such runs takes no time.
        let end = text.bytes().take(LONGEST + 3).take_while(is_part).count();
        let run = text.get(..end).filter(|run| run.len() <= LONGEST + 2)?;
        // Something may follow it: the end of a sentence, or a port.
        let without_port = run.split(':').next().unwrap_or_default();
        let without_dot = run.trim_end_matches('.');
        let candidates =
            [run, without_dot, run.trim_end_matches(['.', ':']), without_port.trim_end_matches('.')];
        candidates.into_iter().find_map(|candidate| {
            let replaced = if candidate.parse::<Ipv4Addr>().is_ok() {
                self.v4(candidate)
            } else if candidate.parse::<Ipv6Addr>().is_ok() {
                let groups: Vec<_> = candidate.split(':').map(|group| self.group(group)).collect();
                groups.join(":")
            } else {
                return None;
            };
            Some((candidate.len(), replaced))
        })
    }

    /// Addresses of one network stay in one network.
    fn v4(&self, address: &str) -> String {
        let mut draw = self.keys.hash_one("v4");
        let other = |octet: &str| {
            let value = octet.parse::<u64>().unwrap_or_default();
            let (least, count) = match octet.len() {
                1 => (0, 10),
                2 => (10, 90),
                _ => (100, 156),
            };
            let other = least + permute(value.saturating_sub(least), count, draw);
            draw = self.keys.hash_one((draw, value));
            other.to_string()
        };
        address.split('.').map(other).collect::<Vec<_>>().join(".")
    }

    /// Each group for itself, so that it is the same in every way to write the address: zeros at the beginning stay, and what
    /// follows begins with no zero.
    fn group(&self, group: &str) -> String {
        if group.contains('.') {
            return self.v4(group);
        }
        let digits = group.trim_start_matches('0');
        let mut replaced = group.strip_suffix(digits).unwrap_or_default().to_owned();
        let is_upper = digits.contains(|c: char| c.is_ascii_uppercase());
        let mut draw = self.keys.hash_one("v6");
        for (place, digit) in digits.chars().enumerate() {
            let value = u64::from(digit.to_digit(16).unwrap_or_default());
            let other = if place == 0 {
                1 + permute(value.saturating_sub(1), 15, draw)
            } else {
                permute(value, 16, draw)
            };
            // Writing to a String never fails.
            let _ = if is_upper { write!(replaced, "{other:X}") } else { write!(replaced, "{other:x}") };
            draw = self.keys.hash_one((draw, value));
        }
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn b79_an_address_becomes_another_one_of_the_same_length_wherever_it_stands() {
        let names = Names::new();
        for address in
            ["10.0.4.255", "192.0.2.1", "2001:db8::1", "fe80::", "::ffff:192.0.2.1", "2001:DB8:0:0:0:0:0:A1"]
        {
            let other = names.text(address);
            assert_eq!(other.len(), address.len());
            assert_eq!(
                other.parse::<core::net::IpAddr>().is_ok(),
                address.parse::<core::net::IpAddr>().is_ok(),
                "{other}"
            );
            for (before, after) in
                [("AS64500/", " is DOWN"), ("(", ")"), ("at ", "."), ("host=", "/64,"), ("", "")]
            {
                let text = names.text(&format!("{before}{address}{after}"));
                assert!(text.contains(&other), "{text} {other}");
            }
        }
        let network = |text: &str| names.text(text).rsplit_once('.').unwrap().0.to_owned();
        assert_eq!(network("10.0.4.1"), network("10.0.4.9"));
        assert!(names.text("10.0.4.1:8001").starts_with(&names.text("10.0.4.1")));
        let canonical = |text: &str| names.text(text).parse::<Ipv6Addr>().unwrap();
        assert_eq!(canonical("2001:DB8:0:0:0:0:0:A1"), canonical("2001:0db8::a1"));
        for stays in ["14:32:55", "1.2.3", "1:2", "300.1.1.1"] {
            assert_eq!(names.text(stays), stays);
        }
    }

    #[test]
    fn b79_no_two_addresses_become_the_same_one() {
        let names = Names::new();
        let all: HashSet<String> = (0..=255).map(|last| names.text(&format!("10.0.4.{last}"))).collect();
        assert_eq!(all.len(), 256);
        let all: HashSet<String> =
            (0..0x1000).map(|last| names.text(&format!("2001:db8::{last:x}"))).collect();
        assert_eq!(all.len(), 0x1000);
    }
}
