//! The core is a function of its inputs: what it is built from, and what its sources name.

use crate::workspace::{files, root, rust_files};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

const CODEC: &str = "part of snmp-parser, which reads BER";
const DERIVE: &str = "runs in the compiler, is not in the program";
const DIGEST: &str = "part of sha1";
const JSON: &str = "part of serde_json";

/// Every crate that may be linked into the core, and why it is no way out to the machine or the moment.
const ALLOWED: [(&str, &str); 38] = [
    ("glue-proto", "the core"),
    ("asn1-rs", CODEC),
    ("asn1-rs-derive", DERIVE),
    ("asn1-rs-impl", DERIVE),
    ("block-buffer", DIGEST),
    ("cfg-if", DIGEST),
    ("cpufeatures", "part of sha1: asks the processor which of two equal ways is faster"),
    ("crypto-common", DIGEST),
    ("digest", DIGEST),
    ("displaydoc", DERIVE),
    ("generic-array", DIGEST),
    ("itoa", JSON),
    ("jiff", "writes and reads RFC 3339, without its clock and time zones"),
    ("jiff-core", "part of jiff"),
    ("libc", "part of cpufeatures, on processors that have to ask the system"),
    ("litemap", "a map in a sorted Vec: nothing but memory"),
    ("memchr", "part of serde_json: searches bytes"),
    ("minimal-lexical", CODEC),
    ("nom", CODEC),
    ("num-traits", CODEC),
    ("portable-atomic", "part of jiff, on processors without atomics"),
    ("portable-atomic-util", "part of jiff, on processors without atomics"),
    ("proc-macro2", DERIVE),
    ("quote", DERIVE),
    ("rusticata-macros", CODEC),
    ("serde", "describes types to serde_json"),
    ("serde_core", "part of serde"),
    ("serde_derive", DERIVE),
    ("serde_json", "JSON, from and to memory"),
    ("sha1", "the digest of Zino's login"),
    ("snmp-parser", "the answers of the SNMP agent"),
    ("syn", DERIVE),
    ("synstructure", DERIVE),
    ("thiserror", "errors with texts"),
    ("thiserror-impl", DERIVE),
    ("typenum", DIGEST),
    ("unicode-ident", DERIVE),
    ("zmij", JSON),
];

/// Crates of the shell: their names have no place in the core's sources and manifest.
const SHELL: [&str; 9] =
    ["glue_runtime", "glue-runtime", "tokio", "hyper", "rustls", "tracing", "clap", "getrandom", "rand::"];

/// Asks cargo which crates a build of the core with all its features links, by name.
fn linked_crates() -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "glue-proto", "--all-features", "-e", "normal", "--prefix", "none"])
        .args(["--offline", "--locked"])
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .expect("cargo");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree: {complaint}");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = |line: &str| line.split(' ').next().map(|name| (name.to_owned(), line.to_owned()));
    lines.lines().filter_map(name).collect()
}

#[test]
fn the_core_is_built_from_known_crates_only() {
    let linked = linked_crates();
    assert!(linked.contains_key("glue-proto") && linked.len() > 5, "cargo tree said {linked:?}");
    let unknown: Vec<_> =
        linked.iter().filter(|(name, _)| ALLOWED.iter().all(|(known, _)| known != name)).collect();
    assert!(
        unknown.is_empty(),
        "crates that nobody has vouched for: {unknown:#?}\nIf one has no way out to clock, network, files or \
         randomness, add it to the list in purity.rs with the reason."
    );
}

#[test]
fn the_core_does_without_the_standard_library() {
    let files = rust_files("glue-proto/src");
    let root = files.iter().find(|file| file.path == "glue-proto/src/lib.rs").expect("the root of the crate");
    assert!(root.code().contains("#![no_std]"), "lib.rs must say #![no_std]");
    let std = "std::";
    let of_std = |code: &str| {
        let starts = code.match_indices(std).map(|(at, _)| code[..at].chars().next_back());
        starts.into_iter().any(|before| !before.is_some_and(|c| c.is_alphanumeric() || c == '_'))
    };
    let guilty: Vec<_> = files.iter().filter(|file| of_std(&file.code())).map(|file| &file.path).collect();
    assert!(guilty.is_empty(), "{std} outside tests in {guilty:?}: use core and alloc");
}

#[test]
fn the_core_does_not_know_its_shell() {
    let mut sources = rust_files("glue-proto/src");
    sources.extend(files("glue-proto").into_iter().filter(|file| file.path == "glue-proto/Cargo.toml"));
    assert!(sources.len() > 10);
    for file in &sources {
        let code = if file.path.ends_with(".rs") { file.code() } else { file.text.clone() };
        for name in SHELL {
            assert!(!code.contains(name), "{} names {name}", file.path);
        }
    }
}
