//! Recorded sessions with a real Zino, repeated with our own channels: every reply is read, however it is cut into
//! pieces, and where the Python glue was the client we send what it sent, byte for byte.

mod support;

use glue_proto::Secret;
use glue_proto::internals::text::zino::stored_text;
use glue_proto::model::{Attributes, CaseId, CaseState, CaseType, Condition, Entry};
use glue_proto::wire::zino::{
    ApiChannel, ApiEvent, Command, DecodeError, Notification, NotificationKind, NotifyEvent, ProtocolError,
    ReadKind, WentDown, decode_history,
};
use support::{Repeated, Session, hear, notifications, repeat, sessions, zino1_session};

/// Every transcript whose logins are accepted, and how many commands in it our channel would never send.
const SESSIONS: [(&str, usize); 19] = [
    ("glue-01-full-run.jsonl", 0),
    ("glue-02-restart.jsonl", 0),
    ("glue-03-failures.jsonl", 0),
    ("zino-01-session-basic.jsonl", 1),
    ("zino-04-errors-grammar.jsonl", 19),
    ("zino-05-setstate.jsonl", 0),
    ("zino-06-addhist.jsonl", 9),
    ("zino-07-pipelining-errors-reorder.jsonl", 4),
    ("zino-08-pipelining-addhist.jsonl", 4),
    ("zino-09-pipelining-addhist-middle.jsonl", 2),
    ("zino-10-quit-pipelined.jsonl", 1),
    ("zino-11-notify-types.jsonl", 0),
    ("zino-12-notify-api-drop.jsonl", 0),
    ("zino-13-notify-drop.jsonl", 0),
    ("zino-14-ntie-duplicate.jsonl", 1),
    ("zino-15-odd-data.jsonl", 2),
    ("zino-16-disconnects.jsonl", 0),
    ("zino-17-segmentation.jsonl", 1),
    ("zino-19-addhist-interrupted.jsonl", 3),
];

fn only(name: &str) -> Session {
    let mut sessions = sessions(name);
    assert_eq!(sessions.len(), 1, "{name}");
    sessions.remove(0)
}

fn events(name: &str) -> Vec<ApiEvent> {
    repeat(&only(name), usize::MAX).events
}

fn failures(repeated: &Repeated) -> Vec<ProtocolError> {
    let failed =
        |event: &ApiEvent| if let ApiEvent::Failed(error) = event { Some(error.clone()) } else { None };
    repeated.events.iter().filter_map(failed).collect()
}

fn drain(channel: &mut ApiChannel) -> Vec<ApiEvent> {
    std::iter::from_fn(|| channel.poll_event()).collect()
}

#[test]
fn b50_every_recorded_session_is_understood_in_any_pieces() {
    for (name, left_out) in SESSIONS {
        let mut count = 0;
        for session in sessions(name) {
            let whole = repeat(&session, usize::MAX);
            let expected = usize::from(name.starts_with("zino-15"));
            assert_eq!(failures(&whole).len(), expected, "{name}: {:?}", failures(&whole));
            for piece in [1, 7] {
                assert_eq!(repeat(&session, piece), whole, "{name} in pieces of {piece}");
            }
            count += whole.left_out.len();
        }
        assert_eq!(count, left_out, "{name}");
    }
}

#[test]
fn we_send_what_the_python_glue_sent_byte_for_byte() {
    let mut different = Vec::new();
    for name in ["glue-01-full-run.jsonl", "glue-02-restart.jsonl", "glue-03-failures.jsonl"] {
        different.extend(sessions(name).iter().flat_map(|session| repeat(session, usize::MAX).different));
    }
    // Behaviour B43: this text of the Python glue ended the note too early, and cost it the session.
    let theirs = "before the dot\n.\nsetstate 1 closed (admin)\r\n\r\n.\r\n";
    let ours = "before the dot\n .\nsetstate 1 closed (admin)\r\n\r\n.\r\n";
    assert_eq!(different, [(ours.into(), theirs.into())]);
}

#[test]
fn a_basic_session_tells_everything_about_its_cases() {
    let events = events("zino-01-session-basic.jsonl");
    let ids = (1..=5).map(CaseId).collect();
    assert_eq!(
        events[..3],
        [ApiEvent::LoggedIn, ApiEvent::Version("zino version is 2.5.2".into()), ApiEvent::CaseIds(ids)]
    );
    let port = Attributes {
        id: CaseId(1),
        router: "gw1.example.org".into(),
        case_type: CaseType::PortState,
        state: CaseState::Open,
        opened: 1_795_357_404,
        updated: Some(1_795_357_404),
        priority: 100,
        port: Some("ge-0/0/1".into()),
        descr: Some("gw1.example.org, to-customer1, Ae1".into()),
        remote_as: None,
        remote_addr: None,
        condition: Condition::Unknown,
    };
    let opened = Entry::new(1_795_357_404, "state change embryonic -> open (monitor)");
    let went_down = WentDown::decode(&["1 gw1: port \"x\" ix 1 (a, b) linkDown".into()]);
    assert_eq!(
        events[3..6],
        [
            ApiEvent::Attributes(CaseId(1), port),
            ApiEvent::History(CaseId(1), vec![opened]),
            ApiEvent::Log { id: CaseId(1), went_down },
        ]
    );
    assert!(matches!(
        &events[6], ApiEvent::Attributes(CaseId(2), bgp)
            if bgp.remote_as.as_deref() == Some("64514") && bgp.remote_addr.as_deref() == Some("10.0.2.0")
    ));
    assert_eq!(events.len(), 18);
}

