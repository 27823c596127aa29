//! Peers in a few lines each: what they say, and what is found then.

use super::argus::{BEAT, COUNT};
use super::*;
use crate::face::{
    CallId, Channel, ConnId, Disconnect, FailoverSettings, HttpCause, HttpFailure, Millis, Operator,
    OwnedInput, OwnedResponse, ProbeFailure, Secret, TlsFailure, Wall,
};
use alloc::format;
use alloc::string::ToString;
use alloc::vec;

const NONCE: &str = "0123456789abcdef0123456789abcdef01234567";
const API: ConnId = ConnId(1);
const NOTIFY: ConnId = ConnId(2);

fn settings() -> Settings {
    let failover = FailoverSettings::builder().community(Secret::new("public".into()));
    let failover = failover.ping_timeout(Millis::from_secs(5));
    Settings::example().to_builder().failover(Some(failover)).build().unwrap()
}

fn at(millis: u64) -> Now {
    Now { mono: Mono(millis), wall: Wall(1_795_357_544) }
}

/// Takes what the machine wants, and tells whether it has ended.
fn drain(check: &mut Check) -> (Vec<Action>, bool) {
    let actions: Vec<_> = core::iter::from_fn(|| check.poll_action()).collect();
    let ended = actions.iter().any(|action| matches!(action, Action::Exit(_)));
    (actions, ended)
}

fn from_zino(conn: ConnId, text: &str) -> OwnedInput {
    OwnedInput::Received { conn, bytes: text.into() }
}

fn greeting() -> OwnedInput {
    from_zino(API, &format!("200 {NONCE} Hello, there\r\n"))
}

/// A Zino that takes the login, and says this to the tie.
fn zino(tie: &str) -> Vec<OwnedInput> {
    vec![
        OwnedInput::Connected { conn: API },
        greeting(),
        from_zino(API, "200 ok\r\n"),
        OwnedInput::Connected { conn: NOTIFY },
        from_zino(NOTIFY, &format!("{NONCE}\r\n")),
        from_zino(API, tie),
    ]
}

/// An Argus that answers the question with this.
fn argus(status: u16, body: &str) -> Vec<OwnedInput> {
    answer(COUNT, status, body)
}

fn answer(call: CallId, status: u16, body: &str) -> Vec<OwnedInput> {
    let response = OwnedResponse { status, retry_after: None, date: None, body: body.into() };
    vec![OwnedInput::HttpConnected { call }, OwnedInput::HttpDone { call, response }]
}

/// The agent's answer: the question sent back as a response, with a value in the place of the null.
fn primary(question: &[u8], value: &[u8]) -> Vec<OwnedInput> {
    // Every length is a single byte: a header of two, the version in three, the community, then the PDU with the request
    // id and twice three bytes in front of the list of one variable.
    let pdu = 2 + 3 + 2 + usize::from(question[6]);
    let list = pdu + 2 + 2 + usize::from(question[pdu + 3]) + 3 + 3;
    let mut bytes = question[..question.len() - 2].to_vec();
    bytes[pdu] = 0xa2;
    bytes.extend(value);
    for header in [0, pdu, list, list + 2] {
        bytes[header + 1] += u8::try_from(value.len() - 2).unwrap();
    }
    vec![OwnedInput::Datagram { probe: PROBE, bytes }]
}

/// Begins a check; returns it with the datagram that it sends to the primary.
fn begin() -> (Check, Vec<u8>) {
    let mut check = Check::new(settings(), at(0), 7);
    let (actions, _) = drain(&mut check);
    let question = actions.iter().find_map(|action| {
        if let Action::SendDatagram { probe: PROBE, bytes } = action { Some(bytes.clone()) } else { None }
    });
    (check, question.unwrap())
}

