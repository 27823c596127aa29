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
#[derive(Clone, Debug, PartialEq, Eq, Error)]
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
    // What stands behind the first variable was not asked for and is not looked at.
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
    // The library takes an integer of no bytes at all as 0.
    if value.data.is_empty() || value.header.is_constructed() {
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
