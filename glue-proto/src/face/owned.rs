//! Inputs that own their bytes: for queues, simulators and recordings.

use super::{
    CallId, ConnId, Disconnect, HealthAnswer, HttpCause, HttpFailure, Input, Operator, ProbeFailure, ProbeId,
    Reload, Response,
};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// An [`Input`] with its bytes. The variants and their fields are those of `Input`.
///
/// With the feature `serde` it can be written down and read again, one input as one JSON value: `"wake"`, or
/// `{"received":{"conn":1,"bytes":"200 ok\r\n"}}`. Bytes that are text are written as text, others as
/// `{"hex":"30ff"}`. What is written holds every byte, those of secrets too: an SNMP reply repeats the community, and
/// what Zino says first is half of a login.
///
/// `Debug` shows how many bytes there are, never which (behaviour B4).
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[expect(missing_docs, reason = "the variants and their fields are those of Input")]
pub enum OwnedInput {
    Wake,
    Connected {
        conn: ConnId,
    },
    Received {
        conn: ConnId,
        #[cfg_attr(feature = "serde", serde(with = "super::blob"))]
        bytes: Vec<u8>,
    },
    Disconnected {
        conn: ConnId,
        reason: Disconnect,
    },
    HttpConnected {
        call: CallId,
    },
    HttpDone {
        call: CallId,
        response: OwnedResponse,
    },
    HttpFailed {
        call: CallId,
        failure: HttpFailure,
        cause: HttpCause,
    },
    ProbeSent {
        probe: ProbeId,
        addresses: u32,
    },
    Datagram {
        probe: ProbeId,
        #[cfg_attr(feature = "serde", serde(with = "super::blob"))]
        bytes: Vec<u8>,
    },
    DatagramFailed {
        probe: ProbeId,
        reason: ProbeFailure,
    },
    HealthAnswered {
        probe: ProbeId,
        answer: HealthAnswer,
    },
    Command(Operator),
    /// Each of its secrets is written as `***`.
    Reload(Box<Reload>),
    Shutdown,
}

/// A [`Response`] with its body. `Debug` shows how long that is, not what it says.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OwnedResponse {
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header, as it came.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub retry_after: Option<String>,
    /// The `Date` header, as it came.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub date: Option<String>,
    /// The whole body.
    #[cfg_attr(feature = "serde", serde(with = "super::blob"))]
    pub body: Vec<u8>,
}

impl OwnedInput {
    /// Lends the input to the machine.
    #[must_use]
    pub fn as_input(&self) -> Input<'_> {
        match self {
            Self::Wake => Input::Wake,
            Self::Connected { conn } => Input::Connected { conn: *conn },
            Self::Received { conn, bytes } => Input::Received { conn: *conn, bytes },
            Self::Disconnected { conn, reason } => Input::Disconnected { conn: *conn, reason: *reason },
            Self::HttpConnected { call } => Input::HttpConnected { call: *call },
            Self::HttpDone { call, response } => {
                Input::HttpDone { call: *call, response: response.as_response() }
            }
            Self::HttpFailed { call, failure, cause } => {
                Input::HttpFailed { call: *call, failure: *failure, cause: *cause }
            }
            Self::ProbeSent { probe, addresses } => Input::ProbeSent { probe: *probe, addresses: *addresses },
            Self::Datagram { probe, bytes } => Input::Datagram { probe: *probe, bytes },
            Self::DatagramFailed { probe, reason } => {
                Input::DatagramFailed { probe: *probe, reason: *reason }
            }
            Self::HealthAnswered { probe, answer } => {
                Input::HealthAnswered { probe: *probe, answer: *answer }
            }
            Self::Command(operator) => Input::Command(*operator),
            Self::Reload(reload) => Input::Reload(reload),
            Self::Shutdown => Input::Shutdown,
        }
    }
}

