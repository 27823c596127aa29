//! The simulated SNMP agent answers the recorded requests with the recorded bytes (reference snmp).

use glue_sim::snmp::SnmpAgent;
use serde_json::Value;

const VECTORS: &str = include_str!("../../../glue-proto/tests/transcripts/snmp-vectors.json");

/// `zinoUpTime.0` as it stands in a reply, before its value.
const UP_TIME: &str = "060d2b06010401927c81020101010041";

fn from_hex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(digits).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the uptime out of a recorded reply.
fn uptime(reply: &str) -> i64 {
    let Some((_, value)) = reply.split_once(UP_TIME) else { return 0 };
    let bytes = from_hex(value);
    bytes[1..=usize::from(bytes[0])].iter().fold(0, |number, &byte| number << 8 | i64::from(byte))
}

#[test]
fn every_recorded_request_gets_the_recorded_reply() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).expect("a JSON list");
    let mut compared = 0;
    for vector in &vectors {
        let field = |name: &str| vector[name].as_str().unwrap_or_default();
        // Recorded with nobody there to answer, and from a clock of its own.
        if matches!(field("name"), "zping-glue-0.5.1-request" | "v2c-sysUpTime") {
            continue;
        }
        let agent = SnmpAgent::new("public", 1_000_000);
        let answer = agent.answer(&from_hex(field("request")), 1_000_000 + uptime(field("reply")));
        assert_eq!(
            answer.map(|answer| to_hex(&answer)).as_deref(),
            vector["reply"].as_str(),
            "{}",
            field("name")
        );
        compared += 1;
    }
    assert_eq!(compared, vectors.len() - 2);
}

#[test]
fn sys_up_time_is_counted_in_hundredths_of_a_second() {
    let request = "302602010104067075626c6963a019020101020100020100300e300c06082b060102010103000500";
    let expected = "302802010104067075626c6963a21b0201010201000201003010300e06082b0601020101030043020190";
    let answer = SnmpAgent::new("public", 96).answer(&from_hex(request), 100);
    assert_eq!(answer.map(|answer| to_hex(&answer)).as_deref(), Some(expected));
}

#[test]
fn a_silent_agent_and_one_with_another_community_say_nothing() {
    let request = from_hex(
        "302b02010104067075626c6963a01e02010102010002010030133011060d2b06010401927c8102010101000500",
    );
    let mut agent = SnmpAgent::new("public", 0);
    assert!(agent.answer(&request, 1).is_some());
    agent.set_answers(false);
    assert_eq!(agent.answer(&request, 1), None);
    assert_eq!(SnmpAgent::new("private", 0).answer(&request, 1), None);
}
