//! Datagrams in answer to a probe.

use glue_proto::wire::snmp::{Outcome, Probe, SnmpError, encode_get, read_reply};
use glue_proto::{Millis, Mono};
use glue_sim::snmp::SnmpAgent;
use snmp_parser::asn1_rs::Oid;
use snmp_parser::{ObjectSyntax, PduType, SnmpMessage, SnmpPdu, VarBindValue, parse_snmp_v2c};

/// Requests that may have been sent.
const REQUEST_IDS: [i32; 7] = [1, 0, -1, -2, i32::MIN, i32::MAX, 3_333_674];
/// zinoUpTime.0
const UPTIME: [u64; 12] = [1, 3, 6, 1, 4, 1, 2428, 130, 1, 1, 1, 0];
/// The same as it stands in a datagram.
const UPTIME_ENCODED: [u8; 15] = [0x06, 13, 0x2b, 6, 1, 4, 1, 0x92, 0x7c, 0x81, 2, 1, 1, 1, 0];

/// Takes the bytes for a datagram that came back, and then for what a request is made of.
///
/// * It answers one request at most; all others learn which one.
/// * A part of an answer is none, and neither is an answer with something after it.
/// * The reader of `snmp-parser` finds in it what ours found, wherever it can read it at all, and the other way round.
/// * A probe ends by the word of the agent only, and counts everything else.
/// * A simulated agent, which shares no code with the reader, is understood.
///
/// # Panics
///
/// One of these does not hold.
pub fn snmp_reply(bytes: &[u8]) {
    let other = parse_snmp_v2c(bytes).ok();
    let found = other.as_ref().and_then(|(_, message)| request_id(message));
    let mut decided: Vec<(i32, Result<u32, SnmpError>)> = Vec::new();
    for id in REQUEST_IDS.into_iter().chain(found) {
        let read = read_reply(bytes, id);
        check_probe(bytes, id, &read);
        if read.as_ref().map_or_else(SnmpError::is_final, |_| true)
            && !decided.iter().any(|(known, _)| *known == id)
        {
            decided.push((id, read));
        }
    }
    assert!(decided.len() <= 1, "one datagram answers one request: {decided:?}");
    if let Some((id, read)) = decided.first() {
        let stranger = read_reply(bytes, id.wrapping_add(1));
        assert_eq!(stranger, Err(SnmpError::OtherRequest(i64::from(*id))));
        if read.is_ok() {
            check_whole(bytes, *id);
        }
    }
    if let Some((rest, message)) = &other {
        compare(bytes, rest, message);
    }
    ask_the_agent(bytes);
}

fn request_id(message: &SnmpMessage<'_>) -> Option<i32> {
    match &message.pdu {
        SnmpPdu::Generic(pdu) => i32::try_from(pdu.req_id).ok(),
        SnmpPdu::Bulk(_) | SnmpPdu::TrapV1(_) => None,
    }
}

fn check_probe(bytes: &[u8], id: i32, read: &Result<u32, SnmpError>) {
    let mut probe = Probe::new(b"public", id, Mono(0), Millis(1000));
    let outcome = probe.receive(bytes);
    let expected = match read {
        Ok(uptime) => Some(Outcome::Answered { uptime: *uptime }),
        Err(error) if error.is_final() => Some(Outcome::Failed(error.clone())),
        Err(_) => None,
    };
    assert_eq!((outcome, probe.strays()), (expected.clone(), u32::from(expected.is_none())));
}

fn check_whole(bytes: &[u8], id: i32) {
    let longer = [bytes, &[0]].concat();
    assert!(matches!(read_reply(&longer, id), Err(SnmpError::Malformed(_))), "something after an answer");
    for end in 0..bytes.len() {
        let read = read_reply(&bytes[..end], id);
        assert!(matches!(read, Err(SnmpError::Malformed(_))), "the first {end} bytes of an answer: {read:?}");
    }
}

