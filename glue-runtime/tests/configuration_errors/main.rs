//! What is said of a broken configuration: one row for each way to break it, with the message that an operator reads
//! (behaviour B3).
#![forbid(unsafe_code)]

mod argus;
mod others;

use glue_runtime::config::parse;
use std::collections::BTreeSet;
use std::path::Path;

/// A configuration with which all is well.
const GOOD: &str = r#"[argus]
url = "https://argus.example.org/api/v2/"
token = "hush4711"
[zino]
server = "zino.example.org"
user = "argus"
secret = "hush4712"
"#;
/// What no message may show (behaviour B4).
const SECRETS: [&str; 2] = ["hush4711", "hush4712"];

/// How the good one is broken.
pub(crate) enum Break {
    /// This line takes the place of the one that begins with its key.
    Line(&'static str),
    /// This is added at the end, from line 8 on.
    Add(&'static str),
    /// There is nothing but this.
    Only(&'static str),
    /// The line of this key is left out.
    Without(&'static str),
}

impl Break {
    /// Returns the broken configuration.
    fn text(&self) -> String {
        let is_of = |line: &str, key: &str| line.split(' ').next() == Some(key);
        match self {
            Self::Line(new) => {
                let key = new.split([' ', '=', '.']).next().unwrap_or_default();
                let lines = GOOD.lines().map(|line| if is_of(line, key) { new } else { line });
                lines.map(|line| format!("{line}\n")).collect()
            }
            Self::Add(more) => format!("{GOOD}{more}\n"),
            Self::Only(text) => (*text).to_owned(),
            Self::Without(key) => {
                GOOD.lines().filter(|line| !is_of(line, key)).map(|line| format!("{line}\n")).collect()
            }
        }
    }
}

fn rows() -> impl Iterator<Item = &'static (Break, &'static str)> {
    argus::TABLE.iter().chain(others::TABLE)
}

#[test]
fn b3_each_broken_configuration_has_its_message() {
    for (broken, expected) in rows() {
        let text = broken.text();
        let error = parse(Path::new("x.toml"), &text).expect_err(&text).to_string();
        let expected: Vec<_> = expected.lines().map(|line| format!("x.toml:{line}")).collect();
        assert_eq!(error.lines().collect::<Vec<_>>(), expected, "\n{text}");
        assert!(SECRETS.iter().all(|secret| !error.contains(secret)), "{error}");
    }
}

/// All of them at once say no less than each by itself.
#[test]
fn b3_the_table_has_a_hundred_different_messages_each_with_line_key_and_remedy() {
    let messages: BTreeSet<_> =
        rows().flat_map(|(_, said)| said.lines()).filter_map(|line| line.split_once(": ")).collect();
    let different: BTreeSet<_> = messages.iter().map(|(_, message)| message).collect();
    assert!(different.len() >= 100, "{}", different.len());
    for (line, message) in messages {
        assert!(line.parse::<usize>().is_ok_and(|line| line > 0), "{line}: {message}");
        let (what, right) = message.split_once("; ").expect("what is wrong, and what would be right");
        let has_key = what.contains(": ") && what.split(": ").next().is_some_and(|key| !key.contains(' '));
        assert!(has_key || what.starts_with("not TOML: "), "{message}");
        assert!(!right.is_empty(), "{message}");
    }
}

#[test]
fn b3_the_errors_of_a_file_are_told_at_once_in_its_order() {
    let text = "[argus]\nurl = \"x\"\ntokn = \"hush4711\"\ntimeout = ten\n[zino]\nport = 0\nuser = \"a b\"\n[sinc]\n";
    let error = parse(Path::new("x.toml"), text).expect_err(text).to_string();
    let begins: Vec<_> =
        error.lines().filter_map(|line| line.rsplit_once(';')).map(|(begin, _)| begin).collect();
    let expected = [
        "x.toml:2: argus.url: not a URL",
        "x.toml:3: argus.tokn: unknown key",
        "x.toml:4: argus.timeout: not TOML: a text without quotes",
        "x.toml:6: zino.port: 0 is out of range",
        "x.toml:7: zino.user: contains a blank or control character",
        "x.toml:8: sinc: unknown key",
    ];
    assert_eq!(begins, expected, "{error}");
}
