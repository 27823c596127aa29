//! Collects everything that is wrong with a configuration, so that people see it at once (behaviour B3).

use super::syntax;
use core::fmt;
use glue_proto::SettingsProblem;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is wrong in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The dotted key, empty for a syntax error in a line that is not known to be about one.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

/// What is wrong with one value: the reader of the value does not know its line and key.
///
/// Neither text ever quotes a value that may be a secret (behaviour B4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong.
    pub(super) what: String,
    /// What would be right.
    pub(super) right: String,
}

/// The problems and warnings that were found so far, and the text that they are in.
#[derive(Debug)]
pub(super) struct Report<'d> {
    text: &'d str,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    broken_lines: BTreeSet<usize>,
    /// Every key that there is.
    known: BTreeSet<String>,
    /// Where each key stands that was found, by its dotted form.
    lines: BTreeMap<String, usize>,
}

impl Wrong {
    /// Makes one.
    pub(super) fn new(what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { what: what.into(), right: right.into() }
    }

    /// Says what it is that is wrong, where that is not the value of the key.
    pub(super) fn about(self, subject: &str) -> Self {
        Self { what: format!("{subject}: {}", self.what), right: self.right }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.right)
    }
}

impl<'d> Report<'d> {
    /// Starts a report on a text.
    pub(super) const fn new(text: &'d str) -> Self {
        Self {
            text,
            problems: Vec::new(),
            warnings: Vec::new(),
            broken_lines: BTreeSet::new(),
            known: BTreeSet::new(),
            lines: BTreeMap::new(),
        }
    }

    /// Returns the line of a byte offset, counted from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// Records a syntax error. What the parser guesses of that line is not judged any further, and no key counts as
    /// missing any more: it may stand where the parser lost its way.
    pub(super) fn syntax(&mut self, offset: usize, what: &str) {
        let line = self.line(offset);
        // What follows in a line that the parser lost its way in is no news.
        if self.broken_lines.insert(line) {
            let text = self.text.lines().nth(line - 1).unwrap_or_default();
            self.push(line, String::new(), syntax::explain(text, what));
        }
    }

    /// Remembers that there is such a key, whether it stands in this file or not.
    pub(super) fn knows(&mut self, key: String) {
        self.known.insert(key);
    }

    /// Records a wrong value or key.
    pub(super) fn wrong(&mut self, line: usize, key: String, wrong: Wrong) {
        if !self.broken_lines.contains(&line) {
            self.push(line, key, wrong);
        }
    }

    /// Records that a key is missing in the table that begins at `line`.
    pub(super) fn missing(&mut self, line: usize, key: String, right: &str) {
        if self.broken_lines.is_empty() {
            self.push(line, key, Wrong::new("missing", right));
        }
    }

    /// Remembers where a key stands.
    pub(super) fn found(&mut self, line: usize, key: String) {
        self.lines.insert(key, line);
    }

    /// Records what the core has to say about the values of keys that were found. Of one that was not understood it has
    /// seen nothing: that is reported already. So is one that is missing, by whoever looked for it.
    pub(super) fn refused(&mut self, problems: &[SettingsProblem]) {
        for SettingsProblem { key, what, right, .. } in problems {
            if let Some(line) = self.lines.get(key).copied()
                && self.problems.iter().all(|problem| problem.key != *key)
            {
                self.wrong(line, key.clone(), Wrong::new(what.clone(), *right));
            }
        }
    }

    /// Records something that is no error.
    pub(super) fn warn(&mut self, line: usize, key: &str, what: &str) {
        self.warnings.push(format!("line {line}: {key}: {what}"));
    }

    /// Ends the report: the warnings, or every problem in the order of the file.
    pub(super) fn finish(mut self) -> Result<Vec<String>, Vec<Problem>> {
        if self.problems.is_empty() {
            return Ok(self.warnings);
        }
        let lines: Vec<_> = self.text.lines().collect();
        for problem in &mut self.problems {
            if problem.key.is_empty() {
                // Only of a key that there is: what looks like one may be the rest of a secret.
                let key = syntax::key(lines.get(..problem.line).unwrap_or(&lines));
                problem.key = key.filter(|key| self.known.contains(key)).unwrap_or_default();
            }
        }
        self.problems.sort_by_key(|problem| problem.line);
        Err(self.problems)
    }

    fn push(&mut self, line: usize, key: String, wrong: Wrong) {
        self.problems.push(Problem { line, key, what: wrong.what, right: wrong.right });
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.what, self.right)
    }
}
