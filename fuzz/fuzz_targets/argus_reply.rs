//! Any status and any body in answer to any call, and any text sent to Argus.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_tests::fuzzing::argus_reply(bytes));
