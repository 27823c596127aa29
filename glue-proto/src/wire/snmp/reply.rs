//! The answer to a GET.
//!
//! `snmp-parser` reads the value; the envelope around it is walked here, with the BER reader that comes with it, because
//! its own reader of whole messages takes no negative request id, goes by a PDU's tag whatever its class, and passes
//! over what is left behind the last field.

use super::UPTIME;
use snmp_parser::asn1_rs::{Any, Class, FromBer, Integer, Tag};
use snmp_parser::{ObjectSyntax, PduType};
use thiserror::Error;

/// SNMP v2c on the wire.
const VERSION_2C: i64 = 1;

/// Why a datagram is not the answer that was hoped for (behaviour B60).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum SnmpError {
    /// It is not one whole SNMP message.
    #[error("malformed datagram: {0}")]
    Malformed(&'static str),
    /// It is of another version: not an answer to us.
    #[error("a message of SNMP version {0}, not v2c")]
    Version(i64),
    /// It is a request, a trap or a report: not an answer to us.
    #[error("not a response, but a PDU with tag {0}")]
    NotAResponse(u32),
    /// It answers another request, perhaps an earlier probe of ours.
    #[error("an answer to request {0}, which is not ours")]
    OtherRequest(i64),
    /// The agent refused our request.
    #[error("the agent answers with error-status {0}")]
    ErrorStatus(i64),
    /// The answer to our request is about another object, or about none.
    #[error("the answer is not about zinoUpTime.0")]
    OtherObject,
    /// The agent says that it has no such object.
    #[error("the agent does not know zinoUpTime.0: {0}")]
    Exception(&'static str),
    /// The answer to our request holds no integer.
    #[error("zinoUpTime.0 is not an integer")]
    NotAnInteger,
}

impl SnmpError {
    /// Tells whether it is the agent's word on this very request, so that waiting on for another answer is of no use.
    ///
    /// Everything else may be a stranger's datagram or the late answer to an earlier probe (reference snmp, rule 2).
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Version(_) | Self::NotAResponse(_) | Self::OtherRequest(_) => false,
            Self::ErrorStatus(_) | Self::OtherObject | Self::Exception(_) | Self::NotAnInteger => true,
        }
    }
}

/// Reads the answer to [`encode_get`](super::encode_get): the uptime in seconds.
///
/// The real agent answers with a Counter32. Any other integer type is taken too, since all that counts is that the
/// agent is alive and knows the object (behaviour B60); a value outside of `u32` becomes the nearest one inside. The
/// community of an answer is not looked at.
///
/// # Errors
///
/// Whatever else it is. [`SnmpError::is_final`] tells the agent's refusal from a datagram that is not for us.
pub fn read_reply(bytes: &[u8], request_id: i32) -> Result<u32, SnmpError> {
    let message = whole(bytes, Class::Universal, Tag::Sequence, "no message")?;
    let (rest, version) = integer(message)?;
    if version != VERSION_2C {
        return Err(SnmpError::Version(version));
    }
    let (rest, community) = element(rest)?;
    expect(&community, Class::Universal, Tag::OctetString, "no community")?;
    let (rest, pdu) = element(rest)?;
    nothing_left(rest)?;
    expect(&pdu, Class::ContextSpecific, pdu.tag(), "no PDU")?;
    if pdu.tag().0 != PduType::Response.0 {
        return Err(SnmpError::NotAResponse(pdu.tag().0));
    }
    read_pdu(pdu.data, request_id)
}

/// Reads the content of a Response-PDU.
fn read_pdu(content: &[u8], request_id: i32) -> Result<u32, SnmpError> {
    let (rest, id) = integer(content)?;
    let (rest, error_status) = integer(rest)?;
    let (rest, _error_index) = integer(rest)?;
    let bindings = whole(rest, Class::Universal, Tag::Sequence, "no list of variables")?;
    if id != i64::from(request_id) {
        return Err(SnmpError::OtherRequest(id));
    }
    if error_status != 0 {
        return Err(SnmpError::ErrorStatus(error_status));
    }
    if bindings.is_empty() {
        return Err(SnmpError::OtherObject);
    }
    // What stands after the first variable was not asked for and is not looked at.
    let (_, binding) = element(bindings)?;
    expect(&binding, Class::Universal, Tag::Sequence, "no variable")?;
    let (rest, name) = element(binding.data)?;
    expect(&name, Class::Universal, Tag::Oid, "no object identifier")?;
    let (rest, value) = element(rest)?;
    nothing_left(rest)?;
    if name.data != UPTIME {
        return Err(SnmpError::OtherObject);
    }
    uptime(value)
}

