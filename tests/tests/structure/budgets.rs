//! The length of files. The length of functions is held by clippy.

use crate::workspace::{files, rust_files};

/// Lines of a file before its tests: what a reader can keep in mind.
const MOST_LINES: usize = 400;

/// Examples of how little it takes, each with the most lines that it may have.
const EXAMPLES: [(&str, usize); 2] =
    [("tests/peers/examples/one_outage.rs", 40), ("tests/peers/tests/own_property.rs", 60)];

#[test]
fn no_file_is_longer_than_its_budget() {
    let files = rust_files("");
    assert!(files.len() > 50);
    let lengths = files.iter().map(|file| (file.before_tests().len(), &file.path));
    let long: Vec<_> = lengths.filter(|(length, _)| *length > MOST_LINES).collect();
    assert!(long.is_empty(), "files of more than {MOST_LINES} lines before their tests: {long:#?}");
}

#[test]
fn a_simulator_of_ones_own_takes_no_more_lines_than_promised() {
    for (path, most) in EXAMPLES {
        let file = files("tests/peers").into_iter().find(|file| file.path == path).expect(path);
        let lines = file.text.lines().count();
        assert!(lines <= most, "{path} has {lines} lines, {most} are promised");
    }
}
