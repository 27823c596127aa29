//! Timestamps of the Argus API (reference argus-api 2).

use alloc::string::String;
use jiff::Timestamp;
use jiff::tz::Offset;
use thiserror::Error;

/// The first moment that is encoded as it is: a day after the first one of Python's calendar, so that a server west of
/// Greenwich can still write it in its own zone. 0001-01-02T00:00:00 UTC.
pub const EARLIEST: i64 = -62_135_510_400;

/// The last moment that is encoded as it is: a day before the last one of Python's calendar, for the same reason (a
/// server east of Greenwich refuses the very last day). 9999-12-30T22:00:00 UTC.
pub const LATEST: i64 = 253_402_207_200;

/// Returns the nearest moment that Argus can be told, so that what was told is found again (behaviour B26).
#[must_use]
pub(in crate::wire) fn bounded(unix: i64) -> i64 {
    unix.clamp(EARLIEST, LATEST)
}

/// A text that is no timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a timestamp")]
#[non_exhaustive]
pub struct TimeError;

/// Encodes Unix seconds as RFC 3339 in UTC, in whole seconds: `2026-11-22T12:00:00+00:00`.
///
/// Total: one before [`EARLIEST`] or after [`LATEST`] is encoded as that limit.
#[must_use]
pub fn encode(unix: i64) -> String {
    // The limits lie inside of what a Timestamp can hold: the default, 1970, is never taken.
    let moment = Timestamp::from_second(bounded(unix)).unwrap_or_default();
    let utc = Offset::UTC.to_datetime(moment);
    // Within the limits nothing is negative. Each digit by itself: every write has a stamp, and `format!` would be a good
    // part of what it costs.
    let [century, year] = [utc.year() / 100, utc.year() % 100].map(|number| number.unsigned_abs() as u8);
    let [month, day, hour, minute, second] =
        [utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second()].map(i8::unsigned_abs);
    let mut text = String::with_capacity("2026-11-22T12:00:00+00:00".len());
    for (mark, number) in
        [("", century), ("", year), ("-", month), ("-", day), ("T", hour), (":", minute), (":", second)]
    {
        text.push_str(mark);
        text.extend([number / 10, number % 10].map(|digit| char::from(b'0' + digit)));
    }
    text.push_str("+00:00");
    text
}

/// Decodes a timestamp with any offset to Unix seconds; a fraction is floored to the second, also before 1970.
///
/// `infinity` is none: the caller looks for it first.
///
/// # Errors
///
/// [`TimeError`] for any other text, also for one without an offset: it would be in the server's zone, which is unknown.
pub fn decode(text: &str) -> Result<i64, TimeError> {
    let moment: Timestamp = text.parse().map_err(|_| TimeError)?;
    // The library rounds towards 1970.
    let fraction_below = i64::from(moment.subsec_nanosecond() < 0);
    Ok(moment.as_second() - fraction_below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stamps_are_encoded_in_utc() {
        let table = [
            (0, "1970-01-01T00:00:00+00:00"),
            (-1, "1969-12-31T23:59:59+00:00"),
            (1_795_348_800, "2026-11-22T12:00:00+00:00"),
            (951_782_400, "2000-02-29T00:00:00+00:00"),
            (EARLIEST, "0001-01-02T00:00:00+00:00"),
            (EARLIEST - 1, "0001-01-02T00:00:00+00:00"),
            (i64::MIN, "0001-01-02T00:00:00+00:00"),
            (LATEST, "9999-12-30T22:00:00+00:00"),
            (1_000_000_000_000_000, "9999-12-30T22:00:00+00:00"),
            (i64::MAX, "9999-12-30T22:00:00+00:00"),
        ];
        for (unix, text) in table {
            assert_eq!(encode(unix), text, "{unix}");
        }
    }

    #[test]
    fn stamps_of_any_zone_are_decoded() {
        let table = [
            ("2026-11-22T13:00:00+01:00", 1_795_348_800),
            ("2026-11-22T12:00:00Z", 1_795_348_800),
            ("2026-11-22T12:00:00.123456Z", 1_795_348_800),
            ("2026-11-22T07:30:00.500000+01:00", 1_795_329_000),
            ("2026-07-22T14:00:00+02:00", 1_784_721_600),
            ("2026-11-22T06:30:00-05:30", 1_795_348_800),
            ("1970-01-01T00:00:00.5Z", 0),
            ("1969-12-31T23:59:59.5Z", -1),
            ("1969-12-31T23:59:59Z", -1),
            ("1969-12-31T23:59:58.999999Z", -2),
            ("0001-01-01T00:00:00+00:00", -62_135_596_800),
        ];
        for (text, unix) in table {
            assert_eq!(decode(text), Ok(unix), "{text}");
        }
    }

    #[test]
    fn what_is_no_stamp_is_refused() {
        for text in ["", "infinity", "2026-11-22T12:00:00", "2026-11-22", "1795348800", "garbage", "\u{0}"] {
            assert_eq!(decode(text), Err(TimeError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn stamps_survive_the_way_there_and_back(unix in EARLIEST..=LATEST) {
            prop_assert_eq!(decode(&encode(unix)), Ok(unix));
        }

        #[test]
        fn b14_no_text_panics(text: String, unix: i64) {
            let _ = decode(&text);
            let _ = encode(unix);
        }
    }
}
