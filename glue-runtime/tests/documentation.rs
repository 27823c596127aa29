//! The pages for operators say what the program does: every key of the configuration, every option, every exit status.
#![forbid(unsafe_code)]

use clap::CommandFactory as _;
use glue_runtime::cli::Cli;
use glue_runtime::config::{Config, ConfigError, Problem, parse};
use glue_runtime::exit::Status;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const CONFIGURATION: &str = include_str!("../docs/configuration.md");
const OPERATION: &str = include_str!("../docs/operation.md");
const EXAMPLE: &str = include_str!("../../zinoargus.toml.example");

/// A key that is like no other.
const NO_KEY: &str = "zzzzzzzzzzzzzzzz";
const BANDS: &str = "sync.severity.thresholds";
/// The keys of zino-argus-glue 0.5.1: the only ones that may stand in a file that both programs read.
const PYTHON: [&str; 20] = [
    "argus.url",
    "argus.token",
    "argus.timeout",
    "zino.server",
    "zino.port",
    "zino.user",
    "zino.secret",
    "zino.default_domain",
    "sync.acknowledge.setstate",
    "sync.ticket.enable",
    "sync.severity.default",
    BANDS,
    "sync.severity.thresholds[].min_priority",
    "sync.severity.thresholds[].level",
    "metadata.ports_url",
    "failover.primary_server",
    "failover.primary_snmp_port",
    "failover.snmp_community",
    "failover.ping_timeout",
    "failover.threshold",
];
/// What the required keys may be.
const REQUIRED: [(&str, &str); 6] = [
    ("argus.url", "\"https://argus.example.org/api/v2/\""),
    ("argus.token", "\"0123456789abcdef\""),
    ("zino.server", "\"zino.example.org\""),
    ("zino.user", "\"glue\""),
    ("zino.secret", "\"correct horse\""),
    ("failover.primary_server", "\"zino1.example.org\""),
];

/// A row of the tables of keys.
#[derive(Debug)]
struct Row {
    is_new: bool,
    default: String,
}

/// Reads the rows of the tables of keys.
fn rows() -> BTreeMap<String, Row> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ").map(str::trim);
        let (key, rest) = cells.next()?.split_once('`')?;
        let default = cells.nth(1)?.to_owned();
        key.contains('.').then(|| (key.to_owned(), Row { is_new: rest.trim() == "**new**", default }))
    };
    CONFIGURATION.lines().filter_map(row).collect()
}

fn problems(text: &str) -> Vec<Problem> {
    match parse(Path::new("x.toml"), text) {
        Err(ConfigError::Wrong { problems, .. }) => problems,
        other => panic!("{other:?} of {text:?}"),
    }
}

fn config(text: &str) -> Config {
    parse(Path::new("x.toml"), text).unwrap_or_else(|error| panic!("{error}\nin\n{text}")).config
}

/// Asks the program itself which keys a table has: it names them where it is given one that it does not know.
fn collect(table: &str, found: &mut BTreeSet<String>) {
    let (text, at) = match table {
        "" => (format!("{NO_KEY} = 1"), NO_KEY.to_owned()),
        BANDS => (format!("[[{BANDS}]]\n{NO_KEY} = 1"), format!("{BANDS}[0].{NO_KEY}")),
        _ => (format!("{table}.{NO_KEY} = 1"), format!("{table}.{NO_KEY}")),
    };
    let problems = problems(&text);
    let known = problems.iter().find(|problem| problem.key == at);
    if table == BANDS {
        found.insert(table.to_owned());
    }
    let Some(known) = known else {
        found.insert(table.to_owned());
        return;
    };
    let keys = known.right.strip_prefix("the keys known here are ").expect("a list of the keys");
    for key in keys.split(", ") {
        match table {
            "" => collect(key, found),
            BANDS => drop(found.insert(format!("{BANDS}[].{key}"))),
            _ => collect(&format!("{table}.{key}"), found),
        }
    }
}

fn keys() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect("", &mut found);
    found
}

/// The smallest configuration of a secondary, without one key, and with something after it.
fn smallest(without: &str, extra: &str) -> String {
    let lines = REQUIRED.iter().filter(|(key, _)| *key != without);
    let lines: Vec<_> = lines.map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{}\n{extra}\n", lines.join("\n"))
}

