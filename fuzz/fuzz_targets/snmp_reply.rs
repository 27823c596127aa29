//! Any datagram in answer to a probe.
#![no_main]

use glue_proto::snmp::Probe;
use glue_proto::time::{Millis, Mono};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for request_id in [1, -1, 0, i32::MIN, 3_333_674] {
        let mut probe = Probe::new(b"public", request_id, Mono(0), Millis(1000));
        let _ = probe.receive(bytes);
    }
});