/// Compares what the two readers found. The other one passes over what ours does not (what is left behind a field, the
/// class of a PDU), so that it may find an answer where ours finds no message at all; never another one.
fn compare(bytes: &[u8], rest: &[u8], message: &SnmpMessage<'_>) {
    let SnmpPdu::Generic(pdu) = &message.pdu else { return };
    let Ok(id) = i32::try_from(pdu.req_id) else { return };
    let read = read_reply(bytes, id);
    if matches!(read, Err(SnmpError::Malformed(_))) {
        return;
    }
    assert!(rest.is_empty(), "{read:?}, and something is left");
    let expected = match pdu.var.first() {
        _ if message.version != 1 => Err(SnmpError::Version(i64::from(message.version))),
        _ if pdu.pdu_type != PduType::Response => Err(SnmpError::NotAResponse(pdu.pdu_type.0)),
        _ if pdu.err.0 != 0 => Err(SnmpError::ErrorStatus(i64::from(pdu.err.0))),
        // Not by its text, which leaves out a number that has no end.
        Some(variable) if Oid::from(&UPTIME).is_ok_and(|oid| oid == variable.oid) => value(&variable.val),
        Some(_) | None => Err(SnmpError::OtherObject),
    };
    if read == Err(SnmpError::NotAnInteger) && expected.is_ok() {
        assert!(!has_plain_integer(bytes), "{message:?}");
    } else {
        assert_eq!(read, expected, "{message:?}");
    }
}

/// Tells whether after the name that was asked for there stands an element of a type that holds a number, with at least
/// a byte in it. The other reader takes some that are not: a private type, a constructed one, one of no bytes.
fn has_plain_integer(bytes: &[u8]) -> bool {
    let names =
        bytes.windows(UPTIME_ENCODED.len()).enumerate().filter(|(_, window)| *window == UPTIME_ENCODED);
    let values = names.map(|(at, _)| &bytes[at + UPTIME_ENCODED.len()..]);
    let is_plain = |value: &[u8]| matches!(value, [0x02 | 0x41 | 0x42 | 0x43 | 0x46 | 0x47, 1..0x80, ..]);
    // Where the name stands more than once it is not known which one counts.
    let values: Vec<&[u8]> = values.collect();
    values.len() == 1 && values.into_iter().all(is_plain)
}

fn value(value: &VarBindValue<'_>) -> Result<u32, SnmpError> {
    let value = match value {
        VarBindValue::NoSuchObject => return Err(SnmpError::Exception("noSuchObject")),
        VarBindValue::NoSuchInstance => return Err(SnmpError::Exception("noSuchInstance")),
        VarBindValue::EndOfMibView => return Err(SnmpError::Exception("endOfMibView")),
        VarBindValue::Unspecified => return Err(SnmpError::NotAnInteger),
        VarBindValue::Value(value) => value,
    };
    match value {
        ObjectSyntax::Counter32(value)
        | ObjectSyntax::Gauge32(value)
        | ObjectSyntax::TimeTicks(value)
        | ObjectSyntax::UInteger32(value) => Ok(*value),
        ObjectSyntax::Counter64(value) => Ok(u32::try_from(*value).unwrap_or(u32::MAX)),
        ObjectSyntax::Number(value) => Ok(u32::try_from(*value).unwrap_or(0)),
        ObjectSyntax::String(_)
        | ObjectSyntax::Object(_)
        | ObjectSyntax::BitString(_)
        | ObjectSyntax::Empty
        | ObjectSyntax::UnknownSimple(_)
        | ObjectSyntax::IpAddress(_)
        | ObjectSyntax::Opaque(_)
        | ObjectSyntax::NsapAddress(_)
        | ObjectSyntax::UnknownApplication(_) => Err(SnmpError::NotAnInteger),
    }
}

/// Asks the simulated agent. The bytes are the request's id, the seconds for which the agent has been up, and the
/// community.
fn ask_the_agent(bytes: &[u8]) {
    let Some((id, rest)) = bytes.split_first_chunk::<4>() else { return };
    let Some((uptime, community)) = rest.split_first_chunk::<4>() else { return };
    let (id, uptime) = (i32::from_be_bytes(*id), u32::from_be_bytes(*uptime));
    let community = String::from_utf8_lossy(community);
    let agent = SnmpAgent::new(&community, 0);
    let asked = encode_get(community.as_bytes(), id);
    assert!(read_reply(&asked, id).is_err_and(|error| !error.is_final()), "a question is no answer");
    let Some(answer) = agent.answer(&asked, i64::from(uptime)) else {
        panic!("the agent does not understand the question {asked:?}");
    };
    assert_eq!(read_reply(&answer, id), Ok(uptime));
    let stranger = SnmpAgent::new(&format!("{community}x"), 0);
    assert_eq!(stranger.answer(&asked, 0), None);
}
