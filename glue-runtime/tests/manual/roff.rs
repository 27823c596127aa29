//! Markdown as the pages for operators use it, turned into a manual page: headings, paragraphs, lists, tables and code.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Lines;

/// How far code is indented.
const INDENT: &str = ".RS 4";
/// The longest line of prose, in bytes.
const WIDTH: usize = 80;
/// The mark of a key that the Python program does not know.
const NEW: &str = "**new**";

/// Writes the sections of a page: each heading of the second level becomes one, and what stands before the first of them is
/// the description.
pub(crate) fn sections(markdown: &str) -> String {
    let mut out = String::from(".SH DESCRIPTION\n");
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            let heading = heading.replace('`', "");
            let heading = if heading.starts_with('[') { heading } else { heading.to_uppercase() };
            let _ = writeln!(out, ".SH \"{}\"", escaped(&heading));
        } else if let Some(language) = line.strip_prefix("```") {
            debug_assert!(!language.contains('`'));
            code(&mut lines, &mut out);
        } else if line.starts_with('|') {
            table(line, &mut lines, &mut out);
        } else if let Some(item) = line.strip_prefix("* ") {
            let item = paragraph(item, &mut lines);
            // The mark is left out: whoever reads a manual page does not come from the Python program.
            if !item.contains(NEW) {
                let _ = writeln!(out, ".IP \\(bu 2\n{}", filled(&item));
            }
        } else if !line.is_empty() && !line.starts_with("# ") {
            separate(&mut out);
            let _ = writeln!(out, "{}", filled(&paragraph(line, &mut lines)));
        }
    }
    out
}

/// Begins a paragraph, unless a heading has done so.
fn separate(out: &mut String) {
    if !out.lines().next_back().is_some_and(|line| line.starts_with(".SH")) {
        out.push_str(".PP\n");
    }
}

/// Takes the lines that belong to a paragraph, as one.
fn paragraph(first: &str, lines: &mut Peekable<Lines<'_>>) -> String {
    let mut whole = first.to_owned();
    while let Some(line) = lines.next_if(|line| !line.is_empty() && !line.starts_with(['#', '|', '*'])) {
        whole.push(' ');
        whole.push_str(line.trim());
    }
    whole
}

/// Writes a block of code as it stands, up to its end.
fn code(lines: &mut Peekable<Lines<'_>>, out: &mut String) {
    separate(out);
    let _ = writeln!(out, "{INDENT}\n.EX");
    for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
        let _ = writeln!(out, "{}", guarded(&exact(line)));
    }
    out.push_str(".EE\n.RE\n");
}

/// Writes each row of a table: its first cell, and below it the others.
fn table(head: &str, lines: &mut Peekable<Lines<'_>>, out: &mut String) {
    let head = cells(head);
    while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
        let cells = cells(line);
        if line.starts_with("|--") {
            continue;
        }
        let (first, rest) = cells.split_first().expect("a row has cells");
        let _ = writeln!(out, ".TP\n{}", text(&first.replace(NEW, "")));
        match (head.first().map(String::as_str), rest) {
            (Some("key"), [kind, default, range, meaning]) => {
                out.push_str(&key(kind, default, range, meaning));
            }
            (_, [only]) => {
                let _ = writeln!(out, "{}", filled(only));
            }
            (_, rest) => {
                let named = head.iter().skip(1).zip(rest).filter(|(_, cell)| !cell.is_empty());
                let named: Vec<_> = named.map(|(name, cell)| format!("{name}: {cell}")).collect();
                let _ = writeln!(out, "{}", filled(&named.join("; ")));
            }
        }
    }
}

/// Says of a key what it takes and what it means.
fn key(kind: &str, default: &str, range: &str, meaning: &str) -> String {
    let default = match default {
        "required" => "required".to_owned(),
        "none" => "no default".to_owned(),
        value => format!("by default {value}"),
    };
    let parts = [kind, range, &default].into_iter().filter(|part| !part.is_empty());
    let parts = parts.collect::<Vec<_>>().join("; ");
    format!("{}\n.br\n{}\n", filled(&format!("{parts}.")), filled(&sentence(&unlinked(meaning))))
}

/// Begins with a capital and ends with a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if words.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Splits a row at its bars, but not at those in code.
fn cells(row: &str) -> Vec<String> {
    let inside = row.trim().trim_start_matches('|').trim_end_matches('|');
    inside.split(" |").map(|cell| cell.trim().to_owned()).collect()
}

/// Writes prose: code and strong words in bold, stressed ones in italics, links as their words.
fn text(markdown: &str) -> String {
    let mut out = String::new();
    let mut rest = unlinked(markdown);
    while let Some(at) = rest.find(['`', '*']) {
        let mark = if rest[at..].starts_with("**") { "**" } else { &rest[at..=at] };
        let after = &rest[at + mark.len()..];
        let Some(end) = after.find(mark) else { break };
        let (inside, face) = (&after[..end], if mark == "*" { "I" } else { "B" });
        let shown = if mark == "`" { exact(inside) } else { escaped(inside) };
        let _ = write!(out, "{}\\f{face}{shown}\\fR", escaped(&rest[..at]));
        rest = after[end + mark.len()..].to_owned();
    }
    guarded(&(out + &escaped(&rest))).trim_end().to_owned()
}

/// Writes prose in lines of a length that people can read in the source.
fn filled(markdown: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text(markdown).split(' ') {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(guarded(word));
        }
    }
    lines.join("\n")
}

/// Leaves of each link what is shown of it.
fn unlinked(markdown: &str) -> String {
    let mut out = String::new();
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once("](") {
        let begin = before.rfind('[').expect("a link begins");
        out.push_str(&before[..begin]);
        out.push_str(&before[begin + 1..]);
        rest = after.split_once(')').expect("a link ends").1;
    }
    out + rest
}

/// Keeps groff from reading what prose says as a request.
fn escaped(words: &str) -> String {
    words.replace('\\', "\\e").replace('"', "\\(dq").replace('\'', "\\(aq")
}

/// Keeps groff from making anything prettier in code, so that it can be copied.
fn exact(code: &str) -> String {
    escaped(code).replace('-', "\\-").replace('~', "\\(ti").replace('^', "\\(ha")
}

/// A line that begins with a dot is a request.
fn guarded(line: &str) -> String {
    if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() }
}

#[test]
fn markdown_becomes_what_groff_understands() {
    let page = "# X\n\nSee [the *log*](a.md#b) and `--a 'b'`,\nor **not**.\n\n* one\n  two\n\n## `[argus]`\n\n\
                | key | type | default | range | meaning |\n|---|---|---|---|---|\n\
                | `a.b` **new** | text | `\"x\"` | | what it is |\n\n```toml\n.a = \"\\n\"\n```\n## Second\n\n| a | b |\n|---|---|\n| `c` | d |\n";
    let expected = ".SH DESCRIPTION\nSee the \\fIlog\\fR and \\fB\\-\\-a \\(aqb\\(aq\\fR, or \\fBnot\\fR.\n.IP \\(bu 2\none two\n\
                    .SH \"[argus]\"\n.TP\n\\fBa.b\\fR\ntext; by default \\fB\\(dqx\\(dq\\fR.\n.br\nWhat it is.\n\
                    .PP\n.RS 4\n.EX\n\\&.a = \\(dq\\en\\(dq\n.EE\n.RE\n.SH \"SECOND\"\n.TP\n\\fBc\\fR\nd\n";
    assert_eq!(sections(page), expected);
}