#[test]
fn section2_every_key_has_a_row_and_every_row_is_a_key() {
    let keys = keys();
    assert!(keys.len() > 30, "{keys:?}");
    let rows: BTreeSet<_> = rows().into_keys().collect();
    let missing: Vec<_> = keys.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&keys).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "without a row: {missing:?}, without a key: {unknown:?}"
    );
}

#[test]
fn section2_the_defaults_of_the_rows_are_those_of_the_program() {
    let plain = config(&smallest("", ""));
    for (key, row) in rows() {
        let default = row.default.trim_matches('`');
        match default {
            "required" if key.starts_with(BANDS) => {
                let other = if key.ends_with("level") { "min_priority = 1" } else { "level = 1" };
                let problems = problems(&smallest("", &format!("[[{BANDS}]]\n{other}")));
                assert!(problems.iter().any(|problem| problem.what == "missing"), "{key} is not required");
            }
            "required" => {
                let problems = problems(&smallest(&key, "failover.threshold = 10"));
                let is_missing = |problem: &Problem| problem.key == key && problem.what == "missing";
                assert!(problems.iter().any(is_missing), "{key} is not required: {problems:?}");
            }
            "none" => assert!(!REQUIRED.iter().any(|(required, _)| *required == key), "{key} is required"),
            _ => {
                assert_eq!(config(&smallest("", &format!("{key} = {default}"))), plain, "{key} = {default}");
            }
        }
    }
}

#[test]
fn section2_the_keys_that_the_python_program_refuses_are_marked_as_new() {
    let rows = rows();
    let old: BTreeSet<_> = rows.iter().filter(|(_, row)| !row.is_new).map(|(key, _)| key.as_str()).collect();
    assert_eq!(old, BTreeSet::from(PYTHON));
}

#[test]
fn section2_the_example_has_every_key() {
    let mut table = String::new();
    let mut shown = BTreeSet::new();
    for line in EXAMPLE.lines().map(|line| line.trim_start_matches('#').trim()) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = name.trim_matches(['[', ']']).replace(BANDS, &format!("{BANDS}[]"));
        } else if let Some((key, _)) = line.split_once(" = ") {
            shown.insert(format!("{table}.{key}"));
        }
    }
    let missing: Vec<_> = keys().into_iter().filter(|key| key != BANDS && !shown.contains(key)).collect();
    assert!(missing.is_empty(), "zinoargus.toml.example does not show {missing:?}");
}

#[test]
fn b3_the_errors_that_are_shown_are_those_of_the_program() {
    let text = "[argus]\nurl = \"argus.example.org\"\ntoken = \"x\"\ntimeot = 3\n[zino]\nserver = \"a\"\nport = 80010\nuser = \"u\"";
    let error = parse(Path::new("bad.toml"), text).expect_err("four errors");
    assert!(CONFIGURATION.contains(&error.to_string()), "configuration.md does not show\n{error}");
}

#[test]
fn b1_every_option_and_command_is_on_the_page_about_operation() {
    let command = Cli::command();
    let (_, usage) = OPERATION.split_once("    zinoargus [").expect("a line of usage");
    let usage = usage.lines().next().unwrap_or_default();
    for command in command.get_subcommands() {
        assert!(usage.contains(command.get_name()), "operation.md does not have {}", command.get_name());
    }
    for option in command.get_arguments() {
        let long = option.get_long().map(|name| format!("`--{name}"));
        let short = option.get_short().map(|name| format!("`-{name}"));
        for name in long.into_iter().chain(short) {
            assert!(OPERATION.contains(&name), "operation.md does not have {name}`");
        }
    }
}

#[test]
fn b2_every_exit_status_is_on_the_page_about_operation() {
    use Status::{Config, Data, Differs, Done, Refused, System, Unreachable, Usage};
    let (_, rest) = OPERATION.split_once("## Exit statuses").expect("a heading");
    let table = rest.split("\n## ").next().unwrap_or_default();
    let row = |line: &str| line.strip_prefix("| ")?.split_once(" |")?.0.parse::<u8>().ok();
    let rows: Vec<_> = table.lines().filter_map(row).collect();
    assert_eq!(rows, [Done, Differs, Usage, Data, System, Unreachable, Refused, Config].map(Status::number));
}
