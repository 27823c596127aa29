//! Readers of single values: each takes a TOML value and returns what it means, or what is wrong with it.
//!
//! They are as strict about types as the Python glue: a whole number will do where a decimal one is asked for, nothing
//! else is converted. No reader quotes the text that it was given, because that text may be a secret (behaviour B4).

use super::ListenAddress;
use super::report::Wrong;
use crate::url::BaseUrl;
use core::time::Duration;
use glue_proto::{Millis, Secret};
use std::net::Ipv6Addr;
use std::path::PathBuf;
use toml::de::{DeInteger, DeValue};

/// What a reader returns.
pub(super) type Read<T> = Result<T, Wrong>;

/// Reads any text.
pub(super) fn text(value: &DeValue<'_>) -> Read<String> {
    text_for(value, "a text in quotes").map(String::from)
}

/// Reads the text for something that `right` describes.
fn text_for<'v>(value: &'v DeValue<'_>, right: &str) -> Read<&'v str> {
    value.as_str().ok_or_else(|| mistyped(value, right))
}

/// Reads the path of a file. Whether there is one is for whoever reads it.
pub(super) fn path(value: &DeValue<'_>) -> Read<PathBuf> {
    const RIGHT: &str = "the path of a file, in quotes";
    let text = text_for(value, RIGHT)?;
    if text.is_empty() {
        Err(Wrong::new("empty", RIGHT))
    } else if text.chars().any(char::is_control) {
        Err(Wrong::new("contains a control character", RIGHT))
    } else {
        Ok(text.into())
    }
}

/// Takes a token: it travels in an HTTP header.
pub(super) fn token(text: String) -> Read<Secret> {
    if text.is_empty() {
        return Err(Wrong::new("empty", "the token as Argus shows it"));
    }
    filled(&text, "the token as Argus shows it")?;
    if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err(Wrong::new(
            "contains a character that no token has",
            "the token as Argus shows it, without blanks",
        ));
    }
    Ok(Secret::new(text))
}

/// Takes a text that must never be shown.
pub(super) fn secret(text: String) -> Read<Secret> {
    filled(&text, "the secret itself")?;
    Ok(Secret::new(text))
}

/// Refuses a text in which something was to be filled in, and was not: `${NAME}`.
fn filled(text: &str, right: &str) -> Read<()> {
    let is_placeholder = text.split("${").skip(1).any(|rest| rest.contains('}'));
    if is_placeholder {
        Err(Wrong::new("holds a placeholder ${..} that nobody has filled in", right))
    } else {
        Ok(())
    }
}

/// Reads a host: a name, an IPv4 address, or an IPv6 address with or without brackets.
pub(super) fn host(value: &DeValue<'_>) -> Read<String> {
    const RIGHT: &str = "a host name or an IP address, without a port";
    let text = text_for(value, "a host name or an IP address, in quotes")?;
    filled(text, RIGHT)?;
    if text.is_empty() {
        return Err(Wrong::new("empty", RIGHT));
    }
    let in_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let fits = match in_brackets {
        Some(address) => is_ipv6(address),
        None => is_ipv6(text) || is_name(text),
    };
    if fits { Ok(in_brackets.unwrap_or(text).to_owned()) } else { Err(Wrong::new("not a host", RIGHT)) }
}

/// Reads an address to listen on. Port 0 lets the system choose one.
pub(super) fn address(value: &DeValue<'_>) -> Read<ListenAddress> {
    const RIGHT: &str =
        "an IP address and a port, like \"127.0.0.1:8444\", or \"unix:\" and the path of a socket";
    let text = text_for(value, RIGHT)?;
    let tcp = || text.parse().ok().map(ListenAddress::Tcp);
    let address = if text.starts_with("unix:") { socket_path(text).map(ListenAddress::Unix) } else { tcp() };
    address.ok_or_else(|| Wrong::new("not an address to listen on", RIGHT))
}

/// Reads the path of a socket: what is asked for there has no form that comes over a network.
pub(super) fn socket(value: &DeValue<'_>) -> Read<PathBuf> {
    const RIGHT: &str = "\"unix:\" and its path";
    let text = text_for(value, RIGHT)?;
    socket_path(text).ok_or_else(|| Wrong::new("not a socket in the file system", RIGHT))
}

fn socket_path(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("unix:")?;
    (!path.is_empty() && !path.chars().any(char::is_control)).then(|| path.into())
}

/// Tells whether a text can be a host name or an IPv4 address. Whether there is such a host is for the resolver.
fn is_name(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':' | '[' | ']');
    !text.is_empty() && !text.chars().any(odd)
}

