//! Which module of `glue-proto` may use which. The arrows go one way, so that each module can be read by itself.

use crate::workspace::{Source, rust_files};
use std::collections::BTreeSet;

/// Each module with the modules that it may use besides itself.
const ARROWS: [(&str, &[&str]); 9] = [
    ("docs", &[]),
    ("model", &[]),
    ("text", &[]),
    ("face", &["model"]),
    ("wire", &["face", "model", "text"]),
    ("decision", &["face", "model", "text"]),
    ("check", &["face", "model", "wire"]),
    ("daemon", &["decision", "face", "model", "text", "wire"]),
    ("internals", &["daemon", "text"]),
];

/// One use of a module: its name, and what is taken from it, if that is a single name.
type Use = (String, Option<String>);

/// Returns the top module that a file of `glue-proto/src` belongs to, and how deep the file lies below the root.
fn place(path: &str) -> Option<(String, usize)> {
    let inside = path.strip_prefix("glue-proto/src/")?.strip_suffix(".rs")?;
    let parts: Vec<_> = inside.split('/').filter(|part| *part != "mod" && *part != "lib").collect();
    Some(((*parts.first()?).to_owned(), parts.len()))
}

/// Finds every use of a module in the code of a file whose module lies `depth` below the root of the crate.
fn uses(code: &str, depth: usize) -> BTreeSet<Use> {
    let to_root = "super::".repeat(depth);
    let mut found = BTreeSet::new();
    for prefix in ["crate::", &to_root] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                found.extend(first_names(&code[at + prefix.len()..]));
            }
        }
    }
    found
}

/// Reads `module::Name`, `module::{..}` or `{module::Name, ..}` at the beginning of a text.
fn first_names(text: &str) -> Vec<Use> {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        return split_group(group).into_iter().flat_map(first_names).collect();
    }
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let module = word(text);
    let Some(rest) = text.get(module.len()..).and_then(|rest| rest.strip_prefix("::")) else {
        return vec![(module, None)];
    };
    match rest.strip_prefix('{') {
        Some(group) => {
            split_group(group).into_iter().map(|item| (module.clone(), Some(word(item.trim())))).collect()
        }
        None => vec![(module, Some(word(rest)))],
    }
}

/// Splits the inside of a group at its own commas, up to the brace that ends it.
fn split_group(text: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut items) = (0_usize, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(&text[begin..at]);
                begin = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

fn wrong_uses(file: &Source, module: &str, depth: usize, allowed: &[&str]) -> Vec<String> {
    let is_wrong = |(used, _): &Use| used != module && !allowed.contains(&used.as_str());
    let wrong = uses(&file.code(), depth).into_iter().filter(is_wrong);
    wrong.map(|(used, item)| format!("{}: crate::{used}::{}", file.path, item.unwrap_or_default())).collect()
}

#[test]
fn every_room_uses_only_the_rooms_below_it() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for file in rust_files("glue-proto/src") {
        let Some((module, depth)) = place(&file.path) else { continue };
        match ARROWS.iter().find(|(name, _)| *name == module) {
            Some((_, allowed)) => wrong.extend(wrong_uses(&file, &module, depth, allowed)),
            None => wrong.push(format!("{}: the module is not in the table of arrows.rs", file.path)),
        }
        seen.insert(module);
    }
    assert!(wrong.is_empty(), "arrows that go the wrong way:\n{}", wrong.join("\n"));
    let gone: Vec<_> = ARROWS.iter().filter(|(name, _)| !seen.contains(*name)).collect();
    assert!(gone.is_empty(), "modules that are not there any more: {gone:?}");
}

#[test]
fn uses_are_found_however_they_are_written() {
    let code = "use crate::model::{Case, sub::{A, B}};\nuse crate::{time::Wall, zino};\nuse super::super::argus::X;\n\
                use super::queue;\nlet x = crate::daemon::Method::Get; mycrate::no::X; pub(crate) fn f() {}";
    let found: Vec<_> =
        uses(code, 2).into_iter().map(|(module, item)| (module, item.unwrap_or_default())).collect();
    let expected = [
        ("argus", "X"),
        ("daemon", "Method"),
        ("model", "Case"),
        ("model", "sub"),
        ("time", "Wall"),
        ("zino", ""),
    ];
    assert_eq!(found, expected.map(|(module, item)| (module.to_owned(), item.to_owned())));
    assert_eq!(place("glue-proto/src/wire/zino/api/mod.rs"), Some(("wire".to_owned(), 3)));
    assert_eq!(place("glue-proto/src/lib.rs"), None);
}