/// Lets peers say what they say; returns what is found about one of them.
fn found(peer: Peer, said: impl FnOnce(&[u8]) -> Vec<OwnedInput>) -> Finding {
    let (mut check, question) = begin();
    for input in said(&question) {
        check.handle(at(1), input.as_input());
        assert!(!drain(&mut check).1, "the others have not been heard");
    }
    let mut report = check.report();
    report.retain(|checked| checked.peer != peer);
    assert!(report.iter().all(|checked| checked.finding == Finding::Interrupted), "{report:?}");
    let report = check.report();
    report.into_iter().find(|checked| checked.peer == peer).unwrap().finding
}

#[test]
fn b2_what_zino_says_leads_to_its_finding() {
    let logged_in = "logged in as testuser, notifications are tied";
    let disconnected = |conn, reason| OwnedInput::Disconnected { conn, reason };
    let table = [
        (zino("200 ok\r\n"), Verdict::Ok, logged_in),
        (zino("500 no\r\n"), Verdict::Failed, "notifications could not be tied: no"),
        (
            vec![greeting(), from_zino(API, "500 User unknown\r\n")],
            Verdict::Refused,
            "the login of testuser was refused: User unknown",
        ),
        (
            vec![from_zino(API, "SSH-2.0-x\r\n")],
            Verdict::Failed,
            "not the greeting of a Zino server: \"SSH-2.0-x\"",
        ),
        (
            vec![greeting(), from_zino(API, "200 ok\r\n"), from_zino(NOTIFY, "HTTP/1.1 400\r\n")],
            Verdict::Failed,
            "not the nonce of a Zino server: \"HTTP/1.1 400\"",
        ),
        (vec![disconnected(API, Disconnect::Refused)], Verdict::Failed, "API port: connection refused"),
        (
            vec![greeting(), from_zino(API, "200 ok\r\n"), disconnected(NOTIFY, Disconnect::Unreachable)],
            Verdict::Failed,
            "notification port: unreachable",
        ),
        // The first finding counts.
        ([zino("200 ok\r\n"), vec![disconnected(API, Disconnect::Reset)]].concat(), Verdict::Ok, logged_in),
        // Connections that were not asked for.
        (
            vec![
                from_zino(ConnId(9), "500 no\r\n"),
                from_zino(NOTIFY, "500 no\r\n"),
                disconnected(NOTIFY, Disconnect::Reset),
            ],
            Verdict::Failed,
            "interrupted",
        ),
    ];
    for (said, verdict, text) in table {
        let finding = found(Peer::Zino, |_| said);
        assert_eq!((finding.verdict(), &*finding.to_string()), (verdict, text), "{finding:?}");
    }
}

#[test]
fn b2_what_argus_says_leads_to_its_finding() {
    let failed = |call, cause| OwnedInput::HttpFailed { call, failure: HttpFailure::NotSent, cause };
    let count = "{\"count\":3}";
    let page = "{\"next\":null,\"previous\":null,\"results\":[]}";
    let invalid = "{\"detail\":\"Invalid token.\"}";
    let table = [
        (
            [argus(200, count), answer(BEAT, 204, "")].concat(),
            Verdict::Ok,
            "the token is accepted, open incidents: 3",
        ),
        (argus(200, count), Verdict::Failed, "interrupted"),
        ([argus(200, page), answer(BEAT, 404, "<html>")].concat(), Verdict::Ok, "the token is accepted"),
        ([argus(200, page), answer(BEAT, 403, invalid)].concat(), Verdict::Ok, "the token is accepted"),
        (
            [argus(200, count), answer(BEAT, 403, "")].concat(),
            Verdict::Refused,
            "403: the token belongs to a user without a source system",
        ),
        (
            [argus(200, count), vec![failed(BEAT, HttpCause::Reset)]].concat(),
            Verdict::Failed,
            "the connection was cut",
        ),
        // Nothing was asked yet.
        (answer(BEAT, 403, ""), Verdict::Failed, "interrupted"),
        (argus(401, invalid), Verdict::Refused, "401 Unauthorized: Invalid token."),
        (argus(403, invalid), Verdict::Refused, "403 Forbidden: Invalid token."),
        (argus(404, "<html>"), Verdict::Failed, "404: a page in HTML"),
        (argus(500, ""), Verdict::Failed, "500: no explanation"),
        (vec![failed(COUNT, HttpCause::Tls(TlsFailure::Other))], Verdict::Failed, "the TLS handshake failed"),
        // The first finding counts, and only a request that was sent is answered.
        (
            [argus(401, invalid), argus(200, count)].concat(),
            Verdict::Refused,
            "401 Unauthorized: Invalid token.",
        ),
        (vec![failed(CallId(2), HttpCause::Tls(TlsFailure::Other))], Verdict::Failed, "interrupted"),
    ];
    for (said, verdict, text) in table {
        let finding = found(Peer::Argus, |_| said);
        assert_eq!((finding.verdict(), &*finding.to_string()), (verdict, text), "{finding:?}");
    }
}

