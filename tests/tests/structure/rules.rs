//! Every rule of the behaviour is named by a test, so that whoever changes a rule finds what holds it.

use crate::workspace::rust_files;
use std::collections::{BTreeMap, BTreeSet};

/// The page of the rules.
const BEHAVIOUR: &str = include_str!("../../../glue-proto/docs/behaviour.md");

/// Returns the numbers of the rules that a page states: `- **B20 Interesting** cases: ..`.
fn rules_in(page: &str) -> BTreeSet<u32> {
    let number = |line: &str| {
        let rest = line.strip_prefix("- **B")?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        rest[..end].parse().ok()
    };
    page.lines().filter_map(number).collect()
}

/// Returns the rules that a function is named after: 25 and 28 for `b25_b28_an_old_number`.
fn rules_of(name: &str) -> Vec<u32> {
    name.split('_').map_while(|part| part.strip_prefix('b')?.parse().ok()).collect()
}

/// Finds the names of all test functions: those with an attribute that ends in `test`, also inside `proptest!`.
fn test_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[") {
            let path: &str = attribute.split(['(', ']']).next().unwrap_or_default();
            is_test |= path == "test" || path.ends_with("::test");
        } else if let Some((_, rest)) = line.split_once("fn ") {
            if is_test {
                names.extend(rest.split(['(', '<']).next());
            }
            is_test = false;
        }
    }
    names
}

#[test]
fn every_rule_has_a_test_that_bears_its_number() {
    let mut tests: BTreeMap<u32, usize> = BTreeMap::new();
    for file in rust_files("") {
        for rule in test_names(&file.text).into_iter().flat_map(rules_of) {
            *tests.entry(rule).or_default() += 1;
        }
    }
    let rules = rules_in(BEHAVIOUR);
    let show = |rules: Vec<&u32>| rules.iter().map(|rule| format!("B{rule}")).collect::<Vec<_>>().join(" ");
    let unknown = show(tests.keys().filter(|rule| !rules.contains(rule)).collect());
    assert!(unknown.is_empty(), "tests are named after rules that do not exist: {unknown}");
    let untested = show(rules.iter().filter(|rule| !tests.contains_key(rule)).collect());
    assert!(
        untested.is_empty(),
        "rules without a test that is named after them (fn b<number>_...): {untested}"
    );
}

#[test]
fn rules_are_found_by_their_numbers() {
    let rules =
        rules_in("# B1\n- **B2** x\n- **B30 Reopening.** as B4 says\n  - **B5 x**\n- *B6*\n- **Bad**");
    assert_eq!(rules.into_iter().collect::<Vec<_>>(), [2, 30]);
    assert!(rules_in(BEHAVIOUR).len() > 40);
}

#[test]
fn test_functions_are_found_by_their_attribute() {
    let text = "fn b1_no() {}\n#[test]\nfn b2_yes() {}\n#[tokio::test(start_paused = true)]\n\
                #[allow(dead_code)]\nasync fn b3_b4_yes() {}\n proptest! {\n #[test]\n fn b5_yes(x in 0..3) {}\n}\n\
                #[cfg(test)]\nfn b6_no() {}";
    assert_eq!(test_names(text), ["b2_yes", "b3_b4_yes", "b5_yes"]);
    assert_eq!(rules_of("b3_b4_yes"), [3, 4]);
    assert_eq!(rules_of("bad_b4"), [0_u32; 0]);
}