#[test]
fn refusals_are_told_apart() {
    let refused =
        |id, reply: &str, gone| ApiEvent::WriteRefused { id: CaseId(id), reply: reply.into(), gone };
    let no_case = |kind| ApiEvent::NoSuchCase { id: CaseId(9999), kind };
    let events = [events("zino-04-errors-grammar.jsonl"), events("zino-05-setstate.jsonl")].concat();
    for event in [
        no_case(ReadKind::Attributes),
        no_case(ReadKind::History),
        no_case(ReadKind::Log),
        refused(9999, "event \"9999\" does not exist", true),
        refused(6, "Cannot reopen closed event 6", false),
        ApiEvent::TieRefused { reply: "Could not find your notify socket".into() },
        ApiEvent::StateSet(CaseId(6)),
        ApiEvent::NoteAdded(CaseId(6)),
    ] {
        assert!(events.contains(&event), "{event:?}");
    }
    let gone = |event: &&ApiEvent| matches!(event, ApiEvent::WriteRefused { gone: true, .. });
    assert_eq!(events.iter().filter(gone).count(), 3);
}

#[test]
fn b52_a_refused_login_is_told_and_a_failing_server_is_not_taken_for_one() {
    let session = only("zino-02-auth.jsonl");
    let try_login = |answer: &[u8]| {
        let mut channel = ApiChannel::new("testuser", &Secret::new("wrong".into()), 64);
        channel.receive(&session[0].server);
        assert!(channel.poll_transmit().is_some_and(|login| login.starts_with(b"user testuser ")));
        channel.receive(answer);
        assert!(!channel.is_logged_in() && channel.poll_transmit().is_none() && channel.waiting() == 0);
        drain(&mut channel)
    };
    let refusals: Vec<&[u8]> = session
        .iter()
        .filter(|exchange| exchange.client.to_ascii_lowercase().starts_with(b"user"))
        .map(|exchange| exchange.server.as_slice())
        .filter(|answer| answer.starts_with(b"500"))
        .collect();
    assert_eq!(refusals.len(), 7);
    for answer in refusals {
        let reply = str::from_utf8(answer).unwrap()[4..].trim_end().into();
        assert_eq!(try_login(answer), [ApiEvent::LoginRefused { reply }]);
    }
    let failed = ProtocolError::LoginFailed { reply: "internal error".into() };
    assert_eq!(try_login(b"500 internal error\r\n"), [ApiEvent::Failed(failed)]);
}

/// The first write of transcript 07: `getattrs 15`, `getattrs 99999`, `getattrs 16`, `foo`, `version`.
fn overtaking() -> (ApiChannel, String) {
    let session = only("zino-07-pipelining-errors-reorder.jsonl");
    let mut channel = support::log_in(&session, &mut Repeated::default(), usize::MAX);
    for id in [15, 99999, 16] {
        channel.send(Command::Attributes(CaseId(id))).expect("there is room");
    }
    channel.send(Command::Version).expect("there is room");
    let sent = channel.poll_transmit().expect("four commands");
    assert_eq!(sent, b"getattrs 15\r\ngetattrs 99999\r\ngetattrs 16\r\nversion\r\n");
    (channel, String::from_utf8(session[2].server.clone()).expect("UTF-8"))
}

#[test]
fn b50_an_error_that_overtakes_is_put_down_to_the_case_it_names() {
    let (mut channel, replies) = overtaking();
    let replies = replies.strip_prefix("500 unknown command: \"foo\"\r\n").unwrap();
    channel.receive(replies.as_bytes());
    let events = drain(&mut channel);
    assert_eq!(events[0], ApiEvent::NoSuchCase { id: CaseId(99999), kind: ReadKind::Attributes });
    assert!(
        matches!(&events[1], ApiEvent::Attributes(CaseId(15), found) if found.router == "gw15.example.org")
    );
    assert!(
        matches!(&events[2], ApiEvent::Attributes(CaseId(16), found) if found.router == "gw16.example.org")
    );
    assert_eq!(events[3..], [ApiEvent::Version("zino version is 2.5.2".into())]);
    assert_eq!((channel.waiting(), channel.replies()), (0, 6));
}

