//! Masks secrets in what is logged (behaviour B4).

use glue_proto::Secret;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

/// What stands in the log instead of a secret.
const MASK: &str = "***";
/// A shorter secret would also hide ordinary words.
const SHORTEST_SECRET: usize = 6;

/// The most texts that are looked for: secrets that were used long ago are worth little.
const MOST_TEXTS: usize = 64;

/// Masks secrets in text. Every clone knows the same ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrubber(Arc<RwLock<Vec<String>>>);

impl Scrubber {
    /// Masks these secrets, but for those of less than six characters: they may be part of any word.
    #[cfg(test)]
    pub(super) fn new(secrets: &[&Secret]) -> Self {
        let scrubber = Self::default();
        scrubber.add(secrets);
        scrubber
    }

    /// Masks these secrets, too.
    pub(super) fn add(&self, secrets: &[&Secret]) {
        let long_enough = |secret: &&&Secret| secret.expose().chars().count() >= SHORTEST_SECRET;
        let new = secrets.iter().filter(long_enough).flat_map(|secret| {
            let (text, object) = (secret.expose(), Value::from(secret.expose()).to_string());
            [text.to_owned(), text.escape_debug().to_string(), object.trim_matches('"').to_owned()]
        });
        let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        texts.splice(0..0, new);
        texts.truncate(MOST_TEXTS);
        // A secret that is part of another must not spoil the match of the longer one.
        texts.sort_by_key(|text| core::cmp::Reverse(text.len()));
        texts.dedup();
    }

    /// Masks every secret in a text. Bytes that are not text are replaced.
    pub(super) fn mask<'a>(&self, line: &'a [u8]) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(line);
        let secrets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) {
                Cow::Owned(text.replace(secret.as_str(), MASK))
            } else {
                text
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn b4_secrets_are_masked_wherever_they_stand_in_a_record() {
        let (token, password, short) =
            (secret("0123456789"), secret("a\"b\\c 0123456789 d"), secret("five5"));
        let scrubber = Scrubber::new(&[&token, &password, &short]);
        let mask = |line: &str| scrubber.mask(line.as_bytes()).into_owned();
        assert_eq!(mask("Token 0123456789, 0123456789"), "Token ***, ***");
        assert_eq!(mask("a\"b\\c 0123456789 d"), "***");
        assert_eq!(mask(&format!("{:?}", "a\"b\\c 0123456789 d")), "\"***\"");
        assert_eq!(mask("five5"), "five5");
    }
}
