//! The committed corpora.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Gives every file of a target's corpus to its check, and returns how many there are.
///
/// # Panics
///
/// The corpus is missing, holds what is no file, or is empty; or a file fails: its name is told, and what the check said
/// stands above it.
#[must_use]
pub fn replay_corpus(target: &str, check: impl Fn(&[u8])) -> usize {
    let files = files(target);
    assert!(!files.is_empty(), "the corpus of {target} is empty");
    let fails = |file: &&PathBuf| {
        let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        catch_unwind(AssertUnwindSafe(|| check(&bytes))).is_err()
    };
    let failed: Vec<&PathBuf> = files.iter().filter(fails).collect();
    assert!(failed.is_empty(), "these files of the corpus fail: {failed:#?}");
    files.len()
}

fn files(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}
