//! What the pages for people promise about themselves: the length of README, its figures, the fragments of the changelog.

use crate::workspace::{Source, files};

/// The most bytes of README: it is read from its beginning to its end.
const MOST_BYTES: usize = 8192;
const COMMANDS: [&str; 2] = ["cargo run --release --example demo", "cargo test --workspace"];
/// Between them stands what the end-to-end bench writes.
const MARKS: [&str; 2] = ["<!-- bench: begin -->", "<!-- bench: end -->"];
/// The types of fragments that make sense when nobody has used a version before.
const FIRST: &str = ".added.md";

fn file(path: &str) -> Source {
    let (folder, _) = path.rsplit_once('/').unwrap_or_default();
    files(folder).into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("there is no {path}"))
}

/// Returns the rows of the first table of a text, each with its first cells, without the heading.
fn rows(text: &str, cells: usize) -> Vec<Vec<&str>> {
    let lines =
        text.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.split('|').skip(1).take(cells).map(str::trim).collect()).collect()
}

fn measured(page: &Source) -> &str {
    let (_, rest) = page.text.split_once(MARKS[0]).expect("the mark where the figures begin");
    rest.split_once(MARKS[1]).expect("the mark where the figures end").0
}

#[test]
fn readme_is_short_and_begins_with_the_two_commands() {
    let readme = file("README.md");
    let length = readme.text.len();
    assert!(length <= MOST_BYTES, "README.md has {length} bytes, {MOST_BYTES} are the most");
    let code: Vec<_> = readme.text.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(code.get(..2), Some(&COMMANDS[..]));
}

#[test]
fn the_figures_on_other_pages_are_those_of_the_results() {
    let results = file("tests/bench/RESULTS.md");
    let results = rows(&results.text, 4);
    for (path, least) in [("README.md", 4), ("tests/bench/README.md", 15)] {
        let page = file(path);
        let rows = rows(measured(&page), 4);
        assert!(rows.len() >= least && results.len() > rows.len(), "{path} has {} rows", rows.len());
        for row in rows {
            assert!(results.contains(&row), "{path}: {row:?} is no row of the results");
        }
    }
    assert_eq!(rows(measured(&file("README.md")), 4).len(), 4);
}

/// Tells whether the name of a fragment is printed as what it is: a number as that of an issue, any other not at all.
fn is_well_named(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or_default();
    name.starts_with('+') || (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn fragments_have_names_that_are_printed_right_and_the_first_release_only_adds() {
    let is_first = !file("CHANGELOG.md").text.lines().any(|line| line.starts_with("## "));
    let fragments = files("changelog.d").into_iter().filter_map(|file| {
        let name = file.path.strip_prefix("changelog.d/")?.to_owned();
        (!matches!(name.as_str(), "README.md" | ".gitignore")).then_some(name)
    });
    for name in fragments {
        assert!(
            is_well_named(&name),
            "changelog.d/{name}: call it +{name}, or towncrier takes it for an issue"
        );
        assert!(
            !is_first || name.ends_with(FIRST),
            "changelog.d/{name}: nothing was released yet, only {FIRST}"
        );
    }
    for (name, expected) in
        [("+x.added.md", true), ("12.fixed.md", true), ("x.added.md", false), (".md", false)]
    {
        assert_eq!(is_well_named(name), expected, "{name}");
    }
}
