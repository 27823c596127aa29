//! The committed corpus of the fuzz target `config`, on the stable toolchain.
#![forbid(unsafe_code)]

mod check;

#[test]
fn config_keeps_its_promises_for_its_corpus() {
    assert!(glue_tests::fuzzing::replay_corpus("config", check::config) > 0);
}
