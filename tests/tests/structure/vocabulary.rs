//! The words that stay where the names in a recording are replaced: all that the core knows (behaviour B79).

use super::workspace::rust_files;
use std::collections::BTreeSet;

const VOCABULARY: &str = include_str!("../../../glue-runtime/src/anonymise/vocabulary.txt");
/// Words of examples, which are names like others.
const EXAMPLES: [&str; 3] = ["oslo", "testuser", "testpassword"];

/// Returns the words in the texts of a source: letters between quotation marks, but for what is escaped.
fn words(code: &str) -> BTreeSet<String> {
    let code = code.replace("\\\"", " ").replace("'\"'", " ");
    let texts = code.split('"').skip(1).step_by(2);
    let plain = |text: &str| {
        ["\\r", "\\n", "\\t", "\\0", "\\u", "\\x"]
            .iter()
            .fold(text.to_owned(), |text, escape| text.replace(escape, " "))
    };
    let words = texts.map(plain).flat_map(|text| {
        let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
        words.map(str::to_lowercase).collect::<Vec<_>>()
    });
    words.collect()
}

#[test]
fn b79_every_word_that_the_core_knows_stays_where_names_are_replaced() {
    let known: BTreeSet<_> = VOCABULARY.lines().chain(EXAMPLES).map(str::to_owned).collect();
    let sources = rust_files("glue-proto/src");
    let used: BTreeSet<_> = sources.iter().flat_map(|file| words(&file.code())).collect();
    assert!(used.len() > 300, "{used:?}");
    let missing: Vec<_> = used.difference(&known).collect();
    assert!(missing.is_empty(), "glue-runtime/src/anonymise/vocabulary.txt lacks {missing:?}");
}

#[test]
fn words_are_found_in_texts_only() {
    let found = words("let name = f(\"Port-State {router}\\r\\nis\", '\"', \"say \\\"so\\\"\");");
    let expected = ["port", "state", "router", "is", "say", "so"].map(String::from);
    assert_eq!(found, BTreeSet::from(expected));
}
