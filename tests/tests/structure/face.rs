//! What `glue-proto` shows: every public name, held by a list, so that the face changes on purpose only.
//!
//! The list is `face.txt` beside this file. Fields, variants and methods are not in it; what the feature `internals` shows
//! is no part of the face.

use crate::workspace::{Source, rust_files};
use std::collections::BTreeMap;

/// The committed list: one path a line, sorted.
const FACE: &str = include_str!("face.txt");
const SRC: &str = "glue-proto/src/";

/// The sources of the crate by their path below `src`, without what only tests see.
struct Sources(BTreeMap<String, String>);

impl Sources {
    fn read() -> Self {
        let code = |file: Source| Some((file.path.strip_prefix(SRC)?.to_owned(), file.code()));
        Self(rust_files("glue-proto/src").into_iter().filter_map(code).collect())
    }

    /// Returns the code of a module, `wire::zino`; the empty one is the root.
    fn module(&self, module: &str) -> Option<&str> {
        if module.is_empty() {
            return self.0.get("lib.rs").map(String::as_str);
        }
        let path = module.replace("::", "/");
        let file = self.0.get(&format!("{path}.rs")).or_else(|| self.0.get(&format!("{path}/mod.rs")));
        file.map(String::as_str)
    }

    /// Collects the paths of all that a module shows, and of what its public modules show.
    fn collect(&self, module: &str, shown_as: &str, face: &mut Vec<String>) {
        let code =
            self.module(module).unwrap_or_else(|| panic!("there is no file for the module {module:?}"));
        for item in items(code) {
            match item {
                // It exists in the documentation only.
                Item::Module(name) if name == "docs" => {}
                Item::Name(name) => face.push(format!("{shown_as}::{name}")),
                Item::Module(name) => {
                    face.push(format!("{shown_as}::{name}"));
                    self.collect(&join(module, &name), &format!("{shown_as}::{name}"), face);
                }
                Item::All(other) => self.collect(&join(module, &other), shown_as, face),
            }
        }
    }
}

/// Something public at the top level of a file.
#[derive(Debug, PartialEq, Eq)]
enum Item {
    Name(String),
    Module(String),
    /// Whatever another module shows.
    All(String),
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// Finds the public items of a formatted file: only those of its top level begin in the first column.
fn items(code: &str) -> Vec<Item> {
    let mut found = Vec::new();
    let mut is_hidden = false;
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[") {
            is_hidden |= line.contains("cfg(test)") || line.contains("feature = \"internals\"");
        } else if !line.starts_with(char::is_whitespace) {
            let is_shown = !std::mem::take(&mut is_hidden);
            if let Some(rest) = line.strip_prefix("pub use ") {
                let mut tree = rest.to_owned();
                while !tree.contains(';') {
                    tree += lines.next().expect("a use ends with a semicolon").trim();
                }
                found.extend(is_shown.then(|| used(&tree)).into_iter().flatten());
            } else if let Some(rest) = line.strip_prefix("pub ") {
                found.extend(declared(rest).filter(|_| is_shown));
            }
        }
    }
    found
}

/// Reads what a declaration without its `pub` declares.
fn declared(text: &str) -> Option<Item> {
    const KINDS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let kind = words.next()?;
    let name = words.find(|word| !["fn", "async", "unsafe", "mut"].contains(word))?.to_owned();
    if kind == "mod" {
        return Some(Item::Module(name));
    }
    (KINDS.contains(&kind) || ["async", "unsafe"].contains(&kind)).then_some(Item::Name(name))
}

/// Reads the tree of a use: `a::b::{C, D as E}` or `a::*`, each of them one level deep, as this crate writes them.
fn used(tree: &str) -> Vec<Item> {
    let tree = tree.trim_end_matches(';').trim();
    if let Some(module) = tree.strip_suffix("::*") {
        return vec![Item::All(module.to_owned())];
    }
    let names = match tree.split_once('{') {
        Some((_, group)) => group.trim_end_matches('}'),
        None => tree.rsplit("::").next().unwrap_or(tree),
    };
    let name = |name: &str| name.rsplit([' ', ':']).next().unwrap_or(name).to_owned();
    names
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| Item::Name(name(part)))
        .collect()
}

#[test]
fn the_face_of_the_core_is_the_one_that_was_agreed_on() {
    let mut face = Vec::new();
    Sources::read().collect("", "glue_proto", &mut face);
    face.sort();
    let agreed: Vec<_> = FACE.lines().map(String::from).collect();
    assert!(agreed.is_sorted() && agreed.len() > 50, "face.txt is sorted, a name a line");
    let new: Vec<_> = face.iter().filter(|name| !agreed.contains(name)).collect();
    let gone: Vec<_> = agreed.iter().filter(|name| !face.contains(name)).collect();
    assert!(
        new.is_empty() && gone.is_empty() && face.len() == agreed.len(),
        "the public names of glue-proto have changed.\nnew: {new:#?}\ngone: {gone:#?}\nIf that is meant, say so in \
         tests/tests/structure/face.txt: what is public is a promise to everybody who uses the crate."
    );
}

#[test]
fn public_items_are_found_however_they_are_written() {
    let code = "mod a;\npub use a::{\n    B, C as D,\n    e,\n};\npub use a::F;\npub use g::*;\n#[cfg(test)]\npub mod no;\n\
                #[cfg(feature = \"internals\")]\n#[doc(hidden)]\npub mod no;\npub mod h;\npub(crate) struct No;\n\
                #[derive(Debug)]\npub struct I<'a>(&'a str);\nimpl I<'_> {\n    pub fn no() {}\n}\npub const J: u8 = 1;\n\
                pub const fn k() {}\npub fn l<T>() {}\npub enum M {}\npub trait N {}\npub type O = u8;\n";
    let name = |name: &str| Item::Name(name.to_owned());
    let mut expected: Vec<_> = ["B", "D", "e", "F"].map(name).into();
    expected.extend([Item::All("g".into()), Item::Module("h".into())]);
    expected.extend(["I", "J", "k", "l", "M", "N", "O"].map(name));
    assert_eq!(items(code), expected);
}
