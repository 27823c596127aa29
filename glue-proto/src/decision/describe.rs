//! What an incident says of its case: text, tags, level (behaviour B21 to B24).

use super::{Policy, SourceId};
use crate::model::{Attributes, CaseType, NewIncident};
use crate::text::argus::{clean, tag};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How many tags an incident gets at the most.
const MOST_TAGS: usize = 5;

/// What the description of an incident is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Particulars<'a> {
    pub(super) case_type: &'a CaseType,
    pub(super) router: &'a str,
    pub(super) port: &'a str,
    pub(super) descr: &'a str,
    pub(super) remote_as: &'a str,
    pub(super) remote_addr: &'a str,
}

impl<'a> Particulars<'a> {
    /// Takes them from a case.
    pub(super) fn of_case(attributes: &'a Attributes) -> Self {
        Self {
            case_type: &attributes.case_type,
            router: &attributes.router,
            port: attributes.port.as_deref().unwrap_or_default(),
            descr: attributes.descr.as_deref().unwrap_or_default(),
            remote_as: attributes.remote_as.as_deref().unwrap_or_default(),
            remote_addr: attributes.remote_addr.as_deref().unwrap_or_default(),
        }
    }

    /// Returns the description (behaviour B22). What is missing leaves its place empty.
    pub(super) fn description(&self) -> String {
        let Self { case_type, router, port, descr, remote_as, remote_addr } = self;
        match case_type {
            CaseType::Reachability => format!("{router} is not reachable"),
            CaseType::Bgp => format!("{router} BGP Neighbor AS{remote_as}/{remote_addr} is DOWN"),
            CaseType::PortState => format!("{router} port {port} changed state to DOWN ({descr})"),
            CaseType::Alarm => format!("{router} Active alarms reported"),
            // Neither gets an incident of ours; one that it has from elsewhere must still read as something.
            CaseType::Bfd | CaseType::Other(_) => format!("{router} {}", case_type.as_str()),
        }
    }
}

/// Returns the name of the router as Argus knows it (behaviour B23).
pub(super) fn host<'a>(router: &'a str, policy: &Policy) -> Cow<'a, str> {
    match &policy.default_domain {
        Some(domain) if !router.contains('.') => Cow::Owned(format!("{router}.{domain}")),
        Some(_) | None => Cow::Borrowed(router),
    }
}

/// Returns the tags of an incident, in the order of behaviour B23.
pub(super) fn tags(attributes: &Attributes, policy: &Policy) -> Vec<String> {
    let mut tags = Vec::with_capacity(MOST_TAGS);
    tags.push(tag("host", &host(&attributes.router, policy)));
    tags.push(tag("event_type", attributes.case_type.as_str()));
    tags.push(tag("priority", &attributes.priority.to_string()));
    let unless_empty = |key, value: &Option<String>| {
        let value = value.as_deref().filter(|value| !value.trim().is_empty());
        value.map(|value| tag(key, value))
    };
    match attributes.case_type {
        CaseType::PortState => {
            tags.push(tag("interface", attributes.port.as_deref().unwrap_or_default()));
            tags.extend(unless_empty("description", &attributes.descr));
        }
        CaseType::Bgp => {
            tags.extend(unless_empty("remote_as", &attributes.remote_as));
            tags.extend(unless_empty("remote_addr", &attributes.remote_addr));
        }
        CaseType::Bfd | CaseType::Reachability | CaseType::Alarm | CaseType::Other(_) => {}
    }
    tags
}

/// Returns what a new incident for a case is made of (behaviour B21).
#[must_use]
pub fn new_incident(id: SourceId, attributes: &Attributes, policy: &Policy) -> NewIncident {
    NewIncident {
        start_time: attributes.opened,
        source_incident_id: id.text(),
        description: clean(&Particulars::of_case(attributes).description()).into_owned(),
        level: policy.severity.level(attributes.priority),
        tags: tags(attributes, policy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, policy};
    use crate::model::CaseId;
    use alloc::vec;

    fn attributes(word: &str) -> Attributes {
        let mut attributes = case(4, 50).attributes;
        attributes.case_type = CaseType::from_word(word);
        attributes.port = Some("ge-0/0/1".into());
        attributes.descr = Some("a, b".into());
        attributes.remote_as = Some("64516".into());
        attributes.remote_addr = Some("10.0.4.0".into());
        attributes
    }

    #[test]
    fn b22_description_of_each_type() {
        for (word, expected) in [
            ("reachability", "gw1 is not reachable"),
            ("bgp", "gw1 BGP Neighbor AS64516/10.0.4.0 is DOWN"),
            ("portstate", "gw1 port ge-0/0/1 changed state to DOWN (a, b)"),
            ("alarm", "gw1 Active alarms reported"),
        ] {
            assert_eq!(Particulars::of_case(&attributes(word)).description(), expected);
        }
    }

    #[test]
    fn b22_a_missing_attribute_leaves_its_place_empty() {
        let mut bare = attributes("portstate");
        (bare.port, bare.descr, bare.remote_as, bare.remote_addr) = (None, None, None, None);
        assert_eq!(Particulars::of_case(&bare).description(), "gw1 port  changed state to DOWN ()");
        bare.case_type = CaseType::Bgp;
        assert_eq!(Particulars::of_case(&bare).description(), "gw1 BGP Neighbor AS/ is DOWN");
        assert_eq!(tags(&bare, &policy()), ["host=gw1.example.org", "event_type=bgp", "priority=100"]);
    }

    #[test]
    fn b23_tags_of_each_type_in_their_order() {
        let common = |word: &str| {
            vec!["host=gw1.example.org".into(), format!("event_type={word}"), "priority=100".into()]
        };
        let with = |word: &str, more: &[&str]| {
            let mut tags = common(word);
            tags.extend(more.iter().map(|tag| String::from(*tag)));
            tags
        };
        for (word, more) in [
            ("reachability", [].as_slice()),
            ("alarm", &[]),
            ("portstate", &["interface=ge-0/0/1", "description=a, b"]),
            ("bgp", &["remote_as=64516", "remote_addr=10.0.4.0"]),
        ] {
            assert_eq!(tags(&attributes(word), &policy()), with(word, more), "{word}");
        }
    }

    #[test]
    fn b23_the_default_domain_is_added_only_to_a_name_without_a_dot() {
        assert_eq!(host("gw1", &policy()), "gw1.example.org");
        assert_eq!(host("gw1.other.net", &policy()), "gw1.other.net");
        let bare = Policy { default_domain: None, ..policy() };
        assert_eq!(host("gw1", &bare), "gw1");
    }

    #[test]
    fn b23_long_values_are_cut_at_a_thousand_bytes() {
        let mut long = attributes("portstate");
        long.descr = Some("å".repeat(800));
        let tags = tags(&long, &policy());
        assert!(tags[4].len() <= "description=".len() + 1000 && tags[4].ends_with('…'), "{}", tags[4]);
    }

    #[test]
    fn b21_a_new_incident_starts_when_its_case_was_opened() {
        let id = SourceId { case: CaseId(4), opened: None };
        let new = new_incident(id, &attributes("alarm"), &policy());
        assert_eq!((new.start_time, new.source_incident_id.as_str(), new.level), (50, "4", 3));
    }
}