#[test]
fn b60_what_the_primary_says_leads_to_its_finding() {
    let failed = |probe| vec![OwnedInput::DatagramFailed { probe, reason: ProbeFailure::Refused }];
    let uptime = [2, 1, 42];
    let finding = found(Peer::Primary, |question| primary(question, &uptime));
    assert_eq!(finding, Finding::PrimaryAnswered { uptime: 42 });
    assert_eq!((finding.verdict(), &*finding.to_string()), (Verdict::Ok, "answered, up for 42 s"));
    let finding = found(Peer::Primary, |question| primary(question, &[5, 0]));
    assert_eq!(
        (finding.verdict(), &*finding.to_string()),
        (Verdict::Failed, "zinoUpTime.0 is not an integer")
    );
    let finding = found(Peer::Primary, |_| failed(PROBE));
    assert_eq!((finding.verdict(), &*finding.to_string()), (Verdict::Failed, "port unreachable"));
    // One of two addresses decides nothing.
    let sent = || vec![OwnedInput::ProbeSent { probe: PROBE, addresses: 2 }];
    let one = |_: &[u8]| [sent(), failed(PROBE)].concat();
    assert_eq!(found(Peer::Primary, one), Finding::Interrupted);
    let both = |question: &[u8]| [sent(), failed(PROBE), primary(question, &uptime)].concat();
    assert_eq!(found(Peer::Primary, both), Finding::PrimaryAnswered { uptime: 42 });
    // What is no answer to the question is waited past.
    let stranger = |_: &[u8]| vec![OwnedInput::Datagram { probe: PROBE, bytes: b"x".to_vec() }];
    assert_eq!(found(Peer::Primary, stranger), Finding::Interrupted);
    assert_eq!(found(Peer::Primary, |_| failed(ProbeId(2))), Finding::Interrupted);
}

#[test]
fn each_peer_has_its_time_and_the_check_ends_with_the_last() {
    let (mut check, _) = begin();
    let table = [
        (2000, Timer::ArgusReply, Peer::Argus, "no answer within 2 s"),
        (5000, Timer::ProbeReply, Peer::Primary, "no answer within 5 s"),
        (10_000, Timer::ZinoSetup, Peer::Zino, "no answer within 10 s"),
    ];
    for (millis, why, peer, text) in table {
        assert_eq!(check.next_wakeup(), Some(Wakeup { at: Mono(millis), why }));
        check.handle(at(millis - 1), Input::Wake);
        assert!(!drain(&mut check).1);
        check.handle(at(millis), Input::Wake);
        let report = check.report();
        let checked = report.iter().find(|checked| checked.peer == peer).unwrap();
        assert_eq!(checked.finding.to_string(), text);
    }
    assert_eq!(drain(&mut check).0, [Action::Exit(Exit::Done)]);
    assert_eq!(check.next_wakeup(), None);
    check.handle(at(20_000), Input::Shutdown);
    assert_eq!(drain(&mut check).0, []);
}

