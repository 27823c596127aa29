//! A whole scenario: people, misfortune and the machine among its peers, decoded from the bytes as the simulator does.
#![no_main]

use glue_tests::sim;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(outcome) = sim::replay(bytes) {
        panic!("{}", sim::report(bytes, &outcome));
    }
});
