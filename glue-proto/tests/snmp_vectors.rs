//! Every recorded exchange with a real agent (`transcripts/snmp-vectors.json`).

use glue_proto::wire::snmp::{Outcome, Probe, SnmpError, encode_get, read_reply};
use glue_proto::{Millis, Mono};
use serde_json::Value;

struct Vector {
    name: String,
    request: Vec<u8>,
    reply: Option<Vec<u8>>,
    value: Option<u32>,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

fn vectors() -> Vec<Vector> {
    let recorded: Value =
        serde_json::from_str(include_str!("transcripts/snmp-vectors.json")).expect("a JSON file");
    let read = |vector: &Value| Vector {
        name: vector["name"].as_str().expect("a name").to_owned(),
        request: bytes(vector["request"].as_str().expect("a request")),
        reply: vector["reply"].as_str().map(bytes),
        value: vector["value"].as_u64().map(|value| u32::try_from(value).expect("32 bits")),
    };
    recorded.as_array().expect("a list").iter().map(read).collect()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).expect("a recorded vector")
}

#[test]
fn b60_requests_are_those_that_the_agent_was_sent() {
    let table: [(&str, &[u8], i32); 11] = [
        ("v2c-get", b"public", 1),
        ("v2c-get-rid-max", b"public", i32::MAX),
        ("v2c-get-rid-neg", b"public", -2),
        ("v2c-get-rid-0", b"public", 0),
        ("v2c-wrong-community", b"wrong", 1),
        ("v2c-empty-community", b"", 1),
        ("v2c-community-case", b"Public", 1),
        ("v2c-uptime-0", b"public", 1),
        ("v2c-uptime-4294967295", b"public", 1),
        ("v2c-ipv6-agent", b"public", 1),
        // What the Python glue sends, whose request id was 0x32de2a.
        ("zping-glue-0.5.1-request", b"public", 0x0032_de2a),
    ];
    for (name, community, request_id) in table {
        assert_eq!(encode_get(community, request_id), vector(name).request, "{name}");
    }
}

/// What each recorded reply is to us. The rest of the vectors have none.
fn expected(name: &str) -> Option<(i32, Result<u32, SnmpError>)> {
    Some(match name {
        "v2c-get" => (1, Ok(336)),
        "v2c-get-rid-max" => (i32::MAX, Ok(336)),
        "v2c-get-rid-neg" => (-2, Ok(336)),
        "v2c-get-rid-0" => (0, Ok(336)),
        "v1-get" | "v1-wrong-oid" | "v1-wrong-oid-no-instance" => (1, Err(SnmpError::Version(0))),
        "v2c-wrong-oid-no-instance" => (1, Err(SnmpError::ErrorStatus(6))),
        // About other objects than ours, which is what matters first.
        "v2c-wrong-oid-instance-1" | "v2c-wrong-oid-unknown" | "v2c-sysUpTime" | "v2c-no-varbinds" => {
            (1, Err(SnmpError::OtherObject))
        }
        "v2c-two-oids" | "v2c-getnext" => (1, Ok(340)),
        "long-form-length" => (1, Ok(351)),
        "v2c-ipv6-agent" => (1, Ok(2)),
        _ => return None,
    })
}

#[test]
fn b60_every_recorded_reply_is_read() {
    let mut replies = 0;
    for vector in vectors() {
        let Some(reply) = &vector.reply else { continue };
        let (request_id, expected) = match vector.value {
            Some(value) => (1, Ok(value)),
            None => expected(&vector.name).expect("an expectation for every reply"),
        };
        assert_eq!(read_reply(reply, request_id), expected, "{}", vector.name);
        if !matches!(expected, Err(SnmpError::Version(_))) {
            let id = i64::from(request_id);
            let other = read_reply(reply, request_id.wrapping_add(1));
            assert_eq!(other, Err(SnmpError::OtherRequest(id)), "{}", vector.name);
        }
        replies += 1;
    }
    assert_eq!(replies, 25);
}

#[test]
fn b60_no_request_is_taken_for_an_answer() {
    for vector in vectors() {
        let read = read_reply(&vector.request, 1);
        assert!(read.is_err_and(|error| !error.is_final()), "{}", vector.name);
    }
}

#[test]
fn b60_no_piece_of_a_reply_and_no_reply_with_something_behind_it_is_one() {
    let reply = vector("v2c-get").reply.expect("a reply");
    for end in 0..reply.len() {
        assert!(matches!(read_reply(&reply[..end], 1), Err(SnmpError::Malformed(_))), "{end} bytes");
    }
    let longer = [reply.as_slice(), &[0]].concat();
    assert!(matches!(read_reply(&longer, 1), Err(SnmpError::Malformed(_))));
}

#[test]
fn b60_a_probe_waits_through_what_is_not_for_it() {
    let reply = |name: &str| vector(name).reply.expect("a reply");
    let mut probe = Probe::new(b"public", i32::MAX, Mono(1000), Millis::from_secs(5));
    assert_eq!(probe.datagram(), vector("v2c-get-rid-max").request);
    assert_eq!(probe.deadline(), Mono(6000));
    for stray in
        [&reply("v2c-get")[..], &reply("v1-get"), b"hello\r\n", b"", &reply("v2c-wrong-oid-no-instance")]
    {
        assert_eq!(probe.receive(stray), None);
    }
    assert_eq!(probe.strays(), 5);
    assert_eq!(probe.receive(&reply("v2c-get-rid-max")), Some(Outcome::Answered { uptime: 336 }));
}

#[test]
fn b60_a_refusal_of_our_own_request_ends_the_probe_at_once() {
    let mut probe = Probe::new(b"public", 1, Mono(0), Millis::from_secs(5));
    let refusal = vector("v2c-wrong-oid-no-instance").reply.expect("a reply");
    assert_eq!(probe.receive(&refusal), Some(Outcome::Failed(SnmpError::ErrorStatus(6))));
    assert_eq!(probe.strays(), 0);
}

#[test]
fn b4_a_probe_does_not_show_its_community() {
    let probe = Probe::new(b"hunter2", 1, Mono(0), Millis(1));
    let shown = format!("{probe:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("104"), "{shown}");
}
