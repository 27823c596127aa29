//! What has changed since the incident was last described (behaviour B29).
//!
//! What we derived last is read from our own tags, which users cannot remove: no memory is needed, and a level or a text
//! that somebody edited in Argus stays until Zino's own value changes.

use super::Policy;
use super::describe::{Particulars, host, tags};
use crate::model::{Attributes, CaseType, Incident, Patch, Tag};
use crate::text::argus::clean;
use alloc::string::String;
use alloc::vec::Vec;

/// The keys of the tags that are ours to replace.
const KEYS: [&str; 7] =
    ["host", "event_type", "priority", "interface", "description", "remote_as", "remote_addr"];

/// Returns the value of one of the tags.
fn value<'a>(tags: &[&'a str], key: &str) -> Option<&'a str> {
    tags.iter().find_map(|tag| tag.strip_prefix(key)?.strip_prefix('='))
}

/// Returns what is to be sent so that the incident says what Zino says now, or nothing where it does.
#[must_use]
pub(super) fn patch(attributes: &Attributes, incident: &Incident, policy: &Policy) -> Option<Patch> {
    let is_ours =
        |tag: &Tag| tag.ours && tag.text.split_once('=').is_some_and(|(key, _)| KEYS.contains(&key));
    let old = incident.tags.iter().filter(|tag| is_ours(tag));
    let old: Vec<&str> = old.map(|tag| tag.text.as_str()).collect();
    let old_type = value(&old, "event_type")?;
    let wanted = tags(attributes, policy);
    let missing = wanted.iter().any(|tag| !incident.tags.iter().any(|had| had.text == *tag));
    let surplus = old.iter().any(|tag| !wanted.iter().any(|wanted| wanted == tag));
    if !missing && !surplus {
        return None;
    }
    let new: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let old_level =
        value(&old, "priority").and_then(|text| text.parse().ok()).map(|old| policy.severity.level(old));
    let level = policy.severity.level(attributes.priority);
    let described = describe(&new, &attributes.case_type, attributes, policy);
    let before = describe(&old, &CaseType::from_word(old_type), attributes, policy);
    let others = incident.tags.iter().filter(|tag| !is_ours(tag) && !wanted.contains(&tag.text));
    let others: Vec<String> = others.map(|tag| tag.text.clone()).collect();
    let all = wanted.into_iter().chain(others).collect();
    Some(Patch {
        level: (old_level != Some(level)).then_some(level),
        description: (described != before)
            .then(|| clean(&Particulars::of_case(attributes).description()).into_owned()),
        tags: Some(all),
    })
}

