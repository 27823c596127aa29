//! The length of files. The length of functions is held by clippy.

use crate::workspace::rust_files;

/// Lines of a file before its tests: what a reader can keep in mind.
const MOST_LINES: usize = 400;

#[test]
fn no_file_is_longer_than_its_budget() {
    let files = rust_files("");
    assert!(files.len() > 50);
    let lengths = files.iter().map(|file| (file.before_tests().len(), &file.path));
    let long: Vec<_> = lengths.filter(|(length, _)| *length > MOST_LINES).collect();
    assert!(long.is_empty(), "files of more than {MOST_LINES} lines before their tests: {long:#?}");
}