/// Reads the value of zinoUpTime.0.
fn uptime(value: Any<'_>) -> Result<u32, SnmpError> {
    if value.class() == Class::ContextSpecific {
        return Err(SnmpError::Exception(match value.tag().0 {
            0 => "noSuchObject",
            1 => "noSuchInstance",
            2 => "endOfMibView",
            _ => "an unknown exception",
        }));
    }
    // The library takes an integer of no bytes at all as 0, and a private type for the universal one of that number.
    if value.data.is_empty() || value.header.is_constructed() || value.class() == Class::Private {
        return Err(SnmpError::NotAnInteger);
    }
    match ObjectSyntax::try_from(value) {
        Ok(
            ObjectSyntax::Counter32(value)
            | ObjectSyntax::Gauge32(value)
            | ObjectSyntax::TimeTicks(value)
            | ObjectSyntax::UInteger32(value),
        ) => Ok(value),
        Ok(ObjectSyntax::Counter64(value)) => Ok(u32::try_from(value).unwrap_or(u32::MAX)),
        Ok(ObjectSyntax::Number(value)) => Ok(u32::try_from(value).unwrap_or(0)),
        Ok(
            ObjectSyntax::String(_)
            | ObjectSyntax::Object(_)
            | ObjectSyntax::BitString(_)
            | ObjectSyntax::Empty
            | ObjectSyntax::UnknownSimple(_)
            | ObjectSyntax::IpAddress(_)
            | ObjectSyntax::Opaque(_)
            | ObjectSyntax::NsapAddress(_)
            | ObjectSyntax::UnknownApplication(_),
        )
        | Err(_) => Err(SnmpError::NotAnInteger),
    }
}

/// Splits off the next element.
fn element(bytes: &[u8]) -> Result<(&[u8], Any<'_>), SnmpError> {
    Any::from_ber(bytes).map_err(|_| SnmpError::Malformed("it is cut short"))
}

/// Splits off the next element and reads it as an INTEGER.
fn integer(bytes: &[u8]) -> Result<(&[u8], i64), SnmpError> {
    const WRONG: SnmpError = SnmpError::Malformed("no integer where one must be");
    let (rest, any) = element(bytes)?;
    expect(&any, Class::Universal, Tag::Integer, "no integer where one must be")?;
    // The library takes an integer of no bytes at all as 0.
    if any.data.is_empty() || any.header.is_constructed() {
        return Err(WRONG);
    }
    let value = Integer::new(any.data).as_i64().map_err(|_| WRONG)?;
    Ok((rest, value))
}

/// Returns the content of the one element that fills the bytes.
fn whole<'a>(bytes: &'a [u8], class: Class, tag: Tag, missing: &'static str) -> Result<&'a [u8], SnmpError> {
    let (rest, any) = element(bytes)?;
    expect(&any, class, tag, missing)?;
    nothing_left(rest)?;
    Ok(any.data)
}

fn expect(any: &Any<'_>, class: Class, tag: Tag, missing: &'static str) -> Result<(), SnmpError> {
    let fits = any.class() == class && any.tag() == tag;
    fits.then_some(()).ok_or(SnmpError::Malformed(missing))
}

