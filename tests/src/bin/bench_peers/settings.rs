//! What the bare client is told on its command line: `key=value` words.

use crate::Failure;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The words by their keys.
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads the words.
    pub(crate) fn read(words: &[&str]) -> Result<Self, Failure> {
        let pair = |word: &&str| {
            let (key, value) = word.split_once('=').ok_or_else(|| format!("{word}: not KEY=VALUE"))?;
            Ok((key.to_owned(), value.to_owned()))
        };
        words.iter().map(pair).collect::<Result<_, Failure>>().map(Self)
    }

    /// Returns a text.
    pub(crate) fn text(&self, key: &str) -> Result<&str, Failure> {
        self.0.get(key).map(String::as_str).ok_or_else(|| format!("{key} is missing").into())
    }

    /// Returns a number.
    pub(crate) fn number<T: FromStr<Err: Into<Failure>>>(&self, key: &str) -> Result<T, Failure> {
        self.text(key)?.parse().map_err(Into::into)
    }
}
