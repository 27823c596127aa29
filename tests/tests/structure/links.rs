//! Every link between the pages of the repository leads somewhere.

use crate::workspace::{Source, files, root};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The least links between pages that there are: fewer only mean that they are not found any more.
const LEAST: usize = 60;

/// Returns the lines of a page that are not code.
fn prose(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && !line.starts_with("    ") {
            lines.push(without_code(line));
        }
    }
    lines
}

/// Removes what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// Returns the targets of the links and pictures of a page: `[text](target)` and `[name]: target`.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.extend(inline.map(str::to_owned));
        let named = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        found.extend(named.map(|(_, target)| target.trim().to_owned()));
    }
    found
}

/// Returns what a heading is called in a link: small letters, hyphens for blanks, and no other marks.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let heading = line.trim_start_matches('#').strip_prefix(' ');
        found.extend(heading.filter(|_| !fenced && line.starts_with('#')).map(anchor));
    }
    found
}

/// Resolves a relative path in a page; `None` leads out of the repository.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut path = PathBuf::from(page);
    path.pop();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => path.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    path.to_str().map(str::to_owned)
}

/// Says what is wrong with the link of a page, if anything is.
fn wrong(page: &str, target: &str, pages: &BTreeMap<String, Source>) -> Option<String> {
    let (path, place) = target.split_once('#').map_or((target, None), |(path, place)| (path, Some(place)));
    let path = if path.is_empty() { Some(page.to_owned()) } else { resolve(page, path) };
    let Some(path) = path else { return Some(format!("{page}: {target} leads out of the repository")) };
    if !root().join(&path).exists() {
        return Some(format!("{page}: there is no {path}"));
    }
    let place = place?;
    let is_there =
        pages.get(&path).is_some_and(|page| anchors(&page.text).iter().any(|found| found == place));
    (!is_there).then(|| format!("{page}: there is no heading for #{place} in {path}"))
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let pages = files("").into_iter().filter(|file| file.path.ends_with(".md"));
    let pages: BTreeMap<_, _> = pages.map(|file| (file.path.clone(), file)).collect();
    let mut count = 0;
    let mut broken = Vec::new();
    for (path, page) in &pages {
        let links = targets(&page.text);
        let ours = links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        for target in ours {
            count += 1;
            broken.extend(wrong(path, target, &pages));
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    assert!(count >= LEAST, "only {count} links were found");
}

#[test]
fn links_and_headings_are_found_and_broken_ones_are_told() {
    let text = "# A `b`, c-d!\n[x](one.md) and ![y](two.svg#z)\n`[no](no.md)`\n    [no](no.md)\n```\n# no\n[no](no)\n```\n\
                [name]: three.md\n";
    assert_eq!(targets(text), ["one.md", "two.svg#z", "three.md"]);
    assert_eq!(anchors(text), ["a-b-c-d"]);
    assert_eq!(resolve("a/b/c.md", "../d.md").as_deref(), Some("a/d.md"));
    assert_eq!(resolve("a.md", "../d.md"), None);
    let page = Source { path: "README.md".into(), text: "# Here\n".into() };
    let pages = BTreeMap::from([("README.md".to_owned(), page)]);
    for (target, is_wrong) in [
        ("LICENSE", false),
        ("tests", false),
        ("#here", false),
        ("README.md#here", false),
        ("NO-SUCH-FILE", true),
        ("../x", true),
        ("#nowhere", true),
        ("LICENSE#here", true),
    ] {
        assert_eq!(wrong("README.md", target, &pages).is_some(), is_wrong, "{target}");
    }
}
