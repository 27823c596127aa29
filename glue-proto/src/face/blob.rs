//! Bytes as serde writes them: text where they are text, so that a recording can be read and searched; else hex digits.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};

/// The key of bytes that are not text.
const HEX: &str = "hex";

/// Writes bytes: as they are where the format is not made for people, else as text or as `{"hex": ".."}`.
pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if !serializer.is_human_readable() {
        return serializer.serialize_bytes(bytes);
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        return serializer.serialize_str(text);
    }
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(HEX, &to_hex(bytes))?;
    map.end()
}

/// Reads what [`serialize`] has written.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(Blob)
    } else {
        deserializer.deserialize_byte_buf(Blob)
    }
}

struct Blob;

impl<'de> Visitor<'de> for Blob {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or {\"hex\": \"..\"} with an even number of hex digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Vec<u8>, E> {
        Ok(text.into_bytes())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u8>, A::Error> {
        let entry = map.next_entry::<String, String>()?;
        let digits = entry.filter(|(key, _)| key == HEX).map(|(_, digits)| digits);
        let bytes = digits.and_then(|digits| from_hex(digits.as_bytes()));
        match bytes {
            Some(bytes) if map.next_key::<String>()?.is_none() => Ok(bytes),
            Some(_) | None => Err(Error::custom(format_args!("expected {}", Expected(&self)))),
        }
    }
}

/// What a visitor expects, as text.
struct Expected<'a>(&'a Blob);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

fn to_hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a String never fails.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde::de::value::BytesDeserializer;
    use serde::de::value::Error as ValueError;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Field(#[serde(with = "super")] Vec<u8>);

    fn read(json: &str) -> Result<Vec<u8>, String> {
        serde_json::from_str(json).map(|Field(bytes)| bytes).map_err(|error| error.to_string())
    }

    fn write(bytes: &[u8]) -> String {
        serde_json::to_string(&Field(bytes.into())).unwrap()
    }

    #[test]
    fn text_is_written_as_text_and_other_bytes_as_hex_digits() {
        let table: [(&[u8], &str); 6] = [
            (b"", r#""""#),
            (b"200 ok\r\n", r#""200 ok\r\n""#),
            ("blåbær".as_bytes(), r#""blåbær""#),
            (b"\0\x01", r#""\u0000\u0001""#),
            (b"bl\xe5", r#"{"hex":"626ce5"}"#),
            (b"\x30\x0f\xff", r#"{"hex":"300fff"}"#),
        ];
        for (bytes, json) in table {
            assert_eq!(write(bytes), json);
            assert_eq!(read(json).as_deref(), Ok(bytes));
        }
        assert_eq!(read(r#"{"hex":"AbFF"}"#).as_deref(), Ok(&b"\xab\xff"[..]));
    }

    #[test]
    fn whatever_else_stands_there_is_refused() {
        let table = [
            "1",
            "null",
            "[48]",
            "{}",
            r#"{"hex":"0"}"#,
            r#"{"hex":"0g"}"#,
            r#"{"hex":"+1"}"#,
            r#"{"hex":5}"#,
            r#"{"text":"00"}"#,
            r#"{"hex":"00","x":"00"}"#,
        ];
        for json in table {
            assert!(read(json).is_err(), "{json}");
        }
        assert!(read(r#"{"hex":"0g"}"#).unwrap_err().contains("an even number of hex digits"));
    }

    #[test]
    fn bytes_of_a_format_that_is_not_for_people_are_taken_as_they_are() {
        let bytes: Result<_, ValueError> = deserialize(BytesDeserializer::new(b"\xff\x00"));
        assert_eq!(bytes.as_deref(), Ok(&b"\xff\x00"[..]));
    }
}