fn nothing_left(rest: &[u8]) -> Result<(), SnmpError> {
    rest.is_empty().then_some(()).ok_or(SnmpError::Malformed("something is left at its end"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Wraps contents in a short-form element.
    fn element_of(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
        let content = pieces.concat();
        let mut out = Vec::from([tag, u8::try_from(content.len()).expect("a short content")]);
        out.extend(content);
        out
    }

    /// A whole reply to request 7 with any PDU tag, error status and value.
    fn reply(pdu: u8, error_status: &[u8], value: &[u8]) -> Vec<u8> {
        let binding = element_of(0x30, &[&element_of(6, &[&UPTIME]), value]);
        let bindings = element_of(0x30, &[&binding]);
        let pdu = element_of(pdu, &[&[2, 1, 7], &element_of(2, &[error_status]), &[2, 1, 0], &bindings]);
        element_of(0x30, &[&[2, 1, 1], &[4, 1, b'c'], &pdu])
    }

    #[test]
    fn b60_any_integer_type_is_an_uptime() {
        let table: [(&[u8], u32); 13] = [
            (&[0x41, 1, 5], 5),
            (&[0x41, 5, 0, 0xff, 0xff, 0xff, 0xff], u32::MAX),
            (&[0x41, 4, 0, 0, 0, 9], 9),
            (&[0x42, 1, 5], 5),
            (&[0x43, 2, 0, 0x80], 128),
            (&[0x47, 1, 5], 5),
            (&[0x46, 1, 5], 5),
            (&[0x46, 5, 1, 0, 0, 0, 0], u32::MAX),
            (&[0x02, 1, 5], 5),
            (&[0x02, 1, 0], 0),
            (&[0x02, 1, 0xff], 0),
            (&[0x02, 4, 0x7f, 0xff, 0xff, 0xff], 0x7fff_ffff),
            (&[0x41, 0x81, 1, 5], 5),
        ];
        for (value, expected) in table {
            assert_eq!(read_reply(&reply(0xa2, &[0], value), 7), Ok(expected), "{value:02x?}");
        }
    }

    #[test]
    fn b60_what_is_no_integer_is_no_success() {
        let table: [(&[u8], SnmpError); 14] = [
            (&[0x41, 0], SnmpError::NotAnInteger),
            (&[0x02, 0], SnmpError::NotAnInteger),
            (&[0x41, 6, 0, 1, 0, 0, 0, 0], SnmpError::NotAnInteger),
            (&[0x41, 4, 0xff, 0xff, 0xff, 0xff], SnmpError::NotAnInteger),
            (&[0x61, 1, 5], SnmpError::NotAnInteger),
            (&[0x22, 1, 5], SnmpError::NotAnInteger),
            (&[0xc2, 1, 5], SnmpError::NotAnInteger),
            (&[0x04, 1, b'5'], SnmpError::NotAnInteger),
            (&[0x05, 0], SnmpError::NotAnInteger),
            (&[0x06, 1, 5], SnmpError::NotAnInteger),
            (&[0x80, 0], SnmpError::Exception("noSuchObject")),
            (&[0x81, 0], SnmpError::Exception("noSuchInstance")),
            (&[0x82, 0], SnmpError::Exception("endOfMibView")),
            (&[0x83, 0], SnmpError::Exception("an unknown exception")),
        ];
        for (value, expected) in table {
            assert!(expected.is_final());
            assert_eq!(read_reply(&reply(0xa2, &[0], value), 7), Err(expected), "{value:02x?}");
        }
    }

    #[test]
    fn b60_only_a_response_pdu_is_an_answer() {
        let value = [0x41, 1, 5];
        for (tag, number) in [(0xa0, 0), (0xa1, 1), (0xa3, 3), (0xa7, 7), (0xa8, 8)] {
            assert_eq!(read_reply(&reply(tag, &[0], &value), 7), Err(SnmpError::NotAResponse(number)));
        }
        // The tag number of a response in another class: an INTEGER, an application's own, a private one.
        for tag in [0x22, 0x62, 0xe2] {
            let read = read_reply(&reply(tag, &[0], &value), 7);
            assert!(matches!(read, Err(SnmpError::Malformed(_))), "{tag:02x}: {read:?}");
        }
    }

    #[test]
    fn b60_an_error_status_counts_before_the_value() {
        let refused = reply(0xa2, &[5], &[0x41, 1, 5]);
        assert_eq!(read_reply(&refused, 7), Err(SnmpError::ErrorStatus(5)));
        assert_eq!(read_reply(&refused, 8), Err(SnmpError::OtherRequest(7)));
        // An INTEGER of no bytes, which is none.
        assert!(matches!(read_reply(&reply(0xa2, &[], &[0x41, 1, 5]), 7), Err(SnmpError::Malformed(_))));
    }

    #[test]
    fn b60_what_is_left_inside_a_message_spoils_it() {
        let good = reply(0xa2, &[0], &[0x41, 1, 5]);
        let extra = reply(0xa2, &[0], &[0x41, 1, 5, 5, 0]);
        assert!(read_reply(&good, 7).is_ok());
        assert!(matches!(read_reply(&extra, 7), Err(SnmpError::Malformed(_))));
    }

    #[test]
    fn b60_elements_without_a_length_end_somewhere() {
        // Each opens an element of indefinite length in the last one: the reader's depth is bounded.
        let deep: Vec<u8> = [0x30, 0x80].repeat(30_000);
        assert!(matches!(read_reply(&deep, 7), Err(SnmpError::Malformed(_))));
        let huge = [0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert!(matches!(read_reply(&huge, 7), Err(SnmpError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn b60_no_datagram_panics(bytes: Vec<u8>, id: i32) {
            let _ = read_reply(&bytes, id);
        }

        #[test]
        fn b60_no_damaged_reply_panics(
            value in prop::collection::vec(any::<u8>(), 0..12),
            damage in prop::collection::vec((0..80_usize, any::<u8>()), 0..4),
            cut in 0..80_usize,
        ) {
            let mut bytes = reply(0xa2, &[0], &value);
            for (at, byte) in damage {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = read_reply(&bytes, 7);
            let _ = read_reply(bytes.get(..cut).unwrap_or(&bytes), 7);
        }

        #[test]
        fn b60_every_counter_is_read(value: u32) {
            let content = [&[0][..], &value.to_be_bytes()].concat();
            let minimal: Vec<u8> = match content.iter().position(|byte| *byte != 0) {
                Some(first) if content[first] < 0x80 => content[first..].to_vec(),
                Some(first) => content[first - 1..].to_vec(),
                None => Vec::from([0]),
            };
            let value_element = element_of(0x41, &[&minimal]);
            prop_assert_eq!(read_reply(&reply(0xa2, &[0], &value_element), 7), Ok(value));
        }
    }
}
