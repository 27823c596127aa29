//! Replaces names in texts, so that a recording can be given to others and still be run again (behaviour B79).
//!
//! A word is a run of letters. One that the programs themselves know (`vocabulary.txt`) stays, and so does one of a single
//! letter; every other one becomes another word, the same one wherever it stands. Addresses become other addresses. Numbers and
//! everything between words stay. The machine puts texts together, cuts them, takes them apart and compares them, so what it
//! does with the replacements has to be the replacement of what it does with the names:
//!
//! * The letter at a place depends on those before it and on a key that is drawn anew each time and kept nowhere; so the
//!   beginning of a word becomes the beginning of its replacement, where the machine has cut it.
//! * Upper case stays upper case, and a character takes as many bytes as before: no limit is reached earlier or later.
//! * Two words never become the same one: for each place it is a permutation of the letters. A replacement that would be a known
//!   word is replaced again, which leads back to the word itself at the latest.

mod address;
mod json;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// The words that stay, one a line, in lower case.
const VOCABULARY: &str = include_str!("vocabulary.txt");
/// What a value may be multiplied with to permute the numbers below any count that is used here: none has a divisor in common
/// with 10, 15, 16, 26, 90 or 156.
const FACTORS: [u64; 6] = [7, 11, 17, 19, 29, 31];
/// The length of what Zino says first, which is checked to be hexadecimal, and is no name.
const NONCE_DIGITS: usize = 40;

/// What becomes of each name.
#[derive(Debug)]
pub(crate) struct Names {
    keys: RandomState,
    known: HashSet<&'static str>,
}

impl Names {
    /// Draws a key.
    pub(crate) fn new() -> Self {
        Self { keys: RandomState::new(), known: VOCABULARY.lines().collect() }
    }

