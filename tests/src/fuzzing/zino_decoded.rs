//! What Zino's API channel has decoded: how big it may be, and what it is when it is written and read again.

use glue_proto::model::{Attributes, CaseType, Condition, Entry};
use glue_proto::wire::zino::{ApiEvent, decode_attributes, decode_history};

/// A byte that is no UTF-8 becomes a character of at most so many bytes.
const GROWTH: usize = 3;

/// Checks an event of a session in which `heard` bytes were heard. What is told of the server's words, other than what
/// it was asked for, has at most `most_told` bytes.
pub(super) fn check(event: &ApiEvent, heard: usize, most_told: usize) {
    let told = match event {
        ApiEvent::Attributes(id, attributes) => {
            assert_eq!(*id, attributes.id);
            check_attributes(attributes);
            return;
        }
        ApiEvent::History(_, entries) => {
            let total: usize = entries.iter().map(|entry| entry.text().len()).sum();
            assert!(total <= GROWTH * heard, "{total} bytes of history out of {heard}");
            check_history(entries);
            return;
        }
        ApiEvent::CaseIds(ids) => {
            assert!(ids.len() <= heard, "{} numbers out of {heard} bytes", ids.len());
            return;
        }
        ApiEvent::LoginRefused { reply } | ApiEvent::TieRefused { reply } => reply.len(),
        ApiEvent::WriteRefused { reply, .. } | ApiEvent::Version(reply) => reply.len(),
        ApiEvent::CaseIdsFailed { reason } => reason.len(),
        ApiEvent::Unreadable { error, .. } => error.to_string().len(),
        ApiEvent::Failed(error) => error.to_string().len(),
        ApiEvent::LoggedIn
        | ApiEvent::Tied
        | ApiEvent::Log { .. }
        | ApiEvent::NoSuchCase { .. }
        | ApiEvent::NoteAdded(_)
        | ApiEvent::StateSet(_) => 0,
    };
    assert!(told <= most_told, "{told} bytes: {event:?}");
}

/// Writes attributes as the server would, and reads them. A line break in a value stays in its line here: what follows
/// it is part of the value only because it was read so before.
fn check_attributes(attributes: &Attributes) {
    let mut lines = vec![
        format!("id: {}", attributes.id),
        format!("router: {}", attributes.router),
        format!("type: {}", attributes.case_type.as_str()),
        format!("state: {}", attributes.state.as_str()),
        format!("opened: {}", attributes.opened),
        format!("priority: {}", attributes.priority),
    ];
    lines.extend(condition(attributes).map(String::from));
    lines.extend(attributes.updated.map(|updated| format!("updated: {updated}")));
    let texts = [
        ("port", &attributes.port),
        ("descr", &attributes.descr),
        ("remote-AS", &attributes.remote_as),
        ("remote_addr", &attributes.remote_addr),
    ];
    for (name, text) in texts {
        lines.extend(text.as_ref().map(|text| format!("{name}: {text}")));
    }
    assert_eq!(decode_attributes(&lines).as_ref(), Ok(attributes), "{lines:?}");
}

/// Returns the line that tells of a condition: its name depends on the type.
fn condition(attributes: &Attributes) -> Option<&'static str> {
    match (&attributes.case_type, attributes.condition) {
        (CaseType::Reachability, Condition::Up) => Some("reachability: reachable"),
        (CaseType::Reachability, Condition::Down) => Some("reachability: no-response"),
        (CaseType::Alarm, Condition::Up) => Some("alarm-count: 0"),
        (CaseType::Alarm, Condition::Down) => Some("alarm-count: 1"),
        _ => None,
    }
}

fn check_history(entries: &[Entry]) {
    let mut lines = Vec::new();
    for entry in entries {
        let told = format!("{} {}", entry.at, entry.text().replace('\n', "\n "));
        lines.extend(told.split('\n').map(String::from));
    }
    assert_eq!(decode_history(&lines).as_deref(), Ok(entries), "{lines:?}");
}