/// Returns the description as the tags alone tell it, so that two sets of tags can be compared: both are cut alike.
fn describe(tags: &[&str], case_type: &CaseType, attributes: &Attributes, policy: &Policy) -> String {
    let name = value(tags, "host").unwrap_or_default();
    let router = if name == host(&attributes.router, policy) { &attributes.router } else { name };
    let get = |key| value(tags, key).unwrap_or_default();
    let (port, descr) = (get("interface"), get("description"));
    let (remote_as, remote_addr) = (get("remote_as"), get("remote_addr"));
    Particulars { case_type, router, port, descr, remote_as, remote_addr }.description()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, incident, policy};
    use crate::face::Settings;

    fn banded() -> Policy {
        let settings = Settings::example().to_builder().bands([(500, 1)]).build().unwrap();
        Policy { severity: settings.sync().severity().clone(), ..policy() }
    }

    fn tag(text: &str, ours: bool) -> Tag {
        Tag { text: text.into(), ours }
    }

    #[test]
    fn b29_nothing_is_sent_while_nothing_differs() {
        assert_eq!(patch(&case(1, 50).attributes, &incident(1, 50), &banded()), None);
    }

    #[test]
    fn b29_a_new_priority_sends_the_tags_and_the_level_if_that_differs() {
        let mut attributes = case(1, 50).attributes;
        attributes.priority = 200;
        let sent = patch(&attributes, &incident(1, 50), &banded()).unwrap();
        assert_eq!((sent.level, sent.description), (None, None));
        assert_eq!(sent.tags.unwrap(), ["host=gw1.example.org", "event_type=reachability", "priority=200"]);
        attributes.priority = 500;
        assert_eq!(patch(&attributes, &incident(1, 50), &banded()).unwrap().level, Some(1));
    }

    #[test]
    fn b29_a_level_or_text_that_a_user_edited_stays_until_zinos_own_value_changes() {
        let mut edited = incident(1, 50);
        (edited.level, edited.description) = (5, "my own words".into());
        let mut attributes = case(1, 50).attributes;
        assert_eq!(patch(&attributes, &edited, &banded()), None);
        attributes.priority = 200;
        let sent = patch(&attributes, &edited, &banded()).unwrap();
        assert_eq!((sent.level, sent.description), (None, None));
    }

    #[test]
    fn b29_everybody_elses_tags_are_kept() {
        let mut tagged = incident(1, 50);
        tagged.tags.extend([tag("team=noc", false), tag("note=ours", true), tag("priority=7", false)]);
        let mut attributes = case(1, 50).attributes;
        assert_eq!(patch(&attributes, &tagged, &banded()), None);
        attributes.priority = 200;
        let sent = patch(&attributes, &tagged, &banded()).unwrap().tags.unwrap();
        for kept in ["team=noc", "note=ours", "priority=7", "priority=200"] {
            assert!(sent.iter().any(|tag| tag == kept), "{kept}");
        }
        assert!(!sent.iter().any(|tag| tag == "priority=100"));
    }

    #[test]
    fn b29_a_changed_alias_changes_the_description() {
        let mut port = case(1, 50).attributes;
        (port.case_type, port.port, port.descr) =
            (CaseType::PortState, Some("ge-0".into()), Some("a, b".into()));
        let mut known = incident(1, 50);
        known.tags = tags(&port, &banded()).iter().map(|text| tag(text, true)).collect();
        assert_eq!(patch(&port, &known, &banded()), None);
        port.descr = Some("a, c".into());
        let sent = patch(&port, &known, &banded()).unwrap();
        assert_eq!(sent.description.as_deref(), Some("gw1 port ge-0 changed state to DOWN (a, c)"));
        assert_eq!(sent.level, None);
    }

    #[test]
    fn b29_an_incident_without_an_event_type_is_left_alone() {
        let mut old = incident(1, 50);
        old.tags.retain(|tag| !tag.text.starts_with("event_type"));
        let mut attributes = case(1, 50).attributes;
        attributes.priority = 200;
        assert_eq!(patch(&attributes, &old, &banded()), None);
    }

    #[test]
    fn b29_a_tag_that_somebody_else_added_before_us_is_not_missed() {
        let mut tagged = incident(1, 50);
        tagged.tags.retain(|tag| !tag.text.starts_with("priority"));
        tagged.tags.push(tag("priority=100", false));
        assert_eq!(patch(&case(1, 50).attributes, &tagged, &banded()), None);
    }

    #[test]
    fn b29_a_tag_that_is_only_missing_or_only_too_many_is_a_difference() {
        let mut attributes = case(1, 50).attributes;
        attributes.case_type = CaseType::Bgp;
        attributes.remote_as = Some("64514".into());
        let tagged = |texts: &[&str]| {
            let common = ["host=gw1.example.org", "event_type=bgp", "priority=100"];
            let tags = common.iter().chain(texts).map(|text| tag(text, true)).collect();
            Incident { tags, ..incident(1, 50) }
        };
        let sent =
            |texts: &[&str]| patch(&attributes, &tagged(texts), &banded()).and_then(|patch| patch.tags);
        let whole = ["host=gw1.example.org", "event_type=bgp", "priority=100", "remote_as=64514"];
        assert_eq!(sent(&["remote_as=64514"]), None);
        assert_eq!(sent(&[]).unwrap(), whole);
        assert_eq!(sent(&["remote_as=64514", "remote_addr=2001:db8::1"]).unwrap(), whole);
    }

    #[test]
    fn b29_a_domain_that_was_configured_since_changes_the_tag_and_not_the_description() {
        let mut tagged = incident(1, 50);
        tagged.tags =
            ["event_type=reachability", "host=gw1", "priority=100"].map(|text| tag(text, true)).to_vec();
        let sent = patch(&case(1, 50).attributes, &tagged, &banded()).unwrap();
        assert_eq!((sent.level, sent.description), (None, None));
        assert!(sent.tags.unwrap().contains(&"host=gw1.example.org".into()));
    }
}
