//! Walks one TOML table: every key that is asked for is known, every other one is an error (behaviour B3).

use super::report::{Report, Wrong};
use super::value::{Read, mistyped, text};
use toml::de::{DeTable, DeValue};

/// More edits than this between two keys, and one is no misspelling of the other.
const MAX_EDITS: usize = 3;

/// One table of the file, or the absence of it: then every key has its default.
///
/// Call [`Section::finish`] after the last key: it reports the keys that nobody asked for.
pub(super) struct Section<'r, 'd> {
    report: &'r mut Report<'d>,
    table: Option<&'r DeTable<'d>>,
    path: String,
    line: usize,
    asked: Vec<&'static str>,
}

impl<'r, 'd> Section<'r, 'd> {
    /// Begins at the top of the file.
    pub(super) const fn root(report: &'r mut Report<'d>, table: &'r DeTable<'d>) -> Self {
        Self { report, table: Some(table), path: String::new(), line: 1, asked: Vec::new() }
    }

    /// Tells whether the file has this table.
    pub(super) const fn exists(&self) -> bool {
        self.table.is_some()
    }

    /// Steps into a table that may be left out.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'_, 'd> {
        let path = self.path_of(key);
        let found = self.find(key);
        let line = found.map_or(self.line, |(line, _)| line);
        let table = match found {
            Some((_, DeValue::Table(table))) => Some(table),
            Some((line, other)) => {
                let wrong = mistyped(other, &format!("a table: [{path}]"));
                self.report.wrong(line, path.clone(), wrong);
                None
            }
            None => None,
        };
        Section { report: &mut *self.report, table, path, line, asked: Vec::new() }
    }

    /// Steps into a table that must be there.
    pub(super) fn required_section(&mut self, key: &'static str, right: &str) -> Section<'_, 'd> {
        if self.find(key).is_none() {
            let path = self.path_of(key);
            self.report.missing(self.line, path, right);
        }
        self.section(key)
    }

    /// Reads a key that must be there, if its table is. `None` means that something was reported.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        right: &str,
        read: impl Fn(&DeValue<'d>) -> Read<T>,
    ) -> Option<T> {
        if !self.has(key) {
            self.missing(key, right);
        }
        self.optional(key, read)
    }

    /// Reads a key with a default, which also stands in for a value that was reported.
    pub(super) fn with_default<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl Fn(&DeValue<'d>) -> Read<T>,
    ) -> T {
        self.optional(key, read).unwrap_or(default)
    }

    /// Reads a key that may be left out.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&DeValue<'d>) -> Read<T>,
    ) -> Option<T> {
        let (line, value) = self.find(key)?;
        match read(value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let path = self.path_of(key);
                self.report.wrong(line, path, wrong);
                None
            }
        }
    }

    /// Tells whether the table has a key.
    pub(super) fn has(&mut self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// Returns what was read for a key, or reports what is wrong with it.
    pub(super) fn accept<T>(&mut self, key: &'static str, read: Read<T>) -> Option<T> {
        read.map_err(|wrong| self.wrong(key, wrong)).ok()
    }

    /// Reports what is wrong with a key, or, if it is not there, with its table.
    pub(super) fn wrong(&mut self, key: &'static str, wrong: Wrong) {
        let line = self.find(key).map_or(self.line, |(line, _)| line);
        let path = self.path_of(key);
        self.report.wrong(line, path, wrong);
    }

    /// Reports that a key is missing, if its table is there.
    pub(super) fn missing(&mut self, key: &'static str, right: &str) {
        if self.exists() {
            let path = self.path_of(key);
            self.report.missing(self.line, path, right);
        }
    }

    /// Reads a list of tables; a list that is left out is empty.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'_, 'd>) -> Option<T>,
    ) -> Vec<T> {
        let path = self.path_of(key);
        let right = format!("a list of tables: [[{path}]]");
        let array = match self.find(key) {
            None => return Vec::new(),
            Some((_, DeValue::Array(array))) => array,
            Some((line, other)) => {
                self.report.wrong(line, path, mistyped(other, &right));
                return Vec::new();
            }
        };
        let mut all = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let (path, line) = (format!("{path}[{index}]"), self.report.line(item.span().start));
            let DeValue::Table(table) = item.get_ref() else {
                self.report.wrong(line, path, mistyped(item.get_ref(), &right));
                continue;
            };
            let mut section =
                Section { report: &mut *self.report, table: Some(table), path, line, asked: Vec::new() };
            all.extend(read(&mut section));
            section.finish();
        }
        all
    }

    /// Reads a list of texts, if it is there.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        const RIGHT: &str = "a list of texts in quotes";
        let (line, value) = self.find(key)?;
        let path = self.path_of(key);
        let DeValue::Array(array) = value else {
            self.report.wrong(line, path, mistyped(value, RIGHT));
            return None;
        };
        let mut all = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let (path, line) = (format!("{path}[{index}]"), self.report.line(item.span().start));
            match text(item.get_ref()) {
                Ok(text) => {
                    self.report.found(line, path);
                    all.push(text);
                }
                Err(wrong) => {
                    self.report.wrong(line, path, wrong);
                    // So that the others keep their places.
                    all.push(String::from("x"));
                }
            }
        }
        Some(all)
    }

    /// Warns about a key that has been read.
    pub(super) fn warn(&mut self, key: &'static str, what: &str) {
        let line = self.find(key).map_or(self.line, |(line, _)| line);
        let path = self.path_of(key);
        self.report.warn(line, &path, what);
    }

    /// Reports every key of the table that was not asked for, with the known key that is most like it.
    pub(super) fn finish(&mut self) {
        let Some(table) = self.table else { return };
        for (key, _) in table.iter().filter(|(key, _)| !self.asked.contains(&key.get_ref().as_ref())) {
            let line = self.report.line(key.span().start);
            let right = nearest(key.get_ref(), &self.asked).map_or_else(
                || format!("the keys known here are {}", self.asked.join(", ")),
                |known| format!("did you mean {}?", self.path_of(known)),
            );
            let path = self.path_of(&shown(key.get_ref()));
            self.report.wrong(line, path, Wrong::new("unknown key", right));
        }
    }

    fn find(&mut self, key: &'static str) -> Option<(usize, &'r DeValue<'d>)> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
            self.report.knows(self.path_of(key));
        }
        let (found, value) = self.table?.get_key_value(key)?;
        let (line, path) = (self.report.line(found.span().start), self.path_of(key));
        self.report.found(line, path);
        Some((line, value.get_ref()))
    }

    /// Returns the dotted form of a key.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// Shows a key that somebody made up: quoted unless it is a bare key.
fn shown(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { format!("{key:?}") }
}

/// Returns the known key that `key` is most likely meant to be.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let key = key.to_lowercase().replace('-', "_");
    let edits = |known: &str| strsim::osa_distance(&key, known);
    let best = known.iter().copied().min_by_key(|known| edits(known))?;
    // In a short key a few edits make any word of any other.
    (edits(best) <= MAX_EDITS.min(best.len().div_ceil(3))).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_a_misspelt_key_finds_its_nearest() {
        let known = ["url", "token", "timeout", "write_timeout", "concurrency"];
        let table = [
            ("ulr", Some("url")),
            ("tokn", Some("token")),
            ("Token", Some("token")),
            ("write-timeout", Some("write_timeout")),
            ("concurency", Some("concurrency")),
            ("secret", None),
            ("", None),
            ("ünknown", None),
        ];
        for (key, expected) in table {
            assert_eq!(nearest(key, &known), expected, "{key}");
        }
    }
}
