//! Timestamps as the server reads and writes them (reference argus-api 2).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;

/// Why a text is no timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeError {
    /// It has none of the forms.
    Format,
    /// It lies outside of what the server's zone can tell.
    Range,
}

/// What the Python glue sends as "never": the server reads it as infinity, but only without an offset.
pub(super) const LATEST: &str = "9999-12-31T23:59:59.999999";

/// Reads a timestamp. Without an offset it is taken in the server's zone. Returns microseconds since 1970.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Result<i64, TimeError> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let date = parse_date(date).ok_or(TimeError::Format)?;
    let (time, offset) = split_offset(time).ok_or(TimeError::Format)?;
    let time = parse_time(time).ok_or(TimeError::Format)?;
    let local = DateTime::from_parts(date, time);
    let Some(offset) = offset else {
        let zoned = local.to_zoned(zone.clone()).map_err(|_| TimeError::Range)?;
        return Ok(zoned.timestamp().as_microsecond());
    };
    let utc = local.to_zoned(TimeZone::UTC).map_err(|_| TimeError::Range)?.timestamp().as_microsecond();
    let micros = utc - offset * 1_000_000;
    format(micros, zone).map(|_| micros).ok_or(TimeError::Range)
}

/// Writes a timestamp in the server's zone, with six digits of a fraction only if there is one.
pub(super) fn format(micros: i64, zone: &TimeZone) -> Option<String> {
    let zoned = Timestamp::from_microsecond(micros).ok()?.to_zoned(zone.clone());
    let local = zoned.datetime();
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    );
    let fraction = micros.rem_euclid(1_000_000);
    if fraction != 0 {
        text.push_str(&format!(".{fraction:06}"));
    }
    let minutes = zoned.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    text.push_str(&format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
    Some(text)
}

/// Writes a moment, Unix seconds, as a `Date` header says it (RFC 9110, 5.6.7).
pub(super) fn http_date(now: i64) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::from_second(now).ok()?).ok()
}

fn number(text: &str, digits: core::ops::RangeInclusive<usize>) -> Option<i64> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let month = number(parts.next()?, 1..=2)?;
    let day = number(parts.next()?, 1..=2)?;
    if parts.next().is_some() {
        return None;
    }
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Splits `12:00:00+01:00` into the time and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, Some(0)));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, None)) };
    let (time, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset[1..].chars().filter(|&c| c != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits, 2..=2)?, 0),
        4 => (number(&digits[..2], 2..=2)?, number(&digits[2..], 2..=2)?),
        _ => return None,
    };
    Some((time.trim_end(), Some(sign * (hours * 3600 + minutes * 60))))
}

fn parse_time(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let minute = number(parts.next()?, 1..=2)?;
    let second = parts.next().map_or(Some(0), |text| number(text, 1..=2))?;
    if parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let nanos = number(&digits, 6..=6)? * 1000;
    Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, nanos.try_into().ok()?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_in_every_form_and_written_in_the_zone() {
        let oslo = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a POSIX zone");
        let table = [
            ("2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00"),
            ("2026-11-22 12:00:00", "2026-11-22T12:00:00+01:00"),
            ("2026-11-22T12:00:00.123456789Z", "2026-11-22T13:00:00.123456+01:00"),
            ("2026-11-22T12:00:00.5+05:30", "2026-11-22T07:30:00.500000+01:00"),
            ("2026-11-22T12:00+0100", "2026-11-22T12:00:00+01:00"),
            ("2026-11-22", "2026-11-22T00:00:00+01:00"),
            ("2026-07-01T00:00:00Z", "2026-07-01T02:00:00+02:00"),
            ("1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00"),
        ];
        for (text, expected) in table {
            let written = parse(text, &oslo).ok().and_then(|micros| format(micros, &oslo));
            assert_eq!(written.as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "garbage", "1795348800", "infinity", "2026-13-01", "2026-11-22T25:00", "2026-11-22T12"]
        {
            assert_eq!(parse(text, &oslo), Err(TimeError::Format), "{text}");
        }
        assert_eq!(parse("9999-12-31T23:59:59.999999+00:00", &oslo), Err(TimeError::Range));
    }
}
