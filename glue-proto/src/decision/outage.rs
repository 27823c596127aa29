//! What a case or an incident is about, whatever its number (behaviour B28).

use super::Policy;
use super::describe::tags;
use crate::model::{Attributes, Incident};
use alloc::string::String;
use alloc::vec::Vec;

/// The tags that say which thing is down.
const KEYS: [&str; 4] = ["host", "event_type", "interface", "remote_addr"];

/// A router, a port or a peer that is down, or its alarms: the tags of ours that say so, sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outage(Vec<String>);

impl Outage {
    /// Returns what a case is about.
    pub(crate) fn of_case(attributes: &Attributes, policy: &Policy) -> Self {
        Self::of_tags(tags(attributes, policy))
    }

    /// Returns what an incident is about, by our own tags; `None` where they do not say which type it has.
    pub(crate) fn of_incident(incident: &Incident) -> Option<Self> {
        let ours = incident.tags.iter().filter(|tag| tag.ours).map(|tag| tag.text.clone());
        let outage = Self::of_tags(ours.collect());
        outage.0.iter().any(|tag| key(tag) == "event_type").then_some(outage)
    }

    fn of_tags(mut tags: Vec<String>) -> Self {
        tags.retain(|tag| KEYS.contains(&key(tag)));
        tags.sort();
        Self(tags)
    }
}

fn key(tag: &str) -> &str {
    tag.split_once('=').map_or(tag, |(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, incident, policy};
    use crate::model::{CaseType, Tag};

    #[test]
    fn b28_an_incident_is_about_the_thing_that_its_own_tags_name() {
        let policy = policy();
        let router = case(1, 50).attributes;
        let port = Attributes {
            case_type: CaseType::PortState,
            port: Some("ge-0/0/1".into()),
            descr: Some("a, b".into()),
            ..case(2, 50).attributes
        };
        let tagged = |attributes: &Attributes| Incident {
            tags: tags(attributes, &policy).into_iter().map(|text| Tag { text, ours: true }).collect(),
            ..incident(9, 50)
        };
        let of_case = |attributes: &Attributes| Some(Outage::of_case(attributes, &policy));
        assert_eq!(Outage::of_incident(&tagged(&router)), of_case(&router));
        let described = Attributes { descr: Some("another text, c".into()), priority: 7, ..port.clone() };
        assert_eq!(Outage::of_incident(&tagged(&port)), of_case(&described), "the same port");
        let other = Attributes { port: Some("ge-0/0/2".into()), ..port.clone() };
        assert_ne!(of_case(&port), of_case(&other));
        assert_ne!(of_case(&port), of_case(&router));
        let mut foreign = tagged(&router);
        foreign.tags.push(Tag { text: "interface=x".into(), ours: false });
        assert_eq!(Outage::of_incident(&foreign), of_case(&router), "a tag that somebody added");
        foreign.tags.iter_mut().for_each(|tag| tag.ours = false);
        assert_eq!(Outage::of_incident(&foreign), None);
    }
}
