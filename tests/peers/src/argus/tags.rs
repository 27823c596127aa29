//! Tags of a request's body (reference argus-api 4).

use super::validate::{trim, type_name};
use serde_json::{Map, Value, json};

/// Why tags are not accepted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TagError {
    /// 400 with this for the field `tags`.
    Refused(Value),
    /// 500: the server does not survive them.
    Crash,
}

const BAD_KEY: &str = "['Enter a valid key consisting of lowercase letters, numbers and underscores.']";

/// About how many bytes the database's index can hold. It compresses first, which [`index_size`] only estimates.
const MAX_INDEXED: usize = 2650;

/// Reads a list of tags in its order, without doubles.
pub(super) fn parse(value: &Value) -> Result<Vec<String>, TagError> {
    let Value::Array(items) = value else {
        let text = if value.is_null() {
            json!(["This field may not be null."])
        } else {
            let text = format!("Expected a list of items but got type \"{}\".", type_name(value));
            json!({ "non_field_errors": [text] })
        };
        return Err(TagError::Refused(text));
    };
    let (mut tags, mut errors) = (Vec::new(), Map::new());
    for (index, item) in items.iter().enumerate() {
        match parse_one(item) {
            Ok(tag) if tags.contains(&tag) => {}
            Ok(tag) => tags.push(tag),
            Err(TagError::Refused(error)) => {
                errors.insert(index.to_string(), error);
            }
            Err(TagError::Crash) => return Err(TagError::Crash),
        }
    }
    if errors.is_empty() { Ok(tags) } else { Err(TagError::Refused(Value::Object(errors))) }
}

fn parse_one(item: &Value) -> Result<String, TagError> {
    let Some(tag) = item.get("tag") else {
        return Err(TagError::Refused(json!(["Tags need to follow the format {\"tag\": key=value}"])));
    };
    let Value::String(tag) = tag else { return Err(TagError::Crash) };
    let refuse = |text: &str| Err(TagError::Refused(json!({ "tag": text })));
    let Some((key, value)) = tag.split_once('=') else {
        return refuse("The tag does not have its delimiter: =.");
    };
    let (key, value) = (trim(key), trim(value));
    if key.is_empty() {
        return refuse("The key of the tag cannot be empty.");
    }
    if !key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return refuse(BAD_KEY);
    }
    if value.contains('\0') || !fits_index(value) {
        return Err(TagError::Crash);
    }
    Ok(format!("{key}={value}"))
}

/// Tells whether the database can index a text.
pub(super) fn fits_index(text: &str) -> bool {
    text.len() <= MAX_INDEXED || index_size(text.as_bytes()) <= MAX_INDEXED
}

/// Estimates how much of a text the index has to hold: what repeats costs nothing.
fn index_size(bytes: &[u8]) -> usize {
    let windows: std::collections::BTreeSet<&[u8]> = bytes.windows(4).collect();
    windows.len()
}
