//! Why Argus did not do what was asked.

use crate::face::{Millis, Wall};
use alloc::string::String;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use thiserror::Error;

/// The longest wait that a `Retry-After` can ask for (behaviour B51). A server may not put us to sleep for good: who asks
/// for more is asked by one request a minute whether it is over.
pub const MAX_RETRY_AFTER: Millis = Millis::from_secs(60);

/// Why an answer is not the one that was hoped for (reference argus-api 1).
///
/// A `reason` is one printable line of at most 200 bytes in the server's words, whatever the shape of its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ArgusError {
    /// 401: the token is unknown, malformed or expired (behaviour B52).
    #[error("401 Unauthorized: {reason}")]
    Unauthorized {
        /// In the server's words.
        reason: String,
    },
    /// 403 (behaviour B52).
    #[error("403 Forbidden: {reason}")]
    Forbidden {
        /// In the server's words.
        reason: String,
    },
    /// 400 to a creation, 403 without a word to a heartbeat: the token belongs to a person, or to whoever else is no source
    /// system (reference argus-api 1).
    #[error("{status}: the token belongs to a user without a source system")]
    NoSource {
        /// The status code.
        status: u16,
    },
    /// 404 from Argus itself, about an incident that the path named: there is none. Any other 404, one in HTML for
    /// instance, says nothing about an incident and is [`ArgusError::Refused`].
    #[error("404: there is no such incident")]
    Missing,
    /// 400 to a creation: an incident of ours has this id already, open or closed (behaviour B21).
    #[error("400: an incident with this id exists already")]
    Duplicate,
    /// 400 to an event: a source may not post this type, or the server does not know it (behaviour B30).
    #[error("400: the type of the event is refused: {reason}")]
    UnsupportedType {
        /// In the server's words.
        reason: String,
    },
    /// Any other 4xx: the request was not carried out, and will not be if sent again as it is.
    #[error("{status}: {reason}")]
    Refused {
        /// The status code.
        status: u16,
        /// In the server's words.
        reason: String,
    },
    /// 429, 503, and 408 and 425: come back later (behaviour B51).
    #[error("{status}: {reason}")]
    Throttled {
        /// The status code.
        status: u16,
        /// When to come back, if the server says so.
        retry_after: Option<RetryAfter>,
        /// In the server's words.
        reason: String,
    },
    /// Any other 5xx.
    #[error("{status}: {reason}")]
    Server {
        /// The status code.
        status: u16,
        /// In the server's words.
        reason: String,
    },
    /// 3xx: a slash is missing from the path, or https from the configured URL. Never followed (behaviour B51), and
    /// nothing was carried out.
    #[error("{status}: the server wants another URL; check argus.url")]
    Redirected {
        /// The status code.
        status: u16,
    },
    /// A 2xx, or a status that HTTP does not know, with a body that makes no sense. A write was probably carried out.
    #[error("{status}, but the answer cannot be understood: {reason}")]
    Unreadable {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
}

impl ArgusError {
    /// Tells whether a write that was answered like this may have been carried out all the same, so that the case must
    /// be read back before anything is sent again (behaviour B13).
    ///
    /// True for every 5xx: Django may fail after the row was made (reference argus-api 4), and a proxy answers in the
    /// name of a server whose work it has lost sight of. 503 is among them: most often it means that nothing was begun,
    /// but some proxies also answer so when the connection behind them broke, and being wrong makes a double where being
    /// careful costs one read. True for a 2xx that cannot be understood. Not for 3xx and 4xx, nor for 429: those are
    /// given before anything is done.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        match self {
            Self::Server { .. } | Self::Unreadable { .. } => true,
            Self::Throttled { status, .. } => *status >= 500,
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NoSource { .. }
            | Self::Missing
            | Self::Duplicate
            | Self::UnsupportedType { .. }
            | Self::Refused { .. }
            | Self::Redirected { .. } => false,
        }
    }

    /// Tells whether the server asks for a pause.
    #[must_use]
    pub const fn is_throttling(&self) -> bool {
        matches!(self, Self::Throttled { .. })
    }

    /// Tells whether the server, or what stands before it, has too much to do. A 500, 501 or 505 is about one request and
    /// says nothing about the others (behaviour B14).
    #[must_use]
    pub const fn is_overload(&self) -> bool {
        match self {
            Self::Throttled { .. } => true,
            Self::Server { status, .. } => matches!(status, 502 | 504),
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NoSource { .. }
            | Self::Missing
            | Self::Duplicate
            | Self::UnsupportedType { .. }
            | Self::Refused { .. }
            | Self::Redirected { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// Tells whether the server may still be at work on a write that was answered like this, so that reading back must
    /// wait until it cannot be any more (behaviour B51).
    ///
    /// True for 502, 504 and whatever else a proxy may say when it gives up on the server behind it. 500, 501 and 505
    /// are the server's own last word, and a proxy says 503 only once its connection to the server is gone.
    #[must_use]
    pub const fn may_be_under_way(&self) -> bool {
        match self {
            Self::Server { status, .. } => !matches!(*status, 500 | 501 | 505),
            Self::Throttled { .. }
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NoSource { .. }
            | Self::Missing
            | Self::Duplicate
            | Self::UnsupportedType { .. }
            | Self::Refused { .. }
            | Self::Redirected { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// Tells whether the event's type was refused: an older server does not know `RES` (behaviour B30).
    #[must_use]
    pub const fn is_unsupported_type(&self) -> bool {
        matches!(self, Self::UnsupportedType { .. })
    }

    /// Tells whether a heartbeat that was answered like this met a server that has no use for one: 404 or 405 where the
    /// endpoint does not exist, 403 where it is taken for something else or our user is no source (behaviour B53,
    /// reference argus-api 8).
    #[must_use]
    pub const fn is_no_heartbeat(&self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::Forbidden { .. }
                | Self::NoSource { .. }
                | Self::Refused { status: 404 | 405 | 410, .. }
        )
    }

    /// Returns how long the server wants us to stay away, if it said so: at most [`MAX_RETRY_AFTER`].
    #[must_use]
    pub fn retry_after(&self, now: Wall) -> Option<Millis> {
        if let Self::Throttled { retry_after, .. } = self {
            retry_after.map(|when| when.delay(now))
        } else {
            None
        }
    }
}

/// What a `Retry-After` header says (RFC 9110, 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryAfter {
    /// After this time.
    After(Millis),
    /// At this moment.
    At(Wall),
}

impl RetryAfter {
    /// Reads the header: whole seconds, or a date in one of the three forms that a recipient must take (RFC 9110, 5.6.7):
    /// `Sun, 22 Nov 2026 12:00:00 GMT`, `Sunday, 22-Nov-26 12:00:00 GMT`, `Sun Nov 22 12:00:00 2026`. Anything else counts
    /// as no header.
    #[must_use]
    pub fn decode(header: &str) -> Option<Self> {
        let header = header.trim();
        if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::After(Millis::from_secs(header.parse().unwrap_or(u64::MAX))));
        }
        http_date(header).map(Self::At)
    }

    /// Returns the time from `now` on, none for a moment that has passed, at most [`MAX_RETRY_AFTER`].
    #[must_use]
    pub fn delay(self, now: Wall) -> Millis {
        let span = match self {
            Self::After(span) => span,
            Self::At(then) => Millis::from_secs(u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0)),
        };
        span.min(MAX_RETRY_AFTER)
    }
}