#[test]
fn a_clock_that_runs_backwards_or_has_reached_its_end_holds_up_nothing() {
    let (mut check, _) = begin();
    check.handle(at(1999), Input::Wake);
    check.handle(at(0), Input::Wake);
    assert_eq!(check.next_wakeup().map(|wakeup| wakeup.at), Some(Mono(2000)));
    let mut late = Check::new(settings(), at(u64::MAX), 7);
    late.handle(at(u64::MAX), Input::Wake);
    assert!(!drain(&mut late).1 && late.next_wakeup().is_some());
    late.handle(at(u64::MAX), Input::Shutdown);
    assert!(drain(&mut late).1);
}

#[test]
fn all_is_asked_at_once_and_zino_is_led_to_its_end() {
    let mut check = Check::new(settings(), at(0), 7);
    let (actions, _) = drain(&mut check);
    assert_eq!(actions[0], Action::Connect { conn: API, channel: Channel::Api });
    assert!(matches!(&actions[1], Action::Http { call: COUNT, .. }));
    assert!(matches!(&actions[2], Action::SendDatagram { probe: PROBE, .. }) && actions.len() == 3);
    let mut said = zino("200 ok\r\n").into_iter();
    let mut step = |count| {
        for input in said.by_ref().take(count) {
            check.handle(at(1), input.as_input());
        }
        drain(&mut check).0
    };
    let [Action::Send { conn: API, bytes }] = &step(2)[..] else { panic!("the login") };
    assert!(bytes.starts_with(b"user testuser "));
    assert_eq!(step(1), [Action::Connect { conn: NOTIFY, channel: Channel::Notify }]);
    let tie = format!("ntie {NONCE}\r\n").into_bytes();
    assert_eq!(step(2), [Action::Send { conn: API, bytes: tie }]);
    assert_eq!(step(1), []);
    for input in argus(200, "{\"count\":3}") {
        check.handle(at(2), input.as_input());
    }
    assert!(matches!(&drain(&mut check).0[..], [Action::Http { call: BEAT, .. }]));
    for input in answer(BEAT, 204, "") {
        check.handle(at(2), input.as_input());
    }
    check.handle(at(3), Input::DatagramFailed { probe: PROBE, reason: ProbeFailure::Unresolved });
    assert_eq!(drain(&mut check).0, [Action::Exit(Exit::Done)]);
    let peers: Vec<_> = check.report().into_iter().map(|checked| checked.peer).collect();
    assert_eq!(peers, [Peer::Zino, Peer::Argus, Peer::Primary]);
}

#[test]
fn a_check_that_is_interrupted_says_so_and_one_without_failover_asks_no_primary() {
    let mut check = Check::new(Settings::example(), at(0), 7);
    assert_eq!(drain(&mut check).0.len(), 2);
    check.handle(at(1), Input::Command(Operator::Reconcile));
    check.handle(at(1), Input::Datagram { probe: PROBE, bytes: b"x" });
    assert!(!drain(&mut check).1);
    check.handle(at(1), Input::Shutdown);
    assert!(drain(&mut check).1);
    let found: Vec<_> = check.report().into_iter().map(|checked| (checked.peer, checked.finding)).collect();
    assert_eq!(found, [(Peer::Zino, Finding::Interrupted), (Peer::Argus, Finding::Interrupted)]);
    assert_eq!(Finding::Interrupted.verdict(), Verdict::Failed);
}

#[test]
fn b4_nothing_that_is_shown_of_a_check_holds_a_secret() {
    let failover = FailoverSettings::builder().community(Secret::new("hush4711".into()));
    let settings = Settings::example().to_builder().secret(Secret::new("hush4711".into()));
    let settings = settings.failover(Some(failover)).build().unwrap();
    let mut check = Check::new(settings, at(0), 7);
    check.handle(at(1), greeting().as_input());
    let shown = format!("{check:?} {:?}", drain(&mut check));
    assert!(!shown.contains("hush4711") && !shown.contains("104, 117, 115, 104"), "{shown}");
}
