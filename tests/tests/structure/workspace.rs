//! The files of the workspace, as the tests see them.

use std::fs;
use std::path::{Path, PathBuf};

/// What is made, not written: folders that `.gitignore` names too, and git's own, which is a file in a linked worktree.
const MADE: [&str; 5] = ["target", ".git", "__pycache__", "artifacts", ".pytest_cache"];

/// One file of the workspace.
pub(crate) struct Source {
    /// Its path from the root, with `/` between the parts.
    pub(crate) path: String,
    /// What is in it. Bytes that are not text are replaced.
    pub(crate) text: String,
}

/// Returns the root of the workspace.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("this package lies in the workspace").to_owned()
}

/// Reads every file at or below a path from the root, in the order of their paths.
pub(crate) fn files(below: &str) -> Vec<Source> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root.join(below), &mut paths);
    paths.sort();
    paths.iter().map(|path| read(&root, path)).collect()
}

/// Reads every Rust file at or below a path from the root.
pub(crate) fn rust_files(below: &str) -> Vec<Source> {
    let mut files = files(below);
    files.retain(|file| file.path.ends_with(".rs"));
    files
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder of the workspace") {
        let entry = entry.expect("an entry of a folder");
        let kind = entry.file_type().expect("a kind of file");
        if MADE.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

fn read(root: &Path, path: &Path) -> Source {
    let parts = path.strip_prefix(root).expect("a path below the root");
    let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy()).collect();
    let bytes = fs::read(path).expect("a file of the workspace");
    Source { path: parts.join("/"), text: String::from_utf8_lossy(&bytes).into_owned() }
}

impl Source {
    /// Returns the lines before the tests at the end of the file: all of it, if there are none.
    ///
    /// A file of which `#![cfg(test)]` or the parent module makes a test as a whole has none before them.
    pub(crate) fn before_tests(&self) -> Vec<&str> {
        if is_test_module(&self.path) {
            return Vec::new();
        }
        let lines: Vec<_> = self.text.lines().collect();
        let begins = |pair: &[&str]| {
            pair.first().is_some_and(|line| line.trim() == "#[cfg(test)]")
                && pair.get(1).is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
        };
        let end = lines.windows(2).position(begins).unwrap_or(lines.len());
        lines.into_iter().take(end).collect()
    }

    /// Returns what [`Source::before_tests`] does without the lines that are comments as a whole, as one text.
    pub(crate) fn code(&self) -> String {
        let mut lines = self.before_tests();
        lines.retain(|line| !line.trim_start().starts_with("//"));
        lines.join("\n")
    }
}

/// Tells whether a file inside `src` is nothing but tests or their helpers, by its name.
fn is_test_module(path: &str) -> bool {
    path.contains("/src/") && (path.ends_with("/tests.rs") || path.ends_with("/testing.rs"))
}

#[test]
fn tests_at_the_end_and_comments_are_told_from_code() {
    let text =
        "//! About\nuse a::b;\n#[cfg(test)]\nmod tests;\nfn f() {} // why\n\n#[cfg(test)]\nmod tests {\n}\n";
    let file = Source { path: "x/src/y.rs".into(), text: text.into() };
    assert_eq!(file.before_tests().len(), 6);
    assert_eq!(file.code(), "use a::b;\n#[cfg(test)]\nmod tests;\nfn f() {} // why\n");
    let file = Source { path: "x/src/y/tests.rs".into(), text: text.into() };
    assert_eq!(file.before_tests().len(), 0);
}

#[test]
fn the_workspace_is_found() {
    let paths: Vec<_> = files("").into_iter().map(|file| file.path).collect();
    for path in ["Cargo.toml", "README.md", ".ci/run", "glue-proto/src/lib.rs", "glue-runtime/src/main.rs"] {
        assert!(paths.iter().any(|found| found == path), "{path}");
    }
    assert!(!paths.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
}