/// Reads a date of HTTP in any of its three forms. In the second one the year has two digits: of those it is the nearest to
/// 2026 that counts.
#[must_use]
pub(crate) fn http_date(text: &str) -> Option<Wall> {
    let text = text.trim();
    if let Ok(moment) = DateTimeParser::new().parse_timestamp(text) {
        return Some(Wall(moment.as_second()));
    }
    let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let parsed = forms.into_iter().find_map(|form| strtime::parse(form, text).ok())?;
    let moment = parsed.to_datetime().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(Wall(moment.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn b51_retry_after_is_read_in_all_its_forms() {
        let noon = 1_795_348_800;
        let table = [
            ("120", Some(RetryAfter::After(Millis::from_secs(120)))),
            (" 0 ", Some(RetryAfter::After(Millis(0)))),
            ("99999999999999999999999", Some(RetryAfter::After(Millis(u64::MAX)))),
            ("Sun, 22 Nov 2026 12:00:00 GMT", Some(RetryAfter::At(Wall(noon)))),
            ("Sunday, 22-Nov-26 12:00:00 GMT", Some(RetryAfter::At(Wall(noon)))),
            ("Sun Nov 22 12:00:00 2026", Some(RetryAfter::At(Wall(noon)))),
            ("Sun Nov  1 12:00:00 2026", Some(RetryAfter::At(Wall(noon - 21 * 86_400)))),
            ("Sun, 31-Feb-26 12:00:00 GMT", None),
            ("", None),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
        ];
        for (header, expected) in table {
            assert_eq!(RetryAfter::decode(header), expected, "{header:?}");
        }
    }

    #[test]
    fn b51_retry_after_never_means_for_good() {
        assert_eq!(RetryAfter::At(Wall(130)).delay(Wall(100)), Millis::from_secs(30));
        assert_eq!(RetryAfter::At(Wall(70)).delay(Wall(100)), Millis(0));
        assert_eq!(RetryAfter::At(Wall(i64::MAX)).delay(Wall(i64::MIN)), MAX_RETRY_AFTER);
        assert_eq!(RetryAfter::After(Millis(u64::MAX)).delay(Wall(0)), MAX_RETRY_AFTER);
    }

    #[test]
    fn b13_only_answers_after_the_fact_leave_a_doubt() {
        let reason = String::new();
        let server = |status| ArgusError::Server { status, reason: reason.clone() };
        let throttled = |status| ArgusError::Throttled { status, retry_after: None, reason: reason.clone() };
        let table = [
            (server(500), true, false),
            (server(502), true, true),
            (server(504), true, true),
            (server(524), true, true),
            (throttled(503), true, false),
            (throttled(429), false, false),
            (ArgusError::Unreadable { status: 201, reason: reason.clone() }, true, false),
            (ArgusError::Refused { status: 400, reason: reason.clone() }, false, false),
            (ArgusError::Redirected { status: 301 }, false, false),
            (ArgusError::Missing, false, false),
            (ArgusError::Duplicate, false, false),
        ];
        for (error, ambiguous, under_way) in table {
            assert_eq!((error.is_ambiguous(), error.may_be_under_way()), (ambiguous, under_way), "{error}");
        }
    }

    proptest! {
        #[test]
        fn b14_no_header_panics(header: String, now: i64) {
            let _ = RetryAfter::decode(&header).map(|when| when.delay(Wall(now)));
        }
    }
}