#[test]
fn b50_an_error_that_names_no_case_ends_the_session_and_asks_for_a_narrow_window() {
    let (mut channel, replies) = overtaking();
    channel.receive(replies.as_bytes());
    let error = ProtocolError::Unattributable { reply: "unknown command: \"foo\"".into() };
    assert!(error.wants_narrow_window());
    assert_eq!(drain(&mut channel), [ApiEvent::Failed(error)]);
    assert_eq!((channel.poll_transmit(), channel.waiting()), (None, 0));
    assert!(!channel.can_send(&Command::Version));
}

#[test]
fn b14_odd_data_costs_its_own_case_only() {
    let events = events("zino-15-odd-data.jsonl");
    let descr = |event: &ApiEvent| {
        if let ApiEvent::Attributes(_, found) = event { found.descr.clone() } else { None }
    };
    let descrs: Vec<String> = events.iter().filter_map(descr).collect();
    let long = "d".repeat(60_000);
    assert_eq!(descrs, ["", "  a: b=c, æøå 漢 ", "one\ntwo: 2", &long]);
    let broken = ApiEvent::Unreadable { id: CaseId(95), error: DecodeError::BrokenOff };
    assert!(events.contains(&broken));
    // A line of one dot in a value: the rest of the list makes no sense, and the case is named.
    let error = ProtocolError::NotAReply { line: "three".into(), blamed: Some(CaseId(94)) };
    assert!(!error.wants_narrow_window());
    assert!(events.contains(&ApiEvent::Failed(error)));
    let history = |event: &ApiEvent| {
        if let ApiEvent::History(CaseId(95), entries) = event { Some(entries.clone()) } else { None }
    };
    let entries = events.iter().find_map(history).unwrap();
    assert_eq!(entries[4].body(), "1795357403 fake header\n.\n200 ok");
    assert_eq!((entries.len(), entries[2].header()), (5, "single"));
}

#[test]
fn a_note_stands_in_the_history_in_its_stored_form() {
    let mut compared = 0;
    for session in sessions("zino-06-addhist.jsonl") {
        let mut note = None;
        for pair in session.windows(2) {
            if pair[0].client.starts_with(b"addhist") {
                note = str::from_utf8(&pair[1].client).ok().and_then(|text| text.strip_suffix(".\r\n"));
            }
            // One note holds line separators, of which Zino makes lines: we would not send it as it is.
            let history = pair[1].client.starts_with(b"gethist");
            let Some(text) = note.filter(|text| history && !text.contains('\u{2028}')) else { continue };
            let shown = str::from_utf8(&pair[1].server).unwrap();
            let lines: Vec<String> = shown.split("\r\n").map(String::from).collect();
            let entries = decode_history(&lines[1..lines.len() - 2]).unwrap();
            assert_eq!(stored_text(entries.last().unwrap().body()), stored_text(text), "{text:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 10);
}

#[test]
fn zino_1_is_understood() {
    let session = zino1_session();
    let whole = repeat(&session, usize::MAX);
    for piece in [1, 7] {
        assert_eq!(repeat(&session, piece).events, whole.events);
    }
    assert_eq!(whole.events[1], ApiEvent::CaseIds(vec![CaseId(32802), CaseId(34978)]));
    assert!(matches!(
        &whole.events[2], ApiEvent::Attributes(CaseId(32802), found)
            if found.case_type == CaseType::Bgp && found.remote_addr.as_deref() == Some("2001:db8:0:4515::5:11")
    ));
    assert!(matches!(
        &whole.events[5], ApiEvent::History(CaseId(40959), entries) if entries[1].body() == "A test message\n"
    ));
    assert_eq!(whole.events[6], ApiEvent::NoteAdded(CaseId(40959)));
    assert_eq!(whole.events.len(), 7);
}

#[test]
fn every_recorded_notification_is_understood_in_any_pieces() {
    let mut notified = Vec::new();
    for (name, _) in SESSIONS {
        for stream in notifications(name) {
            let whole = hear(&stream, usize::MAX);
            assert!(matches!(&whole[0], NotifyEvent::Nonce(nonce) if nonce.len() == 40), "{name}");
            for piece in [1, 7] {
                assert_eq!(hear(&stream, piece), whole, "{name} in pieces of {piece}");
            }
            notified.extend(whole);
        }
    }
    let count = |wanted: fn(&NotifyEvent) -> bool| notified.iter().filter(|event| wanted(event)).count();
    assert_eq!(count(|event| matches!(event, NotifyEvent::Unreadable { .. } | NotifyEvent::Failed(_))), 0);
    let other = |event: &NotifyEvent| {
        matches!(event, NotifyEvent::Notification(Notification { kind: NotificationKind::Other, .. }))
    };
    assert_eq!(count(other), 0);
    assert!(count(|event| *event == NotifyEvent::Goodbye) >= 5);
    let closed = NotificationKind::State { from: CaseState::Open, to: CaseState::Closed };
    for (id, kind) in [(9, closed), (85, NotificationKind::Scavenged), (9, NotificationKind::Scavenged)] {
        let event = NotifyEvent::Notification(Notification { id: CaseId(id), kind });
        assert!(notified.contains(&event), "{event:?}");
    }
}