    /// Replaces the names in a text. It has as many characters and bytes as before.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        let mut is_inside = false;
        while let Some(first) = rest.chars().next() {
            let address = if is_inside { None } else { self.address(rest) };
            let length = if let Some((length, address)) = address {
                replaced.push_str(&address);
                length
            } else if !is_inside && is_nonce(rest) {
                let (nonce, _) = rest.split_at(NONCE_DIGITS);
                replaced.push_str(nonce);
                NONCE_DIGITS
            } else if first.is_alphabetic() {
                let (word, _) = rest.split_at(rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len()));
                replaced.push_str(&self.word(word));
                word.len()
            } else {
                replaced.push(first);
                first.len_utf8()
            };
            let (taken, left) = rest.split_at(length);
            is_inside = taken.ends_with(char::is_alphanumeric);
            rest = left;
        }
        replaced
    }

    /// Replaces the names in bytes. What is no UTF-8 is taken for CP1252, as the machine does.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        if let Ok(text) = core::str::from_utf8(bytes) {
            return self.text(text).into_bytes();
        }
        let mut text = String::with_capacity(bytes.len());
        let mut alone = Vec::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            alone.extend(chunk.valid().chars().map(|_| None));
            for byte in chunk.invalid() {
                // The letters below 0xA0 have their own places in Unicode, and stay.
                text.push(if *byte < 0xA0 { char::REPLACEMENT_CHARACTER } else { char::from(*byte) });
                alone.push(Some(*byte));
            }
        }
        let mut replaced = Vec::with_capacity(bytes.len());
        for (character, byte) in self.text(&text).chars().zip(alone) {
            match byte {
                Some(byte) => replaced.push(u8::try_from(character).unwrap_or(byte)),
                None => replaced.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        replaced
    }

    /// Replaces the names in a body: in the values of JSON, never in its keys; else as in any text.
    pub(crate) fn body(&self, bytes: &[u8]) -> Vec<u8> {
        match core::str::from_utf8(bytes) {
            Ok(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => {
                self.json(text).into_bytes()
            }
            Ok(_) | Err(_) => self.bytes(bytes),
        }
    }

    fn word(&self, word: &str) -> String {
        if word.chars().count() == 1 || self.is_known(word) {
            return word.to_owned();
        }
        let mut replaced = self.permuted(word);
        while self.is_known(&replaced) {
            replaced = self.permuted(&replaced);
        }
        replaced
    }

    fn is_known(&self, word: &str) -> bool {
        self.known.contains(word.to_lowercase().as_str())
    }

    fn permuted(&self, word: &str) -> String {
        let mut draw = self.keys.hash_one("word");
        let mut permuted = String::with_capacity(word.len());
        for letter in word.chars() {
            permuted.push(other_letter(letter, draw));
            draw = self.keys.hash_one((draw, letter.to_lowercase().next()));
        }
        permuted
    }
}

/// Returns what a letter becomes: one of the same alphabet and case; where it is none of ASCII, one of the sixteen in its
/// block, which take as many bytes each.
fn other_letter(letter: char, draw: u64) -> char {
    let of_alphabet = |first: u8| {
        let place = u64::from(u32::from(letter) - u32::from(first));
        let place = u8::try_from(permute(place, 26, draw)).unwrap_or_default();
        char::from(first + place)
    };
    match letter {
        'a'..='z' => of_alphabet(b'a'),
        'A'..='Z' => of_alphabet(b'A'),
        _ => {
            let mask = u32::try_from(draw % 16).unwrap_or_default();
            // To mask it twice gives the same again, so whatever has no partner stays itself.
            char::from_u32(u32::from(letter) ^ mask).filter(|other| other.is_alphabetic()).unwrap_or(letter)
        }
    }
}

/// Returns another number below `count`, another one for each: see [`FACTORS`] for the counts.
fn permute(value: u64, count: u64, draw: u64) -> u64 {
    let factor = FACTORS.into_iter().cycle().nth(usize::try_from(draw >> 60).unwrap_or_default());
    (value * factor.unwrap_or(1) + draw % count) % count
}

/// Tells whether a text begins with what Zino says first.
fn is_nonce(text: &str) -> bool {
    let end = text.bytes().take(NONCE_DIGITS + 1).take_while(u8::is_ascii_hexdigit).count();
    end == NONCE_DIGITS && !text.get(end..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b79_words_become_other_words_of_the_same_form_and_what_is_known_or_a_number_stays() {
        let names = Names::new();
        let text = "Oslo-gw17.Example.NET: linkDown, portstate 2026-11-26T14:32:55Z blåbær 漢字 (AS64500) a";
        let replaced = names.text(text);
        assert_eq!(replaced.len(), text.len());
        let forms = |text: &str| -> Vec<_> {
            text.chars().map(|c| (c.len_utf8(), c.is_uppercase(), c.is_alphabetic())).collect()
        };
        assert_eq!(forms(&replaced), forms(text));
        for stays in ["17.", "linkDown, portstate 2026-11-26T14:32:55Z ", "(AS64500) a"] {
            assert!(replaced.contains(stays), "{replaced}");
        }
        assert!(!replaced.contains("Oslo") && !replaced.contains("bær"), "{replaced}");
        assert_ne!(Names::new().text(text), replaced, "each time another key");
    }

    #[test]
    fn b79_what_is_done_to_the_names_can_be_done_to_the_replacements() {
        let names = Names::new();
        let word = "Trondheimsfjorden";
        let replaced = names.text(word);
        assert!(names.text("x=Trondheimsfjorden, Trondheimsfjorden.").matches(&replaced).count() == 2);
        assert_eq!(names.text(&word.to_lowercase()), replaced.to_lowercase());
        for end in 6..word.len() {
            assert!(replaced.starts_with(&names.text(&word[..end])), "{end}");
        }
        let latin: Vec<u8> = "lås på Blåbærstien\r\n".chars().map(|c| u8::try_from(c).unwrap()).collect();
        let expected: Vec<u8> =
            names.text("lås på Blåbærstien\r\n").chars().map(|c| u8::try_from(c).unwrap()).collect();
        assert_eq!(names.bytes(&latin), expected);
    }

    #[test]
    fn b79_no_two_names_become_the_same_one_and_none_becomes_a_known_word() {
        let names = Names::new();
        let letters = || ('a'..='z').chain(['æ', 'ø', 'å']);
        let words: Vec<String> =
            letters().flat_map(|a| letters().map(move |b| [a, b].iter().collect())).collect();
        let replaced: HashSet<String> = words.iter().map(|word| names.text(word)).collect();
        assert_eq!(replaced.len(), words.len());
        for word in words.iter().filter(|word| !names.is_known(word)) {
            assert!(!names.is_known(&names.text(word)), "{word}");
        }
    }

    #[test]
    fn b79_every_known_word_is_one_and_they_are_in_order() {
        let words: Vec<_> = VOCABULARY.lines().collect();
        assert!(words.is_sorted() && words.len() > 300);
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
    }

    #[test]
    fn b79_what_zino_says_first_stays_and_hostile_texts_take_no_time() {
        let names = Names::new();
        let greeting = "200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n";
        assert!(names.text(greeting).starts_with("200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 "));
        for text in ["a:".repeat(100_000), "a".repeat(200_000), "1.".repeat(100_000), "ab0".repeat(70_000)] {
            assert_eq!(names.text(&text).len(), text.len());
        }
    }
}
