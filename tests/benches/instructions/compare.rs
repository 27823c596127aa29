//! What was counted, what was expected, and what is wrong.

use super::count::SIZES;
use super::work::LENGTHS;
use glue_tests::bench::Round;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::process::Command;

/// By how many percent a count may differ from what is expected.
const TOLERANCE: u64 = 2;
/// By how many percent what happens to one case may cost more among many cases than among few, and a case of many more
/// than one of few where something happens to all.
const FLATNESS: u64 = 20;

/// Instructions by name, and what made them.
pub(crate) struct Counts {
    /// Compiler and valgrind: other ones count otherwise.
    tools: String,
    counts: BTreeMap<String, u64>,
}

/// What came of a comparison.
pub(crate) struct Verdict {
    /// A line for each count.
    pub(crate) lines: Vec<String>,
    /// What is wrong, if anything is.
    pub(crate) wrong: Vec<String>,
}

impl Counts {
    /// Makes an empty table for the tools that are installed.
    ///
    /// # Errors
    ///
    /// If one of them is missing.
    pub(crate) fn here() -> Result<Self, String> {
        let tools = format!("{}, {}", version("rustc")?, version("valgrind")?);
        Ok(Self { tools, counts: BTreeMap::new() })
    }

    /// Adds what was counted for some work, each piece done so many times.
    ///
    /// # Errors
    ///
    /// If there are fewer counts than pieces, or nothing was counted for one.
    pub(crate) fn add(&mut self, names: &[(String, u64)], counted: &[u64]) -> Result<(), String> {
        for (index, (name, times)) in names.iter().enumerate() {
            let count = counted.get(index).copied().filter(|count| *count > 0);
            let count =
                count.ok_or_else(|| format!("{name}: nothing was counted; is the program stripped?"))?;
            self.counts.insert(name.clone(), count / times);
        }
        Ok(())
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// If it is not there or cannot be understood.
    pub(crate) fn read(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let table: Value = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        let tools = table["tools"].as_str().unwrap_or_default().into();
        let rows = table["instructions"].as_object().into_iter().flatten();
        let counts = rows.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect();
        Ok(Self { tools, counts })
    }

    /// Writes a table.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn write(&self, path: &str) -> Result<(), String> {
        let rows: Map<String, Value> =
            self.counts.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
        let table = json!({ "tools": self.tools, "instructions": rows });
        let text = serde_json::to_string_pretty(&table).map_err(|error| error.to_string())?;
        std::fs::write(path, text + "\n").map_err(|error| format!("{path}: {error}"))
    }

    /// Compares with what was expected, and the numbers of cases with each other.
    pub(crate) fn compare(&self, expected: &Self) -> Verdict {
        let mut verdict = Verdict { lines: Vec::new(), wrong: Vec::new() };
        for (name, &count) in &self.counts {
            let Some(&before) = expected.counts.get(name) else {
                verdict.wrong.push(format!("{name}: not expected at all; renew expected.json"));
                continue;
            };
            let change = (count as f64 / before.max(1) as f64 - 1.0) * 100.0;
            verdict.lines.push(format!("{name:<24} {count:>12} {change:>+6.1} %"));
            if count * 100 > before * (100 + TOLERANCE) {
                verdict.wrong.push(format!("{name}: {count} instructions, {before} were expected"));
            } else if count * 100 < before * (100 - TOLERANCE) {
                verdict.wrong.push(format!(
                    "{name}: only {count} instructions instead of {before}: renew expected.json"
                ));
            }
        }
        let gone = expected.counts.keys().filter(|name| !self.counts.contains_key(*name));
        verdict.wrong.extend(gone.map(|name| format!("{name}: was expected and not counted")));
        if !verdict.wrong.is_empty() && self.tools != expected.tools {
            let (here, there) = (&self.tools, &expected.tools);
            verdict.wrong.push(format!(
                "counted with {here}, expected from {there}: if nothing else has changed, renew expected.json"
            ));
        }
        verdict.wrong.extend(self.not_flat());
        verdict
    }

    /// Finds what costs more the more cases there are.
    fn not_flat(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let [few, some, many] = SIZES;
        let count = |round: Round, cases: usize| {
            self.counts.get(&format!("{} {cases}", round.name())).copied().unwrap_or(u64::MAX)
        };
        for round in Round::FLAT {
            let (low, high) = (count(round, few), count(round, many));
            if u128::from(high) * 100 > u128::from(low) * u128::from(100 + FLATNESS) {
                wrong.push(format!(
                    "{}: {low} instructions among {few} cases, {high} among {many}",
                    round.name()
                ));
            }
        }
        for round in Round::LINEAR {
            let [low, high] = [some, many].map(|cases| count(round, cases) / cases as u64);
            if u128::from(high) * 100 > u128::from(low) * u128::from(100 + FLATNESS) {
                wrong.push(format!(
                    "{}: {low} instructions a case among {some}, {high} among {many}",
                    round.name()
                ));
            }
        }
        let [few, _, many] = LENGTHS;
        for round in ["notes_told", "notes_known"] {
            let [low, high] = [few, many].map(|notes| {
                let count = self.counts.get(&format!("{round} {notes}")).copied().unwrap_or(u64::MAX);
                count / notes.unsigned_abs()
            });
            if u128::from(high) * 100 > u128::from(low) * u128::from(100 + FLATNESS) {
                wrong.push(format!("{round}: {low} instructions a note among {few}, {high} among {many}"));
            }
        }
        wrong
    }
}

fn version(program: &str) -> Result<String, String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|error| format!("{program}: {error}; it must be installed"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().next().unwrap_or_default().into())
}