/// Tells whether a text is an IPv6 address, with a zone or without.
fn is_ipv6(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => address.parse::<Ipv6Addr>().is_ok() && is_name(zone),
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

/// Reads true or false.
pub(super) fn flag(value: &DeValue<'_>) -> Read<bool> {
    value.as_bool().ok_or_else(|| mistyped(value, "true or false, without quotes"))
}

/// Reads a whole number. Its range is judged by the core; `right` says it here, too, for what is no number.
pub(super) fn whole(right: &'static str) -> impl Fn(&DeValue<'_>) -> Read<i64> {
    move |value| whole_number(value, right)
}

/// Reads a port.
pub(super) fn port(value: &DeValue<'_>) -> Read<u16> {
    const RIGHT: &str = "a whole number from 1 to 65535";
    let number = whole_number(value, RIGHT)?;
    let port = u16::try_from(number).ok().filter(|port| *port > 0);
    port.ok_or_else(|| Wrong::new(format!("{number} is out of range"), RIGHT))
}

fn whole_number(value: &DeValue<'_>, right: &str) -> Read<i64> {
    let number = value.as_integer().ok_or_else(|| mistyped(value, right))?;
    integer(number).ok_or_else(|| out_of_range(&number.to_string(), right))
}

/// Says that a number is out of range. The parser takes whatever follows an underscore between two digits for a part of the
/// number (`4_1hush`), so that it is quoted only if it is one: it may hold a secret otherwise (behaviour B4).
fn out_of_range(number: &str, right: &str) -> Wrong {
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    if number.chars().all(is_of_number) || matches!(number.trim_start_matches(['+', '-']), "inf" | "nan") {
        Wrong::new(format!("{number} is out of range"), right)
    } else {
        Wrong::new("not a number, or one that is out of range", right)
    }
}

/// Reads a span in seconds, whole or decimal. One of less than a millisecond, but more than nothing, becomes one
/// millisecond.
pub(super) fn seconds(value: &DeValue<'_>) -> Read<Millis> {
    const RIGHT: &str = "a number of seconds, more than 0 and at most 31622400 (366 days)";
    let (seconds, shown) = match value {
        DeValue::Integer(number) => (integer(number).map(|n| n as f64), number.to_string()),
        DeValue::Float(number) => (number.as_str().parse::<f64>().ok(), number.as_str().to_owned()),
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            return Err(mistyped(value, RIGHT));
        }
    };
    let span = seconds.and_then(|seconds| Some((Duration::try_from_secs_f64(seconds).ok()?, seconds > 0.0)));
    let millis = span.and_then(|(span, is_some)| {
        let millis = u64::try_from(span.as_micros().div_ceil(1000)).ok()?;
        Some(Millis(millis.max(u64::from(is_some))))
    });
    millis.ok_or_else(|| out_of_range(&shown, RIGHT))
}

/// Reads one word out of several.
pub(super) fn choice<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&DeValue<'_>) -> Read<T> {
    move |value| {
        let right = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        let Some(text) = value.as_str() else { return Err(mistyped(value, &right)) };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| Wrong::new("not one of the words known here", right))
    }
}

/// Reads an http or https URL that others are built on.
pub(super) fn base_url(value: &DeValue<'_>) -> Read<BaseUrl> {
    let text = value.as_str().ok_or_else(|| mistyped(value, "a URL in quotes"))?;
    filled(text, "like https://argus.example.org/api/v2/")?;
    BaseUrl::parse(text)
        .map_err(|error| Wrong::new(error.to_string(), "like https://argus.example.org/api/v2/"))
}

/// Reads the http or https URL of the primary's daemon.
pub(super) fn health_url(value: &DeValue<'_>) -> Read<BaseUrl> {
    const RIGHT: &str = "like http://zino1.example.org:8445/active";
    let text = value.as_str().ok_or_else(|| mistyped(value, "a URL in quotes"))?;
    filled(text, RIGHT)?;
    BaseUrl::parse(text).map_err(|error| Wrong::new(error.to_string(), RIGHT))
}

/// Reads any http or https URL.
pub(super) fn url(value: &DeValue<'_>) -> Read<()> {
    let text = value.as_str().ok_or_else(|| mistyped(value, "a URL in quotes"))?;
    filled(text, "a URL that begins with http:// or https://")?;
    let uri = text.parse::<http::Uri>().ok();
    let fine =
        uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    if fine { Ok(()) } else { Err(Wrong::new("not a URL", "a URL that begins with http:// or https://")) }
}

/// Says which type was found.
pub(super) fn mistyped(value: &DeValue<'_>, right: &str) -> Wrong {
    let found = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Wrong::new(format!("{found} stands here"), right)
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}
