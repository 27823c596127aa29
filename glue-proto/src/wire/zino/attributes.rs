//! Decodes the reply to `getattrs` (reference zino-protocol 5.2).

use super::error::{DecodeError, quote};
use crate::model::{Attributes, CaseId, CaseState, CaseType, Condition};
use crate::wire::argus::time;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// The lines of a reply, as names and values in the order in which they came.
struct Pairs<'a>(Vec<(&'a str, Cow<'a, str>)>);

/// Decodes the lines of a 303 reply.
///
/// Names are compared without regard to case, `_` and `-` being equal; the order is free, and unknown names are passed
/// over. A line without a colon continues the value above it. If a name comes twice, the first one counts: values are
/// not escaped, and a line break in a description could otherwise forge a state.
///
/// `id`, `router`, `type`, `state` and `opened` must be there. A `priority` that is missing counts as 0, which gives the
/// default level, since an alert of the wrong level is better than none; one that is no number is an error.
///
/// # Errors
///
/// Names the first attribute that is missing or no number.
pub fn decode_attributes(lines: &[String]) -> Result<Attributes, DecodeError> {
    let pairs = Pairs::split(lines)?;
    let text = |name| pairs.get(name).map(String::from);
    let (id, router) = (pairs.id()?, pairs.required("router")?.into());
    let case_type = CaseType::from_word(pairs.required("type")?.trim());
    Ok(Attributes {
        id,
        router,
        condition: pairs.condition(&case_type),
        case_type,
        state: CaseState::from_word(pairs.required("state")?.trim()),
        opened: time::bounded(number("opened", pairs.required("opened")?)?),
        updated: match pairs.get("updated").filter(|value| !value.trim().is_empty()) {
            Some(value) => Some(number("updated", value)?),
            None => None,
        },
        priority: pairs.get("priority").map_or(Ok(0), |value| number("priority", value))?,
        port: text("port"),
        descr: text("descr"),
        remote_as: text("remote-as"),
        remote_addr: text("remote-addr"),
    })
}

/// Returns the case that a 303 reply is about, if it says so: the number that [`decode_attributes`] finds, also where
/// lines stand in front that continue nothing and make the reply unreadable.
pub(super) fn named_case(lines: &[String]) -> Option<CaseId> {
    let begin = lines.iter().position(|line| line.contains(':'))?;
    Pairs::split(lines.get(begin..)?).ok()?.id().ok()
}

/// Reads a case number: decimal digits, nothing else.
pub(super) fn case_id(word: &str) -> Option<CaseId> {
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    if plain { word.parse().ok().map(CaseId) } else { None }
}

impl<'a> Pairs<'a> {
    fn split(lines: &'a [String]) -> Result<Self, DecodeError> {
        let mut pairs: Vec<(&'a str, Cow<'a, str>)> = Vec::new();
        for line in lines {
            if let Some((name, value)) = line.split_once(':') {
                pairs.push((name.trim(), Cow::Borrowed(value.strip_prefix(' ').unwrap_or(value))));
            } else if let Some((_, value)) = pairs.last_mut() {
                let value = value.to_mut();
                value.push('\n');
                value.push_str(line);
            } else {
                return Err(DecodeError::StrayLine { line: quote(line) });
            }
        }
        Ok(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| same_name(found, name)).map(|(_, value)| value.as_ref())
    }

    fn required(&self, name: &'static str) -> Result<&str, DecodeError> {
        self.get(name).ok_or(DecodeError::Missing { name })
    }

    /// A value that is not understood proves nothing, and costs the case nothing.
    fn condition(&self, case_type: &CaseType) -> Condition {
        let value = |name| self.get(name).unwrap_or_default().trim();
        match case_type {
            CaseType::Reachability => match value("reachability") {
                "reachable" => Condition::Up,
                "no-response" => Condition::Down,
                _ => Condition::Unknown,
            },
            CaseType::Alarm => match value("alarm-count").parse::<u64>() {
                Ok(0) => Condition::Up,
                Ok(_) => Condition::Down,
                Err(_) => Condition::Unknown,
            },
            CaseType::PortState | CaseType::Bgp | CaseType::Bfd | CaseType::Other(_) => Condition::Unknown,
        }
    }