impl OwnedResponse {
    /// Lends the response.
    #[must_use]
    pub fn as_response(&self) -> Response<'_> {
        Response {
            status: self.status,
            retry_after: self.retry_after.as_deref(),
            date: self.date.as_deref(),
            body: &self.body,
        }
    }
}

impl fmt::Debug for OwnedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_input().fmt(f)
    }
}

impl fmt::Debug for OwnedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedResponse({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{LocalFault, TlsFailure};
    use alloc::{format, vec};
    use proptest::collection;
    use proptest::prelude::*;

    const DISCONNECTS: [Disconnect; 7] = [
        Disconnect::Closed,
        Disconnect::Reset,
        Disconnect::Refused,
        Disconnect::Unreachable,
        Disconnect::Unresolved,
        Disconnect::Local(LocalFault::TooManyFiles),
        Disconnect::Other,
    ];
    const CAUSES: [HttpCause; 11] = [
        HttpCause::Refused,
        HttpCause::Unreachable,
        HttpCause::Unresolved,
        HttpCause::Tls(TlsFailure::Expired),
        HttpCause::Proxy(407),
        HttpCause::Local(LocalFault::NoSpace),
        HttpCause::Reset,
        HttpCause::Cancelled,
        HttpCause::TooLarge,
        HttpCause::NotHttp,
        HttpCause::Other,
    ];
    const FAILURES: [HttpFailure; 2] = [HttpFailure::NotSent, HttpFailure::Ambiguous];
    const PROBE_FAILURES: [ProbeFailure; 5] = [
        ProbeFailure::Unresolved,
        ProbeFailure::Refused,
        ProbeFailure::Unreachable,
        ProbeFailure::Local(LocalFault::NoMemory),
        ProbeFailure::Other,
    ];

    /// Bytes of every kind: text, text that is cut in the middle of a character, anything.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let text = ".{0,30}".prop_map(String::into_bytes);
        prop_oneof![
            text,
            collection::vec(any::<u8>(), 0..30),
            collection::vec(prop::sample::select(b"a \r\n\xc3\xa5".to_vec()), 0..9)
        ]
    }

    /// Every variant, with every value of every field.
    fn input() -> impl Strategy<Value = OwnedInput> {
        let conn = || any::<u64>().prop_map(ConnId);
        let call = || any::<u64>().prop_map(CallId);
        let probe = || any::<u64>().prop_map(ProbeId);
        let header = || prop::option::of(".{0,9}");
        let response = (any::<u16>(), header(), header(), bytes())
            .prop_map(|(status, retry_after, date, body)| OwnedResponse { status, retry_after, date, body });
        let failed = (call(), prop::sample::select(&FAILURES[..]), prop::sample::select(&CAUSES[..]));
        let health = prop_oneof![
            any::<u16>().prop_map(HealthAnswer::Status),
            prop::sample::select(&CAUSES[..]).prop_map(HealthAnswer::Failed)
        ];
        prop_oneof![
            Just(OwnedInput::Wake),
            conn().prop_map(|conn| OwnedInput::Connected { conn }),
            (conn(), bytes()).prop_map(|(conn, bytes)| OwnedInput::Received { conn, bytes }),
            (conn(), prop::sample::select(&DISCONNECTS[..]))
                .prop_map(|(conn, reason)| OwnedInput::Disconnected { conn, reason }),
            call().prop_map(|call| OwnedInput::HttpConnected { call }),
            (call(), response).prop_map(|(call, response)| OwnedInput::HttpDone { call, response }),
            failed.prop_map(|(call, failure, cause)| OwnedInput::HttpFailed { call, failure, cause }),
            (probe(), any::<u32>()).prop_map(|(probe, addresses)| OwnedInput::ProbeSent { probe, addresses }),
            (probe(), bytes()).prop_map(|(probe, bytes)| OwnedInput::Datagram { probe, bytes }),
            (probe(), prop::sample::select(&PROBE_FAILURES[..]))
                .prop_map(|(probe, reason)| OwnedInput::DatagramFailed { probe, reason }),
            (probe(), health).prop_map(|(probe, answer)| OwnedInput::HealthAnswered { probe, answer }),
            Just(OwnedInput::Command(Operator::Reconcile)),
            Just(OwnedInput::Shutdown),
        ]
    }

    proptest! {
        #[test]
        fn an_input_is_the_same_after_it_was_copied_and_lent(owned in input()) {
            let lent = owned.as_input();
            prop_assert_eq!(&lent.to_owned_input(), &owned);
            prop_assert_eq!(format!("{owned:?}"), format!("{lent:?}"));
        }
    }

    #[test]
    fn b4_debug_shows_nothing_of_the_bytes() {
        let body = b"hunter2".to_vec();
        let response = OwnedResponse { status: 200, retry_after: None, date: None, body };
        assert_eq!(format!("{response:?}"), "OwnedResponse(200, 7 bytes)");
        let input = OwnedInput::HttpDone { call: CallId(1), response };
        assert_eq!(format!("{input:?}"), "HttpDone(1, 200, 7 bytes)");
        let input = OwnedInput::Received { conn: ConnId(2), bytes: b"hunter2".to_vec() };
        assert_eq!(format!("{input:?}"), "Received(2, 7 bytes)");
    }

    #[cfg(feature = "serde")]
    mod with_serde {
        use super::*;
        use crate::face::{FailoverSettings, Millis, Mono, Now, Secret, Settings, Wall};
        use alloc::string::ToString as _;

        fn json<T: serde::Serialize>(value: &T) -> String {
            serde_json::to_string(value).unwrap()
        }

        /// A recording is read by later versions, too: this is its form.
        #[test]
        fn every_variant_has_its_form_in_json() {
            let (conn, call, probe) = (ConnId(3), CallId(4), ProbeId(5));
            let (failure, cause) = (HttpFailure::NotSent, HttpCause::TooLarge);
            let response = |retry_after: Option<&str>, date: Option<&str>| OwnedResponse {
                status: 201,
                retry_after: retry_after.map(String::from),
                date: date.map(String::from),
                body: b"{}".to_vec(),
            };
            let table = [
                (OwnedInput::Wake, r#""wake""#),
                (OwnedInput::Connected { conn }, r#"{"connected":{"conn":3}}"#),
                (
                    OwnedInput::Received { conn, bytes: b"200 ok\r\n".to_vec() },
                    r#"{"received":{"conn":3,"bytes":"200 ok\r\n"}}"#,
                ),
                (
                    OwnedInput::Disconnected { conn, reason: Disconnect::Closed },
                    r#"{"disconnected":{"conn":3,"reason":"closed"}}"#,
                ),
                (OwnedInput::HttpConnected { call }, r#"{"http_connected":{"call":4}}"#),
                (
                    OwnedInput::HttpDone { call, response: response(None, None) },
                    r#"{"http_done":{"call":4,"response":{"status":201,"body":"{}"}}}"#,
                ),
                (
                    OwnedInput::HttpDone { call, response: response(Some("7"), None) },
                    r#"{"http_done":{"call":4,"response":{"status":201,"retry_after":"7","body":"{}"}}}"#,
                ),
                (
                    OwnedInput::HttpDone { call, response: response(None, Some("now")) },
                    r#"{"http_done":{"call":4,"response":{"status":201,"date":"now","body":"{}"}}}"#,
                ),
                (
                    OwnedInput::HttpFailed { call, failure, cause },
                    r#"{"http_failed":{"call":4,"failure":"not_sent","cause":"too_large"}}"#,
                ),
                (
                    OwnedInput::HttpFailed { call, failure, cause: HttpCause::Tls(TlsFailure::OtherName) },
                    r#"{"http_failed":{"call":4,"failure":"not_sent","cause":{"tls":"other_name"}}}"#,
                ),
                (
                    OwnedInput::HttpFailed { call, failure, cause: HttpCause::Proxy(407) },
                    r#"{"http_failed":{"call":4,"failure":"not_sent","cause":{"proxy":407}}}"#,
                ),
                (
                    OwnedInput::ProbeSent { probe, addresses: 2 },
                    r#"{"probe_sent":{"probe":5,"addresses":2}}"#,
                ),
                (
                    OwnedInput::Datagram { probe, bytes: b"\x30\xff".to_vec() },
                    r#"{"datagram":{"probe":5,"bytes":{"hex":"30ff"}}}"#,
                ),
                (
                    OwnedInput::DatagramFailed { probe, reason: ProbeFailure::Unresolved },
                    r#"{"datagram_failed":{"probe":5,"reason":"unresolved"}}"#,
                ),
                (
                    OwnedInput::HealthAnswered { probe, answer: HealthAnswer::Status(503) },
                    r#"{"health_answered":{"probe":5,"answer":{"status":503}}}"#,
                ),
                (OwnedInput::Command(Operator::Reconcile), r#"{"command":"reconcile"}"#),
                (OwnedInput::Shutdown, r#""shutdown""#),
            ];
            for (input, text) in table {
                assert_eq!(json(&input), text);
                assert_eq!(serde_json::from_str::<OwnedInput>(text).unwrap(), input);
            }
        }

        #[test]
        fn b78_a_daemon_that_does_not_answer_has_its_form_in_json() {
            let answer = HealthAnswer::Failed(HttpCause::Refused);
            let input = OwnedInput::HealthAnswered { probe: ProbeId(5), answer };
            let text = r#"{"health_answered":{"probe":5,"answer":{"failed":"refused"}}}"#;
            assert_eq!(json(&input), text);
            assert_eq!(serde_json::from_str::<OwnedInput>(text).unwrap(), input);
        }

        #[test]
        fn b79_settings_are_written_without_their_secrets_and_checked_when_they_are_read() {
            let failover = FailoverSettings::builder().community(Secret::new("hush4712".into()));
            let settings = Settings::example().to_builder().secret(Secret::new("hush4711".into()));
            let settings = settings.failover(Some(failover)).build().unwrap();
            let reload = OwnedInput::Reload(Box::new(Reload::of(settings.clone())));
            let text = json(&reload);
            assert!(!text.contains("hush47"), "{text}");
            let hidden = || Secret::new("***".into());
            let failover = settings.failover().unwrap().to_builder().community(hidden());
            let expected = settings.to_builder().secret(hidden()).failover(Some(failover)).build().unwrap();
            let expected = OwnedInput::Reload(Box::new(Reload::of(expected)));
            assert_eq!(serde_json::from_str::<OwnedInput>(&text).unwrap(), expected);
            let wrong = json(&settings).replace(r#""concurrency":16"#, r#""concurrency":0"#);
            let error = serde_json::from_str::<Settings>(&wrong).unwrap_err();
            assert!(error.to_string().contains("argus.concurrency"), "{error}");
        }

        #[test]
        fn clocks_and_spans_are_plain_numbers() {
            let now = Now { mono: Mono(7), wall: Wall(-1) };
            assert_eq!(json(&now), r#"{"mono":7,"wall":-1}"#);
            assert_eq!(serde_json::from_str::<Now>(r#"{"mono":7,"wall":-1}"#).unwrap(), now);
            assert_eq!(json(&Millis(1500)), "1500");
            assert_eq!(serde_json::from_str::<Millis>("1500").unwrap(), Millis(1500));
        }

        proptest! {
            #[test]
            fn what_is_written_is_read_again(owned in input()) {
                let text = json(&owned);
                prop_assert!(!text.contains('\n'), "one line each: {}", text);
                prop_assert_eq!(serde_json::from_str::<OwnedInput>(&text).unwrap(), owned);
            }
        }
    }
}
