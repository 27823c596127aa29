//! The GET request, written by hand: one message of one shape needs no library.

use super::UPTIME;
use alloc::vec;
use alloc::vec::Vec;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const NULL: [u8; 2] = [0x05, 0];
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const GET_REQUEST: u8 = 0xa0;
/// SNMP v2c on the wire.
const VERSION_2C: i32 = 1;

/// Encodes a v2c GET of zinoUpTime.0, one whole datagram (behaviour B60, reference snmp).
///
/// The community goes out as it is, whatever its bytes and its length; the datagram is the longer for it, by 45 bytes
/// and more, and one that no UDP socket takes is a failed probe. The datagram holds the community: do not log it
/// (behaviour B4).
#[must_use]
pub fn encode_get(community: &[u8], request_id: i32) -> Vec<u8> {
    let name = element(OBJECT_IDENTIFIER, &[&UPTIME]);
    let binding = element(SEQUENCE, &[&name, &NULL]);
    let bindings = element(SEQUENCE, &[&binding]);
    let no_error = integer(0);
    let pdu = element(GET_REQUEST, &[&integer(request_id), &no_error, &no_error, &bindings]);
    let community = element(OCTET_STRING, &[community]);
    element(SEQUENCE, &[&integer(VERSION_2C), &community, &pdu])
}

/// Encodes an INTEGER in as few bytes as it takes (X.690 8.3.2): agents may refuse a padded one.
fn integer(value: i32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    // A leading byte is padding if it only repeats the sign of the next one.
    let padding = bytes
        .windows(2)
        .take_while(|pair| {
            matches!(pair, [0x00, next] if *next < 0x80) || matches!(pair, [0xff, next] if *next >= 0x80)
        })
        .count();
    element(INTEGER, &[bytes.get(padding..).unwrap_or_default()])
}

/// Encodes tag, length and content, the content given in pieces.
fn element(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let content = pieces.concat();
    let mut out = vec![tag];
    push_length(&mut out, content.len());
    out.extend_from_slice(&content);
    out
}

/// Appends a definite length in as few bytes as it takes (X.690 8.1.3): one below 128, else a count and big-endian bytes.
fn push_length(out: &mut Vec<u8>, length: usize) {
    if let Ok(short) = u8::try_from(length)
        && short < 0x80
    {
        out.push(short);
        return;
    }
    let significant: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    // At most size_of::<usize>() bytes, which fits.
    out.push(0x80 + u8::try_from(significant.len()).unwrap_or(0));
    out.extend_from_slice(&significant);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn b60_integers_are_as_short_as_can_be() {
        let table: [(i32, &[u8]); 12] = [
            (0, &[2, 1, 0]),
            (1, &[2, 1, 1]),
            (127, &[2, 1, 0x7f]),
            (128, &[2, 2, 0, 0x80]),
            (-1, &[2, 1, 0xff]),
            (-128, &[2, 1, 0x80]),
            (-129, &[2, 2, 0xff, 0x7f]),
            (255, &[2, 2, 0, 0xff]),
            (32767, &[2, 2, 0x7f, 0xff]),
            (32768, &[2, 3, 0, 0x80, 0]),
            (i32::MAX, &[2, 4, 0x7f, 0xff, 0xff, 0xff]),
            (i32::MIN, &[2, 4, 0x80, 0, 0, 0]),
        ];
        for (value, bytes) in table {
            assert_eq!(integer(value), bytes, "{value}");
        }
    }

    #[test]
    fn b60_lengths_change_form_at_128_and_256() {
        for (length, head) in [
            (0_usize, &[4_u8, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (255, &[4, 0x81, 255]),
            (256, &[4, 0x82, 1, 0]),
            (65_536, &[4, 0x83, 1, 0, 0]),
        ] {
            let encoded = element(OCTET_STRING, &[&vec![b'x'; length]]);
            assert_eq!((encoded.len(), encoded.get(..head.len())), (head.len() + length, Some(head)));
        }
    }

    /// Reads a message with a library that had no part in writing it.
    fn decode(bytes: &[u8]) -> (snmp_parser::SnmpMessage<'_>, usize) {
        let (rest, message) = snmp_parser::parse_snmp_v2c(bytes).expect("a v2c message");
        (message, rest.len())
    }

    proptest! {
        #[test]
        fn b60_another_reader_finds_what_was_written(community in "\\PC{0,300}", request_id in 0..=i32::MAX) {
            let bytes = encode_get(community.as_bytes(), request_id);
            let (message, rest) = decode(&bytes);
            prop_assert_eq!(rest, 0);
            prop_assert_eq!(message.version, 1);
            prop_assert_eq!(&message.community, &community);
            let snmp_parser::SnmpPdu::Generic(pdu) = message.pdu else {
                return Err(TestCaseError::fail("not a plain PDU"));
            };
            prop_assert_eq!(pdu.pdu_type, snmp_parser::PduType::GetRequest);
            prop_assert_eq!(i64::from(pdu.req_id), i64::from(request_id));
            prop_assert_eq!((pdu.err.0, pdu.err_index, pdu.var.len()), (0, 0, 1));
            prop_assert_eq!(pdu.var[0].oid.to_id_string(), "1.3.6.1.4.1.2428.130.1.1.1.0");
            prop_assert_eq!(&pdu.var[0].val, &snmp_parser::VarBindValue::Unspecified);
        }

        #[test]
        fn b60_negative_ids_read_back(request_id: i32) {
            use snmp_parser::asn1_rs::FromBer;
            let encoded = integer(request_id);
            let (rest, read) = i32::from_ber(&encoded).expect("an INTEGER");
            prop_assert_eq!((rest.len(), read), (0, request_id));
        }
    }
}
