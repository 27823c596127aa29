//! Small snapshots for tests: a router that does not answer, opened at a given second.

use super::{Policy, Tracked};
use crate::face::{AckState, Ignored, NeverDown, Settings};
use crate::model::{Attributes, Case, CaseId, CaseState, CaseType, Condition, EndTime, Entry, Incident, Tag};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

pub(crate) fn case(number: u64, opened: i64) -> Case {
    let attributes = Attributes {
        id: CaseId(number),
        router: "gw1".into(),
        case_type: CaseType::Reachability,
        state: CaseState::Open,
        opened,
        updated: Some(opened),
        priority: 100,
        port: None,
        descr: None,
        remote_as: None,
        remote_addr: None,
        condition: Condition::Unknown,
    };
    let history = vec![entry(opened, "state change embryonic -> open (monitor)")];
    Case { attributes, history, went_down: false }
}

pub(crate) fn entry(at: i64, text: &str) -> Entry {
    Entry::new(at, text)
}

pub(crate) fn incident(number: u64, opened: i64) -> Incident {
    let tags = ["event_type=reachability", "host=gw1.example.org", "priority=100"];
    Incident {
        pk: number + 1000,
        start_time: opened,
        end_time: EndTime::Infinity,
        source_user: 7,
        source_incident_id: number.to_string(),
        description: "gw1 is not reachable".into(),
        level: 3,
        open: true,
        acked: false,
        ticket_url: String::new(),
        tags: tags.map(|text| Tag { text: text.into(), ours: true }).to_vec(),
    }
}

pub(crate) fn tracked(incident: Incident) -> Tracked {
    Tracked::created(incident)
}

pub(crate) fn policy() -> Policy {
    Policy {
        user: "glue".into(),
        former_users: Vec::new(),
        default_domain: Some("example.org".into()),
        severity: Settings::example().sync().severity().clone(),
        acknowledge: Some(AckState::Working),
        ticket: true,
        ignored: Ignored::Skip,
        never_down: NeverDown::Skip,
        update: true,
        can_restart: true,
    }
}

pub(crate) fn close(case: &mut Case, at: i64, user: &str) {
    case.history
        .push(entry(at, &format!("state change {} -> closed ({user})", case.attributes.state.as_str())));
    case.attributes.state = CaseState::Closed;
}