    fn id(&self) -> Result<CaseId, DecodeError> {
        let value = self.required("id")?;
        case_id(value.trim()).ok_or_else(|| DecodeError::NotANumber { name: "id", value: quote(value) })
    }
}

fn same_name(left: &str, right: &str) -> bool {
    let fold = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    left.bytes().map(fold).eq(right.bytes().map(fold))
}

fn number(name: &'static str, value: &str) -> Result<i64, DecodeError> {
    value.trim().parse().map_err(|_| DecodeError::NotANumber { name, value: quote(value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(text: &str) -> Result<Attributes, DecodeError> {
        decode_attributes(&text.split('|').map(String::from).collect::<Vec<_>>())
    }

    const REQUIRED: &str = "id: 1|router: gw1|type: bgp|state: open|opened: 1795357404";

    fn minimal() -> Attributes {
        Attributes {
            id: CaseId(1),
            router: "gw1".into(),
            case_type: CaseType::Bgp,
            state: CaseState::Open,
            opened: 1_795_357_404,
            updated: None,
            priority: 0,
            port: None,
            descr: None,
            remote_as: None,
            remote_addr: None,
            condition: Condition::Unknown,
        }
    }

    #[test]
    fn names_are_matched_loosely_and_in_any_order() {
        let expected = Attributes {
            updated: Some(7),
            priority: 100,
            remote_as: Some("64514".into()),
            remote_addr: Some("2001:db8::1".into()),
            ..minimal()
        };
        let zino2 =
            alloc::format!("{REQUIRED}|updated: 7|priority: 100|remote-addr: 2001:db8::1|remote-AS: 64514");
        assert_eq!(decode(&zino2), Ok(expected.clone()));
        let other = "remote_as: 64514|STATE: open|Priority:100|updated: 7|remote_addr: 2001:db8::1|type: bgp|\
                     router: gw1|opened: 1795357404|bgpAS: halted|id: 1";
        assert_eq!(decode(other), Ok(expected));
    }

    #[test]
    fn b25_a_case_begins_at_a_moment_that_argus_gives_back() {
        let opened = |stamp: i64| {
            let text = REQUIRED.replace("1795357404", &alloc::format!("{stamp}"));
            decode(&text).unwrap().opened
        };
        assert_eq!([i64::MIN, 5, i64::MAX].map(opened), [time::EARLIEST, 5, time::LATEST]);
    }

    #[test]
    fn values_are_taken_raw() {
        let descr = |line: &str| decode(&alloc::format!("{REQUIRED}|{line}")).unwrap().descr.unwrap();
        assert_eq!(descr("descr:   a: b=c, æøå 漢 "), "  a: b=c, æøå 漢 ");
        assert_eq!(descr("descr: "), "");
        assert_eq!(descr("descr:"), "");
        assert_eq!(descr("descr: one\ntwo: 2"), "one\ntwo: 2");
        assert_eq!(descr("descr: one|two||three"), "one\ntwo\n\nthree");
    }

    #[test]
    fn b20_what_is_not_understood_of_a_condition_is_unknown() {
        for (case_type, line, expected) in [
            ("reachability", "reachability: reachable", Condition::Up),
            ("reachability", "reachability: no-response", Condition::Down),
            ("reachability", "reachability: maybe", Condition::Unknown),
            ("reachability", "alarm-count: 0", Condition::Unknown),
            ("alarm", "alarm-count: 0", Condition::Up),
            ("alarm", "alarm_count: 2", Condition::Down),
            ("alarm", "alarm-count: none", Condition::Unknown),
            ("alarm", "alarm-type: red", Condition::Unknown),
            ("bgp", "reachability: reachable", Condition::Unknown),
        ] {
            let text = alloc::format!("id: 1|router: gw1|type: {case_type}|state: open|opened: 50|{line}");
            assert_eq!(decode(&text).unwrap().condition, expected, "{case_type} {line}");
        }
    }

    #[test]
    fn b14_a_forged_attribute_does_not_count() {
        let forged = decode(&alloc::format!("{REQUIRED}|descr: x|state: closed|id: 2")).unwrap();
        assert_eq!((forged.state, forged.id), (CaseState::Open, CaseId(1)));
    }

    #[test]
    fn b14_a_reply_is_about_the_case_that_is_decoded_from_it() {
        let named = |text: &str| named_case(&text.split('|').map(String::from).collect::<Vec<_>>());
        assert_eq!(named(REQUIRED), Some(CaseId(1)));
        assert_eq!(named("odd|id: 1"), Some(CaseId(1)));
        assert_eq!(named("router: gw1"), None);
        // The number may stand in the second line of the value; the name that comes again does not count.
        let continued = REQUIRED.replace("id: 1", "id: |1|id: 7");
        assert_eq!((named(&continued), decode(&continued)), (Some(CaseId(1)), Ok(minimal())));
        assert_eq!(named("id: none|id: 7"), None);
    }

    #[test]
    fn b14_what_is_missing_or_wrong_is_named() {
        for (index, name) in ["id", "router", "type", "state", "opened"].into_iter().enumerate() {
            let mut parts: Vec<&str> = REQUIRED.split('|').collect();
            parts.remove(index);
            assert_eq!(decode(&parts.join("|")), Err(DecodeError::Missing { name }));
        }
        let wrong = |line: &str, name, value: &str| {
            let decoded = decode(&alloc::format!("{line}|{REQUIRED}"));
            assert_eq!(decoded, Err(DecodeError::NotANumber { name, value: value.into() }));
        };
        wrong("opened: soon", "opened", "soon");
        wrong("opened: 99999999999999999999", "opened", "99999999999999999999");
        wrong("priority: high", "priority", "high");
        wrong("priority: ", "priority", "");
        wrong("updated: never", "updated", "never");
        wrong("id: -1", "id", "-1");
        assert_eq!(decode("odd"), Err(DecodeError::StrayLine { line: "odd".into() }));
        assert_eq!(decode_attributes(&[]), Err(DecodeError::Missing { name: "id" }));
    }

    #[test]
    fn optional_attributes_may_be_missing() {
        assert_eq!(decode(REQUIRED), Ok(minimal()));
        assert_eq!(decode(&alloc::format!("{REQUIRED}|updated: ")), Ok(minimal()));
        assert_eq!(decode(&alloc::format!("{REQUIRED}|priority: -5")).unwrap().priority, -5);
    }

    /// Lines of a reply, and lines that have no place in one.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        let required = REQUIRED.split('|');
        let lines: Vec<&str> =
            required.chain(["id: 7", "id:", "id: none", " ID : 8", "9", "odd", ""]).collect();
        proptest::collection::vec(prop::sample::select(lines).prop_map(String::from), 0..16)
    }

    proptest! {
        #[test]
        fn b14_no_two_numbers_are_read_from_one_reply(before in lines(), after in lines()) {
            let required = REQUIRED.split('|').map(String::from);
            let lines: Vec<String> = before.into_iter().chain(required).chain(after).collect();
            if let Ok(attributes) = decode_attributes(&lines) {
                prop_assert_eq!(named_case(&lines), Some(attributes.id), "{:?}", lines);
            }
        }

        #[test]
        fn any_lines_decode_or_fail_in_an_orderly_way(lines in proptest::collection::vec("\\PC{0,12}", 0..12)) {
            let _ = decode_attributes(&lines);
            let _ = named_case(&lines);
        }
    }

    #[test]
    fn a_case_number_is_decimal_digits_and_nothing_else() {
        assert_eq!(case_id("12"), Some(CaseId(12)));
        for word in ["", "+12", "-12", " 12", "12a", "0x1"] {
            assert_eq!(case_id(word), None, "{word:?}");
        }
    }
}
