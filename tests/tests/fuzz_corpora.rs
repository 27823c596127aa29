//! The committed corpora of the fuzz targets, on the stable toolchain. That of `config` is replayed in the daemon's own
//! package, where its check is.

use glue_tests::fuzzing::{argus_reply, daemon, replay_corpus, snmp_reply, zino_api, zino_notify};
use std::collections::BTreeSet;
use std::path::Path;

/// The most files and bytes of a corpus. `cargo fuzz cmin` drops what adds nothing.
const MOST_FILES: usize = 300;
const MOST_BYTES: u64 = 300 << 10;

#[test]
fn zino_api_keeps_its_promises_for_its_corpus() {
    assert!(replay_corpus("zino_api", zino_api) > 0);
}

#[test]
fn zino_notify_keeps_its_promises_for_its_corpus() {
    assert!(replay_corpus("zino_notify", zino_notify) > 0);
}

#[test]
fn argus_reply_keeps_its_promises_for_its_corpus() {
    assert!(replay_corpus("argus_reply", argus_reply) > 0);
}

#[test]
fn snmp_reply_keeps_its_promises_for_its_corpus() {
    assert!(replay_corpus("snmp_reply", snmp_reply) > 0);
}

#[test]
fn daemon_keeps_its_promises_for_its_corpus() {
    assert!(replay_corpus("daemon", daemon) > 0);
}

#[test]
#[should_panic(expected = "no_such_target")]
fn a_corpus_that_is_missing_is_a_failure() {
    let _ = replay_corpus("no_such_target", |_| {});
}

#[test]
#[should_panic(expected = "these files of the corpus fail")]
fn a_file_that_fails_is_a_failure() {
    let _ = replay_corpus("snmp_reply", |_| panic!("a broken promise"));
}

/// The names below a folder of the fuzz workspace, without their endings.
fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder);
    let entries = folder
        .read_dir()
        .expect("an entry of the fuzz workspace")
        .map(|entry| entry.expect("an entry of the fuzz workspace").path());
    entries
        .map(|path| path.file_stem().expect("an entry of the fuzz workspace").to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_target_has_a_corpus_and_is_replayed() {
    let replayed = ["argus_reply", "config", "daemon", "snmp_reply", "zino_api", "zino_notify"];
    let replayed: BTreeSet<String> = replayed.into_iter().map(String::from).collect();
    assert_eq!(names("fuzz_targets"), replayed);
    assert_eq!(names("corpus"), replayed);
}

#[test]
fn no_corpus_is_larger_than_its_budget() {
    for target in names("corpus") {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(&target);
        let sizes: Vec<u64> =
            folder.read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap().len()).collect();
        let bytes: u64 = sizes.iter().sum();
        assert!(
            sizes.len() <= MOST_FILES && bytes <= MOST_BYTES,
            "{target}: {} files, {bytes} bytes",
            sizes.len()
        );
    }
}
