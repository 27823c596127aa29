//! Any datagram in answer to a probe.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_tests::fuzzing::snmp_reply(bytes));
